# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What the page shows of the consumption: figures, bars and table of each quantity that has counters, and what to download."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..plugin.counting import CounterView
from ..reader.counters.periods import LAST_MONTH, MONTH, TODAY, YEAR, YESTERDAY, Consumption
from ..reader.obis.codes import split
from ..reader.obis.conversions import number
from ..reader.obis.matching import find
from ..reader.obis.names import meter_of, name_of
from .surface import Plugin
from .words import Words

Json = Mapping[str, object]

LABELS = {TODAY: 'heute', YESTERDAY: 'gestern', MONTH: 'dieser Monat', LAST_MONTH: 'voriger Monat', YEAR: 'dieses Jahr'}
FIRST = ('1.8', '2.8', '6.8')       # groups C and D of what most want to see
PROMPT = 60.0                       # s after the beginning of a period: known from its beginning on
BARS = (('days', 40), ('months', 26))   # that are shown


@dataclass(frozen=True)
class Quantity:
    """Counters that belong together: the total and its tariffs, either may be missing."""

    id: str                             # value groups A to D
    total: CounterView | None
    tariffs: tuple[CounterView, ...]

    def series(self, kind: str) -> tuple[CounterView, ...]:
        """What a bar of days or months is made of: the tariffs in use, else the total."""
        used = tuple(counter for counter in self.tariffs if any(part.amount for part in _parts(counter, kind)))
        if self.total and (len(used) < 2 or not self._is_whole(used, kind)):
            return (self.total,)
        return used or self.tariffs[:1]

    def _is_whole(self, tariffs: Sequence[CounterView], kind: str) -> bool:
        """They add up to the total."""
        whole = sum((part.amount for part in _parts(self.total, kind)), Decimal(0)) if self.total else Decimal(0)
        parts = sum((part.amount for counter in tariffs for part in _parts(counter, kind)), Decimal(0))
        return abs(whole - parts) * 50 <= whole

    @property
    def counters(self) -> tuple[CounterView, ...]:
        """Of which the figures are: the total, else all tariffs together."""
        return (self.total,) if self.total else self.tariffs


def _parts(counter: CounterView, kind: str) -> list[Consumption]:
    return counter.days if kind == 'days' else counter.months


def quantities(plugin: Plugin) -> list[Quantity]:
    """What is counted, the usual first."""
    found: dict[str, list[CounterView]] = {}
    for counter in plugin.counting.views():
        groups = split(counter.code)
        if groups:
            channel = f'{groups.b}:' if groups.is_of_another_device else ''
            found.setdefault(f'{channel}{groups.c}.{groups.d}', []).append(counter)
    order = sorted(found, key=lambda key: FIRST.index(key) if key in FIRST else len(FIRST))
    return [_quantity(key, found[key]) for key in order]


def _quantity(key: str, counters: Sequence[CounterView]) -> Quantity:
    def is_total(counter: CounterView) -> bool:
        groups = split(counter.code)
        return groups is not None and groups.e in (None, '0')

    total = next(filter(is_total, counters), None)
    tariffs = [counter for counter in counters if not is_total(counter) and counter.unit == counters[0].unit]
    return Quantity(key, total, tuple(tariffs))


def consumption(plugin: Plugin, words: Words) -> Json:
    """All of the tab: of each quantity figures, bars and rows."""
    return {'quantities': [_shown(quantity, plugin, words) for quantity in quantities(plugin)]}


def power_now(plugin: Plugin, words: Words) -> str:
    """What is drawn and fed in: as the meter has measured it, else as it follows from its counters, with the error."""
    measured = [_labelled(label, text, words) for label, text in _measured(plugin, words)]
    if measured:
        return f"{', '.join(measured)} ({words.say('gemessen')})"
    computed = []
    for quantity in quantities(plugin):
        text = ' '.join(filter(None, _power(quantity, words)))
        if quantity.id in FIRST and text:
            computed.append(_labelled({'1.8': 'Bezug', '2.8': 'Einspeisung'}.get(quantity.id, ''), text, words))
    return f"{', '.join(computed)} ({words.say('errechnet')})" if computed else ''


def _measured(plugin: Plugin, words: Words) -> list[tuple[str, str]]:
    """What it is and the power; empty where the meter sends none."""
    data_sets = plugin.history.readout.data_sets if plugin.history.readout else ()
    for codes in ({'1.7.0': 'Bezug', '2.7.0': 'Einspeisung'}, {'16.7.0': ''}):
        told = []
        for code, label in codes.items():
            data_set = find(code, data_sets)
            value = data_set.values[0] if data_set and data_set.values else None
            power = number(value.value) if value else None
            if value and value.unit and power is not None:
                told.append((label, f'{words.exact(power)} {value.unit}'))
        if told:
            return told
    return []


def _labelled(label: str, text: str, words: Words) -> str:
    return f'{words.say(label)} {text}' if label else text


def clock_offset(plugin: Plugin, words: Words) -> str:
    """How far the meter's clock is off; empty where it sends none."""
    offset = plugin.counting.offset
    if offset is None:
        return ''
    if offset.seconds == 0:
        return words.say('geht richtig')
    remark = offset.remark
    if offset.stays_on_winter_time:
        return words.say('bleibt auf Winterzeit')
    if remark is not None:
        return remark.to(words.language)
    return words.say('{seconds} s vor' if offset.seconds > 0 else '{seconds} s nach', seconds=abs(offset.seconds))


def _power(quantity: Quantity, words: Words) -> tuple[str, str]:
    """Value and error with their unit, both empty where one of the counters tells none."""
    known = [counter.power for counter in quantity.counters if counter.power is not None]
    if not known or len(known) < len(quantity.counters):
        return '', ''
    digits = 0 if known[0].unit in ('W', 'var', 'VA') else 3
    value, error = sum(power.value for power in known), sum(power.error for power in known)
    return f'{words.number(value, digits)} {known[0].unit}', f'± {words.number(error, digits)} {known[0].unit}'


def _shown(quantity: Quantity, plugin: Plugin, words: Words) -> Json:
    data_sets = plugin.history.readout.data_sets if plugin.history.readout else ()
    meter = meter_of(data_sets, plugin.history.readout.flag if plugin.history.readout else None)

    def name(counter: CounterView) -> str:
        return name_of(counter.code, words.language, meter) or counter.code

    first = quantity.counters[0]
    power, error = _power(quantity, words)
    since = min((counter.months[0].since for counter in quantity.counters if counter.months), default=None)
    return {
        'id': quantity.id, 'title': name(first) if quantity.total else name(first).rpartition(',')[0] or name(first),
        'unit': first.unit or '', 'codes': ', '.join(counter.code for counter in quantity.counters),
        'power': power, 'power_label': words.say('Leistung'),
        'power_note': f"{words.say('errechnet')}, {error}; {_span(first, words)}" if power else '',
        'since': words.say('bekannt seit {moment}', moment=words.moment(since, full=True)) if since else '',
        'figures': [_figure(period, quantity, words) for period in LABELS],
        'series': {kind: [name(counter) for counter in quantity.series(kind)] for kind, _ in BARS},
        **{kind: _bars(kind, quantity, words)[-most:] for kind, most in BARS}}


def _span(counter: CounterView, words: Words) -> str:
    power = counter.power
    if power is None:
        return ''
    same = power.since.date() == power.until.date()
    since, until = words.moment(power.since, full=not same), words.moment(power.until)
    return words.say('Mittel von {since} bis {until}', since=since, until=until)


def _figure(period: str, quantity: Quantity, words: Words) -> Json:
    found = [counter.periods[period] for counter in quantity.counters]
    parts = [part for part in found if part is not None]
    if not parts or len(parts) < len(found):
        return {'label': words.say(LABELS[period]), 'value': '–', 'note': words.say('nicht bekannt')}
    amount = sum((part.amount for part in parts), Decimal(0))
    first = parts[0] if period != YEAR else parts[0]._replace(end=parts[0].begin)     # how many months that are is no news
    return {'label': words.say(LABELS[period]), 'value': f'{words.exact(amount)} {quantity.counters[0].unit or ""}'.strip(),
            'note': _note(first, period in (TODAY, YESTERDAY), words)}


def _note(part: Consumption, is_day: bool, words: Words) -> str:
    """What else there is to say of a bar or a figure: since when it is known, that it was shared out, how long it is."""
    count = part.days if is_day else part.months
    late = part.since - words.begin(part.begin) > PROMPT
    return ', '.join(filter(None, (
        words.say('{count} Tage' if is_day else '{count} Monate', count=count) if count > 1 else '',
        words.say('seit {moment}', moment=words.short(part.since, part.begin if is_day else None)) if late else '',
        words.say('nach der Zeit aufgeteilt') if part.shared_out else '')))


def _bars(kind: str, quantity: Quantity, words: Words) -> list[Json]:
    """The bars of days or months, the oldest first; `parts` are the amounts of `series`."""
    is_day = kind == 'days'
    series = [_by_begin(_parts(counter, kind)) for counter in quantity.series(kind)]
    whole = _by_begin(_parts(quantity.total, kind)) if quantity.total else None
    bars: list[Json] = []
    for begin in sorted({begin for amounts in series for begin in amounts}):
        parts = [amounts.get(begin) for amounts in series]
        present = [part for part in parts if part is not None]
        total = whole[begin].amount if whole and begin in whole else sum((part.amount for part in present), Decimal(0))
        bars.append({
            'label': words.day(begin) if is_day else words.month(begin),
            'parts': [float(part.amount) if part else 0.0 for part in parts], 'amount': words.exact(total),
            'shared': any(part.shared_out for part in present), 'note': _note(present[0], is_day, words)})
    return bars


def _by_begin(parts: Iterable[Consumption]) -> dict[datetime.date, Consumption]:
    return {part.begin: part for part in parts}


def table(plugin: Plugin, words: Words, wanted: str) -> str | None:
    """Days and months of a quantity as CSV, as spreadsheets of the user's language want it; None where there is no such."""
    quantity = next((quantity for quantity in quantities(plugin) if quantity.id == wanted), None)
    if quantity is None:
        return None
    text = io.StringIO()
    writer = csv.writer(text, delimiter=';' if words.language == 'de' else ',', lineterminator='\r\n')
    writer.writerow([words.say(title) for title in ('Code', 'Zeitraum', 'Beginn', 'Ende', 'Verbrauch', 'Einheit', 'Bekannt seit',
                                                   'nach der Zeit aufgeteilt')])
    for counter in (*((quantity.total,) if quantity.total else ()), *quantity.tariffs):
        for title, parts in (('Tag', counter.days), ('Monat', counter.months)):
            for part in parts:
                writer.writerow([counter.code, words.say(title), part.begin, part.end, words.exact(part.amount),
                                 _harmless(counter.unit or ''), words.moment(part.since, full=True),
                                 words.say('ja') if part.shared_out else words.say('nein')])
    return text.getvalue()


def _harmless(text: str) -> str:
    """A spreadsheet must not take the meter's text for a formula."""
    return f"'{text}" if text.startswith(('=', '+', '-', '@')) else text
