# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The cycle that tunes itself, as a table: what happened, and how often the meter is read then."""

import pytest
from plugins.dlms.plugin.cycle import CONFIGURED, DURATION, FAILURES, OFF, Cycle

FAIL, MISSING = 'failed', 'port missing'


def after(wanted, margin, *events):
    """A cycle that was told of readouts (their duration in s) and failures."""
    cycle = Cycle(wanted, margin)
    for event in events:
        if event == FAIL:
            cycle.add_failure()
        elif event == MISSING:
            cycle.add_failure(patient=False)
        else:
            cycle.add(event)
    return cycle


@pytest.mark.parametrize(('wanted', 'margin', 'events', 'effective', 'reason'), [
    pytest.param(60, 10, [], 60, CONFIGURED, id='nothing read yet'),
    pytest.param(60, 10, [58.0], 60, CONFIGURED, id='fits with 2 s to spare'),
    pytest.param(60, 10, [58.1], 69, DURATION, id='fits with less'),
    pytest.param(60, 10, [203.9], 214, DURATION, id='whole seconds, upwards'),
    pytest.param(60, 2, [58.1], 61, DURATION, id='small margin'),
    pytest.param(60, 10, [100.0, 5.0], 60, CONFIGURED, id='the first one may have been slow'),
    pytest.param(60, 10, [5.0, 100.0], 60, CONFIGURED, id='the second one may be slow'),
    pytest.param(60, 10, [5.0] * 9 + [100.0], 60, CONFIGURED, id='one of few may be slow'),
    pytest.param(60, 10, [5.0] * 8 + [80.0, 100.0], 90, DURATION, id='two of few may not, the faster of them counts'),
    pytest.param(14, 10, [4.0] * 5 + [25.7] + [4.0] * 19, 14, CONFIGURED, id='one outlier is never a reason'),
    pytest.param(60, 10, [100.0] * 2, 110, DURATION, id='slow from the beginning'),
    pytest.param(60, 10, [5.0] * 19 + [100.0], 60, CONFIGURED, id='one in 20 may be slow'),
    pytest.param(60, 10, [5.0] * 18 + [100.0] * 2, 110, DURATION, id='two in 20 may not'),
    pytest.param(60, 10, [100.0] * 20 + [5.0] * 18, 110, DURATION, id='still two slow ones among the last 20'),
    pytest.param(60, 10, [100.0] * 20 + [5.0] * 19, 60, CONFIGURED, id='back when they are faster'),
    pytest.param(60, 10, [FAIL] * 3 + [None], 60, CONFIGURED, id='a time that will not come again'),
    pytest.param(60, 10, [FAIL] * 2, 60, CONFIGURED, id='two failures'),
    pytest.param(60, 10, [FAIL] * 3, 120, FAILURES, id='third failure'),
    pytest.param(60, 10, [FAIL] * 4, 240, FAILURES, id='fourth failure'),
    pytest.param(60, 10, [FAIL] * 6, 900, FAILURES, id='15 minutes at most'),
    pytest.param(60, 10, [FAIL] * 10000, 900, FAILURES, id='for ever'),
    pytest.param(3600, 10, [FAIL] * 9, 3600, CONFIGURED, id='a long cycle is the limit itself'),
    pytest.param(600, 10, [FAIL] * 3, 900, FAILURES, id='not beyond the limit'),
    pytest.param(60, 10, [FAIL] * 9 + [5.0], 60, CONFIGURED, id='first success'),
    pytest.param(60, 10, [100.0] + [FAIL] * 3, 220, FAILURES, id='doubled from what readouts take'),
    pytest.param(60, 10, [895.0] + [FAIL] * 3, 905, DURATION, id='never shorter than what readouts take'),
    pytest.param(60, 10, [MISSING] * 9, 60, CONFIGURED, id='a missing port'),
    pytest.param(60, 10, [FAIL] * 9 + [MISSING], 60, CONFIGURED, id='the port is missing now'),
    pytest.param(60, 10, [MISSING] * 9 + [FAIL] * 3, 120, FAILURES, id='back, but silent'),
    pytest.param(0, 10, [100.0] + [FAIL] * 9, 0, OFF, id='no cycle'),
])
def test_cycle(wanted, margin, events, effective, reason):
    cycle = after(wanted, margin, *events)
    assert (cycle.effective, cycle.reason) == (effective, reason)
    assert type(cycle.effective) is int     # the scheduler takes a float for every second


def test_failures_of_any_kind_are_counted_until_one_succeeds():
    assert after(60, 10, 5.0, FAIL, MISSING, FAIL).failures == 3
    assert after(60, 10, FAIL, 5.0).failures == 0
