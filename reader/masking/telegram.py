# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What of the characters of a session may be shown: the shapes of the protocol in them, and what stays of each. Pure.

All else is masked: what is cut or damaged fits no shape.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..obis.codes import LONGEST, is_code
from ..obis.data_sets import GLUED_CODE, values_of
from ..wire.messages import FLAG_ID
from .values import code_stays, unit_stays, value_stays

Span = tuple[int, int]      # begin and end

DAMAGED = '\ufffd'          # stands for a character of which is known that it is damaged
_UNSOUND = -1               # where a data set begins for which nothing vouches

# a pair of brackets with what is in it, text, line ends, and any other character
_TOKEN = re.compile(
    r'\((?P<group>[^()\x00-\x1f\x7f\ufffd]*)\)|(?P<text>[^()\r\n\x01-\x04]+)|(?P<ends>[\r\n]+)|(?P<stx>\x02)|.', re.DOTALL)
_NOISE = ''.join(map(chr, range(0x21))) + '\x7f\xff'      # what the parser passes over before a code
_IDENTIFICATION = re.compile(rf'/{FLAG_ID.decode()}.?(?:\\.)*')     # up to the type
_IN_IDENTIFICATION = ''.join(chr(c) for c in range(0x20, 0x7F) if chr(c) not in '()')
_ACKNOWLEDGEMENT = re.compile(r'\x06([0-9][0-9A-Za-z:][0-9])(?=[\r\n]|\Z)')
_REQUEST = re.compile('/([!-~])[0-9A-Za-z ]{0,32}!')
_COMMAND = re.compile(r'\x01([PRWEB][0-9])')
_PASSWORD = re.compile(r'\x01P[0-9]\x02([^\x03]*)')        # and the operand for it (P0)
_CRC = re.compile(r'!([0-9A-Fa-f]{1,4})(?=[ \0\r]*(?:\n|\Z))')


class Identification(NamedTuple):
    """Where an identification is: its beginning, its type, and its end with line ends."""

    begin: int
    type: Span
    end: int


@dataclass(frozen=True)
class Place:
    """A value: where it is, and of which data set."""

    begin: int
    end: int
    code: str
    unit: str | None
    sound: bool         # check characters vouch for it


@dataclass
class Found:
    """What was found in a text."""

    stays: list[Span] = field(default_factory=list)         # of the protocol, codes, units
    shown: list[Place] = field(default_factory=list)        # values that may stay
    hidden: list[Place] = field(default_factory=list)       # values that may not
    crcs: list[Span] = field(default_factory=list)          # what has to stay hexadecimal
    secret: list[Span] = field(default_factory=list)        # passwords, and what they are made of


def identifications(text: str, begin: int, end: int) -> list[Identification]:
    """Those between two places of a text in seven bits, as the reader of messages sees them; the last one may be cut."""
    found = []
    while begin < end:
        next_line = text.find('\n', begin, end) + 1 or end
        line = text[begin:next_line].rstrip('\r\n')
        head = _IDENTIFICATION.search(line, len(line.rstrip(_IN_IDENTIFICATION)))
        if head:
            found.append(Identification(begin + head.start(), (begin + head.end(), begin + len(line)), next_line))
        begin = next_line
    return found


def find_data(text: str, begin: int, end: int, sound: Sequence[Span], found: Found) -> None:
    """
    Add to `found` the data sets between two places of a text.

    :param text: seven bits, or eight where these are no parity; damaged characters as `DAMAGED`
    :param sound: what check characters vouch for
    """
    _Data(text, sound, found).find(begin, end)


def find_protocol(text: str, begin: int, end: int, found: Found) -> None:
    """Add what is neither data nor identification, between two places of a text in seven bits."""
    for pattern in (_ACKNOWLEDGEMENT, _COMMAND, _REQUEST):
        found.stays += (each.span(1) for each in pattern.finditer(text, begin, end))
    found.secret += (each.span(1) for each in _PASSWORD.finditer(text, begin, end))
    found.crcs += (each.span(1) for each in _CRC.finditer(text, begin, end))


class _Data:
    """Finds data sets by the rules of the parser; what that would have to guess is masked."""

    def __init__(self, text: str, sound: Sequence[Span], found: Found) -> None:
        self._text, self._sound, self._found = text, sound, found
        self._begin_telegram()

    def _begin_telegram(self) -> None:
        self._code = ''             # of the set that is continued
        self._index = 0             # of its next value
        self._begin = _UNSOUND
        self._lost = False          # it is damaged

    def find(self, begin: int, end: int) -> None:
        """All of them between two places."""
        head: Span | None = None    # text that has not found its group yet
        for token in _TOKEN.finditer(self._text, begin, end):
            group = token['group']
            if head and group is None:
                self._no_data(*head)
            elif head:
                self._head(*head)
            head = token.span() if token['text'] else None
            if group is not None and not self._lost:
                self._group(group, token.start('group'), token.end())
            elif token['stx']:
                self._begin_telegram()
            elif group is None and not (token['text'] or token['ends']):
                self._lost = True

    def _no_data(self, begin: int, end: int) -> None:
        text = self._text[begin:end].strip(_NOISE)
        if text.startswith(('/', '!')):
            self._begin_telegram()
        elif text:
            self._lost = True

    def _head(self, begin: int, end: int) -> None:
        """The text before a group: a code, or something damaged."""
        text = self._text[begin:end].lstrip(_NOISE)
        if text.startswith(('/', '!')):
            text = text[text.rfind(' ') + 1:]
        if not text:
            return              # noise: it may continue the set before
        self._begin = begin if len(text) == end - begin else _UNSOUND
        if not is_code(text):
            glued = GLUED_CODE.fullmatch(text) if len(text) <= 2 * LONGEST else None
            text, self._begin = text[glued.end(1):] if glued else '', _UNSOUND
        self._code, self._index, self._lost = text, 0, not text
        if code_stays(text):
            self._found.stays.append((end - len(text), end))

    def _group(self, group: str, begin: int, end: int) -> None:
        sound = any(first <= self._begin and end <= last for first, last in self._sound)
        for value in values_of(group, self._code):
            place = Place(begin, begin + len(value.value), self._code, value.unit, sound)
            stays = value_stays(self._code or None, self._index, value, sound)
            (self._found.shown if stays else self._found.hidden).append(place)
            self._index += 1
            begin = place.end
            if value.unit is not None:
                begin = self._text.index(value.unit, begin + (self._text[begin] == '*'))
                if unit_stays(value.unit):
                    self._found.stays.append((begin, begin + len(value.unit)))
                begin += len(value.unit) + 1
