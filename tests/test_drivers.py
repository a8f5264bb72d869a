# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What drivers and adapters do to a reader: late bits, deadlines, and ports that change, vanish or are shared."""

import pytest

import dlms
from reader import diagnosis
from reading import ask, found, opener, sent
from simulated_meter import Faults, MeterOptions, Simulation, least_duration

M, F = MeterOptions, Faults


# The change of speed

@pytest.mark.parametrize('grid', [0.0, 0.010, 0.036, 0.040])
@pytest.mark.parametrize('late', [0.0, 0.005, 0.010, 0.015])
@pytest.mark.parametrize('flag', ['ISk', 'LGZ'])
def test_the_speed_changes_after_our_last_bit_and_before_the_meters_first(flag, late, grid):
    readout, simulation = ask(M(flag=flag), F(late_start=late, flush_grid=grid))
    change = simulation.head.switches[0]
    assert change.baudrate == 9600
    assert 0 <= change.time - change.last_bit < simulation.meter.options.reaction_time
    assert isinstance(readout, dlms.Readout) and found(readout) == sent(simulation)
    assert len(simulation.head.switches) == 1 and readout.repeats == 0
    least = least_duration(simulation.meter.options, simulation.meter.sent[-1].characters)
    assert readout.duration < least + 2 * late + 0.025


# Deadlines, and ports that vanish

@pytest.mark.parametrize('meter, faults, config, kind', [
    ({}, {}, {'settle': 20.0, 'max_duration': 2.0}, 'no_time_to_answer'),
    ({}, {}, {'max_duration': 0.05}, 'no_time_to_answer'),
    ({'kind': 'heat'}, {}, {'wakeup': True, 'max_duration': 1.0}, 'no_time_to_answer'),
    ({'kind': 'heat'}, {}, {'wakeup': True, 'max_duration': 3.0}, 'no_time_to_answer'),
    ({}, {'silent': 'always'}, {'timeout': 20.0, 'max_duration': 2.0}, 'no_time_to_answer'),
    ({}, {'silent': 'identification'}, {'timeout': 20.0, 'max_duration': 4.0}, 'acknowledgement_ignored'),
    ({}, {'truncate': 100}, {'max_duration': 3.0}, 'too_long'),
    ({}, {'truncate': 100}, {'timeout': 9.0, 'max_duration': 4.0, 'serialport': 'socket://far:1'}, 'too_long'),
    ({'mode': 'D'}, {'silent': 'always'}, {'only_listen': True, 'max_duration': 20.0}, 'no_telegram')], ids=str)
def test_nothing_lasts_longer_than_max_duration(meter, faults, config, kind):
    error, simulation = ask(M(**meter), F(**faults), **config)
    assert isinstance(error, dlms.MeterError) and 'max_duration' in error.text('de')
    assert simulation.clock.monotonic() <= config['max_duration'] + 0.3
    assert diagnosis.diagnose(error).kind == kind


def test_waiting_for_another_reader_is_not_part_of_the_readout():
    other = Simulation(M(mode='D'))
    stream = dlms.listen({'serialport': '/dev/null', 'baudrate': 9600}, clock=other.clock, open_port=opener(other))
    assert next(stream)
    simulation = Simulation(M())

    def stopped():
        if simulation.clock.monotonic() >= 9.0:
            stream.close()
        return False
    readout, _ = ask(simulation=simulation, serialport='/dev/null', max_duration=5.0, stopped=stopped)
    assert found(readout) == sent(simulation)


@pytest.mark.parametrize('moment', [0.1, 0.9, 1.3, 2.9, 3.4])
@pytest.mark.parametrize('config', [{'settle': 30.0}, {'wakeup': True}, {'timeout': 30.0}, {'only_listen': True}], ids=str)
def test_a_port_that_is_unplugged_is_missed_within_half_a_second(config, moment):
    """While nothing is awaited, too: in a pause, or while the request leaves."""
    simulation = Simulation(M(), F(silent='always'))

    def open_port(settings):
        port = opener(simulation)(settings)
        simulation.head.receiver.gone_at = moment
        return port
    with pytest.raises(dlms.PortError, match='vanished') as caught:
        dlms.query({'serialport': 'sim', **config}, clock=simulation.clock, open_port=open_port)
    assert caught.value.session and moment <= simulation.clock.monotonic() <= moment + 0.5
