# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
An open port with a recorder, deadlines, speed and parity: what the steps of a conversation with a meter are made of.

The seams for tests are pyserial's own surface (`open_port`) and the clock.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import stat
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

import serial

from . import messages
from .errors import MeterError, PortError, ProtocolError, ReadoutStopped
from .memory import OFFERED, Memory
from .session import FAILED, OPENED, PORT_LOST, RECEIVED, SENT, SPEED, Event, Session, Settings

logger = logging.getLogger(__name__)

READ_TIMEOUT = 0.02             # s; how exactly deadlines are kept while nothing comes
PORTION = 0.008                 # s; characters that come faster are read together: less work, and hardly later
SLICE = 0.1                     # s; how often stopped() is asked while waiting
WIRE_MARGIN = 0.005             # s; adapters begin to send a little late, a meter answers 20 ms later at the earliest
EVENT_SIZE = 1024               # characters; received without a pause they are recorded together
QUIET_CHARACTERS, QUIET_TIME = 10, 0.05     # silence behind the last line of a block without frame
LOCK_TIME = 30.0                # s to wait for another reader in this process
PTY_MAJORS = range(136, 144)    # device numbers of Linux' pseudo terminals

# termios.error is no OSError, and a URL that pyserial does not understand is a ValueError
PORT_FAILURES = (serial.SerialException, OSError, termios.error, ValueError, OverflowError)

_port_locks: dict[str, threading.Lock] = {}


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
OpenPort = Callable[[Settings], Any]


def never() -> bool:
    """No stop, as a default"""
    return False


class Line:
    """An open port with a recorder, deadlines and stopped(): what the steps of a conversation are made of."""

    def __init__(self, settings: Settings, stopped: Stopped, progress: Callable[[Progress], None] | None,
                 clock: Clock, open_port: OpenPort, memory: Memory) -> None:
        self.settings = settings
        self.memory = memory
        self.rung = OFFERED             # of the ladder, in the present dialogue
        self.on_ladder = False          # the meter offers another speed than that of the sign-on
        self.clock = clock
        self.baudrate = settings.baudrate
        self.phases: dict[str, float] = {}
        self.notes: list[str] = []
        self.repeats = 0
        self.quality = messages.Parity(settings.parity)     # of all characters of the session that mattered
        self._stopped = stopped
        self._progress = progress
        self._open_port = open_port
        self._port: Any = None
        self._send_parity = False
        self._flowing = False
        self._uncounted = False
        self._events: list[Event] = []
        self._memory = memory           # as it was when the session began
        self.last_received = 0.0
        self.start_again()

    def start_again(self) -> None:
        """A new recording, new phases, a new limit: another readout begins on this line."""
        self._began = self.clock.monotonic()
        self._limit = self._began + self.settings.max_duration
        self._events.clear()
        self._memory = self.memory.copy(self._began)
        self.phases.clear()
        self.notes.clear()
        self.characters = 0
        self.quality = messages.Parity(self.settings.parity)

    # the port

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Whatever fails carries the session."""
        try:
            yield
        except MeterError as error:
            self.record(FAILED, text=str(error))
            error.session = self.session
            raise

    @contextmanager
    def opened(self) -> Iterator[None]:
        """The port, for this reader alone; closed whatever happens."""
        with self.phase('open'):
            lock = self._lock()
        try:
            with self.phase('open'):
                self._open()
            yield
        finally:
            if self._port is not None:
                with suppress(*PORT_FAILURES):
                    self._port.close()
                self._port = None
            lock.release()

    def _lock(self) -> threading.Lock:
        """flock does not protect inside of a process: two instances on one head take turns by this."""
        lock = _port_locks.setdefault(os.path.realpath(self.settings.serialport), threading.Lock())
        end = self.clock.monotonic() + LOCK_TIME
        while not lock.acquire(timeout=0):
            if self.clock.monotonic() >= end:
                raise PortError(f'{self.settings.serialport} is busy: another readout uses it since more than '
                                f'{LOCK_TIME:.0f} s', errno.EBUSY)
            self.sleep(SLICE)
        return lock

    def _open(self) -> None:
        try:
            self._port = self._open_port(self.settings)
        except PORT_FAILURES as error:
            raise _port_error(self.settings.serialport, error) from error
        self._send_parity = self.settings.parity == 'software' or (
            self.settings.parity == 'auto' and not is_pty(self.settings.serialport))
        self.record(OPENED)
        self.sleep(self.settings.settle)

    def set_baudrate(self, baudrate: int) -> None:
        """Change the speed on the open port: closing it would switch off heads that are fed by it."""
        if baudrate != self.baudrate:
            self._do(setattr, self._port, 'baudrate', baudrate)
            self.baudrate = baudrate
            self.record(SPEED, text=str(baudrate))

    def _do(self, function: Callable[..., Any], *args: Any) -> Any:
        try:
            return function(*args)
        except PORT_FAILURES as error:
            self._lost(error)

    def _lost(self, error: Exception) -> NoReturn:
        self.record(PORT_LOST)
        raise PortError(f'{self.settings.serialport} vanished during the readout: {error}', errno.ENODEV) from error

    # time

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time spent inside to this phase."""
        began = self.clock.monotonic()
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + self.clock.monotonic() - began

    @property
    def now(self) -> float:
        """s, by the clock of the session"""
        return self.clock.monotonic()

    @property
    def elapsed(self) -> float:
        """s since the begin"""
        return self.now - self._began

    def fits(self, seconds: float) -> bool:
        """So much time is left."""
        return self.now + seconds <= self._limit

    def sleep(self, seconds: float) -> None:
        """Wait, but not for long when stopped."""
        end = self.now + seconds
        while True:
            if self._stopped():
                raise ReadoutStopped('the readout was stopped')
            left = end - self.now
            if left <= 0:
                return
            self.clock.sleep(min(left, SLICE))

    # characters

    @property
    def quiet_time(self) -> float:
        """s of silence that end a block without frame."""
        return self.wire_time(QUIET_CHARACTERS) + QUIET_TIME

    def wire_time(self, characters: int) -> float:
        """s that so many characters take at the present speed."""
        return characters * messages.CHARACTER_BITS / self.baudrate

    def send(self, message: bytes) -> float:
        """Send; returns when the last bit has left the wire, and when that was."""
        data = messages.with_parity(message) if self._send_parity else message
        self.record(SENT, data)
        began = self.now
        self._do(self._port.write, data)
        # pieces: flush() cannot be interrupted
        self.sleep(self.wire_time(len(data)) - SLICE)
        self._do(self._port.flush)
        self.sleep(began + self.wire_time(len(data)) + WIRE_MARGIN - self.now)
        return self.now

    def receive(self, until: float) -> bytes:
        """What came, one character at least; b'' when nothing did until then."""
        if self._flowing and not self._uncounted:
            self.clock.sleep(PORTION)
        while True:
            if self._stopped():
                raise ReadoutStopped('the readout was stopped')
            data = self._read()
            if data:
                self._flowing = self.wire_time(1) < PORTION
                self._received(data)
                return data
            self._flowing = False
            if self.now >= until:
                return b''

    def _read(self) -> bytes:
        """
        What waits, else the next character. Never more than is there: a port that vanishes loses all of such a read().

        A network port never says that more than one character waits, so that they are counted again.
        """
        data = b''
        try:
            waiting = self._port.in_waiting
            data = portion = self._port.read(waiting or 1)
            # nothing waits behind a pause in which some came: this port does not count, and is read without pauses
            self._uncounted = self._uncounted or (self._flowing and not waiting and bool(data))
            while len(portion) == 1 and len(data) < EVENT_SIZE and (waiting := self._port.in_waiting):
                portion = self._port.read(waiting)
                data += portion
        except PORT_FAILURES as error:
            if not data:
                self._lost(error)
        return data

    def _received(self, data: bytes) -> None:
        self.record(RECEIVED, data)
        self.characters += len(data)
        if self._progress:
            self._progress(Progress(self.characters, self.baudrate, self.elapsed))
        if self.now > self._limit:
            raise ProtocolError(f'the readout took longer than max_duration ({self.settings.max_duration:g} s)')

    # the recording

    @property
    def session(self) -> Session:
        """What was recorded so far."""
        return Session(self.settings, tuple(self._events), self._memory)

    def remark(self, text: str) -> None:
        """Say this of the readout, once."""
        if text not in self.notes:
            self.notes.append(text)

    def record(self, kind: str, data: bytes = b'', text: str = '') -> None:
        """Another event of the session."""
        last = self._events[-1] if self._events else None
        together = (kind == RECEIVED and last and last.kind == RECEIVED and last.baudrate == self.baudrate
                    and len(last.data) < EVENT_SIZE and self.now - self.last_received < self.quiet_time
                    and self.now <= self._limit)    # what comes too late shows when it came
        if together and last:
            self._events[-1] = Event(kind, last.time, self.baudrate, last.data + data)
        else:
            self._events.append(Event(kind, self.elapsed, self.baudrate, data, text))
        if kind == RECEIVED:
            self.last_received = self.now
        logger.debug('%.3f s: %s at %d Bd: %r', self.elapsed, kind, self.baudrate, data or text)


def open_port(settings: Settings) -> Any:
    """8N1, because the parity is made and checked here; 7E1 only where `parity` says so."""
    in_uart = settings.parity == 'even' and not is_pty(settings.serialport)
    port = serial.serial_for_url(
        settings.serialport, do_not_open=True, exclusive=True, baudrate=settings.baudrate, timeout=READ_TIMEOUT,
        bytesize=serial.SEVENBITS if in_uart else serial.EIGHTBITS,
        parity=serial.PARITY_EVEN if in_uart else serial.PARITY_NONE)
    with suppress(AttributeError, NotImplementedError):     # a port without these lines
        port.dtr, port.rts = settings.dtr, settings.rts
    port.open()
    _keep_lines(port)
    return port


def _keep_lines(port: Any) -> None:
    """DTR and RTS feed some heads: they stay as they are when the port is closed."""
    with suppress(io.UnsupportedOperation, AttributeError, termios.error):      # no tty
        attributes = termios.tcgetattr(port.fileno())
        attributes[2] &= ~termios.HUPCL
        termios.tcsetattr(port.fileno(), termios.TCSANOW, attributes)


def is_pty(path: str) -> bool:
    """A pseudo terminal: a program is behind it, which compares bytes, and the kernel takes no 7E1 there."""
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(state.st_mode) and os.major(state.st_rdev) in PTY_MAJORS


def _port_error(path: str, error: Exception) -> PortError:
    """Why a port cannot be opened, in a sentence."""
    number = getattr(error, 'errno', None)
    if number == errno.ENOENT:
        text = f'{path} does not exist: is the optical head plugged in?'
    elif number in (errno.EACCES, errno.EPERM):
        text = f'{path} must not be opened by this user: is it a member of the group {_group(path)}?'
    elif number in (errno.EBUSY, errno.EAGAIN):
        text = f'{path} is busy: another program uses it'
    else:
        text = f'{path} cannot be opened: {error}'
    return PortError(text, number)


def _group(path: str) -> str:
    try:
        return Path(path).group()
    except (OSError, KeyError):
        return 'dialout'
