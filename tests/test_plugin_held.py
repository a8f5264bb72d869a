# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What is not handed to items, how that is said, and the owner's way out; with the real reader and a simulated meter."""

import datetime

import pytest

from host import Host
from simulated_meter import Faults, MeterOptions, Simulation

ITEMS = ("meter:\n    struct: dlms.meter\nenergy:\n    type: num\n    dlms_obis_code: '1.8.0'\n"
         "number:\n    type: str\n    dlms_obis_code: '0.0.0'\n")
BARE = {'mode': 'D', 'framing': '8N1', 'interval': 10.0}        # no parity, no check character
# of a meter with a battery, which is not asked for a copy
HEAT = '0.0({})\r\n6.8({}*MWh)\r\n6.26({}*m3)\r\n6.31(0012345*h)\r\n!\r\n'
HEAT_ITEMS = "meter:\n    struct: dlms.meter\nheat:\n    type: num\n    dlms_obis_code: '6.8'\n"


@pytest.fixture
def read(connect):
    """read(options, ...): a host and a simulated meter, not read yet."""
    hosts = []

    def made(options, items=ITEMS, language='en', **parameters):
        if options.mode == 'D':
            parameters.update(only_listen=True, baudrate=options.baudrate, update_cycle=60)     # 0 is a thread of its own
        host = Host({'serialport': '/dev/ttyDlms', 'update_cycle': 0, **parameters}, items, language=language, start=False)
        hosts.append(host)
        simulation = Simulation(options, Faults(), clock=host.clock)
        connect(host, simulation)
        return host, simulation
    yield made
    for host in hosts:
        assert host.stop() == []


def status(host, *names):
    return [host.item(f'meter.{name}')() for name in names]


def minutes(host, count):
    """A readout a minute; what the energy's item says after each."""
    values = []
    for _ in range(count):
        began = host.clock.monotonic()
        host.plugin.query()
        values.append(host.item('energy')())
        host.clock.sleep(began + 60 - host.clock.monotonic())
    return values


# Another meter

def test_another_meter_feeds_no_item_and_is_named_once(read):
    meter = MeterOptions(exchanged_after=150.0)
    number = Simulation(MeterOptions()).meter.house.serial
    host, simulation = read(meter, meter_number=f' 00{number}')
    energy = minutes(host, 3)
    minutes(host, 4)
    other = simulation.meter.house.serial
    assert other != number and host.item('number')() == number and host.item('energy')() == energy[-1]
    (warning,) = host.messages('WARNING', 'plugins')
    assert number in warning and other in warning and 'Swap the heads' in warning
    assert status(host, 'online', 'failures', 'serial_number', 'readout_age') == [False, 4, number, pytest.approx(245, abs=5)]
    assert host.item('meter.error')() in warning
    assert host.plugin.history.results()[-1].finding.kind == 'another_meter'
    assert host.plugin.cycle.effective == 0 and host.plugin.value('0.0.0') == number


def test_the_cycle_stays_while_another_meter_answers(read):
    host, _ = read(MeterOptions(), meter_number='1', update_cycle=60)
    host.advance(600)
    assert status(host, 'online', 'failures', 'cycle') == [False, 10, 60]


@pytest.mark.parametrize('number', ['', '0'])
def test_any_meter_or_one_that_sends_no_number(read, number):
    host, _ = read(MeterOptions(block='1-1:1.8.0(000100.0*kWh)\r\n1-1:2.8.0(000100.0*kWh)\r\n!\r\n'), meter_number=number)
    minutes(host, 1)
    assert (host.item('energy')(), status(host, 'online')) == (100, [True])


def test_an_exchanged_meter_is_believed_the_second_time(read):
    host, simulation = read(MeterOptions(exchanged_after=150.0))
    values = minutes(host, 5)
    now = float(simulation.meter.sent[-1].values['1-1:1.8.0'][0])
    assert values[3] == values[2] and values[4] == now
    warnings = host.messages('WARNING', 'plugins')
    assert len(warnings) == 1 and '1-1:0.0.0' in warnings[0] and '1-1:1.8.0' in warnings[0]
    assert status(host, 'online', 'failures', 'error') == [True, 0, '']
    assert host.item('meter.refused')() == warnings[0].count('1-1:') > 3


# The guard's clock

def test_a_clock_that_is_set_back_holds_nothing_back(read):
    host, _ = read(MeterOptions(**BARE), max_power=6)
    before = minutes(host, 5)
    host.clock._start -= datetime.timedelta(hours=1)        # of the host; the meter has its own
    after = minutes(host, 5)
    assert sorted({*before, *after}) == [*before, *after] and len({*before, *after}) == 10
    assert (host.plugin.holding.count, host.plugin.holding.held) == (0, None)


# New forms

def test_a_first_contact_and_a_billing_reset_look_like_no_fault(read):
    host, simulation = read(MeterOptions(periods=2, reset_after=200.0))
    blocks = []
    for _ in range(6):
        before = simulation.meter.blocks
        minutes(host, 1)
        blocks.append(simulation.meter.blocks - before)
    assert blocks == [2, 1, 1, 1, 2, 1]     # the first contact and the reset cost a block more
    assert host.messages('WARNING', 'plugins') == []
    assert [result.ok for result in host.plugin.history.results()] == [True] * 6
    assert status(host, 'online', 'failures', 'error', 'refused', 'checked') == [True, 0, '', 0, 'parity, bcc, shape']


def a_heat_meter(read, **parameters):
    options = MeterOptions(kind='heat', block=HEAT.format('12345678', '000012.345', '00345.67'))
    host, simulation = read(options, HEAT_ITEMS, wakeup=True, **parameters)
    for _ in range(2):
        assert host.plugin.query()
        host.clock.sleep(60)
    return host, simulation


OTHER = '0.0(12345678)\r\n9.20(12345678)\r\n6.8(0000012.35*MWh)\r\n6.26(0000345.8*m3)\r\n6.32(5*h)\r\n9.24(2.5*m3ph)\r\n!\r\n'


def test_a_readout_that_waits_is_no_failure_and_the_next_one_is_its_copy(read):
    host, simulation = a_heat_meter(read)
    simulation.meter.options.block = OTHER
    assert not host.plugin.query()
    assert status(host, 'online', 'failures', 'error', 'refused') == [True, 0, '', 6]
    assert (host.item('heat')(), host.plugin.history.results()[-1].waits) == (12.345, True)
    assert host.messages('WARNING', 'plugins') == []
    assert sum('A readout waits' in text for text in host.messages('INFO', 'plugins')) == 1
    assert len(host.plugin.holding.held.readout.data_sets) == 6 and host.plugin.history.success_rate == 1.0
    assert host.plugin.query()
    assert (host.item('heat')(), host.plugin.holding.held) == (12.35, None)


def test_the_owner_accepts_it_now(read):
    host, simulation = a_heat_meter(read)
    assert not host.plugin.accept_now()
    simulation.meter.options.block = OTHER
    host.plugin.query()
    assert host.sh.dlms.accept_now() is True
    assert (host.item('heat')(), host.plugin.value('6.32')) == (12.35, '5')
    assert not host.plugin.accept_now()
    simulation.meter.options.block = OTHER.replace('12.35', '12.36')
    assert host.plugin.query() and host.item('heat')() == 12.36
    assert status(host, 'checked') == ['parity, bcc, shape']         # the form is known now
    assert any('Accepted on demand' in text for text in host.messages('INFO', 'plugins'))


def test_nothing_is_accepted_while_the_plugin_is_stopped(read):
    host, simulation = a_heat_meter(read)
    simulation.meter.options.block = OTHER
    host.plugin.query()
    host.plugin.stop()
    assert not host.plugin.accept_now() and host.item('heat')() == 12.345
    host.plugin.run()
    assert host.plugin.accept_now() and host.item('heat')() == 12.35


def test_the_owner_accepts_a_counter_that_is_held_back(read):
    host, simulation = a_heat_meter(read)
    simulation.meter.options.block = HEAT.format('87654321', '000000.001', '00000.01')
    assert host.plugin.query()
    assert (host.item('heat')(), host.plugin.value('6.8'), status(host, 'refused')) == (12.345, None, [3])
    assert host.plugin.accept_now()
    assert (host.item('heat')(), status(host, 'serial_number')) == (0.001, ['87654321'])
    simulation.meter.options.block = HEAT.format('87654321', '000000.002', '00000.02')
    assert host.plugin.query() and host.item('heat')() == 0.002


def test_an_item_may_accept_what_another_one_is_held_back_of(read):
    """What an item triggers comes back into the plugin that feeds it."""
    host, simulation = a_heat_meter(read)
    host.item('meter.refused').add_method_trigger(lambda *_: host.plugin.accept_now())
    simulation.meter.options.block = HEAT.format('12345678', '000000.001', '00345.67')
    assert host.plugin.query() and host.item('heat')() == 0.001


def test_the_form_can_be_forgotten(read):
    host, simulation = read(MeterOptions())
    assert not host.plugin.forget_shape()
    minutes(host, 2)
    assert (simulation.meter.blocks, host.plugin.known_shapes) == (3, 1)
    assert host.sh.dlms.forget_shape() is True and host.plugin.known_shapes == 0
    minutes(host, 2)
    assert (simulation.meter.blocks, host.plugin.known_shapes) == (6, 1)


def test_a_meter_that_pushes_is_held_back_as_one_that_is_asked(read):
    block = '1-1:0.0.0(7)\r\n1-1:1.8.0(000100.0*kWh)\r\n1-1:2.8.0(000001.0*kWh)\r\n!\r\n'
    host, simulation = read(MeterOptions(**BARE, block=block))
    assert minutes(host, 3) == [100, 100, 100]
    for block, energy, held in (('000900.0*kWh', 100, 1), ('000100.1*kWh', 100.1, 0), ('00100.2*kWh', 100.2, 0),
                                ('000100.3*kWh', 100.3, 0), ('000009.0*kWh', 100.3, 1), ('000009.1*kWh', 9.1, 0)):
        simulation.meter.options.block = f'1-1:0.0.0(7)\r\n1-1:1.8.0({block})\r\n1-1:2.8.0(000001.0*kWh)\r\n!\r\n'
        assert minutes(host, 1) == [energy], block
        assert (host.plugin.holding.held is not None) == bool(held), block
    assert host.item('meter.refused')() == 2


# Age

def test_the_age_grows_while_the_meter_is_silent(read):
    host, simulation = read(MeterOptions())
    minutes(host, 2)
    assert status(host, 'readout_age') == [0]
    simulation.faults.silent = 'always'
    minutes(host, 3)
    assert status(host, 'readout_age') == [pytest.approx(180, abs=5)]
    simulation.faults.silent = ''
    minutes(host, 1)
    assert status(host, 'readout_age') == [0]
