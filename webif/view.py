# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What the page shows, as plain data in the user's language: texts to be put in as texts, never as HTML.

Everything is asked of the plugin (its surface "for the page") and of the rooms of `obis`; nothing is decided or kept here.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from ..plugin.plausibility import HELD_BACK
from ..reader.dialogue.copies import UNCONFIRMED
from ..reader.obis import matching
from ..reader.obis.codes import split
from ..reader.obis.data_sets import AFTER_END, CUT, GARBLED, NO_DATA, ORPHAN, DataSet
from ..reader.obis.names import is_heat, name_of
from ..reader.obis.suggestions import suggest

LONGEST_VALUE = 60      # characters of an item's value on the page

ERRORS = {
    'PortError': 'Die Schnittstelle ließ sich nicht öffnen oder ging verloren',
    'NoAnswer': 'Der Zähler hat nicht geantwortet',
    'ProtocolError': 'Was ankam, war gestört oder unvollständig',
    'ChecksumError': 'Das Prüfzeichen stimmt nicht: die Daten kamen verfälscht an',
    'Unconfirmed': 'Die Leitung ist gestört, und keine zweite Kopie bestätigt die Auslesung',
    'MeterError': 'Die Auslesung ist misslungen',
}
REASONS = {
    NO_DATA: 'kein Datensatz',
    CUT: 'abgeschnitten: die schließende Klammer fehlt',
    GARBLED: 'verstümmelt',
    ORPHAN: 'setzt einen Datensatz fort, der abgeschnitten oder verstümmelt ist',
    AFTER_END: 'hinter dem Ende des Telegramms',
    HELD_BACK: 'zurückgehalten, bis die nächste Auslesung es bestätigt',
    UNCONFIRMED: 'weicht in der zweiten Kopie ab',
}
PHASES = {
    'open': 'Öffnen',
    'sign-on': 'Anmelden',
    'acknowledge': 'Quittieren',
    'data': 'Daten',
    'check': 'Prüfen',
}
CHECKS = {'parity': 'Parität', 'bcc': 'BCC', 'crc': 'CRC'}


class View:
    """
    One look at a plugin.

    :param plugin: the instance of DLMS
    :param translate: German text (and values for its braces) to the user's language
    """

    def __init__(self, plugin: Any, translate: Callable[..., str]) -> None:
        self.plugin = plugin
        self._ = translate
        self.language = plugin.get_sh().get_defaultlanguage()
        self.readout = plugin.history.readout
        self.data_sets = self.readout.data_sets if self.readout else ()
        self.heat = is_heat(self.data_sets)
        self.bound = plugin.bound_items()

    def state(self) -> dict[str, Any]:
        """All that changes on the page but the curves."""
        return {
            'head': self.head(), 'readout': self.about_readout(), 'rows': self.rows(), 'rejected': self.rejected(),
            'items': self.items(), 'fresh': self.fresh(), 'codes': self.codes(), 'verdict': self.verdict(),
            'sessions': self.sessions()}

    # --- head ---------------------------------------------------------------------------------------------------------

    def head(self) -> dict[str, Any]:
        plugin, identity, results = self.plugin, self.plugin.identity(), self.plugin.history.results()
        kind, text, detail = self._status(results[-1] if results else None)
        mode = self._('Modus {mode}', {'mode': identity['mode']}) if identity['mode'] else ''
        speed = f"{identity['baudrate']} Bd" if identity['baudrate'] else ''
        return {
            'kind': kind, 'status': text, 'detail': detail,
            'meter': ' '.join(filter(None, (identity['manufacturer'], self._flag(identity)))) or '–',
            'type': identity['type'] or '–',
            'serial': identity['serial_number'] or '–',
            'line': ', '.join(filter(None, (mode, speed))) or '–',
            'port': plugin.get_parameter_value('serialport') or '–',
            'last': self._moment(self.readout.time) if self.readout else '–',
            'next': self._next(), 'cycle': self._cycle(), 'success': self._success(),
            'reading': plugin.reading,
            # changes with each readout
            'count': results[-1].time if results else 0,
        }

    @staticmethod
    def _flag(identity: dict[str, Any]) -> str:
        return f"({identity['flag']})" if identity['flag'] and identity['flag'] != identity['manufacturer'] else ''

    def _status(self, last: Any) -> tuple[str, str, str]:
        """How it stands: a word for the colour, what is said, and more about it."""
        plugin = self.plugin
        if plugin.config_error:
            return 'wrong', self._('falsch eingestellt'), plugin.config_error
        if not plugin.alive:
            return 'stopped', self._('angehalten'), ''
        if plugin.reading:
            return 'reading', self._('wird gerade gelesen'), self._progress()
        if last and not last.ok:
            return 'failed', self._('nicht gelesen'), self._error(last)
        if plugin.listening:
            return 'ok', self._('hört ständig mit'), ''
        if last:
            return 'ok', self._('gelesen'), self._('in {seconds} s', {'seconds': self._number(last.duration, 1)})
        return 'waiting', self._('noch nichts gelesen'), ''

    def _progress(self) -> str:
        progress = self.plugin.progress
        return '' if progress is None else self._(
            '{characters} Zeichen in {seconds} s, {baudrate} Bd',
            {'characters': progress.characters, 'seconds': round(progress.elapsed), 'baudrate': progress.baudrate})

    def _next(self) -> str:
        moment = self.plugin.next_readout
        if not self.plugin.alive or self.plugin.config_error:
            return '–'
        if self.plugin.listening:
            return self._('wann immer der Zähler sendet')
        if moment is None:      # the scheduler has none while its job runs
            return '–' if self.plugin.reading else self._('auf Anforderung')
        return self._moment(max(moment, self.plugin.shtime.now()))

    def _cycle(self) -> str:
        cycle = self.plugin.cycle
        if not cycle.wanted:
            return self.plugin.cycle_reason
        if cycle.effective == cycle.wanted:
            return self._('{seconds} s, wie eingestellt', {'seconds': cycle.wanted})
        return self._('{effective} s statt {wanted} s: {reason}', {
            'effective': cycle.effective, 'wanted': cycle.wanted, 'reason': self.plugin.cycle_reason})

    def _success(self) -> str:
        rate, count = self.plugin.history.success_rate, len(self.plugin.history.points())
        if rate is None:
            return '–'
        # 499 of 500 are not all of them
        percent = min(99.9, rate * 100) if rate < 1 else 100.0
        return self._('{percent} % von {count}', {
            'percent': self._number(percent, 0 if percent == 100 else 1), 'count': count})

    # --- readout ------------------------------------------------------------------------------------------------------

    def about_readout(self) -> str:
        """One sentence about the last readout, empty before the first."""
        if not self.readout:
            return ''
        checks = self._checks(self.readout.checked)
        text = self._('{count} Datensätze vom {moment}', {
            'count': len(self.data_sets), 'moment': self._moment(self.readout.time, full=True)})
        return f"{text}, {self._('geprüft: {checks}', {'checks': checks}) if checks else self._('ungeprüft')}"

    def rows(self) -> list[dict[str, Any]]:
        """The data sets of the last readout; `values`, `units` and `items` are parallel lines."""
        fed: dict[str, list[str]] = {}
        for bound in self.bound:
            if bound.found:
                fed.setdefault(bound.found, []).append(bound.path)
        return [{'id': number, **self._data_set(data_set), 'items': '\n'.join(fed.get(data_set.code or '', ()))}
                for number, data_set in enumerate(self.data_sets)]

    def rejected(self) -> list[dict[str, str]]:
        return [{'line': rejected.line, 'reason': self._(REASONS.get(rejected.reason, rejected.reason))}
                for rejected in (self.readout.rejected if self.readout else ())]

    def _data_set(self, data_set: DataSet) -> dict[str, str]:
        return {'code': data_set.code or '', 'name': self._name(data_set.code),
                'values': '\n'.join(value.value for value in data_set.values),
                'units': '\n'.join(value.unit or '' for value in data_set.values).rstrip('\n')}

    def _name(self, code: str | None) -> str:
        return (name_of(code, self.language, self.heat) or '') if code else ''

    def _checks(self, checked: Sequence[str]) -> str:
        return ', '.join(self._(CHECKS[check]) for check in checked)

    # --- items --------------------------------------------------------------------------------------------------------

    def items(self) -> list[dict[str, Any]]:
        return [{'id': number, **self._item(bound)} for number, bound in enumerate(self.bound)]

    def _item(self, bound: Any) -> dict[str, Any]:
        binding = bound.binding
        if binding:
            what = {'code': binding.code, 'index': binding.index, 'key': binding.key, 'conversion': binding.conversion}
        else:
            source = self._('Status: {status}', {'status': bound.status}) if bound.status else self._('ganze Auslesung')
            what = {'code': source, 'index': '', 'key': '', 'conversion': ''}
        missing = bool(binding and self.readout and not bound.found)
        found = bound.found if binding and bound.found != binding.code else None
        return {'path': bound.path, 'value': self._item_value(bound.item()), **what, 'found': found or '', 'missing': missing,
                'note': self._item_note(bound, missing), 'changed': self._moment(bound.item.property.last_change, full=True)}

    def _item_note(self, bound: Any, missing: bool) -> str:
        if missing:
            similar = ', '.join(matching.similar(bound.binding.code, self.data_sets)[:3])
            text = self._('der Zähler sendet diesen Code nicht')
            return f"{text}; {self._('ähnlich: {codes}', {'codes': similar})}" if similar else text
        return self._(bound.trouble.text, bound.trouble.values) if bound.trouble else ''

    def _item_value(self, value: Any) -> str:
        if isinstance(value, bool):
            return self._('ja') if value else self._('nein')
        if isinstance(value, datetime.datetime):
            return self._moment(value, full=True)
        text = self._number(value) if isinstance(value, float) else ' '.join(str(value)[:10 * LONGEST_VALUE].split())
        return text if len(text) <= LONGEST_VALUE else f'{text[:LONGEST_VALUE]} …'

    # --- new items ----------------------------------------------------------------------------------------------------

    def fresh(self) -> list[dict[str, Any]]:
        """The codes that feed no item; `chosen` are those of the present whose meaning is known."""
        found = {bound.found for bound in self.bound}
        rows: dict[str, dict[str, Any]] = {}
        for data_set in self.data_sets:
            groups = split(data_set.code) if data_set.code else None
            if not groups or data_set.code in found or data_set.code in rows:
                continue
            row = self._data_set(data_set)
            chosen = groups.is_current and bool(row['name']) and bool(row['values'].strip())
            rows[row['code']] = {'id': len(rows), **row, 'chosen': chosen}
        return list(rows.values())

    def suggestion(self, codes: Sequence[str]) -> str:
        """YAML of items for these codes, as this instance understands it."""
        if not self.readout or not codes:
            return self._('# kein Code ausgewählt') + '\n'
        return suggest(self.data_sets, self.language, codes, self.plugin.get_instance_name())

    # --- course -------------------------------------------------------------------------------------------------------

    def codes(self) -> list[list[str]]:
        """[code, code with its meaning] of what has a curve."""
        return [[code, f'{code}  {self._name(code)}'.rstrip()] for code in self.plugin.history.numeric_codes()]

    def course(self, code: str) -> dict[str, Any]:
        """The curves; times are ms of the clock on the wall, so that the browser's time zone does not matter."""
        points = self.plugin.history.points()
        data_set = matching.find(code, self.data_sets) if code else None
        return {
            'code': code, 'unit': (data_set.values[0].unit or '') if data_set and data_set.values else '',
            'name': self._name(code),
            'values': [[self._wall(time), number] for time, number in self.plugin.history.course(code)],
            'durations': [[self._wall(point.time), round(point.duration, 2)] for point in points if point.ok],
            'failures': [[self._wall(point.time), round(point.duration, 2)] for point in points if not point.ok]}

    def _wall(self, time: float) -> int:
        moment = datetime.datetime.fromtimestamp(time, self.plugin.shtime.tzinfo())
        return round(moment.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)

    # --- diagnosis ----------------------------------------------------------------------------------------------------

    def verdict(self) -> dict[str, str]:
        """The last error in a sentence, or that there was none; `message` is the log's."""
        results = self.plugin.history.results()
        errors = [result for result in results if not result.ok]
        if self.plugin.config_error:
            return self._said('wrong', self._('Das Plugin ist falsch eingestellt'), message=self.plugin.config_error)
        if not results:
            return self._said('waiting', self._('Noch keine Auslesung'))
        if not errors:
            return self._said('ok', self._('Die letzten {count} Auslesungen sind gelungen', {'count': len(results)})
                              if len(results) > 1 else self._('Die Auslesung ist gelungen'))
        last = errors[-1]
        text = last.finding.text(self.language) if last.finding else self._error(last)
        remedy = last.finding.remedy(self.language) if last.finding else ''
        moment = self._moment(last.time, full=True)
        if results[-1].ok:
            text = self._('Zuletzt misslungen: {moment}. {text}', {'moment': moment, 'text': text})
            return self._said('past', self._('Die letzte Auslesung ist gelungen'), text, remedy, last.error)
        text = f'{moment}: {text}'
        return self._said('failed', self._('Die letzte Auslesung ist misslungen'), text, remedy, last.error)

    def _said(self, kind: str, title: str, text: str = '', remedy: str = '', message: str = '') -> dict[str, str]:
        held_back = self.plugin.plausibility.held_back
        count = self._('Unglaubwürdige Werte, seit dem Start zurückgehalten: {count}', {'count': held_back}) if held_back else ''
        return {'kind': kind, 'title': title, 'text': text, 'remedy': remedy, 'message': message, 'held_back': count}

    def _error(self, result: Any) -> str:
        """What kind of failure it was, in short."""
        return self._(ERRORS.get(result.kind, ERRORS['MeterError']))

    def sessions(self) -> list[dict[str, Any]]:
        """The last sessions, the newest first."""
        return [{'id': self.key(result), **self._session(result)} for result in reversed(self.plugin.history.results())]

    def _session(self, result: Any) -> dict[str, Any]:
        return {
            'time': self._moment(result.time, full=True), 'ok': result.ok,
            'result': self._('gelungen') if result.ok else self._error(result),
            'message': result.error, 'duration': f'{self._number(result.duration, 1)} s',
            'phases': [{'phase': phase, 'name': self._(PHASES[phase]), 'share': seconds / (sum(result.phases.values()) or 1),
                        'seconds': self._number(seconds, 1)} for phase, seconds in result.phases.items()],
            'checks': self._checks(result.checked), 'quality': self._quality(result), 'repeats': result.repeats or '',
            'recorded': result.session is not None}

    def _quality(self, result: Any) -> str:
        """In words; without visible parity nothing is known of single characters."""
        if not result.ok or 'parity' not in result.checked:
            return '–'
        if not result.quality:
            return self._('ungestört')
        return self._('{percent} % gestört', {'percent': self._number(max(result.quality * 100, 0.1), 1)})

    def session(self, key: str) -> Any:
        """The recording of one of the last sessions by its key, None where there is none."""
        return next((result.session for result in self.plugin.history.results() if self.key(result) == key), None)

    @staticmethod
    def key(result: Any) -> str:
        return f'{result.time:.3f}'

    # --- figures ------------------------------------------------------------------------------------------------------

    def _moment(self, moment: float | datetime.datetime | None, full: bool = False) -> str:
        """As a text; without the date if that is today's, unless it shall be there in full."""
        if isinstance(moment, int | float):
            moment = datetime.datetime.fromtimestamp(moment, self.plugin.shtime.tzinfo())
        if not isinstance(moment, datetime.datetime):
            return ''
        if not full and moment.date() == self.plugin.shtime.now().date():
            return f'{moment:%H:%M:%S}'
        return f'{moment:%d.%m.%Y %H:%M:%S}' if self.language == 'de' else f'{moment:%Y-%m-%d %H:%M:%S}'

    def _number(self, number: float, digits: int | None = None) -> str:
        text = str(number) if digits is None else f'{number:.{digits}f}'
        return text.replace('.', ',') if self.language == 'de' else text
