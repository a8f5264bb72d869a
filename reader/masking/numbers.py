# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Numbers by which a meter or its owner can be known, and the forms in which they may stand elsewhere. Pure.

A number that was seen once is masked wherever it stands: as it is, without its leading zeros, in hexadecimal, backwards, and in
bytes of two digits each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LEAST, LONGEST = 6, 64      # characters of a number that is looked for elsewhere: what is shorter could be anything
MOST = 200                  # numbers of a session

_PART = re.compile('[0-9A-Za-z]+')
_HEXADECIMAL = re.compile('(?:[2-7][0-9A-Fa-f]){3,}')


def is_number(text: str) -> bool:
    """It is long enough to be looked for, and not masked already."""
    return LEAST <= len(text) <= LONGEST and bool(text.strip('0X -.'))


def numbers_in(text: str) -> frozenset[str]:
    """The numbers that a value under a code for one holds: the whole, its parts, and what is in them in hexadecimal."""
    text = text.strip()[:2 * LONGEST]
    parts = {text, ''.join(_PART.findall(text)), *_PART.findall(text)}
    parts |= {part.lstrip('0') for part in parts} | {digits for part in parts for digits in re.findall('[0-9]+', part)}
    parts |= {bytes.fromhex(part).decode('ascii') for part in parts if _HEXADECIMAL.fullmatch(part)}
    return frozenset(filter(is_number, parts))


class Known:
    """Numbers that are known, and words that the user wants masked, too."""

    def __init__(self, numbers: Iterable[str], words: Iterable[str] = ()) -> None:
        texts = set(sorted({part for number in numbers for part in numbers_in(number)})[:MOST])
        self._words = {word for word in words if word.strip()}
        self._texts = {form for text in texts for form in _forms(text)} | {f for word in self._words for f in _forms(word)}
        self._bytes = {data for text in texts for data in _bytes_of(text)}
        self._pieces = {text[i:i + LEAST] for text in self._texts for i in range(len(text) - LEAST + 1)}
        self._pieces = set(filter(is_number, self._pieces))

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where they stand in a text."""
        low = text.lower()
        return [place for form in self._texts for place in _places(low, form.lower())]

    def places_in_bytes(self, data: bytes) -> list[tuple[int, int]]:
        """Where they stand in characters that hold two digits each."""
        return [place for form in self._bytes for place in _places(data, form)]

    def holds_piece(self, text: str) -> bool:
        """A piece of six characters of one of them is in this text."""
        return any(text[i:i + LEAST] in self._pieces for i in range(len(text) - LEAST + 1))


def _places(text: str | bytes, form: str | bytes) -> Iterable[tuple[int, int]]:
    begin = text.find(form)  # type: ignore[arg-type]
    while begin >= 0:
        yield begin, begin + len(form)
        begin = text.find(form, begin + 1)  # type: ignore[arg-type]


def _forms(text: str) -> set[str]:
    data = text.encode('utf-8')
    forms = {text, data.hex(), data[::-1].hex()}
    if text.isascii() and text.isdigit():
        forms.add(f'{int(text):x}')
    return {form for each in forms for form in (each, each[::-1]) if form == text or len(form) >= LEAST}


def _bytes_of(text: str) -> set[bytes]:
    digits = text if len(text) % 2 == 0 else '0' + text
    if not re.fullmatch('[0-9A-Fa-f]+', digits):
        return set()
    data = bytes.fromhex(digits)
    return {data, data[::-1]}
