# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What the page shows, as plain data in the user's language: texts to be put in as texts, never as HTML.

Everything is asked of the plugin (`surface`) and of `obis`; nothing is decided or kept here.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import asdict

from ..plugin.activity import Activity
from ..plugin.feeding import Bound
from ..plugin.history import Result
from ..plugin.holding import WAITING
from ..plugin.plausibility import FALLS, JUMPS, NO_NUMBER, OTHER_NUMBER
from ..reader.dialogue.copies import STRANGE, UNCONFIRMED
from ..reader.obis.codes import split
from ..reader.obis.data_sets import AFTER_END, CUT, GARBLED, NO_DATA, ORPHAN, DataSet, Rejected
from ..reader.obis.matching import Index, find
from ..reader.obis.names import meter_of, name_of
from ..reader.obis.suggestions import is_present, suggest
from . import sessions
from .changes import Rows
from .consumption import clock_offset, power_now
from .overview import overview
from .sessions import checks
from .surface import Plugin
from .words import Words

Json = Mapping[str, object]

LONGEST_VALUE = 60      # characters of an item's value on the page
MOST_ROWS = 1000        # of a table

STATES = {              # a word for the colour, and what is said
    Activity.MISCONFIGURED: ('wrong', 'falsch eingestellt'),
    Activity.STOPPED: ('stopped', 'angehalten'),
    Activity.READING: ('reading', 'wird gerade gelesen'),
    Activity.SETTING_UP: ('reading', 'wird gerade eingerichtet'),
    Activity.LISTENING: ('ok', 'hört ständig mit'),
}
REFUSALS = {            # why a readout that was asked for does not begin
    Activity.MISCONFIGURED: 'Das Plugin ist falsch eingestellt',
    Activity.STOPPED: 'Das Plugin ist angehalten',
    Activity.SETTING_UP: 'Der Zähler wird gerade eingerichtet',
    Activity.LISTENING: 'Der Zähler sendet von selbst, es wird ständig mitgehört',
    Activity.READING: 'Es läuft schon eine Auslesung',
}
REASONS = {
    NO_DATA: 'kein Datensatz',
    CUT: 'abgeschnitten: die schließende Klammer fehlt',
    GARBLED: 'verstümmelt',
    ORPHAN: 'setzt einen Datensatz fort, der abgeschnitten oder verstümmelt ist',
    AFTER_END: 'hinter dem Ende des Telegramms',
    UNCONFIRMED: 'weicht in der zweiten Kopie ab',
    STRANGE: 'hat eine andere Form als zuvor',
    FALLS: 'ist kleiner als der Wert davor',
    JUMPS: 'steigt schneller als je zuvor',
    NO_NUMBER: 'ist keine Zahl mehr',
    OTHER_NUMBER: 'ist die Nummer eines anderen Zählers',
}


class View:
    """One look at a plugin."""

    def __init__(self, plugin: Plugin, words: Words) -> None:
        self.plugin = plugin
        self.words = words
        self.say = words.say
        self.activity = plugin.activity
        self.readout = plugin.history.readout
        self.data_sets = self.readout.data_sets if self.readout else ()
        self.flag = self.readout.flag if self.readout else None
        self.meter = meter_of(self.data_sets, self.flag)
        self.bound = plugin.bound_items()

    # --- head ---------------------------------------------------------------------------------------------------------

    def head(self) -> Json:
        identity, results = self.plugin.identity(), self.plugin.history.results()
        kind, text, detail = self._status(results[-1] if results else None)
        flag = f'({identity.flag})' if identity.manufacturer_name else ''
        mode = self.say('Modus {mode}', mode=identity.mode) if identity.mode else ''
        speed = f'{identity.baudrate} Bd' if identity.baudrate else ''
        return {
            'kind': kind, 'status': text, 'detail': detail,
            'meter': ' '.join(filter(None, (identity.manufacturer, flag))) or '–',
            'type': identity.type or '–',
            'serial': identity.serial_number or '–',
            'line': ', '.join(filter(None, (mode, speed))) or '–',
            'port': self.plugin.get_parameter_value('serialport') or '–',
            'last': self.words.moment(self.readout.time) if self.readout else '–',
            'power': power_now(self.plugin, self.words) or '–', 'clock': clock_offset(self.plugin, self.words) or '–',
            'next': self._next(), 'cycle': self._cycle(), 'success': self._success(),
            'reading': self.activity is Activity.READING, 'progress': self._share(),
            'refusal': self.refusal(),
            # when it was read, of the clock that the answers tell, and for how many seconds that is new; None: who knows
            'read': None if self.plugin.read_at is None else round(self.plugin.read_at, 1), 'lifetime': self.plugin.lifetime,
            # changes with each readout
            'count': self.plugin.history.count,
        }

    def refusal(self) -> str:
        """Why a readout that is asked for does not begin, empty where it does."""
        if self.activity is not Activity.IDLE:
            return self.say(REFUSALS[self.activity])
        wait = self.plugin.battery_rests
        return self.say('Der Zähler hat eine Batterie: von hier wird er höchstens alle 5 Minuten gelesen') if wait else ''

    def _status(self, last: Result | None) -> tuple[str, str, str]:
        """How it stands: a word for the colour, what is said, and more about it."""
        if self.activity is Activity.IDLE or (self.activity is Activity.LISTENING and last and not last.ok):
            return self._outcome(last)
        kind, text = STATES[self.activity]
        detail = {Activity.MISCONFIGURED: self.plugin.config_error, Activity.READING: self._progress()}
        return kind, self.say(text), detail.get(self.activity, '')

    def _outcome(self, last: Result | None) -> tuple[str, str, str]:
        if last is None:
            return 'waiting', self.say('noch nichts gelesen'), ''
        if last.waits:
            return 'waiting', self.say('wartet'), last.title(self.words.language)
        if last.ok:
            return 'ok', self.say('gelesen'), self.say('in {seconds} s', seconds=self.words.number(last.duration, 1))
        return 'failed', self.say('nicht gelesen'), last.title(self.words.language)

    def _progress(self) -> str:
        progress = self.plugin.progress
        if progress is None:
            return ''
        said = self.say('{characters} Zeichen in {seconds} s, {baudrate} Bd', characters=progress.characters,
                        seconds=round(progress.elapsed), baudrate=progress.baudrate)
        lasts = (self.readout.duration or 0.0) if self.readout else 0.0
        left = math.ceil(lasts - progress.elapsed)
        return f"{said}, {self.say('noch etwa {seconds} s', seconds=left)}" if left > 0 else said

    def _share(self) -> int | None:
        """Percent of the running readout that are there if it is as long as the one before, None where nothing is known."""
        progress = self.plugin.progress
        if progress is None or not self.readout or not self.readout.text:
            return None
        return min(100, round(100 * progress.characters / len(self.readout.text)))

    def _next(self) -> str:
        moment = self.plugin.next_readout
        if self.activity in (Activity.MISCONFIGURED, Activity.STOPPED):
            return '–'
        if self.activity is Activity.LISTENING:
            return self.say('wann immer der Zähler sendet')
        if moment is None:      # the scheduler has none while its job runs
            return '–' if self.activity is Activity.READING else self.say('auf Anforderung')
        return self.words.moment(max(moment, self.plugin.shtime.now()))

    def _cycle(self) -> str:
        cycle = self.plugin.cycle
        if not cycle.wanted:
            return self.plugin.cycle_reason
        if cycle.effective == cycle.wanted:
            return self.say('{seconds} s, wie eingestellt', seconds=cycle.wanted)
        return self.say('{effective} s statt {wanted} s: {reason}',
                        effective=cycle.effective, wanted=cycle.wanted, reason=self.plugin.cycle_reason)

    def _success(self) -> str:
        rate, count = self.plugin.history.success_rate, self.plugin.history.rated
        if rate is None:
            return '–'
        # 499 of 500 are not all of them
        percent = min(99.9, rate * 100) if rate < 1 else 100.0
        return self.say('{percent} % von {count}', percent=self.words.number(percent, 0 if percent == 100 else 1), count=count)

    # --- readout ------------------------------------------------------------------------------------------------------

    def about_readout(self) -> str:
        """One sentence about the last readout, empty before the first."""
        if not self.readout:
            return ''
        text = self.say('{count} Datensätze vom {moment}', count=len(self.data_sets),
                        moment=self.words.moment(self.readout.time, full=True))
        checked = checks(self.readout.checked, self.words)
        return f"{text}, {self.say('geprüft: {checks}', checks=checked) if checked else self.say('ungeprüft')}"

    def remarks(self) -> str:
        """What is special of the last readout, a line each."""
        remarks = self.readout.remarks if self.readout else ()
        return '\n'.join(remark.to(self.words.language) for remark in remarks)

    def rows(self) -> Rows:
        """The data sets of the last readout; `values`, `units` and `items` are parallel lines."""
        fed: dict[str, list[str]] = {}
        for bound in self.bound:
            if bound.found:
                fed.setdefault(bound.found, []).append(bound.path)
        return Rows({'id': number, **self._data_set(data_set), 'items': '\n'.join(fed.get(data_set.code or '', ()))}
                    for number, data_set in enumerate(self.data_sets[:MOST_ROWS]))

    def more(self) -> int:
        """How many data sets there are that have no row."""
        return max(0, len(self.data_sets) - MOST_ROWS)

    def rejected(self) -> list[Json]:
        """What is no data, or was refuted."""
        return [self._rejected(line) for line in (self.readout.rejected if self.readout else ()) if line.reason not in WAITING]

    def held(self) -> Json:
        """What is held back of the last readout until the next one confirms it; `rows` is empty where nothing is."""
        held = self.plugin.holding.held
        if not held:
            return {'about': '', 'rows': []}
        lines = held.lines or tuple(Rejected(str(data_set), '') for data_set in held.readout.data_sets)
        about = self.say('Zurückgehalten, bis die nächste Auslesung es bestätigt: {count} von {total} Datensätzen, {moment}',
                         count=len(lines), total=len(held.readout.data_sets),
                         moment=self.words.moment(held.readout.time, full=True))
        why = f': {held.why.to(self.words.language)}' if held.why else ''
        return {'about': about + why, 'rows': list(map(self._rejected, lines))}

    def _rejected(self, rejected: Rejected) -> Json:
        return {'line': rejected.line, 'reason': self.say(REASONS.get(rejected.reason, rejected.reason))}

    def _data_set(self, data_set: DataSet) -> dict[str, str]:
        return {'code': data_set.code or '', 'name': self._name(data_set.code),
                'values': '\n'.join(value.value for value in data_set.values),
                'units': '\n'.join(value.unit or '' for value in data_set.values).rstrip('\n')}

    def _name(self, code: str | None) -> str:
        return (name_of(code, self.words.language, self.meter) or '') if code else ''

    # --- items --------------------------------------------------------------------------------------------------------

    def items(self) -> Rows:
        """What the items have and where it is from."""
        return Rows({'id': number, **self._item(bound)} for number, bound in enumerate(self.bound[:MOST_ROWS]))

    def _item(self, bound: Bound) -> Json:
        found = bound.found if bound.binding and bound.found != bound.binding.code else None
        # as a rule it has its value of the last readout, and is as old as that
        behind = bound.fed is not None and self.plugin.read_at is not None and bound.fed < self.plugin.read_at
        return {'path': bound.path, 'value': self._item_value(bound.item()), **self._item_source(bound), 'found': found or '',
                'read': round(bound.fed, 1) if behind and bound.fed else None, 'never': bound.fed is None,
                'missing': bound.missing, 'note': self._item_note(bound),
                'changed': self.words.moment(bound.item.property.last_change, full=True)}

    def _item_source(self, bound: Bound) -> Json:
        if bound.binding:
            return asdict(bound.binding)
        source = self.say('Status: {status}', status=bound.status) if bound.status else self.say('ganze Auslesung')
        return {'code': source, 'index': '', 'key': '', 'conversion': ''}

    def _item_note(self, bound: Bound) -> str:
        if bound.missing:
            text = self.say('der Zähler sendet diesen Code nicht')
            return f"{text}; {self.say('ähnlich: {codes}', codes=', '.join(bound.similar))}" if bound.similar else text
        if bound.waits:
            return self.say('noch nicht bekannt')
        return self.say(bound.trouble.text, **bound.trouble.values) if bound.trouble else ''

    def _item_value(self, value: object) -> str:
        if isinstance(value, bool):
            return self.say('ja') if value else self.say('nein')
        if isinstance(value, datetime.datetime):
            return self.words.moment(value, full=True)
        text = self.words.number(value) if isinstance(value, float) else ' '.join(str(value)[:10 * LONGEST_VALUE].split())
        return text if len(text) <= LONGEST_VALUE else f'{text[:LONGEST_VALUE]} …'

    # --- new items ----------------------------------------------------------------------------------------------------

    def fresh(self) -> Rows:
        """The codes that feed no item, by the `id` of their row; `chosen` are those of the present whose meaning is known."""
        seen = {bound.found for bound in self.bound}
        rows, by_code = Rows(), Index(self.data_sets)
        for number, data_set in enumerate(self.data_sets[:MOST_ROWS]):
            if data_set.code and data_set.code not in seen and split(data_set.code):
                seen.add(data_set.code)
                rows.append({'id': number, 'chosen': bool(self._name(data_set.code)) and is_present(data_set, by_code)})
        return rows

    def suggestion(self, codes: list[str]) -> str:
        """YAML of items for these codes, as this instance understands it."""
        if not self.readout or not codes:
            return self.say('# kein Code ausgewählt') + '\n'
        return suggest(self.data_sets, self.words.language, codes, self.plugin.get_instance_name(), self.flag)

    # --- diagnosis ----------------------------------------------------------------------------------------------------

    def verdict(self) -> Json:
        """What there is to say of the last readouts."""
        return sessions.verdict(self.plugin, self.words)

    def sessions(self) -> Rows:
        """The last ones that were read."""
        return sessions.succeeded(self.plugin, self.words)

    def failures(self) -> Rows:
        """The last ones that were not."""
        return sessions.failed(self.plugin, self.words)

    def overview(self) -> Json:
        """What most want to see first."""
        return overview(self.plugin, self.words)

    # --- course -------------------------------------------------------------------------------------------------------

    def codes(self) -> list[list[str]]:
        """[code, code with its meaning] of what has a curve."""
        return [[code, f'{code}  {self._name(code)}'.rstrip()] for code in self.plugin.history.numeric_codes()]

    def course(self, code: str) -> Json:
        """The curves of a code, and of how long readouts took."""
        history, wall = self.plugin.history, self.words.wall
        data_set = find(code, self.data_sets) if code else None
        return {
            'code': code, 'unit': (data_set.values[0].unit or '') if data_set and data_set.values else '',
            'name': self._name(code),
            'values': [[wall(time), number, int(gap)] for time, number, gap in history.course(code)],
            'durations': [[wall(point.time), round(point.duration, 2), int(point.after_gap)]
                          for point in history.points() if point.ok],
            'failures': [[wall(point.time), round(point.duration, 2)] for point in history.points() if not point.ok]}
