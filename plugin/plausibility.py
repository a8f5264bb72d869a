# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a meter without check character and CRC says is compared with what it said before. Pure.

Nothing protects such a block but its parity. A counter that falls, or rises faster than the house connection allows, and
another serial number are possible, but seldom: they are held back until the next readout says the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from ..reader.obis.codes import is_counter, is_serial_number
from ..reader.obis.conversions import number
from ..reader.obis.data_sets import DataSet, Rejected, Value
from ..reader.readout import Readout

BLOCK_CHECKS = frozenset({'bcc', 'crc'})
HELD_BACK = 'held back until the next readout confirms it'      # why such a data set is rejected
ENERGY_UNITS = {'Wh': Decimal('0.001'), 'kWh': Decimal(1), 'MWh': Decimal(1000)}    # in kWh
HOUR = 3600     # s


@dataclass
class _Known:
    """What is known of a code: the text last handed out and when, and the one that was held back, awaiting its confirmation."""

    text: str
    time: float
    awaiting: str | None = None


class Plausibility:
    """
    Decides which data sets of a readout are held back.

    :param max_power: kW that counters of energy can rise at most, 0 for any
    """

    def __init__(self, max_power: float = 0.0) -> None:
        self.held_back = 0      # data sets since the start
        self._max_power = Decimal(str(max_power))
        self._known: dict[str, _Known] = {}

    def hold_back(self, readout: Readout) -> frozenset[str]:
        """The codes whose values must not be handed out yet; from now on the others count as handed out."""
        protected = bool(BLOCK_CHECKS.intersection(readout.checked))
        held_back = set()
        for code, value, counts in _watched(readout.data_sets):
            known = self._known.get(code)
            if known is None or protected or self._is_plausible(known, value, readout.time, counts):
                self._known[code] = _Known(value.value, readout.time)
            else:
                known.awaiting = value.value
                held_back.add(code)
        self.held_back += len(held_back)
        return frozenset(held_back)

    def _is_plausible(self, known: _Known, value: Value, time: float, counts: bool) -> bool:
        if not counts:
            return value.value in (known.text, known.awaiting)
        if self._follows(known.text, value, time - known.time):
            return True
        return known.awaiting is not None and self._follows(known.awaiting, value, time - known.time)

    def _follows(self, before: str, value: Value, seconds: float) -> bool:
        """The counter may stand at this value so many seconds after it stood at that."""
        old, new = number(before), number(value.value)
        if old is None:
            return True         # there is nothing to compare with
        if new is None or new < old:
            return False
        unit = ENERGY_UNITS.get(value.unit or '')
        if not self._max_power or unit is None:
            return True
        last_digit = Decimal(1).scaleb(int(new.as_tuple().exponent))    # it may have been about to change
        return (new - old - last_digit) * unit * HOUR <= self._max_power * Decimal(max(seconds, 0))


def without(readout: Readout, codes: frozenset[str]) -> Readout:
    """The readout with what these codes say rejected."""
    if not codes:
        return readout
    held_back = tuple(Rejected(str(data_set), HELD_BACK) for data_set in readout.data_sets if data_set.code in codes)
    return replace(readout, data_sets=tuple(data_set for data_set in readout.data_sets if data_set.code not in codes),
                   rejected=readout.rejected + held_back)


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
