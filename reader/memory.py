# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What one session with a meter leaves to the next ones, for the life of the process. Pure.

How reliable the line is, at which speed a meter was heard that sends by itself, and the rung of the ladder that the
standard leaves for a line that cannot carry the offered speed (6.4.3.2): a meter of mode C goes to its own Z or stays at
300 Bd, nothing is between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

OFFERED, ACKNOWLEDGE_0, UNACKNOWLEDGED = range(3)       # the rungs
# notes of a recording, by which a replay knows what was remembered
RUNG_NOTES = ('', 'acknowledging 0: the data comes at 300 Bd', 'not acknowledging: the data comes at 300 Bd')
DISTURBED = 'the line was disturbed lately'

FAILURES_BEFORE_STEP = 2        # sessions on a rung, in a row
READOUTS_BEFORE_TRIAL = 10      # until the offered speed is tried again
TIME_BEFORE_TRIAL = 3600.0      # s, the same
RECENT_SESSIONS = 10            # in which a line shows whether it is disturbed
DISTURBED_SESSIONS = 2          # so many of them make it so; one may have been a hand at the head


class Memory:
    """
    What is remembered of one meter at one port.

    :param heard_at: speed in Bd at which it was heard sending by itself
    :param disturbed: of the last sessions, whether characters with wrong parity came
    :param rung: of the ladder
    :param trial_due: the offered speed is to be tried again
    """

    def __init__(self, heard_at: int | None = None, disturbed: Sequence[bool] = (), rung: int = OFFERED,
                 trial_due: bool = False) -> None:
        self.heard_at = heard_at
        self._disturbed = deque(disturbed, RECENT_SESSIONS)
        self._rung = rung
        self._failures = 0
        self._readouts = READOUTS_BEFORE_TRIAL if trial_due else 0      # since the offered speed was tried
        self._tried: float | None = None    # s, by the clock of the sessions

    @property
    def distrust(self) -> bool:
        """The line was disturbed more than once lately."""
        return sum(self._disturbed) >= DISTURBED_SESSIONS

    def heard(self, characters: int, wrong: int) -> None:
        """A session had so many characters, so many of them with wrong parity."""
        if characters:
            self._disturbed.append(wrong > 0)

    def rung(self, now: float) -> int:
        """The rung for the first dialogue of a session: every tenth readout, or hourly, the offered speed again."""
        if self._tried is None:
            self._tried = now
        due = self._readouts >= READOUTS_BEFORE_TRIAL or now - self._tried >= TIME_BEFORE_TRIAL
        return OFFERED if due else self._rung

    @property
    def lasting_rung(self) -> int:
        """The rung for what is tried when a trial of the offered speed failed."""
        return self._rung

    def succeeded(self, rung: int) -> None:
        """A session gave a readout on this rung."""
        self._failures = 0
        self._readouts += 1
        if rung == OFFERED:
            self._rung = OFFERED

    def tried(self, now: float) -> None:
        """The offered speed has been tried."""
        self._tried, self._readouts = now, 0

    def failed(self) -> None:
        """A session failed behind the identification, on the lasting rung."""
        self._failures += 1
        if self._failures >= FAILURES_BEFORE_STEP and self._rung < UNACKNOWLEDGED:
            self._rung += 1
            self._failures = self._readouts = 0
