# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Whether two readouts of one meter say the same, the second a moment later: its values moved only as a meter's may.

`confirms` asks for the whole, of which the shape is told by another check already. `agreeing` looks at each data set by itself,
where single characters may be wrong: what counts must have moved by little, what is measured by not too much, all else stays.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache

from ..obis.codes import is_counter, is_serial_number, split
from ..obis.data_sets import DataSet, Value
from .forms import skeleton
from .shapes import has_shape, shape_of

COUNTED = Decimal('0.0001')     # of a counter; a household takes years for ten thousand times half a minute
MEASURED = Decimal('0.2')       # of a measured value
FEW = 3                         # last digits, either way
MOMENT = 1000                   # ten minutes, as hhmmss has them


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


def agreeing(first: tuple[DataSet, ...], second: tuple[DataSet, ...]) -> frozenset[int]:
    """Which data sets of the second, by index, the first has, too, equal or moved as in half a minute."""
    by_code: dict[str, list[DataSet]] = {}
    for data_set in first:
        by_code.setdefault(data_set.code or '', []).append(data_set)
    return frozenset(index for index, data_set in enumerate(second)
                     if any(_is_near(each, data_set) for each in by_code.get(data_set.code or '', ())))


def _is_near(first: DataSet, second: DataSet) -> bool:
    if first.values == second.values:
        return True
    return (len(first.values) == len(second.values) and may_follow(first, second)
            and all(one == two or _is_value_near(first.code or '', one, two)
                    for one, two in zip(first.values, second.values, strict=True)))


def _is_value_near(code: str, one: Value, two: Value) -> bool:
    before, after = _number(one.value), _number(two.value)
    if one.unit != two.unit or before is None or after is None or skeleton(one.value) != skeleton(two.value):
        return False
    if _tells_time(code):
        return 0 < after - before < MOMENT
    last_digit = Decimal(1).scaleb(int(after.as_tuple().exponent))
    share = COUNTED if is_counter(code) else MEASURED if one.unit and _is_of_now(code) else None
    return share is not None and abs(after - before) <= max(share * abs(before), FEW * last_digit)


@lru_cache(maxsize=4096)
def _is_of_now(code: str) -> bool:
    groups = split(code)
    return groups is not None and groups.is_current


@lru_cache(maxsize=4096)
def _tells_time(code: str) -> bool:
    groups = split(code)
    return groups is not None and groups[2:5] in (('0', '9', '1'), ('0', '9', '4'), ('1', '0', '0'))


def falls(before: Value, after: Value) -> bool:
    """Both are numbers, and the second is the smaller one."""
    one, two = _number(before.value), _number(after.value)
    return one is not None and two is not None and two < one


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip().replace(',', '.'))
    except InvalidOperation:
        return None
