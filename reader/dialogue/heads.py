# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Where the optical head is: the name of its port that stays the same when it is plugged in again.

/dev/ttyUSB0 comes back as ttyUSB1 where the old name was still in use. udev's name by-id tells the adapter, if no other one
bears the same: cheap ones have no number of their own. Else the name by-path tells the socket that it is plugged into.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path('/')
KINDS = ('by-id', 'by-path')


def lasting_name(port: str) -> str:
    """The lasting name of a port that is there, as udev calls it, by-id or by-path; empty where it has none."""
    if not _may_move(port) or not (ROOT / port.lstrip('/')).exists():
        return ''
    target = (ROOT / port.lstrip('/')).resolve()
    links = (link for kind in KINDS for link in _links(kind) if link.resolve() == target and _is_alone(link))
    return next((f'/{link.relative_to(ROOT)}' for link in links), '')


def moved_to(port: str, name: str) -> str:
    """Where the head with this lasting name is now, if its port is not there any more; empty where that is not sure."""
    if not name or not _may_move(port) or (ROOT / port.lstrip('/')).exists():
        return ''
    link = ROOT / name.lstrip('/')
    return f'/dev/{link.resolve().name}' if link.exists() and _is_alone(link) else ''


def _may_move(port: str) -> bool:
    """Neither a URL, nor a name that udev or the user keeps at the head."""
    return port.startswith('/dev/') and not (ROOT / port.lstrip('/')).is_symlink()


def _links(kind: str) -> list[Path]:
    folder = ROOT / 'dev/serial' / kind
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _is_alone(link: Path) -> bool:
    """No two adapters bear this name; there is but one socket of each path."""
    if link.parent.name == 'by-path':
        return True
    ports = [entry.name for entry in (ROOT / 'sys/class/tty').iterdir()] if (ROOT / 'sys/class/tty').is_dir() else []
    identity = _identity(link.resolve().name)
    return identity is not None and [_identity(port) for port in ports].count(identity) == 1


def _identity(port: str) -> tuple[str, ...] | None:
    """Maker, product and number of the USB adapter, and which of its interfaces; None for others."""
    device = (ROOT / 'sys/class/tty' / port / 'device').resolve()
    interface = next((_read(folder / 'bInterfaceNumber') for folder in (device, *device.parents)
                      if (folder / 'bInterfaceNumber').exists()), '')
    for folder in (device, *device.parents):
        if (folder / 'idVendor').exists():
            return *(_read(folder / name) for name in ('idVendor', 'idProduct', 'serial')), interface
    return None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding='utf-8', errors='replace').strip()
    except OSError:
        return ''
