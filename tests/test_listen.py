# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Listening to a simulated meter that sends by itself, in virtual time: one telegram, and all of them."""

from dataclasses import replace
from functools import partial
from itertools import islice

import pytest

import dlms
from reader.memory import Memory
from reading import ask, brief, found, opener, sent
from simulated_meter import Faults, MeterOptions, Simulation

M, F = MeterOptions, Faults
hear = partial(ask, only_listen=True)
P1 = M(kind='p1')
PUSH = M(mode='D', baudrate=9600)


def hear_on(simulation, count, stop_at=float('inf'), **config):
    """At most so many readouts, and what was told to `failed`."""
    failures = []
    stream = dlms.listen({'serialport': 'sim', 'baudrate': 115200, **config}, clock=simulation.clock, failed=failures.append,
                         stopped=lambda: simulation.clock.monotonic() >= stop_at, open_port=opener(simulation))
    readouts = list(islice(stream, count))
    stream.close()
    assert simulation.port is None
    return readouts, failures


@pytest.mark.parametrize('options, baudrate, checked', [
    (P1, 115200, ('crc',)), (replace(P1, crc=False), 115200, ()), (PUSH, 9600, ('parity',)),
    (M(mode='D', baudrate=2400, interval=10.0), 2400, ('parity',)), (M(mode='D', baudrate=300, interval=40.0), 300, ('parity',)),
    (M(mode='D', framing='8N1', strict_parity=False), 9600, ())], ids=brief)
@pytest.mark.parametrize('given', [True, False])
def test_one_telegram(options, baudrate, checked, given):
    config = {'baudrate': baudrate} if given else {}
    readout, simulation = hear(options, **config)
    assert (readout.mode, readout.baudrate, readout.checked) == ('D', baudrate, checked)
    assert found(readout) == sent(simulation)
    assert not [e for e in readout.session.events if e.kind == 'sent']
    assert readout.duration < (12 if given and baudrate > 2400 else 80)


def test_speed_that_gave_a_telegram_is_kept():
    memory = Memory()
    first, simulation = hear(P1, memory=memory)
    second, _ = hear(simulation=simulation, memory=memory)
    assert first.duration > 33 and second.duration < 3 and second.baudrate == 115200


@pytest.mark.parametrize('options, config', [
    ({'interval': 5.0, 'phase': -1.0}, {'baudrate': 2400}), ({'interval': 27.0, 'phase': 15.0, 'size': 6000}, {})],
    ids=('short', 'long'))
def test_joining_in_the_middle_is_silent(options, config):
    readout, simulation = hear(M(mode='D', baudrate=2400, **options), **config)
    assert found(readout) == sent(simulation) and (readout.repeats, readout.notes, readout.rejected) == (0, (), ())


@pytest.mark.parametrize('faults', [{'wrong_check': True}, {'truncate': 200}, {'truncate': 351}, {'bit_errors': 0.02}], ids=str)
def test_damaged_telegram_is_followed_by_the_next(faults):
    readout, simulation = hear(P1, F(**faults, when='first:1'), baudrate=115200)
    assert found(readout) == sent(simulation) and readout.repeats == 1 and len(simulation.meter.sent) == 2
    error, _ = hear(P1, F(**faults), baudrate=115200)
    assert isinstance(error, dlms.ProtocolError)


def test_crc_without_its_leading_zeros():
    readout, _ = hear(P1, F(short_crc=True), baudrate=115200)
    assert readout.checked == ('crc',)


@pytest.mark.parametrize('faults, config, kind, longest', [
    ({'silent': 'always'}, {}, dlms.NoAnswer, 44.5), ({'silent': 'always'}, {'baudrate': 9600}, dlms.NoAnswer, 11.5),
    ({'instead': 'sml'}, {'baudrate': 9600}, dlms.ProtocolError, 11.5),
    ({'vanish_after': 30}, {'baudrate': 9600}, dlms.PortError, 2),
    ({'endless': True}, {'baudrate': 9600, 'max_duration': 30}, dlms.ProtocolError, 30.1)], ids=str)
def test_no_telegram(faults, config, kind, longest):
    error, simulation = hear(PUSH, F(**faults), **config)
    assert type(error) is kind and simulation.clock.monotonic() <= longest


# The stream

def test_every_telegram():
    simulation = Simulation(replace(P1))
    readouts, failures = hear_on(simulation, 20)
    assert [found(r) for r in readouts] == [sent(simulation, index) for index in range(20)] and not failures
    assert all(r.duration < 2.2 and len(r.session.events) < 5 for r in readouts)


def test_damage_is_told_and_survived():
    simulation = Simulation(replace(P1), F(wrong_check=True, when='every:3'))
    readouts, failures = hear_on(simulation, 8)
    assert [found(r) for r in readouts] == [sent(simulation, index) for index in range(12) if index % 3 != 2][:8]
    assert [type(f) for f in failures] == [dlms.ChecksumError] * 3 and all(f.session.events for f in failures)


def test_a_silent_line_is_told_each_minute():
    simulation = Simulation(replace(P1), F(silent='always'))
    readouts, failures = hear_on(simulation, 1, stop_at=190.0)
    assert not readouts and [type(f) for f in failures] == [dlms.NoAnswer] * 3


def test_port_that_vanishes_is_told_once_and_opened_again():
    simulation = Simulation(replace(P1), F(vanish_after=900, gone_for=17.0, when='first:1'))
    readouts, failures = hear_on(simulation, 6)
    assert [type(f) for f in failures] == [dlms.PortError]
    assert failures[0].session.events[-2].kind == 'port lost'
    assert simulation.head.openings == 2 and 17 < readouts[2].time - readouts[1].time < 17 + 5 + 2 * P1.interval + 0.2


@pytest.mark.parametrize('faults, moment', [
    ({}, 1.7), ({'silent': 'always'}, 70.0), ({'vanish_after': 100, 'gone_for': 60.0}, 4.0), ({'endless': True}, 9.0)], ids=str)
def test_stream_ends_when_stopped(faults, moment):
    simulation = Simulation(replace(P1), F(**faults))
    hear_on(simulation, 1000, stop_at=moment)
    assert moment <= simulation.clock.monotonic() < moment + 0.5


def test_telegrams_of_a_disturbed_line_need_another_that_confirms_them():
    """Neither BCC nor CRC: only what two telegrams say alike."""
    simulation = Simulation(replace(PUSH, interval=3.0), F(bit_errors=0.003, when='first:2'))
    readouts, failures = hear_on(simulation, 3, baudrate=9600)
    assert [type(f) for f in failures] == [dlms.ProtocolError, dlms.ProtocolError, dlms.Unconfirmed]
    for index, readout in enumerate(readouts, 3):
        before, now = sent(simulation, index - 1), sent(simulation, index)
        assert found(readout) == [data_set for data_set in now if data_set in before] and len(now) > len(found(readout)) > 5
        rejected = {r.line.partition('(')[0] for r in readout.rejected}
        assert rejected == {code for code, _ in now} - {code for code, _ in found(readout)}
