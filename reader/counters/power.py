# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Power from a counter that is read again and again: energy by time, volume by time.

A counter shows only whole *steps*, so what is known of two moments is this: when a reading came (`TIMING` exactly) the counter
had counted at least what it showed, and less than a step more. When it made a step it had counted exactly what it shows since,
somewhen between two readings. Each pair of such moments bounds the mean power between them. The latest pair that bounds it
narrowly enough counts; with a coarse counter it lies hours back.

A step is the greatest one that all differences so far are multiples of: some counters show more digits than they count.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

TIMING = 0.5            # s, how exactly it is known when a value was the present one
MOST_STEPS = 300        # that are remembered
GAP = 4.0               # times as long as usual: readings are missing
USUAL = 5               # intervals that tell what is usual
HOUR = 3600.0           # s

# by the unit of a counter in small letters: of what it counts the unit an hour, and how many of these one is
_ENERGY = {'wh': 1.0, 'kwh': 1e3, 'mwh': 1e6, 'gwh': 1e9, 'mj': 1e6 / HOUR, 'gj': 1e9 / HOUR, 'kcal': 1.163, 'mcal': 1163.0,
           'gcal': 1.163e6}
UNITS = {
    **{unit: ('W', watts) for unit, watts in _ENERGY.items()},
    **{unit.replace('wh', 'varh'): ('var', vars) for unit, vars in _ENERGY.items() if 'wh' in unit},
    **{unit.replace('wh', 'vah'): ('VA', amperes) for unit, amperes in _ENERGY.items() if 'wh' in unit},
    **dict.fromkeys(('m3', 'm³'), ('m³/h', 1.0)), 'l': ('l/h', 1.0)}


class Power(NamedTuple):
    """
    A mean power with its error, both an hour in the counter's unit.

    `since` and `until` are the readings that bound it, s by the clock of the readings. After a step the mean is that from
    step to step.
    """

    value: float
    error: float            # it is no further away than that
    since: float
    until: float

    def to(self, unit: str) -> tuple[float, float, str] | None:
        """Value and error as W, var, VA, m³/h or l/h, and which of them; None where the counter's unit gives none."""
        known = UNITS.get(unit.strip().lower())
        return known and (self.value * known[1], self.error * known[1], known[0])


@dataclass
class _Step:
    """What the counter showed, in units of its last digit, and for how long, in s."""

    count: int
    before: float | None    # the last reading that showed less; None for the first one
    first: float            # the first reading that showed this
    last: float             # the latest one that did


class _Moment(NamedTuple):
    """When, at the earliest and at the latest, and what had been counted then, at least and at most."""

    early: float
    late: float
    least: int
    most: int
    seen: float             # the reading that tells of it


class PowerMeter:
    """
    The power of one counter.

    :param error: the share of a power to which it is wanted exactly
    """

    def __init__(self, error: float) -> None:
        self.power: Power | None = None             # after the last reading; None: not known
        self._error = error
        self._intervals: deque[float] = deque(maxlen=USUAL)
        self._digit = Decimal(1)                    # the worth of the last one
        self.forget()

    def forget(self) -> None:
        """What comes next has nothing to do with what was before."""
        self.power = None
        self._steps: deque[_Step] = deque(maxlen=MOST_STEPS)
        self._size = 0                              # of a step, in units of the last digit; 0: not known yet
        self._moving = 0.0                          # power in units of the last digit and s when the counter last moved

    def add(self, value: Decimal, time: float) -> None:
        """
        A reading.

        :param time: s, of a clock that nobody sets
        """
        digit = Decimal(1).scaleb(int(value.as_tuple().exponent))
        count = int(value / digit)
        last = self._steps[-1] if self._steps else None
        if last and time <= last.last:
            return
        if last and (count < last.count or digit != self._digit or self._is_gap(time - last.last)):
            self.forget()
        if last:
            self._intervals.append(time - last.last)
        self._digit = digit
        last = self._steps[-1] if self._steps else None
        if last and count == last.count:
            last.last = time
        else:
            if last:
                self._size = math.gcd(self._size, count - last.count)
            self._steps.append(_Step(count, last.last if last else None, time, time))
        self.power = self._estimate()

    def _is_gap(self, interval: float) -> bool:
        """So long that it would be told of a time of which nothing is known."""
        known = self.power.until - self.power.since if self.power else self._steps[-1].last - self._steps[0].first
        return bool(self._intervals) and interval > GAP * max(self._intervals) and interval * 2 > known

    def _estimate(self) -> Power | None:
        if not self._size:
            return None                             # it has not moved yet
        step = self._steps[-1]
        now = _Moment(step.last, step.last, step.count, step.count + self._size, step.last)
        stands = now.late - step.first - 2 * TIMING
        most = self._size / stands if stands > 0 else math.inf      # while it stands still
        if most <= self._error * self._moving:
            return self._told(0.0, most, step.first, step.last)
        ends = [now, *self._stepped(step, most)]
        found = next(filter(None, (self._between(start, end) for start in self._starts() for end in ends)), None)
        if found is None and self._moving and most < self._moving:
            return self._told(most / 2, most / 2, step.first, step.last)
        if found is None:
            return None
        least, greatest, since, until = found
        if step.first == step.last:
            self._moving = (least + greatest) / 2
        return self._told((least + greatest) / 2, (greatest - least) / 2, since, until)

    def _stepped(self, step: _Step, most: float) -> Iterator[_Moment]:
        """The last step as an end, unless the counter has stood still too long for what the power was until then."""
        if step.before is not None and most >= self._moving * (1 - self._error):
            yield _Moment(step.before, step.first, step.count, step.count, step.first)

    def _starts(self) -> Iterator[_Moment]:
        """The latest first."""
        for step in reversed(self._steps):
            most = step.count + self._size
            yield _Moment(step.last, step.last, step.count, most, step.last)
            if step.before is not None:
                yield _Moment(step.before, step.first, step.count, step.count, step.first)
            if step.first != step.last:
                yield _Moment(step.first, step.first, step.count, most, step.first)

    def _between(self, start: _Moment, end: _Moment) -> tuple[float, float, float, float] | None:
        """The bounds of the mean power from one to the other and what tells of it; None where they are too wide."""
        shortest = end.early - start.late - 2 * TIMING
        if shortest <= 0 or end.least <= start.most:
            return None
        least = (end.least - start.most) / (end.late - start.early + 2 * TIMING)
        greatest = (end.most - start.least) / shortest
        if greatest - least > self._error * (greatest + least):
            return None
        return least, greatest, start.seen, end.seen

    def _told(self, value: float, error: float, since: float, until: float) -> Power:
        hourly = float(self._digit) * HOUR
        return Power(value * hourly, error * hourly, since, until)
