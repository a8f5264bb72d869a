# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The work of every reader grows with what came, not with its square, whatever came and whatever the portions: counted in
characters looked at. How long that takes is in the benchmark (`make bench`).
"""

import re
import time
from itertools import product

import pytest

import dlms
from feeding import ACKNOWLEDGEMENT, BEFORE_HOSTILE, DATA, HOSTILE, IDENTIFICATION, framed, identified
from reader import diagnosis
from reader.obis.data_sets import parse
from reader.obis.matching import Index, match
from reader.obis.suggestions import suggest
from reader.wire import block, characters, commands, messages
from reader.wire.block import BlockReader
from reader.wire.commands import MessageReader
from reader.wire.messages import IdentificationReader, request
from reader.wire.stored import PORTION, feed_stored

SIZE = 1024
LOOKS = 20          # at each character; the square would be 1024
LINE = 64 * 1024
READERS = {
    'asked': lambda: IdentificationReader(request()),
    'heard': lambda: IdentificationReader(listening=True),
    'block': lambda: BlockReader(identified(IDENTIFICATION), IDENTIFICATION, ACKNOWLEDGEMENT),
}


class Counter:
    """Counts the characters that are looked at, copied or searched through in the buffers of the readers."""

    def __init__(self, monkeypatch):
        self.characters = 0
        counter = self

        class Buffer(bytearray):
            def __getitem__(self, key):
                part = super().__getitem__(key)
                counter.characters += len(part) if isinstance(key, slice) else 1
                return part

            def find(self, *args):
                counter.characters += len(self)
                return super().find(*args)

            def __bytes__(self):
                counter.characters += len(self)
                return bytes(memoryview(self))

        class Received(characters.Received):
            def __init__(self, sent=b''):
                super().__init__(sent)
                self.raw, self.plain = Buffer(), Buffer()

            def find(self, pattern):
                begin = self.position
                found = super().find(pattern)
                counter.characters += (self.position if found else len(self.plain)) - begin
                return found

        class Pattern:
            def __init__(self, pattern):
                self.pattern = pattern

            def match(self, text, *span):
                counter.characters += len(text[span[0] if span else 0:])
                return self.pattern.match(text, *span)

        for module in block, commands, messages:
            monkeypatch.setattr(module, 'Received', Received)
        for module, name in (block, '_END_LINE'), (block, '_CONTROL_CHARACTERS'):
            monkeypatch.setattr(module, name, Pattern(getattr(module, name)))


@pytest.mark.parametrize('name', READERS)
@pytest.mark.parametrize('size', [SIZE, 64, 1])
def test_nothing_is_looked_at_again_and_again(name, size, monkeypatch):
    counter = Counter(monkeypatch)
    for before, repeated in product(BEFORE_HOSTILE, HOSTILE):
        counter.characters = 0
        reader, data = READERS[name](), (before + repeated * SIZE)[:SIZE]
        for begin in range(0, SIZE, size):
            if reader.feed(data[begin:begin + size]):
                break
            assert reader.answered in (True, False)
        assert counter.characters <= LOOKS * SIZE, (before, repeated)


@pytest.mark.parametrize('size', [SIZE, 64, 1])
def test_nothing_is_looked_at_again_in_programming_mode(size, monkeypatch):
    counter = Counter(monkeypatch)
    for before, repeated in product((b'', b'\x01', b'\x02', b'\x01P0\x02(1)\x03'), (*HOSTILE, b'\x01', b'\x04', b'\x15')):
        counter.characters = 0
        reader, data = MessageReader(), (before + repeated * SIZE)[:SIZE]
        for begin in range(0, SIZE, size):
            if reader.feed(data[begin:begin + size]):
                break
            assert reader.begun in (True, False)
        assert counter.characters <= LOOKS * SIZE, (before, repeated)


@pytest.mark.parametrize('new_reader, message', [
    (lambda: IdentificationReader(listening=True), IDENTIFICATION), (BlockReader, framed()), (BlockReader, DATA),
    (BlockReader, DATA[:-3] + b'!1234\r\n')], ids=['identification', 'framed', 'unframed', 'P1'])
def test_a_text_of_many_messages_is_gone_through_once(new_reader, message):
    text, position, fed = message * 200, 0, []

    class Text(bytes):
        def __getitem__(self, key):
            part = super().__getitem__(key)
            fed.append(len(part))
            return part

    for number in range(200):
        reader = new_reader()
        said, position = feed_stored(reader, Text(text), position)
        assert (said or reader.quiet()) and reader.raw == message and position == (number + 1) * len(message)
    assert sum(fed) <= 200 * PORTION and feed_stored(new_reader(), text, position) == (None, len(text))


@pytest.mark.parametrize('name', READERS)
@pytest.mark.parametrize('end', [b'\r\n', b'(\r\n', b'!\r\n', b'\0\n'])
def test_a_long_line_is_looked_through_once(name, end):
    """
    Inside of one line the patterns do the work, which cannot be counted: some ms. One that tries all beginnings, or all ways
    to take a line apart, takes many seconds.
    """
    for before, repeated in product(BEFORE_HOSTILE, HOSTILE):
        line = (before + re.sub(rb'[\r\n]', b'', repeated) * LINE)[:LINE - len(end)] + end
        reader, begin = READERS[name](), time.process_time()
        reader.feed(line)
        if isinstance(reader, BlockReader):
            reader.close()
        assert time.process_time() - begin < 1, (before, repeated)


def test_the_diagnosis_of_many_telegrams_grows_with_their_number():
    def seconds(number):
        telegram = IDENTIFICATION + b'1.8.0(1)\r\n!\r\n'
        error = dlms.ProtocolError('the last one')
        error.session = dlms.Session(dlms.Settings('heard', only_listen=True), (
            dlms.Event('received', 1.0, 9600, telegram * number),))
        begin = time.process_time()
        diagnosis.diagnose(error)
        return time.process_time() - begin

    assert seconds(4000) < 2        # took 10 s when all that followed was copied for each of them


def test_matching_and_suggesting_grow_with_the_number_of_codes():
    sets = parse(''.join(f'1-{number // 250}:{number % 250}.8.0*255(1.5*kWh)\r\n' for number in range(9000))).data_sets
    begin = time.process_time()
    index = Index(sets)
    for data_set in sets:
        assert match(data_set.code.partition('*')[0], index) == (data_set,)
    assert suggest(sets).count('dlms_obis_code') > 5000
    assert time.process_time() - begin < 5      # minutes, when each code was compared with each
