# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What is held back of a readout that no check protects, and when it is let go."""

from types import SimpleNamespace

import pytest
from plugins.dlms.plugin.plausibility import Plausibility
from plugins.dlms.reader.obis.data_sets import parse

import captures

MINUTE = 60.0


def course(plausibility, lines, checked=()):
    """For each line, read a minute after the other, whether something in it was held back."""
    return [bool(plausibility.hold_back(SimpleNamespace(
        data_sets=parse(line).data_sets, checked=checked, time=number * MINUTE))) for number, line in enumerate(lines)]


def counter(*values, code='1-0:1.8.0*255', unit='*kWh'):
    return [f'{code}({value}{unit})' for value in values]


def gas(*values):
    """What the meter behind a P1 port said last, and when."""
    return ['0-1:24.2.1(101209{})({}*m3)'.format(*value.split()) for value in values]


@pytest.mark.parametrize('lines, held_back', [
    (counter('000100.1', '000100.1', '000100.2'), [0, 0, 0]),
    (counter('000100.1', '000090.1', '000100.2'), [0, 1, 0]),               # a damaged one
    (counter('000100.1', '000000.0', '000000.1'), [0, 1, 0]),               # another meter
    (counter('000100.1', '000000.0', '000000.0', '000000.0'), [0, 1, 0, 0]),
    (counter('000100.1', '000090.1', '000080.1', '000100.2'), [0, 1, 1, 0]),
    (counter('000900.1', '000100.1', '000100.2', '000100.3'), [0, 1, 0, 0]),    # the first one was damaged
    (counter('000100.1', '0001#0.1', '000100.2'), [0, 1, 0]),
    (counter('000100,1', '000090,1', '000100,2'), [0, 1, 0]),
    (counter('100', '90', '101', code='2.8.1'), [0, 1, 0]),
    (counter('100', '90', '101', code='1.8.0*01'), [0, 0, 0]),              # of the last period
    (counter('100', '90', '101', code='1.7.0', unit='*kW'), [0, 0, 0]),     # no counter
    (counter('100', '90', '101', code='1.8.1*00', unit=''), [0, 1, 0]),     # of a meter that sends nothing else
    (counter('7939.56', '7939.46', '7939.57', code='6.26', unit='*m3'), [0, 1, 0]),     # heat
    (counter('7939.56', '7939.46', '7939.57', code='6.26*01', unit='*m3'), [0, 0, 0]),
    (counter('6.5', '6.4', '6.5', code='6.6', unit='*kW'), [0, 0, 0]),
    (counter('785.123', '705.123', '785.124', code='7-0:3.0.0', unit='*m3'), [0, 1, 0]),
    (gas('110000W 785.123', '120000W 705.123', '130000W 785.124'), [0, 1, 0]),
    (gas('110000W 785.123', '120000W 785.123', '120000W 785.124'), [0, 0, 0]),
    (['0-3:24.2.1(632525252525S)(00000.000)', '0-3:24.2.1(632525262525S)(00000.000)'], [0, 0]),
    (['0.8.0(60*min)', '0.8.0(15*min)'], [0, 0]),
    (counter('+ 100', '+ 90', '+ 101'), [0, 1, 0]),
    (counter('0001#0.1', '000100.2', '000090.1'), [0, 0, 1]),               # nothing to compare with, then something
    (counter('46.24,31.14', '46.25,31.14', '46.26,31.14'), [0, 0, 0]),      # no number: nothing is known of it
    (['0-0:96.1.0*255(123)', '0-0:96.1.0*255(124)', '0-0:96.1.0*255(123)'], [0, 1, 0]),
    (['C.1.0(123)', 'C.1.0(124)', 'C.1.0(124)'], [0, 1, 0]),
    (['C.1.0(123)', 'C.1.0(124)', 'C.1.0(125)', 'C.1.0(125)'], [0, 1, 1, 0]),
])
def test_held_back_until_confirmed(lines, held_back):
    plausibility = Plausibility()
    assert course(plausibility, lines) == list(map(bool, held_back))
    assert plausibility.held_back == sum(held_back)


@pytest.mark.parametrize('name', captures.NAMES)
def test_a_meter_that_says_the_same_again_is_believed(name):
    assert course(Plausibility(30), [captures.text(name)] * 3) == [False] * 3


def test_only_the_doubtful_code_is_held_back():
    plausibility = Plausibility()
    for line, codes in (('1.8.0(100)2.8.0(50)', set()), ('1.8.0(90)2.8.0(51)', {'1.8.0'})):
        readout = SimpleNamespace(data_sets=parse(line).data_sets, checked=('parity',), time=0.0)
        assert plausibility.hold_back(readout) == codes


@pytest.mark.parametrize('check', ['bcc', 'crc'])
def test_a_block_with_a_check_is_believed(check):
    assert course(Plausibility(), counter('100', '90', '100'), (check,)) == [False] * 3


@pytest.mark.parametrize('max_power, second, unit, held_back', [
    (0, '999999.9', '*kWh', False),
    (30, '000100.6', '*kWh', False),        # 30 kW are 0.5 kWh in a minute
    (30, '000100.7', '*kWh', False),        # and the last digit may have been about to change
    (30, '000100.8', '*kWh', True),
    (30, '000600.1', '*Wh', False),
    (30, '000101.1', '*MWh', True),
    (30, '000999.9', '*kvarh', False),      # no energy that is limited in kW
])
def test_a_counter_that_rises_too_fast(max_power, second, unit, held_back):
    assert course(Plausibility(max_power), counter('000100.1', second, unit=unit)) == [False, held_back]


def test_a_rise_that_is_confirmed_is_let_go():
    assert course(Plausibility(30), counter('000100.1', '000200.1', '000200.2', '000200.3')) == [False, True, False, False]
