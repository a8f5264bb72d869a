# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Small files: what was written is there, whatever happens meanwhile; what is none costs nothing."""

import errno
import json
import os
import subprocess
import sys
import threading
import time

import pytest
from plugins.dlms.plugin import store
from plugins.dlms.plugin.store import MOST_BYTES, Store

from host import ROOT


class Teller:
    """Notes what is said."""

    def __init__(self):
        self.told, self.warned = [], []

    def tell(self, text, /, **values):
        self.told.append(text.format(**values))

    def warn(self, text, /, **values):
        self.warned.append(text.format(**values))


@pytest.fixture
def teller():
    return Teller()


@pytest.fixture
def files(tmp_path, teller):
    return Store(tmp_path / 'plugin_data' / 'dlms', teller)


def test_what_was_written_is_read(files, teller, tmp_path):
    assert files.read('a.json') is None
    for number in range(20):
        assert files.write('a.json', {'number': number, 'text': 'ü\udcff'})
        assert files.write('b.json', {'other': number})
    assert files.flush(5)
    assert Store(tmp_path / 'plugin_data' / 'dlms', teller).read('a.json') == {'number': 19, 'text': 'ü?'}
    assert files.read('b.json') == {'other': 19}
    assert sorted(os.listdir(tmp_path / 'plugin_data' / 'dlms')) == ['a.json', 'b.json']
    assert (teller.told, teller.warned) == ([], [])


@pytest.mark.parametrize('content', [
    b'', b'{"a": 1', b'[1, 2]', b'"text"', b'null', b'\xff\xfe\x00', b'[' * 100_000, b'{"a": "' + b'x' * MOST_BYTES + b'"}'],
    ids=lambda content: repr(content[:12]))
def test_what_is_no_such_file_is_set_aside(files, teller, tmp_path, content):
    folder = tmp_path / 'plugin_data' / 'dlms'
    folder.mkdir(parents=True)
    (folder / 'a.json').write_bytes(content)
    assert files.read('a.json') is None
    assert (folder / 'a.json.broken').read_bytes() == content
    assert len(teller.told) == 1 and 'a.json.broken' in teller.told[0]
    assert files.read('a.json') is None and len(teller.told) == 1
    assert files.write('a.json', {}) and files.flush(5) and files.read('a.json') == {}


def test_what_is_too_long_is_not_written(files):
    assert files.write('a.json', {'short': 1})
    assert not files.write('a.json', {'long': 'x' * MOST_BYTES})
    assert files.flush(5) and files.read('a.json') == {'short': 1}


def test_nobody_waits_for_a_disk(files, monkeypatch):
    slow = threading.Event()
    monkeypatch.setattr(store.os, 'fsync', lambda descriptor: slow.wait(5))
    began = time.monotonic()
    for number in range(100):
        assert files.write('a.json', {'number': number})
    assert not files.flush(0.05) and time.monotonic() - began < 1
    slow.set()
    assert files.flush(5) and files.read('a.json') == {'number': 99}


def test_a_full_disk_is_said_once_and_costs_nothing_else(files, teller, tmp_path, monkeypatch):
    assert files.write('a.json', {'number': 1}) and files.flush(5)

    def full(descriptor):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(store.os, 'fsync', full)
    for number in (2, 3):
        assert files.write('a.json', {'number': number}) and files.flush(5)
    assert len(teller.warned) == 1 and 'No space left on device' in teller.warned[0]
    assert files.read('a.json') == {'number': 1} and os.listdir(tmp_path / 'plugin_data' / 'dlms') == ['a.json']
    monkeypatch.undo()
    assert files.write('a.json', {'number': 4}) and files.flush(5) and files.read('a.json') == {'number': 4}


def test_a_folder_that_cannot_be_made_is_said_once(tmp_path, teller):
    (tmp_path / 'plugin_data').write_text('no folder')
    files = Store(tmp_path / 'plugin_data' / 'dlms', teller)
    assert files.read('a.json') is None
    for _ in range(2):
        assert files.write('a.json', {}) and files.flush(5)
    assert len(teller.warned) == 1 and str(tmp_path) in teller.warned[0]


WRITER = """
import pathlib
import sys
sys.path[:0] = [{tests!r}, {root!r}]
import host
from plugins.dlms.plugin.store import Store
files = Store(pathlib.Path({folder!r}), None)
print('begun', flush=True)
number = 0
while True:
    number += 1
    files.write('a.json', {{'number': number, 'text': 'x' * 50_000, 'again': number}})
    files.flush(1)
"""


def test_a_process_that_is_killed_while_it_writes_leaves_a_whole_file(tmp_path, teller):
    script = WRITER.format(tests=str(ROOT / 'tests'), root=str(ROOT), folder=str(tmp_path / 'dlms'))
    numbers = []
    for count in range(8):
        process = subprocess.Popen([sys.executable, '-c', script], stdout=subprocess.PIPE, text=True)
        with process:
            assert process.stdout.readline() == 'begun\n'
            time.sleep(0.02 + 0.013 * count)        # somewhere in it
            process.kill()
        content = Store(tmp_path / 'dlms', teller).read('a.json') or {'number': 0, 'again': 0}
        assert content['number'] == content['again']
        numbers.append(content['number'])
        assert set(os.listdir(tmp_path / 'dlms')) <= {'a.json', 'a.json.new'}
    assert max(numbers) > 1 and teller.told == teller.warned == []


def test_the_file_can_be_read_by_people(files, tmp_path):
    assert files.write('a.json', {'shapes': ['1.8.0(d)'], 'port': '/dev/ttyUSB0'}) and files.flush(5)
    text = (tmp_path / 'plugin_data' / 'dlms' / 'a.json').read_text(encoding='utf-8')
    assert json.loads(text) and len(text.splitlines()) > 3
