# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The plugin: parameters to a configuration of the reader, items to bindings, the schedule, failures to log and status.

What a readout is and how a meter is read is none of its business (`dlms`), nor what its codes mean (`obis`).
"""

from __future__ import annotations

import datetime
import functools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from lib.model.smartplugin import SmartPlugin

from . import dlms, manufacturer
from .plugin import bindings
from .plugin.bindings import Bound, Note
from .plugin.cycle import CONFIGURED, DURATION, FAILURES, OFF, Cycle
from .plugin.history import History
from .plugin.plausibility import HELD_BACK, Plausibility
from .reader import diagnosis
from .reader.memory import Memory
from .reader.obis import matching
from .reader.obis.data_sets import DataSet, Rejected, Value
from .reader.texts import Text

try:
    from .webif import WebInterface
except ModuleNotFoundError as missing:
    # Without the core's http module there may be no cherrypy: then there is no page, but the meter is read.
    if missing.name not in ('cherrypy', 'jinja2'):
        raise
    WebInterface = None

OBIS_CODE, OBIS_READOUT, STATUS = 'dlms_obis_code', 'dlms_obis_readout', 'dlms_status'
READER_PARAMETERS = (
    'serialport', 'baudrate', 'baudrate_fix', 'device_address', 'querycode', 'timeout', 'use_checksum', 'checksum',
    'only_listen', 'max_duration', 'parity', 'wakeup', 'dtr', 'rts', 'settle')
JOB = 'poll'            # the name of the entry in the scheduler
STOP_TIME = 0.5         # s in which a running readout ends
NO = ('false', 'no', 'off', '0')    # as the core hands over what YAML means by no

CYCLE_REASONS = {
    OFF: 'kein Zyklus eingestellt',
    CONFIGURED: 'wie eingestellt',
    DURATION: 'Auslesungen dauern bis zu {duration} s',
    FAILURES: '{failures} Fehlversuche in Folge',
}


class DLMS(SmartPlugin):
    """
    Reads one meter and hands its values to the items.

    For logics: `query()`, `value()`, `unit()`, `readout()`. For the page these and `history`, `cycle`, `cycle_reason`,
    `config_error`, `next_readout`, `reading`, `progress`, `listening`, `identity()`, `bound_items()`,
    `request_readout()`.
    """

    PLUGIN_VERSION = '2.0.0'
    # The tables of items may change between two values of a readout.
    STOP_ON_ITEM_CHANGE = False

    def __init__(self, sh: Any) -> None:
        super().__init__()
        self._pause_item_path = self.get_parameter_value('pause_item')
        self._config = {name: self.get_parameter_value(name) for name in READER_PARAMETERS}
        self.config_error = self._check_config()
        self.cycle = Cycle(self.get_parameter_value('update_cycle'), self.get_parameter_value('cycle_margin'))
        self.history = History()
        self._memory = Memory()                     # of the reader: what one session leaves to the next
        self.plausibility = Plausibility(self.get_parameter_value('max_power'))
        self._bound: dict[str, Bound] = {}
        self._lock = threading.Lock()               # held while the meter is read or listened to
        self._reader: int | None = None             # the thread that holds it
        self._listener: threading.Thread | None = None
        self._stopping = threading.Event()          # one for each run(): what was stopped does not come alive again
        self._stopping.set()
        self._told_busy = False
        self.progress: dlms.Progress | None = None  # of the running readout
        self._introduced: str | None = None         # the identification that was logged
        self._told_kinds: set[str] = set()          # of the failures in a row that were logged
        self._told_remarks: tuple[Text, ...] = ()   # of the last readout
        self.init_webinterface(WebInterface)

    def run(self) -> None:
        self.logger.dbghigh('run()')
        self._stopping = threading.Event()
        self.alive = True
        # The pause item is asked for being there, not for its value.
        if self._pause_item is not None:
            self._pause_item(False, self.get_fullname())
        elif self._pause_item_path:
            self._warn("Das Item '{item}' aus pause_item gibt es nicht", item=self._pause_item_path)
        self._set_status(cycle=self.cycle.effective, failures=self.cycle.failures)
        if self.config_error:
            self._set_status(online=False, error=self.config_error)
        else:
            self._start_reading()

    def stop(self) -> None:
        self.logger.dbghigh('stop()')
        self.alive = False
        self._stopping.set()
        self.scheduler_remove_all()
        if self._pause_item is not None:
            self._pause_item(True, self.get_fullname())
        self._await_end_of_reading()

    def parse_item(self, item: Any) -> Any:
        path = item.property.path
        if path == self._pause_item_path:
            self._pause_item = item
            self.add_item(item, updating=True)
            return self.update_item
        bound = None
        if self.has_iattr(item.conf, OBIS_CODE):
            bound = self._bind_code(item)
        elif self.has_iattr(item.conf, STATUS):
            bound = self._bind_status(item)
        elif str(self.get_iattr_value(item.conf, OBIS_READOUT, default=NO[0])).strip().lower() not in NO:
            bound = Bound(item, path, item.property.type)
        if bound is not None:
            binding = bound.binding
            self.add_item(item, asdict(binding) if binding else {}, mapping=binding.code if binding else None)
            self._bound[path] = bound
        return None

    def remove_item(self, item: Any) -> bool:
        self._bound.pop(item.property.path, None)
        return super().remove_item(item)

    def update_item(self, item: Any, caller: str | None = None, source: str | None = None,
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
        if self.config_error or stopping.is_set():
            self.logger.debug('query: not running')
            return False
        if not self._lock.acquire(blocking=False):
            self._tell_busy()
            return False
        try:
            with self._as_reader():
                return self._read(stopping)
        finally:
            self._lock.release()

    def value(self, code: str, index: int = 0) -> str | None:
        """The meter's text for a code in the last readout, None where there is none."""
        found = self._look_up(code, index)
        return found.value if found else None

    def unit(self, code: str, index: int = 0) -> str | None:
        """The unit of a code in the last readout as the meter spells it, None where there is none."""
        found = self._look_up(code, index)
        return found.unit if found else None

    def readout(self) -> str:
        """The text of the last readout, empty before the first."""
        return str(self.history.readout or '')

    # --- for the page -------------------------------------------------------------------------------------------------

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

    def request_readout(self) -> bool:
        """Has the meter read at once by a worker of the scheduler; False where that is not possible now."""
        if self.config_error or not self.alive or self._lock.locked():
            return False
        self.scheduler_trigger(JOB, self.poll_device, by='page')
        return True

    def bound_items(self) -> list[Bound]:
        """The items that get something from this instance, in the order in which they were read."""
        return list(self._bound.values())

    def identity(self) -> dict[str, Any]:
        """What is known of the meter from the last readout; texts are empty, figures None where they are not."""
        readout = self.history.readout
        return {
            'identification': str(readout.identification or '') if readout else '',
            'flag': readout.flag or '' if readout else '',
            'manufacturer': (manufacturer.name(readout.flag) or readout.flag or '') if readout else '',
            'type': readout.identification.type if readout and readout.identification else '',
            'serial_number': matching.serial_number(readout.data_sets) or '' if readout else '',
            'mode': readout.mode if readout else None,
            'baudrate': readout.baudrate if readout else None,
        }

    # --- configuration ------------------------------------------------------------------------------------------------

    def _check_config(self) -> str:
        """What is wrong with the parameters of the reader, empty if nothing is; said as an error."""
        error = ''
        if not self._config['serialport']:
            error = self.translate("Der Parameter serialport fehlt: ohne Schnittstelle wird kein Zähler gelesen")
        else:
            try:
                dlms.Settings.from_config(self._config)
            except dlms.SettingsError as wrong:
                error = wrong.text(self.get_sh().get_defaultlanguage())
        if error:
            self.logger.error(error)
        return error

    def _bind_code(self, item: Any) -> Bound | None:
        attribute = self.get_iattr_value(item.conf, OBIS_CODE)
        binding, notes = bindings.parse(attribute, item.property.type)
        self._tell_notes(item, OBIS_CODE, attribute, notes)
        return Bound(item, item.property.path, item.property.type, binding) if binding else None

    def _bind_status(self, item: Any) -> Bound | None:
        attribute = self.get_iattr_value(item.conf, STATUS)
        status, notes = bindings.parse_status(attribute)
        self._tell_notes(item, STATUS, attribute, notes)
        return Bound(item, item.property.path, item.property.type, status=status) if status else None

    def _tell_notes(self, item: Any, name: str, attribute: Any, notes: tuple[Note, ...]) -> None:
        if notes:
            self._warn("Item '{item}', {attribute}: {value}: {notes}", item=item.property.path, attribute=name,
                       value=attribute, notes='; '.join(self.translate(*note) for note in notes))

    # --- reading ------------------------------------------------------------------------------------------------------

    def _start_reading(self) -> None:
        cycle = self.cycle.effective or None
        # The core wants a list of entries when a job is added, a user writes them into one text.
        cron = [entry.strip() for entry in self.get_parameter_value('update_crontab').split('|') if entry.strip()]
        if self._config['only_listen'] and not cycle and not cron:
            self._listener = threading.Thread(target=self._listen, args=(self._stopping,),
                                              name=f'plugins.{self.get_fullname()}.listen')
            self._listener.start()
        elif cycle or cron:
            offset = datetime.timedelta(seconds=self.get_parameter_value('update_cycle_start_offset'))
            self.scheduler_add(JOB, self.poll_device, prio=5, cycle=cycle, cron=cron or None,
                               next=self.shtime.now() + offset)
        else:
            self._tell("Weder update_cycle noch update_crontab: gelesen wird nur auf Anforderung")

    def _listen(self, stopping: threading.Event) -> None:
        """The listening thread: hands over the telegrams of a meter that sends by itself."""
        interval = self.get_parameter_value('min_interval')
        last = None
        failed = functools.partial(self._failed, stopping=stopping)
        try:
            with self._lock, self._as_reader():
                for readout in dlms.listen(self._config, stopped=stopping.is_set, failed=failed, memory=self._memory):
                    # a clock that was set back must not silence the meter
                    if last is None or not 0 <= readout.time - last < interval:
                        last = readout.time
                        self._succeeded(readout, stopping)
        finally:
            # there is no scheduler around this thread that would log a bug
            if not stopping.is_set():
                self.logger.error('the listening thread has ended', exc_info=True)
                self._set_status(online=False)

    @contextmanager
    def _as_reader(self) -> Iterator[None]:
        self._reader = threading.get_ident()
        self._told_busy = False
        try:
            yield
        finally:
            self._reader = self.progress = None

    def _note_progress(self, progress: dlms.Progress) -> None:
        self.progress = progress

    def _read(self, stopping: threading.Event) -> bool:
        try:
            readout = dlms.query(self._config, stopped=stopping.is_set, progress=self._note_progress, memory=self._memory)
        except dlms.ReadoutStopped:
            return False
        except dlms.MeterError as error:
            self._failed(error, stopping)
            return False
        return self._succeeded(readout, stopping)

    def _await_end_of_reading(self) -> None:
        # A readout whose value sets the pause item stops the plugin from within: it cannot wait for itself.
        if self._reader == threading.get_ident():
            return
        if self._listener is not None:
            self._listener.join(STOP_TIME)
        elif self._lock.acquire(timeout=STOP_TIME):
            self._lock.release()

    def _succeeded(self, readout: Any, stopping: threading.Event) -> bool:
        if stopping.is_set():
            return False
        before, failures = self.cycle.effective, self.cycle.failures
        self.cycle.succeeded(readout.duration)
        readout = self._without_implausible(readout)
        self.history.add(readout)
        self._told_kinds.clear()
        if failures:
            self._tell("Der Zähler wird wieder gelesen, nach {failures} Fehlversuchen", failures=failures)
        identity = self.identity()
        self._introduce(readout, identity)
        self._tell_remarks(readout)
        self._feed_items(readout)
        self._set_status(
            duration=round(readout.duration, 1), quality=readout.quality, identification=identity['identification'],
            manufacturer=identity['manufacturer'], serial_number=identity['serial_number'], failures=0, error='',
            last_readout=datetime.datetime.fromtimestamp(readout.time, self.shtime.tzinfo()), online=True)
        self._retune(before)
        return True

    def _failed(self, error: dlms.MeterError, stopping: threading.Event) -> None:
        """The one place where a failed readout becomes a line in the log: a warning once a kind, until one succeeds."""
        if stopping.is_set():
            return
        before = self.cycle.effective
        self.cycle.failed(port_missing=isinstance(error, dlms.PortError))
        finding = diagnosis.diagnose(error)
        self.history.add_failure(error, time.time(), error.session, finding)
        language = self.get_sh().get_defaultlanguage()
        advice = f'{finding.text(language)} {finding.remedy(language)}'
        if finding.kind not in self._told_kinds:
            self._told_kinds.add(finding.kind)
            self._warn("Der Zähler wurde nicht gelesen: {advice} ({error})", advice=advice, error=error)
        else:
            self.logger.debug(f'failure {self.cycle.failures} in a row: {error}')
        self._set_status(online=False, failures=self.cycle.failures, error=advice)
        self._retune(before)

    def _without_implausible(self, readout: Any) -> Any:
        """The readout without what the next one has to confirm first."""
        codes = self.plausibility.held_back_of(readout)
        if not codes:
            return readout
        self._warn("Ohne Prüfzeichen unglaubwürdig, bis zur Bestätigung durch die nächste Auslesung zurückgehalten: {codes}",
                   codes=', '.join(sorted(codes)))
        rejected = tuple(Rejected(str(data_set), HELD_BACK) for data_set in readout.data_sets if data_set.code in codes)
        return replace(readout, data_sets=tuple(d for d in readout.data_sets if d.code not in codes),
                       rejected=readout.rejected + rejected)

    def _tell_remarks(self, readout: Any) -> None:
        """Says what is special of a readout, as long as it is the same only once."""
        for remark in readout.remarks:
            if remark not in self._told_remarks:
                self.logger.info(remark.to(self.get_sh().get_defaultlanguage()))
        self._told_remarks = readout.remarks

    def _retune(self, before: int) -> None:
        effective = self.cycle.effective
        if effective == before or not self.alive:
            return
        self.scheduler_change(JOB, cycle=effective)
        self._tell("Der Zähler wird jetzt alle {effective} s gelesen statt alle {before} s: {reason}",
                   effective=effective, before=before, reason=self.cycle_reason)
        self._set_status(cycle=effective)

    def _introduce(self, readout: Any, identity: dict[str, Any]) -> None:
        """Says once which meter it is."""
        if identity['identification'] == self._introduced:
            return
        self._introduced = identity['identification']
        self._tell("Zähler {identification}, Hersteller {manufacturer}, Nummer {serial_number}, Modus {mode}, "
                   "{baudrate} Bd: {count} Datensätze in {duration} s",
                   **{name: value or '-' for name, value in identity.items()},
                   count=len(readout.data_sets), duration=round(readout.duration, 1))

    def _tell_busy(self) -> None:
        if self._told_busy or self.listening:
            self.logger.debug('query: busy')
            return
        self._told_busy = True
        self._warn("Die vorige Auslesung läuft noch, diese entfällt")

    # --- items --------------------------------------------------------------------------------------------------------

    def _feed_items(self, readout: Any) -> None:
        """Hands each item what it is bound to; items that find nothing keep what they have."""
        missing = []
        for bound in self.bound_items():
            if bound.status:
                continue
            if bound.binding is None:
                self._set_item(bound, readout.text, 'readout')
                continue
            if matching.is_lost(bound.binding.code, readout.rejected):
                continue        # what is left of it would be another value
            matches = matching.match(bound.binding.code, readout.data_sets)
            bound.found = matches[0].code if matches else None
            if not matches:
                missing.append(bound)
                continue
            self._tell_ambiguous(bound, matches)
            try:
                value = bindings.value_for(bound.binding, matches[0], self.shtime.tzinfo())
            except bindings.Misfit as misfit:
                self._tell_misfit(bound, misfit)
                continue
            self._set_item(bound, value, bound.found)
        self._tell_missing(missing, readout)

    def _set_status(self, **status: Any) -> None:
        for bound in self.bound_items():
            if bound.status in status:
                self._set_item(bound, status[bound.status], 'status')

    def _set_item(self, bound: Bound, value: Any, source: str | None) -> None:
        try:
            value = bindings.for_type(value, bound.type)
        except bindings.Misfit as misfit:
            self._tell_misfit(bound, misfit)
            return
        bound.trouble = None
        bound.item(value, self.get_fullname(), source)

    def _look_up(self, code: str, index: int) -> Value | None:
        readout = self.history.readout
        if not readout or matching.is_lost(code, readout.rejected):
            return None
        data_set = matching.find(code, readout.data_sets)
        return data_set.values[index] if data_set and 0 <= index < len(data_set.values) else None

    def _tell_misfit(self, bound: Bound, misfit: bindings.Misfit) -> None:
        if bound.trouble is None:
            self._warn("Item '{item}' bleibt unverändert: {reason}", item=bound.path,
                       reason=self.translate(*misfit.note))
        bound.trouble = misfit.note

    def _tell_ambiguous(self, bound: Bound, matches: tuple[DataSet, ...]) -> None:
        codes = list(dict.fromkeys(str(data_set.code) for data_set in matches))
        if len(codes) > 1 and 'ambiguous' not in bound.told:
            bound.told.add('ambiguous')
            self._warn("Item '{item}': {code} kann {codes} sein, es gilt das erste", item=bound.path,
                       code=bound.binding.code if bound.binding else '', codes=', '.join(codes))

    def _tell_missing(self, missing: list[Bound], readout: Any) -> None:
        """Says once which codes the meter does not send, and what it sends that looks like them."""
        told = []
        for bound in missing:
            if bound.binding and 'missing' not in bound.told:
                bound.told.add('missing')
                similar = ', '.join(matching.similar(bound.binding.code, readout.data_sets)[:3])
                told.append(f'{bound.binding.code} ({bound.path})' + (f' ~ {similar}' if similar else ''))
        if told:
            self._warn("Codes von Items, die der Zähler nicht sendet (~ ähnliche, die er sendet): {codes}",
                       codes='; '.join(told))

    def _tell(self, text: str, /, **values: Any) -> None:
        self.logger.info(self.translate(text, values))

    def _warn(self, text: str, /, **values: Any) -> None:
        self.logger.warning(self.translate(text, values))

