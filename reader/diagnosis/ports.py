# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Why a port could not be opened: the number of the error says what it is, the computer says the rest.

The only room of the diagnosis that looks at anything but the recording: at `dev`, `etc`, `proc` and `sys` below a root, and
it only reads names. What cannot be read is left out; no question asked here fails, and none opens a port.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..errors import PortError
from .kinds import Evidence

KIND_OF_NUMBER = {
    **dict.fromkeys((errno.ENOENT, errno.ENODEV, errno.ENXIO), 'port_missing'),
    **dict.fromkeys((errno.EACCES, errno.EPERM), 'port_forbidden'),
    **dict.fromkeys((errno.EBUSY, errno.EAGAIN), 'port_busy'),
}

NOBODY = ('nobody', 'nogroup')      # whom Linux shows for the groups that a container does not have


def why_not_opened(error: PortError, port: str, root: Path) -> tuple[str, Evidence]:
    """
    The kind of finding, a `port_...`, and its evidence.

    :param port: name or URL of the port
    :param root: below it are dev, etc, proc and sys
    """
    kind = KIND_OF_NUMBER.get(error.errno or 0, 'port_unusable')
    if '://' not in port:
        kind = _more_precise(kind, error, port, root)
    elif kind != 'port_busy':
        kind = 'port_unreachable'
    return kind, {'port': port, **_told_by_computer(kind, port, root)}


def _more_precise(kind: str, error: PortError, port: str, root: Path) -> str:
    path = root / port.lstrip('/')
    if kind == 'port_unusable' and lacks_hardware(port, root):
        return 'no_hardware'
    if kind == 'port_forbidden' and error.errno == errno.EPERM and _is_container(root):
        return 'device_not_given'
    if kind == 'port_forbidden' and _has_unknown_group(path, root):
        return 'group_unknown'
    if kind == 'port_missing' and _is_container(root) and not (root / 'dev/serial/by-id').is_dir():
        return 'port_not_in_container'
    return kind


def lacks_hardware(port: str, root: Path = Path('/')) -> bool:
    """Linux has a name for a UART, but no UART for the name (PORT_UNKNOWN). Adapters at USB tell no type."""
    try:
        name = (root / port.lstrip('/')).resolve().name
        return (root / 'sys/class/tty' / name / 'type').read_text(encoding='ascii').strip() == '0'
    except (OSError, ValueError):
        return False


def _is_container(root: Path) -> bool:
    """As Docker, Podman, and systemd for the others mark it."""
    return any((root / mark).exists() for mark in ('.dockerenv', 'run/.containerenv', 'run/systemd/container'))


def _has_unknown_group(path: Path, root: Path) -> bool:
    try:
        group = _group(path, root)
    except (OSError, ValueError):
        return False
    return group.isdecimal() or group in NOBODY


def who_shares(port: str, root: Path) -> Evidence:
    """Evidence of a `port_shared`: the `holder`, if another process has the port open, too."""
    return _told_by_computer('port_shared', port, root)


def holders_of(port: str, root: Path) -> str:
    """The processes other than this one that have it open, as far as this user may see that."""
    return str(who_shares(port, root).get('holder', ''))


def group_of(port: str, root: Path) -> str:
    """The group that owns it, empty where that cannot be said."""
    return str(_told_by_computer('port_forbidden', port, root).get('group', ''))


def _told_by_computer(kind: str, port: str, root: Path) -> Evidence:
    name, look = _LOOKS.get(kind, ('', None))
    try:
        found = look(root / port.lstrip('/'), root) if look else ''
    except (OSError, ValueError):       # ValueError: no name of a file
        found = ''
    return {name: found} if found else {}


def _other_ports(path: Path, root: Path) -> str:
    folder = root / 'dev/serial/by-id'
    return ', '.join(f'/dev/serial/by-id/{link.name}' for link in sorted(folder.iterdir()))


def _group(path: Path, root: Path) -> str:
    """The group that owns it; its number, where it has no name."""
    number = str(path.stat().st_gid)
    for line in (root / 'etc/group').read_text(encoding='utf-8', errors='replace').splitlines():
        name, *fields = line.split(':')
        if fields[1:2] == [number]:
            return name
    return number


def _number_of_group(path: Path, root: Path) -> str:
    return str(path.stat().st_gid)


def _holder(path: Path, root: Path) -> str:
    """The processes that have it open, as far as this user may see that."""
    return _named(_holders(path, root))


def _others(path: Path, root: Path) -> str:
    """Those of them that are not this one."""
    return _named(process for process in _holders(path, root) if process.name != str(os.getpid()))


def _holders(path: Path, root: Path) -> list[Path]:
    device = '/' + str(path.resolve(strict=True).relative_to(root.resolve()))
    return sorted({entry.parent.parent for entry in _open_files(root) if _target(entry) == device})


def _named(processes: Iterable[Path]) -> str:
    return ', '.join(f'{(process / "comm").read_text(errors="replace").strip()} (PID {process.name})' for process in processes)


def _open_files(root: Path) -> Iterator[Path]:
    for process in (root / 'proc').iterdir():
        if process.name.isdigit() and os.access(process / 'fd', os.R_OK):
            try:
                yield from (process / 'fd').iterdir()
            except OSError:     # it has ended meanwhile
                continue


def _target(entry: Path) -> str:
    try:
        return os.readlink(entry)
    except OSError:         # closed meanwhile
        return ''


_LOOKS: dict[str, tuple[str, Callable[[Path, Path], str]]] = {
    'port_missing': ('names', _other_ports),
    'port_forbidden': ('group', _group),
    'group_unknown': ('group', _number_of_group),
    'port_busy': ('holder', _holder),
    'port_shared': ('holder', _others),
}
