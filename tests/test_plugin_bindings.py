# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The grammar of the item attributes, and which values item types take."""

import datetime

import pytest
from plugins.dlms.plugin import bindings
from plugins.dlms.plugin.bindings import Binding
from plugins.dlms.reader.obis.data_sets import parse

A_CODE = '1-1:1.8.0'


@pytest.mark.parametrize(('attribute', 'item_type', 'expected'), [
    ([A_CODE, 0, 'Value', 'num'], 'num', (A_CODE, 0, 'Value', 'num')),
    ([A_CODE, 1, 'Unit', 'str'], 'str', (A_CODE, 1, 'Unit', 'str')),
    ([A_CODE, '1', 'Value', 'ZST10'], 'foo', (A_CODE, 1, 'Value', 'ZST10')),
    ([A_CODE], 'num', (A_CODE, 0, 'Value', 'num')),
    ([A_CODE], 'foo', (A_CODE, 0, 'Value', 'str')),
    ([A_CODE, 2], 'str', (A_CODE, 2, 'Value', 'str')),
    ([A_CODE, 0, 'Unit'], 'str', (A_CODE, 0, 'Unit', 'str')),
    (A_CODE, 'num', (A_CODE, 0, 'Value', 'num')),
    (f' {A_CODE} ', 'num', (A_CODE, 0, 'Value', 'num')),
    (f'{A_CODE}|0|Value|num', 'num', (A_CODE, 0, 'Value', 'num')),
    ([f'{A_CODE} | 1 | Unit | str'], 'str', (A_CODE, 1, 'Unit', 'str')),
    (f'{A_CODE}||Unit', 'str', (A_CODE, 0, 'Unit', 'str')),
    ([A_CODE, None, None, 'int'], 'num', (A_CODE, 0, 'Value', 'int')),
])
def test_what_is_written_right_is_taken_without_a_word(attribute, item_type, expected):
    assert bindings.parse(attribute, item_type) == (Binding(*expected), ())


@pytest.mark.parametrize(('attribute', 'expected', 'note'), [
    ([96.1, 0], ('96.1', 0, 'Value', 'num'), 'YAML'),
    ([9, 0], ('9', 0, 'Value', 'num'), 'YAML'),
    ([A_CODE, -1], (A_CODE, 0, 'Value', 'num'), 'Index'),
    ([A_CODE, 'first'], (A_CODE, 0, 'Value', 'num'), 'Index'),
    ([A_CODE, 1.5], (A_CODE, 0, 'Value', 'num'), 'Index'),
    ([A_CODE, True], (A_CODE, 0, 'Value', 'num'), 'Index'),
    ([A_CODE, 0, 'value'], (A_CODE, 0, 'Value', 'num'), 'Value'),
    ([A_CODE, 0, 'UNIT', 'str'], (A_CODE, 0, 'Unit', 'str'), 'Unit'),
    ([A_CODE, 0, 'Wert'], (A_CODE, 0, 'Value', 'num'), 'Value'),
    ([A_CODE, 0, 'Value', 'zst10'], (A_CODE, 0, 'Value', 'ZST10'), 'ZST10'),
    ([A_CODE, 0, 'Value', 'number'], (A_CODE, 0, 'Value', 'num'), 'num'),
    ([A_CODE, 0, 'Value', 'quux'], (A_CODE, 0, 'Value', 'num'), 'num'),
    ([A_CODE, 0, 'Value', ['num']], (A_CODE, 0, 'Value', 'num'), 'num'),
    ([A_CODE, 0, 'Value', 'num', 'more'], (A_CODE, 0, 'Value', 'num'), 'vier'),
])
def test_what_is_wrong_is_read_sensibly_and_named(attribute, expected, note):
    binding, notes = bindings.parse(attribute, 'num')
    assert binding == Binding(*expected)
    assert [note in text.format(**values) for text, values in notes] == [True]


@pytest.mark.parametrize('attribute', [
    '', [], [''], None, [None], [True, 0], [{'a': 1}], [['1.8.0']], '|0|Value|num', {},
])
def test_without_a_code_nothing_is_bound(attribute):
    binding, notes = bindings.parse(attribute, 'num')
    assert binding is None
    assert len(notes) == 1


def test_status_names():
    for status in bindings.STATUSES:
        assert bindings.parse_status(status) == (status, ())
    assert bindings.parse_status('Online')[0] == 'online'
    assert bindings.parse_status('serial-number')[0] == 'serial_number'
    status, (note,) = bindings.parse_status('colour')
    assert status is None
    assert 'serial_number' in note.values['possible']


A_LINE = parse('1-1:1.6.1(27.19*kW)(1702090945)()(-.--)').data_sets[0]


@pytest.mark.parametrize(('index', 'key', 'conversion', 'expected'), [
    (0, 'Value', 'num', 27.19),
    (0, 'Value', 'str', '27.19'),
    (0, 'Unit', 'str', 'kW'),
    (1, 'Value', 'ZST10', datetime.datetime(2017, 2, 9, 9, 45)),
    (2, 'Value', 'str', ''),
])
def test_the_part_that_is_meant(index, key, conversion, expected):
    assert bindings.value_for(Binding('1.6.1', index, key, conversion), A_LINE, None) == expected


@pytest.mark.parametrize(('index', 'key', 'conversion', 'says'), [
    (4, 'Value', 'str', 'Index 4'),
    (1, 'Unit', 'str', 'Einheit'),
    (2, 'Value', 'num', "''"),
    (3, 'Value', 'num', "'-.--'"),
    (0, 'Value', 'D6', "'27.19'"),
])
def test_a_part_that_is_not_there_or_does_not_fit(index, key, conversion, says):
    with pytest.raises(bindings.Misfit, match=says):
        bindings.value_for(Binding('1.6.1', index, key, conversion), A_LINE, None)


A_DAY, A_TIME = datetime.date(2026, 2, 28), datetime.time(9, 45)


@pytest.mark.parametrize(('value', 'item_type', 'expected'), [
    (27.19, 'num', 27.19),
    (51206, 'num', 51206),
    ('00051206', 'num', 51206),
    (True, 'num', 1),
    (51206, 'str', '51206'),
    ('', 'str', ''),
    (A_DAY, 'str', '2026-02-28'),
    (A_TIME, 'str', '09:45:00'),
    (A_DAY, 'foo', A_DAY),
    ('x', 'foo', 'x'),
    (1, 'bool', True),
    ('00', 'bool', False),
    (False, 'bool', False),
])
def test_values_take_the_form_of_the_item(value, item_type, expected):
    taken = bindings.for_type(value, item_type)
    assert (taken, type(taken)) == (expected, type(expected))


@pytest.mark.parametrize(('value', 'item_type'), [
    ('', 'num'), ('nan', 'num'), ('1_000', 'num'), ('inf', 'num'), (A_DAY, 'num'),
    ('', 'bool'), (2, 'bool'), ('2', 'bool'), (A_DAY, 'bool'), ('[1]', 'list'), ('{}', 'dict'), (1, 'scene'),
])
def test_what_the_core_would_take_for_something_else_is_refused(value, item_type):
    with pytest.raises(bindings.Misfit):
        bindings.for_type(value, item_type)
