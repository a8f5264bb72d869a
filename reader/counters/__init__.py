# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What follows from counters that are read again and again: power, consumption by period, closing values, the clock's offset.

Pure: no port, no file, no clock of its own. Whoever asks says when something was read.
"""
