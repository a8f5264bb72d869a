# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
First contact in the shell: what the room `detection` finds out is said while it works, in the language of the user.
"""

from __future__ import annotations

import time as real_time
from collections.abc import Callable, Iterator

from ..detection import aiming, searching
from ..detection.aiming import Hearing
from ..detection.searching import ATTEMPTS, Step
from ..dialogue.line import Clock, Progress, Stopped, never
from ..dialogue.port import OpenPort, open_port
from ..readout import Readout
from ..session import Settings
from ..texts import Text

__all__ = ['ATTEMPTS', 'aim', 'detect']

Say = Callable[[str], None]

WIDTH = 40              # characters of the bar


def detect(port: str, language: str, say: Say, *, stopped: Stopped = never,
           progress: Callable[[Progress], None] | None = None, clock: Clock = real_time,
           open_port: OpenPort = open_port) -> Readout | None:
    """
    The first readout of the meter at this port, see `searching.detect`.

    :param say: told in a sentence what is tried and what came of it
    """
    def tell(step: Step) -> None:
        say(f'  {step.finding.text(language)}' if step.finding else f'{port}: {step.attempt.text.to(language)} ...')

    return searching.detect(port, tell, stopped=stopped, progress=progress, clock=clock, open_port=open_port)


def aim(settings: Settings, language: str, *, stopped: Stopped = never, clock: Clock = real_time,
        open_port: OpenPort = open_port) -> Iterator[str]:
    """
    A line each second that shows how well the meter is heard, see `aiming.aim`.

    :raises PortError: the port cannot be used; with `session`
    """
    for hearing in aiming.aim(settings, stopped=stopped, clock=clock, open_port=open_port):
        yield _bar(hearing, language)


def _bar(hearing: Hearing, language: str) -> str:
    """The share of good characters as a figure and a bar."""
    if hearing.share is None:
        return Text('nichts zu hören', 'nothing to be heard').to(language)
    figure = Text('{share:4.0%} von {count} Zeichen gut', '{share:4.0%} of {count} characters good',
                  {'share': hearing.share, 'count': hearing.characters}).to(language)
    return f'{figure:36}{"#" * round(hearing.share * WIDTH)}'
