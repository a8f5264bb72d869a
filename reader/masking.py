# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
A recorded session without the numbers by which meter and owner could be known, to be shown to others. Pure.

Letters become X, digits 0: in the identification behind the speed character, in the values of device and customer
numbers, in the address that is asked for, in the name of the port. Lengths, times and speeds stay; parity bits and check
characters are made anew so that what was right stays right and what was wrong stays wrong: a masked session replays like
the real one.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .obis.codes import PERSONAL_NUMBERS
from .session import RECEIVED, SENT, Session
from .wire.characters import Parity, seven_bits
from .wire.checking import CHECK_CHARACTERS, crc16
from .wire.messages import FLAG_ID

# Characters of a secret that is masked wherever it stands, and of one also with a damaged character in it; what is
# shorter could be anything, and is masked in its place only.
SHORTEST_SECRET, SHORTEST_DAMAGED = 6, 8

# what stands behind FLAG id, speed character and escapes
_IDENTIFICATION = re.compile(rb'/' + FLAG_ID + rb'[ -~]?(?:\\[ -~])*([^\r\n\x02\x03]*)')
_REQUEST = re.compile(rb'/[!-~]([0-9A-Za-z ]{1,32})!')
# device and customer numbers in short and in long codes; the values, whole or cut
_NUMBER = re.compile(rb'(?<![0-9A-Za-z.])(?:%s)(?:\.[0-9]{1,3})?(?:[*&][0-9]{1,3})?((?:\([^()\r\n]*\)?)+)'
                     % '|'.join(rf'{c}\.{d}' for c, d in PERSONAL_NUMBERS).encode())
_VALUE = re.compile(rb'[^()*]+')
_CHECKED_BY_BCC = re.compile(rb'[\x01\x02]([^\x01\x02\x03]*[\x03\x04])(.)', re.DOTALL)
_CHECKED_BY_CRC = re.compile(rb'(/[^!/]*!)([0-9A-Fa-f]{4})')
_MASK = bytes(ord('0') if chr(c) in '0123456789' else ord('X') if c < 128 and chr(c).isalpha() else c for c in range(256))


def masked(session: Session) -> Session:
    """The session with identification, numbers, address and port made unrecognizable."""
    streams = {way: b''.join(e.data for e in session.events if e.kind == way) for way in (SENT, RECEIVED)}
    plain = {way: seven_bits(data) for way, data in streams.items()}
    secrets = _secrets(plain, session.settings.device_address)
    parts = {way: _Parts(_mask_stream(streams[way], plain[way], secrets)) for way in streams}
    events = tuple(replace(e, data=parts[e.kind].take(len(e.data)) if e.kind in parts else b'',
                           text=_mask_note(e.text, secrets, session.settings.serialport)) for e in session.events)
    settings = replace(session.settings, serialport=_mask_port(session.settings.serialport),
                       device_address=_mask_text(session.settings.device_address))
    return Session(settings, events, replace(session.memory, head='', number=''))


class _Parts:
    """A stream, handed out in the parts in which it came."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, length: int) -> bytes:
        self._position += length
        return self._data[self._position - length:self._position]


def _places(plain: bytes) -> list[tuple[int, int]]:
    """Where something secret is by its position in the protocol."""
    places = [found.span(1) for pattern in (_IDENTIFICATION, _REQUEST) for found in pattern.finditer(plain)]
    for found in _NUMBER.finditer(plain):
        begin = found.start(1)
        places += [(begin + value.start(), begin + value.end()) for value in _VALUE.finditer(found[1])]
    return places


def _secrets(plain: dict[str, bytes], address: str) -> set[bytes]:
    texts = {data[begin:end].strip() for data in plain.values() for begin, end in _places(data)} | {address.encode()}
    return {text for text in texts if len(text) >= SHORTEST_SECRET and text.strip(b'0X ')}


def _elsewhere(secrets: set[bytes]) -> re.Pattern[bytes] | None:
    """Finds the secrets anywhere, longer ones also with one damaged character."""
    forms = []
    for secret in sorted(secrets, key=len, reverse=True):
        forms += [re.escape(secret)] if len(secret) < SHORTEST_DAMAGED else [
            re.escape(secret[:i]) + b'.' + re.escape(secret[i + 1:]) for i in range(len(secret))]
    return re.compile(b'|'.join(forms)) if forms else None


def _mask_stream(raw: bytes, plain: bytes, secrets: set[bytes]) -> bytes:
    result = bytearray(plain)
    anywhere = _elsewhere(secrets)
    places = _places(plain) + ([found.span() for found in anywhere.finditer(plain)] if anywhere else [])
    for begin, end in places:
        result[begin:end] = plain[begin:end].translate(_MASK)
    _correct_checks(plain, result)
    parity = Parity()
    parity.feed(raw)
    if not parity.visible:
        return bytes(character & 0x80 | new for character, new in zip(raw, result, strict=True))
    # a parity bit stays as right or wrong as it was
    return bytes(character & 0x80 ^ ((old ^ new).bit_count() & 1) << 7 | new
                 for character, old, new in zip(raw, plain, result, strict=True))


def _correct_checks(plain: bytes, result: bytearray) -> None:
    """Check characters that fit before fit again."""
    for found in _CHECKED_BY_BCC.finditer(plain):
        begin, end = found.span(1)
        old, new, check = plain[begin:end], bytes(result[begin:end]), plain[end]
        for computed in CHECK_CHARACTERS.values():
            if computed(old) == check:
                result[end] = computed(new)
                break
    for found in _CHECKED_BY_CRC.finditer(plain):
        if int(found[2], 16) == crc16(found[1]):
            begin, end = found.span(2)
            result[begin:end] = b'%04X' % crc16(bytes(result[found.start(1):found.end(1)]))


def _mask_text(text: str) -> str:
    return ''.join('0' if c.isdigit() else 'X' if c.isalpha() else c for c in text)


def _mask_port(port: str) -> str:
    """The last part of it: names below by-id hold the number of the adapter, URLs an address in the house."""
    folder, slash, name = port.rpartition('/')
    return folder + slash + _mask_text(name)


def _mask_note(text: str, secrets: set[bytes], port: str) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret.decode('ascii'), _mask_text(secret.decode('ascii')))
    return text.replace(port, _mask_port(port))
