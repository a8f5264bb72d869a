# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of the readouts since the start, in bounded memory, for the page. Pure; any thread may ask."""

from __future__ import annotations

import threading
from array import array
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate

from ..reader.diagnosis import Finding
from ..reader.errors import MeterError
from ..reader.obis import matching
from ..reader.obis.conversions import number
from ..reader.obis.data_sets import DataSet, Value
from ..reader.readout import Readout
from ..reader.session import Event, Session

SESSIONS = 20           # with their recordings, as far as these fit
RECORDINGS = 4_000_000  # bytes for all of them; usually they need some 100 kB, but a line may disturb for minutes
EVENT = 250             # bytes that an event takes beside its own
POINTS = 500            # readouts in the charts
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

    @property
    def key(self) -> str:
        """By which it is asked for, see `History.recording`."""
        return f'{self.time:.3f}'

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


class History:
    """The last readout, the last 20 results with their recordings, the last 500 readouts as numbers."""

    def __init__(self) -> None:
        self.readout: Readout | None = None        # the last accepted one
        self._lock = threading.Lock()
        self._results: deque[Result] = deque()
        self._points: deque[Point] = deque(maxlen=POINTS)
        self._layout: tuple[str, ...] = ()

    def add(self, readout: Readout) -> None:
        """An accepted readout."""
        self.readout = readout
        duration = readout.duration or 0.0
        codes, numbers = _numbers(readout.data_sets)
        with self._lock:
            if codes != self._layout:
                self._layout = codes        # one tuple for all readouts of the same layout
            self._points.append(Point(readout.time, True, duration, self._layout, numbers))
            self._append(Result(
                readout.time, True, duration, session=readout.session, phases=readout.phases, checked=readout.checked,
                quality=readout.quality, repeats=readout.repeats))

    def add_failure(self, error: MeterError, time: float, language: str, finding: Finding | None = None) -> None:
        """A readout that failed at `time` (epoch), and what the diagnosis says of it."""
        result = _failed(error, time, language, finding)
        with self._lock:
            self._points.append(Point(time, False, result.duration))
            self._append(result)

    def add_waiting(self, error: MeterError, time: float, language: str, finding: Finding) -> None:
        """A readout that waits for a second copy: nothing has failed, and there is nothing for the charts."""
        with self._lock:
            self._append(replace(_failed(error, time, language, finding), waits=True))

    def _append(self, result: Result) -> None:
        """The newest keeps all of its recording that fits, and the older ones theirs in what is left."""
        left = RECORDINGS
        results = []
        for each in (result, *reversed(self._results)):
            session = _fitting(each.session, left) if each.session else None
            left -= _size(session.events) if session else 0
            results.append(each if session is each.session else replace(each, session=session))
        self._results = deque(reversed(results[:SESSIONS]))

    def results(self) -> tuple[Result, ...]:
        """The last ones, oldest first."""
        with self._lock:
            return tuple(self._results)

    def recording(self, key: str) -> Session | None:
        """The session of the result with that key, None where there is none."""
        return next((result.session for result in self.results() if result.key == key), None)

    def look_up(self, code: str, index: int) -> Value | None:
        """A value of the last readout, None where there is none: no other stands in for one that was lost."""
        if self.readout is None or matching.is_lost(code, self.readout.rejected, self.readout.data_sets):
            return None
        data_set = matching.find(code, self.readout.data_sets)
        return data_set.values[index] if data_set and 0 <= index < len(data_set.values) else None

    def points(self) -> tuple[Point, ...]:
        """The last ones, oldest first."""
        with self._lock:
            return tuple(self._points)

    def numeric_codes(self) -> tuple[str, ...]:
        """The codes that had a number in one of the points, in the order in which they came."""
        layouts = {id(point.codes): point.codes for point in self.points()}
        return tuple(dict.fromkeys(code for codes in layouts.values() for code in codes))

    def course(self, code: str) -> tuple[tuple[float, float], ...]:
        """(time, number) of a code's first value in all points that have it, oldest first."""
        return tuple((point.time, point.numbers[point.codes.index(code)])
                     for point in self.points() if code in point.codes)

    @property
    def success_rate(self) -> float | None:
        """Share of the accepted readouts among the last 500, None before the first."""
        points = self.points()
        return sum(point.ok for point in points) / len(points) if points else None


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
    """The codes whose first value is a number, and these numbers; of a code that comes several times the first."""
    found: dict[str, float] = {}
    for data_set in data_sets:
        if data_set.code is None or data_set.code in found or not data_set.values or len(found) == CODES:
            continue
        first = number(data_set.values[0].value)
        if first is not None:
            found[data_set.code] = float(first)
    return tuple(found), array('d', found.values())
