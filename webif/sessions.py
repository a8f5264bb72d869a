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
from .surface import Plugin
from .words import Words

PHASES = {
    'open': 'Öffnen',
    'sign-on': 'Anmelden',
    'acknowledge': 'Quittieren',
    'data': 'Daten',
    'check': 'Prüfen',
}
CHECKS = {'parity': 'Parität', 'bcc': 'BCC', 'crc': 'CRC'}


def checks(checked: Iterable[str], words: Words) -> str:
    """What vouches for a readout."""
    return ', '.join(words.say(CHECKS.get(check, check)) for check in checked)


def verdict(plugin: Plugin, words: Words) -> Mapping[str, str]:
    """The last error in a sentence, or that there was none; `message` is the log's."""
    say, results = words.say, plugin.history.results()
    failures = [result for result in results if not result.ok]
    if plugin.activity is Activity.MISCONFIGURED:
        said = _said('wrong', say('Das Plugin ist falsch eingestellt'), message=plugin.config_error)
    elif not results:
        said = _said('waiting', say('Noch keine Auslesung'))
    elif not failures:
        said = _said('ok', say('Die letzten {count} Auslesungen sind gelungen', count=len(results))
                     if len(results) > 1 else say('Die Auslesung ist gelungen'))
    else:
        said = _failure(failures[-1], results[-1].ok, words)
    count = plugin.plausibility.held_back
    held_back = say('Unglaubwürdige Werte, seit dem Start zurückgehalten: {count}', count=count) if count else ''
    return {**said, 'held_back': held_back}


def _failure(failure: Result, past: bool, words: Words) -> dict[str, str]:
    finding, moment = failure.finding, words.moment(failure.time, full=True)
    text = finding.text(words.language) if finding else failure.error
    remedy = finding.remedy(words.language) if finding else ''
    if past:
        text = words.say('Zuletzt misslungen: {moment}. {text}', moment=moment, text=text)
        return _said('past', words.say('Die letzte Auslesung ist gelungen'), text, remedy, failure.error)
    return _said('failed', words.say('Die letzte Auslesung ist misslungen'), f'{moment}: {text}', remedy, failure.error)


def _said(kind: str, title: str, text: str = '', remedy: str = '', message: str = '') -> dict[str, str]:
    return {'kind': kind, 'title': title, 'text': text, 'remedy': remedy, 'message': message}


def sessions(plugin: Plugin, words: Words) -> list[Mapping[str, object]]:
    """The last sessions, the newest first."""
    return [_session(result, words) for result in reversed(plugin.history.results())]


def _session(result: Result, words: Words) -> Mapping[str, object]:
    total = sum(result.phases.values()) or 1
    return {
        'id': result.key, 'time': words.moment(result.time, full=True), 'ok': result.ok,
        'result': words.say('gelungen') if result.ok else result.title(words.language),
        'message': result.error, 'duration': f'{words.number(result.duration, 1)} s',
        'phases': [{'phase': phase, 'name': words.say(PHASES.get(phase, phase)), 'share': seconds / total,
                    'seconds': words.number(seconds, 1)} for phase, seconds in result.phases.items()],
        'checks': checks(result.checked, words), 'quality': _quality(result, words), 'repeats': result.repeats or '',
        'recorded': result.session is not None}


def _quality(result: Result, words: Words) -> str:
    """In words; without visible parity nothing is known of single characters."""
    if not result.ok or 'parity' not in result.checked:
        return '–'
    if not result.quality:
        return words.say('ungestört')
    return words.say('{percent} % gestört', percent=words.number(max(result.quality * 100, 0.1), 1))
