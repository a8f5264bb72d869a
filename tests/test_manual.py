# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The manual keeps what it says: its names exist, its tables and commands hold, nothing that there is goes unmentioned."""

import re
import shlex

import pytest
from plugins.dlms.plugin import bindings, counting, cycle, plausibility
from plugins.dlms.webif.sessions import CHECKS
from plugins.dlms.webif.tabs import TABS
from ruamel.yaml import YAML

import manual
import manual_table
import manufacturer
from reader import memory
from reader.obis.codes import split
from reader.obis.conversions import CONVERSIONS, convert
from reader.obis.data_sets import parse
from reader.obis.matching import match
from reader.shell import options


def load(name):
    return YAML(typ='safe').load((manual.ROOT / name).read_text(encoding='utf-8'))


META = load('plugin.yaml')
PARAMETERS = {*META['parameters'], 'instance'}      # that one is the core's
PARSER = options.make_parser('de')
OPTIONS = {option: action for action in PARSER._actions for option in action.option_strings}
NAMES = {*CHECKS, *PARAMETERS, *META['item_attributes'], *bindings.STATUSES, *bindings.KEYS, *CONVERSIONS,
         *(f'dlms.{name}' for name in META['item_structs']), *(f'{name}()' for name in META['plugin_functions']),
         *(value for entry in META['parameters'].values() for value in entry.get('valid_list', ()))}
NAMES |= {*counting.Power._fields, *counting.Used._fields, *counting.Closing._fields,     # what functions for logics give
          *(name for struct in META['item_structs'].values() for child in struct.values() for name in child)}
# of the plugin smartmeter 0.9.0, parameters and attributes: what this plugin calls otherwise or does without
SMARTMETER = {'protocol', 'host', 'port', 'autoreconnect', 'cycle', 'crontab', 'poll', 'time_filter', 'baudrate_min',
              'normalize', 'buffersize', 'device_type', 'date_offset',
              'obis_code', 'obis_index', 'obis_property', 'obis_vtype', 'obis_readout'}
ELSEWHERE = {'dlms', 'dialout', 'udevadm info -a /dev/ttyUSB0', 'pip3 install pyserial', 'get_manufacturer_ids.py', '--dry-run',
             '--group-add', 'protocol: DLMS', 'eval', 'items', '300n81', 'latency_timer', '|', '?', '2', '#', '-.--',
             '101209113020W', '2017-02-14', 'database', 'database: init'}
PLACES = ('/dev/', 'var/plugin_data/dlms/', '/usr/local/smarthome/', 'etc/', 'http://RECHNER:8383/plugin/dlms', 'socket://', 'rfc2217://')


def is_known(literal):
    """It names something that exists."""
    if literal in NAMES | SMARTMETER | ELSEWHERE or literal.startswith(PLACES):
        return True
    if literal.startswith('-'):
        return literal.split()[0] in OPTIONS
    if literal.startswith('python3 '):
        return not PARSER.parse_known_args(shlex.split(literal)[2:])[1]
    if call := re.fullmatch(r"sh\.dlms\.(\w+\(\)|\w+(?=\('[\d.]+'(?:, '\w+')?\)))(?:\(.*\))?", literal):
        return call[1].removesuffix('()') in META['plugin_functions']
    if setting := re.fullmatch(r'(\w+): (\S.*)', literal):
        name, value = setting.groups()
        return name in PARAMETERS or (name == 'dlms_status' and value in bindings.STATUSES)
    if re.fullmatch(r'[\w-]+\.(py|yaml|txt|md)', literal):
        return (manual.ROOT / literal).exists()
    if re.fullmatch(r'strom(\.\w+)+', literal):
        return True     # items of the examples, see test_manual_examples.py
    return re.search(r'\d|^F\.F$', literal) is not None and split(literal) is not None


def texts_of_tables(*titles):
    return [table for title in titles for table in manual.list_tables(manual.section(title))]


def test_every_name_exists():
    text = manual.TEXT.replace(manual.section('Umwandlungen').partition('\n\n``Z7``')[0], '')
    for title in ('Notwendige Software', 'Installieren und aktualisieren'):     # of the system and of the core
        text = text.replace(manual.section(title), '')
    unknown = [literal for literal in manual.literals(text) if not is_known(literal)]
    assert unknown == []


def test_everything_is_mentioned():
    text = ' '.join((*manual.literals(), *(block.text for block in manual.code_blocks('bash', 'yaml'))))
    words = set(re.findall(r'[\w.-]+', text))
    wanted = {*PARAMETERS, *META['item_attributes'], *bindings.STATUSES, *CONVERSIONS, *OPTIONS,
              *(f'dlms.{name}' for name in META['item_structs']), *(f'sh.dlms.{name}' for name in META['plugin_functions'])}
    assert sorted(wanted - words) == []


@pytest.mark.parametrize('parser', [PARSER, manufacturer._parser()], ids=['dlms.py', 'manufacturer.py'])
def test_every_option_has_a_text_in_the_help(parser):
    assert [action.dest for action in parser._actions if len(action.help or '') < 10] == []


def test_commands_are_understood():
    commands = [line.split('#')[0] for block in manual.code_blocks('bash') for line in block.text.splitlines()]
    programs = {'dlms.py': options.parse, 'manufacturer.py': manufacturer._parser().parse_args}
    seen = set()
    for words in map(shlex.split, commands):
        if words[0] == 'python3':
            seen.add(words[1])
            programs[words[1]](words[2:])
        else:
            assert words[:2] in (['sudo', 'usermod'], ['sudo', 'udevadm'], ['sudo', 'apt'], ['git', 'clone']) or (
                words[0] == 'cd' or words[0].endswith('/bin/pip3'))
    assert seen == set(programs)


def test_the_options_of_the_parameters_are_listed():
    bullets = re.findall(r'^\* .*', manual.section('Auslesen'), re.MULTILINE)
    for name, option in options.PARAMETERS.items():
        if name != 'serialport':
            (bullet,) = (bullet for bullet in bullets if f'``{option.flags[0]}``' in bullet)
            assert [flag for flag in option.flags if f'``{flag}``' not in bullet] == []
            assert f'``{name}' in bullet or (f'--{name}' in option.flags and 'gleichen Namens' in bullet)


def test_every_conversion_gives_what_its_row_says():
    (rows,) = texts_of_tables('Umwandlungen')
    rows = [[cell.strip('`') for cell in row] for row in rows]
    assert {conversion for conversion, _, _ in rows} == set(CONVERSIONS)
    assert [repr(convert(text, conversion)) for conversion, text, _ in rows] == [value for _, _, value in rows]


def test_every_code_matches_as_its_row_says():
    (rows,) = texts_of_tables('Welcher Code zu welcher Zeile passt')
    assert {row[2] for row in rows} == {'ja', 'nein'}
    for pattern, code, says, _ in rows:
        data_sets = parse(f'{code.strip("`")}(1)').data_sets
        assert (says == 'ja') == bool(match(pattern.strip('`'), data_sets)), (pattern, code)


def test_the_table_of_failures_is_the_diagnosis_own():
    assert manual_table.PART.text() == manual_table.table(), 'write it anew: python3 tests/manual_table.py'
    (rows,) = texts_of_tables('Symptom, Ursache, Abhilfe')
    assert len(rows) == len(manual_table.KINDS)
    assert all(len(row) == 3 and all(row) for row in rows)


def test_moving_from_smartmeter_names_each_of_its_parameters_and_attributes():
    rows = [row for table in texts_of_tables('Von smartmeter') for row in table]
    old = {name for row in rows for name in re.findall('``(.+?)``', row[0])}
    assert old - PARAMETERS == SMARTMETER - PARAMETERS
    for row in rows:
        for name in re.findall('``(.+?)``', row[1]):
            assert name == 'cycle' or name.split(':')[0] in NAMES


def test_figures_of_the_cycle():
    text = ' '.join(manual.section('Wie oft gelesen wird').split())
    margin = META['parameters']['cycle_margin']['default']
    for figure in (f'die letzten {cycle.WINDOW} Auslesungen', f'{cycle.GAP} Sekunden vor der nächsten',
                   f'höchstens {cycle.LONGEST_BACKOFF // 60} Minuten', f'{margin} Sekunden'):
        assert figure in text


def test_figures_of_the_guard():
    text = ' '.join(manual.section('Wenn ein Wert nicht glaubwürdig ist').split())
    assert ('das Vierfache' in text) == (plausibility.FACTOR == 4)
    for figure in (f'mindestens aber {plausibility.HOUSE["kwh"]:g} kW', f'{plausibility.HOUSE["m3"]:g} m³ in der Stunde'):
        assert figure in text
    for language, figure in (('de', 'Vierfache'), ('en', 'four times')):
        assert figure in META['parameters']['max_power']['description'][language]


def test_figures_of_the_ladder():
    text = ' '.join(manual.section('Langsamer, aber sicher').split())
    for figure in (f'in {memory.FAILURES_BEFORE_STEP} Sitzungen hintereinander',
                   f'Nach {memory.READOUTS_BEFORE_TRIAL} Auslesungen',
                   f'in {memory.DISTURBED_SESSIONS} der letzten {memory.RECENT_SESSIONS} Sitzungen'):
        assert figure in text
    assert ('einer Stunde' in text) == (memory.TIME_BEFORE_TRIAL == 3600)


def test_the_page_is_described_tab_by_tab_in_its_own_words():
    text = manual.section('Web Interface')
    assert manual.titles(text) == [tab.title for tab in TABS]
    words = re.findall(r'\*\*(.+?)\*\*', text)
    assert len(words) > 5
    assert [word for word in words if word not in load('locale.yaml')['plugin_translations']] == []


def test_pictures_are_there():
    pictures = re.findall(r'^\.\. image:: (\S+)', manual.TEXT, re.MULTILINE)
    assert [picture for picture in pictures if not (manual.ROOT / picture).is_file()] == []
    shown = {picture for picture in pictures if picture.startswith('assets/')}
    assert {f'assets/{file.name}' for file in (manual.ROOT / 'assets').glob('webif_*')} == shown


def test_version_history_begins_with_this_version():
    assert manual.titles(manual.section('Version History'))[0] == META['plugin']['version']
