# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in to single registers: `read_registers` asks once, a `RegisterSession` stays signed on."""

from __future__ import annotations

import time as real_time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from ..errors import MeterError
from ..memory import Memory
from ..readout import Readout
from ..session import FAILED, Settings
from ..wire.commands import split_register
from .line import Clock, Line, Progress, Stopped, never
from .port import OpenPort, open_port
from .programming import Programming


def read_registers(config: Mapping[str, Any] | Settings, codes: Sequence[str], *, stopped: Stopped | None = None,
                   progress: Callable[[Progress], None] | None = None, memory: Memory | None = None, clock: Clock = real_time,
                   open_port: OpenPort = open_port) -> Readout:
    """
    Ask the meter for single registers, in programming mode, once; the session is left by B0.

    :param config: see `Settings.from_config`; of its `password` see the manual
    :param codes: OBIS codes or the meter's own names, with an argument where it wants one: `1.7.0`, `VOLTA`, `ENMPE(04.22)`
    :return: their data sets under the codes that were asked; `rejected` are those that the meter refused
    :raises MeterError: none of them was read; PortError, NoAnswer, ProtocolError, NotRead, ...; each with `session`
    :raises SettingsError: the configuration or a code cannot be used
    """
    with RegisterSession(config, stopped=stopped, progress=progress, memory=memory, clock=clock, open_port=open_port) as session:
        return session.read(codes)


class RegisterSession:
    """
    A session in programming mode that stays open: as a context manager, left by B0 whatever happens.

    :param memory: what earlier sessions with this meter have left; this one adds to it
    """

    def __init__(self, config: Mapping[str, Any] | Settings, *, stopped: Stopped | None = None,
                 progress: Callable[[Progress], None] | None = None, memory: Memory | None = None, clock: Clock = real_time,
                 open_port: OpenPort = open_port) -> None:
        settings = config if isinstance(config, Settings) else Settings.from_config(config)
        line = Line(settings, clock, open_port, stopped or never, progress)
        self._programming = Programming(line, Memory() if memory is None else memory)
        self._stack = ExitStack()
        self._read = False

    def __enter__(self) -> RegisterSession:
        self._stack.enter_context(self._programming.opened())
        self._stack.enter_context(self._programming.left())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, trace)

    def read(self, codes: Sequence[str]) -> Readout:
        """
        These registers now; the session is signed on where none is held.

        :raises MeterError: none of them was read; the session can be asked again but for a PortError
        """
        for code in codes:
            split_register(code)
        if self._read:
            self._programming.start_again()
        self._read = True
        try:
            return self._programming.read(codes)
        except MeterError as error:
            self._programming.line.record(FAILED, text=str(error))
            error.session = self._programming.session
            raise

    def wait(self, seconds: float, wanted: Callable[[], bool] = never, code: str = '') -> None:
        """Wait with the session open, or until something else is `wanted`; `code` is asked for where the meter would leave."""
        self._programming.wait(seconds, wanted, code)

    def leave(self) -> None:
        """End the session by B0; the port stays open."""
        self._programming.leave()

    @property
    def signed_on(self) -> bool:
        """A session is held."""
        return self._programming.identification is not None
