# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Faults applied to what a meter says: to its messages, to their characters on the line, and to what the adapter hands over."""

import random
import re

from .options import Faults, MeterOptions
from .protocol import ETX, NOISE, STX
from .streams import Stream, double, insert, lose, pad, reorder, replace, stream_of, with_lines
from .wire import INSTANT, Run, flip_bits, with_parity


class Damage:
    """The faults of one meter's messages, with their dice."""

    def __init__(self, options: MeterOptions, faults: Faults) -> None:
        self.options, self.faults = options, faults
        self._dice = random.Random(f'meter {faults.seed}')
        self._adapter_dice = random.Random(f'adapter {faults.seed}')

    def identification(self, line: bytes) -> bytes:
        """With noise before it, and twice."""
        noise = self._noise(self.faults.noise)
        return noise + line * (2 if self.faults.identify_twice == 'at once' else 1)

    def block(self, block: bytes, identification: bytes) -> bytes:
        """Put together wrongly."""
        f = self.faults
        if f.identify_twice == 'late':
            block = identification + block
        block = self._noise(f.noise if self.options.mode == 'D' else f.noise_before_data) + block
        if f.wrong_check:
            block = self._wrong_check(block)
        if f.short_crc:
            block = re.sub(rb'!0+(?=[0-9A-F]{1,3}\r\n)', b'!', block)
        if f.damaged_stx:
            block = block.replace(STX, b'\x12', 1)
        if f.missing_bcc and block[-2:-1] == ETX:
            block = block[:-1]
        if f.missing_etx and block[-2:-1] == ETX:
            block = block[:-2]
        return block if f.truncate is None else block[:f.truncate]

    def on_the_wire(self, characters: bytes) -> bytes:
        """With their parity."""
        return with_parity(characters) if self.options.framing == '7E1' and not self.faults.instead else characters

    def runs(self, start: float, speed: float, message: bytes, what: str, former: bytes, hit: bool) -> list[Run]:
        """A message as it is sent, with bit errors, and as the adapter hands it over; `former` is one like it from before."""
        f = self.faults
        characters = self.on_the_wire(message)
        if hit and (what == 'data' or f.errors_in != 'data'):
            characters = flip_bits(characters, f.bit_errors, f.double_bit_errors, self._dice)
        run = Run(start, INSTANT if self.options.instant else speed, characters)
        if hit and f.changes() and f.changed in (what, 'answers'):
            run.handed_over = self._handed_over(characters, self.on_the_wire(former))
        return run.ahead(f.early) if hit and f.early and what == 'data' else [run]

    def _handed_over(self, characters: bytes, former: bytes) -> Stream:
        f, dice, stream = self.faults, self._adapter_dice, stream_of(characters)
        if f.replaced:
            stream = replace(stream, f.replaced, former, dice)
        for change in filter(None, f.lines.split('+')):
            stream = with_lines(stream, change, dice)
        if f.inserted:
            stream = insert(stream, f.inserted, former, dice)
        if f.reordered:
            stream = reorder(stream, f.reordered, dice)
        if f.doubled:
            stream = double(stream, f.doubled, f.apart, dice)
        if f.lost:
            stream = lose(stream, f.lost, f.apart, dice)
        if f.padded:
            stream = pad(stream, f.padded, f.apart, dice)
        return stream

    def _noise(self, count: int) -> bytes:
        return bytes(self._dice.choices(NOISE, k=count))

    def _wrong_check(self, block: bytes) -> bytes:
        if block[-2:-1] == ETX:
            return block[:-1] + bytes([block[-1] ^ self._dice.randrange(1, 0x80)])
        digit = re.search(rb'!([0-9A-F])[0-9A-F]{0,3}\r\n$', block)
        if digit is None:
            return block
        other = self._dice.choice(b'0123456789ABCDEF'.replace(digit[1], b''))
        return block[:digit.start(1)] + bytes([other]) + block[digit.end(1):]
