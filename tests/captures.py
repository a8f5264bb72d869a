# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The readouts of real meters and their reading line by line, as the tests want them."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent / 'readouts'
INDEX = json.loads((FOLDER / 'index.json').read_text(encoding='utf-8'))
CATEGORY = {row['name']: row['category'] for row in INDEX}
NAMES = list(CATEGORY)


def raw(name: str) -> bytes:
    return (FOLDER / f'{name}.bin').read_bytes()


def text(name: str) -> str:
    return raw(name).decode('latin-1')


def truth(name: str) -> tuple[list[tuple], list[str]]:
    """The data sets as (code, ((value, unit), ...)), continuations joined to the set they continue; and the junk."""
    sets, junk = [], []
    for telegram in json.loads((FOLDER / 'truth' / f'{name}.json').read_text(encoding='utf-8')):
        continued = None
        for line in telegram:
            junk += [line['junk']] if line['junk'] else []
            for data_set in line['sets']:
                if not data_set['cont'] or continued is None:
                    continued = []
                    sets.append((data_set['code'], continued))
                continued += [tuple(value) for value in data_set['values']]
    return [(code, tuple(values)) for code, values in sets], junk


def plain(data_sets) -> list[tuple]:
    """Parsed data sets in the form of `truth`."""
    return [(data_set.code, tuple((value.value, value.unit) for value in data_set.values)) for data_set in data_sets]
