# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The reader's UART: what comes from the line, and what an adapter or a network makes of it."""

import math
from collections.abc import Iterable, Iterator, Sequence

from .clock import NEVER
from .wire import Heard, Run, collide, ended, handed_over, hear


class Receiver:
    """The reader's UART: what came (`buffer`), and what is on its way (each with its time) if nothing is changed."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.baudrate: float = 300
        self.since = NEVER              # nothing that began before is heard
        self.left: float = math.inf     # characters until the port vanishes
        self.gone_at = NEVER
        self._runs: list[Run] = []
        self._kept: list[Heard] = []    # by an adapter or network, that hands it over later, between what comes from the line
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
        if run is max(self._runs, key=lambda known: known.start) and not self._kept:
            self._append(self._heard(run), now)
        else:
            self._runs.sort(key=lambda known: known.start)
            self.refresh(now)

    def keep(self, characters: bytes, until: float, now: float) -> None:
        """Characters from before, that come in one piece then: at once if that is now."""
        if until <= now:
            self.buffer += characters
        else:
            self._kept.append(Heard(until, 0.0, characters))
            self.refresh(now)

    def forget(self, now: float) -> None:
        """What came for an earlier reader, or was kept for him, is not for the next one."""
        self._kept.clear()
        self.refresh(now)
        self.buffer.clear()

    def retune(self, now: float, baudrate: float, since: float) -> None:
        """Another speed, or deaf until `since`; the character just arriving is lost."""
        self.settle(now)
        self.baudrate, self.since = baudrate, since
        self.refresh(now)

    def refresh(self, now: float) -> None:
        """Hear once more what is still on its way, because the line or the receiver has changed."""
        self.settle(now)
        self._coming, self._index, self.gone_at = [], 0, NEVER if self.left > 0 else self.gone_at
        coming = [heard for run in self._runs for heard in self._heard(run)]
        self._kept = [kept for kept in self._kept if kept.first_end > now]
        for kept in self._kept:
            coming = between(coming, kept)
        self._append(coming, now)

    def _heard(self, run: Run) -> Iterator[Heard]:
        for heard in hear(run, self.baudrate, self.since):
            yield from handed_over(run, heard)

    def _append(self, coming: Iterable[Heard], now: float) -> None:
        waiting = sum(len(heard.characters) for heard in self._coming) - self._index
        for heard in coming:
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


def between(coming: Sequence[Heard], other: Heard) -> list[Heard]:
    """The same with the other one in between, at its time."""
    counts = [ended(heard, other.first_end) for heard in coming]
    earlier = [heard.part(0, count) for heard, count in zip(coming, counts, strict=True) if count]
    later = [heard.part(count) for heard, count in zip(coming, counts, strict=True) if count < len(heard.characters)]
    return [*earlier, other, *later]
