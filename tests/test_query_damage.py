# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Damage: what is asked for again, refused, read all the same where the user wants it, confirmed by a copy."""

import itertools
import re

import pytest

import dlms
from reader.memory import RECENT_SESSIONS, Memory
from reading import DISTURBED, ask, brief, found, messages_sent, opener, sent, wrong_values
from simulated_meter import Faults, MeterOptions, Simulation

M, F = MeterOptions, Faults
NAK = b'\x15'


# Asking again

@pytest.mark.parametrize('faults, says', [
    ({'wrong_check': True}, 'block check character is wrong'), ({'truncate': 100}, 'ETX.*did not come'),
    ({'damaged_stx': True}, 'ETX without STX'), ({'missing_etx': True}, 'ETX.*did not come'),
    ({'missing_bcc': True}, 'check character did not come'), ({'bit_errors': 0.02, 'errors_in': 'data'}, 'parity|wrong')],
    ids=str)
@pytest.mark.parametrize('options, naks', [(M(), 2), (M(mode='B'), 0), (M(mode='A'), 0)], ids='CBA')
def test_damage_is_asked_for_again_and_then_refused(options, naks, faults, says):
    error, _ = ask(options, F(**faults))
    assert isinstance(error, dlms.ChecksumError if 'wrong_check' in faults else dlms.ProtocolError)
    assert re.search(says, str(error))
    messages = messages_sent(error.session)
    assert (messages.count(b'/?!\r\n'), messages.count(NAK)) == (2, naks)
    assert sum(e.kind == 'again' for e in error.session.events) == naks + 1


@pytest.mark.parametrize('options, first, repeats, requests', [
    (M(), 1, 1, 1), (M(), 2, 2, 2), (M(repeat_within=0), 1, 2, 2), (M(mode='B'), 1, 1, 2), (M(mode='A'), 1, 1, 2)], ids=brief)
def test_damage_that_passes(options, first, repeats, requests):
    readout, simulation = ask(options, F(wrong_check=True, when=f'first:{first}'))
    assert found(readout) == sent(simulation)
    assert (messages_sent(readout.session).count(b'/?!\r\n'), readout.repeats) == (requests, repeats)


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
    assert not wrong_values(readout, simulation) and len(readout.data_sets) > 8


@pytest.mark.parametrize('faults, kind, says', [
    ({'silent': 'identification'}, dlms.NoAnswer, 'LGZ5.*sent no data in 3 s'),
    ({'silent': 'fast'}, dlms.NoAnswer, 'sent no data'), ({'silent': 'acknowledged'}, dlms.NoAnswer, 'sent no data'),
    ({'instead': 'sml'}, dlms.ProtocolError, 'no identification'), ({'instead': 'mbus'}, dlms.ProtocolError, 'no identification'),
    ({'max_baudrate': 4800}, dlms.NoAnswer, 'sent no data')], ids=str)
def test_meters_that_cannot_be_read(faults, kind, says):
    error, simulation = ask(M(), F(**faults))
    assert type(error) is kind and re.search(says, str(error))
    assert simulation.clock.monotonic() < 20


@pytest.mark.parametrize('bit', [1, 2])
@pytest.mark.parametrize('character', [0, 1, 4, 5, 21])
def test_a_damaged_identification_is_not_believed(character, bit):
    """Number 4 is the speed character: another one is as good as this one, its parity alone tells."""
    simulation = Simulation(M())

    def open_port(settings):
        port, number = opener(simulation)(settings), itertools.count()
        read = port.read
        port.read = lambda size: bytes(c ^ bit if next(number) == character else c for c in read(size))
        return port
    readout = dlms.query({'serialport': 'sim'}, clock=simulation.clock, open_port=open_port)
    assert (found(readout), readout.baudrate, readout.repeats) == (sent(simulation), 9600, 1)
    assert [e.text.partition(':')[0] for e in readout.session.events if e.kind == 'again'] == ['asking again']


def test_eighth_bit_is_not_believed_where_nothing_vouches_for_it():
    options = M(framing='8N1', strict_parity=False)
    error, _ = ask(options, F(eight_bit_text=True))
    assert isinstance(error, dlms.ProtocolError) and 'eighth bit' in str(error)
    readout, simulation = ask(options, F(eight_bit_text=True), use_checksum=False)
    assert found(readout) == sent(simulation) and 'eighth bit' in readout.notes[0]


# A disturbed line

def test_readout_from_a_disturbed_line_needs_a_copy():
    """In mode C the same block comes again, in the modes A and B a new one."""
    readout, simulation = ask(M(), F(bit_errors=0.003, errors_in='data', when='first:1'))
    assert found(readout) == sent(simulation) and len(simulation.meter.sent) == 1
    assert simulation.meter.sent[0].repeats == 2 and 'confirmed by a copy' in readout.notes[0]
    assert 0 < readout.quality < 0.01


def test_values_that_no_copy_confirms_are_rejected():
    readout, simulation = ask(M(mode='B'), memory=Memory(disturbed=DISTURBED))
    both = set(sent(simulation, 0)) & set(sent(simulation, 1))
    assert found(readout) == [s for s in sent(simulation) if s in both] and 5 < len(both) < len(sent(simulation))
    rejected = {r.line.partition('(')[0] for r in readout.rejected}
    assert rejected == {code for code, _ in sent(simulation)} - {code for code, _ in both}
    assert readout.repeats == 1 and 'differ from the copy' in readout.notes[0]


def test_a_line_is_trusted_again():
    simulation, memory = Simulation(M()), Memory(disturbed=DISTURBED)
    repeats = [ask(simulation=simulation, memory=memory)[0].repeats for _ in range(RECENT_SESSIONS + 2)]
    trusted_from = RECENT_SESSIONS - 1      # one disturbed session is still among the last ones: that may be an accident
    assert repeats == [1] * trusted_from + [0] * (RECENT_SESSIONS + 2 - trusted_from)


def test_one_damaged_character_does_not_make_a_disturbed_line():
    simulation = Simulation(M(), F(bit_errors=0.0016, errors_in='data', when='first:1', seed=3))
    memory = Memory()
    readouts = [ask(simulation=simulation, memory=memory)[0] for _ in range(3)]
    assert round(readouts[0].quality * 1240) == 1, 'choose another seed: one character is meant to be damaged'
    assert [readout.repeats for readout in readouts] == [1, 0, 0]
