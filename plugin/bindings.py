# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What the item attributes mean: which part of a readout an item gets, and in which form its type can take it.

    dlms_obis_code: [code, index, key, conversion]     or fewer, or 'code|index|key|conversion', or the code
    dlms_obis_readout: yes or no
    dlms_status: one of STATUSES

Pure. What a user has to be told is a `Note`: a German text that is a key of locale.yaml, and the values for its braces.
"""

from __future__ import annotations

import datetime
import difflib
from dataclasses import dataclass
from typing import NamedTuple

from ..reader.counters.periods import PERIODS
from ..reader.obis.conversions import CONVERSIONS, ConversionError, convert
from ..reader.obis.data_sets import DataSet

OBIS_CODE, STATUS, OBIS_READOUT = 'dlms_obis_code', 'dlms_status', 'dlms_obis_readout'
ATTRIBUTES = (OBIS_CODE, STATUS, OBIS_READOUT)      # of an item with several the first one counts
NO = ('false', 'no', 'off', '0')    # as the core hands over what YAML means by no
POWER, POWER_ERROR = 'Power', 'PowerError'
COMPUTED = (POWER, POWER_ERROR, *PERIODS)      # of a counter, from all its readings
KEYS = ('Value', 'Unit', *COMPUTED)
STATUSES = ('online', 'outdated', 'last_readout', 'age', 'duration', 'quality', 'checked', 'refused', 'cycle', 'failures',
            'error', 'identification', 'manufacturer', 'serial_number', 'clock_offset')


class Note(NamedTuple):
    """Something to tell the user; `text` is translated, then filled with `values`."""

    text: str
    values: dict[str, object]


class Misfit(ValueError):
    """A readout has no value that an item could take; `note` says why."""

    def __init__(self, text: str, /, **values: object) -> None:
        super().__init__(text.format(**values))
        self.note = Note(text, values)


@dataclass(frozen=True)
class Binding:
    """Which part of a readout an item gets."""

    code: str           # as configured; what it means decides matching.match
    index: int          # of the value in its data set
    key: str            # one of KEYS
    conversion: str     # one of CONVERSIONS


def parse(attribute: object, item_type: str) -> tuple[Binding | None, tuple[Note, ...]]:
    """
    The binding that a value of dlms_obis_code means for an item of that type, and what is wrong with it.

    Never raises: where something is wrong the nearest sensible reading is taken; None where there is no code at all.
    """
    notes: list[Note] = []
    parts = _parts(attribute)
    if len(parts) > 4:
        notes.append(Note('mehr als vier Angaben, der Rest gilt nicht', {}))
    code, index, key, conversion = (parts + [''] * 4)[:4]
    code = _code(code, notes)
    if not code:
        return None, (Note('es fehlt ein OBIS-Code', {}),)
    binding = Binding(code, _index(index, notes), _key(key, notes), _conversion(conversion, item_type, notes))
    return binding, tuple(notes)


def parse_status(attribute: object) -> tuple[str | None, tuple[Note, ...]]:
    """The status that a value of dlms_status means, None where there is none like it, and what is wrong with it."""
    text = str(attribute).strip()
    if text in STATUSES:
        return text, ()
    nearest = difflib.get_close_matches(text.lower().replace('-', '_'), STATUSES, 1, 0.8)
    return (nearest[0] if nearest else None), (
        Note("'{status}' gibt es nicht, möglich sind {possible}", {'status': text, 'possible': ', '.join(STATUSES)}),)


def parse_switch(attribute: object) -> bool:
    """Whether a value of dlms_obis_readout says yes: all does that does not say no."""
    return str(attribute).strip().lower() not in NO


def value_for(binding: Binding, data_set: DataSet, timezone: datetime.tzinfo | None) -> object:
    """
    The part of a data set that is meant, converted.

    :param timezone: of time stamps that say whether it is summer or winter time
    :raises Misfit: the set has no such value or unit, or the text does not fit the conversion
    """
    if binding.index >= len(data_set.values):
        raise Misfit('die Zeile hat keinen Wert mit Index {index}, nur {count} Werte', index=binding.index,
                     count=len(data_set.values))
    value = data_set.values[binding.index]
    text = value.unit if binding.key == 'Unit' else value.value
    if text is None:
        raise Misfit('der Zähler nennt keine Einheit')
    return _convert(text, binding.conversion, timezone)


def for_type(value: object, item_type: str) -> object:
    """
    The value in a form that an item of that type takes as it is meant.

    The core's own casts would make 0 of an empty text and a number of `nan`, and refuse a date for a text item.

    :raises Misfit: there is no such form
    """
    if item_type == 'foo':
        return value
    if item_type == 'str':
        return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)
    if item_type in ('num', 'bool'):
        number = _convert(value, 'num', None) if isinstance(value, str) else value
        if isinstance(number, int | float) and item_type == 'num':
            return int(number) if isinstance(number, bool) else number
        if isinstance(number, int | float) and number in (0, 1):
            return bool(number)
    raise Misfit("'{value}' passt nicht in ein Item vom Typ {type}", value=value, type=item_type)


def _convert(text: str, conversion: str, timezone: datetime.tzinfo | None) -> object:
    try:
        return convert(text, conversion, timezone)
    except ConversionError:
        raise Misfit("'{text}' passt nicht zur Umwandlung {conversion}", text=text, conversion=conversion) from None


def _parts(attribute: object) -> list[object]:
    """The list as meant: a text, or the only text of a list, may hold all parts between `|`."""
    parts: list[object] = list(attribute) if isinstance(attribute, list | tuple) else [attribute]
    if len(parts) == 1 and isinstance(parts[0], str):
        parts = [*parts[0].split('|')]
    return [part.strip() if isinstance(part, str) else '' if part is None else part for part in parts]


def _code(code: object, notes: list[Note]) -> str:
    if isinstance(code, str):
        return code
    if isinstance(code, bool) or not isinstance(code, int | float):
        return ''
    notes.append(Note("der Code {code} ist für YAML eine Zahl, bitte in Anführungszeichen setzen", {'code': code}))
    return str(code)


def _index(index: object, notes: list[Note]) -> int:
    if index == '':
        return 0
    try:
        number = int(str(index))
    except ValueError:
        number = -1
    if number >= 0:
        return number
    notes.append(Note("der Index '{index}' ist keine Zahl ab 0, es gilt 0", {'index': index}))
    return 0


def _key(key: object, notes: list[Note]) -> str:
    if key in KEYS:
        return str(key)
    nearest = {known.lower(): known for known in KEYS}.get(str(key).lower(), 'Value')
    if key != '':
        notes.append(Note("'{key}' gibt es nicht, möglich sind {possible}; es gilt {nearest}",
                          {'key': key, 'possible': ', '.join(KEYS), 'nearest': nearest}))
    return nearest


def _conversion(conversion: object, item_type: str, notes: list[Note]) -> str:
    if conversion in CONVERSIONS:
        return str(conversion)
    default = 'num' if item_type == 'num' else 'str'
    if conversion == '':
        return default
    spellings = {known.lower(): known for known in CONVERSIONS}
    nearest = difflib.get_close_matches(str(conversion).lower(), spellings, 1)
    taken = spellings[nearest[0]] if nearest else default
    notes.append(Note("die Umwandlung '{conversion}' gibt es nicht, es gilt {nearest}",
                      {'conversion': conversion, 'nearest': taken}))
    return taken
