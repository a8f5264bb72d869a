# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What is done in the background while the page looks on: searching a meter, aligning the head.

It ends by itself soon after nobody asks how far it is: who closes the page wants the meter to be read again.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from enum import Enum

from ...reader.detection.aiming import Hearing
from ...reader.detection.searching import Step
from ...reader.diagnosis import Finding
from ...reader.dialogue.line import Progress
from ...reader.readout import Readout
from .. import uptime

FORSAKEN_AFTER = 10.0       # s in which nobody asks
LONGEST_AIMING = 600.0      # s
CURVE = 60.0                # s of aligning that are kept

SEARCH, AIM = 'search', 'aim'


class End(Enum):
    """Why a task has ended."""

    DONE = 'done'
    CANCELLED = 'cancelled'
    FORSAKEN = 'forsaken'       # nobody asked any more
    TIME_UP = 'time up'
    PLUGIN_STOPPED = 'plugin stopped'
    FAILED = 'failed'


@dataclass(frozen=True)
class Tried:
    """A step of a search, and when it began, in s since the task did."""

    step: Step
    began: float


class Task:
    """
    One of them. Any thread may ask.

    :param kind: `SEARCH` or `AIM`
    :param longest: s after which it ends
    """

    def __init__(self, kind: str, port: str, longest: float = float('inf')) -> None:
        self.kind = kind
        self.port = port
        self.steps: list[Tried] = []            # of a search, the last one may be going on
        self.progress: Progress | None = None
        self.readout: Readout | None = None     # that the search has found
        self.hearing: Hearing | None = None     # the last one of aligning
        self.best = 0.0                         # share of good characters
        self.curve: deque[tuple[float, float | None]] = deque()     # s since the beginning, share
        self.waits = False                      # for a readout that was running
        self.finding: Finding | None = None     # why it failed
        self.end: End | None = None             # None while it goes on
        self._longest = longest
        self._began = self._asked = uptime.now()
        self._why: End | None = None            # it is to end
        self._over = threading.Event()

    @property
    def elapsed(self) -> float:
        """s since it began."""
        return uptime.now() - self._began

    @property
    def running(self) -> bool:
        """It has not ended."""
        return self.end is None

    def asked(self) -> None:
        """Somebody looks on."""
        self._asked = uptime.now()

    def stop(self, why: End) -> None:
        """Has it end, soon."""
        self._why = self._why or why

    def stopped(self) -> bool:
        """It is to end now: as a reader asks several times a second."""
        if self._why is None:
            if uptime.now() - self._asked > FORSAKEN_AFTER:
                self._why = End.FORSAKEN
            elif self.elapsed > self._longest:
                self._why = End.TIME_UP
        return self._why is not None

    def ended(self, end: End | None = None) -> None:
        """It has, for this reason, else for that for which it was to."""
        self.progress, self.waits = None, False
        self.end = end or self._why or End.DONE
        self._over.set()

    def wait(self, seconds: float) -> bool:
        """Waits so long for its end; whether it has come."""
        return self._over.wait(seconds)

    def tell(self, step: Step) -> None:
        """A step of the search begins, or has ended."""
        if step.finding and self.steps:
            self.steps[-1] = Tried(step, self.steps[-1].began)
        else:
            self.steps.append(Tried(step, self.elapsed))
        self.progress = None

    def show(self, progress: Progress) -> None:
        """How far the readout of the step is."""
        self.progress = progress

    def hear(self, hearing: Hearing) -> None:
        """How well the meter is heard now."""
        now = self.elapsed
        self.hearing = hearing
        self.best = max(self.best, hearing.share or 0.0)
        self.curve.append((now, hearing.share))
        while now - self.curve[0][0] > CURVE:
            self.curve.popleft()

    @property
    def left(self) -> float | None:
        """s until a search has tried all, as long as nobody answers; of aligning, until it ends. None where that is not known."""
        if self.kind == AIM:
            return max(self._longest - self.elapsed, 0.0)
        if not self.steps:
            return None
        last = self.steps[-1]
        spent = 0.0 if last.step.finding else self.elapsed - last.began
        return max(last.step.left - spent, 0.0)
