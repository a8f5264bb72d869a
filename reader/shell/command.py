# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The shell command: `python3 dlms.py PORT` reads a meter and prints what it says.

The result goes to stdout, all else to stderr. Exit codes: 0 read, 1 not read (one sentence says why), 2 wrong usage, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import serial
from serial.tools import list_ports

from .. import diagnosis
from ..dialogue.line import Progress
from ..dialogue.query import listen, query
from ..dialogue.stored import read_capture, replay
from ..errors import MeterError, PortError, ProtocolError, ReadoutStopped
from ..masking import masked
from ..obis import matching, names, suggestions
from ..obis.data_sets import DataSet
from ..readout import Readout
from ..session import Session, Settings
from . import detection

BY_ID = Path('/dev/serial/by-id')
PROGRESS_INTERVAL = 0.2     # s
# parameters of the plugin, as remedies name them, and the options that mean the same
OPTIONS = {'serialport': 'PORT', 'baudrate_fix': '-f', 'only_listen': '-l', 'baudrate:': '-b', 'device_address': '-d',
           'querycode': '-q', 'timeout': '-t', 'use_checksum': '-c', 'wakeup': '--wakeup', 'settle': '--settle',
           'max_duration': '--max-duration'}
DEFAULT_CYCLE = 60          # s
BATTERY_CYCLE = 3600        # s; each readout costs the battery of a meter that has to be woken
MIN_INTERVAL = 10           # s; meters that send by themselves do so every second or two
Maker = Callable[[str | None], str | None]

STOPPED = 130               # exit code of a shell for a program ended by Ctrl-C


def main(arguments: list[str] | None = None, maker: Maker = lambda flag: None) -> int:
    """
    Run the command with these arguments, by default those of the process; the exit code.

    :param maker: the manufacturer's name to a FLAG id, None where it is not known
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    _check(parser, options)
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG if options.verbose else logging.WARNING, format='%(message)s')
    try:
        if options.list:
            return _list_ports()
        if options.detect:
            return _detect(parser, options, maker)
        return _aim(options) if options.aim else _run(options, maker)
    except ValueError as error:
        return _complain(str(error), 2)
    except OSError as error:
        return _complain(f'{error.filename or ""}: {error.strerror}', 1)
    except KeyboardInterrupt:
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='dlms.py', description='Read a meter that talks IEC 62056-21 through an optical head, and print what it says.')
    add = parser.add_argument
    add('ports', nargs='*', metavar='PORT', help='serial port of the head, e.g. /dev/ttyUSB0, or socket://host:port, rfc2217://host:port')
    add('-v', '--verbose', action='store_true', help='tell what goes over the line')
    add('-f', '--baudrate_fix', action='store_true', help='keep the speed although the meter offers another one')
    add('-b', '--baudrate', '-s', '--speed', type=int, default=Settings.baudrate, metavar='BD',
        help='speed of the sign-on or, when listening, of the telegrams (default %(default)s)')
    add('-d', '--device', default=Settings.device_address, metavar='ADDRESS', help='ask the meter with this address only')
    add('-q', '--querycode', default=Settings.querycode, metavar='CODE',
        help='character behind "/" of the request (default %(default)s); some meters give other tables for others')
    add('-t', '--timeout', type=float, default=Settings.timeout, metavar='S',
        help='seconds to wait for an answer, and for its next character (default %(default)s)')
    add('--max-duration', type=float, default=Settings.max_duration, metavar='S',
        help='seconds for the whole readout (default %(default)s)')
    add('-l', '--onlylisten', action='store_true', help='do not ask: wait for a telegram of a meter that sends by itself')
    add('--follow', action='store_true', help='with -l: go on with every telegram until Ctrl-C')
    add('-c', '--nochecksum', action='store_true', help='accept wrong checks and damaged frames, too')
    add('--checksum', choices=Settings.CHOICES['checksum'], default=Settings.checksum,
        help='how the meter makes its block check character (default: as its manufacturer is known to do it)')
    add('--parity', choices=Settings.CHOICES['parity'], default=Settings.parity,
        help='auto: made and checked here where the line shows it; even: 7E1 in the adapter, unchecked; none: plain 8N1')
    add('--wakeup', action='store_true', help='wake a meter with a battery before asking')
    add('--settle', type=float, default=Settings.settle, metavar='S', help='seconds to wait behind the opening of the port')
    add('--no-dtr', action='store_true', help='switch off the line DTR')
    add('--no-rts', action='store_true', help='switch off the line RTS')
    add('--format', choices=tuple(FORMATS), default='text',
        help='text: as the meter sends it; table: with names; json: one object a telegram; items: YAML for SmartHomeNG')
    add('--lang', choices=('de', 'en'), default=_language(), help='language of names and diagnosis (default %(default)s)')
    add('--record', type=Path, metavar='FILE', help='store the session, also of a failed readout')
    add('--replay', type=Path, metavar='FILE', help='take a stored session, or the bare bytes of a readout, instead of a port')
    add('--list', action='store_true', help='list the serial ports and end')
    add('--detect', action='store_true', help='find out, at one or more ports, how the meter wants to be read and configured')
    add('--aim', action='store_true', help='show each second how well the meter is heard, while the head is moved')
    add('--report', type=Path, metavar='FILE', help='store what is needed to report a problem, numbers made unrecognizable')
    return parser


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.detect and (options.replay or options.list):
        parser.error('--detect goes with ports only')
    if not options.detect and sum(map(bool, (options.ports, options.replay, options.list))) != 1:
        parser.error('give a PORT, --replay FILE, --list or --detect')
    if len(options.ports) > 1 and not options.detect:
        parser.error('one PORT can be read at a time')
    if options.follow and not options.onlylisten:
        parser.error('--follow goes with -l')
    if (options.record or options.report) and (options.follow or options.replay or options.detect or options.aim):
        parser.error('--record and --report store one readout from a port')


def _language() -> str:
    """Of the terminal"""
    words = (os.environ.get(name, '') for name in ('LC_ALL', 'LC_MESSAGES', 'LANG'))
    return 'de' if next(filter(None, words), '').startswith('de') else 'en'


def _settings(options: argparse.Namespace) -> Settings:
    return Settings.from_config({
        'serialport': options.ports[0] if options.ports else str(options.replay), 'baudrate': options.baudrate,
        'baudrate_fix': options.baudrate_fix, 'device_address': options.device, 'querycode': options.querycode,
        'timeout': options.timeout, 'max_duration': options.max_duration, 'use_checksum': not options.nochecksum,
        'checksum': options.checksum, 'only_listen': options.onlylisten, 'parity': options.parity,
        'wakeup': options.wakeup, 'settle': options.settle, 'dtr': not options.no_dtr, 'rts': not options.no_rts})


def _run(options: argparse.Namespace, maker: Maker) -> int:
    settings = _settings(options)
    progress = _ProgressLine()
    try:
        for readout in _readouts(options, settings, progress):
            progress.clear()
            _print(FORMATS[options.format](readout, options.lang, maker))
            for remark in readout.remarks:
                _say(remark.to(options.lang))
            _store(options, readout.session, None)
    except MeterError as error:
        progress.clear()
        _store(options, error.session, error)
        return _failed(error, options.lang)
    return 0


def _failed(error: MeterError, language: str) -> int:
    """Say what is wrong and what to do next."""
    if isinstance(error, ReadoutStopped):
        return STOPPED
    if not error.session:       # a stored text
        return _complain(str(error), 1)
    finding = diagnosis.diagnose(error)
    _complain(finding.text(language), 1)
    remedy = finding.remedy(language)
    _say(remedy)
    options = [f'{name}: {option}' for name, option in OPTIONS.items() if name in remedy]
    if options:
        _say(('Hier in der Shell: ' if language == 'de' else 'Here in the shell: ') + ', '.join(options))
    _say(('(zuletzt: ' if language == 'de' else '(last: ') + f'{error})')
    return 1


def _store(options: argparse.Namespace, session: object, error: MeterError | None) -> None:
    """Write the recording and the report that were asked for."""
    if not isinstance(session, Session):
        return
    if options.record:
        options.record.write_text(session.to_text(), encoding='utf-8')
    if options.report:
        options.report.write_text(_report(session, error), encoding='utf-8')


def _report(session: Session, error: MeterError | None) -> str:
    """A recording that can be replayed, made unrecognizable, with what else tells about a problem in its first line."""
    session = masked(session)
    about = {'plugin': _version(), 'python': platform.python_version(), 'pyserial': serial.__version__,
             'system': f'{platform.system()} {platform.release()} {platform.machine()}'}
    if error:
        error.session = session
        finding = diagnosis.diagnose(error)
        about['finding'] = finding.kind
        if not isinstance(error, PortError):       # its text has names of ports in it
            about['diagnosis'] = finding.text('en')
    head, _, events = session.to_text().partition('\n')
    return json.dumps({**json.loads(head), 'about': about}, ensure_ascii=False) + '\n' + events


def _version() -> str:
    """Of the plugin, as its metadata say"""
    text = (Path(__file__).parents[2] / 'plugin.yaml').read_text(encoding='utf-8')
    found = re.search(r"^ *version: *['\"]?([0-9.]+)", text, re.MULTILINE)
    return found[1] if found else ''


def _readouts(options: argparse.Namespace, settings: Settings, progress: _ProgressLine) -> Iterable[Readout]:
    if options.replay:
        return _replayed(options.replay.read_bytes(), settings)
    stopped = _stopped_by_ctrl_c()
    if options.follow:
        return listen(settings, stopped=stopped, failed=lambda error: _say(str(error)))
    show = progress.show if sys.stderr.isatty() else None
    return _iter_once(lambda: query(settings, stopped=stopped, progress=show))


def _iter_once(function: Callable[[], Readout]) -> Iterator[Readout]:
    """What the function gives, when it is asked for."""
    yield function()


def _replayed(data: bytes, settings: Settings) -> list[Readout]:
    """A session is held again with the settings it had, but -c counts."""
    if not data.startswith(b'{'):
        return read_capture(data, settings)
    try:
        session = Session.from_text(data.decode('utf-8'))
    except ValueError as error:
        raise ProtocolError(f'the recording cannot be read: {error}') from None
    return [replay(session if settings.use_checksum else replace(
        session, settings=replace(session.settings, use_checksum=False)))]


def _stopped_by_ctrl_c() -> Callable[[], bool]:
    """The first Ctrl-C ends the readout, so that its recording is stored; the second one ends the program."""
    pressed: list[int] = []

    def press(number: int, frame: object) -> None:
        pressed.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, press)
    return lambda: bool(pressed)


# First contact

def _detect(parser: argparse.ArgumentParser, options: argparse.Namespace, maker: Maker) -> int:
    """Try all ways to read a meter at these ports, and print how each that answers is configured."""
    ports = options.ports or _ports_to_detect(parser, options.lang)
    stopped = _stopped_by_ctrl_c()
    progress = _ProgressLine()
    found = 0
    for port in ports:
        try:
            readout = detection.detect(port, options.lang, _say, stopped=stopped,
                                       progress=progress.show if sys.stderr.isatty() else None)
        except MeterError as error:
            if _failed(error, options.lang) == STOPPED:
                return STOPPED
            continue
        finally:
            progress.clear()
        if readout:
            found += 1
            _print(_identity(readout, options.lang, maker) + _as_items(readout, options.lang, maker))
        else:
            _say(f'{port}: ' + ('kein Zähler gefunden' if options.lang == 'de' else 'no meter found'))
    return 0 if found else 1


def _ports_to_detect(parser: argparse.ArgumentParser, language: str) -> list[str]:
    """All ports, if the user wants that: what is sent may disturb other devices."""
    ports = sorted(port.device for port in list_ports.comports(include_links=False))
    _say('\n'.join(ports) or ('keine serielle Schnittstelle gefunden' if language == 'de' else 'no serial port found'))
    if ports and not sys.stdin.isatty():
        parser.error('name the ports that may be asked')
    question = ('An diese Schnittstellen etwas senden, auch wenn andere Geräte daran hängen? [j/N] ' if language == 'de'
                else 'Send something to these ports, even if other devices are connected to them? [y/N] ')
    return ports if ports and input(question).strip().lower() in ('j', 'ja', 'y', 'yes') else []


def _identity(readout: Readout, language: str, maker: Maker) -> str:
    """Who answers, and how, as comments in front of the configuration."""
    name = maker(readout.flag) or readout.flag or '?'
    number = matching.serial_number(readout.data_sets) or '?'
    words = (('Nummer', 'Modus', 'geprüft', 'nichts') if language == 'de' else ('number', 'mode', 'checked', 'nothing'))
    checked = ', '.join(readout.checked) or words[3]
    lines = (f'{readout.identification}, {name}, {words[0]} {number}',
             f'{words[1]} {readout.mode}, {readout.baudrate} Bd, {readout.duration or 0:.1f} s, {words[2]}: {checked}')
    return ''.join(f'# {_printable(line)}\n' for line in lines)


def _aim(options: argparse.Namespace) -> int:
    """Show how well the meter is heard, until Ctrl-C."""
    try:
        for line in detection.aim(_settings(options), options.lang, stopped=_stopped_by_ctrl_c()):
            _print(line + '\n')
    except MeterError as error:
        return _failed(error, options.lang)
    return STOPPED


# Output

class _ProgressLine:
    """One line on the terminal that is written over."""

    def __init__(self) -> None:
        self._shown = 0.0

    def show(self, progress: Progress) -> None:
        """Characters, speed and time, from the first second on"""
        if progress.elapsed < max(1.0, self._shown + PROGRESS_INTERVAL):
            return
        self._shown = progress.elapsed
        sys.stderr.write(f'\r{progress.characters} characters, {progress.baudrate} Bd, {progress.elapsed:.1f} s\x1b[K')
        sys.stderr.flush()

    def clear(self) -> None:
        """The line is free for something else"""
        if self._shown:
            sys.stderr.write('\r\x1b[K')
            self._shown = 0.0


def _print(text: str) -> None:
    """To stdout as it is, line ends of the meter too; a character that the terminal does not know must not end all."""
    sys.stdout.buffer.write(text.encode(sys.stdout.encoding or 'utf-8', 'backslashreplace'))
    sys.stdout.flush()


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _complain(text: str, code: int) -> int:
    _say(f'dlms.py: {text}')
    return code


def _printable(text: str) -> str:
    """A meter's text is foreign: no character of it may steer the terminal."""
    return ''.join(c if c.isprintable() or c in '\r\n' else '\N{REPLACEMENT CHARACTER}' for c in text)


def _as_text(readout: Readout, language: str, maker: Maker) -> str:
    text = _printable(readout.text)
    return text if text.endswith('\n') else text + '\n'


def _as_table(readout: Readout, language: str, maker: Maker) -> str:
    heat = names.is_heat(readout.data_sets)
    heat = names.is_heat(readout.data_sets)
    rows = [(s.code or '', _name(s, language, heat) or '', v.value, v.unit or '')
            for s in readout.data_sets for v in s.values]
    rows.insert(0, ('Code', 'Bedeutung', 'Wert', 'Einheit') if language == 'de' else ('Code', 'Meaning', 'Value', 'Unit'))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ('  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    head = [str(readout.identification)] if readout.identification else []
    return _printable('\n'.join([*head, *lines])) + '\n'


def _name(data_set: DataSet, language: str, heat: bool) -> str | None:
    return names.name_of(data_set.code, language, heat) if data_set.code else None


def _as_json(readout: Readout, language: str, maker: Maker) -> str:
    heat = names.is_heat(readout.data_sets)
    heat = names.is_heat(readout.data_sets)
    text = json.dumps({
        'identification': str(readout.identification) if readout.identification else None,
        'manufacturer': {'flag': readout.flag, 'name': maker(readout.flag)},
        'mode': readout.mode,
        'baudrate': readout.baudrate,
        'checked': readout.checked,
        'duration': None if readout.duration is None else round(readout.duration, 3),
        'data': [{'code': s.code, 'name': _name(s, language, heat),
                  'values': [{'value': v.value, 'unit': v.unit} for v in s.values]} for s in readout.data_sets],
        'rejected': [{'line': r.line, 'reason': r.reason} for r in readout.rejected],
    }, ensure_ascii=False)
    return ''.join(c if c.isprintable() else f'\\u{ord(c):04x}' for c in text) + '\n'


def _as_items(readout: Readout, language: str, maker: Maker) -> str:
    """What to write into etc/plugin.yaml, if a port was read, and into a file of items/."""
    section = _plugin_section(readout) if readout.session else ''
    return section + '# items/dlms.yaml\n' + suggestions.suggest(readout.data_sets, language)


def _plugin_section(readout: Readout) -> str:
    """The settings that differ from the defaults; JSON's scalars are YAML's, too."""
    assert readout.session
    settings = readout.session.settings
    values: dict[str, Any] = {f.name: value for f in fields(settings) if (value := getattr(settings, f.name)) != f.default}
    values['serialport'] = _by_id(settings.serialport)
    if settings.only_listen:
        values |= {'baudrate': readout.baudrate, 'update_cycle': 0, 'min_interval': MIN_INTERVAL}
    else:
        values['update_cycle'] = max(BATTERY_CYCLE if settings.wakeup else DEFAULT_CYCLE, readout.suggested_cycle)
    lines = ['# etc/plugin.yaml', 'dlms:', '    plugin_name: dlms']
    lines += (f'    {name}: {json.dumps(value)}' for name, value in values.items())
    return '\n'.join(lines) + '\n\n'


FORMATS: dict[str, Callable[[Readout, str, Maker], str]] = {
    'text': _as_text, 'table': _as_table, 'json': _as_json, 'items': _as_items}


# Ports

def _by_id(port: str) -> str:
    """The name of a port that stays the same wherever the head is plugged in, if it has one."""
    links = BY_ID.iterdir() if BY_ID.is_dir() else ()
    return next((str(link) for link in sorted(links) if os.path.samefile(link, port)), port) if os.path.exists(port) else port


def _list_ports() -> int:
    ports = sorted(list_ports.comports(include_links=False))
    for port in ports:
        name = _by_id(port.device)
        _print('  '.join([port.device, *([name] if name != port.device else []), port.description]) + '\n')
    if not ports:
        _say('no serial port found')
    return 0
