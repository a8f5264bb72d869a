# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A day at the core's default level, with an hour of failure: few lines, each with its reason, and those in the manual."""

import day_log


def test_the_log_of_a_day_is_that_of_the_manual():
    lines = day_log.day()
    assert day_log.PART.text() == day_log.text(lines), 'write it anew: python3 tests/day_log.py'
    assert [line.split()[2] for line in lines] == ['NOTICE', 'WARNING', 'NOTICE', 'NOTICE', 'NOTICE']
