# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A port behind a server that speaks RFC 2217, at the pace of a serial line: what floods it costs next to nothing."""

from __future__ import annotations

import time
from typing import Any

import serial.rfc2217

FASTEST = 50_000        # characters in 1 s: four times as many as the fastest meter sends


class Port(serial.rfc2217.Serial):
    """pyserial's, which takes each character by itself."""

    _socket: Any

    def _telnet_read_loop(self) -> None:
        self._socket = _Paced(self._socket)
        super()._telnet_read_loop()     # type: ignore[misc]    # its types do not show it


class _Paced:
    """A socket that gives no more than a line could."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def recv(self, size: int) -> bytes:
        data: bytes = self._socket.recv(size)
        time.sleep(len(data) / FASTEST)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)
