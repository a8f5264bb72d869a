# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The messages of programming mode, reading only (6.3.6 to 6.3.12, 6.4.6).

    reader  ACK 0 Z 1 CR LF                             programming mode at the speed of Z
    meter   SOH P0 STX (operand) ETX BCC
    reader  SOH P1 STX (password) ETX BCC               answered by ACK; by NAK, an error or B0 where it is refused
    reader  SOH R1 STX address(argument) ETX BCC        R2, R5 and R6 alike
    meter   STX data sets ETX BCC                       EOT instead of ETX: a partial block, ACK brings the next one
    both    SOH B0 ETX BCC                              the end of the session

What can be built here is all that is ever sent in a session: no command that writes or executes has a name in `Command`.
The check covers what follows the first SOH or STX, an STX inside of a command, too, up to ETX or EOT.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from ..errors import ChecksumError, ProtocolError, SettingsError
from ..texts import Text
from .characters import ACK, EOT, ETX, NAK, SOH, STX, Parity, Received, seven_bits
from .checking import CHECK_CHARACTERS, SUM_FLAGS
from .messages import SPEEDS_C, START_SPEED, Identification

LONGEST_ANSWER = 64 * 1024      # characters; the longest partial blocks known have less than 1,000
LONGEST_ADDRESS = 160           # characters of a command, the most that a meter is known to take
SPEEDS = {**SPEEDS_C, ':': 9600}        # Z in programming mode; the last one is a real meter's


class Command(Enum):
    """All that a reader says by SOH: nothing here changes anything in a meter."""

    PASSWORD = 'P1'
    ASCII = 'R1'
    FORMATTED = 'R2'
    OBIS = 'R5'
    OBIS_PARTIAL = 'R6'
    GOODBYE = 'B0'


READS = {command.value: command for command in Command if command.value.startswith('R')}

_ADDRESS = re.compile(r"[!-'*-~ ]{1,48}")       # no parentheses, no control characters
_ARGUMENT = re.compile(r'[ -~]*')
_REGISTER = re.compile(r'([^()]+)(?:\((.*)\))?')


def programming_acknowledgement(speed_character: str) -> bytes:
    """The acknowledgement that asks for programming mode (V = 0, Y = 1) at the speed of `speed_character` (6.3.3)."""
    return ACK + f'0{speed_character}1\r\n'.encode('ascii')


def split_register(code: str) -> tuple[str, str]:
    """
    Address and argument of a register as it is configured: `1.7.0`, `VOLTA`, `600100FF`, `ENMPE(04.22)`.

    :raises SettingsError: it is none
    """
    found = _REGISTER.fullmatch(code.strip())
    address, argument = (found[1].strip(), found[2] or '') if found else ('', '')
    nested = argument.count('(') == argument.count(')')
    if not (_ADDRESS.fullmatch(address) and _ARGUMENT.fullmatch(argument) and nested and len(code) <= LONGEST_ADDRESS):
        raise SettingsError(Text('{code!r} ist keine Adresse eines Registers', '{code!r} is no address of a register',
                                 {'code': code}))
    return address, argument


def read_command(command: str, address: str, argument: str, check: str) -> bytes:
    """
    The command that asks for a register (6.3.7).

    :param command: R1, R2, R5 or R6
    :param check: how the BCC is made, xor or sum
    """
    return _framed(READS[command], f'{address}({argument})', check)


def password_command(password: str, check: str) -> bytes:
    """
    P1 (6.3.7).

    :raises SettingsError: the password cannot stand in it
    """
    if not re.fullmatch(r"[!-'*-~ ]{0,32}", password):
        raise SettingsError(Text('password: möglich sind höchstens 32 druckbare Zeichen ohne Klammern',
                                 'password: at most 32 printable characters without parentheses are possible'))
    return _framed(Command.PASSWORD, f'({password})', check)


def goodbye(check: str) -> bytes:
    """B0: the session is over (6.3.12)."""
    return _framed(Command.GOODBYE, '', check)


def _framed(command: Command, text: str, check: str) -> bytes:
    covered = command.value.encode() + (STX + text.encode('ascii') if text else b'') + ETX
    return SOH + covered + bytes([CHECK_CHARACTERS[check](covered)])


# what came

OPERAND, LEFT, DATA, PARTIAL, ACCEPTED, REFUSED = 'P0', 'B0', 'data', 'partial', 'ACK', 'NAK'


@dataclass(frozen=True)
class Message:
    """What a meter said in programming mode: of which kind, one of those above; sound or not, `judge` says that."""

    kind: str
    raw: bytes          # as it came
    text: str = ''      # the data sets
    covered: bytes = b''
    check: int = 0

    def fits(self, check: str) -> bool:
        """Its check is right, made like this; with B0 either will do, as one meter has it."""
        if not self.covered:
            return True
        kinds = CHECK_CHARACTERS if self.kind == LEFT else (check,)
        return any(CHECK_CHARACTERS[kind](self.covered) == self.check for kind in kinds)


class MessageReader:
    """
    Finds the meter's message among echo and noise.

    :param sent: what was sent last: of an ACK or NAK the first one that comes back is its echo
    :param awaits_ack: ACK is an answer now
    """

    def __init__(self, sent: bytes = b'', awaits_ack: bool = False) -> None:
        self._received = Received()
        self._begins = _BEGINS_ACK if awaits_ack else _BEGINS
        self._echo = sent if sent in (ACK, NAK) else b''
        self._begin: int | None = None      # where the message begins that has not ended yet

    @property
    def begun(self) -> bool:
        """A message has begun, or noise looks like it."""
        return self._begin is not None

    def feed(self, data: bytes) -> Message | None:
        """
        The message as soon as it is whole, else None.

        :raises ProtocolError: 64 KiB without one
        """
        received = self._received
        received.add(data)
        while True:
            if self._begin is None:
                first = received.find(self._begins)
                if not first:
                    break
                begin = received.position - 1
                if first not in (ACK, NAK):
                    self._begin = begin
                elif first == self._echo:
                    self._echo = b''
                    continue
                else:
                    return Message(ACCEPTED if first == ACK else REFUSED, bytes(received.raw[begin:begin + 1]))
            last = received.find(_END)
            if not last:
                break
            if received.position == len(received.plain):    # its check has not come yet
                received.position -= 1
                break
            received.position += 1
            message = _message(bytes(received.raw[self._begin:received.position]), last)
            self._begin = None
            if message:
                return message
        if len(received.raw) > LONGEST_ANSWER:
            raise ProtocolError(Text('keine Antwort in {number} Zeichen', 'no answer in {number} characters',
                                     {'number': LONGEST_ANSWER}))
        return None


_BEGINS, _BEGINS_ACK = re.compile(b'[\x01\x02\x15]'), re.compile(b'[\x01\x02\x06\x15]')
_END = re.compile(b'[\x03\x04]')


def _message(raw: bytes, end: bytes) -> Message | None:
    """The frame as a message; None where it is the reader's own, come back: a meter says P0 and B0 only."""
    plain = seven_bits(raw)
    covered, check = plain[1:-1], plain[-1]
    if plain[:1] == STX:
        return Message(PARTIAL if end == EOT else DATA, raw, covered[:-1].decode('ascii'), covered, check)
    if covered[:2] not in (b'P0', b'B0'):
        return None
    text = covered[2:-1].removeprefix(STX).decode('ascii')
    return Message(covered[:2].decode('ascii'), raw, text, covered, check)


def judge(message: Message, parity: Parity, check: str) -> None:
    """
    Nothing speaks against this message.

    :param parity: of the session so far: whether the line shows parity bits
    :param check: how this meter makes its BCC
    :raises ChecksumError: its check is wrong
    :raises ProtocolError: a character has wrong parity, or is none
    """
    own = Parity('software' if parity.visible else 'none')
    own.feed(message.raw)
    if own.wrong:
        raise ProtocolError(Text('{wrong} von {total} Zeichen haben falsche Parität',
                                 '{wrong} of {total} characters have wrong parity', {'wrong': own.wrong, 'total': own.total}))
    if not parity.visible and any(character & 0x80 for character in message.raw):
        raise ProtocolError(Text('Zeichen haben ein achtes Bit, für das nichts bürgt',
                                 'characters have an eighth bit that nothing vouches for'))
    if not message.fits(check):
        raise ChecksumError(Text('das Prüfzeichen der Antwort ist falsch ({name})', 'the check of the answer is wrong ({name})',
                                 {'name': check}))
    if _NO_TEXT.search(message.text):
        raise ProtocolError(Text('in der Antwort stehen Steuerzeichen', 'there are control characters in the answer'))


_NO_TEXT = re.compile('[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]')


def check_of(message: Message, identification: Identification, wanted: str) -> str:
    """
    How this meter makes its BCC, by its first message.

    :param wanted: xor or sum where that is known, else auto
    :raises ChecksumError: it fits neither
    """
    usual = 'sum' if identification.flag.upper() in SUM_FLAGS else 'xor'
    kinds = (usual, 'xor' if usual == 'sum' else 'sum') if wanted == 'auto' else (wanted,)
    for kind in kinds:
        if message.fits(kind):
            return kind
    raise ChecksumError(Text('das Prüfzeichen der Antwort ist falsch ({name})', 'the check of the answer is wrong ({name})',
                             {'name': kinds[0]}))


def speed_of(identification: Identification) -> int:
    """Bd at which a session in programming mode is held."""
    return SPEEDS.get(identification.speed_character, START_SPEED)


# A password must not be seen, neither where it was sent nor where a head gave it back.

_SHOWN = re.compile(rb'(?<=\x01)(?:P1|B0|P0)|\(ER[A-Z]*[0-9]*\)')
_LETTERS = re.compile(rb'[0-9A-Za-z!-\x27*-/:-@\[-`{-~ ]')
MASK = ord('*')


def concealed(data: bytes) -> bytes:
    """
    What came and went while a password was sent, without it: each character of a text is a star.

    A parity bit stays as right or wrong as it was, and so does a check.
    """
    plain = seven_bits(data)
    shown = {place for found in _SHOWN.finditer(plain) for place in range(*found.span())}
    checks = {found.end(): found.span(1) for found in _CHECKED.finditer(plain)}
    result = bytearray(plain)
    for found in _LETTERS.finditer(plain):
        if found.start() not in shown and found.start() not in checks:
            result[found.start()] = MASK
    for place, (begin, end) in checks.items():
        kinds = CHECK_CHARACTERS.values() if place < len(plain) else ()
        kind = next((kind for kind in kinds if kind(plain[begin:end]) == plain[place]), None)
        if kind:
            result[place] = kind(bytes(result[begin:end]))
        elif place < len(plain):
            result[place] = MASK
    return bytes(old & 0x80 ^ ((before ^ new).bit_count() & 1) << 7 | new if data != plain else new
                 for old, before, new in zip(data, plain, result, strict=True))


_CHECKED = re.compile(rb'[\x01\x02]([^\x03\x04]*[\x03\x04])', re.DOTALL)
