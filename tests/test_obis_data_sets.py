# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""`data_sets.parse`: every kind of line that meters send, and that nothing is made up of what is cut or garbled."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import captures
from reader.obis.data_sets import AFTER_END, CUT, GARBLED, NO_DATA, ORPHAN, parse

STRICT = [name for name in captures.NAMES if captures.CATEGORY[name] not in ('error', 'odd')]


def sets(text):
    return captures.plain(parse(text).data_sets)


def one(text):
    """The only data set of a line, nothing rejected."""
    content = parse(text)
    assert content.rejected == ()
    assert len(content.data_sets) == 1
    return captures.plain(content.data_sets)[0]


def rejected(text):
    return [(fault.line, fault.reason) for fault in parse(text).rejected]


# Real meters

@pytest.mark.parametrize('name', STRICT)
def test_a_readout_is_read_as_its_truth_says(name):
    wanted, junk = captures.truth(name)
    content = parse(captures.text(name))
    assert captures.plain(content.data_sets) == wanted
    assert [fault.line for fault in content.rejected] == junk


@pytest.mark.parametrize('name', [name for name in captures.NAMES if name not in STRICT])
def test_a_damaged_capture_invents_nothing(name):
    wanted, junk = captures.truth(name)
    text = captures.text(name)
    if captures.CATEGORY[name] == 'error' and any(character > '\x7f' for character in text):
        assert sets(text) == []     # with the parity bits left in no set is whole
        text = ''.join(chr(ord(character) & 0x7F) for character in text)
    content = parse(text)
    assert captures.plain(content.data_sets) == wanted
    assert set(junk) <= {fault.line for fault in content.rejected}


@pytest.mark.parametrize('name', captures.NAMES)
def test_a_cut_readout_holds_the_beginning_of_the_whole_one(name):
    text = captures.text(name)
    whole = sets(text)
    for end in range(0, len(text), 1 if len(text) < 1500 else 23):
        for (code, values), (whole_code, whole_values) in zip(sets(text[:end]), whole, strict=False):
            assert (code, values) == (whole_code, whole_values[:len(values)]), text[:end][-40:]


@pytest.mark.parametrize('name', ['lug_uh50_gj', 'lun_luna', 'p1_isk_mt382_1003', 'sie_2wr5_ultraheat'])
def test_line_ends_do_not_matter(name):
    wanted, _ = captures.truth(name)
    text = captures.text(name).replace('\r', '')
    for end in ('\n', '\r\r\n', '\n\n', '\r'):
        assert sets(text.replace('\n', end)) == wanted


# Kinds of sets

@pytest.mark.parametrize(('line', 'code', 'values'), [
    ('1.8.0(000285.4*kWh)', '1.8.0', [('000285.4', 'kWh')]),
    ('1-0:1.8.0*255(000125.25688570*kWh)', '1-0:1.8.0*255', [('000125.25688570', 'kWh')]),
    ('0:0.0.0*255(12)', '0:0.0.0*255', [('12', None)]),
    ('1.6.0,5(202601130730)', '1.6.0,5', [('202601130730', None)]),
    ('8.8.1&12(5)', '8.8.1&12', [('5', None)]),
    ('1-1:0.5.1.2(80.000*kW)', '1-1:0.5.1.2', [('80.000', 'kW')]),
    ('2.35.0.01(4)', '2.35.0.01', [('4', None)]),
    ('F(01)', 'F', [('01', None)]),
    ('0(70532672)', '0', [('70532672', None)]),
    ('1-1:30D(4)', '1-1:30D', [('4', None)]),
    ('0F0880FF(000046.24,000031.14)', '0F0880FF', [('000046.24,000031.14', None)]),
    ('0.0.2()', '0.0.2', [('', None)]),
    ('C.1.1(        )', 'C.1.1', [('        ', None)]),
    ('P.98(1220906234904)(00)()(2)', 'P.98', [('1220906234904', None), ('00', None), ('', None), ('2', None)]),
    ('9.4(098.5*C&096.1*C)', '9.4', [('098.5', 'C'), ('096.1', 'C')]),
    ('1-0:31.4.0(65.0*A,-65.0*A)', '1-0:31.4.0', [('65.0', 'A'), ('-65.0', 'A')]),
    ('1.2(7,4*kW,8,1*kW)', '1.2', [('7,4', 'kW'), ('8,1', 'kW')]),
    ('1.2(000007,4*kW)', '1.2', [('000007,4', 'kW')]),
    ('0.2.2(a*b,c*d)', '0.2.2', [('a*b,c', 'd')]),
    ('0-0:96.1.1(****)', '0-0:96.1.1', [('****', None)]),
    ('0.0.0(1234****)', '0.0.0', [('1234****', None)]),
    ('0.0.0(****1234)', '0.0.0', [('****1234', None)]),
    ('9.6(000&66153690&0)', '9.6', [('000&66153690&0', None)]),
    ('9.2(&&)', '9.2', [('&&', None)]),
    ('0.2.2(1&2*C)', '0.2.2', [('1&2', 'C')]),
    ('0-0:96.13.0(test-/-test)', '0-0:96.13.0', [('test-/-test', None)]),
    ('C.9(/SX330)', 'C.9', [('/SX330', None)]),
    ('0.2.2(!:::G11!)', '0.2.2', [('!:::G11!', None)]),
    ('1.8.0(013925.5*)', '1.8.0', [('013925.5', '')]),
    ('0.3.0(6.00*Imp/kWh)', '0.3.0', [('6.00', 'Imp/kWh')]),
    ('2(a*b*kW)', '2', [('a*b', 'kW')]),
    ('33.7.0( 0.00)', '33.7.0', [(' 0.00', None)]),
    ('C.2.1(\xff\xff\xff)', 'C.2.1', [('\xff\xff\xff', None)]),
    ('(CRC Ok)(8492)(508)(2010-03-07,09:35:00)', None,
     [('CRC Ok', None), ('8492', None), ('508', None), ('2010-03-07,09:35:00', None)]),
])
def test_one_set(line, code, values):
    assert one(line) == (code, tuple(values))


@pytest.mark.parametrize(('code', 'group', 'value', 'unit'), [
    ('1.8.0', '0021325.5kWh', '0021325.5', 'kWh'), ('1.8.0', '024562 kWh', '024562', 'kWh'),
    ('1.7.0', '000131W', '000131', 'W'), ('1.7.0', '-000131W', '-000131', 'W'), ('3.8.0', '3.885kVArh', '3.885', 'kVArh'),
    ('6.26', '03329.67m3', '03329.67', 'm3'), ('31.7.0', '000.4A', '000.4', 'A'), ('1-0:51.7.0', '004A', '004', 'A'),
    ('9.4', '98,5C', '98,5', 'C'), ('14.7.0', '50Hz', '50', 'Hz'),
    ('0-0:1.0.0', '101209113020W', '101209113020W', None), ('0-0:1.0.0', '101209113020S', '101209113020S', None),
    ('C.3', '1F', '1F', None), ('0.2.0', '06BD', '06BD', None), ('C.4.0', '60C00088', '60C00088', None),
    ('C.5.0', '001A', '001A', None), ('96.5.0', '1C', '1C', None), ('0.2.0', '1.05A', '1.05A', None),
    ('96.8.1', '025775Hrs', '025775Hrs', None), ('0.0.0', '1kWh2', '1kWh2', None), ('0.0.0', 'kWh', 'kWh', None),
])
def test_a_unit_without_star_is_taken_off_a_number_only(code, group, value, unit):
    assert one(f'{code}({group})') == (code, ((value, unit),))


def test_several_sets_stand_on_a_line():
    assert sets('6.8(0328.871*GJ)6.26(03329.67*m3)9.21(66153690)\r\n') == [
        ('6.8', (('0328.871', 'GJ'),)), ('6.26', (('03329.67', 'm3'),)), ('9.21', (('66153690', None),))]


def test_a_code_that_comes_again_is_kept_each_time():
    assert [code for code, _ in sets('32.7.0(000.7*V)\r\n32.7.0(0002)(00-01-01 00:00)\r\n')] == ['32.7.0', '32.7.0']


@pytest.mark.parametrize('flag', ['LG_', 'ZD5', 'LGZ', 'ISk'])
def test_identification_of_every_kind_of_flag_id(flag):
    text = f'(rest of the telegram before)\r\n1.8.0(1\r\n/{flag}5\r\n1.8.0(2)\r\n!\r\n2.8.0(3)\r\n/{flag}5\r\n1.8.0(4)\r\n!\r\n'
    assert sets(text) == [('1.8.0', (('2', None),)), ('1.8.0', (('4', None),))]


# Continuation

def test_a_line_without_code_continues_the_set_before():
    assert one('0-1:24.3.0(130110100000)(m3)\r\n\r\n(00001.160)\r\n') == (
        '0-1:24.3.0', (('130110100000', None), ('m3', None), ('00001.160', None)))


@pytest.mark.parametrize('text', ['1.8.0(1)\r\n2.8.0(\r\n(5)', '1.8.0(1)\r\n2.8.0(3\x003)\r\n(5)', '1.8.0(1)\r\n#2.8.0#\r\n(5)'])
def test_what_continues_a_lost_set_is_lost_with_it(text):
    assert sets(text) == [('1.8.0', (('1', None),))]
    assert rejected(text)[-1] == ('(5)', ORPHAN)


def test_no_set_is_continued_into_another_telegram():
    assert sets('\x02ET0PE(1)\r\n\x03x\x02(01)\x03y') == [('ET0PE', (('1', None),)), (None, (('01', None),))]


# Frame

@pytest.mark.parametrize('before', [
    '', '/?!\r\n', '/?!\r\n/LGZ5\\2ZMD\r\n', '/LGZ5\\2ZMD\r\n\x06050\r\n\x02', '/\r\n', '/KAM MC\r\n\x02',
    '\x00\x00/EST5\\253\r\n\r\n',
    'noise 8.0(4*kW)\r\n/LGZ5\\2ZMD\r\n', '8.0(4*kW)\r\n!\r\n\x03x\x02', '\x1b\x1b\x1b\x1b\x01\x01\x01\x01\x02',
    '/EKT5CE\r\n\x01P0\x02(123)\x03(\x06\x02',
    '/EKT5CE\r\n\x01R1\x02ET0PE()\x037\x02', '/EKT5CE\r\n\x01P0\x02(123)\x03\x02\x02', '/EKT5CE\r\n\x01P0\x02(123)\x03\r\x06\x02',
])
@pytest.mark.parametrize('behind', ['', '\r\n!\r\n', '!\r\n', '\r\n!\r\n\x03(', '\r\n!\r\n\x03\x02', '\r\n!A267\r\n',
    '\r\n!\r\nh\r\n', '\r\n!\r\n/\r\n'])
def test_frame_echoes_and_commands_are_neither_data_nor_rejected(before, behind):
    assert one(f'{before}1.8.0(12*kWh){behind}') == ('1.8.0', (('12', 'kWh'),))


@pytest.mark.parametrize('check', ['(', ')', '\x02', '\x03', '\x01', '/', '!', '\r', ''])
def test_the_check_character_behind_etx_is_no_text(check):
    assert one(f'\x021.8.0(12*kWh)\x03{check}') == ('1.8.0', (('12', 'kWh'),))
    text = f'\x021.8.0(1)\x03{check or "x"}\x06\x022.8.0(2)\x03{check}'
    assert sets(text) == [('1.8.0', (('1', None),)), ('2.8.0', (('2', None),))]


def test_behind_a_command_only_a_frame_holds_data():
    assert sets('\x01R1\x02ET0PE()\x037(5)\r\n\x02ET0PE(1)\x03x') == [('ET0PE', (('1', None),))]


def test_a_check_character_that_looks_like_stx_begins_nothing():
    assert sets('\x021.8.0(1)\x03\x022.8.0(2)') == [('1.8.0', (('1', None),))]


def test_several_telegrams_are_read_in_order():
    text = ('/EST5\\253\r\n\r\n1.8.0(1)\r\n!7EF9\r\n/EST5\\253\r\n\r\n1.8.0(2)\r\n'
            '!7EF9/EST5\\253\r\n\r\n1.8.0(3)/EST5\\253\r\n1.8.0(4)')
    assert [values[0][0] for _, values in sets(text)] == ['1', '2', '3', '4']


def test_what_stands_behind_the_end_is_no_data():
    text = '/LGZ4\r\n1.8.0(1)\r\n!\r\n2.8.0(5)\r\n'
    assert sets(text) == [('1.8.0', (('1', None),))]
    assert rejected(text) == [('2.8.0(5)', AFTER_END)]


# Cut and garbled

@pytest.mark.parametrize(('text', 'line', 'reason'), [
    ('0.0.0(', '0.0.0(', CUT),
    ('1-0:32.32.0(0', '1-0:32.32.0(0', CUT),
    ('1.8.0', '1.8.0', NO_DATA),
    ('***NO CARRIER***', '***NO CARRIER***', NO_DATA),
    ('1.8.0(00\x0512*kWh)', '1.8.0(00\x0512*kWh)', GARBLED),
    ('1.8.0(00\x8512*kWh)', '1.8.0(00\x8512*kWh)', GARBLED),
    ('1.8.0(00\N{REPLACEMENT CHARACTER}12)', '1.8.0(00\N{REPLACEMENT CHARACTER}12)', GARBLED),
    ('1.8.0(00(12*kWh)', '1.8.0(00(12*kWh)', GARBLED),
    ('1.8.0(00)12*kWh)', '1.8.0(00)12*kWh)', GARBLED),
    ('1.8.0)0012*kWh', '1.8.0)', GARBLED),
    ('1-#:1.8.0(12)', '1-#:1.8.0(12)', GARBLED),
    ('1.8.0#01(12)', '1.8.0#01(12)', GARBLED),
    ('1.8.01-0:2.8.0(12)', '1.8.01-0:2.8.0(12)', GARBLED),
    ('1.2.3.4.5.6(12)', '1.2.3.4.5.6(12)', GARBLED),
    ('1.\x068.0(12)', '1.\x068.0(12)', GARBLED),
    ('1.\x158.0(12)', '1.\x158.0(12)', GARBLED),
    ('1.\x028.0(12)', '1.\x028.0(12)', GARBLED),
    ('x.\r\n1.\x028.0(12)', 'x.', NO_DATA),
    ('1/8.0(12)', '1/8.0(12)', GARBLED),
    ('1-0;1.8.0(12)', '1-0;1.8.0(12)', GARBLED),
    ('C/7.0(12)', 'C/7.0(12)', GARBLED),
    ('some text (12)', 'some text (12)', GARBLED),
])
def test_what_is_cut_or_garbled_is_rejected_with_its_reason(text, line, reason):
    assert sets(text) == []
    assert rejected(text)[0] == (line, reason)


def test_a_set_whose_further_group_is_cut_keeps_what_is_whole():
    assert sets('1.6.0(02.468*kW)(1703') == [('1.6.0', (('02.468', 'kW'),))]
    assert rejected('1.6.0(02.468*kW)(1703') == [('(1703', CUT)]


@pytest.mark.parametrize(('text', 'glued'), [('OB96.1.1(x)', 'OB'), ('\\96.1.1(x)', '\\'), ('a text 96.1.1(x)', 'a text'),
                                             ('\x00\xff96.1.1(x)', None)])
def test_what_is_glued_in_front_of_a_code_is_cut_off(text, glued):
    assert sets(text) == [('96.1.1', (('x', None),))]
    assert rejected(text) == ([(glued, NO_DATA)] if glued else [])


def test_text_behind_a_set_is_rejected_and_the_set_stays():
    assert sets('9.4(114.9*C)\\\r\n9.6(1)') == [('9.4', (('114.9', 'C'),)), ('9.6', (('1', None),))]
    assert rejected('9.4(114.9*C)\\\r\n9.6(1)') == [('\\', NO_DATA)]


# Any text

ALPHABET = '()()*&.:-!/01289AFkWh \r\n\x01\x02\x03\x06\x15P\xff\xb1,#'


@given(st.text(st.sampled_from(ALPHABET), max_size=200))
@example('!/abc x(1)' * 2000)
@example('\x01P')
def test_any_text_is_parsed_and_all_values_stand_in_it(text):
    content = parse(text)
    for data_set in content.data_sets:
        assert data_set.code is None or data_set.code in text
        assert data_set.values
        assert all(value.value in text and (value.unit or '') in text for value in data_set.values)


@given(st.text())
def test_no_text_makes_parse_raise(text):
    parse(text)


@pytest.mark.parametrize('part', ['(', ')', '1.', '1.8.0(', '!', '!/abc x(1)', '\x01P1', '\x02', '\x03', '/', ' (', '((1)',
                                  '1-0:', '\r/ ', '*', 'a', '1', ' '])
def test_a_flood_takes_linear_time(part):
    start = time.process_time()
    parse(part * (0x40000 // len(part)) + ')')
    assert time.process_time() - start < 10     # what is not linear takes minutes


def test_an_exclamation_mark_between_two_groups_is_no_end():
    """Meters of Pafal write one into a line in the middle of their readout."""
    content = parse('/PAF5EC3\r\n0.2.2(:::::G11)!(:::::G11)(!)\r\n1.8.0(00051209*kWh)\r\n!\r\n')
    assert [str(data_set) for data_set in content.data_sets] == ['0.2.2(:::::G11)(:::::G11)(!)', '1.8.0(00051209*kWh)']
    assert content.rejected == ()
