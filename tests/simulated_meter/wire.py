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

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from .clock import NEVER

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

    @property
    def character_time(self) -> float:
        """Seconds per character."""
        return BITS / self.baudrate

    @property
    def end(self) -> float:
        """When the last stop bit is over."""
        time = self.character_time
        return self.start + time + (len(self.characters) - 1) * time    # rounded as Heard.end does it


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


class Receiver:
    """The reader's UART: what came (`buffer`), and what is on its way (each with its time) if nothing is changed."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.baudrate: float = 300
        self.since = NEVER              # nothing that began before is heard
        self.left: float = math.inf     # characters until the port vanishes
        self.gone_at = NEVER
        self._runs: list[Run] = []
        self._coming: list[Heard] = []
        self._index = 0                 # into the first of _coming

    def put(self, run: Run, now: float) -> None:
        """A further run on the line, or one that meets another there."""
        self._runs = [earlier for earlier in self._runs if earlier.end > now]
        for index, other in enumerate(self._runs):
            if run.start < other.end and other.start < run.end:
                self._runs[index] = collide(other, run)
                self.refresh(now)
                return
        self._runs.append(run)
        if run is max(self._runs, key=lambda known: known.start):
            self._append(run, now)
        else:
            self._runs.sort(key=lambda known: known.start)
            self.refresh(now)

    def retune(self, now: float, baudrate: float, since: float) -> None:
        """Another speed, or deaf until `since`; the character just arriving is lost."""
        self.settle(now)
        self.baudrate, self.since = baudrate, since
        self.refresh(now)

    def refresh(self, now: float) -> None:
        """Hear once more what is still on its way, because the line or the receiver has changed."""
        self.settle(now)
        self._coming, self._index, self.gone_at = [], 0, NEVER if self.left > 0 else self.gone_at
        for run in self._runs:
            self._append(run, now)

    def _append(self, run: Run, now: float) -> None:
        waiting = sum(len(heard.characters) for heard in self._coming) - self._index
        for heard in hear(run, self.baudrate, self.since):
            skip = ended(heard, now)
            characters = heard.characters[skip:]
            if waiting + len(characters) >= self.left:
                characters = characters[:max(0, int(self.left) - waiting)]
            if not characters:
                continue
            waiting += len(characters)
            self._coming.append(Heard(heard.end(skip), heard.character_time, characters))
            if waiting >= self.left:
                self.gone_at = self._coming[-1].end(len(characters) - 1)

    def settle(self, now: float) -> None:
        """Take into the buffer what has arrived until `now`."""
        coming = self._coming
        while coming:
            heard = coming[0]
            if now < heard.first_end + self._index * heard.character_time:
                return
            count = ended(heard, now)
            self.buffer += heard.characters[self._index:count]
            self.left -= count - self._index
            self._index = count
            if count < len(heard.characters):
                return
            coming.pop(0)
            self._index = 0

    def arrival(self, count: int) -> float:
        """When `count` characters will be in the buffer: 0.0 if they are, NEVER as far as is known."""
        count -= len(self.buffer)
        if count <= 0:
            return 0.0
        index = self._index
        for heard in self._coming:
            if index + count <= len(heard.characters):
                return heard.first_end + (index + count - 1) * heard.character_time
            count -= len(heard.characters) - index
            index = 0
        return NEVER

    def take_ahead(self, count: int, until: float) -> tuple[float, bytes] | None:
        """So many characters that arrive in one piece until then, and when; for a clock that can jump. Spares the buffer."""
        if self.buffer or not self._coming:
            return None
        heard, index = self._coming[0], self._index
        end = heard.first_end + (index + count - 1) * heard.character_time
        if index + count >= len(heard.characters) or end > until:
            return None
        self._index += count
        self.left -= count
        return end, heard.characters[index:self._index]

    def last_arrival(self) -> float:
        """When all that is known of will have arrived; NEVER if there is nothing."""
        return self._coming[-1].end(len(self._coming[-1].characters) - 1) if self._coming else NEVER

    def take(self, count: int) -> bytes:
        """At most `count` characters of the buffer."""
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken


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
