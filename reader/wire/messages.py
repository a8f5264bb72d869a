# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The messages that begin a dialogue: what the reader sends, and how the meter says who it is.

    request           / ? address ! CR LF                            (6.3.1)
    identification    / X X X Z [\\ W]... ident CR LF                 (6.3.2)
                        |     |   |       '- the manufacturer's own
                        |     |   '- escapes: what else the meter can do
                        |     '- speed character, which tells the mode, too (6.3.14)
                        '- FLAG id of the manufacturer
    acknowledgement   ACK V Z Y CR LF                                (6.3.3)
                          | | '- 0: readout
                          | '- speed character
                          '- 0: normal protocol

Around an identification there are echoes, noise, and telegrams that were joined in the middle. It is a whole line, or
stands at its end; what comes after it is left for who knows what it is (`rest`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import ProtocolError, SettingsError
from ..texts import Text
from .characters import ACK, CONTROL_CHARACTERS, ETX, MAX_MESSAGE, Received

# speed characters Z of the identification (6.3.14, items 13b and 13c)
SPEEDS_B = dict(zip('ABCDEF', (600, 1200, 2400, 4800, 9600, 19200), strict=True))
SPEEDS_C = dict(zip('0123456', (300, 600, 1200, 2400, 4800, 9600, 19200), strict=True))
RESERVED = frozenset('GHI789')
START_SPEED = 300                   # Bd, every dialogue begins with it (5.4)

SETTINGS = ('CTIME', 'MCVAL')       # what follows them is set by some meters, without a session or a password

FLAG_ID = rb'[A-Za-z]{2}[A-Za-z0-9_]'   # three letters by the standard; real ones: LG_, ZD5

# The real ones: no ident at all, blanks in and after it, a blank as Z. No brackets: that is a line of data.
_IDENTIFICATION = re.compile(rb'/(' + FLAG_ID + rb')(.?)((?:\\.)*)(.*)')
_CHARACTERS = bytes(c for c in range(0x20, 0x7F) if c not in b'()')     # of an identification
_LINE_END = re.compile(b'\n')


def request(address: str = '', query_code: str = '?') -> bytes:
    """
    The request message (6.3.1): with `address` only that meter answers, without every one on the line.

    :raises SettingsError: more than 32 characters, others than digits, letters and blanks, or a query code that is not one
        printable character (`?` by the standard, vendors use others)
    """
    if not re.fullmatch(r'[0-9A-Za-z ]{0,32}', address):
        raise SettingsError(Text('device_address {address!r}: möglich sind höchstens 32 Ziffern, Buchstaben und Leerzeichen',
                                 'device_address {address!r}: at most 32 digits, letters and blanks are possible',
                                 {'address': address}))
    if address.startswith(SETTINGS):
        raise SettingsError(Text('device_address {address!r}: damit stellen Zähler ihre Uhr oder Anzeige',
                                 'device_address {address!r}: by that meters set their clock or display', {'address': address}))
    if not re.fullmatch(r'[!-~]', query_code):
        raise SettingsError(Text('querycode {code!r}: möglich ist ein druckbares Zeichen',
                                 'querycode {code!r}: one printable character is possible', {'code': query_code}))
    return f'/{query_code}{address}!\r\n'.encode('ascii')


def acknowledgement(speed_character: str) -> bytes:
    """The acknowledgement that asks for a readout (V = 0, Y = 0) at the speed of `speed_character` (6.3.3)."""
    return ACK + f'0{speed_character}0\r\n'.encode('ascii')


@dataclass(frozen=True)
class Identification:
    """What a meter says of itself in its identification message (6.3.2); `str()` is the line, from "/" on."""

    line: str
    flag: str                   # manufacturer's FLAG id, upper and lower case as sent
    speed_character: str        # Z; empty where the message ends before
    escapes: tuple[str, ...]    # W of each pair \\W
    type: str                   # what follows, the manufacturer's own

    @property
    def mode(self) -> str:
        """A, B or C, as the speed character says it; a mode D meter does not ask."""
        if self.speed_character.isdigit():
            return 'C'
        return 'B' if 'A' <= self.speed_character <= 'I' else 'A'

    @property
    def reserved(self) -> bool:
        """Z is one of those that the standard keeps for later."""
        return self.speed_character in RESERVED

    @property
    def baudrate(self) -> int:
        """The speed in Bd to which the meter offers to change (mode C) or changes (mode B), else 300."""
        return (SPEEDS_C | SPEEDS_B).get(self.speed_character, START_SPEED)

    @property
    def reaction_time(self) -> float:
        """The shortest time in s from a message to its answer (6.4.3): 20 ms if the third letter is lower case."""
        return 0.02 if self.flag[2].islower() else 0.2

    def __str__(self) -> str:
        return self.line


class IdentificationReader:
    """
    Finds the identification message among echo and noise.

    :param request: the request sent; its echo is no identification
    :param listening: nothing was sent: the message stands at the beginning of a line, what comes before is a telegram
        that was joined in the middle
    """

    def __init__(self, request: bytes = b'', *, listening: bool = False) -> None:
        self.raw = b''                  # the message as received, from "/" to LF
        self.rest = b''                 # what came after it
        self._request = request.strip()
        self._listening = listening
        self._received = Received(request)
        self._line = 0                  # where the line begins that has not ended yet

    @property
    def characters(self) -> int:
        """How many were fed so far."""
        return len(self._received.raw)

    @property
    def received(self) -> bytes:
        """A copy of all that was fed so far."""
        return bytes(self._received.raw)

    @property
    def answered(self) -> bool:
        """Something came that is neither NUL nor the echo of the request, nor the beginning of that."""
        return self._received.answered

    @property
    def is_text(self) -> bool:
        """This is the right speed, joined in the middle of a telegram: nearly all characters that came are text."""
        return self._received.is_text

    def feed(self, data: bytes) -> Identification | None:
        """
        The message as soon as it is whole, else None.

        :raises ProtocolError: 256 KiB without one
        """
        self._received.add(data)
        while self._received.find(_LINE_END):
            start, self._line = self._line, self._received.position
            line = bytes(self._received.plain[start:self._line])
            if found := self._identification_in(line):
                self.raw = bytes(self._received.raw[start + found.start():self._line])
                self.rest = bytes(self._received.raw[self._line:])
                return _identification(found)
        if self.characters > MAX_MESSAGE:
            raise ProtocolError(Text('keine Identifikation in {number} Zeichen', 'no identification in {number} characters',
                                     {'number': MAX_MESSAGE}))
        return None

    def _identification_in(self, line: bytes) -> re.Match[bytes] | None:
        if b'/' not in line or (self._request and line.rstrip().endswith(self._request)):
            return None
        text, first = _split(line)
        if not self._listening:
            return _IDENTIFICATION.search(text, first)
        starts = [start for start in (first + 1, first) if _may_begin_telegram(text, start)]
        return next(filter(None, (_IDENTIFICATION.match(text, start) for start in starts)), None)


def is_identification(line: bytes) -> bool:
    """This line (seven bits, with its end) is an identification and nothing else."""
    text, first = _split(line)
    return first == 0 and _IDENTIFICATION.match(text) is not None


def _split(line: bytes) -> tuple[bytes, int]:
    """The line without its end, and where an identification can begin in it: after the last character that is in none."""
    text = line.rstrip(b'\r\n')
    return text, len(text.rstrip(_CHARACTERS))


def _may_begin_telegram(text: bytes, start: int) -> bool:
    """Nothing but the end of a frame (ETX BCC) and noise stands before it in its line."""
    before = len(text[:start].rstrip(CONTROL_CHARACTERS))       # where the noise begins, to which ETX belongs
    return before == 0 or ETX in text[max(before - 2, 0):start - 1]


def _identification(found: re.Match[bytes]) -> Identification:
    flag, speed, escapes, rest = (part.decode('ascii') for part in found.groups())
    return Identification(found[0].decode('ascii'), flag, speed, tuple(escapes[1::2]), rest)
