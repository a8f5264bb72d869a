# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Small files that outlive a restart: the one place that reads and writes them.

Each holds one JSON object, and is written beside its predecessor and renamed, so that there is always a whole one, whenever
the power fails. It is written by a thread of its own: who has something to keep never waits for a disk.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .telling import Teller

MOST_BYTES = 256 * 1024         # of a file; what is longer is not one of these


class Store:
    """
    The files of one folder. Any thread may use it.

    A disk that is full or may not be written costs nothing but that; it is said once until it can be written again.

    :param folder: is made when the first file is written
    """

    def __init__(self, folder: Path, teller: Teller) -> None:
        self._folder = folder
        self._teller = teller
        self._told = False                      # that a file could not be read or written
        self._due: dict[str, bytes] = {}        # by name, what is not written yet
        self._writing = False
        self._changed = threading.Condition()

    def read(self, name: str) -> dict[str, Any] | None:
        """The object of that name, None where there is none; what is no such object is set aside."""
        try:
            with open(self._folder / name, 'rb') as file:
                data = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._tell(error)
            return None
        with suppress(ValueError, RecursionError):
            content = json.loads(data) if len(data) <= MOST_BYTES else None
            if isinstance(content, dict):
                return content
        self.set_aside(name)
        return None

    def set_aside(self, name: str) -> None:
        """The file is kept as NAME.broken, for who wants to look at it; the one of before makes room."""
        file, aside = self._folder / name, self._folder / f'{name}.broken'
        try:
            os.replace(file, aside)
        except OSError as error:
            self._tell(error)
        else:
            self._teller.tell("{file} ist unbrauchbar und heißt jetzt {aside}", file=file, aside=aside.name)

    def write(self, name: str, content: Mapping[str, Any]) -> bool:
        """Has the object written, in place of the one of before; False where it is too long for that."""
        data = json.dumps(content, ensure_ascii=False, indent=1).encode('utf-8', 'replace')
        if len(data) > MOST_BYTES:
            return False
        with self._changed:
            self._due[name] = data
            if not self._writing:
                self._writing = True
                threading.Thread(target=self._write_all, name=f'store {self._folder.name}', daemon=True).start()
        return True

    def flush(self, timeout: float) -> bool:
        """Waits until all is written, at most `timeout` s; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._writing, timeout)

    def _write_all(self) -> None:
        while True:
            with self._changed:
                if not self._due:
                    self._writing = False
                    self._changed.notify_all()
                    return
                name, data = self._due.popitem()
            try:
                self._replace(self._folder / name, data)
                self._told = False
            except OSError as error:
                self._tell(error)

    def _replace(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f'{path.name}.new')
        try:
            with open(beside, 'wb') as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise

    def _tell(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            self._teller.warn("Was über einen Neustart hinaus gemerkt werden soll, geht verloren: {error}", error=error)
