# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a simulated meter in virtual time: modes, times, repeats, faults, ends, recordings."""

import errno
import os
import subprocess
import sys
import termios
import threading
import time
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from operator import xor

import pytest

import dlms
import soak
from reader import messages
from reader.dialogue import port
from reader.memory import DISTURBED_SESSIONS, RECENT_SESSIONS, Memory
from simulated_meter import Faults, MeterOptions, PtyDoor, Simulation, least_duration

M, F = MeterOptions, Faults


@pytest.fixture(autouse=True)
def no_memories():
    soak.forget()
    yield
    assert not any(lock.locked() for lock in port._locks.values())
    soak.forget()


def ask(options=None, faults=None, simulation=None, stopped=None, progress=None, **config):
    """The readout or error, and the simulation; afterwards the port is closed."""
    simulation = simulation or Simulation(options, faults)
    try:
        outcome = dlms.query({'serialport': 'sim', **config}, clock=simulation.clock, stopped=stopped, progress=progress,
                             memory=soak.MEMORIES.setdefault('sim', Memory()),
                             open_port=lambda settings: simulation.open_port(settings, timeout=port.READ_TIMEOUT))
    except dlms.MeterError as error:
        outcome = error
    assert simulation.port is None
    assert isinstance(outcome.session, dlms.Session) and outcome.session.events[0].kind == 'opened'
    return outcome, simulation


def sent(simulation, index=-1):
    return [(code, tuple(values)) for code, values in simulation.meter.sent[index].registers]


def found(readout):
    return [(s.code, tuple((v.value, v.unit) for v in s.values)) for s in readout.data_sets]


def messages_sent(session):
    return [e for e in session.events if e.kind == 'sent']


def plain(data):
    return bytes(c & 0x7F for c in data)


# Modes, speeds, options

@pytest.mark.parametrize('options, config, mode, baudrate, checked, note', [
    (M(), {}, 'C', 9600, ('parity', 'bcc'), None),
    (M(baudrate=300), {}, 'C', 300, ('parity', 'bcc'), None),
    (M(baudrate=19200, size=6144), {}, 'C', 19200, ('parity', 'bcc'), None),
    (M(mode='B'), {}, 'B', 4800, ('parity', 'bcc'), None),
    (M(mode='A', size=1024), {}, 'A', 300, ('parity', 'bcc'), None),
    (M(mode='A', identification='/KAM 685-382-QR-10 '), {}, 'A', 300, ('parity', 'bcc'), None),
    (M(flag='ISk'), {}, 'C', 9600, ('parity', 'bcc'), None),
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
], ids=str)
def test_meters(options, config, mode, baudrate, checked, note):
    readout, simulation = ask(options, **config)
    assert (readout.mode, readout.baudrate, readout.checked, readout.repeats) == (mode, baudrate, checked, 0)
    assert found(readout) == sent(simulation) and not readout.rejected
    assert str(readout) == f'{options.identification}\r\n{simulation.meter.sent[-1].text}'
    assert str(readout.identification) == options.identification and readout.flag == options.flag
    assert [note in n for n in readout.notes] == ([True] if note else [])
    assert readout.quality == 0.0
    assert readout.session.events[-1].kind == 'accepted'


@pytest.mark.parametrize('faults, extra', [
    ({'echo': 'request'}, 0), ({'echo': 'acknowledgement'}, 0), ({'echo': 'all'}, 0), ({'noise': 30}, 1.1),
    ({'identify_twice': 'at once'}, 0.8), ({'identify_twice': 'late'}, 0.1), ({'noise_before_data': 10}, 0.1),
    ({'early_flush': True}, 0), ({'latency': 0.016}, 0.05), ({'early_flush': True, 'latency': 0.016}, 0.05),
    ({'deaf_after_open': 0.3}, 1.9), ({'eight_bit_text': True}, 0.1)], ids=str)
@pytest.mark.parametrize('options', [M(), M(mode='B'), M(frame=False), M(flag='ISk')], ids=('C', 'B', 'frameless', 'ISk'))
def test_what_does_not_disturb(options, faults, extra):
    if (not options.frame and 'noise_before_data' in faults) or (options.flag == 'ISk' and 'identify_twice' in faults):
        return      # a frame tells noise from data; within 20 ms at 300 Bd no second identification can be seen
    readout, simulation = ask(replace(options), F(**faults))
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
    acknowledged = messages_sent(readout.session)[1].time
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
    last_bit = messages_sent(error.session)[0].time + 5 / 30
    assert timeout <= simulation.clock.monotonic() - last_bit <= timeout + 0.2
    assert len(messages_sent(error.session)) == requests
    assert ('only the echo' in str(error)) == bool(echo)


@pytest.mark.parametrize('options, config, seconds', [
    (M(), {'max_duration': 60}, 60.1), (M(baudrate=19200), {}, 142), (M(mode='A'), {'max_duration': 100}, 100.1)], ids=str)
def test_a_meter_that_talks_without_end(options, config, seconds):
    error, simulation = ask(options, F(endless=True), **config)
    assert isinstance(error, dlms.ProtocolError) and simulation.clock.monotonic() < seconds
    assert 'max_duration' in str(error) if config else '262144' in str(error)


def test_slow_but_steady_is_no_reason_to_give_up():
    readout, _ = ask(M(mode='A', size=6000))
    assert readout.duration > 200 and readout.checked == ('parity', 'bcc')


# Damage, and asking again

@pytest.mark.parametrize('faults, says', [
    ({'wrong_check': True}, 'block check character is wrong'), ({'truncate': 100}, 'ETX.*did not come'),
    ({'damaged_stx': True}, 'ETX without STX'), ({'missing_etx': True}, 'ETX.*did not come'),
    ({'missing_bcc': True}, 'check character did not come'), ({'bit_errors': 0.02, 'errors_in': 'data'}, 'parity|wrong')],
    ids=str)
@pytest.mark.parametrize('options, repeats', [(M(), 2), (M(mode='B'), 1), (M(mode='A'), 1)], ids='CBA')
def test_damage_is_asked_for_again_and_then_refused(options, repeats, faults, says):
    error, _ = ask(replace(options), F(**faults))
    assert isinstance(error, dlms.ProtocolError)
    with pytest.raises(dlms.ProtocolError, match=says):
        raise error
    assert isinstance(error, dlms.ChecksumError) or 'wrong_check' not in faults
    naks = sum(plain(e.data) == b'\x15' for e in messages_sent(error.session))
    requests = sum(plain(e.data).startswith(b'/') for e in messages_sent(error.session))
    assert (requests, naks) == (2, 2 if repeats == 2 else 0)
    assert sum(e.kind == 'again' for e in error.session.events) == (3 if repeats == 2 else 1)


@pytest.mark.parametrize('options, first, repeats, requests', [
    (M(), 1, 1, 1), (M(), 2, 2, 2), (M(repeat_within=0), 1, 1, 2), (M(mode='B'), 1, 1, 2), (M(mode='A'), 1, 1, 2)], ids=str)
def test_damage_that_passes(options, first, repeats, requests):
    readout, simulation = ask(replace(options), F(wrong_check=True, when=f'first:{first}'))
    assert found(readout) == sent(simulation)
    assert sum(plain(e.data).startswith(b'/') for e in messages_sent(readout.session)) == requests
    assert readout.repeats >= repeats


def test_no_repeat_beyond_max_duration():
    error, simulation = ask(M(mode='A'), F(wrong_check=True), max_duration=40)
    assert isinstance(error, dlms.ChecksumError)
    assert len(messages_sent(error.session)) == 1 and simulation.clock.monotonic() < 40


@pytest.mark.parametrize('faults, note', [
    ({'wrong_check': True}, 'check character is wrong'), ({'damaged_stx': True}, 'ETX without STX'),
    ({'missing_bcc': True}, 'did not come'), ({'truncate': 300}, 'did not come')], ids=str)
def test_without_checks_it_is_read_and_said(faults, note):
    readout, simulation = ask(M(), F(**faults), use_checksum=False)
    assert 'bcc' not in readout.checked and [note in n for n in readout.notes] == [True]
    assert not soak.wrong_values(readout, simulation) and len(readout.data_sets) > 8


@pytest.mark.parametrize('faults, kind, says', [
    ({'silent': 'identification'}, dlms.NoAnswer, 'LGZ5.*sent no data in 3 s'),
    ({'silent': 'fast'}, dlms.NoAnswer, 'sent no data'), ({'silent': 'acknowledged'}, dlms.NoAnswer, 'sent no data'),
    ({'instead': 'sml'}, dlms.ProtocolError, 'no identification'), ({'instead': 'mbus'}, dlms.ProtocolError, 'no identification'),
    ({'max_baudrate': 4800}, dlms.NoAnswer, 'sent no data')], ids=str)
def test_meters_that_cannot_be_read(faults, kind, says):
    error, simulation = ask(M(), F(**faults))
    assert type(error) is kind
    with pytest.raises(kind, match=says):
        raise error
    assert simulation.clock.monotonic() < 20


def test_damaged_identification_is_not_believed():
    """On this line the speed character would be damaged as well."""
    for seed in range(12):
        outcome, simulation = ask(M(baudrate=300), F(bit_errors=0.08, errors_in='answers', seed=seed), max_duration=60)
        assert isinstance(outcome, dlms.MeterError) or found(outcome) == sent(simulation)


@pytest.mark.parametrize('data', [b'', b'hello', b'!\r\n', b'\x15', b'/LGZ5x\r\n\x02'], ids=str)
@pytest.mark.parametrize('strict', [True, False])
def test_nothing_is_no_readout(data, strict):
    with pytest.raises(dlms.ProtocolError):
        dlms.read_capture(data, dlms.Settings(serialport='stored', use_checksum=strict))


def test_empty_text_of_0xff_is_no_damaged_letter():
    covered = b'0.0.0(12345678)\r\n0.2.2(\xff\xff\xff\xff)\r\n1.8.0(000123.4*kWh)\r\n!\r\n\x03'
    check = messages.seven_bits(covered)
    block = b'/LGZ5XYZ\r\n\x02' + covered + bytes([reduce(xor, check)])
    (readout,) = dlms.read_capture(block, dlms.Settings(serialport='stored'))
    assert [(s.code, s.values[0].value) for s in readout.data_sets] == [
        ('0.0.0', '12345678'), ('0.2.2', '\xff' * 4), ('1.8.0', '000123.4')]


def test_eighth_bit_is_not_believed_where_nothing_vouches_for_it():
    options = M(framing='8N1', strict_parity=False)
    error, _ = ask(options, F(eight_bit_text=True))
    assert isinstance(error, dlms.ProtocolError) and 'eighth bit' in str(error)
    readout, simulation = ask(replace(options), F(eight_bit_text=True), use_checksum=False)
    assert found(readout) == sent(simulation) and 'eighth bit' in readout.notes[0]


# A disturbed line

def test_readout_from_a_disturbed_line_needs_a_copy():
    """In mode C the same block comes again, in the modes A and B a new one."""
    readout, simulation = ask(M(), F(bit_errors=0.003, errors_in='data', when='first:1'))
    assert found(readout) == sent(simulation) and len(simulation.meter.sent) == 1
    assert simulation.meter.sent[0].repeats == 2 and 'confirmed by a copy' in readout.notes[0]
    assert 0 < readout.quality < 0.01


def test_values_that_no_copy_confirms_are_rejected():
    simulation = Simulation(M(mode='B'))
    soak.MEMORIES['sim'] = Memory(disturbed=(True,) * DISTURBED_SESSIONS)
    readout, _ = ask(simulation=simulation)
    both = set(sent(simulation, 0)) & set(sent(simulation, 1))
    assert found(readout) == [s for s in sent(simulation) if s in both] and 5 < len(both) < len(sent(simulation))
    assert {r.line.partition('(')[0] for r in readout.rejected} == {c for c, _ in sent(simulation)} - {c for c, _ in both}
    assert readout.repeats == 1 and 'differ from the copy' in readout.notes[0]


def test_a_line_is_trusted_again():
    simulation = Simulation(M(), F())
    soak.MEMORIES['sim'] = Memory(disturbed=(True,) * DISTURBED_SESSIONS)
    repeats = [ask(simulation=simulation)[0].repeats for _ in range(RECENT_SESSIONS + 2)]
    trusted_from = RECENT_SESSIONS - 1      # one disturbed session is still among the last ones: that may be an accident
    assert repeats == [1] * trusted_from + [0] * (RECENT_SESSIONS + 2 - trusted_from)


def test_one_damaged_character_does_not_make_a_disturbed_line():
    simulation = Simulation(M(), F(bit_errors=0.0016, errors_in='data', when='first:1', seed=3))
    readouts = [ask(simulation=simulation)[0] for _ in range(3)]
    assert round(readouts[0].quality * 1240) == 1, 'choose another seed: one character is meant to be damaged'
    assert [readout.repeats for readout in readouts] == [1, 0, 0]


# The standard's ladder

SLOW_HEAD = {'max_baudrate': 4800}


@pytest.mark.parametrize('faults, rung, speed', [(SLOW_HEAD, 'ACK 0', 300), ({'silent': 'fast'}, 'ACK 0', 300),
                                                 ({'silent': 'acknowledged'}, 'no ACK', 300)], ids=str)
def test_two_sessions_that_fail_are_a_step_down(faults, rung, speed):
    simulation = Simulation(M(), F(**faults))
    failures = []
    while isinstance(outcome := ask(simulation=simulation)[0], dlms.MeterError):
        failures.append(outcome)
        simulation.clock.sleep(60)
    assert len(failures) == (2 if rung == 'ACK 0' else 4)
    assert outcome.baudrate == speed and found(outcome) == sent(simulation)
    assert 'read at 300 Bd: at the offered 9600 Bd it failed twice' in outcome.notes
    acknowledgements = {messages.seven_bits(e.data) for e in outcome.session.events if e.kind == 'sent'} - {b'/?!\r\n'}
    assert acknowledgements == ({b'\x06000\r\n'} if rung == 'ACK 0' else set())


@pytest.mark.parametrize('pause, readouts', [(60, 10), (1900, 2)], ids=['every tenth readout', 'hourly'])
def test_the_offered_speed_is_tried_again(pause, readouts):
    simulation = Simulation(M(), F(**SLOW_HEAD))
    for _ in range(2):
        assert isinstance(ask(simulation=simulation)[0], dlms.NoAnswer)
    speeds = []
    for _ in range(readouts):
        speeds.append(ask(simulation=simulation)[0].baudrate)
        simulation.clock.sleep(pause)
    trial = ask(simulation=simulation)[0]
    assert {*speeds, trial.baudrate} == {300} and trial.repeats == 1, 'a trial costs no readout'
    simulation.head.faults.max_baudrate = 0
    assert ask(simulation=simulation)[0].baudrate == 300
    simulation.clock.sleep(3600)
    assert [ask(simulation=simulation)[0].baudrate for _ in range(2)] == [9600, 9600]


@pytest.mark.parametrize('faults', [{'silent': 'always'}, {'vanish_after': 0}, {'vanish_after': 100}], ids=str)
def test_failures_that_say_nothing_of_the_speed_are_no_step(faults):
    simulation = Simulation(M(), F(**faults))
    for _ in range(5):
        assert isinstance(ask(simulation=simulation)[0], dlms.MeterError)
        simulation.clock.sleep(60)
    simulation.head.faults = F()
    for meter in simulation.head.meters:
        meter.faults = F()
    assert ask(simulation=simulation)[0].baudrate == 9600


def test_a_fixed_speed_has_no_ladder():
    simulation = Simulation(M(), F(silent='acknowledged'))
    sent_ = []
    for _ in range(4):
        error, _ = ask(simulation=simulation, baudrate_fix=True)
        sent_ += [messages.seven_bits(e.data) for e in error.session.events if e.kind == 'sent']
    assert set(sent_) == {b'/?!\r\n', b'\x06000\r\n'} and len(sent_) == 16


# Ports that cannot be opened, and that vanish

@pytest.mark.parametrize('problem, says, number', [
    (FileNotFoundError(errno.ENOENT, 'no'), 'does not exist', errno.ENOENT),
    (PermissionError(errno.EACCES, 'no'), 'member of the group', errno.EACCES),
    (BlockingIOError(errno.EAGAIN, 'no'), 'busy', errno.EAGAIN), (ValueError('invalid URL'), 'invalid URL', None),
    (termios.error(errno.EINVAL, 'Invalid argument'), 'Invalid argument', None)], ids=str)
def test_ports_that_cannot_be_opened(problem, says, number):
    def refuse(settings):
        raise problem
    with pytest.raises(dlms.PortError, match=says) as caught:
        dlms.query({'serialport': '/dev/ttyNo'}, open_port=refuse)
    assert caught.value.errno == number and isinstance(caught.value.session, dlms.Session)


@pytest.mark.parametrize('port, says', [
    ('/dev/there-is-none', 'does not exist'), ('nonsense://x', 'cannot be opened'), ('/etc/hostname', 'cannot be opened')])
def test_real_ports_that_cannot_be_opened(port, says):
    with pytest.raises(dlms.PortError, match=says):
        dlms.query({'serialport': port})


@pytest.mark.parametrize('characters', [0, 1, 10, 23, 24, 200, 600])
def test_port_that_vanishes(characters):
    error, simulation = ask(M(), F(vanish_after=characters))
    assert type(error) is dlms.PortError and error.errno == errno.ENODEV and 'vanished' in str(error)
    received = b''.join(e.data for e in error.session.events if e.kind == 'received')
    assert len(received) == characters
    last = max((e.time for e in error.session.events if e.kind == 'received'), default=0)
    assert simulation.clock.monotonic() <= last + 1.2, 'at once'


def test_port_vanishes_while_sending():
    class Gone:
        in_waiting, baudrate, closed = 0, 300, False

        def write(self, data):
            raise termios.error(errno.EIO, 'Input/output error')

        def close(self):
            self.closed = True
            raise OSError(errno.EIO, 'Input/output error')
    port = Gone()
    with pytest.raises(dlms.PortError, match='vanished'):
        dlms.query({'serialport': 'sim'}, open_port=lambda settings: port)
    assert port.closed


# Stop

@pytest.mark.parametrize('options, faults, config, moment', [
    (M(), {}, {'settle': 3.0}, 1.0), (M(), {}, {'device_address': '1' * 32}, 0.5), (M(), {'silent': 'always'}, {}, 2.0),
    (M(), {}, {}, 1.0), (M(), {}, {}, 1.3), (M(), {}, {}, 1.45), (M(size=6000), {}, {}, 4.0), (M(mode='A'), {}, {}, 10.0),
    (M(), {'truncate': 50}, {}, 2.6), (M(), {'truncate': 50}, {}, 5.5), (M(kind='heat'), {}, {'wakeup': True}, 1.0),
    (M(kind='heat'), {}, {'wakeup': True}, 3.0), (M(), {'endless': True}, {}, 20.0)], ids=str)
def test_stopped_within_half_a_second(options, faults, config, moment):
    simulation = Simulation(replace(options), F(**faults))
    error, _ = ask(simulation=simulation, stopped=lambda: simulation.clock.monotonic() >= moment, **config)
    assert type(error) is dlms.ReadoutStopped
    assert moment <= simulation.clock.monotonic() < moment + 0.5


def test_a_fault_of_the_caller_closes_the_port_too():
    simulation = Simulation(M())

    def stumble(progress):
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        ask(simulation=simulation, progress=stumble)
    assert simulation.port is None


def test_progress():
    seen = []
    readout, _ = ask(M(), progress=seen.append)
    assert seen[-1].baudrate == 9600 and seen[0].baudrate == 300
    assert seen[-1].characters == sum(len(e.data) for e in readout.session.events if e.kind == 'received')
    assert all(a.characters < b.characters and a.elapsed <= b.elapsed for a, b in pairwise(seen))


# Settings

def test_older_spellings_and_words():
    settings = dlms.Settings.from_config({'serialport': 'x', 'device': '12', 'speed': '9600', 'onlylisten': 'yes',
                                          'timeout': '2', 'use_checksum': 'False', 'unknown': 1, 'wakeup': None})
    assert (settings.device_address, settings.baudrate, settings.only_listen, settings.timeout, settings.use_checksum,
            settings.wakeup) == ('12', 9600, True, 2.0, False, False)


@pytest.mark.parametrize('name, value', [
    ('serialport', ''), ('baudrate', 0), ('baudrate', 'fast'), ('baudrate', -300), ('timeout', 0), ('timeout', 'nan'),
    ('timeout', 'inf'), ('max_duration', -1), ('settle', -0.1), ('checksum', 'crc'), ('parity', 'odd'), ('wakeup', 'maybe'),
    ('device_address', '1' * 33), ('device_address', 'a!'), ('querycode', ''), ('querycode', '??'), ('dtr', 2),
    ('timeout', [1])], ids=str)
def test_values_that_cannot_be_used(name, value):
    with pytest.raises(ValueError, match=name):
        dlms.query({'serialport': 'sim', name: value})


# Recordings

REPLAYED = [
    (M(), {}, {}), (M(mode='B'), {}, {}), (M(mode='A'), {}, {}), (M(frame=False), {'echo': 'all'}, {}), (M(), {'noise': 20}, {}),
    (M(), {'wrong_check': True}, {}), (M(), {'wrong_check': True, 'when': 'first:1'}, {}), (M(), {'truncate': 100}, {}),
    (M(), {'silent': 'always'}, {}), (M(), {'silent': 'fast'}, {}), (M(), {'deaf_after_open': 0.3}, {}),
    (M(), {'vanish_after': 200}, {}), (M(), {'vanish_after': 0}, {}), (M(), {'endless': True}, {'max_duration': 30}),
    (M(), {'identify_twice': 'at once'}, {}), (M(), {'identify_twice': 'late'}, {}), (M(kind='heat'), {}, {'wakeup': True}),
    (M(), {'bit_errors': 0.003, 'errors_in': 'data', 'when': 'first:1'}, {}), (M(), {'instead': 'sml'}, {}),
    (M(mode='B'), {'bit_errors': 0.003, 'errors_in': 'data', 'when': 'first:1'}, {}), (M(), {'latency': 0.016}, {}),
    (M(kind='p1'), {}, {'only_listen': True}), (M(kind='p1'), {'wrong_check': True, 'when': 'first:1'}, {'only_listen': True}),
    (M(mode='D'), {}, {'only_listen': True}), (M(mode='D'), {'silent': 'always'}, {'only_listen': True}),
    (M(kind='p1', phase=-0.01), {'truncate': 300}, {'only_listen': True, 'baudrate': 115200})]


@pytest.mark.parametrize('options, faults, config', REPLAYED, ids=str)
@pytest.mark.parametrize('before', [None, 9600])
def test_replay_gives_the_same(options, faults, config, before):
    if before:
        soak.MEMORIES['sim'] = Memory(before, (True,) * DISTURBED_SESSIONS)
    outcome, _ = ask(replace(options), F(**faults), **config)
    soak.forget()
    session = dlms.Session.from_text(outcome.session.to_text())
    assert session.settings == outcome.session.settings and len(session.events) == len(outcome.session.events)
    if isinstance(outcome, dlms.Readout):
        again = dlms.replay(session)
        for name in ('identification', 'mode', 'baudrate', 'text', 'data_sets', 'rejected', 'checked', 'notes', 'repeats'):
            assert getattr(again, name) == getattr(outcome, name), name
    else:
        with pytest.raises(type(outcome)) as caught:
            dlms.replay(session)
        assert str(caught.value).partition(': ')[0] == str(outcome).partition(': ')[0]


@pytest.mark.parametrize('readouts', [0, 10], ids=['on the rung', 'a trial of the offered speed'])
@pytest.mark.parametrize('rung', [1, 2])
def test_replay_stands_on_the_same_rung(rung, readouts):
    memory = soak.MEMORIES['sim'] = Memory(rung=rung)
    for _ in range(readouts):
        memory.succeeded(rung)
    outcome, _ = ask(M(), F(silent='fast'))
    assert outcome.baudrate == 300 and outcome.repeats == (1 if readouts else 0)
    again = dlms.replay(dlms.Session.from_text(outcome.session.to_text()))
    assert (str(again), again.repeats, again.notes) == (str(outcome), outcome.repeats, outcome.notes)


@pytest.mark.parametrize('text', ['', '{}', '[]', 'x', '{"format": "other"}', '{"format": "dlms session 2"}'])
def test_texts_that_are_no_recording(text):
    with pytest.raises(ValueError, match='not a recorded session'):
        dlms.Session.from_text(text)


# Two readers, one head

def test_two_readers_take_turns():
    """Both names lead to the same port."""
    simulation = Simulation(M())
    turn, held = threading.Event(), []

    def open_port(settings):
        held.append(settings.serialport)
        return simulation.open_port(settings, timeout=port.READ_TIMEOUT)

    def first():
        dlms.query({'serialport': '/dev/null'}, clock=simulation.clock, open_port=open_port,
                   progress=lambda progress: turn.set() or time.sleep(0.01))
    thread = threading.Thread(target=first)
    thread.start()
    assert turn.wait(5)
    readout = dlms.query({'serialport': '/dev/../dev/null'}, open_port=open_port, stopped=lambda: False,
                         clock=_Waiting(simulation.clock, thread))
    thread.join()
    assert held == ['/dev/null', '/dev/../dev/null'] and readout.checked == ('parity', 'bcc')


class _Waiting:
    """The clock of the second reader: real while the first one is at it."""

    def __init__(self, clock, thread):
        self.clock, self.thread = clock, thread

    def monotonic(self):
        return self.clock.monotonic()

    time = monotonic

    def sleep(self, seconds):
        if self.thread.is_alive():
            self.thread.join(0.1)
        else:
            self.clock.sleep(seconds)


@pytest.mark.parametrize('stop_at, kind, says', [(float('inf'), dlms.PortError, 'busy'), (3.0, dlms.ReadoutStopped, 'stopped')])
def test_waiting_for_the_other_reader(stop_at, kind, says):
    simulation = Simulation(M())
    lock = port._locks.setdefault(os.path.realpath('sim'), threading.Lock())
    with lock, pytest.raises(kind, match=says) as caught:
        dlms.query({'serialport': 'sim'}, clock=simulation.clock, open_port=simulation.open_port,
                   stopped=lambda: simulation.clock.monotonic() >= stop_at)
    assert isinstance(caught.value.session, dlms.Session)
    assert simulation.clock.monotonic() == pytest.approx(min(stop_at, 30.0), abs=0.4)


# A pty

HOLD = 'import serial, sys; p = serial.Serial(sys.argv[1], exclusive=True); print("held", flush=True); sys.stdin.read()'
INSTANT = M(instant=True, framing='8N1', strict_parity=False)


def test_another_process_has_the_port():
    with PtyDoor(replace(INSTANT)) as door:
        holder = subprocess.Popen([sys.executable, '-c', HOLD, door.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert holder.stdout.readline() == b'held\n'
            with pytest.raises(dlms.PortError, match='busy: another program') as caught:
                dlms.query({'serialport': door.name})
            assert caught.value.errno in (errno.EAGAIN, errno.EBUSY)
        finally:
            holder.communicate()


def change_hupcl(name, wanted):
    """Sets or clears it; what it was."""
    port = os.open(name, os.O_RDWR | os.O_NOCTTY)
    attributes = termios.tcgetattr(port)
    was = attributes[2] & termios.HUPCL
    attributes[2] = attributes[2] | termios.HUPCL if wanted else attributes[2] & ~termios.HUPCL
    termios.tcsetattr(port, termios.TCSANOW, attributes)
    os.close(port)
    return was


@pytest.mark.parametrize('parity', ['auto', 'even', 'none'])
def test_pty(parity):
    """Plain characters; HUPCL cleared; no descriptor left."""
    with PtyDoor(replace(INSTANT)) as door:
        before = os.listdir('/proc/self/fd')
        change_hupcl(door.name, True)
        readout = dlms.query({'serialport': door.name, 'parity': parity})
        assert found(readout) == sent(door.simulation)
        assert messages_sent(readout.session)[0].data == b'/?!\r\n'
        with pytest.raises(dlms.NoAnswer):
            dlms.query({'serialport': door.name, 'device_address': '1', 'timeout': 0.3})
        assert os.listdir('/proc/self/fd') == before
        assert not change_hupcl(door.name, False)
