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
from typing import Any

from lib.item.item import Item
from lib.model.smartplugin import SmartPlugin, SmartPluginWebIf

from . import dlms, manufacturer
from .plugin import parameters, uptime
from .plugin.activity import Activity
from .plugin.bindings import ATTRIBUTES
from .plugin.counting import Counting, Power, Used
from .plugin.cycle import CONFIGURED, DURATION, FAILURES, OFF, Cycle
from .plugin.feeding import Bound, Feeder
from .plugin.history import History
from .plugin.holding import Holding
from .plugin.kept_memory import KeptMemory
from .plugin.registers import RegisterLoop, Registers, check_codes
from .plugin.setup.bench import Bench, bench_of
from .plugin.setup.task import End
from .plugin.store import Store
from .plugin.telling import Teller
from .plugin.worker import Worker
from .reader import diagnosis
from .reader.counters.closing import Closing
from .reader.dialogue.copies import remember
from .reader.identity import Identity, identify, is_another
from .reader.obis.data_sets import Value

READER_PARAMETERS = tuple(field.name for field in fields(dlms.Settings))
JOB = 'poll'            # the name of the entry in the scheduler
AGE_JOB = 'age'         # ... of the one that looks how old the values are
READ, LISTEN, REGISTERS = 'read', 'listen', 'registers'      # what a worker does
TABLELESS = 3           # readouts in a row without a table, while the meter answers for registers: it has none
PAUSE_STEP = 0.1        # s between two looks whether a running readout has ended
BATTERY_RESTS = 300     # s between two readouts that the page asks of a meter that is woken up
AGE_CYCLE = 5           # s
SHORTEST_CYCLE = 5      # s: younger values are never called old
STOP_TIME = 0.01        # s that stop() waits for the end of a readout, and for what is kept to be written

CYCLE_REASONS = {
    OFF: 'kein Zyklus eingestellt',
    CONFIGURED: 'wie eingestellt',
    DURATION: 'Auslesungen dauern bis zu {duration} s',
    FAILURES: '{failures} Fehlversuche in Folge',
}


class DLMS(SmartPlugin):
    """
    Reads one meter and hands its values to the items.

    For logics: `query()`, `value()`, `unit()`, `readout()`, `power()`, `consumption()`, `closing_values()`, `accept_now()`,
    `forget_shape()`. What the page asks for is written down in `webif.surface`.
    """

    PLUGIN_VERSION = '2.0.0'
    # The tables of items may change between two values of a readout.
    STOP_ON_ITEM_CHANGE = False

    def __init__(self, sh: object) -> None:
        super().__init__()
        self._pause_item_path = self.get_parameter_value('pause_item')
        self.language: str = self.get_sh().get_defaultlanguage()
        written = parameters.read(Path(f'{self._configfilename}.yaml'), self.get_configname())
        self._as_written = parameters.texts_as_written(written, self.metadata.parameters)
        self._settings, self.registers, self.config_error = self._check_parameters()
        self.cycle = Cycle(self.get_parameter_value('update_cycle'), self.get_parameter_value('cycle_margin'))
        self.history = History()
        self.holding = Holding(self.get_parameter_value('max_power'))
        self._teller = Teller(self.logger, self.translate, self.language)
        self._teller.warn_of(parameters.oddities(written, self.metadata.parameters, self._parameters))
        self._store = Store(Path(self.get_sh().get_vardir(), 'plugin_data', self.get_fullname()), self._teller)
        self.counting = Counting(self._store, self._teller, self.get_parameter_value('power_error') / 100, self.shtime)
        self._feeder = Feeder(self._teller, self.get_fullname(), self.counting.value, self.registers.means)
        self._kept = KeptMemory(self._store, self._settings)    # of the reader
        self._read_at: float | None = None          # s, by uptime: the end of the last readout
        self._running_since = uptime.now()
        self._asked_at: float | None = None         # ... and when one was asked for on the page
        self._worker = Worker(self.logger, f'plugins.{self.get_fullname()}')     # each run() has one of its own
        self._worker.stop()
        self._taking = threading.RLock()            # held while a readout is handed over; what an item triggers may come again
        self._told_busy = False                     # since run()
        self._without_table = 0                     # readouts in a row, see TABLELESS
        self._foreign_items: list[str] = []         # with attributes of smartmeter
        self._paused = False                        # while the page searches a meter or aligns the head
        self.setup: Bench = bench_of(self, self._store)
        self.init_webinterface(_page())

    def run(self) -> None:
        self.logger.dbghigh('run()')
        self._worker = Worker(self.logger, f'plugins.{self.get_fullname()}')
        self._told_busy = False
        self._running_since = uptime.now()
        self.alive = True
        # The pause item is asked for being there, not for its value.
        if self._pause_item is not None:
            self._pause_item(False, self.get_fullname())
            if self._pause_item.property.type != 'bool':
                self._teller.warn("Das Item '{item}' aus pause_item ist nicht vom Typ bool", item=self._pause_item_path)
        elif self._pause_item_path:
            self._teller.warn("Das Item '{item}' aus pause_item gibt es nicht", item=self._pause_item_path)
        self._tell_foreign_items()
        self._feeder.set_status(cycle=self.cycle.effective, failures=self.cycle.failures, refused=self.holding.count)
        if self._settings is None:
            self._feeder.set_status(online=False, error=self.config_error)
        else:
            self._start_reading(self._settings)

    def stop(self) -> None:
        self.logger.dbghigh('stop()')
        self.alive = False
        self._worker.stop()
        self.setup.stop(End.PLUGIN_STOPPED)
        self.scheduler_remove_all()
        if self._pause_item is not None:
            self._pause_item(True, self.get_fullname())
        end = time.monotonic() + STOP_TIME
        self._worker.wait(STOP_TIME)
        self._kept.keep(uptime.now(), last=True)
        self.counting.keep(uptime.now())
        self._store.flush(max(end - time.monotonic(), 0.0))

    def parse_item(self, item: Item) -> Callable[..., None] | None:
        if any(name.partition('@')[0] in parameters.FOREIGN_ATTRIBUTES for name in item.conf):
            self._foreign_items.append(item.property.path)
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
        """What the scheduler calls; it may be once more after stop(). The meter is read in a thread of its own."""
        if self._settings is None or not self.alive or self._paused:
            return
        if not self._request_table() and not self._begin_reading(self._settings):
            self._tell_busy()

    # --- for logics ---------------------------------------------------------------------------------------------------

    def query(self) -> bool:
        """Reads the meter now and hands its values to the items: True when read, False when busy, stopped or failed."""
        worker = self._worker
        if self._settings is None or worker.stopped() or self._paused:
            self.logger.debug('query: not running')
            return False
        if self.registers.loop is not None and worker.does == REGISTERS:
            return self.registers.loop.query_table()
        with worker.doing(READ) as free:
            if not free:
                self._tell_busy()
                return False
            return self._read(self._settings, worker)

    def value(self, code: str, index: int = 0) -> str | None:
        """The meter's text for a code in the last readout, None where there is none."""
        found = self._look_up(code, index)
        return found.value if found else None

    def unit(self, code: str, index: int = 0) -> str | None:
        """The unit of a code in the last readout as the meter spells it, None where there is none."""
        found = self._look_up(code, index)
        return found.unit if found else None

    def _look_up(self, code: str, index: int) -> Value | None:
        """The freshest of table and registers."""
        readout = self.history.readout
        return self.registers.look_up(code, index, readout.time if readout else 0.0) or self.history.look_up(code, index)

    def readout(self) -> str:
        """The text of the last readout, empty before the first."""
        return str(self.history.readout or '')

    def power(self, code: str) -> Power | None:
        """
        The mean power by a counter, computed from its readings; None where it is not known (yet).

        Its `value` in `unit` (W, var, VA, m³/h, l/h), no further than `error` from the true mean between the readings `since` and
        `until`.
        """
        return self.counting.power(code)

    def consumption(self, code: str, period: str) -> Used | None:
        """
        What a counter counted Today, Yesterday, in this Month, LastMonth or this Year; None where it is not known.

        Its `value` in the counter's `unit`, from when on (`since`) and up to when (`until`) it is known, and whether its
        beginning or end had to be shared out by time (`shared_out`).
        """
        return self.counting.consumption(code, period)

    def closing_values(self, code: str) -> list[Closing]:
        """
        What the meter says of former periods, the oldest first, if it says when they ended.

        Each has a `moment` (by the meter's clock), a `value`, its `unit` and the `code` with its mark.
        """
        return self.counting.closing_values(code)

    def accept_now(self) -> bool:
        """Hands out what is held back of the last readout, since the owner knows better; False where nothing is, or stopped."""
        with self._taking:
            now = uptime.now()
            readout = self.holding.let_go(now) if self.alive else None
            if readout is None:
                return False
            remember(self._kept.memory, readout.data_sets)
            readout = self.history.readout = self.counting.take(readout, self._read_at or now)
            self._teller.tell("Auf Wunsch übernommen, was von der Auslesung zurückgehalten war")
            self._hand_out(readout, self._worker)
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
        if self._paused:
            return Activity.SETTING_UP
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
        return self.alive and self._worker.does == LISTEN

    @property
    def reading(self) -> bool:
        """A readout is running."""
        return self.alive and self._worker.does == READ

    @property
    def progress(self) -> dlms.Progress | None:
        """Of the running readout."""
        return self._worker.progress

    @property
    def read_at(self) -> float | None:
        """s, by `uptime`: the end of the last readout, None before the first."""
        return self._read_at

    @property
    def lifetime(self) -> float | None:
        """s after which a readout is an old one, None where none is expected: it is read on request, or twice since the start."""
        usual = self.cycle.regular or self.history.usual_distance
        return self.get_parameter_value('outdated_after') * max(usual, SHORTEST_CYCLE) if usual else None

    @property
    def outdated(self) -> bool:
        """The last readout is an old one, or there was none since the start for as long."""
        since = self._running_since if self._read_at is None else self._read_at
        return self.lifetime is not None and uptime.now() - since > self.lifetime

    @property
    def battery_rests(self) -> bool:
        """The meter lives on a battery and was read on request less than five minutes ago."""
        asked = self._asked_at
        return bool(self._settings and self._settings.wakeup and asked is not None and uptime.now() - asked < BATTERY_RESTS)

    @property
    def known_shapes(self) -> int:
        """How many forms of readouts this meter is known to have."""
        return len(self._kept.memory.shapes or ())

    def request_readout(self) -> bool:
        """Has the meter read at once, and does not wait for it; False where that is not possible now."""
        if self._settings is None or self.activity is not Activity.IDLE or self.battery_rests:
            return False
        self._asked_at = uptime.now()
        return self._request_table() or self._begin_reading(self._settings)

    def bound_items(self) -> list[Bound]:
        """The items that get something from this instance, in the order in which they were read."""
        return self._feeder.bound_items()

    def identity(self, readout: dlms.Readout | None = None) -> Identity:
        """The meter of this readout, by default of the last one; all is empty before the first."""
        readout = readout or self.history.readout
        return identify(readout, manufacturer.name) if readout else Identity()

    @contextmanager
    def pausing(self, stopped: Callable[[], bool]) -> Iterator[None]:
        """
        The meter is not read meanwhile: a running readout is awaited, listening ends. Afterwards it goes on, whatever happened.

        :param stopped: asked while it is awaited; True ends that
        """
        worker, lasts = self._worker, self._settings is not None and (self._listens(self._settings) or self._registers_last)
        self._paused = True
        try:
            if lasts:
                worker.stop()
            while worker.does and not stopped():
                worker.wait(PAUSE_STEP)
            yield
        finally:
            self._paused = False
            if lasts and self._settings is not None:
                if self._worker is worker:
                    self._worker = Worker(self.logger, f'plugins.{self.get_fullname()}')
                if self.alive:      # else stop() may not have met this worker
                    self._begin_lasting(self._settings)

    # --- reading ------------------------------------------------------------------------------------------------------

    def _check_parameters(self) -> tuple[dlms.Settings | None, Registers, str]:
        """The settings of the reader; or None and what is wrong with them, which is an error in the log, too."""
        cycle = self.get_parameter_value('registers_cycle')
        try:
            registers = Registers(check_codes(self.get_parameter_value('registers')), cycle)
            return dlms.Settings.from_config(
                {name: self._parameter(name) for name in READER_PARAMETERS}), registers, ''
        except dlms.SettingsError as wrong:
            error = wrong.text(self.language)
        self.logger.error(error)
        return None, Registers((), cycle), error

    def _parameter(self, name: str) -> Any:
        """The value of a parameter, a text as it is written: YAML takes an address with zeros in front of it for a number."""
        return self._as_written.get(name, self.get_parameter_value(name))

    def _tell_foreign_items(self) -> None:
        """Items that were left by the plugin smartmeter, if it is not there to feed them."""
        items, self._foreign_items = self._foreign_items, []
        if items and not any(plugin.get_shortname() == 'smartmeter' for plugin in self.get_sh().plugins.return_plugins()):
            self._teller.warn("Items mit Attributen von smartmeter bekommen hier nichts, {items}. Umschreiben: "
                              "python3 dlms.py --from-smartmeter {file}", file='items/…',
                              items=', '.join(items[:3]) + (f' … ({len(items)})' if len(items) > 3 else ''))

    def _start_reading(self, settings: dlms.Settings) -> None:
        if any(bound.status == 'outdated' for bound in self.bound_items()):
            self.scheduler_add(AGE_JOB, self._tell_outdated, prio=5, cycle=AGE_CYCLE)
        cycle = self.cycle.effective or None
        cron = self._crontab
        self._begin_lasting(settings)
        if self._listens(settings):
            return
        if cycle or cron:
            offset = datetime.timedelta(seconds=self.get_parameter_value('update_cycle_start_offset'))
            self.scheduler_add(JOB, self.poll_device, prio=5, cycle=cycle, cron=cron or None,
                               next=self.shtime.now() + offset)
        elif not self._registers_last:
            self._teller.announce("Weder update_cycle noch update_crontab: gelesen wird nur auf Anforderung")

    def _begin_lasting(self, settings: dlms.Settings) -> None:
        """What goes on until stop(), if that is what is wanted; not while it is paused."""
        if self._paused:
            return
        if self._listens(settings):
            self._worker.start(LISTEN, functools.partial(self._listen, settings, self._worker))
        elif self._registers_last:
            self._begin_registers(settings, self._worker)

    @property
    def _registers_last(self) -> bool:
        """The registers are read in a cycle of their own."""
        return bool(self.registers.codes and self.registers.cycle)

    @property
    def _crontab(self) -> list[str]:
        return parameters.crontab(self.get_parameter_value('update_crontab'))

    def _listens(self, settings: dlms.Settings) -> bool:
        """All the time."""
        return settings.only_listen and not self.cycle.effective and not self._crontab

    def _listen(self, settings: dlms.Settings, worker: Worker) -> None:
        """Hands over the telegrams of a meter that sends by itself, until stop()."""
        interval = self.get_parameter_value('min_interval')
        last = None
        failed = functools.partial(self._take_failure, worker=worker)
        try:
            for readout in dlms.listen(settings, stopped=worker.stopped, failed=failed, memory=self._kept.memory):
                # a clock that was set back must not silence the meter
                if last is None or not 0 <= readout.time - last < interval:
                    last = readout.time
                    self._take(readout, worker)
        finally:
            if not worker.stopped():        # a bug
                self._feeder.set_status(online=False)

    def _begin_reading(self, settings: dlms.Settings) -> bool:
        """Has the meter read in a thread; False where it is being read already."""
        return self._worker.start(READ, functools.partial(self._read, settings, self._worker))

    def _read(self, settings: dlms.Settings, worker: Worker) -> bool:
        """The table, and with it the registers that have no cycle of their own."""
        with_table = bool(self.registers.codes) and not self.registers.cycle
        if self._without_table >= TABLELESS:
            return not with_table or self._read_registers(settings, worker)
        try:
            readout = dlms.query(settings, stopped=worker.stopped, progress=worker.show, memory=self._kept.memory)
        except dlms.ReadoutStopped:
            return False
        except dlms.MeterError as error:
            return self._do_without_table(error, settings, worker)
        self._without_table = 0
        taken = self._take(readout, worker)
        if taken and with_table:
            self._read_registers(settings, worker)
        return taken

    def _do_without_table(self, error: dlms.MeterError, settings: dlms.Settings, worker: Worker) -> bool:
        """A meter that says who it is but has no table may answer for registers."""
        silent = isinstance(error, dlms.NoAnswer) and error.awaited == 'data'
        if not (silent and self.registers.codes and self._read_registers(settings, worker)):
            self._take_failure(error, worker)
            return False
        self._without_table += 1
        if self._without_table == TABLELESS:
            self._teller.announce("Der Zähler hat keine Tabelle, gelesen werden nur die Register")
        return True

    # --- single registers ---------------------------------------------------------------------------------------------

    def _begin_registers(self, settings: dlms.Settings, worker: Worker) -> None:
        loop = RegisterLoop(settings, self.registers, self._kept.memory, worker.stopped,
                            take=functools.partial(self._take_registers, worker=worker),
                            failed=functools.partial(self._take_register_failure, worker=worker),
                            read_table=lambda: self._read_between(settings, worker))
        self.registers.loop = loop
        worker.start(REGISTERS, loop.run)

    def _request_table(self) -> bool:
        """Has the table read between two readings of the registers; False where they are not read in a cycle of their own."""
        loop = self.registers.loop
        if loop is None or self._worker.does not in (REGISTERS, READ) or not self.registers.cycle:
            return False
        if not loop.request_table():
            self._tell_busy()
        return True

    def _read_between(self, settings: dlms.Settings, worker: Worker) -> bool:
        worker.does = READ
        try:
            return self._read(settings, worker)
        finally:
            worker.does, worker.progress = REGISTERS, None

    def _read_registers(self, settings: dlms.Settings, worker: Worker) -> bool:
        """Once, with a readout of the table."""
        try:
            readout = dlms.read_registers(settings, self.registers.codes, stopped=worker.stopped, memory=self._kept.memory)
        except dlms.ReadoutStopped:
            return False
        except dlms.MeterError as error:
            self._take_register_failure(error, worker)
            return False
        return self._take_registers(readout, worker)

    def _take_registers(self, readout: dlms.Readout, worker: Worker) -> bool:
        with self._taking:
            if worker.stopped():
                return False
            self.registers.take(readout)
            self._teller.tell_registers(readout)
            self._feeder.feed_registers(readout, self.shtime.tzinfo(), worker.stopped)
            if not worker.stopped():
                self._feeder.set_status(online=True)
                self._kept.keep(uptime.now())
        return True

    def _take_register_failure(self, error: dlms.MeterError, worker: Worker) -> None:
        with self._taking:
            if worker.stopped():
                return
            finding = diagnosis.diagnose(error)
            advice = finding.advice(self.language)
            self.history.add_failure(error, time.time(), self.language, finding)
            self._teller.tell_register_failure(error, finding.kind, advice)
            self._feeder.set_status(error=advice)
            self._kept.keep(uptime.now())

    def _take(self, readout: dlms.Readout, worker: Worker) -> bool:
        """
        An accepted readout goes into history, log, items and schedule.

        False where the plugin was stopped meanwhile, or it is another meter's.
        """
        number = self._parameter('meter_number')
        if number and is_another(readout, number):
            error = dlms.AnotherMeter(identify(readout, manufacturer.name).serial_number, number)
            error.session = readout.session
            self._take_failure(error, worker)
            return False
        with self._taking:
            if worker.stopped():
                return False
            before, failures = self.cycle.tuned, self.cycle.failures
            self._read_at = uptime.now()
            self.cycle.add(None if self._took_longer_once(readout) else readout.duration or 0.0)
            readout = self.counting.take(self.holding.sift(readout, self._read_at), self._read_at)
            self.history.add(readout)
            self._teller.tell_success(failures)
            self._teller.introduce(self.identity(), readout)
            self._teller.tell_remarks(readout.remarks)
            self._teller.tell_held(self.holding.held)
            self._hand_out(readout, worker)
            self._retune(before)
            self._kept.keep(self._read_at)
        return True

    def _took_longer_once(self, readout: dlms.Readout) -> bool:
        """It needed a second copy for its new form, which is known now."""
        always = self._settings is not None and self._settings.confirm == 'always'
        return 'copy' in readout.checked and not always and not self._kept.memory.distrust

    def _hand_out(self, readout: dlms.Readout, worker: Worker) -> None:
        """Items and status get what they are bound to, unless one of them stops the plugin."""
        identity, timezone = self.identity(), self.shtime.tzinfo()
        self._feeder.feed(readout, timezone, worker.stopped)
        if worker.stopped():
            return
        self._feeder.set_status(
            duration=round(readout.duration or 0.0, 1), quality=readout.quality, checked=', '.join(readout.checked),
            refused=self.holding.count, identification=identity.identification, manufacturer=identity.manufacturer,
            serial_number=identity.serial_number, failures=0, error='',
            last_readout=datetime.datetime.fromtimestamp(readout.time, timezone), online=True, outdated=False,
            **self._known_age())
        if self.counting.offset:
            self._feeder.set_status(clock_offset=self.counting.offset.seconds)

    def _take_failure(self, error: dlms.MeterError, worker: Worker) -> None:
        """A failed readout goes into history, log, status and schedule, and into no other item."""
        with self._taking:
            if worker.stopped():
                return
            if isinstance(error, dlms.Unconfirmed):
                self.holding.refuse(error)
            finding = diagnosis.diagnose(error)
            advice = finding.advice(self.language)
            if isinstance(error, dlms.Unconfirmed) and not error.disturbed:
                self.history.add_waiting(error, time.time(), self.language, finding)
                self._teller.tell_waiting(error, advice)
            else:
                before = self.cycle.tuned
                self.cycle.add_failure(patient=not isinstance(error, dlms.PortError | dlms.AnotherMeter))
                self.history.add_failure(error, time.time(), self.language, finding)
                self._teller.tell_failure(error, finding.kind, advice, self.cycle.failures)
                self._feeder.set_status(online=False, failures=self.cycle.failures, error=advice)
                self._retune(before)
            self._feeder.set_status(refused=self.holding.count, **self._known_age())
            self._kept.keep(uptime.now())

    def _tell_outdated(self) -> None:
        if self.alive:
            self._feeder.set_status(outdated=self.outdated)

    def _retune(self, before: tuple[int, str]) -> None:
        effective, reason = self.cycle.tuned
        if effective == before[0] or not self.alive:
            return
        self.scheduler_change(JOB, cycle=effective)
        # that it becomes longer and longer while nobody answers is not told each time
        say = self._teller.tell if reason == before[1] == FAILURES else self._teller.announce
        say("Der Zähler wird jetzt alle {effective} s gelesen statt alle {before} s: {reason}",
            effective=effective, before=before[0], reason=self.cycle_reason)
        self._feeder.set_status(cycle=effective)

    def _known_age(self) -> dict[str, int]:
        """The status `age`, s since the last readout, if there was one."""
        return {} if self._read_at is None else {'age': round(uptime.now() - self._read_at)}

    def _tell_busy(self) -> None:
        # how long this meter takes, and with that the cycle, is known after its first readout only
        if self._told_busy or self.listening or not self.cycle.duration:
            self.logger.debug('busy')
            return
        self._told_busy = True
        self._teller.warn("Die vorige Auslesung läuft noch oder wartet auf den Lesekopf, diese entfällt")


def _page() -> Callable[[str, DLMS], SmartPluginWebIf] | None:
    """The page; without the core's http module there may be no cherrypy: then there is none, but the meter is read."""
    try:
        from .webif import WebInterface
    except ModuleNotFoundError as missing:
        if missing.name not in ('cherrypy', 'jinja2'):
            raise
        return None
    return WebInterface
