# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Consumption by days and months from a counter that is read again and again.

What a counter has counted is noted where a day begins: a `Mark`. The consumption of days and months is the difference of two
marks, so that nothing is lost and nothing counted twice, to the last digit.

- The first reading of a day is its mark, if it came within `LATE`. Else the day's beginning gets its share of what was counted
  from the last reading before to the first one after, and the mark says so: it is *shared out*.
- Of days without any reading only the first and the last beginning get a mark, and each beginning of a month.
- A counter that falls was reset or exchanged: it goes on from what it shows now. What it counted meanwhile nobody knows.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

from .closing import Closing

LATE = 3600.0           # s after the beginning of a day in which a reading is its mark
DAYS, MONTHS = 40, 26   # that are kept
ONE_DAY = datetime.timedelta(days=1)
SET = 60.0              # s by which the host's clock may drift between two readings; what is more has been set
# who says what a mark says: a reading, the very first one in the midst of a day, the rule of three, a closing value
OWN, FIRST, SHARED, METER = '', '+', '~', '='

TODAY, YESTERDAY, MONTH, LAST_MONTH, YEAR = PERIODS = ('Today', 'Yesterday', 'Month', 'LastMonth', 'Year')


class Mark(NamedTuple):
    """What a counter had counted, since it is known, when a day began."""

    day: datetime.date
    total: Decimal
    time: float             # epoch of the reading; of all others the beginning of the day
    source: str             # OWN, FIRST, SHARED, METER


class Consumption(NamedTuple):
    """What was counted in a period, in the counter's unit."""

    begin: datetime.date
    end: datetime.date      # the first day after it
    amount: Decimal
    since: float            # epoch: from when on it is known
    until: float            # epoch: the reading up to which it is
    shared_out: bool        # by time, at its beginning or at its end

    @property
    def days(self) -> int:
        return (self.end - self.begin).days

    @property
    def months(self) -> int:
        return _month(self.end) - _month(self.begin)


@dataclass(frozen=True)
class _Reading:
    value: Decimal
    total: Decimal
    time: float                     # epoch
    elapsed: float | None           # s of a clock that nobody sets, None where that was another process


class Periods:
    """The marks of one counter."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []         # by day
        self.unit: str | None = None
        self._last: _Reading | None = None
        self._base = Decimal(0)             # what the counter showed when nothing was counted yet

    def add(self, value: Decimal, time: float, elapsed: float, zone: datetime.tzinfo) -> bool:
        """
        A reading. Whether something changed that has to outlive a failure of power.

        :param time: epoch
        :param elapsed: s of a clock that nobody sets
        """
        last, day = self._last, _day(time, zone)
        if last is None:
            self._base = value
            self.marks = [_first(time, zone)]
            self._last = _Reading(value, Decimal(0), time, elapsed)
            return True
        last = self._in_time(last, time, elapsed, zone)
        grown = max(value - last.value, Decimal(0))
        now = _Reading(value, last.total + grown, time, elapsed)
        fresh = [mark for mark in _between(last, now, zone) if mark.day > self.marks[-1].day]
        self.marks += fresh
        self._last = now
        if fresh:
            self._prune(day)
        return bool(fresh) or value < last.value

    def _in_time(self, last: _Reading, time: float, elapsed: float, zone: datetime.tzinfo) -> _Reading:
        """The last reading by the host's clock as it is set now; beginnings of days that have not come yet are forgotten."""
        if last.elapsed is not None and elapsed - last.elapsed >= 0:
            set_by = (time - last.time) - (elapsed - last.elapsed)
            if abs(set_by) > SET:
                last = replace(last, time=last.time + set_by)
        if last.time > time:
            last = replace(last, time=time)
        today = _day(time, zone)
        if self.marks[-1].day > today:
            self.marks = [mark for mark in self.marks if mark.day <= today] or [_first(time, zone)]
        return last

    def _prune(self, today: datetime.date) -> None:
        """Keeps the last days, and of each month its first mark."""
        first = {mark.day for mark in self._months()}
        self.marks = [mark for mark in self.marks if (today - mark.day).days <= DAYS
                      or (mark.day in first and _month(today) - _month(mark.day) <= MONTHS)]

    # --- closing values -----------------------------------------------------------------------------------------------

    def fill(self, closings: Iterable[Closing], zone: datetime.tzinfo) -> None:
        """Former periods, as far as nothing is known of them, from what the meter says of them."""
        if self._last is None or self._was_reset:
            return
        first = self.marks[0]
        fresh = {}
        for closing in closings:
            day, time = closing.moment.date(), _begin(closing.moment.date(), zone)
            if closing.at_midnight and time < first.time and closing.value <= self._base:
                fresh[day] = Mark(day, closing.value - self._base, time, METER)
        if fresh:
            self.marks = [*sorted(fresh.values()), *(mark for mark in self.marks if mark.day not in fresh)]
            self._prune(_day(self._last.time, zone))

    @property
    def _was_reset(self) -> bool:
        """Since it is known; what it showed before is of another count."""
        return self._last is not None and self._last.value != self._base + self._last.total

    def differences(self, closings: Iterable[Closing], zone: datetime.tzinfo) -> list[tuple[Closing, Decimal]]:
        """Closing values that are not what was read at that time, and what was."""
        found: list[tuple[Closing, Decimal]] = []
        for closing in () if self._was_reset else closings:
            at = next((i for i, mark in enumerate(self.marks) if mark.day == closing.moment.date() and mark.source == OWN), 0)
            if not at or not closing.at_midnight:
                continue        # of the first mark the beginning of the day is not known
            mark, before = self.marks[at], self.marks[at - 1]
            after = self.marks[at + 1].total if at + 1 < len(self.marks) else self._last.total if self._last else mark.total
            read = mark.total + self._base
            # what a day may count in the time in which the reading came late, and the meter's clock is in winter time
            hours = 2 + (mark.time - _begin(mark.day, zone)) / 3600
            allowance = max(mark.total - before.total, after - mark.total) * Decimal(hours / 6) + 2 * _digit(closing.value)
            if abs(read - closing.value) > allowance:
                found.append((closing, read))
        return found

    # --- what is asked ------------------------------------------------------------------------------------------------

    def days(self) -> list[Consumption]:
        """The last days, or several in one where nothing was read in between; the last one until now."""
        if self._last is None:
            return []
        begin = self.marks[-1].day - datetime.timedelta(days=DAYS)
        marks = [mark for mark in self.marks if mark.day >= begin]
        # from a closing value to the midst of a day is no number of days
        at = next((i for i, mark in enumerate(marks) if mark.source == FIRST), 0)
        return self._differences(marks[at:], lambda day: day + ONE_DAY)

    def months(self) -> list[Consumption]:
        """The last months, or several in one."""
        marks = self._months()
        at = next((i for i, mark in enumerate(marks) if mark.day.day > 1), 0)       # as with days
        return self._differences(marks[at:], lambda day: _first_of_month(_month(day) + 1))

    def consumption(self, period: str, today: datetime.date) -> Consumption | None:
        """Of one of PERIODS; None where it is not known. The present periods end with the last reading."""
        months = self.months()
        if period == YEAR:
            months = [month for month in months if month.begin.year == today.year]
            return self._sum(months)
        if period in (MONTH, LAST_MONTH):
            wanted = _month(today) - (period == LAST_MONTH)
            return next((month for month in months if _month(month.begin) == wanted and month.months <= 1), None)
        day = today - datetime.timedelta(days=period == YESTERDAY)
        return next((each for each in self.days() if each.begin == day and each.days == 1), None)

    def _months(self) -> list[Mark]:
        first: dict[int, Mark] = {}
        for mark in self.marks:
            first.setdefault(_month(mark.day), mark)
        return list(first.values())

    def _differences(self, marks: Sequence[Mark], end_of: Callable[[datetime.date], datetime.date]) -> list[Consumption]:
        """From mark to mark, and from the last one until now; `end_of` is the end of the period that a day begins."""
        if self._last is None or not marks:
            return []
        *former, present = marks
        return [*(Consumption(a.day, b.day, b.total - a.total, a.time, b.time, SHARED in (a.source, b.source))
                  for a, b in zip(former, marks[1:], strict=True)),
                Consumption(present.day, end_of(present.day), self._last.total - present.total, present.time, self._last.time,
                            present.source == SHARED)]

    @staticmethod
    def _sum(parts: Sequence[Consumption]) -> Consumption | None:
        if not parts:
            return None
        first, last = parts[0], parts[-1]
        return Consumption(first.begin, last.end, sum((part.amount for part in parts), Decimal(0)), first.since, last.until,
                           first.shared_out or last.shared_out)

    # --- kept ---------------------------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        last = self._last
        return {'unit': self.unit, 'base': str(self._base),
                'last': f'{last.value} {last.total} {last.time:.3f}' if last else '',
                'marks': [f'{mark.day} {mark.total} {mark.time:.3f} {mark.source}'.rstrip() for mark in self.marks]}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Periods:
        """:raises ValueError: it is nothing that `to_json` has made"""
        periods = cls()
        try:
            value, total, time = content['last'].split()
            periods._last = _Reading(_number(value), _number(total), float(time), None)
            periods._base, periods.unit = _number(content['base']), content['unit']
            for line in content['marks']:
                day, total, time, *source = line.split()
                periods.marks.append(Mark(datetime.date.fromisoformat(day), _number(total), float(time), *(source or [OWN])))
        except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
            raise ValueError(str(error)) from None
        if not periods.marks or periods.marks != sorted(periods.marks) or not isinstance(periods.unit, str | None):
            raise ValueError('no marks')
        return periods


def _first(time: float, zone: datetime.tzinfo) -> Mark:
    """The mark of a first reading."""
    day = _day(time, zone)
    return Mark(day, Decimal(0), time, OWN if time - _begin(day, zone) <= LATE else FIRST)


def _between(last: _Reading, now: _Reading, zone: datetime.tzinfo) -> list[Mark]:
    """The marks of the days that begin between two readings."""
    first, day = _day(last.time, zone) + ONE_DAY, _day(now.time, zone)
    if first > day:
        return []
    if now.time - _begin(day, zone) <= LATE and first == day:
        return [Mark(day, now.total, now.time, OWN)]
    months = {_first_of_month(_month(first) + n) for n in range(1, _month(day) - _month(first) + 1)}
    wanted = {first, *sorted(months)[:1], *sorted(months)[-1:], *(month for month in months if month.month == 1), day}
    marks = [_shared(last, now, _begin(each, zone), each) for each in sorted(wanted)]
    if now.time - _begin(day, zone) <= LATE:
        marks[-1] = Mark(day, now.total, now.time, OWN)
    return marks


def _shared(last: _Reading, now: _Reading, time: float, day: datetime.date) -> Mark:
    part = min(max(Decimal(time - last.time) / Decimal(max(now.time - last.time, 1e-3)), Decimal(0)), Decimal(1))
    total = last.total + ((now.total - last.total) * part).quantize(_digit(now.value), ROUND_HALF_EVEN)
    return Mark(day, total, time, SHARED)


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def _digit(value: Decimal) -> Decimal:
    """The worth of its last digit."""
    return Decimal(1).scaleb(int(value.as_tuple().exponent))


def _day(time: float, zone: datetime.tzinfo) -> datetime.date:
    return datetime.datetime.fromtimestamp(time, zone).date()


def _begin(day: datetime.date, zone: datetime.tzinfo) -> float:
    """Epoch of its beginning."""
    return datetime.datetime.combine(day, datetime.time(), zone).timestamp()


def _month(day: datetime.date) -> int:
    return day.year * 12 + day.month - 1


def _first_of_month(month: int) -> datetime.date:
    return datetime.date(month // 12, month % 12 + 1, 1)
