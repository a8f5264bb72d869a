# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What a configured code finds in a readout, what it may have meant instead, and the meter's own number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import captures
from reader.obis.data_sets import DataSet, Rejected, Value, parse
from reader.obis.matching import find, is_lost, match, serial_number, similar
from reader.obis.names import name_of


def readout(*codes):
    return tuple(DataSet(code, (Value(str(number), None),)) for number, code in enumerate(codes))


def codes(data_sets):
    return [data_set.code for data_set in data_sets]


# Finding

@pytest.mark.parametrize(('pattern', 'in_readout', 'found'), [
    ('1.8.0', ['1-1:1.8.0'], '1-1:1.8.0'), ('1.8', ['1-1:1.8.0'], '1-1:1.8.0'),
    ('1-1:1.8.0*255', ['1.8.0'], '1.8.0'), ('1-1:1.8.0*255', ['1-1:1.8.0'], '1-1:1.8.0'), ('1-0:1.8.0*255', ['1.8.0'], '1.8.0'),
    ('1-0:1.8.0', ['1-1:1.8.0'], None), ('1.8.0', ['1.8.0*01'], None), ('1.8.0', ['1.8.1'], None), ('1.8', ['1.8.1'], None),
    ('1.8.0', ['1.8.0*01', '1.8.0'], '1.8.0'), ('1.8.0*1', ['1.8.0', '1.8.0*01'], '1.8.0*01'), ('1.8.0*01', ['1.8.0'], None),
    ('1.8.0*01', ['1.8.0&01'], None), ('1.8.0&1', ['1.8.0*01', '1.8.0&01'], '1.8.0&01'),
    ('1.8.0', ['1-1:1.8.0', '1.8.0'], '1.8.0'), (' 1.8.0 ', ['1.8.0'], '1.8.0'), ('01.08.00', ['1.8.0'], '1.8.0'),
    ('32.7.0', ['32.7'], '32.7'), ('32.7', ['32.7.0*255'], '32.7.0*255'), ('c.1', ['0-0:C.1.0*255'], '0-0:C.1.0*255'),
    ('0.0.0', ['0:0.0.0*255'], '0:0.0.0*255'), ('1-0:0.0.0', ['0:0.0.0*255'], '0:0.0.0*255'),
    ('1.0.1.8.0.255', ['1-0:1.8.0*255'], '1-0:1.8.0*255'), ('16.7.0', ['100700FF'], '100700FF'),
    ('1.8.1', ['1.8.1*00'], '1.8.1*00'), ('1-0:1.8.1*255', ['1.8.1*00'], '1.8.1*00'),
    ('1.8.1', ['1.8.1*00', '1.8.1'], '1.8.1'), ('1.8.1', ['1.8.1&00'], None), ('1.8.1*01', ['1.8.1*00'], None),
    ('1.8.0', ['1'], None), ('1', ['1.8.0'], None), ('1', ['1', '1.8.0'], '1'),
    ('1.6.0', ['1.6.0,5'], None), ('1.6.0,5', ['1-0:1.6.0,5'], '1-0:1.6.0,5'), ('1.6.0,2', ['1.6.0'], '1.6.0'),
    ('0.5.1', ['0.5.1.2'], None), ('ET0PE', ['ET0PE'], 'ET0PE'), ('nonsense!', ['1.8.0'], None), ('', ['1.8.0', None], None),
])
def test_find(pattern, in_readout, found):
    data_set = find(pattern, readout(*in_readout))
    assert (data_set and data_set.code) == found


@pytest.mark.parametrize(('pattern', 'text', 'found'), [
    # a slot 0 that is not in use
    ('0.1.2', '0.1.2*00(0000000000)0.1.2*01(1703010000)', None),
    ('0.1.2', '0.1.2*00(00-00-00 00:00)0.1.2*12(16-01-01,00:00)', None),
    ('0.1.2', '0.1.2*00(99-99-99,99:99)0.1.2*01(16-01-01,00:00)', None), ('1.8.0', '1.8.0*00(0000.0)1.8.0*01(0005.1)', None),
    ('1-0:0.1.2', '1-0:0.1.2*00(0000000000)1-1:0.1.2*01(1703010000)', '1-0:0.1.2*00'),
    # one that is, or that stands alone
    ('0.1.2', '0.1.2*00(1704010000)0.1.2*01(1703010000)', '0.1.2*00'), ('0.1.2', '0.1.2*00(0000000000)', '0.1.2*00'),
    ('1.8.0', '1.8.0*00(0007.3)1.8.0*01(0005.1)', '1.8.0*00'), ('2.8.0', '1.8.0*00(7.3)2.8.0*00(0.0)2.8.0*01(0.0)', '2.8.0*00'),
    ('0.2.2', '0.2.2*00(A0)0.2.2*01(01)', '0.2.2*00'),
    # the last billing period of a meter that sends the present, too
    ('3.8.0', '1.8.0(9.1)1.8.0*00(7.3)3.8.0*00(1.1)', None), ('3.8.0', '1.8.0(9.1)2.8.0*00(7.3)3.8.0*00(1.1)', '3.8.0*00'),
    ('0.1.2', '1.8.0(9.1)1.8.0*00(7.3)0.1.2*00(1704010000)', '0.1.2*00'), ('1.8.0', '1.8.0(9.1)1.8.0*00(7.3)', '1.8.0'),
])
def test_slot_0_is_the_present_where_it_is_in_use_and_nothing_else_is_sent(pattern, text, found):
    data_set = find(pattern, parse(text).data_sets)
    assert (data_set and data_set.code) == found


def test_of_a_code_that_comes_several_times_the_first_is_meant():
    data_sets = readout('32.7.0', '52.7.0', '32.7.0')
    assert find('32.7', data_sets) is data_sets[0]
    assert match('32.7.0', data_sets) == (data_sets[0], data_sets[2])


def test_a_pattern_that_means_several_codes_shows_it():
    assert codes(match('1.8.0', readout('1-1:1.8.0', '1-2:1.8.0', '1-1:1.8.1'))) == ['1-1:1.8.0', '1-2:1.8.0']


@given(st.from_regex(r'[0-9]-[0-9]:[0-9]{1,2}\.[0-9]{1,2}\.0\*255', fullmatch=True))
def test_find_is_stable_under_reduction(code):
    data_sets = readout('0-0:97.97.7*12', code)
    a_b, c_d_e = code.split(':')
    reduced = [c_d_e, c_d_e.removesuffix('*255'), c_d_e.removesuffix('.0*255'), f'{a_b}:{c_d_e}'.removesuffix('*255')]
    for pattern in [code, *reduced, f'{a_b[2]}:{c_d_e}', f'{a_b[:2]}{c_d_e}']:
        assert find(pattern, data_sets) is data_sets[1], pattern
        assert find(code, readout(pattern)).code == pattern


@given(st.text(), st.lists(st.none() | st.text(), max_size=4))
def test_no_text_makes_a_look_up_raise(pattern, in_readout):
    data_sets = readout(*in_readout)
    found = match(pattern, data_sets)
    assert all(any(data_set is other for other in data_sets) for data_set in found)
    assert len(similar(pattern, data_sets)) <= 5
    is_lost(pattern, [Rejected(code or '', '') for code in in_readout])
    for code in (pattern, *(code for code in in_readout if code)):
        for language in ('de', 'en', pattern):
            name_of(code, language)
    serial_number(data_sets)


@pytest.mark.parametrize(('pattern', 'line', 'lost'), [
    ('1.8.0', '1.8.0(00\x0512*kWh)', True), ('1.8.0', '1-0:1.8.0*255(0', True), ('1.8.1', '1.8.1*00(0', True),
    ('1.8.0', '1.8.0', True), ('1.8.0', '1.8.1(0', False), ('1.8.0', '1.8.0*01(0', False), ('1.8.0', 'x1.8.0(0', False),
    ('1.8.0', '(5)', False), ('', '', False),
])
def test_what_was_rejected_is_lost(pattern, line, lost):
    rejected = [Rejected('***NO CARRIER***', 'no data set'), Rejected(line, 'garbled')]
    assert is_lost(pattern, rejected) is lost
    assert not is_lost(pattern, ())


def test_a_lost_period_is_not_the_present_that_is_there():
    rejected = [Rejected('1-1:1.8.0*00(000', 'cut')]
    assert is_lost('1.8.0', rejected) and not is_lost('1.8.0', rejected, parse('1-1:1.8.0(1)').data_sets)


# Did you mean

@pytest.mark.parametrize(('pattern', 'in_readout', 'best'), [
    ('1.8.0', ['0.9.1', '1.8.1', '1.8.2', '2.8.0'], '1.8.1'), ('1-0:1.8.0', ['0.0.0', '1-1:1.8.0', '1-1:2.8.0'], '1-1:1.8.0'),
    ('1.8.0*12', ['2.8.0', '1.8.0'], '1.8.0'), ('16.7.0', ['1.8.0', '16.7'], '16.7'), ('EToPE', ['CURRE', 'ET0PE'], 'ET0PE'),
    ('1.80', ['2.8.0', '1.8.0'], '1.8.0'),
])
def test_similar_names_the_best_first(pattern, in_readout, best):
    assert similar(pattern, readout(*in_readout))[0] == best


def test_nothing_is_similar_to_nonsense():
    assert similar('helloworld', readout('1.8.0', '0.0.0')) == ()


# The meter's own number

@pytest.mark.parametrize(('name', 'number'), [
    ('p1_cta_ziv_capture', 'E0069000712520520'), ('p1_fluvius_171', '1SAG3101021605'), ('p1_kfm_ma105',
    '3960221976967177082151037881335713'),
    ('ebz_dd3_bz06', '1EBZ0100507409'), ('ace_ace3000_260_v0118', '1234567890123456'), ('isk_mt174_0001_long', '63355730'),
    ('lug_t550_mwh', '00073600'), ('kam_mc66', '00005077354'), ('lgz_e350_zmf100_m26_bcc', '13647123'), ('mcs_p98_log', None),
])
def test_serial_number_of_a_capture(name, number):
    assert serial_number(parse(captures.text(name)).data_sets) == number


@pytest.mark.parametrize(('text', 'number'), [
    ('0.0(1)9.21(2)0.0.0(3)C.1(4)C.1.0(5)96.1.1(6)96.1.0(7)', '7'), ('0.0(1)9.21(2)0.0.0(3)C.1(4)C.1.0(5)96.1.1(6)', '6'),
    ('0.0(1)9.21(2)0.0.0(3)C.1(4)C.1.0(5)', '5'), ('0.0(1)9.21(2)0.0.0(3)C.1(4)', '4'), ('0.0(1)9.21(2)0.0.0(3)', '3'),
    ('0.0(1)9.21(2)', '2'), ('0.0( 1 )', '1'), ('96.1.0()C.1.0( )0.0.0(3)', '3'), ('0-1:96.1.0(6)0.0.0(3)', '3'),
    ('96.1.0(63355730)', '63355730'), ('0.0.0*01(3)', None), ('', None),
])
def test_serial_number_in_order_of_preference(text, number):
    assert serial_number(parse(text).data_sets) == number
