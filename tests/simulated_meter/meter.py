# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A meter without I/O and clock: what it hears, when and with which answer."""

import math
import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from .clock import NEVER
from .damage import Damage
from .household import Household, Registers
from .options import SIGN_ON, Faults, MeterOptions
from .programming import Programming
from .protocol import ACK, ETX, FOREIGN, NAK, STX
from .speech import Speech
from .wire import BITS, Run, has_even_parity

CHARACTER_LIMIT = 1.5           # s, ta: a longer gap ends a message
TOLERANCE = 0.002               # s, by which a reader may miss a time
WAKE_UP = (2.1, 2.3)            # s of NUL characters, Annex B.1
WAKE_UP_PAUSE = 1.5             # s from the last of them to the request
AWAKE = 30.0                    # s without a request until a battery meter sleeps again
SIGN_ON_CHARACTER = 10 / SIGN_ON         # s of a character at 300 Bd
FORMER = 900.0                  # s, so much older is a former readout of which nobody has asked


@dataclass
class Sent:
    """What a meter meant to send in one readout: the truth, before any fault."""

    time: float                                     # s, when the block was put together
    identification: str
    serial: str                                     # number of the meter
    text: str                                       # the data block without its frame
    values: dict[str, tuple[str, str | None]]       # the first value of each code; empty for given blocks and captures
    registers: Registers                            # all of them
    baudrate: float
    characters: int                                 # of the whole block on the wire
    repeats: int = 0                                # NAKs answered


DEADLINE = None
Event = int | None          # a character of eight bits, BROKEN (framing error), or DEADLINE: the time waited for has come
BROKEN = -1
Life = Generator[float, Event, Any]     # yields the time until which it waits


class Meter:
    """A meter without I/O and clock.

    Whoever drives it looks at `deadline`, `listening` (speeds; none while it is deaf) and `listening_since`, calls `step`
    with each character it hears, or with DEADLINE at that time, in order of time, and takes what it sends from `take`.
    """

    def __init__(self, options: MeterOptions | None = None, faults: Faults | None = None, *,
                 now: float = 0.0, epoch: float = 1_767_950_000.0) -> None:
        self.options = options or MeterOptions()
        self.faults = faults or Faults()
        self.speech = Speech(self.options, self.faults, now, epoch + now)
        self.sent: list[Sent] = []
        self.received: list[tuple[float, bytes]] = []       # messages it understood, with the time of their last bit
        self.blocks = 0                                     # sent, repeated ones too
        self.programming = Programming(self.options, self.speech.registers)
        self.answered: list[tuple[float, str]] = []         # data sets that it answered in programming mode, and when
        self.sessions = self.goodbyes = 0                   # in programming mode; those that the reader ended by B0
        self._request_speed: float = SIGN_ON
        self.listening: tuple[float, ...] = ()
        self.listening_since = now
        self.opened_at = now            # since when a reader is there at all
        self.now = self.born = now
        self._damage = Damage(self.options, self.faults)
        self._current = self._former = b''                  # blocks as they should be
        self._out: list[Run] = []
        self._awake_until = NEVER
        self._life = self._live()
        self.deadline: float = next(self._life)

    @property
    def house(self) -> Household:
        """What it counts."""
        return self.speech.house(self.now)

    def step(self, now: float, event: Event) -> None:
        """The next thing that happens to it."""
        self.now = now
        self.deadline = self._life.send(event)

    def take(self) -> list[Run]:
        """What it has decided to send since the last call, also in the future."""
        runs, self._out = self._out, []
        return runs

    # what it does

    def _live(self) -> Life:
        if self.options.mode == 'D' or self.faults.instead:
            yield from self._push()
        while True:
            if self.options.wakeup:
                yield from self._sleep()
            yield from self._serve()

    def _serve(self) -> Life:
        """Answers requests until it falls asleep."""
        message = None
        self._listen(self._request_speed, since=self.listening_since)
        while True:
            if message is None:
                message = yield from self._message(self._awake_until)
            if message is None:
                return
            query = self._query(message)
            message = None
            if query is not None and self.faults.silent != 'always':
                message = yield from self._session(query)
                self._listen(self._request_speed)

    def _session(self, query: str) -> Life:
        """Identification, acknowledgement, data; returns a message that came instead of what was awaited."""
        o = self.options
        identification = self._damage.identification(self.speech.identification())
        hit = self.faults.hits(self.blocks + 1)
        begin, self._request_speed = self._request_speed, SIGN_ON
        yield from self._say(self._runs(self.now + o.reaction_time, identification, begin, 'identification', hit))
        if self.faults.silent == 'identification':
            yield from self._until(self.now + CHARACTER_LIMIT)
            return None
        speed, pause = o.baudrate, o.pause
        if o.mode == 'C':
            message = yield from self._message_after_identification(begin)
            if message is not None and message[:1] != ACK:
                return message
            if message is not None and o.programming and message[3:4] == b'1':
                return (yield from self._program(message))
            agreed = self._agree(message)
            if agreed is None:
                return None
            speed, pause = agreed
        return (yield from self._read_out(query, speed, pause))

    def _message_after_identification(self, speed: float) -> Life:
        """6.3.3: the acknowledgement must leave it its reaction time; what comes before is not heard."""
        wait = self.options.reaction_time - TOLERANCE if self.options.needs_reaction_time else 0.0
        self._listen(speed, since=self.now + wait)
        return (yield from self._message(self.now + self.options.acknowledge_within))

    def _agree(self, acknowledgement: bytes | None) -> tuple[float, float] | None:
        """Speed and pause before the data by 6.4.3.2, or None where no readout follows."""
        o, silent = self.options, self.faults.silent
        if not o.table:
            return None
        if acknowledgement is None:
            return SIGN_ON, 0.0
        control, speed, what = (acknowledgement + b'   ')[1:4].decode('latin-1')
        if (control, what) != ('0', '0') or silent == 'acknowledged':
            return None             # HDLC is not simulated, nor programming mode where it is not known
        if speed == o.speed_character:
            return None if silent == 'fast' or speed in '789' else (o.baudrate, o.pause)
        return None if o.speed_character in tuple('789') and speed != '0' else (SIGN_ON, o.pause)

    def _read_out(self, query: str, speed: float, pause: float) -> Life:
        """The data block, and again for each NAK."""
        o = self.options
        block = self._compose(query, speed)
        yield from self._send_block(self.now + pause, block, speed)
        while o.mode == 'C' and o.repeat_within > 0:
            other = () if o.single_speed or speed == SIGN_ON else (SIGN_ON,)
            self._listen(speed, *other)
            message = yield from self._message(self.now + o.repeat_within)
            if message != NAK:
                return message
            self.sent[-1].repeats += 1
            yield from self._send_block(self.now + o.reaction_time, block, speed)
        return None

    def _program(self, acknowledgement: bytes) -> Life:
        """Programming mode (6.4.3.3) up to its end: by B0 of either, or by silence."""
        o, programming = self.options, self.programming
        own = acknowledgement[2:3] == str(o.speed_character).encode()
        if self.faults.silent == 'acknowledged' or (own and self.faults.silent == 'fast'):
            return None
        speed = o.baudrate if own else SIGN_ON
        self.sessions += 1
        yield from self._answer(programming.begin(), speed)
        while True:
            self._listen(speed)
            message = yield from self._message(self.now + o.session_time, single=ACK + NAK)
            if message is None:
                break
            reply = programming.answer(message, self.now)
            self.goodbyes += message[:3] == b'\x01B0'
            if reply.message:
                yield from self._answer(reply.message, speed)
            if reply.truth:
                self.answered.append((self.now, reply.truth))
            if reply.over:
                break
        if o.stays_fast:
            self._request_speed = speed
        return None

    def _answer(self, message: bytes, speed: float) -> Life:
        """A message of programming mode, with the faults of data."""
        self.blocks += 1
        hit = self.faults.hits(self.blocks)
        message = self._damage.block(message, b'') if hit else message
        if message:
            yield from self._say(self._runs(self.now + self.options.reaction_time, message, speed, 'data', hit))

    def _push(self) -> Life:
        """Mode D: a telegram each interval; those that nobody can hear are left out."""
        o = self.options
        start = self.born + o.phase
        while True:
            yield from self._until(start)
            unheard = self.opened_at - o.interval - start
            if unheard > 0:
                start += math.ceil(unheard / o.interval) * o.interval
                continue
            if self.faults.silent != 'always':
                block = FOREIGN[self.faults.instead] if self.faults.instead else self._compose('?', o.baudrate)
                yield from self._send_block(start, block, o.baudrate)
            start = max(start + o.interval, self.now)

    def _sleep(self) -> Life:
        """Until NUL characters came long enough, without gaps, and the pause after them is over (Annex B.1)."""
        while True:
            self._listen(SIGN_ON)
            count, begin, end = 0, 0.0, NEVER
            gap = CHARACTER_LIMIT if self.options.instant else self.options.wakeup_gap
            while True:
                event = yield end + SIGN_ON_CHARACTER + gap + TOLERANCE
                if event != 0:
                    break
                begin, end, count = (self.now - SIGN_ON_CHARACTER if not count else begin), self.now, count + 1
            long_enough = WAKE_UP[0] - TOLERANCE <= end - begin <= WAKE_UP[1] + TOLERANCE
            if event is DEADLINE and count and (long_enough or (self.options.instant and count >= 40)):
                self._listen(SIGN_ON, since=self.now if self.options.instant else end + WAKE_UP_PAUSE - TOLERANCE)
                self._awake_until = self.now + AWAKE
                return

    # its ears and its mouth

    def _listen(self, *speeds: float, since: float = 0.0) -> None:
        self.listening, self.listening_since = speeds, max(self.now, since)

    def _message(self, deadline: float, single: bytes = NAK) -> Life:
        """The next whole message that begins before the deadline, or None; what is damaged is no message."""
        text = bytearray()
        while True:
            event = yield self.now + CHARACTER_LIMIT if text else max(deadline, self.now)
            if event is DEADLINE:
                if not text:
                    return None
                text.clear()
                continue
            character = self._understood(event)
            if character is None or (not text and character not in b'/\x01\x06\x15'):
                text.clear()
                continue
            text.append(character)
            if text[:1] in single or text[-1:] == b'\n' or text[-2:-1] == ETX:
                self.received.append((self.now, bytes(text)))
                return bytes(text)

    def _understood(self, event: int) -> int | None:
        strict = self.options.strict_parity and self.options.framing == '7E1'
        if event == BROKEN or (strict and not has_even_parity(event)):
            return None
        return event & 0x7F

    def _query(self, message: bytes) -> str | None:
        """The query code of a request that is meant for this meter (6.3.1)."""
        request = re.fullmatch(rb'/(.)([0-9A-Za-z ]{0,32})!\r\n', message)
        if not request:
            return None
        code, address = (part.decode('ascii') for part in request.groups())
        own = self.options.address or self.house.serial
        meant = not address or address.lstrip('0') == own.lstrip('0')
        return code if meant and code in self.options.query_codes else None

    def _until(self, then: float) -> Life:
        while self.now < then:
            yield then

    def _say(self, runs: list[Run]) -> Life:
        """Sends, and is deaf until it has sent."""
        self._out += runs
        self.listening = ()
        yield from self._until(runs[-1].end)
        self._awake_until = self.now + AWAKE if self.options.wakeup else NEVER

    def _send_block(self, start: float, block: bytes, speed: float) -> Life:
        self.blocks += 1
        hit = self.faults.hits(self.blocks)
        if hit and self.faults.endless:
            yield from self._talk(start, block, speed)
        else:
            block = self._damage.block(block, self.speech.identification()) if hit else block
            yield from self._say(self._runs(start, block, speed, 'data', hit))

    def _talk(self, start: float, block: bytes, speed: float) -> Life:
        """The block without its end, again and again, as long as the same reader listens."""
        endless, began = block.rpartition(b'!')[0], self.now
        while self.opened_at <= began:
            yield from self._say(self._runs(start, endless, speed, 'data'))
            endless = endless.lstrip(STX)
            start = self.now + (0.001 if self.options.instant else 0.0)

    # what it says

    def _runs(self, start: float, message: bytes, speed: float, what: str, hit: bool = True) -> list[Run]:
        former = b''
        if hit and self.faults.needs_former():
            former = self._former or self.speech.block(self.now - FORMER).characters
            former = former if what == 'data' else self.speech.identification() + former
        return self._damage.runs(start, speed, message, what, former, hit)

    def _compose(self, query: str, speed: float) -> bytes:
        """The block as it should be; written down as sent."""
        block = self.speech.block(self.now, query, len(self.sent))
        self._former, self._current = self._current, block.characters
        values = {code: values[0] for code, values in reversed(block.registers)}
        self.sent.append(Sent(self.now, str(self.options.identification), self.house.serial, block.text, values, block.registers,
                              speed, len(block.characters)))
        return block.characters

    def said_before(self, count: int, part: str = 'end') -> bytes:
        """So many characters of the last readout before now, the beginning or the end of it; of the last telegrams in mode D."""
        if self.options.mode == 'D' or self.faults.instead:
            before = self._pushed_before(count)
        else:
            before = self.speech.identification() + (self._current or self.speech.block(self.now - FORMER).characters)
        return self._damage.on_the_wire(before[:count] if part == 'beginning' else before[-count:])

    def _pushed_before(self, count: int) -> bytes:
        """As many telegrams as it takes, to the last that has ended by now."""
        o = self.options
        phase = (self.now - self.born - o.phase) % o.interval
        start, telegrams = self.now - phase, b''
        while len(telegrams) < count:
            telegram = FOREIGN[self.faults.instead] if self.faults.instead else self.speech.block(start).characters
            if start + len(telegram) * BITS / o.baudrate <= self.now:
                telegrams = telegram + telegrams
            start -= o.interval
        return telegrams
