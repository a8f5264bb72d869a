# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Which characters of a session came together, and what kind of characters they are. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..diagnosis.characters import is_garbage, shows_parity
from ..diagnosis.symptoms import is_foreign
from ..session import SENT, Session
from ..wire.characters import wire_time
from .telegram import Span

PAUSE = 0.1                 # s; parts of a message are closer
PARITIES = ('software', 'none')     # as a line can show them
LEAST_TEXT = 16             # characters between NULs that are a text
LEAST_FRAME = 3             # characters by which a frame of another protocol is known
TEXT, GARBAGE, FOREIGN = range(3)


@dataclass
class Run:
    """Characters that came without a pause, at one speed: as a text, at another speed, or as frames of another protocol."""

    begin: int
    end: int
    exchange: int           # the number of messages that were sent before
    baudrate: int
    frames: bool = False    # a frame of another protocol is in it
    kind: int = TEXT
    parity: bool = False    # bit 7 shows it


def runs_of(session: Session, kind: str) -> list[Run]:
    """Of what was sent, received or dropped, as the `kind` of its events says; not judged yet."""
    runs, exchange, position, until = list[Run](), 0, 0, 0.0
    for event in session.events:
        exchange += event.kind == SENT
        if event.kind != kind:
            continue
        new = not runs or (runs[-1].exchange, runs[-1].baudrate) != (exchange, event.baudrate)
        if new or event.time - until > PAUSE:
            runs.append(Run(position, position, exchange, event.baudrate))
        position += len(event.data)
        until = event.time + wire_time(len(event.data), event.baudrate)
        runs[-1].end = position
        runs[-1].frames = runs[-1].frames or (len(event.data) >= LEAST_FRAME and is_foreign(event.data))
    return runs


def exchanges(runs: Iterable[Run]) -> list[Span]:
    """Begin and end of those between which nothing was sent."""
    groups = (list(group) for _, group in groupby(runs, lambda run: run.exchange))
    return [(group[0].begin, group[-1].end) for group in groups]


def judge(runs: Iterable[Run], data: bytes, parity: str, identified: Sequence[int]) -> None:
    """
    See what kind of characters they have; what came at one speed in one exchange is judged together, too.

    :param parity: the setting of that name
    :param identified: where identifications begin: these are texts
    """
    for _, group in groupby(runs, lambda run: (run.exchange, run.baudrate)):
        together = list(group)
        begin, end = together[0].begin, together[-1].end
        garbage = _is_garbage(data[begin:end], parity) and not _holds(identified, begin, end)
        for run in together:
            alone = data[run.begin:run.end]
            few = len(alone.replace(b'\0', b'')) < LEAST_TEXT
            if (garbage if few else _is_garbage(alone, parity)) and not _holds(identified, run.begin, run.end):
                run.kind = FOREIGN if run.frames else GARBAGE
        shown = shows_parity(b''.join(data[run.begin:run.end] for run in together if run.kind == TEXT))
        for run in together:
            run.parity = shown and run.kind == TEXT


def _is_garbage(data: bytes, parity: str) -> bool:
    """It is, whether the setting suits the line or not, and also without the NULs that come from the switching of the speed."""
    rest = data.replace(b'\0', b'')
    return all(is_garbage(data, each) and (len(rest) < LEAST_TEXT or is_garbage(rest, each)) for each in {parity, *PARITIES})


def _holds(places: Sequence[int], begin: int, end: int) -> bool:
    return bisect_left(places, begin) < bisect_left(places, end)
