# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Check characters made anew: what fitted before fits again, and what did not fit does not. Pure.

Which characters a check covers depends on where a reader begins, and noise may hold an STX: each place from which it can be
covered is tried, and each way in which it can be made. In those in which it fitted it fits again, in the others it does not.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, product, zip_longest
from operator import xor

from ..wire.characters import seven_bits
from ..wire.checking import crc16
from .telegram import Identification, Span

BCC = ('xor', 'sum')
CRC = ('crc', 'crc of seven bits')

_MARK = re.compile(rb'[\x01-\x04]')
_END_LINE = re.compile(rb'!([0-9A-Fa-f]{1,4})(?=[ \0\r]*(?:\n|\Z))')
# what may come before the data and does not count: the echo of an acknowledgement, noise
_BEFORE_DATA = re.compile(rb'(?:[^\x06(]*\x06[0-9A-Za-z:]{3}\r?\n)?[\x00-\x09\x0b\x0c\x0e-\x1f]*')
_TRIED_PLACES = 8       # of masked characters that are changed for a check: 256 tries

Reading = tuple[tuple[Span, ...], str]      # what a check covers, and how it is made


@dataclass(frozen=True)
class Check:
    """Where a check stands, how it can be read, the most likely reading first, and which of these readings it fits."""

    place: Span
    readings: tuple[Reading, ...]
    fitting: tuple[Reading, ...]

    @property
    def vouches_for(self) -> tuple[Span, ...]:
        """The characters that it shows to be as they were sent: it is made as it should be, and fits."""
        return self.fitting[0][0] if self.fitting and self.fitting[0][1] in (self.readings[0][1], *CRC) else ()


def find(data: bytes, borders: Sequence[int], identifications: Sequence[Identification], sums: bool) -> list[Check]:
    """
    The checks in what came, without parity bits.

    :param borders: places at which something was sent, in their order
    :param sums: the meter makes its block check characters as sums
    """
    return [*_crcs(data, borders, identifications), *_block_checks(data, borders, identifications, BCC[::-1] if sums else BCC)]


class _Sums:
    """XOR and sum of any stretch of characters."""

    def __init__(self, data: bytes | bytearray) -> None:
        seven = seven_bits(bytes(data))
        self._xor = list(accumulate(seven, xor, initial=0))
        self._sum = list(accumulate(seven, initial=0))

    def of(self, reading: Reading) -> int:
        ((begin, end),), made = reading
        return (self._xor[end] ^ self._xor[begin] if made == 'xor' else self._sum[end] - self._sum[begin]) & 0x7F


def _block_checks(data: bytes, borders: Sequence[int], identifications: Sequence[Identification],
                  ways: Sequence[str]) -> Iterator[Check]:
    """The character after each ETX or EOT, from each STX or SOH since the one before; an echo after that may not count."""
    seven, sums, echoes = seven_bits(data), _Sums(data), {line.begin: line.end for line in identifications}
    position, begins = 0, list[int]()
    while mark := _MARK.search(seven, position):
        position = mark.end()
        if mark[0] in b'\x01\x02':
            begins.append(position)
            if position in echoes:
                begins.append(echoes[position])
            continue
        number = bisect_left(borders, position)
        since = borders[number - 1] if number else 0
        begins.sort(key=lambda begin: begin < since)    # those since the last message first
        spans, begins = [((begin, position),) for begin in begins], []
        if not spans or position == len(data) or borders[number:number + 1] == [position]:
            continue
        readings = tuple((span, made) for made in ways for span in spans)
        fitting = tuple(reading for reading in readings if sums.of(reading) == seven[position])
        yield Check((position, position + 1), readings, fitting)
        position += bool(fitting)


def _crcs(data: bytes, borders: Sequence[int], identifications: Sequence[Identification]) -> Iterator[Check]:
    """The digits after the first "!" after each identification, and after each answer to it: that brings the data, or again."""
    seven = seven_bits(data)
    for line, following in zip_longest(identifications, identifications[1:]):
        limit = following.begin if following else len(data)
        begins = [line.end, *borders[bisect_left(borders, line.end):bisect_left(borders, limit)], limit]
        for number, (begin, end) in enumerate(pairwise(begins)):
            found = _END_LINE.search(seven, begin, end)
            if not found:
                continue
            end = found.start() + 1
            before = _BEFORE_DATA.match(seven, begin, end)
            firsts = dict.fromkeys((begin, before.end() if before else begin))
            covered: list[tuple[Span, ...]] = [((line.begin, line.end), (first, end)) for first in firsts]
            if number == 1:
                covered.append(((line.begin, end),))      # what came before the first answer may count
            readings = tuple(product(covered, CRC))
            yield Check(found.span(1), readings, tuple(each for each in readings if _crc(data, each) == int(found[1], 16)))


def _crc(data: bytes | bytearray, reading: Reading) -> int:
    spans, made = reading
    covered = b''.join(bytes(data[begin:end]) for begin, end in spans)
    return crc16(covered if made == 'crc' else seven_bits(covered))


def correct(checks: Sequence[Check], masked: bytearray, free: Sequence[Sequence[int]]) -> None:
    """
    Make the checks of what was masked, without parity bits, as right or wrong as they were.

    :param free: places of masked characters that may become others where a check needs that, in their order; rather the last ones
    """
    for check in checks:
        if check.readings[0][1] in CRC:
            _correct_crc(check, masked, free)
    sums = _Sums(masked)
    for check in checks:
        if check.readings[0][1] in BCC:
            sums = _correct_bcc(check, masked, sums, free)


def _correct_crc(check: Check, masked: bytearray, free: Sequence[Sequence[int]]) -> None:
    """Its leading zeros may have been dropped: then others have to come for it."""
    begin, end = check.place
    limit = 16 ** (end - begin)
    if not check.fitting:
        fitting = {_crc(masked, reading) for reading in check.readings}
        number = next(number for number in range(len(fitting) + 1) if number not in fitting)
    else:
        for _ in _changes(masked, check.fitting[0][0], free):
            number = _crc(masked, check.fitting[0])
            if number < limit:
                break
    masked[begin:end] = b'%0*X' % (end - begin, number % limit)


def _correct_bcc(check: Check, masked: bytearray, sums: _Sums, free: Sequence[Sequence[int]]) -> _Sums:
    """The sums are others afterwards, if it had to be changed what they are of."""
    place = check.place[0]
    others = [reading for reading in check.readings if reading not in check.fitting]
    now = masked[place] & 0x7F
    if not check.fitting:
        fitting = {sums.of(reading) for reading in others}
        masked[place] ^= next((change for change in range(0x80)
                               if now ^ change not in fitting and bool(now ^ change) == bool(now)), 0)
        return sums
    for number, _ in enumerate(_changes(masked, check.fitting[0][0], free)):
        sums = _Sums(masked) if number else sums
        right = sums.of(check.fitting[0])
        told_apart = check.vouches_for or all(sums.of(reading) != right for reading in others)
        if told_apart and bool(right) == bool(now):     # a UART hands over NUL in the place of a damaged character
            break       # a reader that finds it right looks no further
    masked[place] = masked[place] & 0x80 | right
    return sums


def _changes(masked: bytearray, spans: tuple[Span, ...], free: Sequence[Sequence[int]]) -> Iterator[None]:
    """The masked characters as they are, then some of those in the spans changed, again and again in another way."""
    yield
    places = [place for each in free for begin, end in spans for place in each[bisect_left(each, begin):bisect_left(each, end)]]
    places = places[-_TRIED_PLACES:]
    for number in range(1, 2 ** len(places)):
        for bit, place in enumerate(places):
            masked[place] ^= (number ^ number - 1) >> bit & 1
        yield
