# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What a second copy costs, where none is to be had, and what is not of now."""

import pytest

import dlms
from reader.memory import Memory
from reading import ask, found, messages_sent, sent, wrong_values
from simulated_meter import Faults, MeterOptions, Simulation

M, F = MeterOptions, Faults
NAK = b'\x15'
CYCLE = 300.0
BLOCK = '0.9.1({})\r\n0.9.2({})\r\n0.0.0(12345678)\r\n1.8.0(000123.4*kWh)\r\n2.8.0(000001.0*kWh)\r\n32.7.0(230.1*V)\r\n!\r\n'


def readouts(simulation, number, **config):
    """So many sessions with one memory, the first one the first contact."""
    memory = Memory(shapes=())
    for _ in range(number):
        yield ask(simulation=simulation, memory=memory, **config)[0]
        simulation.clock.sleep(CYCLE)


@pytest.mark.parametrize('meter, config, blocks', [
    (M(), {}, [2, 1, 1]), (M(mode='B'), {}, [2, 1, 1]), (M(mode='A'), {}, [2, 1, 1]),
    (M(repeat_within=0), {}, [2, 1, 1]),                             # asked again: it knows no NAK
    (M(kind='heat'), {'wakeup': True}, [1, 1, 1]),                   # never woken for a copy
    (M(kind='p1', interval=10.0), {'only_listen': True, 'baudrate': 115200}, [2, 1, 1]),
    (M(mode='D', interval=10.0), {'only_listen': True, 'baudrate': 9600}, [2, 1, 1])], ids=str)
def test_the_first_contact_wants_a_copy_and_the_next_ones_none(meter, config, blocks):
    simulation = Simulation(meter)
    for readout, most in zip(readouts(simulation, 3, **config), blocks, strict=True):
        assert found(readout) == sent(simulation) and readout.repeats == most - 1
    assert readout.checked[-1] == 'shape'


def test_in_mode_c_the_copy_is_one_block_more():
    simulation = Simulation(M())
    first, second = readouts(simulation, 2)
    assert [message == NAK for message in messages_sent(first.session)] == [False, False, True]
    assert len(messages_sent(second.session)) == 2 and first.checked == ('parity', 'bcc', 'copy')


def test_a_first_readout_without_a_copy_is_handed_out_and_said_to_be_one():
    simulation = Simulation(M(kind='heat'))
    first, second = readouts(simulation, 2, wakeup=True)
    assert 'copy' not in first.checked and 'without a second copy' in str(first.remarks[-1])
    assert second.checked == ('parity', 'bcc', 'copy')


def clocked(mode, times, **config):
    """A readout at each of these times of the meter's clock, each a cycle after the one before; None where it is refused."""
    simulation, memory = Simulation(M(mode=mode, block='!\r\n')), Memory(shapes=())
    for date, time in times:
        simulation.meter.options.block = BLOCK.format(time, date)
        outcome, _ = ask(simulation=simulation, memory=memory, **config)
        yield outcome if isinstance(outcome, dlms.Readout) else None
        simulation.clock.sleep(CYCLE - simulation.clock.monotonic() % CYCLE)


@pytest.mark.parametrize('fourth', [('260109', '121000'), ('260109', '091500'), ('260109', '131500'), ('269901', '121500')])
def test_a_clock_that_shows_what_it_cannot_wants_a_copy_once(fourth):
    """It stood still, was set back or forward, or is none any more: what a buffer held looks like that, too."""
    times = [('260109', '120000'), ('260109', '120500'), ('260109', '121000'), fourth]
    *_, third, last = clocked('C', times)
    assert (third.repeats, third.checked[-1]) == (0, 'shape')
    assert (last.repeats, last.checked[-1]) == (1, 'copy') and "the meter's clock was set" in str(last.remarks[-1])


def test_a_clock_that_goes_on_wants_no_copy():
    times = [('260109', f'12{minute:02}{second:02}') for minute, second in
             ((0, 0), (5, 0), (10, 2), (15, 0), (19, 59), (25, 1), (30, 0))]
    assert [readout.repeats for readout in clocked('C', times)] == [1, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize('lines', ['lost', 'doubled', 'swapped', 'lost+doubled'])
@pytest.mark.parametrize('meter', [M(), M(frame=False), M(framing='8N1', strict_parity=False, frame=False)], ids=str)
def test_whole_lines_that_are_lost_doubled_or_swapped(meter, lines):
    simulation = Simulation(meter)
    memory = Memory(shapes=())
    for number in range(8):
        simulation.faults.lines = lines if number > 1 else ''
        outcome, _ = ask(simulation=simulation, memory=memory)
        assert not isinstance(outcome, dlms.Readout) or not wrong_values(outcome, simulation)
        simulation.clock.sleep(CYCLE)


def test_a_telegram_with_a_part_of_another_one_in_the_same_piece_came_out_of_a_buffer():
    """The next one is of now."""
    simulation, memory = Simulation(M(kind='p1', interval=10.0), F(stale=700, stale_after=0.4, when='first:0')), Memory(shapes=())
    config = {'only_listen': True, 'baudrate': 115200}
    for part in ('', '', 'beginning', 'end'):
        simulation.faults.when, simulation.faults.stale_part = ('always' if part else 'first:0'), part or 'end'
        opened = simulation.clock.monotonic()
        readout, _ = ask(simulation=simulation, memory=memory, **config)
        assert simulation.meter.sent[-1].time >= opened and found(readout) == sent(simulation) and memory.keeps_pace
        simulation.clock.sleep(CYCLE)


def test_two_tables_by_turns_whose_text_is_never_of_the_same_length():
    """A meter without NAK: no readout is the copy of another one, and yet each gives what it has in common with those before."""
    simulation = Simulation(M(varying='short,text', repeat_within=0))
    for readout in readouts(simulation, 20):
        assert not wrong_values(readout, simulation) and len(sent(simulation)) - len(found(readout)) <= 1
