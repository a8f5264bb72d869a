# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What a meter says: its identification, and its data block as it should be at any time."""

from dataclasses import dataclass

from .household import Household, Registers, filled, line_of
from .life import moved, moved_capture
from .options import Faults, MeterOptions
from .protocol import EIGHT_BIT_TEXT, ETX, SEVEN_BIT_TEXT, STX, block_check, crc16
from .wire import SEVEN_BITS


@dataclass
class Block:
    """A data block; in mode D the whole telegram."""

    characters: bytes           # without parity
    text: str                   # without its frame
    registers: Registers        # as everybody else sees them; none for given blocks and captures


class Speech:
    """What one meter says; pure but for the time it is asked with, in seconds of the same clock as `born`."""

    def __init__(self, options: MeterOptions, faults: Faults, born: float, epoch: float) -> None:
        self.options, self.faults, self.born = options, faults, born
        seeds = (options.seed,) if options.exchanged_after is None else (options.seed, options.seed + 1)
        self._houses = [Household(options.kind, seed, epoch, options.varying, options.periods, options.reset_after)
                        for seed in seeds]

    def house(self, now: float) -> Household:
        """What is counted by the meter that the head is at."""
        exchanged = self.options.exchanged_after
        return self._houses[exchanged is not None and now - self.born >= exchanged]

    def identification(self) -> bytes:
        """The line with its end."""
        return f'{self.options.identification}\r\n'.encode('latin-1')

    def block(self, now: float, query: str = '?', number: int = 0) -> Block:
        """The readout of that number."""
        o = self.options
        registers: Registers = []
        head = self.identification() + b'\r\n' if o.mode == 'D' else b''
        if o.data is not None:
            characters = self._captured(o.data, now)
            text = characters.translate(SEVEN_BITS).decode('ascii')
        else:
            if o.block is None:
                registers = self._registers(now, query, number, len(head))
                text = ''.join(line_of(*row) for row in registers) + '!\r\n'
            else:
                text = moved(o.block, now - self.born, o.seed) if o.moving else o.block
            characters = self._framed(head + text.encode('latin-1'))
        if o.framing == '7E1':      # the eighth bit of a text is the parity to everyone else
            registers = [(code, tuple((value.replace(EIGHT_BIT_TEXT, SEVEN_BIT_TEXT), unit) for value, unit in values))
                         for code, values in registers]
        return Block(characters, text, registers)

    def registers(self, now: float) -> Registers:
        """What can be asked for one by one."""
        return self.house(now).registers(now - self.born)

    def _registers(self, now: float, query: str, number: int, head: int) -> Registers:
        house, since_start = self.house(now), now - self.born
        registers = house.registers(since_start, query, number)
        if self.faults.eight_bit_text:
            registers.append(('1-1:96.50.0', ((EIGHT_BIT_TEXT, None),)))
        if self.options.size and query == '?':
            frame = len(self._framed(b'!\r\n')) + head
            length = sum(len(line_of(*row)) for row in registers)
            registers = filled(registers, house.further_history(since_start), self.options.size - frame - length)
        return registers

    def _framed(self, text: bytes) -> bytes:
        if self.options.crc:
            upto = text.rindex(b'!') + 1
            return text[:upto] + b'%04X' % crc16(text[:upto]) + text[upto:]
        if not self.options.frame:
            return text
        check = block_check(text + ETX, self.options.checksum == 'sum')
        return STX + text + ETX + bytes([check])

    def _captured(self, capture: bytes, now: float) -> bytes:
        """What of a capture is the data block: all in mode D, else what follows the identification line."""
        line, _, rest = capture.partition(b'\n')
        has_line = b'/' in line.translate(SEVEN_BITS) and b'(' not in line.translate(SEVEN_BITS)
        block = rest if has_line and self.options.mode != 'D' else capture
        if not self.options.moving:
            return block
        plain = block.translate(SEVEN_BITS) if self.options.framing == '7E1' else block
        return moved_capture(plain, now - self.born, self.options.seed)
