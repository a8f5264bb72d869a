# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A simulation, and the port that opens it: as pyserial has it."""

import errno
import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import serial

from .clock import NEVER, RealClock, VirtualClock
from .head import Head
from .meter import Meter
from .options import SIGN_ON, Faults, MeterOptions
from .wire import SEVEN_BITS, with_parity


class Simulation:
    """Meters, their head and a clock: what a reader opens, any number of times, one at a time."""

    def __init__(self, options: MeterOptions | Sequence[MeterOptions] | None = None, faults: Faults | None = None,
                 clock: VirtualClock | RealClock | None = None) -> None:
        several = [options or MeterOptions()] if not isinstance(options, Sequence) else options
        self.clock = clock or VirtualClock()
        self.faults = faults or Faults()
        now = self.clock.monotonic()
        self.meters = [Meter(each, self.faults, now=now, epoch=self.clock.time() - now) for each in several]
        self.head = Head(self.meters, self.faults)
        self.changed = threading.Condition()        # also guards head and meters
        self.port: SimulatedPort | None = None      # the open one
        self.absent_until = 0.0                     # the port cannot be found, after it has vanished

    @property
    def meter(self) -> Meter:
        """The (first) meter."""
        return self.meters[0]

    @classmethod
    def from_texts(cls, texts: Mapping[str, str], clock: VirtualClock | RealClock | None = None) -> 'Simulation':
        """From options and faults as text; unknown names and unfit values raise ValueError."""
        known = {each.name: (kind, each.metadata['parse']) for kind in (MeterOptions, Faults) for each in fields(kind)}
        if unknown := set(texts) - set(known):
            raise ValueError(f'no option of the simulated meter: {", ".join(sorted(unknown))}')
        values: dict[type, dict[str, Any]] = {MeterOptions: {}, Faults: {}}
        for name, text in texts.items():
            kind, parse = known[name]
            for each in (MeterOptions, Faults) if name == 'seed' else (kind,):
                values[each][name] = parse(text)
        meter = values[MeterOptions]
        first = meter.get('seed', 1)
        addresses = str(meter.get('address', '')).split(',')
        return cls([MeterOptions(**{**meter, 'address': address, 'seed': first + number})
                    for number, address in enumerate(addresses)], Faults(**values[Faults]), clock)

    def open_port(self, settings: Any = None, **properties: Any) -> 'SimulatedPort':
        """An open port: door 1. Of `settings` baudrate, dtr, rts and parity count where they are there; `properties` are
        those of serial.Serial and go first."""
        seven = getattr(settings, 'parity', '') == 'even'
        port = SimulatedPort(None, simulation=self, **{
            'baudrate': getattr(settings, 'baudrate', SIGN_ON), 'timeout': 0.1,
            'bytesize': serial.SEVENBITS if seven else serial.EIGHTBITS,
            'parity': serial.PARITY_EVEN if seven else serial.PARITY_NONE, **properties})
        port.port = 'simulated meter'
        port.dtr, port.rts = getattr(settings, 'dtr', True), getattr(settings, 'rts', True)
        port.open()
        return port


def _on_grid(time: float, grid: float, since: float = 0.0) -> float:
    """The same time, or the next point of a grid."""
    return since + math.ceil((time - since) / grid) * grid if grid and time < NEVER else time


class SimulatedPort(serial.SerialBase):
    """pyserial's surface on a simulation; settings, context manager and checks are pyserial's own."""

    def __init__(self, *args: Any, simulation: Simulation, **kwargs: Any) -> None:
        self._simulation = simulation
        self._head, self._clock, self._changed = simulation.head, simulation.clock, simulation.changed
        self._speed = 0         # that the head knows
        self._may_jump = isinstance(simulation.clock, VirtualClock) and not simulation.faults.latency
        super().__init__(*args, **kwargs)

    def open(self) -> None:
        """As pyserial: SerialException when it is open already (locked), or not there."""
        if self.is_open:
            raise serial.SerialException('Port is already open.')
        with self._changed:
            now = self._clock.monotonic()
            if now < self._simulation.absent_until:
                raise serial.SerialException(errno.ENOENT, f'could not open port {self._port}: '
                                             f"[Errno 2] No such file or directory: '{self._port}'")
            if self._simulation.port is not None:
                raise serial.SerialException(errno.EAGAIN, f'Could not exclusively lock port {self._port}: '
                                             '[Errno 11] Resource temporarily unavailable')
            self._check_format()
            self._speed = self._baudrate
            self._head.open(now, self._speed, self._head.faults.powered(self._dtr_state, self._rts_state))
            self._simulation.port = self
            self.is_open = True

    def close(self) -> None:
        """Lets the next one open it; a read that waits in another thread ends."""
        with self._changed:
            if self.is_open:
                self.is_open = False
                self._simulation.port = None
                self._head.close(self._clock.monotonic())
                self._changed.notify_all()

    def read(self, size: int = 1) -> bytes:
        """At most so many characters, fewer after the timeout; on a port that vanishes those of this call are lost."""
        with self._changed:
            head, receiver = self._head, self._head.receiver
            now = self._now()
            deadline = NEVER if self._timeout is None else now + self._timeout
            ahead = receiver.take_ahead(size, min(deadline, head.horizon)) if self._may_jump else None
            if ahead:
                self._clock.now, data = max(now, ahead[0]), ahead[1]
            else:
                self._await(size, now, deadline)
                data = receiver.take(size)
        return data.translate(SEVEN_BITS) if self._bytesize == serial.SEVENBITS else data

    def _await(self, size: int, now: float, deadline: float) -> None:
        """Until so many characters have come, or the deadline."""
        head, receiver = self._head, self._head.receiver
        while True:
            limit = min(self._handed_over(receiver.arrival(size)), deadline, receiver.gone_at, head.horizon)
            if now >= limit:
                break
            self._clock.wait(self._changed, limit)
            now = self._now()
        if len(receiver.buffer) < size and now >= receiver.gone_at:
            receiver.buffer.clear()
            self._vanish()

    def write(self, data: bytes) -> int:
        """Returns at once; the characters leave at the line's speed."""
        data = bytes(data)
        with self._changed:
            now = self._now()
            if now >= self._head.receiver.gone_at:
                self._vanish()
            if data:
                self._head.write(now, with_parity(data.translate(SEVEN_BITS))
                                 if self._parity == serial.PARITY_EVEN else data)
                self._changed.notify_all()
        return len(data)

    def flush(self) -> None:
        """Waits until the last character has left, as far as the adapter's driver tells (`early_flush`, `flush_grid`)."""
        with self._changed:
            began, faults = self._now(), self._head.faults
            while not faults.early_flush and self._now() < (end := _on_grid(self._head.free_at, faults.flush_grid, began)):
                self._clock.wait(self._changed, end)

    @property
    def in_waiting(self) -> int:
        """Characters that can be read without waiting; OSError when the port has vanished."""
        with self._changed:
            now = self._now()
            receiver = self._head.receiver
            if now >= receiver.gone_at and not receiver.buffer:
                self._simulation.absent_until = receiver.gone_at + self._head.faults.gone_for
                raise OSError(errno.EIO, 'Input/output error')
            return len(receiver.buffer)

    def reset_input_buffer(self) -> None:
        """Forgets what has come so far."""
        with self._changed:
            self._now()
            self._head.receiver.buffer.clear()

    def _now(self) -> float:
        """The time, with everything done and received that happens until then."""
        if not self.is_open:
            raise serial.PortNotOpenError
        now = self._clock.monotonic()
        self._head.advance(now)
        latency = self._head.faults.latency
        self._head.receiver.settle(math.floor(now / latency + 1e-6) * latency + 1e-9 if latency else now)
        return now

    def _handed_over(self, arrival: float) -> float:
        return _on_grid(arrival, self._head.faults.latency)

    def _vanish(self) -> None:
        self._simulation.absent_until = self._head.receiver.gone_at + self._head.faults.gone_for
        raise serial.SerialException('device reports readiness to read but returned no data '
                                     '(device disconnected or multiple access on port?)')

    def _check_format(self) -> None:
        seven = (self._bytesize, self._parity) == (serial.SEVENBITS, serial.PARITY_EVEN)
        if not seven and (self._bytesize, self._parity) != (serial.EIGHTBITS, serial.PARITY_NONE):
            raise ValueError('the simulated port knows 7E1 and 8N1')

    def _reconfigure_port(self, force_update: bool = False) -> None:
        with self._changed:
            self._check_format()
            if self._baudrate != self._speed:
                self._speed = self._baudrate
                self._head.switch(self._now(), self._speed)
                self._changed.notify_all()

    def _update_dtr_state(self) -> None:
        self._update_power()

    def _update_rts_state(self) -> None:
        self._update_power()

    def _update_power(self) -> None:
        with self._changed:
            if self._head.faults.needs:
                self._head.power(self._now(), self._head.faults.powered(self._dtr_state, self._rts_state))
                self._changed.notify_all()
