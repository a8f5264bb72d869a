# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Doors to a simulation in real time: pyserial's URLs, and a pseudo terminal."""

import contextlib
import errno
import math
import os
import select
import sys
import termios
import threading
import time
import tty
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import serial

from .clock import NEVER, RealClock
from .options import SIGN_ON, Faults, MeterOptions
from .port import SimulatedPort, Simulation

URL_SCHEME = 'meter'
PTY_WAKE_UP_GAP = 0.05  # s: a pty shows what was written when this process gets the processor
PTY_GRACE = 0.05        # s, for the same reason
TERMIOS_SPEEDS = {getattr(termios, f'B{speed}'): speed for speed in (
    300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)}
TICK = 0.004            # s between two portions while characters are on the wire
LOOK = 0.005            # s between two looks whether a reader has opened the pty
IDLE = 0.5              # s at most between two looks at everything


class UrlDoor:
    """The simulations that meter:// URLs open; what pyserial imports as the scheme's handler module."""

    def __init__(self) -> None:
        self.simulations: dict[str, Simulation] = {}

    def simulation(self, url: str) -> Simulation:
        """The one behind this URL, made at the first call: it lives on when the port is closed."""
        if url not in self.simulations:
            parts = urllib.parse.urlsplit(url)
            texts = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
            self.simulations[url] = Simulation.from_texts(texts, RealClock())
        return self.simulations[url]

    def serial_class_for_url(self, url: str) -> tuple[str, Callable[..., SimulatedPort]]:
        """Called by serial.serial_for_url."""
        simulation = self.simulation(url)
        return url, lambda *args, **kwargs: SimulatedPort(*args, simulation=simulation, **kwargs)


@contextlib.contextmanager
def url_door(**given: Simulation) -> Iterator[UrlDoor]:
    """While it is open, serial.serial_for_url knows `meter://NAME` for the given simulations and `meter://NAME?OPTIONS`."""
    door = UrlDoor()
    door.simulations.update({f'{URL_SCHEME}://{name}': simulation for name, simulation in given.items()})
    package = 'simulated_meter_urls'
    modules: dict[str, Any] = {package: door, f'{package}.protocol_{URL_SCHEME}': door}
    sys.modules.update(modules)
    serial.protocol_handler_packages.append(package)
    try:
        yield door
    finally:
        serial.protocol_handler_packages.remove(package)
        for name in modules:
            del sys.modules[name]


class PtyDoor:
    """Meters behind a pseudo terminal in real time; as a context manager it answers in a thread of its own."""

    def __init__(self, options: MeterOptions | Sequence[MeterOptions] | None = None, faults: Faults | None = None,
                 link: str | None = None, simulation: Simulation | None = None) -> None:
        if simulation is None:
            plain = options or MeterOptions(framing='8N1', strict_parity=False, wakeup_gap=PTY_WAKE_UP_GAP)
            simulation = Simulation(plain, faults, RealClock())
        self.simulation, self.link = simulation, link
        self.simulation.head.grace = PTY_GRACE
        self.name = ''              # of the device; another one after the port has vanished and come back
        self._master = -1
        self._open = False          # a reader is there
        self._speed: float = SIGN_ON
        self._looked = 0.0
        self._wake_read, self._wake_write = os.pipe()
        self._stopped = False
        self._thread = threading.Thread(target=self.run, name='simulated meter', daemon=True)
        self._create()

    def __enter__(self) -> 'PtyDoor':
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        self._thread.join()
        self.close()

    def close(self) -> None:
        """Behind `run`: nobody calls stop() any more."""
        os.close(self._wake_read)
        os.close(self._wake_write)

    def stop(self) -> None:
        """Ends `run`; also from a signal handler or another thread."""
        self._stopped = True
        os.write(self._wake_write, b'.')

    def run(self) -> None:
        """Answers until it is stopped."""
        try:
            while not self._stopped:
                self._once()
        finally:
            self._remove()

    def _create(self) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        attributes = termios.tcgetattr(slave)
        attributes[4] = attributes[5] = termios.B300
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self.name = os.ttyname(slave)
        os.close(slave)             # only now the master tells whether someone has it open
        os.set_blocking(self._master, False)
        if self.link:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.link)
            os.symlink(self.name, self.link)

    def _remove(self) -> None:
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
            if self.link and os.path.islink(self.link):
                os.unlink(self.link)

    def _once(self) -> None:
        """Waits for the next thing and does it."""
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        if self._open:
            poll.register(self._master, select.POLLIN)
        ready = dict(poll.poll(math.ceil(max(0.0, self._pause()) * 1000)))
        if self._wake_read in ready:
            return
        if self._master < 0:
            self._create()
            return
        with self.simulation.changed:
            now = time.monotonic()
            self._look(now)
            if self._open:
                self._exchange(now)

    def _pause(self) -> float:
        """Seconds until something has to be done."""
        head, now = self.simulation.head, time.monotonic()
        if self._master < 0:
            return self.simulation.absent_until - now
        if not self._open:
            return LOOK
        arrival = head.receiver.arrival(1)
        if arrival < NEVER:
            arrival = max(arrival, min(now + TICK, head.receiver.last_arrival()))
        sending = now + TICK if head.free_at > now else NEVER
        return min(arrival, sending, head.horizon, head.receiver.gone_at, now + IDLE) - now

    def _look(self, now: float) -> None:
        """Whether a reader is there, and at which speed."""
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        flags = dict(poll.poll(0)).get(self._master, 0)
        there = not flags & select.POLLHUP or bool(flags & select.POLLIN)
        speed = TERMIOS_SPEEDS.get(termios.tcgetattr(self._master)[5], SIGN_ON)
        head = self.simulation.head
        if there != self._open:
            self._open = there
            if there:
                head.open(now, speed)
            else:
                head.close(now)
        elif there and speed != self._speed:
            head.switch(self._looked, speed)    # it was some time after that; in doubt for the reader
        self._speed, self._looked = speed, now

    def _exchange(self, now: float) -> None:
        """What the reader has written goes to the meters, what has arrived by now to the reader."""
        head = self.simulation.head
        try:
            written = os.read(self._master, 4096)
        except OSError as problem:
            if problem.errno not in (errno.EAGAIN, errno.EIO):
                raise
            written = b''
        if written:
            head.write(now, written)
        head.advance(now)
        head.receiver.settle(now)
        arrived = head.receiver.take(len(head.receiver.buffer))
        if arrived:
            with contextlib.suppress(BlockingIOError):      # nobody reads: lost, as in a UART
                os.write(self._master, arrived)
        if now >= head.receiver.gone_at:
            self.simulation.absent_until = now + head.faults.gone_for
            head.close(now)
            self._open = False
            self._remove()
