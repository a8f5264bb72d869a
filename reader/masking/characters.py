# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Single characters, masked: letters become X, digits 0, all others stay, and what the reader asks of a character stays as well.

On a line with parity bits what was right stays right, and what was wrong stays wrong. Of characters that came at another speed
nobody knows what they were: each becomes the first one that looks the same to the diagnosis. Frames of another protocol hold
numbers in all of their bytes: nothing stays of them but what shows which protocol it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ..diagnosis.characters import looks
from ..diagnosis.symptoms import SML_START

ZERO, LETTER = '0', 'X'

_LETTERS = frozenset(b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
_DIGITS = frozenset(b'0123456789')
_MASK = bytes(c & 0x80 | (ord(ZERO) if c & 0x7F in _DIGITS else ord(LETTER) if c & 0x7F in _LETTERS else c & 0x7F)
              for c in range(256))
# of a foreign frame: the marks of all protocols stay, all else that can be printed becomes 0, all that cannot NUL
_FOREIGN = bytes(c if c in b'\r\n~\x1b' else ord(ZERO) if 0x20 <= c & 0x7F < 0x7F else 0 for c in range(256))
_MARKS = re.compile(rb'%s|~[\xa0-\xa7].|h(.)\1h' % re.escape(SML_START), re.DOTALL)


def mask(data: bytes) -> bytes:
    """Letters and digits masked, their eighth bit as it was."""
    return data.translate(_MASK)


def mask_text(text: str) -> str:
    """Letters and digits masked, those of other alphabets, too."""
    return ''.join(ZERO if c.isdigit() else LETTER if c.isalpha() else c for c in text)


def with_parity_of(raw: bytes, masked: bytes) -> bytes:
    """The masked characters, seven bits each, with a parity as right or wrong as that of the raw ones."""
    return bytes(masked | (old & 0x80) ^ ((old & 0x7F ^ masked).bit_count() & 1) << 7
                 for old, masked in zip(raw, masked, strict=True))


def mask_garbage(raw: bytes) -> bytes:
    """Characters of another speed."""
    return raw.translate(_garbage())


@lru_cache(maxsize=1)
def _garbage() -> bytes:
    first: dict[object, int] = {}
    letters_and_digits = [c for c in (ord(ZERO), ord(LETTER), *range(256)) if c & 0x7F in _LETTERS | _DIGITS]
    for c in letters_and_digits:
        first.setdefault((looks(c), c & 0x7F in _DIGITS), c)
    return bytes(first[looks(c), c & 0x7F in _DIGITS] if c in letters_and_digits else c for c in range(256))


def mask_foreign(raw: bytes) -> bytes:
    """Frames of SML, HDLC or M-Bus: nothing stays but the marks by which they are known."""
    result = bytearray(raw.translate(_FOREIGN))
    for begin, end in marks(raw, 0, len(raw)):
        result[begin:end] = raw[begin:end]
    return bytes(result)


def marks(raw: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the marks are by which another protocol is known."""
    return (found.span() for found in _MARKS.finditer(raw, begin, end))


