# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The tab for setting up: what is asked for below /setup/, and what is shown of the plugin's bench, as plain data in the user's
language.

What changes anything wants POST, a header that no foreign page can send, and the token of a page that this process has shown;
and where the core asks for no password, somebody in the house.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
from collections.abc import Callable, Iterable, Mapping

import cherrypy
from jinja2.utils import htmlsafe_json_dumps

from ..plugin.activity import Activity
from ..plugin.setup.bench import Bench, Candidate, Refused, explained
from ..plugin.setup.task import AIM, End, Task
from ..reader.detection.aiming import ASK_BATTERY
from ..reader.detection.searching import ATTEMPTS
from ..reader.dialogue.line import Progress
from .surface import Plugin
from .words import Words

Json = Mapping[str, object]

TOKEN = secrets.token_urlsafe(24)       # of the pages of this process; the plugin may be loaded anew meanwhile
TOKEN_HEADER = 'X-Dlms-Token'

ENDS = {
    End.DONE: 'Kein Zähler gefunden',
    End.CANCELLED: 'Abgebrochen',
    End.FORSAKEN: 'Beendet, weil niemand mehr zusah',
    End.TIME_UP: 'Nach 10 Minuten beendet',
    End.PLUGIN_STOPPED: 'Beendet, weil das Plugin angehalten wurde',
    End.FAILED: 'Es ging nicht',
}
STALE = 'Diese Seite ist nicht mehr gültig: bitte neu laden'
OUTSIDE = ('Von außerhalb des Hauses wird nichts geändert, solange das Modul http kein Passwort hat (etc/module.yaml)')


class SetupPage:
    """
    Below /plugin/dlms/setup/.

    :param words: makes the page's way to write
    :param has_password: the core's http module asks for one
    """

    def __init__(self, plugin: Plugin, words: Callable[[], Words], has_password: Callable[[], bool]) -> None:
        self._plugin = plugin
        self._words = words
        self._has_password = has_password

    @property
    def is_on(self) -> bool:
        """The parameter lets it."""
        return bool(self._plugin.get_parameter_value('setup'))

    @property
    def token(self) -> str:
        """That the page has to show again."""
        return TOKEN

    def ways(self) -> list[str]:
        """How a meter may be listened to while the head is aligned."""
        return [attempt.text.to(self._plugin.language) for attempt in ATTEMPTS]

    # --- asked for ----------------------------------------------------------------------------------------------------

    @cherrypy.expose
    def state(self, parts: str = '') -> str:
        """What is done in the background; with `parts` also of ports, preview, items."""
        self._only_if_on()
        bench = self._plugin.setup
        if bench.task and self._is_of_a_page():
            bench.task.asked()
        view = SetupView(self._plugin, self._words())
        return self._json({'task': view.task(), 'found': view.found(), 'written': view.written(),
                           'configured': self._plugin.activity is not Activity.MISCONFIGURED,
                           **{part: getattr(view, part)() for part in parts.split(',') if part in SetupView.PARTS}})

    @cherrypy.expose
    def search(self, port: str = '', anyway: str = '') -> str:
        """Begins to search the meter at this port: {ok, message}."""
        return self._do(lambda bench: bench.search(port, anyway == 'yes'))

    @cherrypy.expose
    def aim(self, port: str = '', way: str = '', anyway: str = '') -> str:
        """Begins to say how well the meter at this port is heard: {ok, message}."""
        return self._do(lambda bench: bench.aim(port, int(way) if way.isdecimal() else None, anyway == 'yes'))

    @cherrypy.expose
    def stop(self) -> str:
        """Ends what is done in the background: {ok, message}."""
        return self._do(lambda bench: bench.stop())

    @cherrypy.expose
    def write(self, digest: str = '') -> str:
        """Writes etc/plugin.yaml, if it is what the user has seen, and has the plugin loaded anew: {ok, message}."""
        return self._do(lambda bench: bench.write(digest))

    @cherrypy.expose
    def items(self, paths: str = '') -> str:
        """Writes the file of items with these paths, a JSON list: {ok, message}."""
        return self._do(lambda bench: bench.write_items(set(_texts(paths))))

    @cherrypy.expose
    def undo(self) -> str:
        """Removes the file of items again: {ok, message}."""
        return self._do(lambda bench: bench.take_back_items())

    @cherrypy.expose
    def restart(self) -> str:
        """Restarts SmartHomeNG: {ok, message}."""
        return self._do(lambda bench: bench.restart())

    # --- guarded ------------------------------------------------------------------------------------------------------

    def _do(self, what: Callable[[Bench], object]) -> str:
        self._only_if_on()
        if cherrypy.request.method != 'POST':
            cherrypy.response.headers['Allow'] = 'POST'
            raise cherrypy.HTTPError(405)
        if 'X-Requested-With' not in cherrypy.request.headers:
            raise cherrypy.HTTPError(403)
        if not self._is_of_a_page():
            return self._refuse(STALE)
        if not self._has_password() and not all(map(is_in_the_house, _addresses())):
            return self._refuse(OUTSIDE)
        try:
            what(self._plugin.setup)
        except Refused as refused:
            return self._json({'ok': False, 'message': refused.text.to(self._plugin.language)})
        return self._json({'ok': True, 'message': ''})

    def _only_if_on(self) -> None:
        if not self.is_on:
            raise cherrypy.HTTPError(404)

    @staticmethod
    def _is_of_a_page() -> bool:
        return secrets.compare_digest(str(cherrypy.request.headers.get(TOKEN_HEADER, '')).encode(), TOKEN.encode())

    def _refuse(self, text: str) -> str:
        cherrypy.response.status = 403
        return self._json({'ok': False, 'message': self._words().say(text)})

    @staticmethod
    def _json(answer: Json) -> str:
        cherrypy.response.headers.update({'Content-Type': 'text/plain', 'Cache-Control': 'no-store',
                                          'X-Content-Type-Options': 'nosniff'})
        return str(htmlsafe_json_dumps(answer))


def _texts(text: str) -> Iterable[str]:
    try:
        content = json.loads(text)
    except ValueError:
        return ()
    return filter(lambda each: isinstance(each, str), content) if isinstance(content, list) else ()


def _addresses() -> list[str]:
    """From where this is asked, and for whom a proxy says it asks."""
    forwarded = str(cherrypy.request.headers.get('X-Forwarded-For', ''))
    return [str(cherrypy.request.remote.ip), *filter(None, (each.strip() for each in forwarded.split(',')))]


def is_in_the_house(address: str) -> bool:
    """An address of a local network; what is no address is not."""
    try:
        found = ipaddress.ip_address(address.strip('[]').partition('%')[0])
    except ValueError:
        return False
    mapped = getattr(found, 'ipv4_mapped', None)
    return bool((mapped or found).is_private)


class SetupView:
    """One look at the bench."""

    PARTS = ('ports', 'preview', 'items')

    def __init__(self, plugin: Plugin, words: Words) -> None:
        self.plugin = plugin
        self.bench = plugin.setup
        self.words = words
        self.say = words.say
        self.language = words.language

    def ports(self) -> list[Json]:
        """The ports of this computer; `note` is what stands against one."""
        return [{'id': each.port.name, 'device': each.port.device, 'adapter': each.port.adapter, 'users': ', '.join(each.users),
                 'own': self._is_own(each), 'notes': self._notes(each)} for each in self.bench.ports()]

    def _is_own(self, candidate: Candidate) -> bool:
        return str(self.plugin.get_parameter_value('serialport')) in (candidate.port.name, candidate.port.device)

    def _notes(self, candidate: Candidate) -> list[str]:
        port, notes = candidate.port, []
        if candidate.users:
            notes.append(self.say('gehört in etc/plugin.yaml zu: {sections}', sections=', '.join(candidate.users)))
        if port.holders:
            notes.append(self.say('ist offen in: {holders}', holders=port.holders))
        if not port.allowed:
            notes.append(self.say('darf dieser Benutzer nicht öffnen: in die Gruppe {group} aufnehmen '
                                  '(sudo usermod -aG {group} BENUTZER) und SmartHomeNG neu starten',
                                  group=port.group or 'dialout'))
        return notes

    def task(self) -> Json | None:
        """What is done, or was done last."""
        task = self.bench.task
        if task is None:
            return None
        return {'kind': task.kind, 'port': task.port, 'running': task.running, 'waits': self._waits(task),
                'left': self._left(task), 'end': self._end(task), 'steps': self._steps(task),
                'finding': explained(task.finding, self.language) if task.finding else None,
                **(self._aiming(task) if task.kind == AIM else {})}

    def _waits(self, task: Task) -> str:
        return self.say('Eine Auslesung läuft noch, sie wird abgewartet') if task.waits else ''

    def _left(self, task: Task) -> str:
        if not task.running or task.left is None:
            return ''
        if task.left > 90:
            return self.say('noch {minutes} min', minutes=round(task.left / 60))
        return self.say('höchstens noch {seconds} s', seconds=round(task.left)) if task.left > 1 else self.say('gleich fertig')

    def _end(self, task: Task) -> str:
        if task.running or task.end is None or task.readout:
            return ''
        return self.say('Beendet') if task.kind == AIM and task.end in (End.DONE, End.CANCELLED) else self.say(ENDS[task.end])

    def _steps(self, task: Task) -> list[Json]:
        steps: list[Json] = []
        for number, tried in enumerate(task.steps):
            step, last = tried.step, number == len(task.steps) - 1
            kind = 'failed' if step.finding else 'ended'
            if last and not step.finding:
                kind = 'running' if task.running else 'ok' if task.readout else 'ended'
            note = step.finding.title(self.language) if step.finding else self._progress(task.progress) if last else ''
            steps.append({'text': step.attempt.text.to(self.language), 'kind': kind, 'note': note})
        return steps

    def _progress(self, progress: Progress | None) -> str:
        return '' if progress is None else self.say(
            '{characters} Zeichen in {seconds} s, {baudrate} Bd',
            characters=progress.characters, seconds=round(progress.elapsed), baudrate=progress.baudrate)

    def _aiming(self, task: Task) -> Json:
        hearing, elapsed = task.hearing, task.elapsed
        share = hearing.share if hearing else None
        return {'percent': None if share is None else int(share * 100), 'characters': hearing.characters if hearing else 0,
                'best': int(task.best * 100), 'asks': self._asks(hearing.asks_in) if hearing and task.running else '',
                'curve': [[round(time - elapsed, 1), None if share is None else int(share * 100)]
                          for time, share in list(task.curve)]}

    def _asks(self, seconds: float) -> str:
        """Of a meter that is not asked often, since its battery pays for it."""
        if not 5 < seconds <= ASK_BATTERY:
            return ''
        return self.say('Zähler mit Batterie: höchstens eine Anfrage in der Minute, die nächste in {seconds} s',
                        seconds=round(seconds))

    def found(self) -> Json | None:
        """The meter that the search has found."""
        readout = self.bench.found
        if readout is None or readout.session is None:
            return None
        who = self.plugin.identity(readout)
        settings = readout.session.settings
        lines = [self.say('Modus {mode}', mode=who.mode), f'{who.baudrate} Bd'] if who.mode else []
        return {
            'meter': ' '.join(filter(None, (who.manufacturer, who.type))) or who.identification or self.say('Zähler'),
            'number': who.serial_number, 'port': settings.serialport, 'line': ', '.join(lines),
            'way': self.say('sendet von selbst') if settings.only_listen else self.say('antwortet auf Anfragen'),
            'battery': self.say('Jede Auslesung kostet Batterie: gelesen wird einmal in der Stunde') if settings.wakeup else '',
            'count': self.say('{count} Datensätze', count=len(readout.data_sets)),
            'lines': [f"{data_set.code}  {' '.join(filter(None, (data_set.values[0].value, data_set.values[0].unit)))}"
                      for data_set in readout.data_sets if data_set.code and data_set.values][:8]}

    def preview(self) -> Json | None:
        """What would be written into etc/plugin.yaml."""
        preview = self.bench.preview()
        if preview is None:
            return None
        return {'path': preview.path, 'difference': list(preview.difference), 'section': preview.section,
                'digest': preview.digest, 'problem': preview.problem.to(self.language) if preview.problem else ''}

    def written(self) -> Json | None:
        """What became of the writing, and of the plugin after it."""
        if self.bench.copy is None:
            return None
        last = self.plugin.history.results()[-1:]
        return {'copy': self.bench.copy.name, 'reloaded': self.bench.reloaded,
                'read': bool(last and last[0].ok), 'error': last[0].error if last and not last[0].ok else ''}

    def items(self) -> Json:
        """The suggested items, and the file for them."""
        written = self.bench.items_file
        return {'rows': [{'id': node.path, 'remark': node.remark, 'code': node.code, 'exists': exists}
                         for node, exists in self.bench.items()],
                'file': self.bench.next_items_file.name, 'written': written.name if written else '',
                'can_restart': self.bench.can_restart}
