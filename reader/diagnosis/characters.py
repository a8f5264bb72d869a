# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
How good characters are that came over the line: right, damaged, or sent in another way than they were received. Pure.

A character can be right if it is one of a text, with even parity where the line shows parity bits. A weak light damages
few of them. At another speed, or from another protocol, about half of them look right by chance: below three quarters they
are garbage. A slower sender leaves a pattern in its garbage that tells its speed; a faster one leaves none.

`parity` is the setting of that name wherever it is asked for: `auto`, `software`, `even` or `none`.
"""

from __future__ import annotations

from functools import lru_cache

from ..wire.characters import Parity, text_share
from ..wire.messages import SPEEDS_C

SPEEDS = (*SPEEDS_C.values(), 38400, 57600, 115200)    # Bd, at which meters talk

LEAST_CHARACTERS = 4            # fewer are noise: a spark, the switching of the head
PATTERN_CHARACTERS = 8          # so many show a pattern
GOOD_SHARE = 0.75               # of characters that can be right; at another speed half of them look like that by chance
PATTERN_SHARE = 0.95            # of characters that fit a pattern; the rest is noise
ONLY_BREAKS = 10                # so many times slower than the port, each low level is a whole NUL


def shows_parity(data: bytes, parity: str = 'auto') -> bool:
    """The characters have parity bits that can be seen."""
    return _judge(data, parity).visible


def wrong_parity(data: bytes, parity: str) -> int:
    """How many characters have wrong parity, where it can be seen."""
    return _judge(data, parity).wrong


def _judge(data: bytes, parity: str) -> Parity:
    judge = Parity(parity)
    judge.feed(data)
    return judge


def with_high_bit(data: bytes) -> int:
    """How many characters have bit 7 set."""
    return sum(character >> 7 for character in data)


def is_garbage(data: bytes, parity: str) -> bool:
    """Too few of the characters can be right, or all are alike: they were sent in another way than they were received."""
    alike = len(data) >= PATTERN_CHARACTERS and len(set(data)) < LEAST_CHARACTERS
    return alike or (len(data) >= LEAST_CHARACTERS and text_share(data, parity) < GOOD_SHARE)


def slower_senders(data: bytes, speed: int) -> tuple[int, ...]:
    """
    The speeds in Bd below that of the port at which this can have been sent; none if it was not sent slower.

    Each bit of a slower sender is seen several times: the start bit makes the first ones of each character zeros, and
    those after them come in groups.
    """
    if len(data) < PATTERN_CHARACTERS:
        return ()
    fitting: dict[frozenset[int], list[int]] = {}
    for sender in SPEEDS:
        if sender < speed:
            possible = _seen_of_slower(speed / sender)
            if sum(map(data.count, possible)) >= PATTERN_SHARE * len(data):
                fitting.setdefault(possible, []).append(sender)
    return tuple(fitting[min(fitting, key=len)]) if fitting else ()


def looks(character: int) -> tuple[object, ...]:
    """All that this room sees of a character: those that look alike are judged alike, alone and among others."""
    data = bytes((character,))
    return (text_share(data, 'none'), text_share(data, 'software'), wrong_parity(data, 'software'), with_high_bit(data),
            *(character in _seen_of_slower(speed / sender) for speed in SPEEDS for sender in SPEEDS if sender < speed))


@lru_cache(maxsize=64)
def _seen_of_slower(ratio: float) -> frozenset[int]:
    """The characters that a port can see of a sender so many times slower; none where there is no pattern."""
    if ratio >= ONLY_BREAKS:
        return frozenset((0,))
    places = [int((bit + 1.5) / ratio) for bit in range(8)]     # which of the sender's bits is seen in each of ours
    if places[0]:
        return frozenset()
    return frozenset(
        character for character in range(256)
        if all(character >> bit & 1 == (character >> places.index(place) & 1 if place else 0)
               for bit, place in enumerate(places)))
