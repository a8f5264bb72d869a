# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Which version of the plugin this is."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def version() -> str:
    """As the plugin's metadata say it, empty where these are not there."""
    try:
        text = (Path(__file__).parent.parent / 'plugin.yaml').read_text(encoding='utf-8')
    except OSError:
        return ''
    found = re.search(r"^ *version: *['\"]?([0-9.]+)", text, re.MULTILINE)
    return found[1] if found else ''
