# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A sentence in two languages: its gaps, its optional parts, and what may fill them."""

import pytest

from reader.texts import Text

BUSY = Text('{port} ist belegt[: {holder}][, seit {seconds} s]', '{port} is busy[: {holder}][, for {seconds} s]')


@pytest.mark.parametrize('values, de, en', [
    ({}, 'A ist belegt', 'A is busy'),
    ({'holder': 'B'}, 'A ist belegt: B', 'A is busy: B'),
    ({'seconds': 0.8}, 'A ist belegt, seit 0,8 s', 'A is busy, for 0.8 s'),
    ({'holder': '', 'seconds': 3.0}, 'A ist belegt: , seit 3 s', 'A is busy: , for 3 s'),
])
def test_optional_parts_are_there_if_their_values_are(values, de, en):
    text = BUSY.filled({'port': 'A', **values})
    assert (text.to('de'), text.to('en'), text.to('fr'), str(text)) == (de, en, en, en)


def test_a_part_wants_all_its_values():
    text = Text('x[ {a} von {b}]', 'x[ {a} of {b}]', {'a': 1})
    assert (text.to('de'), text.filled({'a': 1, 'b': 2}).to('en')) == ('x', 'x 1 of 2')


def test_a_gap_outside_of_brackets_must_have_its_value():
    with pytest.raises(KeyError):
        BUSY.to('de')


def test_brackets_without_a_gap_and_those_of_a_value_are_text():
    assert Text('', '[ab] {a}', {'a': '[{b}]'}).to('en') == '[ab] [{b}]'


@pytest.mark.parametrize('gap, value, de, en', [
    ('{a:.1f}', 1234.56, '1234,6', '1234.6'),
    ('{a}', 0.0, '0', '0'),
    ('{a:#04x}', 3, '0x03', '0x03'),
    ('{a!r}', 'x\n', r"'x\n'", r"'x\n'"),
    ('{a}', 'x\x1b[2J', 'x\ufffd[2J', 'x\ufffd[2J'),
    ('{a}', Text('nein, {b}', 'no, {b}', {'b': 0.5}), 'nein, 0,5', 'no, 0.5'),
    ('{a}', '1.5', '1.5', '1.5'),
], ids=['figures as asked for', 'zero', 'whole number', 'quoted', 'steers a terminal', 'a text', 'no number'])
def test_values_are_written_as_the_language_does(gap, value, de, en):
    text = Text(gap, gap, {'a': value})
    assert (text.to('de'), text.to('en')) == (de, en)
