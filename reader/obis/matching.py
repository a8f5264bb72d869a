# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Which data sets of a readout a configured code means, which look like it, and the number the meter gives itself."""

import re
from collections.abc import Iterable
from functools import lru_cache

from .codes import LONGEST, SERIAL_NUMBERS, is_serial_number, split
from .data_sets import DataSet, Rejected

_Key = tuple[str, str | None, str, str, str, str]
_Wanted = tuple[_Key, str | None, str | None]

FIRST_ABSTRACT = 93                     # group C from which on nothing is measured
_EMPTY: tuple[set[str], ...] = (set(), {'0'}, {'9'})


@lru_cache(maxsize=4096)
def _key(code: str) -> _Wanted | None:
    """What has to be equal for two codes to mean the same, and the groups A and B, which may be missing."""
    groups = split(code)
    if not groups:
        return None
    a, b, c, d, e, f, mark, attribute = groups
    return (c, d, e or '0', mark or '*', f or '255', attribute or '2'), a, b


def match(pattern: str, data_sets: Iterable[DataSet]) -> tuple[DataSet, ...]:
    """All data sets that the pattern means, in order.

    Those with exactly this code, if there are any. Else by groups: A and B missing on either side match anything, a
    missing E is 0, a missing F is 255 or, where no set without F has that code, 0: `1.8.1*00` of meters that send
    nothing else. A slot 0 that is not in use while others are is none; nor is it the present of a quantity where this
    meter sends the present of others beside it. More than one distinct code in the answer: the pattern is ambiguous.
    """
    data_sets = tuple(data_sets)
    pattern = pattern.strip()
    exact = tuple([data_set for data_set in data_sets if data_set.code == pattern])
    wanted = _key(pattern)
    if exact or not wanted:
        return exact
    return _match_key(wanted, data_sets) or _match_slot_0(wanted, data_sets)


def _match_slot_0(wanted: _Wanted, data_sets: tuple[DataSet, ...]) -> tuple[DataSet, ...]:
    (c, d, e, _, f, attribute), a, b = wanted
    found = _match_key(((c, d, e, '*', '0', attribute), a, b), data_sets) if f == '255' else ()
    if not found:
        return ()
    keys = [key for data_set in data_sets if (key := _key(data_set.code or ''))]
    slots = {key[0][4] for key in keys if key[0][:3] == (c, d, e)} - {'0'}
    others = (one for slot in slots for one in _match_key(((c, d, e, '*', slot, attribute), a, b), data_sets))
    if not any(map(is_used, found)) and any(map(is_used, others)):
        return ()
    return () if _is_quantity(c, d) and _sends_both(keys) else found


def _is_quantity(c: str, d: str | None) -> bool:
    return d is not None and c.isdigit() and c != '0' and int(c) < FIRST_ABSTRACT


def _sends_both(keys: list[_Wanted]) -> bool:
    """The meter sends the present of a quantity and, as slot 0, its last billing period."""
    present = {key[:4] for key, _, _ in keys if key[4] == '255'}
    return any(key[4] == '0' and key[:4] in present and _is_quantity(*key[:2]) for key, _, _ in keys)


def is_used(data_set: DataSet) -> bool:
    """Something is in it: not only zeros, nor only nines, which meters write where a date is missing."""
    return any(re.search('[A-Za-z]', value.value) or set(re.findall('[0-9]', value.value)) not in _EMPTY
               for value in data_set.values)


def _match_key(wanted: _Wanted, data_sets: tuple[DataSet, ...]) -> tuple[DataSet, ...]:
    key, a, b = wanted
    found = []
    for data_set in data_sets:
        other = _key(data_set.code) if data_set.code else None
        if (other and other[0] == key
                and (a is None or other[1] is None or a == other[1]) and (b is None or other[2] is None or b == other[2])):
            found.append(data_set)
    return tuple(found)


def find(pattern: str, data_sets: Iterable[DataSet]) -> DataSet | None:
    """The first data set that the pattern means (see `match`), None if there is none."""
    return next(iter(match(pattern, data_sets)), None)


def is_lost(pattern: str, rejected: Iterable[Rejected], data_sets: Iterable[DataSet] = ()) -> bool:
    """
    Whether a rejected line begins with a code that the pattern means: no other data set must stand in for it.

    A rejected `1.8.0*00` is what `1.8.0` means only where the readout has no `1.8.0` of the present.
    """
    codes = (text.line.partition('(')[0].strip() for text in rejected)
    lost, wanted = tuple(DataSet(code, ()) for code in codes if split(code)), _key(pattern.strip())
    if not lost or not wanted:
        return False
    return bool(_match_key(wanted, lost)) or (not match(pattern, data_sets) and bool(match(pattern, lost)))


def similar(pattern: str, data_sets: Iterable[DataSet]) -> tuple[str, ...]:
    """At most five codes of the readout that may be meant instead of one that is not there, the best first."""
    import difflib  # seldom wanted, and not cheap to load

    pattern = pattern.strip()[:LONGEST]
    wanted = split(pattern)
    ranked: list[tuple[float, int, str]] = []
    for code in dict.fromkeys(data_set.code for data_set in data_sets if data_set.code):
        alike = difflib.SequenceMatcher(None, pattern.upper(), code.upper()).ratio()
        groups = split(code)
        if wanted and groups:
            same = [x == y for x, y in zip(wanted[2:6], groups[2:6], strict=True)]
            alike += sum(weight for weight, equal in zip((1.0, 0.6, 0.3, 0.1), same, strict=True) if equal)
            if not same[0]:
                alike -= 0.6
        if alike >= 0.7:
            ranked.append((-alike, len(ranked), code))
    return tuple(code for _, _, code in sorted(ranked)[:5])


_HEXADECIMAL = re.compile('(?:[2-7][0-9A-Fa-f]){8,}')      # as P1 ports write the texts of 96.1.x


def serial_number(data_sets: Iterable[DataSet]) -> str | None:
    """The meter's own number: of 96.1.0, 96.1.1, C.1.0, C.1, 0.0.0, 9.21, 0.0 the first that has a value, or None."""
    return next(iter(serial_numbers(data_sets)), None)


def serial_numbers(data_sets: Iterable[DataSet]) -> tuple[str, ...]:
    """All numbers that the meter gives itself, in that order; the manufacturer's, say, and the grid operator's."""
    numbers: dict[tuple[str | None, ...], str] = {}
    for data_set in data_sets:
        groups = split(data_set.code or '')
        text = data_set.values[0].value.strip() if data_set.values else ''
        if groups and text and is_serial_number(data_set.code or ''):
            numbers.setdefault(groups[2:5], text)
    return tuple(_decoded(code[0], numbers[code]) for code in SERIAL_NUMBERS if code in numbers)


def _decoded(c: str | None, text: str) -> str:
    if c == '96' and _HEXADECIMAL.fullmatch(text):
        decoded = bytes.fromhex(text).decode('ascii').strip()
        return decoded if decoded.isprintable() and decoded else text
    return text
