# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a readout can be one of now, by the meter's clock. Pure."""

from __future__ import annotations

import datetime

from ..obis.clock import clock
from ..obis.data_sets import DataSet

_NOTHING = datetime.timedelta()


def is_older(data_sets: tuple[DataSet, ...], known: str) -> bool:
    """The meter's clock shows less than it did at `known`, see `stamp`; False where one of them is not known."""
    return _since(data_sets, known) < _NOTHING


def is_newer(data_sets: tuple[DataSet, ...], known: str) -> bool:
    """The meter's clock went on since `known`; False where one of them is not known."""
    return _since(data_sets, known) > _NOTHING


def _since(data_sets: tuple[DataSet, ...], known: str) -> datetime.timedelta:
    now, before = clock(data_sets), _moment(known)
    if now is None or before is None or (now.tzinfo is None) != (before.tzinfo is None):
        return _NOTHING
    return now - before


def stamp(data_sets: tuple[DataSet, ...]) -> str:
    """The meter's clock as a text for `is_older`, empty where it sends none."""
    now = clock(data_sets)
    return now.isoformat() if now else ''


def is_stamp(text: str) -> bool:
    """The text is one that `stamp` gives."""
    return _moment(text) is not None


def _moment(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
