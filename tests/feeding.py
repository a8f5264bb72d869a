# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Feeds the readers of messages as h11's tests feed theirs: whole, in small portions, and with bytes after the end. What is
read must not depend on it.

Also the messages that the tests of the wire have in common.
"""

from collections.abc import Callable
from functools import reduce
from operator import xor

from reader.wire.block import BlockReader
from reader.wire.characters import Parity
from reader.wire.checking import AcceptedBlock, accept, crc16
from reader.wire.messages import Identification, IdentificationReader, acknowledgement

SIZES = (1, 2, 7)           # of the portions
AFTER = b'(after\x03\r\n'

DATA = b'0.0.0(12345678)\r\n1.8.0(000123.4*kWh)\r\n!\r\n'
IDENTIFICATION = b'/LGZ5\\2ZMD3104407.B32\r\n'
ACKNOWLEDGEMENT = acknowledgement('5')
P1 = b'/EST5\\253710000_A\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(221206194930W)\r\n1-0:1.8.0(000123.456*kWh)\r\n!'

# what an angry line may repeat: control characters, brackets, slashes, half lines, marks of a beginning or an end
HOSTILE = (b'\0', b'\n', b'\r', b'\x02', b'\x03', b'\x03\n', b'\x03P', b'\x02\x03', b'\xff', b'(', b')', b'()', b'(!', b'/',
           b'//\n', b'/ABC', b'/ABC5\\2', b'/ABC(', b'\\x', b'1.8.0', b'1.8.0(', b'1.8.0(1)', b'1.8.0(1)\r\n', b'!', b'!\r\n',
           b'(1)!x', b'/?!', b'/?!\r\n', b'/LGZ5\\2ZMD3104407.B32\r\n', b'\x02/LGZ5\\2ZMD3104407.B32\r\n', b'\x06050\r\n',
           b'\x06050')
BEFORE_HOSTILE = (b'', b'\x02', b'1.8.0(1)\r\n', b'1.8.0(1)\r\n!\r\n', b'/ABC5\\2', b'\x02/LGZ5\\2ZMD3104407.B32\r\n')

Reader = IdentificationReader | BlockReader


def feed(new_reader: Callable[[], Reader], data: bytes, end: str = '') -> tuple:
    """
    What the reader's `feed` said at last, and the reader; the same in every way in which the bytes can come.

    :param end: what it is told when nothing follows: `quiet`, `close`
    """
    result, reader, _ = _fed(new_reader(), data, len(data) or 1, end)
    outcome = _outcome(result, reader)
    for size in SIZES:
        again, other, _ = _fed(new_reader(), data, size, end)
        assert _outcome(again, other) == outcome, f'in portions of {size}'
    if _fed(new_reader(), data, len(data) or 1)[0]:         # whole, whatever comes now
        for size in (len(data + AFTER), *SIZES):
            again, other, left = _fed(new_reader(), data + AFTER, size)
            assert _outcome(again, other) == outcome, f'with bytes after it in portions of {size}'
            assert other.rest + left == reader.rest + AFTER
    return result, reader


def _fed(reader: Reader, data: bytes, size: int, end: str = '') -> tuple:
    """What was said at last, the reader, and what it was not fed because it had enough."""
    for position in range(0, len(data), size):
        if result := reader.feed(data[position:position + size]):
            return result, reader, data[position + size:]
    return getattr(reader, end)() if end else None, reader, b''


def _outcome(result: object, reader: Reader) -> tuple:
    return result or None, reader.raw, getattr(reader, 'message', None)


def identified(raw: bytes) -> Identification:
    identification, _ = feed(IdentificationReader, raw)
    assert identification is not None
    return identification


def block(data: bytes, identification: bytes = IDENTIFICATION, end: str = 'quiet') -> BlockReader:
    """The reader of a block that came after that identification."""
    who = identified(identification)
    return feed(lambda: BlockReader(who, identification, ACKNOWLEDGEMENT), data, end)[1]


def accepted(data: bytes, identification: bytes = IDENTIFICATION, end: str = 'quiet', parity: str = 'auto',
             **how: object) -> AcceptedBlock:
    """The block as it is judged."""
    reader = block(data, identification, end)
    judge = Parity(parity)
    judge.feed(identification + reader.raw)
    return accept(reader.message, judge, **how)


def framed(data: bytes = DATA, check: Callable[[bytes], int] = lambda covered: reduce(xor, covered)) -> bytes:
    covered = data + b'\x03'
    return b'\x02' + covered + bytes([check(covered)])


def p1(telegram: bytes = P1) -> bytes:
    return telegram + b'%04X\r\n' % crc16(telegram)


def p1_parts(telegram: bytes) -> tuple[bytes, bytes]:
    """Its identification, and the rest."""
    head, line_end, tail = telegram.partition(b'\n')
    return head + line_end, tail
