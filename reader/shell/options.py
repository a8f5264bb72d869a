# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What can be said to the command: one table of options, from which the parser, the settings and the hint in a remedy are made.

A parameter's name, type, default and choices are those of `Settings`; here stand its options and what the help says.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, NamedTuple, NoReturn

from ..obis.suggestions import slug
from ..session import Settings
from ..texts import LANGUAGES, Text

FORMATS = ('text', 'table', 'json', 'items')


class Option(NamedTuple):
    """How something is said to the command: its names, what the help says of it, and of its value."""

    flags: tuple[str, ...]
    help: Text
    metavar: Text | str | None = None


_FILE = Text('DATEI', 'FILE')

PARAMETERS = {
    'serialport': Option(('PORT',), Text(
        'serielle Schnittstelle des Lesekopfs, z. B. /dev/ttyUSB0, oder socket://RECHNER:PORT, rfc2217://RECHNER:PORT',
        'serial port of the head, e.g. /dev/ttyUSB0, or socket://HOST:PORT, rfc2217://HOST:PORT')),
    'baudrate': Option(('-b', '--baudrate', '-s', '--speed'), Text(
        'Geschwindigkeit, mit der gefragt wird oder, beim Mithören, der Zähler sendet',
        'speed at which the meter is asked or, when listening, sends'), 'BD'),
    'baudrate_fix': Option(('-f', '--baudrate_fix'), Text(
        'bei dieser Geschwindigkeit bleiben, auch wenn der Zähler eine andere anbietet',
        'keep this speed although the meter offers another one')),
    'device_address': Option(('-d', '--device'), Text(
        'nur den Zähler mit dieser Adresse fragen', 'ask the meter with this address only'), Text('ADRESSE', 'ADDRESS')),
    'querycode': Option(('-q', '--querycode'), Text(
        'Zeichen nach "/" in der Anfrage; mit einem anderen geben manche Zähler andere Listen aus',
        'character after "/" in the request; some meters give other tables for others'), 'CODE'),
    'timeout': Option(('-t', '--timeout'), Text(
        'Sekunden, die auf eine Antwort und auf ihr nächstes Zeichen gewartet wird',
        'seconds to wait for an answer, and for its next character'), 'S'),
    'max_duration': Option(('--max-duration',), Text(
        'Sekunden für die ganze Auslesung', 'seconds for the whole readout'), 'S'),
    'only_listen': Option(('-l', '--onlylisten'), Text(
        'nicht fragen: auf ein Telegramm eines Zählers warten, der von selbst sendet',
        'do not ask: wait for a telegram of a meter that sends by itself')),
    'use_checksum': Option(('-c', '--nochecksum'), Text(
        'auch falsche Prüfzeichen und beschädigte Rahmen hinnehmen', 'accept wrong checks and damaged frames, too')),
    'checksum': Option(('--checksum',), Text(
        'wie der Zähler sein Prüfzeichen bildet; auto: wie sein Hersteller es bekanntlich tut',
        'how the meter makes its block check character; auto: as its manufacturer is known to do it')),
    'confirm': Option(('--confirm',), Text(
        'always: nur ausgeben, was eine zweite Auslesung bestätigt; sonst gilt das nur bei gestörter Leitung',
        'always: give only what a second readout confirms; else that holds for a disturbed line only')),
    'parity': Option(('--parity',), Text(
        'auto: hier gebildet, und geprüft, wo die Leitung sie zeigt; software: immer geprüft; even: vom Adapter (7E1); '
        'none: 8N1 ohne Parität',
        'auto: made here, and checked where the line shows it; software: always checked; even: by the adapter (7E1); '
        'none: plain 8N1')),
    'wakeup': Option(('--wakeup',), Text(
        'einen Zähler mit Batterie vor der Anfrage wecken', 'wake a meter with a battery before asking')),
    'settle': Option(('--settle',), Text(
        'Sekunden Pause nach dem Öffnen der Schnittstelle', 'seconds to wait after the port was opened'), 'S'),
    'password': Option(('--password',), Text(
        'Passwort für --read, falls der Zähler eins verlangt; ein falsches kann ihn sperren',
        'password for --read, if the meter wants one; a wrong one may lock it'), Text('PASSWORT', 'PASSWORD')),
    'dtr': Option(('--no-dtr',), Text('die Leitung DTR abschalten', 'switch off the line DTR')),
    'rts': Option(('--no-rts',), Text('die Leitung RTS abschalten', 'switch off the line RTS')),
}

# instead of a readout from a PORT; one of them at most
TASKS = {
    'replay': Option(('--replay',), Text(
        'eine gespeicherte Sitzung oder die bloßen Zeichen einer Auslesung lesen, statt von einer Schnittstelle',
        'take a stored session, or the bare bytes of a readout, instead of a port'), _FILE),
    'from_smartmeter': Option(('--from-smartmeter',), Text(
        'Items des Plugins smartmeter aus dieser Datei in Items von dlms umschreiben, in die neue Datei DATEI.dlms',
        'turn the items of the plugin smartmeter in this file into items of dlms, in the new file FILE.dlms'), _FILE),
    'read': Option(('--read',), Text(
        'nur diese Register lesen, im Programmiermodus, mit Kommas dazwischen: 1.7.0,2.7.0',
        'read these registers only, in programming mode, with commas between: 1.7.0,2.7.0'), 'CODES'),
    'list': Option(('--list',), Text('die seriellen Schnittstellen zeigen', 'list the serial ports')),
    'detect': Option(('--detect',), Text(
        'an einer oder mehreren Schnittstellen herausfinden, wie der Zähler gelesen und konfiguriert sein will',
        'find out, at one or more ports, how the meter wants to be read and configured')),
    'aim': Option(('--aim',), Text(
        'jede Sekunde zeigen, wie gut der Zähler zu hören ist, während der Lesekopf bewegt wird',
        'show each second how well the meter is heard, while the head is moved')),
}

OUTPUT = {
    'format': Option(('--format',), Text(
        'text (Standard): wie der Zähler es sendet; table: mit Namen; json: ein Objekt je Telegramm; items: YAML für SmartHomeNG',
        'text (default): as the meter sends it; table: with names; json: one object a telegram; items: YAML for SmartHomeNG')),
    'lang': Option(('--lang',), Text(
        'Sprache von Namen, Meldungen und Hilfe; sonst die des Terminals',
        'language of names, messages and help; else that of the terminal')),
    'instance': Option(('--instance',), Text(
        'mit --detect oder --format items: Name der Instanz, für einen von mehreren Zählern',
        'with --detect or --format items: name of the instance, for one of several meters'), 'NAME'),
    'write': Option(('--write',), Text(
        'mit --detect: die Items als neue Datei in diese Installation von SmartHomeNG schreiben',
        'with --detect: write the items as a new file into this installation of SmartHomeNG'), Text('ORDNER', 'FOLDER')),
    'follow': Option(('--follow',), Text(
        'mit -l: jedes Telegramm lesen, mit --read jede Sekunde, bis Strg-C',
        'with -l: go on with every telegram, with --read each second, until Ctrl-C')),
    'record': Option(('--record',), Text(
        'die Sitzung speichern, auch die einer misslungenen Auslesung', 'store the session, also of a failed readout'), _FILE),
    'report': Option(('--report',), Text(
        'speichern, was zu einer Meldung gehört, Nummern unkenntlich gemacht',
        'store what is needed to report a problem, numbers made unrecognizable'), _FILE),
    'mask': Option(('--mask',), Text(
        'mit --report: auch diese Wörter unkenntlich machen, durch Kommas getrennt',
        'with --report: mask these words, too, separated by commas'), Text('WÖRTER', 'WORDS')),
    'verbose': Option(('-v', '--verbose'), Text('zeigen, was über die Leitung geht', 'tell what goes over the line')),
}

_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Settings)}


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """
    What these arguments say: the parameters and the other options by their names, the ports as `ports`, `lang` in any case, and
    `chosen_lang` which is None where it was not said.

    :raises SystemExit: 0 after the help, 2 after a sentence about what cannot be meant
    """
    language = _language(arguments)
    parser = make_parser(language)
    options = parser.parse_args(arguments)
    options.chosen_lang, options.lang = options.lang, options.lang or language
    if complaint := _complaint(options):
        parser.error(complaint.to(options.lang))
    return options


def settings_of(options: argparse.Namespace) -> Settings:
    """
    The settings that these options mean.

    :raises SettingsError: a value cannot be used
    """
    given = {name: getattr(options, name) for name in PARAMETERS if name != 'serialport'}
    return Settings.from_config({'serialport': options.ports[0] if options.ports else options.replay, **given})


def in_the_shell(parameters: Iterable[str]) -> Text | None:
    """The options that set these parameters, for who reads a remedy; None if there is none."""
    known = [f'{PARAMETERS[name].flags[0]} ({_set(name)})' for name in parameters if name in PARAMETERS]
    return Text('Hier in der Shell: {options}', 'Here in the shell: {options}', {'options': ', '.join(known)}) if known else None


def _set(name: str) -> str:
    """What the option of this parameter sets; a switch has one value."""
    default = _DEFAULTS[name]
    return f'{name}: {not default}' if isinstance(default, bool) else name


def _language(arguments: Sequence[str]) -> str:
    """Of `--lang`, which the help that comes before it wants to know, too; else of the terminal."""
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument('--lang', nargs='?')
    if chosen := first.parse_known_args(arguments)[0].lang:
        return 'de' if chosen == 'de' else 'en'
    words = (os.environ.get(name, '') for name in ('LC_ALL', 'LC_MESSAGES', 'LANG'))
    return 'de' if next(filter(None, words), '').startswith('de') else 'en'


def _complaint(options: argparse.Namespace) -> Text | None:
    """What cannot be meant by all options together."""
    if not options.detect and sum(map(bool, (options.ports, options.replay, options.list, options.from_smartmeter))) != 1:
        return Text('PORT, --replay DATEI, --list oder --detect angeben', 'give a PORT, --replay FILE, --list or --detect')
    if len(options.ports) > 1 and not options.detect:
        return Text('nur eine Schnittstelle kann gelesen werden', 'one PORT can be read at a time')
    if options.write and not options.detect:
        return Text('--write gehört zu --detect', '--write goes with --detect')
    if options.instance is not None and not (options.detect or options.format == 'items'):
        return Text('--instance gehört zu --detect oder --format items', '--instance goes with --detect or --format items')
    if options.instance is not None and not slug(options.instance):
        return Text('der Name einer Instanz besteht aus Buchstaben und Ziffern, nicht {name!r}',
                    'the name of an instance is of letters and digits, not {name!r}', {'name': options.instance})
    if options.follow and not (options.only_listen or options.read):
        return Text('--follow gehört zu -l oder --read', '--follow goes with -l or --read')
    if (options.record and options.replay) or (
            (options.record or options.report) and (options.follow or options.detect or options.aim)):
        return Text('--record und --report speichern eine Auslesung von einer Schnittstelle',
                    '--record and --report store one readout from a port')
    if options.mask and not options.report:
        return Text('--mask gehört zu --report', '--mask goes with --report')
    return None


# The parser

_USAGE = Text("""dlms.py PORT [Optionen]
        dlms.py --read CODES PORT [Optionen]
        dlms.py --replay DATEI [Optionen]
        dlms.py --list
        dlms.py --from-smartmeter DATEI
        dlms.py --detect [PORT ...]
        dlms.py --aim PORT [Optionen]""", """dlms.py PORT [options]
       dlms.py --read CODES PORT [options]
       dlms.py --replay FILE [options]
       dlms.py --list
       dlms.py --from-smartmeter FILE
       dlms.py --detect [PORT ...]
       dlms.py --aim PORT [options]""")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """As all that goes wrong is said; that an option is an "argument" Python 3.10 says in English only."""
        self.print_usage(sys.stderr)
        self.exit(2, f'{self.prog}: {message.removeprefix("argument ")}\n')


def make_parser(language: str) -> argparse.ArgumentParser:
    """The parser of the options, which speaks this language, `de` or `en`."""
    _speak(language)
    parser = _Parser(
        prog='dlms.py', add_help=False, usage=_USAGE.to(language),
        description=Text('Liest über einen optischen Lesekopf einen Zähler, der IEC 62056-21 spricht, und gibt aus, was er sagt.',
                         'Read a meter that talks IEC 62056-21 through an optical head, and print what it says.').to(language),
        epilog=Text('Exitcodes: 0 gelesen, 1 nicht gelesen, 2 falscher Aufruf, 130 Strg-C',
                    'Exit codes: 0 read, 1 not read, 2 wrong usage, 130 Ctrl-C').to(language))
    group = parser.add_argument_group(Text('was getan wird', 'what is done').to(language))
    group.add_argument('ports', nargs='*', metavar='PORT', help=PARAMETERS['serialport'].help.to(language))
    tasks = group.add_mutually_exclusive_group()
    for name, option in TASKS.items():
        _add(tasks, name, option, language)
    group = parser.add_argument_group(Text('wie gelesen wird', 'how the meter is read').to(language))
    for name, option in PARAMETERS.items():
        if name != 'serialport':
            _add(group, name, option, language, _DEFAULTS[name], Settings.CHOICES.get(name, ()))
    group = parser.add_argument_group(Text('Ausgabe', 'output').to(language))
    choices = {'format': FORMATS, 'lang': LANGUAGES}
    for name, option in OUTPUT.items():
        _add(group, name, option, language, choices=choices.get(name, ()))
    parser.set_defaults(format=FORMATS[0])
    group.add_argument('-h', '--help', action='help', help=Text('diese Hilfe zeigen', 'show this help').to(language))
    return parser


def _add(parser: Any, name: str, option: Option, language: str, default: Any = None, choices: tuple[str, ...] = ()) -> None:
    """A switch where there is neither a metavar nor a choice; `Settings` knows how to take a value that was said."""
    how: dict[str, Any] = {'dest': name, 'default': default, 'help': option.help.to(language)}
    if choices:
        how['choices'] = choices
    elif option.metavar:
        how['metavar'] = option.metavar.to(language) if isinstance(option.metavar, Text) else option.metavar
    else:
        how['action'] = 'store_false' if default else 'store_true'
    if default and not isinstance(default, bool):
        shown = f'{default:g}' if isinstance(default, float) else default
        how['help'] += f' ({Text("Standard", "default").to(language)} {shown})'
    parser.add_argument(*option.flags, **how)


_GERMAN = {
    'usage: ': 'Aufruf: ',
    'expected one argument': 'ein Wert fehlt',
    'ignored explicit argument %r': 'nimmt keinen Wert, nicht %r',
    'invalid choice: %(value)r (choose from %(choices)s)': '%(value)r gibt es nicht, möglich sind %(choices)s',
    'not allowed with argument %s': 'geht nicht zusammen mit %s',
    'unrecognized arguments: %s': 'unbekannt: %s',
    'ambiguous option: %(option)s could match %(matches)s': '%(option)s ist mehrdeutig: %(matches)s',
}


def _speak(language: str) -> None:
    """argparse's own words go through the names that it has from gettext: the one way to have them in another language."""
    words = _GERMAN if language == 'de' else {}
    vars(argparse)['_'] = lambda text: words.get(text, text)
