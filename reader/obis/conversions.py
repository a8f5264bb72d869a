# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A meter's text as the value a program wants: number, date, time, time stamp; see `convert`."""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache


class ConversionError(ValueError):
    """A text that does not fit its conversion; the message says both."""


CONVERSIONS = ('str', 'int', 'float', 'num', 'Z4', 'Z6', 'Z7', 'D6', 'D7', 'ZST10', 'ZST11', 'ZST12', 'ZST13')
Converted = str | int | float | datetime.date | datetime.time | datetime.datetime

_LONGEST = 40       # characters
_NUMBER = re.compile(r'([+-]?)[ ]*([0-9]*)(?:[.,]([0-9]*))?')
_TIME = re.compile(r'([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?')
_DATE = re.compile(r'([0-9]{2}|[0-9]{4})-([0-9]{2})-([0-9]{2})')
_TIME_STAMP = re.compile(r'([0-9-]+)(?:[ ]|[ ]?[,&T][ ]?)([0-9:]+)')
_P1_STAMP = re.compile('([0-9]{12})([WS])')
_SEASON = re.compile('[012]([0-9]{6}|[0-9]{10}|[0-9]{12})')     # 0 winter, 1 summer, 2 universal time, in front
_CENTURY = re.compile('(?:19|20)[0-9]{6}(?:[0-9]{4}|[0-9]{6})?')
_PIVOT = 70     # of two-digit years, as POSIX: 70 is 1970, 69 is 2069


def convert(text: str, conversion: str, timezone: datetime.tzinfo | None = None) -> Converted:
    """The value of a meter's text.

    `num` is an int where there is no decimal mark; `Z4 Z6 Z7` give a time, `D6 D7` a date, `ZST10` to `ZST13` a datetime.
    The last six take the digits they are named after, with or without a season digit, and the dashed forms. A time
    stamp is naive, except one with W or S after it, as P1 ports write it: that is in `timezone`, or in central Europe.
    Of twelve digits `ZST12` takes yymmddhhmmss, `ZST10` yyyymmddhhmm where it cannot be the other.

    :raises ConversionError: it does not fit, or is no real time or date
    """
    try:
        if conversion == 'str':
            return text
        if len(text) <= _LONGEST:
            return _CONVERTERS[conversion](text.strip(' '), conversion, timezone)
    except KeyError:
        raise ConversionError(f'there is no conversion {conversion[:_LONGEST]!r}') from None
    except ValueError:
        pass    # of datetime: there is no such day or time
    raise ConversionError(f'{text[:_LONGEST]!r} does not fit {conversion}')


def number(text: str) -> Decimal | None:
    """The number of a text, as exact as it is written; None if it is none."""
    found = _NUMBER.fullmatch(text.strip(' ')) if len(text) <= _LONGEST else None
    if not found or not (found[2] or found[3]):
        return None
    return Decimal(f"{found[1]}{found[2] or 0}.{found[3] or ''}")


def _number(text: str, conversion: str, timezone: datetime.tzinfo | None) -> int | float:
    exact = number(text)
    if exact is None:
        raise ValueError
    if conversion == 'float' or (conversion == 'num' and ('.' in text or ',' in text)):
        return float(exact)
    if exact != exact.to_integral_value():
        raise ValueError
    return int(exact)


def _time(text: str, conversion: str, timezone: datetime.tzinfo | None = None) -> datetime.time:
    colons = _TIME.fullmatch(text)
    if colons:
        return datetime.time(int(colons[1]), int(colons[2]), int(colons[3] or 0))
    digits = _without_season(text)
    if len(digits) != (4 if conversion == 'Z4' else 6) or not _is_digits(digits):
        raise ValueError
    return datetime.time(int(digits[:2]), int(digits[2:4]), int(digits[4:] or 0))


def _date(text: str, conversion: str, timezone: datetime.tzinfo | None = None) -> datetime.date:
    dashes = _DATE.fullmatch(text)
    if dashes:
        return datetime.date(_year(dashes[1]), int(dashes[2]), int(dashes[3]))
    digits = _without_season(text)
    if not _is_digits(digits) or not (len(digits) == 6 or (len(digits) == 8 and _CENTURY.fullmatch(digits))):
        raise ValueError
    return datetime.date(_year(digits[:-4]), int(digits[-4:-2]), int(digits[-2:]))


def _moment(text: str, conversion: str, timezone: datetime.tzinfo | None) -> datetime.datetime:
    p1 = _P1_STAMP.fullmatch(text)
    if p1:
        return _with_season(_of_digits(p1[1], 6), p1[2] == 'S', timezone)
    written = _TIME_STAMP.fullmatch(text)
    if written and _DATE.fullmatch(written[1]) and _TIME.fullmatch(written[2]):
        return datetime.datetime.combine(_date(written[1], conversion), _time(written[2], conversion))
    digits = _without_season(text)
    if len(digits) == 10:
        return _of_digits(digits, 6)
    if len(digits) == 14 and _CENTURY.fullmatch(digits):
        return _of_digits(digits, 8)
    if len(digits) == 12:
        return _of_twelve_digits(digits, conversion)
    raise ValueError


def _of_twelve_digits(digits: str, conversion: str) -> datetime.datetime:
    """yymmddhhmmss or yyyymmddhhmm: what it can be; where it can be both, `ZST12` means the first, `ZST10` neither."""
    readings = []
    for length in (6, 8) if _CENTURY.fullmatch(digits) else (6,):
        try:
            readings.append(_of_digits(digits, length))
        except ValueError:
            continue
    if not readings or (len(readings) > 1 and conversion in ('ZST10', 'ZST11')):
        raise ValueError
    return readings[0]


def _of_digits(digits: str, date_length: int) -> datetime.datetime:
    time = digits[date_length:]
    return datetime.datetime.combine(_date(digits[:date_length], 'D6'), _time(time, 'Z4' if len(time) == 4 else 'Z6'))


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _without_season(text: str) -> str:
    return text[1:] if _SEASON.fullmatch(text) else text


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (1900 if year >= _PIVOT else 2000)


def _with_season(moment: datetime.datetime, summer: bool, timezone: datetime.tzinfo | None) -> datetime.datetime:
    """The moment in the zone; the meter's W or S decides the hour that the end of summer time repeats.

    Where there is no time zone database, it is in the offset that W or S means in central Europe.
    """
    zone = timezone or _central_europe()
    if zone is None:
        return moment.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=2 if summer else 1)))
    local = moment.replace(tzinfo=zone)
    standard = (local.utcoffset() or datetime.timedelta()) - (local.dst() or datetime.timedelta())
    offset = standard + datetime.timedelta(hours=1 if summer else 0)
    return moment.replace(tzinfo=datetime.timezone(offset)).astimezone(zone)


@lru_cache(maxsize=1)
def _central_europe() -> datetime.tzinfo | None:
    import zoneinfo  # not cheap to load, and only P1 ports need it

    try:
        return zoneinfo.ZoneInfo('Europe/Berlin')
    except zoneinfo.ZoneInfoNotFoundError:
        return None


_CONVERTERS: dict[str, Callable[[str, str, datetime.tzinfo | None], Converted]] = {
    'int': _number, 'float': _number, 'num': _number, 'Z4': _time, 'Z6': _time, 'Z7': _time, 'D6': _date, 'D7': _date,
    'ZST10': _moment, 'ZST11': _moment, 'ZST12': _moment, 'ZST13': _moment,
}
