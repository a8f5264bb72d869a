# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Messages in a text that is all there: its readers are fed no more than they need."""

from __future__ import annotations

from typing import Protocol, TypeVar

PORTION = 1024                  # characters that a reader is fed at once

Message = TypeVar('Message', covariant=True)


class Reader(Protocol[Message]):
    """Reads a message: fed until it says something."""

    @property
    def rest(self) -> bytes: ...

    def feed(self, data: bytes, /) -> Message: ...


def feed_stored(reader: Reader[Message], data: bytes, position: int = 0, end: int | None = None) -> tuple[Message | None, int]:
    """
    Feed a reader from this position on; a text of many messages costs no more than its length.

    :param end: nothing is fed from this position on
    :return: what the reader said at last, and the position of what it did not need
    """
    said, end = None, len(data) if end is None else min(end, len(data))
    while not said and position < end:
        portion = data[position:min(position + PORTION, end)]
        said = reader.feed(portion)
        position += len(portion)
    return said, position - len(reader.rest)
