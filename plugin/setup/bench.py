# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What the page's tab for setting up asks for: one bench for each instance.

A bench outlives that the plugin is loaded anew, which is what it has done itself: the core loads the package anew, but none of
its modules.
"""

from __future__ import annotations

import datetime
import functools
import logging
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol

from ...reader.configuration import BATTERY_CYCLE, DEFAULT_CYCLE, Names, items_text, parameters, section_text
from ...reader.detection import aiming, searching
from ...reader.detection.ports import Port, described, lasting_name
from ...reader.diagnosis import Finding, diagnose
from ...reader.errors import MeterError, ReadoutStopped, SettingsError
from ...reader.identity import is_another
from ...reader.readout import Readout
from ...reader.session import Settings
from ...reader.texts import Text
from ..history import History
from ..store import Store
from . import items_file
from .items_file import Node
from .plugin_yaml import PluginYaml, Unwritable
from .sections import real, users
from .task import AIM, LONGEST_AIMING, SEARCH, End, Task

AIM_INTERVAL = 0.3          # s between two figures
SOON = 0.5                  # s; the answer to the browser has left by then
STOP_TIME = 0.6             # s that a task may take to end
KEPT = 'setup.json'

# parameters that decide how the meter is read: what was set for another meter must not stay
DECISIVE = ('baudrate', 'baudrate_fix', 'only_listen', 'parity', 'wakeup')


class Owner(Protocol):
    """The instance, as far as it is needed here."""

    alive: bool

    @property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]: ...
    @property
    def language(self) -> str: ...
    @property
    def history(self) -> History: ...
    def pausing(self, stopped: Callable[[], bool]) -> AbstractContextManager[None]: ...
    def get_sh(self) -> Any: ...
    def get_configname(self) -> str: ...
    def get_instance_name(self) -> str: ...
    def get_fullname(self) -> str: ...
    def get_shortname(self) -> str: ...
    def get_parameter_value(self, parameter_name: str) -> Any: ...
    def scheduler_add(self, name: str, obj: Callable[..., object], *, next: datetime.datetime) -> None: ...
    def now(self) -> datetime.datetime: ...


@dataclass(frozen=True)
class Candidate:
    """A port that may be chosen, and the sections of etc/plugin.yaml besides the plugin's own that name it."""

    port: Port
    users: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """What is to be written into etc/plugin.yaml: the lines that change, or why not; and the section to be pasted."""

    path: str
    difference: tuple[str, ...]
    section: str
    digest: str
    problem: Text | None = None


class Refused(Exception):
    """What was asked for is not done: `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


BUSY = Text('Es läuft schon etwas: erst abbrechen oder das Ende abwarten',
            'Something is running already: cancel it or wait for its end')
NOTHING_FOUND = Text('Es ist noch kein Zähler gefunden', 'No meter has been found yet')
USED = Text('{port} gehört zu {sections}: nur mit dem Haken "trotzdem"',
            '{port} belongs to {sections}: only with the check mark "all the same"')

_benches: dict[str, Bench] = {}
_lock = threading.Lock()


def bench_of(owner: Owner, store: Store) -> Bench:
    """The bench of this instance, which may have had another object before."""
    with _lock:
        bench = _benches.get(owner.get_configname())
        if bench is None or not bench.is_of(owner):
            bench = _benches[owner.get_configname()] = Bench()
        bench.belongs_to(owner, store)
        return bench


class Bench:
    """Searches, aligns, and writes, one after the other. Any thread may ask."""

    owner: Owner

    def __init__(self) -> None:
        self.task: Task | None = None               # the last one
        self.found: Readout | None = None           # by the last search that found something
        self.copy: Path | None = None               # of the etc/plugin.yaml before the last writing
        self.reloaded: bool | None = None           # after it; None while it is not yet
        self._store: Store
        self._sh: object = None
        self._lock = threading.Lock()

    def is_of(self, owner: Owner) -> bool:
        """It belongs to an instance of the same SmartHomeNG."""
        return self._sh is owner.get_sh()

    def belongs_to(self, owner: Owner, store: Store) -> None:
        """To this object from now on."""
        self.owner, self._store, self._sh = owner, store, owner.get_sh()

    # --- ports --------------------------------------------------------------------------------------------------------

    def ports(self) -> list[Candidate]:
        """The ports of this computer."""
        named = self._users()
        return [Candidate(port, tuple(named.get(real(port.device), ()))) for port in described()]

    def _users(self) -> dict[str, list[str]]:
        try:
            return users(self._file().sections, self.owner.get_configname())
        except Unwritable:
            return {}

    # --- in the background --------------------------------------------------------------------------------------------

    def search(self, port: str, anyway: bool = False) -> None:
        """
        Begins to find out how the meter at this port wants to be read.

        :param anyway: although another section uses it
        :raises Refused: not now, or not there
        """
        port = self._asked_port(port, anyway)
        self._begin(Task(SEARCH, port), functools.partial(self._search, port))

    def aim(self, port: str, way: int | None = None, anyway: bool = False) -> None:
        """
        Begins to say how well the meter at this port is heard.

        :param way: the number of one in `searching.ATTEMPTS`; by default as it was found, else as it is read
        :raises Refused: not now, or not there
        """
        port = self._asked_port(port, anyway)
        try:
            settings = self._settings(port, way)
        except SettingsError as error:
            said = error.said
            raise Refused(said if isinstance(said, Text) else Text(said, said)) from None
        self._begin(Task(AIM, port, LONGEST_AIMING), functools.partial(self._aim, settings))

    def stop(self, why: End = End.CANCELLED) -> None:
        """Has the task end, and waits a moment for that."""
        task = self.task
        if task and task.running:
            task.stop(why)
            task.wait(STOP_TIME)

    def _asked_port(self, port: str, anyway: bool) -> str:
        port = port.strip()
        if not port:
            raise Refused(Text('Bitte eine Schnittstelle wählen', 'Please choose a port'))
        if not anyway and (sections := self._users().get(real(port))):
            raise Refused(USED.filled({'port': port, 'sections': ', '.join(sections)}))
        return port

    def _settings(self, port: str, way: int | None) -> Settings:
        if way is not None and 0 <= way < len(searching.ATTEMPTS):
            return Settings.from_config({'serialport': port, **searching.ATTEMPTS[way].config})
        if self.found and self.found.session and real(self.found.session.settings.serialport) == real(port):
            return self.found.session.settings
        if real(str(self.owner.get_parameter_value('serialport'))) == real(port):
            return Settings.from_config({field.name: self.owner.get_parameter_value(field.name) for field in fields(Settings)})
        return Settings.from_config({'serialport': port})

    def _begin(self, task: Task, job: Callable[[Task], None]) -> None:
        with self._lock:
            if self.task and self.task.running:
                raise Refused(BUSY)
            self.task = task
        name = f'plugins.{self.owner.get_fullname()}.setup'
        threading.Thread(target=self._run, args=(self.owner, task, job), name=name).start()

    def _run(self, owner: Owner, task: Task, job: Callable[[Task], None]) -> None:
        end: End | None = End.FAILED
        try:
            task.waits = True
            with owner.pausing(task.stopped):
                task.waits = False
                if not task.stopped():
                    job(task)
            end = None
        except ReadoutStopped:
            end = None
        except MeterError as error:
            task.finding = diagnose(error)
        except Exception:
            owner.logger.exception('setting up has ended')
        finally:
            task.ended(end)

    def _search(self, port: str, task: Task) -> None:
        self.found = None
        task.readout = self.found = searching.detect(port, task.tell, stopped=task.stopped, progress=task.show)

    def _aim(self, settings: Settings, task: Task) -> None:
        for hearing in aiming.aim(settings, interval=AIM_INTERVAL, stopped=task.stopped):
            task.hear(hearing)

    # --- etc/plugin.yaml ----------------------------------------------------------------------------------------------

    def preview(self) -> Preview | None:
        """What would be written for the meter that was found; None where none was."""
        if not self.found:
            return None
        shown = '/'.join(self._path().parts[-2:])
        section = section_text(self.owner.get_configname(), self._parameters(self.found))
        try:
            file = self._file()
            return Preview(shown, tuple(file.difference(self._values(file, self.found))), section, file.digest)
        except Unwritable as error:
            return Preview(shown, (), section, '', error.text)

    def write(self, digest: str) -> None:
        """
        Writes it, keeps a copy of the file before, and has the plugin loaded anew.

        :param digest: of the file that the user has seen
        :raises Refused: the file is as it was
        """
        if self.task and self.task.running:
            raise Refused(BUSY)
        if not self.found:
            raise Refused(NOTHING_FOUND)
        with self._lock:
            try:
                file = self._file()
                if file.digest != digest:
                    raise Refused(Text('etc/plugin.yaml hat sich seitdem geändert: bitte noch einmal ansehen',
                                       'etc/plugin.yaml has changed since: please look again'))
                self.copy = file.write(self._values(file, self.found)) or self.copy
            except Unwritable as error:
                raise Refused(Text('etc/plugin.yaml bleibt, wie es ist: {why}', 'etc/plugin.yaml stays as it is: {why}',
                                   {'why': error.text})) from None
        self.reloaded = None
        self.owner.scheduler_add('setup', self._reload, next=self.owner.now() + datetime.timedelta(seconds=SOON))

    def _reload(self) -> None:
        section = self.owner.get_configname()
        self.owner.get_sh().plugins.reload_plugin(section)
        self.reloaded = self.owner.get_sh().plugins.return_plugin(section) is not None

    def _path(self) -> Path:
        name = str(vars(self.owner).get('_configfilename', 'etc/plugin'))
        return Path(name if name.endswith('.yaml') else f'{name}.yaml')

    def _file(self) -> PluginYaml:
        return PluginYaml(self._path(), self.owner.get_configname())

    def _values(self, file: PluginYaml, found: Readout) -> Mapping[str, Any]:
        there = file.sections[self.owner.get_configname()]
        defaults: dict[str, Any] = {field.name: field.default for field in fields(Settings) if field.name in DECISIVE}
        number = str(there.get('meter_number') or '')
        if number and is_another(found, number):
            defaults |= {'meter_number': '', 'device_address': ''}
        return file.meant(self._wanted(found, there), defaults)

    def _wanted(self, found: Readout, there: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with which the meter was found; how often it is to be read only where the section does not say that."""
        wanted = {name: value for name, value in self._parameters(found).items() if name not in ('plugin_name', 'instance')}
        if wanted['update_cycle'] and (there.get('update_cycle') or there.get('update_crontab')):
            del wanted['update_cycle']
        if 'min_interval' in there:
            wanted.pop('min_interval', None)
        return wanted

    def _parameters(self, found: Readout) -> dict[str, Any]:
        """The whole section, as if there were none."""
        assert found.session
        names = Names(self.owner.get_configname(), self.owner.get_instance_name())
        values = parameters(found, lasting_name(found.session.settings.serialport), names, self.owner.get_shortname())
        if values['update_cycle']:
            # how long the first readout took tells little: it waited for the end of what aligning had asked for, or for a copy
            values['update_cycle'] = BATTERY_CYCLE if found.session.settings.wakeup else DEFAULT_CYCLE
        return values

    # --- items --------------------------------------------------------------------------------------------------------

    @property
    def readout(self) -> Readout | None:
        """What items are suggested for: the last readout of the plugin, else what the search has found."""
        return self.owner.history.readout or self.found

    def items(self) -> list[tuple[Node, bool]]:
        """The suggested items, each with whether there is one of its path already."""
        readout = self.readout
        if readout is None:
            return []
        text = items_text(readout, self.owner.language, self.owner.get_instance_name())
        items = self.owner.get_sh().items
        return [(node, items.return_item(node.path) is not None) for node in items_file.nodes(text)]

    def items_text(self, paths: Collection[str]) -> str:
        """The file with these of the suggested items."""
        return items_file.text_of([node for node, exists in self.items() if not exists], paths)

    @property
    def next_items_file(self) -> Path:
        """Where the items would be written: a file that is not there."""
        return items_file.free_name(self._items_folder(), self.owner.get_configname())

    @property
    def items_file(self) -> Path | None:
        """The file that was written here and can be taken back."""
        kept = self._store.read(KEPT) or {}
        path = Path(str(kept.get('items', '')))
        return path if kept.get('items') and path.is_file() else None

    def write_items(self, paths: Collection[str]) -> Path:
        """
        A new file in items/ with these of the suggested items.

        :raises Refused: none was written
        """
        text = self.items_text(paths)
        if not text:
            raise Refused(Text('Es ist kein Item ausgewählt', 'No item is chosen'))
        try:
            path = items_file.write(self._items_folder(), self.owner.get_configname(), text)
        except Unwritable as error:
            raise Refused(Text('Die Items sind nicht geschrieben: {why}', 'The items are not written: {why}',
                               {'why': error.text})) from None
        self._store.write(KEPT, {'items': str(path), 'digest': items_file.digest_of(text.encode('utf-8'))})
        self._store.flush(STOP_TIME)
        return path

    def take_back_items(self) -> Path:
        """
        Removes the file that was written here, as long as it is unchanged.

        :raises Refused: it stays
        """
        path = self.items_file
        if path is None:
            raise Refused(Text('Es gibt keine Datei, die hier geschrieben wurde', 'There is no file that was written here'))
        try:
            items_file.take_back(path, str((self._store.read(KEPT) or {}).get('digest', '')))
        except Unwritable as error:
            raise Refused(Text('{file} bleibt: {why}', '{file} stays: {why}', {'file': path.name, 'why': error.text})) from None
        self._store.write(KEPT, {})
        self._store.flush(STOP_TIME)
        return path

    def _items_folder(self) -> Path:
        return Path(self.owner.get_sh().get_config_dir('items'))

    # --- the core -----------------------------------------------------------------------------------------------------

    @property
    def can_restart(self) -> bool:
        """The core lets itself be restarted."""
        return callable(getattr(self.owner.get_sh(), 'restart', None))

    def restart(self) -> None:
        """
        Restarts SmartHomeNG, after the answer has left.

        :raises Refused: it cannot be
        """
        if not self.can_restart:
            raise Refused(Text('Diese SmartHomeNG-Version lässt sich von hier nicht neu starten',
                               'This version of SmartHomeNG cannot be restarted from here'))
        restart = threading.Timer(SOON, self.owner.get_sh().restart, (f'Plugin {self.owner.get_fullname()}',))
        restart.daemon = True
        restart.start()


def explained(finding: Finding, language: str) -> dict[str, str]:
    """What is wrong, and what to do next."""
    return {'text': finding.text(language), 'remedy': finding.remedy(language)}
