# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated meter by itself: a dialog by hand, bit by bit and millisecond by millisecond."""

import ast
import sys
from pathlib import Path

import pytest

import simulated_meter
from by_hand import BLOCK, CHARACTER, REQUEST, acknowledge, framed, receive, send, sign_on, simulate
from simulated_meter import Faults, MeterOptions, SimulatedPort, Simulation, block_check, crc16, least_duration, make_block, wire
from simulated_meter.wire import SEVEN_BITS, has_even_parity, with_parity


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


def test_where_the_speeds_agree_no_bit_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    sampled = []
    monkeypatch.setattr(wire, '_sample', lambda *arguments: sampled.append(arguments) or iter(()))
    simulation = simulate(mode='A', size=6144)
    port = simulation.open_port(timeout=1.0)
    sign_on(port)
    for _ in range(6144):
        port.read(1)
    assert simulation.clock.now > 200 and sampled == []


ROOMS = Path(simulated_meter.__file__).parent


def test_its_rooms_import_one_way_and_nothing_of_the_plugin() -> None:
    """In the order that the package's docstring tells."""
    lines = simulated_meter.__doc__.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith('    clock'))
    order = '  '.join(line.strip() for line in lines[first:lines.index('', first)])
    groups = [group.split(', ') for group in order.split('  ')]
    place = {room: number for number, group in enumerate(groups) for room in group}
    assert {path.stem for path in ROOMS.glob('*.py')} - {'__init__', '__main__'} == set(place)
    for path in ROOMS.glob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert place.get(node.module, -1) < place.get(path.stem, len(order)), f'{path.stem} imports {node.module}'
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                outside = {name.partition('.')[0] for name in names} - set(sys.stdlib_module_names)
                assert outside <= {'serial', 'simulated_meter'}, f'{path.stem} imports {outside}'
