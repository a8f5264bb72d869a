# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Date and time, always with a time zone."""

import datetime
import zoneinfo

_shtime_instance = None


class Shtime:
    """One per host; get_instance() is None as long as there is none."""

    def __init__(self, smarthome):
        global _shtime_instance
        _shtime_instance = self
        self._sh = smarthome
        self.set_tz('UTC')

    @staticmethod
    def get_instance():
        return _shtime_instance

    def set_tz(self, tzone):
        self._tzinfo = zoneinfo.ZoneInfo(tzone)

    def tzinfo(self) -> datetime.tzinfo:
        return self._tzinfo

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(self._tzinfo)
