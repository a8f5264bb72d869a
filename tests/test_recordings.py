# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings that version 2.0.0 has written, of the simulated meter: they still replay to the same outcome."""

import json
from pathlib import Path

import pytest

import dlms

FOLDER = Path(__file__).parent / 'recordings'
INDEX = json.loads((FOLDER / 'index.json').read_text(encoding='utf-8'))


@pytest.mark.parametrize('name', INDEX)
@pytest.mark.parametrize('again', [False, True], ids=['as stored', 'as stored once more'])
def test_first_format_replays(name, again):
    text, expected = (FOLDER / f'{name}.jsonl').read_text(encoding='utf-8'), INDEX[name]
    assert text.startswith('{"format": "dlms session 1"')
    session = dlms.Session.from_text(text)
    if again:
        session = dlms.Session.from_text(session.to_text())
    try:
        readout = dlms.replay(session)
    except dlms.MeterError as error:
        assert expected == {'outcome': type(error).__name__}
        return
    assert {'outcome': 'read', 'mode': readout.mode, 'baudrate': readout.baudrate, 'checked': list(readout.checked),
            'repeats': readout.repeats, 'data_sets': len(readout.data_sets), 'notes': len(readout.notes)} == expected
