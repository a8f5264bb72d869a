# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What was stored: a readout as text or as raw bytes (`read_capture`), a session with all that went over the line (`replay`)."""

from __future__ import annotations

import serial

from ..readout import Readout
from ..session import PORT_LOST, RECEIVED, SENT, Session, Settings
from ..wire.block import BlockReader
from ..wire.messages import IdentificationReader, acknowledgement
from ..wire.stored import feed_stored
from .line import Line
from .query import converse


def read_capture(data: bytes, settings: Settings) -> list[Readout]:
    """
    The readouts in the bytes of a stored text or a raw capture, with or without what a dialogue has around them.

    :raises ProtocolError: one of them is refused
    """
    from .blocks import read_block  # it brings the parser, which has time where a meter is asked
    reader = IdentificationReader()
    identification, position = feed_stored(reader, data)
    if not identification:
        position = 0
    readouts: list[Readout] = []
    while identification or not readouts:
        dialogue = identification.mode if identification else None
        echo = acknowledgement(identification.speed_character) if identification and dialogue == 'C' else b''
        block = BlockReader(identification, reader.raw, echo)
        whole, position = feed_stored(block, data, position)
        if not whole and block.close():
            position -= len(block.rest)
        mode = 'D' if dialogue == 'C' and block.mode_d else dialogue
        readouts.append(read_block(settings, identification, reader.raw, block, mode))
        reader = IdentificationReader(listening=True)
        identification, position = feed_stored(reader, data, position)
    return readouts


def replay(session: Session) -> Readout:
    """
    Hold a recorded session again, with its settings: the same readout, or the same error.

    :raises MeterError: as `query`
    """
    recorded = _RecordedPort(session)
    return converse(Line(session.settings, recorded, lambda settings: recorded, judges=False), session.memory.copy(0.0))


class _RecordedPort:
    """The meter of a recorded session, and its clock: answers come when what was sent before them has been sent again."""

    timeout = 0.02      # s

    def __init__(self, session: Session) -> None:
        self.baudrate = session.settings.baudrate
        self._events = [e for e in session.events if e.kind in (SENT, RECEIVED, PORT_LOST)]
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    time = monotonic

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    def write(self, data: bytes) -> None:
        while self._events:
            event = self._events.pop(0)
            if event.kind == PORT_LOST:
                raise serial.SerialException('as recorded')
            if event.kind == SENT:
                self._now = max(self._now, event.time)
                break

    def flush(self) -> None:
        """Everything has been sent long ago."""

    def close(self) -> None:
        """There is nothing to close."""

    @property
    def in_waiting(self) -> int:
        due = self._events and self._events[0].kind != SENT and self._events[0].time <= self._now
        return max(len(self._events[0].data), 1) if due else 0

    def read(self, size: int) -> bytes:
        due = self._now + self.timeout
        if not self._events or self._events[0].kind == SENT or self._events[0].time > due:
            self._now = due
            return b''
        event = self._events.pop(0)
        self._now = max(self._now, event.time)
        if event.kind == PORT_LOST:
            raise serial.SerialException('as recorded')
        return event.data
