# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What the plugin knows of a meter outlives a restart: a second block is sent at the first contact, and then no more."""

import errno
import json
import logging
import threading
import time

import pytest
from plugins.dlms import dlms
from plugins.dlms.plugin import store

from host import Host
from simulated_meter import MeterOptions, Simulation

PORT = '/dev/ttyDlms'
ITEM = "energy:\n    type: num\n    dlms_obis_code: '1.8.0'\n"
FILE = 'plugin_data/dlms/memory.json'


@pytest.fixture
def restart(monkeypatch, tmp_path):
    """restart(minutes, ...): a host that reads so long and stops; the blocks that the meter sent, and the log's warnings."""
    query, passed = dlms.query, 0.0

    def run(minutes=3, options=None, **parameters):
        nonlocal passed
        with Host({'serialport': PORT, **parameters}, ITEM, language='en', start=False, var=tmp_path) as host:
            host.clock.sleep(passed)
            simulation = Simulation(options or MeterOptions(), clock=host.clock)
            monkeypatch.setattr(dlms, 'query', lambda *args, **more: query(
                *args, **more, clock=simulation.clock, open_port=simulation.open_port))
            host.start()
            host.advance(minutes * 60 - 5)
            assert host.stop() == []
            passed = host.clock.monotonic()
            run.host = host
            return simulation.meter.blocks, host.messages('WARNING', 'plugins')
    return run


def test_the_first_contact_costs_one_block_more_once_in_a_meters_life(restart, tmp_path):
    assert restart(3) == (4, [])
    assert restart(3) == (3, [])
    stored = json.loads((tmp_path / FILE).read_text(encoding='utf-8'))
    assert stored['serialport'] == PORT and stored['memory']['shapes'][0].startswith('1-1:F.F(dddddddd)\n')
    assert 'tried' not in stored['memory']
    assert restart(3, instance='two') == (4, [])
    assert (tmp_path / 'plugin_data' / 'dlms_two' / 'memory.json').is_file()


def test_a_billing_reset_costs_one_more(restart):
    options = MeterOptions(periods=2, reset_after=4 * 60.0)
    blocks, warnings = restart(8, options)
    assert (blocks, warnings) == (8 + 2, [])
    assert sum('new form' in text for text in restart.host.messages('INFO', 'plugins')) == 1


@pytest.mark.parametrize('content, aside', [
    (b'', True), (b'{"format": "dlms memory 1", "serialport": "/dev/ttyD', True), (b'\0' * 4000, True), (b'[]', True),
    (b'{"format": "dlms memory 7", "serialport": "%s", "device_address": "", "memory": {}}', True),
    (b'{"format": "dlms memory 1", "serialport": "%s", "device_address": "", "memory": {"rung": 9}}', True),
    (b'{"format": "dlms memory 1", "serialport": "%s", "device_address": "", "memory": []}', True),
    (b'{"format": "dlms memory 1", "serialport": "%s", "device_address": ""}', True),
    (b'{"format": "dlms memory 1", "serialport": "/dev/other", "device_address": "", "memory": {"rung": 2}}', False)],
    ids=lambda value: repr(value)[:40])
def test_a_file_that_is_broken_or_foreign_costs_a_block_and_is_written_anew(restart, tmp_path, content, aside):
    content = content.replace(b'%s', PORT.encode())
    (tmp_path / 'plugin_data' / 'dlms').mkdir(parents=True)
    (tmp_path / FILE).write_bytes(content)
    assert restart(3) == (4, [])
    assert (tmp_path / f'{FILE}.broken').exists() == aside
    assert sum('memory.json.broken' in text for text in restart.host.messages('INFO', 'plugins')) == aside
    assert restart(3) == (3, [])


def test_a_disk_that_cannot_be_written_is_said_once_and_costs_nothing_else(restart, tmp_path):
    (tmp_path / 'plugin_data').write_text('no folder')
    blocks, warnings = restart(130)     # it is tried again each hour
    assert (blocks > 120, len(warnings), 'plugin_data' in warnings[0]) == (True, 1, True)


def test_a_disk_that_hangs_delays_no_item(restart, monkeypatch):
    released, seen = threading.Event(), []
    monkeypatch.setattr(store.os, 'fsync', lambda descriptor: released.wait(10))
    stop = Host.stop

    def stop_late(host):
        seen.append((host.item('energy')(), host.plugin._store.flush(0)))
        released.set()
        return stop(host)

    monkeypatch.setattr(Host, 'stop', stop_late)
    began = time.monotonic()
    assert restart(3) == (4, [])
    assert seen[0][0] > 0 and not seen[0][1] and time.monotonic() - began < 5


def test_it_is_written_when_it_changed_at_the_end_and_once_an_hour(restart, monkeypatch):
    written = []
    write = store.Store.write
    monkeypatch.setattr(store.Store, 'write', lambda self, name, content: (
        (name == 'memory.json' and written.append(content)) or write(self, name, content)))
    restart(6 * 60 + 10)
    assert len(written) == 1 + 6 + 1
    assert restart(1) == (1, []) and len(written) == 8 + 1


def test_shapes_that_there_is_no_room_for_are_left_out(restart, monkeypatch, tmp_path, caplog):
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr(store, 'MOST_BYTES', 700)
    assert restart(3) == (4, [])
    assert json.loads((tmp_path / FILE).read_text(encoding='utf-8'))['memory']['shapes'] == []
    assert restart(3) == (4, [])


def test_a_memory_that_grows_beyond_the_disk_is_no_crash(restart, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(store.os, 'fsync', full)
    blocks, warnings = restart(3)
    assert (blocks, len(warnings)) == (4, 1) and 'No space left on device' in warnings[0]
