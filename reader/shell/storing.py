# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The files that the user asked for: the recording of a session, and the report of a problem."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from contextlib import suppress

import serial

from .. import diagnosis
from ..errors import MeterError, PortError
from ..masking import masked
from ..session import Session
from ..version import version


def record(path: str, session: Session) -> None:
    """
    Write the session, as it can be replayed.

    :raises OSError: the file cannot be written; its name is in it
    """
    _write(path, session.to_text())


def report(path: str, session: Session, error: MeterError | None, words: Iterable[str] = ()) -> Session:
    """
    Write the session made unrecognizable, with what else tells about a problem in its first line; it can be replayed, too.

    :param words: what is to be masked, too
    :return: as it was written
    :raises OSError: the file cannot be written; its name is in it
    """
    about = {'plugin': version(), 'python': platform.python_version(), 'pyserial': serial.__version__,
             'system': f'{platform.system()} {platform.release()} {platform.machine()}'}
    hidden = masked(session, words=words)
    if error:
        error.session = hidden
        finding = diagnosis.diagnose(error)
        error.session = session
        about['finding'] = finding.kind
        if not isinstance(error, PortError):       # its text has names of ports in it
            about['diagnosis'] = finding.text('en')
    head, _, events = hidden.to_text().partition('\n')
    _write(path, json.dumps({**json.loads(head), 'about': about}, ensure_ascii=False) + '\n' + events)
    return hidden


def _write(path: str, text: str) -> None:
    """All of it or nothing: where the disk is full, what was there before stays as it was."""
    target = os.path.realpath(path)
    is_file = os.path.isfile(target) or not os.path.exists(target)      # no pipe, no terminal
    partial = f'{target}.{os.getpid()}.part' if is_file else target
    try:
        try:
            with open(partial, 'w', encoding='utf-8') as file:
                file.write(text)
            if is_file:
                os.replace(partial, target)
        except OSError:
            if is_file:
                with suppress(OSError):
                    os.unlink(partial)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error
