# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for SmartHomeNG's package `lib`: only what a plugin made after the core's sample plugin touches.

Names and signatures are the core's (tests/test_host_guard.py compares them); where the core merely punishes a mistake
at run time (a job that runs every second, an item that is lost), the stand-in complains at once.
"""
