# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The shell command: what is run, and with which exit code it ends.

What only the result needs is imported where it is needed: the request leaves earlier, and while the meter is awaited there is
time for it (`_get_ready`).
"""

from __future__ import annotations

import argparse
import errno
import logging
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..dialogue.line import Stopped
from ..dialogue.query import listen, query
from ..errors import MeterError, ProtocolError, ReadoutStopped, SettingsError
from ..memory import Memory
from ..readout import Readout
from ..session import Session, Settings
from ..texts import Text
from .options import in_the_shell, parse, settings_of
from .terminal import Terminal

if TYPE_CHECKING:
    from ..identity import Maker

READ, NOT_READ, WRONG_USAGE, STOPPED = 0, 1, 2, 130     # the exit codes; the last one is the shells' own for Ctrl-C
NO_PORT = Text('keine serielle Schnittstelle gefunden', 'no serial port found')


def main(arguments: list[str] | None = None, maker: Maker = lambda flag: None) -> int:
    """
    Run the command with these arguments, by default those of the process; the exit code.

    :param maker: the manufacturer's name to a FLAG id, None where it is not known
    """
    options = parse(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG if options.verbose else logging.WARNING, format='%(message)s')
    terminal = Terminal(options.lang)
    task = (_list if options.list else _convert if options.from_smartmeter else _detect if options.detect else _aim if options.aim
            else _replay if options.replay else _read)
    try:
        return task(options, terminal, maker)
    except SettingsError as error:
        return terminal.complain(error.text(options.lang), WRONG_USAGE)
    except MeterError as error:
        return _failed(error, terminal, bool(options.replay))
    except BrokenPipeError:     # nobody reads any further
        return NOT_READ
    except OSError as error:
        return terminal.complain(_of_file(error), NOT_READ)
    except KeyboardInterrupt:
        return STOPPED


# Reading

def _read(options: argparse.Namespace, terminal: Terminal, maker: Maker) -> int:
    """One readout, or with --follow each telegram until Ctrl-C."""
    settings = settings_of(options)
    stopped = _stopped_by_ctrl_c()
    try:
        for readout in _of_port(options, settings, stopped, terminal, maker):
            _show(readout, options, terminal, maker)
            _store(options, terminal, readout.session, None)
    except MeterError as error:
        code = _failed(error, terminal)
        _store(options, terminal, error.session, error)
        return code
    return STOPPED if stopped() else READ


def _of_port(options: argparse.Namespace, settings: Settings, stopped: Stopped, terminal: Terminal,
             maker: Maker) -> Iterator[Readout]:
    """With --follow what fails is told, each kind once until a telegram is read."""
    def meanwhile() -> None:
        threading.Thread(target=_get_ready, args=(options, maker), daemon=True).start()

    if options.read:
        from . import registers
        codes = registers.codes_of(options.read)
        if not codes:
            raise SettingsError(Text('--read: ein Register nennen', '--read: name a register'))
        yield from registers.read(settings, codes, options.follow, stopped)
        return
    memory = Memory(shapes=() if settings.confirm == 'always' else None)    # nothing is known of this meter
    if not options.follow:
        yield query(settings, stopped=stopped, progress=terminal.progress, meanwhile=meanwhile, memory=memory)
        return
    told: set[str] = set()
    for readout in listen(settings, stopped=stopped, meanwhile=meanwhile, memory=memory,
                          failed=lambda error: _explain(error, terminal, told)):
        told.clear()
        yield readout


def _get_ready(options: argparse.Namespace, maker: Maker) -> None:
    """Load what the result needs, while the meter is awaited."""
    from . import formats  # noqa: F401
    if options.format == 'json':
        maker('DLM')        # whichever: the first name that is asked for brings the list of all


def _show(readout: Readout, options: argparse.Namespace, terminal: Terminal, maker: Maker) -> None:
    from . import formats
    if options.read and options.format == 'text':
        from . import registers
        terminal.print(registers.lines(readout))
        return
    if options.format == 'items':
        from . import configuring
        configuring.Configuring(options, terminal, maker).show(readout)
    else:
        terminal.print(formats.write(readout, options.format, options.lang, maker))
    for remark in formats.remarks(readout, options.lang):
        terminal.say(remark)


def _store(options: argparse.Namespace, terminal: Terminal, session: object, error: MeterError | None) -> None:
    """Write the recording and the report that were asked for, and show what others will see of it."""
    if not isinstance(session, Session) or not (options.record or options.report):
        return
    from . import storing
    if options.record:
        storing.record(options.record, session)
    if options.report:
        from ..masking import shown
        words = [word.strip() for word in (options.mask or '').split(',')]
        terminal.say(shown(storing.report(options.report, session, error, words)))
        terminal.say(Text('So steht es in {file}. Bitte durchsehen: was noch jemanden verrät, macht --mask WORT unkenntlich.',
                          'This is what {file} says. Please look through it: --mask WORD masks what still tells of somebody.',
                          {'file': options.report}))


def _replay(options: argparse.Namespace, terminal: Terminal, maker: Maker) -> int:
    """Each telegram of a file: a readout, or why it is none. Read means that all of them are."""
    if options.report:
        return _mask_again(options, terminal)
    outcomes = tuple(_stored(options.replay, settings_of(options)))
    code = READ
    for number, outcome in enumerate(outcomes, 1):
        if isinstance(outcome, Readout):
            _show(outcome, options, terminal, maker)
            continue
        error: Text | str = outcome.text(options.lang)
        if len(outcomes) > 1:
            error = Text('Telegramm {number} von {count}: {error}', 'telegram {number} of {count}: {error}',
                         {'number': number, 'count': len(outcomes), 'error': error})
        code = terminal.complain(error, NOT_READ)
    return code


def _stored(path: str, settings: Settings) -> Iterable[Readout | ProtocolError]:
    """
    A session is held again with the settings it had, but -c counts; other bytes are those of readouts.

    :raises MeterError: that of the session
    """
    from ..dialogue.stored import read_stored, replay
    with open(path, 'rb') as file:
        data = file.read()
    if not data.startswith(b'{'):
        return read_stored(data, settings)
    session = _session(data)
    if not settings.use_checksum:
        session = replace(session, settings=replace(session.settings, use_checksum=False))
    return [replay(session)]


def _session(data: bytes) -> Session:
    try:
        return Session.from_text(data.decode('utf-8'))
    except ValueError as error:
        raise ProtocolError(Text('die Datei ist keine Aufzeichnung, die gelesen werden kann',
                                 'the recording cannot be read: {error}', {'error': error})) from None


def _mask_again(options: argparse.Namespace, terminal: Terminal) -> int:
    """The report of a stored session: one that an older version has masked, or nobody."""
    from ..dialogue.stored import replay
    with open(options.replay, 'rb') as file:
        session = _session(file.read())
    failed: MeterError | None = None
    try:
        replay(session)
    except MeterError as error:
        failed = error
    _store(options, terminal, session, failed)
    return READ


def _stopped_by_ctrl_c() -> Stopped:
    """The first Ctrl-C ends the readout, so that its recording is stored; the second one ends the program."""
    pressed: list[int] = []

    def press(number: int, frame: object) -> None:
        pressed.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, press)
    return lambda: bool(pressed)


# What went wrong

def _failed(error: MeterError, terminal: Terminal, stored: bool = False) -> int:
    """Say what is wrong with a session, of now or stored, and what to do next."""
    if isinstance(error, ReadoutStopped):
        return STOPPED
    if error.session:
        _explain(error, terminal, set(), stored)
    else:       # a stored text
        terminal.complain(error.text(terminal.language), NOT_READ)
    return NOT_READ


def _explain(error: MeterError, terminal: Terminal, told: set[str], stored: bool = False) -> None:
    """Say why a session failed, unless that kind of failure has been told."""
    from .. import diagnosis
    finding = diagnosis.diagnose(error, None if stored else Path('/'))
    if finding.kind in told:
        return
    told.add(finding.kind)
    terminal.complain(finding.text(terminal.language), NOT_READ)
    terminal.say(finding.remedy(terminal.language))
    if hint := in_the_shell(finding.parameters):
        terminal.say(hint)
    terminal.say(Text('(zuletzt: {error})', '(last: {error})', {'error': error.text(terminal.language)}))


_GERMAN_REASONS = {
    errno.ENOENT: 'Datei oder Ordner gibt es nicht', errno.ENOTDIR: 'das ist kein Ordner', errno.EISDIR: 'das ist ein Ordner',
    errno.EEXIST: 'die Datei gibt es schon',
    errno.EACCES: 'keine Berechtigung', errno.ENOSPC: 'der Datenträger ist voll', errno.EFBIG: 'die Datei ist zu groß',
    errno.EROFS: 'der Datenträger ist schreibgeschützt'}


def _of_file(error: OSError) -> Text:
    """Which file cannot be read or written, and why."""
    german = _GERMAN_REASONS.get(error.errno or 0, error.strerror)
    return Text('{file}: {german}', '{file}: {english}',
                {'file': error.filename or 'stdout', 'german': german, 'english': error.strerror})


# First contact

def _detect(options: argparse.Namespace, terminal: Terminal, maker: Maker) -> int:
    """Try all ways to read a meter at these ports, and print how each that answers is configured."""
    from . import configuring, detection
    ports = options.ports or _allowed_ports(terminal)
    if ports is None:
        return terminal.complain(Text('die Schnittstellen nennen, die gefragt werden dürfen', 'name the ports that may be asked'),
                                 WRONG_USAGE)
    configured = configuring.Configuring(options, terminal, maker)
    if complaint := configured.complaint():
        return terminal.complain(complaint, WRONG_USAGE)
    named = configured.names(ports)
    stopped = _stopped_by_ctrl_c()
    found = 0
    for port, name in zip(ports, named, strict=True):
        try:
            readout = detection.detect(port, options.lang, terminal.say, stopped=stopped, progress=terminal.progress)
        except MeterError as error:
            if _failed(error, terminal) == STOPPED:
                return STOPPED
            continue
        if readout:
            found += 1
            configured.give(readout, name)
        else:
            terminal.say(Text('{port}: kein Zähler gefunden', '{port}: no meter found', {'port': port}))
    return READ if found else NOT_READ


def _allowed_ports(terminal: Terminal) -> list[str] | None:
    """All ports, if the user wants that: what is sent may disturb other devices. None where nobody can be asked."""
    from ..detection.ports import present
    ports = [port.device for port in present()]
    terminal.say('\n'.join(ports) or NO_PORT)
    if not ports:
        return []
    if not sys.stdin.isatty():
        return None
    terminal.say(Text('An diese Schnittstellen etwas senden, auch wenn andere Geräte daran hängen? [j/N]',
                      'Send something to these ports, even if other devices are connected to them? [y/N]'))
    return ports if sys.stdin.readline().strip().lower() in ('j', 'ja', 'y', 'yes') else []


def _aim(options: argparse.Namespace, terminal: Terminal, maker: Maker) -> int:
    """Show how well the meter is heard, until Ctrl-C."""
    from . import detection
    for line in detection.aim(settings_of(options), options.lang, stopped=_stopped_by_ctrl_c()):
        terminal.print(line + '\n')
    return STOPPED


def _convert(options: argparse.Namespace, terminal: Terminal, maker: Maker) -> int:
    """Write items of smartmeter as those of dlms into a new file."""
    from .. import files, smartmeter
    source = Path(options.from_smartmeter)
    try:
        converted = smartmeter.convert(source.read_text(encoding='utf-8'))
    except (smartmeter.NoItems, UnicodeDecodeError) as error:
        return terminal.complain(Text('{file} ist keine Datei mit Items: {error}', '{file} is no file of items: {error}',
                                      {'file': source, 'error': error}), NOT_READ)
    target = source.with_name(f'{source.name}.dlms')        # SmartHomeNG reads each *.yaml of its items
    files.create(target, converted.text)
    for remark in converted.remarks:
        terminal.say(remark)
    terminal.say(Text(
        '{target} geschrieben, {count} Items geändert. Zum Umstieg damit {source} ersetzen und SmartHomeNG neu starten. '
        'smartmeter rechnete in Wh und W um, hier gilt die Einheit des Zählers: wo Wh nötig ist, hilft eval: value * 1000',
        '{target} is written, {count} items are changed. To move, put it in place of {source} and restart SmartHomeNG. '
        'smartmeter converted to Wh and W, here the unit is that of the meter: where Wh is needed, eval: value * 1000 helps',
        {'target': target, 'source': source, 'count': converted.items}))
    return READ


def _list(options: argparse.Namespace, terminal: Terminal, maker: Maker) -> int:
    """Show the ports, each with the name that stays the same."""
    from ..detection import ports
    present = ports.present()
    for port in present:
        name = ports.lasting_name(port.device)
        terminal.print('  '.join([port.device, *([name] if name != port.device else []), port.description]) + '\n')
    if not present:
        terminal.say(NO_PORT)
    return READ
