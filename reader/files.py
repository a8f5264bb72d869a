# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the user: a new one is written whole or not at all, and never in place of another."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def create(path: Path, text: str) -> None:
    """
    Write a new file in UTF-8, with the rights that new files have here.

    :raises FileExistsError: something has that name
    :raises OSError: it cannot be written; its name is in it, and none is left
    """
    file = open(path, 'x', encoding='utf-8', newline='\n')  # noqa: SIM115
    try:
        with file:      # what is left in its buffer is written, and can fail, when it is closed
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from error
