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
from reader.dialogue.stored import read_stored
from reader.memory import Memory
from reader.wire.checking import crc16
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


# Several telegrams in a file

def p1(number, identification='/ISk5\\2MT382-1000', check=True):
    text = f'{identification}\r\n\r\n0-0:1.0.0(200512135409S)\r\n1-0:1.8.1({number:010.3f}*kWh)\r\n!'.encode()
    return text + (f'{crc16(text):04X}\r\n'.encode() if check else b'')


def outcomes(data, **config):
    """Of each telegram its number, or what is said of it; and the remarks."""
    stored = tuple(read_stored(data, dlms.Settings(serialport='stored', **config)))
    return ([str(one) if isinstance(one, dlms.ProtocolError) else float(one.data_sets[-1].values[0].value) for one in stored],
            [str(remark) for one in stored if isinstance(one, dlms.Readout) for remark in one.remarks])


DAMAGES = {
    'damaged': (lambda sent: sent.replace(b'kWh', b'kWk'), 'CRC is wrong'),
    'cut at the beginning': (lambda sent: sent[30:], 'without an identification'),
    'cut at the end': (lambda sent: sent[:50], 'was cut'),
    'identification damaged': (lambda sent: sent.replace(b'/', b'?'), 'without an identification'),
    '! damaged': (lambda sent: sent.replace(b'!', b'a'), 'was cut'),
}


@pytest.mark.parametrize('damage', DAMAGES)
@pytest.mark.parametrize('where', [1, 25, 50])
def test_a_damaged_telegram_hides_no_good_one(damage, where):
    change, said = DAMAGES[damage]
    sent = [p1(number) for number in range(52)]
    sent[where] = change(sent[where])
    read, _ = outcomes(b''.join(sent))
    assert [number for number in read if isinstance(number, float)] == [number for number in range(52) if number != where]
    (complaint,) = [one for one in read if isinstance(one, str)]
    assert said in complaint


def test_framed_telegrams_too():
    def framed(number, bcc=None):
        covered = f'1.8.0({number})\r\n!\r\n\x03'.encode()
        return b'/?!\r\n/LGZ5XYZ\r\n\x06050\r\n\x02' + covered + bytes([reduce(xor, covered) if bcc is None else bcc])
    read, _ = outcomes(framed(1) + framed(2, 1) + framed(3)[:-5] + framed(4))
    assert (read[0], read[3]) == (1.0, 4.0) and 'check character is wrong' in read[1] and 'was cut' in read[2]


def test_an_unfinished_telegram_at_the_end_is_told():
    read, _ = outcomes(p1(1) + p1(2) + p1(3)[:50])
    assert read[:2] == [1.0, 2.0] and 'incomplete' in read[2]


def test_what_comes_before_the_first_identification_is_the_rest_of_another_telegram():
    assert outcomes(p1(1)[30:] + p1(2)) == ([2.0], [])


def test_the_door_hands_out_all_or_nothing():
    settings = dlms.Settings(serialport='stored')
    assert len(dlms.read_capture(p1(1) + p1(2), settings)) == 2
    with pytest.raises(dlms.ChecksumError):
        dlms.read_capture(p1(1) + p1(2).replace(b'kWh', b'kWk') + p1(3), settings)


def test_a_bare_end_is_one_where_no_telegram_has_a_crc():
    bare = p1(2, check=False)
    for data in (bare, p1(1, check=False) + b'\r\n' + bare, bare[:-1] + b'\r\n!', bare + b'\0'):
        read, remarks = outcomes(data)
        assert read[-1] == 2.0 and len(remarks) == 1 and 'not certain' in remarks[0]
    assert outcomes(bare + b'\r\n') == ([2.0], [])
    read, remarks = outcomes(p1(1) + bare)
    assert read[0] == 1.0 and 'incomplete' in read[1] and remarks == []
    read, remarks = outcomes(bare + b'12')
    assert 'CRC is wrong' in read[0]


@pytest.mark.parametrize(('data', 'mode'), [
    (p1(1, '/AUX-METER'), 'D'), (p1(1, '/EBZ'), 'D'), (p1(1, '/ISKEmeter'), 'D'),
    (b'/ESY-Q3D\r\n\r\n1-0:1.8.0*255(1*kWh)\r\n1-0:2.8.0*255(1*kWh)\r\n!\r\n', 'D'),
    (b'/ESY5Q3D\r\n\r\n1-0:1.8.0*255(1*kWh)\r\n1-0:2.8.0*255(1*kWh)\r\n!\r\n', 'D'),
    (b'/ABC-X\r\n1.8.0(1*kWh)\r\n2.8.0(1*kWh)\r\n!\r\n', 'A'),
    (b'/ABC-X\n\n1.8.0(1*kWh)\n\n2.8.0(1*kWh)\n\n!\n\n', 'A'),           # as a terminal stores it
    (b'/LUGCUH50\r\n\r\n6.8(1*GJ)\r\n6.26(1*m3)\r\n!\r\n', 'B'),
])
def test_mode_of_a_stored_telegram(data, mode):
    (readout,) = dlms.read_capture(data, dlms.Settings(serialport='stored'))
    assert readout.mode == mode


@pytest.mark.parametrize('line', [
    '{"kind": "received", "time": 0, "baudrate": 0, "bytes": "41"}', '{"kind": "received", "time": NaN, "baudrate": 300}',
    '{"kind": "received", "time": 0, "baudrate": Infinity}', '{"kind": "received", "time": "x", "baudrate": 300}', '[' * 100_000])
def test_an_event_that_cannot_have_been_recorded(line):
    text = dlms.Session(dlms.Settings('/dev/x')).to_text()
    with pytest.raises(ValueError, match='not a recorded session'):
        dlms.Session.from_text(text + line)


def test_half_a_character_is_no_name_of_a_port():
    text = dlms.Session(dlms.Settings('/dev/x')).to_text()
    with pytest.raises(ValueError, match='not a recorded session'):
        dlms.Session.from_text(text.replace('/dev/x', r'\ud800'))
    event = r'{"kind": "failed", "time": 0, "baudrate": 300, "text": "\ud800"}'
    assert dlms.Session.from_text(text + event).to_text().encode('utf-8')
