# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What the counters of an instance's readouts add up to: power, consumption by period; and how far the meter's clock is off.

The consumption outlives a restart, per number of the meter and code, in a file of its own. It is written when a day begins or
a counter was reset, at the end, and else four times an hour: from the counters themselves nothing can get lost meanwhile.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from ..reader.arrival import Arrivals
from ..reader.counters.clock_offset import Offset, offset
from ..reader.counters.closing import Closing, closing_values, counter_value, moment_of
from ..reader.counters.periods import PERIODS, Consumption, Periods
from ..reader.counters.power import UNITS, PowerMeter
from ..reader.obis import matching
from ..reader.obis.clock import shown
from ..reader.obis.codes import is_counter
from ..reader.obis.conversions import number
from ..reader.obis.data_sets import DataSet
from ..reader.obis.suggestions import is_present
from ..reader.readout import Readout
from ..reader.texts import Text
from .bindings import POWER, POWER_ERROR, Misfit
from .holding import WAITING
from .plausibility import OTHER_NUMBER, TIME
from .store import Store
from .telling import Teller

NAME, FORMAT = 'days.json', 'dlms days 1'
LEAST_INTERVAL = 900.0      # s from one writing to the next, unless something lasting has changed
MOST_COUNTERS = 40          # of one meter
MOST_METERS = 2             # that are kept: heads that were swapped come back
MOST_DIGITS = 20            # of a counter
STAMP_AGE = 25 * 3600.0     # s that the time beside a value may be old; gas meters tell theirs each hour
AHEAD = 120.0               # s that it may be ahead of the host's clock
FINE = 60                   # s by which a clock must go on for its remark to be another one


class Time(Protocol):
    """SmartHomeNG's clock."""

    def now(self) -> datetime.datetime: ...
    def tzinfo(self) -> datetime.tzinfo: ...


class Power(NamedTuple):
    """A mean power that was computed, never one that the meter has measured."""

    value: float
    error: float                    # in the same unit: the mean is no further away than that
    unit: str                       # W, var, VA, m³/h, l/h
    since: datetime.datetime        # of these readings
    until: datetime.datetime


class Used(NamedTuple):
    """What a counter has counted in a period."""

    value: float
    unit: str | None                # the counter's, as the meter spells it
    since: datetime.datetime        # from when on it is known
    until: datetime.datetime        # the last reading that it holds
    shared_out: bool                # an end of it was not read, but computed by time


@dataclass(frozen=True)
class CounterView:
    """One counter as the page shows it."""

    code: str
    unit: str | None
    power: Power | None
    days: list[Consumption]
    months: list[Consumption]
    periods: dict[str, Consumption | None]      # by names of PERIODS


@dataclass
class _Counter:
    power: PowerMeter
    periods: Periods = field(default_factory=Periods)
    closings: list[Closing] = field(default_factory=list)


class Counting:
    """
    The counters of one instance. Any thread may ask.

    :param error: the share of a power to which it is wanted exactly
    :param time: the host's clock
    """

    def __init__(self, store: Store, teller: Teller, error: float, time: Time) -> None:
        self.offset: Offset | None = None       # of the meter's clock in the last readout that had one
        self._store = store
        self._teller = teller
        self._error = error
        self._time = time
        self._lock = threading.RLock()
        self._number = ''
        self._counters: dict[str, _Counter] = {}
        self._kept: dict[str, Any] = self._read()
        self._taken = False                     # something, since the start
        self._written_at: float | None = None
        self._remark: Text | None = None
        self._remark_at = 0                     # s of the offset that it told
        self._told: set[tuple[str, datetime.datetime]] = set()     # closing values that differ
        self._now = self._epoch = 0.0           # of the last readout

    def take(self, readout: Readout, now: float) -> Readout:
        """
        Counts what is handed out of a readout, and returns it with a remark on the meter's clock, if there is something to say.

        :param now: s, of a clock that nobody sets, at the end of the readout
        """
        held = {line.line.partition('(')[0]: line.reason for line in readout.rejected if line.reason in WAITING}
        with self._lock:
            for code in held.keys() & self._counters.keys():
                self._counters[code].power.forget()
            if OTHER_NUMBER in held.values():
                return readout      # nobody knows whose counters these are
            self._now, self._epoch = now, readout.time
            arrivals = Arrivals(readout)
            self._know(matching.serial_number(readout.data_sets) or self._number)
            lasting = [self._count(data_set, readout, arrivals) for data_set in _counters(readout.data_sets)]
            self._taken = self._taken or bool(lasting)
            if any(lasting) or self._written_at is None or now - self._written_at >= LEAST_INTERVAL:
                self.keep(now)
            remark = self._watch_clock(readout, arrivals)
        return replace(readout, remarks=(*readout.remarks, remark)) if remark else readout

    def keep(self, now: float) -> None:
        """Has all written."""
        with self._lock:
            if not self._taken:
                return
            self._written_at = now
            mine = self._content()
            others = [(number, kept) for number, kept in self._kept.items() if number != self._number]
            for count in range(min(len(others), MOST_METERS - 1), -1, -1):
                self._kept = {self._number: mine, **dict(others[:count])}
                if self._store.write(NAME, {'format': FORMAT, 'meters': self._kept}):
                    return

    def _content(self) -> dict[str, Any]:
        """Of this meter; what it has not sent since the start stays as it was."""
        mine = {code: counter.periods.to_json() for code, counter in self._counters.items()}
        return {**self._kept.get(self._number, {}), **mine}

    # --- what is asked ------------------------------------------------------------------------------------------------

    def power(self, code: str) -> Power | None:
        """The mean power by this counter; None where it is not known (yet), or the unit gives none."""
        with self._lock:
            counter = self._counters.get(self._found(code))
            return self._power(counter) if counter else None

    def consumption(self, code: str, period: str) -> Used | None:
        """What this counter counted in one of PERIODS; None where it is not known."""
        with self._lock:
            counter = self._counters.get(self._found(code))
            found = counter.periods.consumption(period, self._today()) if counter else None
            return found and Used(float(found.amount), counter.periods.unit if counter else None, self._moment(found.since),
                                  self._moment(found.until), found.shared_out)

    def closing_values(self, code: str) -> list[Closing]:
        """The dated closing values of this counter, the oldest first."""
        with self._lock:
            counter = self._counters.get(self._found(code))
            return list(counter.closings) if counter else []

    def value(self, code: str, key: str) -> float | None:
        """
        What an item with this key gets; None where it is not known (yet).

        :param code: as the meter sends it
        :raises Misfit: it will never be known
        """
        if not is_counter(code):
            raise Misfit('{code} ist kein Zählerstand', code=code)
        if key in PERIODS:
            used = self.consumption(code, key)
            return used and used.value
        with self._lock:
            counter = self._counters.get(code)
            if counter and (counter.periods.unit or '').strip().lower() not in UNITS:
                raise Misfit('aus der Einheit {unit} folgt keine Leistung', unit=counter.periods.unit or '–')
        power = self.power(code)
        digits = 1 if power and power.unit in ('W', 'var', 'VA') else 4
        return power and round({POWER: power.value, POWER_ERROR: power.error}[key], digits)

    def views(self) -> list[CounterView]:
        """All counters that were read since the start, in the meter's order."""
        with self._lock:
            return [CounterView(code, counter.periods.unit, self._power(counter), counter.periods.days(),
                                counter.periods.months(),
                                {period: counter.periods.consumption(period, self._today()) for period in PERIODS})
                    for code, counter in self._counters.items()]

    def _power(self, counter: _Counter) -> Power | None:
        power = counter.power.power
        known = power.to(counter.periods.unit or '') if power else None
        if power is None or known is None:
            return None
        value, error, unit = known
        return Power(value, error, unit, self._moment(self._epoch - self._now + power.since),
                     self._moment(self._epoch - self._now + power.until))

    def _found(self, code: str) -> str:
        """The meter's own spelling of a code."""
        found = matching.find(code, [DataSet(known, ()) for known in self._counters])
        return (found.code if found else None) or ''

    def _moment(self, time: float) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(time, self._time.tzinfo())

    def _today(self) -> datetime.date:
        return self._time.now().date()

    # --- counting -----------------------------------------------------------------------------------------------------

    def _know(self, number: str) -> None:
        """The meter has this number; another one begins anew, or where it was left."""
        if self._counters and number == self._number:
            return
        if self._counters:
            others = {other: kept for other, kept in self._kept.items() if other != self._number}
            self._kept = {self._number: self._content(), **others}
        self._number, self._counters = number, {}

    def _count(self, data_set: DataSet, readout: Readout, arrivals: Arrivals) -> bool:
        """Whether something lasting has changed."""
        code, value = str(data_set.code), counter_value(data_set)
        count = number(value.value)
        counter = self._counters.get(code) or self._begin(code)
        if count is None or counter is None:
            return False
        if counter.periods.marks and counter.periods.unit != value.unit:
            counter = self._counters[code] = _Counter(PowerMeter(self._error))
        counter.periods.unit = value.unit
        ago = arrivals.before_end(f'{code}({data_set.values[0].value}')
        stamp = moment_of(data_set.values[0].value) if data_set.values[0] is not value else None
        if stamp is not None and stamp.tzinfo is not None:
            age = readout.time - stamp.timestamp()
            if not -AHEAD <= age < STAMP_AGE:
                counter.power.forget()      # when it was measured nobody knows
                stamp = None
            else:
                ago = age
        if stamp is not None or data_set.values[0] is value:
            counter.power.add(count, self._now - ago)
        lasting = counter.periods.add(count, readout.time - ago, self._now - ago, self._time.tzinfo())
        if lasting:
            self._close(code, counter, readout)
        return lasting

    def _begin(self, code: str) -> _Counter | None:
        if len(self._counters) >= MOST_COUNTERS:
            return None
        counter = self._counters[code] = _Counter(PowerMeter(self._error))
        kept = self._kept.get(self._number, {})
        if isinstance(kept, dict) and code in kept:
            counter.periods = Periods.from_json(kept[code])     # was tried when it was read
        return counter

    def _close(self, code: str, counter: _Counter, readout: Readout) -> None:
        """Former periods as the meter tells them."""
        counter.closings = closing_values(code, readout.data_sets)
        counter.periods.fill(counter.closings, self._time.tzinfo())
        for closing, read in counter.periods.differences(counter.closings, self._time.tzinfo()):
            if (code, closing.moment) not in self._told:
                self._told.add((code, closing.moment))
                self._teller.announce("Der Zähler nennt als Stand vom {moment} in {code} {value}, gelesen wurde damals {read}",
                                      moment=f'{closing.moment:%Y-%m-%d}', code=closing.code, value=closing.value, read=read)

    def _watch_clock(self, readout: Readout, arrivals: Arrivals) -> Text | None:
        clock = shown(readout.data_sets)
        if clock is None:
            return None
        arrived = readout.time - arrivals.before_end(f'{clock.code}({clock.text}')
        self.offset = offset(clock, arrived, self._time.tzinfo())
        remark = self.offset.remark
        # one that drifts is not said with each readout, but when it is a minute further
        if remark and self._remark and remark.de == self._remark.de and abs(self.offset.seconds - self._remark_at) < FINE:
            remark = self._remark
        else:
            self._remark_at = self.offset.seconds
        self._remark = remark
        return remark

    # --- kept ---------------------------------------------------------------------------------------------------------

    def _read(self) -> dict[str, Any]:
        stored = self._store.read(NAME)
        if stored is None:
            return {}
        try:
            if stored.get('format') != FORMAT:
                raise ValueError(f'this is {stored.get("format")!r}')
            meters: dict[str, Any] = stored['meters']
            for counters in meters.values():
                for content in counters.values():
                    Periods.from_json(content)
        except (ValueError, TypeError, KeyError, AttributeError):
            self._store.set_aside(NAME)
            return {}
        return meters


def _counters(data_sets: tuple[DataSet, ...]) -> Iterable[DataSet]:
    """Those of the present, of a code the first."""
    known, by_code = set(), matching.Index(data_sets)
    for data_set in data_sets:
        if data_set.code is None or data_set.code in known or not data_set.values or not is_counter(data_set.code):
            continue
        known.add(data_set.code)
        value = counter_value(data_set)
        if (value.unit or '').lower() not in TIME and len(value.value) <= MOST_DIGITS and is_present(data_set, by_code):
            yield data_set
