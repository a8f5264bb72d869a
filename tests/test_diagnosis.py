# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The diagnosis of failed sessions: fault of the simulated meter, finding, next step, class by class."""

import errno
import itertools
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st

import dlms
from reader import diagnosis
from reader.diagnosis import KINDS, Finding, diagnose
from reader.errors import MeterError
from reader.memory import DISTURBED_SESSIONS, Memory
from reader.session import Event, Session, Settings
from simulated_meter import Faults, MeterOptions, Simulation

HEAT_ASLEEP = {'kind': 'heat'}
PUSH = {'mode': 'D', 'interval': 2.0}
SELDOM = {'mode': 'D', 'interval': 60.0, 'phase': 1.0}
LISTEN = {'only_listen': True}
AT_9600 = {'only_listen': True, 'baudrate': 9600}

# meter, faults, settings of the reader -> kind, what of the evidence the text must show, what the next step must name
CLASSES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str, str, str]] = [
    # silence
    ({}, {'silent': 'always'}, {}, 'silence', 'in 3 s', 'wakeup: True'),
    (HEAT_ASLEEP, {}, {}, 'silence', 'has to be woken', 'wakeup: True'),
    ({}, {}, {'baudrate': 9600}, 'silence', 'in 3 s', 'baudrate: 9600'),
    ({}, {'silent': 'always'}, {'wakeup': True}, 'silence_despite_wakeup', 'wake-up', 'button'),
    ({}, {'silent': 'always'}, LISTEN, 'no_telegram', 'in 44 s', 'only_listen: False'),
    ({}, {}, {'device_address': '99'}, 'no_answer_to_address', '99', 'device_address'),
    ({}, {'needs': 'dtr'}, {'dtr': False}, 'head_unpowered', ': DTR.', 'dtr and rts'),
    ({}, {'needs': 'dtr,rts'}, {'rts': False, 'device_address': '1'}, 'head_unpowered', ': RTS.', 'device_address: 1'),
    ({'mode': 'D'}, {'needs': 'rts'}, {**LISTEN, 'rts': False}, 'head_unpowered', ': RTS.', 'dtr and rts'),
    ({'reaction_time': 1.4}, {}, {'timeout': 0.8}, 'timeout_short', '0.8 s', 'timeout to 3'),
    ({'pause': 1.4}, {}, {'timeout': 0.8, 'max_duration': 4.0}, 'timeout_short', '0.8 s', 'timeout to 3'),
    ({}, {}, {'parity': 'none'}, 'request_without_parity', 'without parity', 'parity to auto'),
    ({}, {'silent': 'always', 'echo': 'all'}, {}, 'only_echo', '10 characters', 'Turn'),
    ({}, {'silent': 'always', 'echo': 'all'}, {'wakeup': True}, 'only_echo', 'characters', 'Turn'),
    ({}, {'echo': 'all'}, {'device_address': '99'}, 'only_echo', '14 characters', 'device_address: 99'),
    # another language, at the right speed
    ({'mode': 'D'}, {'instead': 'sml'}, LISTEN, 'sml', 'at 9600 Bd', 'smlx'),
    ({'mode': 'D'}, {'instead': 'hdlc'}, AT_9600, 'hdlc', 'at 9600 Bd', 'grid operator'),
    ({'mode': 'D', 'baudrate': 2400}, {'instead': 'mbus'}, LISTEN, 'mbus', 'at 2400 Bd', 'M-Bus'),
    ({'mode': 'D'}, {'instead': 'sml'}, {'baudrate': 9600}, 'sml', 'at 9600 Bd', 'smlx'),
    # ... and at another speed: what can be told is that it sends by itself
    ({}, {'instead': 'sml'}, {}, 'sends_by_itself', 'times', 'only_listen: True'),
    ({}, {'instead': 'hdlc'}, {}, 'sends_by_itself', 'times', 'only_listen: True'),
    ({}, {'instead': 'mbus'}, {}, 'sends_by_itself', 'times', 'only_listen: True'),
    (PUSH, {}, {}, 'sends_by_itself', 'times', 'only_listen: True'),
    ({'kind': 'p1'}, {}, {}, 'sends_by_itself', 'times', 'only_listen: True'),
    ({'kind': 'p1'}, {}, {'parity': 'software'}, 'sends_by_itself', 'times', 'only_listen: True'),
    (SELDOM, {}, {'baudrate': 9600}, 'sends_by_itself', 'readable at 9600 Bd', 'only_listen: True'),
    (SELDOM, {}, {}, 'other_speed', 'at 300 Bd', 'only_listen: True'),
    # speeds that the pattern tells
    ({**PUSH, 'baudrate': 4800}, {}, AT_9600, 'other_speed', 'that of 4800 Bd', '(4800)'),
    ({**PUSH, 'baudrate': 2400}, {}, AT_9600, 'other_speed', 'that of 2400 Bd', '(2400)'),
    ({**PUSH, 'baudrate': 1200}, {}, AT_9600, 'other_speed', 'that of 1200 Bd', '(1200)'),
    ({**PUSH, 'baudrate': 300}, {}, AT_9600, 'other_speed', 'that of 300 / 600 Bd', '(300 / 600)'),
    ({**PUSH, 'baudrate': 4800}, {}, LISTEN, 'other_speed', 'that of 4800 Bd', '(4800)'),
    ({**PUSH, 'baudrate': 19200}, {}, LISTEN, 'other_speed', 'that of 19200 Bd', '(19200)'),
    # parity
    ({'framing': '8N1'}, {}, {'parity': 'software'}, 'parity_not_shown', 'show no parity', 'parity to auto'),
    ({'kind': 'p1', 'framing': '7E1'}, {}, {**LISTEN, 'baudrate': 115200, 'parity': 'none'}, 'parity_not_heeded',
     'have bit 7', 'parity to auto'),
    # light
    ({}, {'bit_errors': 0.05}, {}, 'bad_characters', '%', 'shade'),
    ({}, {'bit_errors': 0.01, 'errors_in': 'data'}, {}, 'bad_characters', '%', 'shade'),
    ({'kind': 'p1', 'framing': '7E1'}, {'bit_errors': 0.01, 'errors_in': 'data'}, {**LISTEN, 'baudrate': 115200},
     'bad_characters', '%', 'shade'),
    ({'identification': '1-0:0.0.0(no identification)'}, {}, {}, 'no_identification', 'Readable', '--record'),
    # behind the identification
    ({'speed_character': '8'}, {'silent': 'identification'}, {}, 'reserved_speed', '(Z = 8)', 'manual'),
    ({'speed_character': 'H'}, {'silent': 'identification'}, {}, 'reserved_speed', '(Z = H)', 'manual'),
    ({'acknowledge_within': 1.5}, {'latency': 2.5}, {}, 'acknowledgement_late', '1.6 s', 'latency_timer'),
    ({}, {'silent': 'acknowledged', 'echo': 'all'}, {}, 'acknowledgement_echoed', '9600 Bd', 'baudrate_fix: True'),
    ({}, {'silent': 'acknowledged'}, {}, 'acknowledgement_ignored', '9600 Bd', 'baudrate_fix: True'),
    ({}, {'max_baudrate': 300}, {}, 'acknowledgement_ignored', 'does not pass', 'baudrate_fix: True'),
    ({}, {'silent': 'acknowledged'}, {'baudrate_fix': True}, 'no_data', 'at 300 Bd', 'querycode'),
    ({'mode': 'A'}, {'silent': 'identification'}, {}, 'no_data', 'at 300 Bd', 'querycode'),
    ({'mode': 'B'}, {'max_baudrate': 300}, {}, 'no_data', 'at 4800 Bd', 'querycode'),
    ({'mode': 'B'}, {}, {'baudrate_fix': True}, 'data_at_other_speed', 'at 300 Bd', 'baudrate_fix'),
    # the data
    ({}, {'endless': True}, {'max_duration': 60}, 'endless', 'in 60 s', 'button'),
    ({'size': 6000}, {}, {'baudrate_fix': True, 'max_duration': 60}, 'too_long', 'in 60 s', 'max_duration'),
    ({'flag': 'KAM'}, {}, {'checksum': 'xor'}, 'other_checksum', ': sum', 'checksum to sum'),
    ({'checksum': 'sum'}, {}, {}, 'other_checksum', ': sum', 'checksum to sum'),
    ({'mode': 'A'}, {'wrong_check': True}, {'parity': 'even'}, 'wrong_check', 'times', 'parity: auto'),
    ({}, {'wrong_check': True}, {}, 'wrong_check', '4 times', 'use_checksum: False'),
    ({'kind': 'p1'}, {'wrong_check': True}, {**LISTEN, 'baudrate': 115200}, 'wrong_check', '2 times', 'use_checksum'),
    ({}, {'damaged_stx': True}, {}, 'begin_missing', 'at 9600 Bd', 'baudrate_fix: True'),
    ({}, {'truncate': 100}, {}, 'cut', 'after 100 characters', 'Fasten the head'),
    ({}, {'missing_etx': True}, {}, 'cut', 'silent for 1.5 s', 'Fasten the head'),
    ({}, {'missing_bcc': True}, {}, 'cut', 'after 601 characters', 'Fasten the head'),
    ({**PUSH, 'kind': 'p1'}, {'truncate': 200}, {**LISTEN, 'baudrate': 115200}, 'cut', 'characters', 'Fasten the head'),
    ({}, {'vanish_after': 200}, {}, 'port_lost', '200 characters', 'by-id'),
]


numbers = itertools.count()


def fail(meter: dict[str, Any], faults: dict[str, Any], config: dict[str, Any]) -> MeterError:
    """How the reader fails at this meter, in virtual time."""
    simulation = Simulation(MeterOptions(**meter), Faults(**faults))
    # the reader remembers what it learned of a port
    port = f'simulated {next(numbers)}'
    with pytest.raises(MeterError) as caught:
        dlms.query({'serialport': port, **config}, clock=simulation.clock,
                   open_port=lambda settings: simulation.open_port(settings, timeout=0.02))
    return caught.value


@pytest.mark.parametrize('meter, faults, config, kind, seen, step', CLASSES)
def test_each_fault_is_told_from_the_others(meter, faults, config, kind, seen, step):
    finding = diagnose(fail(meter, faults, config))
    assert (finding.kind, seen in finding.text('en'), step in finding.remedy('en')) == (kind, True, True), (
        finding.text('en'), finding.remedy('en'))


PORT_KINDS = {'port_missing', 'port_forbidden', 'port_busy', 'port_unreachable', 'port_unusable'}
BY_RECORDING = {'noise', 'unconfirmed', 'data_at_sign_on_speed', 'unclear'}


def test_every_kind_is_shown():
    assert {row[3] for row in CLASSES} | PORT_KINDS | BY_RECORDING == set(KINDS)
    assert {kind for kind, _ in diagnosis.CHECKS} == set(KINDS) - PORT_KINDS - {'unclear'}


# -- recordings of what the simulated meter cannot do ----------------------------------------------------------------

def recording(*events: tuple[Any, ...], **config: Any) -> MeterError:
    error = MeterError('it failed')
    error.session = Session(Settings(serialport='/dev/ttyUSB0', **config), tuple(Event(*event) for event in events))
    return error


SIGN_ON = (('opened', 0.0, 300), ('sent', 0.0, 300, b'/?!\r\n'), ('received', 0.4, 300, b'/LGZ5ZMD310\r\n'),
           ('sent', 1.1, 300, b'\x06050\r\n'), ('speed', 1.3, 9600))


def test_meter_that_stays_at_300_bd_sends_nuls_to_the_faster_port():
    finding = diagnose(recording(*SIGN_ON, ('received', 2.0, 9600, bytes(300))))
    assert finding.kind == 'data_at_sign_on_speed'
    assert 'at 9600 Bd: 300 unusable' in finding.text('en') and 'baudrate_fix: True' in finding.remedy('en')


def test_nul_from_the_switching_of_the_speed_is_no_data():
    assert diagnose(recording(*SIGN_ON, ('received', 2.0, 9600, b'\0'))).kind == 'acknowledgement_ignored'


def test_spark_is_noise():
    finding = diagnose(recording(('sent', 0.0, 300, b'/?!\r\n'), ('received', 0.4, 300, b'\xff')))
    assert finding.kind == 'noise' and 'characters came, 1,' in finding.text('en')


def test_session_in_which_nothing_is_wrong_is_unclear():
    block = b'\x02F.F(00)\r\n!\r\n\x03'
    finding = diagnose(recording(*SIGN_ON, ('received', 2.0, 9600, block + bytes([_xor(block[1:])]))))
    assert finding == Finding('unclear', {'error': 'it failed'})
    assert diagnose(MeterError('no session')) == Finding('unclear', {'error': 'no session'})


def _xor(data: bytes) -> int:
    check = 0
    for character in data:
        check ^= character
    return check


def test_undamaged_block_that_a_disturbed_line_does_not_confirm():
    block = b'F.F(00)\r\n!\r\n\x03'
    whole = ('received', 2.0, 9600, b'\x02' + block + bytes([_xor(block)]))
    error = recording(*SIGN_ON, whole)
    error.session = replace(error.session, memory=Memory(disturbed=(True,) * DISTURBED_SESSIONS))
    assert diagnose(error).kind == 'unconfirmed'


def test_hdlc_and_mbus_are_whole_frames_only():
    text = b'1-0:1.8.0(h11h) and ~\xa0\x05 in a text that is long enough to be one, 1-0:2.8.0(000)'
    kind = diagnose(recording(('sent', 0.0, 300, b'/?!\r\n'), ('received', 0.4, 300, text))).kind
    assert kind == 'no_identification'


def test_stored_session_is_diagnosed_as_the_fresh_one():
    error = fail({}, {'truncate': 100}, {})
    again = MeterError('')
    again.session = Session.from_text(error.session.to_text())
    assert diagnose(again).kind == diagnose(error).kind == 'cut'


# -- ports -----------------------------------------------------------------------------------------------------------

@pytest.fixture
def root(tmp_path):
    """A computer with two ports, of which process 4711 holds one."""
    by_id = tmp_path / 'dev/serial/by-id'
    by_id.mkdir(parents=True)
    for number, name in enumerate(('usb-Weidmann_1', 'usb-Weidmann_2')):
        (tmp_path / f'dev/ttyUSB{number}').touch()
        (by_id / name).symlink_to(f'../../ttyUSB{number}')
    files = tmp_path / 'proc/4711/fd'
    files.mkdir(parents=True)
    (files / '0').symlink_to('/dev/null')
    (files / '5').symlink_to('/dev/ttyUSB0')
    (tmp_path / 'proc/4711/comm').write_text('vzlogger\n')
    (tmp_path / 'proc/self').mkdir()
    (tmp_path / 'etc').mkdir()
    (tmp_path / 'etc/group').write_text(f'root:x:1234567:\nodd line\nheads:x:{os.getgid()}:\n')
    return tmp_path


def open_fails(port: str, error: Exception | None = None) -> MeterError:
    def open_port(settings: Settings) -> Any:
        raise error

    with pytest.raises(dlms.PortError) as caught:
        dlms.query({'serialport': port}, **({'open_port': open_port} if error else {}))
    return caught.value


def test_missing_port_names_those_that_are_there(root):
    finding = diagnose(open_fails('/dev/serial/by-id/no-such-head'), root)
    assert finding.kind == 'port_missing'
    assert '/dev/serial/by-id/usb-Weidmann_1, /dev/serial/by-id/usb-Weidmann_2' in finding.remedy('en')
    assert 'no-such-head' in finding.text('de')
    assert diagnose(open_fails('/dev/no-such-head'), root / 'etc').remedy('en').endswith('the same.')


def test_forbidden_port_names_the_owning_group(root):
    finding = diagnose(open_fails('/dev/ttyUSB0', PermissionError(errno.EACCES, 'Permission denied')), root)
    assert (finding.kind, finding.evidence['group']) == ('port_forbidden', 'heads')
    assert 'usermod -aG heads USER' in finding.remedy('en')
    (root / 'etc/group').write_text('')
    number = diagnose(open_fails('/dev/ttyUSB0', PermissionError(errno.EACCES, 'Permission denied')), root)
    assert number.evidence['group'] == str(os.getgid())


@pytest.mark.parametrize('port', ['/dev/ttyUSB0', '/dev/serial/by-id/usb-Weidmann_1'])
def test_busy_port_names_its_holder(root, port):
    finding = diagnose(open_fails(port, OSError(errno.EBUSY, 'Device or resource busy')), root)
    assert (finding.kind, finding.evidence['holder']) == ('port_busy', 'vzlogger (PID 4711)')
    assert 'vzlogger (PID 4711)' in finding.text('de')


def test_busy_port_whose_holder_cannot_be_seen(root):
    finding = diagnose(open_fails('/dev/ttyUSB1', OSError(errno.EAGAIN, 'locked')), root)
    assert finding.kind == 'port_busy' and finding.text('en').endswith('another instance uses it.')


def test_real_pty_that_another_holds():
    """A port that a program has locked, as the kernel and /proc of this computer tell it."""
    master, slave = os.openpty()
    with serial.Serial(os.ttyname(slave), exclusive=True):
        finding = diagnose(open_fails(os.ttyname(slave)))
    os.close(master)
    os.close(slave)
    assert finding.kind == 'port_busy' and f'(PID {os.getpid()})' in finding.text('en')


def test_file_that_is_no_port(tmp_path, root):
    (tmp_path / 'file').touch()
    assert diagnose(open_fails(str(tmp_path / 'file')), root).kind == 'port_unusable'
    assert diagnose(open_fails('nonsense://'), root).kind == 'port_unreachable'


def test_server_that_does_not_answer(root):
    finding = diagnose(open_fails('socket://127.0.0.1:1'), root)
    assert finding.kind == 'port_unreachable' and 'socket://127.0.0.1:1' in finding.text('en')


# -- texts -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('language', ['de', 'en'])
@pytest.mark.parametrize('name', KINDS)
def test_manual_has_no_placeholders_and_short_texts(name, language):
    kind = KINDS[name]
    texts = kind.symptom(language), kind.cause(language), kind.remedy(language)
    for text in texts:
        assert text and not re.search(r'[][{}]|  | [.,;:]', text), text
        assert text.endswith('.')
        assert len(re.findall(r'[.](?= |$)', text)) <= (2 if text == texts[2] else 1), text


def test_every_finding_is_said_in_both_languages_with_its_evidence():
    for row in CLASSES:
        finding = diagnose(fail(*row[:3]))
        for language in ('de', 'en'):
            for text in (finding.text(language), finding.remedy(language)):
                assert not re.search(r'[][{}]|  | [.,;:]|None', text), text
    percent = Finding('bad_characters', {'percent': 0.824, 'wrong': 5, 'count': 607})
    assert '0,82 %, 5 von 607' in percent.text('de') and '0.82 %, 5 of 607' in percent.text('en')


def test_foreign_text_cannot_steer_a_terminal():
    assert '\x1b' not in Finding('port_busy', {'port': '/dev/x', 'holder': '\x1b[2J (PID 1)'}).text('en')


# -- any session -----------------------------------------------------------------------------------------------------

PIECES = [b'/LGZ5\\2ZMD\r\n', b'\xaf\xccGZ5\x8d\n', b'/?!\r\n', b'\x06050\r\n', b'\x15', b'\0' * 70, b'\x021.8.0(1)\r\n!\r\n\x03',
          b'!\r\n', b'!1234\r\n', b'\x1b\x1b\x1b\x1b\x01\x01\x01\x01', b'~\xa0\x02', b'h\x01\x01h',
          b'\r\n\r\n1.8.0(0001234567.8*kWh)\r\n', b'']
EVENTS = st.builds(Event, st.sampled_from(['sent', 'received', 'opened', 'port lost', 'speed', 'again']),
                   st.floats(-1, 1000), st.sampled_from([300, 2400, 9600]),
                   st.one_of(st.sampled_from(PIECES), st.binary(max_size=60)))
SETTINGS = st.builds(Settings, serialport=st.sampled_from(['/dev/ttyUSB0', 'socket://host:1', 'x\0']),
                     only_listen=st.booleans(), timeout=st.sampled_from([0.5, 3.0]), max_duration=st.sampled_from([5.0, 900.0]),
                     parity=st.sampled_from(['auto', 'software', 'even', 'none']), wakeup=st.booleans(), dtr=st.booleans(),
                     checksum=st.sampled_from(['auto', 'xor', 'sum']), device_address=st.sampled_from(['', '12']))


@settings(max_examples=300, deadline=None)
@given(SETTINGS, st.lists(EVENTS, max_size=12), st.sampled_from([None, 'none', errno.ENOENT, errno.EBUSY, errno.EACCES]))
def test_no_session_is_too_odd(config, events, number):
    error = MeterError('odd') if number is None else dlms.PortError('odd', None if number == 'none' else number)
    error.session = Session(config, tuple(events))
    finding = diagnose(error, Path('/nonexistent'))
    for language in ('de', 'en', 'fr'):
        assert finding.text(language) and finding.remedy(language)
