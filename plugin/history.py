# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What is remembered of the readouts since the start, in bounded memory, for the page. Pure; any thread may ask.

What failed is kept apart from what was read, so that a meter that sends each second does not push it out. The points of the
charts lie close together for the last readouts and apart before, so that they reach two days back at any cycle.
"""

from __future__ import annotations

import threading
from array import array
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from statistics import median

from ..reader.diagnosis import Finding
from ..reader.errors import AnotherMeter, MeterError
from ..reader.obis import matching
from ..reader.obis.codes import is_counter, is_serial_number, split
from ..reader.obis.conversions import number
from ..reader.obis.data_sets import DataSet, Value
from ..reader.readout import Readout
from ..reader.session import Event, Session

SESSIONS = 20           # that were read, and as many that failed, with their recordings, as far as these fit
RECORDINGS = 4_000_000  # bytes for all of them; usually they need some 100 kB, but a line may disturb for minutes
EVENT = 250             # bytes that an event takes beside its own
CLOSE = 240             # points of the charts: the last readouts, each of them
APART = 480             # ... and what was before, with this many s between them
STEP = 360              # s
RATED = 500             # readouts that the success rate is of
GAP = 2.5               # times the usual distance between two readouts: then there is none in between
DISTANCES = 9           # between readouts that tell what is usual
ABSTRACT = 90           # groups C from here on are no quantities
INSTANTANEOUS = ('4', '5', '7', '8')        # groups D of averages, present values and counters
CODES = 500             # numeric codes of one readout in the charts; real meters send up to 225


@dataclass(frozen=True)
class Result:
    """How one readout went; the fields from `phases` on stay empty where it failed."""

    time: float                         # epoch, its end
    ok: bool
    duration: float                     # s
    error: str = ''                     # one sentence, in the user's language
    finding: Finding | None = None      # what the diagnosis says of it
    session: Session | None = None      # the recording, None where the port could not be opened
    phases: Mapping[str, float] = field(default_factory=dict)
    checked: tuple[str, ...] = ()
    quality: float = 0.0
    repeats: int = 0
    waits: bool = False                 # undamaged, and no failure: a second copy is wanted
    count: int = 1                      # how often the same happened in a row; that is kept of the last time
    since: float = 0.0                  # epoch, of the first time
    number: int = 0                     # in the order in which they came

    @property
    def key(self) -> str:
        """By which it is asked for, see `History.recording`."""
        return f'{self.time:.3f}-{self.number}'

    def title(self, language: str) -> str:
        """In half a sentence what went wrong; empty where nothing did."""
        return self.finding.title(language) if self.finding else self.error


@dataclass(frozen=True)
class Point:
    """One readout in the charts; `codes` and `numbers` are as long, and empty where it failed."""

    time: float
    ok: bool
    duration: float
    codes: tuple[str, ...] = ()
    numbers: array[float] = field(default_factory=lambda: array('d'))
    after_gap: bool = False             # something is missing before it


class History:
    """The last readout; the last 20 that were read and the last 20 that failed; two days of readouts as numbers."""

    def __init__(self) -> None:
        self.readout: Readout | None = None        # the last accepted one
        self.count = 0                             # of all results
        self._lock = threading.Lock()
        self._read: deque[Result] = deque(maxlen=SESSIONS)      # or waiting
        self._failed: deque[Result] = deque(maxlen=SESSIONS)
        self._outcomes: deque[bool] = deque(maxlen=RATED)
        self._close: deque[Point] = deque()
        self._apart: deque[Point] = deque(maxlen=APART)
        self._distances: deque[float] = deque(maxlen=DISTANCES)
        self._layout: tuple[str, ...] = ()

    def add(self, readout: Readout) -> None:
        """An accepted readout."""
        self.readout = readout
        duration = readout.duration or 0.0
        codes, numbers = _numbers(readout.data_sets)
        with self._lock:
            if codes != self._layout:
                self._layout = codes        # one tuple for all readouts of the same layout
            gap = self._is_after_gap(readout.time)
            self._add_point(Point(readout.time, True, duration, self._layout, numbers, gap))
            self._append(self._read, Result(
                readout.time, True, duration, session=readout.session, phases=readout.phases, checked=readout.checked,
                quality=readout.quality, repeats=readout.repeats))

    def add_failure(self, error: MeterError, time: float, language: str, finding: Finding | None = None) -> None:
        """A readout that failed at `time` (epoch), and what the diagnosis says of it."""
        result = _failed(error, time, language, finding)
        with self._lock:
            self._add_point(Point(time, False, result.duration))
            last = self._failed[-1] if self._failed else None
            if isinstance(error, AnotherMeter) and last and last.error == result.error and not self._was_read_since(last):
                # it is looked for its head every few seconds: the rest is worth more than the same once more
                self._failed.pop()
                result = replace(result, count=last.count + 1, since=last.since)
            self._append(self._failed, result)

    def add_waiting(self, error: MeterError, time: float, language: str, finding: Finding) -> None:
        """A readout that waits for a second copy: nothing has failed, and there is nothing for the charts."""
        with self._lock:
            self._append(self._read, replace(_failed(error, time, language, finding), waits=True))

    def _was_read_since(self, result: Result) -> bool:
        return bool(self._read) and self._read[-1].number > result.number

    def _append(self, results: deque[Result], result: Result) -> None:
        """The newest keeps all of its recording that fits, and the older ones theirs in what is left."""
        self.count += 1
        results.append(replace(result, number=self.count, since=result.since or result.time))
        left = RECORDINGS
        fitting: dict[int, Result] = {}
        for each in reversed(self._in_order()):
            session = _fitting(each.session, left) if each.session else None
            left -= _size(session.events) if session else 0
            fitting[each.number] = each if session is each.session else replace(each, session=session)
        for kept in (self._read, self._failed):
            cut = [fitting[each.number] for each in kept]
            kept.clear()
            kept.extend(cut)

    def _in_order(self) -> list[Result]:
        return sorted((*self._read, *self._failed), key=lambda result: result.number)

    def _add_point(self, point: Point) -> None:
        """The oldest of the close ones goes to those apart where these have none of its time, else its gap to the next one."""
        self._outcomes.append(point.ok)
        self._close.append(point)
        if len(self._close) <= CLOSE:
            return
        oldest = self._close.popleft()
        same = next((before for before in reversed(self._apart) if before.ok == oldest.ok), None)
        if same is None or int(same.time // STEP) != int(oldest.time // STEP):
            self._apart.append(oldest)
        elif oldest.after_gap and self._close:
            heir = next((i for i, each in enumerate(self._close) if each.ok), None)
            if heir is not None:
                self._close[heir] = replace(self._close[heir], after_gap=True)

    def _is_after_gap(self, time: float) -> bool:
        before = next((point.time for point in reversed(self._close) if point.ok), None)
        if before is None:
            return False
        distance = abs(time - before)
        gap = bool(self._distances) and distance > GAP * median(self._distances)
        self._distances.append(distance)
        return gap

    @property
    def usual_distance(self) -> float | None:
        """s between two readouts, None before the second."""
        with self._lock:
            return median(self._distances) if self._distances else None

    def results(self) -> tuple[Result, ...]:
        """The last ones, oldest first."""
        with self._lock:
            return tuple(self._in_order())

    def recording(self, key: str) -> Session | None:
        """The session of the result with that key, None where there is none."""
        return next((result.session for result in self.results() if result.key == key), None)

    def look_up(self, code: str, index: int) -> Value | None:
        """A value of the last readout, None where there is none: no other stands in for one that was lost."""
        if self.readout is None or matching.is_lost(code, self.readout.lost, self.readout.by_code):
            return None
        data_set = matching.find(code, self.readout.by_code)
        return data_set.values[index] if data_set and 0 <= index < len(data_set.values) else None

    def points(self) -> tuple[Point, ...]:
        """Those of the charts, oldest first."""
        with self._lock:
            return (*self._apart, *self._close)

    def numeric_codes(self) -> tuple[str, ...]:
        """The codes that had a measured value in one of the points, in the order in which they came."""
        layouts = {id(point.codes): point.codes for point in self.points()}
        return tuple(dict.fromkeys(code for codes in layouts.values() for code in codes))

    def course(self, code: str) -> tuple[tuple[float, float, bool], ...]:
        """(time, number, whether something is missing before it) of a code's first value, oldest first."""
        course: list[tuple[float, float, bool]] = []
        gap = False
        for point in self.points():
            has = code in point.codes
            gap = gap or point.after_gap or (point.ok and not has)
            if has:
                course.append((point.time, point.numbers[point.codes.index(code)], gap and bool(course)))
                gap = False
        return tuple(course)

    @property
    def rated(self) -> int:
        """How many readouts the success rate is of."""
        return len(self._outcomes)

    @property
    def success_rate(self) -> float | None:
        """Share of the accepted readouts among the last 500, None before the first."""
        with self._lock:
            return sum(self._outcomes) / len(self._outcomes) if self._outcomes else None


def _failed(error: MeterError, time: float, language: str, finding: Finding | None) -> Result:
    session = error.session if isinstance(error.session, Session) else None
    duration = session.events[-1].time if session and session.events else 0.0
    return Result(time, False, duration, error.text(language), finding, session)


def _size(events: Iterable[Event]) -> int:
    """About how many bytes of memory they take."""
    return sum(EVENT + len(event.data) + len(event.text) for event in events)


def _fitting(session: Session, most: int) -> Session | None:
    """The session as far as it fits: its first events, and the last, which tells its end; None where not even these do."""
    if _size(session.events) <= most:
        return session
    left = most - _size(session.events[-1:])
    sizes = accumulate(_size((event,)) for event in session.events)
    events = [event for event, size in zip(session.events, sizes, strict=True) if size <= left]
    return replace(session, events=(*events, session.events[-1])) if events else None


def _numbers(data_sets: tuple[DataSet, ...]) -> tuple[tuple[str, ...], array[float]]:
    """The codes whose first value is a measured number, and these numbers; of a code that comes several times the first."""
    found: dict[str, float] = {}
    for data_set in data_sets:
        if data_set.code is None or data_set.code in found or not data_set.values or len(found) == CODES:
            continue
        first = number(data_set.values[0].value)
        if first is not None and _is_measured(data_set.code, data_set.values[0]):
            found[data_set.code] = float(first)
    return tuple(found), array('d', found.values())


def _is_measured(code: str, value: Value) -> bool:
    """It has a unit, or the code is a quantity's; a serial number, a date or a state makes no curve."""
    groups = split(code)
    if groups is None or is_serial_number(code) or not groups.is_current:
        return False
    return bool(value.unit) or is_counter(code) or (
        groups.c.isdigit() and 1 <= int(groups.c) < ABSTRACT and groups.d in INSTANTANEOUS)
