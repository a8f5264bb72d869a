# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Which data sets of a readout a configured code means, which look like it, and the number the meter gives itself."""

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache

from .codes import LONGEST, SERIAL_NUMBERS, is_serial_number, split
from .data_sets import DataSet, Rejected

_Key = tuple[str, str | None, str, str, str, str]
_Channel = tuple[str | None, str | None]       # A and B
_Wanted = tuple[_Key, str | None, str | None]
_Register = tuple[str, str | None, str]

MOST_COMPARED = 500                     # codes with one that is not there
FIRST_ABSTRACT = 93                     # group C from which on nothing is measured
_EMPTY: tuple[set[str], ...] = (set(), {'0'}, {'9'})


@lru_cache(maxsize=16384)
def _key(code: str) -> _Wanted | None:
    """What has to be equal for two codes to mean the same, and the groups A and B, which may be missing."""
    groups = split(code)
    if not groups:
        return None
    a, b, c, d, e, f, mark, attribute = groups
    return (c, d, e or '0', mark or '*', f or '255', attribute or '2'), a, b


class Index:
    """The data sets of a readout by their codes: who looks up many patterns builds it once, each costs the same then."""

    def __init__(self, data_sets: Iterable[DataSet]) -> None:
        self._by_code: dict[str, list[DataSet]] = {}
        self._by_key: dict[_Key, dict[_Channel, list[tuple[int, DataSet]]]] = {}
        self._slots: dict[_Register, dict[str, None]] = {}      # the groups F that it comes with
        for place, data_set in enumerate(data_sets):
            code = data_set.code
            if code is None:
                continue
            self._by_code.setdefault(code, []).append(data_set)
            if wanted := _key(code):
                key, a, b = wanted
                self._by_key.setdefault(key, {}).setdefault((a, b), []).append((place, data_set))
                self._slots.setdefault(key[:3], {}).setdefault(key[4])

    @property
    def codes(self) -> tuple[str, ...]:
        """Each once, in order."""
        return tuple(self._by_code)

    def match(self, pattern: str) -> tuple[DataSet, ...]:
        """See the function of that name."""
        pattern = pattern.strip()
        wanted = _key(pattern)
        if (exact := self._by_code.get(pattern)) or not wanted:
            return tuple(exact or ())
        return self.of_key(wanted) or self._of_slot_0(wanted)

    def means_only(self, pattern: str, code: str) -> bool:
        """It means this code and no other."""
        exact, wanted = pattern in self._by_code, _key(pattern)
        if not exact and wanted and len(self._by_key.get(wanted[0], ())) > 1 and wanted[1:] == (None, None):
            return False        # of several channels
        return {found.code for found in self.match(pattern)} == {code}

    def of_key(self, wanted: _Wanted) -> tuple[DataSet, ...]:
        """Those with these groups, in order."""
        key, a, b = wanted
        channels = self._by_key.get(key, {})
        if a is None or b is None:
            fitting: Iterable[_Channel] = [one for one in channels if _fits(a, one[0]) and _fits(b, one[1])]
        else:
            fitting = [one for one in ((a, b), (None, b), (a, None), (None, None)) if one in channels]
        return tuple(data_set for _, data_set in sorted(
            (each for channel in fitting for each in channels[channel]), key=lambda each: each[0]))

    def _of_slot_0(self, wanted: _Wanted) -> tuple[DataSet, ...]:
        (c, d, e, _, f, attribute), a, b = wanted
        found = self.of_key(((c, d, e, '*', '0', attribute), a, b)) if f == '255' else ()
        if not found:
            return ()
        slots = [slot for slot in self._slots[c, d, e] if slot != '0']
        others = (one for slot in slots for one in self.of_key(((c, d, e, '*', slot, attribute), a, b)))
        if not any(map(is_used, found)) and any(map(is_used, others)):
            return ()
        return () if _is_quantity(c, d) and self._sends_both else found

    @cached_property
    def _sends_both(self) -> bool:
        """The meter sends the present of a quantity and, as slot 0, its last billing period."""
        present = {key[:4] for key in self._by_key if key[4] == '255'}
        return any(key[4] == '0' and key[:4] in present and _is_quantity(*key[:2]) for key in self._by_key)


def index_of(data_sets: Iterable[DataSet] | Index) -> Index:
    """What is an index already stays it."""
    return data_sets if isinstance(data_sets, Index) else Index(data_sets)


def match(pattern: str, data_sets: Iterable[DataSet] | Index) -> tuple[DataSet, ...]:
    """All data sets that the pattern means, in order.

    Those with exactly this code, if there are any. Else by groups: A and B missing on either side match anything, a
    missing E is 0, a missing F is 255 or, where no set without F has that code, 0: `1.8.1*00` of meters that send
    nothing else. A slot 0 that is not in use while others are is none; nor is it the present of a quantity where this
    meter sends the present of others beside it. More than one distinct code in the answer: the pattern is ambiguous.
    """
    return index_of(data_sets).match(pattern)


def _fits(wanted: str | None, group: str | None) -> bool:
    return wanted is None or group is None or wanted == group


def _is_quantity(c: str, d: str | None) -> bool:
    return d is not None and c.isdigit() and c != '0' and int(c) < FIRST_ABSTRACT


def is_used(data_set: DataSet) -> bool:
    """Something is in it: not only zeros, nor only nines, which meters write where a date is missing."""
    return any(re.search('[A-Za-z]', value.value) or set(re.findall('[0-9]', value.value)) not in _EMPTY
               for value in data_set.values)


def find(pattern: str, data_sets: Iterable[DataSet] | Index) -> DataSet | None:
    """The first data set that the pattern means (see `match`), None if there is none."""
    return next(iter(match(pattern, data_sets)), None)


def lost_codes(rejected: Iterable[Rejected]) -> Index:
    """The codes with which rejected lines begin, as `is_lost` looks them up."""
    codes = (text.line.partition('(')[0].strip() for text in rejected)
    return Index(DataSet(code, ()) for code in codes if split(code))


def is_lost(pattern: str, rejected: Iterable[Rejected] | Index, data_sets: Iterable[DataSet] | Index = ()) -> bool:
    """
    Whether a rejected line begins with a code that the pattern means: no other data set must stand in for it.

    A rejected `1.8.0*00` is what `1.8.0` means only where the readout has no `1.8.0` of the present.
    """
    lost, wanted = rejected if isinstance(rejected, Index) else lost_codes(rejected), _key(pattern.strip())
    if not lost.codes or not wanted:
        return False
    return bool(lost.of_key(wanted)) or (not match(pattern, data_sets) and bool(lost.match(pattern)))


def similar(pattern: str, data_sets: Iterable[DataSet] | Index) -> tuple[str, ...]:
    """At most five codes of the readout that may be meant instead of one that is not there, the best first."""
    import difflib  # seldom wanted, and not cheap to load

    pattern = pattern.strip()[:LONGEST]
    wanted = split(pattern)
    ranked: list[tuple[float, int, str]] = []
    codes = [(code, split(code)) for code in index_of(data_sets).codes if code]
    codes.sort(key=lambda each: not (wanted and each[1] and wanted.c == each[1].c))
    for code, groups in codes[:MOST_COMPARED]:
        alike = difflib.SequenceMatcher(None, pattern.upper(), code.upper()).ratio()
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
