# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Which sections of etc/plugin.yaml use which port."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any


def users(sections: Mapping[str, Any], own: str) -> dict[str, list[str]]:
    """By the real name of a device, or by URL, the sections other than `own` that name it anywhere."""
    found: dict[str, list[str]] = {}
    for section, values in sections.items():
        if section == own or (isinstance(values, Mapping) and str(values.get('plugin_enabled', True)).lower() == 'false'):
            continue
        for text in _texts(values):
            if text.startswith('/dev/') or '://' in text:
                found.setdefault(real(text), []).append(section)
    return {port: list(dict.fromkeys(names)) for port, names in found.items()}


def real(port: str) -> str:
    """The same for all names of a port."""
    try:
        return port if '://' in port else os.path.realpath(port)
    except (OSError, ValueError):
        return port


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value.strip()
