# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What time it is by the meter's own clock."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from .codes import split
from .conversions import ConversionError, convert
from .data_sets import DataSet

# groups C, D, E of date and time in one: of energy meters, of P1 telegrams
_MOMENTS = (('0', '9', '4'), ('1', '0', '0'))
_DATE, _TIME = ('0', '9', '2'), ('0', '9', '1')


def clock(data_sets: Sequence[DataSet]) -> datetime.datetime | None:
    """
    Date and time of 0.9.4, 1.0.0, or 0.9.2 and 0.9.1 together; None where the meter does not send both.

    Naive: as the meter shows it; only a P1 stamp (W or S at its end) has a time zone.
    """
    texts = _texts(data_sets)
    for code in _MOMENTS:
        found = _converted(texts.get(code, ''), 'ZST12')
        if isinstance(found, datetime.datetime):
            return found
    date, time = _converted(texts.get(_DATE, ''), 'D6'), _converted(texts.get(_TIME, ''), 'Z6')
    if isinstance(date, datetime.date) and isinstance(time, datetime.time):
        return datetime.datetime.combine(date, time)
    return None


def tells_time(data_sets: Sequence[DataSet]) -> bool:
    """The meter sends date and time, or what should be it."""
    texts = _texts(data_sets)
    return not texts.keys().isdisjoint(_MOMENTS) or {_DATE, _TIME} <= texts.keys()


def _texts(data_sets: Sequence[DataSet]) -> dict[tuple[str | None, ...], str]:
    """By groups C, D, E."""
    texts: dict[tuple[str | None, ...], str] = {}
    for data_set in data_sets:
        groups = split(data_set.code or '')
        if groups and groups.is_current and not groups.is_of_another_device and data_set.values:
            texts.setdefault(groups[2:5], data_set.values[0].value)
    return texts


def _converted(text: str, conversion: str) -> object:
    try:
        return convert(text, conversion)
    except ConversionError:
        return None
