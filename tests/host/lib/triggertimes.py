# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Crontab entries: when is the next time? (without the core's `sunrise` and `moonset`)"""

import datetime
import logging

logger = logging.getLogger(__name__)

SHORTHANDS = {'@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0',
              '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *'}
LIMITS = {'second': (0, 59), 'minute': (0, 59), 'hour': (0, 23), 'day': (1, 31), 'month': (1, 12), 'weekday': (0, 6)}
FIELDS = {4: ('minute', 'hour', 'day', 'weekday'), 5: ('minute', 'hour', 'day', 'month', 'weekday'), 6: tuple(LIMITS)}


def _numbers(field, low, high):
    """`*/2`, `9-11`, `1,5` as a set; what is above the range is clipped to it."""
    numbers = set()
    for part in field.split(','):
        span, _, step = part.partition('/')
        first, _, last = span.partition('-')
        found = range(low, high + 1) if span == '*' else range(int(first), int(last or first) + 1)
        numbers.update(min(number, high) for number in found[::int(step or 1)])
    return numbers


def _parsed(entry):
    texts = SHORTHANDS.get(entry, entry).split()
    numbers = {'second': {0}, 'month': set(range(1, 13))}
    for name, text in zip(FIELDS[len(texts)], texts, strict=True):
        numbers[name] = _numbers(text, *LIMITS[name])
    return numbers


def get_next(entry, start):
    """The first time after start; an entry that cannot be read is an error in the log and due in ten years."""
    try:
        wanted = _parsed(entry)
    except (ValueError, KeyError):
        logger.error(f"crontab entry '{entry}' is invalid")
        return start + datetime.timedelta(days=3652)
    when = start.replace(microsecond=0) + datetime.timedelta(seconds=1)
    while True:
        day_fits = (when.month in wanted['month'] and when.day in wanted['day']
                    and when.weekday() in wanted['weekday'])
        if not day_fits:
            when = when.replace(hour=0, minute=0, second=0) + datetime.timedelta(days=1)
        elif when.hour not in wanted['hour']:
            when = when.replace(minute=0, second=0) + datetime.timedelta(hours=1)
        elif when.minute not in wanted['minute']:
            when = when.replace(second=0) + datetime.timedelta(minutes=1)
        elif when.second not in wanted['second']:
            when += datetime.timedelta(seconds=1)
        else:
            return when
