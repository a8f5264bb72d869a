# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What of a data set may be shown to others, by its code and its form. Pure.

A code says what a value is, its form whether it can be that: in a telegram from which characters got lost, the number of the
meter may stand after the code of a counter. So a value has to have the form of what is measured, and one that could be a
number of somebody as well may stay only where the check characters of its block vouch for the code.
"""

from __future__ import annotations

import re

from ..obis.codes import PERSONAL_NUMBERS, Groups, is_code, split
from ..obis.conversions import ConversionError, convert
from ..obis.data_sets import UNITS, Value
from ..obis.meanings import MNEMONICS
from ..obis.names import UNKNOWN, compose

SHORT = 5               # characters that could be anything: no number of a meter is so short

_LETTERS = re.compile('[A-Za-z]{1,5}')
_UNITS = UNITS | {'P/S', 'imp/kWh', 'Imp/kWh', 'secs', 'hour', 'm'}
# measured, with a unit: 9 digits before the point are in use (varh)
_WITH_UNIT = re.compile(r'[+-]?[ ]*[0-9]{1,9}(?:[.,][0-9]{1,5})?')
_FRACTION = re.compile(r'[+-]?[ ]*[0-9]{1,8}[.,][0-9]{1,4}')
_LONG_FRACTION = re.compile(r'[+-]?[0-9]{1,6}[.,][0-9]{1,7}')       # of meters that name their registers
_WHOLE = re.compile(r'[+-]?[ ]*[0-9]{1,9}')
_LONGEST_WORD = 16      # characters of an error, a state, a version
_LONGEST_STATUS = 8     # and of the state in a list, its second value
_WRITTEN_DATE = re.compile(r'(?:[0-9]{2,4}-)?[0-9]{2}-[0-9]{2}(?:[ ]?[ ,&T]?[ ]?[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?'
                           r'|[0-9]{2}:[0-9]{2}(?::[0-9]{2})?')
_LISTS = frozenset({'P', 'L', '98', '99'})
_OTHER_NUMBERS = (('96', '12'), ('96', '13'), ('C', '90'))      # telephone number, messages, address of the meter


def is_personal(code: str) -> bool:
    """By what stands under this code meter or owner can be known."""
    groups = split(code)
    return groups is not None and (_as_digits(groups.c), groups.d) in _PERSONAL


def _as_digits(c: str) -> str:
    return '96' if c == 'C' else c


_PERSONAL = frozenset((_as_digits(c), d) for c, d in (*PERSONAL_NUMBERS, *_OTHER_NUMBERS))


def code_stays(code: str) -> bool:
    """Groups of three characters at most tell nothing; what has one group only is a number unless it is a name."""
    if not is_code(code):
        return False
    groups = split(code)
    if groups is None or groups.d is None:
        c = re.split('[*&,]', code)[0]
        return len(c) <= 3 or c in MNEMONICS or bool(_LETTERS.fullmatch(c))
    return '.' in code or (code.upper().endswith('FF') and not is_personal(code))


def unit_stays(unit: str) -> bool:
    """It is a unit that is in use, or a few letters."""
    return unit in _UNITS or not any(map(str.isalnum, unit)) or bool(_LETTERS.fullmatch(unit))


def value_stays(code: str | None, index: int, value: Value, sound: bool) -> bool:
    """
    The value may be shown.

    :param code: None where it has none
    :param index: of the value in its data set
    :param sound: check characters vouch for its block
    """
    text = value.value
    if not any(map(str.isalnum, text)):
        return True
    groups = split(code or '')
    if code and (groups is None or is_personal(code)):
        return False
    if _is_written_date(text):
        return True
    if groups is None:
        return False
    if value.unit and value.unit in _UNITS and _WITH_UNIT.fullmatch(text) and (
            _is_quantity(groups) or _is_counted(groups) or len(text) <= SHORT or not text.strip('+- ').isdigit()):
        return True     # a number to which the end of another line was joined may seem to have its unit
    return any(stays(groups, index, text, sound) for stays in (_date_stays, _number_stays, _word_stays, _entry_stays))


def _is_written_date(text: str) -> bool:
    """Date, time, or both, with dashes and colons; several with a comma between."""
    if _WRITTEN_DATE.fullmatch(text):
        return True
    parts = text.split(',')
    return 2 <= len(parts) <= 4 and all(map(_WRITTEN_DATE.fullmatch, parts))


# -- digits that are a date --------------------------------------------------------------------------------------------

def _date_stays(groups: Groups, index: int, text: str, sound: bool) -> bool:
    moment = _is_moment(groups)
    if moment and (groups.c, groups.d) == ('0', '9') and any(_converts(text, form) for form in ('Z4', 'Z6', 'Z7', 'D6', 'D7')):
        return True
    later = index > 0 and _is_quantity(groups)      # when a maximum was
    first = (groups.c, groups.d) == ('24', '2')     # when a channel was read
    return ((moment or later or first or _is_list(groups))
            and any(_converts(text, form) for form in ('ZST10', 'ZST11', 'ZST12', 'ZST13')))


def _is_moment(groups: Groups) -> bool:
    c, d, e = groups[2:5]
    return ((c, d) in (('0', '9'), ('9', '36'), ('6', '36'), ('96', '2'), ('C', '2'), ('C', '51'), ('96', '7'), ('C', '7'))
            or (c, d, e) in (('0', '1', '2'), ('0', '1', '5')) or (groups.a == '0' and (c, d, e) == ('1', '0', '0')))


def _converts(text: str, form: str) -> bool:
    try:
        convert(text, form)
    except ConversionError:
        return False
    return True


# -- numbers -----------------------------------------------------------------------------------------------------------

def _number_stays(groups: Groups, index: int, text: str, sound: bool) -> bool:
    if groups.c in MNEMONICS:
        return bool(_LONG_FRACTION.fullmatch(text))
    measured, counted = _is_quantity(groups), _is_counted(groups)
    if not (measured or counted):
        return False
    sure = sound and groups.e is not None and compose(groups, 'en', UNKNOWN) is not None
    return _is_number(text, sure) or all(_is_number(part, sure) for part in text.split(','))


def _is_number(text: str, sure: bool) -> bool:
    """One without a unit: with a fraction, or short; a longer one only where the code is sure."""
    if _FRACTION.fullmatch(text):
        return True
    return bool(_WHOLE.fullmatch(text)) and (len(text) <= SHORT or sure)


def _is_quantity(groups: Groups) -> bool:
    """Measured: electricity, heat, and what is read from another device."""
    if not groups.c.isdigit() or groups.d is None or not groups.d.isdigit() or int(groups.d) == 0:
        return False
    c = int(groups.c)
    if c == 24:
        return int(groups.d) in (1, 2, 4, 7)
    return 1 <= c <= 92 or c > 128


def _is_counted(groups: Groups) -> bool:
    """What a meter counts of itself, and how it is set: resets, failures, hours, ratios, constants, periods."""
    if groups.c == '0':
        return groups.d in ('1', '3', '4', '5', '6', '7', '8', '9')
    if groups.c in ('C', '96'):
        return groups.d in ('2', '6', '7', '8', '9', '14', '15')
    return groups.c == '17'


# -- words -------------------------------------------------------------------------------------------------------------

def _word_stays(groups: Groups, index: int, text: str, sound: bool) -> bool:
    """Versions, errors, states."""
    c, d = groups.c, groups.d
    if index or not ((c, d) == ('0', '2') or c in ('F', 'FF', '97')
            or (c in ('C', '96') and d in ('3', '4', '5', '10', '11', '14'))):
        return False
    return len(text) <= (_LONGEST_WORD if sound else SHORT)


def _is_list(groups: Groups) -> bool:
    """A profile or a log."""
    return groups.c in _LISTS or (groups.c, groups.d) == ('24', '3')


def _entry_stays(groups: Groups, index: int, text: str, sound: bool) -> bool:
    """In a list also the codes and units of its columns."""
    if not _is_list(groups):
        return False
    if _is_number(text, sure=False) or text in _UNITS or ('.' in text and code_stays(text)):
        return True
    return len(text) <= (_LONGEST_STATUS if sound and index == 1 else SHORT)
