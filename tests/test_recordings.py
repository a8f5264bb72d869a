# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What was stored: recordings replay to the same outcome, also those of version 2.0.0; texts and captures are read."""

import json
from functools import reduce
from operator import xor
from pathlib import Path

import pytest

import dlms
from reader.memory import Memory
from reading import DISTURBED, ask, brief, found, seven_bits
from simulated_meter import Faults, MeterOptions

M, F = MeterOptions, Faults
FOLDER = Path(__file__).parent / 'recordings'
INDEX = json.loads((FOLDER / 'index.json').read_text(encoding='utf-8'))

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


@pytest.mark.parametrize('options, faults, config', REPLAYED, ids=brief)
@pytest.mark.parametrize('before', [None, 9600])
def test_replay_gives_the_same(options, faults, config, before):
    memory = Memory(before, DISTURBED) if before else Memory()
    outcome, _ = ask(options, F(**faults), memory=memory, **config)
    session = dlms.Session.from_text(outcome.session.to_text())
    assert session.settings == outcome.session.settings and len(session.events) == len(outcome.session.events)
    if isinstance(outcome, dlms.Readout):
        again = dlms.replay(session)
        for name in ('identification', 'mode', 'baudrate', 'text', 'data_sets', 'rejected', 'checked', 'notes', 'repeats'):
            assert getattr(again, name) == getattr(outcome, name), name
    else:
        with pytest.raises(type(outcome)) as caught:
            dlms.replay(session)
        said = [str(error) for error in (caught.value, outcome)]
        if isinstance(outcome, dlms.PortError):     # what the system said of it is not recorded
            said = [text.partition(': ')[0] for text in said]
        assert said[0] == said[1]


@pytest.mark.parametrize('readouts', [0, 10], ids=['on the rung', 'a trial of the offered speed'])
@pytest.mark.parametrize('rung', [1, 2])
def test_replay_stands_on_the_same_rung(rung, readouts):
    outcome, _ = ask(M(), F(silent='fast'), memory=Memory(rung=rung, readouts=readouts))
    assert outcome.baudrate == 300 and outcome.repeats == (1 if readouts else 0)
    again = dlms.replay(dlms.Session.from_text(outcome.session.to_text()))
    assert (str(again), again.repeats, again.notes) == (str(outcome), outcome.repeats, outcome.notes)


@pytest.mark.parametrize('text', ['', '{}', '[]', 'x', '{"format": "other"}', '{"format": "dlms session 2"}'])
def test_texts_that_are_no_recording(text):
    with pytest.raises(ValueError, match='not a recorded session'):
        dlms.Session.from_text(text)


# Of version 2.0.0

@pytest.mark.parametrize('name', INDEX)
@pytest.mark.parametrize('again', [False, True], ids=['as stored', 'as stored once more'])
def test_first_format_replays(name, again):
    text, expected = (FOLDER / f'{name}.jsonl').read_text(encoding='utf-8'), INDEX[name]
    assert text.startswith('{"format": "dlms session 1"')
    session = dlms.Session.from_text(text)
    if again:
        session = dlms.Session.from_text(session.to_text())
    try:
        readout = dlms.replay(session)
    except dlms.MeterError as error:
        assert expected == {'outcome': type(error).__name__}
        return
    assert {'outcome': 'read', 'mode': readout.mode, 'baudrate': readout.baudrate, 'checked': list(readout.checked),
            'repeats': readout.repeats, 'data_sets': len(readout.data_sets), 'notes': len(readout.notes)} == expected


# Texts and captures

@pytest.mark.parametrize('data', [b'', b'hello', b'!\r\n', b'\x15', b'/LGZ5x\r\n\x02'], ids=str)
@pytest.mark.parametrize('strict', [True, False])
def test_nothing_is_no_readout(data, strict):
    with pytest.raises(dlms.ProtocolError):
        dlms.read_capture(data, dlms.Settings(serialport='stored', use_checksum=strict))


def test_empty_text_of_0xff_is_no_damaged_letter():
    covered = b'0.0.0(12345678)\r\n0.2.2(\xff\xff\xff\xff)\r\n1.8.0(000123.4*kWh)\r\n!\r\n\x03'
    block = b'/LGZ5XYZ\r\n\x02' + covered + bytes([reduce(xor, seven_bits(covered))])
    (readout,) = dlms.read_capture(block, dlms.Settings(serialport='stored'))
    assert [(s.code, s.values[0].value) for s in readout.data_sets] == [
        ('0.0.0', '12345678'), ('0.2.2', '\xff' * 4), ('1.8.0', '000123.4')]


@pytest.mark.parametrize('identification', [b'/LG_E660_V1\r\n', b'/ZD5ME666-1003\r\n'])
def test_flag_ids_that_are_no_three_letters(identification):
    (readout,) = dlms.read_capture(identification + b'1.8.0(000123.4*kWh)\r\n!\r\n', dlms.Settings('stored'))
    assert str(readout.identification) == identification.decode().strip()
    assert found(readout) == [('1.8.0', (('000123.4', 'kWh'),))]


def test_identification_repeated_after_stx():
    identification, covered = b'/LGZ5XYZ\r\n', b'1.8.0(000123.4*kWh)\r\n!\r\n\x03'
    (readout,) = dlms.read_capture(identification + b'\x02' + identification + covered + bytes([reduce(xor, covered)]),
                                   dlms.Settings('stored'))
    assert readout.checked == ('bcc',) and str(readout) == (identification + covered[:-1]).decode()


@pytest.mark.parametrize('damage', [None, 150])
def test_each_of_many_telegrams_is_read(damage):
    telegrams = [b'/LGZ5XYZ\r\n1.8.0(%06d*kWh)\r\n!\r\n' % number for number in range(300)]
    if damage:
        telegrams[damage] = telegrams[damage][:-3]      # its end is missing
        with pytest.raises(dlms.ProtocolError, match='the next one began'):
            dlms.read_capture(b''.join(telegrams), dlms.Settings('stored'))
    else:
        readouts = dlms.read_capture(b''.join(telegrams), dlms.Settings('stored'))
        assert [readout.data_sets[0].values[0].value for readout in readouts] == [f'{number:06}' for number in range(300)]
