#!/usr/bin/env python3
# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The door to the reader of meters: `query()` asks once, `listen()` stays on the line of a meter that sends by itself,
`read_capture()` and `replay()` read what was stored. As a program it is the shell command: `python3 dlms.py --help`.

The program finds the rooms of the reader beside this file, wherever it is started; within SmartHomeNG they are part of the
plugin. Only the doors at the root know both ways.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

try:
    if TYPE_CHECKING or '.' in __name__:
        from .reader.dialogue.line import Progress
        from .reader.dialogue.query import listen, query
        from .reader.dialogue.registers import RegisterSession, read_registers
        from .reader.dialogue.stored import read_capture, replay
        from .reader.errors import (
            AnotherMeter,
            ChecksumError,
            MeterError,
            NoAnswer,
            NotRead,
            PortError,
            ProtocolError,
            ReadoutStopped,
            SettingsError,
            Unconfirmed,
        )
        from .reader.readout import Readout
        from .reader.session import Event, Session, Settings
    else:
        from reader.dialogue.line import Progress
        from reader.dialogue.query import listen, query
        from reader.dialogue.registers import RegisterSession, read_registers
        from reader.dialogue.stored import read_capture, replay
        from reader.errors import (
            AnotherMeter,
            ChecksumError,
            MeterError,
            NoAnswer,
            NotRead,
            PortError,
            ProtocolError,
            ReadoutStopped,
            SettingsError,
            Unconfirmed,
        )
        from reader.readout import Readout
        from reader.session import Event, Session, Settings
except ModuleNotFoundError as missing:
    if missing.name != 'serial' or __name__ != '__main__':
        raise
    raise SystemExit('dlms.py: pyserial is missing: pip install pyserial (Debian: apt install python3-serial)') from None

__all__ = ['AnotherMeter', 'ChecksumError', 'Event', 'MeterError', 'NoAnswer', 'NotRead', 'PortError', 'Progress',
           'ProtocolError', 'Readout', 'ReadoutStopped', 'RegisterSession', 'Session', 'Settings', 'SettingsError',
           'Unconfirmed', 'listen', 'query', 'read_capture', 'read_registers', 'replay']


def main() -> int:
    """Run the shell command; its exit code."""
    if TYPE_CHECKING:
        from .reader.shell import command
    else:
        from reader.shell import command
    return command.main(maker=_maker)


def _maker(flag: str | None) -> str | None:
    """The manufacturer's name to a FLAG id; the first one that is asked for loads the list."""
    if TYPE_CHECKING:
        from . import manufacturer
    else:
        import manufacturer
    return manufacturer.name(flag)


if __name__ == '__main__':
    sys.exit(main())
