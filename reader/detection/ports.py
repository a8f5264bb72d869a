# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The serial ports of this computer. Only names are read, no port is opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serial.tools import list_ports

from ..diagnosis.ports import group_of, holders_of, lacks_hardware

ROOT = Path('/')
BY_ID = ROOT / 'dev/serial/by-id'


@dataclass(frozen=True)
class Port:
    """A port: its device, the name that stays the same wherever it is plugged in, and how it stands with it."""

    device: str
    name: str           # the lasting one, where there is one
    adapter: str        # what it says of itself, empty where it says nothing
    holders: str        # the other processes that have it open, as far as this user may see that
    allowed: bool       # this user may open it
    group: str          # that may


def present() -> list[Any]:
    """Those with hardware, in order; each has a `device` and a `description`. Linux has names in store, ttyS0 to ttyS31."""
    return sorted(port for port in list_ports.comports(include_links=False) if not lacks_hardware(port.device, ROOT))


def lasting_name(port: str) -> str:
    """The name of a port that stays the same wherever the head is plugged in, if it has one."""
    links = BY_ID.iterdir() if BY_ID.is_dir() else ()
    return next((str(link) for link in sorted(links) if os.path.samefile(link, port)), port) if os.path.exists(port) else port


def described() -> list[Port]:
    """The ports of this computer with all that can be said of them without opening one."""
    return [Port(port.device, lasting_name(port.device),
                 port.description if port.description not in (None, '', 'n/a') else '', holders_of(port.device, ROOT),
                 os.access(port.device, os.R_OK | os.W_OK), group_of(port.device, ROOT)) for port in present()]
