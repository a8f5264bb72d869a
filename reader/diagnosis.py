# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Why a session failed, and what to do next: recording in, finding out, in German and English.

`diagnose` asks the predicates of `CHECKS` one after the other; the first that finds evidence decides. `KINDS` holds what
there is to say of each kind, also for a manual. Pure, but for `port_evidence`: that one looks at the computer's ports,
and only when the port could not be opened.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import messages
from .errors import ChecksumError, MeterError, ProtocolError
from .session import PORT_LOST, RECEIVED, SENT, Event, Session, Settings

Evidence = Mapping[str, int | float | str]

SPEEDS = (300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)   # Bd, at which meters talk
LONGEST_REACTION = 1.5          # s, tr, and what a meter waits for an acknowledgement at least, tt (6.4.3)
LEAST_TIMEOUT = 1.7             # s; the longest reaction time and the delays of an adapter
LEAST_CHARACTERS = 4            # fewer are noise: a spark, the switching of the head
PATTERN_CHARACTERS = 8          # so many show a pattern
GOOD_SHARE = 0.75               # of characters that can be right; at another speed half of them look like that by chance
PLAIN_SHARE = 0.25              # of characters without parity at least, that look as if they had a wrong one
PATTERN_SHARE = 0.95            # of characters that fit a pattern; the rest is noise
MOST_ANSWERS = 2                # identification and data are what a request can bring
BURST_GAP = 0.5                 # s; parts of an answer are closer
REPEATED_LINE = 12              # characters; so long a line comes only once in a readout
ONLY_BREAKS = 10                # so many times slower than the port, each low level is a whole NUL


# -- findings --------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Kind:
    """
    What there is to say of a kind of failure, in each language: symptom, cause, remedy.

    In the templates, what stands in square brackets is left out where the evidence for it is missing.
    """

    de: tuple[str, str, str]
    en: tuple[str, str, str]

    def symptom(self, language: str, evidence: Evidence | None = None) -> str:
        """What is seen, one sentence; without evidence as a manual needs it."""
        return _render(self._texts(language)[0], evidence or {}, language)

    def cause(self, language: str, evidence: Evidence | None = None) -> str:
        """Why that is so, the likeliest reason first, one sentence."""
        return _render(self._texts(language)[1], evidence or {}, language)

    def remedy(self, language: str, evidence: Evidence | None = None) -> str:
        """What to do next, two sentences at most."""
        return _render(self._texts(language)[2], evidence or {}, language)

    def _texts(self, language: str) -> tuple[str, str, str]:
        return self.de if language == 'de' else self.en


def _render(template: str, evidence: Evidence, language: str) -> str:
    def fill(part: re.Match[str]) -> str:
        names = re.findall(r'{(\w+)}', part[1])
        if not all(name in evidence for name in names):
            return ''
        return re.sub(r'{(\w+)}', lambda name: _written(evidence[name[1]], language), part[1])
    return re.sub(r'\[([^]]*)\]', fill, template)


def _written(value: int | float | str, language: str) -> str:
    if isinstance(value, float):
        text = f'{value:.0f}' if value >= 10 else f'{value:.2g}'
        return text.replace('.', ',') if language == 'de' else text
    return ''.join(c if c.isprintable() else '\N{REPLACEMENT CHARACTER}' for c in str(value))


@dataclass(frozen=True)
class Finding:
    """What is wrong: the `kind`, a key of `KINDS`, and the figures and names it was seen by."""

    kind: str
    evidence: Evidence = field(default_factory=dict)

    def text(self, language: str) -> str:
        """What was seen and what it comes from: two sentences. `de`, else English."""
        kind = KINDS[self.kind]
        return f'{kind.symptom(language, self.evidence)} {kind.cause(language, self.evidence)}'

    def remedy(self, language: str) -> str:
        """The next step: two sentences at most. `de`, else English."""
        return KINDS[self.kind].remedy(language, self.evidence)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that the remedy is about."""
        also = re.findall(r'(\w+):', str(self.evidence.get('also', '')))
        return tuple(dict.fromkeys((*PARAMETERS.get(self.kind, ()), *also)))


def diagnose(error: MeterError, root: Path = Path('/')) -> Finding:
    """
    Why the readout failed that raised this error, by the session it carries.

    :param root: below it are dev, etc and proc, which tell why a port cannot be opened
    """
    session = error.session
    if not isinstance(session, Session):
        return Finding('unclear', {'error': str(error)})
    recording = Recording(session)
    if hasattr(error, 'errno') and not recording.port_lost:
        return _port_finding(error, session.settings, root)
    for kind, check in CHECKS:
        evidence = check(recording)
        if evidence is not None:
            return Finding(kind, evidence)
    return Finding('unclear', {'error': str(error)})


# -- what a session holds --------------------------------------------------------------------------------------------

@dataclass
class Exchange:
    """One message of the reader (b'' while it only listens), and what came until the next."""

    sent: bytes                 # as sent
    time: float                 # s, when its first bit left
    sent_until: float           # s, when its last bit left
    speed: int                  # Bd, of the port while the answer came or should have come
    received: list[Event] = field(default_factory=list)

    def belongs(self, sent: bytes) -> bool:
        """What is sent next is no new message: the request behind a wake-up, or one more, as nothing has come yet."""
        return bool(self.sent) and (not self.sent.strip(b'\0') or (self.sent == sent and not self.received))

    def add(self, event: Event) -> None:
        """Send this, too; an answer to a request that is repeated may be one to the first."""
        if event.data != self.sent:
            self.sent += event.data
            self.sent_until = event.time + _wire_time(len(event.data), event.baudrate)

    @property
    def message(self) -> bytes:
        """What was sent, in seven bits."""
        return messages.seven_bits(self.sent)

    @property
    def data(self) -> bytes:
        """What came, echo included."""
        return b''.join(event.data for event in self.received)

    @property
    def answer(self) -> bytes:
        """What came, without what an optical head hears of its own light."""
        data, sent = self.data, self.message.lstrip(b'\0')
        if sent != self.message:
            data = data.lstrip(b'\0')
        echo = messages.seven_bits(data).find(sent) if sent else -1
        return data if echo < 0 else data[:echo] + data[echo + len(sent):]

    @property
    def echoed(self) -> bool:
        """The head hears its own light."""
        return len(self.sent) > 0 and len(self.answer) < len(self.data)


def _wire_time(characters: int, speed: int) -> float:
    return characters * messages.CHARACTER_BITS / speed


class Attempt:
    """An identification, and what came behind it in one of the attempts to get the data."""

    def __init__(self, settings: Settings, identification: messages.Identification, raw: bytes, request: Exchange,
                 reply: Exchange | None = None, data: bytes = b'') -> None:
        self.identification = identification
        self.raw = raw                  # the identification as received
        self.request = request
        self.reply = reply              # with the acknowledgement or NAK, where one was sent
        self.speed = (reply or request).speed
        self.data = reply.data if reply else data       # echoes included
        echo = reply.message if reply else b''
        self.block = messages.BlockReader(identification, raw, echo)
        self.block.feed(self.data[:messages.MAX_MESSAGE])
        self.block.quiet()
        self._checksum = settings.checksum
        self.parity = messages.Parity(settings.parity)
        self.parity.feed(raw + self.block.raw)

    @property
    def answer(self) -> bytes:
        """The data without echo and repeated identification."""
        data = self.reply.answer if self.reply else self.data
        return data.replace(self.raw, b'')

    @property
    def refused(self) -> ProtocolError | None:
        """What speaks against the block."""
        try:
            self.block.block(self.parity, checksum=self._checksum)
        except ProtocolError as error:
            return error
        return None


class Recording:
    """A session, taken apart."""

    def __init__(self, session: Session) -> None:
        self.settings = session.settings
        self.events = session.events
        self.memory = session.memory
        self.exchanges = list(_exchanges(session))
        self.listening = session.settings.only_listen
        self.seconds = max((event.time for event in session.events), default=0.0)

    @cached_property
    def port_lost(self) -> bool:
        """The port vanished."""
        return any(event.kind == PORT_LOST for event in self.events)

    @cached_property
    def received(self) -> bytes:
        """All that came, echoes included."""
        return b''.join(exchange.data for exchange in self.exchanges)

    @cached_property
    def answer(self) -> bytes:
        """All that came, without echoes."""
        return b''.join(exchange.answer for exchange in self.exchanges)

    @cached_property
    def attempts(self) -> list[Attempt]:
        """All of them, in order."""
        return list(_attempts(self.settings, self.exchanges))

    @cached_property
    def attempt(self) -> Attempt | None:
        """The attempt that came farthest."""
        return max(self.attempts, default=None,
                   key=lambda attempt: (attempt.block.whole, len(attempt.answer), attempt.reply is not None))

    @cached_property
    def identified(self) -> bool:
        """An identification came undamaged."""
        return any(not _wrong_parity(attempt.raw, self) for attempt in self.attempts)

    @cached_property
    def silent(self) -> bool:
        """Nothing at all came, not even an echo."""
        return not self.received


def _exchanges(session: Session) -> Iterator[Exchange]:
    """What was sent, each with its answer; while listening, what came at each speed."""
    now: Exchange | None = None
    for event in session.events:
        sent = event.data if event.kind == SENT else b''
        if now is not None and sent and now.belongs(sent):
            now.add(event)
            continue
        changed = event.kind == RECEIVED and now is not None and not now.sent and now.speed != event.baudrate
        if sent or now is None or changed:
            if now is not None:
                yield now
            now = Exchange(sent, event.time, event.time + _wire_time(len(sent), event.baudrate), event.baudrate)
        if event.kind == RECEIVED:
            now.received.append(event)
            now.speed = event.baudrate
        elif now.sent:
            now.speed = max(now.speed, event.baudrate)      # lower: back to the sign-on
    if now is not None:
        yield now


def _attempts(settings: Settings, exchanges: list[Exchange]) -> Iterator[Attempt]:
    found: Attempt | None = None
    for exchange in exchanges:
        if exchange.message[:1] in (messages.ACK, messages.NAK):
            if found:
                yield Attempt(settings, found.identification, found.raw, found.request, exchange)
            continue
        for attempt in _telegrams(settings, exchange):
            found = attempt
            yield attempt


def _telegrams(settings: Settings, exchange: Exchange) -> Iterator[Attempt]:
    """Each identification in what came, with what follows it up to the next one."""
    rest = exchange.data
    reader = messages.IdentificationReader(exchange.message.lstrip(b'\0'), listening=not exchange.sent)
    while identification := reader.feed(rest[:messages.MAX_MESSAGE]):
        behind = reader.rest + rest[messages.MAX_MESSAGE:]
        attempt = Attempt(settings, identification, reader.raw, exchange, data=behind)
        yield attempt
        rest = attempt.block.rest
        reader = messages.IdentificationReader(listening=True)


# -- how good characters are -----------------------------------------------------------------------------------------

_TEXT = frozenset(b'\r\n\x02\x03' + bytes(range(0x20, 0x7F)))
_EVEN = frozenset(messages.with_parity(bytes(sorted(_TEXT))))


def good_share(data: bytes, parity: str) -> float:
    """The share of characters that can be right: text, and of even parity where the line shows parity."""
    judge = messages.Parity(parity)
    judge.feed(data)
    good = _EVEN if judge.visible else _TEXT
    return sum(map(data.count, good)) / len(data) if data else 1.0


def is_garbage(data: bytes, parity: str) -> bool:
    """Too few of the characters can be right, or all are alike: they were sent in another way than they were received."""
    alike = len(data) >= PATTERN_CHARACTERS and len(set(data)) < LEAST_CHARACTERS
    return alike or (len(data) >= LEAST_CHARACTERS and good_share(data, parity) < GOOD_SHARE)


def slower_senders(data: bytes, speed: int) -> tuple[int, ...]:
    """
    The speeds in Bd below that of the port at which this can have been sent; none if it was not sent slower.

    Each bit of a slower sender is seen several times: the start bit makes the first ones of each character zeros, and
    the ones behind come in groups.
    """
    if len(data) < PATTERN_CHARACTERS:
        return ()
    fitting: dict[frozenset[int], list[int]] = {}
    for sender in SPEEDS:
        if sender < speed:
            possible = _seen_of_slower(speed / sender)
            if sum(map(data.count, possible)) >= PATTERN_SHARE * len(data):
                fitting.setdefault(possible, []).append(sender)
    return tuple(fitting[min(fitting, key=len)]) if fitting else ()


def _seen_of_slower(ratio: float) -> frozenset[int]:
    """The characters that a port can see of a sender so many times slower; none where there is no pattern."""
    if ratio >= ONLY_BREAKS:
        return frozenset((0,))
    places = [int((bit + 1.5) / ratio) for bit in range(8)]     # which of the sender's bits is seen in each of ours
    if places[0]:
        return frozenset()
    return frozenset(
        character for character in range(256)
        if all(character >> bit & 1 == (character >> places.index(place) & 1 if place else 0)
               for bit, place in enumerate(places)))


# -- the checks: evidence, or None -----------------------------------------------------------------------------------

def _port_lost(recording: Recording) -> Evidence | None:
    if not recording.port_lost:
        return None
    return {'port': recording.settings.serialport, 'seconds': recording.seconds, 'count': len(recording.received)}


def _silence(recording: Recording, *about: str) -> Evidence | None:
    """Nothing came; `about` are the settings that this kind is about, all others that may be guilty are named."""
    if not recording.silent:
        return None
    settings = recording.settings
    evidence: dict[str, int | float | str] = {
        'seconds': recording.seconds if recording.listening else settings.timeout, 'timeout': settings.timeout,
        'address': settings.device_address}
    others = {name: value for name, value in suspects(settings).items() if name not in about}
    if others:
        evidence['also'] = ', '.join(f'{name}: {value}' for name, value in others.items())
    return evidence


def suspects(settings: Settings) -> dict[str, object]:
    """The settings that can make a sound meter silent, by name, with their values."""
    guilty: dict[str, object] = {name: 'no' for name in ('dtr', 'rts') if not getattr(settings, name)}
    if settings.only_listen:
        return guilty
    if settings.timeout < LEAST_TIMEOUT:
        guilty['timeout'] = f'{settings.timeout:g}'
    usual = Settings(serialport=settings.serialport)
    names = ('device_address', 'parity', 'querycode', 'baudrate')
    guilty |= {name: getattr(settings, name) for name in names if getattr(settings, name) != getattr(usual, name)}
    return guilty


def _head_unpowered(recording: Recording) -> Evidence | None:
    off = [name.upper() for name in ('dtr', 'rts') if not getattr(recording.settings, name)]
    evidence = _silence(recording, 'dtr', 'rts') if off else None
    return None if evidence is None else {**evidence, 'lines': ', '.join(off)}


def _timeout_short(recording: Recording) -> Evidence | None:
    """Nothing came, or nothing behind the identification, but not so long was waited as a meter may take."""
    if recording.settings.timeout >= LEAST_TIMEOUT or recording.listening:
        return None
    attempt = recording.attempt
    if attempt and not attempt.answer.strip(b'\0'):
        return {'timeout': recording.settings.timeout}
    return _silence(recording, 'timeout')


def _no_answer_to_address(recording: Recording) -> Evidence | None:
    return _silence(recording, 'device_address') if recording.settings.device_address and not recording.listening else None


def _request_without_parity(recording: Recording) -> Evidence | None:
    return _silence(recording, 'parity') if recording.settings.parity == 'none' and not recording.listening else None


def _no_telegram(recording: Recording) -> Evidence | None:
    return _silence(recording) if recording.listening else None


def _silence_despite_wakeup(recording: Recording) -> Evidence | None:
    return _silence(recording) if recording.settings.wakeup else None


def _only_echo(recording: Recording) -> Evidence | None:
    echoed = recording.received and not recording.answer and any(exchange.sent for exchange in recording.exchanges)
    if not echoed:
        return None
    others = {name: value for name, value in suspects(recording.settings).items() if name not in ('dtr', 'rts')}
    also = ', '.join(f'{name}: {value}' for name, value in others.items())
    return {'count': len(recording.received), **({'also': also} if also else {})}


_HDLC = re.compile(rb'~([\xa0-\xa7])(.)', re.DOTALL)
_MBUS = re.compile(rb'h(.)\1h', re.DOTALL)
SML_START = bytes.fromhex('1b1b1b1b01010101')


def _foreign(is_frame: Callable[[bytes], bool]) -> Callable[[Recording], Evidence | None]:
    """A check for the frames of another protocol, each with a silence before it; the right speed alone shows them."""
    def check(recording: Recording) -> Evidence | None:
        frames = [event for event in recording.events if event.kind == RECEIVED and is_frame(event.data)]
        return {'count': len(frames), 'speed': frames[-1].baudrate} if frames else None
    return check


def _is_sml(data: bytes) -> bool:
    return SML_START in data


def _is_hdlc(data: bytes) -> bool:
    """From flag to flag, of the length that the frame says (ISO/IEC 13239, frame format type 3)."""
    ends = (frame.start() + 1 + ((frame[1][0] & 7) << 8 | frame[2][0]) for frame in _HDLC.finditer(data))
    return any(data[end:end + 1] == b'~' for end in ends)


def _is_mbus(data: bytes) -> bool:
    """A long frame: start, the length twice, start (EN 13757-2)."""
    return bool(_MBUS.match(data))


def _parity_not_shown(recording: Recording) -> Evidence | None:
    answer = recording.answer
    judge = messages.Parity('software')
    judge.feed(answer)
    plain = not _high(answer) and judge.wrong > PLAIN_SHARE * len(answer)
    if recording.settings.parity != 'software' or len(answer) < PATTERN_CHARACTERS or not plain:
        return None
    return None if is_garbage(answer, 'none') else {'count': len(answer), 'wrong': judge.wrong}


def _parity_not_heeded(recording: Recording) -> Evidence | None:
    answer = recording.answer
    judge = messages.Parity('auto')
    judge.feed(answer)
    if recording.settings.parity != 'none' or len(answer) < PATTERN_CHARACTERS or not judge.visible:
        return None
    return None if is_garbage(answer, 'software') else {'count': len(answer), 'high': _high(answer)}


def _high(data: bytes) -> int:
    """How many characters have bit 7 set."""
    return sum(character >> 7 for character in data)


def _sends_by_itself(recording: Recording) -> Evidence | None:
    """More came than was asked for: several bursts behind a request, or what only a telegram of mode D has."""
    if recording.listening:
        return None
    attempt = recording.attempt
    if attempt and not attempt.reply and attempt.identification.mode == 'C' and attempt.block.whole and attempt.block.mode_d:
        return {'speed': attempt.speed}
    unasked = max((_bursts(exchange) for exchange in recording.exchanges), default=0)
    if recording.identified or unasked <= MOST_ANSWERS or len(recording.answer) < LEAST_CHARACTERS:
        return None
    return {'bursts': unasked}


def _bursts(exchange: Exchange) -> int:
    """How often something came, with silence before it."""
    ends = [0.0, *(event.time + _wire_time(len(event.data), event.baudrate) for event in exchange.received)]
    return sum(event.time - end > BURST_GAP for event, end in zip(exchange.received, ends, strict=False))


def _other_speed(recording: Recording) -> Evidence | None:
    """Only characters came that cannot be right: what was seen at each speed of the port tells which one it was."""
    parity = recording.settings.parity
    if recording.identified or not is_garbage(recording.answer, parity):
        return None
    evidence: dict[str, int | float | str] = {
        'count': len(recording.answer), 'percent': 100 * (1 - good_share(recording.answer, parity)),
        'ports': ', '.join(map(str, sorted({e.speed for e in recording.exchanges if e.received})))}
    possible = set(SPEEDS)
    for exchange in recording.exchanges:
        if is_garbage(exchange.answer, parity):
            slower = slower_senders(exchange.answer, exchange.speed)
            possible &= set(slower or (speed for speed in SPEEDS if speed > exchange.speed))
    if 0 < len(possible) <= 2:
        evidence['speed'] = ' / '.join(map(str, sorted(possible)))
    return evidence


def _noise(recording: Recording) -> Evidence | None:
    few = 0 < len(recording.answer) < LEAST_CHARACTERS
    return {'count': len(recording.answer)} if few and not recording.attempts else None


def _bad_identification(recording: Recording) -> Evidence | None:
    """No identification, or a damaged one, among characters most of which are right."""
    if recording.identified:
        return None
    wrong = _wrong_parity(recording.answer, recording)
    return _share(wrong, len(recording.answer)) if wrong else None


def _wrong_parity(data: bytes, recording: Recording) -> int:
    judge = messages.Parity(recording.settings.parity)
    judge.feed(data)
    return judge.wrong


def _share(wrong: int, count: int) -> Evidence:
    return {'wrong': wrong, 'count': count, 'percent': 100 * wrong / count}


def _no_identification(recording: Recording) -> Evidence | None:
    return {'count': len(recording.answer)} if recording.answer and not recording.attempts else None


def _reserved_speed(recording: Recording) -> Evidence | None:
    attempt = recording.attempt
    if not attempt or not attempt.identification.reserved or recording.listening or attempt.answer.strip(b'\0'):
        return None
    return {'character': attempt.identification.speed_character, 'identification': str(attempt.identification)}


def _acknowledged(recording: Recording) -> Attempt | None:
    """The attempt, if nothing came behind an acknowledgement but characters that cannot be data."""
    attempt = recording.attempt
    if attempt and attempt.reply and (not _without_nul(attempt) or is_garbage(attempt.answer, recording.settings.parity)):
        return attempt
    return None


def _without_nul(attempt: Attempt) -> bytes:
    """A few NULs come from the switching of the speed; many are characters of another speed."""
    data = attempt.answer
    return data if len(data) >= PATTERN_CHARACTERS else data.strip(b'\0')


def _acknowledgement_late(recording: Recording) -> Evidence | None:
    """More time than a meter waits passed between its identification and the acknowledgement."""
    late = max(map(_lateness, recording.attempts), default=0.0)
    return {'seconds': late} if late > LONGEST_REACTION and _acknowledged(recording) else None


def _lateness(attempt: Attempt) -> float:
    """
    s from the end of the identification on the wire to the acknowledgement, 0 if that cannot be told.

    What an adapter or a network holds back is handed over in one piece: then the identification was sent earlier.
    """
    event = next((event for event in attempt.request.received if attempt.raw in event.data), None)
    if not event or not attempt.reply or attempt.reply.message[:1] != messages.ACK or attempt.request.echoed:
        return 0.0
    wire_time = _wire_time(event.data.rindex(attempt.raw) + len(attempt.raw), event.baudrate)
    held_back = attempt.reply.time - event.time < wire_time / 2
    began = attempt.request.sent_until + attempt.identification.reaction_time if held_back else event.time
    return attempt.reply.time - began - wire_time


def _acknowledgement_echoed(recording: Recording) -> Evidence | None:
    attempt = _acknowledged(recording)
    if not attempt or not attempt.reply or not attempt.reply.echoed or attempt.answer.strip(b'\0'):
        return None
    return {'identification': str(attempt.identification), 'speed': attempt.speed}


def _data_at_sign_on_speed(recording: Recording) -> Evidence | None:
    """The port went to the new speed, the meter did not."""
    attempt = _acknowledged(recording)
    if not attempt or messages.START_SPEED not in slower_senders(attempt.answer, attempt.speed):
        return None
    return {'identification': str(attempt.identification), 'count': len(attempt.answer), 'speed': attempt.speed}


def _acknowledgement_ignored(recording: Recording) -> Evidence | None:
    attempt = _acknowledged(recording)
    if not attempt or _without_nul(attempt) or attempt.speed == messages.START_SPEED:
        return None
    return {'identification': str(attempt.identification), 'speed': attempt.speed}


def _no_data(recording: Recording) -> Evidence | None:
    attempt = recording.attempt
    if not attempt or _without_nul(attempt):
        return None
    return {'identification': str(attempt.identification), 'speed': attempt.speed}


def _data_at_other_speed(recording: Recording) -> Evidence | None:
    attempt = recording.attempt
    if not attempt or not is_garbage(attempt.answer, recording.settings.parity):
        return None
    return {'identification': str(attempt.identification), 'count': len(attempt.answer), 'speed': attempt.speed,
            'percent': 100 * (1 - good_share(attempt.answer, recording.settings.parity))}


def _endless(recording: Recording) -> Evidence | None:
    """The same lines again and again, without an end."""
    attempt = recording.attempt
    if not attempt or attempt.block.whole:
        return None
    lines = [line for line in attempt.data.splitlines()[:-1] if len(line) >= REPEATED_LINE]
    repeated = any(lines.count(line) > 1 for line in lines[1:2]) or len(attempt.data) > messages.MAX_MESSAGE
    return {'count': len(attempt.data), 'seconds': recording.seconds} if repeated else None


def _too_long(recording: Recording) -> Evidence | None:
    attempt = recording.attempt
    if not attempt or recording.seconds < recording.settings.max_duration:
        return None
    return {'count': len(attempt.data), 'limit': recording.settings.max_duration, 'speed': attempt.speed}


def _bad_characters(recording: Recording) -> Evidence | None:
    wrong = sum(attempt.parity.wrong for attempt in recording.attempts)
    return _share(wrong, sum(attempt.parity.total for attempt in recording.attempts)) if wrong else None


def _unconfirmed(recording: Recording) -> Evidence | None:
    """The data is undamaged, but the reader wants a second copy of it."""
    attempt = recording.attempt
    if not attempt or not recording.memory.distrust or not attempt.block.whole or attempt.refused:
        return None
    return {'count': len(attempt.block.raw)}


def _other_checksum(recording: Recording) -> Evidence | None:
    attempt = recording.attempt
    if not attempt or not isinstance(attempt.refused, ChecksumError):
        return None
    for name in ('xor', 'sum'):
        if name != recording.settings.checksum and _fits(attempt, name):
            return {'checksum': name}
    return None


def _fits(attempt: Attempt, checksum: str) -> bool:
    try:
        attempt.block.block(attempt.parity, checksum=checksum)
    except ProtocolError:
        return False
    return True


def _wrong_check(recording: Recording) -> Evidence | None:
    attempt = recording.attempt
    if not attempt or not isinstance(attempt.refused, ChecksumError):
        return None
    return {'count': len(attempt.block.raw), 'blocks': sum(a.block.whole for a in recording.attempts)}


def _begin_missing(recording: Recording) -> Evidence | None:
    attempt = recording.attempt
    if not attempt or not attempt.block.whole or attempt.block.interrupted or not attempt.refused:
        return None
    return {'count': len(attempt.block.raw), 'speed': attempt.speed}


def _cut(recording: Recording) -> Evidence | None:
    attempt = recording.attempt
    if not attempt or not attempt.refused:
        return None
    evidence: dict[str, int | float | str] = {'count': len(attempt.answer), 'speed': attempt.speed}
    received = (attempt.reply or attempt.request).received
    if received and not attempt.block.interrupted:
        last = received[-1]
        later = [e.time for e in recording.events if e.time > last.time]
        silence = min(later, default=last.time) - last.time - _wire_time(len(last.data), last.baudrate)
        if silence > 0:
            evidence['gap'] = silence
    return evidence


CHECKS: tuple[tuple[str, Callable[[Recording], Evidence | None]], ...] = (
    ('port_lost', _port_lost),
    ('head_unpowered', _head_unpowered),
    ('timeout_short', _timeout_short),
    ('no_answer_to_address', _no_answer_to_address),
    ('request_without_parity', _request_without_parity),
    ('no_telegram', _no_telegram),
    ('silence_despite_wakeup', _silence_despite_wakeup),
    ('silence', _silence),
    ('only_echo', _only_echo),
    ('sml', _foreign(_is_sml)),
    ('hdlc', _foreign(_is_hdlc)),
    ('mbus', _foreign(_is_mbus)),
    ('parity_not_shown', _parity_not_shown),
    ('parity_not_heeded', _parity_not_heeded),
    ('sends_by_itself', _sends_by_itself),
    ('other_speed', _other_speed),
    ('noise', _noise),
    ('bad_characters', _bad_identification),
    ('no_identification', _no_identification),
    ('reserved_speed', _reserved_speed),
    ('acknowledgement_late', _acknowledgement_late),
    ('data_at_sign_on_speed', _data_at_sign_on_speed),
    ('acknowledgement_echoed', _acknowledgement_echoed),
    ('acknowledgement_ignored', _acknowledgement_ignored),
    ('no_data', _no_data),
    ('data_at_other_speed', _data_at_other_speed),
    ('endless', _endless),
    ('too_long', _too_long),
    ('bad_characters', _bad_characters),
    ('other_checksum', _other_checksum),
    ('wrong_check', _wrong_check),
    ('begin_missing', _begin_missing),
    ('cut', _cut),
    ('unconfirmed', _unconfirmed),
)


# -- the port, by what the computer says of it -----------------------------------------------------------------------

MISSING = (errno.ENOENT, errno.ENODEV, errno.ENXIO)
FORBIDDEN = (errno.EACCES, errno.EPERM)
BUSY = (errno.EBUSY, errno.EAGAIN)


def _port_finding(error: MeterError, settings: Settings, root: Path) -> Finding:
    """Why the port was not opened: the number says what, the computer the rest."""
    number, port = getattr(error, 'errno', None), settings.serialport
    if '://' in port and number not in BUSY:
        return Finding('port_unreachable', {'port': port, 'error': str(error)})
    kinds = {**dict.fromkeys(MISSING, 'port_missing'), **dict.fromkeys(FORBIDDEN, 'port_forbidden'),
             **dict.fromkeys(BUSY, 'port_busy')}
    kind = kinds.get(number or 0, 'port_unusable')
    evidence = {'port': port, 'error': str(error)} if kind == 'port_unusable' else {'port': port}
    return Finding(kind, {**evidence, **port_evidence(kind, port, root)})


def port_evidence(kind: str, port: str, root: Path = Path('/')) -> dict[str, str]:
    """What can be read of this port below `root`: other ports' names, owning group, or who holds it; empty if nothing."""
    look, name = {'port_missing': (_names, 'names'), 'port_forbidden': (_group, 'group'),
                  'port_busy': (_holder, 'holder')}.get(kind, (None, ''))
    try:
        found = look(root / port.lstrip('/'), root) if look else ''
    except (OSError, ValueError):       # ValueError: no name of a file
        found = ''
    return {name: found} if found else {}


def _names(path: Path, root: Path) -> str:
    folder = root / 'dev/serial/by-id'
    return ', '.join(f'/dev/serial/by-id/{link.name}' for link in sorted(folder.iterdir()))


def _group(path: Path, root: Path) -> str:
    number = str(path.stat().st_gid)
    for line in (root / 'etc/group').read_text(encoding='utf-8', errors='replace').splitlines():
        name, *fields = line.split(':')
        if fields[1:2] == [number]:
            return name
    return number


def _holder(path: Path, root: Path) -> str:
    """The processes that have it open, as far as this user may see that."""
    device = '/' + str(path.resolve().relative_to(root.resolve()))
    processes = sorted({entry.parent.parent for entry in _open_files(root) if _target(entry) == device})
    return ', '.join(f'{(process / "comm").read_text(errors="replace").strip()} (PID {process.name})' for process in processes)


def _open_files(root: Path) -> Iterator[Path]:
    for process in (root / 'proc').iterdir():
        if process.name.isdigit() and os.access(process / 'fd', os.R_OK):
            try:
                yield from (process / 'fd').iterdir()
            except OSError:     # it has ended meanwhile
                continue


def _target(entry: Path) -> str:
    try:
        return os.readlink(entry)
    except OSError:         # closed meanwhile
        return ''


# -- what there is to say --------------------------------------------------------------------------------------------

PARAMETERS: dict[str, tuple[str, ...]] = {
    'port_missing': ('serialport',), 'port_unusable': ('serialport',), 'head_unpowered': ('dtr', 'rts'),
    'timeout_short': ('timeout',), 'no_answer_to_address': ('device_address',), 'request_without_parity': ('parity',),
    'silence': ('wakeup', 'only_listen'), 'no_telegram': ('only_listen',), 'only_echo': ('wakeup',),
    'parity_not_shown': ('parity',), 'parity_not_heeded': ('parity',), 'sends_by_itself': ('only_listen', 'baudrate'),
    'other_speed': ('baudrate', 'only_listen'), 'no_identification': ('only_listen',), 'acknowledgement_late': ('baudrate_fix',),
    'data_at_sign_on_speed': ('baudrate_fix',), 'acknowledgement_echoed': ('wakeup',),
    'acknowledgement_ignored': ('baudrate_fix',), 'no_data': ('querycode',), 'data_at_other_speed': ('baudrate_fix',),
    'too_long': ('max_duration', 'baudrate_fix', 'querycode'), 'bad_characters': ('baudrate_fix',),
    'other_checksum': ('checksum',), 'wrong_check': ('parity', 'use_checksum'), 'begin_missing': ('baudrate_fix', 'use_checksum'),
    'cut': ('baudrate_fix',),
}

_ALSO_DE, _ALSO_EN = '[ Auch diese Parameter prüfen: {also}.]', '[ Check these parameters, too: {also}.]'

KINDS: dict[str, Kind] = {
    # the port
    'port_missing': Kind(
        de=('Die Schnittstelle[ {port}] gibt es nicht.',
            'Der Lesekopf ist nicht angesteckt oder heißt jetzt anders.',
            'Den Lesekopf anstecken und als serialport einen Namen aus /dev/serial/by-id angeben, der immer gleich bleibt.'
            '[ Dort gibt es: {names}.]'),
        en=('The port[ {port}] does not exist.',
            'The optical head is not plugged in, or it has another name now.',
            'Plug in the head and give a name of /dev/serial/by-id as serialport, which stays the same.[ There is: {names}.]')),
    'port_forbidden': Kind(
        de=('Die Schnittstelle[ {port}] darf von diesem Benutzer nicht geöffnet werden.',
            'Das darf nur, wer zu ihrer Gruppe[ {group}] gehört.',
            'Den Benutzer in die Gruppe aufnehmen[ (sudo usermod -aG {group} BENUTZER)] und das Programm neu starten.'),
        en=('This user must not open the port[ {port}].',
            'Only members of its group[ {group}] may do so.',
            'Make the user a member of the group[ (sudo usermod -aG {group} USER)] and restart the program.')),
    'port_busy': Kind(
        de=('Die Schnittstelle[ {port}] ist belegt.',
            'Ein anderes Programm oder eine andere Instanz benutzt sie[: {holder}].',
            'Dafür sorgen, dass nur eines den Lesekopf benutzt. Oft sind es ModemManager, brltty oder ein vergessenes Programm.'),
        en=('The port[ {port}] is busy.',
            'Another program or another instance uses it[: {holder}].',
            'See to it that only one of them uses the head. Often it is ModemManager, brltty or a forgotten logger.')),
    'port_unreachable': Kind(
        de=('Die Schnittstelle im Netzwerk[ {port}] war nicht zu öffnen.',
            'Der Server läuft nicht, ist belegt oder hat eine andere Adresse.',
            'Adresse und Port prüfen und ob am Server schon jemand angemeldet ist.'),
        en=('The port in the network[ {port}] could not be opened.',
            'The server does not run, is in use or has another address.',
            'Check address and port, and whether somebody else is connected to the server.')),
    'port_unusable': Kind(
        de=('Die Schnittstelle[ {port}] war nicht zu öffnen.',
            'Sie ist keine serielle Schnittstelle, oder ihr Treiber kann die Einstellungen nicht.',
            'Den Parameter serialport prüfen; python3 dlms.py --list zeigt die Schnittstellen.'),
        en=('The port[ {port}] could not be opened.',
            'It is no serial port, or its driver cannot do what is set.',
            'Check the parameter serialport; python3 dlms.py --list shows the ports.')),
    'port_lost': Kind(
        de=('Die Schnittstelle[ {port}] verschwand während der Auslesung[, nach {seconds} s und {count} Zeichen].',
            'Der Stecker saß lose, der USB-Hub fiel aus, oder der Server im Netzwerk beendete die Verbindung.',
            'Stecker, Kabel und Hub prüfen. Mit einem Namen aus /dev/serial/by-id wird der Lesekopf wiedergefunden.'),
        en=('The port[ {port}] vanished during the readout[, after {seconds} s and {count} characters].',
            'The plug was loose, the USB hub failed, or the server in the network closed the connection.',
            'Check plug, cable and hub. By a name of /dev/serial/by-id the head is found again.')),
    # silence
    'head_unpowered': Kind(
        de=('Es kam kein einziges Zeichen, und DTR oder RTS ist abgeschaltet[: {lines}].',
            'Viele Leseköpfe bekommen ihren Strom aus diesen Leitungen.',
            'Die Parameter dtr und rts auf True setzen.' + _ALSO_DE),
        en=('No byte came at all, and DTR or RTS is switched off[: {lines}].',
            'Many optical heads are fed by these lines.',
            'Set the parameters dtr and rts to True.' + _ALSO_EN)),
    'timeout_short': Kind(
        de=('Die Antwort blieb aus, aber gewartet wurde nur kurz[: {timeout} s].',
            'Ein Zähler darf sich 1,5 s Zeit lassen.',
            'Den Parameter timeout auf 3 setzen.' + _ALSO_DE),
        en=('The answer did not come, but the wait was short[: {timeout} s].',
            'A meter may take 1.5 s.',
            'Set the parameter timeout to 3.' + _ALSO_EN)),
    'no_answer_to_address': Kind(
        de=('Auf die Anfrage mit Geräteadresse[ {address}] kam kein einziges Zeichen.',
            'Kein Zähler an diesem Lesekopf hat diese Adresse, oder er hört die Anfrage nicht.',
            'Den Parameter device_address leer lassen, dann antwortet jeder Zähler.' + _ALSO_DE),
        en=('No byte came in answer to the request with the device address[ {address}].',
            'No meter at this head has that address, or it does not hear the request.',
            'Leave the parameter device_address empty, then every meter answers.' + _ALSO_EN)),
    'request_without_parity': Kind(
        de=('Es kam kein einziges Zeichen, und die Anfrage ging ohne Parität hinaus.',
            'Die meisten Zähler hören nur Zeichen mit gerader Parität.',
            'Den Parameter parity auf auto setzen.' + _ALSO_DE),
        en=('No byte came at all, and the request went out without parity.',
            'Most meters hear only characters with even parity.',
            'Set the parameter parity to auto.' + _ALSO_EN)),
    'silence': Kind(
        de=('Es kam kein einziges Zeichen[ in {seconds} s].',
            'Der Lesekopf sitzt nicht auf der optischen Schnittstelle, ist verdreht oder stromlos, oder der Zähler muss geweckt '
            'werden oder sendet nur von selbst.',
            'Den Lesekopf ausrichten (Kabel meist nach unten), bei Zählern mit Batterie wakeup: True und bei selbst sendenden '
            'only_listen: True setzen.' + _ALSO_DE),
        en=('No byte came at all[ in {seconds} s].',
            'The optical head is not in its place, is turned or has no power, or the meter has to be woken or only sends by '
            'itself.',
            'Align the head (the cable mostly hangs down); set wakeup: True for a meter with a battery, only_listen: True for '
            'one that sends by itself.' + _ALSO_EN)),
    'silence_despite_wakeup': Kind(
        de=('Auch nach dem Wecken kam kein einziges Zeichen[ in {seconds} s].',
            'Der Lesekopf sitzt nicht auf der optischen Schnittstelle, ist verdreht oder stromlos, oder der Zähler schläft noch.',
            'Den Lesekopf ausrichten; manche Zähler antworten erst nach einem Tastendruck.' + _ALSO_DE),
        en=('Even behind the wake-up no byte came at all[ in {seconds} s].',
            'The optical head is not in its place, is turned or has no power, or the meter still sleeps.',
            'Align the head; some meters answer only after a button was pressed.' + _ALSO_EN)),
    'no_telegram': Kind(
        de=('Es wurde nur mitgehört, und es kam kein einziges Zeichen[ in {seconds} s].',
            'Der Zähler sendet nicht von selbst oder nur selten, oder der Lesekopf sitzt falsch oder ist stromlos.',
            'Den Lesekopf ausrichten und only_listen: False versuchen, dann wird der Zähler gefragt.' + _ALSO_DE),
        en=('The reader only listened, and no byte came at all[ in {seconds} s].',
            'The meter does not send by itself, or seldom, or the head is not in its place or has no power.',
            'Align the head and try only_listen: False, then the meter is asked.' + _ALSO_EN)),
    'only_echo': Kind(
        de=('Es kam nur das eigene Echo[, {count} Zeichen].',
            'Der Lesekopf hat Strom und hört sein eigenes Licht, aber der Zähler hört ihn nicht oder schläft.',
            'Den Lesekopf drehen und verschieben; bei Zählern mit Batterie wakeup: True setzen.' + _ALSO_DE),
        en=('Only the own echo came[, {count} characters].',
            'The head has power and hears its own light, but the meter does not hear it or sleeps.',
            'Turn and move the head; set wakeup: True for a meter with a battery.' + _ALSO_EN)),
    # another language
    'sml': Kind(
        de=('Der Zähler spricht SML[ ({count} Telegramme bei {speed} Bd)].',
            'Das ist ein anderes Protokoll als IEC 62056-21.',
            'Das Plugin smlx für diesen Zähler verwenden; der Lesekopf ist in Ordnung.'),
        en=('The meter speaks SML[ ({count} telegrams at {speed} Bd)].',
            'That is another protocol than IEC 62056-21.',
            'Use the plugin smlx for this meter; the head is fine.')),
    'hdlc': Kind(
        de=('Der Zähler spricht DLMS in HDLC-Rahmen[ ({count} bei {speed} Bd)].',
            'Das ist ein anderes Protokoll als IEC 62056-21, oft verschlüsselt.',
            'Den Netzbetreiber nach Protokoll und Schlüssel fragen; mit diesem Plugin geht es nicht.'),
        en=('The meter speaks DLMS in HDLC frames[ ({count} at {speed} Bd)].',
            'That is another protocol than IEC 62056-21, often encrypted.',
            'Ask the grid operator for protocol and key; this reader cannot do it.')),
    'mbus': Kind(
        de=('Der Zähler spricht M-Bus[ ({count} Telegramme bei {speed} Bd)].',
            'Das ist ein anderes Protokoll als IEC 62056-21.',
            'Einen Leser für M-Bus verwenden; die Leitung ist in Ordnung.'),
        en=('The meter speaks M-Bus[ ({count} telegrams at {speed} Bd)].',
            'That is another protocol than IEC 62056-21.',
            'Use a reader for M-Bus; the line is fine.')),
    # framing and speed
    'parity_not_shown': Kind(
        de=('Die Zeichen sind lesbar, zeigen aber keine Parität[: {wrong} von {count} scheinen falsch].',
            'Der Zähler sendet 8N1, oder ein Adapter oder Server entfernt die Parität, doch parity: software verlangt sie.',
            'Den Parameter parity auf auto setzen.'),
        en=('The characters are readable but show no parity[: {wrong} of {count} seem wrong].',
            'The meter sends 8N1, or an adapter or server strips the parity, whereas parity: software demands it.',
            'Set the parameter parity to auto.')),
    'parity_not_heeded': Kind(
        de=('Die Zeichen tragen gerade Parität[ ({high} von {count} haben Bit 7)], sie wurden aber als 8N1 gelesen.',
            'Der Zähler sendet 7E1, doch parity: none sieht darin acht Datenbits.',
            'Den Parameter parity auf auto setzen.'),
        en=('The characters carry even parity[ ({high} of {count} have bit 7)], but were read as 8N1.',
            'The meter sends 7E1, whereas parity: none takes all eight bits for data.',
            'Set the parameter parity to auto.')),
    'sends_by_itself': Kind(
        de=('Der Zähler sendet ungefragt[, {bursts}-mal während einer Anfrage][, lesbar bei {speed} Bd].',
            'Es ist ein Zähler, der von selbst sendet (Modus D oder ein anderes Protokoll wie SML).',
            'only_listen: True setzen, mit baudrate: 300 werden alle üblichen Geschwindigkeiten versucht.'),
        en=('The meter sends without being asked[, {bursts} times behind one request][, readable at {speed} Bd].',
            'It is a meter that sends by itself (mode D, or another protocol like SML).',
            'Set only_listen: True; with baudrate: 300 all usual speeds are tried.')),
    'other_speed': Kind(
        de=('Es kamen Zeichen[ ({count} bei {ports} Bd, {percent} % unbrauchbar)], aber keine, die richtig sein können[; '
            'ihr Muster ist das von {speed} Bd].',
            'Der Zähler sendet mit einer anderen Geschwindigkeit oder in einem anderen Protokoll, oder es ist Fremdlicht.',
            'Den Parameter baudrate setzen[ ({speed})], und only_listen: True, falls der Zähler von selbst sendet.'),
        en=('Characters came[ ({count} at {ports} Bd, {percent} % unusable)], but none that can be right[; '
            'their pattern is that of {speed} Bd].',
            'The meter sends at another speed or in another protocol, or it is stray light.',
            'Set the parameter baudrate[ ({speed})], and only_listen: True if the meter sends by itself.')),
    'noise': Kind(
        de=('Es kamen nur einzelne Zeichen[, {count}], die nichts bedeuten.',
            'Das sind Störungen, etwa Fremdlicht oder das Einschalten des Lesekopfs; der Zähler antwortet nicht.',
            'Den Lesekopf ausrichten und abschatten.'),
        en=('Only single characters came[, {count}], which mean nothing.',
            'That is noise, like stray light or the head being switched on; the meter does not answer.',
            'Align the head and shade it.')),
    'no_identification': Kind(
        de=('Es kamen lesbare Zeichen[, {count}], aber keine Identifikation.',
            'Die Antwort wurde erst in der Mitte gehört, oder der Zähler spricht ein anderes Protokoll.',
            'only_listen: True versuchen; bleibt es dabei, die Sitzung mit --record speichern und melden.'),
        en=('Readable characters came[, {count}], but no identification.',
            'The answer was joined in the middle, or the meter speaks another protocol.',
            'Try only_listen: True; if it stays like this, store the session with --record and report it.')),
    # behind the identification
    'reserved_speed': Kind(
        de=('Der Zähler[ {identification}] bietet eine reservierte Geschwindigkeit an[ (Z = {character})] und sendet dann keine '
            'Daten.',
            'Was dieses Zeichen bedeutet, weiß nur der Hersteller; gelesen wurde mit 300 Bd.',
            'Die Anleitung des Zählers nach der Geschwindigkeit durchsuchen und die Sitzung melden (--record).'),
        en=('The meter[ {identification}] offers a reserved speed[ (Z = {character})] and then sends no data.',
            'Only the manufacturer knows what this character means; 300 Bd were used.',
            'Look for the speed in the manual of the meter, and report the session (--record).')),
    'acknowledgement_late': Kind(
        de=('Die Quittung kam zu spät beim Zähler an[, {seconds} s nach der Identifikation], die Daten blieben aus.',
            'Ein Zähler wartet nur 1,5 s; der Adapter oder das Netz hält Zeichen zurück.',
            'Das Zwischenpuffern abstellen (latency_timer des USB-Adapters, Wartezeit des Servers) oder baudrate_fix: True '
            'setzen.'),
        en=('The acknowledgement came too late[, {seconds} s behind the identification], and the data did not come.',
            'A meter waits only 1.5 s; the adapter or the network holds characters back.',
            'Switch that off (latency_timer of the USB adapter, packing time of the server), or set baudrate_fix: True.')),
    'data_at_sign_on_speed': Kind(
        de=('Der Zähler[ {identification}] sendete die Daten mit 300 Bd[, während die Schnittstelle auf {speed} Bd stand: '
            '{count} unbrauchbare Zeichen].',
            'Er hat die Quittung nicht verstanden, oder sie kam zu spät.',
            'baudrate_fix: True setzen, dann bleiben beide bei 300 Bd; den Lesekopf besser ausrichten.'),
        en=('The meter[ {identification}] sent its data at 300 Bd[, while the port was at {speed} Bd: {count} unusable '
            'characters].',
            'It did not understand the acknowledgement, or that came too late.',
            'Set baudrate_fix: True, then both stay at 300 Bd; align the head better.')),
    'acknowledgement_echoed': Kind(
        de=('Nach der Identifikation[ {identification}] kam nur das Echo der Quittung.',
            'Der Zähler hat die Quittung nicht verstanden, oder der Lesekopf überträgt die Geschwindigkeit danach[, {speed} Bd,] '
            'nicht.',
            'baudrate_fix: True setzen, dann bleiben beide bei 300 Bd; den Lesekopf besser ausrichten.'),
        en=('Behind the identification[ {identification}] only the echo of the acknowledgement came.',
            'The meter did not understand the acknowledgement, or the head does not pass the speed behind it[, {speed} Bd].',
            'Set baudrate_fix: True, then both stay at 300 Bd; align the head better.')),
    'acknowledgement_ignored': Kind(
        de=('Nach der Identifikation[ {identification}] und der Quittung kam nichts mehr.',
            'Der Lesekopf überträgt die neue Geschwindigkeit[, {speed} Bd,] nicht, oder der Zähler hörte die Quittung nicht.',
            'baudrate_fix: True setzen, dann bleiben beide bei 300 Bd; den Lesekopf besser ausrichten.'),
        en=('Behind the identification[ {identification}] and the acknowledgement nothing came.',
            'The head does not pass the new speed[, {speed} Bd], or the meter did not hear the acknowledgement.',
            'Set baudrate_fix: True, then both stay at 300 Bd; align the head better.')),
    'no_data': Kind(
        de=('Nach der Identifikation[ {identification}] kamen keine Daten[ mit {speed} Bd].',
            'Der Zähler gibt seine Daten so nicht her, oder der Lesekopf überträgt diese Geschwindigkeit nicht.',
            'Einen anderen querycode versuchen (manche Zähler brauchen 2 oder #) und den Lesekopf besser ausrichten.'),
        en=('Behind the identification[ {identification}] no data came[ at {speed} Bd].',
            'The meter does not give its data that way, or the head does not pass this speed.',
            'Try another querycode (some meters need 2 or #), and align the head better.')),
    'data_at_other_speed': Kind(
        de=('Nach der Identifikation[ {identification}] waren die Zeichen unbrauchbar[: {percent} % von {count} bei {speed} Bd].',
            'Der Zähler sendet die Daten mit einer anderen Geschwindigkeit, als die Schnittstelle sie hat.',
            'baudrate_fix ändern: False folgt dem Angebot des Zählers, True bleibt bei der eingestellten Geschwindigkeit.'),
        en=('Behind the identification[ {identification}] the characters were unusable[: {percent} % of {count} at {speed} Bd].',
            'The meter sends its data at another speed than that of the port.',
            'Change baudrate_fix: False follows the offer of the meter, True stays at the speed that is set.')),
    # the data
    'endless': Kind(
        de=('Der Zähler wiederholt seine Daten ohne Ende[: {count} Zeichen in {seconds} s].',
            'Das Ende der Daten fehlt, oder der Zähler ist in einem Testbetrieb.',
            'Den Zähler am Taster in die normale Anzeige bringen; bleibt es dabei, die Sitzung melden (--record).'),
        en=('The meter repeats its data without end[: {count} characters in {seconds} s].',
            'The end of the data is missing, or the meter is in a test mode.',
            'Bring the meter back to its normal display by its button; if it stays like this, report the session (--record).')),
    'too_long': Kind(
        de=('Die Auslesung dauerte länger als erlaubt[: {count} Zeichen in {limit} s, zuletzt mit {speed} Bd].',
            'Der Zähler sendet mehr, als in dieser Zeit übertragen werden kann.',
            'Den Parameter max_duration erhöhen, baudrate_fix: False setzen oder mit querycode eine kürzere Tabelle lesen.'),
        en=('The readout took longer than allowed[: {count} characters in {limit} s, at {speed} Bd in the end].',
            'The meter sends more than can be transmitted in that time.',
            'Raise the parameter max_duration, set baudrate_fix: False, or read a shorter table by querycode.')),
    'bad_characters': Kind(
        de=('Zeichen kamen verfälscht an[: {percent} %, {wrong} von {count} mit falscher Parität].',
            'Das Licht ist zu schwach oder gestört: der Lesekopf sitzt schief, ist verschmutzt, oder Fremdlicht kommt dazu.',
            'Den Lesekopf reinigen, ausrichten und abschatten. Hilft das nicht, baudrate_fix: True setzen.'),
        en=('Characters arrived damaged[: {percent} %, {wrong} of {count} with wrong parity].',
            'The light is too weak or disturbed: the head sits askew, is dirty, or there is stray light.',
            'Clean, align and shade the head. If that does not help, set baudrate_fix: True.')),
    'other_checksum': Kind(
        de=('Das Prüfzeichen passt nicht, auf die andere Art gebildet passt es aber[: {checksum}].',
            'Der Zähler bildet sein Prüfzeichen anders, als der Parameter checksum es verlangt.',
            'Den Parameter checksum[ auf {checksum}] umstellen.'),
        en=('The block check character does not fit, but made in the other way it does[: {checksum}].',
            'The meter makes its block check character in another way than the parameter checksum demands.',
            'Change the parameter checksum[ to {checksum}].')),
    'wrong_check': Kind(
        de=('Die Daten kamen vollständig an[, {count} Zeichen, {blocks}-mal], aber das Prüfzeichen ist falsch.',
            'Der Zähler rechnet anders, oder Zeichen wurden verfälscht, ohne dass es an ihnen zu sehen ist.',
            'Den Lesekopf ausrichten und mit parity: auto lesen. Sind die Werte immer richtig, use_checksum: False setzen.'),
        en=('The data came whole[, {count} characters, {blocks} times], but the check is wrong.',
            'The meter computes it in another way, or characters were damaged without showing it.',
            'Align the head and read with parity: auto. If the values are always right, set use_checksum: False.')),
    'begin_missing': Kind(
        de=('Das Ende der Daten kam an, ihr Anfang (STX) nicht[: {count} Zeichen bei {speed} Bd].',
            'Die ersten Zeichen gingen beim Wechsel der Geschwindigkeit verloren oder wurden verfälscht.',
            'baudrate_fix: True setzen, dann entfällt der Wechsel. Sind die Werte richtig, genügt use_checksum: False.'),
        en=('The end of the data came, but not its begin (STX)[: {count} characters at {speed} Bd].',
            'The first characters were lost at the change of the speed, or damaged.',
            'Set baudrate_fix: True, then there is no change. If the values are right, use_checksum: False is enough.')),
    'cut': Kind(
        de=('Die Daten brachen ab[, nach {count} Zeichen bei {speed} Bd][; dann war es {gap} s still].',
            'Der Lesekopf verrutschte, der Zähler brach ab, oder der Adapter verlor Zeichen.',
            'Den Lesekopf befestigen und noch einmal lesen. Hilft das nicht, baudrate_fix: True setzen.'),
        en=('The data broke off[, after {count} characters at {speed} Bd][; then it was silent for {gap} s].',
            'The head slipped, the meter stopped, or the adapter lost characters.',
            'Fasten the head and read again. If that does not help, set baudrate_fix: True.')),
    'unconfirmed': Kind(
        de=('Die Daten kamen unversehrt an[, {count} Zeichen], aber keine zweite Kopie bestätigt sie.',
            'Das Licht war zuletzt gestört, und dann kann auch ein scheinbar richtiger Block verfälscht sein.',
            'Den Lesekopf reinigen, ausrichten und abschatten. Ist das Licht wieder gut, vergeht dieser Zustand von selbst.'),
        en=('The data came undamaged[, {count} characters], but no second copy confirms it.',
            'The light was disturbed lately, and then even a block that seems right may be damaged.',
            'Clean, align and shade the head. When the light is good again, this state ends by itself.')),
    'unclear': Kind(
        de=('Die Auslesung gelang nicht[: {error}].',
            'Woran es liegt, zeigt die Aufzeichnung nicht.',
            'Noch einmal lesen; bleibt es dabei, die Sitzung mit --record speichern und melden.'),
        en=('The readout failed[: {error}].',
            'The recording does not show why.',
            'Read again; if it stays like this, store the session with --record and report it.')),
}
