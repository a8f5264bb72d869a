# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a simulated meter in virtual time: modes, options, heads, times, the end when stopped."""

from dataclasses import replace
from itertools import pairwise

import pytest

import dlms
from reading import ask, brief, found, messages_sent, opener, sent, seven_bits
from simulated_meter import Faults, MeterOptions, Simulation, least_duration

M, F = MeterOptions, Faults


# Modes, speeds, options

@pytest.mark.parametrize('options, config, mode, baudrate, checked, note', [
    (M(), {}, 'C', 9600, ('parity', 'bcc'), None),
    (M(baudrate=300), {}, 'C', 300, ('parity', 'bcc'), None),
    (M(baudrate=19200, size=6144), {}, 'C', 19200, ('parity', 'bcc'), None),
    (M(mode='B'), {}, 'B', 4800, ('parity', 'bcc'), None),
    (M(mode='A', size=1024), {}, 'A', 300, ('parity', 'bcc'), None),
    (M(mode='A', identification='/KAM 685-382-QR-10 '), {}, 'A', 300, ('parity', 'bcc'), None),
    (M(flag='ISk'), {}, 'C', 9600, ('parity', 'bcc'), None),
    (M(flag='LG_'), {}, 'C', 9600, ('parity', 'bcc'), None),
    (M(mode='A', flag='ZD5', identification='/ZD5ME666-1003'), {}, 'A', 300, ('parity', 'bcc'), None),
    (M(flag='KAM', mode='B'), {}, 'B', 4800, ('parity', 'bcc'), None),
    (M(checksum='sum'), {'checksum': 'sum'}, 'C', 9600, ('parity', 'bcc'), None),
    (M(speed_character='8'), {}, 'C', 300, ('parity', 'bcc'), "'8' is reserved"),
    (M(speed_character='H'), {}, 'B', 300, ('parity', 'bcc'), "'H' is reserved"),
    (M(escapes=r'\@\2'), {}, 'C', 9600, ('parity', 'bcc'), None),
    (M(frame=False), {}, 'C', 9600, ('parity',), None),
    (M(frame=False, framing='8N1', strict_parity=False), {}, 'C', 9600, (), None),
    (M(framing='8N1', strict_parity=False), {}, 'C', 9600, ('bcc',), None),
    (M(), {'parity': 'even'}, 'C', 9600, ('bcc',), None),
    (M(), {'parity': 'software'}, 'C', 9600, ('parity', 'bcc'), None),
    (M(kind='heat'), {'wakeup': True}, 'B', 2400, ('parity', 'bcc'), None),
    (M(address='007'), {'device_address': '7'}, 'C', 9600, ('parity', 'bcc'), None),
    (M(), {'querycode': '2'}, 'C', 9600, ('parity', 'bcc'), None),
    (M(), {'baudrate_fix': True}, 'C', 300, ('parity', 'bcc'), None),
    (M(needs_reaction_time=False, reaction_time=1.5, pause=1.5), {}, 'C', 9600, ('parity', 'bcc'), None),
], ids=brief)
def test_meters(options, config, mode, baudrate, checked, note):
    readout, simulation = ask(options, **config)
    assert (readout.mode, readout.baudrate, readout.checked, readout.repeats) == (mode, baudrate, checked, 0)
    assert found(readout) == sent(simulation) and not readout.rejected
    assert str(readout) == f'{options.identification}\r\n{simulation.meter.sent[-1].text}'
    assert str(readout.identification) == options.identification and readout.flag == options.flag
    assert [note in n for n in readout.notes] == ([True] if note else [])
    assert readout.quality == 0.0
    assert readout.session.events[-1].kind == 'accepted'


@pytest.mark.parametrize('config, sent', [
    ({}, b'/?!\r\n'), ({'wakeup': True}, bytes(66) + b'/?!\r\n'), ({'only_listen': True}, b'')],
    ids=['asking', 'waking', 'listening'])
def test_meanwhile_begins_with_the_wait(config, sent):
    """Once, after the request has left, before anything came."""
    simulation = Simulation(M(mode='D' if 'only_listen' in config else 'C', wakeup_gap=0.05))
    written, seen = [], []

    def open_port(settings):
        opened = opener(simulation)(settings)
        write = opened.write
        opened.write = lambda data: (written.append(seven_bits(data)), write(data))[1]
        return opened

    dlms.query({'serialport': 'sim', **config}, clock=simulation.clock, open_port=open_port,
               progress=lambda progress: seen.append('characters'), meanwhile=lambda: seen.append(b''.join(written)))
    assert seen[0] == sent and set(seen[1:]) == {'characters'}


METERS = {'C': M(), 'B': M(mode='B'), 'frameless': M(frame=False), 'ISk': M(flag='ISk')}
# faults, s that they may cost, and the meters on which they cannot be told from data
HARMLESS = [
    ({'echo': 'request'}, 0, ()), ({'echo': 'acknowledgement'}, 0, ()), ({'echo': 'all'}, 0, ()), ({'noise': 30}, 1.1, ()),
    ({'identify_twice': 'at once'}, 0.8, ('ISk',)), ({'identify_twice': 'late'}, 0.1, ('ISk',)),     # too soon after it
    ({'noise_before_data': 10}, 0.1, ('frameless',)), ({'early_flush': True}, 0, ()), ({'latency': 0.016}, 0.05, ()),
    ({'early_flush': True, 'latency': 0.016}, 0.05, ()), ({'deaf_after_open': 0.3}, 1.9, ()), ({'eight_bit_text': True}, 0.1, ())]


@pytest.mark.parametrize('meter, faults, extra', [
    (meter, faults, extra) for faults, extra, but in HARMLESS for meter in METERS if meter not in but], ids=str)
def test_what_does_not_disturb(meter, faults, extra):
    options = METERS[meter]
    readout, simulation = ask(options, F(**faults))
    assert found(readout) == sent(simulation)
    least = least_duration(options, simulation.meter.sent[-1].characters)
    assert readout.duration < least * 1.02 + extra + (0 if options.frame else 0.07)


@pytest.mark.parametrize('faults, config, reads', [
    ({'deaf_after_open': 0.3}, {'settle': 0.4}, True), ({'needs': 'dtr'}, {}, True), ({'needs': 'dtr'}, {'dtr': False}, False),
    ({'needs': 'dtr,-rts'}, {}, False), ({'needs': 'dtr,-rts'}, {'rts': False}, True)], ids=str)
def test_heads_fed_by_the_port(faults, config, reads):
    outcome, _ = ask(M(), F(**faults), **config)
    assert isinstance(outcome, dlms.Readout if reads else dlms.NoAnswer)
    if reads:
        assert len(messages_sent(outcome.session)) == 2, 'no request had to be repeated'


# Times

@pytest.mark.parametrize('flag, reaction', [('LGZ', 0.2), ('ISk', 0.02)])
def test_acknowledgement_and_change_of_speed(flag, reaction):
    """At the earliest after the reaction time; the speed changes as soon as the acknowledgement is on its way, not later."""
    readout, _ = ask(M(flag=flag), F(early_flush=True))
    events = readout.session.events
    identified = next(e for e in events if e.kind == 'received').time + len(str(readout.identification)) * 10 / 300
    acknowledged = [e.time for e in events if e.kind == 'sent'][1]
    changed = next(e.time for e in events if (e.kind, e.baudrate) == ('speed', 9600))
    assert reaction < acknowledged - identified - 1 / 30 < reaction + 0.05
    assert 0.2 <= changed - acknowledged < 0.2 + min(reaction, 0.02)


def test_phases_make_up_the_duration():
    readout, _ = ask(M(), settle=0.4)
    assert set(readout.phases) == {'open', 'sign-on', 'acknowledge', 'data', 'check'}
    assert sum(readout.phases.values()) == pytest.approx(readout.duration)
    assert readout.phases['open'] == pytest.approx(0.4) and readout.suggested_cycle == 13


@pytest.mark.parametrize('timeout, requests', [(0.5, 1), (1.0, 1), (1.5, 1), (2.5, 2), (3.0, 2), (10.0, 2)])
@pytest.mark.parametrize('echo', ['', 'all'])
def test_silence_is_reported_in_time(timeout, requests, echo):
    error, simulation = ask(M(), F(silent='always', echo=echo), timeout=timeout)
    assert isinstance(error, dlms.NoAnswer) and error.awaited == 'identification'
    last_bit = next(e.time for e in error.session.events if e.kind == 'sent') + 5 / 30
    assert timeout <= simulation.clock.monotonic() - last_bit <= timeout + 0.2
    assert len(messages_sent(error.session)) == requests
    assert ('only the echo' in str(error)) == bool(echo)


def test_an_answer_that_begins_at_the_last_moment_is_heard_to_its_end():
    """An identification takes longer than `timeout` here."""
    readout, simulation = ask(M(reaction_time=0.55, needs_reaction_time=False, pause=0.2), timeout=0.5)
    assert found(readout) == sent(simulation) and readout.repeats == 0


@pytest.mark.parametrize('options, config, seconds', [
    (M(), {'max_duration': 60}, 60.1), (M(baudrate=19200), {}, 142), (M(mode='A'), {'max_duration': 100}, 100.1)], ids=brief)
def test_a_meter_that_talks_without_end(options, config, seconds):
    error, simulation = ask(options, F(endless=True), **config)
    assert isinstance(error, dlms.ProtocolError) and simulation.clock.monotonic() < seconds
    assert ('max_duration' if config else '262144') in str(error)


def test_slow_but_steady_is_no_reason_to_give_up():
    readout, _ = ask(M(mode='A', size=6000))
    assert readout.duration > 200 and readout.checked == ('parity', 'bcc')


# Stop, progress

@pytest.mark.parametrize('options, faults, config, moment', [
    (M(), {}, {'settle': 3.0}, 1.0), (M(), {}, {'device_address': '1' * 32}, 0.5), (M(), {'silent': 'always'}, {}, 2.0),
    (M(), {}, {}, 1.0), (M(), {}, {}, 1.3), (M(), {}, {}, 1.45), (M(size=6000), {}, {}, 4.0), (M(mode='A'), {}, {}, 10.0),
    (M(), {'truncate': 50}, {}, 2.6), (M(), {'truncate': 50}, {}, 5.5), (M(kind='heat'), {}, {'wakeup': True}, 1.0),
    (M(kind='heat'), {}, {'wakeup': True}, 3.0), (M(), {'endless': True}, {}, 20.0)], ids=brief)
def test_stopped_within_half_a_second(options, faults, config, moment):
    simulation = Simulation(replace(options), F(**faults))
    error, _ = ask(simulation=simulation, stopped=lambda: simulation.clock.monotonic() >= moment, **config)
    assert type(error) is dlms.ReadoutStopped
    assert moment <= simulation.clock.monotonic() < moment + 0.5


def test_progress():
    seen = []
    readout, _ = ask(M(), progress=seen.append)
    assert seen[-1].baudrate == 9600 and seen[0].baudrate == 300
    assert seen[-1].characters == sum(len(e.data) for e in readout.session.events if e.kind == 'received')
    assert all(a.characters < b.characters and a.elapsed <= b.elapsed for a, b in pairwise(seen))
