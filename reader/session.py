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
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from .errors import SettingsError
from .memory import ACKNOWLEDGE_0, DISTURBED_SESSIONS, OFFERED, READOUTS_BEFORE_TRIAL, UNACKNOWLEDGED, Memory
from .texts import Text
from .wire.commands import password_command
from .wire.messages import START_SPEED, request

FORMAT, FIRST_FORMAT = 'dlms session 2', 'dlms session 1'


@dataclass(frozen=True)
class Settings:
    """How to reach and to ask a meter, by the names of the plugin's parameters. Durations in s, speeds in Bd."""

    serialport: str = ''
    baudrate: int = START_SPEED
    baudrate_fix: bool = False
    device_address: str = ''
    querycode: str = '?'
    timeout: float = 3.0
    use_checksum: bool = True
    checksum: str = 'auto'
    confirm: str = 'auto'
    only_listen: bool = False
    max_duration: float = 900.0
    parity: str = 'auto'
    wakeup: bool = False
    dtr: bool = True
    rts: bool = True
    settle: float = 0.0
    password: str | None = field(default=None, repr=False)      # of programming mode; None: none is sent

    CHOICES: ClassVar = {'checksum': ('auto', 'xor', 'sum'), 'parity': ('auto', 'software', 'even', 'none'),
                         'confirm': ('auto', 'always', 'never')}
    OLDER_NAMES: ClassVar = {'device': 'device_address', 'speed': 'baudrate', 'onlylisten': 'only_listen'}

    def __post_init__(self) -> None:
        if not self.serialport:
            raise SettingsError(Text('serialport ist leer: die Schnittstelle des Lesekopfs angeben',
                                     'serialport is empty: name the port of the optical head'))
        for name in ('baudrate', 'timeout', 'max_duration'):
            if not getattr(self, name) > 0:
                raise SettingsError(Text('{name} muss größer als 0 sein, nicht {value}', '{name} must be above 0, not {value}',
                                         {'name': name, 'value': getattr(self, name)}))
        if self.settle < 0:
            raise SettingsError(Text('settle darf nicht kleiner als 0 sein, nicht {value}',
                                     'settle must not be below 0, not {value}', {'value': self.settle}))
        for name, choices in self.CHOICES.items():
            if getattr(self, name) not in choices:
                raise SettingsError(Text(
                    '{name} muss eins von {choices} sein, nicht {value!r}', '{name} must be one of {choices}, not {value!r}',
                    {'name': name, 'choices': ', '.join(choices), 'value': getattr(self, name)}))
        request(self.device_address, self.querycode)
        if self.password is not None:
            password_command(self.password, 'xor')

    @property
    def shown(self) -> dict[str, Any]:
        """All of them as a recording has them, the password as so many stars."""
        hidden = self.password and '*' * len(self.password)
        return {**vars(self), **({} if self.password is None else {'password': hidden})}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """
        Settings of a mapping with the plugin's parameter names, or older ones; other names and None are passed over.

        :raises SettingsError: a value that cannot be used
        """
        known = {f.name: f for f in fields(cls)}
        values: dict[str, Any] = {}
        for key, value in config.items():
            name = cls.OLDER_NAMES.get(key, key)
            if name in known and value is not None:
                values[name] = _cast(name, value, _KINDS.get(name) or type(known[name].default))
        return cls(**values)


_KINDS: Mapping[str, type] = {'password': str}       # of what has no default


def _cast(name: str, value: Any, kind: type) -> Any:
    """The value in the type of its default; text for a switch or a number is taken as YAML would."""
    words = {'true': True, 'yes': True, 'on': True, '1': True, 'false': False, 'no': False, 'off': False, '0': False}
    try:
        if kind is bool and not isinstance(value, bool):
            return words[str(value).lower()]
        number = kind(value)
    except (KeyError, ValueError, TypeError):
        raise _wrong_type(name, value, kind) from None
    if kind in (int, float) and not math.isfinite(number):
        raise _wrong_type(name, value, kind)
    return number


def _wrong_type(name: str, value: Any, kind: type) -> SettingsError:
    if kind is bool:
        de, en = '{name} muss ja oder nein sein, nicht {value!r}', '{name} must be yes or no, not {value!r}'
    else:
        de, en = '{name} muss eine Zahl sein, nicht {value!r}', '{name} must be a number, not {value!r}'
    return SettingsError(Text(de, en, {'name': name, 'value': value}))


# kinds of events; of those without bytes the text is for people, nothing reads it back
SENT, RECEIVED = 'sent', 'received'
DROPPED = 'dropped'     # received, but it cannot be what was asked for: it was there too early
OPENED, SPEED, PORT_LOST = 'opened', 'speed', 'port lost'
PORT_SHARED = 'port shared'     # characters vanished, but the port is there: somebody else takes them
SPEED_REFUSED = 'speed refused'
PARITY_CHECKED, PARITY_UNSEEN = 'parity checked', 'parity unseen'     # by the UART, with `parity: even`
RUNG = 'rung'           # of the ladder, where it is not the offered speed
AGAIN = 'again'         # asked or waited for once more, and why
ACCEPTED, FAILED = 'accepted', 'failed'


@dataclass(frozen=True)
class Event:
    """Something that happened in a session: of which kind, when (s since the beginning), at which speed of the port (Bd)."""

    kind: str
    time: float
    baudrate: int
    data: bytes = b''       # of what was sent, received or dropped
    text: str = ''          # of all else, in English


@dataclass(frozen=True)
class Registers:
    """What was asked for in programming mode, and how a session stood that was open already."""

    codes: tuple[str, ...]
    identification: str = ''        # of the meter, where it was
    check: str = ''                 # how the check is made in it
    idle: float = 0.0               # s since its last message


@dataclass(frozen=True)
class Session:
    """A session as recorded: raw bytes with their parity bits, if the line showed them, and the memory it began with."""

    settings: Settings
    events: tuple[Event, ...] = ()
    memory: Memory = field(default_factory=Memory)
    masked: str = ''        # the version that has masked it, empty: nobody has
    registers: Registers | None = None      # it was held in programming mode

    def to_text(self) -> str:
        """One JSON object a line: settings and memory, then each event with its bytes in hexadecimal or its text."""
        masked = {'masked': self.masked} if self.masked else {}
        lines: list[dict[str, Any]] = [
            {'format': FORMAT, **masked, 'settings': self.settings.shown, 'memory': self.memory.to_json(),
             **({'registers': vars(self.registers)} if self.registers else {})}]
        for e in self.events:
            content = {'bytes': e.data.hex()} if e.data else {'text': e.text} if e.text else {}
            lines.append({'kind': e.kind, 'time': round(e.time, 4), 'baudrate': e.baudrate, **content})
        return ''.join(json.dumps(line, ensure_ascii=False) + '\n' for line in lines)

    @classmethod
    def from_text(cls, text: str) -> Session:
        """
        The session of such a text, or of one that version 2.0.0 has written.

        :raises ValueError: it is none
        """
        try:
            head, *lines = [json.loads(line) for line in text.splitlines() if line.strip()]
            if head['format'] not in (FORMAT, FIRST_FORMAT):
                raise ValueError(f'this is {head["format"]!r}')
            settings = Settings.from_config(head['settings'])
            settings.serialport.encode('utf-8')     # half a character of JSON is none
            if head['format'] == FIRST_FORMAT:
                return cls(settings, *_of_first_format(lines, settings))
            events = map(_event, lines)
            registers = head.get('registers')
            return cls(settings, tuple(events), Memory.from_json(head.get('memory', {})), str(head.get('masked', '')),
                       Registers(**{**registers, 'codes': tuple(map(str, registers['codes']))}) if registers else None)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f'not a recorded session ({FORMAT}): {error}') from None


def _event(line: Mapping[str, Any]) -> Event:
    event = Event(str(line['kind']), float(line['time']), int(line['baudrate']), bytes.fromhex(line.get('bytes', '')),
                  str(line.get('text', '')).encode('utf-8', 'replace').decode('utf-8'))
    if event.baudrate <= 0 or not math.isfinite(event.time):
        raise ValueError(f'an event at {event.time} s and {event.baudrate} Bd')
    return event


# The first format: its notes were free texts, and what was remembered had to be guessed from them.
_FIRST_NOTES = {
    'opened': OPENED, 'port lost': PORT_LOST, 'baudrate ': SPEED, 'acknowledging 0': RUNG, 'not acknowledging': RUNG,
    'asking ': AGAIN, 'waiting for the next telegram': AGAIN, 'readout accepted': ACCEPTED, 'failed: ': FAILED}
_FIRST_RUNGS = {'acknowledging 0': ACKNOWLEDGE_0, 'not acknowledging': UNACKNOWLEDGED}
_FIRST_DISTURBED = 'the line was disturbed lately'
_FIRST_LISTEN_TIME = 11.0       # s; a change of speed so early was the speed at which the meter had been heard before


def _of_first_format(lines: list[dict[str, Any]], settings: Settings) -> tuple[tuple[Event, ...], Memory]:
    events, memory = [], Memory()
    sent_at = min((float(e['time']) for e in lines if e['direction'] == 'sent'), default=math.inf)
    for e in lines:
        kind, time, baudrate, text = e['direction'], float(e['time']), int(e['baudrate']), str(e.get('text', ''))
        if kind == 'note' and text == _FIRST_DISTURBED:
            memory.disturbed = (True,) * DISTURBED_SESSIONS
            continue
        if kind == 'note':
            begin, kind = next(((begin, kind) for begin, kind in _FIRST_NOTES.items() if text.startswith(begin)), ('', text))
            if kind == RUNG and memory.rung == OFFERED:
                memory.rung = _FIRST_RUNGS[begin]
                # a rung that is told of only after something was sent came after a trial of the offered speed
                memory.readouts = READOUTS_BEFORE_TRIAL if time > sent_at else 0
            if kind == SPEED and memory.heard_at is None and time < settings.settle + _FIRST_LISTEN_TIME:
                memory.heard_at = baudrate
        events.append(Event(kind, time, baudrate, bytes.fromhex(e.get('bytes', '')), text))
    return tuple(events), memory
