# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The page of the plugin: what is asked for by its address, and what is answered.

A meter is foreign input. Its text leaves this module as escaped HTML (autoescape), as JSON that holds no HTML, or as a
download that no browser takes for a page. What changes anything wants POST and a header that no foreign page can send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import cherrypy
from jinja2.utils import htmlsafe_json_dumps

from lib.model.smartplugin import SmartPluginWebIf

from ..plugin import uptime
from ..plugin.activity import Activity
from ..reader.session import Session
from . import masking
from .changes import Changes
from .consumption import consumption, table
from .setup import SetupPage
from .surface import Plugin
from .tabs import TABS, Tab, state
from .view import REFUSALS, View
from .words import Words


class WebInterface(SmartPluginWebIf):
    """Below /plugin/dlms/ (with an instance: /plugin/dlms_<instance>/)."""

    def __init__(self, webif_dir: str, plugin: Plugin) -> None:
        self.logger = plugin.logger
        self.webif_dir = webif_dir
        self.plugin = plugin
        self.tplenv = self.init_template_environment()
        self.tplenv.autoescape = True
        self.setup = SetupPage(plugin, self._words, self._has_password)
        self._changes = Changes()

    # of every answer, static files included
    _cp_config: ClassVar[dict[str, object]] = {'tools.response_headers.on': True, 'tools.response_headers.headers': [
        ('X-Content-Type-Options', 'nosniff'), ('Content-Security-Policy', "frame-ancestors 'self'")]}

    @cherrypy.expose
    def index(self, reload: object = None) -> str:
        """The page."""
        cherrypy.response.headers['Cache-Control'] = 'no-store'
        tabs = [{'name': tab.name, 'title': self.translate(tab.title), 'template': tab.template} for tab in self._tabs()]
        return self.tplenv.get_template('index.html').render(
            p=self.plugin, webif_pagelength=self.plugin.get_parameter_value('webif_pagelength'),
            language=self.plugin.language, tabs=tabs, setup=self.setup, state=self._news(''))

    @cherrypy.expose
    def get_data_html(self, dataSet: str | None = None, params: str | None = None) -> str:
        """
        As JSON what changed on the page since the answer whose `v` is `params`, without one all that it shows.

        With the data set `course` the curves of the code `params`, with `consumption` what that tab shows.
        """
        if dataSet == 'course':
            return self._json(self._view().course(params or ''))
        if dataSet == 'consumption':
            return self._json(consumption(self.plugin, self._view().words))
        return self._json(self._news(params or ''))

    @cherrypy.expose
    def read(self) -> str:
        """Reads the meter now: {ok, message}."""
        self._only_from_here()
        ok = self.plugin.request_readout()
        return self._json({'ok': ok, 'message': self.translate('Der Zähler wird gelesen') if ok else self._refusal()})

    @cherrypy.expose
    def accept(self) -> str:
        """Hands out what is held back of the last readout: {ok, message}."""
        self._only_from_here()
        ok = self.plugin.accept_now()
        message = self.translate('Übernommen') if ok else self.translate('Es ist nichts zurückgehalten')
        return self._json({'ok': ok, 'message': message})

    @cherrypy.expose
    def forget(self) -> str:
        """Forgets which form the meter's readouts have: {ok, message}."""
        self._only_from_here()
        ok = self.plugin.forget_shape()
        message = (self.translate('Vergessen: die nächste Auslesung zählt als die erste') if ok
                   else self.translate('Es ist keine Form bekannt'))
        return self._json({'ok': ok, 'message': message})

    @cherrypy.expose
    def readout_txt(self) -> bytes:
        """The text of the last readout."""
        return self._download('readout.txt', 'text/plain', self.plugin.readout())

    @cherrypy.expose
    def items_yaml(self, codes: str | Sequence[str] = ()) -> bytes:
        """Items for these codes of the last readout."""
        chosen = [codes] if isinstance(codes, str) else list(codes)
        return self._download('items.yaml', 'text/plain', self._view().suggestion(chosen))

    @cherrypy.expose
    def consumption_csv(self, quantity: str = '') -> bytes:
        """Days and months of a quantity."""
        text = table(self.plugin, self._view().words, quantity)
        if text is None:
            raise cherrypy.HTTPError(404)
        return self._download(f"consumption-{quantity.replace(':', '-')}.csv", 'text/csv', text)

    @cherrypy.expose
    def session_jsonl(self, key: str = '', numbers: str = 'masked', words: str | Sequence[str] = ()) -> bytes:
        """The recording of one of the last sessions, with numbers only if they are asked for (`numbers=shown`)."""
        if numbers == 'shown':
            session = self.plugin.history.recording(key)
            return self._download('session.jsonl', 'application/jsonl', self._found(session).to_text())
        session = masking.hidden(self.plugin, key, words)
        return self._download('session-masked.jsonl', 'application/jsonl', self._found(session).to_text())

    @cherrypy.expose
    def session_masked(self, key: str = '', words: str | Sequence[str] = ()) -> str:
        """What others will see of that recording, see `masking.preview`; `words` are masked, too."""
        session = masking.hidden(self.plugin, key, words)
        return self._json(masking.preview(self.plugin, key, self._found(session)))

    @staticmethod
    def _found(session: Session | None) -> Session:
        if session is None:
            raise cherrypy.HTTPError(404)
        return session

    @staticmethod
    def _only_from_here() -> None:
        """Refuses what is no POST, or may come from a foreign page."""
        if cherrypy.request.method != 'POST':
            cherrypy.response.headers['Allow'] = 'POST'
            raise cherrypy.HTTPError(405)
        if 'X-Requested-With' not in cherrypy.request.headers:
            raise cherrypy.HTTPError(403)

    def _news(self, known: str) -> Mapping[str, object]:
        """See `Changes.since`; with `clock`, s, by which times of the state are told."""
        news = self._changes.since(known, lambda: state(self._view()))
        return {**news, 'clock': round(uptime.now(), 1)}

    def _refusal(self) -> str:
        """Why no readout begins; where nothing speaks against one any more it was that another one ran."""
        view = self._view()
        return view.refusal() or view.say(REFUSALS[Activity.READING])

    def _view(self) -> View:
        return View(self.plugin, self._words())

    def _words(self) -> Words:
        return Words(self.translate, self.plugin.language, self.plugin.shtime)

    def _tabs(self) -> list[Tab]:
        """In their order: what is to be set up comes first while nothing is."""
        if self.plugin.activity is Activity.MISCONFIGURED:
            return sorted((tab for tab in TABS if self.setup.is_on or tab.name != 'setup'), key=lambda tab: tab.name != 'setup')
        return [tab for tab in TABS if self.setup.is_on or tab.name != 'setup']

    def _has_password(self) -> bool:
        """The core's http module asks for one."""
        return bool(getattr(getattr(self.plugin, 'mod_http', None), '_basic_auth', False))

    @staticmethod
    def _json(answer: Mapping[str, object]) -> str:
        # as plain text: the core's script wants to parse it itself, and no browser must take it for a page
        cherrypy.response.headers.update({'Content-Type': 'text/plain', 'Cache-Control': 'no-store'})
        return str(htmlsafe_json_dumps(answer))

    @staticmethod
    def _download(name: str, kind: str, text: str) -> bytes:
        cherrypy.response.headers.update({
            'Content-Type': f'{kind}; charset=utf-8', 'Content-Disposition': f'attachment; filename="{name}"',
            'Cache-Control': 'no-store'})
        return text.encode('utf-8', 'replace')
