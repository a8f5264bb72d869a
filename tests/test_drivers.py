# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What drivers and adapters do to a reader: late bits, deadlines, and ports that change, vanish or are shared."""

import pytest

import dlms
from reading import ask, found, sent
from simulated_meter import Faults, MeterOptions, least_duration

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
