# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What an OBIS code means, in German and English, composed from its value groups with the tables of meanings.py.

A code that they give no meaning has no name: manufacturer specific ranges (C from 128, D 50 to 99 of C = 96) stay without,
unless that maker, or a P1 port, is known to mean something by it.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from . import meanings
from .codes import Groups, split
from .data_sets import DataSet

LANGUAGES = ('de', 'en')


class Meter(NamedTuple):
    """What a readout tells of its meter that decides what its codes mean."""

    flag: str = ''          # FLAG id in capitals
    is_heat: bool = False   # of a heat meter 6.8.1 means something else than of an electricity meter
    is_p1: bool = False     # sent by a P1 port


UNKNOWN = Meter()


def meter_of(data_sets: Iterable[DataSet], flag: str | None) -> Meter:
    """The meter that sent these; `flag` as in its identification, None if it has none."""
    data_sets = tuple(data_sets)
    is_heat = any(data_set.code in ('6.8', '6.26') for data_set in data_sets)
    return Meter((flag or '').upper(), is_heat, is_p1(data_sets))


_OF_P1 = {('0', '0', '1', '0', '0'), ('0', '0', '96', '14', '0'), ('0', '0', '96', '1', '4'), ('1', '3', '0', '2', '8')}


def is_p1(data_sets: Iterable[DataSet]) -> bool:
    """Whether the readout is a telegram of a P1 port: it has a clock, a tariff or a version as only these send them."""
    return any((groups := split(data_set.code or '')) and groups[:5] in _OF_P1 for data_set in data_sets)


class Name(NamedTuple):
    """The parts of a name, each '' where it says nothing: what is measured, which value of it, tariff, billing period."""

    quantity: str
    kind: str = ''
    rate: str = ''
    period: str = ''

    def __str__(self) -> str:
        head = ' '.join(filter(None, (self.quantity, self.rate if not self.kind else '')))
        kind = ' '.join(filter(None, (self.kind, self.rate))) if self.kind else ''
        return ', '.join(filter(None, (head, kind, self.period)))


@lru_cache(maxsize=4096)
def name_of(code: str, language: str = 'de', meter: Meter = UNKNOWN) -> str | None:
    """What the code of this meter means ('de', else English), None if nothing public gives it a meaning."""
    groups = split(code)
    composed = compose(groups, language, meter) if groups else None
    return str(composed) if composed else None


def compose(groups: Groups, language: str, meter: Meter) -> Name | None:
    """The name that the groups of a code of this meter make, None if there is no public meaning."""
    index = LANGUAGES.index(language) if language in LANGUAGES else 1
    if groups.attribute not in (None, '2') or '.' in (groups.f or ''):
        return None
    if groups.a in meanings.MEDIUMS and groups.c.isdigit() and int(groups.c) < 90:
        return _of_medium(groups, index)
    two_groups = groups.a is None and groups.e is None and groups.d is not None
    if (meter.is_heat and groups.a is None) or (two_groups and groups.c in ('6', '9')):
        name = _of_heat(groups, index)
        if name or (meter.is_heat and groups.c in ('6', '8', '9')) or groups.c == '9':
            return name
    if groups.d is None:
        return _of_one_group(groups, index)
    return _of_table(groups, index, meter) or _of_country(groups, index) or _of_electricity(groups, index, meter)


def _of_one_group(groups: Groups, index: int) -> Name | None:
    text = meanings.SERVICE['97.97.0'] if (groups.c, None) in meanings.ERROR_CODES else meanings.MNEMONICS.get(groups.c)
    return Name(text[index]) if text and groups.is_current else None


def _of_heat(groups: Groups, index: int) -> Name | None:
    code, rate = f'{groups.c}.{groups.d}', ''
    if groups.e is None:
        text = meanings.HEAT.get(code)
    elif code in meanings.HEAT_RATE:
        text, rate = meanings.HEAT[code], meanings.RATE[index].format(groups.e)
    else:
        text = meanings.HEAT.get(f'{code}.{groups.e}') or meanings.HEAT.get(f'{code}.#')
    if not text:
        return None
    if code == '6.36' and groups.e is None:
        day = meanings.HEAT_SET_DAYS.get(groups.f or '1')
        return Name(text[index], day[index]) if day else None
    quantity = text[index].format(groups.e)
    if groups.is_current:
        return Name(quantity, '', rate)
    return Name(quantity, '', rate, meanings.HEAT_PERIOD[index]) if groups.f == '1' else None


def _of_medium(groups: Groups, index: int) -> Name | None:
    quantity = meanings.MEDIUM_QUANTITIES.get((groups.a or '', groups.c))
    number = f'{groups.c}.{groups.d}' == '0.0'
    if not quantity and not number:
        return None
    what = meanings.GENERAL['0.0.0'][index] if number or not quantity else quantity[index]
    rate = meanings.RATE[index].format(groups.e) if groups.e not in (None, '0') and not number else ''
    return Name(f'{meanings.MEDIUMS[groups.a or ""][index]}: {what}', '', rate, _period(groups, index))


def _of_table(groups: Groups, index: int, meter: Meter) -> Name | None:
    """What is no measured quantity: identification, clock, states, counters of events, lists, what P1 ports add."""
    c, d, e = meanings.EDIS.get(groups.c, groups.c), groups.d or '', groups.e or '0'
    if (groups.c, groups.d) in meanings.ERROR_CODES:
        d = '97'
    if (groups.a, c, d, e) == ('1', '0', '2', '8') and groups.b == '3':
        return Name(meanings.P1_VERSION[index])
    if (c, d) == ('0', '5') and e in ('1', '2') and not groups.is_current:
        limit = ('Leistungsgrenze', 'Demand limit')[index]
        return Name(f'{limit} {groups.f}') if e == '1' else Name(limit, '', meanings.RATE[index].format(groups.f))
    text = None
    for table in (meanings.BY_FLAG.get(meter.flag, {}), meanings.P1 if meter.is_p1 else {}, meanings.GENERAL,
                  meanings.ABSTRACT if groups.a == '0' else {}, meanings.SERVICE):
        text = text or table.get(f'{c}.{d}.{e}') or (table.get(f'{c}.{d}.#') if e.isdigit() and int(e) < 64 else None)
    if not text:
        return None
    quantity = text[index].format(e, int(e) + 1 if e.isdigit() else e)
    if groups.is_of_another_device:
        quantity += (', Kanal {}', ', channel {}')[index].format(groups.b)
    if (c, d, e) == ('0', '2', '1') and not groups.is_current:
        return Name(quantity, ('Zeile {}', 'line {}')[index].format(groups.f))
    return Name(quantity, '', '', _period(groups, index) if groups.f != '0' else '')


def _of_country(groups: Groups, index: int) -> Name | None:
    country = meanings.COUNTRIES.get(groups.d or '') if groups.c == meanings.COUNTRY else None
    if not country:
        return None
    number = f', {groups.e}' if groups.e not in (None, '0') else ''
    return Name(f'{meanings.COUNTRY_SPECIFIC[index]}: {country[index]}{number}', '', '', _period(groups, index))


def _of_electricity(groups: Groups, index: int, meter: Meter) -> Name | None:
    if groups.a not in (None, '1') or not (groups.c.isdigit() and (groups.d or '').isdigit()):
        return None
    c, d, e = int(groups.c), int(groups.d or 0), groups.e or '0'
    e = '0' if e == '255' else e
    if c == 81:
        return _angle(d, e, groups, index)
    kind = _kind(c, d, groups, index)
    if _has_harmonics(c, d) and e in meanings.DISTORTION:
        e, kind = '0', meanings.DISTORTION[e][index]
    is_loss = c == meanings.LOSS
    quantity = _loss(int(e) if e.isdigit() else 0, d, index) if is_loss else _quantity(c, d, index)
    rate = '' if is_loss else _rate(c, d, e, index)
    if quantity is None or kind is None or rate is None:
        return None
    return Name(quantity, kind, rate, _period(groups, index, meter if d in meanings.INTEGRALS else UNKNOWN))


def _rate(c: int, d: int, e: str, index: int) -> str | None:
    """What E says of a measured quantity: total and tariffs or, of voltages and currents now, their harmonics."""
    number = int(e) if e.isdigit() else 128
    if number and _has_harmonics(c, d):
        if number <= 120:
            return meanings.HARMONIC[index].format(e) if number > 1 else meanings.FUNDAMENTAL[index]
        return meanings.ALL_HARMONICS[e][index] if e in meanings.ALL_HARMONICS else None
    if number:
        return meanings.RATE[index].format(e) if number <= 63 else None
    return meanings.TOTAL[index] if d in meanings.INTEGRALS else ''


def _has_harmonics(c: int, d: int) -> bool:
    return d == 7 and (of_phase(c)[0] in (11, 12) or c in (90, 91, 92))


def _loss(e: int, d: int, index: int) -> str | None:
    """What is lost in line and transformer; E from 31 on is of L1, from 51 of L2, from 71 of L3."""
    phase, number = ((e - 31) // 20 + 1, (e - 31) % 20 + 1) if 31 <= e <= 90 else (0, e)
    what = (meanings.ENERGY if d in meanings.INTEGRALS else meanings.POWER)[index]
    if 1 <= number <= 18:
        power, loss, direction = (number - 1) // 9, (number - 1) % 9 // 3, (number - 1) % 3
        quantity = meanings.LOSS_POWERS[power][index].format(what)
        text = meanings.LOSSES[loss][index].format(quantity) + meanings.DIRECTIONS[direction][index]
    else:
        found = meanings.PHASE_LOSSES.get(number) if phase else meanings.TOTAL_LOSSES.get(number)
        if not found:
            return None
        text = found[index].format(what)
    return f'{text} L{phase}' if phase else text


def of_phase(c: int) -> tuple[int, int]:
    """The quantity as of the sum of the phases, and the phase: 0 for the sum."""
    return ((c - 1) % 20 + 1, (c - 1) // 20) if 1 <= c <= 80 else (c, 0)


def _quantity(c: int, d: int, index: int) -> str | None:
    base, phase = of_phase(c)
    text = meanings.POWERS.get(base) or meanings.QUANTITIES.get(base) or meanings.WHOLE.get(c)
    if not text or (c == 82 and d != 8):
        return None
    what = text[index].format((meanings.ENERGY if d in meanings.INTEGRALS else meanings.POWER)[index])
    return f'{what} L{phase}' if phase else what


def _kind(c: int, d: int, groups: Groups, index: int) -> str | None:
    base, phase = of_phase(c)
    if base in (11, 12) or c in (90, 91, 92):
        if d == 4 and base == 11 and phase:
            return meanings.FUSE[index]
        if d in meanings.SUPERVISION:
            return meanings.SUPERVISION[d][index]
    text = meanings.KINDS.get(d)
    # Without A it may be a heat meter's code, whose 26 is a volume; 1.0.0 is a clock.
    return text[index] if text and (groups.a or d not in (0, 26)) else None


def _angle(d: int, e: str, groups: Groups, index: int) -> Name | None:
    first, second = e[:-1] or '0', e[-1]
    if d != 7 or first not in meanings.ANGLE_OF or second not in meanings.ANGLE_OF:
        return None
    text = ('Phasenwinkel {} zu {}', 'Phase angle {} to {}')[index]
    return Name(text.format(meanings.ANGLE_OF[first], meanings.ANGLE_OF[second]), '', '', _period(groups, index))


def _period(groups: Groups, index: int, meter: Meter = UNKNOWN) -> str:
    if groups.is_current:
        return ''
    own = meanings.PERIODS_BY_FLAG.get(meter.flag, {}).get(groups.f or '') if groups.mark == '*' else None
    return own[index] if own else (meanings.MANUAL if groups.mark == '&' else meanings.PERIOD)[index].format(groups.f)
