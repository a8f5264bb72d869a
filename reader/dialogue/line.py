# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
An open port with deadlines, a recorder and stopped(): what the steps of a dialogue are made of.

The seams for tests are pyserial's own surface (`open_port`) and the clock.
"""

from __future__ import annotations

import errno
import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Protocol

from ..errors import NoAnswer, PortError, ProtocolError, ReadoutStopped, SpeedRefused
from ..session import (
    DROPPED,
    OPENED,
    PARITY_CHECKED,
    PARITY_UNSEEN,
    PORT_LOST,
    PORT_SHARED,
    RECEIVED,
    SENT,
    SPEED,
    SPEED_REFUSED,
    Event,
    Settings,
)
from ..texts import Text
from ..wire.characters import seven_bits, wire_time, with_parity
from .port import (
    FAILURES,
    READ_TIMEOUT,
    SHARED,
    OpenPort,
    check_parity,
    close_port,
    failed_to_open,
    is_network,
    is_pty,
    is_there,
    speed_of,
    turn,
)

logger = logging.getLogger(__name__)

LONG_PORTION = 0.4              # s; so long many characters are let come while the end is far
MOST_WAITING = 2048             # characters; no driver drops any of so few
LOOK, SHORTEST_LOOK = 0.01, 0.001       # s between two looks at the port where something is due soon
PORTION = 0.007                 # s; characters that come faster are read together: less work, and hardly later
SLICE = 0.1                     # s; how often stopped() is asked while waiting
WIRE_MARGIN = 0.005             # s; adapters begin to send a little late, a meter answers 20 ms later at the earliest
LATEST_BEGIN = 0.016            # s; so late they do, and the speed may not change before their last bit, nor 20 ms after it
EVENT_SIZE = 1024               # characters; received without a pause they are recorded together
LEAST_RUN = 16                  # characters without a pause that tell how fast they came
HELD_BACK = 0.255               # s that an adapter may hold characters back: the longest latency that usual ones can have
LEAST_PACE = 0.5                # of their time on the wire
LAST_WORDS = 5.0                # s for what ends a dialogue that was stopped
QUIET_CHARACTERS, QUIET_TIME = 10, 0.05     # silence after the last line of a block without frame


class Clock(Protocol):
    """What is needed of the module `time`; tests bring their own."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...
    def time(self) -> float: ...


@dataclass(frozen=True)
class Progress:
    """Where a running readout is: characters received, speed in Bd, seconds since it began."""

    characters: int
    baudrate: int
    elapsed: float


Stopped = Callable[[], bool]


def never() -> bool:
    """No stop, as a default"""
    return False


def nothing() -> None:
    """Nothing to do, as a default"""


class Line:
    """
    The port of one meter.

    :param stopped: asked several times a second; True ends whatever is done
    :param progress: told whenever characters came
    :param meanwhile: called when the wait for the meter begins; it comes back at once
    :param judges: False where moments tell nothing: in a recording what came too early is marked already
    """

    def __init__(self, settings: Settings, clock: Clock, open_port: OpenPort, stopped: Stopped = never,
                 progress: Callable[[Progress], None] | None = None, meanwhile: Callable[[], None] = nothing,
                 judges: bool = True) -> None:
        self.settings = settings
        self.path = settings.serialport         # where the port is now
        self.meanwhile = meanwhile
        self.clock = clock
        self.baudrate = settings.baudrate
        self.last_received = 0.0        # s, when the last character came
        self._open_port = open_port
        self._stopped = stopped
        self._progress = progress
        self._judges = judges
        self._port: Any = None
        self._send_parity = False
        self.parity_in_uart: bool | None = None     # it is checked there; False if that cannot be, None if it need not be
        self._flowing = False           # characters come without pauses
        self.keeps_pace = False         # characters come as fast as the port's speed says, so that moments tell something
        self.buffered = False           # characters of this message came faster than that: they waited somewhere
        self.dropped = 0                # characters
        self.waited = 0.0               # s, until others had done with the port
        self._message = 0               # the event with which the message begins
        self._sent_until = 0.0          # s, when the last bit leaves an adapter that began at once
        self._empty_at = 0.0            # s, when nothing waited at the port
        self._run = 0                   # characters since then
        self._counts = not settings.serialport.startswith('socket://')      # the port knows how many characters wait
        self._conceals = False          # what passes is neither logged nor recorded as it is
        self.start_again()

    def start_again(self) -> None:
        """A new recording and a new limit: another readout begins on this line."""
        self._began = self.clock.monotonic()
        self._limit = self._began + self.settings.max_duration
        self.events: list[Event] = []
        self._message = 0
        self.characters = 0             # received

    # the port

    @contextmanager
    def opened(self, longest: float) -> Iterator[None]:
        """
        The port, for this reader alone; closed whatever happens. The readout begins when it is its turn.

        :param longest: s for which others let this reader have the port
        :raises PortError: it cannot be opened, or another reader does not let go of it
        """
        asked = self.now
        with turn(self.path, longest, self.sleep, SLICE):
            self.waited = self.now - asked
            self.start_again()
            try:
                self._open()
                yield
            finally:
                if self._port is not None:
                    close_port(self._port)
                    self._port = None

    def _open(self) -> None:
        settings = replace(self.settings, serialport=self.path)
        try:
            self._port = self._opened_apart(settings) if is_network(self.path) else self._open_port(settings)
        except FAILURES as error:
            raise failed_to_open(self.settings.serialport, error) from error
        self._send_parity = self.settings.parity == 'software' or (
            self.settings.parity == 'auto' and not is_pty(self.settings.serialport))
        self.keeps_pace = self._judges and not (is_network(self.settings.serialport) or is_pty(self.settings.serialport))
        self.record(OPENED)
        self._check_speed(self.baudrate)
        self._check_parity()
        self.sleep(self.settings.settle)

    def _opened_apart(self, settings: Settings) -> Any:
        """The port of a URL, open; whoever is stopped does not wait for its host."""
        from .opening import Opening, given_up  # seldom wanted
        while (before := given_up(settings.serialport)) and not before.ended(SLICE):
            self.sleep(0.0)      # unless stopped
        opening = Opening(self._open_port, settings)
        try:
            while not opening.ended(SLICE):
                self.sleep(0.0)      # unless stopped
        except BaseException:
            opening.give_up()
            raise
        return opening.result()

    def set_baudrate(self, baudrate: int) -> None:
        """
        Change the speed on the open port: closing it would switch off heads that are fed by it.

        :raises SpeedRefused: the port cannot do it, and stays at the speed that it had

        What was sent has left before. flush() alone cannot see to that: the drivers of many adapters look whether all has left
        when it begins, and then only each 36 ms. So it begins when the last bit should have left a late adapter, too.
        """
        if baudrate != self.baudrate:
            self.sleep(self._sent_until + LATEST_BEGIN - self.now)
            self._do(self._port.flush)
            self._set_port(baudrate)
            self.baudrate = baudrate
            self._empty_at, self._run, self.buffered = self.now, 0, False       # at another speed they tell nothing
            self.record(SPEED, text=str(baudrate))
            self._check_parity()

    def _set_port(self, baudrate: int) -> None:
        try:
            self._port.baudrate = baudrate
        except FAILURES as error:
            if not is_there(self._port):
                self._lost(error)
            self._refuse_speed(baudrate)
        self._check_speed(baudrate)

    def _check_speed(self, baudrate: int) -> None:
        """Some drivers take another speed without a word."""
        actual = speed_of(self._port)
        if actual is not None and actual != baudrate:
            self._refuse_speed(baudrate)

    def _refuse_speed(self, baudrate: int) -> NoReturn:
        self.record(SPEED_REFUSED, text=str(baudrate))
        self._do(setattr, self._port, 'baudrate', self.baudrate)
        raise SpeedRefused(self.settings.serialport, baudrate)

    def _check_parity(self) -> None:
        """With `parity: even` the UART sees to it; that has to be said again after each change of the speed."""
        if self._judges and self.settings.parity == 'even' and not is_pty(self.settings.serialport):
            before, self.parity_in_uart = self.parity_in_uart, check_parity(self._port)
            if before != self.parity_in_uart:
                self.record(PARITY_CHECKED if self.parity_in_uart else PARITY_UNSEEN)

    def _do(self, function: Callable[..., Any], *args: Any) -> Any:
        try:
            return function(*args)
        except FAILURES as error:
            self._lost(error)

    def _lost(self, error: Exception) -> NoReturn:
        if SHARED in str(error) and is_there(self._port):
            self.record(PORT_SHARED)
            raise PortError(Text('an {port} verschwanden Zeichen: ein anderes Programm liest dort mit',
                                 'characters vanished at {port}: another program reads there, too',
                                 {'port': self.settings.serialport}), errno.EBUSY) from error
        self.record(PORT_LOST)
        raise PortError(Text('{port} verschwand während der Auslesung: {error}', '{port} vanished during the readout: {error}',
                             {'port': self.settings.serialport, 'error': error}), errno.ENODEV) from error

    def finish(self) -> None:
        """What is sent and awaited from now on is to end this dialogue: it is not stopped."""
        self._stopped = never
        self._limit = self.now + LAST_WORDS

    @contextmanager
    def concealing(self) -> Iterator[None]:
        """What is sent and received inside is a password: neither the recording nor the log shows it."""
        first, self._conceals = len(self.events), True
        try:
            yield
        finally:
            self._conceals = False
            self._conceal(first)
            self._message = len(self.events)

    def _conceal(self, first: int) -> None:
        """Of each kind together: an echo comes in parts."""
        from ..wire.commands import concealed
        for kind in (SENT, RECEIVED, DROPPED):
            whole, position = concealed(b''.join(e.data for e in self.events[first:] if e.kind == kind)), 0
            for i, e in enumerate(self.events[first:], first):
                if e.kind == kind:
                    self.events[i] = replace(e, data=whole[position:position + len(e.data)])
                    position += len(e.data)

    # time

    @property
    def now(self) -> float:
        """s, by the clock of the session"""
        return self.clock.monotonic()

    @property
    def elapsed(self) -> float:
        """s since the beginning"""
        return self.now - self._began

    def fits(self, seconds: float) -> bool:
        """So much time is left."""
        return self.now + seconds <= self._limit

    def sleep(self, seconds: float) -> None:
        """Wait, but not for long when stopped, when the readout lasts too long, or when the port vanishes."""
        end = self.now + seconds
        while True:
            if self._stopped():
                raise _stopped()
            left = end - self.now
            if left <= 0:
                return
            if self._port is not None:
                self._heed_limit()
                self._do(lambda: self._port.in_waiting)
            self.clock.sleep(min(left, SLICE))

    def _heed_limit(self) -> None:
        if self.now >= self._limit:
            text = Text('die Auslesung dauerte länger als max_duration ({seconds:g} s)',
                        'the readout took longer than max_duration ({seconds:g} s)', {'seconds': self.settings.max_duration})
            raise ProtocolError(text) if self.characters else NoAnswer(text, 'identification')

    # characters

    @property
    def quiet_time(self) -> float:
        """s of silence that end a block without frame."""
        return self.wire_time(QUIET_CHARACTERS) + QUIET_TIME

    def wire_time(self, characters: int) -> float:
        """s that so many characters take at the present speed."""
        return wire_time(characters, self.baudrate)

    def send(self, message: bytes) -> float:
        """Send; returns when the last bit has left the wire, and when that was at the earliest: this program may be held up."""
        data = with_parity(message) if self._send_parity else message
        self.record(SENT, data)
        began = self.now
        self._do(self._port.write, data)
        self._sent_until = began + self.wire_time(len(data))
        self.sleep(self._sent_until + WIRE_MARGIN - self.now)
        return self._sent_until

    def drain(self, sent: bytes = b'', answered_from: float = math.inf) -> tuple[bytes, bytes]:
        """
        Drop what waits at the port: it was there too early to be an answer.

        An echo of what was `sent` stays, and so many of the last characters as can have come since `answered_from`.

        :return: the echo, or as much of it as has come; those characters
        """
        came = b''
        if not self._judges:
            return b'', b''
        while waiting := self._do(lambda: self._port.in_waiting):
            came += self._do(self._port.read, waiting)
        begin, end = _place_of_echo(came, sent)
        in_time = math.floor(max(self.now - answered_from, 0.0) / self.wire_time(1))
        first = max(end, len(came) - in_time)
        if early := came[:begin] + came[end:first]:
            self.record(DROPPED, early)
            self.dropped += len(early)
        echo, answer = came[begin:end], came[first:]
        if echo or answer:
            self._received(echo + answer)
        return echo, answer

    def expect(self) -> None:
        """A message begins: what comes from now on is judged together, see `buffered` and `drop`."""
        self._message = len(self.events)
        self.buffered = False

    def drop(self, keep: int = 0) -> None:
        """What came since `expect` was not sent now, but for the last characters, so many as `keep` says."""
        dropped: list[Event] = []
        for event in reversed(self.events[self._message:]):
            kept = min(keep, len(event.data)) if event.kind == RECEIVED else 0
            keep -= kept
            early = event.data[:len(event.data) - kept]
            if kept:
                dropped.insert(0, replace(event, data=event.data[-kept:]))
            if early and event.kind == RECEIVED:
                self.dropped += len(early)
                dropped.insert(0, replace(event, kind=DROPPED, data=early))
            elif not kept:
                dropped.insert(0, event)
        self.events[self._message:] = dropped
        self._empty_at, self._run = self.now, 0         # what comes after it is judged by itself
        self.expect()

    def receive(self, until: float, least: int = 0, expected: int = 0, late: float = PORTION) -> bytes:
        """
        What came, one character at least; b'' when nothing did until then. Longer than `max_duration` nobody waits.

        The fewer looks at the port, the less work; so long as no end is missed, characters are let come.

        :param least: so many will come yet in any case
        :param expected: so many will come as far as is known
        :param late: s that the last one may be read after it came
        """
        until = min(until, self._limit)
        # the last one that came may have been nearly one character's time ago
        portion = self.wire_time(max(least - 1, 0)) + (late if least or self._flowing else 0.0)
        portion = max(portion, self.wire_time(expected) / 2)
        self.clock.sleep(min(portion, LONG_PORTION, self.wire_time(MOST_WAITING)))
        while True:
            if self._stopped():
                raise _stopped()
            data = self._read(until)
            if data:
                self._flowing = self.wire_time(1) < PORTION
                self._received(data)
                return data
            self._flowing = False
            if self.now >= until:
                self._heed_limit()
                return b''

    def _read(self, until: float) -> bytes:
        """
        What waits, else the next character. Never more than is there: a port that vanishes loses all of such a read().

        A port that does not count says of many characters that one waits. Where the end is nearer than the timeout of the
        port, it is looked at instead: to change the timeout would configure the port anew, but for one that does not count.
        """
        data = b''
        try:
            waiting = self._port.in_waiting
            if not waiting:
                self._empty_at, self._run = self.now, 0
                if until - self.now < (self._port.timeout or READ_TIMEOUT):
                    self.clock.sleep(max(min(until - self.now, LOOK), SHORTEST_LOOK))
                    if not (waiting := self._port.in_waiting):
                        return b''
            data = self._port.read(waiting or 1)
            if len(data) == 1:
                data += self._what_follows()
        except FAILURES as error:
            if not data:
                self._lost(error)
        return data

    def _what_follows(self) -> Any:
        """What waits besides the character that was read."""
        if self._counts:
            return self._port.read(waiting) if (waiting := self._port.in_waiting) else b''
        self._port.timeout = 0
        try:
            return self._port.read(EVENT_SIZE)
        finally:
            self._port.timeout = READ_TIMEOUT

    def _received(self, data: bytes) -> None:
        self.record(RECEIVED, data)
        self.characters += len(data)
        self._run += len(data)
        if self.keeps_pace and self._run >= LEAST_RUN and self._came_too_fast():
            self.buffered = True
        if self._progress:
            self._progress(Progress(self.characters, self.baudrate, self.elapsed))
        self._heed_limit()

    def has_run(self, characters: int) -> bool:
        """So many have come without a pause, up to now."""
        return self._run >= characters

    def _came_too_fast(self) -> bool:
        return self.wire_time(self._run) * LEAST_PACE > self.now - self._empty_at + HELD_BACK * LEAST_PACE

    # the recording

    def record(self, kind: str, data: bytes = b'', text: str = '') -> None:
        """Another event of the session."""
        now = self.now
        last = self.events[-1] if self.events else None
        together = (kind == RECEIVED and last and last.kind == RECEIVED and last.baudrate == self.baudrate
                    and len(self.events) > self._message and len(last.data) < EVENT_SIZE
                    and now - self.last_received < self.quiet_time
                    and now <= self._limit)     # what comes too late shows when it came
        if together and last:
            self.events[-1] = Event(kind, last.time, self.baudrate, last.data + data)
        else:
            self.events.append(Event(kind, now - self._began, self.baudrate, data, text))
        if kind == RECEIVED:
            self.last_received = now
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug('%.3f s: %s at %d Bd: %r', now - self._began, kind, self.baudrate,
                         '...' if self._conceals else data or text)


def _place_of_echo(came: bytes, sent: bytes) -> tuple[int, int]:
    """Where in what came the echo of what was sent begins and ends; at the end it may be its beginning only, the rest follows."""
    characters = seven_bits(came)
    begin = characters.find(sent) if sent else -1
    if begin >= 0:
        return begin, begin + len(sent)
    length = next((n for n in range(min(len(sent), len(came)), 0, -1) if characters.endswith(sent[:n])), 0)
    return len(came) - length, len(came)


def _stopped() -> ReadoutStopped:
    return ReadoutStopped(Text('die Auslesung wurde abgebrochen', 'the readout was stopped'))
