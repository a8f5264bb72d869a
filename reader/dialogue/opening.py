# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
A port that is opened in a thread of its own, since the host of a URL may take many seconds, and nothing ends that from outside.

Who is stopped meanwhile gives it up: the thread ends by itself, closes what it has opened, and hands nothing over.
"""

from __future__ import annotations

import threading
from typing import Any

from ..session import Settings
from .port import OpenPort, close_port

_given_up: dict[str, Opening] = {}      # the last one of each port


class Opening:
    """Begins at once."""

    def __init__(self, open_port: OpenPort, settings: Settings) -> None:
        self._open_port, self._settings = open_port, settings
        self._lock = threading.Lock()
        self._wanted = True
        self._port: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._open, name=f'opens {settings.serialport}', daemon=True)
        self._thread.start()

    def _open(self) -> None:
        port = None
        try:
            port = self._open_port(self._settings)
        except BaseException as error:      # it is raised where the port is wanted
            self._error = error
        with self._lock:
            self._port = port
            left = not self._wanted
        if left and port is not None:
            close_port(port)

    def ended(self, seconds: float) -> bool:
        """Wait so long; whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> Any:
        """The open port, or what its opening raised; once it has ended."""
        if self._error is not None:
            raise self._error
        return self._port

    def give_up(self) -> None:
        """The port is not wanted any more; who wants it next waits for the end, see `given_up`."""
        with self._lock:
            self._wanted = False
            port = self._port
        if port is not None:
            close_port(port)
        _given_up[self._settings.serialport] = self


def given_up(path: str) -> Opening | None:
    """The opening of this port that was given up and may still go on."""
    opening = _given_up.get(path)
    if opening and opening.ended(0):
        _given_up.pop(path, None)
        return None
    return opening
