# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Receiving a data block: what is whole, what is missing, where it begins and ends."""

from functools import reduce
from itertools import product
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeding import ACKNOWLEDGEMENT, DATA, IDENTIFICATION, P1, accepted, block, feed, framed, identified, p1, p1_parts
from reader.errors import ProtocolError
from reader.wire.block import BlockReader, Frame

# Framed

@pytest.mark.parametrize('before', [b'', ACKNOWLEDGEMENT, ACKNOWLEDGEMENT + IDENTIFICATION, b'\x00\xff\x80', b'\r\n', b'(\x03'])
def test_framed_block(before):
    reader = block(before + framed() + b'after\x03(')
    assert (reader.raw, reader.rest) == (framed(), b'after\x03(')
    message = reader.message
    assert (message.frame, message.data, message.check, message.damage) == (Frame.FRAMED, DATA, framed()[-1:], None)
    assert message.covered == (DATA + b'\x03',)


@pytest.mark.parametrize('check', range(128))
def test_any_character_may_be_the_check(check):
    """0x02, 0x03 and "!" among them: three characters are added so that it comes out as wanted."""
    wanted = reduce(xor, DATA + b'\x03') ^ check
    filling = next(bytes(f) for f in product(b' 0@P', b' 0@P', range(0x20, 0x7F)) if reduce(xor, f) == wanted)
    data = framed(filling + DATA)
    assert data[-1] == check
    assert block(data).message.check == bytes([check])


@given(st.integers(0, len(framed()) - 1))
def test_cut_frame_is_not_whole(length):
    reader = block(framed()[:length])
    assert not reader.whole and reader.message.damage


def test_identification_repeated_after_stx_is_skipped():
    repeated = b'\x02\0' + IDENTIFICATION + framed()[1:]
    reader = block(repeated)
    assert (reader.raw, reader.interrupted, reader.message.data) == (repeated, False, DATA)
    assert accepted(repeated).text == DATA.decode()         # an echo: the meter's check does not cover it
    assert accepted(framed(IDENTIFICATION + DATA)).text == DATA.decode()        # it does


def test_empty_line_after_stx_belongs_to_the_block():
    _, reader = feed(BlockReader, framed(b'\r\n' + DATA))
    assert reader.message.data == b'\r\n' + DATA


@pytest.mark.parametrize('before', [b'\x02', b'\x02\0'])
def test_stx_and_identification_before_the_block_are_noise(before):
    reader = block(before + IDENTIFICATION + framed())
    assert reader.raw == framed() and accepted(before + IDENTIFICATION + framed()).text == DATA.decode()


# Without a frame

@pytest.mark.parametrize('before', [b'', ACKNOWLEDGEMENT, IDENTIFICATION, ACKNOWLEDGEMENT + IDENTIFICATION, b'\0'])
def test_block_without_frame(before):
    reader = block(before + DATA)
    assert (reader.raw, reader.message.frame, reader.message.data) == (DATA, Frame.UNFRAMED, DATA)


@given(st.integers(0, len(DATA) - 1))
def test_cut_block_without_frame_is_not_whole(length):
    assert not block(DATA[:length]).whole


def test_block_without_frame_ends_with_silence_or_with_what_follows():
    result, reader = feed(BlockReader, DATA)
    assert not result and reader.ending
    result, reader = feed(BlockReader, DATA + b'\r\n/')
    assert result and (reader.raw, reader.rest) == (DATA, b'\r\n/')


@pytest.mark.parametrize('line', [
    b'0.2.2(:::::G11)!\r\n', b'6.31(0109868*h)!\r\n', b'!\n', b'!\r\r\n', b'!\r\n\n', b'1(2)3(4)!\r\n'])
def test_ends_of_a_block_without_frame(line):
    assert block(b'1.8.0(1)\r\n' + line).message.data.endswith(line.rstrip(b'\n') + b'\n')


@pytest.mark.parametrize('inside', [b'0.2.2(:::::G11)!(:::::G11)(!)\r\n', b'0.2.2(!)\r\n', b'0.2.2(!\r\n', b'0.2.2!x\r\n'])
def test_exclamation_marks_that_are_no_end(inside):
    assert inside in block(inside + DATA).message.data


@pytest.mark.parametrize('after', [b'\x03', b'\x03P', b'\r\n\x03P', b'\x03\n', b'\x03\nx'])
def test_lone_etx_shows_that_stx_was_damaged(after):
    reader = block(b'B' + DATA + after)
    assert reader.whole and str(reader.message.damage) == 'the frame is damaged: ETX without STX'
    assert reader.raw + reader.rest == b'B' + DATA + after and reader.rest in (b'', b'x')


# P1

def test_telegram_is_whole_with_its_crc():
    identification, telegram = p1_parts(p1())
    result, reader = feed(lambda: BlockReader(identified(identification), identification), telegram)
    assert result and not reader.rest and reader.mode_d
    message = reader.message
    assert (message.frame, message.check, message.covered) == (Frame.P1, p1()[-6:-2], (P1,))


@given(st.integers(0, len(p1_parts(p1())[1]) - 1))
def test_cut_telegram_is_no_readout(length):
    identification, telegram = p1_parts(p1())
    with pytest.raises(ProtocolError):
        accepted(telegram[:length], identification)


# What is stored

@pytest.mark.parametrize('line_end', [b'', b'\r', b' '])
def test_last_line_end_of_a_stored_text_may_be_missing(line_end):
    stored = DATA.rstrip() + line_end
    assert block(stored, end='close').whole and not block(stored, end='quiet').whole
    assert block(p1_parts(p1())[1].rstrip() + line_end, p1_parts(p1())[0], 'close').message.frame is Frame.P1


@pytest.mark.parametrize('data', [b'\r\n' + DATA.rstrip(), framed()[:-1], b'\x02' + DATA[:-4], DATA[:20], b''])
def test_stored_text_that_is_cut(data):
    assert not block(data, end='close').whole


# What is missing, what came too early

@pytest.mark.parametrize('data, missing', [
    (b'', 'first line'), (b'1.8.0(', 'first line'), (b'\x021.8.0(1)', 'ETX'), (framed()[:-1], 'check character'),
    (b'1.8.0(1)\r\n', '"!"'), (b'1.8.0(1)\r\n!', '"!"')])
def test_what_is_missing_is_said_in_both_languages(data, missing):
    damage = block(data).message.damage
    assert missing in str(damage) and str(damage).startswith('the data is incomplete: ')
    assert damage.to('de').startswith('die Daten sind unvollständig: ')


@pytest.mark.parametrize('next_one', [IDENTIFICATION, b'/ABC5x\r\n', b'/LG_E660\r\n'])
@pytest.mark.parametrize('begin', [b'\r\n1.8.0(1)\r\n', b'\x021.8.0(1)\r\n', b'\x02!\r\n'])
def test_next_telegram_before_the_end_of_this_one(begin, next_one):
    reader = block(begin + next_one + b'\r\n1.8')
    assert reader.whole and reader.interrupted and reader.rest == next_one + b'\r\n1.8'
    assert 'the next one began' in str(reader.message.damage)


def test_own_identification_in_a_damaged_line():
    reader = block(b'\r\n1.8.0(1)\r\n2.8' + IDENTIFICATION)
    assert reader.interrupted and reader.rest == IDENTIFICATION


@pytest.mark.parametrize('data, answered', [(b'', False), (b'\0' + ACKNOWLEDGEMENT, False), (ACKNOWLEDGEMENT[:3], False),
                                            (ACKNOWLEDGEMENT + b'1', True), (framed(), True)])
def test_an_echo_is_no_answer(data, answered):
    assert block(data).answered == answered


def test_meter_that_talks_without_end():
    reader = BlockReader()
    with pytest.raises(ProtocolError, match='without end') as caught:
        reader.feed(b'1.8.0(1)\r\n' * 30000)
    assert 'ohne Ende' in caught.value.text('de')


PIECES = [b'\x02', b'\x03', b'!', b'\r\n', b'\n', b'(', b')', b'1.8.0', b'A1B2', b'/ABC5x', IDENTIFICATION, b'\x06050', b'P',
          b'\0', b'\xff']


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=25), st.sampled_from(['', 'quiet', 'close']))
def test_portions_do_not_matter_and_no_bytes_raise(pieces, end):
    block(b''.join(pieces), end=end)


@pytest.mark.parametrize('message', [framed(), DATA, DATA[:-3] + b'!1234\r\n', framed(b'0.0.0(a!b)\r\n' + DATA)],
                         ids=['framed', 'unframed', 'P1', 'a value'])
def test_no_block_ends_before_its_least_number_of_characters_has_come(message):
    """Nobody looks at the port before that: what is said to come yet must be no more than what comes."""
    reader, said = BlockReader(identified(IDENTIFICATION), IDENTIFICATION, ACKNOWLEDGEMENT), set()
    for position in range(len(message)):
        assert reader.least <= len(message) - position
        said.add(reader.least)
        reader.feed(message[position:position + 1])
    assert max(said) >= 3 and reader.least == (0 if reader.ending else 1)
