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

from ..obis.clock import clock
from ..obis.data_sets import DataSet

TOLERANCE = 3.0         # s by which a meter's clock may lag behind ours from one readout to the next
ROUGH = 60.0            # s more, where it shows minutes only
DRIFT = 0.0002          # of the time between: 17 s a day


def is_stale(data_sets: tuple[DataSet, ...], known: str, seconds: float | None = None) -> bool:
    """
    By the meter's clock this readout is older than one before, or than it can be; False where the clock does not tell.

    :param known: the clock in the readout before, see `stamp`
    :param seconds: since that one, by our clock; None where the two clocks are not comparable
    """
    since = _since(data_sets, known)
    if since is None:
        return False
    return since < 0 or (seconds is not None and seconds - since > _tolerance(data_sets, seconds))


def keeps_time(data_sets: tuple[DataSet, ...], known: str, seconds: float | None) -> bool:
    """The meter's clock went on as ours did, by so many seconds."""
    since = _since(data_sets, known)
    return since is not None and seconds is not None and abs(seconds - since) <= _tolerance(data_sets, seconds)


def is_newer(data_sets: tuple[DataSet, ...], known: str) -> bool:
    """The meter's clock went on since `known`; False where one of them is not known."""
    return (_since(data_sets, known) or 0.0) > 0


def _tolerance(data_sets: tuple[DataSet, ...], seconds: float) -> float:
    now = clock(data_sets)
    return TOLERANCE + DRIFT * seconds + (0.0 if now and now.second else ROUGH)


def _since(data_sets: tuple[DataSet, ...], known: str) -> float | None:
    now, before = clock(data_sets), _moment(known)
    if now is None or before is None or (now.tzinfo is None) != (before.tzinfo is None):
        return None
    return (now - before).total_seconds()


def stamp(data_sets: tuple[DataSet, ...]) -> str:
    """The meter's clock as a text for `is_stale`, empty where it sends none."""
    now = clock(data_sets)
    return now.isoformat() if now else ''


def _moment(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
