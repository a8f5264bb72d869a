# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""plugin.yaml and locale.yaml: complete, in both languages, in step with the code, and fit for the core's tools."""

import ast
import dataclasses
import re
from pathlib import Path

import pytest
from plugins.dlms import dlms
from plugins.dlms.plugin import bindings
from plugins.dlms.reader.obis.codes import split
from plugins.dlms.reader.obis.conversions import CONVERSIONS
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent


def load(name):
    return YAML(typ='safe').load((ROOT / name).read_text(encoding='utf-8'))


META = load('plugin.yaml')
TRANSLATIONS = load('locale.yaml')['plugin_translations']


def descriptions(node, path=''):
    """(path, {'de': ..., 'en': ...}) of every text in plugin.yaml."""
    for key, value in node.items():
        if isinstance(value, dict):
            if set(value) & {'de', 'en'}:
                yield f'{path}.{key}', value
            yield from descriptions(value, f'{path}.{key}')


@pytest.mark.parametrize(('path', 'texts'), list(descriptions(META)), ids=lambda value: value if isinstance(value, str) else '')
def test_texts_are_in_both_languages_and_come_whole_into_the_manual(path, texts):
    assert set(texts) == {'de', 'en'}
    for text in texts.values():
        if isinstance(text, list):      # of a valid_list_description
            owner = META
            for name in path.split('.')[1:-1]:
                owner = owner[name]
            assert len(text) == len(owner['valid_list'])
        else:
            # the core's generator breaks longer texts off, and makes a line of each \n in it
            assert 10 < len(text) < 1024
            assert all(line.strip() or not line for line in text.split('\\n'))


def test_each_parameter_attribute_and_function_is_described():
    for section in ('parameters', 'item_attributes', 'plugin_functions'):
        for name, entry in META[section].items():
            assert 'description' in entry, name


def test_the_reader_has_its_parameters_with_its_types_defaults_and_choices():
    fields = {field.name: field.default for field in dataclasses.fields(dlms.Settings)}
    parameters = {name: META['parameters'][name] for name in fields}
    defaults = {name: None if entry['default'] == 'None*' else entry['default'] for name, entry in parameters.items()}
    assert defaults == fields       # None* is the core's word for it
    types = {type(None): ('str',), bool: ('bool',), int: ('int',), float: ('num', 'int'), str: ('str',)}
    for name, default in fields.items():
        assert parameters[name]['type'] in types[type(default)], name
    assert {name for name, entry in parameters.items() if 'valid_list' in entry} == set(dlms.Settings.CHOICES)
    for name, choices in dlms.Settings.CHOICES.items():
        # the core takes the first one for what it does not know
        assert (tuple(parameters[name]['valid_list']), choices[0]) == (tuple(choices), fields[name])


def test_what_the_core_lets_pass_the_reader_takes():
    for field in dataclasses.fields(dlms.Settings):
        entry = META['parameters'][field.name]
        values = entry.get('valid_list', [entry[bound] for bound in ('valid_min', 'valid_max') if bound in entry])
        for value in values:
            settings = dlms.Settings.from_config({'serialport': '/dev/ttyDlms', field.name: value})
            assert getattr(settings, field.name) == value
        if isinstance(field.default, float) or field.name == 'baudrate':
            with pytest.raises(dlms.SettingsError):     # so that the core has to hold it back
                dlms.Settings.from_config({'serialport': '/dev/ttyDlms', field.name: entry['valid_min'] - 100})


def test_the_plugin_asks_for_each_parameter_and_for_none_that_there_is_not():
    asked = {field.name for field in dataclasses.fields(dlms.Settings)}
    for path in ('__init__.py', 'webif/__init__.py', 'webif/setup.py', 'webif/view.py'):
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding='utf-8'))):
            if isinstance(node, ast.Call) and getattr(node.func, 'attr', '') in ('get_parameter_value', '_parameter') \
                    and isinstance(node.args[0], ast.Constant):
                asked.add(node.args[0].value)
    of_the_core, without_effect = {'webif_pagelength'}, {'reset_baudrate', 'no_waiting'}
    assert asked - of_the_core == set(META['parameters']) - without_effect


def test_parameters_of_the_older_plugin_are_still_accepted():
    older = {'serialport': 'str', 'baudrate': 'int', 'baudrate_fix': 'bool', 'update_cycle': 'int',
             'update_cycle_start_offset': 'int', 'update_crontab': 'str', 'device_address': 'str', 'querycode': 'str',
             'timeout': 'int', 'use_checksum': 'bool', 'only_listen': 'bool', 'reset_baudrate': 'bool', 'no_waiting': 'bool'}
    for name, kind in older.items():
        assert META['parameters'][name]['type'] in (kind, 'num' if kind == 'int' else kind)
        assert 'mandatory' not in META['parameters'][name]      # the core would not even call __init__


def test_attributes_are_of_types_that_do_not_lose_the_item():
    # list(4,...) loses items with fewer parts; a valid_list makes its first entry of what it does not know
    attributes = META['item_attributes']
    assert {name: entry['type'] for name, entry in attributes.items()} == {
        'dlms_obis_code': 'list', 'dlms_obis_readout': 'str', 'dlms_status': 'str'}
    assert not any('valid_list' in entry for entry in attributes.values())


def test_the_manual_names_every_status_and_conversion():
    for language in ('de', 'en'):
        text = META['item_attributes']['dlms_status']['description_long'][language]
        assert re.findall(r'\*\*(\w+)\*\*', text) == list(bindings.STATUSES)
        text = META['item_attributes']['dlms_obis_code']['description_long'][language]
        assert set(CONVERSIONS) <= set(re.findall(r'``(\w+)``', text))


def test_structs_use_the_grammar_without_a_warning():
    def check(node):
        for name, value in node.items():
            if isinstance(value, dict):
                check(value)
            elif name == 'dlms_obis_code@instance':
                assert bindings.parse(value, node['type'])[1] == ()
                assert split(value[0]) is not None
            elif name == 'dlms_status@instance':
                assert bindings.parse_status(value)[1] == ()
            else:
                assert name == 'type'
    check(META['item_structs'])
    assert set(META['item_structs']) == {'consumption', 'feed_in', 'power', 'meter'}


def test_version_of_the_plugin():
    source = (ROOT / '__init__.py').read_text(encoding='utf-8')
    assert re.search(r"PLUGIN_VERSION = '(.*)'", source)[1] == META['plugin']['version']


def messages_of_the_code():
    """The texts that the code hands to be translated: where they are called so, and German ones in its tables."""
    calls = {'translate', 'tell', 'warn', 'Note', 'Misfit'}
    for name in ('__init__.py', *(f'plugin/{path.name}' for path in (ROOT / 'plugin').glob('*.py'))):
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding='utf-8'))):
            if isinstance(node, ast.Call) and getattr(node.func, 'attr', getattr(node.func, 'id', '')) in calls \
                    and node.args and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value
            if isinstance(node, ast.Assign) and getattr(node.targets[0], 'id', '') == 'CYCLE_REASONS':
                yield from (value.value for value in node.value.values)


def test_every_message_is_translated_with_the_same_values():
    texts = set(messages_of_the_code())
    assert len(texts) > 20
    assert texts <= set(TRANSLATIONS)
    for text in texts:
        entry = TRANSLATIONS[text]
        assert (entry['de'], set(entry)) == ('=', {'de', 'en'})
        braces = re.compile(r'{\w+}')
        assert entry['en'] == '=' or sorted(braces.findall(entry['en'])) == sorted(braces.findall(text))
