# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a readout says is compared with what the meter said before. Pure.

A CRC vouches for each digit. Parity and block check character do not: they are blind for digits that were lost, doubled or
exchanged, and the shape of a readout says nothing of the digits themselves. So three things that are possible, but seldom,
wait until the next readout says the same: a counter that falls, one that rises faster than it ever did, and another number
of the meter.

How fast is too fast: with `max_power`, what that power makes of energy. Without it, `FACTOR` times what this counter has shown
since the start, and never less than what a house can draw: `HOUSE`. What is counted in no unit of these, nobody can know in
advance; there the counter's own speed alone decides, once it has shown one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ..reader.obis.codes import is_counter, is_serial_number, split
from ..reader.obis.conversions import number
from ..reader.obis.data_sets import DataSet, Rejected, Value
from ..reader.readout import Readout

# Why a data set is rejected.
FALLS = 'falls below the value before; waits for the next readout'
JUMPS = 'rises faster than ever before; waits for the next readout'
NO_NUMBER = 'is no number any more; waits for the next readout'
OTHER_NUMBER = 'is the number of another meter; waits for the next readout'
REASONS = (FALLS, JUMPS, NO_NUMBER, OTHER_NUMBER)

MOST_CODES = 500        # real meters send up to 225
FACTOR = 4.0            # times as fast as ever before: night to day, and twice for times that are not exact
GAP = 4.0               # times as long as from one readout to the next before: nobody knows what happened meanwhile
SHORTEST = 1.0          # s between two readouts, for a speed to be one
HOUR = 3600.0           # s

# In kWh; a var or VA is a W here.
ENERGY = {'wh': 0.001, 'kwh': 1.0, 'mwh': 1000.0, 'gwh': 1e6, 'mj': 1 / 3.6, 'gj': 1000 / 3.6, 'kcal': 1.163e-3, 'gcal': 1163.0}
ENERGY |= {unit.replace('wh', other): kwh for unit, kwh in ENERGY.items() if 'wh' in unit for other in ('varh', 'vah')}
VOLUME = {'m3': 1.0, 'm³': 1.0, 'l': 0.001}     # in m3
TIME = {'h': 1.0, 'min': 1 / 60, 's': 1 / HOUR}     # in h
# An hour of it at most: kWh at the connection of a house, m3 in a gas or water pipe of one, h of operation.
HOUSE = {**{unit: 30.0 / kwh for unit, kwh in ENERGY.items()}, **{unit: 6.0 / m3 for unit, m3 in VOLUME.items()},
         **{unit: 1.0 / hours for unit, hours in TIME.items()}}


@dataclass(frozen=True)
class _Seen:
    """What a code said, and when."""

    text: str
    time: float                     # s


@dataclass
class _Known:
    """What is known of a code."""

    last: _Seen                     # that was handed out
    awaiting: _Seen | None = None   # that was held back since, and awaits its confirmation
    interval: float | None = None   # s between the last two that were handed out
    fastest: float = 0.0            # an hour, of a counter, since the start


class Plausibility:
    """
    Decides which data sets of a readout are held back.

    :param max_power: kW that counters of energy can rise at most, 0: not known
    """

    def __init__(self, max_power: float = 0.0) -> None:
        self._max_power = max_power
        self._known: dict[str, _Known] = {}

    def hold_back(self, readout: Readout, now: float) -> dict[str, str]:
        """
        The codes whose values must not be handed out yet, and why; from now on the others count as handed out.

        :param now: s, of a clock that nobody sets
        """
        if 'crc' in readout.checked:
            self.believe(readout, now)
            return {}
        held_back = {}
        for code, value, counts in _watched(readout.data_sets):
            known = self._known.get(code)
            reason = known and (self._judge_counter(code, known, value, now) if counts else _judge_number(known, value, now))
            if reason:
                held_back[code] = reason
            elif known is None:
                self._begin(code, value, now)
        return held_back

    def believe(self, readout: Readout, now: float) -> None:
        """All of it counts as handed out, whatever it says."""
        for code, value, _ in _watched(readout.data_sets):
            known = self._known.get(code)
            if known:
                _hand_out(known, _Seen(value.value, now))
            else:
                self._begin(code, value, now)

    def _begin(self, code: str, value: Value, now: float) -> None:
        if len(self._known) < MOST_CODES:
            self._known[code] = _Known(_Seen(value.value, now))

    def _judge_counter(self, code: str, known: _Known, value: Value, now: float) -> str:
        """Why this counter is held back; empty where it is handed out."""
        seen, limit = _Seen(value.value, now), self._limit(code, value, known)
        reason = _contradiction(known.last, seen)
        if not reason and not self._is_gap(known, now):
            speed = _speed(known.last, seen)
            if speed <= limit:
                known.fastest = max(known.fastest, speed)
            else:
                reason = JUMPS
        if reason and not (known.awaiting and self._is_confirmed(known, known.awaiting, seen, limit)):
            known.awaiting = seen
            return reason
        _hand_out(known, seen)
        return ''

    def _is_gap(self, known: _Known, now: float) -> bool:
        """It was not read for long. What a power makes of energy holds all the same."""
        return not self._max_power and known.interval is not None and now - known.last.time > GAP * known.interval

    def _is_confirmed(self, known: _Known, awaiting: _Seen, seen: _Seen, limit: float) -> bool:
        """It goes on from what was held back before, no faster than that came, if that came fast."""
        if _contradiction(awaiting, seen):
            return False
        came = 0.0 if _contradiction(known.last, awaiting) else _speed(known.last, awaiting)
        if _speed(awaiting, seen) > max(limit, FACTOR * came):
            return False
        known.fastest = max(known.fastest, min(came, limit))    # a meter that was exchanged must not blind the guard
        return True

    def _limit(self, code: str, value: Value, known: _Known) -> float:
        """How fast the counter may rise, an hour."""
        unit = value.unit.lower() if value.unit else 'kwh' if _is_electric(code) else ''
        if self._max_power and unit in ENERGY:
            return self._max_power / ENERGY[unit]
        if unit not in HOUSE and not known.fastest:
            return math.inf
        return max(HOUSE.get(unit, 0.0), FACTOR * known.fastest)


def without(readout: Readout, held_back: dict[str, str]) -> Readout:
    """The readout with what these codes say rejected, for these reasons."""
    if not held_back:
        return readout
    rejected = tuple(Rejected(str(data_set), held_back[data_set.code]) for data_set in readout.data_sets
                     if data_set.code in held_back)
    return replace(readout, data_sets=tuple(data_set for data_set in readout.data_sets if data_set.code not in held_back),
                   rejected=readout.rejected + rejected, whole=readout.whole or readout.data_sets)


def _judge_number(known: _Known, value: Value, now: float) -> str:
    """Why this number of the meter is held back; empty where it is handed out."""
    seen = _Seen(value.value, now)
    if seen.text != known.last.text and (known.awaiting is None or seen.text != known.awaiting.text):
        known.awaiting = seen
        return OTHER_NUMBER
    _hand_out(known, seen)
    return ''


def _hand_out(known: _Known, seen: _Seen) -> None:
    known.interval = seen.time - known.last.time
    known.last, known.awaiting = seen, None


def _contradiction(before: _Seen, after: _Seen) -> str:
    """Why a counter cannot go on like that; empty where it can, or where there is nothing to compare with."""
    old, new = number(before.text), number(after.text)
    if old is None:
        return ''
    if new is None:
        return NO_NUMBER
    return FALLS if new < old else ''


def _speed(before: _Seen, after: _Seen) -> float:
    """How much a counter rose, an hour, at least: its last digit may have been about to change."""
    old, new = number(before.text), number(after.text)
    if old is None or new is None:
        return 0.0
    last_digit = 10.0 ** int(new.as_tuple().exponent)
    return max(0.0, float(new - old) - last_digit) * HOUR / max(after.time - before.time, SHORTEST)


def _is_electric(code: str) -> bool:
    """It counts energy of an electricity meter."""
    groups = split(code)
    return groups is not None and groups.a in (None, '1') and groups.d == '8' and groups.c.isdigit() and groups.e is not None


def _watched(data_sets: tuple[DataSet, ...]) -> list[tuple[str, Value, bool]]:
    """Code, value and whether it is a counter, of the counters of today and the serial numbers; of a code the first."""
    watched: dict[str, tuple[str, Value, bool]] = {}
    for data_set in data_sets:
        if data_set.code is None or data_set.code in watched or not data_set.values:
            continue
        if is_counter(data_set.code):
            # before the value of a counter may stand the time when it was read
            value = next((value for value in data_set.values if value.unit), data_set.values[0])
            watched[data_set.code] = data_set.code, value, True
        elif is_serial_number(data_set.code):
            watched[data_set.code] = data_set.code, data_set.values[0], False
    return list(watched.values())
