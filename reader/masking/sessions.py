# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
A session masked: what may be shown stays where it was, all else becomes X and 0. Pure.

A masked session replays like the real one. So what its reader compares is masked alike where it was alike, and differently
where it was different: the echo with the request, a second copy with the first, the form of a value with the one it had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..diagnosis.characters import SPEEDS
from ..evidence.moments import is_stamp
from ..evidence.shapes import parse, text
from ..memory import Memory
from ..session import DROPPED, RECEIVED, SENT, Event, Session, Settings
from ..version import version
from .characters import mask, mask_text
from .numbers import Known
from .stream import Stream
from .values import code_stays, unit_stays
from .variants import Variants

SECRET_SETTINGS = frozenset({'device_address', 'password'})
_FOLDERS = re.compile('/dev/(?:serial/(?:by-id|by-path)/)?|[a-z0-9+]+://')      # of ports: what tells no name
_RECEIVED = re.compile(r'(?<=received )(?!0x[0-9a-f]{2},|[0-9A-F]{1,4},).*(?=, computed)')      # what is no check
_LONG_NUMBER = re.compile('(?=[0-9A-Za-z]*[0-9][A-Za-z]*[0-9][A-Za-z]*[0-9])[0-9A-Za-z]{6,}')


_IDENTIFICATION = re.compile(r'(/[A-Za-z]{2}[A-Za-z0-9_].?(?:\\.)*)(.*)')      # up to the manufacturer's own


def masked(session: Session, numbers: Iterable[str] = (), words: Iterable[str] = ()) -> Session:
    """
    The session, fit to be shown to others; it says which version has masked it.

    :param numbers: of the meter and its owner, that other sessions have shown, see `numbers_of`
    :param words: what the user wants to be masked, too, wherever it stands
    """
    streams = {kind: Stream(session, kind) for kind in (SENT, RECEIVED, DROPPED)}
    seen = (number for stream in streams.values() for number in stream.numbers())
    known = Known([*numbers, *seen, *_secrets(session.settings).values(), session.memory.number], words)
    variants = Variants()
    for stream in streams.values():
        stream.show(known, variants)
    for stream in streams.values():
        stream.hide(variants)
    data = {kind: stream.masked(variants) for kind, stream in streams.items()}
    names = {session.settings.serialport: _port(session.settings.serialport), **{speed: speed for speed in map(str, SPEEDS)}}
    for stream in streams.values():
        names.update(stream.renamed(variants))
    notes = _Notes(names, known)
    events = tuple(Event(event.kind, event.time, event.baudrate, next(data[event.kind]) if event.kind in data else b'',
                         notes.masked(event.text)) for event in session.events)
    registers = session.registers and replace(session.registers, identification=_identification(session.registers.identification))
    return Session(_settings(session.settings), events, _memory(session.memory, known), version(), registers)


def _identification(line: str) -> str:
    """Of a session in programming mode that was open already: what a replay needs of it."""
    found = _IDENTIFICATION.fullmatch(line)
    return found[1] + mask_text(found[2]) if found else ''


def numbers_of(session: Session) -> frozenset[str]:
    """The numbers by which meter and owner can be known, as far as this session shows them."""
    return frozenset().union(*(Stream(session, kind).numbers() for kind in (RECEIVED, DROPPED)))


def _settings(settings: Settings) -> Settings:
    hidden: dict[str, Any] = {name: mask_text(secret) for name, secret in _secrets(settings).items()}
    return replace(settings, serialport=_port(settings.serialport), **hidden)


def _secrets(settings: Settings) -> dict[str, str]:
    return {name: value for name, value in vars(settings).items() if name in SECRET_SETTINGS and value}


def _port(port: str) -> str:
    """Without names: those below by-id hold the number of the adapter, URLs an address in the house."""
    folder = _FOLDERS.match(port)
    begin = folder.end() if folder else 0
    return port[:begin] + mask_text(port[begin:])


class _Notes:
    """
    What was written for people: it quotes ports, and what the meter said.

    :param names: what may be quoted, and as what it is shown
    """

    def __init__(self, names: Mapping[str, str], known: Known) -> None:
        self._names, self._known = names, known
        longest_first = sorted(filter(None, names), key=len, reverse=True)
        self._quoted = re.compile(f"({'|'.join(map(re.escape, longest_first))})")

    def masked(self, text: str) -> str:
        """Such a text with the names as they are shown, and without numbers."""
        return ''.join(self._names.get(part) or self._free_text(part) for part in self._quoted.split(text)) if text else ''

    def _free_text(self, text: str) -> str:
        for begin, end in self._known.places(text):
            text = text[:begin] + mask_text(text[begin:end]) + text[end:]
        for pattern in (_LONG_NUMBER, _RECEIVED):
            text = pattern.sub(lambda found: mask_text(found[0]), text)
        return text


def _memory(memory: Memory, known: Known) -> Memory:
    """With the shapes that the masked readouts have."""
    shapes = None if memory.shapes is None else tuple(_shape(each, known) for each in memory.shapes)
    return replace(memory, shapes=shapes, pending=tuple(_shape(each, known) for each in memory.pending), head='', number='',
                   registers=tuple(asked._replace(shape=_shape(asked.shape, known)) for asked in memory.registers),
                   clock=_stamp(memory.clock), set_back=_stamp(memory.set_back))


def _stamp(text: str) -> str:
    return text if is_stamp(text) else ''


def _shape(shape: str, known: Known) -> str:
    return text(tuple(replace(slot, code=_code(slot.code, known), values=None if slot.values is None else tuple(
        tuple(map(_form, forms)) for forms in slot.values)) for slot in parse(shape)))


def _code(code: str, known: Known) -> str:
    return code if code_stays(code) and not known.places(code) else _mask(code)


def _form(form: str) -> str:
    """A form holds no letters and digits of its value, but all of its unit, and what is beyond seven bits."""
    value, star, unit = form.rpartition('*')
    if not star:
        value, unit = unit, ''
    return ''.join(c if c < '\x80' else _mask(c) for c in value) + star + (unit if unit_stays(unit) else _mask(unit))


def _mask(text: str) -> str:
    return mask(text.encode('latin-1', 'replace')).decode('latin-1')
