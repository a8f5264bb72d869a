# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The clock by which this process measures how much time has passed.

Nobody sets it, so that it neither jumps nor stands still when the host gets its time from the net or in summer.
"""

import time


def now() -> float:
    """Seconds since the computer started, those in which it was suspended included where the system counts them (Linux)."""
    clock = getattr(time, 'CLOCK_BOOTTIME', None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)
