# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The shape of a readout: its codes in order, each with the forms of its values; and what is known of the shapes of a meter.

A shape is a text of one line a data set, so that it can be kept in a file and in a recording:

    1-0:1.8.0(dddddd.ddd*kWh)
    ?1-0:16.7.0(Snnn*W|-.--*W)                  ? may be missing; | one form or another
    P.01(...)                                   a list: how long it is and what it holds is open

At most eight of them live side by side: long and short telegrams alternate, tables come in turn.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

from ..obis.codes import split
from ..obis.data_sets import DataSet, Value
from . import forms

MOST_SHAPES = 8
MOST_FORMS = 3              # of one value; where there are more, it is a free text
LONGEST = 4                 # times as many lines as the readout: a shape that has grown so long is begun anew
IN_PLACE = 0.8              # of the data sets must be where they belong for the others to be judged one by one
_LISTS = frozenset({'P', 'L', '98', '99'})      # profiles and logs, in groups C
_OPEN = '...'


@dataclass(frozen=True)
class Slot:
    """One data set of a shape."""

    code: str
    values: tuple[tuple[str, ...], ...] | None      # for each value its forms; None: open
    optional: bool = False

    def fits(self, data_set: DataSet) -> bool:
        """It may stand here."""
        if (data_set.code or '') != self.code:
            return False
        return self.values is None or (len(self.values) == len(data_set.values) and all(
            any(forms.fits(form, value) for form in known)
            for known, value in zip(self.values, data_set.values, strict=True)))

    def __str__(self) -> str:
        values = f'({_OPEN})' if self.values is None else ''.join(f"({'|'.join(known)})" for known in self.values)
        return f"{'?' if self.optional else ''}{self.code}{values}"


@lru_cache(maxsize=64)
def parse(shape: str) -> tuple[Slot, ...]:
    """The slots of a shape's text; what is no line of one is left out."""
    slots = []
    for line in shape.splitlines():
        code, parenthesis, rest = line.partition('(')
        if not parenthesis or not rest.endswith(')'):
            continue
        values = None if rest == f'{_OPEN})' else tuple(tuple(known.split('|')) for known in rest[:-1].split(')('))
        slots.append(Slot(code.removeprefix('?'), values, code.startswith('?')))
    return tuple(slots)


def text(slots: tuple[Slot, ...]) -> str:
    """The text of a shape."""
    return '\n'.join(map(str, slots))


def shape_of(data_sets: tuple[DataSet, ...]) -> str:
    """The shape that a single readout shows."""
    padded = forms.is_padded(data_sets)
    return text(tuple(Slot(data_set.code or '', None if _is_list(data_set) else tuple(
        (forms.form(data_set.code, value, padded),) for value in data_set.values)) for data_set in data_sets))


def _is_list(data_set: DataSet) -> bool:
    groups = split(data_set.code or '')
    return groups is not None and groups.c in _LISTS


def has_shape(shape: str, data_sets: tuple[DataSet, ...]) -> bool:
    """The readout is of this shape: nothing is missing but what may be, nothing is more, each value has its form."""
    slots, position = parse(shape), 0
    for data_set in data_sets:
        while position < len(slots) and not slots[position].fits(data_set):
            if not slots[position].optional:
                return False
            position += 1
        if position == len(slots):
            return False
        position += 1
    return all(slot.optional for slot in slots[position:])


def strangers(shape: str, data_sets: tuple[DataSet, ...]) -> frozenset[int] | None:
    """
    Which data sets, by index, do not belong to this shape: of another form, not at their place, doubled, or next to a gap.

    None where too few are where they belong: then nothing can be said of single ones. Before a gap the code may be of one
    set and the values of another.
    """
    slots = parse(shape)
    pairs = _in_order([slot.code for slot in slots], [data_set.code or '' for data_set in data_sets])
    if len(pairs) < IN_PLACE * max(len(data_sets), sum(not slot.optional for slot in slots)):
        return None
    place_of = {index: place for place, index in pairs}
    taken = set(place_of.values())
    known, came = Counter(slot.code for slot in slots), Counter(data_set.code or '' for data_set in data_sets)
    strange = set()
    for index, data_set in enumerate(data_sets):
        code, place = data_set.code or '', place_of.get(index)
        if place is None and known[code] >= came[code]:
            return None         # it stands elsewhere: the order of the characters is not the meter's
        if place is None or came[code] > known[code] or not slots[place].fits(data_set) or _before_gap(slots, taken, place):
            strange.add(index)
    return frozenset(strange)


def _before_gap(slots: tuple[Slot, ...], taken: set[int], place: int) -> bool:
    following = place + 1
    while following < len(slots) and slots[following].optional:
        following += 1
    return following < len(slots) and following not in taken


def _in_order(known: list[str], codes: list[str]) -> list[tuple[int, int]]:
    """(place in the one, index in the other) of what both have in the same order."""
    import difflib  # seldom needed
    matcher = difflib.SequenceMatcher(None, known, codes, autojunk=False)
    return [(block.a + i, block.b + i) for block in matcher.get_matching_blocks() for i in range(block.size)]


def learn(shapes: tuple[str, ...], data_sets: tuple[DataSet, ...]) -> tuple[str, ...]:
    """
    The shapes of a meter, this readout's among them, the last one seen first.

    A readout with the codes of a known shape widens it; one that has more or fewer of them shows which may be missing; any
    other is a shape of its own.
    """
    for shape in shapes:
        if has_shape(shape, data_sets):
            return (shape, *(other for other in shapes if other != shape))
    new = parse(shape_of(data_sets))
    for shape in shapes:
        merged = _merged(parse(shape), new, data_sets)
        if merged is not None:
            return (text(merged), *(other for other in shapes if other != shape))
    return (text(new), *shapes)[:MOST_SHAPES]


def _merged(known: tuple[Slot, ...], new: tuple[Slot, ...], data_sets: tuple[DataSet, ...]) -> tuple[Slot, ...] | None:
    """One shape for both, the new one that of these data sets; None where they have too little in common."""
    pairs = _in_order([slot.code for slot in known], [slot.code for slot in new])
    needed = sum(not slot.optional for slot in known)
    if len(pairs) < IN_PLACE * max(len(new), needed) or len(known) > LONGEST * len(new):
        return None
    merged: list[Slot] = []
    place = index = 0
    for next_place, next_index in [*pairs, (len(known), len(new))]:
        merged += (replace(slot, optional=True) for slot in (*known[place:next_place], *new[index:next_index]))
        if next_place < len(known) and next_index < len(new):
            merged.append(_widened(known[next_place], new[next_index], data_sets[next_index].values))
        place, index = next_place + 1, next_index + 1
    return tuple(merged)


def _widened(known: Slot, new: Slot, values: tuple[Value, ...]) -> Slot:
    if known.values is None or new.values is None or len(known.values) != len(new.values):
        return replace(known, values=None)
    return replace(known, values=tuple(
        one if any(forms.fits(form, value) for form in one) else _alternatives(one, two[0], value)
        for one, two, value in zip(known.values, new.values, values, strict=True)))


def _alternatives(known: tuple[str, ...], form: str, value: Value) -> tuple[str, ...]:
    """The forms of a value, this one among them: a number whose width changes has no fixed one, if it is not padded."""
    for one in known:
        wide = forms.widened(one, form)
        if wide and forms.fits(wide, value):
            return tuple(dict.fromkeys(wide if other == one else other for other in known))
    if value.unit is None and len(known) == MOST_FORMS:
        return (forms.FREE,)
    return (*known, form)[-MOST_FORMS:]
