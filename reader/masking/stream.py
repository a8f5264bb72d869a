# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The characters of a session that went one way, and how they are masked. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..session import Session
from ..wire.characters import seven_bits
from ..wire.checking import SUM_FLAGS
from . import checks, likeness, telegram
from .characters import ZERO, marks, mask, mask_foreign, mask_garbage, with_parity_of
from .meters import known_types, without_types
from .numbers import Known, numbers_in
from .runs import FOREIGN, GARBAGE, TEXT, Run, exchanges, judge, runs_of
from .telegram import DAMAGED, Found, Place, Span
from .values import is_personal
from .variants import Variants, masked_value

IDENTIFICATION = '/'        # stands for a code where something of an identification is masked


class Stream:
    """All that was sent, received or dropped, as the `kind` of its events says."""

    def __init__(self, session: Session, kind: str) -> None:
        self._settings = session.settings
        events = [event for event in session.events if event.kind == kind]
        self._lengths = [len(event.data) for event in events]
        self._data = b''.join(event.data for event in events)
        self._plain = seven_bits(self._data).decode('ascii')
        self._runs = runs_of(session, kind)
        self._exchanges = exchanges(self._runs)
        self._lines = [line for exchange in self._exchanges for line in telegram.identifications(self._plain, *exchange)]
        judge(self._runs, self._data, self._settings.parity, [line.begin for line in self._lines])
        self._seen = b''.join(seven_bits(data) if run.parity else data for run, data in self._parts(self._data))
        self._text = ''.join(map(self._as_text, self._runs))
        sums = self._settings.checksum == 'sum' or any(
            self._plain[line.begin + 1:line.begin + 4].upper() in SUM_FLAGS for line in self._lines)
        self._checks = checks.find(self._seen, [begin for begin, _ in self._exchanges], self._lines, sums)
        self._found = self._find()

    def _parts(self, data: bytes | bytearray) -> Iterator[tuple[Run, bytes]]:
        return ((run, bytes(data[run.begin:run.end])) for run in self._runs)

    def _as_text(self, run: Run) -> str:
        """The characters of a run as the parser sees them; those that are damaged as such."""
        data = self._data[run.begin:run.end]
        if run.kind != TEXT:
            return DAMAGED * len(data)
        if not run.parity:
            return data.decode('latin-1')
        return ''.join(DAMAGED if c.bit_count() % 2 else chr(c & 0x7F) for c in data)

    def _find(self) -> Found:
        sound = [(begin, end) for check in self._checks for begin, end in check.vouches_for
                 if DAMAGED not in self._text[begin:end]]
        found = Found()
        for begin, end in self._exchanges:
            telegram.find_data(self._text, begin, end, sound, found)
            telegram.find_protocol(self._plain, begin, end, found)
        return found

    def numbers(self) -> frozenset[str]:
        """Numbers by which the meter or its owner can be known."""
        places = (*self._found.shown, *self._found.hidden)
        texts = [self._text[place.begin:place.end] for place in places if is_personal(place.code)]
        texts += (self._plain[begin:end] for begin, end in self._found.secret)
        texts += (part for line in self._lines for part in without_types(self._plain[slice(*line.type)]).split())
        return frozenset(number for text in texts for number in numbers_in(text))

    def show(self, known: Known, variants: Variants) -> None:
        """Decide which values stay, now that all numbers are known."""
        self._touched = bytearray(len(self._data))
        for begin, end in (*known.places(self._plain), *known.places(self._text), *known.places_in_bytes(self._data),
                           *self._found.secret):
            self._touched[begin:end] = b'\1' * (end - begin)
        shown: list[Place] = []
        for place in self._found.shown:
            (shown if self._may_show(place, known) else self._found.hidden).append(place)
        self._found.shown = shown
        for place in shown:
            variants.show(place.code, self._text[place.begin:place.end])

    def hide(self, variants: Variants) -> None:
        """Decide how the others are masked; `show` comes before, for all streams of a session."""
        hidden: list[Place] = []
        for place in self._found.hidden:
            shown = variants.is_shown(place.code, self._text[place.begin:place.end])
            touched = self._is_touched(place.begin, place.end)
            (self._found.shown if shown and not touched else hidden).append(place)
        self._found.hidden = hidden
        for place in hidden:
            variants.add(place.code, *self._value(place))
        for line in self._lines:
            variants.add(IDENTIFICATION, *self._type(line.type))

    def _may_show(self, place: Place, known: Known) -> bool:
        """No check sees the order of the characters: a piece of a number may stand anywhere."""
        return not self._is_touched(place.begin, place.end) and not known.holds_piece(self._text[place.begin:place.end])

    def _is_touched(self, begin: int, end: int) -> bool:
        return any(self._touched[begin:end])

    def _value(self, place: Place) -> tuple[str, str]:
        """A value, and how it is masked."""
        text = self._text[place.begin:place.end]
        return text, masked_value(place.code, text, place.unit)

    def _type(self, span: Span) -> tuple[str, str]:
        """What stands in an identification after speed character and escapes, and how it is masked: known types stay."""
        begin, end = span
        text = self._plain[begin:end]
        masked = mask(text.encode('ascii')).decode('ascii')
        for first, last in known_types(text):
            if not self._is_touched(begin + first, begin + last):
                masked = masked[:first] + text[first:last] + masked[last:]
        return text, masked

    def renamed(self, variants: Variants) -> Iterator[tuple[str, str]]:
        """Its identifications, and how they are masked."""
        for line in self._lines:
            head = self._plain[line.begin:line.type[0]]
            text, masked = self._type(line.type)
            yield head + text, head + variants.of(IDENTIFICATION, text, masked)

    def masked(self, variants: Variants) -> Iterator[bytes]:
        """The data of its events, masked, in their order; `hide` comes before, for all streams of a session."""
        result = bytearray(b''.join(_MASKS[run.kind](data) for run, data in self._parts(self._seen)))
        stays = [(line.begin, line.type[0]) for line in self._lines] + [
            span for span in self._found.stays if not self._is_touched(*span)]
        stays += (span for run in self._runs if run.frames for span in marks(self._data, run.begin, run.end))
        for begin, end in (*stays, *((place.begin, place.end) for place in self._found.shown)):
            result[begin:end] = self._seen[begin:end]
        for begin, end in self._found.crcs:
            result[begin:end] = bytes((ord(ZERO),)) * (end - begin)
        for place in self._found.hidden:
            result[place.begin:place.end] = variants.of(place.code, *self._value(place)).encode('latin-1')
        for line in self._lines:
            result[slice(*line.type)] = variants.of(IDENTIFICATION, *self._type(line.type)).encode('ascii')
        self._keep_likeness(result)
        return self._in_events(b''.join(with_parity_of(self._data[run.begin:run.end], data) if run.parity else data
                                        for run, data in self._parts(result)))

    def _keep_likeness(self, result: bytearray) -> None:
        begins = [begin for begin, _ in self._exchanges] + [line.begin for line in self._lines]
        likeness.keep_lines(result, self._seen, begins, self._free(result)[1])
        likeness.keep_echoes(result, self._plain, self._settings.querycode, self._settings.device_address)
        likeness.keep_parity(result, self._data, self._text, self._runs, self._lines)
        compared, others = self._free(result)
        likeness.keep_wrong_parity(result, self._seen, self._settings.parity, self._runs, begins, sorted([*compared, *others]))
        checks.correct(self._checks, result, (compared, others))

    def _free(self, result: bytearray) -> tuple[list[int], list[int]]:
        """Places of X and 0 that may become others: in values, which a reader compares, and elsewhere, each in their order."""
        values = bytearray(len(result))
        for place in self._found.hidden:
            values[place.begin:place.end] = b'\1' * (place.end - place.begin)
        fixed = bytearray(len(result))
        for begin, end in self._found.crcs:
            fixed[begin:end] = b'\1' * (end - begin)
        free = [place for place, new in enumerate(result) if new in b'0X' and (
            values[place] or (new != self._seen[place] and not fixed[place]))]
        return [place for place in free if values[place]], [place for place in free if not values[place]]

    def _in_events(self, data: bytes) -> Iterator[bytes]:
        position = 0
        for length in self._lengths:
            yield data[position:position + length]
            position += length


_MASKS = {TEXT: mask, GARBAGE: mask_garbage, FOREIGN: mask_foreign}
