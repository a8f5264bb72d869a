# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What others will see of a recording, before it leaves the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..reader.masking import masked, numbers_of, post
from ..reader.obis.matching import serial_numbers
from ..reader.session import Session
from .surface import Plugin

MOST_WORDS, LONGEST_WORD = 50, 100
MOST_SESSIONS = 3       # that were read, of which the numbers are known


def hidden(plugin: Plugin, key: str, words: str | Sequence[str]) -> Session | None:
    """The recording with that key, masked, these words of the user too; None where there is none."""
    session = plugin.history.recording(key)
    chosen = [words] if isinstance(words, str) else words
    return session and masked(session, _numbers(plugin), [word[:LONGEST_WORD] for word in chosen[:MOST_WORDS]])


def preview(plugin: Plugin, key: str, session: Session) -> dict[str, str]:
    """`text`: ready to be posted; `version`: which has masked it."""
    result = next((result for result in plugin.history.results() if result.key == key), None)
    finding = result.finding.title(plugin.language) if result and result.finding else ''
    return {'text': post(session, finding, plugin.language), 'version': session.masked}


def _numbers(plugin: Plugin) -> Iterable[str]:
    """By which meter and owner can be known, as far as they were seen."""
    history = plugin.history
    read = [result.session for result in history.results() if result.ok and result.session][-MOST_SESSIONS:]
    known = serial_numbers(history.readout.data_sets) if history.readout else ()
    return {*known, *(number for session in read for number in numbers_of(session))}
