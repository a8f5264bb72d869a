# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What the command says: the result to stdout, all else to stderr, in the user's language."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ..dialogue.line import Progress
from ..texts import Text

PROGRESS_INTERVAL = 0.2     # s


class Terminal:
    """Says things in a language, and shows progress in one line that is written over."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._shown = 0.0       # s; the progress that stands there

    def print(self, text: str) -> None:
        """To stdout as it is, line ends of the meter too; a character that the terminal does not know must not end all."""
        self._clear()
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding or 'utf-8', 'backslashreplace'))
        sys.stdout.flush()

    def say(self, text: Text | str) -> None:
        """To stderr."""
        self._clear()
        print(printable(text.to(self.language) if isinstance(text, Text) else text), file=sys.stderr)

    def complain(self, text: Text | str, code: int) -> int:
        """Say what went wrong; the exit code."""
        self.say(f'dlms.py: {text.to(self.language) if isinstance(text, Text) else text}')
        return code

    @property
    def progress(self) -> Callable[[Progress], None] | None:
        """Shows characters, speed and time, from the first second on; None where nobody looks."""
        return self._show if sys.stderr.isatty() else None

    def _show(self, progress: Progress) -> None:
        if progress.elapsed < max(1.0, self._shown + PROGRESS_INTERVAL):
            return
        self._shown = progress.elapsed
        text = Text('{characters} Zeichen, {baudrate} Bd, {elapsed:.1f} s',
                    '{characters} characters, {baudrate} Bd, {elapsed:.1f} s', vars(progress)).to(self.language)
        sys.stderr.write(f'\r{text}\x1b[K')
        sys.stderr.flush()

    def _clear(self) -> None:
        if self._shown:
            sys.stderr.write('\r\x1b[K')
            sys.stderr.flush()
            self._shown = 0.0


def printable(text: str) -> str:
    """A meter's text is foreign: no character of it may steer the terminal."""
    return ''.join(c if c.isprintable() or c in '\r\n' else '\N{REPLACEMENT CHARACTER}' for c in text)
