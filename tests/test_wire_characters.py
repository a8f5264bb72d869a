# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Characters: their parity, their echo, their time on the wire, and whether they can be text."""

import random

import pytest

from feeding import DATA, IDENTIFICATION, P1
from reader.wire.characters import Parity, is_text, seven_bits, text_share, wire_time, with_parity, without_echo


def test_parity_of_what_is_sent_is_even():
    sent = with_parity(bytes(range(128)))
    assert all(c.bit_count() % 2 == 0 for c in sent)
    assert seven_bits(sent) == bytes(range(128))


@pytest.mark.parametrize('data', [P1, IDENTIFICATION, DATA, DATA + b'\xff\xe4', b'0.2.2(' + b'\xff' * 8 + b')\r\n' + DATA])
def test_lines_without_parity(data):
    parity = Parity()
    parity.feed(data)
    assert not parity.visible and parity.wrong == 0


def test_lines_with_parity():
    parity = Parity()
    parity.feed(with_parity(DATA))
    assert parity.visible and parity.wrong == 0
    parity.feed(b'1')
    assert parity.wrong == 1 and parity.total == len(DATA) + 1


def test_parity_that_is_demanded():
    parity = Parity('software')
    parity.feed(DATA)
    assert parity.wrong > 8


@pytest.mark.parametrize('baudrate, seconds', [(300, 2.0), (9600, 0.0625)])
def test_wire_time(baudrate, seconds):
    assert wire_time(60, baudrate) == seconds


@pytest.mark.parametrize('received, sent, answer', [
    (b'', (b'ab',), b''), (b'xaby', (b'ab',), b'xy'), (b'abab', (b'ab',), b''), (b'xaby', (), b'xaby'),
    (b'xaby', (b'',), b'xaby'), (b'a', (b'ab',), b'a'), (b'1ab2cd3ab', (b'ab', b'cd'), b'123'),
    (b'\xb1' + with_parity(b'ab') + b'\xb1', (b'ab',), b'\xb1\xb1'), (b'1ab\xb1', (with_parity(b'ab'),), b'1\xb1')])
def test_without_echo(received, sent, answer):
    assert without_echo(received, *sent) == answer


def test_text_is_told_from_what_was_sent_at_another_speed():
    noise = random.Random(1).randbytes(1000)
    for kind in 'auto', 'none':
        assert text_share(DATA, kind) == 1
        assert text_share(noise, kind) < 0.6
    assert text_share(with_parity(DATA)) == 1
    assert text_share(with_parity(DATA) + b'1' * len(DATA), 'software') == 0.5
    assert text_share(DATA + b'\x00' * len(DATA)) == 0.5
    assert text_share(b'') == 1


@pytest.mark.parametrize('data, text', [
    (DATA, True), (with_parity(DATA), True), (DATA[:31], False), (DATA[:32], True), (DATA[:39] + b'\xff\x80', True),
    (DATA[:38] + b'\xff\x80\0', False), (random.Random(2).randbytes(100), False)])
def test_a_telegram_is_known_as_text(data, text):
    assert is_text(data) == text
