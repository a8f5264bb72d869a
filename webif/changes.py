# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What changed of the page since a browser's last look, so that little travels while little happens.

The state of a page is made of parts by name. Of a part that is a mapping only the entries that changed are told, of `Rows` the
cells that did, and in which order the rows are if that changed; anything else is told whole.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any

Row = Mapping[str, Any]


class Rows(list[Row]):
    """The rows of a table: mappings of plain values, each with an `id` of its own that stays the row's as long as it is there."""


class Changes:
    """Remembers since which look each piece of the state is as it is. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._born = secrets.token_hex(3)       # what a browser knows of the instance before a restart counts for nothing
        self._count = 0                         # looks that found something new
        # by place, a part or a row of it, and key: what is there, and since which look
        self._known: dict[tuple[object, ...], dict[str, tuple[object, int]]] = {}

    def since(self, known: str, look: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """
        What is not known yet.

        :param known: the `v` of the answer before, empty for all
        :param look: makes the state
        :returns: {v, whole?: True where all is told, values?: {part: value}, cells?: {part: {key: value}},
            rows?: {part: {order?: [id], rows: [{id, key: value}]}}}
        """
        with self._lock:
            state = look()
            born, _, number = known.partition('.')
            last = int(number) if born == self._born and number.isdecimal() else -1
            answer: dict[str, Any] = {'whole': True} if last < 0 else {}
            this = self._count + 1
            sections: dict[str, dict[str, Any]] = {'values': {}, 'cells': {}, 'rows': {}}
            for name, part in state.items():
                if isinstance(part, Rows):
                    sections['rows'][name] = self._rows(name, part, last, this)
                elif isinstance(part, Mapping):
                    sections['cells'][name] = self._newer((name,), part, last, this)
                else:
                    sections['values'].update(self._newer((), {name: part}, last, this))
            for section, told in sections.items():
                told = {name: part for name, part in told.items() if section == 'values' or part}
                if told:
                    answer[section] = told
            answer['v'] = f'{self._born}.{self._count}'
            return answer

    def _rows(self, name: str, rows: Rows, last: int, this: int) -> dict[str, Any]:
        ids = [row['id'] for row in rows]
        before = self._known.get((name,), {}).get('order', ([], 0))[0]
        for gone in set(before if isinstance(before, list) else ()) - set(ids):
            self._known.pop((name, gone), None)
        told = self._newer((name,), {'order': ids}, last, this)
        cells = ((row['id'], self._newer((name, row['id']), row, last, this)) for row in rows)
        changed = [{'id': number, **newer} for number, newer in cells if newer]
        return {**told, 'rows': changed} if told or changed else {}

    def _newer(self, place: tuple[object, ...], mapping: Row, last: int, this: int) -> Row:
        """The entries that changed after that look; with what is new now this one counts."""
        known = self._known.setdefault(place, {})
        newer = {}
        for key, value in mapping.items():
            before = known.get(key)
            if before is None or before[0] != value:
                known[key] = before = value, this
                self._count = this
            if before[1] > last:
                newer[key] = value
        return newer
