# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A session as a text that can be read, and posted: what was sent and received, in the order of time. Pure."""

from __future__ import annotations

import re
from dataclasses import fields

from ..session import Event, Session, Settings
from ..texts import Text
from ..wire.characters import seven_bits

LONGEST = 100_000       # characters of what is shown: nobody reads more
_NAMES = {0: 'NUL', 1: 'SOH', 2: 'STX', 3: 'ETX', 4: 'EOT', 6: 'ACK', 0x15: 'NAK'}
_OTHERS = re.compile(r'([^\n -~])\1*')
_INDENT = ' ' * 32


def shown(session: Session) -> str:
    """A line for each event, and for each line of what came; what cannot be printed is named: <STX>, <0x7F>."""
    text = ''.join(f'{event.time:8.3f} s {event.baudrate:6d} Bd {event.kind:>10}  {_content(event)}'.rstrip() + '\n'
                   for event in session.events)
    return text if len(text) <= LONGEST else text[:LONGEST] + ' …\n'


def post(session: Session, finding: Text | str, language: str) -> str:
    """The same with what others want to know, ready to be pasted into a forum."""
    settings = [f'{field.name}: {value}' for field in fields(Settings)
                if (value := getattr(session.settings, field.name)) != field.default]
    said = finding.to(language) if isinstance(finding, Text) else finding
    about = Text('Zähler (Schild): \nLesekopf: \nErgebnis: {finding}\nPlugin dlms, unkenntlich gemacht von Version {version}\n'
                 'Einstellungen: {settings}',
                 'Meter (plate): \nOptical head: \nResult: {finding}\nplugin dlms, masked by version {version}\n'
                 'Settings: {settings}',
                 {'finding': said or '–', 'version': session.masked, 'settings': ', '.join(settings)}).to(language)
    return f'{about}\n\n[CODE]\n{shown(session)}[/CODE]\n'


def _content(event: Event) -> str:
    if not event.data:
        return event.text
    lines = seven_bits(event.data).decode('ascii').replace('\r\n', '\n').rstrip('\n')
    return _OTHERS.sub(_named, lines).replace('\n', '\n' + _INDENT)


def _named(found: re.Match[str]) -> str:
    code, count = ord(found[1]), len(found[0])
    return f"<{_NAMES.get(code, f'0x{code:02X}')}{f' {count} x' if count > 1 else ''}>"
