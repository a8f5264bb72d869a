# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Characters as they are on the wire and as a port shows them (5.2).

    on the wire     start bit | 7 data bits | parity bit, even | stop bit
    port in 8N1     the same ten bits: the parity bit is bit 7 of the byte
    port in 7E1     bit 7 is 0, as on a pty, after a server that strips it, and of a meter that sends 8N1
"""

from __future__ import annotations

import re

NUL, SOH, STX, ETX, EOT, ACK, NAK = b'\0', b'\x01', b'\x02', b'\x03', b'\x04', b'\x06', b'\x15'
CONTROL_CHARACTERS = bytes(range(0x20)) + b'\x7f'

CHARACTER_BITS = 10                 # 1 start, 7 data, parity, 1 stop bit (5.2); 8N1 is as long
MAX_MESSAGE = 256 * 1024            # characters; the longest readouts known have 10,000
LEAST_TEXT, TEXT_SHARE = 32, 0.95   # so many characters, and so many of them text: this is a telegram

_SEVEN_BITS = bytes(c & 0x7F for c in range(256))
_ODD = bytes(c.bit_count() & 1 for c in range(256))
_NEEDS_PARITY = bytes((c & 0x7F).bit_count() & 1 for c in range(256))
_HAS_PARITY = bytes((c & 0x7F).bit_count() & c >> 7 & 1 for c in range(256))
_EVEN_PARITY = bytes(c & 0x7F | (c & 0x7F).bit_count() % 2 << 7 for c in range(256))

_TEXT = STX + ETX + b'\r\n' + bytes(range(0x20, 0x7F))
_TEXT_WITH_PARITY = _TEXT.translate(_EVEN_PARITY)


def seven_bits(data: bytes | bytearray) -> bytes:
    """The characters without their parity bits."""
    return bytes(data.translate(_SEVEN_BITS))


def with_parity(data: bytes) -> bytes:
    """The characters as an 8N1 port must send them to be 7E1 on the wire (5.2)."""
    return data.translate(_EVEN_PARITY)


def wire_time(characters: int, baudrate: int) -> float:
    """s that so many characters take on the wire, without a pause between them, at so many Bd."""
    return characters * CHARACTER_BITS / baudrate


def without_echo(received: bytes, *sent: bytes) -> bytes:
    """
    What a meter said: `received` without what an optical head has heard of its own light, as often as it has.

    :param sent: what was sent, with or without parity bits; one after the other is looked for and taken out
    """
    for echo in filter(None, map(seven_bits, sent)):
        parts, position = [], 0
        for part in seven_bits(received).split(echo):
            parts.append(received[position:position + len(part)])
            position += len(part) + len(echo)
        received = b''.join(parts)
    return received


def text_share(data: bytes, parity: str = 'auto') -> float:
    """
    The share of characters that can be right, 0.0 to 1.0: text, and of even parity where the line shows parity.

    What was sent at another speed than received looks right in no more than about half of its characters.

    :param parity: see `Parity`
    """
    judge = Parity(parity)
    judge.feed(data)
    wrong = data.translate(None, delete=_TEXT_WITH_PARITY if judge.visible else _TEXT)
    return 1 - len(wrong) / len(data) if data else 1.0


def is_text(received: bytes) -> bool:
    """This is the right speed, joined in the middle of a telegram: enough characters, and nearly all of them text."""
    stream = Received()
    stream.add(received)
    return stream.is_text


class Parity:
    """
    Judges the parity bits of characters (5.2: even parity), seen in bit 7 where the port is open as 8N1.

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


class Received:
    """
    What came so far, as it came (`raw`) and in seven bits (`plain`), and how far it was looked through (`position`).

    `find` goes on where the last one ended, so that the work grows with what came, not with its square. An echo of `sent`
    is no answer.
    """

    def __init__(self, sent: bytes = b'') -> None:
        self.raw = bytearray()
        self.plain = bytearray()
        self.position = 0
        self.answered = False       # more came than NULs and echoes, one that has only begun included
        self._sent = seven_bits(sent)
        self._unanswered = b''      # the end of what came, which may become an echo yet
        self._no_text = 0           # characters that are none

    def add(self, data: bytes) -> None:
        """These bytes came."""
        plain = seven_bits(data)
        self.raw += data
        self.plain += plain
        self._no_text += len(plain.translate(None, delete=_TEXT))
        if not self.answered:
            self._unanswered = without_echo(self._unanswered + plain, self._sent).strip(NUL)
            self.answered = not self._sent.startswith(self._unanswered)

    @property
    def is_text(self) -> bool:
        """Enough characters came, and nearly all of them are text, their parity bits aside."""
        return len(self.plain) >= LEAST_TEXT and self._no_text <= (1 - TEXT_SHARE) * len(self.plain)

    def find(self, pattern: re.Pattern[bytes]) -> bytes:
        """
        What the pattern finds next, `position` is then after it; b'' if there is nothing.

        :param pattern: finds one character, never none
        """
        found = pattern.search(self.plain, self.position)
        self.position = found.end() if found else len(self.plain)
        return found[0] if found else b''
