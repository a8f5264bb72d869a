# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
How well a meter is heard while the head is moved: the share of good characters among the last ones.

The meter is asked and gets no acknowledgement: in modes A and C it sends its data at 300 Bd, which gives time; in mode B at the
speed it says. With `only_listen` it is listened to.
"""

from __future__ import annotations

import math
import time as real_time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from ..dialogue.asking import WAKE_UP, WAKE_UP_PAUSE
from ..dialogue.conversation import Conversation
from ..dialogue.ladder import answer
from ..dialogue.line import Clock, Line, Stopped, never
from ..dialogue.port import OpenPort, open_port
from ..errors import ProtocolError
from ..memory import UNACKNOWLEDGED, Memory
from ..session import Settings
from ..wire import messages
from ..wire.characters import text_share
from ..wire.messages import IdentificationReader

INTERVAL = 1.0          # s between two figures
ASK_AGAIN = 4.0         # s of silence: a meter that was asked has ended, or did not hear the request
ASK_BATTERY = 60.0      # s from one request to the next, where each costs a battery
WINDOW = 90             # characters: 3 s at 300 Bd
WINDOW_TIME = 1.0       # s, where more come than that
MEMORY_TIME = 3.0       # s; what was heard before says nothing of where the head is now
PUSH_MEMORY_TIME = 11.0         # s, where the meter sends by itself: P1 ports do so each 10 s


@dataclass(frozen=True)
class Hearing:
    """How well the meter is heard: the `share` of good ones among so many `characters`, None where there are none."""

    share: float | None
    characters: int
    asks_in: float          # s until the meter is asked again, inf where it is not


class Window:
    """The last characters, with the moments in s at which they came."""

    def __init__(self, memory: float) -> None:
        self._memory = memory
        self._portions: deque[tuple[float, bytes]] = deque()

    def add(self, now: float, data: bytes) -> None:
        """These came."""
        if data:
            self._portions.append((now, data))

    def characters(self, now: float) -> bytes:
        """Those that count: the last ones of the last seconds; what is too old is forgotten."""
        while self._portions and now - self._portions[0][0] > self._memory:
            self._portions.popleft()
        latest = self._portions[-1][0] if self._portions else now
        recent = b''.join(data for time, data in self._portions if latest - time <= WINDOW_TIME)
        return recent if len(recent) > WINDOW else b''.join(data for _, data in self._portions)[-WINDOW:]


def aim(settings: Settings, *, interval: float = INTERVAL, stopped: Stopped = never, clock: Clock = real_time,
        open_port: OpenPort = open_port) -> Iterator[Hearing]:
    """
    How well the meter is heard, each `interval` s, until `stopped`.

    :raises PortError: the port cannot be used; with `session`
    :raises ReadoutStopped: `stopped` while it was listened
    """
    line = Line(settings, clock, open_port, stopped)
    window = Window(PUSH_MEMORY_TIME if settings.only_listen else MEMORY_TIME)
    conversation = Conversation(line, Memory())
    request = messages.request(settings.device_address, settings.querycode)
    with conversation.opened():
        ask_at = math.inf if settings.only_listen else line.now
        reader: IdentificationReader | None = None
        while not stopped():
            if line.now >= ask_at:
                line.set_baudrate(settings.baudrate)
                asked = _ask(line, request)
                ask_at = asked + (ASK_BATTERY if settings.wakeup else ASK_AGAIN)
                reader = IdentificationReader(request)
            end = line.now + interval
            while line.now < end:
                if not (data := line.receive(end)):
                    continue
                window.add(line.now, data)
                if not settings.only_listen:
                    ask_at = max(ask_at, line.now + ASK_AGAIN)
                if reader:
                    reader = _follow(line, reader, data)
            conversation.start_again()
            good = window.characters(line.now)
            yield Hearing(text_share(good, settings.parity) if good else None, len(good), ask_at - line.now)


def _ask(line: Line, request: bytes) -> float:
    """The moment in s at which the request has left."""
    if line.settings.wakeup:
        line.send(WAKE_UP)
        line.sleep(WAKE_UP_PAUSE)
    return line.send(request)


def _follow(line: Line, reader: IdentificationReader, data: bytes) -> IdentificationReader | None:
    """In mode B the data come at another speed, which the identification says; None when nothing is awaited any more."""
    try:
        identification = reader.feed(data)
    except ProtocolError:
        return None
    if identification is None:
        return reader
    if (planned := answer(identification, line.settings, UNACKNOWLEDGED)).baudrate:
        line.set_baudrate(planned.baudrate)
    return None
