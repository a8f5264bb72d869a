# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The section of etc/plugin.yaml as it is written there, and what is odd about it.

The core hands over values that fit plugin.yaml, and says nothing of names that it does not know, nor of texts of which YAML has
made a number before.
"""

from __future__ import annotations

import ast
import difflib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MantissaNoDotYAML1_1Warning, YAMLError

from ..reader.session import Settings
from ..reader.texts import Text

CORES_OWN = ('plugin_name', 'plugin_version', 'plugin_enabled', 'class_name', 'class_path', 'instance', 'webif_pagelength')
SPEEDS = (50, 110, 150, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200)   # Bd, that ports and meters know
SWITCH = ('true', 'yes', 'on', '1', 'y', 't', 'false', 'no', 'off', '0', 'n', 'f')       # what the core takes for a bool
KEYWORDS_OF_TIMES = ('init', 'sunrise', 'sunset', 'moonrise', 'moonset', '@')

# of the plugin smartmeter, and what to write instead; None: nothing
SMARTMETER = {
    'baudrate_min': 'baudrate', 'cycle': 'update_cycle', 'crontab': 'update_crontab', 'time_filter': 'min_interval',
    'poll': 'only_listen', 'host': 'serialport: socket://HOST:PORT', 'port': 'serialport: socket://HOST:PORT', 'protocol': None,
    'normalize': None, 'autoreconnect': None, 'buffersize': None, 'device_type': None, 'date_offset': None}
FOREIGN_ATTRIBUTES = {'obis_code', 'obis_index', 'obis_property', 'obis_vtype', 'obis_readout'}      # of items


@dataclass(frozen=True)
class Written:
    """A section as it is written: each value as its text, or as a list of texts."""

    values: Mapping[str, str | list[str]] = field(default_factory=dict)
    changed: Mapping[str, object] = field(default_factory=dict)     # what YAML made of a text that means something else for it


def read(file: Path, section: str) -> Written:
    """The section of that name; an empty one where the file cannot be read."""
    try:
        text = file.read_text(encoding='utf-8')
        written, meant = _load(text, 'base').get(section), _load(text, 'safe').get(section)
    except (OSError, ValueError, YAMLError, AttributeError):
        return Written()
    if not isinstance(written, dict) or not isinstance(meant, dict):
        return Written()
    values = {str(name): [str(entry) for entry in value] if isinstance(value, list) else str(value)
              for name, value in written.items() if meant.get(name) is not None}
    return Written(values, {name: meant[name] for name, text in values.items()
                            if not isinstance(meant[name], str | list | dict) and str(meant[name]) != text})


def _load(text: str, kind: str) -> Any:
    yaml = YAML(typ=kind, pure=True)        # by which version of YAML says its first line, as in the core
    yaml.allow_duplicate_keys = True
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', MantissaNoDotYAML1_1Warning)
        return yaml.load(text)


def texts_as_written(written: Written, definitions: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The parameters that are texts, and that YAML took for something else: an address with zeros in front of it is no number."""
    return {name: str(written.values[name]) for name in written.changed
            if name in definitions and definitions[name]['type'] == 'str' and 'valid_list' not in definitions[name]}


def crontab(value: str) -> list[str]:
    """
    The entries of `update_crontab`, as a list, which the core wants when a job is added.

    :param value: a text in which "|" stands between them, or the text that the core made of a list
    """
    if value.startswith('['):
        try:
            return [str(entry).strip() for entry in ast.literal_eval(value)]
        except (ValueError, SyntaxError):
            pass
    return [entry.strip() for entry in value.split('|') if entry.strip()]


def oddities(written: Written, definitions: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> list[Text]:
    """
    What a user should put right in his section.

    :param definitions: of plugin.yaml, by the names of the parameters
    :param values: that count
    """
    found = [_of_name(name, definitions) for name in written.values if name not in definitions and name not in CORES_OWN]
    for name in written.values:
        if name in definitions and name not in CORES_OWN:
            found += _of_value(name, written, definitions[name], values[name])
    found += _of_baudrate(values)
    found += [_of_time(entry) for entry in crontab(values['update_crontab']) if not _is_time(entry)]
    found += [Text('update_crontab: {entry!r} liest jede Sekunde neu: die erste von sechs Angaben sind die Sekunden',
                   'update_crontab: {entry!r} reads again each second: the first of six parts are the seconds', {'entry': entry})
              for entry in crontab(values['update_crontab']) if len(entry.split()) == 6 and not entry.split()[0].isdigit()]
    return found


def _of_name(name: str, definitions: Iterable[str]) -> Text:
    if name in Settings.OLDER_NAMES:
        return Text('Den Parameter {name} gibt es nicht, hier heißt er {instead}',
                    'There is no parameter {name}, here it is called {instead}',
                    {'name': name, 'instead': Settings.OLDER_NAMES[name]})
    if instead := SMARTMETER.get(name):
        return Text('Den Parameter {name} gibt es nur bei smartmeter, hier heißt es {instead}',
                    'The parameter {name} is one of smartmeter, here it is {instead}', {'name': name, 'instead': instead})
    if name in SMARTMETER:
        return Text('Den Parameter {name} gibt es nur bei smartmeter, hier kann er weg',
                    'The parameter {name} is one of smartmeter, here it can go', {'name': name})
    nearest = difflib.get_close_matches(name.lower().replace('-', '_'), list(definitions), 1, 0.7)
    return Text('Den Parameter {name} gibt es nicht[, gemeint ist wohl {nearest}]',
                'There is no parameter {name}[, {nearest} may be meant]',
                {'name': name, **({'nearest': nearest[0]} if nearest else {})})


def _of_value(name: str, written: Written, definition: Mapping[str, Any], value: object) -> list[Text]:
    """What is wrong with the value of a known parameter; where the core took another one it is said which."""
    text = written.values[name]
    values = {'name': name, 'text': text, 'value': value}
    if name in written.changed and definition['type'] == 'str' and 'valid_list' not in definition:
        return [Text("{name}: {text} ist für YAML {value}; benutzt wird {text!r}, so gehört es in Anführungszeichen",
                     "{name}: {text} is {value} for YAML; {text!r} is used, it belongs into quotes like this",
                     {**values, 'value': written.changed[name]})]
    if isinstance(text, list):
        return []
    if not _is_possible(text, definition, value):
        possible = _possible(definition)
        return [Text('{name}: {text} ist nicht möglich[ ({possible})], es gilt {value}',
                     '{name}: {text} is not possible[ ({possible})], {value} counts',
                     {**values, **({'possible': possible} if possible else {})})]
    if name == 'querycode' and text in ('/', '!'):
        return [Text('querycode: mit {text} beginnt oder endet eine Anfrage, so antwortet kein Zähler',
                     'querycode: {text} begins or ends a request, no meter will answer', values)]
    return []


def _is_possible(text: str, definition: Mapping[str, Any], value: object) -> bool:
    if 'valid_list' in definition:
        return text in definition['valid_list']
    if definition['type'] == 'bool':
        return text.lower() in SWITCH
    return definition['type'] == 'str' or _number(text) == value


def _possible(definition: Mapping[str, Any]) -> Text | str:
    """The values that are possible, in short."""
    if 'valid_list' in definition:
        return ', '.join(definition['valid_list'])
    if definition['type'] == 'bool':
        return 'True, False'
    lowest, highest = definition.get('valid_min'), definition.get('valid_max')
    bounds = {'lowest': lowest, **({} if highest is None else {'highest': highest})}
    return '' if lowest is None else Text('ab {lowest}[ bis {highest}]', '{lowest} and above[, up to {highest}]', bounds)


def _of_baudrate(values: Mapping[str, Any]) -> list[Text]:
    speed = values['baudrate']
    if speed not in SPEEDS:
        nearest = min(SPEEDS, key=lambda known: abs(known - speed))
        return [Text('baudrate: {speed} Bd ist keine übliche Geschwindigkeit, gemeint ist wohl {nearest}',
                     'baudrate: {speed} Bd is no usual speed, {nearest} may be meant', {'speed': speed, 'nearest': nearest})]
    if speed > 300 and not values['only_listen'] and not values['baudrate_fix']:
        return [Text('baudrate: {speed} Bd, aber Zähler werden mit 300 Bd gefragt und nennen ihre Geschwindigkeit selbst. Ohne '
                     'baudrate gilt 300; sendet der Zähler von selbst, gehört only_listen: True dazu',
                     'baudrate: {speed} Bd, but meters are asked at 300 Bd, and name their speed themselves. Without baudrate it '
                     'is 300; if the meter sends by itself, only_listen: True belongs to it', {'speed': speed})]
    return []


def _of_time(entry: str) -> Text:
    return Text('update_crontab: {entry!r} ist keine Zeit, etwa 0 6 * * für 6 Uhr; mehrere werden durch | getrennt',
                'update_crontab: {entry!r} is no time, 0 6 * * for 6 o’clock, for example; several are separated by |',
                {'entry': entry})


def _is_time(entry: str) -> bool:
    return 4 <= len(entry.split()) <= 6 or any(word in entry for word in KEYWORDS_OF_TIMES)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
