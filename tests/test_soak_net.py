# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The second net in some hundred sessions with damage: the readouts of a known meter are not wrong, and hardly fewer."""

import pytest

from soak_net import Cell, count


@pytest.mark.parametrize('fault', ['lost', 'doubled, apart', 'padded', 'inserted', 'packet', 'stale', 'stale later', 'early'])
@pytest.mark.parametrize('protection', ['BCC', 'none'])
def test_a_known_meter(protection, fault):
    cell = Cell(protection, 'fixed', 'known', fault)
    on, off = (count(cell, 24, 3, net) for net in (True, False))
    assert (on.wrong, on.later) == (0, 0), on.examples
    assert on.rate >= 0.8 * off.rate and on.accepted       # of so few one in ten is chance


def test_an_order_that_keeps_form_and_check_is_wrong_more_seldom():
    """What is left nothing can show but the guard."""
    on, off = (count(Cell('parity and BCC', 'fixed', 'known', 'reordered'), 60, 3, net) for net in (True, False))
    assert on.wrong <= off.wrong / 3 and on.rate >= off.rate and off.wrong > 3


def test_what_the_net_prevents():
    """Without it, the same faults of the same meter become values."""
    assert count(Cell('none', 'fixed', 'known', 'lost'), 24, 3, net=False).wrong > 5
