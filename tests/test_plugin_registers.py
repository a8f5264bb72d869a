# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin reads single registers beside the table: in real time, from simulated meters on a pty."""

import dataclasses
import json
import time

import pytest

from host import Host
from simulated_meter import MeterOptions, PtyDoor

METER = MeterOptions(instant=True, framing='8N1', strict_parity=False, programming=True, session_time=3.0)
ITEMS = '\n'.join(f'{name}:\n    struct: dlms.{name}' for name in ('consumption', 'power', 'meter'))


def wait_until(what, seconds=15.0):
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    assert what()


def a_host(door, items=ITEMS, **parameters):
    usual = {'serialport': door.name, 'update_cycle': 0, 'registers': ['1.7.0', '2.7.0'], 'registers_cycle': 0.3}
    return Host({**usual, **parameters}, items, language='en', live=True)


def meter_of(door):
    return door.simulation.meter


def tables(door):
    return len(meter_of(door).sent)


def test_registers_feed_items_again_and_again_in_one_session_which_is_left_at_stop():
    with PtyDoor(METER) as door, a_host(door) as host:
        wait_until(lambda: len(meter_of(door).answered) > 8)
        assert host.item('power.consumption')() > 0 and host.item('meter.online')() is True
        assert host.item('consumption.total')() == 0 and tables(door) == 0
        assert meter_of(door).sessions == 1 and meter_of(door).goodbyes == 0
        assert host.plugin.value('1.7.0')
        began = time.monotonic()
        host.plugin.stop()
        assert time.monotonic() - began < 0.5
        wait_until(lambda: meter_of(door).goodbyes == 1)
        assert host.messages('WARNING') == []


def test_the_session_is_left_for_the_table_and_goes_on_after_it():
    with PtyDoor(METER) as door, a_host(door) as host:
        wait_until(lambda: len(meter_of(door).answered) > 4)
        assert host.plugin.query() is True and tables(door) > 0
        assert meter_of(door).goodbyes == 1 and host.item('consumption.total')() > 0
        answers = len(meter_of(door).answered)
        wait_until(lambda: len(meter_of(door).answered) > answers + 4)
        assert host.plugin.request_readout() is True
        wait_until(lambda: len(host.plugin.history.results()) == 2)
        assert meter_of(door).sessions in (2, 3) and host.messages('WARNING') == []


def test_a_table_now_and_then_and_registers_between():
    with PtyDoor(METER) as door, a_host(door, update_cycle=2) as host:
        wait_until(lambda: tables(door) > 1 and len(meter_of(door).answered) > 6, 30.0)
        assert host.messages('WARNING') == []


def test_with_each_readout_where_they_have_no_cycle():
    with PtyDoor(METER) as door, a_host(door, registers_cycle=0) as host:
        assert host.plugin.query() is True
        assert len(meter_of(door).answered) == 4 and tables(door) == 1 and meter_of(door).goodbyes == 1


def test_a_meter_without_a_table():
    with PtyDoor(dataclasses.replace(METER, table=False)) as door, a_host(door, registers_cycle=0, timeout=0.5) as host:
        for _ in range(5):
            assert host.plugin.query() is True
        assert host.item('power.consumption')() > 0 and host.messages('WARNING') == []


def test_two_instances_on_one_head():
    several = [dataclasses.replace(METER, address=address, seed=int(address)) for address in '12']
    with PtyDoor(several) as door:
        sections = {f'meter{number}': {
            'serialport': door.name, 'device_address': number, 'instance': f'm{number}', 'update_cycle': 0,
            'registers': ['1.7.0'], 'registers_cycle': 0.3} for number in '12'}
        items = ''.join(f'm{number}:\n    struct: [dlms.meter, dlms.power]\n    instance: m{number}\n' for number in '12')
        with Host(sections=sections, items=items, language='en', live=True) as host:
            wait_until(lambda: all(len(meter.answered) > 4 for meter in door.simulation.meters))
            assert host.item('m1.consumption')() > 0 and host.item('m2.consumption')() > 0
            assert host.messages('WARNING') == []


def test_a_refused_password_is_tried_once_over_restarts_and_told(tmp_path):
    with PtyDoor(dataclasses.replace(METER, password='12345678', refuses='b0')) as door:
        for _ in range(2):
            parameters = {'serialport': door.name, 'update_cycle': 0, 'registers': ['1.7.0'], 'registers_cycle': 0.5,
                          'password': '87654321'}
            with Host(parameters, ITEMS, language='en', live=True, var=tmp_path) as host:
                wait_until(lambda: any('password' in message for message in host.messages('WARNING')))
                host.plugin.stop()
                assert host.plugin._store.flush(5)
                assert '87654321' not in str(host.messages('DEBUG'))
        assert meter_of(door).programming.wrong_passwords == 1
    kept = next(tmp_path.rglob('memory.json'))
    assert json.loads(kept.read_text())['memory']['password'] == 'refused' and '87654321' not in kept.read_text()


def test_a_code_that_is_none():
    with Host({'serialport': '/dev/ttyDlms', 'registers': ['1.7.0)(']}, ITEMS, language='en') as host:
        assert 'no address of a register' in host.plugin.config_error


def test_what_comes_from_registers_is_not_missing_in_the_table():
    items = 'volta:\n    type: num\n    dlms_obis_code: VOLTA\n'
    with PtyDoor(dataclasses.replace(METER, registers=(('VOLTA', 'VOLTA(230.1)'),))) as door, a_host(
            door, items, registers=['VOLTA']) as host:
        assert host.plugin.query() is True
        wait_until(lambda: host.item('volta')() == pytest.approx(230.1))
        assert host.messages('WARNING') == []
