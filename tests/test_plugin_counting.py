# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Power, consumption and the meter's clock in the plugin: items, functions, what outlives a restart, what is said."""

import dataclasses
import datetime
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from plugins.dlms import dlms
from plugins.dlms.plugin.counting import NAME
from plugins.dlms.reader.obis.data_sets import parse
from plugins.dlms.reader.session import RECEIVED, Event, Session, Settings
from plugins.dlms.reader.wire.messages import Identification

from host import Host

PORT = '/dev/ttyDlms'
FILE = f'plugin_data/dlms/{NAME}'
KEYS = ('Power', 'PowerError', 'Today', 'Yesterday', 'Month', 'LastMonth', 'Year')
ITEMS = ''.join(f"{key.lower()}:\n    type: num\n    dlms_obis_code: ['1.8.0', 0, {key}]\n" for key in KEYS)
ITEMS += "offset:\n    type: num\n    dlms_status: clock_offset\n"
AN_IDENTIFICATION = Identification('/LGZ5\\2ZMD3104407.B32', 'LGZ', '5', ('2',), 'ZMD3104407.B32')


class House:
    """A meter in virtual time: 600 W, 1 Wh; `lines` are sent besides."""

    def __init__(self, clock):
        self.clock = clock
        self.begin = clock.monotonic()
        self.base, self.watts, self.number, self.lines = 1000.0, 600.0, '12345678', ''

    @property
    def counter(self):
        return self.base + (self.clock.monotonic() - self.begin) / 3600 * self.watts / 1000

    def query(self, config, *, stopped=None, progress=None, memory=None):
        text = f'0.0.0({self.number})\r\n1.8.0({int(self.counter * 1000) / 1000:010.3f}*kWh)\r\n{self.lines}'
        now = self.clock.now().timestamp()
        return dlms.Readout(
            identification=AN_IDENTIFICATION, mode='C', baudrate=9600, text=text, data_sets=parse(text).data_sets, rejected=(),
            checked=('parity', 'bcc'), phases={}, duration=1.0, time=now)


@pytest.fixture
def run(monkeypatch, tmp_path):
    """run(seconds): a host that reads a house each minute; several go on from one another in the same folder."""
    passed = [0.0]
    hosts = []

    def start(items=ITEMS, **parameters):
        host = Host({'serialport': PORT, **parameters}, items, language='en', start=False, var=tmp_path)
        host.clock.sleep(passed[0])
        house = House(host.clock)
        house.begin = hosts[0][1].begin if hosts else house.begin
        monkeypatch.setattr(dlms, 'query', house.query)
        host.start()
        hosts.append((host, house))
        return host, house

    def stop(host):
        assert host.stop() == []
        passed[0] = host.clock.monotonic()

    yield start, stop
    for host, _ in hosts:
        host.stop()


def value(host, name):
    return host.item(name)()


def test_items_get_what_counters_add_up_to(run):
    host, _ = run[0]()
    host.advance(3600)
    assert value(host, 'power') == pytest.approx(600, rel=0.1) and abs(value(host, 'power') - 600) <= value(host, 'powererror')
    assert value(host, 'today') == value(host, 'month') == value(host, 'year') == pytest.approx(0.59, abs=0.02)
    assert value(host, 'yesterday') == value(host, 'lastmonth') == 0      # not known: as they were
    power, used = host.plugin.power('1.8.0'), host.plugin.consumption('1-1:1.8.0', 'Today')
    assert power.unit == 'W' and power.since < power.until <= host.clock.now()
    assert used.value == value(host, 'today') and used.unit == 'kWh' and not used.shared_out
    assert host.plugin.power('2.8.0') is None and host.plugin.consumption('1.8.0', 'Yesterday') is None
    assert host.messages('WARNING', 'plugins') == []


def test_days_outlive_a_restart_and_an_outage_is_shared_out(run):
    start, stop = run
    host, house = start()
    host.advance(3600)
    stop(host)
    host, house = start()
    assert value(host, 'power') == 0 and host.plugin.power('1.8.0') is None     # nothing is known at a start
    host.clock.sleep(86400)
    host.advance(120)
    yesterday = host.plugin.consumption('1.8.0', 'Yesterday')
    today = host.plugin.consumption('1.8.0', 'Today')
    assert yesterday.shared_out and today.shared_out
    total = yesterday.value + today.value
    assert total == pytest.approx(house.counter - 1000, abs=0.03)


def test_another_number_begins_anew_and_the_old_one_is_kept(run, tmp_path):
    host, house = run[0]()
    host.advance(600)
    house.number, house.base = '87654321', 500.0
    host.advance(600)
    assert host.plugin.consumption('1.8.0', 'Today').value < 0.11
    power = host.plugin.power('1.8.0')
    assert power is None or power.value < 700
    run[1](host)
    meters = json.loads((tmp_path / FILE).read_text(encoding='utf-8'))['meters']
    assert list(meters) == ['87654321', '12345678']


def test_a_value_that_is_held_back_enters_neither_power_nor_consumption(run):
    host, house = run[0]()
    host.advance(3600)
    house.base += 5000
    host.advance(60)
    assert host.plugin.holding.held and host.plugin.power('1.8.0') is None
    assert host.plugin.consumption('1.8.0', 'Today').value < 1
    house.base -= 5000
    highest = 0
    for _ in range(30):
        host.advance(60)
        power = host.plugin.power('1.8.0')
        highest = max(highest, power.value if power else 0)
    assert 500 < highest < 700
    assert host.plugin.consumption('1.8.0', 'Today').value < 2


@pytest.mark.parametrize('content', ['{', '[]', '{"format": "x"}', '{"format": "dlms days 1", "meters": {"1": {"1.8.0": {}}}}'])
def test_a_broken_file_is_set_aside_and_said(run, tmp_path, content):
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).write_text(content, encoding='utf-8')
    host, _ = run[0]()
    host.advance(120)
    run[1](host)
    assert (tmp_path / f'{FILE}.broken').read_text(encoding='utf-8') == content
    assert json.loads((tmp_path / FILE).read_text(encoding='utf-8'))['meters']['12345678']
    assert any('days.json' in text for text in host.messages('INFO', 'plugins'))


def clock_lines(moment):
    return f'0.9.1({moment:%H%M%S})\r\n0.9.2({moment:%y%m%d})\r\n'


@pytest.mark.parametrize(('off', 'said'), [(0, 0), (70, 0), (-500, 1)])
def test_a_clock_that_is_off_is_said_once(run, off, said):
    host, house = run[0]()
    for minute in range(30):
        house.lines = clock_lines(host.clock.now() + datetime.timedelta(seconds=off + minute / 10 + 30))
        host.advance(60)
    assert abs(value(host, 'offset') - off) < 62
    assert len([text for text in host.messages('INFO', 'plugins') if 'clock' in text]) == said
    assert bool(host.plugin.history.readout.remarks) == bool(said)


def test_the_clock_is_compared_when_its_line_came(run):
    """At 300 Bd a readout takes minutes."""
    host, _ = run[0]()
    now = host.clock.now().replace(microsecond=0)
    text = f'0.9.1({now:%H%M%S})\r\n0.9.2({now:%y%m%d})\r\n1.8.0(0001.000*kWh)\r\n'
    session = Session(Settings(serialport=PORT), (
        Event(RECEIVED, 5.0, 300, text[:30].encode()), Event(RECEIVED, 200.0, 300, text[30:].encode()),
        Event('accepted', 210.0, 300)))
    readout = dlms.Readout(AN_IDENTIFICATION, 'C', 300, text, parse(text).data_sets, (), (), time=now.timestamp() + 205,
                           session=session)
    assert host.plugin.counting.take(readout, 1e6).remarks == ()
    assert host.plugin.counting.offset.seconds == 0
    late = dataclasses.replace(readout, session=None)
    assert host.plugin.counting.take(late, 1e6 + 1).remarks


def test_closing_values_come_with_their_dates(run):
    host, house = run[0]()
    day = host.clock.now().date().replace(day=1)
    house.lines = f'0.1.2*07({day:%y%m%d}0000)\r\n1.8.0*07(900.000*kWh)\r\n1.8.0*06(800.000*kWh)\r\n'
    host.advance(300)
    assert [(each.moment.date(), str(each.value), each.code) for each in host.plugin.closing_values('1.8.0')] == [
        (day, '900.000', '1.8.0*07')]
    assert value(host, 'month') == pytest.approx(house.counter - 900, abs=0.02)


def test_what_gives_no_power_is_said(run):
    host, house = run[0]("power:\n    type: num\n    dlms_obis_code: ['1.7.0', 0, Power]\n"
                         "plain:\n    type: num\n    dlms_obis_code: ['2.8.0', 0, Power]\n")
    house.lines = '1.7.0(1.234*kW)\r\n2.8.0(5.0)\r\n'
    host.advance(200)
    texts = host.messages('WARNING', 'plugins')
    assert any('1.7.0 is no counter' in text for text in texts) and any('no power follows' in text for text in texts)
    assert value(host, 'power') == 0


def test_killed_at_any_moment_it_loses_the_last_writing_only(tmp_path):
    """Each writing is told beforehand; what is found is it or the one before."""
    store = Path(__file__).parent.parent / 'plugin' / 'store.py'
    program = f'''
import importlib.util, sys, types
for name in ('p', 'p.plugin', 'p.plugin.telling'):
    sys.modules[name] = types.ModuleType(name)
sys.modules['p.plugin.telling'].Teller = object
sys.modules['p.plugin'].__path__ = []
spec = importlib.util.spec_from_file_location('p.plugin.store', {str(store)!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
store = module.Store(__import__('pathlib').Path({str(tmp_path)!r}), None)
for n in range(1, 100000):
    print(n, flush=True)
    store.write('days.json', {{'n': n, 'filling': 'x' * 20000}})
    store.flush(10)
'''
    for wait in (0.0, 0.003, 0.011, 0.02, 0.037):
        process = subprocess.Popen([sys.executable, '-c', program], stdout=subprocess.PIPE)
        for _ in range(20):
            last = process.stdout.readline()
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        told = int((last + process.communicate()[0]).split()[-1])
        found = json.loads((tmp_path / 'days.json').read_text(encoding='utf-8'))
        assert told - 1 <= found['n'] <= told and len(found['filling']) == 20000
