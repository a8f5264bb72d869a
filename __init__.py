# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The plugin: parameters to settings of the reader, the schedule, one reading at a time, and what logics and the page ask.

How a meter is read is none of its business (`dlms`), nor what items mean and get (`plugin.bindings`, `plugin.feeding`),
nor how things are said (`plugin.telling`).
"""

from __future__ import annotations

import datetime
import functools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path

from lib.item.item import Item
from lib.model.smartplugin import SmartPlugin, SmartPluginWebIf

from . import dlms, manufacturer
from .plugin import uptime
from .plugin.activity import Activity
from .plugin.bindings import ATTRIBUTES
from .plugin.cycle import CONFIGURED, DURATION, FAILURES, OFF, Cycle
from .plugin.feeding import Bound, Feeder
from .plugin.history import History
from .plugin.holding import Holding
from .plugin.kept_memory import KeptMemory
from .plugin.store import Store
from .plugin.telling import Teller
from .reader import diagnosis
from .reader.dialogue.copies import remember
from .reader.identity import Identity, identify, is_another

READER_PARAMETERS = tuple(field.name for field in fields(dlms.Settings))
JOB = 'poll'            # the name of the entry in the scheduler
STOP_TIME = 0.5         # s in which a running readout ends
WRITE_TIME = 0.2        # s in which what is kept is written at the end

CYCLE_REASONS = {
    OFF: 'kein Zyklus eingestellt',
    CONFIGURED: 'wie eingestellt',
    DURATION: 'Auslesungen dauern bis zu {duration} s',
    FAILURES: '{failures} Fehlversuche in Folge',
}


class DLMS(SmartPlugin):
    """
    Reads one meter and hands its values to the items.

    For logics: `query()`, `value()`, `unit()`, `readout()`, `accept_now()`, `forget_shape()`. What the page asks for is
    written down in `webif.surface`.
    """

    PLUGIN_VERSION = '2.0.0'
    # The tables of items may change between two values of a readout.
    STOP_ON_ITEM_CHANGE = False

    def __init__(self, sh: object) -> None:
        super().__init__()
        self._pause_item_path = self.get_parameter_value('pause_item')
        self.language: str = self.get_sh().get_defaultlanguage()
        self._settings, self.config_error = self._check_parameters()
        self.cycle = Cycle(self.get_parameter_value('update_cycle'), self.get_parameter_value('cycle_margin'))
        self.history = History()
        self.holding = Holding(self.get_parameter_value('max_power'))
        self._teller = Teller(self.logger, self.translate, self.language)
        self._feeder = Feeder(self._teller, self.get_fullname())
        self._store = Store(Path(self.get_sh().get_vardir(), 'plugin_data', self.get_fullname()), self._teller)
        self._kept = KeptMemory(self._store, self._settings)    # of the reader
        self._read_at: float | None = None          # s, by uptime: the end of the last readout
        self._lock = threading.Lock()               # held while the meter is read or listened to
        self._taking = threading.RLock()            # held while a readout is handed over; what an item triggers may come again
        self._reader: int | None = None             # the thread that holds it
        self._listener: threading.Thread | None = None
        self._stopping = threading.Event()          # one for each run(): what was stopped does not come alive again
        self._stopping.set()
        self._told_busy = False
        self.progress: dlms.Progress | None = None  # of the running readout
        self.init_webinterface(_page())

    def run(self) -> None:
        self.logger.dbghigh('run()')
        self._stopping = threading.Event()
        self.alive = True
        # The pause item is asked for being there, not for its value.
        if self._pause_item is not None:
            self._pause_item(False, self.get_fullname())
        elif self._pause_item_path:
            self._teller.warn("Das Item '{item}' aus pause_item gibt es nicht", item=self._pause_item_path)
        self._feeder.set_status(cycle=self.cycle.effective, failures=self.cycle.failures, refused=self.holding.count)
        if self._settings is None:
            self._feeder.set_status(online=False, error=self.config_error)
        else:
            self._start_reading(self._settings)

    def stop(self) -> None:
        self.logger.dbghigh('stop()')
        self.alive = False
        self._stopping.set()
        self.scheduler_remove_all()
        if self._pause_item is not None:
            self._pause_item(True, self.get_fullname())
        self._await_end_of_reading()
        self._kept.keep(uptime.now(), last=True)
        self._store.flush(WRITE_TIME)

    def parse_item(self, item: Item) -> Callable[..., None] | None:
        if item.property.path == self._pause_item_path:
            self._pause_item = item
            self.add_item(item, updating=True)
            return self.update_item
        bound = self._feeder.bind(item, {name: self.get_iattr_value(item.conf, name) for name in ATTRIBUTES
                                         if self.has_iattr(item.conf, name)})
        if bound is not None:
            binding = bound.binding
            self.add_item(item, asdict(binding) if binding else {}, mapping=binding.code if binding else None)
        return None

    def remove_item(self, item: Item) -> bool:
        self._feeder.forget(item.property.path)
        return super().remove_item(item)

    def update_item(self, item: Item, caller: str | None = None, source: str | None = None,
                    dest: str | None = None) -> None:
        """The pause item was changed. Where the plugin did that itself it is in that state already."""
        if item is not self._pause_item:
            return
        if item() and self.alive:
            self.stop()
        elif not item() and not self.alive:
            self.run()

    def poll_device(self) -> None:
        """What the scheduler calls; it may be once more after stop()."""
        if self.alive:
            self.query()

    # --- for logics ---------------------------------------------------------------------------------------------------

    def query(self) -> bool:
        """Reads the meter now and hands its values to the items: True when read, False when busy, stopped or failed."""
        stopping = self._stopping
        if self._settings is None or stopping.is_set():
            self.logger.debug('query: not running')
            return False
        if not self._lock.acquire(blocking=False):
            self._tell_busy()
            return False
        try:
            with self._as_reader():
                return self._read(self._settings, stopping)
        finally:
            self._lock.release()

    def value(self, code: str, index: int = 0) -> str | None:
        """The meter's text for a code in the last readout, None where there is none."""
        found = self.history.look_up(code, index)
        return found.value if found else None

    def unit(self, code: str, index: int = 0) -> str | None:
        """The unit of a code in the last readout as the meter spells it, None where there is none."""
        found = self.history.look_up(code, index)
        return found.unit if found else None

    def readout(self) -> str:
        """The text of the last readout, empty before the first."""
        return str(self.history.readout or '')

    def accept_now(self) -> bool:
        """Hands out what is held back of the last readout, since the owner knows better; False where nothing is, or stopped."""
        with self._taking:
            now = uptime.now()
            readout = self.holding.let_go(now) if self.alive else None
            if readout is None:
                return False
            remember(self._kept.memory, readout.data_sets)
            self.history.readout = readout
            self._teller.tell("Auf Wunsch übernommen, was von der Auslesung zurückgehalten war")
            self._hand_out(readout)
            self._kept.keep(now)
            return True

    def forget_shape(self) -> bool:
        """Forgets which form the meter's readouts have: the next one counts as the first; False where none was known."""
        known = bool(self.known_shapes)
        self._kept.memory.forget_shapes()
        self._kept.keep(uptime.now())
        if known:
            self._teller.tell("Auf Wunsch vergessen, welche Form die Auslesungen des Zählers haben")
        return known

    # --- for the page -------------------------------------------------------------------------------------------------

    @property
    def activity(self) -> Activity:
        if self._settings is None:
            return Activity.MISCONFIGURED
        if not self.alive:
            return Activity.STOPPED
        if self.listening:
            return Activity.LISTENING
        return Activity.READING if self.reading else Activity.IDLE

    @property
    def cycle_reason(self) -> str:
        """Why the effective cycle is what it is, in the user's language."""
        return self.translate(CYCLE_REASONS[self.cycle.reason],
                              {'duration': round(self.cycle.duration, 1), 'failures': self.cycle.failures})

    @property
    def next_readout(self) -> datetime.datetime | None:
        """When the scheduler reads the next time, None where it does not."""
        return self.scheduler_return_next(JOB) if self.alive else None

    @property
    def listening(self) -> bool:
        """A thread waits for what the meter sends by itself."""
        return self._listener is not None and self._listener.is_alive()

    @property
    def reading(self) -> bool:
        """A readout is running."""
        return self._lock.locked() and not self.listening

    @property
    def known_shapes(self) -> int:
        """How many forms of readouts this meter is known to have."""
        return len(self._kept.memory.shapes or ())

    def request_readout(self) -> bool:
        """Has the meter read at once by a worker of the scheduler; False where that is not possible now."""
        if self.activity is not Activity.IDLE:
            return False
        self.scheduler_trigger(JOB, self.poll_device, by='page')
        return True

    def bound_items(self) -> list[Bound]:
        """The items that get something from this instance, in the order in which they were read."""
        return self._feeder.bound_items()

    def identity(self) -> Identity:
        """The meter of the last readout; all is empty before the first."""
        readout = self.history.readout
        return identify(readout, manufacturer.name) if readout else Identity()

    # --- reading ------------------------------------------------------------------------------------------------------

    def _check_parameters(self) -> tuple[dlms.Settings | None, str]:
        """The settings of the reader; or None and what is wrong with them, which is an error in the log, too."""
        try:
            return dlms.Settings.from_config({name: self.get_parameter_value(name) for name in READER_PARAMETERS}), ''
        except dlms.SettingsError as wrong:
            error = wrong.text(self.language)
        self.logger.error(error)
        return None, error

    def _start_reading(self, settings: dlms.Settings) -> None:
        cycle = self.cycle.effective or None
        # The core wants a list of entries when a job is added, a user writes them into one text.
        cron = [entry.strip() for entry in self.get_parameter_value('update_crontab').split('|') if entry.strip()]
        if settings.only_listen and not cycle and not cron:
            self._listener = threading.Thread(target=self._listen, args=(settings, self._stopping),
                                              name=f'plugins.{self.get_fullname()}.listen')
            self._listener.start()
        elif cycle or cron:
            offset = datetime.timedelta(seconds=self.get_parameter_value('update_cycle_start_offset'))
            self.scheduler_add(JOB, self.poll_device, prio=5, cycle=cycle, cron=cron or None,
                               next=self.shtime.now() + offset)
        else:
            self._teller.tell("Weder update_cycle noch update_crontab: gelesen wird nur auf Anforderung")

    def _listen(self, settings: dlms.Settings, stopping: threading.Event) -> None:
        """The listening thread: hands over the telegrams of a meter that sends by itself."""
        interval = self.get_parameter_value('min_interval')
        last = None
        failed = functools.partial(self._take_failure, stopping=stopping)
        try:
            with self._lock, self._as_reader():
                for readout in dlms.listen(settings, stopped=stopping.is_set, failed=failed, memory=self._kept.memory):
                    # a clock that was set back must not silence the meter
                    if last is None or not 0 <= readout.time - last < interval:
                        last = readout.time
                        self._take(readout, stopping)
        finally:
            # there is no scheduler around this thread that would log a bug
            if not stopping.is_set():
                self.logger.error('the listening thread has ended', exc_info=True)
                self._feeder.set_status(online=False)

    @contextmanager
    def _as_reader(self) -> Iterator[None]:
        self._reader = threading.get_ident()
        self._told_busy = False
        try:
            yield
        finally:
            self._reader = self.progress = None

    def _show_progress(self, progress: dlms.Progress) -> None:
        self.progress = progress

    def _read(self, settings: dlms.Settings, stopping: threading.Event) -> bool:
        try:
            readout = dlms.query(settings, stopped=stopping.is_set, progress=self._show_progress, memory=self._kept.memory)
        except dlms.ReadoutStopped:
            return False
        except dlms.MeterError as error:
            self._take_failure(error, stopping)
            return False
        return self._take(readout, stopping)

    def _await_end_of_reading(self) -> None:
        # A readout whose value sets the pause item stops the plugin from within: it cannot wait for itself.
        if self._reader == threading.get_ident():
            return
        if self._listener is not None:
            self._listener.join(STOP_TIME)
        elif self._lock.acquire(timeout=STOP_TIME):
            self._lock.release()

    def _take(self, readout: dlms.Readout, stopping: threading.Event) -> bool:
        """
        An accepted readout goes into history, log, items and schedule.

        False where the plugin was stopped meanwhile, or it is another meter's.
        """
        if stopping.is_set():
            return False
        number = self.get_parameter_value('meter_number')
        if number and is_another(readout, number):
            error = dlms.AnotherMeter(identify(readout, manufacturer.name).serial_number, number)
            error.session = readout.session
            self._take_failure(error, stopping)
            return False
        with self._taking:
            before, failures = self.cycle.effective, self.cycle.failures
            self._read_at = uptime.now()
            self.cycle.add(None if self._took_longer_once(readout) else readout.duration or 0.0)
            readout = self.holding.sift(readout, self._read_at)
            self.history.add(readout)
            self._teller.tell_success(failures)
            self._teller.introduce(self.identity(), readout)
            self._teller.tell_remarks(readout.remarks)
            self._teller.tell_held(self.holding.held)
            self._hand_out(readout)
            self._retune(before)
            self._kept.keep(self._read_at)
        return True

    def _took_longer_once(self, readout: dlms.Readout) -> bool:
        """It needed a second copy for its new form, which is known now."""
        always = self._settings is not None and self._settings.confirm == 'always'
        return 'copy' in readout.checked and not always and not self._kept.memory.distrust

    def _hand_out(self, readout: dlms.Readout) -> None:
        """Items and status get what they are bound to."""
        identity, timezone = self.identity(), self.shtime.tzinfo()
        self._feeder.feed(readout, timezone)
        self._feeder.set_status(
            duration=round(readout.duration or 0.0, 1), quality=readout.quality, checked=', '.join(readout.checked),
            refused=self.holding.count, identification=identity.identification, manufacturer=identity.manufacturer,
            serial_number=identity.serial_number, failures=0, error='',
            last_readout=datetime.datetime.fromtimestamp(readout.time, timezone), online=True, **self._known_age())

    def _take_failure(self, error: dlms.MeterError, stopping: threading.Event) -> None:
        """A failed readout goes into history, log, status and schedule, and into no other item."""
        if stopping.is_set():
            return
        with self._taking:
            if isinstance(error, dlms.Unconfirmed):
                self.holding.refuse(error)
            finding = diagnosis.diagnose(error)
            advice = f'{finding.text(self.language)} {finding.remedy(self.language)}'
            if isinstance(error, dlms.Unconfirmed) and not error.disturbed:
                self.history.add_waiting(error, time.time(), self.language, finding)
                self._teller.tell_waiting(error, advice)
            else:
                before = self.cycle.effective
                self.cycle.add_failure(patient=not isinstance(error, dlms.PortError | dlms.AnotherMeter))
                self.history.add_failure(error, time.time(), self.language, finding)
                self._teller.tell_failure(error, finding.kind, advice, self.cycle.failures)
                self._feeder.set_status(online=False, failures=self.cycle.failures, error=advice)
                self._retune(before)
            self._feeder.set_status(refused=self.holding.count, **self._known_age())
            self._kept.keep(uptime.now())

    def _retune(self, before: int) -> None:
        effective = self.cycle.effective
        if effective == before or not self.alive:
            return
        self.scheduler_change(JOB, cycle=effective)
        self._teller.tell("Der Zähler wird jetzt alle {effective} s gelesen statt alle {before} s: {reason}",
                          effective=effective, before=before, reason=self.cycle_reason)
        self._feeder.set_status(cycle=effective)

    def _known_age(self) -> dict[str, int]:
        """The status `age`, s since the last readout, if there was one."""
        return {} if self._read_at is None else {'age': round(uptime.now() - self._read_at)}

    def _tell_busy(self) -> None:
        if self._told_busy or self.listening:
            self.logger.debug('query: busy')
            return
        self._told_busy = True
        self._teller.warn("Die vorige Auslesung läuft noch, diese entfällt")


def _page() -> Callable[[str, DLMS], SmartPluginWebIf] | None:
    """The page; without the core's http module there may be no cherrypy: then there is none, but the meter is read."""
    try:
        from .webif import WebInterface
    except ModuleNotFoundError as missing:
        if missing.name not in ('cherrypy', 'jinja2'):
            raise
        return None
    return WebInterface
