# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The installation of SmartHomeNG that a configuration is for: what it has already, and how it calls this plugin."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..configuration import PLUGIN

PLUGIN_FOLDER = Path(__file__).parents[2]


class House:
    """
    What the folder of an installation says; what cannot be read says nothing.

    :param home: the folder that `etc`, `items` and `plugins` are in
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def language(self) -> str:
        """`de` or `en`; German is the core's own default."""
        found = re.search(r'(?m)^default_language:\s*[\'"]?([a-z]*)', self._text('etc/smarthome.yaml'))
        return 'de' if not found or found[1] in ('', 'de') else 'en'

    @property
    def sections(self) -> Mapping[str, Any]:
        """Of etc/plugin.yaml."""
        try:
            from ruamel.yaml import YAML
            from ruamel.yaml.error import YAMLError
        except ModuleNotFoundError:     # the command needs pyserial only
            return {}
        with suppress(YAMLError):
            sections = YAML(typ='safe', pure=True).load(self._text('etc/plugin.yaml'))
            if isinstance(sections, Mapping):
                return sections
        return {}

    @property
    def plugin_name(self) -> str:
        """As etc/plugin.yaml calls the folder of this plugin."""
        return next((folder.name for folder in _plugin_folders() if folder.parent == self.home / 'plugins'), PLUGIN)

    def _text(self, name: str) -> str:
        with suppress(OSError):
            return (self.home / name).read_text(encoding='utf-8', errors='replace')
        return ''


def beside() -> House | None:
    """The installation that this plugin is in, None where it stands alone."""
    homes = (folder.parents[1] for folder in _plugin_folders() if folder.parent.name == 'plugins')
    return next((House(home) for home in homes if (home / 'etc/smarthome.yaml').is_file()), None)


def _plugin_folders() -> list[Path]:
    """As the command was called, which may have been by a link, and as it is."""
    return [Path(sys.argv[0]).absolute().parent, PLUGIN_FOLDER]
