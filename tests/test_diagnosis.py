# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The diagnosis of failed sessions: fault, finding, next step, kind by kind, and the texts that say it."""

import errno
import functools
import os
import re
import shutil
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st

import dlms
from reader.diagnosis import Finding, diagnose
from reader.diagnosis.kinds import KINDS
from reader.diagnosis.symptoms import SYMPTOMS
from reader.errors import AnotherMeter, MeterError, NotRead, Unconfirmed
from reader.memory import DISTURBED_SESSIONS, Memory
from reader.session import Event, Session, Settings
from reader.texts import LANGUAGES, Text
from reading import ask
from simulated_meter import Faults, MeterOptions
from simulated_meter.wire import with_parity

HEAT_ASLEEP = {'kind': 'heat'}
PUSH = {'mode': 'D', 'interval': 2.0}
SELDOM = {'mode': 'D', 'interval': 60.0, 'phase': 1.0}
LISTEN = {'only_listen': True}
AT_9600 = {'only_listen': True, 'baudrate': 9600}

# meter, faults, settings of the reader -> kind, what of the evidence the text must show, what the next step must name
FAULTS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str, str, str]] = [
    # silence
    ({}, {}, {'max_duration': 0.05}, 'no_time_to_answer', '0.05 s', 'max_duration'),
    ({}, {'silent': 'always'}, {}, 'silence', 'in 3 s', 'wakeup: True'),
    (HEAT_ASLEEP, {}, {}, 'silence', 'has to be woken', 'wakeup: True'),
    ({}, {}, {'baudrate': 9600}, 'silence', 'in 3 s', 'baudrate: 9600'),
    ({}, {'silent': 'always'}, {'wakeup': True}, 'silence_despite_wakeup', 'wake-up', 'button'),
    ({}, {'silent': 'always'}, {'wakeup': True, 'querycode': '2'}, 'silence_despite_wakeup', 'in 3 s', 'too: querycode: 2.'),
    ({}, {'silent': 'always'}, LISTEN, 'no_telegram', 'in 44 s', 'only_listen: False'),
    ({}, {'silent': 'always'}, {**LISTEN, 'timeout': 0.5, 'querycode': '2'}, 'no_telegram', 'in 44 s', 'is asked.'),
    ({}, {}, {'device_address': '99'}, 'no_answer_to_address', '99', 'device_address'),
    ({}, {}, {'device_address': '99', 'parity': 'none'}, 'no_answer_to_address', '99', 'too: parity: none.'),
    ({}, {'needs': 'dtr'}, {'dtr': False}, 'head_unpowered', ': DTR.', 'dtr and rts'),
    ({}, {'needs': 'dtr,rts'}, {'rts': False, 'device_address': '1'}, 'head_unpowered', ': RTS.', 'too: device_address: 1.'),
    ({'mode': 'D'}, {'needs': 'rts'}, {**LISTEN, 'rts': False}, 'head_unpowered', ': RTS.', 'dtr and rts'),
    ({'reaction_time': 1.4}, {}, {'timeout': 0.8}, 'timeout_short', '0.8 s', 'timeout to 3'),
    ({'pause': 1.4}, {}, {'timeout': 0.8, 'max_duration': 4.0}, 'timeout_short', '0.8 s', 'timeout to 3'),
    ({}, {}, {'timeout': 0.5, 'baudrate': 9600}, 'timeout_short', '0.5 s', 'too: baudrate: 9600.'),
    ({}, {}, {'parity': 'none'}, 'request_without_parity', 'without parity', 'parity to auto'),
    ({}, {}, {'parity': 'none', 'baudrate': 9600}, 'request_without_parity', 'without parity', 'too: baudrate: 9600.'),
    ({}, {'silent': 'always'}, {'serialport': 'socket://host:1'}, 'request_with_parity', 'in 3 s', 'parity: none'),
    ({}, {'silent': 'always'}, {'serialport': 'socket://host:1', 'baudrate': 9600}, 'request_with_parity', 'bit 7',
     'too: baudrate: 9600.'),
    ({}, {'silent': 'always'}, {'serialport': '/dev/pts/1', 'parity': 'software'}, 'request_with_parity', 'program',
     'parity: none'),
    ({}, {'silent': 'always'}, {'serialport': '/dev/pts/1'}, 'silence', 'in 3 s', 'wakeup: True'),
    ({}, {'silent': 'always'}, {'serialport': 'rfc2217://host:1'}, 'silence', 'in 3 s', 'wakeup: True'),
    ({}, {'silent': 'always', 'echo': 'all'}, {}, 'only_echo', '10 characters', 'Turn'),
    ({}, {'silent': 'always', 'echo': 'all'}, {'wakeup': True}, 'only_echo', 'characters', 'Turn'),
    ({}, {'echo': 'all'}, {'device_address': '99'}, 'only_echo', '14 characters', 'device_address: 99'),
    # another protocol, at the right speed
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
    (SELDOM, {}, {}, 'other_speed', '% unusable), but none that can be right. ', 'baudrate, and only_listen: True'),
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
    # after the identification
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
    ({}, {'damaged_stx': True}, {}, 'stx_missing', 'at 9600 Bd', 'baudrate_fix: True'),
    ({}, {'truncate': 100}, {}, 'cut', 'after 100 characters', 'Fasten the head'),
    ({}, {'missing_etx': True}, {}, 'cut', 'silent for 1.5 s', 'Fasten the head'),
    ({}, {'missing_bcc': True}, {}, 'cut', 'after 601 characters', 'Fasten the head'),
    ({**PUSH, 'kind': 'p1'}, {'truncate': 200}, {**LISTEN, 'baudrate': 115200}, 'cut', 'at 115200 Bd. The', 'Fasten the head'),
    ({}, {'vanish_after': 200}, {}, 'port_lost', '200 characters', 'by-id'),
]


def fail(meter: dict[str, Any], faults: dict[str, Any], config: dict[str, Any]) -> MeterError:
    """How the reader fails at this meter, in virtual time."""
    error, _ = ask(MeterOptions(**meter), Faults(**faults), **config)
    assert isinstance(error, MeterError)
    return error


@functools.cache
def finding_of(number: int) -> Finding:
    """What is found at a row of FAULTS."""
    return diagnose(fail(*FAULTS[number][:3]))


@pytest.mark.parametrize('number', range(len(FAULTS)), ids=lambda number: f'{number}-{FAULTS[number][3]}')
def test_each_fault_is_told_from_the_others(number):
    finding, (*_, kind, seen, step) = finding_of(number), FAULTS[number]
    assert (finding.kind, seen in finding.text('en'), step in finding.remedy('en')) == (kind, True, True), (
        finding.text('en'), finding.remedy('en'))


# -- recordings of what the simulated meter cannot do ----------------------------------------------------------------

def recording(*events: tuple[Any, ...], **config: Any) -> MeterError:
    error = MeterError(Text('es ging nicht', 'it failed'))
    error.session = Session(Settings(serialport='/dev/ttyUSB0', **config), tuple(Event(*event) for event in events))
    return error


def block(text: bytes) -> bytes:
    return b'\x02' + text + bytes([functools.reduce(lambda check, character: check ^ character, text)])


REQUEST = ('sent', 0.0, 300, b'/?!\r\n')
SIGN_ON = (('opened', 0.0, 300), REQUEST, ('received', 0.4, 300, b'/LGZ5ZMD310\r\n'),
           ('sent', 1.1, 300, b'\x06050\r\n'), ('speed', 1.3, 9600))
WHOLE = block(b'F.F(00)\r\n!\r\n\x03')
DISTURBED = Memory(disturbed=(True,) * DISTURBED_SESSIONS)

# events, memory -> kind, what of the evidence the text must show, what the next step must name
RECORDED: dict[str, tuple[tuple[tuple[Any, ...], ...], Memory, str, str, str]] = {
    'a meter that stays at 300 Bd sends NULs to the faster port': (
        (*SIGN_ON, ('received', 2.0, 9600, bytes(300))), Memory(),
        'data_at_sign_on_speed', 'at 9600 Bd: 300 unusable', 'baudrate_fix: True'),
    'a NUL from the switching of the speed is no data': (
        (*SIGN_ON, ('received', 2.0, 9600, b'\0')), Memory(), 'acknowledgement_ignored', '9600 Bd', 'baudrate_fix: True'),
    'an identification that is repeated is no data': (
        (*SIGN_ON, ('received', 2.0, 9600, b'/LGZ5ZMD310\r\n')), Memory(), 'acknowledgement_ignored', '9600 Bd', 'baudrate_fix'),
    'a NAK is no acknowledgement that came late': (
        (*SIGN_ON, ('received', 2.0, 9600, b'\0'), ('sent', 5.0, 9600, b'\x15')), Memory(),
        'acknowledgement_ignored', '9600 Bd', 'baudrate_fix'),
    'more than any meter has to say is endless': (
        (*SIGN_ON, ('received', 250.0, 9600, b''.join(b'1.8.%d(000123.4*kWh)\r\n' % number for number in range(11000)))),
        Memory(), 'endless', 'in 250 s', 'button'),
    'a spark is noise': (
        (REQUEST, ('received', 0.4, 300, b'\xff')), Memory(), 'noise', 'characters came, 1,', 'shade'),
    'most of an identification is right': (
        (REQUEST, ('received', 0.4, 300, with_parity(b'/LGZ5ZMD310\r') + b'\x0b')), Memory(),
        'bad_characters', '7.7 %, 1 of 13', 'shade'),
    'what looks like HDLC and M-Bus is no whole frame': (
        (REQUEST, ('received', 0.4, 300, b'1-0:1.8.0(h11h) and ~\xa0\x05 in a text that is long enough to be one, 2.8.0(000)')),
        Memory(), 'no_identification', 'came, 75,', '--record'),
    'an undamaged block is not confirmed on a disturbed line': (
        (*SIGN_ON, ('received', 2.0, 9600, WHOLE)), DISTURBED, 'unconfirmed', '15 characters', 'shade'),
    'characters vanish, but the port is there': (
        (*SIGN_ON, ('port shared', 1.5, 9600)), Memory(), 'port_shared', '/dev/ttyUSB0, although', 'getty'),
    'a port that cannot do the offered speed': (
        (*SIGN_ON, ('speed refused', 1.5, 300)), Memory(), 'speed_refused', '/dev/ttyUSB0 did not take the speed: 9600 Bd',
        'baudrate_fix: True'),
    'nobody looks at the parity of data without a check': (
        (*SIGN_ON, ('parity unseen', 1.5, 300), ('received', 2.0, 9600, WHOLE)), Memory(),
        'parity_unseen', '/dev/ttyUSB0 does not check', 'parity to auto'),
    'nothing is wrong': (
        (*SIGN_ON, ('received', 2.0, 9600, WHOLE)), Memory(), 'unclear', ': it failed.', '--record'),
}


def recorded(name: str) -> Finding:
    """What is found at a row of RECORDED."""
    events, memory, *_ = RECORDED[name]
    error = recording(*events)
    error.session = replace(error.session, memory=memory)
    return diagnose(error)


@pytest.mark.parametrize('name', RECORDED)
def test_each_recording_is_understood(name):
    finding, (*_, kind, seen, step) = recorded(name), RECORDED[name]
    assert (finding.kind, seen in finding.text('en'), step in finding.remedy('en')) == (kind, True, True), (
        finding.text('en'), finding.remedy('en'))


def test_an_error_without_a_session_is_said_as_it_is():
    finding = diagnose(MeterError(Text('nichts da', 'nothing there')))
    assert finding.kind == 'unclear' and finding.text('de').startswith('Die Auslesung gelang nicht: nichts da.')


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


def open_fails(port: str, number: int | None = None) -> MeterError:
    """How the reader fails at this port of the computer, or at one that the system refuses with this number."""
    def open_port(settings: Settings) -> Any:
        raise OSError(number, os.strerror(number))

    with pytest.raises(dlms.PortError) as caught:
        dlms.query({'serialport': port}, **({'open_port': open_port} if number else {}))
    return caught.value


# port, number of the error -> kind, what the text must show, what the next step must name
PORTS: list[tuple[str, int | None, str, str, str]] = [
    ('/dev/serial/by-id/no-such-head', None, 'port_missing', '/no-such-head does not',
     'there: /dev/serial/by-id/usb-Weidmann_1, /dev/serial/by-id/usb-Weidmann_2.'),
    ('/dev/ttyUSB0', errno.EACCES, 'port_forbidden', 'its group heads are', 'usermod -aG heads USER'),
    ('/dev/ttyUSB0', errno.EBUSY, 'port_busy', 'uses it: vzlogger (PID 4711).', 'ModemManager'),
    ('/dev/serial/by-id/usb-Weidmann_1', errno.EBUSY, 'port_busy', 'uses it: vzlogger (PID 4711).', 'ModemManager'),
    ('/dev/ttyUSB1', errno.EAGAIN, 'port_busy', 'another instance uses it.', 'ModemManager'),
    ('/dev/ttyUSB0', errno.EIO, 'port_unusable', '/dev/ttyUSB0 could not', '--list'),
    ('nonsense://', None, 'port_unreachable', 'nonsense:// could not', 'serialport'),
    ('socket://127.0.0.1:1', None, 'port_unreachable', 'socket://127.0.0.1:1 could not', 'serialport'),
    ('socket://127.0.0.1:1', errno.EBUSY, 'port_busy', 'socket://127.0.0.1:1 is busy', 'ModemManager'),
]


@pytest.mark.parametrize('port, number, kind, seen, step', PORTS)
def test_the_computer_tells_why_a_port_is_not_opened(root, port, number, kind, seen, step):
    finding = diagnose(open_fails(port, number), root)
    assert (finding.kind, seen in finding.text('en'), step in finding.remedy('en')) == (kind, True, True), (
        finding.text('en'), finding.remedy('en'))


# what the computer is, a port, number of the error -> kind, what the text must show, what the next step must name
ELSEWHERE: list[tuple[dict[str, str], str, int, str, str, str]] = [
    ({'sys/class/tty/ttyS4/type': '0'}, '/dev/ttyS4', errno.EIO, 'no_hardware', 'no hardware for it', '--list'),
    ({'sys/class/tty/ttyS0/type': '4'}, '/dev/ttyS0', errno.EIO, 'port_unusable', '/dev/ttyS0 could not', '--list'),
    ({'etc/group': ''}, '/dev/ttyUSB0', errno.EACCES, 'group_unknown', f'no name here: {os.getgid()},',
     f'--group-add and this number, {os.getgid()} ('),
    ({'etc/group': f'nogroup:x:{os.getgid()}:'}, '/dev/ttyUSB0', errno.EACCES, 'group_unknown', str(os.getgid()), 'keep-groups'),
    ({'.dockerenv': ''}, '/dev/ttyUSB0', errno.EPERM, 'device_not_given', 'container is not allowed', '--device'),
    ({'run/.containerenv': ''}, '/dev/ttyUSB0', errno.EACCES, 'port_forbidden', 'its group heads are', 'usermod'),
    ({}, '/dev/ttyUSB0', errno.EPERM, 'port_forbidden', 'its group heads are', 'usermod'),
    ({'run/.containerenv': '', 'without': 'dev/serial'}, '/dev/serial/by-id/usb-Weidmann_1', errno.ENOENT,
     'port_not_in_container', 'in this container', '--device /dev/serial/by-id/NAME:/dev/ttyUSB0'),
    ({'run/.containerenv': ''}, '/dev/ttyUSB7', errno.ENOENT, 'port_missing', 'not plugged in', 'usb-Weidmann_1'),
    ({'without': 'dev/serial'}, '/dev/ttyUSB7', errno.ENOENT, 'port_missing', 'not plugged in', 'by-id'),
]


def at_another_computer(root: Path, files: dict[str, str], port: str, number: int) -> Finding:
    for name, content in files.items():
        if name == 'without':
            shutil.rmtree(root / content)
            continue
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return diagnose(open_fails(port, number), root)


@pytest.mark.parametrize('files, port, number, kind, seen, step', ELSEWHERE)
def test_other_computers_and_containers(root, files, port, number, kind, seen, step):
    finding = at_another_computer(root, files, port, number)
    assert (finding.kind, seen in finding.text('en'), step in finding.remedy('en')) == (kind, True, True), (
        finding.text('en'), finding.remedy('en'))


def test_a_computer_that_tells_nothing_leaves_the_rest_out(tmp_path):
    assert diagnose(open_fails('/dev/no-such-head'), tmp_path).remedy('en').endswith('the same.')
    assert diagnose(open_fails('/dev/ttyUSB0', errno.EACCES), tmp_path).text('en').endswith('of its group are.')


def test_real_pty_that_another_holds():
    """A port that a program has locked, as the kernel and /proc of this computer tell it."""
    master, slave = os.openpty()
    with serial.Serial(os.ttyname(slave), exclusive=True):
        finding = diagnose(open_fails(os.ttyname(slave)))
    os.close(master)
    os.close(slave)
    assert finding.kind == 'port_busy' and f'(PID {os.getpid()})' in finding.text('en')


def cut_short() -> MeterError:
    """Half of the data is missing, at the port that process 4711 has open."""
    return recording(*SIGN_ON, ('received', 2.0, 9600, WHOLE[:8]))


def test_another_program_is_named_where_characters_are_missing(root):
    assert diagnose(cut_short(), root).text('en').endswith('too: vzlogger (PID 4711); what it reads is missing here.')
    assert diagnose(cut_short(), None).kind == diagnose(cut_short(), root / 'etc').kind == 'cut'


def test_file_that_is_no_port(tmp_path, root):
    (tmp_path / 'file').touch()
    assert diagnose(open_fails(str(tmp_path / 'file')), root).kind == 'port_unusable'


# -- kinds and their texts -------------------------------------------------------------------------------------------

def gaps(kind: str) -> set[str]:
    """What the texts of this kind can show."""
    texts = KINDS[kind].symptom, KINDS[kind].cause, KINDS[kind].remedy
    german, english = (set(re.findall(r'{(\w+)}', ' '.join(parts))) for parts in zip(*((t.de, t.en) for t in texts), strict=True))
    assert german == english
    return german


TOLD_BY_THE_ERROR = {
    'another_meter': AnotherMeter('1', '2'), 'waits_for_copy': Unconfirmed('x'),
    'no_programming_mode': NotRead('x', 'no_programming_mode', identification='/LGZ5'),
    **{kind: NotRead('x', kind, code='1.7.0', answer='(ERR15)') for kind in ('register_unknown', 'register_forbidden')}}


@pytest.fixture
def findings(root):
    """Those of all tables."""
    def copied(number):
        return shutil.copytree(root, root / str(number), symlinks=True, ignore=shutil.ignore_patterns('[0-9]'))

    return [*map(finding_of, range(len(FAULTS))), *map(recorded, RECORDED), *map(diagnose, TOLD_BY_THE_ERROR.values()),
            *(diagnose(open_fails(port, number), root) for port, number, *_ in PORTS), diagnose(cut_short(), root),
            *(at_another_computer(copied(number), *row[:3]) for number, row in enumerate(ELSEWHERE))]


def test_every_kind_is_found_and_shows_all_that_it_can(findings):
    seen: dict[str, set[str]] = {}
    for finding in findings:
        seen.setdefault(finding.kind, set()).update(finding.evidence)
    assert seen == {kind: gaps(kind) for kind in KINDS}
    others = {kind for *_, kind, _, _ in (*PORTS, *ELSEWHERE)} | set(TOLD_BY_THE_ERROR) | {'unclear'}
    assert {kind for kind, _ in SYMPTOMS} == set(KINDS) - others


def test_every_finding_is_said_in_both_languages_with_its_evidence(findings):
    for finding in findings:
        for language in LANGUAGES:
            said = f'{finding.text(language)} {finding.remedy(language)}'
            assert not re.search(r'[][{}]|  | [.,;:]|None', said), said
            for value in finding.evidence.values():
                assert Text('{it}', '{it}', {'it': value}).to(language) in said, (value, said)


def test_figures_are_rounded_and_written_as_the_language_does():
    error = recording(*SIGN_ON, ('received', 2.0, 9600, b'\x021.8.0(000123.456*kWh)\r\n'), ('failed', 3.54321, 9600))
    assert 'dann war es 1,5 s still' in diagnose(error).text('de')
    error = recording(*SIGN_ON, ('received', 2.0, 9600, b'\x021.8.0(000123.456*kWh)\r\n'), ('failed', 125.54321, 9600))
    assert 'silent for 124 s' in diagnose(error).text('en')


@pytest.mark.parametrize('language', LANGUAGES)
@pytest.mark.parametrize('name', KINDS)
def test_manual_has_no_placeholders_and_short_texts(name, language):
    kind = KINDS[name]
    texts = [text.to(language) for text in (kind.symptom, kind.cause, kind.remedy)]
    for text in texts:
        assert text and not re.search(r'[][{}]|  | [.,;:]', text), text
        assert text.endswith('.')
        assert len(re.findall(r'[.](?= |$)', text)) <= (2 if text == texts[2] else 1), text


@pytest.mark.parametrize('language', LANGUAGES)
def test_every_kind_has_a_title_of_its_own_of_half_a_sentence(language):
    titles = [Finding(kind).title(language) for kind in KINDS]
    assert len(set(titles)) == len(KINDS)
    assert [title for title in titles if not re.fullmatch(r'[A-Z][^.{}[\]]{8,64}[^.{}[\] ]', title)] == []
    assert [kind for kind in KINDS if Finding(kind).title('de') == Finding(kind).title('en')] == []


@pytest.mark.parametrize('name', KINDS)
def test_parameters_are_those_that_the_remedy_names(name):
    parameters = '|'.join((*(field.name for field in fields(Settings)), 'meter_number', 'registers'))    # of the plugin
    for language in LANGUAGES:
        named = re.findall(rf'\b({parameters})\b', KINDS[name].remedy.to(language))
        assert tuple(dict.fromkeys(named)) == Finding(name).parameters


@pytest.mark.parametrize('config, kind, parameters', [
    ({}, 'silence', ('wakeup', 'only_listen')),
    ({'baudrate': 9600, 'querycode': '2'}, 'silence', ('wakeup', 'only_listen', 'querycode', 'baudrate')),
    ({'dtr': False, 'device_address': '1', 'timeout': 0.5}, 'head_unpowered', ('dtr', 'rts', 'timeout', 'device_address')),
    ({'dtr': False, 'only_listen': True, 'baudrate': 9600}, 'head_unpowered', ('dtr', 'rts')),
    ({'device_address': '1', 'parity': 'even'}, 'no_answer_to_address', ('device_address', 'parity')),
    ({'timeout': 0.5, 'parity': 'none'}, 'timeout_short', ('timeout', 'parity')),
], ids=lambda value: value if isinstance(value, str) else '')
def test_parameters_of_a_finding_are_those_of_its_other_suspects_too(config, kind, parameters):
    finding = diagnose(recording(REQUEST, **config))
    assert (finding.kind, finding.parameters) == (kind, parameters)
    assert [name for name in parameters if name not in finding.remedy('de')] == []


def test_foreign_text_cannot_steer_a_terminal():
    text = Finding('port_busy', {'port': '/dev/x', 'holder': '\x1b[2J (PID 1)'}).text('en')
    assert text.endswith('uses it: \N{REPLACEMENT CHARACTER}[2J (PID 1).')


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
    assert finding.evidence.keys() <= gaps(finding.kind)
    for language in ('de', 'en', 'fr'):
        assert finding.title(language) and finding.text(language) and finding.remedy(language)
