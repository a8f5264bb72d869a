# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The line with its meters, and the optical head before it."""

import math
import random
from collections.abc import Sequence
from typing import NamedTuple

from .clock import NEVER
from .meter import BROKEN, DEADLINE, Event, Meter
from .options import SIGN_ON, Faults
from .receiver import Receiver
from .wire import INSTANT, Run, ended, flip_bits, hear


class Switch(NamedTuple):
    """The reader has changed the speed."""

    time: float         # s
    baudrate: float
    last_bit: float     # s, when all that he had written before has left, or would have


class Head:
    """One line with its meters, and the optical head before it with its faults; the caller gives all times."""

    def __init__(self, meters: Sequence[Meter], faults: Faults) -> None:
        self.meters, self.faults = meters, faults
        self.receiver = Receiver()
        self.instant = meters[0].options.instant
        self.grace = 0.0                # s by which the caller learns too late that something was written
        self.free_at = 0.0              # when the last character of the reader has left
        self.openings = 0
        self.switches: list[Switch] = []
        self._baudrate: float = SIGN_ON
        self._sending: list[Run] = []
        self._alive_from = NEVER        # the head has power and hears since
        self._heard = {id(meter): -1.0 for meter in meters}
        self._dice = random.Random(f'head {faults.seed}')
        for meter in meters:
            self._transmit(meter, meter.now)
        self._plan()

    @property
    def horizon(self) -> float:
        """When the next thing happens to a meter."""
        return self._next[0]

    def open(self, now: float, baudrate: float, powered: bool = True) -> None:
        """A reader opens the port."""
        self.openings += 1
        for meter in self.meters:
            meter.opened_at = now
        self.advance(now)
        self._baudrate = baudrate
        vanish = self.faults.vanish_after
        self.receiver.left = vanish if vanish is not None and self.faults.hits(self.openings) else math.inf
        self.receiver.gone_at = NEVER if self.receiver.left else now
        self.power(now, powered)
        self.receiver.forget(now)
        if self.faults.stale and self.faults.hits(self.openings):
            before = self.meters[0].said_before(self.faults.stale, self.faults.stale_part)
            self.receiver.keep(before, now + self.faults.stale_after, now)

    def close(self, now: float) -> None:
        """The reader leaves; what he has written still goes out."""
        self.advance(now)
        self.receiver.retune(now, self._baudrate, NEVER)

    def power(self, now: float, powered: bool) -> None:
        """DTR or RTS have changed, or the port was opened."""
        self._alive_from = now + self.faults.deaf_after_open if powered else NEVER
        self.receiver.retune(now, self._baudrate, self._alive_from)
        self._plan()

    def switch(self, now: float, baudrate: float) -> None:
        """The reader changes the speed: of what he hears and of what he has not sent yet."""
        self.advance(now)
        self._baudrate = baudrate
        self.switches.append(Switch(now, baudrate, self.free_at))
        if not self.instant:
            self._cut(now, baudrate)
            self.receiver.retune(now, baudrate, max(now, self._alive_from))
            self._plan()

    def write(self, now: float, characters: bytes) -> None:
        """The reader sends, after what he is sending already."""
        self.advance(now)
        begin = self.free_at if self.free_at > now else now + self.faults.late_start
        run = Run(begin, INSTANT if self.instant else self._baudrate, characters)
        if self.faults.errors_in == 'all':
            run.characters = flip_bits(characters, self.faults.bit_errors, self.faults.double_bit_errors, self._dice)
        self.free_at = run.end
        self._sending.append(run)
        kind = 'acknowledgement' if characters[0] & 0x7F in b'\x06\x15' else 'request'
        if self.faults.echo in (kind, 'all'):
            self.receiver.put(run, now)
        self._plan()

    def advance(self, now: float) -> None:
        """Everything that happens to the meters until `now`."""
        while self._next[0] <= now:
            then, meter, event = self._next
            if event is not DEADLINE:
                self._heard[id(meter)] = then
            meter.step(then, event)
            self._transmit(meter, then)
            self._plan()
        if self._sending and self._sending[0].end < now - 1:
            self._sending = [run for run in self._sending if run.end >= now - 1]

    def _transmit(self, meter: Meter, now: float) -> None:
        for run in meter.take():
            if not self._too_fast(run):
                self.receiver.put(run, now)

    def _too_fast(self, run: Run) -> bool:
        return 0 < self.faults.max_baudrate < run.baudrate < INSTANT

    def _plan(self) -> None:
        self._next = min((self._next_of(meter) for meter in self.meters), key=lambda event: event[0])

    def _next_of(self, meter: Meter) -> tuple[float, Meter, Event]:
        """Its next character, if that comes before its deadline."""
        first: tuple[float, Meter, Event] = (meter.deadline, meter, DEADLINE)
        if not meter.listening:
            return first
        since = max(meter.listening_since, self._alive_from)
        heard_until = self._heard[id(meter)]
        for run in self._sending:
            if self._too_fast(run):
                continue
            speed = run.baudrate if run.baudrate in meter.listening else meter.listening[0]
            for heard in hear(run, speed, since):
                index = ended(heard, heard_until)
                if index < len(heard.characters):
                    if heard.end(index) <= first[0]:
                        first = heard.end(index), meter, BROKEN if heard.framing_error else heard.characters[index]
                    break
        return first

    def _cut(self, now: float, baudrate: float) -> None:
        """What has not been sent yet goes out at the other speed, and the character on its way is lost."""
        for run in self._sending[:]:
            if run.end - self.grace <= now or run.baudrate == baudrate:
                continue
            sent = max(0, int((now - run.start) / run.character_time))
            begun = now > run.start + sent * run.character_time
            rest = run.characters[sent + begun:]
            run.characters = run.characters[:sent]
            self._sending.append(Run(max(now, run.start) + begun * 10 / baudrate, baudrate, rest))
            self.free_at = self._sending[-1].end
