# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A readout as the user wants to have it: text, table or JSON. Items are made by `configuring`."""

from __future__ import annotations

import json
from collections.abc import Callable

from ..identity import Maker, identify
from ..obis.data_sets import DataSet
from ..obis.names import Meter, meter_of, name_of
from ..readout import Readout
from ..texts import Text
from .terminal import printable


def write(readout: Readout, form: str, language: str, maker: Maker) -> str:
    """
    The readout as `text`, `table` or `json`.

    :param maker: the manufacturer's name to a FLAG id, None where it is not known
    """
    return _WRITERS[form](readout, language, maker)


def introduce(readout: Readout, language: str, maker: Maker) -> str:
    """Who answers, and how, as comments in front of the configuration."""
    who = identify(readout, maker)
    values = {**vars(who), 'identification': who.identification or '?', 'maker': who.manufacturer or '?',
              'number': who.serial_number or '?', 'duration': readout.duration or 0.0,
              'checked': ', '.join(readout.checked) or '-'}
    lines = (Text('{identification}, {maker}, Nummer {number}', '{identification}, {maker}, number {number}', values),
             Text('Modus {mode}, {baudrate} Bd, {duration:.1f} s, geprüft: {checked}',
                  'mode {mode}, {baudrate} Bd, {duration:.1f} s, checked: {checked}', values))
    return ''.join(f'# {printable(line.to(language))}\n' for line in lines)


def remarks(readout: Readout, language: str) -> list[str]:
    """What else there is to say of it."""
    return [remark.to(language) for remark in readout.remarks]


def _as_text(readout: Readout, language: str, maker: Maker) -> str:
    text = printable(readout.text)
    return text if text.endswith('\n') else text + '\n'


def _as_table(readout: Readout, language: str, maker: Maker) -> str:
    meter = meter_of(readout.data_sets, readout.flag)
    rows = [(s.code or '', _name(s, language, meter) or '', v.value, v.unit or '')
            for s in readout.data_sets for v in s.values]
    rows.insert(0, ('Code', 'Bedeutung', 'Wert', 'Einheit') if language == 'de' else ('Code', 'Meaning', 'Value', 'Unit'))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ('  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    head = [str(readout.identification)] if readout.identification else []
    return printable('\n'.join([*head, *lines])) + '\n'


def _name(data_set: DataSet, language: str, meter: Meter) -> str | None:
    return name_of(data_set.code, language, meter) if data_set.code else None


def _as_json(readout: Readout, language: str, maker: Maker) -> str:
    meter = meter_of(readout.data_sets, readout.flag)
    who = identify(readout, maker)
    text = json.dumps({
        'identification': who.identification or None,
        'manufacturer': {'flag': who.flag or None, 'name': who.manufacturer_name or None},
        'mode': who.mode,
        'baudrate': who.baudrate,
        'checked': readout.checked,
        'duration': None if readout.duration is None else round(readout.duration, 3),
        'data': [{'code': s.code, 'name': _name(s, language, meter),
                  'values': [{'value': v.value, 'unit': v.unit} for v in s.values]} for s in readout.data_sets],
        'rejected': [{'line': r.line, 'reason': r.reason} for r in readout.rejected],
    }, ensure_ascii=False)
    return ''.join(c if c.isprintable() else f'\\u{ord(c):04x}' for c in text) + '\n'


_WRITERS: dict[str, Callable[[Readout, str, Maker], str]] = {'text': _as_text, 'table': _as_table, 'json': _as_json}
