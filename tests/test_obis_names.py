# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Names of OBIS codes: the table over all codes of all captures was read by eye and is kept; `python3` runs this to renew it."""

import json
import sys

import captures

if __name__ == '__main__':
    sys.path.insert(0, str(captures.FOLDER.parents[1]))

from reader.obis.data_sets import parse
from reader.obis.names import is_heat, name_of

TABLE = captures.FOLDER / 'names.json'


def table():
    """{'electricity'|'heat': {code: [German, English] or None}} of all captures."""
    names = {'electricity': {}, 'heat': {}}
    for capture in captures.NAMES:
        data_sets = parse(captures.text(capture)).data_sets
        heat = is_heat(data_sets)
        for data_set in data_sets:
            if data_set.code:
                german, english = (name_of(data_set.code, language, heat) for language in ('de', 'en'))
                names['heat' if heat else 'electricity'][data_set.code] = [german, english] if german or english else None
    return names


def written(names):
    lines = ['{']
    for medium, codes in names.items():
        lines += [f'"{medium}": {{']
        lines += [f'{json.dumps(code)}: {json.dumps(name, ensure_ascii=False)},' for code, name in sorted(codes.items())]
        lines[-1] = lines[-1].rstrip(',')
        lines += ['},']
    lines[-1] = '}'
    return '\n'.join([*lines, '}', ''])


def test_names_of_all_codes_are_as_they_were_read():
    assert table() == json.loads(TABLE.read_text(encoding='utf-8'))


def test_a_code_has_a_name_in_both_languages_or_none():
    assert all(name is None or all(name) for codes in table().values() for name in codes.values())


# What must never be mixed up

def test_directions_and_quadrants():
    assert [name_of(f'{c}.8.0', 'en') for c in range(1, 11)] == [
        'Active energy import total', 'Active energy export total', 'Reactive energy import total',
        'Reactive energy export total', 'Reactive energy quadrant I total', 'Reactive energy quadrant II total',
        'Reactive energy quadrant III total', 'Reactive energy quadrant IV total', 'Apparent energy import total',
        'Apparent energy export total']
    assert name_of('2.8.2') == 'Wirkenergie Einspeisung Tarif 2'
    assert name_of('4.7.0') == 'Blindleistung Einspeisung, Momentanwert'


def test_phases():
    assert [name_of(f'1-0:{c}.7.0*255') for c in (21, 42, 63, 31, 52, 73)] == [
        'Wirkleistung Bezug L1, Momentanwert', 'Wirkleistung Einspeisung L2, Momentanwert',
        'Blindleistung Bezug L3, Momentanwert',
        'Strom L1, Momentanwert', 'Spannung L2, Momentanwert', 'Leistungsfaktor L3, Momentanwert']


def test_history_says_how_the_period_was_closed():
    assert name_of('1.8.1*03') == 'Wirkenergie Bezug Tarif 1, Vorwert 3'
    assert name_of('1.8.1&03', 'en') == 'Active energy import tariff 1, billing period 3 (manual reset)'


def test_the_medium_counts():
    assert name_of('6.8') == 'Wärmemenge'
    assert name_of('6.8.0') == 'Blindenergie Quadrant II gesamt'
    assert name_of('6.8.1', heat=True) == 'Wärmemenge Tarif 1'
    assert name_of('7-0:3.0.0', 'en') == 'Gas: volume at measuring conditions'
    assert name_of('8-0:1.0.0') == 'Kaltwasser: Volumen'
    assert name_of('0-0:1.0.0') == 'Datum und Uhrzeit'
    assert name_of('0-1:24.2.1') == 'Zählerstand, Kanal 1'
    assert name_of('0-0:1.8.0') is None


def test_what_has_no_public_meaning_has_no_name():
    for code in ('1-0:131.7.0', '96.50.1', 'C.90.2', '1', '43', '1.99.0', '0.1.3', 'HELLO', '1-1:30D', '1.6.0,5', '1.2.3.4.5',
        '1.0.0'):
        assert name_of(code) is None, code


if __name__ == '__main__':
    TABLE.write_text(written(table()), encoding='utf-8')
