# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What most want to see first: the main values of the meter, and what there is to do."""

from __future__ import annotations

from collections.abc import Mapping

from ..plugin.activity import Activity
from ..reader.obis.codes import Groups, split
from ..reader.obis.data_sets import DataSet
from .surface import Plugin
from .words import Words

MOST = 8        # values
# What is shown first, as groups C, D and E (None: any): power, energy, heat and volume, voltage, current.
MAIN = (
    ('16', '7', None), ('1', '7', None), ('2', '7', None), ('1', '8', '0'), ('2', '8', '0'), ('1', '8', '1'), ('1', '8', '2'),
    ('2', '8', '1'), ('2', '8', '2'), ('6', '8', None), ('6', '26', None), ('8', '8', None), ('32', '7', None), ('52', '7', None),
    ('72', '7', None), ('31', '7', None), ('24', '2', '1'),
)


def overview(plugin: Plugin, words: Words) -> Mapping[str, object]:
    """{values: [the place of a data set in the readout], hints: [[tab, text]]}: the hints name the tab that says more."""
    readout = plugin.history.readout
    return {'values': _main(readout.data_sets if readout else ()), 'hints': _hints(plugin, words)}


def _main(data_sets: tuple[DataSet, ...]) -> list[int]:
    ranked = []
    for number, data_set in enumerate(data_sets):
        groups = split(data_set.code) if data_set.code else None
        rank = _rank(groups) if groups and data_set.values else None
        if rank is not None:
            ranked.append((rank, number))
    return [number for _, number in sorted(ranked)[:MOST]]


def _rank(groups: Groups) -> int | None:
    if not groups.is_current:
        return None
    for rank, (c, d, e) in enumerate(MAIN):
        if (groups.c, groups.d) == (c, d) and (e is None or (groups.e or '0') == e):
            return rank
    return None


def _hints(plugin: Plugin, words: Words) -> list[list[str]]:
    """What wants the owner's attention."""
    say, hints = words.say, []
    results, bound_items = plugin.history.results(), plugin.bound_items()
    if plugin.activity is Activity.MISCONFIGURED:
        hints.append(['diagnosis', plugin.config_error])
    elif results and not results[-1].ok and not results[-1].waits:
        hints.append(['diagnosis', f"{say('Die letzte Auslesung ist misslungen')}: {results[-1].title(words.language)}"])
    if plugin.holding.held:
        hints.append(['readout', say('Werte sind zurückgehalten')])
    missing = sum(bound.missing for bound in bound_items)
    if missing:
        hints.append(['items', say('Codes von Items, die der Zähler nicht sendet: {count}', count=missing)])
    offset = plugin.counting.offset
    if offset and offset.remark and not offset.stays_on_winter_time:
        hints.append(['readout', offset.remark.to(words.language)])
    if plugin.history.readout and not bound_items:
        hints.append(['fresh', say('Noch kein Item bekommt einen Wert')])
    return hints
