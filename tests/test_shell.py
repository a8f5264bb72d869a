# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The shell command as a user runs it: a process of its own, from another directory, with a meter on a pty."""

import json
import os
import pty
import re
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

import dlms
from reader.detection import ports
from reader.shell import command, options
from reader.version import version
from reading import ask
from simulated_meter import Faults, MeterOptions, PtyDoor

PROGRAM = Path(dlms.__file__)

ENVIRONMENT = {**os.environ, 'LANG': 'en_US.UTF-8', 'LC_ALL': '', 'LC_MESSAGES': '', 'PYTHONDONTWRITEBYTECODE': '1'}
GERMAN = {**ENVIRONMENT, 'LANG': 'de_AT.UTF-8'}


@contextmanager
def meter(faults=None, **options):
    options = {'instant': True, 'framing': '8N1', 'strict_parity': False, 'wakeup_gap': 0.05, **options}
    with PtyDoor(MeterOptions(**options), faults) as door:
        yield door


def run(*arguments, program=PROGRAM, **how):
    how = {'cwd': '/', 'env': ENVIRONMENT, 'capture_output': True, 'timeout': 60, **how}
    return subprocess.run([sys.executable, str(program), *map(str, arguments)], **how)


@pytest.fixture(scope='module')
def recording(tmp_path_factory):
    """A readout as text, its recording, and what the meter has sent."""
    file = tmp_path_factory.mktemp('recording') / 'session.jsonl'
    with meter() as door:
        done = run(door.name, '--record', file)
        assert (done.returncode, done.stderr) == (0, b'')
        return done.stdout, file, door.simulation.meter.sent[-1]


def test_text(recording):
    stdout, _, sent = recording
    assert stdout.decode() == f'{sent.identification}\r\n{sent.text}'


@pytest.mark.parametrize('arguments, sign_on', [
    (['-s', '300', '-d', '', '-q', '2', '-t', '2'], b'/2!\r\n'), (['-b', '300', '--device', '12', '-t', '0.5'], b'/?12!\r\n'),
    (['--speed', '300', '-f', '-v'], b'/?!\r\n')])
def test_options_do_what_they_say(arguments, sign_on, tmp_path):
    link = tmp_path / 'elsewhere' / 'meter-reader'
    link.parent.mkdir()
    link.symlink_to(PROGRAM)
    with meter() as door:
        done = run(door.name, *arguments, '--record', tmp_path / 'r', program=link, cwd=tmp_path)
        session = dlms.Session.from_text((tmp_path / 'r').read_text())
        assert next(e.data for e in session.events if e.kind == 'sent') == sign_on
        assert done.returncode == (1 if b'12' in sign_on else 0)
        assert ('-f' in arguments) == (all(e.baudrate == 300 for e in session.events) and done.returncode == 0)
        assert (b'received' in done.stderr) == ('-v' in arguments)


def test_a_copy_is_waited_for_where_the_user_wants_it():
    with meter() as door:
        told = json.loads(run(door.name, '--confirm', 'always', '--format', 'json').stdout)
    assert told['checked'] == ['bcc', 'copy'] and door.simulation.meter.sent[-1].repeats == 1


@pytest.mark.parametrize('source', ['recording', 'bytes'])
def test_replay(recording, source, tmp_path):
    stdout, file, _ = recording
    if source == 'bytes':
        file = tmp_path / 'bytes'
        file.write_bytes(stdout)
    assert run('--replay', file).stdout == stdout


def test_json(recording):
    _, file, sent = recording
    lines = run('--replay', file, '--format', 'json').stdout.decode().splitlines()
    assert len(lines) == 1
    told = json.loads(lines[0])
    assert list(told) == ['identification', 'manufacturer', 'mode', 'baudrate', 'checked', 'duration', 'data', 'rejected']
    assert told['identification'] == sent.identification and told['manufacturer']['flag'] == 'LGZ'
    assert (told['mode'], told['baudrate'], told['checked'], told['rejected']) == ('C', 9600, ['bcc'], [])
    assert [(d['code'], tuple((v['value'], v['unit']) for v in d['values'])) for d in told['data']] == [
        (code, tuple(values)) for code, values in sent.registers]
    assert all(list(d) == ['code', 'name', 'values'] for d in told['data'])


@pytest.mark.parametrize('language, head, word', [('de', 'Bedeutung', 'Wert'), ('en', 'Meaning', 'Value')])
def test_table(recording, language, head, word):
    _, file, sent = recording
    lines = run('--replay', file, '--format', 'table', env={**ENVIRONMENT, 'LC_ALL': f'{language}_DE.UTF-8'}).stdout.decode()
    assert head in lines and word in lines
    for code, values in sent.registers:
        assert re.search(rf'(?m)^{re.escape(code)} .*{re.escape(values[0][0])}', lines)


def test_items(recording):
    from ruamel.yaml import YAML
    _, file, _ = recording
    text = run('--replay', file, '--format', 'items').stdout.decode()
    assert 'plugin_name: dlms' in text and 'dlms_obis_code' in text
    section, items = text.split('# items/dlms.yaml')
    assert YAML(typ='safe').load(section)['dlms']['update_cycle'] >= 60
    assert isinstance(YAML(typ='safe').load(items), dict)


def test_detect_prints_who_it_is_and_how_it_is_configured():
    from ruamel.yaml import YAML
    with meter() as door:
        done = run('--detect', door.name, env=GERMAN)
        identification = door.simulation.meter.sent[-1].identification
    text = done.stdout.decode()
    assert done.returncode == 0 and done.stderr.decode().startswith(f'{door.name}: Anfrage mit 300 Bd ...')
    assert re.match(rf'# {re.escape(identification)}, Landis.*, Nummer \d+\n# Modus C, 9600 Bd, \d,\d s, geprüft: bcc\n', text)
    assert YAML(typ='safe').load(text.partition('# items/')[0])['dlms']['serialport'] == door.name


class Houses:
    """Folders of SmartHomeNG, some with a configuration."""

    def __init__(self, path):
        self.path = path
        for folder in ('etc', 'items', 'plugins'):
            (path / folder).mkdir(parents=True)

    def has(self, language='en', sections=''):
        (self.path / 'etc/smarthome.yaml').write_text(f'tz: Europe/Berlin\ndefault_language: {language}\n')
        (self.path / 'etc/plugin.yaml').write_text(sections)
        return self


def loaded(text):
    """Sections of etc/plugin.yaml and items, in one mapping, as a user would paste them."""
    from ruamel.yaml import YAML
    return YAML(typ='safe').load(text.decode())


@pytest.fixture
def house(tmp_path):
    return Houses(tmp_path / 'house')


def test_detect_at_several_ports_gives_what_can_be_pasted_as_it_stands():
    with meter() as first, meter() as second:
        done = run('--detect', first.name, '/dev/there-is-none', second.name, env=GERMAN)
    pasted = loaded(done.stdout)
    assert list(pasted) == ['dlms_zaehler1', 'zaehler1', 'dlms_zaehler3', 'zaehler3'] and done.returncode == 0
    for name, port in (('zaehler1', first.name), ('zaehler3', second.name)):
        section = pasted[f'dlms_{name}']
        assert (section['plugin_name'], section['instance'], section['serialport']) == ('dlms', name, port)
        assert f'dlms_obis_code@{name}: ' in done.stdout.decode() and f'# items/dlms_{name}.yaml\n' in done.stdout.decode()
    assert b'dlms_obis_code:' not in done.stdout


@pytest.mark.parametrize('arguments, section, instance, root', [
    ([], 'dlms', None, 'meter'), (['--instance', 'Wärmepumpe'], 'dlms_waermepumpe', 'waermepumpe', 'meter_waermepumpe'),
    (['--instance', '2'], 'dlms_meter2', 'meter2', 'meter2')], ids=str)
def test_instance_of_one_meter(arguments, section, instance, root):
    with meter() as door:
        pasted = loaded(run('--detect', door.name, *arguments).stdout)
    assert list(pasted) == [section, root] and pasted[section].get('instance') == instance


def test_instance_of_a_recording(recording):
    _, file, _ = recording
    assert b'dlms_obis_code@cellar: ' in run('--replay', file, '--format', 'items', '--instance', 'cellar').stdout


@pytest.mark.parametrize('sections, name', [
    ('', 'dlms'), ('other:\n    plugin_name: knx\n    serialport: /dev/x\n', 'dlms'),
    ('strom:\n    plugin_name: dlms\n    serialport: /dev/x\n', 'dlms_zaehler2'),
    ('dlms:\n    class_path: plugins.dlms\n    instance: Zaehler2\n', 'dlms_zaehler3'),
    ('dlms:\n    plugin_name: priv_dlms\n    serialport: {port}\n', 'dlms'),
    ('strom:\n    plugin_name: dlms\n    instance: Haus\n    serialport: {port}\n', 'strom'), ('[a: : b', 'dlms')], ids=str)
def test_names_are_free_in_the_house(house, sections, name):
    with meter() as door:
        done = run('--detect', door.name, '--write', house.has('de', sections.replace('{port}', door.name)).path)
        assert list(loaded(done.stdout)) == [name]
        assert [file.name for file in (house.path / 'items').iterdir()] == [f'{name}.yaml']
        written = (house.path / f'items/{name}.yaml').read_bytes()
    instance = {'dlms': '', 'strom': '@haus'}.get(name, f'@{name.removeprefix("dlms_")}')
    assert f'dlms_obis_code{instance}:'.encode() in written and next(iter(loaded(written))).startswith('zaehler')


def test_items_are_written_once_and_then_shown(house):
    with meter() as door:
        first = run('--detect', door.name, '--write', house.has('de').path)
        file = house.path / 'items/dlms.yaml'
        written = file.read_bytes()
        assert first.returncode == 0 and str(file) in first.stderr.decode() and list(loaded(first.stdout)) == ['dlms']
        assert list(loaded(written)) == ['zaehler']        # the language is that of the house, not of the terminal
        file.write_text('# mine\n')
        again = run('--detect', door.name, '--write', house.path, '--lang', 'en')
    assert file.read_text() == '# mine\n' and again.returncode == 0
    assert list(loaded(again.stdout)) == ['dlms', 'meter'] and f'{file} is there already' in again.stderr.decode()


def test_items_that_cannot_be_written_are_shown(house):
    def little_space():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    with meter() as door:
        done = run('--detect', door.name, '--write', house.has().path, preexec_fn=little_space)
    assert done.returncode == 1 and list(loaded(done.stdout)) == ['dlms', 'meter']
    assert f'dlms.py: {house.path}/items/dlms.yaml: File too large' in done.stderr.decode()
    assert list((house.path / 'items').iterdir()) == []


def test_folder_that_is_no_installation_costs_no_readout(tmp_path):
    done = run('--detect', '/dev/there-is-none', '--write', tmp_path)
    assert done.returncode == 2 and f'dlms.py: {tmp_path} has no folder items' in done.stderr.decode()


@pytest.mark.parametrize('name', ['dlms', 'priv_dlms'])
def test_installation_that_the_plugin_lies_in(house, name, recording):
    """Called by a link, as who works on it has it."""
    _, file, _ = recording
    (house.has('de').path / 'plugins' / name).symlink_to(PROGRAM.parent)
    pasted = loaded(run('--replay', file, '--format', 'items', program=house.path / 'plugins' / name / 'dlms.py').stdout)
    assert list(pasted) == ['dlms', 'zaehler'] and pasted['dlms']['plugin_name'] == name


# Exit codes

@pytest.mark.parametrize('arguments, code, says', [
    ([], 2, b'give a PORT'), (['/dev/x', '--list'], 2, b'give a PORT'), (['/dev/x', '--follow'], 2, b'goes with -l'),
    (['/dev/x', '-t', 'soon'], 2, b"timeout must be a number, not 'soon'"),
    (['/dev/x', '-t', '0'], 2, b'timeout must be above 0'),
    (['/dev/x', '-d', 'a!'], 2, b'device_address'), (['/dev/x', '--parity', 'odd'], 2, b"invalid choice: 'odd'"),
    (['/dev/x', '--write', '/tmp'], 2, b'goes with --detect'), (['/dev/x', '--instance', 'a'], 2, b'goes with --detect'),
    (['--detect', '/dev/x', '--instance', '-'], 2, b"letters and digits, not '-'"),
    (['--list', '--aim'], 2, b'not allowed with'), (['--aim'], 2, b'give a PORT'),
    (['--replay', '/dev/null', '--record', '/tmp/x'], 2, b'--record'),
    (['/dev/there-is-none'], 1, b'does not exist'), (['--replay', '/there/is/none'], 1, b'/there/is/none: No such file'),
    (['--aim', '/dev/there-is-none'], 1, b'in the shell: PORT (serialport)'),
    (['/dev/there-is-none', '--report', '/there/is/none'], 1, b'does not exist'),
    (['--replay', '/dev/null'], 1, b'did not come'), (['/dev/there-is-none', '--record', '/there/is/none'], 1, b'there/is/none')],
    ids=str)
def test_exit_codes(arguments, code, says):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (code, b'')
    assert says in done.stderr and b'Traceback' not in done.stderr
    if code == 1 and '/there/is/none' not in arguments[2:]:
        assert done.stderr.startswith(b'dlms.py: ') and len(done.stderr.splitlines()) <= 4


# In the user's language

def test_every_parameter_has_an_option_that_sets_it_alone():
    """`Settings` is the home of the parameters: none without an option, and no option without its parameter."""
    usual = dlms.Settings('/dev/x')
    other = {'baudrate': 9600, 'device_address': '7', 'querycode': '2', 'timeout': 1.5, 'max_duration': 60.0, 'settle': 0.5,
             'checksum': 'sum', 'confirm': 'always', 'parity': 'even', 'password': '0'}
    for field in fields(usual):
        for flag in options.PARAMETERS[field.name].flags:
            switch = isinstance(field.default, bool)
            words = ['/dev/x'] if flag == 'PORT' else ['/dev/x', flag, *([] if switch else [str(other[field.name])])]
            settings = options.settings_of(options.parse(words))
            changed = {f.name: getattr(settings, f.name) for f in fields(usual)
                       if getattr(settings, f.name) != getattr(usual, f.name)}
            assert changed == ({} if flag == 'PORT' else {field.name: not field.default if switch else other[field.name]})
    assert set(options.PARAMETERS) == {field.name for field in fields(usual)}


@pytest.mark.parametrize('arguments, environment', [
    (['--help'], GERMAN), (['-h', '--lang', 'de'], ENVIRONMENT), (['--lang=de', '--help'], ENVIRONMENT),
    (['-h'], {**ENVIRONMENT, 'LC_MESSAGES': 'de_DE.UTF-8'}), (['-h'], {**ENVIRONMENT, 'LC_ALL': 'de'})],
    ids=('LANG', '--lang de', '--lang=de', 'LC_MESSAGES', 'LC_ALL'))
def test_german_help(arguments, environment):
    done = run(*arguments, env={**environment, 'COLUMNS': '200'})
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b'')
    assert text.startswith('Aufruf: dlms.py PORT [Optionen]') and 'DATEI' in text and '(Standard 300)' in text
    english = {'the', 'meter', 'file', 'default', 'usage', 'show', 'options', 'address', 'with', 'and'}
    assert not english & {word.lower() for word in re.findall('[A-Za-z]+', text)}
    assert run('--help', env={**GERMAN, 'LC_ALL': 'en_GB.UTF-8'}).stdout.startswith(b'usage: dlms.py PORT [options]')


@pytest.mark.parametrize('arguments, says', [
    (['--nonsense', '/dev/x'], 'unbekannt: --nonsense'), (['/dev/x', '-t'], '-t/--timeout: ein Wert fehlt'),
    (['/dev/x', '--parity', 'odd'], "--parity: 'odd' gibt es nicht, möglich sind"),
    (['/dev/x', '--re', 'f'], '--re ist mehrdeutig: --replay, --read, --record, --report'),
    (['--list', '--aim'], '--aim: geht nicht zusammen mit --list'), (['/dev/x', '-f=1'], "nimmt keinen Wert, nicht '1'"),
    ([], 'PORT, --replay DATEI, --list oder --detect angeben'), (['--replay', '/'], '/: das ist ein Ordner'),
    (['/dev/x', '-t', '-1'], 'timeout muss größer als 0 sein, nicht -1'),
    (['/dev/x', '-t', 'bald'], "timeout muss eine Zahl sein, nicht 'bald'")], ids=str)
def test_german_complaints(arguments, says):
    stderr = run(*arguments, env=GERMAN).stderr.decode()
    assert f'dlms.py: {says}' in stderr.replace('-f/--baudrate_fix: ', '') and not re.search('usage|error|argument', stderr)


@pytest.mark.parametrize('arguments, hint', [
    (['--no-dtr'], '--no-dtr (dtr: False), --no-rts (rts: False)'), (['--parity', 'none'], '--parity (parity)'),
    (['-d', '12'], '-d (device_address)')], ids=str)
def test_remedy_names_its_options(arguments, hint):
    with meter(Faults(silent='always')) as door:
        done = run(door.name, *arguments, '-t', '1.8')
    assert f'Here in the shell: {hint}\n' in done.stderr.decode()


@pytest.mark.parametrize('received, config, hint', [
    (bytes(40), {}, '-b (baudrate), -l (only_listen: True)'),
    (b'/ABC\r\n\x021.8.0(1)\r\n!\r\n\x03\x2b', {'parity': 'none', 'checksum': 'sum'}, '--checksum (checksum)')],
    ids=['speed', 'checksum'])
def test_remedy_of_a_recording_names_its_options(received, config, hint, tmp_path):
    events = (dlms.Event('sent', 0.0, 300, b'/?!\r\n'), dlms.Event('received', 0.4, 300, received))
    (tmp_path / 'r').write_text(dlms.Session(dlms.Settings('/dev/ttyUSB0', **config), events).to_text())
    stderr = run('--replay', tmp_path / 'r', env=GERMAN).stderr.decode()
    assert f'Hier in der Shell: {hint}\n(zuletzt: ' in stderr


def test_failure_is_recorded_and_replayed(tmp_path):
    with meter(Faults(wrong_check=True)) as door:
        done = run(door.name, '--record', tmp_path / 'r', '-t', '1')
    assert done.returncode == 1 and b'check character is wrong' in done.stderr and done.stdout == b''
    again = run('--replay', tmp_path / 'r')
    assert (again.returncode, again.stderr) == (1, done.stderr)
    accepted = run('--replay', tmp_path / 'r', '-c')
    assert accepted.returncode == 0 and b'accepted all the same' in accepted.stderr and b'1.8.0(' in accepted.stdout


def test_several_telegrams_are_several_lines(tmp_path):
    (tmp_path / 'two').write_bytes(b'/ABC5x\r\n\r\n1.8.0(1)\r\n!\r\n/ABC5x\r\n\r\n1.8.0(2)\r\n!\r\n')
    lines = run('--replay', tmp_path / 'two', '--format', 'json').stdout.splitlines()
    assert [json.loads(line)['data'][0]['values'][0]['value'] for line in lines] == ['1', '2']


def test_file_that_is_no_recording(tmp_path):
    (tmp_path / 'r').write_text('{"format": "other"}')
    done = run('--replay', tmp_path / 'r')
    assert done.returncode == 1 and b'not a recorded session' in done.stderr and b'Traceback' not in done.stderr


@pytest.mark.parametrize('before', [None, 'an older recording'])
def test_recording_onto_a_full_disk(before, tmp_path):
    """The file is named, what was there stays, and nothing new is left."""
    file = tmp_path / 'session.jsonl'
    if before:
        file.write_text(before)
    with meter() as door:
        done = run(door.name, '--record', file, env=GERMAN,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
    assert done.returncode == 1 and b'1.8.0(' in done.stdout
    assert done.stderr.decode() == f'dlms.py: {file}: die Datei ist zu groß\n'
    assert [path.read_text() for path in tmp_path.iterdir()] == ([before] if before else [])


def test_recording_into_a_device():
    with meter() as door:
        done = run(door.name, '--record', '/dev/full')
        assert (done.returncode, done.stderr) == (1, b'dlms.py: /dev/full: No space left on device\n')
    assert Path('/dev/full').is_char_device()


# While it runs

def started(*arguments, **how):
    how = {'cwd': '/', 'env': ENVIRONMENT, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, **how}
    return subprocess.Popen([sys.executable, str(PROGRAM), *map(str, arguments)], **how)


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_ctrl_c_stores_the_recording(tmp_path):
    with meter(instant=False, mode='A', size=2000) as door:
        process = started(door.name, '--record', tmp_path / 'r')
        until(lambda: door.simulation.meter.sent)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        stdout, stderr = process.communicate(timeout=10)
        assert time.monotonic() - began < 1.5
    assert (process.returncode, stdout, stderr) == (130, b'', b'')
    session = dlms.Session.from_text((tmp_path / 'r').read_text())
    assert any(e.kind == 'received' for e in session.events)


def test_single_registers():
    with meter(programming=True) as door:
        process = started(door.name, '--read', '1.7.0,9.9.9,1.8.0', '--lang', 'en')
        stdout, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        first, second, refused = stdout.decode().splitlines()
        assert first.startswith('1.7.0(') and second.startswith('1.8.0(') and refused.startswith('# 9.9.9')
        process = started(door.name, '--read', '1.7.0', '--follow')
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        assert process.returncode == 130 and all(line.startswith(b'1.7.0(') for line in lines)
        assert door.simulation.meter.goodbyes == 2


def test_follow_until_ctrl_c():
    with meter(mode='D', interval=0.3, phase=0.1) as door:
        process = started(door.name, '-l', '--follow', '-b', '9600', '--format', 'json')
        lines = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 130 and [line['mode'] for line in lines] == ['D'] * 3


@pytest.mark.parametrize('when, readouts, least, most', [('first:4', 2, 1, 1), ('every:2', 3, 2, 4)], ids=['in a row', 'between'])
def test_follow_says_what_is_wrong_once_until_it_is_right(when, readouts, least, most):
    with meter(Faults(wrong_check=True, when=when), kind='p1', interval=0.3, phase=0.1) as door:
        process = started(door.name, '-l', '--follow', '-b', '115200', '--format', 'json', env=GERMAN)
        lines = [json.loads(process.stdout.readline()) for _ in range(readouts)]
        process.send_signal(signal.SIGINT)
        stderr = process.communicate(timeout=10)[1].decode()
    assert process.returncode == 130 and [line['mode'] for line in lines] == ['D'] * readouts
    told = stderr.count('aber das Prüfzeichen ist falsch')
    assert least <= told <= most and stderr.count('Hier in der Shell: ') == told
    assert stderr.startswith('dlms.py: ') and len(stderr.splitlines()) == 4 * told


def test_progress_on_a_terminal():
    master, slave = pty.openpty()
    with meter(instant=False, baudrate=4800, flag='ISk', size=1000) as door:
        process = started(door.name, stderr=slave)
        os.close(slave)
        stdout = process.communicate(timeout=20)[0]
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert process.returncode == 0 and b'1.8.0(' in stdout
    assert re.search(r'\r\d+ characters, 4800 Bd, \d\.\d s\x1b\[K', shown) and shown.endswith('\r\x1b[K')


def test_closed_pipe(recording):
    """As with `| head -1`."""
    read, write = os.pipe()
    os.close(read)
    done = run('--replay', recording[1], capture_output=False, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.returncode == 1 and b'Traceback' not in done.stderr


@pytest.mark.parametrize('form', ['text', 'table', 'json', 'items'])
def test_hostile_text_does_not_steer_the_terminal(form, tmp_path):
    hostile = b'/ABC5\x1b]0;x\x07\r\n\x1b[2J1.8.0(\x1b[31m1\x9b2J*k\x08Wh)\r\n0.0.0(a\x1b[2Jb)\r\n96.1(\x07)\r\n!\r\n'
    (tmp_path / 'bytes').write_bytes(hostile)
    done = run('--replay', tmp_path / 'bytes', '--format', form)
    assert not re.search('[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]', done.stdout.decode())
    assert not re.search(rb'[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]', done.stderr)


def test_terminal_that_knows_ascii_only(tmp_path):
    (tmp_path / 'bytes').write_bytes('/ABC5x\r\n0.0.0(Zähler)\r\n!\r\n'.encode('latin-1'))
    done = run('--replay', tmp_path / 'bytes', env={**ENVIRONMENT, 'PYTHONIOENCODING': 'ascii'})
    assert done.returncode == 0 and b'Z\\xe4hler' in done.stdout


# In this process: what no test machine has

def test_list(monkeypatch, capsysbinary, tmp_path):
    class Port:
        device, description = str(tmp_path / 'ttyUSB0'), 'USB head'
    (tmp_path / 'ttyUSB0').touch()
    (tmp_path / 'by-id').mkdir()
    (tmp_path / 'by-id' / 'usb-head').symlink_to(tmp_path / 'ttyUSB0')
    monkeypatch.setattr(ports, 'BY_ID', tmp_path / 'by-id')
    monkeypatch.setattr(ports.list_ports, 'comports', lambda include_links: [Port])
    assert command.main(['--list']) == 0
    assert capsysbinary.readouterr().out.decode() == f'{Port.device}  {tmp_path}/by-id/usb-head  USB head\n'


def test_list_leaves_out_names_without_hardware(monkeypatch, capsysbinary, tmp_path):
    """Kernels from 6.7 on list ttyS0 to ttyS31, whatever the computer has."""
    @dataclass(order=True)
    class Port:
        device: str
        description: str = 'n/a'

    def port(name, kind):
        (tmp_path / 'sys/class/tty' / name).mkdir(parents=True)
        if kind:
            (tmp_path / 'sys/class/tty' / name / 'type').write_text(kind)
        return Port(f'/dev/{name}')
    found = [port('ttyAMA0', '32\n'), port('ttyS0', '4\n'), *(port(f'ttyS{number}', '0\n') for number in range(1, 32)),
             port('ttyUSB0', '')]
    monkeypatch.setattr(ports, 'ROOT', tmp_path)
    monkeypatch.setattr(ports.list_ports, 'comports', lambda include_links: found)
    assert command.main(['--list']) == 0
    assert capsysbinary.readouterr().out.decode().split() == ['/dev/ttyAMA0', 'n/a', '/dev/ttyS0', 'n/a', '/dev/ttyUSB0', 'n/a']


def test_list_without_any(monkeypatch, capsys):
    monkeypatch.setattr(ports.list_ports, 'comports', lambda include_links: [])
    assert command.main(['--list', '--lang', 'de']) == 0
    assert capsys.readouterr() == ('', 'keine serielle Schnittstelle gefunden\n')


@pytest.mark.parametrize('answer, code', [('y\n', 1), ('\n', 1), ('', 1), (None, 2)])
def test_detect_asks_before_it_sends(monkeypatch, capsys, answer, code):
    class Port:
        device, description = '/dev/there-is-none', 'USB head'

    class Input:
        isatty = staticmethod(lambda: answer is not None)
        readline = staticmethod(lambda: answer)
    monkeypatch.setattr(ports.list_ports, 'comports', lambda include_links: [Port])
    monkeypatch.setattr(sys, 'stdin', Input)
    assert command.main(['--detect', '--lang', 'en']) == code
    told = capsys.readouterr().err
    assert ('does not exist' in told) == (answer == 'y\n') and ('name the ports' in told) == (code == 2)


def test_plugin_alone_with_pyserial(tmp_path):
    """In a bare folder, and without the other libraries of the plugin."""
    code = ('import runpy, sys\nfor name in ("ruamel", "ruamel.yaml", "requests", "openpyxl"): sys.modules[name] = None\n'
            f'sys.path.insert(0, {str(PROGRAM.parent)!r})\nrunpy.run_path({str(PROGRAM)!r}, run_name="__main__")')
    (tmp_path / 'bytes').write_bytes(b'/LGZ5x\r\n1.8.0(1)\r\n!\r\n')
    done = subprocess.run([sys.executable, '-c', code, '--replay', tmp_path / 'bytes', '--format', 'json'],
                          cwd='/', env=ENVIRONMENT, capture_output=True, timeout=60)
    assert done.returncode == 0 and json.loads(done.stdout)['manufacturer'] == {'flag': 'LGZ', 'name': 'Landis+Gyr AG'}


@pytest.mark.parametrize('form, known', [('table', 'Active energy import total'), ('json', '"code": "1.8.0"')])
def test_names_of_makers_that_cannot_be_had_are_missed_once(form, known, tmp_path):
    code = (f'import runpy, sys\nsys.path.insert(0, {str(PROGRAM.parent)!r})\n'
            'import manufacturer\nmanufacturer.FILE = manufacturer.Path("/there/is/none")\n'
            f'runpy.run_path({str(PROGRAM)!r}, run_name="__main__")')
    (tmp_path / 'bytes').write_bytes(b''.join(b'/%s5x\r\n\r\n1.8.0(1)\r\n!\r\n' % flag for flag in (b'LGZ', b'EMH', b'ISk')))
    done = subprocess.run([sys.executable, '-c', code, '--replay', tmp_path / 'bytes', '--format', form],
                          cwd='/', env=ENVIRONMENT, capture_output=True, timeout=60)
    assert done.returncode == 0 and done.stdout.decode().count(known) == 3
    assert done.stderr.count(b'none cannot be read') == (form == 'json')


# pyserial is loaded before: it has its own ways on each system
ELSEWHERE = f"""
import os, runpy, signal, sys
import serial, serial.tools.list_ports
for name in ('termios', 'fcntl', 'pwd', 'grp', 'pty', 'tty', 'resource'):
    sys.modules[name] = None
for name in ('fchmod', 'fchown', 'major', 'minor', 'getuid', 'geteuid', 'getgid', 'getgroups'):
    delattr(os, name)
for name in ('SIGALRM', 'setitimer', 'SIGHUP', 'SIGPIPE'):
    delattr(signal, name)
sys.path.insert(0, {str(PROGRAM.parent)!r})
import pathlib
import reader.detection.ports
reader.detection.ports.ROOT = reader.detection.ports.BY_ID = pathlib.Path('/there/is/none')
runpy.run_path({str(PROGRAM)!r}, run_name='__main__')
"""


@pytest.mark.parametrize('arguments, code, says', [
    (['--help'], 0, 'usage: '), (['--list'], 0, ''), (['--replay', 'bytes', '--format', 'table'], 0, '1.8.0'),
    (['--replay', 'bytes', '--format', 'json'], 0, 'Landis'), (['/dev/there-is-none'], 1, 'does not exist'),
    (['--detect', '/dev/there-is-none'], 1, 'does not exist'), (['--aim', '/dev/there-is-none'], 1, 'does not exist'),
    (['socket://127.0.0.1:1', '--record', 'session'], 1, 'in the network')], ids=str)
def test_the_command_starts_on_windows_and_macos(arguments, code, says, tmp_path):
    """Without what only Linux has: no termios, no fcntl, no /sys."""
    (tmp_path / 'bytes').write_bytes(b'/LGZ5x\r\n1.8.0(1)\r\n!\r\n')
    done = subprocess.run([sys.executable, '-c', ELSEWHERE, *arguments], cwd=tmp_path, env=ENVIRONMENT, capture_output=True,
                          timeout=60)
    said = (done.stdout + done.stderr).decode()
    assert (done.returncode, says in said, 'Traceback' in said) == (code, True, False), said


def test_a_meter_is_read_on_windows_and_macos():
    with meter() as door:
        done = subprocess.run([sys.executable, '-c', ELSEWHERE, door.name, '--parity', 'none'], env=ENVIRONMENT,
                              capture_output=True, timeout=60)
        assert done.returncode == 0 and b'1.8.0(' in done.stdout
        # there a pty is not known for one, and its characters come as out of a buffer
        assert done.stderr.startswith(b'the characters came faster') and done.stderr.count(b'\n') == 1


def test_an_older_recording_is_masked_again_and_shown(tmp_path):
    old, new = tmp_path / 'old.jsonl', tmp_path / 'new.jsonl'
    outcome, simulation = ask(MeterOptions())
    serial = simulation.meter.house.serial
    old.write_text(outcome.session.to_text(), encoding='utf-8')
    done = run('--replay', old, '--report', new, '--mask', 'kWh, varh', '--lang', 'en')
    assert (done.returncode, done.stdout) == (0, b'')
    assert b'1-1:1.8.0' in done.stderr and b'kWh' not in done.stderr and serial.encode() not in done.stderr
    assert b'This is what ' + str(new).encode() in done.stderr
    session = dlms.Session.from_text(new.read_text(encoding='utf-8'))
    assert session.masked == version() and dlms.replay(session).checked == dlms.replay(outcome.session).checked
