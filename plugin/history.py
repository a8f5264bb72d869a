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
from dataclasses import dataclass, field
from typing import Any

from ..reader.obis.conversions import number
from ..reader.obis.data_sets import DataSet
from ..reader.texts import Text

SESSIONS = 20           # with their recordings: some hundred kB each at most
POINTS = 500            # readouts in the charts
CODES = 500             # numeric codes of one readout in the charts; real meters send up to 225


@dataclass(frozen=True)
class Result:
    """How one readout went; the fields from `phases` on stay empty where it failed."""

    time: float             # epoch, its end
    ok: bool
    duration: float         # s
    error: str = ''         # one sentence
    kind: str = ''          # name of the error class
    finding: Any = None     # what the diagnosis says of it
    session: Any = None     # the recording, None where the port could not be opened
    phases: dict[str, float] = field(default_factory=dict)
    checked: tuple[str, ...] = ()
    remarks: tuple[Text, ...] = ()
    quality: float = 0.0
    repeats: int = 0


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
        self.readout: Any = None        # the last accepted one
        self._lock = threading.Lock()
        self._results: deque[Result] = deque(maxlen=SESSIONS)
        self._points: deque[Point] = deque(maxlen=POINTS)
        self._layout: tuple[str, ...] = ()

    def add(self, readout: Any) -> None:
        """An accepted readout."""
        self.readout = readout
        codes, numbers = _numbers(readout.data_sets)
        with self._lock:
            if codes != self._layout:
                self._layout = codes        # one tuple for all readouts of the same layout
            self._points.append(Point(readout.time, True, readout.duration, self._layout, numbers))
            self._results.append(Result(
                readout.time, True, readout.duration, session=readout.session, phases=readout.phases,
                checked=readout.checked, remarks=readout.remarks, quality=readout.quality, repeats=readout.repeats))

    def add_failure(self, error: Exception, time: float, session: Any, finding: Any = None) -> None:
        """A readout that failed at `time` (epoch), and what the diagnosis says of it."""
        duration = session.events[-1].time if session and session.events else 0.0
        with self._lock:
            self._points.append(Point(time, False, duration))
            self._results.append(Result(time, False, duration, str(error), type(error).__name__, finding, session))

    def results(self) -> tuple[Result, ...]:
        """The last ones, oldest first."""
        with self._lock:
            return tuple(self._results)

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
