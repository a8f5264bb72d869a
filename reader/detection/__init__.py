# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
First contact with a meter: which ports there are, how the meter at one wants to be read, how well it is heard.

    ports.py          the serial ports of this computer
    searching.py      finds out how the meter at a port wants to be read
    aiming.py         how well it is heard while the head is moved

The shell command and the page of the plugin stand on it; it says nothing itself but hands out what there is to be said.
"""
