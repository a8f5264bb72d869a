# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The plugin's own section of etc/plugin.yaml, changed without a byte of the rest.

The core's functions write the whole file anew, in another form, in place, and know one backup that the next write overwrites.
Here the lines of the section that change are exchanged, and no others: what comes of it is read as YAML and compared with what
was meant before it becomes the file, by renaming. The file of before stays beside it under a dated name.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ...reader.files import create
from ...reader.texts import Text

BOM = '\N{BYTE ORDER MARK}'
_ENTRY = re.compile(       # a name, its value on the same line, if it has one, and what stands after it
    r'(?P<name>["\']?\w+["\']?[ \t]*:)[ \t]*?'
    r'(?:"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'|[^\s"\'#&*!|>{}\[\]%@`][^\n]*?)?'
    r'(?P<rest>\s*|\s+#[^\n]*)')


class Unwritable(Exception):
    """The file stays as it was: `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


UNREADABLE = Text('die Datei ist kein YAML, das hier verstanden wird', 'the file is no YAML that is understood here')
UNUSUAL = Text('der Abschnitt {section} ist ungewöhnlich geschrieben', 'the section {section} is written in an unusual way')
CHANGED = Text('die Datei hat sich seitdem geändert: bitte noch einmal ansehen', 'the file has changed since: please look again')


class PluginYaml:
    """
    The file as it was when this was made.

    :param path: of etc/plugin.yaml
    :param section: the name of the plugin's section
    :raises Unwritable: it cannot be read, or has no such section
    """

    def __init__(self, path: Path, section: str) -> None:
        self.path = Path(os.path.realpath(path))
        self.section = section
        try:
            self._data = self.path.read_bytes()
            self._text = self._data.decode('utf-8')
        except OSError as error:
            raise Unwritable(why(error)) from None
        except UnicodeDecodeError:
            raise Unwritable(UNREADABLE) from None
        self._sections = _load(self._text)
        if not isinstance(self._sections.get(section), Mapping):
            raise Unwritable(Text('der Abschnitt {section} fehlt darin', 'it has no section {section}', {'section': section}))

    @property
    def digest(self) -> str:
        """Tells this content from any other."""
        return hashlib.sha256(self._data).hexdigest()

    @property
    def sections(self) -> Mapping[str, Any]:
        """What all sections say."""
        return self._sections

    def meant(self, wanted: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
        """
        What is to be written, so that these values hold: what is not so already.

        :param defaults: of the parameters that are to have their default if `wanted` does not say anything else
        """
        there = self._sections[self.section]
        values = {name: value for name, value in defaults.items() if there.get(name, value) != value and name not in wanted}
        values |= {name: value for name, value in wanted.items() if there.get(name) != value or name not in there}
        return values

    def difference(self, values: Mapping[str, Any]) -> list[str]:
        """The lines that would change, those that go with `-` in front, those that come with `+`."""
        before, after = (text.splitlines() for text in (self._text, self._changed(values)))
        lines = difflib.unified_diff(before, after, lineterm='', n=1)
        return [line for line in lines if not line.startswith(('---', '+++', '@@'))]

    def write(self, values: Mapping[str, Any]) -> Path | None:
        """
        The file with these values in the section; the copy of the file of before, None where there is nothing to change.

        :raises Unwritable: the file is as it was before
        """
        if not values:
            return None
        text = self._changed(values)
        beside = self.path.with_name(f'.{self.path.name}.{os.getpid()}.new')
        copy = None
        try:
            try:
                _create(beside, text, self.path)
                copy = self._keep()
                os.replace(beside, self.path)
                if copy.read_bytes() != self._data:      # somebody wrote into it meanwhile
                    raise Unwritable(CHANGED)
                if self.path.read_bytes() != text.encode('utf-8'):
                    raise OSError(None, 'what was written reads otherwise')
            except OSError as error:
                raise Unwritable(why(error)) from error
        except Unwritable:
            if copy and not beside.exists():             # it was renamed already
                os.replace(copy, self.path)
            elif copy:
                copy.unlink()
            with suppress(OSError):
                beside.unlink()
            raise
        return copy

    def _keep(self) -> Path:
        """
        The file under a dated name beside it: the very same file, so that what anybody writes into it meanwhile is in it, too.

        :raises Unwritable: it has another content by now
        """
        stamp = time.strftime('%Y-%m-%d-%H%M%S')
        names = (self.path.with_name(f'{self.path.name}.{stamp}{more}.bak') for more in ('', *(f'-{n}' for n in range(2, 100))))
        copy = next(name for name in names if not os.path.lexists(name))
        try:
            os.link(self.path, copy)
        except OSError:         # a file system without links
            _create(copy, self._text, self.path)
        if self.path.read_bytes() != self._data:
            copy.unlink()
            raise Unwritable(CHANGED)
        return copy

    def _changed(self, values: Mapping[str, Any]) -> str:
        """The text with these values in the section and nothing else changed."""
        text = self._exchanged(values)
        try:
            after = _load(text)
        except Unwritable:
            raise self._unusual() from None
        own = self._sections[self.section]
        expected = {**self._sections, self.section: {**own, **values}}
        if list(after) != list(expected) or after != expected:
            raise self._unusual()
        return text

    def _exchanged(self, values: Mapping[str, Any]) -> str:
        bom, text = (BOM, self._text[1:]) if self._text.startswith(BOM) else ('', self._text)
        lines = text.split('\n')
        ending = '\r' if lines[0].endswith('\r') else ''
        try:
            places = YAML().load(text)[self.section].lc.data
            plugin_name = next(name for name in ('plugin_name', 'class_path') if name in places)
            after, indent = places[plugin_name][0], places[plugin_name][1]
            if lines[after][:indent].strip(' '):
                raise self._unusual()           # in braces
        except (YAMLError, AttributeError, StopIteration, LookupError):
            raise self._unusual() from None
        fresh = []
        for name, value in values.items():
            if name in places:
                self._exchange(lines, places[name], value)
            else:
                fresh.append(f'{" " * indent}{name}: {json.dumps(value, ensure_ascii=False)}{ending}')
        if fresh and after == len(lines) - 1:       # the file ends without a line end
            lines[after] += ending
            fresh[-1] = fresh[-1].removesuffix('\r')
        lines[after + 1:after + 1] = fresh
        return bom + '\n'.join(lines)

    def _exchange(self, lines: list[str], place: list[int], value: Any) -> None:
        """The value of the entry at this `place` (line and column of its name, of its value); its remark stays."""
        line, column = place[:2]
        found = _ENTRY.fullmatch(lines[line], column)
        if not found:
            raise self._unusual()
        lines[line] = f'{lines[line][:column]}{found["name"]} {json.dumps(value, ensure_ascii=False)}{found["rest"]}'

    def _unusual(self) -> Unwritable:
        return Unwritable(UNUSUAL.filled({'section': self.section}))


def _load(text: str) -> dict[str, Any]:
    try:
        content = YAML(typ='safe', pure=True).load(text.removeprefix(BOM))
    except (YAMLError, ValueError, TypeError, RecursionError):
        raise Unwritable(UNREADABLE) from None
    if not isinstance(content, dict):
        raise Unwritable(UNREADABLE)
    return content


def _create(path: Path, text: str, like: Path) -> None:
    """A new file with this text, and owner and rights of another one as far as this user may give them."""
    create(path, text)
    state = os.stat(like)
    os.chmod(path, state.st_mode & 0o7777)
    for owner, group in ((state.st_uid, -1), (-1, state.st_gid)):
        with suppress(OSError):
            os.chown(path, owner, group)


_GERMAN = {2: 'Datei oder Ordner gibt es nicht', 13: 'keine Berechtigung', 1: 'nicht erlaubt', 17: 'gibt es schon',
           28: 'der Datenträger ist voll', 30: 'der Datenträger ist schreibgeschützt', 122: 'der Platz ist aufgebraucht'}


def why(error: OSError) -> Text:
    """Why a file cannot be read or written."""
    english = error.strerror or str(error)
    return Text('{german}', '{english}', {'german': _GERMAN.get(error.errno or 0, english), 'english': english})
