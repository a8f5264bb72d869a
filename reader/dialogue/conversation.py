# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The state of one conversation with a meter, and what modes A to D have in common: a block is received, checked and accepted.

Who knows what: the line knows time and characters, the readers of `wire` know what is whole and what is right, this room puts
it together. How a meter is asked is in asking.py, how it is listened to in listening.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from ..errors import AnotherMeter, MeterError, NoAnswer, ProtocolError, Unconfirmed
from ..memory import Memory
from ..readout import Readout
from ..session import ACCEPTED, AGAIN, FAILED, Session
from ..texts import Text
from ..wire.block import BlockReader
from ..wire.characters import MAX_MESSAGE, Parity
from ..wire.messages import Identification
from .line import HELD_BACK, PORTION, Line
from .port import ASKING_MARGIN, is_network

if TYPE_CHECKING:
    from .copies import Copies

SHORTEST_REACTION = 0.02        # s (tr of meters whose third letter is lower case, 6.4.3)
CHARACTER_GAP = 1.5             # s; the longest gap between two characters of a message (ta, 6.4.3)
ANSWER_MARGIN = 0.15            # s; added to `timeout`, so that an answer at the last moment is not missed
LINE_IDLE = 2.3                 # s; a meter that awaits an acknowledgement sends without one after 2.2 s (tt)
BLOCKS = 3                      # blocks of one dialogue: the first, the one for a damaged one, the copy that confirms it
ONE_ACCIDENT = 1                # character with wrong parity in a session does not make a disturbed line
MOMENT_MARGIN = 0.01            # s; of what is known of moments: when the last bit left, when the last one came
LEAST_ANSWER = 6                # characters; what is shorter is noise

BUFFERED = Text('die Zeichen kamen schneller, als sie gesendet werden: etwas puffert sie, oder der Zähler antwortet zu früh',
                'the characters came faster than they are sent: something buffers them, or the meter answers too early')


class Conversation:
    """
    One session, or on a line that is listened to one after the other.

    :param line: not open yet
    :param memory: what earlier sessions have left; this one adds to it
    """

    def __init__(self, line: Line, memory: Memory) -> None:
        self.line = line
        self.settings = line.settings
        self.memory = memory
        self._trusts = False
        self.start_again()

    def start_again(self) -> None:
        """Another readout begins on this line."""
        self.line.start_again()
        self._since = self.line.now     # s: what is awaited cannot have been sent before
        self.answered: float | None = None      # s, when the meter had identified itself
        self._began_with = self.memory.copy(self.line.now)
        self.quality = Parity(self.settings.parity)    # of all characters of the session that mattered
        self.phases: dict[str, float] = {}
        self.remarks: list[Text] = []
        self.repeats = 0
        self.damaged = 0        # blocks that were refused
        self._untimely = False  # something came too early

    @cached_property
    def copies(self) -> Copies:
        """What waits for a copy in this session."""
        from .copies import Copies  # loaded while the meter is awaited, see preload()
        return Copies(self.memory, self.settings.confirm)

    @property
    def session(self) -> Session:
        """What was recorded so far."""
        return Session(self.settings, tuple(self.line.events), self._began_with)

    @property
    def longest(self) -> float:
        """s for which others of this process let it have the port."""
        return self.settings.max_duration + ASKING_MARGIN

    @contextmanager
    def opened(self) -> Iterator[None]:
        """
        The port, open; whatever fails meanwhile carries the session.

        :raises PortError: see `Line.opened`
        """
        if self.memory.number:
            from .heads import moved_to
            self.line.path = moved_to(self.settings.serialport, self.memory.head) or self.line.path
        try:
            with self.line.opened(self.longest):
                self.phases['open'] = self.line.elapsed
                yield
        except MeterError as error:
            self.line.record(FAILED, text=str(error))
            error.session = self.session
            raise

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Whether the line was disturbed counts for the next sessions, too."""
        try:
            yield
        finally:
            self.memory.heard(self.quality.total, self.quality.wrong, self.damaged > 0)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time spent inside to this phase."""
        began = self.line.now
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + self.line.now - began

    def preload(self) -> None:
        """
        Load what is needed when data has come, while the meter is awaited, and let the caller do so, too.

        So the program asks sooner than if it began with it, and nothing has to wait for it at the end.
        """
        from . import blocks, copies  # noqa: F401
        from .heads import lasting_name
        if not self._moved:
            self.memory.head = lasting_name(self.settings.serialport)
        self.line.meanwhile()

    @property
    def _moved(self) -> bool:
        """The head was found at another port than the one that is set."""
        return self.line.path != self.settings.serialport

    def remark(self, text: Text | None) -> None:
        """Say this of the readout, once."""
        if text and text not in self.remarks:
            self.remarks.append(text)

    # moments

    @property
    def trusts(self) -> bool:
        """What comes is taken for an answer, however early: moments tell nothing on this line."""
        return self._trusts or not self.line.keeps_pace or not self.memory.keeps_pace

    def say(self, message: bytes) -> tuple[bytes, bytes]:
        """
        Send. What was there before cannot be the answer, and is dropped; so is what has come when the last bit leaves, but for
        an echo, where moments tell something.

        :return: as much of the echo as has come, and of the answer, if this program was held up
        """
        self.line.drain()
        sent = self.line.send(message)
        came = (b'', b'') if self.trusts else self.line.drain(message, sent + SHORTEST_REACTION - MOMENT_MARGIN)
        self.await_from(sent)
        return came

    def await_after(self, rest: bytes) -> None:
        """What is awaited now follows what came just now, without a pause perhaps; its beginning `rest` came with it."""
        self.await_from(self.line.last_received - self.line.wire_time(len(rest)) - HELD_BACK)

    def await_from(self, moment: float) -> None:
        """What is awaited now cannot have been sent before this moment."""
        self._since = moment
        self.line.expect()

    def reaction(self, characters: int) -> float:
        """s from the moment since when a message is awaited to its first bit, if the last of so many characters came just now."""
        return self.line.last_received - self.line.wire_time(characters) - self._since

    def is_in_time(self, characters: int, shortest: float = 0.0) -> bool:
        """So many characters can have been sent since then; if not, but that was so before, this line is one that buffers."""
        if self.reaction(characters) >= shortest - MOMENT_MARGIN and not (self.settings.only_listen and self.line.buffered):
            return True
        return self.excused()

    def excused(self) -> bool:
        """What came too early is taken all the same: it did so again, or moments tell nothing."""
        self._untimely = True
        if not self.trusts:
            return False
        if self._trusts:
            self.memory.keeps_pace = False
        if self.line.keeps_pace:
            self.remark(BUFFERED)
        return True

    def trust_after_dropping(self) -> None:
        """Something was dropped, and nothing else came: when it comes like that again, it is the answer."""
        self._trusts = self._trusts or self.line.dropped >= LEAST_ANSWER

    def worth_another(self, failure: MeterError, number: int, seconds: float) -> bool:
        """Another block, after so many, which takes so long: once for a damaged one, once more to confirm it."""
        most = BLOCKS if isinstance(failure, Unconfirmed) else BLOCKS - 1
        return number < most and self.line.fits(seconds) and self.line.characters < MAX_MESSAGE

    def without_copy(self, failure: ProtocolError | NoAnswer) -> Readout:
        """What can be handed out although no copy of it was to be had; else the failure."""
        readout = self.copies.without_copy(self.damaged)
        if not readout:
            raise failure
        return replace(readout, repeats=self.repeats, duration=self.line.elapsed, session=self.session)

    def repeat(self, what: str, failure: MeterError) -> None:
        """Something is done once more."""
        self.line.record(AGAIN, text=f'{what}: {failure}')
        self.repeats += 1

    def receive_block(self, identification: Identification, raw_identification: bytes, rest: bytes,
                      acknowledgement: bytes = b'') -> BlockReader:
        """
        Receive up to the end of the block, or up to silence: then it is not whole. It is as yet unjudged.

        :param rest: what has come of it already
        :raises NoAnswer: nothing came but an echo
        """
        block = BlockReader(identification, raw_identification, acknowledgement)
        line, settings = self.line, self.settings
        block.feed(rest)
        gap = max(settings.timeout, CHARACTER_GAP) if is_network(settings.serialport) else CHARACTER_GAP
        # without an acknowledgement a meter waits for one before it sends
        deadline = line.now + max(settings.timeout, 0 if block.echo else LINE_IDLE) + ANSWER_MARGIN
        while not block.whole:
            expected = 0 if block.ending else max(self.memory.characters - block.characters, 0)
            data = line.receive(line.last_received + line.quiet_time if block.ending else deadline, block.least, expected,
                                0.0 if block.is_near else PORTION)
            if not data:
                block.quiet()
                break
            block.feed(data)
            deadline = line.now + gap       # a network may hold back what the meter sent in time
        if not block.answered:
            raise NoAnswer(Text('{identification} antwortete, sandte aber in {seconds:g} s keine Daten',
                                '{identification} answered, but sent no data in {seconds:g} s',
                                {'identification': block.identification, 'seconds': settings.timeout}), 'data')
        return block

    def accept(self, identification: Identification, raw_identification: bytes, block: BlockReader, mode: str,
               repeated: bool = False) -> Readout:
        """
        The readout, if nothing speaks against it.

        :param repeated: the same block came before
        :raises ProtocolError: it is damaged
        :raises Unconfirmed: another copy is needed
        :raises AnotherMeter: the head was looked for, and is at another meter now
        """
        try:
            return self._accept(identification, raw_identification, block, mode, repeated)
        except ProtocolError as error:
            self.damaged += not isinstance(error, Unconfirmed) or error.damaged
            raise

    def _accept(self, identification: Identification, raw_identification: bytes, block: BlockReader, mode: str,
                repeated: bool) -> Readout:
        from ..obis.matching import serial_number
        from .blocks import read_block
        with self.phase('check'):
            self.quality.feed(block.raw)
            readout = self._checked_by_uart(read_block(self.settings, identification, raw_identification, block, mode))
        number = serial_number(readout.data_sets) or ''
        if self._moved:
            if number != self.memory.number:
                raise AnotherMeter(number or '-', self.memory.number)
            self.remark(Text('{port} gibt es nicht mehr, der Lesekopf ist jetzt {path}',
                             '{port} is not there any more, the head is {path} now',
                             {'port': self.settings.serialport, 'path': self.line.path}))
        self.line.record(ACCEPTED)
        self.memory.characters = block.characters
        quality = self.quality.wrong / self.quality.total if self.quality.total else 0.0
        readout = replace(
            readout, baudrate=self.line.baudrate, remarks=(*self.remarks, *readout.remarks), phases=dict(self.phases),
            duration=self.line.elapsed, waited=self.line.waited, quality=quality, repeats=self.repeats,
            time=self.line.clock.time(), session=self.session)
        disturbed = (self.memory.distrust or self.quality.wrong > ONE_ACCIDENT) and 'crc' not in readout.checked
        readout = self.copies.accept(readout, disturbed, self.answered, self.damaged, repeated)
        self.memory.number = number
        self.memory.keeps_pace = self.memory.keeps_pace or not self._untimely
        return readout

    def _checked_by_uart(self, readout: Readout) -> Readout:
        """
        With `parity: even` the parity cannot be seen here.

        :raises ProtocolError: nothing at all vouches for the data
        """
        if self.line.parity_in_uart:
            return replace(readout, checked=('parity', *readout.checked))
        if self.line.parity_in_uart is False and not readout.checked:
            raise ProtocolError(Text('{port} prüft die Parität nicht, und die Daten haben kein Prüfzeichen',
                                     '{port} does not check the parity, and the data has no check character',
                                     {'port': self.settings.serialport}))
        return readout

    def check_identification(self, raw: bytes) -> None:
        """
        A damaged speed character would lead astray.

        :raises ProtocolError: it is damaged
        """
        self.quality.feed(raw)
        parity = Parity(self.settings.parity)
        parity.feed(raw)
        if parity.wrong:
            raise ProtocolError(Text('die Identifikation ist gestört: {wrong} ihrer {total} Zeichen haben falsche Parität',
                                     'the identification is damaged: {wrong} of its {total} characters have wrong parity',
                                     {'wrong': parity.wrong, 'total': parity.total}))
