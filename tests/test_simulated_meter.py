# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated meter by itself: a dialog by hand, without the plugin, bit by bit and millisecond by millisecond."""

import io
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import fields
from pathlib import Path

import pytest
import serial

from simulated_meter import (
    Faults,
    MeterOptions,
    PtyDoor,
    RealClock,
    SimulatedPort,
    Simulation,
    block_check,
    crc16,
    least_duration,
    make_block,
    url_door,
)
from simulated_meter.wire import SEVEN_BITS, has_even_parity, with_parity

REQUEST = b'/?!\r\n'
CHARACTER = 10 / 300            # s at 300 Bd
BLOCK = '1.8.0(000123.4*kWh)\r\n!\r\n'


def simulate(faults: Faults | None = None, **options: object) -> Simulation:
    return Simulation(MeterOptions(**options), faults)


def send(port: SimulatedPort, text: bytes) -> None:
    port.write(with_parity(text))
    port.flush()


def receive(port: SimulatedPort, timeout: float = 3.0) -> bytes:
    """All that comes until it is silent for `timeout`, as the 8N1 UART sees it."""
    port.timeout = timeout
    received = b''
    while portion := port.read(1):
        received += portion + port.read(port.in_waiting)
    return received


def sign_on(port: SimulatedPort, request: bytes = REQUEST) -> bytes:
    send(port, request)
    port.timeout = 3.0
    line = b''
    while not line.endswith(b'\n'):
        character = port.read(1)
        if not character:
            break
        line += character.translate(SEVEN_BITS)
    return line


def acknowledge(simulation: Simulation, port: SimulatedPort, text: bytes = b'\x06050\r\n', wait: float = 0.2) -> None:
    simulation.clock.sleep(wait)
    send(port, text)


def framed(text: str) -> bytes:
    body = text.encode() + b'\x03'
    return b'\x02' + body + bytes([block_check(body)])


def test_mode_c_takes_exactly_the_time_of_its_characters() -> None:
    simulation = simulate(block=BLOCK)
    clock, port = simulation.clock, simulation.open_port()
    port.write(with_parity(REQUEST))
    assert clock.now == 0.0                                 # write() does not wait
    port.flush()
    assert clock.now == pytest.approx(5 * CHARACTER)
    port.timeout = 3.0
    assert port.read(1) == b'\xaf'                          # '/' with its parity
    assert clock.now == pytest.approx(6 * CHARACTER + 0.2)
    identification = b'/' + port.read(22).translate(SEVEN_BITS)
    assert identification == b'/LGZ5\\2ZMD3104407.B32\r\n'
    clock.sleep(0.2)
    send(port, b'\x06050\r\n')
    acknowledged = clock.now
    assert acknowledged == pytest.approx(5 * CHARACTER + 0.2 + 23 * CHARACTER + 0.2 + 6 * CHARACTER)
    port.baudrate = 9600
    expected = framed(BLOCK)
    received = port.read(len(expected))
    assert received.translate(SEVEN_BITS) == expected
    assert all(has_even_parity(character) for character in received)
    assert clock.now == pytest.approx(acknowledged + 0.2 + len(expected) * 10 / 9600)
    assert clock.now == pytest.approx(least_duration(simulation.meter.options, len(expected)))
    assert receive(port) == b''


def test_seven_bits_in_the_uart_hide_the_parity() -> None:
    simulation = simulate()
    port = simulation.open_port(bytesize=7, parity='E')
    port.write(REQUEST)
    assert receive(port, 1.0)[:24] == b'/LGZ5\\2ZMD3104407.B32\r\n'


def test_a_strict_meter_ignores_characters_without_parity() -> None:
    for strict, answer in ((True, b''), (False, b'/LGZ5')):
        port = simulate(strict_parity=strict).open_port()
        port.write(REQUEST)
        assert receive(port, 1.0)[:5].translate(SEVEN_BITS) == answer


def test_its_counters_are_the_integral_of_its_power() -> None:
    simulation = simulate(mode='D', interval=60)
    port = simulation.open_port(baudrate=9600)
    while simulation.clock.now < 3600:
        receive(port, 1.0)
        simulation.clock.sleep(30)
    first, *_, last = simulation.meter.sent
    energies = [float(sent.values['1-1:1.8.0'][0]) for sent in simulation.meter.sent]
    assert energies == sorted(set(energies))
    powers = [float(sent.values['1-1:1.7.0'][0]) for sent in simulation.meter.sent]
    assert len(set(powers)) > 50
    hours = (last.time - first.time) / 3600
    assert energies[-1] - energies[0] == pytest.approx(sum(powers) / len(powers) * hours, rel=0.03)
    assert last.values['1-1:1.8.0'][1] == 'kWh'


@pytest.mark.parametrize('early', [0.02, 0.05, 0.19])
def test_a_speed_changed_too_early_damages_the_own_message(early: float) -> None:
    simulation = simulate(block=BLOCK)
    port = simulation.open_port()
    sign_on(port)
    simulation.clock.sleep(0.2)
    port.write(with_parity(b'\x06050\r\n'))
    simulation.clock.sleep(6 * CHARACTER - early)
    port.baudrate = 9600
    assert framed(BLOCK) not in receive(port, 1.0).translate(SEVEN_BITS)
    assert [message for _, message in simulation.meter.received] == [REQUEST]
    port.baudrate = 300
    assert simulation.clock.now < 3.0
    assert receive(port).translate(SEVEN_BITS) == framed(BLOCK)     # unacknowledged: 300 Bd


def test_a_speed_changed_too_late_loses_the_beginning() -> None:
    simulation = simulate(block=BLOCK, flag='LGz')
    port = simulation.open_port()
    sign_on(port)
    acknowledge(simulation, port)
    simulation.clock.sleep(0.02 + 10.5 * 10 / 9600)     # in the middle of the eleventh character
    port.baudrate = 9600
    received = receive(port).translate(SEVEN_BITS)
    assert received != framed(BLOCK)
    assert received.endswith(framed(BLOCK)[20:]) and len(received) <= len(framed(BLOCK)) - 10


@pytest.mark.parametrize('speeds', [(9600, 300), (300, 9600), (9600, 2400), (2400, 9600), (2400, 115200)])
def test_at_another_speed_there_is_only_garbage_and_always_the_same(speeds: tuple[int, int]) -> None:
    sent, listening = speeds
    received = []
    for _ in range(2):
        port = simulate(mode='D', baudrate=sent, block=BLOCK, interval=60).open_port(baudrate=listening)
        received.append(receive(port, 1.5))
    assert received[0] == received[1] != b''
    assert b'kWh' not in received[0].translate(SEVEN_BITS)


def test_a_request_at_another_speed_is_not_heard() -> None:
    simulation = simulate()
    assert sign_on(simulation.open_port(baudrate=2400)) == b''
    assert simulation.meter.received == []


@pytest.mark.parametrize('acknowledgement', [b'\x06040\r\n', b'\x06000\r\n', b''])
def test_only_its_own_speed_character_makes_it_fast(acknowledgement: bytes) -> None:
    simulation = simulate(block=BLOCK)
    port = simulation.open_port()
    sign_on(port)
    identified = simulation.clock.now
    acknowledge(simulation, port, acknowledgement)
    port.timeout = 3.0
    assert port.read(1) == b'\x82'
    waited = 0.2 + 6 * CHARACTER + 0.2 if acknowledgement else 2.0
    assert simulation.clock.now == pytest.approx(identified + waited + CHARACTER)
    assert b'\x02' + receive(port).translate(SEVEN_BITS) == framed(BLOCK)


def test_an_acknowledgement_before_the_reaction_time_is_missed() -> None:
    for needs, speed in ((True, 300), (False, 9600)):
        simulation = simulate(block=BLOCK, needs_reaction_time=needs)
        port = simulation.open_port()
        sign_on(port)
        acknowledge(simulation, port, wait=0.15)
        port.baudrate = speed
        assert receive(port).translate(SEVEN_BITS) == framed(BLOCK)


@pytest.mark.parametrize(('speed_character', 'acknowledgement', 'readable'), [
    ('7', b'\x06000\r\n', True), ('9', b'\x06090\r\n', False), ('G', None, True), ('I', None, True)])
def test_reserved_speed_characters_mean_300_baud(speed_character: str, acknowledgement: bytes | None,
                                                 readable: bool) -> None:
    simulation = simulate(block=BLOCK, speed_character=speed_character)
    port = simulation.open_port()
    assert sign_on(port)[4:5] == speed_character.encode()
    if acknowledgement:
        acknowledge(simulation, port, acknowledgement)
    assert receive(port).translate(SEVEN_BITS) == (framed(BLOCK) if readable else b'')


@pytest.mark.parametrize(('mode', 'speed', 'gap'), [('A', 300, 0.0), ('B', 4800, 0.2)])
def test_modes_a_and_b_send_without_an_acknowledgement(mode: str, speed: int, gap: float) -> None:
    simulation = simulate(mode=mode, block=BLOCK)
    port = simulation.open_port()
    assert sign_on(port)[4:5] == {'A': b' ', 'B': b'D'}[mode]
    identified = simulation.clock.now
    port.baudrate = speed
    port.timeout = 3.0
    assert port.read(len(framed(BLOCK))).translate(SEVEN_BITS) == framed(BLOCK)
    assert simulation.clock.now == pytest.approx(identified + gap + len(framed(BLOCK)) * 10 / speed)


def test_nak_repeats_the_block() -> None:
    simulation = simulate(Faults(wrong_check=True, when='first:1'), block=BLOCK)
    port = simulation.open_port()
    sign_on(port)
    acknowledge(simulation, port)
    port.baudrate = 9600
    first = receive(port, 1.0).translate(SEVEN_BITS)
    send(port, b'\x15')
    second = receive(port, 1.0).translate(SEVEN_BITS)
    assert first[:-1] == second[:-1] and first[-1:] != second[-1:] and second == framed(BLOCK)
    assert simulation.meter.sent[0].repeats == 1
    simulation.clock.sleep(1.6)
    send(port, b'\x15')                                     # too late
    assert receive(port) == b''


def test_the_next_request_is_answered_at_once_unless_the_meter_knows_one_speed_at_a_time() -> None:
    for single, answered in ((False, True), (True, False)):
        simulation = simulate(block=BLOCK, single_speed=single)
        port = simulation.open_port()
        sign_on(port)
        acknowledge(simulation, port)
        port.baudrate = 9600
        receive(port, 0.5)
        port.baudrate = 300
        assert bool(sign_on(port)) is answered


def test_sums_are_for_kamstrup_and_energomera() -> None:
    simulation = simulate(flag='KAM', mode='A', block=BLOCK)
    port = simulation.open_port()
    sign_on(port)
    received = receive(port).translate(SEVEN_BITS)
    assert received[-1] == sum(received[1:-1]) % 128 != block_check(received[1:-1])


def test_addresses_of_several_meters_on_one_line() -> None:
    simulation = Simulation([MeterOptions(address='0012', seed=1), MeterOptions(address='345', ident='OTHER', seed=2)])
    port = simulation.open_port()
    assert sign_on(port, b'/?12!\r\n') == b'/LGZ5\\2ZMD3104407.B32\r\n'
    simulation.clock.sleep(30)
    port.reset_input_buffer()
    assert sign_on(port, b'/?00345!\r\n') == b'/LGZ5\\2OTHER\r\n'
    simulation.clock.sleep(30)
    port.reset_input_buffer()
    assert sign_on(port, b'/?9!\r\n') == b''
    send(port, REQUEST)                     # no address: both answer at a time, and damage each other
    assert b'/LGZ5\\2' in (both := receive(port, 1.0).translate(SEVEN_BITS)) and b'OTHER' not in both


def test_other_query_codes_give_other_tables() -> None:
    sizes = {}
    for code in '?2#x':
        simulation = simulate(mode='A')
        port = simulation.open_port()
        sign_on(port, f'/{code}!\r\n'.encode())
        receive(port)
        sizes[code] = len(simulation.meter.sent[0].registers) if simulation.meter.sent else 0
    assert sizes['?'] > sizes['2'] > sizes['#'] > sizes['x'] == 0


def nuls(simulation: Simulation, port: SimulatedPort, count: int, gap: float = 0.0) -> None:
    for _ in range(count):
        port.write(b'\0')
        port.flush()
        simulation.clock.sleep(gap)


@pytest.mark.parametrize(('count', 'gap', 'pause', 'awake'), [
    (65, 0.0, 1.6, True), (58, 0.004, 1.6, True), (50, 0.0, 1.6, False), (75, 0.0, 1.6, False), (58, 0.02, 1.6, False),
    (65, 0.0, 1.0, False), (65, 0.0, 29.0, True), (65, 0.0, 31.0, False), (0, 0.0, 1.6, False)])
def test_a_heat_meter_sleeps_until_it_is_woken_to_the_standard(count: int, gap: float, pause: float, awake: bool) -> None:
    simulation = simulate(kind='heat')
    port = simulation.open_port()
    nuls(simulation, port, count, gap)
    simulation.clock.sleep(pause)
    assert sign_on(port) == (b'/LUGCUH50\r\n' if awake else b'')


def test_p1_pushes_plain_characters_with_a_crc() -> None:
    simulation = simulate(kind='p1', interval=1.0)
    port = simulation.open_port(baudrate=115200)
    received = receive(port, 0.9)
    assert received.isascii() and received.startswith(b'/ISk5MT382-1003\r\n\r\n')
    upto = received.index(b'!') + 1
    assert received[upto:] == b'%04X\r\n' % crc16(received[:upto])
    assert simulation.clock.now == pytest.approx(0.5 + len(received) * 10 / 115200 + 0.9)
    port.timeout = 0.2
    assert port.read(1) == b'/'                             # the next one, on time
    assert simulation.clock.now == pytest.approx(1.5 + 10 / 115200)


def test_who_joins_a_push_in_the_middle_gets_its_end() -> None:
    simulation = simulate(mode='D', phase=-0.2)
    received = receive(simulation.open_port(baudrate=9600), 1.0).translate(SEVEN_BITS)
    assert received.endswith(b'Hz)\r\n1-1:C.7.0(0004)\r\n1-1:0.2.0(B32)\r\n!\r\n') and not received.startswith(b'/')


def test_a_capture_is_sent_as_it_is(tmp_path: Path) -> None:
    capture = b'/KAM MC\r\n\x026.8(00433.65*GJ)!\r\n\x03a'
    (tmp_path / 'capture').write_bytes(capture)
    simulation = Simulation.from_texts({'data': str(tmp_path / 'capture')})
    port = simulation.open_port()
    send(port, REQUEST)
    assert receive(port).translate(SEVEN_BITS) == capture and simulation.meter.options.mode == 'A'


@pytest.mark.parametrize('size', [1024, 6144])
@pytest.mark.parametrize('mode', ['A', 'D'])
def test_blocks_have_the_size_that_was_asked_for(mode: str, size: int) -> None:
    simulation = simulate(mode=mode, size=size, instant=True)
    port = simulation.open_port(baudrate=9600)
    if mode == 'A':
        sign_on(port)
    assert len(receive(port, 1.0)) == size == simulation.meter.sent[0].characters
    assert len(make_block(size)) == size


def test_instant_is_instant() -> None:
    simulation = simulate(size=6144, instant=True)
    port = simulation.open_port()
    sign_on(port)
    acknowledge(simulation, port, wait=0.0)
    port.timeout = 1.0
    assert len(port.read(6144)) == 6144 and simulation.clock.now < 0.001


# -- faults ----------------------------------------------------------------------------------------------------------

def data_with(faults: Faults, **options: object) -> bytes:
    """The data block in mode A."""
    simulation = simulate(faults, mode='A', block=BLOCK, **options)
    port = simulation.open_port()
    sign_on(port)
    return receive(port)


def test_echo() -> None:
    for echo, copies in (('', (0, 0)), ('request', (1, 0)), ('acknowledgement', (0, 1)), ('all', (1, 1))):
        simulation = simulate(Faults(echo=echo), block=BLOCK)
        port = simulation.open_port()
        send(port, REQUEST)
        received = receive(port, 0.3).translate(SEVEN_BITS)
        send(port, b'\x06050\r\n')
        received += port.read(port.in_waiting).translate(SEVEN_BITS)
        assert (received.count(REQUEST), received.count(b'\x06050\r\n')) == copies


def test_damage_of_the_block() -> None:
    good = framed(BLOCK)
    assert data_with(Faults()).translate(SEVEN_BITS) == good
    wrong = data_with(Faults(wrong_check=True)).translate(SEVEN_BITS)
    assert wrong[:-1] == good[:-1] and wrong != good
    assert data_with(Faults(truncate=9)).translate(SEVEN_BITS) == good[:9]
    assert data_with(Faults(missing_etx=True)).translate(SEVEN_BITS) == good[:-2]
    assert data_with(Faults(missing_bcc=True)).translate(SEVEN_BITS) == good[:-1]
    assert data_with(Faults(damaged_stx=True)).translate(SEVEN_BITS) == b'\x12' + good[1:]
    noisy = data_with(Faults(noise_before_data=5)).translate(SEVEN_BITS)
    assert noisy.endswith(good) and len(noisy) == len(good) + 5
    assert data_with(Faults(wrong_check=True, when='every:2')).translate(SEVEN_BITS) == good


def test_wrong_and_short_crc() -> None:
    received = {}
    for name, faults in (('good', Faults()), ('wrong', Faults(wrong_check=True)), ('short', Faults(short_crc=True))):
        for seed in range(200):     # until there is a CRC with a leading zero
            block = f'1-0:1.8.0({seed:06d}*kWh)\r\n!\r\n'
            simulation = simulate(faults, kind='p1', block=block)
            text = receive(simulation.open_port(baudrate=115200), 1.0)
            received[name] = re.search(rb'!([0-9A-F]+)\r\n$', text)[1]
            if crc16(text[:text.index(b'!') + 1]) < 0x1000:
                break
    assert received['good'][:1] == b'0' and received['short'] == received['good'].lstrip(b'0')
    assert received['wrong'][1:] == received['good'][1:] and received['wrong'] != received['good']


def test_bit_errors_come_at_their_rate_and_by_their_seed() -> None:
    blocks = []
    for seed in (1, 1, 2):
        faults = Faults(seed=seed, bit_errors=0.02, double_bit_errors=0.01, errors_in='data')
        simulation = simulate(faults, mode='A', size=6144, instant=True)
        port = simulation.open_port()
        sign_on(port)
        blocks.append(receive(port, 1.0))
    assert blocks[0] == blocks[1] != blocks[2]
    bad = sum(not has_even_parity(character) for character in blocks[0])
    assert 0.012 < bad / 6144 < 0.028
    good = with_parity(blocks[0].translate(SEVEN_BITS))
    assert sum(a != b for a, b in zip(good, blocks[0], strict=True)) == bad


def test_silence() -> None:
    assert sign_on(simulate(Faults(silent='always')).open_port()) == b''
    for silent, acknowledgement, speed, answers in (
            ('identification', b'', 300, False), ('acknowledged', b'\x06000\r\n', 300, False),
            ('acknowledged', b'', 300, True), ('fast', b'\x06050\r\n', 9600, False), ('fast', b'\x06000\r\n', 300, True)):
        simulation = simulate(Faults(silent=silent), block=BLOCK)
        port = simulation.open_port()
        assert sign_on(port)
        acknowledge(simulation, port, acknowledgement)
        port.baudrate = speed
        assert (receive(port).translate(SEVEN_BITS) == framed(BLOCK)) is answers


def test_noise_and_a_second_identification() -> None:
    port = simulate(Faults(noise=6, identify_twice='at once')).open_port()
    send(port, REQUEST)
    received = receive(port, 0.5).translate(SEVEN_BITS)
    assert received[6:] == b'/LGZ5\\2ZMD3104407.B32\r\n' * 2


def test_without_end_until_someone_else_opens_the_port() -> None:
    simulation = simulate(Faults(endless=True), mode='B', block=BLOCK, instant=True)
    port = simulation.open_port()
    sign_on(port)
    port.timeout = 60.0
    assert len(port.read(300_000)) == 300_000
    port.close()
    with simulation.open_port() as port:
        receive(port, 1.0)
        assert sign_on(port).startswith(b'/LGZ')


def test_a_port_that_vanishes_and_comes_back() -> None:
    simulation = simulate(Faults(vanish_after=10, gone_for=5.0, when='first:1'), block=BLOCK)
    port = simulation.open_port(timeout=3.0)
    send(port, REQUEST)
    assert len(port.read(8)) == 8
    with pytest.raises(serial.SerialException, match='disconnected'):
        port.read(8)
    with pytest.raises(OSError):
        _ = port.in_waiting
    with pytest.raises(serial.SerialException):
        port.write(b'x')
    port.close()
    with pytest.raises(serial.SerialException, match='could not open'):
        simulation.open_port()
    simulation.clock.sleep(6.0)
    port = simulation.open_port()
    assert sign_on(port).endswith(b'B32\r\n')


def test_a_head_that_is_deaf_after_opening_or_has_no_power() -> None:
    for settle, answered in ((0.0, False), (0.4, True)):
        simulation = simulate(Faults(deaf_after_open=0.3))
        port = simulation.open_port()
        simulation.clock.sleep(settle)
        assert bool(sign_on(port)) is answered
    port = simulate(Faults(needs='dtr,-rts')).open_port()
    assert sign_on(port) == b''
    port.rts = False
    assert sign_on(port).startswith(b'/LGZ')
    port.dtr = False
    assert sign_on(port) == b''


def test_a_head_that_is_too_slow_for_the_offered_speed() -> None:
    simulation = simulate(Faults(max_baudrate=2400), block=BLOCK)
    port = simulation.open_port()
    sign_on(port)
    acknowledge(simulation, port)
    port.baudrate = 9600
    assert receive(port, 1.0) == b''
    send(port, b'\x15')
    assert receive(port) == b'' and simulation.meter.sent[0].repeats == 0


@pytest.mark.parametrize(('name', 'start'), [
    ('sml', b'\x1b\x1b\x1b\x1b\x01\x01\x01\x01'), ('hdlc', b'\x7e\xa0'), ('mbus', b'\x68\x1b\x1b\x68')])
def test_other_protocols(name: str, start: bytes) -> None:
    port = simulate(Faults(instead=name)).open_port(baudrate=9600)
    assert receive(port, 1.0).startswith(start)


def test_early_flush_and_latency() -> None:
    simulation = simulate(Faults(early_flush=True, latency=0.016))
    port = simulation.open_port(timeout=3.0)
    send(port, REQUEST)
    assert simulation.clock.now == 0.0
    arrived = []
    for _ in range(24):
        port.read(1)
        arrived.append(simulation.clock.now)
    assert all(then / 0.016 == pytest.approx(round(then / 0.016)) for then in arrived)
    assert arrived[0] == pytest.approx(0.4)                 # 6 characters and 200 ms, up to the next 16 ms


# -- the doors -------------------------------------------------------------------------------------------------------

def test_the_port_is_one_of_pyserial() -> None:
    simulation = simulate()
    with simulation.open_port(timeout=0.25) as port:
        assert isinstance(port, serial.SerialBase) and port.is_open and port.name
        assert port.read(10) == b'' and simulation.clock.now == pytest.approx(0.25)
        port.timeout = 0
        assert port.read(10) == b'' and simulation.clock.now == pytest.approx(0.25)
        with pytest.raises(serial.SerialException, match='lock'):
            simulation.open_port()
        with pytest.raises(io.UnsupportedOperation):
            port.fileno()
        port.timeout = None
        with pytest.raises(RuntimeError, match='for ever'):
            port.read(1)
    with pytest.raises(serial.PortNotOpenError):
        port.read(1)
    simulation.open_port().close()


def test_the_url_door_is_pyserials_and_takes_real_time() -> None:
    simulation = Simulation(MeterOptions(mode='B', baudrate=19200, block=BLOCK, flag='LGz', ident='', pause=0.1),
                            clock=RealClock())
    with url_door(given=simulation) as door:
        port = serial.serial_for_url('meter://given', baudrate=300, timeout=1.0, exclusive=True)
        started = time.monotonic()
        port.write(with_parity(REQUEST))
        assert len(port.read(7)) == 7
        port.baudrate = 19200
        data = port.read(len(framed(BLOCK)))
        took = time.monotonic() - started
        port.close()
        assert data.translate(SEVEN_BITS) == framed(BLOCK)
        least = least_duration(simulation.meter.options, len(data))
        assert least - 0.001 <= took < least + 0.5
        again = serial.serial_for_url('meter://house?mode=A&instant&strict_parity=0', timeout=1.0)
        again.write(REQUEST)
        assert again.read(4).translate(SEVEN_BITS) == b'/LGZ'
        assert door.simulation('meter://house?mode=A&instant&strict_parity=0').meter.sent
        with pytest.raises(ValueError, match='no option'):
            serial.serial_for_url('meter://house?colour=blue')
    with pytest.raises(ValueError, match='not known'):
        serial.serial_for_url('meter://given')


def test_close_ends_a_read_in_another_thread() -> None:
    port = Simulation(clock=RealClock()).open_port(timeout=30.0)
    threading.Timer(0.05, port.close).start()
    started = time.monotonic()
    with pytest.raises(serial.PortNotOpenError):
        port.read(1)
    assert time.monotonic() - started < 5.0


def pty_readout(name: str, instant: bool = False) -> bytes:
    """Mode C on a pty with plain characters."""
    with serial.Serial(name, 300, timeout=2.0) as port:
        port.write(REQUEST)
        line = port.read_until(b'\n')
        assert line.startswith(b'/')
        time.sleep(0.0 if instant else 0.03)
        port.write(b'\x06060\r\n')
        time.sleep(0.0 if instant else 0.21)
        port.baudrate = 19200
        return port.read_until(b'\x03') + port.read(1)


def test_the_pty_door_serves_one_reader_after_the_other_at_line_speed() -> None:
    options = MeterOptions(baudrate=19200, block=BLOCK, flag='LGz', ident='', escapes='', framing='8N1',
                           strict_parity=False, pause=0.1)
    with PtyDoor(options) as door:
        for _ in range(2):
            started = time.monotonic()
            assert pty_readout(door.name) == framed(BLOCK)
            assert time.monotonic() - started >= least_duration(options, len(framed(BLOCK))) - 0.02
        with serial.Serial(door.name, 2400, timeout=0.3) as port:       # the wrong speed
            port.write(REQUEST)
            assert port.read(10) == b''


def start_meter(*arguments: str) -> tuple['subprocess.Popen[str]', str]:
    script = Path(__file__).with_name('simulated_meter')
    process = subprocess.Popen([sys.executable, str(script), *arguments], stdout=subprocess.PIPE, text=True, cwd='/')
    ready, _, _ = select.select([process.stdout], [], [], 10.0)
    assert ready
    return process, process.stdout.readline().strip()


def test_the_program_answers_on_a_pty_until_it_is_told_to_end(tmp_path: Path) -> None:
    link = tmp_path / 'meter'
    process, name = start_meter('--mode', 'C', '--instant', '--link', str(link), '--block', BLOCK)
    with process:
        try:
            assert os.path.realpath(link) == name
            for port in (name, str(link)):
                with serial.Serial(port, 300, timeout=2.0) as reader:
                    reader.write(REQUEST)
                    assert reader.read_until(b'\n') == b'/LGZ5\\2ZMD3104407.B32\r\n'
                    reader.write(b'\x06050\r\n')
                    assert reader.read_until(b'\x03') + reader.read(1) == framed(BLOCK)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(5.0) == 0
    assert not link.is_symlink()


def test_a_pty_that_vanishes_comes_back_under_its_link(tmp_path: Path) -> None:
    link = str(tmp_path / 'meter')
    options = MeterOptions(mode='A', instant=True, framing='8N1', strict_parity=False)
    with PtyDoor(options, Faults(vanish_after=10, gone_for=0.1, when='first:1'), link):
        with serial.Serial(link, 300, timeout=2.0) as port:
            port.write(REQUEST)
            with pytest.raises((serial.SerialException, OSError)):
                port.read(11)
        assert not os.path.exists(link)
        deadline = time.monotonic() + 5.0
        while not os.path.exists(link) and time.monotonic() < deadline:
            time.sleep(0.02)
        with serial.Serial(link, 300, timeout=2.0) as port:
            port.write(REQUEST)
            assert port.read_until(b'\n').startswith(b'/LGZ')
    assert not os.path.lexists(link)


def test_every_option_is_an_option_of_the_program() -> None:
    script = Path(__file__).with_name('simulated_meter')
    shown = subprocess.run([sys.executable, str(script), '--help'], capture_output=True, text=True, check=True).stdout
    for each in [*fields(MeterOptions), *fields(Faults)]:
        assert f'--{each.name.replace("_", "-")} ' in shown


def test_a_6_kb_readout_at_300_baud_costs_next_to_nothing() -> None:
    simulation = simulate(mode='A', size=6144)
    port = simulation.open_port(timeout=1.0)
    started = time.process_time()
    sign_on(port)
    for _ in range(6144):
        port.read(1)
    assert simulation.clock.now > 200
    assert time.process_time() - started < 0.2
