# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What the meter says to a question in programming mode, and whether it belongs to it. Pure.

A meter may answer without a code, with another prefix, or under another name: what was asked and what came is one pair, learned
on the first sound answer and held to (`memory.Asked`). `(ERROR)`, `(ERR12)` and bare digits without a unit are no values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ..errors import NotRead, ProtocolError
from ..evidence.copies import confirms
from ..evidence.shapes import has_shape, learn
from ..memory import Asked
from ..obis.codes import is_counter, split
from ..obis.data_sets import DataSet, Rejected, parse
from ..obis.matching import match
from ..texts import Text
from ..wire.commands import split_register

SAME = '='                              # the name in an answer, see `memory.Asked`
BARE_ERROR_FLAGS = frozenset({'TPC'})   # FLAG ids of meters whose errors are digits of any length
LONGEST_BARE_ERROR = 2                  # digits, of others
BY_R1 = frozenset({'EKT', 'TPC', 'MID', 'POZ'})    # FLAG ids of meters that are known to read by R1
NO_RIGHT = frozenset({'ERR14', 'ERR15', 'ERR16'})  # button, right, jumper

_ERROR = re.compile(r'ER(?:R(?:OR)?)?[0-9]*')
_PACKED = re.compile('[0-9A-F]{8}')


@dataclass(frozen=True)
class Answer:
    """What a meter answered to the question for one register."""

    code: str                           # as it was asked for
    question: str                       # `R5 1.7.0()`
    received: tuple[DataSet, ...]       # as the meter sent them
    rejected: tuple[Rejected, ...]      # errors among them
    answered: str                       # see `memory.Asked`

    @property
    def data_sets(self) -> tuple[DataSet, ...]:
        """The same for those who know the code that was asked: one data set with all values; of a group each by its name."""
        if _is_group(self.code):
            return _joined(self.received)
        address, argument = split_register(self.code)
        own = [data_set for data_set in self.received if data_set.code and is_same(address, data_set.code)]
        code = self.code if argument or self.answered != SAME else str(own[0].code)
        return (DataSet(code, tuple(value for data_set in own or self.received for value in data_set.values)),)


def _joined(sets: Sequence[DataSet]) -> tuple[DataSet, ...]:
    codes = dict.fromkeys(data_set.code for data_set in sets)
    return tuple(DataSet(code, tuple(value for data_set in sets if data_set.code == code for value in data_set.values))
                 for code in codes)


def ways(code: str, flag: str, escapes: Sequence[str], registers: Sequence[Asked]) -> list[tuple[str, str]]:
    """Commands and addresses by which this register can be asked for, the likeliest first: as others of this meter are."""
    address, _ = split_register(code)
    groups = split(address)
    is_obis = groups is not None and groups.d is not None
    addresses = [address]
    if groups is not None and is_obis:
        plain = '.'.join(filter(None, (groups.c, groups.d, groups.e)))
        bare = address if _PACKED.fullmatch(address) else _packed(groups.c, groups.d, groups.e)
        addresses = list(dict.fromkeys([address, plain, *([bare] if bare else [])]))
    by_r1 = flag.upper() in BY_R1 or not is_obis or _PACKED.fullmatch(address)
    commands = ['R1', 'R5', 'R2', 'R6'] if by_r1 and '@' not in escapes else ['R5', 'R1', 'R2', 'R6']
    learned = [(asked.command, bool(_PACKED.fullmatch(asked.address))) for asked in registers if asked.command]
    command, packed = learned[0] if learned else (commands[0], flag.upper() == 'TPC')
    commands.sort(key=lambda each: each != command)
    addresses.sort(key=lambda each: bool(_PACKED.fullmatch(each)) != packed)
    return [(each, one) for one in addresses for each in commands]


def _packed(*groups: str | None) -> str:
    numbers = [int(group) for group in (*(group or '0' for group in groups), '255') if group.isdigit() and int(group) < 256]
    return bytes(numbers).hex().upper() if len(numbers) == 4 else ''


def _is_group(code: str) -> bool:
    return '(' in code.partition('(')[2]


def is_same(address: str, code: str) -> bool:
    """The code in an answer is the address that was asked for, by its groups at least."""
    return code == address or bool(match(address, (DataSet(code, ()),)))


def read_answer(code: str, question: str, text: str, flag: str, known: Asked | None, registers: Sequence[Asked]) -> Answer:
    """
    The answer in a message that was received undamaged.

    :param known: what is known of this register
    :param registers: what is known of all of this meter
    :raises NotRead: it is an error of the meter
    :raises ProtocolError: it is garbled, or an answer to something else
    """
    content = parse(text)
    errors = tuple(Rejected(str(each), 'error of the meter') for each in content.data_sets if _is_error(each, flag))
    sets = tuple(each for each in content.data_sets if not _is_error(each, flag))
    if errors and not sets:
        raise refused(code, errors[0].line)
    if content.rejected or not sets:
        raise ProtocolError(Text('die Antwort auf {question} ist kein Datensatz', 'the answer to {question} is no data set',
                                 {'question': question}))
    answered = _name(code, sets)
    if (known and known.command and known.answered != answered) or _is_of_another(code, answered, registers):
        raise ProtocolError(Text('auf {question} kam die Antwort auf etwas anderes: {line}',
                                 'to {question} came the answer to something else: {line}',
                                 {'question': question, 'line': str(sets[0])[:40]}))
    return Answer(code, question, sets, errors, answered)


def refused(code: str, answer: str) -> NotRead:
    """The meter has no value for this code."""
    kind = 'register_forbidden' if any(error in answer for error in NO_RIGHT) else 'register_unknown'
    return NotRead(Text('der Zähler antwortet auf {code} mit {answer}', 'the meter answers {answer} to {code}',
                        {'code': code, 'answer': answer}), kind, code=code, answer=answer)


def _is_error(data_set: DataSet, flag: str) -> bool:
    if len(data_set.values) != 1 or data_set.values[0].unit is not None:
        return False
    value = data_set.values[0].value
    if _ERROR.fullmatch(value):
        return True
    longest = len(value) if flag.upper() in BARE_ERROR_FLAGS else LONGEST_BARE_ERROR
    return data_set.code is None and value.isdigit() and len(value) <= longest


def _name(code: str, sets: Sequence[DataSet]) -> str:
    address, argument = split_register(code)
    codes = list(dict.fromkeys(each.code or '' for each in sets))
    if _is_group(code):
        asked = re.findall(r'([^()]+)\(', argument)
        return SAME if set(codes) <= set(asked) else codes[0]
    return SAME if any(is_same(address, each) for each in codes) else codes[0]


def _is_of_another(code: str, answered: str, registers: Sequence[Asked]) -> bool:
    """That name belongs to another register that is asked for: its answer came late."""
    return answered not in ('', SAME) and any(
        other.code != code and (other.answered == answered or (
            other.answered == SAME and is_same(split_register(other.code)[0], answered))) for other in registers)


def vouched(answer: Answer, known: Asked | None, copies: Sequence[Answer], confirm: str, disturbed: bool,
            last: Answer | None = None) -> str | None:
    """
    What vouches for an answer whose check is right: `shape`, `copy`, or nothing where none is wanted; None: not enough.

    :param copies: what came in answer to the same question just before
    :param last: the last answer that was believed
    """
    if disturbed:
        return 'copy' if copies and copies[-1].received == answer.received else None
    # of the question just before: damage may come again
    has_copy = bool(copies) and confirms(copies[-1].received, answer.received)
    if leaps(answer, last):
        return 'copy' if has_copy else None
    if known and known.shape and has_shape(known.shape, answer.received) and (confirm != 'always' or has_copy):
        return 'shape'
    if confirm == 'never':
        return ''
    return 'copy' if has_copy else None


def leaps(answer: Answer, last: Answer | None) -> bool:
    """A counter fell or rose by more than a hundredth and ten: XOR is blind for digits that changed places."""
    for one, two in zip(last.data_sets if last else (), answer.data_sets, strict=False):
        if one.code == two.code and one.values and two.values and is_counter(one.code or ''):
            try:
                before, now = Decimal(one.values[0].value), Decimal(two.values[0].value)
            except InvalidOperation:
                continue
            if not before <= now <= before * Decimal('1.01') + 10:
                return True
    return False


def learned(answer: Answer, known: Asked | None, command: str, address: str) -> Asked:
    """What is known of this register now."""
    shape = learn((known.shape,) if known and known.shape else (), answer.received)[0]
    return Asked(answer.code, command, address, answer.answered, shape)
