# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out how the meter at a port wants to be read, by trying one way after the other."""

from __future__ import annotations

import time as real_time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnosis import Finding, diagnose
from ..dialogue.line import Clock, Progress, Stopped, never
from ..dialogue.port import OpenPort, is_network, is_pty, open_port
from ..dialogue.query import query
from ..dialogue.registers import read_registers
from ..dialogue.stored import read_stored
from ..errors import NoAnswer, ProtocolError
from ..readout import Readout
from ..session import RECEIVED
from ..texts import Text
from ..wire import messages

SENDS_BY_ITSELF = 'sends_by_itself'     # the kind of finding


@dataclass(frozen=True)
class Attempt:
    """One way in which meters want to be read, and what to say when it is tried."""

    text: Text
    config: Mapping[str, Any]
    if_silent: bool = False     # only worth it where nothing has been heard
    duration: float = 11.2      # s that it takes where nobody answers


@dataclass(frozen=True)
class Step:
    """An attempt begins; or it has ended without a readout: then `finding` says why."""

    attempt: Attempt
    left: float                 # s until all is tried, where nobody answers
    finding: Finding | None = None


# The whole list takes 55 s where nothing answers. Asking is the shortest and wakes most meters, so it comes first.
ATTEMPTS = (
    Attempt(Text('Anfrage mit 300 Bd', 'asking at 300 Bd'), {}, duration=3.4),
    Attempt(Text('Mithören mit 9600 Bd', 'listening at 9600 Bd'), {'only_listen': True, 'baudrate': 9600}),
    Attempt(Text('Mithören mit 2400 Bd', 'listening at 2400 Bd'), {'only_listen': True, 'baudrate': 2400}),
    Attempt(Text('Mithören mit 300 Bd', 'listening at 300 Bd'), {'only_listen': True, 'baudrate': 300, 'baudrate_fix': True}),
    Attempt(Text('Mithören mit 115200 Bd', 'listening at 115200 Bd'), {'only_listen': True, 'baudrate': 115200}),
    Attempt(Text('Aufwecken und Anfrage mit 300 Bd', 'waking up and asking at 300 Bd'), {'wakeup': True}, if_silent=True,
            duration=7.3),
)


# The first request has parity bits, but on a pty, as most that are behind it compare bytes: where that one stays unanswered
# and it is not sure what is behind the port, the other form.
PLAIN = Attempt(Text('Anfrage mit 300 Bd ohne Parität', 'asking at 300 Bd without parity'), {'parity': 'none'}, if_silent=True,
                duration=3.4)
WITH_PARITY = Attempt(Text('Anfrage mit 300 Bd mit Parität', 'asking at 300 Bd with parity'), {'parity': 'software'},
                      if_silent=True, duration=3.4)


# what a meter that says who it is but has no table is asked for: by OBIS codes, and by the names of those who answer to names
COMMON_REGISTERS = ('1.8.0', '2.8.0', '1.7.0', '16.7.0', 'ET0PE', 'POWEP', 'VOLTA', 'CURRE', 'FREQU')
SINGLE = Text('Register einzeln, im Programmiermodus', 'single registers, in programming mode')


def attempts(port: str) -> tuple[Attempt, ...]:
    """What is tried at this port, in order."""
    other = (PLAIN,) if is_network(port) else (WITH_PARITY,) if is_pty(port) else ()
    return (ATTEMPTS[0], *other, *ATTEMPTS[1:])


def detect(port: str, tell: Callable[[Step], None], *, stopped: Stopped = never,
           progress: Callable[[Progress], None] | None = None, clock: Clock = real_time,
           open_port: OpenPort = open_port) -> Readout | None:
    """
    The first readout of the meter at this port, with the settings that gave it in `readout.session`; None if none did.

    :param tell: is told what is tried and what came of it
    :raises PortError: the port cannot be used
    :raises ReadoutStopped: the caller asked for it
    """
    heard = False

    def read(attempt: Attempt, left: float) -> Readout | ProtocolError | NoAnswer:
        tell(Step(attempt, left))
        try:
            return query({'serialport': port, **attempt.config}, stopped=stopped, progress=progress, clock=clock,
                         open_port=open_port)
        except (ProtocolError, NoAnswer) as error:
            return error

    def read_single(config: Mapping[str, Any], left: float) -> Readout | None:
        attempt = Attempt(SINGLE, config)
        tell(Step(attempt, left))
        try:
            return read_registers({'serialport': port, **config}, COMMON_REGISTERS, stopped=stopped, progress=progress,
                                  clock=clock, open_port=open_port)
        except (ProtocolError, NoAnswer) as error:
            tell(Step(attempt, left, diagnose(error)))
            return None

    planned = attempts(port)
    for number, attempt in enumerate(planned):
        if attempt.if_silent and heard:
            continue
        left = sum(each.duration for each in planned[number:] if not (each.if_silent and heard))
        outcome = read(attempt, left)
        if not isinstance(outcome, Readout):
            finding = diagnose(outcome)
            heard = heard or isinstance(outcome, ProtocolError) or finding.kind == SENDS_BY_ITSELF
            tell(Step(attempt, left - attempt.duration, finding))
            silent = isinstance(outcome, NoAnswer) and outcome.awaited == 'data'
            if silent and (answered := read_single(attempt.config, left)):
                return answered
        elif not attempt.config.get('only_listen') and _may_push(outcome):
            listening = _listening(outcome, attempt)
            pushed = read(listening, listening.duration)
            return pushed if isinstance(pushed, Readout) else outcome
        else:
            return outcome
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
