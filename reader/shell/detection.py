# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
First contact: finds out how the meter at a port wants to be read (`detect`), and helps to aim the head at it (`aim`).

Both talk while they work, by `say`, in the language of the user.
"""

from __future__ import annotations

import math
import time as real_time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnosis import diagnose
from ..dialogue.conversation import Conversation
from ..dialogue.line import Clock, Line, Progress, Stopped, never
from ..dialogue.port import OpenPort, is_network, is_pty, open_port
from ..dialogue.query import query
from ..dialogue.registers import read_registers as query_registers
from ..dialogue.stored import read_stored
from ..errors import NoAnswer, ProtocolError
from ..memory import Memory
from ..readout import Readout
from ..session import RECEIVED, Settings
from ..texts import Text
from ..wire import messages
from ..wire.characters import text_share

Say = Callable[[str], None]

SHOW_INTERVAL = 1.0     # s between two figures while the head is aimed
ASK_AGAIN = 4.0         # s of silence: a meter that was asked has ended, or did not hear the request
WIDTH = 40              # characters of the bar
SINGLE = Text('Register einzeln, im Programmiermodus', 'single registers, in programming mode')
# what meters without a table are asked for: by OBIS codes, and by the names that those have who answer to names
COMMON_REGISTERS = ('1.8.0', '2.8.0', '1.7.0', '16.7.0', 'ET0PE', 'POWEP', 'VOLTA', 'CURRE', 'FREQU')
SENDS_BY_ITSELF = 'sends_by_itself'     # the kind of finding


@dataclass(frozen=True)
class Attempt:
    """One way in which meters want to be read, and what to say when it is tried."""

    text: Text
    config: Mapping[str, Any]
    if_silent: bool = False     # only worth it where nothing has been heard


# The whole list takes 55 s where nothing answers. Asking is the shortest and wakes most meters, so it comes first.
ATTEMPTS = (
    Attempt(Text('Anfrage mit 300 Bd', 'asking at 300 Bd'), {}),
    Attempt(Text('Mithören mit 9600 Bd', 'listening at 9600 Bd'), {'only_listen': True, 'baudrate': 9600}),
    Attempt(Text('Mithören mit 2400 Bd', 'listening at 2400 Bd'), {'only_listen': True, 'baudrate': 2400}),
    Attempt(Text('Mithören mit 300 Bd', 'listening at 300 Bd'), {'only_listen': True, 'baudrate': 300, 'baudrate_fix': True}),
    Attempt(Text('Mithören mit 115200 Bd', 'listening at 115200 Bd'), {'only_listen': True, 'baudrate': 115200}),
    Attempt(Text('Aufwecken und Anfrage mit 300 Bd', 'waking up and asking at 300 Bd'), {'wakeup': True}, if_silent=True),
)


# The first request has parity bits, but on a pty, as most that are behind it compare bytes: where that one stays unanswered
# and it is not sure what is behind the port, the other form.
PLAIN = Attempt(Text('Anfrage mit 300 Bd ohne Parität', 'asking at 300 Bd without parity'), {'parity': 'none'}, if_silent=True)
WITH_PARITY = Attempt(Text('Anfrage mit 300 Bd mit Parität', 'asking at 300 Bd with parity'), {'parity': 'software'},
                      if_silent=True)


def attempts(port: str) -> tuple[Attempt, ...]:
    """What is tried at this port, in order."""
    other = (PLAIN,) if is_network(port) else (WITH_PARITY,) if is_pty(port) else ()
    return (ATTEMPTS[0], *other, *ATTEMPTS[1:])


def detect(port: str, language: str, say: Say, *, stopped: Stopped = never,
           progress: Callable[[Progress], None] | None = None, clock: Clock = real_time,
           open_port: OpenPort = open_port) -> Readout | None:
    """
    The first readout of the meter at this port, with the settings that gave it in `readout.session`; None if none did.

    :param say: told in a sentence what is tried and what came of it
    :raises PortError: the port cannot be used
    :raises ReadoutStopped: the caller asked for it
    """
    heard = False

    def read(attempt: Attempt) -> Readout | ProtocolError | NoAnswer:
        say(f'{port}: {attempt.text.to(language)} ...')
        try:
            return query({'serialport': port, **attempt.config}, stopped=stopped, progress=progress, clock=clock,
                         open_port=open_port)
        except (ProtocolError, NoAnswer) as error:
            return error

    def read_registers(attempt: Attempt) -> Readout | None:
        say(f'{port}: {SINGLE.to(language)} ...')
        try:
            return query_registers({'serialport': port, **attempt.config}, COMMON_REGISTERS, stopped=stopped, clock=clock,
                                   open_port=open_port)
        except (ProtocolError, NoAnswer) as error:
            say(f'  {diagnose(error).text(language)}')
            return None

    for attempt in attempts(port):
        if attempt.if_silent and heard:
            continue
        outcome = read(attempt)
        if not isinstance(outcome, Readout):
            finding = diagnose(outcome)
            heard = heard or isinstance(outcome, ProtocolError) or finding.kind == SENDS_BY_ITSELF
            say(f'  {finding.text(language)}')
        elif not attempt.config.get('only_listen') and _may_push(outcome):
            pushed = read(_listening(outcome, attempt))
            return pushed if isinstance(pushed, Readout) else outcome
        else:
            return outcome
        if isinstance(outcome, NoAnswer) and outcome.awaited == 'data' and (answered := read_registers(attempt)):
            return answered
    return None


def _may_push(readout: Readout) -> bool:
    """
    What came may be no answer: it looks like a telegram of mode D or, on a port without a speed, which shows a meter that
    sends by itself whenever it is asked, has no frame.
    """
    assert readout.session
    received = b''.join(event.data for event in readout.session.events if event.kind == RECEIVED)
    first = next(read_stored(received, readout.session.settings))
    port = readout.session.settings.serialport
    return (isinstance(first, Readout) and first.mode == 'D') or (
        'bcc' not in readout.checked and (is_network(port) or is_pty(port)))


def _listening(readout: Readout, attempt: Attempt) -> Attempt:
    """Listening at the speed of this readout and of no other, to see whether there is more without being asked."""
    speed = readout.baudrate or messages.START_SPEED
    return Attempt(Text('sendet er von selbst? Mithören mit {speed} Bd', 'does it send by itself? listening at {speed} Bd',
                        {'speed': speed}),
                   {**attempt.config, 'only_listen': True, 'baudrate': speed, 'baudrate_fix': speed == messages.START_SPEED})


def aim(settings: Settings, language: str, *, stopped: Stopped = never, clock: Clock = real_time,
        open_port: OpenPort = open_port) -> Iterator[str]:
    """
    A line each second that shows how well the meter is heard, while the head is moved.

    The meter is asked and gets no acknowledgement: it sends its data at 300 Bd, which gives time. With `only_listen` it is
    listened to.

    :raises PortError: the port cannot be used; with `session`
    """
    line = Line(settings, clock, open_port, stopped)
    conversation = Conversation(line, Memory())
    request = messages.request(settings.device_address, settings.querycode)
    with conversation.opened():
        ask_at = math.inf if settings.only_listen else line.now
        while not stopped():
            if line.now >= ask_at:
                ask_at = line.send(request) + ASK_AGAIN
            received, end = b'', line.now + SHOW_INTERVAL
            while line.now < end:
                received += line.receive(end)
            if received and not settings.only_listen:
                ask_at = line.now + ASK_AGAIN
            conversation.start_again()
            yield _bar(received, settings, language)


def _bar(received: bytes, settings: Settings, language: str) -> str:
    """Share of the good characters among those that came, as a figure and a bar."""
    if not received:
        return Text('nichts zu hören', 'nothing to be heard').to(language)
    share = text_share(received, settings.parity)
    figure = Text('{share:4.0%} von {count} Zeichen gut', '{share:4.0%} of {count} characters good',
                  {'share': share, 'count': len(received)}).to(language)
    return f'{figure:36}{"#" * round(share * WIDTH)}'
