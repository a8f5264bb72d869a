# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The second net: forms of values, shapes of readouts, copies that confirm."""

import json
import random
import re
from dataclasses import replace
from decimal import Decimal

import pytest

import captures
from reader.dialogue.copies import Copies, remember
from reader.errors import Unconfirmed
from reader.evidence import copies, forms, shapes
from reader.memory import Memory
from reader.obis.codes import is_counter, is_serial_number
from reader.obis.data_sets import Value, parse
from reader.readout import Readout


def sets(text):
    return parse(text).data_sets


def line(code, text, unit=None):
    return Value(text, unit), code


# Forms

@pytest.mark.parametrize('code, text, unit, padded, form', [
    ('1-0:1.8.0', '000046.24', 'kWh', True, 'dddddd.dd*kWh'),       # padded: of a fixed width
    ('1.8.0', '46.24', 'kWh', False, 'dd.dd*kWh'),                  # a counter keeps its width for years
    ('32.7', '230.5', 'V', True, 'Sddd.d*V'),                       # the meter pads, so this is full
    ('32.7', '230.5', 'V', False, 'Sn.d*V'),
    ('1.7.0', '0.908', 'kW', True, 'Sn.ddd*kW'),                    # one digit is no width
    ('31.7.0', '+000.8', 'A', True, 'sddd.d*A'),
    ('9.4', '098.5', 'C', True, 'Sddd.d*C'),
    ('1.8.0', '000007,4', 'kW', True, 'dddddd,d*kW'),
    ('32.36', '  80', 'Deg', False, 'bbbb*Deg'),
    ('0.9.2', '21-01-04', None, False, 'dd-dd-dd'),
    ('0.2.0', 'V1.27b', None, False, 'aa.aaa'), ('F.F', '0A3F', None, False, 'aaaa'), ('0.0.2', '', None, False, ''),
    ('16.8.0', '-00012.3', 'kWh', True, 'sddddd.d*kWh'), ('16.8.0', '00012.3', 'kWh', True, 'Sddddd.d*kWh'),
    ('1.7.0', '-.--', 'kW', False, '-.--*kW'), ('0.1.0', '18', None, False, 'dd'), ('0.9.1', '94530', None, False, 'ddddd')])
def test_form(code, text, unit, padded, form):
    assert forms.form(code, Value(text, unit), padded) == form
    assert forms.fits(form, Value(text, unit))
    assert not forms.fits(form, Value(text, 'x')) and not forms.fits(form, Value(text + '\0', unit))


@pytest.mark.parametrize('form, fit, misfit', [
    ('dddddd.dd*kWh', ['000000.00', '999999.99'], ['00046.24', '0000046.24', '000046.2', '0000 6.24', '00004A.24', '000046,24']),
    ('Sn.d*V', ['5.0', '1230.5', '-12.3'], ['.5', '05.0', '12.34', '12,3', '--1.0']),
    ('sddd.d*A', ['+000.8', '-000.8'], ['000.8', '+00.8']), ('bbb*Deg', [' 80', '  0'], ['80', '8O0']),
    ('aa.aaa', ['V1.27b'], ['V1.27', 'V1 27b'])])
def test_what_fits_a_form(form, fit, misfit):
    unit = form.partition('*')[2] or None
    assert all(forms.fits(form, Value(text, unit)) for text in fit)
    assert not any(forms.fits(form, Value(text, unit)) for text in misfit)


def test_widened():
    assert forms.widened('dd.d*C', 'ddd.d*C') == 'n.d*C' and forms.widened('Sn.d*V', 'n.d*V') == 'Sn.d*V'
    assert forms.widened('dd.d*C', 'dd.dd*C') is None and forms.widened('dd.d*C', 'ddd.d*K') is None
    assert forms.widened('dd', '-.--') is None


# Shapes

READOUT = ('0.0.0(12345678)\r\n1.8.0(00051206.1*kWh)\r\n1.8.1(00030000.1*kWh)\r\n1.8.2(00021206.0*kWh)\r\n32.7.0(230.5*V)\r\n'
           '52.7.0(231.5*V)\r\n72.7.0(229.5*V)\r\n1.7.0(000.35*kW)\r\n0.9.1(124530)\r\n0.9.2(260109)\r\n')
KNOWN = shapes.shape_of(sets(READOUT))


def changed(*replacements):
    text = READOUT
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return sets(text)


def test_a_shape_is_a_text_that_can_be_read_back():
    assert shapes.text(shapes.parse(KNOWN)) == KNOWN and 'ddd.d*V' in KNOWN
    assert shapes.has_shape(KNOWN, sets(READOUT))
    assert shapes.has_shape(KNOWN, changed(('51206', '99999'), ('230.5', '099.8'), ('124530', '000000'), ('000.35', '-000.35')))


@pytest.mark.parametrize('replacements, index', [
    ([('00051206.1', '0051206.1')], {1}), ([('00051206.1', '000512206.1')], {1}), ([('*kWh', '*kW')], {1}),
    ([('230.5', '23.5')], {4}), ([('1.8.0(', '18.0(')], {0, 1}), ([('1.8.0(00051206.1*kWh)\r\n', '')], {0}),
    ([('52.7.0(231.5*V)\r\n', '52.7.0(231.5*V)\r\n52.7.0(231.5*V)\r\n')], {5, 6}),
    ([('00051206.1*kWh)\r\n1.8.1(', '')], {1}), ([('(124530)', '(12453)')], {8})], ids=str)
def test_strangers_are_named(replacements, index):
    data_sets = changed(*replacements)
    assert not shapes.has_shape(KNOWN, data_sets)
    assert shapes.strangers(KNOWN, data_sets) == index


def test_in_another_order_nothing_can_be_said():
    lines = READOUT.splitlines(keepends=True)
    moved = sets(''.join([*lines[3:5], *lines[:3], *lines[5:]]))
    assert shapes.strangers(KNOWN, moved) is None and shapes.strangers(KNOWN, sets('1.8.0(1)')) is None


def test_a_billing_reset_widens_the_shape():
    """A period more is learned once, then both are known; what may be missing is no stranger's neighbour."""
    more = sets(READOUT + '1.8.0*01(00051206.1*kWh)\r\n')
    known = shapes.learn((KNOWN,), more)
    assert len(known) == 1 and shapes.has_shape(known[0], more) and shapes.has_shape(known[0], sets(READOUT))
    assert known[0].splitlines()[-1].startswith('?1.8.0*01(')
    assert shapes.strangers(known[0], changed(('230.5', '23.5'))) == {4}


def test_shapes_live_side_by_side_and_are_bounded():
    known = ()
    for number in range(20):
        known = shapes.learn(known, sets(''.join(f'{number}.{place}.0(12)\r\n' for place in range(1, 9))))
    assert len(known) == shapes.MOST_SHAPES and known[0].startswith('19.1.0')
    again = shapes.learn(known, sets(''.join(f'15.{place}.0(12)\r\n' for place in range(1, 9))))
    assert again[0].startswith('15.1.0') and set(again) == set(known)


def test_a_number_that_changes_its_width_has_no_fixed_one():
    known = shapes.learn(shapes.learn((), sets('0.1.0(9)(99)\r\n')), sets('0.1.0(9)(100)\r\n'))
    assert known == ('0.1.0(n)(n)',) and shapes.has_shape(known[0], sets('0.1.0(9)(1234)\r\n'))
    known = shapes.learn(shapes.learn((), sets('1.7.0(000.35*kW)\r\n')), sets('1.7.0(---.--*kW)\r\n'))
    assert shapes.has_shape(known[0], sets('1.7.0(000.35*kW)\r\n')) and shapes.has_shape(known[0], sets('1.7.0(---.--*kW)\r\n'))


def test_padded_numbers_of_another_width_are_known_afterwards():
    """Another meter with the same codes: its readouts and those of the first are both known from then on."""
    other = sets(READOUT.replace('00051206.1', '0000051206.1').replace('(230.5', '(0230.5'))
    known = shapes.learn((KNOWN,), other)
    assert len(known) == 1 and shapes.has_shape(known[0], other) and shapes.has_shape(known[0], sets(READOUT))


def test_a_free_text_is_known_as_one_after_some():
    known = ()
    for text in ('HELLO', 'GOOD DAY', '', 'POWER CUT AT 9'):
        known = shapes.learn(known, sets(f'96.13.0({text})\r\n'))
    assert known == ('96.13.0(~)',) and shapes.has_shape(known[0], sets('96.13.0(any length ~ at all)\r\n'))
    assert not shapes.has_shape(known[0], sets('96.13.0(1*kWh)\r\n'))


def test_a_profile_may_be_of_any_length():
    assert shapes.has_shape(shapes.shape_of(sets('P.01(1)(2)\r\n(3)\r\n')), sets('P.01(1)(2)\r\n(3)\r\n(4)(5)\r\n'))


@pytest.mark.parametrize('name', captures.NAMES)
def test_a_healthy_meter_never_pays(name):
    """Real captures as twenty readouts each, their values moving as in life: none but the first has another shape."""
    data_sets, dice = sets(captures.text(name)), random.Random(name)
    known = shapes.learn((), data_sets)
    for number in range(1, 20):
        moved = tuple(s._replace(values=tuple(moving(s.code, v, i, number, dice) for i, v in enumerate(s.values)))
                      for s in data_sets)
        assert any(shapes.has_shape(shape, moved) for shape in known), [
            str(moved[i]) for i in sorted(shapes.strangers(known[0], moved) or ())]
        assert copies.confirms(data_sets, moved)


def moving(code, value, index, number, dice):
    """The value a while later: counters went on by their last digit, what is measured moved by some percent."""
    parts = re.fullmatch(r'([+-]?)( *)([0-9]+)([.,][0-9]+)?', value.value)
    if not parts or is_serial_number(code or '') or not value.unit:
        return value
    before = Decimal(value.value.strip().replace(',', '.'))
    step = Decimal(1).scaleb(before.as_tuple().exponent)
    counts = is_counter(code or '') and index == 0
    after = before + number * step if counts else (before * Decimal(dice.randint(97, 103)) / 100).quantize(step)
    whole, _, fraction = f'{abs(after):f}'.partition('.')
    width = len(parts[2] + parts[3])
    if len(whole) > width or (len(whole) < len(str(int(parts[3])))):
        return value        # a limit, or a power of ten: seldom in life
    whole = whole.rjust(width) if parts[2] else whole.zfill(len(parts[3]))
    return value._replace(value=parts[1] + whole + (parts[4][0] + fraction if parts[4] else ''))


# Copies

@pytest.mark.parametrize('replacements, confirmed', [
    ([], True), ([('00051206.1', '00051206.2'), ('230.5', '228.0'), ('124530', '124531')], True),
    ([('00051206.1', '00051206.0')], False), ([('12345678', '12345679')], False), ([('230.5', '30.5')], False),
    ([('0.9.2(260109)\r\n', '')], False), ([('1.8.1(', '1.8.3(')], False)], ids=str)
def test_copy(replacements, confirmed):
    assert copies.confirms(sets(READOUT), changed(*replacements)) == confirmed


def a_readout(text):
    content = parse(text)
    return Readout(None, 'C', 9600, text, content.data_sets, content.rejected, ('parity',))


def test_what_waits_for_a_copy_is_there_for_who_knows_better():
    memory = Memory(shapes=(KNOWN,))
    other = READOUT.replace('00051206.1', '0051206.1')
    with pytest.raises(Unconfirmed) as refused:
        Copies(memory, 'auto').accept(replace(a_readout(READOUT[40:]), checked=('bcc',)), disturbed=False)
    assert refused.value.readout.data_sets == sets(READOUT[40:])
    kept = accept(memory, other)
    assert [r.line for r in kept.rejected] == ['1.8.0(0051206.1*kWh)'] and len(kept.data_sets) == 9
    assert kept.whole == sets(other)
    remember(memory, kept.whole)
    known = Copies(memory, 'auto').accept(a_readout(other), disturbed=False)
    assert known.checked == ('parity', 'shape') and not known.whole


CLOCK = READOUT.replace('0.9.1(124530)', '0.9.1({})')


def accept(memory, text):
    """The readout of a session without a copy, None where it is refused."""
    waiting = Copies(memory, 'auto')
    try:
        return waiting.accept(a_readout(text), disturbed=False)
    except Unconfirmed:
        return waiting.without_copy()


@pytest.mark.parametrize('times, accepted', [
    (['124530', '124600', '114600', '114700', '114800'], [1, 1, 0, 1, 1]),      # set back: the next one goes on
    (['124530', '124600', '114600', '114600', '124700'], [1, 1, 0, 0, 1]),      # the same again came out of a buffer
    (['124530', '124600', '114600', '104600', '104700'], [1, 1, 0, 0, 1])])
def test_a_clock_that_was_set_back_is_believed_when_it_goes_on(times, accepted):
    """A meter that no copy can be had of must not be refused for as long as its clock shows less than before."""
    memory = Memory(shapes=(KNOWN,))
    assert [accept(memory, CLOCK.format(time)) is not None for time in times] == list(map(bool, accepted))


def test_another_meter_with_an_older_clock_is_believed_the_second_time():
    memory, other = Memory(shapes=(KNOWN,)), CLOCK.replace('.8.', '.8.7.').replace('32.7', '33.7')
    assert accept(memory, CLOCK.format('124530')) and not accept(memory, other.format('000000'))
    assert accept(memory, other.format('000100')).checked == ('parity', 'copy')


def test_forgotten_shapes_make_the_next_readout_the_first():
    memory = Memory(shapes=(KNOWN,), pending=('x',), clock='2026-01-01')
    memory.forget_shapes()
    assert (memory.shapes, memory.pending, memory.clock) == ((), (), '')
    with pytest.raises(Unconfirmed):
        Copies(memory, 'auto').accept(a_readout(READOUT), disturbed=False)


# Memory

def test_a_memory_can_be_stored():
    memory = Memory(300, (True, False), (False, True), 1, 1, 3, 2.5, 0.2, (KNOWN,), '2026-01-01T10:00:00', ('F.F(d)',),
                    '2026-01-01T09:00:00', 17.5, 0.5, False)
    assert Memory.from_json(json.loads(json.dumps(memory.to_json()))) == memory
    assert Memory.from_json(Memory().to_json()) == Memory() and Memory.from_json({'later': 1}) == Memory()
    assert Memory.from_json(json.loads(json.dumps(Memory(shapes=()).to_json()))).shapes == ()


@pytest.mark.parametrize('stored', [
    {'rung': 3}, {'rung': -1}, {'rung': True}, {'rung': '1'}, {'failures': None}, {'readouts': 1.5}, {'heard_at': '9600'},
    {'disturbed': 3}, {'reaction': 'soon'}, {'reaction': float('nan')}, {'reaction': 1e9}, {'reaction': -1}, {'clock': None},
    {'pending': 5}, {'keeps_pace': 1}, {'shapes': 5}, {'tried': []}], ids=str)
def test_what_is_no_memory_is_refused(stored):
    with pytest.raises((TypeError, ValueError)):
        Memory.from_json(stored)


# Text

@pytest.mark.parametrize('text, found, rejected', [
    ('1.8.0(0005\x7f1206*kWh)', 0, 1), ('1.8\x7f.0(00051206*kWh)', 0, 1), ('1.8.0(00051206*k\x7fWh)', 0, 1),
    ('1.8.0(0005\xff1206*kWh)', 0, 1), ('96.13.0(\xff\xff\xff)', 1, 0), ('96.13.0(\xff\xff*\xff)', 0, 1),
    ('\xff1.8.0(00051206*kWh)', 1, 0), ('1.8.0(00051206*kWh\x1b)', 0, 1)], ids=ascii)
def test_control_characters_are_no_text(text, found, rejected):
    content = parse(f'/XXX5x\r\n{text}\r\n!\r\n')
    assert (len(content.data_sets), len(content.rejected)) == (found, rejected)
