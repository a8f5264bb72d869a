# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The messages of IEC 62056-21: bytes to messages and back, without any input or output.

    request           / ? address ! CR LF                            (6.3.1)
    identification    / X X X Z \\W... ident CR LF                    (6.3.2)
    acknowledgement   ACK V Z Y CR LF                                (6.3.3)
    data block        STX data sets ! CR LF ETX BCC                  (6.3.4)
                      data sets ! CR LF                              without a frame (6.2)
                      data sets ! CRC CR LF                          P1 telegrams

The readers are fed what arrived, in portions of any size, and say what is whole, what is broken and what is still
missing. They look at the seven bits of a character; whether the eighth is a parity bit is judged when the message is
whole (`Parity`), because it takes some characters to see that.
"""

from __future__ import annotations

import functools
import operator
import re
from dataclasses import dataclass

from .errors import ChecksumError, ProtocolError, SettingsError
from .texts import Text

STX, ETX, ACK, NAK = b'\x02', b'\x03', b'\x06', b'\x15'

# speed characters Z of the identification (6.3.14, items 13b and 13c)
SPEEDS_B = dict(zip('ABCDEF', (600, 1200, 2400, 4800, 9600, 19200), strict=True))
SPEEDS_C = dict(zip('0123456', (300, 600, 1200, 2400, 4800, 9600, 19200), strict=True))
RESERVED = frozenset('GHI789')
START_SPEED = 300                   # Bd, every dialogue begins with it (5.4)
CHARACTER_BITS = 10                 # 1 start, 7 data, parity, 1 stop bit (5.2); 8N1 is as long

MAX_MESSAGE = 256 * 1024            # bytes; the longest readouts known have 10 kB
SUM_FLAGS = frozenset({'KAM', 'EKT'})   # FLAG ids of meters whose check character is a sum

_SEVEN_BITS = bytes(c & 0x7F for c in range(256))
_ODD = bytes(c.bit_count() & 1 for c in range(256))
_NO_FLIPPED_LETTER = bytes(range(128)) + b'\xff'
_NEEDS_PARITY = bytes((c & 0x7F).bit_count() & 1 for c in range(256))
_HAS_PARITY = bytes((c & 0x7F).bit_count() & c >> 7 & 1 for c in range(256))
_EVEN_PARITY = bytes(c & 0x7F | (c & 0x7F).bit_count() % 2 << 7 for c in range(256))

# The real ones: no ident at all, blanks in and behind it, a blank as Z. No brackets: that is a line of data.
_IDENTIFICATION = re.compile(rb'/([A-Za-z]{3})([ -~]?)((?:\\[ -~])*)([ -\'*-~]*)\r*\n')
# While listening nothing but the end of the frame before it and noise stands in front of it in its line.
_BEFORE_IDENTIFICATION = re.compile(rb'(?:[^\r\n]*\x03.)?[\x00-\x1f\x7f]*(?=/)', re.DOTALL)
# The end of a block without a frame: "!" at the beginning of a line or behind its last data set, then perhaps a CRC.
_END_LINE = re.compile(rb'(?:[^()!]*\([^()]*\))*[^()!]*!([0-9A-Fa-f]{1,4})?[ \0\r]*\n?\Z')


def seven_bits(data: bytes) -> bytes:
    """The characters without their parity bits."""
    return data.translate(_SEVEN_BITS)


def with_parity(data: bytes) -> bytes:
    """The characters as an 8N1 port must send them to be 7E1 on the wire (5.2)."""
    return data.translate(_EVEN_PARITY)


def request(address: str = '', query_code: str = '?') -> bytes:
    """
    The request message (6.3.1): with `address` only that meter answers, without every one on the line.

    :raises SettingsError: more than 32 characters, others than digits, letters and blanks, or a query code that is not one
        printable character (`?` by the standard, vendors use others)
    """
    if not re.fullmatch(r'[0-9A-Za-z ]{0,32}', address):
        raise SettingsError(Text('device_address {address!r}: möglich sind höchstens 32 Ziffern, Buchstaben und Leerzeichen',
                                 'device_address {address!r}: at most 32 digits, letters and blanks are possible',
                                 {'address': address}))
    if not re.fullmatch(r'[!-~]', query_code):
        raise SettingsError(Text('querycode {code!r}: möglich ist ein druckbares Zeichen',
                                 'querycode {code!r}: one printable character is possible', {'code': query_code}))
    return f'/{query_code}{address}!\r\n'.encode('ascii')


def acknowledgement(speed_character: str) -> bytes:
    """The acknowledgement that asks for a readout (V = 0, Y = 0) at the speed of `speed_character` (6.3.3)."""
    return ACK + f'0{speed_character}0\r\n'.encode('ascii')


@dataclass(frozen=True)
class Identification:
    """What a meter says of itself in its identification message (6.3.2); `str()` is the line, from "/" on."""

    line: str
    flag: str                   # manufacturer's FLAG id, upper and lower case as sent
    speed_character: str        # Z; empty where the message ends before
    escapes: tuple[str, ...]    # W of each pair \\W
    type: str                   # what follows, the manufacturer's own

    @property
    def mode(self) -> str:
        """A, B or C, as the speed character says it; a mode D meter does not ask."""
        if self.speed_character.isdigit():
            return 'C'
        return 'B' if 'A' <= self.speed_character <= 'I' else 'A'

    @property
    def reserved(self) -> bool:
        """Z is one of those that the standard keeps for later."""
        return self.speed_character in RESERVED

    @property
    def baudrate(self) -> int:
        """The speed in Bd to which the meter offers to change (mode C) or changes (mode B), else 300."""
        return (SPEEDS_C | SPEEDS_B).get(self.speed_character, START_SPEED)

    @property
    def reaction_time(self) -> float:
        """The shortest time in s from a message to its answer (6.4.3): 20 ms if the third letter is lower case."""
        return 0.02 if self.flag[2].islower() else 0.2

    def __str__(self) -> str:
        return self.line


class IdentificationReader:
    """
    Finds the identification message among echo and noise.

    :param request: the request sent; its echo is no identification
    :param listening: nothing was sent: the message stands at the beginning of a line, what comes before is a telegram
        that was joined in the middle
    """

    def __init__(self, request: bytes = b'', *, listening: bool = False) -> None:
        self.raw = b''                  # the message as received, from "/" to LF
        self.rest = b''                 # what came behind it
        self._request = request.strip()
        self._listening = listening
        self._received = bytearray()
        self._line = 0                  # where the line begins that has not ended yet

    @property
    def received(self) -> bytes:
        """All that was fed so far."""
        return bytes(self._received)

    def feed(self, data: bytes) -> Identification | None:
        """
        The message as soon as it is whole, else None.

        :raises ProtocolError: 256 KiB without one
        """
        self._received += data
        while (end := _find_line_end(self._received, self._line)) >= 0:
            start, self._line = self._line, end
            line = seven_bits(bytes(self._received[start:end]))
            if self._request and line.rstrip().endswith(self._request):
                continue
            before = _BEFORE_IDENTIFICATION.match(line)
            found = (_IDENTIFICATION.search(line) if not self._listening
                     else _IDENTIFICATION.match(line, before.end()) if before else None)
            if found:
                self.raw = bytes(self._received[start + found.start():end])
                self.rest = bytes(self._received[end:])
                return _identification(found)
        if len(self._received) > MAX_MESSAGE:
            raise ProtocolError(f'no identification in {MAX_MESSAGE} characters')
        return None


def _find_line_end(data: bytearray, start: int) -> int:
    """Behind the next LF, with or without parity bit (its seven bits are even: it needs none), or -1."""
    return data.find(b'\n', start) + 1 or -1


def _identification(found: re.Match[bytes]) -> Identification:
    flag, speed, escapes, rest = (part.decode('ascii') for part in found.groups())
    line = found.group().rstrip(b'\r\n').decode('ascii')
    return Identification(line, flag, speed, tuple(escapes[1::2]), rest)


class Parity:
    """
    Judges the parity bits of a message (5.2: even parity), seen in bit 7 where the port is open as 8N1.

    :param kind: `software`: they must be right; `even`, `none`: there are none to be seen; `auto`: the characters tell,
        for some lines have none: a pty, a server that strips them, a meter that sends 8N1
    """

    def __init__(self, kind: str = 'auto') -> None:
        self.total = 0
        self._odd = 0       # characters with an odd number of ones in eight bits
        self._needed = 0    # characters that need their parity bit set
        self._set = 0       # and have it
        self._kind = kind

    def feed(self, data: bytes) -> None:
        """Count these characters in."""
        self.total += len(data)
        self._odd += data.translate(_ODD).count(1)
        self._needed += data.translate(_NEEDS_PARITY).count(1)
        self._set += data.translate(_HAS_PARITY).count(1)

    @property
    def visible(self) -> bool:
        """The line shows parity bits: most characters that need theirs have it. Elsewhere bit 7 is a rare letter."""
        if self._kind != 'auto':
            return self._kind == 'software'
        return 2 * self._set > self._needed

    @property
    def wrong(self) -> int:
        """How many characters have wrong parity, where it can be seen."""
        return self._odd if self.visible else 0


@dataclass(frozen=True)
class DataBlock:
    """An accepted data block: `checked` names what vouches for it (parity, bcc, crc), `notes` what was overlooked."""

    text: str                   # the data sets, line ends as received, without STX, ETX and BCC
    checked: tuple[str, ...]
    notes: tuple[str, ...]


class BlockReader:
    """
    Takes a data block, with or without a frame.

    :param identification: what the meter said, None if nobody knows
    :param raw_identification: the same as received; the CRC of a P1 telegram covers it
    :param echo: the acknowledgement sent; its echo is no data

    `feed` until it says True. A block without frame and CRC ends with silence: while `ending` is True, ten character
    times and 50 ms without a character (`quiet`) end it, whereas an ETX shows that there was a frame.
    """

    def __init__(self, identification: Identification | None = None, raw_identification: bytes = b'',
                 echo: bytes = b'') -> None:
        self.identification = identification
        self.whole = False
        self.ending = False             # the "!" line is through: whole, if nothing follows
        self.interrupted = False        # another identification came before the end
        self._raw_identification = raw_identification
        self.echo = echo
        self._raw = bytearray()
        self._chars = bytearray()       # the same in seven bits
        self._begin: int | None = None  # of the text: behind STX, or of the first line
        self._framed = False
        self._line = 0                  # where the line begins that has not ended yet
        self._end = 0                   # of the text
        self._mark = 0                  # where the "!" of the last line is
        self._crc = b''
        self._lone_etx = False
        self._consumed: int | None = None

    @property
    def received(self) -> bytes:
        """All that was fed so far."""
        return bytes(self._raw)

    @property
    def raw(self) -> bytes:
        """The block as received, without noise and echoes before it and what came behind."""
        begin = (self._begin or 0) - (1 if self._framed else 0)
        return bytes(self._raw[begin:self._consumed])

    @property
    def rest(self) -> bytes:
        """What came behind the block."""
        return b'' if self._consumed is None else bytes(self._raw[self._consumed:])

    @property
    def missing(self) -> str:
        """What is awaited next, in words."""
        if self._begin is None:
            return 'the first line of data'
        if not self._framed:
            return 'the end of the data (a line with "!")'
        return 'the block check character' if self._chars.endswith(ETX) else 'the end of the block (ETX)'

    def feed(self, data: bytes) -> bool:
        """
        Take these bytes; True as soon as the block is whole.

        :raises ProtocolError: 256 KiB without an end
        """
        self._raw += data
        self._chars += seven_bits(data)
        if self._begin is None:
            self._look_for_begin()
        if self._begin is not None and not self.whole:
            if self._framed:
                self._look_for_etx()
            else:
                self._look_for_end_line()
        if not self.whole and len(self._raw) > MAX_MESSAGE:
            raise ProtocolError(f'the meter talks without end: {MAX_MESSAGE} characters and no end of the data')
        return self.whole

    def quiet(self) -> bool:
        """The line has been silent for ten characters and 50 ms: a block that is `ending` is whole by that."""
        if self.ending and not self.whole:
            self._finish(len(self._chars) if self._lone_etx else self._end)
        return self.whole

    def close(self) -> bool:
        """
        Nothing will follow: a stored text is at its end, whose last line end may have been cut off behind the "!".

        Not so for a telegram of mode D: there the CRC may have been cut off with it.
        """
        if not (self.whole or self.ending or self._framed):
            last_line = bytes(self._chars[self._line:])
            found = _END_LINE.match(last_line)
            if found and (found.group(1) or not self.mode_d):
                self._end_line(last_line, len(self._chars))
        return self.quiet()

    @property
    def mode_d(self) -> bool:
        """The meter sends by itself: an empty line follows its identification."""
        return self._chars.startswith((b'\r\n', b'\n'))

    def _look_for_begin(self) -> None:
        """STX, if it comes before the first data set is through: noise in front of it is not worth a readout."""
        first = re.search(rb'\)|^!', self._chars, re.MULTILINE)
        stx = self._chars.find(STX, 0, first.end() if first else len(self._chars))
        if stx >= 0:
            self._framed, self._begin = True, stx + 1
        elif first:
            self._begin = self._behind_echoes(first.start())
        self._line = self._begin or 0

    def _behind_echoes(self, first: int) -> int:
        """Where the text of an unframed block begins: behind echoed acknowledgement and identification, and noise."""
        begin = 0
        for echo in (self.echo, seven_bits(self._raw_identification)):
            position = self._chars.find(echo, begin, first) if echo else -1
            if position >= 0:
                begin = position + len(echo)
        noise = re.compile(rb'[\x00-\x09\x0b\x0c\x0e-\x1f]*').match(self._chars, begin, first)
        return noise.end() if noise else begin

    def _next_line(self, end: int) -> bytes:
        """The next whole line before `end`, b'' if there is none; an identification in it ends the block before it."""
        line_end = self._chars.find(b'\n', self._line, end) + 1
        line = bytes(self._chars[self._line:line_end]) if line_end else b''
        own = seven_bits(self._raw_identification)
        if (own and line.endswith(own)) or _IDENTIFICATION.match(line):
            self.interrupted, self._end = True, self._line
            self._finish(line_end - len(own) if own and line.endswith(own) else self._line)
            return b''
        self._line += len(line)
        return line

    def _look_for_etx(self) -> None:
        etx = self._chars.find(ETX, self._begin)
        while self._next_line(etx if etx >= 0 else len(self._chars)):
            pass
        if not self.interrupted and 0 <= etx < len(self._chars) - 1:
            self._end = etx
            self._finish(etx + 2)

    def _look_for_end_line(self) -> None:
        while not self.ending and (line := self._next_line(len(self._chars))):
            if line.startswith(b'!') or _END_LINE.match(line):
                self._end_line(line, self._line)
        if self._crc:
            self._finish(self._end)
        elif self.ending:
            self._look_for_lone_etx()

    def _end_line(self, line: bytes, end: int) -> None:
        self.ending, self._end = True, end
        self._mark = end - len(line) + (0 if line.startswith(b'!') else line.rindex(b'!'))
        self._crc = bytes(self._chars[self._mark + 1:end]).strip(b'\0 \r\n')

    def _look_for_lone_etx(self) -> None:
        """Line ends are doubled by some terminals; an ETX behind them belongs to a frame whose STX was damaged."""
        behind = re.compile(rb'[\r\n]*(\x03?)([^\r\n]?)', re.DOTALL).match(self._chars, self._end)
        self._lone_etx = bool(behind and behind.group(1))
        if behind and behind.group(2):
            self._finish(behind.end() if self._lone_etx else self._end)

    def _finish(self, consumed: int) -> None:
        self.whole, self._consumed = True, consumed

    def block(self, parity: Parity, *, checksum: str = 'auto', strict: bool = True) -> DataBlock:
        """
        The block, if it is whole, its frame undamaged, and BCC or CRC right.

        :param parity: what the characters of the session tell, those of this block counted in
        :param checksum: how the BCC is made: `xor`, `sum` (mod 128), or `auto`: as the manufacturer is known to do it
        :param strict: False accepts a wrong check and a damaged frame, too, and says so in `notes`
        :raises ChecksumError: BCC or CRC is wrong
        :raises ProtocolError: cut or damaged, or a character with wrong parity in it
        """
        checked = ['parity'] if parity.visible else []
        notes = []
        try:
            self._check_frame()
            if self._framed:
                self._check_bcc(checksum)
                self._check_eighth_bit(parity)
                checked.append('bcc')
            elif self._crc:
                self._check_crc(parity.visible)
                checked.append('crc')
        except ProtocolError as error:
            if strict:
                raise
            notes.append(f'accepted all the same: {error}')
        if parity.wrong:
            raise ProtocolError(f'{parity.wrong} of {parity.total} characters have wrong parity')
        raw = bytes(self._raw[self._begin or 0:self._end if self.whole else None])
        return DataBlock((seven_bits(raw) if parity.visible else raw).decode('latin-1'), tuple(checked), tuple(notes))

    def _check_frame(self) -> None:
        if self.interrupted:
            raise ProtocolError(f'the telegram was cut: the next one began before {self.missing}')
        if not self.whole:
            raise ProtocolError(f'the data is incomplete: {self.missing} did not come')
        if self._lone_etx:
            raise ProtocolError('the frame is damaged: ETX without STX')

    def _check_bcc(self, checksum: str) -> None:
        """Over all characters behind STX up to and with ETX (6.3.5 and ISO/IEC 1155)."""
        flag = self.identification.flag.upper() if self.identification else ''
        name = ('sum' if flag in SUM_FLAGS else 'xor') if checksum == 'auto' else checksum
        other = 'xor' if name == 'sum' else 'sum'
        covered = self._chars[self._begin:self._end + 1]
        received, computed = self._chars[self._end + 1], CHECKS[name](covered)
        if received != computed:
            fits = received == CHECKS[other](covered)
            hint = f'; as {other} it would fit, see the parameter checksum' if fits else ''
            raise ChecksumError(f'the block check character is wrong: received {received:#04x}, '
                                f'computed {computed:#04x} ({name}){hint}')

    def _check_eighth_bit(self, parity: Parity) -> None:
        """The BCC vouches for seven bits. 0xFF, with which meters fill texts, is no letter with its eighth bit flipped."""
        flipped = self.raw.translate(None, delete=_NO_FLIPPED_LETTER)
        if flipped and not parity.visible:
            raise ProtocolError(f'{len(flipped)} characters have an eighth bit that neither parity nor BCC vouches for')

    def _check_crc(self, visible: bool) -> None:
        """CRC16 from "/" up to and with "!"; leading zeros may be missing (DSMR P1, 5.2)."""
        covered = self._raw_identification + bytes(self._raw[:self._mark + 1])
        computed = crc16(seven_bits(covered) if visible else covered)
        text = self._crc.decode('ascii', 'replace')
        received = int(text, 16) if re.fullmatch(rb'[0-9A-Fa-f]{1,4}', self._crc) else None
        if received != computed:
            raise ChecksumError(f'the CRC is wrong: received {text}, computed {computed:04X}')


def _xor(data: bytes | bytearray) -> int:
    return functools.reduce(operator.xor, data, 0)


def _sum(data: bytes | bytearray) -> int:
    return sum(data) & 0x7F


CHECKS = {'xor': _xor, 'sum': _sum}


def crc16(data: bytes) -> int:
    """The check of a P1 telegram: polynomial 0x8005 reflected, start value 0."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _CRC16[(crc ^ byte) & 0xFF]
    return crc


def _crc16_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC16 = tuple(map(_crc16_of, range(256)))
