# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
A readout to items: the one room that knows how SmartHomeNG's items are written, as a text to be pasted.

Nothing of the meter's text gets into it but codes and, cleaned, units.
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from .codes import Groups, is_counter, split
from .conversions import number
from .data_sets import DataSet, Value
from .matching import Index, find, index_of, is_used
from .meanings import MNEMONICS
from .names import LANGUAGES, Meter, Name, compose, meter_of, of_phase


class _Item(NamedTuple):
    branch: str
    leaf: str
    remark: str
    type: str
    code: str           # as the attribute wants it
    counter: bool


_TIME_OF_DAY = {('0', '9', '1'), ('0', '9', '6')}
_DAY = {('0', '9', '2'), ('0', '9', '7'), ('0', '1', '3')}
_TIMES_OF_EVENTS = {str(e) for e in range(1, 32, 5)}       # of C = 96, D = 20
_LISTS = {'98', '99', 'L', 'P'}
_MOST_VALUES = 8
_HOURLY = ('24', '3')       # as a load profile: time, status, period, number of values, code, unit, and the value
_HOURLY_UNIT, _HOURLY_VALUE = 5, 6
_FORMS = (      # as `convert` takes them: what tells a time by its look
    ('ZST12', re.compile('[0-9]{12}[WS]|[0-9]{2,4}-[0-9]{2}-[0-9]{2}[ ,&T][ ]?[0-9]{2}:[0-9]{2}(?::[0-9]{2})?')),
    ('D6', re.compile('[0-9]{2,4}-[0-9]{2}-[0-9]{2}')),
    ('Z6', re.compile('[0-9]{2}:[0-9]{2}(?::[0-9]{2})?')),
)
_FOREIGN = re.compile('[^0-9A-Za-z/%°³². _-]')


def suggest(data_sets: Iterable[DataSet], language: str = 'de', codes: Collection[str] | None = None,
            instance: str = '', flag: str | None = None) -> str:
    """Items for the data sets of a readout as YAML, to be pasted into a file of items.

    Suggested are the present values; of `codes`, if given, all, values of former billing periods too. Each item gets
    its code in the shortest form that means just this data set of the readout. For an `instance` of the plugin the
    attribute bears its name, and the root of the tree, too: the same paths from two instances would be the same items.
    The meter's FLAG id tells what some codes mean.
    """
    data_sets = tuple(data_sets)
    by_code = Index(data_sets)
    index = LANGUAGES.index(language) if language in LANGUAGES else 1
    meter = meter_of(data_sets, flag)
    attribute = f'dlms_obis_code@{instance}' if instance else 'dlms_obis_code'
    taken: dict[tuple[str, str], int] = {}      # how often a place was wanted
    branches: dict[str, list[str]] = {}
    for data_set in _chosen(data_sets, by_code, codes):
        for item in _items(data_set, _pattern(data_set, by_code), meter, index):
            leaf, count = item.leaf, taken.get((item.branch, item.leaf), 1)
            while (item.branch, leaf) in taken:
                count += 1
                leaf = f'{item.leaf}_{count}'
            taken[item.branch, item.leaf] = count
            taken.setdefault((item.branch, leaf), 1)
            lines = branches.setdefault(item.branch, [f'    {item.branch}:'])
            lines += [f'        {leaf}:  # {item.remark}', f'            type: {item.type}',
                      f'            {attribute}: {item.code}']
            if item.counter:
                lines.append(('            # database: init  (Verlauf aufzeichnen: mit dem Plugin database)',
                              '            # database: init  (to record its course: with the plugin database)')[index])
    if not branches:
        return ('# nichts vorzuschlagen\n', '# nothing to suggest\n')[index]
    root = ('zaehler', 'meter')[index]
    lines = [f"{slug(instance if instance.startswith(root) else f'{root} {instance}')}:"]
    for branch in branches.values():
        lines += branch
    return '\n'.join(lines) + '\n'


def _chosen(data_sets: tuple[DataSet, ...], by_code: Index, codes: Collection[str] | None) -> list[DataSet]:
    """The data sets to suggest, of each code the first: it is what an item with that code gets."""
    first: dict[str, DataSet] = {}
    for data_set in data_sets:
        if data_set.code and split(data_set.code):
            first.setdefault(data_set.code, data_set)
    if codes is None:
        return [data_set for data_set in first.values() if is_present(data_set, by_code)]
    wanted = {found.code for found in (find(code, by_code) for code in codes) if found}
    return [data_set for code, data_set in first.items() if code in wanted]


def is_present(data_set: DataSet, data_sets: Iterable[DataSet] | Index) -> bool:
    """Whether the set is a value of today that an item may show: no former period, no list, not empty."""
    groups = split(data_set.code or '')
    if not groups or groups.c in _LISTS or groups.attribute or not any(value.value.strip() for value in data_set.values):
        return False
    if groups.is_current:
        return True
    return (groups.f == '0' and (is_used(data_set) or _is_quantity(groups))
            and _means_the_present(_pattern(data_set, index_of(data_sets))))


def _pattern(data_set: DataSet, by_code: Index) -> str:
    """The shortest form of its code, A-B and F left out, that means this code and no other of the readout."""
    code = data_set.code or ''
    prefix = re.match('((?:[0-9]+-)?(?:[0-9]+:)?)([^*&]*)', code)
    channel, bare = prefix.groups() if prefix else ('', code)
    candidates = [bare, code[len(channel):], channel + bare]
    groups = split(code)
    if groups and groups.is_of_another_device:
        candidates = [channel + bare]       # another device may come to another channel any day
    for candidate in candidates:
        if by_code.means_only(candidate, code):
            return candidate
    return code


def _means_the_present(pattern: str) -> bool:
    """F can be left out: it is the present also as *00, where the meter sends nothing else."""
    groups = split(pattern)
    return groups is not None and groups.is_current


def _items(data_set: DataSet, pattern: str, meter: Meter, index: int) -> list[_Item]:
    groups = split(data_set.code or '')
    if not groups:
        return []
    if _means_the_present(pattern):
        groups = groups._replace(f=None)
    composed = compose(groups, LANGUAGES[index], meter)
    branch, leaf = _place(groups, composed, index, meter.is_heat)
    leaf = leaf or 'obis_' + slug(data_set.code or '')
    meaning = str(composed) if composed else ('ohne bekannte Bedeutung', 'no known meaning')[index]
    items = []
    numbers = 0
    for position, value in enumerate(_measured(data_set, groups)):
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
        code = f"'{pattern}'" if short else f"['{pattern}', {position}, Value, {conversion}]"
        unit = _FOREIGN.sub('?', value.unit or '')[:12]
        remark = ', '.join(filter(None, (meaning, unit)))
        items.append(_Item(branch, place, remark, kind, code, kind == 'num' and is_counter(data_set.code or '')))
    return items


def _measured(data_set: DataSet, groups: Groups) -> tuple[Value, ...]:
    """The values, each in its place; those that only describe another one are empty."""
    values = data_set.values[:_MOST_VALUES]
    if (groups.c, groups.d) != _HOURLY or len(values) <= _HOURLY_VALUE:
        return values
    unit = values[_HOURLY_UNIT].value
    return tuple(value if position == 0 else Value(value.value if position == _HOURLY_VALUE else '', unit)
                 for position, value in enumerate(values))


def _conversion(value: Value, groups: Groups, position: int) -> str:
    text = value.value.strip()
    if value.unit is None:
        for conversion, form in _FORMS:
            if form.fullmatch(text):
                return conversion
        code = groups[2:5]
        if text.isascii() and text.isdigit():
            stamp = ((position > 0 and groups.d == '6') or ((groups.c, groups.d) == ('0', '1') and groups.e in ('2', '5'))
                     or (position == 0 and (groups.c, groups.d) == _HOURLY))
            lengths = ({4: 'Z4', 6: 'Z6', 7: 'Z7'} if code in _TIME_OF_DAY else {6: 'D6', 7: 'D7', 8: 'D6'} if code in _DAY
                       else {10: 'ZST10', 11: 'ZST11', 12: 'ZST12', 13: 'ZST13'} if stamp else {})
            if len(text) in lengths:
                return lengths[len(text)]
    measured = value.unit is not None or _is_quantity(groups) or _is_count(groups)
    return 'num' if measured and (not re.search('[0-9]', text) or number(text) is not None) else 'str'


def _is_quantity(groups: Groups) -> bool:
    electric = groups.a in (None, '1') and groups.e is not None and groups.c.isdigit() and 0 < int(groups.c) < 93
    number = groups.a is None and (groups.c, groups.d) == ('9', '0')        # of a meter that a heat meter counts for
    return (electric and not number) or groups.c in MNEMONICS


def _is_count(groups: Groups) -> bool:
    return (groups.c, groups.d, groups.e) == ('0', '1', '0') or (
        groups.c in ('C', '96') and (groups.d in ('6', '7', '8') or (groups.d, groups.e) == ('2', '0')
                                     or (groups.d == '20' and groups.e not in _TIMES_OF_EVENTS)))


_BRANCHES = {1: ('bezug', 'consumption'), 2: ('einspeisung', 'feed_in'), 16: ('gesamt', 'total')}


def _place(groups: Groups, composed: Name | None, index: int, heat: bool) -> tuple[str, str]:
    """Branch and leaf of the tree for a code; the leaf is '' for one without a name."""
    parts = composed or Name('')
    if groups.is_of_another_device:
        return f"{('kanal', 'channel')[index]}_{groups.b}", slug(parts.quantity.rpartition(',')[0] or parts.quantity)
    if heat and groups.c in ('6', '8', '9'):
        return ('waerme', 'heat')[index], slug(str(parts))
    if not composed or not groups.d or not _is_quantity(groups._replace(e='0')) or (groups.c == '9' and groups.e is None):
        device = groups.c in ('F', 'FF', 'C') or groups.c in ('0', '96', '97') or groups.a == '0'
        return (('geraet', 'device') if device and composed else ('weitere', 'other'))[index], slug(str(parts))
    c = int(groups.c)
    base, phase = of_phase(c)
    kind = '' if groups.d == '7' else parts.kind
    detail = slug(' '.join(filter(None, (kind, parts.rate, parts.period))))
    if phase:
        return f'l{phase}', slug(f"{parts.quantity.replace(f' L{phase}', '')} {detail}")
    if base in _BRANCHES and groups.d == '7':
        return ('leistung', 'power')[index], slug(f'{_BRANCHES[base][index]} {detail}')
    if base in (1, 2):
        return _BRANCHES[base][index], detail
    if 3 <= base <= 8:
        return ('blindleistung', 'reactive')[index], slug(f'{parts.quantity} {detail}')
    return ('netz', 'grid')[index], slug(f'{parts.quantity} {detail}')


_UMLAUTS = str.maketrans({'ä': 'ae', 'ö': 'oe', 'ü': 'ue', 'ß': 'ss'})


def slug(text: str) -> str:
    """The text as it can stand in a path of items: small letters and digits without accents, `_` for all between them."""
    return re.sub('[^0-9a-z]+', '_', text.lower().translate(_UMLAUTS)).strip('_')
