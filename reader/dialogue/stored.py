# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What was stored: readouts as text or as raw bytes (`read_stored`, `read_capture`), a session with all that went over the line
(`replay`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import serial

from ..errors import ProtocolError, SpeedRefused
from ..readout import Readout
from ..session import (
    PARITY_CHECKED,
    PARITY_UNSEEN,
    PORT_LOST,
    PORT_SHARED,
    RECEIVED,
    SENT,
    SPEED_REFUSED,
    Session,
    Settings,
)
from ..texts import Text
from ..wire.block import BlockReader, Frame
from ..wire.messages import IdentificationReader, acknowledgement
from ..wire.stored import feed_stored
from .line import Line
from .port import SHARED
from .programming import Programming
from .query import converse

if TYPE_CHECKING:
    from ..wire.messages import Identification

NOT_CERTAIN = Text('der Text endet mit einem bloßen "!": es ist nicht sicher, dass ihm keine Prüfsumme folgte',
                   'the text ends with a bare "!": it is not certain that no check followed it')


def read_capture(data: bytes, settings: Settings) -> list[Readout]:
    """
    The readouts in the bytes of a stored text or a raw capture, with or without what a dialogue has around them.

    :raises ProtocolError: one of them is refused
    """
    readouts = []
    for outcome in read_stored(data, settings):
        if isinstance(outcome, ProtocolError):
            raise outcome
        readouts.append(outcome)
    return readouts


def read_stored(data: bytes, settings: Settings) -> Iterator[Readout | ProtocolError]:
    """
    Each telegram in these bytes, in order: the readout that it is, or why it is refused; at least one of them.

    What comes before the first identification is the rest of another one, and left out; data after it that belong to no
    identification are refused.
    """
    position, checked = 0, False
    try:
        reader = IdentificationReader()
        identification, position = feed_stored(reader, data)
        position = position if identification else 0
        while True:
            block, position = _read_block(data, position, identification, reader.raw, checked)
            checked = checked or block.message.frame is Frame.P1
            yield _judge(settings, identification, reader.raw, block)
            reader, end = IdentificationReader(listening=True), position
            identification, position = feed_stored(reader, data, position)
            if b')' in data[end:position - len(reader.raw)]:
                yield ProtocolError(Text('Daten ohne Identifikation', 'data without an identification'))
            if not identification:
                return
    except ProtocolError as error:      # without an end
        yield error


def _read_block(data: bytes, position: int, identification: Identification | None, raw_identification: bytes,
                checked: bool) -> tuple[BlockReader, int]:
    """The block from this position on, and where it ends; `checked`: telegrams before it have a CRC."""
    asked = identification is not None and identification.mode == 'C'
    echo = acknowledgement(identification.speed_character) if identification and asked else b''
    block = BlockReader(identification, raw_identification, echo)
    whole, position = feed_stored(block, data, position)
    if not whole and block.close(bare=not checked):
        position -= len(block.rest)
    return block, position


def _judge(settings: Settings, identification: Identification | None, raw_identification: bytes,
           block: BlockReader) -> Readout | ProtocolError:
    from .blocks import read_block  # it brings the parser, which has time where a meter is asked
    try:
        readout = read_block(settings, identification, raw_identification, block, _mode(identification, block))
    except ProtocolError as error:
        return error
    bare = block.mode_d and block.message.frame is Frame.UNFRAMED and block.raw.rstrip(b'\0 \r').endswith(b'!')
    return replace(readout, remarks=(*readout.remarks, NOT_CERTAIN)) if bare else readout


def _mode(identification: Identification | None, block: BlockReader) -> str | None:
    """As Z says it, but D where the meter sent by itself: with a CRC, or with an empty line after its identification."""
    if not identification:
        return None
    frame = block.message.frame
    by_itself = block.mode_d and frame is Frame.UNFRAMED and identification.mode in 'AC' and not _doubled(block)
    return 'D' if by_itself or frame is Frame.P1 else identification.mode


def _doubled(block: BlockReader) -> bool:
    """Each line is followed by an empty one, as some terminals store them: that after the identification says nothing."""
    lines = block.message.data.replace(b'\r', b'').strip(b'\n').split(b'\n')
    return len(lines) > 1 and all(not line.strip() for line in lines[1::2])


def replay(session: Session) -> Readout:
    """
    Hold a recorded session again, with its settings: the same readout, or the same error.

    :raises MeterError: as `query`
    """
    recorded = _RecordedPort(session)
    line = Line(session.settings, recorded, recorded.open, judges=False)
    for event in session.events:
        if event.kind in (PARITY_CHECKED, PARITY_UNSEEN):
            line.parity_in_uart = event.kind == PARITY_CHECKED
    if session.registers:
        programming = Programming(line, session.memory.copy(0.0), session.registers)
        if session.registers.identification:
            line.baudrate = recorded.baudrate = session.events[0].baudrate
        with programming.opened():
            return programming.read(session.registers.codes)
    return converse(line, session.memory.copy(0.0))


OURS = (SENT, SPEED_REFUSED)        # what follows waits for the reader to do that again


class _RecordedPort:
    """The meter of a recorded session, and its clock: answers come when what was sent before them has been sent again."""

    timeout = 0.02      # s

    def __init__(self, session: Session) -> None:
        self._baudrate = session.settings.baudrate
        self._events = [e for e in session.events if e.kind in (SENT, RECEIVED, PORT_LOST, PORT_SHARED, SPEED_REFUSED)]
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    time = monotonic

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    def open(self, settings: Settings) -> _RecordedPort:
        if self._refuses():
            raise SpeedRefused(settings.serialport, settings.baudrate)
        return self

    def _refuses(self) -> bool:
        """The port did not do the speed that is set now."""
        refuses = bool(self._events) and self._events[0].kind == SPEED_REFUSED
        if refuses:
            self._events.pop(0)
        return refuses

    @property
    def baudrate(self) -> int:
        return self._baudrate

    @baudrate.setter
    def baudrate(self, baudrate: int) -> None:
        if self._refuses():
            raise ValueError('as recorded')
        self._baudrate = baudrate

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
        due = self._events and self._events[0].kind not in OURS and self._events[0].time <= self._now
        return max(len(self._events[0].data), 1) if due else 0

    def read(self, size: int) -> bytes:
        due = self._now + self.timeout
        if not self._events or self._events[0].kind in OURS or self._events[0].time > due:
            self._now = due
            return b''
        event = self._events.pop(0)
        self._now = max(self._now, event.time)
        if event.kind in (PORT_LOST, PORT_SHARED):
            raise serial.SerialException('as recorded' if event.kind == PORT_LOST else SHARED)
        return event.data
