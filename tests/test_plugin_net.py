# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin over lines with a fault in each fifth cycle: its items neither get a wrong value nor keep one for long."""

import logging

import pytest

import soak_plugin
from soak_plugin import BLIND, LEARNED, LINES, OLDEST

CYCLES = 300


@pytest.fixture
def course(monkeypatch):
    """course(name, cycles, seed): what came of so many cycles of a line."""
    monkeypatch.setattr(logging.root.manager, 'disable', logging.CRITICAL)      # pytest keeps what is logged
    return lambda name, cycles, seed: soak_plugin.run(monkeypatch.setattr, LINES[name], cycles, seed)


def test_no_item_gets_a_wrong_value_in_two_thousand_cycles_and_none_is_older_than_three(course):
    came = course('C, parity and BCC', 2000, 2)
    faulty = sum(count for kind, count in came.faulty.items() if kind)
    assert 360 < faulty < 440 and set(came.faulty) == {'', *soak_plugin.FAULTS}
    assert (came.wrong, came.old) == ([], []) and OLDEST == 3
    assert came.read[''] == came.faulty['']     # a cycle without a fault is read, whatever was before
    assert sum(came.read.values()) > 2000 - faulty / 2 and came.refused > 20


@pytest.mark.parametrize('name', LINES)
def test_other_lines(course, name):
    """What looks like a value of now, digit by digit, nothing can show: neither form nor check nor guard."""
    came = course(name, CYCLES, 1)
    events = (*came.wrong, *came.old)
    assert [event for event in events if event[1] not in BLIND] == [] and len(events) <= 1
    assert came.read[''] == came.faulty[''] > CYCLES / 2 and sum(came.read.values()) > came.faulty[''] + LEARNED
