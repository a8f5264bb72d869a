# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance of the plugin is doing. Pure."""

from enum import Enum, auto


class Activity(Enum):
    """One of these holds at any time; only an idle instance begins to read."""

    MISCONFIGURED = auto()
    STOPPED = auto()
    SETTING_UP = auto()     # the page searches a meter or aligns the head
    LISTENING = auto()      # to a meter that sends by itself
    READING = auto()
    IDLE = auto()
