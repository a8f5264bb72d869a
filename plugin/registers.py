# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Single registers of an instance: read again and again in a session that stays open, between the readouts of the table.

The head belongs to one reader at a time: the session is left by B0 where a readout of the table is due, where another instance
waits for the head, and at the end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..reader.dialogue.port import is_wanted
from ..reader.dialogue.registers import RegisterSession
from ..reader.errors import MeterError, ReadoutStopped
from ..reader.memory import Memory
from ..reader.obis import matching
from ..reader.obis.data_sets import DataSet, Value
from ..reader.readout import Readout
from ..reader.session import Settings
from ..reader.wire.commands import split_register

LONGEST_OPEN = 60.0             # s of a cycle for which the port is kept
LONGEST_BACKOFF = 15 * 60.0     # s from one attempt to the next where none succeeds
LOOK = 0.1                      # s from one look to the next whether something else is wanted
LONGEST_QUERY = 1800.0          # s that a caller waits for the table


def check_codes(codes: Iterable[object]) -> tuple[str, ...]:
    """
    The parameter `registers`, without what is empty or doubled.

    :raises SettingsError: one of them is no address of a register
    """
    texts = tuple(dict.fromkeys(str(code).strip() for code in codes if str(code).strip()))
    for text in texts:
        split_register(text)
    return texts


@dataclass(frozen=True)
class Fresh:
    """The last value of a register."""

    data_set: DataSet
    read_at: float          # s, by the clock of the system, which stands for its age


class Registers:
    """
    What is known of the registers of an instance.

    :param codes: as they are configured
    :param cycle: s; 0: with each readout
    """

    def __init__(self, codes: Sequence[str], cycle: float) -> None:
        self.codes = tuple(codes)
        self.cycle = cycle
        self.loop: RegisterLoop | None = None       # that reads them now
        self._fresh: dict[str, Fresh] = {}

    def take(self, readout: Readout) -> None:
        """What was read just now."""
        for data_set in readout.data_sets:
            self._fresh[str(data_set.code)] = Fresh(data_set, readout.time)

    def fresh(self) -> tuple[Fresh, ...]:
        """The last values, each with its moment."""
        return tuple(self._fresh.values())

    def look_up(self, code: str, index: int, since: float) -> Value | None:
        """The value of this code, if it is newer than `since`, s by the clock of the system."""
        sets = [fresh.data_set for fresh in self.fresh() if fresh.read_at >= since]
        found = matching.find(code, sets)
        return found.values[index] if found and index < len(found.values) else None

    def means(self, code: str) -> bool:
        """A register that is read is what this code means."""
        sets = [DataSet(each, ()) for each in self.codes] + [fresh.data_set for fresh in self.fresh()]
        return bool(matching.match(code, sets))


class RegisterLoop:
    """
    Reads the registers each `cycle` seconds until it is stopped; between two of them the table, where that was asked for.

    :param take: gets what was read
    :param failed: is told why it was not
    :param read_table: reads the table; whether that succeeded
    """

    def __init__(self, settings: Settings, registers: Registers, memory: Memory, stopped: Callable[[], bool], *,
                 take: Callable[[Readout], object], failed: Callable[[MeterError], object],
                 read_table: Callable[[], bool]) -> None:
        self._settings, self._registers, self._memory, self._stopped = settings, registers, memory, stopped
        self._take, self._failed, self._read_table = take, failed, read_table
        self._wanted = threading.Event()        # the table is
        self._done = threading.Condition()
        self._tables = 0                        # that were read or not
        self._outcome = False
        self._failures = 0                      # in a row

    def request_table(self) -> bool:
        """Has the table read as soon as possible; False where that was asked for already."""
        if self._wanted.is_set():
            return False
        self._wanted.set()
        return True

    def query_table(self) -> bool:
        """The same, and waits for it; whether it was read."""
        with self._done:
            before = self._tables
            self.request_table()
            self._done.wait_for(lambda: self._tables > before or self._stopped(), LONGEST_QUERY)
            return self._tables > before and self._outcome

    def run(self) -> None:
        """Until it is stopped."""
        try:
            while not self._stopped():
                if self._wanted.is_set():
                    self._serve_table()
                else:
                    self._serve_registers()
        finally:
            with self._done:
                self._done.notify_all()

    def _serve_table(self) -> None:
        outcome = False
        try:
            outcome = self._read_table()
        finally:
            with self._done:
                self._wanted.clear()
                self._tables, self._outcome = self._tables + 1, outcome
                self._done.notify_all()

    def _serve_registers(self) -> None:
        pause = 0.0
        try:
            with RegisterSession(self._settings, stopped=self._stopped, memory=self._memory) as session:
                pause = self._hold(session)
        except ReadoutStopped:
            return
        except MeterError as error:
            self._failures += 1
            self._failed(error)
            pause = min(self._registers.cycle * 2 ** min(self._failures, 10), LONGEST_BACKOFF)
        self._pause(pause)

    def _hold(self, session: RegisterSession) -> float:
        """Reads as long as nothing else is wanted; s until the next time."""
        cycle = self._registers.cycle
        while True:
            began = time.monotonic()
            self._take(session.read(self._registers.codes))
            self._failures = 0
            left = max(began + cycle - time.monotonic(), 0.0)
            if cycle > LONGEST_OPEN or self._interrupted():
                return left
            session.wait(left, self._interrupted, self._registers.codes[0])
            if self._interrupted():
                return max(began + cycle - time.monotonic(), 0.0)

    def _interrupted(self) -> bool:
        return self._stopped() or self._wanted.is_set() or is_wanted(self._settings.serialport)

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._stopped() and not self._wanted.is_set():
            self._wanted.wait(min(left, LOOK))

