# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Asking a meter: modes A, B and C.

    reader  / ? address ! CR LF                                     at 300 Bd
    meter   / X X X Z ident CR LF                                   at 300 Bd
    reader  ACK 0 Z 0 CR LF                                         mode C only
    meter   STX data ! CR LF ETX BCC                                at Z (modes B and C), else at 300 Bd
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import NoAnswer, ProtocolError, SpeedRefused, Unconfirmed
from ..memory import ACKNOWLEDGE_0, OFFERED, UNACKNOWLEDGED
from ..readout import Readout
from ..session import RUNG
from ..texts import Text
from ..wire import messages
from ..wire.block import BlockReader
from ..wire.characters import LEAST_TEXT, MAX_MESSAGE, NAK, NUL, is_text, without_echo
from ..wire.messages import Identification, IdentificationReader
from .conversation import (
    ANSWER_MARGIN,
    CHARACTER_GAP,
    LEAST_ANSWER,
    LINE_IDLE,
    SHORTEST_REACTION,
    Conversation,
)
from .ladder import answer
from .line import LOOK

REACTION_MARGIN = 0.002         # s; the reaction time counts from the last bit, which is seen not before it came
ANSWER_TIME = 1.5               # s; the longest reaction time (tr, 6.4.3)
REACTION_SHARE = 0.7            # of the shortest reaction of a known meter: it answers no earlier
SHORTEST_ANSWER_TIME = 0.3      # s; a request is repeated if at least so much of `timeout` is left after it
IDENTIFICATION_LENGTH = 100     # characters, noise included; the standard's longest identification has 23
IDLE_PATIENCE = 10.0            # s; who talks longer than that without an identification is no meter that can be asked
WAKE_UP = bytes(66)             # NULs: 2.2 s at 300 Bd (B.1)
WAKE_UP_PAUSE = 1.6             # s (B.1)

RUNGS = {ACKNOWLEDGE_0: 'acknowledging 0: the data comes at 300 Bd',
         UNACKNOWLEDGED: 'not acknowledging: the data comes at 300 Bd'}


class Asking(Conversation):
    """A conversation with a meter that answers."""

    def ask(self) -> Readout:
        """
        Ask; after a damaged answer, or one without confirmation, ask once more, if the time allows it.

        :raises MeterError: NoAnswer, ProtocolError, ...
        """
        with self.remembered(), self._told_to_memory():
            try:
                return self._ask()
            except (ProtocolError, NoAnswer) as failure:
                return self.without_copy(failure)

    def _ask(self) -> Readout:
        self._step_on(self.memory.choose_rung(self.line.now))
        try:
            return self._dialogue()
        except (ProtocolError, NoAnswer) as error:
            failure = error
        if not self._may_ask_again(failure):
            raise failure
        self.trust_after_dropping()
        self.repeat('asking again', failure)
        self.line.set_baudrate(self.settings.baudrate)
        self._step_on(self.memory.rung)
        try:
            return self._dialogue()
        except NoAnswer:
            raise failure from None

    def _may_ask_again(self, failure: ProtocolError | NoAnswer) -> bool:
        """Not where nobody answers, no time is left, or only a copy is missing that has been asked for, or needs a wake-up."""
        if isinstance(failure, NoAnswer) and failure.awaited == 'identification':
            return False
        if isinstance(failure, Unconfirmed) and not failure.disturbed and (self.settings.wakeup or self._naks):
            return False
        return self.line.fits(self.line.elapsed + LINE_IDLE) and self._becomes_idle()

    def _step_on(self, rung: int) -> None:
        """How the next dialogue acknowledges."""
        self._rung, self._on_ladder, self._naks = rung, False, 0
        if rung == OFFERED:
            self.memory.tried_offered_speed(self.line.now)
        else:
            self.line.record(RUNG, text=RUNGS[rung])

    @contextmanager
    def _told_to_memory(self) -> Iterator[None]:
        """What a session tells of the offered speed: two that fail after the identification are a step down."""
        self._on_ladder = False
        try:
            yield
        except (ProtocolError, NoAnswer):
            if self._on_ladder and self._rung == self.memory.rung:
                self.memory.failed()
            raise
        if self._on_ladder:
            self.memory.succeeded(self._rung)

    def _becomes_idle(self) -> bool:
        """A meter that was not understood may begin to send yet, all its data at 300 Bd."""
        line = self.line
        identified = self.quality.total > 0
        patience = math.inf if identified else line.now + IDLE_PATIENCE
        recent = b''
        while line.now < patience and line.characters < MAX_MESSAGE:
            data = line.receive(line.now + LINE_IDLE)
            if not data:
                return True
            recent = (recent + data)[-2 * LEAST_TEXT:]
            if is_text(recent):
                patience = math.inf     # somebody else has asked: these are its data
        return False

    def _dialogue(self) -> Readout:
        """From the request to the checked data block (6.4); in mode C a damaged or unconfirmed block is asked for again."""
        line = self.line
        with self.phase('sign-on'):
            identification, reader = self._identify()
        with self.phase('acknowledge'):
            acknowledgement, came = self._acknowledge(identification)
        rest, number = reader.rest + came, 1
        while True:
            began = line.now
            try:
                with self.phase('data'):
                    block = self._receive_answer(identification, reader.raw, rest, acknowledgement)
                return self.accept(identification, reader.raw, block, identification.mode, repeated=number > 1)
            except ProtocolError as error:
                failure = error
                if identification.mode != 'C' or not self.worth_another(error, number, line.now - began):
                    raise
            except NoAnswer:
                if number == 1:
                    raise
                raise failure from None
            self.repeat('asking for the block again', failure)
            line.sleep(identification.reaction_time + REACTION_MARGIN)
            _, rest = self.say(NAK)
            self._naks += 1
            number += 1

    def _receive_answer(self, identification: Identification, raw: bytes, rest: bytes, acknowledgement: bytes) -> BlockReader:
        """The block that was sent now: one that ends before its characters can have been sent waited somewhere."""
        while True:
            block = self.receive_block(identification, raw, rest, acknowledgement)
            if not block.whole or self.is_in_time(len(block.raw)):
                return block
            self.line.drop()
            rest = b''

    def _identify(self) -> tuple[Identification, IdentificationReader]:
        """Sign on; some meters stay at the speed of a session in programming mode after it."""
        memory, start = self.memory, self.settings.baudrate
        others = (memory.stays_at, start) if memory.stays_at else (start, memory.session_speed)
        for speed in dict.fromkeys(filter(None, others)):
            self.line.set_baudrate(speed)
            try:
                found = self._sign_on()
            except NoAnswer as error:
                failure = error
                continue
            memory.stays_at = 0 if speed == start else speed
            return found
        raise failure

    def _sign_on(self) -> tuple[Identification, IdentificationReader]:
        """Request and identification; a request that meets silence is repeated once, if `timeout` leaves time for that."""
        line, settings = self.line, self.settings
        request = messages.request(settings.device_address, settings.querycode)
        if settings.wakeup:
            self._wake_up()
        reader = IdentificationReader(request)
        reader.feed(b''.join(self.say(request)))
        sent = line.now
        self.preload()
        deadline = sent + settings.timeout + ANSWER_MARGIN
        latest = deadline + line.wire_time(IDENTIFICATION_LENGTH)
        repeat_at = sent + ANSWER_TIME + ANSWER_MARGIN
        if repeat_at + line.wire_time(len(request)) + SHORTEST_ANSWER_TIME > sent + settings.timeout:
            repeat_at = math.inf
        asked_again = False
        while line.now < deadline:
            data = line.receive(min(deadline, repeat_at))
            if identification := reader.feed(data):
                if self._is_answer(reader.raw, reader.rest):
                    return identification, reader
                reader = IdentificationReader(request)
            elif reader.answered:
                repeat_at = math.inf
                if data:
                    deadline = min(latest, max(deadline, line.now + CHARACTER_GAP))
            elif line.now >= repeat_at:
                self.trust_after_dropping()
                sent_again = line.send(request)         # an answer to the first one may still come,
                if self.trusts:                         # if it was not the one that was dropped
                    self.await_from(sent_again)
                repeat_at, asked_again = math.inf, True
            if line.dropped >= LEAST_ANSWER and not asked_again:
                repeat_at = sent + ANSWER_TIME + ANSWER_MARGIN      # what was dropped may have been the answer all the same
                deadline = latest = max(deadline, repeat_at + settings.timeout + ANSWER_MARGIN)
        raise self._not_identified(reader, request)

    def _is_answer(self, raw: bytes, rest: bytes) -> bool:
        """It is undamaged, and was not here earlier than this meter answers."""
        self.check_identification(raw)
        known = self.memory.reaction
        if not self.is_in_time(len(raw), max(SHORTEST_REACTION, REACTION_SHARE * self.memory.least_reaction)):
            self.line.drop()
            return False
        reaction = self.reaction(len(raw))
        if self.line.keeps_pace and reaction > 0:
            self.memory.reaction = reaction if known is None else min(known, reaction)
        self.answered = self.line.last_received
        self.await_after(rest)
        return True

    def _not_identified(self, reader: IdentificationReader, request: bytes) -> ProtocolError | NoAnswer:
        if reader.answered:
            came = without_echo(reader.received, request).strip(NUL)
            return ProtocolError(Text('keine Identifikation in den {count} Zeichen, die kamen',
                                      'no identification in the {count} characters that came', {'count': len(came)}))
        seconds = {'seconds': self.settings.timeout}
        if reader.characters:
            return NoAnswer(Text('keine Antwort auf die Anfrage in {seconds:g} s, nur das Echo der Anfrage',
                                 'no answer to the request in {seconds:g} s, only the echo of the request', seconds),
                            'identification')
        return NoAnswer(Text('keine Antwort auf die Anfrage in {seconds:g} s', 'no answer to the request in {seconds:g} s',
                             seconds), 'identification')

    def _wake_up(self) -> None:
        """Wakes a meter with a battery (B.1). The port sends the NULs without gaps, as long as they are there at once."""
        self.line.send(WAKE_UP)
        self.line.sleep(WAKE_UP_PAUSE)

    def _acknowledge(self, identification: Identification) -> tuple[bytes, bytes]:
        """Acknowledge (mode C) and change the speed (modes B and C); what was sent, and what has come of the data."""
        line, came = self.line, b''
        planned = answer(identification, self.settings, self._rung)
        self._on_ladder = planned.on_ladder
        self.remark(planned.remark)
        if planned.message:
            self._await_reaction_time(identification)
            _, came = self.say(planned.message)
        if planned.baudrate:
            try:
                line.set_baudrate(planned.baudrate)
            except SpeedRefused as error:
                if planned.on_ladder:
                    self.memory.cannot_offered()
                self.remark(Text('{error}', '{error}', {'error': error.said}))
                raise
        return planned.message, came

    def _await_reaction_time(self, identification: Identification) -> None:
        """Nothing is sent earlier after the identification; some heads repeat it meanwhile."""
        line = self.line
        heard = line.characters
        while line.receive(line.last_received + identification.reaction_time - LOOK):
            if line.characters - heard > MAX_MESSAGE:
                raise ProtocolError(Text('der Zähler redet nach seiner Identifikation ohne Ende weiter',
                                         'the meter goes on without end after its identification'))
        line.sleep(line.last_received + identification.reaction_time + REACTION_MARGIN - line.now)
