# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A load profile: averages of each quarter of an hour, with headers as meters write them, over a change of hour, too. Pure."""

import datetime
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

ZONE = zoneinfo.ZoneInfo('Europe/Berlin')
PERIOD = 900                    # s
FULL, POWER_UP, SEASON = 0x00, 0x40, 0x08       # status


@dataclass
class Row:
    """One period: when it ended (s since the epoch), its status, the averages of its channels."""

    end: float
    status: int
    values: tuple[str, ...]


def stamp(then: float) -> str:
    """Season digit, year to second: the form ZST of 13 digits."""
    moment = datetime.datetime.fromtimestamp(then, ZONE)
    return f'{1 if moment.dst() else 0}{moment:%y%m%d%H%M%S}'


class LoadProfile:
    """
    :param written: `from,to`, both ISO times in local time: since when the meter counts, and up to now; a third part is
        a period that a power failure has cut in two
    """

    def __init__(self, written: str, now: float) -> None:
        begin, end, *cut = (datetime.datetime.fromisoformat(each).replace(tzinfo=ZONE).timestamp() for each in written.split(','))
        self.rows = list(self._rows(begin, end, cut[0] if cut else 0.0))

    def _rows(self, begin: float, end: float, cut: float) -> Iterator[Row]:
        then = begin
        while then + PERIOD <= end:
            then += PERIOD
            number = int(then // PERIOD)
            values = f'{number * 7 % 5000 / 1000:.3f}', f'{number * 3 % 900 / 1000:.3f}'
            if then - PERIOD < cut < then:
                yield Row(cut, FULL, ('0.100', '0.010'))
                yield Row(then, POWER_UP, ('0.200', '0.020'))
                continue
            yield Row(then, FULL, values)

    def lines(self, begin: str, end: str) -> list[str]:
        """The lines of P.01(begin;end): headers where the status or the day changes, or the time jumps."""
        first, last = _moment(begin, 0.0), _moment(end, 1e12)
        lines, before = [], None
        for row in self.rows:
            if not first <= row.end <= last:
                continue
            summer = stamp(row.end)[0] == '1'
            status = row.status | (SEASON if summer else 0)
            key = status, stamp(row.end - 1)[1:7]
            if key != before or row.end % PERIOD:
                lines.append(f'P.01({stamp(row.end)})({status:08X})(15)(2)(1.5)(kW)(2.5)(kW)\r\n')
            before = key if not row.end % PERIOD else None
            lines.append(''.join(f'({value})' for value in row.values) + '\r\n')
        return lines


def _moment(text: str, missing: float) -> float:
    if not text:
        return missing
    season, rest = text[0], text[1:]
    moment = datetime.datetime.strptime(rest, '%y%m%d%H%M').replace(tzinfo=ZONE)
    moments = [moment.replace(fold=fold).timestamp() for fold in (0, 1)]
    return moments[0] if season == '1' else moments[1]
