# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a reader compares stays alike where it was alike, and different where it was different. Pure.

All functions change the masked characters; parity bits are not among them, where the line shows them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import eq

from ..diagnosis.characters import shows_parity
from .characters import LETTER, ZERO, with_parity_of
from .runs import TEXT, Run
from .telegram import DAMAGED, Identification, Span

LINE_FEED = 0x0A


def keep_echoes(masked: bytearray, plain: str, query_code: str, address: str) -> None:
    """An echo in which a character of the address is another one still differs from the request."""
    begin = f'/{query_code}'
    place = plain.find(begin) if address else -1
    while place >= 0:
        for index, expected in enumerate(address, place + len(begin)):
            came = plain[index:index + 1]
            if not (came.isalnum() or came == ' '):
                break
            if came != expected:
                masked[index] ^= ord(ZERO) ^ ord(LETTER)
        place = plain.find(begin, place + 1)


def keep_lines(masked: bytearray, seen: bytes, begins: Iterable[int], free: Sequence[int]) -> None:
    """
    Lines that are the same stay so, as the one of them of which most is shown; and lines that differ still do: of those that
    would be the same the second one gets a 1 at its end, the third one a 2.

    :param begins: where lines begin that no line end comes before: a check character is no part of the next identification
    :param free: places of masked characters that may become others, in their order
    """
    lines = [(seen[begin:end], begin, end) for begin, end in _lines(seen, begins, 0, len(seen))]
    shown: dict[bytes, bytes] = {}
    for line, begin, end in lines:
        text = bytes(masked[begin:end])
        if line not in shown or _alike(line, text) > _alike(line, shown[line]):
            shown[line] = text
    variants: dict[bytes, dict[bytes, int]] = {}
    for line, begin, end in lines:
        masked[begin:end] = shown[line]
        variant = variants.setdefault(shown[line], {})
        number = variant.setdefault(line, len(variant))
        for place in reversed(free[bisect_left(free, begin):bisect_left(free, end)] if number else ()):
            number, digit = divmod(number, 10)
            if masked[place] != seen[place]:
                masked[place] += digit if masked[place] == ord(ZERO) else -digit


def _lines(data: bytes, begins: Iterable[int], first: int, last: int) -> Iterator[Span]:
    """Those between two places, without their line feeds; more begin where the caller says."""
    feeds = (place + 1 for place in range(first, last) if data[place] == LINE_FEED)
    places = sorted({first, last, *feeds, *(begin for begin in begins if first < begin < last)})
    return ((begin, end - (data[end - 1] == LINE_FEED)) for begin, end in pairwise(places))


def _alike(one: bytes, other: bytes) -> int:
    return sum(map(eq, one, other))


def keep_parity(masked: bytearray, data: bytes, text: str, runs: Iterable[Run], lines: Iterable[Identification]) -> None:
    """The damaged characters of an identification do not hide that it shows parity bits, or look like some."""
    for line in lines:
        span = slice(line.begin, line.end)
        if not any(run.parity and run.begin <= line.begin < run.end for run in runs):
            continue
        if shows_parity(data[span]) != shows_parity(with_parity_of(data[span], bytes(masked[span]))):
            for place in range(line.begin, line.end):
                if text[place] == DAMAGED:
                    masked[place] ^= _odd(masked[place]) ^ _odd(data[place] & 0x7F)


def keep_wrong_parity(masked: bytearray, seen: bytes, setting: str, runs: Iterable[Run], begins: Iterable[int],
                      free: Sequence[int]) -> None:
    """Where the setting does not suit the line, as many characters as before look wrong, in each line if that can be."""
    for run in runs:
        if run.kind != TEXT or setting not in (('none', 'even') if run.parity else ('software',)):
            continue
        missing = 0     # of the lines so far: the next telegram is not to make up for this one
        for begin, end in _lines(seen, begins, run.begin, run.end):
            missing += sum(map(_odd, seen[begin:end])) - sum(map(_odd, masked[begin:end]))
            places = [place for place in free[bisect_left(free, begin):bisect_left(free, end)]
                      if _odd(masked[place]) == (missing < 0)][:abs(missing)]
            for place in places:
                masked[place] ^= 1
            missing -= len(places) if missing > 0 else -len(places)


def _odd(character: int) -> int:
    return character.bit_count() % 2
