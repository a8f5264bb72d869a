# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Receives the data block (6.3.4), which comes in one of three frames:

    framed          STX data sets ! CR LF ETX BCC
                        '----- covered -----'
    unframed        data sets ! CR LF silence                        (6.2)
    P1              identification CR LF data sets ! CRC CR LF       (DSMR P1 companion standard, 5.2)
                    '----------- covered ----------'

Which one it is shows as it comes: STX before the first data set, or hexadecimal digits after "!". So the block is taken by
small readers, one for each thing that is awaited:

    FIRST_LINE -- STX --> ETX -- ETX --> BCC ---------------> whole
       |  ^                |'-- next identification --------> whole, interrupted
       |  '----------------'-- its own identification, right after STX
       |
       '-- data set --> END_LINE -- "!" CRC ----------------> whole
                           |'-- next identification --------> whole, interrupted
                           '-- "!" --> SILENCE -------------> whole by silence, or by what comes next
                                          '-- ETX --> LONE_BCC --> whole, damaged: there was an STX

The rules:

- Noise and echoes before the block are not worth a readout; inside of it nothing is skipped, with one exception: heads that
  repeat the identification do so after STX, too.
- The character after ETX is the BCC, whatever it is. ETX is looked for in a frame only.
- "!" is the end only at the beginning of a line or after its last data set; in a value it is a letter.
- A block ends with what its frame says. Silence ends it only where the frame says nothing else: `ending` is True then.
- 256 KiB without an end are no block.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ..errors import ProtocolError
from ..texts import Text
from .characters import CONTROL_CHARACTERS, ETX, MAX_MESSAGE, STX, Received, seven_bits
from .messages import Identification, is_identification

# characters from the "!" to the end
UNFRAMED_END, FRAMED_END, P1_END = len('!\r\n'), len('!\r\n\x03B'), len('!CRC0\r\n')


class Frame(Enum):
    """What stands around the data sets, see above; the value is what vouches for them."""

    FRAMED = 'bcc'
    UNFRAMED = ''
    P1 = 'crc'


class _Awaited(Enum):
    """What comes next, as it is said when it does not come."""

    FIRST_LINE = Text('die erste Datenzeile', 'the first line of data')
    ETX = Text('das Ende des Blocks (ETX)', 'the end of the block (ETX)')
    BCC = Text('das Prüfzeichen des Blocks', 'the block check character')
    END_LINE = Text('das Ende der Daten (eine Zeile mit "!")', 'the end of the data (a line with "!")')
    SILENCE = Text('die Stille nach den Daten', 'the silence after the data')
    LONE_BCC = Text('die Stille nach dem Block', 'the silence after the block')


@dataclass(frozen=True)
class DataMessage:
    """
    A data block as received, sound or not; `checking.accept` judges it.

    What is `covered` is what its check is made of, as received: one possibility, or two, if what the block begins with may
    be an echo.
    """

    frame: Frame
    raw: bytes                          # all of it, without what came before and after
    data: bytes                         # the data sets, line ends and "!" included
    check: bytes                        # BCC or CRC in seven bits, b'' where there is none
    covered: tuple[bytes, ...]
    damage: Text | None                 # what is wrong with the frame
    identification: Identification | None


class BlockReader:
    """
    Takes a data block in any frame.

    :param identification: what the meter said, None if nobody knows
    :param raw_identification: the same as received; the CRC of a P1 telegram covers it
    :param echo: the acknowledgement sent; its echo is no data

    `feed` until it says True. While `ending` is True, ten character times and 50 ms without a character (`quiet`) end the
    block; whoever reads a stored text says `close` at its end.
    """

    def __init__(self, identification: Identification | None = None, raw_identification: bytes = b'',
                 echo: bytes = b'') -> None:
        self.identification = identification
        self.echo = echo
        self.whole = False
        self.interrupted = False        # another identification came before the end
        self._raw_identification = raw_identification
        self._own = seven_bits(raw_identification)
        self._received = Received(echo)
        self._awaited = _Awaited.FIRST_LINE
        self._frame = Frame.UNFRAMED
        self._start = 0                 # of the message
        self._text = 0                  # of the data sets
        self._line = 0                  # of the line that has not ended yet
        self._end: int | None = None    # of the data sets
        self._mark = 0                  # where the "!" of the last line is
        self._stop: int | None = None   # of the message
        self._check = b''

    def feed(self, data: bytes) -> bool:
        """
        Take these bytes; True as soon as the block is whole.

        :raises ProtocolError: 256 KiB without an end
        """
        self._received.add(data)
        while not self.whole and _READERS[self._awaited](self):
            pass
        if not self.whole and self.characters > MAX_MESSAGE:
            raise ProtocolError(Text('der Zähler sendet ohne Ende: {number} Zeichen und kein Ende der Daten',
                                     'the meter talks without end: {number} characters and no end of the data',
                                     {'number': MAX_MESSAGE}))
        return self.whole

    def quiet(self) -> bool:
        """The line has been silent for ten characters and 50 ms: a block that is `ending` is whole by that."""
        if self.ending and not self.whole:
            self._finish(self._end if self._awaited is _Awaited.SILENCE else self.characters)
        return self.whole

    def close(self, bare: bool = False) -> bool:
        """
        Nothing will follow: a stored text is at its end, whose last line end may have been cut off after the "!".

        Not so for a telegram of mode D, unless a `bare` "!" can be its end: there the CRC may have been cut off with it.
        """
        if self._frame is Frame.UNFRAMED and not (self.whole or self.ending):
            found = _END_LINE.match(self._received.plain, self._line)
            if found and (found[1] or bare or not self.mode_d):
                self._end_line(found[0], len(self._received.raw))
        return self.quiet()

    @property
    def ending(self) -> bool:
        """The "!" line is through: whole, if nothing follows."""
        return self._awaited in (_Awaited.SILENCE, _Awaited.LONE_BCC)

    @property
    def least(self) -> int:
        """How many characters come yet in any case, up to the end of a sound block; 0 where that is not known."""
        if self.ending or self._awaited is _Awaited.FIRST_LINE:
            return 0
        return max((UNFRAMED_END if self._frame is Frame.UNFRAMED else FRAMED_END) - self._since_end_line, 1)

    @property
    def is_near(self) -> bool:
        """The line with the "!" may have begun."""
        return self._since_end_line > 0

    @property
    def _since_end_line(self) -> int:
        """Characters since the "!" of a line that may be the last, 0 before it."""
        last = self._received.plain[-P1_END:]
        return len(last) - last.rfind(b'!') if b'!' in last else 0

    @property
    def characters(self) -> int:
        """How many were fed so far."""
        return len(self._received.raw)

    @property
    def answered(self) -> bool:
        """Something came that is neither NUL nor the echo of what was sent, nor the beginning of that."""
        return self._received.answered

    @property
    def mode_d(self) -> bool:
        """The meter sends by itself: an empty line follows its identification."""
        return self._received.plain.startswith((b'\r\n', b'\n'))

    @property
    def raw(self) -> bytes:
        """The block as received, without noise and echoes before it and what came after."""
        return bytes(self._received.raw[self._start:self._stop])

    @property
    def rest(self) -> bytes:
        """What came after the block."""
        return b'' if self._stop is None else bytes(self._received.raw[self._stop:])

    @property
    def message(self) -> DataMessage:
        """What was received so far, for `checking.accept`."""
        raw, end = self._received.raw, self._end
        data = bytes(raw[self._text:end])
        covered: tuple[bytes, ...] = ()
        if self._frame is Frame.FRAMED and end is not None:
            covered = tuple(bytes(raw[start:end + 1]) for start in sorted({self._start + 1, self._text}))
        elif self._frame is Frame.P1:
            covered = (self._raw_identification + bytes(raw[self._text:self._mark + 1]),)
        return DataMessage(self._frame, self.raw, data, self._check, covered, self._damage(), self.identification)

    def _damage(self) -> Text | None:
        missing = self._awaited.value
        if self.interrupted:
            return Text(f'das Telegramm wurde abgeschnitten: das nächste begann, bevor {missing.de} kam',
                        f'the telegram was cut: the next one began before {missing.en}')
        if not self.whole:
            return Text(f'die Daten sind unvollständig: {missing.de} kam nicht',
                        f'the data is incomplete: {missing.en} did not come')
        if self._awaited is _Awaited.LONE_BCC:
            return Text('der Rahmen ist beschädigt: ETX ohne STX', 'the frame is damaged: ETX without STX')
        return None

    # the small readers: each takes what it awaits, True if it came

    def _take_first_line(self) -> bool:
        """STX, if it comes before the first data set is through: noise before it is not worth a readout."""
        found = self._received.find(_STX_OR_DATA)
        if not found:
            return False
        if found == STX:
            self._frame = Frame.FRAMED
            self._start, self._text = self._received.position - 1, self._received.position
        elif self._frame is Frame.UNFRAMED:
            self._start = self._text = self._after_echoes(self._received.position - 1)
        self._awaited = _Awaited.ETX if self._frame is Frame.FRAMED else _Awaited.END_LINE
        self._line = self._received.position = self._text
        return True

    def _take_etx(self) -> bool:
        found = self._received.find(_LINE_END_OR_ETX)
        if found == ETX:
            self._awaited, self._end = _Awaited.BCC, self._received.position - 1
        elif found:
            first = self._line == self._start + 1
            line = self._take_line()
            if first and self._own and line.lstrip(CONTROL_CHARACTERS) == self._own:
                self._text, self._awaited = self._line, _Awaited.FIRST_LINE
            else:
                self._look_for_interruption(line)
        return bool(found)

    def _take_bcc(self) -> bool:
        self._check = self._received.find(_ANY)
        if self._check:
            self._finish(self._received.position)
        return bool(self._check)

    def _take_end_line(self) -> bool:
        if not self._received.find(_LINE_END):
            return False
        line = self._take_line()
        if not self._look_for_interruption(line) and (line.startswith(b'!') or _END_LINE.match(line)):
            self._end_line(line, self._line)
        return True

    def _take_silence(self) -> bool:
        """Line ends are doubled by some terminals; an ETX after them belongs to a frame whose STX was damaged."""
        found = self._received.find(_NO_LINE_END)
        if found == ETX:
            self._awaited = _Awaited.LONE_BCC
        elif found:
            self._finish(self._end)
        return bool(found)

    def _take_lone_bcc(self) -> bool:
        found = self._received.find(_ANY)
        if found:
            self._finish(self._received.position)
        return bool(found)

    # what they have in common

    def _after_echoes(self, first: int) -> int:
        """Where the text of an unframed block begins: after echoed acknowledgement and identification, and noise."""
        plain, begin = self._received.plain, 0
        for echo in (self.echo, self._own):
            position = plain.find(echo, begin, first) if echo else -1
            if position >= 0:
                begin = position + len(echo)
        noise = _CONTROL_CHARACTERS.match(plain, begin, first)
        return noise.end() if noise else begin

    def _take_line(self) -> bytes:
        start, self._line = self._line, self._received.position
        return bytes(self._received.plain[start:self._line])

    def _look_for_interruption(self, line: bytes) -> bool:
        """An identification in the line just taken ends the block before it; its own may stand after damaged text."""
        own = bool(self._own) and line.endswith(self._own)
        if own or (line.startswith(b'/') and is_identification(line)):
            self.interrupted, self._end = True, self._line - len(line)
            self._finish(self._line - len(self._own if own else line))
        return self.interrupted

    def _end_line(self, line: bytes, end: int) -> None:
        self._end = end
        self._mark = end - len(line) + (0 if line.startswith(b'!') else line.rindex(b'!'))
        self._check = bytes(self._received.plain[self._mark + 1:end]).strip(b'\0 \r\n')
        if self._check:
            self._frame = Frame.P1
            self._finish(end)
        else:
            self._awaited = _Awaited.SILENCE
            self._received.position = end

    def _finish(self, stop: int | None) -> None:
        self.whole, self._stop = True, stop


_READERS: dict[_Awaited, Callable[[BlockReader], bool]] = {
    _Awaited.FIRST_LINE: BlockReader._take_first_line,
    _Awaited.ETX: BlockReader._take_etx,
    _Awaited.BCC: BlockReader._take_bcc,
    _Awaited.END_LINE: BlockReader._take_end_line,
    _Awaited.SILENCE: BlockReader._take_silence,
    _Awaited.LONE_BCC: BlockReader._take_lone_bcc,
}

_STX_OR_DATA = re.compile(rb'[\x02)]|^!', re.MULTILINE)     # where the first data set ends, or there is none
_LINE_END = re.compile(rb'\n')
_LINE_END_OR_ETX = re.compile(rb'[\n\x03]')
_NO_LINE_END = re.compile(rb'[^\r\n]')
_ANY = re.compile(rb'.', re.DOTALL)
_CONTROL_CHARACTERS = re.compile(rb'[\x00-\x09\x0b\x0c\x0e-\x1f]*')
# The end of a block without a frame: "!" at the beginning of a line or after its last data set, then perhaps a CRC.
_END_LINE = re.compile(rb'(?:[^()!]*\([^()]*\))*[^()!]*!([0-9A-Fa-f]{1,4})?[ \0\r]*\n?\Z')
