# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The manual, user_doc.rst, taken apart for the tests: by the few constructs of reStructuredText that it uses."""

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MANUAL = ROOT / 'user_doc.rst'
TEXT = MANUAL.read_text(encoding='utf-8')

_TITLE = re.compile(r'^(\S.*)\n(=+|-+)$', re.MULTILINE)
_BLOCK = re.compile(r'^\.\. code-block:: (\w+)\n\n((?:(?: +.*)?\n)+)', re.MULTILINE)


class Block(NamedTuple):
    """A code block: its language, its text, the title that it stands under."""

    language: str
    text: str
    title: str


class Written(NamedTuple):
    """A part of the manual that a tool writes, between two marks."""

    begin: str
    end: str

    def text(self) -> str:
        """What stands there."""
        return self._split()[1]

    def write(self, text: str) -> None:
        """This stands there from now on."""
        before, _, after = self._split()
        MANUAL.write_text(before + self.begin + text + self.end + after, encoding='utf-8')

    def _split(self) -> tuple[str, str, str]:
        before, rest = TEXT.split(self.begin)
        between, after = rest.split(self.end)
        return before, between, after


def code_blocks(*languages: str) -> list[Block]:
    """The code blocks in these languages, in order."""
    titles = [(found.start(), found[1]) for found in _TITLE.finditer(TEXT)]
    return [Block(found[1], textwrap.dedent(found[2]).strip() + '\n', [t for at, t in titles if at < found.start()][-1])
            for found in _BLOCK.finditer(TEXT) if found[1] in languages]


def section(title: str) -> str:
    """What stands under this title, up to the next one of its own kind or above."""
    found = next(found for found in _TITLE.finditer(TEXT) if found[1] == title)
    marks = '=' if found[2][0] == '=' else '=-'
    end = next((t.start() for t in _TITLE.finditer(TEXT, found.end()) if t[2][0] in marks), len(TEXT))
    return TEXT[found.end():end]


def titles(text: str) -> list[str]:
    """The titles in a part of the manual."""
    return [found[1] for found in _TITLE.finditer(text)]


def literals(text: str = TEXT) -> list[str]:
    """What is set as literal, outside of code blocks; a line's end is a blank."""
    return [' '.join(found.split()) for found in re.findall(r'``(.+?)``', _BLOCK.sub('', text), re.DOTALL)]


def list_tables(text: str) -> list[list[list[str]]]:
    """The rows of each list-table in a part of the manual, without its head: the cells with their markup."""
    tables = []
    for body in re.findall(r'^\.\. list-table::\n(?:   :.*\n)+\n((?:   .*\n)+)', text, re.MULTILINE):
        rows = [[' '.join(cell.split()) for cell in re.split(r'^     - ', row, flags=re.MULTILINE)]
                for row in re.split(r'^   \* - ', body, flags=re.MULTILINE)[1:]]
        tables.append(rows[1:])
    return tables
