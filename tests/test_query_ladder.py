# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The standard's ladder: a line that does not carry the offered speed is read at 300 Bd, which is tried anew now and then."""

import pytest

import dlms
from reader.memory import Memory
from reading import ask, found, messages_sent, sent
from simulated_meter import Faults, MeterOptions, Simulation

M, F = MeterOptions, Faults
SLOW_HEAD = {'max_baudrate': 4800}


@pytest.mark.parametrize('faults, rung, speed', [(SLOW_HEAD, 'ACK 0', 300), ({'silent': 'fast'}, 'ACK 0', 300),
                                                 ({'silent': 'acknowledged'}, 'no ACK', 300)], ids=str)
def test_two_sessions_that_fail_are_a_step_down(faults, rung, speed):
    simulation, memory = Simulation(M(), F(**faults)), Memory()
    failures = []
    while isinstance(outcome := ask(simulation=simulation, memory=memory)[0], dlms.MeterError):
        failures.append(outcome)
        simulation.clock.sleep(60)
    assert len(failures) == (2 if rung == 'ACK 0' else 4)
    assert outcome.baudrate == speed and found(outcome) == sent(simulation)
    assert 'read at 300 Bd: at the offered 9600 Bd it failed twice' in outcome.notes
    assert messages_sent(outcome.session) == [b'/?!\r\n'] + ([b'\x06000\r\n'] if rung == 'ACK 0' else [])


@pytest.mark.parametrize('pause, readouts', [(60, 10), (1900, 2)], ids=['every tenth readout', 'hourly'])
def test_the_offered_speed_is_tried_again(pause, readouts):
    simulation, memory = Simulation(M(), F(**SLOW_HEAD)), Memory()
    for _ in range(2):
        assert isinstance(ask(simulation=simulation, memory=memory)[0], dlms.NoAnswer)
    speeds = []
    for _ in range(readouts):
        speeds.append(ask(simulation=simulation, memory=memory)[0].baudrate)
        simulation.clock.sleep(pause)
    trial = ask(simulation=simulation, memory=memory)[0]
    assert {*speeds, trial.baudrate} == {300} and trial.repeats == 1, 'a trial costs no readout'
    simulation.head.faults.max_baudrate = 0
    assert ask(simulation=simulation, memory=memory)[0].baudrate == 300
    simulation.clock.sleep(3600)
    assert [ask(simulation=simulation, memory=memory)[0].baudrate for _ in range(2)] == [9600, 9600]


@pytest.mark.parametrize('faults', [{'silent': 'always'}, {'vanish_after': 0}, {'vanish_after': 100}], ids=str)
def test_failures_that_say_nothing_of_the_speed_are_no_step(faults):
    simulation, memory = Simulation(M(), F(**faults)), Memory()
    for _ in range(5):
        assert isinstance(ask(simulation=simulation, memory=memory)[0], dlms.MeterError)
        simulation.clock.sleep(60)
    simulation.head.faults = F()
    for meter in simulation.head.meters:
        meter.faults = F()
    assert ask(simulation=simulation, memory=memory)[0].baudrate == 9600


def test_a_fixed_speed_has_no_ladder():
    simulation, memory = Simulation(M(), F(silent='acknowledged')), Memory()
    for _ in range(4):
        error, _ = ask(simulation=simulation, memory=memory, baudrate_fix=True)
        assert messages_sent(error.session) == [b'/?!\r\n', b'\x06000\r\n'] * 2
