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


TOLERANCE = 5.0         # s by which a meter's clock may lag behind ours from one readout to the next
ROUGH = 60.0            # s more, where it shows minutes only
DRIFT = 0.0002          # of the time between: 17 s a day

_NOTHING = datetime.timedelta()


def is_older(data_sets: tuple[DataSet, ...], known: str) -> bool:
    """The meter's clock shows less than it did at `known`, see `stamp`; False where one of them is not known."""
    return (_since(data_sets, known) or _NOTHING) < _NOTHING


def is_newer(data_sets: tuple[DataSet, ...], known: str) -> bool:
    """The meter's clock went on since `known`; False where one of them is not known."""
    return (_since(data_sets, known) or _NOTHING) > _NOTHING


def lag(data_sets: tuple[DataSet, ...], known: str, seconds: float) -> float | None:
    """
    By how much the meter's clock fell back behind ours, in s; None where it does not tell.

    :param known: its clock in a readout before
    :param seconds: by our clock, since that readout
    """
    since = _since(data_sets, known)
    return None if since is None else seconds - since.total_seconds()


def tolerance(data_sets: tuple[DataSet, ...], seconds: float) -> float:
    """s by which the clock of a sound readout may be off, so long after the one before."""
    now = clock(data_sets)
    return TOLERANCE + DRIFT * seconds + (0.0 if now and now.second else ROUGH)


def _since(data_sets: tuple[DataSet, ...], known: str) -> datetime.timedelta | None:
    now, before = clock(data_sets), _moment(known)
    if now is None or before is None or (now.tzinfo is None) != (before.tzinfo is None):
        return None
    return now - before


def stamp(data_sets: tuple[DataSet, ...]) -> str:
    """The meter's clock as a text for `is_older`, empty where it sends none."""
    now = clock(data_sets)
    return now.isoformat() if now else ''


def _moment(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
