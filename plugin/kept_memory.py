# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What the reader has learned of a meter, kept over restarts: so a second copy is needed at the first contact only.

It belongs to one meter at one port. What lasts, the shapes of its readouts above all, is written as soon as it changes. What
changes with each readout is written along with it, at the end and once an hour: an SD card has to live for years.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..reader.memory import Memory
from ..reader.session import Settings
from .store import Store

NAME, FORMAT = 'memory.json', 'dlms memory 1'
LEAST_INTERVAL = 3600.0         # s from one writing of what changes all the time to the next
PASSING = ('bears', 'characters', 'clock', 'clock_differs', 'damaged', 'disturbed', 'failures', 'pending', 'reaction', 'readouts',
           'set_back')         # that is what does
MOMENTS = 'answered', 'tried'   # they hang on the clock of this process, and are not kept


class KeptMemory:
    """
    The memory of the meter that these settings reach.

    :param settings: None: there is no meter, and nothing is kept
    """

    def __init__(self, store: Store, settings: Settings | None) -> None:
        self._store = store
        self._password = _mark(settings)
        self._place = {'serialport': settings.serialport, 'device_address': settings.device_address} if settings else None
        self.memory = self._read() or Memory(shapes=())
        self._written = self._content()
        self._written_at: float | None = None

    def keep(self, now: float, last: bool = False) -> None:
        """
        Has it written if that is due.

        :param now: s, of a clock that nobody sets
        :param last: nothing comes after it
        """
        content = self._content()
        if self._place is None or content == self._written:
            return
        if self._written_at is None:
            self._written_at = now
        if last or _lasting(content) != _lasting(self._written) or now - self._written_at >= LEAST_INTERVAL:
            self._written, self._written_at = content, now
            self._write(content)

    def _content(self) -> dict[str, Any]:
        """As it is stored."""
        return {name: value for name, value in self.memory.to_json().items() if name not in MOMENTS}

    def _write(self, content: dict[str, Any]) -> None:
        """Of more shapes than there is room for the last ones seen are kept."""
        shapes = content.get('shapes', ())
        for count in range(len(shapes), -1, -1):
            if self._store.write(NAME, {'format': FORMAT, **(self._place or {}), **self._password,
                                        'memory': {**content, 'shapes': shapes[:count]}}):
                return

    def _read(self) -> Memory | None:
        if self._place is None:
            return None
        stored = self._store.read(NAME)
        if stored is None or {name: stored.get(name) for name in self._place} != self._place:
            return None         # of a meter elsewhere
        try:
            if stored.get('format') != FORMAT:
                raise ValueError(f'this is {stored.get("format")!r}')
            memory = Memory.from_json(stored['memory'])
        except (ValueError, TypeError, KeyError, AttributeError):
            self._store.set_aside(NAME)
            return None
        memory.shapes, memory.tried, memory.answered = memory.shapes or (), None, None
        if stored.get('password') != self._password.get('password'):
            memory.password = ''        # another one is set now, which was not tried yet
        return memory


def _mark(settings: Settings | None) -> dict[str, str]:
    """By what a password is known again that was refused; it cannot be read from it."""
    if settings is None or settings.password is None:
        return {}
    import hashlib  # seldom needed
    salt = f'{settings.serialport} {settings.device_address}'.encode()
    return {'password': hashlib.pbkdf2_hmac('sha256', settings.password.encode(), salt, 100_000).hex()}


def _lasting(content: Mapping[str, Any]) -> dict[str, Any]:
    """Without what changes with each readout, such as the order of shapes that come in turn."""
    return {name: sorted(value) if name == 'shapes' else value for name, value in content.items() if name not in PASSING}
