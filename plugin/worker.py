# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Who reads the meter of an instance: one at a time, in a thread of the instance's own or in that of a caller who waits.

The core has few threads for the jobs of all plugins and logics; a meter that takes minutes must not keep one of them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..reader.dialogue.line import Progress


class Worker:
    """
    Does one thing at a time until it is stopped, and nothing after that: who goes on takes a new one.

    :param logger: is told of bugs in the thread, as there is nobody else around it who would
    :param name: the thread's begins with it
    """

    def __init__(self, logger: logging.LoggerAdapter[logging.Logger], name: str) -> None:
        self.does = ''                          # what it does now
        self.progress: Progress | None = None   # of that
        self._logger = logger
        self._name = name
        self._stopping = threading.Event()
        self._busy = threading.Lock()           # held while it does something
        self._by: int | None = None             # the thread in which it does

    def start(self, what: str, job: Callable[[], object]) -> bool:
        """Does the job in a thread, which ends with it; False where it does something already, or is stopped."""
        if self.stopped() or not self._busy.acquire(blocking=False):
            return False
        self.does = what
        try:
            threading.Thread(target=self._run, args=(job,), name=f'{self._name}.{what}').start()
        except RuntimeError:        # the system has no more threads
            self._end()
            raise
        return True

    @contextmanager
    def doing(self, what: str) -> Iterator[bool]:
        """What is inside is done here, by the caller; False where something is done already: then it must be left."""
        if not self._busy.acquire(blocking=False):
            yield False
            return
        self.does, self._by = what, threading.get_ident()
        try:
            yield True
        finally:
            self._end()

    def show(self, progress: Progress) -> None:
        """How far it is."""
        self.progress = progress

    def stopped(self) -> bool:
        """What is done is to end, and has nothing to say any more."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Asks what is done to end."""
        self._stopping.set()

    def wait(self, seconds: float) -> None:
        """Waits so long for its end, unless the caller is what is being done."""
        if self._by != threading.get_ident() and self._busy.acquire(timeout=seconds):
            self._busy.release()

    def _run(self, job: Callable[[], object]) -> None:
        self._by = threading.get_ident()
        try:
            job()
        except Exception:
            self._logger.exception(f'{threading.current_thread().name} has ended')
        finally:
            self._end()

    def _end(self) -> None:
        self.does, self.progress, self._by = '', None, None
        self._busy.release()
