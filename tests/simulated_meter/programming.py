# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What a meter says in programming mode (6.4.3.3, 6.4.6): operand, passwords, registers, errors, its load profile. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .household import Registers
from .options import MeterOptions
from .profile import LoadProfile
from .protocol import ACK, EOT, ETX, NAK, SOH, STX, block_check

COMMAND = re.compile(rb'\x01([A-Z][0-9])(?:\x02([^\x03]*))?\x03(.)', re.DOTALL)
ASKED = re.compile(r'([^()]*)\((.*)\)')
OVER = 'b0'                     # what ends a session, as the options name it


@dataclass
class Reply:
    """What a meter answers: a message, b'' for silence; whether the session is over."""

    message: bytes = b''
    over: bool = False
    truth: str = ''             # the data sets in it, where it is an answer


@dataclass
class Programming:
    """
    One meter's programming mode: what it has been told, and what it answers.

    :param registers: what it counts at a time
    """

    options: MeterOptions
    registers: Callable[[float], Registers]
    wrong_passwords: int = 0
    accepted: bool = False
    answers: int = 0
    blocks: list[str] = field(default_factory=list)     # partial ones that are to come
    last: bytes = b''

    def begin(self) -> bytes:
        """The operand, with which a session begins (6.4.6)."""
        self.accepted, self.answers, self.blocks = False, 0, []
        operand = self.options.operand
        return self._framed(SOH + b'P0', '' if operand == '-' else f'({operand})')

    def answer(self, message: bytes, now: float) -> Reply:
        """What it answers to a message that it understood."""
        o = self.options
        if message in (ACK, NAK):
            return self._block(message)
        found = COMMAND.fullmatch(message)
        if not found or found[3][0] != block_check(message[1:-1], o.checksum == 'sum'):
            return Reply(NAK) if o.wrong_check_answer == 'nak' else Reply()
        command, text = found[1].decode(), (found[2] or b'').decode('latin-1')
        self.blocks = []
        if command == 'B0':
            return Reply(over=True)
        if command == 'P1':
            return self._password(text)
        reply = self._read(command, text, now)
        self.answers += bool(reply.truth)
        if o.leaves_after and self.answers >= o.leaves_after:
            reply.message += self.goodbye() if o.leaves_behind_answer else b''
            reply.over = True
        self.last = reply.message
        return reply

    def goodbye(self) -> bytes:
        """B0, as meters send it unasked (6.3.12)."""
        return self._framed(SOH + b'B0')

    def _password(self, text: str) -> Reply:
        o = self.options
        locked = bool(o.locks_after) and self.wrong_passwords >= o.locks_after
        if not locked and text == f'({o.password or ""})':
            self.accepted, self.wrong_passwords = True, 0
            return Reply(ACK)
        self.wrong_passwords += 1
        return self._refused(o.refuses, '')

    def _read(self, command: str, text: str, now: float) -> Reply:
        o = self.options
        asked = ASKED.fullmatch(text)
        if command not in o.commands.split(','):
            return self._refused(o.unknown_command, text)
        if o.password is not None and not self.accepted:
            return self._refused(o.no_right, text)
        if not asked:
            return self._refused('(ERR13)', text)
        address, argument = asked.groups()
        if o.profile and address == 'P.01':
            return self._profile(command, argument, now)
        known = self._known(now)
        if address == 'GRPNM' and o.addresses != 'obis':        # several in one, each with its own error
            names = re.findall(r'([^()]+)\(\)', argument)
            truth = ''.join(known.get(name, f'{name}(ERR12)').replace('\r\n', '') for name in names)
            return Reply(self._framed(STX, truth), truth=truth)
        truth = known.get(text) or (known.get(address) if not argument else None)
        if truth is None:
            return self._refused(o.unknown, address)
        if o.partial and (command == 'R6' or o.partial_always):
            return self._parts([truth[i:i + o.partial] for i in range(0, len(truth), o.partial)], truth)
        return Reply(self._framed(STX, truth + o.register_end), truth=truth)

    def _known(self, now: float) -> dict[str, str]:
        """What it says under each address."""
        o = self.options
        if o.registers is not None:
            return dict(o.registers)
        known = {}
        for code, values in self.registers(now):
            plain = code.rpartition(':')[2]
            groups = re.fullmatch(r'([0-9]+)\.([0-9]+)\.([0-9]+)', plain)
            address = bytes([*map(int, groups.groups()), 255]).hex().upper() if o.addresses == 'hex' and groups else plain
            name = {'same': address, 'bare': '', 'long': code, 'other': f'7-{address}'}[o.answered]
            shown = [value if unit is None or o.addresses == 'hex' else f'{value}*{unit}' for value, unit in values]
            known[address] = name + ''.join(f'({each})' for each in shown)
        return known

    def _profile(self, command: str, argument: str, now: float) -> Reply:
        profile = LoadProfile(self.options.profile, now)
        begin, end, *number = argument.split(';')
        rows = profile.lines(begin, end)
        if not rows:
            return self._refused('{}(ERROR)', 'P.01')
        if command != 'R6':
            return Reply(self._framed(STX, ''.join(rows)), truth=''.join(rows))
        size = int(number[0]) if number and number[0] else 8
        parts = [''.join(rows[i:i + size]) for i in range(0, len(rows), size)]
        return self._parts([part.removesuffix('\r\n') for part in parts], ''.join(rows))

    def _parts(self, parts: list[str], truth: str) -> Reply:
        """The first partial block (6.3.10); the others come with each ACK."""
        self.blocks = parts
        self.last = self._framed(STX, parts[0], EOT if len(parts) > 1 else ETX)
        return Reply(self.last, truth=truth)

    def _block(self, message: bytes) -> Reply:
        """The next partial block, or the last message again."""
        if message == ACK:
            self.blocks = self.blocks[1:]
            if not self.blocks:
                return Reply()
            self.last = self._framed(STX, self.blocks[0], EOT if len(self.blocks) > 1 else ETX)
        return Reply(self.last)

    def _refused(self, how: str, name: str) -> Reply:
        if how == OVER:
            return Reply(self.goodbye(), over=True)
        return Reply({'nak': NAK, 'silence': b''}.get(how) if how in ('nak', 'silence')
                     else self._framed(STX, how.replace('{}', name)))

    def _framed(self, head: bytes, text: str = '', end: bytes = ETX) -> bytes:
        """6.3.5: the check covers what follows the first SOH or STX, an STX inside a command, too."""
        inside = (STX if head[:1] == SOH and text else b'') + text.encode('latin-1') + end
        message = head + inside
        return message + bytes([block_check(message[1:], self.options.checksum == 'sum')])
