# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
How a value is masked: letters X, digits 0, and of the same form as before. Pure.

Two values of the same code that were different stay so: a copy that differed from the first still differs, a counter that
fell still falls. The second one ends with 1, the third with 2, in the order of the values.
"""

from __future__ import annotations

from ..evidence.forms import form, is_padded
from ..obis.data_sets import DataSet, Value
from .characters import mask

_MOST = 10_000          # that can be told apart


class Variants:
    """The values of a session that are masked."""

    def __init__(self) -> None:
        self._shown: set[tuple[str, str]] = set()
        self._texts: dict[tuple[str, str], set[str]] = {}       # by code and text as masked
        self._variants: dict[tuple[str, str], dict[str, str]] = {}

    def show(self, code: str, text: str) -> None:
        """This text of this code stays."""
        self._shown.add((code, text))

    def is_shown(self, code: str, text: str) -> bool:
        """It stays elsewhere."""
        return (code, text) in self._shown

    def add(self, code: str, text: str, masked: str) -> None:
        """This text of this code is to be masked."""
        self._texts.setdefault((code, masked), set()).add(text)

    def of(self, code: str, text: str, masked: str) -> str:
        """How it is masked, as soon as all are told."""
        variants = self._variants.get((code, masked))
        if variants is None:
            free = (each for each in (_numbered(masked, number) for number in range(_MOST)) if (code, each) not in self._shown)
            variants = {each: next(free, masked) for each in sorted(self._texts[code, masked])}
            self._variants[code, masked] = variants
        return variants[text]


def _numbered(masked: str, number: int) -> str:
    """The masked text, a number written into its last masked characters; the first one stays, if there are others."""
    characters = list(masked)
    places = [place for place, c in enumerate(masked) if c in '0X']
    for place in reversed(places[1:] or places):
        if not number:
            break
        base, first = (10, '0') if characters[place] == '0' else (26, 'X')
        number, digit = divmod(number, base)
        characters[place] = str(digit) if first == '0' else chr(ord('A') + (ord('X') - ord('A') + digit) % 26)
    return ''.join(characters)


def masked_value(code: str, text: str, unit: str | None) -> str:
    """The text masked, of the same form; a number that had no leading zeros gets none."""
    masked = mask(text.encode('latin-1')).decode('latin-1')
    if _looks(code, masked, unit) != _looks(code, text, unit):
        masked = masked.replace('0', '1', 1)
    return masked


def _looks(code: str, text: str, unit: str | None) -> tuple[str, bool]:
    value = Value(text, unit)
    return form(code, value, False), is_padded((DataSet(code, (value,)),))
