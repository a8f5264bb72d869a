# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What a readout says: its text to data sets, and OBIS codes, how they match and what values convert to.

Pure: text in, data classes out; no I/O, no state, standard library only. Three rules:

- Code, value and unit stay the meter's own text. Nothing is trimmed, rounded or repaired.
- What is cut or garbled is no data: it is in `Block.rejected` with the reason. A set counts when its ')' has come.
- No text makes a function raise, but `convert`, which raises ConversionError only.

The grammar (IEC 62056-21 6.5 and IEC 62056-61 6.2, as meters really speak it):

    line    = set*  ['!' check]                      a set may stand on a line with others, its values on the next lines
    set     = [code] ('(' [value ['*' unit]] ')')+
    code    = [A '-'] [B ':'] C ['.' D ['.' E ...]] ['*' F | '&' F] [',' attribute]
"""

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

from . import obis_names
from .conversions import CONVERSIONS, ConversionError, convert

__all__ = [
    'CONVERSIONS',
    'Block',
    'ConversionError',
    'DataSet',
    'Groups',
    'Rejected',
    'Value',
    'convert',
    'find',
    'is_heat',
    'is_serial_number', 'lost',
    'match',
    'name',
    'parse',
    'serial_number',
    'similar',
    'split',
    'suggest',
]

# ---------------------------------------------------------------------------------------------------- data classes


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a data set as the meter wrote it; `unit` is None if there is none, '' behind a bare '*'."""

    value: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class DataSet:
    """A code and its values, in order; `code` is None for groups that belong to no code."""

    code: str | None
    values: tuple[Value, ...]

    def __str__(self) -> str:
        units = (v.value if v.unit is None else f'{v.value}*{v.unit}' for v in self.values)
        return (self.code or '') + ''.join(f'({text})' for text in units)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Text that is no data, and why: one of NO_DATA, CUT, GARBLED, ORPHAN, BEHIND_END."""

    line: str
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """What `parse` found, both in the order of the text."""

    data_sets: tuple[DataSet, ...]
    rejected: tuple[Rejected, ...]


NO_DATA = 'no data set'
CUT = 'cut: no closing parenthesis'
GARBLED = 'garbled'
ORPHAN = 'continues a set that was cut or garbled'
BEHIND_END = 'behind the end of the telegram'

# --------------------------------------------------------------------------------------------------------- parser

# What frames the text on the wire. A command of programming mode (SOH P1 STX ... ETX BCC) is the reader's talk, no data.
# An STX behind printable text is that text's damage, unless the text is a block check character.
_MARK = re.compile(
    '(?P<command>\x01[A-Z][0-9][^\x03\x04]*(?:[\x03\x04].?)?)|(?P<stx>\x02)|(?P<etx>[\x03\x04])'
    '|(?<![^\r\n])\x06[0-9][0-9A-Za-z:][0-9][\r\n]',
    re.DOTALL,
)
_IDENTIFICATION = re.compile(r'/(?:[A-Za-z]{3}|[ \t]*$)')
_FIRST_TELEGRAM = re.compile(
    '(?:(?<=[\x03\x04].)|(?<![\x03\x04 -~]))\x02|(?:^|[\r\n])[\x00 ]*/[A-Za-z]{3}', re.DOTALL)
_PARENTHESIS = re.compile('[()]')
_LINE_END = re.compile('[\r\n]+')
_NOISE = ''.join(map(chr, range(0x21))) + '\x7f\xff'
_GARBLED = re.compile('[\x00-\x1f\x80-\x9f\ud800-\udfff\ufffd]')
# Text before, the groups, and text up to a parenthesis that closes nothing.
_RUN = re.compile(r'([^()]*)((?:\([^()]*\))+)([^()]*\))?')

_GROUP = '(?:[0-9]{1,3}|[A-Za-z]{1,3})'
_PREFIX = '(?:[0-9]{1,3}-)?(?:[0-9]{1,3}:)?'
_SUFFIX = '(?:[*&](?:[0-9]{1,3}|[A-Za-z]{1,2}))?(?:,[0-9]{1,3})?'
_LONG_CODE = rf'{_PREFIX}{_GROUP}(?:\.{_GROUP}){{1,4}}{_SUFFIX}'
_CODE = re.compile(rf'{_LONG_CODE}|{_PREFIX}[0-9A-Za-z]{{1,16}}{_SUFFIX}')
# Text glued in front is cut off only where it can be no part of the code itself, and never from a code of one group.
_GLUED_CODE = re.compile(rf'([^0-9]*?)(?<![-:.,*&])(?:(?=[0-9])|(?<![A-Za-z])(?=[A-Za-z])){_LONG_CODE}')
_TORN = re.compile('[A-Za-z][^A-Za-z ]$')
_LONGEST_CODE = 48

_UNITS = (
    'Wh kWh MWh GWh varh kvarh VArh kVArh kVARh Mvarh VAh kVAh MVAh W kW MW var kvar VAr kVAr kVAR Mvar VA kVA MVA '
    'V kV mV A kA mA Hz kHz m3 m³ m3/h m3ph l l/h kJ MJ GJ h s min °C C K bar mbar %'
)
_GLUED_UNIT = re.compile(
    '([ ]*[+-]?[0-9]+([.,][0-9]+)?)([ ]*)('
    + '|'.join(re.escape(unit) for unit in sorted(_UNITS.split(), key=len, reverse=True)) + ')[ ]*'
)
_P1_TIME = re.compile('[0-9]{12}[WS]')
_CURRENT = re.compile('(?:[0-9]+-)?(?:[0-9]+:)?(?:[357]1|11|9[01])[.]')
_ADMINISTRATIVE = re.compile('(?:[0-9]+-)?(?:[0-9]+:)?(?:0|9[6-9]|[A-Za-z]+)(?:[.*&]|$)')


def parse(text: str) -> Block:
    """The data sets of a readout, in order, and what is none.

    `text` is a whole readout as received (identification line, STX, ETX and block check character, '!' line with
    CRC, echoes, several telegrams: neither data nor rejected), a single telegram or a single line. Never raises.
    What precedes the first identification or STX is the rest of something else and left out.
    """
    reader = _Reader()
    first = _FIRST_TELEGRAM.search(text)
    position = first.start() if first else 0
    framed = False
    start = position
    while mark := _MARK.search(text, position):
        position = mark.end()
        if mark['stx'] and start < mark.start() and text[mark.start() - 1].isprintable():
            continue
        reader.lines(text[start:mark.start()])
        start = position
        if mark['stx']:
            framed = True
            reader.begin_telegram()
        elif mark['command']:
            reader.end_telegram()
        elif mark['etx'] and (framed or reader.ended):
            framed = False
            start = position = position + 1     # the block check character, whatever it is: STX, '/' or '(' too
            reader.end_telegram()
    reader.lines(text[start:])
    return reader.block()


class _Reader:
    """The state of `parse`: what was found, the set that a group without a code continues, inside or behind a telegram."""

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

    def block(self) -> Block:
        return Block(tuple([DataSet(code, tuple(values)) for code, values in self.sets]), tuple(self.rejected))

    def lines(self, text: str) -> None:
        for line in _LINE_END.split(text):
            self.line(line)

    def line(self, line: str) -> None:
        position = 0
        while position < len(line):
            if self.ended:
                position = self.behind_end(line, position)
                continue
            run = _RUN.match(line, position)
            if not run:
                position = self.text(line, position)
                continue
            head, groups, stray = run.groups()
            code = head if not head or (len(head) <= _LONGEST_CODE and _is_code(head)) else self.code_in(head)
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
                values += _values(group, code or self.code)
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
            stripped = text = text[text.rfind(' ') + 1:]    # the line end behind the identification got lost
        if not stripped or (len(stripped) <= _LONGEST_CODE and _is_code(stripped)):
            return stripped
        glued = _GLUED_CODE.fullmatch(stripped) if len(stripped) <= 2 * _LONGEST_CODE else None
        if not glued or _TORN.search(glued[1]) or _GARBLED.search(glued[1]):
            return None
        self.reject(glued[1], NO_DATA)
        return stripped[glued.end(1):]

    def text(self, line: str, position: int) -> int:
        """Takes text that no whole group follows; returns the position behind it."""
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

    def behind_end(self, line: str, position: int) -> int:
        """Passes over text behind the end up to the next identification; returns its position or the line's length."""
        identification = _IDENTIFICATION.search(line, position)
        if identification:
            self.begin_telegram()
            return identification.start()
        if line.find(')', line.find('(', position) + 1 or len(line)) >= 0:
            self.reject(line[position:], BEHIND_END)
        return len(line)


@lru_cache(maxsize=4096)
def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def _values(group: str, code: str | None) -> list[Value]:
    """The values of one group: value*unit, several of them joined by '&', or a unit glued to a number."""
    value, star, unit = group.rpartition('*')
    if star:
        if '&' in group and all('*' in pair for pair in group.split('&')):
            return [Value(*pair.rpartition('*')[::2]) for pair in group.split('&')]
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


# ---------------------------------------------------------------------------------------------------------- codes


class Groups(NamedTuple):
    """The value groups of a code, without leading zeros and in capitals; None where one is missing.

    A code of one group (`F`, `ET0PE`) has C only. A fourth group behind dots is F, as is the last of six.
    `mark` is '*' or '&' (billing period closed by hand), `attribute` what stands behind a comma.
    """

    a: str | None
    b: str | None
    c: str
    d: str | None
    e: str | None
    f: str | None
    mark: str | None
    attribute: str | None


_SPLIT = re.compile(
    r'(?:([0-9]{1,3})-)?(?:([0-9]{1,3}):)?([0-9A-Za-z]{1,16})((?:\.[0-9A-Za-z]{1,3}){0,5})'
    r'(?:([*&])([0-9A-Za-z]{1,3}))?(?:,([0-9]{1,3}))?'
)
_PACKED = re.compile('[0-9A-Fa-f]{8}')


@lru_cache(maxsize=4096)
def split(code: str) -> Groups | None:
    """The groups of a code, also a reduced one, one in packed hex (0F0880FF), None if it is none."""
    found = _SPLIT.fullmatch(code) if len(code) <= _LONGEST_CODE else None
    if not found:
        return None
    a, b, c, dots, mark, f, attribute = found.groups()
    parts = [c, *dots.split('.')[1:]]
    if not dots and not mark and _PACKED.fullmatch(c):
        parts = [str(byte) for byte in bytes.fromhex(c)]
    elif a is None and b is None and len(parts) == 6 and mark is None:
        a, b, *parts = parts
    c, d, e = [*map(_normal, parts[:3]), None, None][:3]
    last = [*parts[3:], *([f] if f else [])]
    return Groups(a and _normal(a), b and _normal(b), c or '', d, e, '.'.join(map(_normal, last)) or None, mark, attribute)


def _normal(group: str) -> str:
    return str(int(group)) if group.isdigit() else group.upper()


_Key = tuple[str, str | None, str, str, str, str]


@lru_cache(maxsize=4096)
def _key(code: str) -> tuple[_Key, str | None, str | None] | None:
    """What has to be equal for two codes to mean the same, and the groups A and B, which may be missing."""
    groups = split(code)
    if not groups:
        return None
    a, b, c, d, e, f, mark, attribute = groups
    return (c, d, e or '0', mark or '*', f or '255', attribute or '2'), a, b


def match(pattern: str, data_sets: Iterable[DataSet]) -> tuple[DataSet, ...]:
    """All data sets that the pattern means, in order.

    Those with exactly this code, if there are any. Else by groups: A and B missing on either side match anything, a
    missing E is 0, a missing F is 255 or, where no set without F has that code, 0 (`1.8.1*00` of meters that send
    nothing else). More than one distinct code in the answer: the pattern is ambiguous.
    """
    data_sets = tuple(data_sets)
    pattern = pattern.strip()
    exact = tuple([data_set for data_set in data_sets if data_set.code == pattern])
    wanted = _key(pattern)
    if exact or not wanted:
        return exact
    found = _match_key(wanted, data_sets)
    (c, d, e, _, f, attribute), a, b = wanted
    if not found and f == '255':
        return _match_key(((c, d, e, '*', '0', attribute), a, b), data_sets)
    return found


def _match_key(wanted: tuple[_Key, str | None, str | None], data_sets: tuple[DataSet, ...]) -> tuple[DataSet, ...]:
    key, a, b = wanted
    found = []
    for data_set in data_sets:
        other = _key(data_set.code) if data_set.code else None
        if (other and other[0] == key
                and (a is None or other[1] is None or a == other[1]) and (b is None or other[2] is None or b == other[2])):
            found.append(data_set)
    return tuple(found)


def lost(rejected: Iterable[Rejected]) -> tuple[DataSet, ...]:
    """Data sets without values for the codes that rejected lines begin with: what they say must not come from others."""
    codes = (r.line.partition('(')[0].strip() for r in rejected)
    return tuple(DataSet(code, ()) for code in codes if split(code))


def find(pattern: str, data_sets: Iterable[DataSet]) -> DataSet | None:
    """The first data set that the pattern means (see `match`), None if there is none."""
    return next(iter(match(pattern, data_sets)), None)


def similar(pattern: str, data_sets: Iterable[DataSet]) -> tuple[str, ...]:
    """At most five codes of the readout that may be meant instead of one that is not there, the best first."""
    pattern = pattern.strip()[:_LONGEST_CODE]
    wanted = split(pattern)
    ranked: list[tuple[float, int, str]] = []
    for code in dict.fromkeys(data_set.code for data_set in data_sets if data_set.code):
        alike = difflib.SequenceMatcher(None, pattern.upper(), code.upper()).ratio()
        groups = split(code)
        if wanted and groups:
            same = [x == y for x, y in zip(wanted[2:6], groups[2:6], strict=True)]
            alike += sum(weight for weight, equal in zip((1.0, 0.6, 0.3, 0.1), same, strict=True) if equal)
            if not same[0]:
                alike -= 0.6
        if alike >= 0.7:
            ranked.append((-alike, len(ranked), code))
    return tuple(code for _, _, code in sorted(ranked)[:5])


def is_heat(data_sets: Iterable[DataSet]) -> bool:
    """Whether the readout is a heat meter's, of which a code like 6.8.1 means something else than of electricity."""
    return any(data_set.code in ('6.8', '6.26') for data_set in data_sets)


@lru_cache(maxsize=4096)
def name(code: str, language: str = 'de', heat: bool = False) -> str | None:
    """What the code means ('de', else English), None if public tables give it no meaning; `heat`: see `is_heat`."""
    groups = split(code)
    composed = obis_names.compose(groups, language, heat) if groups else None
    return str(composed) if composed else None


def _is_behind_the_meter(groups: Groups) -> bool:
    """Whether the code is of another device that the meter reads: a gas meter, say, on channel 1 of a P1 port."""
    return groups.a == '0' and groups.b not in (None, '0')


# Device numbers in order of preference, as groups C, D and E; 96.1.x of P1 ports in hexadecimal text.
_SERIAL_NUMBERS = (('96', '1', '0'), ('96', '1', '1'), ('C', '1', '0'), ('C', '1', None), ('0', '0', '0'),
                   ('9', '21', None), ('0', '0', None))
_HEXADECIMAL = re.compile('(?:[2-7][0-9A-Fa-f]){8,}')


def is_serial_number(code: str) -> bool:
    """The code is one of those under which meters send their own number, for the current period."""
    groups = split(code)
    return groups is not None and _is_serial_number(groups)


def _is_serial_number(groups: Groups) -> bool:
    current = groups.f in (None, '255') and not _is_behind_the_meter(groups)
    return current and groups[2:5] in _SERIAL_NUMBERS


def serial_number(data_sets: Sequence[DataSet]) -> str | None:
    """The meter's own number: of 96.1.0, 96.1.1, C.1.0, C.1, 0.0.0, 9.21, 0.0 the first that has a value, or None."""
    candidates = [(groups, data_set.values[0].value.strip()) for data_set in data_sets
                  if (groups := split(data_set.code or '')) and data_set.values and _is_serial_number(groups)]
    for wanted in _SERIAL_NUMBERS:
        for groups, text in candidates:
            if not text or groups[2:5] != wanted:
                continue
            if wanted[0] == '96' and _HEXADECIMAL.fullmatch(text):
                decoded = bytes.fromhex(text).decode('ascii').strip()
                text = decoded if decoded.isprintable() and decoded else text
            return text
    return None


# ----------------------------------------------------------------------------------------------------- suggestions


class Readout(Protocol):
    @property
    def data_sets(self) -> tuple[DataSet, ...]: ...


class _Item(NamedTuple):
    branch: str
    leaf: str
    remark: str
    type: str
    attribute: str
    counter: bool


_TIME_OF_DAY = {('0', '9', '1'), ('0', '9', '6')}
_DAY = {('0', '9', '2'), ('0', '9', '7')}
_LISTS = {'98', '99', 'L', 'P'}
_MOST_VALUES = 8
_FORMS = (      # as `convert` takes them: what tells a time by its look
    ('ZST12', re.compile('[0-9]{12}[WS]|[0-9]{2,4}-[0-9]{2}-[0-9]{2}[ ,&T][ ]?[0-9]{2}:[0-9]{2}(?::[0-9]{2})?')),
    ('D6', re.compile('[0-9]{2,4}-[0-9]{2}-[0-9]{2}')),
    ('Z6', re.compile('[0-9]{2}:[0-9]{2}(?::[0-9]{2})?')),
)
_FOREIGN = re.compile('[^0-9A-Za-z/%°³². _-]')


def suggest(readout: Readout, language: str = 'de', codes: Collection[str] | None = None) -> str:
    """Items for a readout as YAML, to be pasted into a file of SmartHomeNG's items.

    Suggested are the present values; of `codes`, if given, all, values of former billing periods too. Each item gets
    its code in the shortest form that means just this data set of the readout. Nothing of the meter's text gets into it
    but codes and, cleaned, units.
    """
    index = obis_names.LANGUAGES.index(language) if language in obis_names.LANGUAGES else 1
    data_sets = tuple(readout.data_sets)
    heat = is_heat(data_sets)
    taken: set[tuple[str, str]] = set()
    branches: dict[str, list[str]] = {}
    for data_set in _chosen(data_sets, codes):
        for item in _items(data_set, _pattern(data_set, data_sets), heat, index):
            leaf, number = item.leaf, 2
            while (item.branch, leaf) in taken:
                leaf, number = f'{item.leaf}_{number}', number + 1
            taken.add((item.branch, leaf))
            lines = branches.setdefault(item.branch, [f'    {item.branch}:'])
            lines += [f'        {leaf}:  # {item.remark}', f'            type: {item.type}',
                      f'            dlms_obis_code: {item.attribute}']
            if item.counter:
                lines.append(('            # database: init  (Verlauf aufzeichnen: mit dem Plugin database)',
                              '            # database: init  (to record its course: with the plugin database)')[index])
    if not branches:
        return ('# nichts vorzuschlagen\n', '# nothing to suggest\n')[index]
    lines = [f"{('zaehler', 'meter')[index]}:"]
    for branch in branches.values():
        lines += branch
    return '\n'.join(lines) + '\n'


def _chosen(data_sets: tuple[DataSet, ...], codes: Collection[str] | None) -> list[DataSet]:
    """The data sets to suggest, of each code the first: it is what an item with that code gets."""
    first: dict[str, DataSet] = {}
    for data_set in data_sets:
        if data_set.code and split(data_set.code):
            first.setdefault(data_set.code, data_set)
    if codes is None:
        return [data_set for data_set in first.values() if _is_present(data_set, data_sets)]
    wanted = {found.code for found in (find(code, data_sets) for code in codes) if found}
    return [data_set for code, data_set in first.items() if code in wanted]


def _is_present(data_set: DataSet, data_sets: tuple[DataSet, ...]) -> bool:
    """Whether the set is a value of today that an item may show: no former period, no list, not empty."""
    groups = split(data_set.code or '')
    if not groups or groups.c in _LISTS or groups.attribute or not any(value.value.strip() for value in data_set.values):
        return False
    return groups.f in (None, '255') or _pattern(data_set, data_sets) != data_set.code


def _pattern(data_set: DataSet, data_sets: tuple[DataSet, ...]) -> str:
    """The shortest form of its code, A-B and F left out, that means this code and no other of the readout."""
    code = data_set.code or ''
    prefix = re.match('((?:[0-9]+-)?(?:[0-9]+:)?)([^*&]*)', code)
    channel, bare = prefix.groups() if prefix else ('', code)
    candidates = [bare, code[len(channel):], channel + bare]
    groups = split(code)
    if groups and _is_behind_the_meter(groups):
        candidates = [channel + bare]       # another device may come to another channel any day
    for candidate in candidates:
        if {found.code for found in match(candidate, data_sets)} == {code}:
            return candidate
    return code


def _items(data_set: DataSet, pattern: str, heat: bool, index: int) -> list[_Item]:
    groups = split(data_set.code or '')
    if not groups:
        return []
    if pattern != data_set.code:
        groups = groups._replace(f=None)
    composed = obis_names.compose(groups, obis_names.LANGUAGES[index], heat)
    branch, leaf = _place(groups, composed, index, heat)
    leaf = leaf or 'obis_' + _slug(data_set.code or '')
    meaning = str(composed) if composed else ('ohne bekannte Bedeutung', 'no known meaning')[index]
    items = []
    numbers = 0
    for position, value in enumerate(data_set.values[:_MOST_VALUES]):
        if position and not value.value.strip():
            continue
        conversion = _conversion(value, groups, position)
        kind = conversion if conversion in ('num', 'str') else 'foo'
        if kind == 'foo' and len(data_set.values) > 1:
            place = leaf + ('_zeit', '_time')[index]
        else:
            numbers += 1
            place = leaf if numbers == 1 else f'{leaf}_{numbers}'
        short = position == 0 and kind != 'foo'
        attribute = f"'{pattern}'" if short else f"['{pattern}', {position}, Value, {conversion}]"
        unit = _FOREIGN.sub('?', value.unit or '')[:12]
        remark = ', '.join(filter(None, (meaning, unit)))
        items.append(_Item(branch, place, remark, kind, attribute, kind == 'num' and _is_counter(groups)))
    return items


def _conversion(value: Value, groups: Groups, position: int) -> str:
    text = value.value.strip()
    if value.unit is None:
        for conversion, form in _FORMS:
            if form.fullmatch(text):
                return conversion
        code = groups[2:5]
        if text.isascii() and text.isdigit():
            stamp = (position > 0 and groups.d == '6') or ((groups.c, groups.d) == ('0', '1') and groups.e in ('2', '5'))
            lengths = ({4: 'Z4', 6: 'Z6', 7: 'Z7'} if code in _TIME_OF_DAY else {6: 'D6', 7: 'D7', 8: 'D6'} if code in _DAY
                       else {10: 'ZST10', 11: 'ZST11', 12: 'ZST12', 13: 'ZST13'} if stamp else {})
            if len(text) in lengths:
                return lengths[len(text)]
    measured = value.unit is not None or _is_quantity(groups) or _is_count(groups)
    return 'num' if measured and (not re.search('[0-9]', text) or _is_number(text)) else 'str'


def _is_number(text: str) -> bool:
    try:
        convert(text, 'num')
    except ConversionError:
        return False
    return True


def _is_quantity(groups: Groups) -> bool:
    electric = groups.a in (None, '1') and groups.e is not None and groups.c.isdigit() and 0 < int(groups.c) < 93
    return electric or groups.c in obis_names.MNEMONICS


def _is_count(groups: Groups) -> bool:
    return (groups.c, groups.d, groups.e) == ('0', '1', '0') or (
        groups.c in ('C', '96') and (groups.d in ('6', '7', '8') or (groups.d, groups.e) == ('2', '0')))


def _is_counter(groups: Groups) -> bool:
    """Whether the value is a meter reading of the present."""
    present = groups.f in (None, '0', '255')
    return present and ((groups.d == '8' and groups.c.isdigit()) or (groups.c, groups.d) in (('6', '26'), ('24', '2')))


_BRANCHES = {1: ('bezug', 'consumption'), 2: ('einspeisung', 'feed_in'), 16: ('gesamt', 'total')}


def _place(groups: Groups, composed: obis_names.Name | None, index: int, heat: bool) -> tuple[str, str]:
    """Branch and leaf of the tree for a code; the leaf is '' for one without a name."""
    parts = composed or obis_names.Name('')
    if _is_behind_the_meter(groups):
        return f"{('kanal', 'channel')[index]}_{groups.b}", _slug(parts.quantity.rpartition(',')[0] or parts.quantity)
    if heat and groups.c in ('6', '8', '9'):
        return ('waerme', 'heat')[index], _slug(str(parts))
    if not composed or not groups.d or not _is_quantity(groups._replace(e='0')) or (groups.c == '9' and groups.e is None):
        device = groups.c in ('F', 'FF', 'C') or groups.c in ('0', '96', '97') or groups.a == '0'
        return (('geraet', 'device') if device and composed else ('weitere', 'other'))[index], _slug(str(parts))
    c = int(groups.c)
    base, phase = obis_names.of_phase(c)
    kind = '' if groups.d == '7' else parts.kind
    detail = _slug(' '.join(filter(None, (kind, parts.rate, parts.period))))
    if phase:
        return f'l{phase}', _slug(f"{parts.quantity.replace(f' L{phase}', '')} {detail}")
    if base in _BRANCHES and groups.d == '7':
        return ('leistung', 'power')[index], _slug(f'{_BRANCHES[base][index]} {detail}')
    if base in (1, 2):
        return _BRANCHES[base][index], detail
    if 3 <= base <= 8:
        return ('blindleistung', 'reactive')[index], _slug(f'{parts.quantity} {detail}')
    return ('netz', 'grid')[index], _slug(f'{parts.quantity} {detail}')


_UMLAUTS = str.maketrans({'ä': 'ae', 'ö': 'oe', 'ü': 'ue', 'ß': 'ss'})


def _slug(text: str) -> str:
    return re.sub('[^0-9a-z]+', '_', text.lower().translate(_UMLAUTS)).strip('_')
