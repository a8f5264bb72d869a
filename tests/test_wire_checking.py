# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a received block: what its parity, BCC or CRC vouch for, and what is refused."""

from functools import reduce
from operator import xor

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from feeding import ACKNOWLEDGEMENT, DATA, IDENTIFICATION, P1, accepted, block, framed, p1_parts
from reader.errors import ChecksumError, ProtocolError
from reader.wire.characters import Parity, with_parity
from reader.wire.checking import accept, crc16


def test_accepted_block():
    found = accepted(framed())
    assert (found.text, found.checked, found.remarks) == (DATA.decode(), ('bcc',), ())
    assert accepted(ACKNOWLEDGEMENT + DATA).checked == ()


@given(st.integers(0, 8 * len(framed()) - 1))
def test_every_single_bit_error_is_refused(bit):
    """The seven bits; on a line without parity nothing is said by the eighth."""
    damaged = bytearray(framed())
    damaged[bit // 8] ^= 1 << bit % 8
    assume(bit % 8 != 7)
    with pytest.raises(ProtocolError):
        accepted(bytes(damaged))


@given(st.integers(0, 8 * len(framed()) - 1))
def test_every_single_bit_error_is_refused_where_parity_is_seen(bit):
    damaged = bytearray(with_parity(framed()))
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        accepted(bytes(damaged), with_parity(IDENTIFICATION))


def test_two_flips_in_a_column_escape_the_check_but_not_the_parity():
    damaged = bytearray(with_parity(framed()))
    for position in damaged.index(b'3'), damaged.index(b'6'):
        damaged[position] ^= 4
    with pytest.raises(ProtocolError, match='2 of 67 characters have wrong parity'):
        accepted(bytes(damaged), with_parity(IDENTIFICATION), strict=False)


def test_flipped_eighth_bit_is_refused_where_only_the_bcc_vouches():
    damaged = bytearray(framed())
    damaged[1] ^= 0x80
    with pytest.raises(ProtocolError, match='1 characters have an eighth bit'):
        accepted(bytes(damaged))


@pytest.mark.parametrize('flag, fits', [('KAM', 'sum'), ('EKT', 'sum'), ('kam', 'sum'), ('LGZ', 'xor')])
@pytest.mark.parametrize('sent', ['sum', 'xor'])
def test_one_way_to_make_the_check_for_each_meter(flag, fits, sent):
    data = framed(check=lambda covered: sum(covered) % 128 if sent == 'sum' else reduce(xor, covered))
    identification = f'/{flag}5x\r\n'.encode()
    if sent == fits:
        assert accepted(data, identification).checked == ('bcc',)
    else:
        with pytest.raises(ChecksumError, match=f'as {sent} it would fit') as caught:
            accepted(data, identification)
        assert f'als {sent} würde es passen' in caught.value.text('de')
    assert accepted(data, identification, checksum=sent).checked == ('bcc',)


def test_checksum_error_names_both():
    with pytest.raises(ChecksumError, match=f'received 0x01, computed {framed()[-1]:#04x}'):
        accepted(framed()[:-1] + b'\x01')


@pytest.mark.parametrize('before', [b'', b'\0'])
@pytest.mark.parametrize('crc, fits', [(b'%04X', True), (b'%04x', True), (b'%04X ', True), (b'FFFF', False), (b'7E#9', False)])
def test_crc(crc, fits, before):
    identification, telegram = p1_parts(P1)
    crc = crc % crc16(P1) if b'%' in crc else crc
    if fits:
        assert accepted(before + telegram + crc + b'\r\n', identification).checked == ('crc',)
    else:
        with pytest.raises(ChecksumError, match='CRC is wrong'):
            accepted(telegram + crc + b'\r\n', identification)


def test_crc_without_its_leading_zero():
    number = next(n for n in range(100000) if crc16(P1.replace(b'000123', b'%06d' % n)) < 0x1000)
    identification, telegram = p1_parts(P1.replace(b'000123', b'%06d' % number))
    crc = b'%X' % crc16(identification + telegram)
    assert len(crc) == 3 and accepted(telegram + crc + b'\r\n', identification).checked == ('crc',)


def test_crc_covers_the_seven_bits_where_parity_is_seen():
    identification, telegram = p1_parts(P1)
    data = telegram + b'%04X\r\n' % crc16(P1)
    assert accepted(with_parity(data), with_parity(identification)).checked == ('parity', 'crc')


@pytest.mark.parametrize('data, says, sagt', [
    (framed()[:-1] + b'\x00', 'check character is wrong', 'Prüfzeichen des Blocks ist falsch'), (framed()[:-2], 'ETX', 'ETX'),
    (DATA + b'\x03P', 'ETX without STX', 'ETX ohne STX'), (DATA[:20], 'did not come', 'kam nicht')])
def test_without_checks_it_is_accepted_and_said(data, says, sagt):
    found = accepted(data, strict=False)
    assert '0.0.0(12345678)' in found.text and '\x03' not in found.text
    assert found.checked == () and says in str(found.remarks[0]) and sagt in found.remarks[0].to('de')


@given(st.lists(st.binary(max_size=40), max_size=8), st.booleans(), st.sampled_from(['auto', 'software', 'even', 'none']))
@example([framed()], True, 'software')
@example([b'\x02' + IDENTIFICATION + b'!'], True, 'auto')
def test_no_bytes_raise_anything_else(pieces, strict, kind):
    reader = block(b''.join(pieces), end='close')
    parity = Parity(kind)
    parity.feed(reader.raw)
    try:
        accept(reader.message, parity, strict=strict)
    except ProtocolError:
        assert strict or parity.wrong
