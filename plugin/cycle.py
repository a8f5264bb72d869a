# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""How often a meter is read: the wish of the user, the time that readouts take and failures make the cycle. Pure."""

from __future__ import annotations

import math

WINDOW = 20                 # readouts that are looked at; one of them may be as slow as it likes
GAP = 2                     # s that must be left between two readouts for the cycle to hold
FAILURES_BEFORE_BACKOFF = 2     # in a row; the cycle doubles with each further one
LONGEST_BACKOFF = 15 * 60   # s, unless a longer cycle is wanted

OFF, CONFIGURED, DURATION, FAILURES = 'off', 'configured', 'duration', 'failures'


class Cycle:
    """
    The effective cycle in whole seconds, and why it is what it is.

    It is told how each readout went. `effective` is 0 where no cycle is wanted; `reason` is one of the constants above.

    :param wanted: s between the beginnings of two readouts, 0 for none
    :param margin: s left after a readout where readouts do not fit into the wanted cycle
    """

    def __init__(self, wanted: int, margin: int) -> None:
        self.wanted = wanted
        self.margin = margin
        self.failures = 0           # in a row, of any kind
        self._unanswered = 0        # in a row, with the port there
        self._durations: tuple[float, ...] = ()

    def add(self, duration: float | None) -> None:
        """A readout was accepted after `duration` s; None: after a time that will not come again."""
        if duration is not None:
            self._durations = (*self._durations, duration)[-WINDOW:]
        self.failures = self._unanswered = 0

    def add_failure(self, patient: bool = True) -> None:
        """
        A readout failed.

        :param patient: nobody answers that should be left alone. To look for a missing port costs nothing: it is read as soon as
            it is back
        """
        self.failures += 1
        self._unanswered = self._unanswered + 1 if patient else 0

    @property
    def duration(self) -> float:
        """
        The longest s but one of the last 20 readouts: of 20 that is what 95 % of them take.

        One that was slow, the head having slipped, say, is no reason to read less often; two are. A median of few would let half
        of them be too slow. Of a single one it is that; 0 before the first.
        """
        return (sorted(self._durations) or [0.0])[-2:][0]

    @property
    def regular(self) -> int:
        """s between two readouts while the meter answers, 0 where no cycle is wanted."""
        if not self.wanted or self.duration + GAP <= self.wanted:
            return self.wanted
        return max(self.wanted, math.ceil(self.duration + self.margin))

    @property
    def effective(self) -> int:
        return self.tuned[0]

    @property
    def reason(self) -> str:
        return self.tuned[1]

    @property
    def tuned(self) -> tuple[int, str]:
        """The effective cycle and its reason."""
        if not self.wanted:
            return 0, OFF
        cycle = self.regular
        reason = DURATION if self.duration + GAP > self.wanted else CONFIGURED
        if self._unanswered > FAILURES_BEFORE_BACKOFF:
            doublings = min(self._unanswered - FAILURES_BEFORE_BACKOFF, 16)
            backoff = min(cycle << doublings, max(self.wanted, LONGEST_BACKOFF))
            if backoff > cycle:
                return backoff, FAILURES
        return cycle, reason
