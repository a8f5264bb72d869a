# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""How far the meter's clock is from the host's."""

from __future__ import annotations

import datetime
from typing import NamedTuple

from ..obis.clock import SUMMER, UNIVERSAL, WINTER, Shown
from ..texts import Text

NOTHING = 3.0           # s that mean nothing: from the meter's clock to its line is a way
WRONG = 120.0           # s from which on a clock is called wrong
HOUR, DAY = 3600.0, 86400.0
MIDNIGHT = 600.0        # s around it in which date and time of day may be of different days, as they are sent one by one

IN_WINTER_TIME = Text('Die Uhr des Zählers bleibt im Sommer auf Winterzeit; das ist oft so eingestellt und kein Fehler',
                      "The meter's clock stays on winter time in summer; this is often set so, and no fault")
AHEAD = Text('Die Uhr des Zählers geht {duration} vor', "The meter's clock is {duration} fast")
BEHIND = Text('Die Uhr des Zählers geht {duration} nach', "The meter's clock is {duration} slow")


class Offset(NamedTuple):
    """How far the meter's clock is from the host's, in s; above 0: it is ahead."""

    seconds: int
    resolution: float           # s: the clock shows no less
    stays_on_winter_time: bool

    @property
    def remark(self) -> Text | None:
        """What the owner should know of it; a clock that is right needs no word."""
        if self.stays_on_winter_time:
            return IN_WINTER_TIME
        if abs(self.seconds) < WRONG:
            return None
        return (AHEAD if self.seconds > 0 else BEHIND).filled({'duration': duration(abs(self.seconds))})


def duration(seconds: int) -> Text:
    """About how long that is."""
    for size, de, en in ((DAY, 'Tage', 'days'), (HOUR, 'h', 'h'), (60.0, 'min', 'min')):
        if seconds >= 2 * size:
            count = round(seconds / size)
            return Text(f'{count} {de}', f'{count} {en}')
    return Text(f'{seconds} s', f'{seconds} s')


def offset(clock: Shown, arrived: float, zone: datetime.tzinfo) -> Offset:
    """
    :param arrived: epoch, when the line with the time of day had come
    :param zone: the host's
    """
    ahead = _ahead(clock, arrived, zone)
    # what it shows is up to its resolution in the past
    seconds = round(ahead + clock.resolution / 2)
    if -NOTHING - clock.resolution <= ahead <= NOTHING:
        seconds = 0
    host = datetime.datetime.fromtimestamp(arrived, zone)
    stays = (bool(host.dst()) and clock.moment.tzinfo is None and clock.season != UNIVERSAL
             and abs(seconds + HOUR) < min(WRONG, 10.0 + clock.resolution))
    return Offset(seconds, clock.resolution, stays)


def _ahead(clock: Shown, arrived: float, zone: datetime.tzinfo) -> float:
    """s that the shown time is after the arrival."""
    moment = clock.moment
    if clock.season == UNIVERSAL:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    if moment.tzinfo is not None:
        return moment.timestamp() - arrived
    # An hour comes twice in autumn: its season tells which, else the one that is nearer.
    folds = {SUMMER: (0,), WINTER: (1,)}.get(clock.season, (0, 1))
    differences = [moment.replace(tzinfo=zone, fold=fold).timestamp() - arrived for fold in folds]
    ahead = min(differences, key=abs)
    host = datetime.datetime.fromtimestamp(arrived, zone)
    since_midnight = (host.hour * 60 + host.minute) * 60 + host.second
    if min(since_midnight, DAY - since_midnight) < MIDNIGHT and abs(abs(ahead) - DAY) < MIDNIGHT:
        ahead -= DAY if ahead > 0 else -DAY
    return ahead
