# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin in its host, reading simulated meters with the real reader: in virtual time, and in real time on a pty."""

import dataclasses
import logging
import os
import subprocess
import sys
import threading
import time

import pytest

from host import ROOT, Host
from simulated_meter import Faults, MeterOptions, PtyDoor, Simulation

HOUSEHOLD = '\n'.join(f'{name}:\n    struct: dlms.{name}' for name in ('consumption', 'feed_in', 'power', 'meter'))
AT_ONCE = MeterOptions(instant=True, framing='8N1', strict_parity=False)


def a_host(items=HOUSEHOLD, **parameters):
    return Host({'serialport': '/dev/ttyDlms', **parameters}, items, language='en', start=False)


def values(host, *paths):
    return [host.item(path)() for path in paths]


@pytest.mark.parametrize('options', [
    MeterOptions(mode='C', baudrate=9600), MeterOptions(mode='B', baudrate=4800), MeterOptions(mode='A'),
])
def test_a_household_is_read(connect, options):
    with a_host() as host:
        simulation = Simulation(options, clock=host.clock)
        connect(host, simulation)
        host.advance(200)
        sent = {code.partition(':')[2]: value for code, value in simulation.meter.sent[-1].values.items()}
        assert len(simulation.meter.sent) >= 3
        assert values(host, 'consumption.total', 'feed_in.total', 'power.consumption') == [
            float(sent[code][0]) for code in ('1.8.0', '2.8.0', '1.7.0')]
        assert host.item('consumption.total.unit')() == sent['1.8.0'][1]
        assert values(host, 'meter.online', 'meter.failures', 'meter.error') == [True, 0, '']
        assert host.item('meter.identification')() == simulation.meter.sent[-1].identification
        assert host.plugin.history.success_rate == 1.0


def test_a_slow_meter_stretches_the_cycle(connect):
    with a_host() as host:
        simulation = Simulation(MeterOptions(mode='A', size=6000), clock=host.clock)
        connect(host, simulation)
        host.advance(10)
        assert 400 < host.item('meter.duration')() < 430         # the first contact wants a second copy, once
        assert host.item('meter.cycle')() == 60
        host.advance(60)
        assert 200 < host.item('meter.duration')() < 215
        assert host.item('meter.cycle')() == pytest.approx(host.item('meter.duration')() + 10, abs=1)


def test_what_is_damaged_reaches_no_item(connect):
    with a_host(update_cycle=0) as host:
        simulation = Simulation(MeterOptions(), Faults(wrong_check=True), host.clock)
        connect(host, simulation)
        assert host.plugin.query() is False
        assert values(host, 'consumption.total', 'meter.online', 'meter.failures') == [0, False, 1]
        assert host.item('meter.error')()
        (result,) = host.plugin.history.results()
        assert (result.ok, result.finding.kind, bool(result.session.events)) == (False, 'wrong_check', True)


def test_a_meter_that_pushes_feeds_items_while_it_is_listened_to():
    with PtyDoor(MeterOptions(mode='D', interval=0.2, instant=True, framing='8N1', strict_parity=False)) as door:
        parameters = {'serialport': door.name, 'baudrate': 9600, 'only_listen': True, 'update_cycle': 0}
        with Host(parameters, HOUSEHOLD, language='en', live=True) as host:
            end = time.monotonic() + 10
            while len(host.plugin.history.results()) < 3 and time.monotonic() < end:
                time.sleep(0.05)
            assert values(host, 'meter.online', 'meter.failures') == [True, 0]
            assert host.item('consumption.total')() > 0
            begun = time.monotonic()
            host.plugin.stop()
            assert time.monotonic() - begun < 0.5
            assert host.stop() == []


def test_two_instances_take_turns_on_one_head():
    several = [dataclasses.replace(AT_ONCE, address=address, seed=int(address)) for address in '12']
    with PtyDoor(several) as door:
        sections = {f'meter{number}': {'serialport': door.name, 'device_address': number, 'instance': f'm{number}',
                                       'settle': 0.4} for number in '12'}
        items = ''.join(f'm{number}:\n    struct: [dlms.meter, dlms.consumption]\n    instance: m{number}\n'
                        for number in '12')
        with Host(sections=sections, items=items, language='en', live=True) as host:
            plugins = [host.plugin_of(name) for name in sections]
            end = time.monotonic() + 15
            while not all(plugin.history.results() for plugin in plugins) and time.monotonic() < end:
                time.sleep(0.05)
            assert values(host, 'm1.online', 'm2.online') == [True, True]
            numbers = values(host, 'm1.serial_number', 'm2.serial_number')
            assert all(numbers)
            assert numbers[0] != numbers[1]
            readouts = [plugin.history.readout for plugin in plugins]
            assert max(readout.waited for readout in readouts) > 0.3
            # that is neither one's own time nor a reason for another cycle
            assert all(0.4 <= readout.phases['open'] < 0.6 for readout in readouts)
            assert host.messages('WARNING') == []
            assert host.stop() == []


def test_the_demonstration_shows_items():
    told = subprocess.run([sys.executable, '-W', 'error', ROOT / 'tests' / 'demo.py', '--port', '0', '--seconds', '6'],
                          capture_output=True, text=True, timeout=30, check=True)
    assert told.stderr == ''
    for name in ('house.consumption.total', 'house.highest_power.when', 'meter.serial_number'):
        assert f'  {name} ' in told.stdout


def test_a_thousand_cycles_leave_nothing_behind(connect, monkeypatch):
    with a_host(update_cycle=60) as host:
        monkeypatch.setattr(logging.root.manager, 'disable', logging.CRITICAL)      # pytest keeps what is logged
        meter = Simulation(MeterOptions(instant=True), clock=host.clock)
        silent = Simulation(MeterOptions(instant=True), Faults(silent='always'), host.clock)
        open_meter = meter.open_port
        count = 0

        def open_port(settings):
            nonlocal count
            count += 1
            for each in (meter.meter, silent.meter):
                each.sent.clear()
                each.received.clear()
            return silent.open_port(settings) if count % 5 == 0 else open_meter(settings)

        def left():
            assert host.plugin._store.flush(5)
            return threading.active_count(), len(os.listdir('/proc/self/fd'))

        monkeypatch.setattr(meter, 'open_port', open_port)
        connect(host, meter)
        host.advance(60 * 10)
        before = left()
        host.advance(60 * 1060)     # some are late after a failure
        assert count > 1000
        assert 0.75 < host.plugin.history.success_rate < 0.85
        assert left() == before
