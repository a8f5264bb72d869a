# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a readout becomes in a configuration: a section of etc/plugin.yaml, and a file of items. Pure; who calls it writes.

    named = names([port], 'de', sections=...)[0]
    values = parameters(readout, port, named)           # as they are to be in the section named.section
    section_text(named.section, values)                 # the same as a text to be pasted
    items_text(readout, 'de', named.instance)           # for the file named.file
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from .obis.matching import match
from .obis.suggestions import slug, suggest
from .readout import Readout
from .texts import LANGUAGES

PLUGIN = 'dlms'             # how the folder of the plugin is called, which etc/plugin.yaml wants to know
DEFAULT_CYCLE = 60          # s
BATTERY_CYCLE = 3600        # s; each readout costs the battery of a meter that has to be woken
REGISTERS_CYCLE = 10        # s from one reading of single registers to the next
MIN_INTERVAL = 10           # s; meters that send by themselves do so every second or two


class Names(NamedTuple):
    """What a meter is called: its `section` of etc/plugin.yaml, and in attributes its `instance`, empty for the only one."""

    section: str
    instance: str = ''

    @property
    def file(self) -> str:
        """The file of its items, as it is called from the folder of SmartHomeNG."""
        return f'items/{self.section}.yaml'


def names(ports: Sequence[str], language: str, wanted: str = '', sections: Mapping[str, object] | None = None) -> list[Names]:
    """
    What the meters at these ports are called: one alone is `dlms` without an instance, several get instances.

    A section never bears the name of a tree of items: in logics `sh.NAME` would be the items, and the plugin out of reach.

    :param language: `de`, else English
    :param wanted: the instance, or with several ports how their instances begin
    :param sections: of the etc/plugin.yaml that there is: what they are called is taken, but a port that one of them has keeps
        the names that it has there
    :raises ValueError: there is no letter and no digit in `wanted`
    """
    sections = sections or {}
    if wanted and not slug(wanted):
        raise ValueError(wanted)
    ours = {name: values for name, values in sections.items() if isinstance(values, Mapping) and _is_ours(values)}
    instances = {_instance(values) for values in ours.values()}
    stem = slug(wanted) or ('zaehler' if language == 'de' else 'meter')
    if stem[0].isdigit():       # YAML would make a number of it
        stem = f"{'zaehler' if language == 'de' else 'meter'}{stem}"
    one = len(ports) == 1
    number = 1 if wanted or not one else len(ours) + 1
    found: list[Names] = []
    for port in ports:
        there = next((Names(name, _instance(values)) for name, values in ours.items() if values.get('serialport') == port), None)
        if there and not wanted:
            found.append(there)
        elif one and wanted:
            found.append(Names(f'{PLUGIN}_{stem}', stem))
        elif one and PLUGIN not in sections and '' not in instances:
            found.append(Names(PLUGIN))
        else:
            while f'{stem}{number}' in instances or f'{PLUGIN}_{stem}{number}' in sections:
                number += 1
            found.append(Names(f'{PLUGIN}_{stem}{number}', f'{stem}{number}'))
            number += 1
    return found


def _is_ours(section: Mapping[str, Any]) -> bool:
    name = section.get('plugin_name') or str(section.get('class_path') or '').rpartition('.')[2]
    return str(name).lower().removeprefix('priv_') == PLUGIN


def _instance(section: Mapping[str, Any]) -> str:
    """As the core understands it."""
    return str(section.get('instance') or '').lower()


def parameters(readout: Readout, serialport: str, named: Names, plugin_name: str = PLUGIN) -> dict[str, Any]:
    """
    The whole section for the meter of a readout of a port, in the order in which it is written: what differs from the defaults.

    :param serialport: the name of the port that stays the same
    :param plugin_name: how the folder of the plugin is called
    """
    assert readout.session
    settings = readout.session.settings
    values: dict[str, Any] = {'plugin_name': plugin_name}
    if named.instance:
        values['instance'] = named.instance
    values['serialport'] = serialport
    values |= {f.name: value for f in fields(settings)
               if f.name != 'serialport' and (value := getattr(settings, f.name)) != f.default}
    if held := readout.session.registers:       # it has no table
        values |= {'update_cycle': 0, 'registers_cycle': REGISTERS_CYCLE,
                   'registers': [code for code in held.codes if match(code, readout.data_sets)]}
    elif settings.only_listen:
        values |= {'baudrate': readout.baudrate, 'update_cycle': 0, 'min_interval': MIN_INTERVAL}
    else:
        values['update_cycle'] = max(BATTERY_CYCLE if settings.wakeup else DEFAULT_CYCLE, readout.suggested_cycle)
    return values


def section_text(section: str, values: Mapping[str, Any]) -> str:
    """The section as YAML; JSON's scalars are YAML's, too."""
    return f'{section}:\n' + ''.join(f'    {name}: {value if name == "plugin_name" else json.dumps(value)}\n'
                                    for name, value in values.items())


def items_text(readout: Readout, language: str, instance: str = '', codes: Collection[str] | None = None) -> str:
    """
    The items for the values of a readout as YAML, for a file of their own or to be pasted into one.

    :param language: `de`, else English
    :param codes: of which, formerly suggested ones only
    """
    return suggest(readout.data_sets, language if language in LANGUAGES else 'en', codes, instance, readout.flag)
