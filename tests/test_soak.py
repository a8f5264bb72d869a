# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""No wrong value: some hundred readouts over every fault, a thousand over a line with one wrong character in a hundred."""

from collections import Counter

import pytest

import soak

READOUTS = 500


@pytest.fixture(autouse=True)
def no_memories():
    soak.forget()
    yield
    soak.forget()


def test_every_fault():
    before = soak.in_use()
    outcomes = {number: soak.read(soak.case(number)) for number in range(READOUTS)}
    assert not {number: outcome.wrong for number, outcome in outcomes.items() if outcome.wrong}
    counts = Counter(outcome.kind for outcome in outcomes.values())
    assert counts['read'] > READOUTS / 3 and sum(o.repeats > 0 for o in outcomes.values()) > READOUTS / 10
    assert set(counts) >= {'NoAnswer', 'ProtocolError', 'ChecksumError', 'PortError', 'ReadoutStopped', 'Unconfirmed'}
    assert soak.in_use() == before


@pytest.mark.parametrize('meter, readouts', [
    ({'kind': 'heat'}, 400), ({'mode': 'C', 'query_codes': '?2'}, 300), ({'mode': 'C', 'baudrate': 4800}, 150),
    ({'mode': 'B'}, 150)], ids=str)
def test_a_hundredth_of_the_characters_is_wrong(meter, readouts):
    """One flipped bit in 1 %, two in 0.3 % of the characters: 1,000 readouts; parity alone lets some pass."""
    outcomes = []
    for number in range(readouts):
        this = soak.disturbed(number, meter, 'one line')
        if '2' in meter.get('query_codes', ''):
            this.config['querycode'] = '2'
        outcomes.append(soak.read(this))
    assert not [outcome.wrong for outcome in outcomes if outcome.wrong]
    assert sum(o.repeats > 0 for o in outcomes) > 0.5 * readouts
    assert all(o.kind in ('read', 'ProtocolError', 'ChecksumError', 'Unconfirmed', 'NoAnswer') for o in outcomes)
