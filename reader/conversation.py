# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The conversation with a meter that talks IEC 62056-21: `query()` asks once, `listen()` stays on the line of a meter that
sends by itself, `read_capture()` reads what was stored.

A readout that is handed out was checked with everything the meter offers; all else is a `MeterError`. This module knows
pyserial and nothing of SmartHomeNG.
"""

from __future__ import annotations

import logging
import math
import time as real_time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import serial

from . import messages
from .errors import MeterError, NoAnswer, PortError, ProtocolError, ReadoutStopped, Unconfirmed
from .line import (
    READ_TIMEOUT,
    SLICE,
    Clock,
    Line,
    OpenPort,
    Progress,
    Stopped,
    never,
    open_port,
)
from .memory import DISTURBED, DISTURBED_SESSIONS, OFFERED, RUNG_NOTES, UNACKNOWLEDGED, Memory
from .obis.data_sets import DataSet, Rejected, parse
from .session import Session, Settings

logger = logging.getLogger(__name__)

REACTION_MARGIN = 0.002         # s; the reaction time counts from the last bit, which is seen not before it came
CHARACTER_GAP = 1.5             # s; the longest gap between two characters of a message (ta, 6.4.3)
ANSWER_TIME = 1.5               # s; the longest reaction time (tr, 6.4.3)
ANSWER_MARGIN = 0.15            # s; added to `timeout`, so that an answer at the last moment is not missed
SHORTEST_ANSWER_TIME = 0.3      # s; a request is repeated if at least so much of `timeout` is left behind it
IDENTIFICATION_LENGTH = 100     # characters, noise included; the standard's longest identification has 23
IDLE_PATIENCE = 10.0            # s; who talks longer than that without an identification is no meter that can be asked
LINE_IDLE = 2.3                 # s; a meter that awaits an acknowledgement sends without one after 2.2 s (tt)
LISTEN_TIME = 11.0              # s at each speed; P1 meters send every 10 s
LISTEN_SPEEDS = (300, 9600, 2400, 115200)
LEAST_TEXT, TEXT_SHARE = 32, 0.95           # so many characters, and so many of them printable: this is a telegram
PRINTABLE = bytes(range(0x20, 0x7F)) + b'\r\n'
LISTEN_PATIENCE = 60.0          # s; join a long telegram in the middle, and on a line that listen() stays on
REOPEN_TIME = 5.0               # s between two attempts to open a port that vanished
WAKE_UP = bytes(66)             # NULs: 2.2 s at 300 Bd (B.1)
WAKE_UP_PAUSE = 1.6             # s (B.1)
CYCLE_MARGIN = 10               # s; added to the duration of a readout for the suggested cycle
BLOCKS = 3                      # blocks of one dialogue: the first, the one for a damaged one, the copy that confirms it
UNCONFIRMED = 'differs in the second copy'      # why a data set from a disturbed line is rejected
ONE_ACCIDENT = 1                # character with wrong parity in a session does not make a disturbed line

_memories: dict[tuple[str, str], Memory] = {}       # by port and address


@dataclass(frozen=True)
class Readout:
    """A readout that was accepted. `str()` is its text."""

    identification: messages.Identification | None
    mode: str | None                        # A, B, C or D
    baudrate: int | None                    # Bd, at which the data came
    text: str                               # identification line and data block, line ends as received
    data_sets: tuple[DataSet, ...]
    rejected: tuple[Rejected, ...]     # what is no data in it
    checked: tuple[str, ...]                # what vouches for it: parity, bcc, crc
    notes: tuple[str, ...] = ()             # what else there is to say
    phases: dict[str, float] = field(default_factory=dict)      # s: open, sign-on, acknowledge, data, check
    duration: float | None = None           # s in total, None for a stored text
    quality: float = 0.0                    # share of characters with wrong parity in the whole session
    repeats: int = 0
    time: float = 0.0                       # end of the readout, seconds since the epoch
    session: Session | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def flag(self) -> str | None:
        """The manufacturer's FLAG id as the meter writes it."""
        return self.identification.flag if self.identification else None

    @property
    def suggested_cycle(self) -> int:
        """The shortest sensible time in s from one query to the next."""
        return math.ceil((self.duration or 0) + CYCLE_MARGIN)


def query(config: Mapping[str, Any] | Settings, *, stopped: Stopped | None = None,
          progress: Callable[[Progress], None] | None = None, clock: Clock = real_time,
          open_port: OpenPort = open_port) -> Readout:
    """
    Ask the meter once (with `only_listen`: wait for its next telegram).

    :param config: see `Settings.from_config`
    :param stopped: asked several times a second; True ends the readout
    :param progress: told whenever characters came
    :param open_port: gives an open port with pyserial's surface
    :raises MeterError: PortError, NoAnswer, ProtocolError, ChecksumError, ReadoutStopped; each with `session`
    :raises ValueError: the configuration cannot be used
    """
    settings = config if isinstance(config, Settings) else Settings.from_config(config)
    line = Line(settings, stopped or never, progress, clock, open_port, _memory(settings))
    return _query(line)


def _query(line: Line) -> Readout:
    with line.recorded(), line.opened(), _remembered(line):
        if line.settings.only_listen:
            return _hear(line)
        with _on_the_ladder(line):
            return _ask(line)


def _memory(settings: Settings) -> Memory:
    return _memories.setdefault((settings.serialport, settings.device_address), Memory())


@contextmanager
def _remembered(line: Line) -> Iterator[None]:
    """Whether the line was disturbed counts for the next sessions, too."""
    try:
        yield
    finally:
        line.memory.heard(line.quality.total, line.quality.wrong)


def listen(config: Mapping[str, Any] | Settings, *, stopped: Stopped | None = None,
           failed: Callable[[MeterError], None] | None = None, clock: Clock = real_time,
           open_port: OpenPort = open_port) -> Iterator[Readout]:
    """
    Each whole telegram of a meter that sends by itself, until `stopped()`.

    A damaged telegram, a minute without one, and a port that cannot be opened or vanished (once, until it is back) are
    told to `failed`; the port is opened again every five seconds.

    :raises ValueError: the configuration cannot be used
    """
    settings = config if isinstance(config, Settings) else Settings.from_config(config)
    stopped = stopped or never
    port_failed = False
    while not stopped():
        line = Line(settings, stopped, None, clock, open_port, _memory(settings))
        try:
            with line.recorded(), line.opened():
                port_failed = False
                yield from _hear_on(line, failed or _ignore)
        except ReadoutStopped:
            return
        except PortError as error:
            if not port_failed:
                (failed or _ignore)(error)
            port_failed = True
            end = clock.monotonic() + REOPEN_TIME
            while not stopped() and clock.monotonic() < end:
                clock.sleep(SLICE)


def _ignore(error: MeterError) -> None:
    logger.debug('%s', error)



# Asking: modes A, B and C

def _ask(line: Line) -> Readout:
    """Ask; after a damaged answer, or one without confirmation, ask once more, if the time allows it."""
    copies: list[Readout] = []
    _step_on(line, line.memory.rung(line.now))
    try:
        return _dialogue(line, copies)
    except (ProtocolError, NoAnswer) as error:
        silent = isinstance(error, NoAnswer) and error.awaited == 'identification'
        if silent or not line.fits(line.elapsed + LINE_IDLE) or not _becomes_idle(line):
            raise
        failure = error
    line.note(f'asking again: {failure}')
    line.repeats += 1
    line.set_baudrate(line.settings.baudrate)
    _step_on(line, line.memory.lasting_rung)
    try:
        return _dialogue(line, copies)
    except NoAnswer:
        raise failure from None
    except Unconfirmed:
        if len(copies) < 2:
            raise
        return _agreed(copies)


def _step_on(line: Line, rung: int) -> None:
    """How the next dialogue acknowledges."""
    line.rung, line.on_ladder = rung, False
    if rung == OFFERED:
        line.memory.tried(line.now)
    else:
        line.note(RUNG_NOTES[rung])


@contextmanager
def _on_the_ladder(line: Line) -> Iterator[None]:
    """What a session tells of the speed that the meter offers: two that fail behind the identification are a step down."""
    try:
        yield
    except (ProtocolError, NoAnswer):
        if line.on_ladder and line.rung == line.memory.lasting_rung:
            line.memory.failed()
        raise
    if line.on_ladder:
        line.memory.succeeded(line.rung)


def _becomes_idle(line: Line) -> bool:
    """A meter that was not understood may begin to send yet, all its data at 300 Bd."""
    identified = line.quality.total > 0
    patience = math.inf if identified else line.now + IDLE_PATIENCE
    recent = b''
    while line.now < patience and line.characters < messages.MAX_MESSAGE:
        data = line.receive(line.now + LINE_IDLE)
        if not data:
            return True
        recent = (recent + data)[-2 * LEAST_TEXT:]
        if _is_text(recent):
            patience = math.inf     # somebody else has asked: these are its data
    return False


def _dialogue(line: Line, copies: list[Readout]) -> Readout:
    """From the request to the checked data block (6.4); in mode C a damaged or unconfirmed block is asked for again."""
    with line.phase('sign-on'):
        identification, reader = _sign_on(line)
    with line.phase('acknowledge'):
        acknowledgement = _agree_on_speed(line, identification)
    began, rest = line.now, reader.rest
    for number in range(1, BLOCKS + 1):
        try:
            return _confirmed(line, _read_block(line, identification, reader.raw, acknowledgement, rest), copies)
        except ProtocolError as error:
            failure = error
            if identification.mode != 'C' or not _worth_another(line, error, number, line.now - began):
                raise
        except NoAnswer:
            if number == 1:
                raise
            raise failure from None
        line.note(f'asking for the block again: {failure}')
        line.repeats += 1
        line.sleep(identification.reaction_time + REACTION_MARGIN)
        line.send(messages.NAK)
        began, rest = line.now, b''
    raise failure


def _worth_another(line: Line, failure: MeterError, number: int, seconds: float) -> bool:
    """Another block, behind so many, which takes so long: once for a damaged one, once more to confirm it."""
    return (number < (BLOCKS if isinstance(failure, Unconfirmed) else BLOCKS - 1) and line.fits(seconds)
            and line.characters < messages.MAX_MESSAGE)


def _confirmed(line: Line, readout: Readout, copies: list[Readout]) -> Readout:
    """
    The readout, if the line can be trusted or the copy before says the same.

    Two flipped bits in a character keep its parity, and two such characters may keep the BCC: where many characters have
    one flipped bit, of the few blocks that look undamaged one in a hundred is not.

    :raises Unconfirmed: another copy is needed
    """
    if 'crc' in readout.checked or not (line.memory.distrust or line.quality.wrong > ONE_ACCIDENT):
        return readout
    copies.append(readout)
    if len(copies) > 1 and copies[-2].data_sets == readout.data_sets:
        return replace(readout, notes=(*readout.notes, 'the line is disturbed: confirmed by a copy that says the same'))
    raise Unconfirmed('the line is disturbed, and there is no second copy that confirms the readout')


def _agreed(copies: list[Readout]) -> Readout:
    """The last of several copies from a disturbed line, with those data sets only that another one has, too."""
    readout = copies[-1]
    others = {data_set for copy in copies[:-1] for data_set in copy.data_sets}
    kept = tuple(data_set for data_set in readout.data_sets if data_set in others)
    unsure = tuple(Rejected(str(data_set.code or ''), UNCONFIRMED) for data_set in readout.data_sets
                   if data_set not in others)
    return replace(readout, data_sets=kept, rejected=readout.rejected + unsure,
                   notes=(*readout.notes, f'the line is disturbed: {len(unsure)} data sets differ from the copy before'))


def _read_block(line: Line, identification: messages.Identification, raw_identification: bytes, acknowledgement: bytes,
                rest: bytes) -> Readout:
    """The data block, `rest` is what has come of it already, checked."""
    block = messages.BlockReader(identification, raw_identification, acknowledgement)
    with line.phase('data'):
        _receive_block(line, block, rest)
    return _accept(line, identification, raw_identification, block, identification.mode)


def _sign_on(line: Line) -> tuple[messages.Identification, messages.IdentificationReader]:
    """Request and identification; a request that meets silence is repeated once, if `timeout` leaves time for that."""
    settings = line.settings
    request = messages.request(settings.device_address, settings.querycode)
    if settings.wakeup:
        _wake_up(line)
    reader = messages.IdentificationReader(request)
    sent = line.send(request)
    deadline = sent + settings.timeout + ANSWER_MARGIN
    latest = deadline + line.wire_time(IDENTIFICATION_LENGTH)
    repeat_at = sent + ANSWER_TIME + ANSWER_MARGIN
    if repeat_at + line.wire_time(len(request)) + SHORTEST_ANSWER_TIME > sent + settings.timeout:
        repeat_at = math.inf
    while line.now < deadline:
        data = line.receive(min(deadline, repeat_at))
        if identification := reader.feed(data):
            _check_identification(line, reader.raw)
            return identification, reader
        if _without_echo(reader.received, request):
            repeat_at = math.inf
            if data:
                deadline = min(latest, max(deadline, line.now + CHARACTER_GAP))
        elif line.now >= repeat_at:
            line.send(request)
            repeat_at = math.inf
    if answer := _without_echo(reader.received, request):
        raise ProtocolError(f'no identification in the {len(answer)} characters that came')
    echoed = ', only the echo of the request' if reader.received else ''
    raise NoAnswer(f'no answer to the request in {settings.timeout:g} s{echoed}', 'identification')


def _without_echo(received: bytes, sent: bytes) -> bytes:
    """What a meter said: not what an optical head hears of its own light."""
    answer = messages.seven_bits(received).replace(sent, b'').strip(b'\0')
    return b'' if sent.startswith(answer) else answer       # the echo may be on its way yet


def _wake_up(line: Line) -> None:
    """Wakes a meter with a battery (B.1). The port sends the NULs without gaps, as long as they are there at once."""
    line.send(WAKE_UP)
    line.sleep(WAKE_UP_PAUSE)


def _check_identification(line: Line, raw: bytes) -> None:
    """A damaged speed character would lead astray."""
    line.quality.feed(raw)
    parity = messages.Parity(line.settings.parity)
    parity.feed(raw)
    if parity.wrong:
        raise ProtocolError(f'the identification is damaged: {parity.wrong} of its {parity.total} characters '
                            f'have wrong parity')


def _agree_on_speed(line: Line, identification: messages.Identification) -> bytes:
    """
    Acknowledge (mode C) and change the speed (modes B and C); what was sent.

    A meter changes its speed only if the acknowledgement carries its own Z (6.4.3.2).
    """
    settings, sent = line.settings, b''
    if identification.reserved:
        line.remark(f'the speed character {identification.speed_character!r} is reserved: '
                    f'read at the speed of the sign-on')
    changes = identification.mode != 'A' and not identification.reserved and not settings.baudrate_fix
    offers_more = identification.mode == 'C' and identification.baudrate != messages.START_SPEED
    line.on_ladder = changes and offers_more and settings.baudrate == messages.START_SPEED
    if line.on_ladder and line.rung != OFFERED:
        changes = False
        line.remark(f'read at {line.baudrate} Bd: at the offered {identification.baudrate} Bd it failed twice')
        if line.rung == UNACKNOWLEDGED:
            return sent
    if identification.mode == 'C':
        stay = not changes and settings.baudrate == messages.START_SPEED
        sent = messages.acknowledgement('0' if stay or identification.reserved else identification.speed_character)
        heard = line.characters
        while line.receive(line.last_received + identification.reaction_time - READ_TIMEOUT):
            # some heads repeat the identification
            if line.characters - heard > messages.MAX_MESSAGE:
                raise ProtocolError('the meter talks on behind its identification without end')
        line.sleep(line.last_received + identification.reaction_time + REACTION_MARGIN - line.now)
        line.send(sent)
    if changes:
        line.set_baudrate(identification.baudrate)
    return sent


def _receive_block(line: Line, block: messages.BlockReader, rest: bytes) -> None:
    """
    Receive up to the end of the block, or up to silence: then it is not whole.

    :raises NoAnswer: nothing came but an echo
    """
    block.feed(rest)
    gap = max(line.settings.timeout, CHARACTER_GAP) if '://' in line.settings.serialport else CHARACTER_GAP
    # without an acknowledgement a meter waits for one before it sends
    deadline = line.now + max(line.settings.timeout, 0 if block.echo else LINE_IDLE) + ANSWER_MARGIN
    while not block.whole:
        data = line.receive(line.last_received + line.quiet_time if block.ending else deadline)
        if not data:
            block.quiet()
            break
        block.feed(data)
        deadline = line.now + gap       # a network may hold back what the meter sent in time
    if not _without_echo(block.received, block.echo):
        raise NoAnswer(f'{block.identification} answered, but sent no data in {line.settings.timeout:g} s', 'data')


def _accept(line: Line, identification: messages.Identification, raw_identification: bytes,
            block: messages.BlockReader, mode: str) -> Readout:
    """
    The readout, if nothing speaks against it.

    :raises ProtocolError: it is damaged
    """
    with line.phase('check'):
        line.quality.feed(block.raw)
        readout = _readout(line.settings, identification, raw_identification, block, mode)
    line.note('readout accepted')
    quality = line.quality.wrong / line.quality.total if line.quality.total else 0.0
    return replace(readout, baudrate=line.baudrate, notes=(*line.notes, *readout.notes), phases=dict(line.phases),
                   duration=line.elapsed, quality=quality, repeats=line.repeats, time=line.clock.time(),
                   session=line.session)


def _readout(settings: Settings, identification: messages.Identification | None, raw_identification: bytes,
             block: messages.BlockReader, mode: str | None) -> Readout:
    parity = messages.Parity(settings.parity)
    parity.feed(raw_identification + block.raw)
    data = block.block(parity, checksum=settings.checksum, strict=settings.use_checksum)
    content = parse(data.text)
    if not content.data_sets:
        raise ProtocolError('there is no data set in the data')
    text = messages.seven_bits(raw_identification).decode('ascii') + data.text
    return Readout(identification, mode, None, text, content.data_sets, content.rejected, data.checked, data.notes)


# Listening: mode D

def _hear(line: Line) -> Readout:
    """The next whole telegram; of a damaged or unconfirmed one the next is awaited, if the time allows it."""
    copies: list[Readout] = []
    rest = b''
    for number in range(1, BLOCKS + 1):
        began = line.now
        outcome, rest = _next_telegram(line, rest, LISTEN_TIME, copies)
        if isinstance(outcome, Readout):
            return outcome
        if len(copies) > 1:
            return _agreed(copies)
        failure = outcome
        if not _worth_another(line, failure, number, line.now - began):
            break
        line.note(f'waiting for the next telegram: {failure}')
        line.repeats += 1
    raise failure


def _hear_on(line: Line, failed: Callable[[MeterError], None]) -> Iterator[Readout]:
    copies: list[Readout] = []
    rest = b''
    while True:
        line.start_again()
        del copies[:-1]
        try:
            with _remembered(line):
                outcome, rest = _next_telegram(line, rest, LISTEN_PATIENCE, copies)
        except (ProtocolError, NoAnswer) as error:
            outcome, rest = error, b''
        if isinstance(outcome, Readout):
            yield outcome
        elif isinstance(outcome, Unconfirmed) and len(copies) > 1:
            yield _agreed(copies)
        else:
            outcome.session = line.session
            failed(outcome)


def _next_telegram(line: Line, rest: bytes, patience: float,
                   copies: list[Readout]) -> tuple[Readout | MeterError, bytes]:
    """The next telegram, or why it was refused, and what came behind it; `rest` is what came behind the one before."""
    with line.phase('sign-on'):
        identification, reader = _wait_for_telegram(line, rest, patience)
    block = messages.BlockReader(identification, reader.raw)
    line.quality.feed(reader.raw)
    try:
        with line.phase('data'):
            _receive_block(line, block, reader.rest)
        readout = _accept(line, identification, reader.raw, block, 'D')
        line.memory.heard_at = line.baudrate
        outcome: Readout | MeterError = _confirmed(line, readout, copies)
    except (ProtocolError, NoAnswer) as error:
        outcome = error
    return outcome, block.rest


def _wait_for_telegram(line: Line, rest: bytes,
                       patience: float) -> tuple[messages.Identification, messages.IdentificationReader]:
    """
    The beginning of a telegram, at one of the possible speeds; what comes before it is dropped.

    :raises NoAnswer: silence
    :raises ProtocolError: characters, but no telegram
    """
    speeds = (line.baudrate,) if rest else _speeds_to_listen_at(line)
    patience = max(patience if len(speeds) == 1 else LISTEN_TIME, line.settings.timeout)
    received = b''
    for speed in speeds:
        line.set_baudrate(speed)
        reader = messages.IdentificationReader(listening=True)
        if identification := reader.feed(rest):
            return identification, reader
        began = line.now
        until = began + patience
        while line.now < until and (data := line.receive(until)):
            if identification := reader.feed(data):
                return identification, reader
            if _is_text(reader.received):
                until = max(until, min(line.now + LISTEN_TIME, began + LISTEN_PATIENCE))
        received += reader.received
    tried = f'in {line.elapsed:.0f} s at {", ".join(map(str, speeds))} Bd'
    if received:
        raise ProtocolError(f'no telegram {tried}, only {len(received)} characters')
    raise NoAnswer(f'no telegram {tried}', 'identification')


def _speeds_to_listen_at(line: Line) -> tuple[int, ...]:
    """The one that is set; with the default all that are usual, the one that gave a telegram before comes first."""
    if line.settings.baudrate_fix or line.settings.baudrate != messages.START_SPEED:
        return (line.settings.baudrate,)
    return tuple(sorted(LISTEN_SPEEDS, key=lambda speed: speed != line.memory.heard_at))


def _is_text(received: bytes) -> bool:
    """This is the right speed, joined in the middle of a telegram: nearly all characters can be printed."""
    others = messages.seven_bits(received).translate(None, delete=PRINTABLE)
    return len(received) >= LEAST_TEXT and len(others) <= (1 - TEXT_SHARE) * len(received)


# What was stored

def read_capture(data: bytes, settings: Settings) -> list[Readout]:
    """
    The readouts in the bytes of a stored text or a raw capture, with or without what a dialogue has around them.

    :raises ProtocolError: one of them is refused
    """
    reader = messages.IdentificationReader()
    identification = reader.feed(data)
    rest = reader.rest if identification else data
    readouts = []
    while True:
        dialogue = identification.mode if identification else None
        echo = messages.acknowledgement(identification.speed_character) if identification and dialogue == 'C' else b''
        block = messages.BlockReader(identification, reader.raw, echo)
        block.feed(rest)
        block.close()
        mode = 'D' if dialogue == 'C' and block.mode_d else dialogue
        readouts.append(_readout(settings, identification, reader.raw, block, mode))
        reader = messages.IdentificationReader(listening=True)
        identification = reader.feed(block.rest)
        if not identification:
            return readouts
        rest = reader.rest


def replay(session: Session) -> Readout:
    """
    Hold a recorded session again, with its settings: the same readout, or the same error.

    :raises MeterError: as `query`
    """
    recorded = _RecordedPort(session)
    return _query(Line(session.settings, never, None, recorded, lambda settings: recorded, _memory_of(session)))


def _memory_of(session: Session) -> Memory:
    """What had been known of the port when the session began."""
    begin = [e for e in session.events if e.time < session.settings.settle + LISTEN_TIME and e.direction == 'note']
    speeds = [e.baudrate for e in begin if e.data.startswith(b'baudrate ')]
    disturbed = DISTURBED.encode() in [e.data for e in begin]
    sent = [e.time for e in session.events if e.direction == 'sent'] or [math.inf]
    steps = [(RUNG_NOTES.index(e.data.decode()), e.time) for e in session.events
             if e.direction == 'note' and e.data.decode() in RUNG_NOTES]
    rung, at = steps[0] if steps else (OFFERED, 0.0)
    return Memory(speeds[0] if speeds else None, [disturbed] * DISTURBED_SESSIONS, rung, trial_due=at > sent[0])


class _RecordedPort:
    """The meter of a recorded session, and its clock: answers come when what was sent before them has been sent again."""

    def __init__(self, session: Session) -> None:
        self.baudrate = session.settings.baudrate
        self._events = [e for e in session.events if e.direction != 'note' or e.data == b'port lost']
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    time = monotonic

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    def write(self, data: bytes) -> None:
        while self._events:
            event = self._events.pop(0)
            if event.direction == 'sent':
                self._now = max(self._now, event.time)
                break

    def flush(self) -> None:
        """Everything has been sent long ago."""

    def close(self) -> None:
        """There is nothing to close."""

    @property
    def in_waiting(self) -> int:
        return 0

    def read(self, size: int) -> bytes:
        due = self._now + READ_TIMEOUT
        if not self._events or self._events[0].direction == 'sent' or self._events[0].time > due:
            self._now = due
            return b''
        event = self._events.pop(0)
        self._now = max(self._now, event.time)
        if event.direction == 'note':
            raise serial.SerialException('as recorded')
        return event.data
