# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The serial ports of this computer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from serial.tools import list_ports

from ..diagnosis.ports import lacks_hardware
from ..texts import Text

NONE = Text('keine serielle Schnittstelle gefunden', 'no serial port found')
ROOT = Path('/')
BY_ID = ROOT / 'dev/serial/by-id'


def present() -> list[Any]:
    """Those with hardware, in order; each has a `device` and a `description`. Linux has names in store, ttyS0 to ttyS31."""
    return sorted(port for port in list_ports.comports(include_links=False) if not lacks_hardware(port.device, ROOT))


def lasting_name(port: str) -> str:
    """The name of a port that stays the same wherever the head is plugged in, if it has one."""
    links = BY_ID.iterdir() if BY_ID.is_dir() else ()
    return next((str(link) for link in sorted(links) if os.path.samefile(link, port)), port) if os.path.exists(port) else port
