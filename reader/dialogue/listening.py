# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Listening to a meter that sends by itself: mode D, and P1 ports.

    meter   / X X X Z ident CR LF CR LF data ! CR LF                without frame
            / X X X 5 ident CR LF CR LF data ! CRC CR LF            P1

A listener joins anywhere: what comes before an identification at the beginning of a line is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import MeterError, NoAnswer, ProtocolError, SpeedRefused, Unconfirmed
from ..memory import Memory
from ..readout import Readout
from ..texts import Text
from ..wire.block import BlockReader
from ..wire.messages import START_SPEED, Identification, IdentificationReader
from .conversation import LEAST_ANSWER, Conversation
from .line import Line
from .port import LISTENER_TIME

LISTEN_TIME = 11.0              # s at each speed; P1 meters send every 10 s
LISTEN_SPEEDS = (300, 9600, 2400, 115200)
LISTEN_PATIENCE = 60.0          # s; join a long telegram in the middle, and on a line that hear_on() stays on


class Listening(Conversation):
    """A conversation with a meter that only talks."""

    def __init__(self, line: Line, memory: Memory) -> None:
        super().__init__(line, memory)
        self._rest = b''                # what came after the telegram before

    @property
    def longest(self) -> float:
        """It may stay on the line for ever, which others should be told of soon."""
        return LISTENER_TIME

    def hear(self) -> Readout:
        """
        The next whole telegram; of a damaged or unconfirmed one the next is awaited, if the time allows it.

        :raises MeterError: NoAnswer, ProtocolError, ...
        """
        number = 1
        self._begin_listening()
        with self.remembered():
            while True:
                began = self.line.now
                try:
                    outcome = self._next_telegram(LISTEN_TIME)
                except (ProtocolError, NoAnswer) as error:      # there was none
                    return self.without_copy(error)
                if isinstance(outcome, Readout):
                    return outcome
                if agreed := self.copies.agreed():
                    return agreed
                if not self.worth_another(outcome, number, self.line.now - began):
                    return self.without_copy(outcome)
                self.repeat('waiting for the next telegram', outcome)
                number += 1

    def hear_on(self, failed: Callable[[MeterError], None]) -> Iterator[Readout]:
        """Each whole telegram; `failed` is told of those that were refused, and of a minute without one."""
        self._begin_listening()
        waits = False       # the last telegram, for a copy
        while True:
            self.start_again()
            self.copies.next_telegram()
            outcome = self._hear_one()
            if isinstance(outcome, Unconfirmed):
                if not outcome.disturbed and not waits:
                    waits = True
                    continue        # the next telegram is its copy
                outcome = self.copies.without_copy(self.damaged) or outcome
            waits = False
            if isinstance(outcome, Readout):
                yield outcome
            else:
                outcome.session = self.session
                failed(outcome)

    def _begin_listening(self) -> None:
        """What was there when the port was opened is no telegram of now."""
        self.line.drain()
        self.preload()

    def _hear_one(self) -> Readout | ProtocolError | NoAnswer:
        with self.remembered():
            try:
                return self._next_telegram(LISTEN_PATIENCE)
            except (ProtocolError, NoAnswer) as error:
                self._rest = b''
                return error

    def _next_telegram(self, patience: float) -> Readout | ProtocolError | NoAnswer:
        """
        The next telegram, or why it was refused.

        :raises NoAnswer, ProtocolError: there was none
        """
        while True:
            with self.phase('sign-on'):
                identification, reader = self._wait_for_telegram(patience)
            self.answered = self.line.last_received
            try:
                with self.phase('data'):
                    block = self.receive_block(identification, reader.raw, reader.rest)
            except NoAnswer as error:
                self._rest = b''
                return error
            self._rest = block.rest
            before = reader.characters - len(reader.raw) - len(reader.rest)
            if self._is_of_now(before, len(reader.raw) + len(block.raw)):
                break
        self.quality.feed(reader.raw)
        self.memory.heard_at = self.line.baudrate
        try:
            return self.accept(identification, reader.raw, block, 'D')
        except ProtocolError as error:
            return error

    def _is_of_now(self, before: int, characters: int) -> bool:
        """
        It came as fast as it was sent, and is the last one that has come: what waited somewhere is dropped.

        :param before: characters that came before it and belong to no telegram
        """
        if _holds_telegram(self._rest):
            self.line.drop(len(self._rest))
            return False
        waited = self.line.buffered or self._is_joined(before, characters)
        if self.excused() if waited else self.is_in_time(characters):
            self.await_after(self._rest)
            return True
        if waited:      # and all that came with it
            self._rest = b''
        self.line.drop(len(self._rest))
        self.trust_after_dropping()
        return False

    def _is_joined(self, before: int, characters: int) -> bool:
        """It came in one piece with a part of another telegram: from a buffer, since meters make pauses between two of them."""
        return bool(self._rest.strip(b'\0\r\n')) or (before >= LEAST_ANSWER and self.line.has_run(before + characters))

    def _wait_for_telegram(self, patience: float) -> tuple[Identification, IdentificationReader]:
        """
        The beginning of a telegram, at one of the possible speeds; what comes before it is dropped.

        :raises NoAnswer: silence
        :raises ProtocolError: characters, but no telegram
        """
        line, rest = self.line, self._rest
        speeds = (line.baudrate,) if rest else self._speeds()
        patience = max(patience if len(speeds) == 1 else LISTEN_TIME, self.settings.timeout)
        received = 0
        for speed in speeds:
            try:
                line.set_baudrate(speed)
            except SpeedRefused:
                if speed == speeds[-1] and not received:
                    raise
                continue
            reader = IdentificationReader(listening=True)
            if identification := reader.feed(rest):
                return identification, reader
            began = line.now
            until = began + patience
            while line.now < until and (data := line.receive(until)):
                if identification := reader.feed(data):
                    return identification, reader
                if reader.is_text:
                    until = max(until, min(line.now + LISTEN_TIME, began + LISTEN_PATIENCE))
            received += reader.characters
        tried = {'seconds': line.elapsed, 'speeds': ', '.join(map(str, speeds)), 'count': received}
        if received:
            raise ProtocolError(Text('kein Telegramm in {seconds:.0f} s bei {speeds} Bd, nur {count} Zeichen',
                                     'no telegram in {seconds:.0f} s at {speeds} Bd, only {count} characters', tried))
        raise NoAnswer(Text('kein Telegramm in {seconds:.0f} s bei {speeds} Bd',
                            'no telegram in {seconds:.0f} s at {speeds} Bd', tried), 'identification')

    def _speeds(self) -> tuple[int, ...]:
        """The one that is set; with the default all that are usual, the one that gave a telegram before comes first."""
        if self.settings.baudrate_fix or self.settings.baudrate != START_SPEED:
            return (self.settings.baudrate,)
        return tuple(sorted(LISTEN_SPEEDS, key=lambda speed: speed != self.memory.heard_at))


def _holds_telegram(received: bytes) -> bool:
    """There is another whole telegram in it."""
    reader = IdentificationReader(listening=True)
    identification = reader.feed(received)
    return identification is not None and BlockReader(identification, reader.raw).feed(reader.rest)
