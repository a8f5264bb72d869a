# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The wire between the simulated meter and its reader: characters of ten bits, and what a UART hears of them.

    idle  start  0   1   2   3   4   5   6   7  stop  idle        bit 7 is the parity (7E1) or the eighth data bit (8N1)
    ----+     +---+---+---+---+---+---+---+---+----------
        +-----+---+---+---+---+---+---+---+---+

All times are seconds of one monotonic clock, all speeds Bd; INSTANT is a line that takes next to no time and fits every
speed. A `Run` is characters sent without a gap. `hear` says what a receiver makes of a run: where the speeds agree that
costs nothing per bit, otherwise each bit is sampled in its middle as a UART does it. Nothing in here knows a protocol,
and nothing of the plugin is imported.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from .streams import Stream

BITS = 10
INSTANT = 1e9

EVEN_PARITY = bytes(c & 0x7F | (bin(c & 0x7F).count('1') & 1) << 7 for c in range(256))
SEVEN_BITS = bytes(c & 0x7F for c in range(256))
LEVELS = [bytes([0, *(c >> bit & 1 for bit in range(8)), 1]) for c in range(256)]


def with_parity(data: bytes) -> bytes:
    """The characters as 7E1 puts them on the wire; what has more than seven bits stays as it is."""
    if data.isascii():
        return data.translate(EVEN_PARITY)
    return bytes(EVEN_PARITY[c] if c < 0x80 else c for c in data)


def has_even_parity(character: int) -> bool:
    """Whether the eight bits hold an even number of ones."""
    return EVEN_PARITY[character] == character


@dataclass(slots=True)
class Run:
    """Characters (eight bits each, parity included) sent one after the other, the first start bit at `start`."""

    start: float
    baudrate: float
    characters: bytes
    handed_over: Stream | None = None       # what the adapter makes of them where they are heard, if that is something else

    @property
    def character_time(self) -> float:
        """Seconds per character."""
        return BITS / self.baudrate

    @property
    def end(self) -> float:
        """When the last stop bit is over."""
        time = self.character_time
        return self.start + time + (len(self.characters) - 1) * time    # rounded as Heard.end does it

    def ahead(self, count: int) -> list['Run']:
        """The same with so many characters in one piece at its beginning, and the rest that much sooner."""
        stream = self.handed_over
        first = Run(self.start, INSTANT, self.characters[:count])
        rest = Run(first.end, self.baudrate, self.characters[count:])
        if stream is not None:
            first.handed_over = [(place, character) for place, character in stream if place < count]
            rest.handed_over = [(place - count, character) for place, character in stream if place >= count]
        return [run for run in (first, rest) if run.characters]


@dataclass(slots=True)
class Heard:
    """Characters a receiver got: the first is complete at `first_end`, each further one `character_time` later."""

    first_end: float
    character_time: float
    characters: bytes
    framing_error: bool = False

    def end(self, index: int) -> float:
        """When the character of that index is complete."""
        return self.first_end + index * self.character_time

    def part(self, begin: int, end: int | None = None) -> 'Heard':
        """Those characters of it."""
        return Heard(self.end(begin), self.character_time, self.characters[begin:end], self.framing_error)


def hear(run: Run, baudrate: float, since: float) -> Iterator[Heard]:
    """What a receiver at `baudrate`, listening since `since`, gets of a run: a character begun before is not whole."""
    if not run.characters or run.end < since:
        return
    if since <= run.start and (run.baudrate in (baudrate, INSTANT)):
        yield Heard(run.start + run.character_time, run.character_time, run.characters)
    elif run.baudrate != INSTANT:
        yield from _sample(run, baudrate, since)


def _sample(run: Run, baudrate: float, since: float) -> Iterator[Heard]:
    """As a UART does it: wait for a falling edge, then look at the middle of each bit. Positions in bits of the sender."""
    levels = b''.join([LEVELS[c] for c in run.characters])
    ratio = run.baudrate / baudrate
    position = (since - run.start) * run.baudrate - 1e-6    # a bit that begins just then is heard
    while True:
        edge = 0 if position <= 0 else levels.find(b'\1\0', int(position)) + 1
        if edge == 0 and position > 0:
            return
        if ratio == 1 and edge % BITS == 0:     # in step from here on
            rest = run.characters[edge // BITS:]
            yield Heard(run.start + edge / run.baudrate + run.character_time, run.character_time, rest)
            return
        if _level(levels, edge + 0.5 * ratio):  # too short for a start bit
            position = edge + 0.5 * ratio
            continue
        character = sum(_level(levels, edge + (bit + 1.5) * ratio) << bit for bit in range(8))
        stop = _level(levels, edge + 9.5 * ratio)
        yield Heard(run.start + (edge + BITS * ratio) / run.baudrate, 0.0, bytes([character]), not stop)
        position = edge + 9.5 * ratio


def handed_over(run: Run, heard: Heard) -> Iterator[Heard]:
    """What the adapter makes of what was heard of a run; garbage of another speed stays as it is."""
    if run.handed_over is None or not heard.character_time:
        yield heard
        return
    missed = len(run.characters) - len(heard.characters)
    piece = bytearray()
    first = last = step = 0         # places of the piece; whether its characters come one after the other (1) or at once (0)
    for place, character in run.handed_over:
        if place < missed:
            continue
        if piece and (place - last == step if len(piece) > 1 else place - last in (0, 1)):
            step = place - last
        elif piece:
            yield Heard(heard.end(first - missed), heard.character_time * step, bytes(piece))
            piece.clear()
        if not piece:
            first, step = place, 0
        piece.append(character)
        last = place
    if piece:
        yield Heard(heard.end(first - missed), heard.character_time * step, bytes(piece))


def _level(levels: bytes, position: float) -> int:
    return levels[int(position)] if position < len(levels) else 1


def flip_bits(characters: bytes, single: float, double: float, dice: random.Random) -> bytes:
    """Each character with the probability `single` hit by one flipped bit of eight, with `double` by two."""
    both = single + double
    if both <= 0:
        return characters
    result = bytearray(characters)
    draw = dice.random
    for index in [index for index in range(len(result)) if draw() < both]:
        flips = 1 if draw() * both < single else 2
        for bit in dice.sample(range(8), flips):
            result[index] ^= 1 << bit
    return bytes(result)


def collide(one: Run, other: Run) -> Run:
    """Two senders at a time: the line is low where either is low; only as exact as whole characters."""
    if one.start > other.start:
        one, other = other, one
    offset = int((other.start - one.start) * one.baudrate / BITS)
    mixed = bytearray(b'\xff' * max(len(one.characters), offset + len(other.characters)))
    for place, characters in ((0, one.characters), (offset, other.characters)):
        for index, character in enumerate(characters, place):
            mixed[index] &= character
    return Run(one.start, one.baudrate, bytes(mixed))


def ended(heard: Heard, now: float) -> int:
    """How many of the characters are complete at `now`."""
    if now < heard.first_end:
        return 0
    size = len(heard.characters)
    if size == 1 or now >= heard.end(size - 1):
        return size
    count = int((now - heard.first_end) / heard.character_time)
    while heard.end(count) <= now:      # the division may be a hair too small
        count += 1
    return count
