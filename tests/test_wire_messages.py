# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent, and who answers: the identification among echo, noise and telegrams that were joined in the middle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeding import IDENTIFICATION, feed, identified
from reader.errors import ProtocolError
from reader.wire.characters import MAX_MESSAGE, with_parity
from reader.wire.messages import IdentificationReader, acknowledgement, request

REQUEST = request()


def asked(data, sent=REQUEST):
    return feed(lambda: IdentificationReader(sent), data)


def heard(data):
    return feed(lambda: IdentificationReader(listening=True), data)


# What the reader sends

def test_request():
    assert request() == b'/?!\r\n'
    assert request('00 1a', '2') == b'/200 1a!\r\n'


@pytest.mark.parametrize('address, code', [('1' * 33, '?'), ('1!', '?'), ('\n', '?'), ('', ''), ('', '??'), ('', ' '), ('', 'ä')])
def test_request_that_no_meter_could_understand(address, code):
    with pytest.raises(ValueError, match='possible'):
        request(address, code)


def test_acknowledgement():
    assert acknowledgement('5') == b'\x06050\r\n'


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
    ('/ABC5\\', 'ABC', '5', (), '\\', 'C', 9600, 0.2),
    ('/ESY5Q3DA3024 V3.04', 'ESY', '5', (), 'Q3DA3024 V3.04', 'C', 9600, 0.2),
    ('/LG_E660_V1', 'LG_', 'E', (), '660_V1', 'B', 9600, 0.2),
    ('/ZD5ME666-1003', 'ZD5', 'M', (), 'E666-1003', 'A', 300, 0.2),
])
@pytest.mark.parametrize('read', [asked, heard], ids=['asked', 'heard'])
def test_identification(read, line, flag, z, escapes, type_, mode, baudrate, reaction):
    found, _ = read(line.encode() + b'\r\n')
    assert (str(found), found.flag, found.speed_character, found.escapes, found.type) == (line, flag, z, escapes, type_)
    assert (found.mode, found.baudrate, found.reaction_time) == (mode, baudrate, reaction)
    assert found.reserved == (z in set('GHI789'))


@pytest.mark.parametrize('before', [b'', REQUEST, b'\x00\xff\x03', b'/?!\r\n\x03\x80', b'/', b'noise\r\n', b'\xaf\xbf!\r\n',
                                    b'(/', b'/ABC5(\\', b'/ABC\x03'])
def test_identification_among_echo_and_noise(before):
    found, reader = asked(before + IDENTIFICATION + b'\x02after')
    assert str(found) == '/LGZ5\\2ZMD3104407.B32'
    assert (reader.raw, reader.rest) == (IDENTIFICATION, b'\x02after')


@pytest.mark.parametrize('line_end', [b'\n', b'\r\n', b'\r\r\n'])
def test_line_ends(line_end):
    found, reader = asked(b'/ABC5x' + line_end)
    assert str(found) == '/ABC5x' and reader.raw == b'/ABC5x' + line_end


def test_identification_with_parity_bits():
    found, reader = asked(with_parity(REQUEST + IDENTIFICATION))
    assert found.flag == 'LGZ' and reader.raw == with_parity(IDENTIFICATION)


@pytest.mark.parametrize('line', [b'/AB\r\n', b'/A125x\r\n', b'/1AB5x\r\n', b'/200 1a!\r\n', b'1.8.0(m3/ABC5)\r\n',
                                  b'/ABC5(x\r\n', b'/ABC5x', b'/ABC5\0x\r\n', b'/ABC5\rx\r\n'])
def test_what_is_no_identification(line):
    assert asked(line)[0] is None
    assert heard(line)[0] is None


def test_echoed_request_is_no_identification_even_if_it_looks_like_one():
    sent = request('BC1', 'A')
    assert asked(sent, sent)[0] is None


def test_listening_joins_at_the_beginning_of_a_line_only():
    assert heard(b'0-0:96.13.0(see/ABC5x)\r\n1.8.0(1)/ABC5x\r\n')[0] is None
    assert heard(b'1.8.0(1)/ABC5x\r\n!\r\n/LGZ5x\r\n')[0] == identified(b'/LGZ5x\r\n')


@pytest.mark.parametrize('before', [b'', b'\0\0', b'\xff', b'1.8.0(5)\r\n!\r\n\x03P', b'!\r\n\x03/', b'!\r\n\x03(',
                                    b'!\r\n\x03\0\0', b'!\r\n\x03P\0\x7f', b'!\r\n\x03\x03', b'!\x03P'])
def test_telegram_after_noise_or_a_frame_is_found_while_listening(before):
    found, reader = heard(before + IDENTIFICATION + b'rest')
    assert str(found) == IDENTIFICATION.decode().strip() and (reader.raw, reader.rest) == (IDENTIFICATION, b'rest')


@pytest.mark.parametrize('data, answered', [
    (b'', False), (b'\0\0', False), (b'/?', False), (REQUEST, False), (b'\0' + REQUEST * 3 + b'\0/?!', False),
    (with_parity(REQUEST), False), (b'x', True), (REQUEST + b'/LGZ', True), (b'/!', True), (b'/?!\r\nx/?!\r\n', True)])
def test_an_echo_is_no_answer(data, answered):
    _, reader = asked(data)
    assert reader.answered == answered


@pytest.mark.parametrize('size', [MAX_MESSAGE + 1, 5000])
def test_a_line_that_never_says_who_it_is(size):
    reader = IdentificationReader()
    with pytest.raises(ProtocolError, match='no identification'):
        for _ in range(MAX_MESSAGE // size + 1):
            reader.feed(b'x' * size)


PIECES = [b'\x02', b'\x03', b'!', b'\r\n', b'\n', b'(', b'/ABC5x', b'/ABC5x\r\n', b'/?!\r\n', b'\\2', b'/', b'P', b'\0', b'\xff']


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=20), st.booleans())
def test_portions_do_not_matter_and_no_bytes_raise(pieces, listening):
    (heard if listening else asked)(b''.join(pieces))
