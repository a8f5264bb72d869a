# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The form of a value, as a short text: what a meter changes between two readouts is left out of it.

    d       a digit                         a   a letter or digit of a text
    n       a whole number without leading zeros, of any length
    b       a digit, or a blank that stands for a leading zero
    s, S    a sign; a sign that may be missing
    ~       any text
    *unit   behind the star the unit, as the meter writes it

All other characters stand for themselves. Which numbers have a fixed width is told by their leading zeros: by their own, or
by those of the other numbers of that readout, since a meter that pads one of them pads all. Counters have a fixed width anyway:
they outgrow it once in years.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ..obis.codes import NET, is_counter, split
from ..obis.data_sets import DataSet, Value

_NUMBER = re.compile(r'([+-]?)( *)([0-9]+)((?:[.,][0-9]+)?)')
_STAMP = re.compile('[0-9]{12}[SW]')        # the time in P1 telegrams
_SPECIAL = dict.fromkeys(map(ord, '|()\r\n*~'), '.')    # what the text of a shape needs for itself
_CLASSES = {**dict.fromkeys(map(ord, '0123456789'), 'd'),
            **dict.fromkeys(map(ord, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'), 'a'),
            **_SPECIAL}
_PATTERNS = {'d': '[0-9]', 'a': '[0-9A-Za-z]', 'n': '(?:0|[1-9][0-9]{0,14})', 'b': '[ 0-9]', 's': '[+-]', 'S': '[+-]?',
             '~': '.*', '.': '[|()\r\n*~.]'}
FREE = '~'
# groups D of what may change its sign: values of the moment, averages of demand
_SIGNED = frozenset({'4', '5', '7', '14', '15', '24', '25', '27'})


def is_padded(data_sets: tuple[DataSet, ...]) -> bool:
    """The meter writes its quantities with leading zeros."""
    return any(value.unit and (number := _NUMBER.fullmatch(value.value)) and _has_leading_zeros(number)
               for data_set in data_sets for value in data_set.values)


def form(code: str | None, value: Value, padded: bool) -> str:
    """The form of a value under this code; `padded`: see `is_padded` of its readout."""
    return _form(code or '', value.value, padded) + ('' if value.unit is None else f'*{_plain(value.unit)}')


def skeleton(text: str) -> str:
    """The text with its digits and letters replaced by their classes: a form that fits as it stands, for most values."""
    return text.translate(_CLASSES)


def _form(code: str, text: str, padded: bool) -> str:
    number = _NUMBER.fullmatch(text)
    if not number:
        plain = skeleton(text)
        if _STAMP.fullmatch(text):
            return plain
        return plain.replace('d', 'a') if 'a' in plain else plain
    sign, blanks, whole, fraction = number.groups()
    if blanks:
        whole_form = 'b' * len(blanks + whole)
    elif len(whole) > 1 and (padded or _has_leading_zeros(number) or _is_fixed(code)):
        whole_form = 'd' * len(whole)
    else:
        whole_form = 'd' * len(whole) if is_counter(code) else 'n'
    return (_sign(code) if not sign else 's') + whole_form + skeleton(fraction)


def _has_leading_zeros(number: re.Match[str]) -> bool:
    return len(number[3]) > 1 and number[3].startswith('0')


@lru_cache(maxsize=4096)
def _is_fixed(code: str) -> bool:
    """Numbers that are none of the measured ones are names, dates, times: of a fixed width."""
    groups = split(code)
    return is_counter(code) or groups is None or groups.c in ('0', 'C', 'F', 'L', 'P', '96', '97', '98', '99')


@lru_cache(maxsize=4096)
def _sign(code: str) -> str:
    groups = split(code)
    if groups is None or not groups.c.isdigit() or _is_fixed(code):
        return ''
    return 'S' if groups.d in _SIGNED or groups.c in NET else ''


def fits(known: str, value: Value) -> bool:
    """The value is of this form."""
    wanted, star, unit = known.rpartition('*') if value.unit is not None else (known, '*', None)
    if not star or '*' in wanted or (value.unit is not None and unit != _plain(value.unit)):
        return False
    return skeleton(value.value) == wanted or _pattern(wanted).fullmatch(value.value) is not None


def _plain(unit: str) -> str:
    return unit.translate(_SPECIAL)


@lru_cache(maxsize=4096)
def _pattern(known: str) -> re.Pattern[str]:
    return re.compile(''.join(_PATTERNS.get(c) or re.escape(c) for c in known), re.DOTALL)


def widened(known: str, other: str) -> str | None:
    """The form that takes both, where they differ in the width or the sign of their number only; else None."""
    one, two = _OF_NUMBER.fullmatch(known), _OF_NUMBER.fullmatch(other)
    if not one or not two or one[3] != two[3]:
        return None
    return (one[1] if one[1] == two[1] else 'S') + (one[2] if one[2] == two[2] else 'n') + one[3]


_OF_NUMBER = re.compile(r'([sS]?)(d+|n|b+)((?:[.,]d+)?(?:\*.*)?)')
