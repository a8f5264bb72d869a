# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""OBIS codes: their value groups, which are counters and which are numbers of the meter; and what it costs to load them."""

import subprocess
import sys

import pytest

import captures
from reader.obis.codes import is_code, is_counter, is_serial_number, split
from reader.obis.data_sets import parse


@pytest.mark.parametrize(('code', 'groups'), [
    ('1-0:1.8.0*255', ('1', '0', '1', '8', '0', '255', '*', None)),
    ('1-0:01.08.00*01', ('1', '0', '1', '8', '0', '1', '*', None)),
    ('1.8.0', (None, None, '1', '8', '0', None, None, None)),
    ('32.7', (None, None, '32', '7', None, None, None, None)),
    ('c.1.0', (None, None, 'C', '1', '0', None, None, None)),
    ('0:0.0.0*255', (None, '0', '0', '0', '0', '255', '*', None)),
    ('1-1.8.0', ('1', None, '1', '8', '0', None, None, None)),
    ('8.8.1&12', (None, None, '8', '8', '1', '12', '&', None)),
    ('1.6.0*01,5', (None, None, '1', '6', '0', '1', '*', '5')),
    ('1-1:0.5.1.2', ('1', '1', '0', '5', '1', '2', None, None)),
    ('1.0.1.8.0.255', ('1', '0', '1', '8', '0', '255', None, None)),
    ('96.4*0', (None, None, '96', '4', None, '0', '*', None)),
    ('6*43', (None, None, '6', None, None, '43', '*', None)),
    ('P.01', (None, None, 'P', '1', None, None, None, None)),
    ('F', (None, None, 'F', None, None, None, None, None)),
    ('100700ff', (None, None, '16', '7', '0', '255', None, None)),
    ('ET0PE', (None, None, 'ET0PE', None, None, None, None, None)),
])
def test_groups_of_a_code(code, groups):
    assert split(code) == groups


@pytest.mark.parametrize('text', ['', ' ', '1.8.', '.8.0', '1..8', '1.8.0*', '1-0-1:1.8.0', '1.8.0 ', '1.8.0\n', '1.8.0(1)',
    'ä.1', '١.8.0', '1' * 300])
def test_what_is_no_code_has_no_groups(text):
    assert split(text) is None


@pytest.mark.parametrize(('text', 'written'), [
    ('1-0:1.8.0*255', True), ('0', True), ('ET0PE', True), ('1-1:30D', True), ('0F0880FF', True), ('1.6.0,5', True),
    ('1.0.1.8.0.255', False), ('1.8x.0', False), ('', False), ('1' * 300, False), ('1.8.0\n', False),
])
def test_what_a_meter_writes_is_a_code(text, written):
    assert is_code(text) is written


# Counters

@pytest.mark.parametrize('code', [
    '1.8.0', '1-0:1.8.0*255', '2.8', '1.8.1*00', '1-1:15.8.2', '0F0800FF', '21.8.0', '9.8.0', '82.8.0', '1.8.0,2',
    '6.8', '6.8.1', '6.26', '6-0:1.0.0*255', '6-0:2.0.0',               # heat
    '0-1:24.2.1', '0-2:24.2.3*255', '7-0:3.0.0', '8-0:1.0.0*255',       # gas and water
    'C.8.0', '0-0:96.8.0*255'])                                         # time of operation
def test_counters(code):
    assert is_counter(code)


@pytest.mark.parametrize('code', [
    '1.8.0*01', '1.8.0&1', '6.8*01', '6.26*01',         # former periods
    '1.8.0,5', '1.7.0', '1.6.0', '1.2.0', '1.29.0', '1.9.0', '6.26.0', '24.2.1', '6.6', '9.31', '0.1.0',
    '0.8.0', '1-0:0.8.4*255',                           # lengths of periods
    '16.8.0', '1-0:36.8.0*255', '1-1:76.8.1',           # drawn minus fed in
    '0-1:24.3.0', '0-1:24.1.0', '0-1:96.1.0', '7-0:1.1.0', '8-0:2.0.0', '1-0:1.0.0', 'F.F', 'F', 'ET0PE', 'L.8', '', 'x y'])
def test_what_may_fall_is_no_counter(code):
    assert not is_counter(code)


def test_counters_of_real_meters_have_a_unit_of_what_adds_up():
    """No power, no length of a period: what a meter sends in such a unit may fall."""
    units = {value.unit for name in captures.NAMES for data_set in parse(captures.text(name)).data_sets
             if data_set.code and is_counter(data_set.code) for value in data_set.values}
    assert {unit.lower() for unit in units if unit} <= {
        'wh', 'kwh', 'mwh', 'varh', 'kvarh', 'vah', 'kvah', 'gj', 'm3', 'h'}


# Numbers of the meter

@pytest.mark.parametrize(('code', 'serial'), [
    ('0-0:96.1.0*255', True), ('96.1.1', True), ('C.1.0', True), ('c.1', True), ('0.0.0', True), ('1-0:0.0.0*255', True),
    ('0.0', True), ('9.21', True), ('0-1:96.1.0', False), ('0.0.0*01', False), ('96.1.2', False), ('0.0.1', False),
    ('9.21.0', False), ('1.8.0', False), ('', False),
])
def test_serial_numbers(code, serial):
    assert is_serial_number(code) is serial


# What it costs

@pytest.mark.parametrize(('room', 'spared'), [
    ('data_sets', ['names', 'conversions', 'matching', 'suggestions', 'difflib', 'zoneinfo', 'datetime', 'decimal']),
    ('matching', ['names', 'conversions', 'suggestions', 'difflib', 'zoneinfo', 'datetime', 'decimal']),
    ('conversions', ['names', 'data_sets', 'zoneinfo']),
    ('names', ['conversions', 'matching', 'suggestions', 'difflib', 'zoneinfo', 'datetime', 'decimal']),
])
def test_a_room_loads_no_more_than_it_needs(room, spared):
    done = subprocess.run([sys.executable, '-c', f'import sys, reader.obis.{room}; print(*sys.modules)'], text=True,
                          capture_output=True, check=True, cwd=captures.FOLDER.parents[1])
    loaded = done.stdout.split()
    assert f'reader.obis.{room}' in loaded
    assert [module for module in spared if module in loaded or f'reader.obis.{module}' in loaded] == []
