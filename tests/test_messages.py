# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The messages: what is whole, what is broken, what is missing, whatever the portions are in which it comes."""

from functools import reduce
from itertools import product
from operator import xor

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from reader import messages
from reader.messages import BlockReader, ChecksumError, IdentificationReader, Parity, ProtocolError

DATA = b'0.0.0(12345678)\r\n1.8.0(000123.4*kWh)\r\n!\r\n'
IDENTIFICATION = b'/LGZ5\\2ZMD3104407.B32\r\n'
P1 = (b'/EST5\\253710000_A\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(221206194930W)\r\n1-0:1.8.0(000123.456*kWh)\r\n!')
ACKNOWLEDGEMENT = messages.acknowledgement('5')


def framed(data: bytes = DATA, check=lambda covered: reduce(xor, covered)) -> bytes:
    covered = data + b'\x03'
    return b'\x02' + covered + bytes([check(covered)])


def p1(telegram: bytes = P1) -> bytes:
    return telegram + b'%04X\r\n' % messages.crc16(telegram)


def identified(raw: bytes) -> messages.Identification:
    found = IdentificationReader().feed(raw)
    assert found is not None
    return found


def read(data: bytes, identification: bytes = IDENTIFICATION, portion: int = 0, end='quiet', **how) -> messages.DataBlock:
    """The block as the reader gives it, fed in portions of that size; `end` is what comes when nothing follows."""
    block = BlockReader(identified(identification), identification, ACKNOWLEDGEMENT)
    size = portion or len(data) or 1
    for start in range(0, len(data), size):
        block.feed(data[start:start + size])
    getattr(block, end)()
    parity = Parity(how.pop('parity', 'auto'))
    parity.feed(identification + block.raw)
    return block.block(parity, **how)


# What the reader sends

def test_request():
    assert messages.request() == b'/?!\r\n'
    assert messages.request('00 1a', '2') == b'/200 1a!\r\n'


@pytest.mark.parametrize('address, code', [('1' * 33, '?'), ('1!', '?'), ('\n', '?'), ('', ''), ('', '??'), ('', ' '), ('', 'ä')])
def test_request_that_no_meter_could_understand(address, code):
    with pytest.raises(ValueError, match='possible'):
        messages.request(address, code)


def test_acknowledgement():
    assert messages.acknowledgement('5') == b'\x06050\r\n'


def test_parity_of_what_is_sent_is_even():
    sent = messages.with_parity(bytes(range(128)))
    assert all(c.bit_count() % 2 == 0 for c in sent)
    assert messages.seven_bits(sent) == bytes(range(128))


# Identification

@pytest.mark.parametrize('line, flag, z, escapes, type_, mode, baudrate, reaction', [
    ('/LGZ5\\2ZMD3104407.B32', 'LGZ', '5', ('2',), 'ZMD3104407.B32', 'C', 9600, 0.2),
    ('/ISk5MT174-0001', 'ISk', '5', (), 'MT174-0001', 'C', 9600, 0.02),
    ('/ACE0\\3k260V01.18', 'ACE', '0', ('3',), 'k260V01.18', 'C', 300, 0.2),
    ('/ABC6\\@\\2x', 'ABC', '6', ('@', '2'), 'x', 'C', 19200, 0.2),
    ('/SIE32WR5', 'SIE', '3', (), '2WR5', 'C', 2400, 0.2),
    ('/LUGCUH50', 'LUG', 'C', (), 'UH50', 'B', 2400, 0.2),
    ('/ABCGxyz', 'ABC', 'G', (), 'xyz', 'B', 300, 0.2),
    ('/ABC7xyz', 'ABC', '7', (), 'xyz', 'C', 300, 0.2),
    ('/KAM MC', 'KAM', ' ', (), 'MC', 'A', 300, 0.2),
    ('/KAM 685-382-QR-10 ', 'KAM', ' ', (), '685-382-QR-10 ', 'A', 300, 0.2),
    ('/XYZ', 'XYZ', '', (), '', 'A', 300, 0.2),
    ('/ESY5Q3DA3024 V3.04', 'ESY', '5', (), 'Q3DA3024 V3.04', 'C', 9600, 0.2),
])
def test_identification(line, flag, z, escapes, type_, mode, baudrate, reaction):
    found = identified(line.encode() + b'\r\n')
    assert (str(found), found.flag, found.speed_character, found.escapes, found.type) == (line, flag, z, escapes, type_)
    assert (found.mode, found.baudrate, found.reaction_time) == (mode, baudrate, reaction)
    assert found.reserved == (z in set('GHI789'))


@pytest.mark.parametrize('before', [b'', b'/?!\r\n', b'\x00\xff\x03', b'/?!\r\n\x03\x80', b'/', b'noise\r\n', b'\xaf\xbf!\r\n'])
@pytest.mark.parametrize('portion', [1, 2, 7, 1000])
def test_identification_among_echo_and_noise(before, portion):
    reader = IdentificationReader(messages.request())
    data = before + IDENTIFICATION + b'\x02behind'
    found = None
    for start in range(0, len(data), portion):
        if found := reader.feed(data[start:start + portion]):
            break
    assert found and str(found) == '/LGZ5\\2ZMD3104407.B32'
    assert reader.raw == IDENTIFICATION
    assert data.startswith(before + IDENTIFICATION + reader.rest)


def test_identification_with_parity_bits():
    reader = IdentificationReader(messages.request())
    sent = messages.with_parity(messages.request() + IDENTIFICATION)
    found = reader.feed(sent)
    assert found and found.flag == 'LGZ' and reader.raw == messages.with_parity(IDENTIFICATION)


def test_echoed_request_is_no_identification_even_if_it_looks_like_one():
    request = messages.request('BC1', 'A')
    assert IdentificationReader(request).feed(request) is None


def test_listening_joins_at_the_beginning_of_a_line_only():
    reader = IdentificationReader(listening=True)
    assert reader.feed(b'0-0:96.13.0(see/ABC5x)\r\n1.8.0(1)/ABC5x\r\n') is None
    assert reader.feed(b'!\r\n/LGZ5x\r\n') is not None


def test_a_line_that_never_says_who_it_is():
    reader = IdentificationReader()
    with pytest.raises(ProtocolError, match='no identification'):
        reader.feed(b'x' * (messages.MAX_MESSAGE + 1))


# Data block

@pytest.mark.parametrize('portion', [0, 1, 2, 3, 11])
@pytest.mark.parametrize('before', [b'', ACKNOWLEDGEMENT, ACKNOWLEDGEMENT + IDENTIFICATION, b'\x00\xff\x80', b'\r\n'])
def test_framed_block(before, portion):
    block = read(before + framed() + b'behind\x03(', portion=portion)
    assert block.text == DATA.decode()
    assert block.checked == ('bcc',)


@pytest.mark.parametrize('check', range(128))
def test_any_character_may_be_the_check(check):
    """0x02, 0x03 and "!" among them: three characters are added so that it comes out as wanted."""
    wanted = reduce(xor, DATA + b'\x03') ^ check
    filling = next(bytes(f) for f in product(b' 0@P', b' 0@P', range(0x20, 0x7F)) if reduce(xor, f) == wanted)
    block = framed(filling + DATA)
    assert block[-1] == check
    assert read(block, portion=1).checked == ('bcc',)


def test_what_comes_behind_a_framed_block_is_the_rest():
    block = BlockReader()
    assert block.feed(framed() + b'/ABC5')
    assert block.rest == b'/ABC5' and block.raw == framed()


@given(st.integers(0, 8 * len(framed()) - 1))
def test_every_single_bit_error_is_refused(bit):
    """The seven bits; on a line without parity nothing is said by the eighth."""
    damaged = bytearray(framed())
    damaged[bit // 8] ^= 1 << bit % 8
    assume(bit % 8 != 7)
    with pytest.raises(ProtocolError):
        read(bytes(damaged))


@given(st.integers(0, 8 * len(framed()) - 1))
def test_every_single_bit_error_is_refused_where_parity_is_seen(bit):
    damaged = bytearray(messages.with_parity(framed()))
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        read(bytes(damaged), messages.with_parity(IDENTIFICATION))


def test_two_flips_in_a_column_escape_the_check_but_not_the_parity():
    damaged = bytearray(messages.with_parity(framed()))
    for position in damaged.index(b'3'), damaged.index(b'6'):
        damaged[position] ^= 4
    with pytest.raises(ProtocolError, match='2 of 67 characters have wrong parity'):
        read(bytes(damaged), messages.with_parity(IDENTIFICATION), strict=False)


@given(st.integers(0, len(framed()) - 1))
def test_cut_frame_is_refused(length):
    with pytest.raises(ProtocolError):
        read(framed()[:length])


@given(st.integers(0, len(p1()) - 1))
def test_cut_telegram_is_refused(length):
    head, _, tail = p1().partition(b'\r\n')
    with pytest.raises(ProtocolError):
        read(b'\r\n'.join([b'', tail])[:max(0, length - len(head))][2:], head + b'\r\n')


@given(st.integers(0, len(DATA) - 1))
def test_cut_block_without_frame_is_refused(length):
    with pytest.raises(ProtocolError):
        read(DATA[:length])


@pytest.mark.parametrize('portion', [0, 1, 4])
def test_block_without_frame(portion):
    block = read(ACKNOWLEDGEMENT + DATA, portion=portion)
    assert block.text == DATA.decode() and block.checked == ()


def test_block_without_frame_ends_with_silence_or_with_what_follows():
    block = BlockReader(identified(IDENTIFICATION))
    assert not block.feed(DATA) and block.ending
    assert block.feed(b'/') and block.rest == b'/'


@pytest.mark.parametrize('line', [
    b'0.2.2(:::::G11)!\r\n', b'6.31(0109868*h)!\r\n', b'!\n', b'!\r\r\n', b'!\r\n\n', b'1(2)3(4)!\r\n'])
def test_ends_of_a_block_without_frame(line):
    assert read(b'1.8.0(1)\r\n' + line, portion=1).text.endswith(line.rstrip(b'\n').decode() + '\n')


@pytest.mark.parametrize('inside', [b'0.2.2(:::::G11)!(:::::G11)(!)\r\n', b'0.2.2(!)\r\n', b'0.2.2(!\r\n', b'0.2.2!x\r\n'])
def test_exclamation_marks_that_are_no_end(inside):
    assert inside.decode() in read(inside + DATA, portion=1).text


@pytest.mark.parametrize('portion', [0, 1])
@pytest.mark.parametrize('behind', [b'\x03', b'\x03P', b'\r\n\x03P'])
def test_lone_etx_shows_that_stx_was_damaged(behind, portion):
    with pytest.raises(ProtocolError, match='ETX without STX'):
        read(b'B' + DATA + behind, portion=portion)


def test_telegram_is_whole_with_its_crc():
    block = BlockReader(identified(P1.partition(b'\n')[0] + b'\n'), P1.partition(b'\n')[0] + b'\n')
    assert block.feed(p1().partition(b'\n')[2]) and not block.rest


@pytest.mark.parametrize('crc, fits', [(b'%04X', True), (b'%04x', True), (b'%04X ', True), (b'FFFF', False), (b'7E#9', False)])
def test_crc(crc, fits):
    head, _, tail = P1.partition(b'\r\n')
    crc = crc % messages.crc16(P1) if b'%' in crc else crc
    if fits:
        assert read(tail + crc + b'\r\n', head + b'\r\n').checked == ('crc',)
    else:
        with pytest.raises(ChecksumError, match='CRC is wrong'):
            read(tail + crc + b'\r\n', head + b'\r\n')


def test_crc_without_its_leading_zero():
    number = next(n for n in range(100000) if messages.crc16(P1.replace(b'000123', b'%06d' % n)) < 0x1000)
    head, _, tail = P1.replace(b'000123', b'%06d' % number).partition(b'\r\n')
    crc = b'%X' % messages.crc16(head + b'\r\n' + tail)
    assert len(crc) == 3 and read(tail + crc + b'\r\n', head + b'\r\n').checked == ('crc',)


def test_next_telegram_before_the_end_of_this_one():
    block = BlockReader(identified(IDENTIFICATION))
    assert block.feed(b'\r\n1.8.0(1)\r\n' + IDENTIFICATION + b'\r\n1.8')
    assert block.interrupted and block.rest.startswith(IDENTIFICATION)
    with pytest.raises(ProtocolError, match='the next one began'):
        block.block(Parity())


@pytest.mark.parametrize('flag, fits', [('KAM', 'sum'), ('EKT', 'sum'), ('kam', 'sum'), ('LGZ', 'xor')])
@pytest.mark.parametrize('sent', ['sum', 'xor'])
def test_one_way_to_make_the_check_for_each_meter(flag, fits, sent):
    data = framed(check=lambda covered: sum(covered) % 128 if sent == 'sum' else reduce(xor, covered))
    identification = f'/{flag}5x\r\n'.encode()
    if sent == fits:
        assert read(data, identification).checked == ('bcc',)
    else:
        with pytest.raises(ChecksumError, match=f'as {sent} it would fit'):
            read(data, identification)
    assert read(data, identification, checksum=sent).checked == ('bcc',)


@pytest.mark.parametrize('data, says', [
    (framed()[:-1] + b'\x00', 'check character is wrong'), (framed()[:-2], 'ETX'), (DATA + b'\x03P', 'ETX without STX'),
    (DATA[:20], 'did not come')])
def test_without_checks_it_is_accepted_and_said(data, says):
    block = read(data, strict=False)
    assert '0.0.0(12345678)' in block.text
    assert block.checked == () and says in block.notes[0]


def test_checksum_error_names_both():
    with pytest.raises(ChecksumError, match=f'received 0x01, computed {framed()[-1]:#04x}'):
        read(framed()[:-1] + b'\x01')


def test_meter_that_talks_without_end():
    block = BlockReader()
    with pytest.raises(ProtocolError, match='without end'):
        block.feed(b'1.8.0(1)\r\n' * 30000)


# Nothing but its own errors

@given(st.lists(st.binary(max_size=40), max_size=8), st.booleans(), st.sampled_from(['auto', 'software', 'even', 'none']))
@example([framed()], True, 'software')
def test_no_bytes_raise_anything_else(portions, strict, kind):
    reader = IdentificationReader()
    block = BlockReader(None, b'', ACKNOWLEDGEMENT)
    for portion in portions:
        reader.feed(portion)
        block.feed(portion)
    block.close()
    parity = Parity(kind)
    parity.feed(block.raw)
    try:
        block.block(parity, strict=strict)
    except ProtocolError:
        assert strict or parity.wrong


PIECES = [b'\x02', b'\x03', b'!', b'\r\n', b'\n', b'(', b')', b'1.8.0', b'A1B2', b'/ABC5x', b'\x06050', b'P']


@given(st.lists(st.sampled_from(PIECES), max_size=25), st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_portions_do_not_matter(pieces, sizes):
    data = b''.join(pieces)
    whole, parts = BlockReader(None, b'', ACKNOWLEDGEMENT), BlockReader(None, b'', ACKNOWLEDGEMENT)
    whole.feed(data)
    position = 0
    while position < len(data):
        size = sizes[position % len(sizes)]
        parts.feed(data[position:position + size])
        position += size
    assert [_outcome(block) for block in (whole, parts)].count(_outcome(whole)) == 2
    assert (whole.whole, whole.rest, whole.ending, whole.missing) == (parts.whole, parts.rest, parts.ending, parts.missing)


def _outcome(block: BlockReader):
    try:
        return block.block(Parity('none'))
    except ProtocolError as error:
        return str(error)


# Parity

def test_lines_without_parity():
    for data in (P1, IDENTIFICATION, DATA, DATA + b'\xff\xe4', b'0.2.2(' + b'\xff' * 8 + b')\r\n' + DATA):
        parity = Parity()
        parity.feed(data)
        assert not parity.visible and parity.wrong == 0


def test_lines_with_parity():
    parity = Parity()
    parity.feed(messages.with_parity(DATA))
    assert parity.visible and parity.wrong == 0
    parity.feed(b'1')
    assert parity.wrong == 1


def test_parity_that_is_demanded():
    parity = Parity('software')
    parity.feed(DATA)
    assert parity.wrong > 8


# Telegrams that follow something

@pytest.mark.parametrize('before', [b'', b'\0\0', b'\xff', b'1.8.0(5)\r\n!\r\n\x03P', b'!\r\n\x03/'])
def test_telegram_behind_noise_or_a_frame_is_found_while_listening(before):
    reader = IdentificationReader(listening=True)
    found = reader.feed(before + IDENTIFICATION + b'rest')
    assert found and str(found) == IDENTIFICATION.decode().strip() and (reader.raw, reader.rest) == (IDENTIFICATION, b'rest')


def test_flipped_eighth_bit_is_refused_where_only_the_bcc_vouches():
    damaged = bytearray(framed())
    damaged[1] ^= 0x80
    with pytest.raises(ProtocolError, match='1 characters have an eighth bit'):
        read(bytes(damaged))
