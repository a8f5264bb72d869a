# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
How an identification is answered: with which acknowledgement, and at which speed the data is awaited. Pure.

A meter goes to the speed that it offers only if the acknowledgement carries its own Z; with any other, or without one, its
data comes at 300 Bd (6.4.3.2). So the ladder for a line that does not carry the offered speed has three rungs, see memory.py,
and nothing between.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..memory import OFFERED, UNACKNOWLEDGED
from ..session import Settings
from ..texts import Text
from ..wire.messages import START_SPEED, Identification, acknowledgement


@dataclass(frozen=True)
class Answer:
    """What is answered to an identification."""

    message: bytes              # the acknowledgement, b'' for none
    baudrate: int | None        # Bd to which the port changes, None if it stays
    on_ladder: bool             # the meter offers another speed, so that this dialogue tells whether the line carries it
    remark: Text | None = None  # what the user has to know of it


def answer(identification: Identification, settings: Settings, rung: int) -> Answer:
    """The answer to this identification on this rung of the ladder."""
    mode, offered = identification.mode, identification.baudrate
    follows = not (mode == 'A' or identification.reserved or settings.baudrate_fix)
    on_ladder = follows and mode == 'C' and offered != START_SPEED and settings.baudrate == START_SPEED
    if on_ladder and rung != OFFERED:
        return Answer(b'' if rung == UNACKNOWLEDGED else acknowledgement('0'), None, True, Text(
            'mit {baudrate} Bd gelesen: mit den angebotenen {offered} Bd misslang es zweimal',
            'read at {baudrate} Bd: at the offered {offered} Bd it failed twice',
            {'baudrate': settings.baudrate, 'offered': offered}))
    message = b''
    if mode == 'C':
        stays = identification.reserved or (not follows and settings.baudrate == START_SPEED)
        message = acknowledgement('0' if stays else identification.speed_character)
    return Answer(message, offered if follows else None, on_ladder, _reserved(identification))


def _reserved(identification: Identification) -> Text | None:
    if not identification.reserved:
        return None
    return Text('das Zeichen {character!r} für die Geschwindigkeit ist reserviert: gelesen mit der Geschwindigkeit der Anmeldung',
                'the speed character {character!r} is reserved: read at the speed of the sign-on',
                {'character': identification.speed_character})
