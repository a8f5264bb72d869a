# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Whether a readout can be one of now, by the meter's clock. Pure.

What waited in a buffer shows the time when it was said. It need not be older than the readout before: it may be that one itself.
"""

from __future__ import annotations

import datetime

from ..obis.clock import clock, tells_time
from ..obis.data_sets import DataSet

TOLERANCE = 3.0         # s by which a meter's clock may differ from ours, from one readout to the next
ROUGH = 60.0            # s more, where it shows minutes only
DRIFT = 0.0002          # of the time between: 17 s a day
NO_MOMENT = '-'


def is_stale(data_sets: tuple[DataSet, ...], known: str) -> bool:
    """The meter's clock shows less than it did at `known`, see `stamp`; False where one of them is not known."""
    return (_since(data_sets, known) or 0.0) < 0


def is_off(data_sets: tuple[DataSet, ...], known: str, seconds: float | None, usual: float) -> float:
    """
    By how many s the meter's clock lags behind ours (below 0: it is ahead); 0 where that is usual, or cannot be said.

    :param known: the clock in the readout before, see `stamp`
    :param seconds: since that one, by our clock; None where the two clocks are not comparable
    :param usual: s by which they have differed before
    """
    since = _since(data_sets, known)
    if since is None or seconds is None:
        return 0.0
    shows_seconds = any(moment and moment.second for moment in (clock(data_sets), _moment(known)))
    tolerance = usual + TOLERANCE + DRIFT * seconds + (0.0 if shows_seconds else ROUGH)
    return seconds - since if abs(seconds - since) > tolerance else 0.0


def difference(data_sets: tuple[DataSet, ...], known: str, seconds: float | None) -> float | None:
    """s by which the meter's clock went on more or less than ours; None where that cannot be said, or it was set."""
    since = _since(data_sets, known)
    if since is None or seconds is None:
        return None
    apart = abs(seconds - since)
    return apart if apart <= ROUGH + TOLERANCE + DRIFT * seconds else None


def is_newer(data_sets: tuple[DataSet, ...], known: str) -> bool:
    """The meter's clock went on since `known`; False where one of them is not known."""
    return (_since(data_sets, known) or 0.0) > 0


def _since(data_sets: tuple[DataSet, ...], known: str) -> float | None:
    now, before = clock(data_sets), _moment(known)
    if now is None or before is None or (now.tzinfo is None) != (before.tzinfo is None):
        return None
    return (now - before).total_seconds()


def stamp(data_sets: tuple[DataSet, ...]) -> str:
    """The meter's clock as a text for `is_stale`, NO_MOMENT where it is no date and time, empty where it sends none."""
    now = clock(data_sets)
    return now.isoformat() if now else NO_MOMENT if tells_time(data_sets) else ''


def is_stamp(text: str) -> bool:
    """The text is one that `stamp` gives."""
    return _moment(text) is not None


def _moment(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
