# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The suggested items as a tree to choose from, and as a new file in items/ that can be taken back."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...reader.files import create
from ...reader.texts import Text
from .plugin_yaml import Unwritable, why

FIRST_LINES = '%YAML 1.1\n---\n'
MOST_FILES = 100        # of one name
_LINE = re.compile(r'(?P<indent> *)(?P<name>\w+):(?:  # (?P<remark>.*))?')


@dataclass(frozen=True)
class Node:
    """A suggested item: its path, what it means, the code that feeds it, and its lines without the branches above."""

    path: str
    remark: str
    code: str
    lines: tuple[str, ...]


def nodes(text: str) -> list[Node]:
    """The items of a suggestion (`reader.obis.suggestions`): root, branches and leaves, four blanks a level."""
    found: list[Node] = []
    path: list[str] = []
    for line in text.splitlines():
        named = _LINE.fullmatch(line)
        depth = len(named['indent']) // 4 if named else 0
        if named and depth <= 2:
            path = [*path[:depth], named['name']]
            if depth == 2:
                found.append(Node('.'.join(path), named['remark'] or '', '', (line,)))
        elif found:
            _, is_code, code = line.partition(': ')
            is_code = is_code if 'dlms_obis_code' in line.partition(':')[0] else ''
            last = found[-1]
            code = code.strip('[]').partition(',')[0].strip("'")
            found[-1] = Node(last.path, last.remark, code if is_code else last.code, (*last.lines, line))
    return found


def text_of(nodes: Collection[Node], chosen: Collection[str]) -> str:
    """The file with those of the items whose paths are chosen; empty where none is."""
    lines: list[str] = []
    above: tuple[str, str] = ('', '')
    for node in nodes:
        if node.path not in chosen:
            continue
        root, branch, _ = node.path.split('.')
        if root != above[0]:
            lines.append(f'{root}:')
        if (root, branch) != above:
            lines.append(f'    {branch}:')
        above = (root, branch)
        lines += node.lines
    return FIRST_LINES + '\n'.join(lines) + '\n' if lines else ''


def free_name(folder: Path, stem: str) -> Path:
    """The file that would be written: one that is not there."""
    return next((path for path in _names(folder, stem) if not os.path.lexists(path)), folder / f'{stem}.yaml')


def write(folder: Path, stem: str, text: str) -> Path:
    """
    A new file with this text, with the rights of the other files there.

    :raises Unwritable: none was written
    """
    try:
        for path in _names(folder, stem):
            with suppress(FileExistsError):
                create(path, text)
                _give_rights(path)
                return path
    except OSError as error:
        raise Unwritable(why(error)) from error
    raise Unwritable(Text('zu viele Dateien dieses Namens', 'too many files of this name'))


def take_back(path: Path, digest: str) -> None:
    """
    Removes the file, as long as nobody has changed it.

    :raises Unwritable: it stays
    """
    try:
        if digest_of(path.read_bytes()) != digest:
            raise Unwritable(Text('die Datei wurde inzwischen geändert und bleibt', 'the file was changed meanwhile and stays'))
        path.unlink()
    except OSError as error:
        raise Unwritable(why(error)) from error


def digest_of(data: bytes) -> str:
    """Tells this content from any other."""
    return hashlib.sha256(data).hexdigest()


def _names(folder: Path, stem: str) -> Iterator[Path]:
    yield folder / f'{stem}.yaml'
    for number in range(2, MOST_FILES):
        yield folder / f'{stem}_{number}.yaml'


def _give_rights(path: Path) -> None:
    """Those of the file that was changed last; where this user may not, those of a new file."""
    with suppress(OSError, ValueError):
        others = (file for file in path.parent.glob('*.yaml') if file != path)
        state = max(map(os.stat, others), key=lambda state: state.st_mtime)
        os.chmod(path, state.st_mode & 0o777)
        os.chown(path, -1, state.st_gid)
