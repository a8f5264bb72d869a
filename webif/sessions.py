# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What the page shows of the last sessions: what became of them, and the error of the last that failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..plugin.activity import Activity
from ..plugin.history import Result
from .changes import Rows
from .surface import Plugin
from .words import Words

PHASES = {
    'open': 'Öffnen',
    'sign-on': 'Anmelden',
    'acknowledge': 'Quittieren',
    'data': 'Daten',
    'check': 'Prüfen',
}
PHASES_OF_LISTENING = {
    'sign-on': 'Warten auf den Anfang',
}
CHECKS = {'parity': 'Parität', 'bcc': 'BCC', 'crc': 'CRC', 'shape': 'Form', 'copy': 'zweite Kopie'}


def checks(checked: Iterable[str], words: Words) -> str:
    """What vouches for a readout."""
    return ', '.join(words.say(CHECKS.get(check, check)) for check in checked)


def verdict(plugin: Plugin, words: Words) -> Mapping[str, str]:
    """The last error in a sentence, or that there was none; `message` is the log's."""
    say, results = words.say, plugin.history.results()
    failures = [result for result in results if not result.ok and not result.waits]
    if plugin.activity is Activity.MISCONFIGURED:
        said = _said('wrong', say('Das Plugin ist falsch eingestellt'), message=plugin.config_error)
    elif not results:
        said = _said('waiting', say('Noch keine Auslesung'))
    elif results[-1].waits:
        said = _explained('waiting', say('Die letzte Auslesung wartet auf eine zweite Kopie'), results[-1], words)
    elif not failures:
        said = _said('ok', say('Die letzten {count} Auslesungen sind gelungen', count=len(results))
                     if len(results) > 1 else say('Die Auslesung ist gelungen'))
    else:
        said = _failure(failures[-1], results[-1].ok, words)
    count, shapes = plugin.holding.count, plugin.known_shapes
    held_back = say('Werte, seit dem Start zurückgehalten oder verworfen: {count}', count=count) if count else ''
    return {**said, 'held_back': held_back,
            'shapes': say('Bekannte Formen der Auslesungen: {count}', count=shapes) if shapes else ''}


def _failure(failure: Result, past: bool, words: Words) -> dict[str, str]:
    if not past:
        return _explained('failed', words.say('Die letzte Auslesung ist misslungen'), failure, words)
    said = _explained('past', words.say('Die letzte Auslesung ist gelungen'), failure, words)
    return {**said, 'text': words.say('Zuletzt misslungen: {text}', text=said['text'])}


def _explained(kind: str, title: str, result: Result, words: Words) -> dict[str, str]:
    finding = result.finding
    text = finding.text(words.language) if finding else result.error
    remedy = finding.remedy(words.language) if finding else ''
    return _said(kind, title, f'{words.moment(result.time, full=True)}: {text}', remedy, result.error)


def _said(kind: str, title: str, text: str = '', remedy: str = '', message: str = '') -> dict[str, str]:
    return {'kind': kind, 'title': title, 'text': text, 'remedy': remedy, 'message': message}


def succeeded(plugin: Plugin, words: Words) -> Rows:
    """The last sessions that were read, or wait for a second copy, the newest first."""
    return Rows(_session(result, words) for result in reversed(plugin.history.results()) if result.ok or result.waits)


def failed(plugin: Plugin, words: Words) -> Rows:
    """The last ones that failed, the newest first."""
    return Rows(_failed(result, words) for result in reversed(plugin.history.results()) if not (result.ok or result.waits))


def _failed(result: Result, words: Words) -> Mapping[str, object]:
    finding = result.finding
    times = '' if result.count == 1 else words.say('{count} mal seit {moment}', count=result.count,
                                                    moment=words.moment(result.since, full=True))
    return {
        'id': result.key, 'time': words.moment(result.time, full=True), 'title': result.title(words.language), 'times': times,
        'text': finding.text(words.language) if finding else '', 'remedy': finding.remedy(words.language) if finding else '',
        'message': result.error, 'duration': f'{words.number(result.duration, 1)} s', 'recorded': result.session is not None}


def _session(result: Result, words: Words) -> Mapping[str, object]:
    total = sum(result.phases.values()) or 1
    names = PHASES if 'acknowledge' in result.phases else {**PHASES, **PHASES_OF_LISTENING}
    return {
        'id': result.key, 'time': words.moment(result.time, full=True),
        'result': words.say('gelungen') if result.ok else result.title(words.language),
        'message': result.error, 'duration': f'{words.number(result.duration, 1)} s',
        'phases': [[phase, words.say(names.get(phase, phase)), round(seconds / total, 3), words.number(seconds, 1)]
                   for phase, seconds in result.phases.items()],
        'checks': checks(result.checked, words), 'quality': _quality(result, words), 'repeats': result.repeats or '',
        'recorded': result.session is not None}


def _quality(result: Result, words: Words) -> str:
    """In words; without visible parity nothing is known of single characters."""
    if not result.ok or 'parity' not in result.checked:
        return '–'
    if not result.quality:
        return words.say('ungestört')
    return words.say('{percent} % gestört', percent=words.number(max(result.quality * 100, 0.1), 1))
