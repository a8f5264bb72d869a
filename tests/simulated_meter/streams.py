# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What an adapter makes of a message on its way from the line to the reader: characters lost, doubled, put in, in another order.

A `Stream` is what is handed over: characters, each with its place, that is the number of the character of the line (from 0)
after whose last bit it arrives. So a doubled character takes no time, a lost one leaves a gap, and a block that was overtaken
arrives with the one that overtook it. Places never fall. All functions are pure, and the same for the same dice.
"""

import random
from collections.abc import Sequence
from itertools import pairwise

Stream = list[tuple[int, int]]

LF = 0x0A
PADDING = 0xFF              # DEL with its parity: what some adapters put in between
TRIES = 50                  # for a stretch that differs from what is there


def stream_of(characters: bytes) -> Stream:
    """Characters that nothing has happened to."""
    return list(enumerate(characters))


def characters_of(stream: Stream) -> bytes:
    """What the reader gets."""
    return bytes(character for _, character in stream)


def lose(stream: Stream, count: int, apart: bool, dice: random.Random) -> Stream:
    """Without so many characters."""
    gone = set(_chosen(len(stream), count, apart, dice))
    return [each for index, each in enumerate(stream) if index not in gone]


def double(stream: Stream, count: int, apart: bool, dice: random.Random) -> Stream:
    """So many characters twice: each by itself, or all of a stretch once more after it."""
    chosen = _chosen(len(stream), count, apart, dice)
    if apart or not chosen:
        twice = set(chosen)
        return [copy for index, each in enumerate(stream) for copy in [each] * (1 + (index in twice))]
    after = chosen[-1] + 1
    return _put_in(stream, after, characters_of(stream[chosen[0]:after]))


def pad(stream: Stream, count: int, apart: bool, dice: random.Random) -> Stream:
    """With so many characters 0xFF in between."""
    for index in sorted(dice.choices(range(len(stream) + 1), k=count if apart else 1), reverse=True):
        stream = _put_in(stream, index, bytes([PADDING] * (1 if apart else count)))
    return stream


def insert(stream: Stream, count: int, former: bytes, dice: random.Random) -> Stream:
    """With a stretch of so many characters of a former message in between."""
    begin = dice.randrange(max(0, len(former) - count) + 1)
    return _put_in(stream, dice.randrange(len(stream) + 1), former[begin:begin + count])


def replace(stream: Stream, count: int, former: bytes, dice: random.Random) -> Stream:
    """With so many characters as they were at the same places of a former message; with all of it if that is no longer."""
    if count >= len(former):
        last = stream[-1][0] if stream else 0
        return [(min(index, last), character) for index, character in enumerate(former)]
    common = min(len(stream), len(former))
    differing = [index for index in range(common) if stream[index][1] != former[index]] or range(common)
    begin = (dice.choice(differing) if differing else 0) - dice.randrange(max(1, count))
    begin = max(0, min(begin, common - count))
    stretch = range(begin, min(begin + count, common))
    return [(place, former[index] if index in stretch else character) for index, (place, character) in enumerate(stream)]


def reorder(stream: Stream, count: int, dice: random.Random) -> Stream:
    """With two neighbouring blocks of so many characters in the other order."""
    count = min(count, len(stream) // 2)
    for _ in range(TRIES):
        begin = dice.randrange(len(stream) - 2 * count + 1)
        both = stream[begin:begin + 2 * count]
        swapped = both[count:] + both[:count]
        if characters_of(swapped) != characters_of(both):
            break
    return [*stream[:begin], *((both[-1][0], character) for _, character in swapped), *stream[begin + 2 * count:]]


def with_lines(stream: Stream, change: str, dice: random.Random) -> Stream:
    """With one of its lines lost or doubled, or two neighbours swapped; the first and the last one stay."""
    ends = [index + 1 for index, (_, character) in enumerate(stream) if character & 0x7F == LF]
    lines = [stream[begin:end] for begin, end in pairwise([0, *ends, len(stream)])]
    if len(lines) < 4:
        return stream
    chosen = dice.randrange(1, len(lines) - 2)
    if change == 'lost':
        del lines[chosen]
    elif change == 'doubled':
        lines.insert(chosen, lines[chosen])
    elif change == 'swapped':
        lines[chosen:chosen + 2] = lines[chosen + 1], lines[chosen]
    else:
        raise ValueError(f'no change of lines: {change!r}')
    return [(place, character) for (place, _), character in zip(
        (stream + [stream[-1]] * len(stream)), (character for line in lines for _, character in line), strict=False)]


def _chosen(size: int, count: int, apart: bool, dice: random.Random) -> Sequence[int]:
    count = min(count, size)
    if apart:
        return sorted(dice.sample(range(size), count))
    begin = dice.randrange(size - count + 1)
    return range(begin, begin + count)


def _put_in(stream: Stream, index: int, characters: bytes) -> Stream:
    """Arriving together with the character before."""
    place = stream[index - 1][0] if index else 0
    return [*stream[:index], *((place, character) for character in characters), *stream[index:]]
