# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Items of the plugin smartmeter, which knows meters like ours as `protocol: DLMS`, to items of dlms. Pure.

Only the lines of its attributes are changed; comments, blank lines and all else stay as they were.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .texts import Text

CODE, INDEX, PROPERTY, KIND, READOUT = 'obis_code', 'obis_index', 'obis_property', 'obis_vtype', 'obis_readout'
KEYS = {'value': 'Value', 'valueRaw': 'Value', 'unit': 'Unit', 'unitCode': 'Unit'}      # the others are for SML only


@dataclass
class Converted:
    """A file of items: its `text`, how many `items` were changed, and what a user should look at."""

    text: str
    items: int = 0
    remarks: list[Text] = field(default_factory=list)


class NoItems(ValueError):
    """The text is no file of items in YAML."""


def convert(text: str) -> Converted:
    """
    The items with attributes of dlms in place of those of smartmeter.

    :raises NoItems: it is no YAML, or not a tree
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.allow_duplicate_keys = True
    try:
        tree = yaml.load(text)
    except YAMLError as error:
        raise NoItems(' '.join(str(error).split())) from None
    if not isinstance(tree, CommentedMap):
        raise NoItems('no tree')
    converted = Converted(text)
    lines: list[str | None] = [*io.StringIO(text, newline='')]     # as YAML counts them
    for path, item in _items(tree, ''):
        _convert_item(path, item, lines, converted)
    converted.text = ''.join(line for line in lines if line is not None)
    return converted


def _items(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    """All branches that are written out, not those that an anchor brings."""
    for name, below in tree.items():
        if isinstance(below, dict) and name in tree.lc.data:
            here = f'{path}.{name}' if path else str(name)
            yield here, below
            yield from _items(below, here)


def _convert_item(path: str, item: Any, lines: list[str | None], converted: Converted) -> None:
    """The attributes of one item, those of each instance for themselves."""
    names = [name for name in item.lc.data if str(name).partition('@')[0] in (CODE, INDEX, PROPERTY, KIND, READOUT)]
    if names and item.fa.flow_style():
        converted.remarks.append(Text('{path}: steht in geschweiften Klammern, bitte von Hand',
                                      '{path}: is in braces, please convert it by hand', {'path': path}))
        return
    for instance in dict.fromkeys(str(name).partition('@')[1:] for name in names):
        ours = {str(name).partition('@')[0]: name for name in names if str(name).partition('@')[1:] == instance}
        suffix, places = ''.join(instance), {plain: item.lc.data[name][0] for plain, name in ours.items()}
        values = {plain: str(item[name]).strip() for plain, name in ours.items()}
        if READOUT in places:
            _replace(lines, places[READOUT], f'dlms_obis_readout{suffix}: {values[READOUT]}')
        elif CODE in places and values.get(PROPERTY, 'value') in KEYS:
            _replace(lines, places[CODE], f'dlms_obis_code{suffix}: {_binding(values, str(item.get("type", "foo")))}')
            for name in (INDEX, PROPERTY, KIND):
                if name in places:
                    _drop(lines, places[name])
        else:
            for place in places.values():
                _replace(lines, place, '# ' + (lines[place] or '').strip())
            converted.remarks.append(Text('{path}: {property} gibt es hier nicht, die Zeilen sind jetzt Kommentare',
                                          '{path}: there is no {property} here, the lines are comments now',
                                          {'path': path, 'property': values.get(PROPERTY) or ', '.join(ours)}))
            continue
        converted.items += 1


def _binding(values: dict[str, str], item_type: str) -> str:
    """What follows `dlms_obis_code`, in its shortest form."""
    code, index = values[CODE].replace("'", ''), values.get(INDEX) or '0'
    key, kind = KEYS[values.get(PROPERTY) or 'value'], values.get(KIND, '')
    if (index, key, kind) == ('0', 'Value', '') or (index, key, kind, item_type) in (('0', 'Value', 'num', 'num'),
                                                                                    ('0', 'Value', 'str', 'str')):
        return f"'{code}'"
    return f"['{code}', {index}, {key}{f', {kind}' if kind else ''}]"


def _replace(lines: list[str | None], place: int, text: str) -> None:
    """Another text in its line, whose indentation and comment stay."""
    line = lines[place] or ''
    indent, end = line[:len(line) - len(line.lstrip())], line[len(line.rstrip()):]
    comment = '' if text.startswith('# ') else _comment(line)
    lines[place] = f'{indent}{text}{comment}{end}'


def _drop(lines: list[str | None], place: int) -> None:
    """The line goes, but its comment stays."""
    line = lines[place] or ''
    comment = _comment(line).lstrip()
    lines[place] = f'{line[:len(line) - len(line.lstrip())]}{comment}{line[len(line.rstrip()):]}' if comment else None


def _comment(line: str) -> str:
    """From the blanks before its `#` on, which counts outside of quotes only."""
    quote = ''
    for place, character in enumerate(line):
        if quote:
            quote = '' if character == quote else quote
        elif character in '\'"':
            quote = character
        elif character == '#' and place and line[place - 1] in ' \t':
            return line[len(line[:place].rstrip()):].rstrip()
    return ''
