# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Masked recordings: nothing of meter, owner and house is left in them, and they replay like the real ones."""

import re

import pytest

import dlms
import masked as masks
from reader import masking
from reader.version import version
from reading import ask, found, seven_bits
from simulated_meter import Faults, MeterOptions

PORT = '/dev/serial/by-id/usb-FTDI_FT232R_A5XK3RJT-if00'
METERS = {
    'mode C': (MeterOptions(), {}),
    'mode C, 8N1': (MeterOptions(framing='8N1', strict_parity=False), {'parity': 'none'}),
    'sum': (MeterOptions(flag='KAM'), {}),
    'addressed': (MeterOptions(address='87654321'), {'device_address': '87654321'}),
    'heat': (MeterOptions(kind='heat'), {'wakeup': True}),
    'P1': (MeterOptions(kind='p1'), {'only_listen': True, 'baudrate': 115200}),
}


# codes of device and customer numbers: C.1.x, 0.0.x, 96.1.x, 9.20, 9.21, 42.0
NUMBER = re.compile(r'(^|[-:])(C\.1|0\.0|96\.1|9\.2[01]|42\.0)([.*]|$)')


def session_of(options, faults=None, **config):
    outcome, simulation = ask(options, faults, serialport=PORT, **config)
    return outcome.session, simulation.meter


def outcome(session):
    """What a replay gives: checks and values that are no numbers of somebody, or the error."""
    try:
        readout = dlms.replay(session)
    except dlms.MeterError as error:
        return type(error)
    return readout.checked, readout.mode, readout.flag, [d for d in found(readout) if not NUMBER.search(d[0])]


def everything(session):
    """All that a reader of the file could find: its text, and the characters in it."""
    return session.to_text() + seven_bits(b''.join(event.data for event in session.events)).decode('ascii')


@pytest.mark.parametrize('name', METERS)
def test_a_masked_session_names_nobody_and_replays_as_before(name):
    options, config = METERS[name]
    session, meter = session_of(options, **config)
    masked = masking.masked(session)
    identification = meter.options.identification
    text = everything(masked)
    secrets = ['A5XK3RJT', '87654321', meter.house.serial, meter.house.serial.encode().hex(),
               identification[5:].removeprefix('\\2')]
    present = [secret for secret in secrets if secret in everything(session)]
    present = [secret for secret in present if secret != 'UH50']     # a type of meters, no number
    assert len(present) >= 2
    assert [secret for secret in present if secret in text] == []
    assert identification[:4] in text
    assert [(e.kind, e.time, e.baudrate, len(e.data)) for e in masked.events if e.data] == [
        (e.kind, e.time, e.baudrate, len(e.data)) for e in session.events if e.data]
    checked, *_, data = read = outcome(session)
    assert checked and len(data) > 3
    assert outcome(masked) == read


@pytest.mark.parametrize('faults, error', [
    ({'wrong_check': True}, dlms.ChecksumError), ({'truncate': 100}, dlms.ProtocolError),
    ({'bit_errors': 0.004}, dlms.ChecksumError), ({'silent': 'acknowledged'}, dlms.NoAnswer)], ids=str)
def test_what_was_wrong_stays_wrong(faults, error):
    session, meter = session_of(MeterOptions(), Faults(**faults))
    masked = masking.masked(session)
    for secret in (meter.house.serial, meter.options.identification[5:].removeprefix('\\2')):
        assert secret not in everything(masked)
    assert outcome(masked) == outcome(session) == error


def test_a_damaged_number_is_masked_too():
    lines = b'/LGZ5ZMD310\r\n', b'\x020.0.0(12345678)\r\n', (
        b'C#1.0(123R5678)\r\n7.7.7(12345678*kWh)\r\n1.8.0(00051206)\r\n!\r\n\x03')
    session = dlms.Session(dlms.Settings('/dev/x'), tuple(
        dlms.Event('received', float(i), 300, line) for i, line in enumerate(lines)))
    text = b''.join(e.data for e in masking.masked(session).events)
    assert b'X#1.0(000X0000)' in text and b'7.7.7(10000000*kWh)' in text
    assert b'1.8.0(00000000)' in text       # nothing vouches for its code: it could be a number of somebody


@pytest.mark.parametrize('characters, shown', [
    (b'/A12345!\r\n', b'/A00000!\r\n'), (b'/?12 ab!\r\n', b'/?00 XX!\r\n'), (b'/LG_E660_5x\r\n', b'/LG_E000_0X\r\n'),
    (b'/ZD5ME666\r\n', b'/ZD5MX000\r\n'), (b'/ISk5MT174-1234\r\n', b'/ISk5MT174-0000\r\n')])
@pytest.mark.parametrize('kind', ['sent', 'received'])
def test_short_addresses_and_unusual_flag_ids(characters, shown, kind):
    session = dlms.Session(dlms.Settings('/dev/x'), (dlms.Event(kind, 0.0, 300, characters),))
    assert masking.masked(session).events[0].data == shown


def test_a_session_that_never_opened_its_port():
    session = dlms.Session(dlms.Settings(PORT), (dlms.Event('failed', 0.0, 300, text=f'{PORT} is busy'),))
    masked = masking.masked(session)
    assert masked.settings.serialport == '/dev/serial/by-id/XXX-XXXX_XX000X_X0XX0XXX-XX00'
    assert 'A5XK3RJT' not in masked.events[0].text


def test_what_a_password_is_sent_as():
    password, data = b'\x01P1\x02(26-01-04)\x03\x5f', b'/LGZ5\r\n\x020.2.0(B26-01-04)\r\n!\r\n\x03\x00'
    events = dlms.Event('sent', 0.0, 300, password), dlms.Event('received', 1.0, 300, data)
    sent, received = masking.masked(dlms.Session(dlms.Settings('/dev/x'), events)).events
    assert sent.data[:-1] == b'\x01P1\x02(00-00-00)\x03'
    assert b'0.2.0(X00-00-00)' in received.data


def test_a_word_of_the_user_and_numbers_of_other_sessions():
    session = dlms.Session(dlms.Settings('/dev/x'), (
        dlms.Event('received', 0.0, 300, b'/LGZ5\r\n\x020.2.0(Garten)\r\n6.8(0026100.4*MWh)\r\n!\r\n\x03'),
        dlms.Event('failed', 1.0, 300, text='garten 0026100.4')))
    text = everything(masking.masked(session, numbers=['0026100.4'], words=['Garten']))
    assert '0.2.0(XXXXXX)' in text and 'XXXXXX 0000000.0' in text and '6.8(0000000.0*MWh)' in text


def test_it_says_who_has_masked_it_and_can_be_masked_again():
    session, _ = session_of(MeterOptions())
    masked = masking.masked(session)
    assert session.masked == '' and masked.masked == version()
    stored = dlms.Session.from_text(masked.to_text())
    assert stored.masked == masked.masked
    assert masking.masked(stored).events == stored.events


def test_the_eye_that_looks_at_masked_sessions_sees():
    """The next test would see what is told: here nothing is masked."""
    this = masks.case(4711)
    told = [piece for _, session, _ in masks.sessions(this) for piece in masks.pieces(this.secrets[0])
            if piece in masks.everything(session)]
    assert told


@pytest.mark.parametrize('first', range(0, 400, 100))
def test_sessions_with_every_fault(first):
    """Of 100 meters; `make masked` looks at 10,000 sessions."""
    bad = [(number, each) for number in range(first, first + 100) for each in masks.look(masks.case(number))
           if each.told or each.differs]
    assert not bad


def test_it_can_be_read_and_posted():
    session = dlms.Session(dlms.Settings('/dev/x', timeout=4.0), (
        dlms.Event('sent', 0.0, 300, b'/?!\r\n'), dlms.Event('received', 1.0, 9600, b'/LGZ5MT174\r\n\x02\0\0\x7f!\r\n\x03'),
        dlms.Event('failed', 2.0, 9600, text='no end')))
    hidden = masking.masked(session)
    assert masking.shown(hidden).splitlines() == [
        '   0.000 s    300 Bd       sent  /?!', '   1.000 s   9600 Bd   received  /LGZ5MT174',
        ' ' * 32 + '<STX><NUL 2 x><0x7F>!', ' ' * 32 + '<ETX>', '   2.000 s   9600 Bd     failed  no end']
    text = masking.post(hidden, 'cut', 'en')
    assert 'Result: cut' in text and f'version {version()}' in text and 'timeout: 4.0' in text and masking.shown(hidden) in text
