# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of meters that were read: shown to be pasted, items on request written where SmartHomeNG finds them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from .. import configuration
from ..configuration import PLUGIN, Names
from ..detection.ports import lasting_name
from ..files import create
from ..identity import Maker
from ..readout import Readout
from ..texts import Text
from . import formats, house
from .terminal import Terminal


class Configuring:
    """
    Shows configurations as these options want them, in the language of the house that they are for, and with names that are free
    there. That house is the folder of `--write`, else the installation that the plugin lies in.
    """

    def __init__(self, options: argparse.Namespace, terminal: Terminal, maker: Maker) -> None:
        self._folder = Path(options.write) if options.write else None
        self._house = house.House(self._folder) if self._folder else house.beside()
        self._language = options.chosen_lang or (self._house.language if self._house else options.lang)
        self._wanted = options.instance or ''
        self._terminal = terminal
        self._maker = maker

    def complaint(self) -> Text | None:
        """Why nothing can be written, before a meter is asked."""
        if self._folder and not (self._folder / 'items').is_dir():
            return Text('{folder} hat keinen Ordner items, so ist es keine Installation von SmartHomeNG',
                        '{folder} has no folder items, so it is no installation of SmartHomeNG', {'folder': self._folder})
        return None

    def names(self, ports: Sequence[str]) -> list[Names]:
        """What the meters at these ports are called."""
        sections = self._house.sections if self._house else {}
        return configuration.names([lasting_name(port) for port in ports], self._language, self._wanted, sections)

    def give(self, readout: Readout, named: Names) -> None:
        """
        Show the section of a meter that was found, and write its items, or show them where that is not wanted or cannot be.

        :raises OSError: its items cannot be written; they were shown instead
        """
        self._terminal.print(formats.introduce(readout, self._language, self._maker) + self._section(readout, named))
        if not self._folder:
            self._terminal.print(self._items(readout, named))
            return
        file = self._folder / named.file
        try:
            create(file, configuration.items_text(readout, self._language, named.instance))
        except FileExistsError:
            self._terminal.print(self._items(readout, named))
            self._terminal.say(Text('{file} gibt es schon und bleibt, wie es ist; die Items stehen oben',
                                    '{file} is there already and stays as it is; the items stand above', {'file': file}))
        except OSError:
            self._terminal.print(self._items(readout, named))
            raise
        else:
            self._terminal.say(Text(
                '{file} geschrieben. Den Abschnitt oben nach {plugin_file} übernehmen, dann SmartHomeNG neu starten',
                '{file} is written. Copy the section above into {plugin_file}, then restart SmartHomeNG',
                {'file': file, 'plugin_file': self._folder / 'etc/plugin.yaml'}))

    def show(self, readout: Readout) -> None:
        """What belongs into etc/plugin.yaml, if a port was read, and into a file of items."""
        port = readout.session.settings.serialport if readout.session else ''
        named = self.names([port])[0]
        section = self._section(readout, named) if readout.session else ''
        self._terminal.print(section + self._items(readout, named))

    def _section(self, readout: Readout, named: Names) -> str:
        assert readout.session
        plugin_name = self._house.plugin_name if self._house else PLUGIN
        port = lasting_name(readout.session.settings.serialport)
        values = configuration.parameters(readout, port, named, plugin_name)
        return f'# etc/plugin.yaml\n{configuration.section_text(named.section, values)}\n'

    def _items(self, readout: Readout, named: Names) -> str:
        return f'# {named.file}\n{configuration.items_text(readout, self._language, named.instance)}'
