# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
A session in programming mode, reading only (6.4.3.3, 6.4.6): signed on once, asked as often as wanted, ended by B0.

    reader  / ? address ! CR LF                         at 300 Bd
    meter   / X X X Z ident CR LF                       at 300 Bd
    reader  ACK 0 Z 1 CR LF
    meter   SOH P0 STX (operand) ETX BCC                at Z from here on
    reader  SOH P1 STX (password) ETX BCC               where one is set and was not refused
    meter   ACK
    reader  SOH R5 STX address() ETX BCC                again and again
    meter   STX data sets ETX BCC
    reader  SOH B0 ETX BCC

What is asked and how, see answers.py. A damaged answer is asked for once more, then in a new session, once. An answer that
does not name its register is not asked for again after a silence: the late one could be taken for the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ..errors import MeterError, NoAnswer, NotRead, PortError, ProtocolError, Unconfirmed
from ..memory import OFFERED, REFUSED, Asked, Memory
from ..obis.data_sets import Rejected
from ..readout import Readout
from ..session import ACCEPTED, Registers, Session
from ..texts import Text
from ..wire import commands
from ..wire.characters import ACK, NAK
from ..wire.commands import Message, MessageReader
from ..wire.messages import START_SPEED, Identification, IdentificationReader
from .answers import Answer, learned, read_answer, refused, vouched, ways
from .asking import ANSWER_TIME, REACTION_MARGIN, Asking
from .conversation import ANSWER_MARGIN, CHARACTER_GAP, ONE_ACCIDENT
from .line import Line
from .port import is_network

MOST_COPIES = 5         # questions for one value, until two answers say the same
MOST_WAYS = 12
SURE = 1.0              # s of silence that every session bears
LEAVING = 1.5           # s from B0 to the next request
ASK_UNKNOWN = 600.0     # s until a register that the meter does not know is asked for again


class _Over(Exception):
    """The session is over: the meter said so, or was silent."""

    def __init__(self, silent: bool) -> None:
        super().__init__('session over')
        self.silent = silent


class Programming(Asking):
    """
    A conversation in programming mode.

    :param stands: how a recorded session stood when its recording began
    """

    def __init__(self, line: Line, memory: Memory, stands: Registers | None = None) -> None:
        self.identification: Identification | None = None      # while a session is held
        self.check = ''
        self.sign_on_time = self.ask_time = 0.0     # s, the last ones
        self._spoke = line.now                      # s, when the last message ended
        self._codes: tuple[str, ...] = ()
        self._last: dict[str, Answer] = {}          # by code, those that were believed
        self._unknown: dict[str, float] = {}        # codes that the meter does not know, and since when
        self._left_password = False                 # it was refused in this session
        super().__init__(line, memory)
        self._stood = stands or Registers(())
        if stands and stands.identification:
            self.identification = IdentificationReader().feed(f'{stands.identification}\r\n'.encode('ascii'))
            self.check, self._spoke = stands.check, line.now - stands.idle

    @property
    def session(self) -> Session:
        stood = self._stood
        registers = Registers(self._codes, stood.identification, stood.check, stood.idle)
        return Session(self.settings, tuple(self.line.events), self._began_with, registers=registers)

    @property
    def idle(self) -> float:
        """s since the last message of the session."""
        return self.line.now - self._spoke

    def start_again(self) -> None:
        super().start_again()
        self._stood = Registers((), str(self.identification or ''), self.check, round(self.idle, 3))

    # reading

    def read(self, codes: Sequence[str]) -> Readout:
        """
        These registers, in a session that is opened or signed on where none is, and left open.

        :raises MeterError: none of them was read
        """
        self._codes = tuple(codes)
        answers: list[Answer] = []
        rejected: list[Rejected] = []
        failure: MeterError | None = None
        checked: set[str] = set()
        with self.remembered():
            for code in codes:
                try:
                    answer, vouches = self._insist(code)
                except (ProtocolError, NoAnswer) as error:
                    if isinstance(error, NoAnswer) and error.awaited == 'identification':
                        raise
                    failure = failure or error
                    rejected.append(Rejected(f'{code}: {error}', 'not read'))
                else:
                    answers.append(answer)
                    rejected += answer.rejected
                    checked.add(vouches)
        if not answers:
            raise failure or NotRead(Text('es gibt nichts zu lesen', 'there is nothing to read'), 'register_unknown')
        self.line.record(ACCEPTED)
        return self._readout(answers, rejected, checked)

    def _readout(self, answers: list[Answer], rejected: list[Rejected], checked: set[str]) -> Readout:
        line, identification = self.line, self.identification
        sets = tuple(data_set for answer in answers for data_set in answer.data_sets)
        text = f'{identification}\r\n' + ''.join(f'{each}\r\n' for answer in answers for each in answer.received)
        vouching = 'copy' if checked == {'copy'} else 'shape' if checked and '' not in checked else ''
        names = ('parity' if self.quality.visible or line.parity_in_uart else '', 'bcc', vouching)
        wrong = self.quality.wrong / self.quality.total if self.quality.total else 0.0
        return Readout(identification, 'C', line.baudrate, text, sets, tuple(rejected), tuple(filter(None, names)),
                       tuple(self.remarks), dict(self.phases), line.elapsed, line.waited, wrong, self.repeats, line.clock.time(),
                       self.session)

    def _insist(self, code: str) -> tuple[Answer, str]:
        """One register; in a new session where this one is over or does not get it, once."""
        again = False
        while True:
            idle = self.idle
            fresh = self.identification is None
            try:
                if fresh:
                    self.sign_on()
                return self._ask_for(code)
            except _Over as over:
                if over.silent and not fresh and idle > max(self.memory.bears, SURE):
                    known = self.memory.deaf_after
                    self.memory.deaf_after = min(idle, known or idle)
                failure: MeterError = NoAnswer(Text('{code}: der Zähler antwortet nicht', '{code}: the meter does not answer',
                                                    {'code': code}), 'data')
            except NotRead:
                raise
            except (ProtocolError, NoAnswer) as error:
                if isinstance(error, NoAnswer) and error.awaited == 'identification':
                    raise
                failure = error
            if again:
                self._forget(code, failure)
                raise failure
            again = True
            self.repeat('signing on again', failure)
            self.leave()
            self.line.sleep(LEAVING)

    def _forget(self, code: str, failure: MeterError) -> None:
        """What was known does not hold any more, in two sessions: the next time it is learned anew."""
        if isinstance(failure, ProtocolError) and not isinstance(failure, NotRead):
            self.memory.registers = tuple(asked for asked in self.memory.registers if asked.code != code)

    # signing on and off

    def sign_on(self) -> None:
        """
        From the request to a session that answers.

        :raises MeterError: NoAnswer, ProtocolError, NotRead, ...
        """
        began = self.line.now
        self.identification = None
        self.line.set_baudrate(self.settings.baudrate)
        with self._told_to_memory():
            # what a table needs is not what short answers need
            self._step_on(OFFERED if self.memory.session_speed > START_SPEED else self.memory.choose_rung(self.line.now))
            try:
                identification = self._enter()
            except (ProtocolError, NoAnswer):
                self.memory.session_speed = 0
                raise
        if self.settings.password is not None and not self._give_password(identification):
            self.identification = identification
            self.leave()
            self.line.sleep(LEAVING)
            self.line.set_baudrate(self.settings.baudrate)
            identification = self._enter()
        self.identification = identification
        self.sign_on_time = self.line.now - began

    def _enter(self) -> Identification:
        line = self.line
        with self.phase('sign-on'):
            identification, _ = self._identify()
        if identification.mode != 'C' and identification.speed_character not in commands.SPEEDS:
            raise NotRead(Text('{identification} kennt keinen Programmiermodus', '{identification} has no programming mode',
                               {'identification': identification}), 'no_programming_mode', identification=identification)
        stays = self._rung != OFFERED or (self.settings.baudrate_fix and self.settings.baudrate == START_SPEED)
        speed = '0' if stays or identification.reserved else identification.speed_character
        self._on_ladder = bool(self.memory.register_check) and not self.settings.baudrate_fix and (
            commands.speed_of(identification) != self.settings.baudrate)     # else it may have no programming mode
        with self.phase('acknowledge'):
            self._await_reaction_time(identification)
            _, came = self.say(commands.programming_acknowledgement(speed))
            if speed != '0' and not self.settings.baudrate_fix:
                line.set_baudrate(commands.speed_of(identification))
        with self.phase('data'):
            self._take_operand(identification, came)
        self.memory.session_speed = line.baudrate
        return identification

    def _take_operand(self, identification: Identification, came: bytes) -> None:
        """P0, which tells how this meter makes its checks; damaged it is asked for once more."""
        wanted = self.settings.checksum if self.settings.checksum != 'auto' else self.memory.register_check or 'auto'
        message = None
        for last in (False, True):
            message = self._receive(b'', came)
            if message is None:
                raise NoAnswer(Text('{identification} antwortete, begann aber keine Sitzung im Programmiermodus',
                                    '{identification} answered, but began no session in programming mode',
                                    {'identification': identification}), 'data')
            try:
                self.check = commands.check_of(message, identification, wanted)
                commands.judge(message, self.quality, self.check)
                break
            except ProtocolError as error:
                if last:
                    raise
                self.repeat('asking for the operand again', error)
            self._pause(identification)
            _, came = self.say(NAK)
        if message is None or message.kind != commands.OPERAND:
            raise NotRead(Text('{identification} beginnt keinen Programmiermodus', '{identification} begins no programming mode',
                               {'identification': identification}), 'no_programming_mode', identification=identification)

    def _give_password(self, identification: Identification) -> bool:
        """False where it was refused just now."""
        if self.memory.password == REFUSED or self._left_password:
            self.remark(PASSWORD_REFUSED)
            return True
        with self.line.concealing():
            message = self._exchange(commands.password_command(self.settings.password or '', self.check), identification, True)
        if message is not None and message.kind == commands.ACCEPTED:
            self.memory.password_accepted()
            return True
        self.memory.password_refused()
        self._left_password = True
        self.remark(PASSWORD_REFUSED)
        return False

    def leave(self) -> None:
        """B0, if a session is held: it has no answer (6.3.12)."""
        if self.identification is None:
            return
        identification, self.identification = self.identification, None
        self._pause(identification)
        self.line.send(commands.goodbye(self.check))
        self._spoke = self.line.now

    # one register

    def _ask_for(self, code: str) -> tuple[Answer, str]:
        """By the way that is known, else by each until one is answered."""
        assert self.identification
        memory, known = self.memory, self.memory.asked(code)
        since = self._unknown.get(code)
        if since is not None and self.line.now - since < ASK_UNKNOWN:
            raise refused(code, '?')
        address, argument = commands.split_register(code)
        if known and known.command:
            return self._ask_by(code, known.command, known.address, argument, known)
        failure: NotRead | None = None
        found = ways(code, self.identification.flag, self.identification.escapes, memory.registers)
        for command, way in found[:1] if known else found[:MOST_WAYS]:
            if self.identification is None:
                self.line.sleep(LEAVING)
                self.sign_on()
            try:
                return self._ask_by(code, command, way, argument, None)
            except _Over as over:       # some leave instead of saying no
                if over.silent and not failure:
                    raise
                self.identification = None
                failure = failure or refused(code, 'B0')
            except NotRead as error:
                failure = failure or error
                if error.kind != 'register_unknown':
                    break
        assert failure
        self._unknown[code] = self.line.now
        memory.learn_register(Asked(code, '', address, ''))
        raise failure

    def _ask_by(self, code: str, command: str, address: str, argument: str, known: Asked | None) -> tuple[Answer, str]:
        """The answer that something vouches for."""
        confirm = self.settings.confirm if self.memory.shapes is not None else 'never'
        copies: list[Answer] = []
        began = self.line.now
        for _ in range(MOST_COPIES):
            answer = self._question(code, command, address, argument, known)
            disturbed = self.memory.distrust or self.quality.wrong > ONE_ACCIDENT
            vouches = vouched(answer, known, copies, confirm, disturbed, self._last.get(code))
            if vouches is not None:
                self._last[code] = answer
                self.memory.learn_register(learned(answer, known, command, address))
                self.memory.register_check = self.check
                self.ask_time = (self.line.now - began) / (len(copies) + 1)
                self._unknown.pop(code, None)
                return answer, vouches
            copies.append(answer)
        raise Unconfirmed(Text('keine zweite Antwort bestätigt {code}', 'no second answer confirms {code}', {'code': code}),
                          disturbed=True)

    def _question(self, code: str, command: str, address: str, argument: str, known: Asked | None) -> Answer:
        """One question and its answer; a damaged one once more."""
        assert self.identification
        question = f'{command} {address}({argument})'
        failure: ProtocolError | None = None
        for last in (False, True):
            idle = self.idle
            message = self._exchange(commands.read_command(command, address, argument, self.check), self.identification)
            if message is None:
                # a late answer without a name would be taken for that to the next question
                if last or idle > max(self.memory.bears, SURE) or (known and known.answered == ''):
                    raise _Over(silent=True)
                self.repeat(f'asking for {code} again', NoAnswer('no answer', 'data'))
                continue
            try:
                if message.kind == commands.REFUSED:
                    raise refused(code, 'NAK')
                text = self._whole(message)
                answer = read_answer(code, question, text, self.identification.flag, known, self.memory.registers)
                self.memory.bears = max(self.memory.bears, round(idle, 1))
                return answer
            except ProtocolError as error:
                if isinstance(error, NotRead) and (message.kind != commands.REFUSED or last):
                    raise
                failure = error
            if not last:
                self.repeat(f'asking for {code} again', failure)
                self._become_quiet()
        assert failure
        raise failure

    def _whole(self, message: Message) -> str:
        """The text of an answer, of all its partial blocks (6.4.7)."""
        text = ''
        for part in self._parts(message):
            text += ('\r\n' if text.endswith(')') else '') + part
        return text

    def _parts(self, message: Message) -> Iterator[str]:
        """Each block of an answer; a damaged one is sent again for NAK, once."""
        assert self.identification
        damaged = False
        while True:
            try:
                if message.kind not in (commands.DATA, commands.PARTIAL):
                    raise ProtocolError(Text('{kind} statt einer Antwort', '{kind} instead of an answer', {'kind': message.kind}))
                commands.judge(message, self.quality, self.check)
            except ProtocolError:
                if damaged or message.kind != commands.PARTIAL:
                    raise
                damaged, reply = True, NAK
            else:
                yield message.text
                if message.kind == commands.DATA:
                    return
                damaged, reply = False, ACK
            following = self._exchange(reply, self.identification)
            if following is None:
                raise ProtocolError(Text('die Antwort brach ab', 'the answer broke off'))
            message = following

    # messages

    def _exchange(self, message: bytes, identification: Identification, awaits_ack: bool = False) -> Message | None:
        """Say it, no earlier than the meter wants it; what it answers, None where it is silent."""
        self._pause(identification)
        echo, came = self.say(message)
        return self._receive(message, echo + came, awaits_ack)

    def _pause(self, identification: Identification) -> None:
        """Its reaction time; a meter that leaves meanwhile is gone."""
        reader, line = MessageReader(), self.line
        end = line.last_received + identification.reaction_time + REACTION_MARGIN
        while line.now < end and (data := line.receive(end)):
            message = reader.feed(data)
            if message and message.kind == commands.LEFT and self.identification:
                raise self._gone()
            end = line.last_received + identification.reaction_time + REACTION_MARGIN

    def _receive(self, sent: bytes, came: bytes, awaits_ack: bool = False) -> Message | None:
        line, settings = self.line, self.settings
        network = is_network(settings.serialport)
        longest = settings.timeout if network or not self.identification else ANSWER_TIME
        patience = min(settings.timeout, longest) + ANSWER_MARGIN
        gap = max(settings.timeout, CHARACTER_GAP) if network else CHARACTER_GAP
        reader = MessageReader(sent, awaits_ack)
        message, deadline = reader.feed(came), line.now + patience
        while True:
            while not message:
                data = line.receive(deadline)
                if not data:
                    return None
                message = reader.feed(data)
                deadline = max(deadline, line.now + gap) if reader.begun else deadline
            if self.is_in_time(len(message.raw)):
                break
            line.drop()
            reader = MessageReader(sent, awaits_ack)
            message = None
        self._spoke = line.now
        self.quality.feed(message.raw)
        if message.kind == commands.LEFT and self.identification and not awaits_ack and message.fits(self.check):
            raise self._gone()
        return message

    def _gone(self) -> _Over:
        self.identification = None
        return _Over(silent=False)

    def _become_quiet(self) -> None:
        """What belongs to a damaged answer has come."""
        line = self.line
        while line.receive(line.now + line.quiet_time + ANSWER_MARGIN):
            pass

    # a session that stays open

    def wait(self, seconds: float, wanted: Callable[[], bool], code: str) -> None:
        """
        Wait with the session open, so long or until something else is `wanted`; the meter is asked in between where it would
        leave and that costs the bus less than signing on again.
        """
        end = self.line.now + seconds
        limit = self.memory.deaf_after
        alive = max(self.memory.bears, min(0.8 * limit, limit - SURE), SURE) if limit else 0.0
        if limit and self.identification and seconds > alive and self.ask_time * seconds / alive >= self.sign_on_time:
            self.leave()
        while self.line.now < end and not wanted():
            if limit and self.identification and self.idle > alive and end - self.line.now > SURE:
                try:
                    self._insist(code)
                except (ProtocolError, NoAnswer):
                    return
            self.line.start_again()
            self.line.sleep(min(0.1, max(end - self.line.now, 0.0)))

    @contextmanager
    def left(self) -> Iterator[None]:
        """However it ends, B0 is sent if a session is held and the port is there."""
        try:
            yield
        except PortError:
            self.identification = None
            raise
        finally:
            if self.identification is not None:
                self.line.finish()
                try:
                    self.leave()
                except (MeterError, _Over):
                    self.identification = None


PASSWORD_REFUSED = Text('der Zähler hat das Passwort nicht angenommen: es wird nicht noch einmal versucht, gelesen wird ohne',
                        'the meter did not take the password: it is not tried again, reading goes on without it')
