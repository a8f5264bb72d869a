# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What items got from version 1.9.5 and what they get now, over readouts of real meters: the table in `upgrade/`.

`was` is what the public plugin 1.9.5 gave, by its own parsing of the same bytes; `now` is held here. Where they differ the table
says why.
"""

import json
from pathlib import Path

import pytest
from plugins.dlms import dlms

import captures
from host import Host

TABLE = json.loads((Path(__file__).parent / 'upgrade' / 'from_1_9_5.json').read_text(encoding='utf-8'))
UNTOUCHED = '(unchanged)'


def now(capture, items, monkeypatch):
    """What each item of a section gets of this readout; a capture may be of several telegrams, the first one counts."""
    readout = next(iter(dlms.read_capture(captures.raw(capture), dlms.Settings('/dev/x', use_checksum=False))))
    monkeypatch.setattr(dlms, 'query', lambda *_, **__: readout)
    text = ''.join(f'i{number}:\n    type: {item["type"]}\n    dlms_obis_code: {json.dumps(item["attribute"])}\n'
                   for number, item in enumerate(items))
    with Host({'serialport': '/dev/x', 'update_cycle': 0}, text) as host:
        untouched = [host.item(f'i{number}').property.last_update for number in range(len(items))]
        host.clock.sleep(60)
        assert host.plugin.query()
        got = [host.item(f'i{number}') for number in range(len(items))]
        return [_shown(item()) if item.property.last_update != before else UNTOUCHED
                for item, before in zip(got, untouched, strict=True)]


def _shown(value):
    return value if isinstance(value, str | int | float) else str(value)


@pytest.mark.parametrize('section', TABLE, ids=lambda section: section['capture'])
def test_what_the_items_of_1_9_5_get_now(section, monkeypatch):
    items = section['items']
    got = now(section['capture'], items, monkeypatch)
    assert [(item['attribute'], value) for item, value in zip(items, got, strict=True)] == [
        (item['attribute'], item['now']) for item in items]


def test_each_difference_has_its_reason():
    items = [item for section in TABLE for item in section['items']]
    assert (len(TABLE), len(items)) == (7, 89)
    for item in items:
        assert ('why' in item) == (item['was'] != item['now']), item
