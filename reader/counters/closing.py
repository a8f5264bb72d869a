# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a meter says of former periods, with the moments when these ended.

The mark after the code (`1.8.0*01`, `1.8.0&01`) means four things: how long ago, which month, the number of the reset, or which
day of the year. So only a date counts that the meter sends along: beside the value, or as 0.1.2 with the same mark. Where it
sends none, nothing is guessed.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ..obis.codes import Groups, is_counter, split
from ..obis.conversions import ConversionError, convert, number
from ..obis.data_sets import DataSet, Value

_STAMP = ('0', '1', '2')        # groups C, D, E: when a billing period ended


class Closing(NamedTuple):
    """What a counter showed when a billing period ended."""

    moment: datetime.datetime       # naive: by the meter's clock; a P1 stamp has a zone
    value: Decimal
    unit: str | None                # as the meter spells it beside this value or beside the present one
    code: str                       # with its mark, as the meter sends it

    @property
    def at_midnight(self) -> bool:
        return self.moment.time() == datetime.time()


def closing_values(code: str, data_sets: Sequence[DataSet]) -> list[Closing]:
    """
    The dated closing values of a counter, the oldest first.

    Empty, too, where they cannot be this counter's: one is above its successor or above the present.

    :param code: of the present, as the meter sends it
    """
    wanted = split(code)
    present = next((data_set for data_set in data_sets if data_set.code == code), None)
    if wanted is None or present is None or not is_counter(code):
        return []
    stamps = _stamps(data_sets)
    found: dict[datetime.datetime, Closing] = {}
    for data_set in data_sets:
        groups = split(data_set.code or '')
        if groups is None or data_set is present or not _is_former(groups, wanted):
            continue
        value, beside = _value_and_stamp(data_set)
        moment = beside or stamps.get((groups.mark, groups.f))
        counted = value and number(value.value)
        if value and moment and counted is not None:
            unit = value.unit or counter_value(present).unit
            found.setdefault(moment.replace(tzinfo=None), Closing(moment, counted, unit, data_set.code or ''))
    closings = [found[moment] for moment in sorted(found)]
    now = number(counter_value(present).value)
    values = [closing.value for closing in closings] + ([] if now is None else [now])
    return closings if all(a <= b for a, b in itertools.pairwise(values)) else []


def counter_value(data_set: DataSet) -> Value:
    """The value of a counter; before it may stand the time when it was read."""
    return next((value for value in data_set.values if value.unit), data_set.values[0])


def _is_former(groups: Groups, wanted: Groups) -> bool:
    same_channel = all(x is None or y is None or x == y for x, y in zip(groups[:2], wanted[:2], strict=True))
    return (same_channel and groups[2:4] == wanted[2:4] and (groups.e or '0') == (wanted.e or '0')
            and groups.f is not None and groups.f not in ('255', wanted.f) and groups.attribute is None)


def _stamps(data_sets: Sequence[DataSet]) -> dict[tuple[str | None, str | None], datetime.datetime]:
    """When the period with that mark ended."""
    stamps: dict[tuple[str | None, str | None], datetime.datetime] = {}
    for data_set in data_sets:
        groups = split(data_set.code or '')
        if groups and groups[2:5] == _STAMP and groups.f and data_set.values:
            moment = moment_of(data_set.values[0].value)
            if moment:
                stamps.setdefault((groups.mark, groups.f), moment)
    return stamps


def _value_and_stamp(data_set: DataSet) -> tuple[Value | None, datetime.datetime | None]:
    """Value and date, in any order; the date has no unit, and a number of that many digits would be one of a date only."""
    moments = [(value, moment_of(value.value)) for value in data_set.values[:2] if not value.unit]
    stamp = next(((value, moment) for value, moment in moments if moment), None)
    values = [value for value in data_set.values[:2] if stamp is None or value is not stamp[0]]
    return (values[0] if values else None), (stamp[1] if stamp and len(data_set.values) > 1 else None)


def moment_of(text: str) -> datetime.datetime | None:
    """Date and time of a text, a midnight as 24:00 included; None where it is none."""
    if '.' in text:
        return None
    try:
        moment = convert(text, 'ZST10')
    except ConversionError:
        return None
    return moment if isinstance(moment, datetime.datetime) else None
