# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks: one that only goes on when someone waits, and the real one, with the same surface."""

import math
import threading
import time

NEVER = math.inf


class VirtualClock:
    """A clock that only goes on when someone waits: monotonic(), sleep() and time() like the module time."""

    def __init__(self, start: float = 0.0, epoch: float = 1_767_950_000.0) -> None:
        self.now = start
        self._epoch = epoch - start

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def time(self) -> float:
        """Seconds since 1970."""
        return self._epoch + self.now

    def sleep(self, seconds: float) -> None:
        """Goes on by so many seconds at once."""
        self.now += max(0.0, seconds)

    def wait(self, condition: threading.Condition, until: float) -> None:
        """Goes on to `until` at once."""
        if until == NEVER:
            raise RuntimeError('the reader would wait for ever: the port has no timeout and nothing more will come')
        self.now = max(self.now, until)


class RealClock:
    """The module time, with a wait that ends early when something on the line changes."""

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)
    time = staticmethod(time.time)

    def wait(self, condition: threading.Condition, until: float) -> None:
        """Waits until then, or until the condition is notified."""
        condition.wait(None if until == NEVER else max(0.0, until - time.monotonic()))
