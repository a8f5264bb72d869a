# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The port of the optical head: how it is opened, why that fails, and one reader at a time.

The parity is made and checked in software on a port open as 8N1: the same ten bits on the wire, whatever the adapter's driver
can do, and right for meters that really send 8N1.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import serial

from ..errors import PortError
from ..session import Settings
from ..texts import Text

try:
    import fcntl
    import termios
except ModuleNotFoundError:     # Windows
    fcntl = termios = None      # type: ignore[assignment]

READ_TIMEOUT = 0.25             # s; how often stopped() is asked while nothing comes. A read ends with the first character
LISTENER_TIME = 30.0            # s to wait for a reader of this process that stays on the line
ASKING_MARGIN = 30.0            # s to wait beyond `max_duration` for one that ends by then
PTY_MAJORS = range(136, 144)    # device numbers of Linux' pseudo terminals

# what pyserial lets through from the system and from below
FAILURES: tuple[type[Exception], ...] = (
    serial.SerialException, OSError, ValueError, OverflowError, *((termios.error,) if termios else ()))

# what asking the system about a port raises where it is none of the system's, or cannot do it
NO_TTY: tuple[type[Exception], ...] = (OSError, AttributeError, *((termios.error,) if termios else ()))
SHARED = 'multiple access on port'      # in what pyserial says where characters vanish

OpenPort = Callable[[Settings], Any]


@dataclass(frozen=True, eq=False)
class _Turn:
    """Of one reader; the others give it `longest` s."""

    longest: float


_queues: dict[str, deque[_Turn]] = {}       # by the real path of the port; the first is the reader that uses it


def open_port(settings: Settings) -> Any:
    """
    The port, open: pyserial's surface, 8N1 but where `parity` wants 7E1 in the UART.

    :raises FAILURES: see `failed_to_open`
    """
    in_uart = settings.parity == 'even' and not is_pty(settings.serialport)
    port = _new_port(
        settings.serialport, exclusive=True, baudrate=settings.baudrate, timeout=READ_TIMEOUT,
        bytesize=serial.SEVENBITS if in_uart else serial.EIGHTBITS,
        parity=serial.PARITY_EVEN if in_uart else serial.PARITY_NONE)
    with suppress(AttributeError, NotImplementedError):     # a port without these lines
        port.dtr, port.rts = settings.dtr, settings.rts
    port.open()
    _keep_lines(port)
    _take_alone(port, 'TIOCEXCL')
    return port


def _new_port(path: str, **settings: Any) -> Any:
    """Not open yet."""
    if not path.lower().startswith('rfc2217://'):
        return serial.serial_for_url(path, do_not_open=True, **settings)
    from . import rfc2217  # seldom wanted, and not cheap to load
    port = rfc2217.Port(None, **settings)
    port.port = path
    return port


def close_port(port: Any) -> None:
    """Close it, so that others can open it."""
    _take_alone(port, 'TIOCNXCL')
    with suppress(*FAILURES):
        port.close()


def _keep_lines(port: Any) -> None:
    """DTR and RTS feed some heads: they stay as they are when the port is closed."""
    if termios is None:
        return
    with suppress(*NO_TTY):
        attributes = termios.tcgetattr(port.fileno())
        attributes[2] &= ~termios.HUPCL
        termios.tcsetattr(port.fileno(), termios.TCSANOW, attributes)


def _take_alone(port: Any, request: str) -> None:
    """
    TIOCEXCL: nobody else can open it, also who asks for no lock; not root's programs, and not who had it open before.
    TIOCNXCL gives it back, for it would last as long as anybody has the port open.
    """
    if termios is None or not hasattr(termios, request):
        return
    with suppress(*NO_TTY):
        fcntl.ioctl(port.fileno(), getattr(termios, request))


def is_there(port: Any) -> bool:
    """An open port still answers."""
    try:
        port.in_waiting     # noqa: B018
    except FAILURES:
        return False
    return True


def speed_of(port: Any) -> int | None:
    """Bd at which the driver has set it; None where that cannot be asked, or has no name of its own."""
    if termios is None:
        return None
    try:
        speed = termios.tcgetattr(port.fileno())[5]
    except NO_TTY:
        return None
    names = (name for name in dir(termios) if re.fullmatch(r'B[1-9][0-9]*', name) and getattr(termios, name) == speed)
    return next((int(name[1:]) for name in names), None)


def check_parity(port: Any) -> bool:
    """
    Have a port that is open as 7E1 hand over NUL in the place of a character with wrong parity; whether it does.

    pyserial clears that at each change of the speed. Without INPCK the wrong character itself comes; PARMRK would mark it with
    three characters.
    """
    if termios is None:
        return False
    try:
        attributes = termios.tcgetattr(port.fileno())
        attributes[0] = attributes[0] & ~(termios.IGNPAR | termios.PARMRK) | termios.INPCK
        termios.tcsetattr(port.fileno(), termios.TCSANOW, attributes)
        attributes = termios.tcgetattr(port.fileno())
    except NO_TTY:
        return False
    return bool(attributes[0] & termios.INPCK and attributes[2] & termios.PARENB
                and attributes[2] & termios.CSIZE == termios.CS7)


def is_network(path: str) -> bool:
    """The port is a URL: it may hold characters back, and has no name in the file system."""
    return '://' in path


def is_pty(path: str) -> bool:
    """A pseudo terminal: a program is behind it, which compares bytes, and the kernel takes no 7E1 there."""
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return False
    return hasattr(os, 'major') and stat.S_ISCHR(state.st_mode) and os.major(state.st_rdev) in PTY_MAJORS


@contextmanager
def turn(path: str, longest: float, sleep: Callable[[float], None], step: float) -> Iterator[None]:
    """
    One reader of this process at a time uses the port, whatever name it is called by: flock does not see to that.

    The readers of one port come in turn, in the order in which they asked for it.

    :param longest: s for which this reader may keep the others waiting
    :param sleep: waits so many seconds, again and again in steps of `step`
    :raises PortError: the one whose turn it is has not ended in its time
    """
    queue = _queues.setdefault(os.path.realpath(path), deque())
    mine = _Turn(longest)
    queue.append(mine)
    try:
        present, waited = mine, 0.0
        while (first := queue[0]) is not mine:
            if first is not present:
                present, waited = first, 0.0
            if waited >= first.longest:
                raise PortError(Text(
                    '{port} ist belegt: eine andere Auslesung benutzt die Schnittstelle seit mehr als {seconds:.0f} s',
                    '{port} is busy: another readout has been using it for more than {seconds:.0f} s',
                    {'port': path, 'seconds': waited}), errno.EBUSY)
            sleep(step)
            waited += step
        yield
    finally:
        queue.remove(mine)


def is_wanted(path: str) -> bool:
    """Another reader of this process waits for this port."""
    return len(_queues.get(os.path.realpath(path), ())) > 1


def failed_to_open(path: str, error: Exception) -> PortError:
    """Why a port cannot be opened, in a sentence."""
    number = getattr(error, 'errno', None)
    if number is None and FileNotFoundError.__name__ in str(error):     # pyserial on Windows
        number = errno.ENOENT
    values: dict[str, object] = {'port': path}
    if number == errno.ENOENT:
        text = Text('{port} gibt es nicht: ist der Lesekopf angesteckt?',
                    '{port} does not exist: is the optical head plugged in?', values)
    elif number in (errno.EACCES, errno.EPERM):
        text = Text('{port} darf von diesem Benutzer nicht geöffnet werden: gehört er zur Gruppe {group}?',
                    '{port} must not be opened by this user: is it a member of the group {group}?',
                    values | {'group': _group(path)})
    elif number in (errno.EBUSY, errno.EAGAIN):
        text = Text('{port} ist belegt: ein anderes Programm benutzt sie', '{port} is busy: another program uses it', values)
    else:
        text = Text('{port} lässt sich nicht öffnen: {error}', '{port} cannot be opened: {error}', values | {'error': error})
    return PortError(text, number)


def _group(path: str) -> str:
    from pathlib import Path  # large, and needed for this sentence only
    try:
        return Path(path).group()
    except (OSError, KeyError, NotImplementedError):
        return 'dialout'
