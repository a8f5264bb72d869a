# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The items of an instance: each gets what it is bound to, from each readout and whenever the status changes.

Items that find nothing, or nothing that fits, keep what they have; why is said once. No value stands in for another.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..reader.obis import matching
from ..reader.obis.data_sets import DataSet
from ..reader.readout import Readout
from . import bindings, uptime
from .bindings import Binding, Misfit, Note
from .telling import Teller

MOST_SIMILAR = 3        # codes that are named instead of one that the meter does not send


class ItemProperty(Protocol):
    """What an item tells of itself."""

    @property
    def path(self) -> str: ...

    @property
    def type(self) -> str: ...

    @property
    def last_change(self) -> datetime.datetime: ...


class Item(Protocol):
    """An item of SmartHomeNG, as far as it is used here."""

    def __call__(self, value: object = None, caller: str = ..., source: str | None = None) -> object:
        """Its value, or with one given: takes it."""

    @property
    def property(self) -> ItemProperty: ...


@dataclass
class Bound:
    """An item and what it gets: a `binding`, a `status`, or with neither the text of the readout."""

    item: Item
    path: str
    type: str
    binding: Binding | None = None
    status: str = ''
    found: str | None = None                        # the meter's own code in the last readout
    missing: bool = False                           # the meter does not send the code
    similar: tuple[str, ...] = ()                   # what it sends that looks like it
    waits: bool = False                             # what it gets is not known yet
    trouble: Note | None = None                     # why the item did not take its last value
    fed: float | None = None                        # s, by uptime: when it took a value
    told: set[str] = field(default_factory=set)     # what is said but once


class Feeder:
    """
    Knows the items and hands them their values.

    :param caller: in whose name the items are changed
    :param computed: what a counter with this code, as the meter sends it, adds up to, by a key of `bindings.COMPUTED`; None
        where that is not known, and raises Misfit
    :param is_register: whether a code means a register that is read by itself, and need not be in the table
    """

    def __init__(self, teller: Teller, caller: str, computed: Callable[[str, str], float | None],
                 is_register: Callable[[str], bool] = lambda code: False) -> None:
        self._teller = teller
        self._computed = computed
        self._caller = caller
        self._bound: dict[str, Bound] = {}      # may change between two values of a readout
        self._is_register = is_register

    def bind(self, item: Item, attributes: Mapping[str, object]) -> Bound | None:
        """Takes an item with these attributes; None where they mean nothing, and then it gets nothing."""
        bound = Bound(item, item.property.path, item.property.type)
        name = next((name for name in bindings.ATTRIBUTES if name in attributes), '')
        attribute = attributes.get(name)
        notes: tuple[Note, ...] = ()
        if name == bindings.OBIS_CODE:
            bound.binding, notes = bindings.parse(attribute, bound.type)
        elif name == bindings.STATUS:
            status, notes = bindings.parse_status(attribute)
            bound.status = status or ''
        if notes:
            self._teller.warn("Item '{item}', {attribute}: {value}: {notes}", item=bound.path, attribute=name,
                              value=attribute, notes='; '.join(map(self._teller.say, notes)))
        wants_text = name == bindings.OBIS_READOUT and bindings.parse_switch(attribute)
        if not (bound.binding or bound.status or wants_text):
            return None
        self._bound[bound.path] = bound
        return bound

    def forget(self, path: str) -> None:
        """The item gets nothing any more."""
        self._bound.pop(path, None)

    def bound_items(self) -> list[Bound]:
        """In the order in which they were taken."""
        return list(self._bound.values())

    def feed(self, readout: Readout, timezone: datetime.tzinfo, stopped: Callable[[], bool]) -> None:
        """
        Hands the readout over.

        :param timezone: of time stamps that say whether it is summer or winter time
        :param stopped: asked before each item; True: those that are left keep what they have
        """
        for bound in self.bound_items():
            if stopped():
                return
            if bound.binding:
                self._feed_code(bound, bound.binding, readout, timezone)
            elif not bound.status:
                self._set(bound, readout.text, 'readout')
        self._tell_missing()

    def feed_registers(self, readout: Readout, timezone: datetime.tzinfo, stopped: Callable[[], bool]) -> None:
        """Hands single registers over to the items that mean one of them; all others keep what they have."""
        for bound in self.bound_items():
            if stopped():
                return
            if bound.binding and matching.match(bound.binding.code, readout.data_sets):
                self._feed_code(bound, bound.binding, readout, timezone)

    def set_status(self, **status: object) -> None:
        """Hands over what is known of these, by the names in `bindings.STATUSES`."""
        for bound in self.bound_items():
            if bound.status in status:
                self._set(bound, status[bound.status], 'status')

    def _feed_code(self, bound: Bound, binding: Binding, readout: Readout, timezone: datetime.tzinfo) -> None:
        if matching.is_lost(binding.code, readout.lost, readout.by_code):
            return      # what is left would be another value
        matches = matching.match(binding.code, readout.by_code)
        if not matches:
            if self._is_register(binding.code):
                return
            if not bound.missing:
                bound.similar = matching.similar(binding.code, readout.by_code)[:MOST_SIMILAR]
            bound.found, bound.missing = None, True
            return
        bound.found, bound.missing = matches[0].code, False
        self._tell_ambiguous(bound, binding, matches)
        try:
            if binding.key in bindings.COMPUTED:
                self._feed_computed(bound, binding.key, bound.found or '')
                return
            value = bindings.value_for(binding, matches[0], timezone)
        except Misfit as misfit:
            self._leave(bound, misfit)
        else:
            self._set(bound, value, bound.found)

    def _feed_computed(self, bound: Bound, key: str, code: str) -> None:
        value = self._computed(code, key)
        bound.waits = value is None
        if value is not None:
            self._set(bound, value, code)

    def _set(self, bound: Bound, value: object, source: str | None) -> None:
        try:
            value = bindings.for_type(value, bound.type)
        except Misfit as misfit:
            self._leave(bound, misfit)
            return
        bound.trouble = None
        bound.fed = uptime.now()
        bound.item(value, self._caller, source)

    def _leave(self, bound: Bound, misfit: Misfit) -> None:
        """The item stays as it is; why is said once until it takes a value again."""
        if bound.trouble is None:
            self._teller.warn("Item '{item}' bleibt unverändert: {reason}", item=bound.path,
                              reason=self._teller.say(misfit.note))
        bound.trouble = misfit.note

    def _tell_ambiguous(self, bound: Bound, binding: Binding, matches: Iterable[DataSet]) -> None:
        codes = list(dict.fromkeys(str(data_set.code) for data_set in matches))
        if len(codes) > 1 and 'ambiguous' not in bound.told:
            bound.told.add('ambiguous')
            self._teller.warn("Item '{item}': {code} kann {codes} sein, es gilt das erste", item=bound.path,
                              code=binding.code, codes=', '.join(codes))

    def _tell_missing(self) -> None:
        """Which codes the meter does not send, and what it sends that looks like them, in one line."""
        told = []
        for bound in self.bound_items():
            if bound.binding and bound.missing and 'missing' not in bound.told:
                bound.told.add('missing')
                similar = f" ~ {', '.join(bound.similar)}" if bound.similar else ''
                told.append(f'{bound.binding.code} ({bound.path}){similar}')
        if told:
            self._teller.warn("Codes von Items, die der Zähler nicht sendet (~ ähnliche, die er sendet): {codes}",
                              codes='; '.join(told))
