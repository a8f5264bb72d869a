# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Judges a received block by everything that the meter offers.

    parity      bit 7 of each character, where the line shows it: one flipped bit is seen, two in one character are not
    BCC         one character over the block, STX excluded, ETX included (6.3.5, ISO/IEC 1155), of seven bits: two flips in
                the same bit of two characters are not seen, nor is anything in bit 7
    CRC         16 bits over a P1 telegram, from "/" to "!" (DSMR P1 companion standard, 5.2)

No one of them is enough alone where the line is disturbed. One way to make the BCC for each meter: who accepts either lets
5 to 15 % of the single bit errors through.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import ChecksumError, ProtocolError
from ..texts import Text
from .block import DataMessage, Frame
from .characters import Parity, seven_bits

SUM_FLAGS = frozenset({'KAM', 'EKT'})   # FLAG ids of meters whose check character is a sum

_NO_FLIPPED_LETTER = bytes(range(128)) + b'\xff'


@dataclass(frozen=True)
class AcceptedBlock:
    """The data of an accepted block: `checked` names what vouches for it (parity, bcc, crc), `remarks` what was overlooked."""

    text: str                   # the data sets, line ends as received, without STX, ETX and BCC
    checked: tuple[str, ...]
    remarks: tuple[Text, ...]


def accept(message: DataMessage, parity: Parity, *, checksum: str = 'auto', strict: bool = True) -> AcceptedBlock:
    """
    The block, if it is whole, its frame undamaged, and BCC or CRC right.

    :param parity: what the characters of the session tell, those of this block counted in
    :param checksum: how the BCC is made: `xor`, `sum` (mod 128), or `auto`: as the manufacturer is known to do it
    :param strict: False accepts a wrong check and a damaged frame, too, and says so in `remarks`
    :raises ChecksumError: BCC or CRC is wrong
    :raises ProtocolError: cut or damaged, or a character with wrong parity in it
    """
    checked = ['parity'] if parity.visible else []
    remarks = []
    try:
        _check(message, parity.visible, checksum)
        if message.frame.value:
            checked.append(message.frame.value)
    except ProtocolError as error:
        if strict:
            raise
        remarks.append(Text('trotzdem angenommen: {de}', 'accepted all the same: {en}',
                            {'de': error.text('de'), 'en': error.text('en')}))
    if parity.wrong:
        raise ProtocolError(Text('{wrong} von {total} Zeichen haben falsche Parität',
                                 '{wrong} of {total} characters have wrong parity',
                                 {'wrong': parity.wrong, 'total': parity.total}))
    data = seven_bits(message.data) if parity.visible else message.data
    return AcceptedBlock(data.decode('latin-1'), tuple(checked), tuple(remarks))


def _check(message: DataMessage, parity_visible: bool, checksum: str) -> None:
    if message.damage:
        raise ProtocolError(message.damage)
    if message.frame is Frame.FRAMED:
        _check_bcc(message, checksum)
        if not parity_visible:
            _check_eighth_bit(message)
    elif message.frame is Frame.P1:
        _check_crc(message, parity_visible)


def _check_bcc(message: DataMessage, checksum: str) -> None:
    flag = message.identification.flag.upper() if message.identification else ''
    name = ('sum' if flag in SUM_FLAGS else 'xor') if checksum == 'auto' else checksum
    other = 'xor' if name == 'sum' else 'sum'
    received = message.check[0]
    computed = [CHECK_CHARACTERS[name](seven_bits(covered)) for covered in message.covered]
    if received in computed:
        return
    german, english = '', ''
    if any(received == CHECK_CHARACTERS[other](seven_bits(covered)) for covered in message.covered):
        german, english = '; als {other} würde es passen, siehe den Parameter checksum', (
            '; as {other} it would fit, see the parameter checksum')
    raise ChecksumError(Text(
        f'das Prüfzeichen des Blocks ist falsch: empfangen {{received:#04x}}, berechnet {{computed:#04x}} ({{name}}){german}',
        f'the block check character is wrong: received {{received:#04x}}, computed {{computed:#04x}} ({{name}}){english}',
        {'received': received, 'computed': computed[0], 'name': name, 'other': other}))


def _check_eighth_bit(message: DataMessage) -> None:
    """The BCC vouches for seven bits. 0xFF, with which meters fill texts, is no letter with its eighth bit flipped."""
    flipped = message.raw.translate(None, delete=_NO_FLIPPED_LETTER)
    if flipped:
        raise ProtocolError(Text(
            '{number} Zeichen haben ein achtes Bit, für das weder Parität noch Prüfzeichen bürgen',
            '{number} characters have an eighth bit that neither parity nor BCC vouches for', {'number': len(flipped)}))


def _check_crc(message: DataMessage, parity_visible: bool) -> None:
    """Its leading zeros may be missing."""
    covered = message.covered[0]
    computed = crc16(seven_bits(covered) if parity_visible else covered)
    received = int(message.check, 16) if re.fullmatch(rb'[0-9A-Fa-f]{1,4}', message.check) else None
    if received != computed:
        raise ChecksumError(Text('die CRC ist falsch: empfangen {received}, berechnet {computed:04X}',
                                 'the CRC is wrong: received {received}, computed {computed:04X}',
                                 {'received': message.check.decode('ascii', 'replace'), 'computed': computed}))


def _xor(data: bytes) -> int:
    return functools.reduce(operator.xor, data, 0)


def _sum(data: bytes) -> int:
    return sum(data) & 0x7F


# how meters make the block check character, by the values of the parameter checksum
CHECK_CHARACTERS: dict[str, Callable[[bytes], int]] = {'xor': _xor, 'sum': _sum}


def crc16(data: bytes) -> int:
    """The check of a P1 telegram: polynomial 0x8005 reflected, start value 0."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _CRC16[(crc ^ byte) & 0xFF]
    return crc


def _crc16_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC16 = tuple(map(_crc16_of, range(256)))
