# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What an instance says in the log, in the user's language.

What lasts is said once: a kind of failure until a readout succeeds, a remark as long as each readout repeats it, the
meter until it is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from ..reader.errors import MeterError
from ..reader.identity import Identity
from ..reader.readout import Readout
from ..reader.texts import Text
from .bindings import Note
from .holding import Held
from .plausibility import REASONS

Translate = Callable[[str, dict[str, object]], str]


class Logger(Protocol):
    """SmartHomeNG's logger of a plugin, as far as it is used here; from `notice` on users see what is said."""

    def debug(self, msg: object) -> None: ...
    def info(self, msg: object) -> None: ...
    def notice(self, msg: object) -> None: ...
    def warning(self, msg: object) -> None: ...


class Teller:
    """
    Says it to the logger of the instance.

    :param translate: German text, a key of locale.yaml, and the values of its braces to the user's language
    :param language: `de`, else English
    """

    def __init__(self, logger: Logger, translate: Translate, language: str) -> None:
        self._logger = logger
        self._translate = translate
        self._language = language
        self._meter: str | None = None              # the identification that was told
        self._failures: set[str] = set()            # kinds of the failures in a row that were told
        self._remarks: tuple[Text, ...] = ()        # of the last readout
        self._refused: tuple[str, ...] = ()         # registers, the last time
        self._told_of_registers: list[Text] = []

    def say(self, note: Note) -> str:
        """The note in the user's language."""
        return self._translate(note.text, note.values)

    def tell(self, text: str, /, **values: object) -> None:
        """What is good to know."""
        self._logger.info(self._translate(text, values))

    def announce(self, text: str, /, **values: object) -> None:
        """What the user should know, although nothing is wrong."""
        self._logger.notice(self._translate(text, values))

    def warn(self, text: str, /, **values: object) -> None:
        """What the user should do something about."""
        self._logger.warning(self._translate(text, values))

    def warn_of(self, texts: Iterable[Text]) -> None:
        """Each in a line of its own."""
        for text in texts:
            self._logger.warning(text.to(self._language))

    def tell_failure(self, error: MeterError, kind: str, advice: str, failures: int) -> None:
        """The one place where a failed readout becomes a line in the log: a warning once a kind, until one succeeds."""
        if kind in self._failures:
            self._logger.debug(f'failure {failures} in a row: {error}')
            return
        self._failures.add(kind)
        self.warn("Der Zähler wurde nicht gelesen: {advice} ({error})", advice=advice, error=error.text(self._language))

    def tell_registers(self, readout: Readout) -> None:
        """Single registers were read; those that were not are told once."""
        if 'registers' in self._failures:
            self.announce("Die Register werden wieder gelesen")
        self._failures = {kind for kind in self._failures if not kind.startswith('register')}
        refused = tuple(each.line for each in readout.rejected)
        if refused != self._refused and refused:
            self.warn("Register, die der Zähler nicht nennt: {codes}", codes='; '.join(refused))
        self._refused = refused
        for remark in readout.remarks:
            if remark not in self._told_of_registers:
                self._told_of_registers.append(remark)
                self._logger.warning(remark.to(self._language))

    def tell_register_failure(self, error: MeterError, kind: str, advice: str) -> None:
        """Once a kind, until they are read again."""
        known = {'registers', f'registers {kind}'}
        if known <= self._failures:
            self._logger.debug(f'registers: {error}')
            return
        self._failures |= known
        self.warn("Die Register wurden nicht gelesen: {advice} ({error})", advice=advice, error=error.text(self._language))

    def tell_waiting(self, error: MeterError, advice: str) -> None:
        """A readout that nothing is wrong with waits for a second copy."""
        self.tell("Eine Auslesung wartet: {advice} ({error})", advice=advice, error=error.text(self._language))

    def tell_held(self, held: Held | None) -> None:
        """What is held back as it does not fit what was before; a new form is a remark of the readout."""
        codes = [line.line.partition('(')[0] for line in held.lines if line.reason in REASONS] if held else ()
        if codes:
            self.warn("Unglaubwürdig, bis zur Bestätigung durch die nächste Auslesung zurückgehalten: {codes}",
                      codes=', '.join(dict.fromkeys(codes)))

    def tell_success(self, failures: int) -> None:
        """A readout succeeded after so many failures in a row."""
        self._failures = {kind for kind in self._failures if kind.startswith('registers')}
        if failures == 1:
            self.announce("Der Zähler wird wieder gelesen, nach einem Fehlversuch")
        elif failures:
            self.announce("Der Zähler wird wieder gelesen, nach {failures} Fehlversuchen", failures=failures)

    def introduce(self, identity: Identity, readout: Readout) -> None:
        """Which meter it is."""
        if identity.identification == self._meter:
            return
        self._meter = identity.identification
        self.announce("Zähler {identification}, Hersteller {manufacturer}, Nummer {serial_number}, Modus {mode}, "
                      "{baudrate} Bd: {count} Datensätze in {duration} s",
                      identification=identity.identification or '-', manufacturer=identity.manufacturer or '-',
                      serial_number=identity.serial_number or '-', mode=identity.mode or '-', baudrate=identity.baudrate or '-',
                      count=len(readout.data_sets), duration=round(readout.duration or 0, 1))

    def tell_remarks(self, remarks: tuple[Text, ...]) -> None:
        """What is special of a readout."""
        for remark in remarks:
            if remark not in self._remarks:
                self._logger.info(remark.to(self._language))
        self._remarks = remarks
