# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""No wrong value: some hundred readouts over every fault, a thousand over lines that damage some of the characters."""

from collections import Counter

import pytest

import soak
from reader.memory import Memory

READOUTS = 500


def test_every_fault():
    before, memories = soak.in_use(), dict[str, Memory]()
    outcomes = {number: soak.read(soak.case(number), memories) for number in range(READOUTS)}
    assert not {number: outcome.wrong for number, outcome in outcomes.items() if outcome.wrong}
    counts = Counter(outcome.kind for outcome in outcomes.values())
    assert counts['read'] > READOUTS / 3 and sum(o.repeats > 0 for o in outcomes.values()) > READOUTS / 10
    assert set(counts) >= {'NoAnswer', 'ProtocolError', 'ChecksumError', 'PortError', 'ReadoutStopped', 'Unconfirmed'}
    assert soak.in_use() == before


HEAT = {'kind': 'heat'}, {'wakeup': True}
SHORT = {'mode': 'C', 'query_codes': '?2'}, {'querycode': '2'}
MODE_B = {'mode': 'B'}, {}
MODE_C = {'mode': 'C', 'baudrate': 4800}, {}


@pytest.mark.parametrize('share, meter, readouts, some', [
    (0.01, HEAT, 400, 8), (0.01, SHORT, 300, 3), (0.01, MODE_B, 150, 0), (0.01, MODE_C, 150, 0),
    (0.002, HEAT, 50, 20), (0.002, SHORT, 50, 30), (0.002, MODE_B, 100, 2), (0.002, MODE_C, 50, 5)], ids=str)
def test_a_disturbed_line(share, meter, readouts, some):
    """Parity alone lets some damage pass. Many readouts fail, `some` are read, but none is wrong."""
    options, config = meter
    memories = {}
    outcomes = [soak.read(soak.disturbed(number, options, share, **config), memories) for number in range(readouts)]
    assert not [outcome.wrong for outcome in outcomes if outcome.wrong]
    counts = Counter(outcome.kind for outcome in outcomes)
    assert counts.pop('read', 0) >= some and set(counts) <= {'ProtocolError', 'ChecksumError', 'Unconfirmed', 'NoAnswer'}
    assert sum(o.repeats > 0 for o in outcomes) > 0.5 * readouts
