# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What is held back of a readout that no CRC protects, and when it is let go."""

import time
from dataclasses import replace

import pytest
from plugins.dlms.plugin import uptime
from plugins.dlms.plugin.holding import Holding
from plugins.dlms.plugin.plausibility import FACTOR, FALLS, GAP, HOUSE, JUMPS, NO_NUMBER, OTHER_NUMBER, Plausibility
from plugins.dlms.reader.dialogue.copies import STRANGE
from plugins.dlms.reader.errors import Unconfirmed
from plugins.dlms.reader.obis.data_sets import Rejected, parse
from plugins.dlms.reader.readout import Readout
from plugins.dlms.reader.texts import Text

import captures
from simulated_meter.life import moved

MINUTE = 60.0
ALONE = ('bcc', 'shape')        # no parity to be seen: BCC alone


def a_readout(text, checked=ALONE):
    content = parse(text)
    return Readout(None, 'C', 9600, text, content.data_sets, content.rejected, checked)


def reasons(plausibility, lines, checked=ALONE, every=MINUTE):
    """For each line, read one after the other, why something in it was held back; empty where nothing was."""
    return [next(iter(plausibility.hold_back(a_readout(line, checked), number * every).values()), '')
            for number, line in enumerate(lines)]


def course(plausibility, lines, checked=ALONE, every=MINUTE):
    return [bool(reason) for reason in reasons(plausibility, lines, checked, every)]


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
    (counter('100', '90', '100', code='1.8.1*00', unit=''), [0, 1, 0]),     # of a meter that sends nothing else
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
    assert course(Plausibility(), lines) == list(map(bool, held_back))


@pytest.mark.parametrize('second, reason', [
    ('1.8.0(000099.0*kWh)C.1.0(7)', FALLS), ('1.8.0(000200.0*kWh)C.1.0(7)', JUMPS), ('1.8.0(0001#0.0*kWh)C.1.0(7)', NO_NUMBER),
    ('1.8.0(000100.0*kWh)C.1.0(8)', OTHER_NUMBER), ('1.8.0(000100.0*kWh)C.1.0(7)', '')])
def test_it_is_said_why(second, reason):
    assert reasons(Plausibility(), ['1.8.0(000100.0*kWh)C.1.0(7)', second]) == ['', reason]


@pytest.mark.parametrize('name', captures.NAMES)
@pytest.mark.parametrize('every', [1.0, 10.0, MINUTE, 900.0, 86400.0])
def test_a_healthy_meter_never_pays(name, every):
    lines = [moved(captures.text(name), number * every) for number in range(20)]
    assert course(Plausibility(), lines, every=every) == [False] * 20


@pytest.mark.parametrize('name', captures.NAMES)
def test_a_meter_that_says_the_same_again_is_believed(name):
    assert course(Plausibility(30), [captures.text(name)] * 3) == [False] * 3


def test_only_the_doubtful_code_is_held_back():
    plausibility = Plausibility()
    for line, codes in (('1.8.0(100)2.8.0(50)', set()), ('1.8.0(90)2.8.0(51)', {'1.8.0'})):
        assert set(plausibility.hold_back(a_readout(line), 0.0)) == codes


@pytest.mark.parametrize('checked, believed', [
    (('crc',), True), (('parity', 'crc', 'shape'), True), (('parity', 'bcc', 'shape'), False), (('bcc',), False),
    (('copy',), False), ((), False)])
def test_only_a_crc_vouches_for_each_digit(checked, believed):
    assert course(Plausibility(), counter('100', '90', '100'), checked) == [False, not believed, False]


# How fast is too fast

@pytest.mark.parametrize('max_power, second, unit, held_back', [
    (0, '000100.6', '*kWh', False), (0, '000100.7', '*kWh', False), (0, '000100.8', '*kWh', True),      # 30 kW
    (30, '000100.6', '*kWh', False),        # 30 kW are 0.5 kWh in a minute
    (30, '000100.7', '*kWh', False),        # and the last digit may have been about to change
    (30, '000100.8', '*kWh', True),
    (100, '000101.7', '*kWh', False), (100, '000101.9', '*kWh', True), (6, '000100.3', '*kWh', False),
    (6, '000100.4', '*kWh', True),
    (30, '000600.1', '*Wh', False), (30, '000101.1', '*MWh', True), (30, '000999.9', '*kvarh', True), (30, '000100.8', '', True),
    (0, '000100.2', '*GJ', False), (0, '000100.3', '*GJ', True),            # 30 kW are 0.11 GJ in an hour: the last digit only
    (0, '000100.3', '*m3', False), (0, '000100.4', '*m3', True),            # 6 m3 in an hour
    (0, '000100.2', '*h', False), (0, '000100.4', '*h', True),
    (0, '999999.9', '*imp', False)])        # of these nothing is known
def test_a_counter_that_rises_too_fast(max_power, second, unit, held_back):
    assert course(Plausibility(max_power), counter('000100.1', second, unit=unit)) == [False, held_back]


def rising(*rises):
    """A counter that rises by so many kWh from minute to minute."""
    return counter(*(f'{1000 + sum(rises[:number]):09.3f}' for number in range(len(rises) + 1)))


def test_four_times_as_fast_as_ever_before():
    assert HOUSE['kwh'] == 30 and FACTOR == 4
    kw = 1 / 60     # kWh in a minute
    assert course(Plausibility(), rising(25 * kw, 99 * kw)) == [False, False, False]
    assert course(Plausibility(), rising(25 * kw, 101 * kw)) == [False, False, True]
    assert course(Plausibility(), rising(2 * kw, 29 * kw)) == [False, False, False]         # a house may draw that


def test_a_rise_that_is_confirmed_is_let_go_and_learned():
    assert course(Plausibility(30), counter('000100.1', '000200.1', '000200.2', '000200.3')) == [False, True, False, False]
    assert course(Plausibility(), rising(1.0, 1.0, 1.0, 1.0, 1.0)) == [False, True, False, False, False, False]


def test_one_absurd_rise_does_not_blind_the_guard():
    """Another meter: its counter is believed the second time, but nothing rose by that much."""
    lines = counter('000100.0', '090000.0', '090000.1', '095000.0', '090000.2')
    assert course(Plausibility(), lines) == [False, True, False, True, False]


def test_a_rise_that_goes_on_even_faster_is_not_confirmed():
    assert course(Plausibility(), rising(1.0, 100.0, 0.0)) == [False, True, True, False]


@pytest.mark.parametrize('max_power, held_back', [(0, False), (30, True)])
def test_over_a_gap_no_rise_is_counted_but_what_a_power_makes_possible(max_power, held_back):
    plausibility, moment = Plausibility(max_power), 0.0
    for value, seconds, expected in (('0100.0', 60, False), ('0100.1', 60, False), ('0900.0', GAP * 60 + 1, held_back),
                                     ('0900.1', 60, False), ('0950.0', 60, True), ('0850.0', 3600, True)):
        moment += seconds
        assert bool(plausibility.hold_back(a_readout(f'1.8.0({value}*kWh)'), moment)) == expected, value


def test_codes_without_end_cost_no_memory():
    plausibility = Plausibility()
    for number in range(1, 900):
        plausibility.hold_back(a_readout(f'1-{number // 250}:{number % 250 + 1}.8.{number % 60}(1*kWh)'), 0.0)
    assert len(plausibility._known) == 500


def test_the_clock_of_this_process_goes_on_evenly():
    before = uptime.now(), time.monotonic()
    time.sleep(0.02)
    passed = uptime.now() - before[0], time.monotonic() - before[1]
    assert passed[0] >= 0.02 and abs(passed[0] - passed[1]) < 0.05
    assert uptime.now() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=0.1)      # suspend included


# What is held

def test_the_owner_can_have_what_is_held_back():
    holding = Holding(0)
    assert holding.sift(a_readout('1.8.0(000100*kWh)2.7.0(1)'), 0.0).rejected == () and holding.held is None
    sifted = holding.sift(a_readout('1.8.0(000090*kWh)2.7.0(2)'), 60.0)
    assert [str(data_set) for data_set in sifted.data_sets] == ['2.7.0(2)']
    assert sifted.rejected == holding.held.lines == (Rejected('1.8.0(000090*kWh)', FALLS),)
    whole = holding.let_go(60.0)
    assert [str(data_set) for data_set in whole.data_sets] == ['1.8.0(000090*kWh)', '2.7.0(2)'] and whole.rejected == ()
    assert (holding.held, holding.let_go(60.0), holding.count) == (None, None, 1)
    assert holding.sift(a_readout('1.8.0(000090*kWh)2.7.0(2)'), 120.0).rejected == ()


def test_what_the_reader_kept_back_is_held_too():
    holding, whole = Holding(0), a_readout('1.8.0(00090*kWh)2.7.0(2)')
    kept = replace(whole, data_sets=whole.data_sets[1:], whole=whole.data_sets,
                   rejected=(Rejected('x', 'garbled'), Rejected('1.8.0(00090*kWh)', STRANGE)))
    assert holding.sift(kept, 0.0) == kept
    assert holding.held.lines == kept.rejected[1:] and holding.count == 1
    assert holding.let_go(0.0) == replace(whole, rejected=kept.rejected[:1])


@pytest.mark.parametrize('disturbed, held', [(False, True), (True, False)])
def test_a_readout_that_was_refused_is_held_if_the_line_is_not_disturbed(disturbed, held):
    holding, readout = Holding(0), a_readout('1.8.0(00090*kWh)2.7.0(2)')
    holding.refuse(Unconfirmed(Text('neu', 'new'), disturbed=disturbed, readout=readout))
    assert (holding.held is not None, holding.count) == (held, 2)
    assert (holding.let_go(0.0) == readout) == held
