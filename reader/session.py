# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a session with a meter was meant to be (`Settings`) and what it was (`Session`): pure data, and its form as a text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from . import messages


@dataclass(frozen=True)
class Settings:
    """How to reach and to ask a meter, by the names of the plugin's parameters. Durations in s, speeds in Bd."""

    serialport: str = ''
    baudrate: int = messages.START_SPEED
    baudrate_fix: bool = False
    device_address: str = ''
    querycode: str = '?'
    timeout: float = 3.0
    use_checksum: bool = True
    checksum: str = 'auto'
    only_listen: bool = False
    max_duration: float = 900.0
    parity: str = 'auto'
    wakeup: bool = False
    dtr: bool = True
    rts: bool = True
    settle: float = 0.0

    CHOICES: ClassVar = {'checksum': ('auto', 'xor', 'sum'), 'parity': ('auto', 'software', 'even', 'none')}
    OLDER_NAMES: ClassVar = {'device': 'device_address', 'speed': 'baudrate', 'onlylisten': 'only_listen'}

    def __post_init__(self) -> None:
        if not self.serialport:
            raise ValueError('serialport is empty: name the port of the optical head')
        for name in ('baudrate', 'timeout', 'max_duration'):
            if not getattr(self, name) > 0:
                raise ValueError(f'{name} must be above 0, not {getattr(self, name)}')
        if self.settle < 0:
            raise ValueError(f'settle must not be below 0, not {self.settle}')
        for name, choices in self.CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f'{name} must be one of {", ".join(choices)}, not {getattr(self, name)!r}')
        messages.request(self.device_address, self.querycode)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """
        Settings of a mapping with the plugin's parameter names, or older ones; other names and None are passed over.

        :raises ValueError: a value that cannot be used, in one sentence
        """
        known = {f.name: f for f in fields(cls)}
        values: dict[str, Any] = {}
        for key, value in config.items():
            name = cls.OLDER_NAMES.get(key, key)
            if name in known and value is not None:
                values[name] = _cast(name, value, type(known[name].default))
        return cls(**values)


def _cast(name: str, value: Any, kind: type) -> Any:
    """The value in the type of its default; text for a switch or a number is taken as YAML would."""
    words = {'true': True, 'yes': True, 'on': True, '1': True, 'false': False, 'no': False, 'off': False, '0': False}
    try:
        if kind is bool and not isinstance(value, bool):
            return words[str(value).lower()]
        number = kind(value)
    except (KeyError, ValueError, TypeError):
        raise ValueError(f'{name} must be {"yes or no" if kind is bool else "a number"}, not {value!r}') from None
    if kind in (int, float) and not math.isfinite(number):
        raise ValueError(f'{name} must be a number, not {value!r}')
    return number


@dataclass(frozen=True)
class Event:
    """Something that happened: bytes `sent` or `received`, or a `note` (text as UTF-8); time in s since the begin."""

    direction: str
    time: float
    baudrate: int
    data: bytes


@dataclass(frozen=True)
class Session:
    """A session as recorded: raw bytes with their parity bits, if the line showed them."""

    settings: Settings
    events: tuple[Event, ...] = ()

    FORMAT = 'dlms session 1'

    def to_text(self) -> str:
        """One JSON object a line: the settings, then each event with its bytes in hexadecimal (a note: its text)."""
        lines: list[dict[str, Any]] = [{'format': self.FORMAT, 'settings': vars(self.settings)}]
        for e in self.events:
            content = {'text': e.data.decode()} if e.direction == 'note' else {'bytes': e.data.hex()}
            lines.append({'direction': e.direction, 'time': round(e.time, 4), 'baudrate': e.baudrate, **content})
        return ''.join(json.dumps(line, ensure_ascii=False) + '\n' for line in lines)

    @classmethod
    def from_text(cls, text: str) -> Session:
        """
        The session of such a text.

        :raises ValueError: it is none
        """
        try:
            head, *lines = [json.loads(line) for line in text.splitlines() if line.strip()]
            if head['format'] != cls.FORMAT:
                raise ValueError(f'this is {head["format"]!r}')
            events = (Event(e['direction'], float(e['time']), int(e['baudrate']),
                            e['text'].encode() if 'text' in e else bytes.fromhex(e['bytes'])) for e in lines)
            return cls(Settings.from_config(head['settings']), tuple(events))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f'not a recorded session ({cls.FORMAT}): {error}') from None
