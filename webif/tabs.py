# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The tabs of the page, in their order.

What a tab is made of stands in files of its own, found by its name: templates/tab_NAME.html, static/NAME.js and static/NAME.css
(these two may be missing). Its line in `TABS` says which parts of the state it shows; see `changes` for their shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .view import View


class Tab(NamedTuple):
    """One tab; the core's frame has room for eight."""

    name: str
    title: str                                          # a key of locale.yaml
    parts: Mapping[str, Callable[[View], Any]] = {}     # by the name of the part: what makes it

    @property
    def template(self) -> str:
        return f'tab_{self.name}.html'


TABS = (
    Tab('overview', 'Übersicht', {'overview': View.overview}),
    Tab('consumption', 'Verbrauch'),
    Tab('course', 'Verlauf', {'codes': View.codes}),
    Tab('readout', 'Auslesung', {
        'readout': View.about_readout, 'remarks': View.remarks, 'rows': View.rows, 'more': View.more,
        'rejected': View.rejected, 'held': View.held}),
    Tab('items', 'Items', {'items': View.items}),
    Tab('fresh', 'Neue Items', {'fresh': View.fresh}),
    Tab('diagnosis', 'Diagnose', {'verdict': View.verdict, 'sessions': View.sessions, 'failures': View.failures}),
    Tab('setup', 'Einrichten'),
)


def state(view: View) -> dict[str, Any]:
    """All that changes on the page but the curves."""
    return {'head': view.head(), **{name: make(view) for tab in TABS for name, make in tab.parts.items()}}
