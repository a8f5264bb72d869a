# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What an adapter makes of the characters between the line and the reader, in every mode, with and without parity."""

import itertools
import re
from collections.abc import Callable

import pytest

from by_hand import BLOCK, CHARACTER, REQUEST, acknowledge, framed, receive, send, sign_on, simulate
from simulated_meter import Faults, Simulation, crc16
from simulated_meter.wire import SEVEN_BITS, with_parity

METERS = {
    'A': {'mode': 'A'}, 'A without parity': {'mode': 'A', 'framing': '8N1', 'strict_parity': False},
    'B': {'mode': 'B', 'baudrate': 9600}, 'C': {'mode': 'C'}, 'D': {'mode': 'D', 'interval': 10.0},
    'P1': {'kind': 'p1', 'interval': 10.0},
}
each_meter = pytest.mark.parametrize('meter', METERS.values(), ids=METERS)
each_count = pytest.mark.parametrize('count', [1, 2, 7, 100])


def block_of(simulation: Simulation) -> bytes:
    """The next data block or telegram as the reader's UART hands it over."""
    options = simulation.meter.options
    with simulation.open_port(baudrate=options.baudrate if options.mode == 'D' else 300) as port:
        if options.mode == 'D':
            port.timeout = 20.0
            return port.read(1) + receive(port, 4.0)
        assert sign_on(port).startswith(b'/')
        if options.mode == 'C':
            acknowledge(simulation, port)
        port.baudrate = options.baudrate
        return receive(port, 7.0)


def as_sent(faults: Faults, **meter: object) -> tuple[bytes, bytes]:
    """The block as it should be and as it arrives."""
    good, bad = (block_of(simulate(each, **meter)) for each in (Faults(), faults))
    assert len(good) > 300
    return good, bad


def stretch_at(good: bytes, bad: bytes) -> int:
    """Up to where they are the same."""
    return next((index for index, (a, b) in enumerate(zip(good, bad, strict=False)) if a != b), min(len(good), len(bad)))


def runs(characters: bytes) -> list[tuple[int, int]]:
    """Each character with how often it follows itself."""
    return [(character, len(list(group))) for character, group in itertools.groupby(characters)]


@each_meter
@each_count
def test_characters_get_lost_side_by_side(meter: dict[str, object], count: int) -> None:
    good, bad = as_sent(Faults(lost=count), **meter)
    at = stretch_at(good, bad)
    assert bad == good[:at] + good[at + count:] and len(bad) == len(good) - count


@each_meter
@each_count
def test_characters_get_lost_apart(meter: dict[str, object], count: int) -> None:
    good, bad = as_sent(Faults(lost=count, apart=True), **meter)
    assert len(bad) == len(good) - count
    rest = iter(good)
    assert all(character in rest for character in bad)              # in their order
    if count == 100:
        at = stretch_at(good, bad)
        assert bad[at:] != good[at + count:]


@each_meter
@each_count
def test_a_stretch_arrives_twice(meter: dict[str, object], count: int) -> None:
    good, bad = as_sent(Faults(doubled=count), **meter)
    assert any(bad == good[:end] + good[end - count:] for end in range(count, len(good) + 1))


@each_meter
@each_count
def test_characters_arrive_twice_each(meter: dict[str, object], count: int) -> None:
    good, bad = as_sent(Faults(doubled=count, apart=True), **meter)
    assert len(bad) == len(good) + count
    assert [character for character, _ in runs(good)] == [character for character, _ in runs(bad)]
    assert all(length <= arrived <= 2 * length for (_, length), (_, arrived) in zip(runs(good), runs(bad), strict=True))


@each_meter
@each_count
@pytest.mark.parametrize('apart', [False, True])
def test_characters_of_eight_ones_are_put_in_between(meter: dict[str, object], count: int, apart: bool) -> None:
    good, bad = as_sent(Faults(padded=count, apart=apart), **meter)
    assert bad.replace(b'\xff', b'') == good and bad.count(b'\xff') == count
    assert (bytes([0xFF] * count) in bad) is (not apart or count == 1)


@each_meter
@each_count
def test_a_stretch_of_a_former_readout_is_put_in_between(meter: dict[str, object], count: int) -> None:
    simulation = simulate(Faults(inserted=count, when='every:2'), **meter)
    former = block_of(simulation)
    simulation.clock.sleep(3)
    bad = block_of(simulation)
    good = simulation.meter.speech.block(simulation.meter.sent[-1].time).characters
    good = with_parity(good) if simulation.meter.options.framing == '7E1' else good
    assert any(bad == good[:at] + bad[at:at + count] + good[at:] and bad[at:at + count] in former
               for at in range(len(good) + 1))


@each_meter
def test_a_stretch_is_that_of_a_former_readout_in_its_place(meter: dict[str, object]) -> None:
    for count in (1, 2, 7, 100, 100_000):
        simulation = simulate(Faults(replaced=count, when='every:2'), **meter)
        former = block_of(simulation)
        simulation.clock.sleep(3)
        bad = block_of(simulation)
        good = simulation.meter.speech.block(simulation.meter.sent[-1].time).characters
        good = with_parity(good) if simulation.meter.options.framing == '7E1' else good
        differing = [index for index in range(len(good)) if bad[index] != good[index]]
        assert differing and differing[-1] - differing[0] < count
        assert all(bad[index] == former[index] for index in differing)
        if count == 100_000:
            assert bad == former


@each_meter
@each_count
def test_blocks_arrive_in_the_other_order(meter: dict[str, object], count: int) -> None:
    good, bad = as_sent(Faults(reordered=count), **meter)
    assert bad != good
    assert any(bad == good[:at] + good[at + count:at + 2 * count] + good[at:at + count] + good[at + 2 * count:]
               for at in range(len(good)))


def test_the_line_keeps_its_time_whatever_the_adapter_does() -> None:
    """What is put in takes no time, what is lost leaves a gap."""
    ends = {}
    for name, faults in {'nothing': {}, 'doubled': {'doubled': 100}, 'padded': {'padded': 100}, 'inserted': {'inserted': 100},
                         'lost': {'lost': 100}, 'reordered': {'reordered': 100}}.items():
        simulation = simulate(Faults(**faults), mode='D', interval=60.0)
        block_of(simulation)
        ends[name] = simulation.clock.now
    assert all(end == pytest.approx(ends['nothing']) for end in ends.values())


def arrivals(faults: Faults) -> list[tuple[float, bytes]]:
    """When each character of a block at 300 Bd comes, in characters since the first."""
    simulation = simulate(faults, mode='A', block=BLOCK)
    with simulation.open_port(timeout=1.0) as port:
        sign_on(port)
        came = []
        while character := port.read(1):
            came.append((simulation.clock.now, character))
    return [(round((then - came[0][0]) / CHARACTER, 3), character) for then, character in came]


def test_what_is_put_in_comes_with_the_character_before() -> None:
    came = arrivals(Faults(padded=4))
    padded = [then for then, character in came if character == b'\xff']
    before = came[[character for _, character in came].index(b'\xff') - 1]
    assert padded == [before[0]] * 4
    assert [then for then, character in came if character != b'\xff'] == list(range(len(framed(BLOCK))))


def test_what_is_lost_leaves_a_gap() -> None:
    times = [then for then, _ in arrivals(Faults(lost=5))]
    assert [later - earlier for earlier, later in itertools.pairwise(times)].count(6) == 1


def test_what_was_overtaken_comes_with_what_overtook_it() -> None:
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(arrivals(Faults(reordered=4)))]
    assert (gaps.count(8), gaps.count(0)) == (1, 7)


def test_the_dice_are_seeded_and_when_says_which_blocks_are_hit() -> None:
    blocks = [block_of(simulate(Faults(seed=seed, lost=2, apart=True), mode='A')) for seed in (1, 1, 2)]
    assert blocks[0] == blocks[1] != blocks[2]
    simulation = simulate(Faults(lost=3, when='every:2'), mode='D', block=BLOCK, interval=10.0)
    assert [len(block_of(simulation)) for _ in range(4)] == [47, 44, 47, 44]


@pytest.mark.parametrize(('changed', 'identification', 'data'), [
    ('data', 23, 24), ('identification', 20, 27), ('answers', 20, 24)])
def test_which_messages_are_changed(changed: str, identification: int, data: int) -> None:
    simulation = simulate(Faults(lost=3, changed=changed), mode='C', block=BLOCK)
    port = simulation.open_port()
    send(port, REQUEST)
    assert len(receive(port, 0.4)) == identification
    acknowledge(simulation, port, wait=0.0)
    port.baudrate = 9600
    assert len(receive(port, 1.0)) == data


def test_at_another_speed_there_is_the_same_garbage_as_without() -> None:
    received = [receive(simulate(Faults(lost=lost), mode='D', interval=60.0).open_port(baudrate=4800), 1.0) for lost in (0, 50)]
    assert received[0] == received[1] != b''


def test_who_joins_in_the_middle_gets_what_is_changed_in_the_rest() -> None:
    late = receive(simulate(Faults(padded=100, apart=True), mode='D', phase=-0.2).open_port(baudrate=9600), 1.0)
    assert 0 < late.count(b'\xff') < 100
    assert late.replace(b'\xff', b'').translate(SEVEN_BITS).endswith(b'0.2.0(B32)\r\n!\r\n')


# -- buffers ---------------------------------------------------------------------------------------------------------

@each_meter
@pytest.mark.parametrize('count', [1, 50, 300])
def test_an_answer_out_of_a_buffer_is_early(meter: dict[str, object], count: int) -> None:
    times = []
    for faults in (Faults(), Faults(early=count)):
        simulation = simulate(faults, **meter)
        block = block_of(simulation)
        times.append(simulation.clock.now)
    assert block == block_of(simulate(**meter))
    assert times[0] - times[1] == pytest.approx(count * 10 / simulation.meter.options.baudrate, abs=1e-5)


def test_a_former_readout_as_an_early_answer() -> None:
    simulation = simulate(Faults(early=100_000, replaced=100_000, when='every:2'), mode='C')
    former = block_of(simulation)
    simulation.clock.sleep(3)
    with simulation.open_port() as port:
        sign_on(port)
        acknowledge(simulation, port)
        port.baudrate = 9600
        asked = simulation.clock.now
        assert port.read(len(former)) == former
        assert simulation.clock.now == pytest.approx(asked + 0.2, abs=1e-4)


@each_meter
@pytest.mark.parametrize('part', ['end', 'beginning'])
def test_what_was_said_before_is_in_the_buffer_when_the_port_is_opened(meter: dict[str, object], part: str) -> None:
    simulation = simulate(Faults(stale=60, stale_part=part, when='every:2'), **meter)
    options = simulation.meter.options
    former = block_of(simulation)
    if options.mode != 'D':
        line = f'{options.identification}\r\n'.encode()
        former = (with_parity(line) if options.framing == '7E1' else line) + former
    with simulation.open_port() as port:
        assert port.read(port.in_waiting) == (former[-60:] if part == 'end' else former[:60])


def test_stale_telegrams_are_whole_and_one_older_than_the_other() -> None:
    simulation = simulate(Faults(stale=2000), kind='p1', interval=10.0)
    simulation.clock.sleep(100)
    with simulation.open_port(baudrate=115200) as port:
        stale = port.read(port.in_waiting)
    assert len(stale) == 2000
    telegrams = [b'/ISk5' + telegram for telegram in stale.split(b'/ISk5')[1:]]
    assert len(telegrams) == 5
    for telegram in telegrams:
        upto = telegram.index(b'!') + 1
        assert telegram[upto:] == b'%04X\r\n' % crc16(telegram[:upto])
    times = [int(re.search(rb'0-0:1\.0\.0\((\d{12})W\)', telegram)[1]) % 10_000 for telegram in telegrams]
    assert times == sorted(set(times))


@pytest.mark.parametrize('after', [0.05, 0.37, 0.71, 2.0])
def test_stale_characters_that_come_later_are_between_those_of_the_answer(after: float) -> None:
    good = block_of(simulate(mode='A', block=BLOCK))
    simulation = simulate(Faults(stale=10, stale_after=after), mode='A', block=BLOCK)
    with simulation.open_port() as port:
        port.timeout = 3.0
        assert port.in_waiting == 0
        port.write(with_parity(REQUEST))
        received, arrived = b'', {}
        while character := port.read(1):
            received += character
            arrived.setdefault(round(simulation.clock.now, 6), []).append(character)
    assert b''.join(arrived[after]) == good[-10:]
    at = received.index(good[-10:])
    assert (received[:at] + received[at + 10:])[-len(good):] == good
    assert len(received) == len(good) + 10 + len(b'/LGZ ZMD3104407.B32\r\n')


def test_clearing_the_buffer_helps_against_what_is_there_but_not_against_what_comes_later() -> None:
    for after, left in ((0.0, 0), (0.1, 10)):
        simulation = simulate(Faults(stale=10, stale_after=after))
        with simulation.open_port() as port:
            port.reset_input_buffer()
            assert len(receive(port, 1.0)) == left
        simulation.faults.when, simulation.faults.stale_after = 'first:1', 0.0
        with simulation.open_port() as port:
            assert receive(port, 1.0) == b''


def test_what_would_have_come_to_one_reader_does_not_come_to_the_next() -> None:
    simulation = simulate(Faults(stale=10, stale_after=5.0, when='first:1'))
    simulation.open_port().close()
    with simulation.open_port() as port:
        assert receive(port, 10.0) == b''


# -- flush() and the beginning of sending ----------------------------------------------------------------------------

@pytest.mark.parametrize('late', [0.0, 0.005, 0.010, 0.015])
@pytest.mark.parametrize('grid', [0.0, 0.010, 0.036, 0.040])
def test_flush_looks_now_and_then_and_the_adapter_begins_late(grid: float, late: float) -> None:
    simulation = simulate(Faults(flush_grid=grid, late_start=late))
    clock, port = simulation.clock, simulation.open_port(timeout=3.0)
    clock.sleep(0.123)
    port.write(with_parity(REQUEST))
    port.flush()
    last_bit = 0.123 + late + 5 * CHARACTER
    assert simulation.meter.received == [(pytest.approx(last_bit), REQUEST)] or grid == 0.0
    looks = (clock.now - 0.123) / grid if grid else 0.0
    assert looks == pytest.approx(round(looks))
    assert last_bit - 1e-9 <= clock.now < last_bit + (grid or 1e-6)
    port.read(1)
    assert clock.now == pytest.approx(last_bit + 0.2 + CHARACTER)
    assert simulation.meter.received == [(pytest.approx(last_bit), REQUEST)]


def test_characters_in_a_row_begin_late_only_once() -> None:
    simulation = simulate(Faults(late_start=0.015))
    port = simulation.open_port()
    for character in with_parity(REQUEST):
        port.write(bytes([character]))
    port.flush()
    assert simulation.clock.now == pytest.approx(0.015 + 5 * CHARACTER)


@pytest.mark.parametrize(('wait', 'whole'), [(lambda port: port.flush(), True), (lambda port: None, False)])
def test_the_head_tells_when_the_speed_changed_and_when_the_last_bit_left(wait: Callable[[object], None], whole: bool) -> None:
    simulation = simulate(Faults(late_start=0.01), block=BLOCK)
    port = simulation.open_port()
    sign_on(port)
    simulation.clock.sleep(0.2)
    written = simulation.clock.now
    port.write(with_parity(b'\x06050\r\n'))
    wait(port)
    port.baudrate = 9600
    switch, = simulation.head.switches
    assert switch.baudrate == 9600 and switch.time == simulation.clock.now
    assert switch.last_bit == pytest.approx(written + 0.01 + 6 * CHARACTER)
    assert (switch.time >= switch.last_bit) is whole
    assert (framed(BLOCK) in receive(port, 1.0).translate(SEVEN_BITS)) is whole
