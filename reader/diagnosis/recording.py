# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
A session taken apart: what was sent and what came of it, and how far the meter got. Pure.

    Recording           all of a session
      Exchange          one message of the reader, and what came until the next
      Transmission      one identification, and the data after it

Exchanges are cut by time, at what the reader sent, transmissions by what the bytes say: a meter that sends by itself may put
several into one exchange, and a NAK brings another transmission after an identification that came before.

What a symptom asks of the protocol it asks here, of a transmission; the readers of messages appear in no other room of the
diagnosis. They are lenient: what can be read is read, however damaged, and a transmission says what speaks against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ..errors import ProtocolError
from ..session import PORT_LOST, PORT_SHARED, RECEIVED, SENT, Event, Session, Settings
from ..wire.block import BlockReader
from ..wire.characters import ACK, MAX_MESSAGE, NAK, NUL, Parity, seven_bits, wire_time, without_echo
from ..wire.checking import accept
from ..wire.messages import Identification, IdentificationReader
from ..wire.stored import feed_stored
from .characters import wrong_parity


@dataclass
class Exchange:
    """One message of the reader (b'' while it only listens), and what came until the next."""

    sent: bytes                 # as sent
    time: float                 # s, when its first bit left
    sent_until: float           # s, when its last bit left
    speed: int                  # Bd, of the port while the answer came or should have come
    received: list[Event] = field(default_factory=list)

    def belongs(self, sent: bytes) -> bool:
        """What is sent next is no new message: the request after a wake-up, or one more, as nothing has come yet."""
        return bool(self.sent) and (not self.sent.strip(b'\0') or (self.sent == sent and not self.received))

    def add(self, event: Event) -> None:
        """Send this, too; an answer to a request that is repeated may be one to the first."""
        if event.data != self.sent:
            self.sent += event.data
            self.sent_until = event.time + wire_time(len(event.data), event.baudrate)

    @property
    def message(self) -> bytes:
        """What was sent, in seven bits."""
        return seven_bits(self.sent)

    @property
    def acknowledges(self) -> bool:
        """What was sent is an acknowledgement."""
        return self.message[:1] == ACK

    @property
    def asks_for_data(self) -> bool:
        """What was sent is an acknowledgement, or a NAK, which asks for the data once more."""
        return self.message[:1] in (ACK, NAK)

    @property
    def data(self) -> bytes:
        """What came, echo included."""
        return b''.join(event.data for event in self.received)

    @property
    def answer(self) -> bytes:
        """What came, without what an optical head hears of its own light."""
        data, sent = self.data, self.message.lstrip(NUL)
        if sent != self.message:
            data = data.lstrip(NUL)
        return without_echo(data, sent)

    @property
    def echoed(self) -> bool:
        """The head hears its own light."""
        return len(self.answer) < len(self.data)


class Transmission:
    """An identification and the data after it, as they were transmitted once; the data may be damaged, cut or missing."""

    def __init__(self, settings: Settings, identification: Identification, raw_identification: bytes,
                 request: Exchange, reply: Exchange | None = None, received: bytes = b'', position: int = 0) -> None:
        """The data is all of the reply; where nothing was sent it begins at that position of what was received."""
        self.identification = identification
        self.raw_identification = raw_identification    # as received
        self.request = request                          # in which the identification came
        self.reply = reply                              # with the acknowledgement or NAK, where one was sent
        self.speed = (reply or request).speed           # Bd, of the port when the data came or should have come
        self._checksum = settings.checksum
        self._reader = BlockReader(identification, raw_identification, reply.message if reply else b'')
        received = reply.data if reply else received
        _, end = feed_stored(self._reader, received, position, position + MAX_MESSAGE)
        self._reader.quiet()
        self.whole = self._reader.whole                 # the end of the data came
        self.interrupted = self._reader.interrupted     # by another identification
        self.unasked = self._reader.mode_d              # the form that only a meter has that sends by itself
        self.block = self._reader.raw                   # the data as received, without noise and echoes before it
        self.end = end                                  # where it ends in what was received
        if reply or not (self.whole or self.interrupted):
            self.end = len(received)
        self.data = received[position:self.end]         # echoes included
        self._parity = Parity(settings.parity)
        self._parity.feed(raw_identification + self.block)
        self.characters, self.wrong = self._parity.total, self._parity.wrong     # of identification and block
        if settings.parity == 'even':
            self.wrong = self.block.count(NUL)          # the UART hands over NUL in the place of a wrong one

    @property
    def answer(self) -> bytes:
        """The data without echo and repeated identification."""
        data = self.reply.answer if self.reply else self.data
        return without_echo(data, self.raw_identification)

    @property
    def endless(self) -> bool:
        """More came than any meter has to say."""
        return len(self.data) > MAX_MESSAGE

    @cached_property
    def refused(self) -> ProtocolError | None:
        """What speaks against the block."""
        return self._refused(self._checksum)

    def fits(self, checksum: str) -> bool:
        """Nothing would speak against the block if its check character were made like this, `xor` or `sum`."""
        return self._refused(checksum) is None

    def _refused(self, checksum: str) -> ProtocolError | None:
        try:
            accept(self._reader.message, self._parity, checksum=checksum)
        except ProtocolError as error:
            return error
        return None


class Recording:
    """A session, taken apart."""

    def __init__(self, session: Session) -> None:
        self.settings = session.settings
        self.events = session.events
        self.memory = session.memory            # the one it began with
        self.exchanges = list(_exchanges(session.events))
        self.transmissions = list(_transmissions(session.settings, self.exchanges))
        self.listening = session.settings.only_listen
        self.seconds = max((event.time for event in session.events), default=0.0)

    def has(self, kind: str) -> bool:
        """An event of this kind happened."""
        return any(event.kind == kind for event in self.events)

    @cached_property
    def port_lost(self) -> bool:
        """The port vanished."""
        return self.has(PORT_LOST)

    @cached_property
    def port_shared(self) -> bool:
        """Characters vanished at the port."""
        return self.has(PORT_SHARED)

    @cached_property
    def portions(self) -> list[Event]:
        """All that came, echoes included, in the portions in which the port handed it over."""
        return [event for exchange in self.exchanges for event in exchange.received]

    @cached_property
    def received(self) -> bytes:
        """All that came, echoes included."""
        return b''.join(event.data for event in self.portions)

    @property
    def silent(self) -> bool:
        """Nothing at all came, not even an echo."""
        return not self.received

    @cached_property
    def answer(self) -> bytes:
        """All that came, without echoes."""
        return b''.join(exchange.answer for exchange in self.exchanges)

    @cached_property
    def best(self) -> Transmission | None:
        """The transmission that came farthest."""
        return max(self.transmissions, default=None, key=lambda one: (one.whole, len(one.answer), one.reply is not None))

    @cached_property
    def identified(self) -> bool:
        """An identification came undamaged."""
        return any(not wrong_parity(one.raw_identification, self.settings.parity) for one in self.transmissions)


def _exchanges(events: tuple[Event, ...]) -> Iterator[Exchange]:
    """What was sent, each with its answer; while listening, what came at each speed."""
    now: Exchange | None = None
    for event in events:
        sent = event.data if event.kind == SENT else b''
        if now is not None and sent and now.belongs(sent):
            now.add(event)
            continue
        changed = event.kind == RECEIVED and now is not None and not now.sent and now.speed != event.baudrate
        if sent or now is None or changed:
            if now is not None:
                yield now
            now = Exchange(sent, event.time, event.time + wire_time(len(sent), event.baudrate), event.baudrate)
        if event.kind == RECEIVED:
            now.received.append(event)
            now.speed = event.baudrate
        elif now.sent:
            now.speed = max(now.speed, event.baudrate)      # lower: back to the sign-on
    if now is not None:
        yield now


def _transmissions(settings: Settings, exchanges: list[Exchange]) -> Iterator[Transmission]:
    last: Transmission | None = None
    for exchange in exchanges:
        if not exchange.asks_for_data:
            for last in _identified(settings, exchange):
                yield last
        elif last:
            yield Transmission(settings, last.identification, last.raw_identification, last.request, exchange)


def _identified(settings: Settings, exchange: Exchange) -> Iterator[Transmission]:
    """Each identification in what came, with what follows it up to the next one."""
    received, position = exchange.data, 0
    reader = IdentificationReader(exchange.message.lstrip(b'\0'), listening=not exchange.sent)
    while True:
        identification, position = feed_stored(reader, received, position, position + MAX_MESSAGE)
        if not identification:
            return
        transmission = Transmission(settings, identification, reader.raw, exchange, received=received, position=position)
        yield transmission
        position = transmission.end
        reader = IdentificationReader(listening=True)
