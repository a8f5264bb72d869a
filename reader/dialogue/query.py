# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways to a readout of a live meter: `query` asks once, `listen` stays on the line of one that sends by itself."""

from __future__ import annotations

import logging
import time as real_time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..errors import AnotherMeter, MeterError, PortError, ReadoutStopped
from ..memory import Memory
from ..readout import Readout
from ..session import Settings
from .asking import Asking
from .line import SLICE, Clock, Line, Progress, Stopped, never, nothing
from .listening import Listening
from .port import OpenPort, open_port

logger = logging.getLogger(__name__)

REOPEN_TIME = 5.0               # s between two attempts to open a port that vanished


def query(config: Mapping[str, Any] | Settings, *, stopped: Stopped | None = None,
          progress: Callable[[Progress], None] | None = None, meanwhile: Callable[[], None] = nothing,
          memory: Memory | None = None, clock: Clock = real_time, open_port: OpenPort = open_port) -> Readout:
    """
    Ask the meter once (with `only_listen`: wait for its next telegram).

    :param config: see `Settings.from_config`
    :param stopped: asked several times a second; True ends the readout
    :param progress: told whenever characters came
    :param meanwhile: called when the wait for the meter begins; who has something to get ready starts it there, in a thread
    :param memory: what earlier sessions with this meter have left; this one adds to it
    :param open_port: gives an open port with pyserial's surface
    :raises MeterError: PortError, NoAnswer, ProtocolError, ChecksumError, ReadoutStopped; each with `session`
    :raises SettingsError: the configuration cannot be used
    """
    settings = config if isinstance(config, Settings) else Settings.from_config(config)
    line = Line(settings, clock, open_port, stopped or never, progress, meanwhile)
    return converse(line, Memory() if memory is None else memory)


def converse(line: Line, memory: Memory) -> Readout:
    """The readout that this line gives: one session from its opening to its closing."""
    if line.settings.only_listen:
        listening = Listening(line, memory)
        with listening.opened():
            return listening.hear()
    asking = Asking(line, memory)
    with asking.opened():
        return asking.ask()


def listen(config: Mapping[str, Any] | Settings, *, stopped: Stopped | None = None,
           failed: Callable[[MeterError], None] | None = None, meanwhile: Callable[[], None] = nothing,
           memory: Memory | None = None, clock: Clock = real_time, open_port: OpenPort = open_port) -> Iterator[Readout]:
    """
    Each whole telegram of a meter that sends by itself, until `stopped()`.

    A damaged telegram, a minute without one, another meter at a head that came back, and a port that cannot be opened or
    vanished (once, until it is back) are told to `failed`; the port is opened again every five seconds. `meanwhile` as with
    `query`.

    :raises SettingsError: the configuration cannot be used
    """
    settings = config if isinstance(config, Settings) else Settings.from_config(config)
    stopped, failed = stopped or never, failed or _ignore
    memory = Memory() if memory is None else memory
    port_failed = False
    while not stopped():
        listening = Listening(Line(settings, clock, open_port, stopped, meanwhile=meanwhile), memory)
        try:
            with listening.opened():
                port_failed = False
                yield from listening.hear_on(failed)
        except ReadoutStopped:
            return
        except (PortError, AnotherMeter) as error:
            if not port_failed:
                failed(error)
            port_failed = True
            end = clock.monotonic() + REOPEN_TIME
            while not stopped() and clock.monotonic() < end:
                clock.sleep(SLICE)


def _ignore(error: MeterError) -> None:
    logger.debug('%s', error)
