# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""First contact with every kind of meter, and with none; a head that is aimed."""

import contextlib
import itertools

import pytest

import dlms
from reader.configuration import Names, parameters
from reader.detection import aiming, searching
from reader.shell import detection
from reader.wire.characters import text_share
from reading import opener
from simulated_meter import Faults, MeterOptions, PtyDoor, Simulation

PORT = 'sim'
LIMIT = 60      # s for a port; a slow meter may go on sending after that


def detected(options, faults=None, language='en', port=PORT, opened=lambda port: port):
    """Readout, seconds, and what was said, of a meter at a port that nobody knows."""
    simulation = Simulation(options, faults)
    said = []
    readout = detection.detect(port, language, said.append, clock=simulation.clock,
                               open_port=lambda settings: opened(opener(simulation)(settings)))
    return readout, simulation.clock.monotonic(), said


@pytest.mark.parametrize('options, mode, baudrate, config', [
    (MeterOptions(mode='A'), 'A', 300, {}),
    (MeterOptions(mode='B'), 'B', 4800, {}),
    (MeterOptions(mode='C'), 'C', 9600, {}),
    (MeterOptions(mode='D', baudrate=9600), 'D', 9600, {'only_listen': True, 'baudrate': 9600}),
    (MeterOptions(mode='D', baudrate=2400), 'D', 2400, {'only_listen': True, 'baudrate': 2400}),
    (MeterOptions(mode='D', baudrate=300, block='1.8.0(000123.4*kWh)\r\n!\r\n', interval=9.0), 'D', 300,
     {'only_listen': True, 'baudrate_fix': True}),
    (MeterOptions(kind='p1', interval=10.0), 'D', 115200, {'only_listen': True, 'baudrate': 115200}),
    (MeterOptions(kind='heat'), 'B', 2400, {'wakeup': True}),
], ids=lambda value: str(value) if isinstance(value, str | int) else '')
def test_every_kind_of_meter_is_found(options, mode, baudrate, config):
    readout, seconds, _ = detected(options)
    assert readout is not None and seconds < LIMIT
    assert (readout.mode, readout.baudrate) == (mode, baudrate)
    settings = readout.session.settings
    assert {name: getattr(settings, name) for name in config} == config


@pytest.mark.parametrize('options, codes', [
    ({}, ['1.8.0', '2.8.0', '1.7.0']),
    ({'flag': 'EKT', 'commands': 'R1', 'registers': (('VOLTA', 'VOLTA(230.1)'), ('FREQU', 'FREQU(49.9)'))}, ['VOLTA', 'FREQU']),
    ({'flag': 'TPC', 'commands': 'R1', 'addresses': 'hex', 'unknown': '(01)'}, ['1.8.0', '2.8.0', '1.7.0']),
])
def test_a_meter_without_a_table_is_found_by_its_registers(options, codes):
    readout, _, _ = detected(MeterOptions(table=False, programming=True, **options))
    written = parameters(readout, '/dev/x', Names('dlms', ''))
    assert (written['update_cycle'], written['registers']) == (0, codes) and written['registers_cycle'] > 0


@pytest.mark.parametrize('faults', [Faults(silent='always'), Faults(instead='sml'), Faults(instead='hdlc')],
                         ids=['silence', 'SML', 'HDLC'])
def test_no_meter_is_found(faults):
    readout, seconds, said = detected(MeterOptions(), faults)
    assert readout is None and seconds < LIMIT
    assert any('listening at 115200 Bd' in line for line in said)


def test_a_silent_line_is_told_step_by_step():
    _, _, said = detected(MeterOptions(), Faults(silent='always'), 'de')
    told = [line for line in said if line.startswith(PORT)]
    assert told == [f'{PORT}: {attempt.text.de} ...' for attempt in detection.ATTEMPTS]
    assert sum('kein einziges Zeichen' in line for line in said) == len(detection.ATTEMPTS)


# Without a speed: over a network a meter that sends by itself shows whenever it is asked

NETWORK = 'socket://sim:1'
PUSHED = b'/XYZ5abc\r\n1.8.0(1*kWh)\r\n2.8.0(1*kWh)\r\n!\r\n'


def without_speed(**options):
    return MeterOptions(instant=True, framing='8N1', strict_parity=False, **options)


@pytest.mark.parametrize('options', [
    without_speed(mode='D', interval=1.0), without_speed(mode='D', interval=2.0), without_speed(kind='p1', interval=1.0),
    without_speed(kind='p1', interval=10.0), without_speed(mode='D', data=PUSHED, interval=2.0),
], ids=lambda options: f'{options.kind} {options.interval:g} s {"data" if options.data else ""}')
def test_what_arrives_unasked_is_push(options):
    readout, seconds, _ = detected(options, port=NETWORK)
    assert (readout.mode, readout.session.settings.only_listen) == ('D', True) and seconds < LIMIT
    assert parameters(readout, NETWORK, Names('dlms')).items() >= {
        'only_listen': True, 'baudrate': 9600, 'update_cycle': 0}.items()


@pytest.mark.parametrize('options, mode', [
    (without_speed(mode='C'), 'C'), (without_speed(mode='B'), 'B'), (without_speed(mode='C', frame=False), 'C')],
    ids=['C', 'B', 'C without frame'])
def test_what_answers_is_no_push(options, mode):
    readout, seconds, said = detected(options, port=NETWORK)
    assert (readout.mode, readout.session.settings.only_listen) == (mode, False)
    assert seconds < (1 if options.frame else 15)
    assert ('does it send by itself' in ''.join(said)) == (not options.frame)


def compares_bytes(port):
    """A program is behind the port: a character with a parity bit is another one for it."""
    write = port.write
    port.write = lambda data: write(data) if max(data) < 0x80 else len(data)
    return port


def test_a_peer_that_compares_bytes_is_asked_in_plain_characters():
    readout, seconds, said = detected(without_speed(mode='C'), port=NETWORK, opened=compares_bytes)
    assert readout.session.settings.parity == 'none' and seconds < 10
    assert any('without parity' in line for line in said)
    assert parameters(readout, NETWORK, Names('dlms'))['parity'] == 'none'


def test_a_meter_behind_a_pty_is_asked_with_parity_too(tmp_path):
    with PtyDoor(MeterOptions(instant=True, framing='7E1')) as door:       # as if socat led to a raw server in 8N1
        readout = detection.detect(door.name, 'en', lambda text: None)
    assert readout.session.settings.parity == 'software'


def test_port_that_is_not_there():
    with pytest.raises(dlms.PortError, match='does not exist'):
        detection.detect('/dev/no_such_port', 'en', lambda text: None)


def aimed(faults, number, language='en', **config):
    simulation = Simulation(MeterOptions(**config.pop('options', {})), faults)
    settings = dlms.Settings.from_config({'serialport': 'aimed', **config})
    lines = detection.aim(settings, language, clock=simulation.clock, open_port=opener(simulation))
    return list(itertools.islice(lines, number))


def test_aiming_at_a_meter_that_is_heard_well():
    lines = aimed(Faults(), 12)
    assert sum(line.startswith('100% of ') for line in lines) >= 8


def test_aiming_goes_on_when_the_meter_has_ended():
    block = '1.8.0(000123.4*kWh)\r\n!\r\n'
    lines = aimed(Faults(), 40, options={'block': block})
    assert sum(line.startswith('100%') for line in lines[20:]) >= 4


def test_aiming_does_not_ask_a_meter_that_is_still_sending():
    simulation, asked = Simulation(MeterOptions(size=6000)), []

    def open_port(settings):
        port = opener(simulation)(settings)
        write = port.write
        port.write = lambda data: asked.append(simulation.clock.monotonic()) or write(data)
        return port
    lines = detection.aim(dlms.Settings(PORT), 'en', clock=simulation.clock, open_port=open_port)
    assert len(list(itertools.islice(lines, 30))) == 30 and asked == [0.0]


def test_aiming_at_a_meter_that_is_heard_badly():
    shares = [int(line[:4].strip(' %')) for line in aimed(Faults(bit_errors=0.3), 12) if 'good' in line]
    assert shares and 40 < sum(shares) / len(shares) < 90


def test_aiming_at_nothing():
    assert set(aimed(Faults(silent='always'), 3, 'de')) == {'nichts zu hören'}


def test_aiming_at_a_meter_that_sends_by_itself():
    lines = aimed(Faults(), 4, only_listen=True, baudrate=9600, options={'mode': 'D'})
    assert any(line.startswith('100%') for line in lines)


def test_a_meter_of_mode_b_is_heard_at_the_speed_that_it_changes_to():
    lines = aimed(Faults(), 12, options={'mode': 'B', 'baudrate': 4800, 'size': 9000})
    assert sum(line.startswith('100% of ') for line in lines) >= 8


def test_time_left_is_what_it_takes():
    simulation, told = Simulation(MeterOptions(), Faults(silent='always')), []
    assert searching.detect(PORT, lambda step: told.append((simulation.clock.monotonic(), step)), clock=simulation.clock,
                            open_port=opener(simulation)) is None
    end = simulation.clock.monotonic()
    assert all(abs(end - moment - step.left) < 2 for moment, step in told), [(end - m, s.left) for m, s in told]
    assert [bool(step.finding) for _, step in told] == [False, True] * len(searching.ATTEMPTS)


def hearings(count, options, **config):
    """So many figures, one each half second; and the simulation."""
    simulation = Simulation(options)
    settings = dlms.Settings.from_config({'serialport': PORT, **config})
    heard = aiming.aim(settings, interval=0.5, clock=simulation.clock, open_port=opener(simulation))
    with contextlib.closing(heard):
        return list(itertools.islice(heard, count)), simulation


def test_the_figure_is_that_of_the_last_three_seconds():
    window = aiming.Window(aiming.MEMORY_TIME)
    good, bad = b'1.8.0(' * 5, b'\x81\x92\x83\x14\x85' * 6     # a second at 300 Bd
    shares = []
    for second, data in enumerate([good, good, good, good, bad, bad, bad, bad, good, good, good, b'', b'', b'', b'', b'']):
        window.add(second, data)
        heard = window.characters(second)
        shares.append(round(text_share(heard, 'none'), 2) if heard else None)
    assert shares == [1, 1, 1, 1, 0.67, 0.33, 0, 0, 0.33, 0.67, 1, 1, 1, 1, None, None]


def test_many_characters_are_those_of_the_last_second():
    window = aiming.Window(aiming.MEMORY_TIME)
    for tenth in range(40):
        window.add(tenth / 10, b'x' * 96)
    assert len(window.characters(3.9)) == pytest.approx(11 * 96, abs=96)


def test_a_push_of_each_ten_seconds_is_no_silence_between():
    heard, _ = hearings(60, MeterOptions(kind='p1', interval=10.0), only_listen=True, baudrate=115200)
    assert [each.share for each in heard][24:] == [1.0] * 36


def test_a_battery_is_asked_once_a_minute():
    heard, simulation = hearings(230, MeterOptions(kind='heat'), wakeup=True)
    assert simulation.clock.monotonic() > 115 and len(simulation.meter.received) == 2
    assert max(each.asks_in for each in heard) <= aiming.ASK_BATTERY and 1.0 in [each.share for each in heard]
