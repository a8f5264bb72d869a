# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What time it is by the meter's own clock."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import NamedTuple

from .codes import split
from .conversions import ConversionError, convert
from .data_sets import DataSet

# groups C, D, E of date and time in one: of energy meters, of P1 telegrams; of heat meters
_MOMENTS: tuple[tuple[str | None, ...], ...] = (('0', '9', '4'), ('1', '0', '0'))
_OF_HEAT: tuple[tuple[str | None, ...], ...] = (('9', '36', None),)
_DATE, _TIME = ('0', '9', '2'), ('0', '9', '1')
_SEASON = re.compile('([012])(?:[0-9]{6}|[0-9]{10}|[0-9]{12}|[0-9]{14})')
_MINUTES = re.compile('.*(?<![0-9:])[0-9]{2}:[0-9]{2}|[012]?[0-9]{10}|[012]?(?:19|20)[0-9]{10}', re.DOTALL)

WINTER, SUMMER, UNIVERSAL = '0', '1', '2'


class Shown(NamedTuple):
    """What a meter's clock shows."""

    moment: datetime.datetime   # naive: as it is shown; only a P1 stamp (W or S at its end) has a time zone
    code: str                   # of the data set with the time of day, as the meter sends it
    text: str                   # its value
    resolution: float           # s: it does not show less
    season: str                 # the digit in front: WINTER, SUMMER, UNIVERSAL; empty where there is none


def clock(data_sets: Sequence[DataSet]) -> datetime.datetime | None:
    """
    Date and time of 0.9.4, 1.0.0, or 0.9.2 and 0.9.1 together; None where the meter does not send both.

    Naive: as the meter shows it; only a P1 stamp (W or S at its end) has a time zone.
    """
    found = _shown(data_sets, _MOMENTS)
    return found and found.moment


def shown(data_sets: Sequence[DataSet]) -> Shown | None:
    """As `clock`, and of heat meters 9.36; with what is known of it."""
    return _shown(data_sets, _MOMENTS + _OF_HEAT)


def _shown(data_sets: Sequence[DataSet], codes: Sequence[tuple[str | None, ...]]) -> Shown | None:
    sent = _sent(data_sets)
    for code in codes:
        text = sent[code].values[0].value if code in sent else ''
        moment = _converted(text.replace('&', ' '), 'ZST12')
        if isinstance(moment, datetime.datetime):
            season = _SEASON.fullmatch(text)
            resolution = 60.0 if _MINUTES.fullmatch(text) else 1.0
            return Shown(moment, sent[code].code or '', text, resolution, season[1] if season else '')
    if _DATE not in sent or _TIME not in sent:
        return None
    day, hour = sent[_DATE].values[0].value, sent[_TIME].values[0].value
    date, time = _converted(day, 'D6'), _converted(hour, 'Z6')
    if isinstance(date, datetime.date) and isinstance(time, datetime.time):
        season = _SEASON.fullmatch(hour) or _SEASON.fullmatch(day)
        resolution = 60.0 if hour.count(':') == 1 else 1.0
        return Shown(datetime.datetime.combine(date, time), sent[_TIME].code or '', hour, resolution, season[1] if season else '')
    return None


def tells_time(data_sets: Sequence[DataSet]) -> bool:
    """The meter sends what should be the date and time of `clock`."""
    sent = _sent(data_sets)
    return not sent.keys().isdisjoint(_MOMENTS) or {_DATE, _TIME} <= sent.keys()


def _sent(data_sets: Sequence[DataSet]) -> dict[tuple[str | None, ...], DataSet]:
    """By groups C, D, E, of this meter and of now."""
    sent: dict[tuple[str | None, ...], DataSet] = {}
    for data_set in data_sets:
        groups = split(data_set.code or '')
        if groups and groups.is_current and not groups.is_of_another_device and data_set.values:
            sent.setdefault(groups[2:5], data_set)
    return sent


def _converted(text: str, conversion: str) -> object:
    try:
        return convert(text, conversion)
    except ConversionError:
        return None
