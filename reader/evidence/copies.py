# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Whether two readouts of one meter say the same, the second a moment later: its values moved only as a meter's may."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from ..obis.codes import is_counter, is_serial_number
from ..obis.data_sets import DataSet, Value
from .shapes import has_shape, shape_of


def confirms(first: tuple[DataSet, ...], second: tuple[DataSet, ...]) -> bool:
    """The second has the codes and forms of the first, its counters went on or stood, its number is the same."""
    return (len(first) == len(second) and has_shape(shape_of(first), second) and has_shape(shape_of(second), first)
            and all(map(may_follow, first, second)))


def may_follow(first: DataSet, second: DataSet) -> bool:
    """The same code a moment later: a counter does not fall, a number of the meter stays, all else is free."""
    code = first.code or ''
    if code != (second.code or '') or len(first.values) != len(second.values):
        return False
    if not first.values:
        return True
    if is_counter(code):
        return not falls(first.values[0], second.values[0])
    return not is_serial_number(code) or first.values == second.values


def falls(before: Value, after: Value) -> bool:
    """Both are numbers, and the second is the smaller one."""
    one, two = _number(before.value), _number(after.value)
    return one is not None and two is not None and two < one


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip().replace(',', '.'))
    except InvalidOperation:
        return None
