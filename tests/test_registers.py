# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Single registers in programming mode, asked of a simulated meter in virtual time."""

from __future__ import annotations

import re

import pytest

import captures
import dlms
from reader.memory import Memory
from reading import opener, seven_bits
from simulated_meter import Faults, MeterOptions, Simulation, block_check

# all that may ever be sent
ALLOWED = re.compile(rb'/\?[0-9A-Za-z ]{0,32}!\r\n|\x060[0-6:]1\r\n|\x01(?:P1|R[1256])\x02[^\x02\x03]*\x03.|\x01B0\x03[qu]'
                     rb'|\x06|\x15', re.DOTALL)


def simulate(faults: Faults | None = None, **options: object) -> Simulation:
    return Simulation(MeterOptions(programming=True, **options), faults)


def read(simulation: Simulation, *codes: str, memory: Memory | None = None, **config: object) -> dlms.Readout | dlms.MeterError:
    """What came of it; nothing was sent that is not allowed, and no session is open."""
    sent: list[bytes] = []
    try:
        outcome = dlms.read_registers(
            {'serialport': 'sim', **config}, codes, clock=simulation.clock, open_port=spy(simulation, sent),
            memory=Memory(shapes=()) if memory is None else memory)
    except dlms.MeterError as error:
        outcome = error
    assert [message for message in sent if not ALLOWED.fullmatch(message)] == []
    assert simulation.port is None
    return outcome


def spy(simulation: Simulation, sent: list[bytes]):
    """Opens the port of the simulation, and writes down each message that is sent."""
    def open_port(settings: dlms.Settings):
        port = opener(simulation)(settings)
        write = port.write
        port.write = lambda data: (sent.append(seven_bits(data)), write(data))[1]
        return port
    return open_port


def values(outcome: object) -> dict[str, str]:
    assert isinstance(outcome, dlms.Readout), outcome
    return {str(each.code): '|'.join(value.value for value in each.values) for each in outcome.data_sets}


def heard(simulation: Simulation) -> list[str]:
    return [message[1:-2].replace(b'\x02', b' ').decode() for _, message in simulation.meter.received if message[:1] == b'\x01']


# -- how a meter wants to be asked -----------------------------------------------------------------------------------

@pytest.mark.parametrize('options', [
    {}, {'commands': 'R1'}, {'commands': 'R2'}, {'commands': 'R6', 'partial': 7}, {'addresses': 'hex'}, {'checksum': 'sum'},
    {'commands': 'R5', 'unknown_command': 'silence'}, {'commands': 'R1', 'unknown_command': 'nak'},
    {'commands': 'R1', 'unknown_command': 'b0'}, {'flag': 'EKT', 'checksum': 'xor'},
    {'addresses': 'hex', 'flag': 'TPC', 'commands': 'R1', 'unknown': '(01)'},
    {'answered': 'bare'}, {'answered': 'long'}, {'answered': 'other'}, {'operand': '777777'}, {'operand': '-'},
    {'register_end': '\r\n'}, {'flag': 'ISk'}, {'baudrate': 300}, {'partial': 5, 'partial_always': True},
], ids=str)
def test_is_found_out_by_asking_and_remembered(options):
    memory = Memory(shapes=())
    simulation = simulate(**options)
    first = read(simulation, '1.8.0', '1.7.0', memory=memory)
    asked = len(heard(simulation))
    second = read(simulation, '1.8.0', '1.7.0', memory=memory)
    for outcome in (first, second):
        texts = [text for _, text in simulation.meter.answered]
        assert list(values(outcome)) and all(any(f'({value}' in text for text in texts) for value in values(outcome).values())
    assert len(heard(simulation)) - asked == 3      # both registers once, and B0
    assert simulation.meter.goodbyes == 2 or options.get('unknown_command') == 'b0'


def test_packed_hex_is_the_code_it_stands_for():
    outcome = read(simulate(), '010700FF')
    assert list(values(outcome)) == ['1.7.0']


def test_an_answer_of_another_form_is_confirmed_by_a_second_one():
    memory = Memory(shapes=())
    simulation = simulate(registers=(('1.7.0', '1.7.0(01.500*kW)'),))
    read(simulation, '1.7.0', memory=memory)
    simulation.meter.options.registers = (('1.7.0', '1.7.0(1.5*kW)'),)
    before = len(heard(simulation))
    assert values(read(simulation, '1.7.0', memory=memory)) == {'1.7.0': '1.5'}
    assert heard(simulation)[before:] == ['R5 1.7.0()', 'R5 1.7.0()', 'B0']


def test_the_answer_to_something_else_is_no_answer():
    """Neither under another register's name nor, once it is learned, under another one."""
    memory = Memory(shapes=())
    simulation = simulate(registers=(('1.7.0', '1.7.0(1*kW)'), ('1.8.0', '1.8.0(2*kWh)')))
    read(simulation, '1.7.0', '1.8.0', memory=memory)
    simulation.meter.options.registers = (('1.7.0', '1.8.0(2*kWh)'), ('1.8.0', '(3*kWh)'))
    outcome = read(simulation, '1.7.0', '1.8.0', memory=memory)
    assert isinstance(outcome, dlms.ProtocolError) and 'something else' in str(outcome)


@pytest.mark.parametrize('unknown', ['(ERROR)', '{}(ERROR)', '(ERR12)', '{}(ERR12)', '(ER01)', '(01)', 'nak', 'silence', 'b0'])
def test_an_error_is_no_value(unknown):
    simulation = simulate(unknown=unknown)
    outcome = read(simulation, '9.9.9', '1.8.0')
    assert list(values(outcome)) == ['1.8.0'] and len(outcome.rejected) == 1
    alone = read(simulate(unknown=unknown), '9.9.9')
    assert isinstance(alone, dlms.MeterError)
    if unknown != 'silence':
        assert isinstance(alone, dlms.NotRead) and alone.kind == 'register_unknown'


def test_errors_within_a_group():
    given = (('VOLTA', 'VOLTA(230.1)(231.2)(229.9)\r\n'), ('FREQU', 'FREQU(49.97)\r\n'))
    simulation = simulate(flag='EKT', addresses='names', registers=given)
    outcome = read(simulation, 'GRPNM(VOLTA()NONE()FREQU())')
    assert values(outcome) == {'VOLTA': '230.1|231.2|229.9', 'FREQU': '49.97'}
    assert [each.line for each in outcome.rejected] == ['NONE(ERR12)']


# -- passwords -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('password', ['00000000', ''])
def test_a_password_is_sent_where_one_is_set(password):
    simulation = simulate(password=password)
    assert values(read(simulation, '1.8.0', password=password)) and heard(simulation)[0] == f'P1 ({password})'
    simulation = simulate(password=password)
    refused = read(simulation, '1.8.0')
    assert isinstance(refused, dlms.NotRead) and refused.kind == 'register_forbidden'
    assert not any(message.startswith('P1') for message in heard(simulation))


@pytest.mark.parametrize('refuses', ['b0', 'nak', 'silence', '(ERR1)'])
def test_a_refused_password_is_tried_once(refuses):
    memory = Memory(shapes=())
    simulation = simulate(password='12345678', refuses=refuses, no_right='(ERR15)')
    for _ in range(3):
        outcome = read(simulation, '1.8.0', memory=memory, password='87654321')
        assert isinstance(outcome, dlms.NotRead)
        memory = Memory.from_json(memory.to_json())         # over restarts
    assert heard(simulation).count('P1 (87654321)') == 1 and simulation.meter.programming.wrong_passwords == 1


def test_one_that_was_taken_before_is_tried_once_more():
    memory = Memory(shapes=())
    simulation = simulate(password='1')
    read(simulation, '1.8.0', memory=memory, password='1')
    simulation.meter.options.password = '2'
    for _ in range(4):
        read(simulation, '1.8.0', memory=memory, password='1')
    assert simulation.meter.programming.wrong_passwords == 2


@pytest.mark.parametrize('echo', ['', 'all'])
@pytest.mark.parametrize('own', ['SECRET42', 'another1'])
def test_a_password_is_in_no_recording_and_no_log(echo, own, caplog):
    caplog.set_level('DEBUG')
    simulation = simulate(Faults(echo=echo), password=own)
    outcome = read(simulation, '1.8.0', password='SECRET42')
    text = outcome.session.to_text()
    plain = b''.join(seven_bits(event.data) for event in outcome.session.events)
    for secret in ('SECRET42', b'SECRET42'.hex()):
        assert secret not in text and secret not in caplog.text and secret not in repr(outcome.session)
    assert b'SECRET42' not in plain and b'P1\x02(********)' in plain
    session = dlms.Session.from_text(text)
    if isinstance(outcome, dlms.Readout):
        assert dlms.replay(session).data_sets == outcome.data_sets
    else:
        with pytest.raises(dlms.NotRead):
            dlms.replay(session)


# -- damage, silence, sessions ---------------------------------------------------------------------------------------

@pytest.mark.parametrize('faults', [
    Faults(wrong_check=True, when='every:3'), Faults(truncate=9, when='every:3'), Faults(lost=1, when='every:3'),
    Faults(missing_etx=True, when='every:4'), Faults(doubled=2, when='every:3'), Faults(noise_before_data=6), Faults(echo='all'),
    Faults(bit_errors=0.2, when='every:4')], ids=str)
def test_a_damaged_answer_is_asked_for_once_more(faults):
    simulation = simulate(faults)
    outcome = read(simulation, '1.8.0', '1.7.0', '2.8.0')
    texts = ' '.join(text for _, text in simulation.meter.answered)
    assert len(values(outcome)) == 3 and all(f'({value}*' in texts for value in values(outcome).values())


@pytest.mark.parametrize('limit', [1.5, 3.0, 8.0, 60.0])
def test_how_long_a_meter_bears_silence_is_learned(limit):
    memory = Memory(shapes=())
    simulation = simulate(session_time=limit)
    with dlms.RegisterSession({'serialport': 'sim'}, memory=memory, clock=simulation.clock,
                              open_port=opener(simulation)) as session:
        session.read(['1.7.0'])
        for _ in range(6):
            began = simulation.clock.now
            session.wait(10.0, code='1.7.0')
            assert simulation.clock.now - began == pytest.approx(10.0, abs=4.0)
            assert values(session.read(['1.7.0']))
        sessions = simulation.meter.sessions
        session.wait(10.0, code='1.7.0')
        session.read(['1.7.0'])
    assert memory.deaf_after == 0 if limit > 10 else limit <= memory.deaf_after <= 10.5
    assert simulation.meter.sessions - sessions <= 2 and simulation.meter.programming.blocks == []


def test_a_meter_that_leaves_is_signed_on_again():
    for behind in (True, False):
        simulation = simulate(leaves_after=2, leaves_behind_answer=behind, session_time=5.0)
        memory = Memory(shapes=())
        for _ in range(3):
            assert len(values(read(simulation, '1.8.0', '1.7.0', memory=memory))) == 2


def test_a_meter_that_stays_at_its_speed_is_found_there():
    memory = Memory(shapes=())
    simulation = simulate(stays_fast=True)
    for _ in range(3):
        assert values(read(simulation, '1.8.0', memory=memory))
    assert memory.stays_at == 9600
    assert dlms.query({'serialport': 'sim'}, memory=memory, clock=simulation.clock, open_port=opener(simulation)).data_sets
    assert memory.stays_at == 0 or memory.stays_at == 9600


def test_b0_is_sent_when_it_is_stopped():
    simulation, stopped = simulate(), []
    with pytest.raises(dlms.ReadoutStopped), dlms.RegisterSession(
            {'serialport': 'sim'}, clock=simulation.clock, open_port=opener(simulation),
            stopped=lambda: bool(stopped)) as session:
        session.read(['1.8.0'])
        stopped.append(1)
        session.wait(5.0)
    simulation.clock.sleep(1)
    simulation.head.advance(simulation.clock.now)
    assert simulation.meter.goodbyes == 1


def test_a_meter_without_programming_mode():
    outcome = read(Simulation(MeterOptions()), '1.8.0')
    assert isinstance(outcome, dlms.NoAnswer)
    outcome = read(Simulation(MeterOptions(mode='A')), '1.8.0')
    assert isinstance(outcome, dlms.NotRead) and outcome.kind == 'no_programming_mode'


def test_an_open_session_is_recorded_so_that_it_replays():
    simulation, outcomes = simulate(), []
    with dlms.RegisterSession({'serialport': 'sim'}, memory=Memory(shapes=()), clock=simulation.clock,
                              open_port=opener(simulation)) as session:
        for _ in range(3):
            outcomes.append(session.read(['1.7.0', '1.8.0']))
            session.wait(2.0)
    for outcome in outcomes:
        assert dlms.replay(dlms.Session.from_text(outcome.session.to_text())).data_sets == outcome.data_sets


# -- real dialogues --------------------------------------------------------------------------------------------------

def messages_of(name: str) -> list[bytes]:
    """The meter's messages in a capture, the operand first."""
    return re.findall(rb'[\x01\x02][^\x03]*\x03.', captures.raw(name), re.DOTALL)


@pytest.mark.parametrize(('name', 'codes', 'config'), [
    ('ekt_ce102m_dialog', ['CURRE', 'FREQU', 'VOLTA', 'ET0PE'], {}),
    ('ekt_ce301_dialog', ['HELLO', 'ET0PE', 'ECMPE', 'ENMPE(04.22)', 'EAMPE(04.22)', 'ECDPE', 'POWPP', 'POWEP', 'VOLTA', 'VNULL',
                          'CURRE', 'FREQU'], {'password': 'dummy'}),
    ('tpc_neva_mt324_dialog', ['100700FF', '2107FFFF', '600900FF', '0F0880FF'], {'password': '00000000'}),
])
def test_a_real_dialogue_is_held_as_the_meter_did(name, codes, config):
    operand, *answers = messages_of(name)
    identification = captures.raw(name).partition(b'\r\n')[0].decode()
    given = {}
    for answer, code in zip([answer for answer in answers if answer[1:2] != b'('], codes, strict=False):
        given[code] = answer[1:-2].decode()
    simulation = simulate(identification=identification, operand=operand[5:-3].decode(), registers=tuple(given.items()),
                          addresses='names', commands='R1', unknown='(01)' if 'TPC' in identification else '(ERR12)',
                          checksum='sum' if 'EKT' in identification else 'xor', password=config.get('password'))
    outcome = read(simulation, *codes, '7777777F' if 'TPC' in identification else 'NOSUCH', **config)
    expected, _ = captures.truth(name)
    wanted = [(str(each[0]), value) for each in expected if each[0] for value in each[1]]
    found = [(each.code.partition('(')[0], tuple(value)) for each in outcome.data_sets for value in each.values]
    assert [each for each in wanted if (each[0], tuple(each[1])) not in found] == []
    assert len(outcome.rejected) == 1 and set(values(outcome)) == set(codes)
    for answer in [operand, *answers]:      # the meter's own checks
        assert answer[-1] in (block_check(answer[1:-1]), block_check(answer[1:-1], as_sum=True))
    steps = next(row for row in captures.INDEX if row['name'] == name).get('steps', ())
    asked = {step[1].encode().decode('unicode_escape').encode('latin-1') for step in steps if step[0] == '>'}
    if asked:
        sent = [message for _, message in simulation.meter.received if b'NOSUCH' not in message and message[:3] != b'\x01B0']
        assert set(sent) <= asked


def test_a_masked_session_shows_nothing_and_replays():
    from reader.masking import masked
    simulation = simulate(password='SECRET42', operand='12345678')
    with dlms.RegisterSession({'serialport': 'sim', 'password': 'SECRET42'}, memory=Memory(shapes=()), clock=simulation.clock,
                              open_port=opener(simulation)) as session:
        outcomes = [session.read(['1.7.0']) for _ in range(2)]
    for outcome in outcomes:
        session = masked(outcome.session)
        again = dlms.replay(dlms.Session.from_text(session.to_text()))
        assert [each.code for each in again.data_sets] == ['1.7.0'] and again.identification.flag == 'LGZ'
        assert b'12345678' not in b''.join(seven_bits(event.data) for event in session.events)
        assert 'ZMD3104407' not in session.to_text()


@pytest.mark.parametrize(('baudrate', 'longest'), [(300, 1.02), (9600, 1.05)])
def test_a_register_takes_the_time_of_its_characters(baudrate, longest):
    simulation, memory = simulate(baudrate=baudrate), Memory(shapes=())
    read(simulation, '1.7.0', memory=memory)
    simulation.clock.sleep(3)
    with dlms.RegisterSession({'serialport': 'sim'}, memory=memory, clock=simulation.clock,
                              open_port=opener(simulation)) as session:
        session.read(['1.7.0'])
        began, asked = simulation.clock.now, len(heard(simulation))
        for _ in range(10):
            session.read(['1.7.0'])
        took = (simulation.clock.now - began) / 10
    least = 2 * 0.2 + 10 * (len(b'.R5.1.7.0()..') + len(simulation.meter.answered[-1][1]) + 3) / baudrate
    assert took / least < longest and len(heard(simulation)) - asked == 11      # B0 the last one


def test_every_fault_in_programming_mode():
    """No wrong value, nothing sent but what reads, no session left open."""
    import random

    import soak_registers
    dice = random.Random(4)
    outcomes = [soak_registers.soak(number, dice) for number in range(12)]
    assert [wrong for _, _, wrong in outcomes if wrong] == [] and sum(values for _, values, _ in outcomes) > 500
