# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a readout says: its text to data sets. Two rules:

- Code, value and unit stay the meter's own text. Nothing is trimmed, rounded or repaired.
- What is cut or garbled is no data: it is in `Content.rejected` with the reason. A set counts when its ')' has come.

The grammar (IEC 62056-21 6.5 and IEC 62056-61 6.2, as meters really speak it):

    line    = set*  ['!' check]                      a set may stand on a line with others, its values on the next lines
    set     = [code] ('(' [value ['*' unit]] ')')+
    code    = [A '-'] [B ':'] C ['.' D ['.' E ...]] ['*' F | '&' F] [',' attribute]
"""

import re
from typing import NamedTuple

from .codes import LONG_CODE, LONGEST, is_code

# ---------------------------------------------------------------------------------------------------- data classes
# named tuples, not dataclasses: cheaper at the start of a program and in each of the hundreds a readout has


class Value(NamedTuple):
    """One value of a data set as the meter wrote it; `unit` is None if there is none, '' after a bare '*'."""

    value: str
    unit: str | None


class DataSet(NamedTuple):
    """A code and its values, in order; `code` is None for groups that belong to no code."""

    code: str | None
    values: tuple[Value, ...]

    def __str__(self) -> str:
        units = (v.value if v.unit is None else f'{v.value}*{v.unit}' for v in self.values)
        return (self.code or '') + ''.join(f'({text})' for text in units)


class Rejected(NamedTuple):
    """Text that is no data, and why: one of NO_DATA, CUT, GARBLED, ORPHAN, AFTER_END."""

    line: str
    reason: str


class Content(NamedTuple):
    """What `parse` found, both in the order of the text."""

    data_sets: tuple[DataSet, ...]
    rejected: tuple[Rejected, ...]


NO_DATA = 'no data set'
CUT = 'cut: no closing parenthesis'
GARBLED = 'garbled'
ORPHAN = 'continues a set that was cut or garbled'
AFTER_END = 'after the end of the telegram'

# --------------------------------------------------------------------------------------------------------- parser

# What frames the text on the wire. A command of programming mode (SOH P1 STX ... ETX BCC) is the reader's talk, no data.
# An STX after printable text is that text's damage, unless the text is a block check character.
_MARK = re.compile(
    '(?P<command>\x01[A-Z][0-9][^\x03\x04]*(?:[\x03\x04].?)?)|(?P<stx>\x02)|(?P<etx>[\x03\x04])'
    '|(?<![^\r\n])\x06[0-9][0-9A-Za-z:][0-9][\r\n]',
    re.DOTALL,
)
_FLAG_ID = '[A-Za-z]{2}[A-Za-z0-9_]'        # three letters by the standard; real ones: LG_, ZD5
_IDENTIFICATION = re.compile(rf'/(?:{_FLAG_ID}|[ \t]*$)')
_FIRST_TELEGRAM = re.compile(
    f'(?:(?<=[\x03\x04].)|(?<![\x03\x04 -~]))\x02|(?:^|[\r\n])[\x00 ]*/{_FLAG_ID}', re.DOTALL)
_PARENTHESIS = re.compile('[()]')
_LINE_END = re.compile('[\r\n]+')
_NOISE = ''.join(map(chr, range(0x21))) + '\x7f\xff'
# Control characters, DEL among them: some adapters put it in between. Meters fill whole values with 0xFF, never a part.
_GARBLED = re.compile('[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]|(?<=[^(\xff])\xff|\xff(?=[^)\xff])')
# Text before, the groups, and text up to a parenthesis that closes nothing.
_RUN = re.compile(r'([^()]*)((?:\([^()]*\))+)([^()]*\))?')

# Text glued in front is cut off only where it can be no part of the code itself, and never from a code of one group.
GLUED_CODE = re.compile(rf'([^0-9]*?)(?<![-:.,*&])(?:(?=[0-9])|(?<![A-Za-z])(?=[A-Za-z])){LONG_CODE}')
_TORN = re.compile('[A-Za-z][^A-Za-z ]$')

_UNITS = (
    'Wh kWh MWh GWh varh kvarh VArh kVArh kVARh Mvarh VAh kVAh MVAh W kW MW var kvar VAr kVAr kVAR Mvar VA kVA MVA '
    'V kV mV A kA mA Hz kHz m3 m³ m3/h m3ph l l/h kJ MJ GJ h s min °C C K bar mbar %'
)
UNITS = frozenset(_UNITS.split())
_GLUED_UNIT = re.compile(
    '([ ]*[+-]?[0-9]+([.,][0-9]+)?)([ ]*)('
    + '|'.join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True)) + ')[ ]*'
)
_PAIR = '[+-]?[0-9]+(?:[.,][0-9]+)?[*][^*,&0-9][^*,&]*'
_PAIRS = re.compile(f'{_PAIR}(?:,{_PAIR})+')
_P1_TIME = re.compile('[0-9]{12}[WS]')
_CURRENT = re.compile('(?:[0-9]+-)?(?:[0-9]+:)?(?:[357]1|11|9[01])[.]')
_ADMINISTRATIVE = re.compile('(?:[0-9]+-)?(?:[0-9]+:)?(?:0|9[6-9]|[A-Za-z]+)(?:[.*&]|$)')


def parse(text: str) -> Content:
    """The data sets of a readout, in order, and what is none.

    `text` is a whole readout as received (identification line, STX, ETX and block check character, '!' line with
    CRC, echoes, several telegrams: neither data nor rejected), a single telegram or a single line. Never raises.
    What precedes the first identification or STX is the rest of something else and left out.
    """
    parser = _Parser()
    first = _FIRST_TELEGRAM.search(text)
    position = first.start() if first else 0
    framed = False
    start = position
    while mark := _MARK.search(text, position):
        position = mark.end()
        if mark['stx'] and start < mark.start() and text[mark.start() - 1].isprintable():
            continue
        parser.lines(text[start:mark.start()])
        start = position
        if mark['stx']:
            framed = True
            parser.begin_telegram()
        elif mark['command']:
            parser.end_telegram()
        elif mark['etx'] and (framed or parser.ended):
            framed = False
            start = position = position + 1     # the block check character, whatever it is: STX, '/' or '(' too
            parser.end_telegram()
    parser.lines(text[start:])
    return parser.content()


class _Parser:
    """The state of `parse`: what was found, the set that a group without a code continues, inside or after a telegram."""

    def __init__(self) -> None:
        self.sets: list[tuple[str | None, list[Value]]] = []
        self.rejected: list[Rejected] = []
        self.begin_telegram()

    def begin_telegram(self) -> None:
        self.ended = False
        self.code: str | None = None
        self.values: list[Value] | None = None      # of the set that is continued
        self.lost = False                           # that set was rejected: so are its continuations

    def end_telegram(self) -> None:
        self.begin_telegram()
        self.ended = True

    def content(self) -> Content:
        return Content(tuple([DataSet(code, tuple(values)) for code, values in self.sets]), tuple(self.rejected))

    def lines(self, text: str) -> None:
        for line in _LINE_END.split(text):
            self.line(line)

    def line(self, line: str) -> None:
        position = 0
        while position < len(line):
            if self.ended:
                position = self.after_end(line, position)
                continue
            if line.startswith('!(', position) and position:
                position += 1       # Pafal: 0.2.2(:::::G11)!(:::::G11)(!), the end stands alone or at the end of its line
            run = _RUN.match(line, position)
            if not run:
                position = self.text(line, position)
                continue
            head, groups, stray = run.groups()
            code = head if not head or is_code(head) else self.code_in(head)
            if self.ended:
                continue
            if code is None or stray or _GARBLED.search(groups):
                self.lose(run[0], GARBLED)
            elif self.lost and not code:
                self.lose(run[0], ORPHAN)
            else:
                self.take(code, groups)
            position = run.end()

    def take(self, code: str, groups: str) -> None:
        values: list[Value] = []
        for group in groups[1:-1].split(')('):
            if group.isdigit():
                values.append(Value(group, None))
            else:
                values += values_of(group, code or self.code)
        if code or self.values is None:
            self.code, self.values, self.lost = code or None, values, False
            self.sets.append((self.code, values))
        else:
            self.values += values

    def lose(self, text: str, reason: str) -> None:
        self.reject(text, reason)
        self.lost = True

    def reject(self, text: str, reason: str) -> None:
        text = text.strip(_NOISE)
        if text:
            self.rejected.append(Rejected(text, reason))

    def frame(self, text: str) -> bool:
        """Whether the text is of the frame: the end of a telegram, an identification, the echo of a request."""
        if text.startswith('!'):
            self.end_telegram()
        elif text.startswith('/'):
            self.begin_telegram()
        return text.startswith(('!', '/'))

    def code_in(self, text: str) -> str | None:
        """The code at the end of the text before a group: '' where there is only noise, None where it is no code."""
        stripped = text.lstrip(_NOISE)
        if self.frame(stripped):
            stripped = text = text[text.rfind(' ') + 1:]    # the line end after the identification got lost
        if not stripped or is_code(stripped):
            return stripped
        glued = GLUED_CODE.fullmatch(stripped) if len(stripped) <= 2 * LONGEST else None
        if not glued or _TORN.search(glued[1]) or _GARBLED.search(glued[1]):
            return None
        self.reject(glued[1], NO_DATA)
        return stripped[glued.end(1):]

    def text(self, line: str, position: int) -> int:
        """Takes text that no whole group follows; returns the position after it."""
        parenthesis = _PARENTHESIS.search(line, position)
        end = parenthesis.start() if parenthesis else len(line)
        if self.frame(line[position:end].lstrip(_NOISE)):
            return end if not self.ended else position + 1
        closing = line.find(')', end)
        if closing >= 0:
            self.lose(line[position:closing + 1], GARBLED)
            return closing + 1
        if parenthesis:
            self.lose(line[position:], CUT)
        elif position:
            self.reject(line[position:], NO_DATA)
        elif line.strip(_NOISE):
            self.reject(line, NO_DATA)
            self.lost = self.values is not None
        return len(line)

    def after_end(self, line: str, position: int) -> int:
        """Passes over text after the end up to the next identification; returns its position or the line's length."""
        identification = _IDENTIFICATION.search(line, position)
        if identification:
            self.begin_telegram()
            return identification.start()
        if line.find(')', line.find('(', position) + 1 or len(line)) >= 0:
            self.reject(line[position:], AFTER_END)
        return len(line)


def values_of(group: str, code: str | None) -> list[Value]:
    """The values of one group: value*unit, several of them joined by '&' or ',', or a unit glued to a number."""
    value, star, unit = group.rpartition('*')
    if '**' in group:       # a number that was made unrecognizable
        return [Value(group, None)]
    if star:
        if '&' in group and all('*' in pair for pair in group.split('&')):
            return [Value(*pair.rpartition('*')[::2]) for pair in group.split('&')]
        if ',' in group and _PAIRS.fullmatch(group):
            return [Value(*pair.split('*')) for pair in re.findall(_PAIR, group)]
        return [Value(value, unit)]
    glued = _GLUED_UNIT.fullmatch(group)
    if glued and not _P1_TIME.fullmatch(group):
        number, fraction, blank, unit = glued.groups()
        if blank or unit not in ('A', 'C') or _is_ampere_or_degree(code or '', fraction):
            return [Value(number, unit)]
    return [Value(group, None)]


def _is_ampere_or_degree(code: str, fraction: str | None) -> bool:
    """Whether digits with a glued 'A' or 'C' are a measured value: '001A' of a status word is hexadecimal."""
    return bool(_CURRENT.match(code)) or (fraction is not None and not _ADMINISTRATIVE.match(code))
