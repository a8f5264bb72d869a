# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A section of etc/plugin.yaml with mistakes in it: each is said once, in the log of its instance, with what to write."""

from pathlib import Path

import pytest
from plugins.dlms import dlms
from plugins.dlms.plugin import parameters
from ruamel.yaml import YAML

from host import Host

DEFINITIONS = YAML(typ='safe').load((Path(parameters.__file__).parents[1] / 'plugin.yaml').read_text())['parameters']
DEFAULTS = {name: definition['default'] for name, definition in DEFINITIONS.items()}


class WrittenHost(Host):
    """A host whose section is a text, as the user typed it."""

    def __init__(self, text, items='', language='en', http=False):
        self.text = text
        super().__init__({}, items, language=language, http=http)

    def _write(self, base, *arguments):
        super()._write(base, *arguments)
        lines = ''.join(f'    {line}\n' for line in self.text.splitlines())
        (base / 'etc/plugin.yaml').write_text(
            f'%YAML 1.1\n---\nmeter_at_home:\n    plugin_name: dlms\n    instance: Cellar\n{lines}')


@pytest.fixture
def asked(monkeypatch):
    """The configurations with which a meter would be read; none answers."""
    configs = []

    def query(settings, **_):
        configs.append(settings)
        raise dlms.NoAnswer('silence', 'identification')
    monkeypatch.setattr(dlms, 'query', query)
    return configs


def said(text, items='', language='en', level='WARNING'):
    """What the plugin says in its log of a section, but that no meter answers."""
    with WrittenHost(f'serialport: /dev/ttyDlms\n{text}', items, language) as host:
        host.advance(2)
        messages = host.messages(level, 'plugins.dlms')
        assert all(message.startswith('cellar@: ') for message in messages)
        texts = [message.removeprefix('cellar@: ') for message in messages]
        return [text for text in texts if 'meter was not read' not in text and 'nicht gelesen' not in text]


@pytest.mark.parametrize('text, message', [
    ('updatecycle: 30', 'There is no parameter updatecycle, update_cycle may be meant'),
    ('serial_port: /dev/x', 'There is no parameter serial_port, serialport may be meant'),
    ('Baudrate: 300', 'There is no parameter Baudrate, baudrate may be meant'),
    ('qwertz: 1', 'There is no parameter qwertz'),
    ('speed: 300', 'There is no parameter speed, here it is called baudrate'),
    ('cycle: 60', 'The parameter cycle is one of smartmeter, here it is update_cycle'),
    ('baudrate_min: 300', 'The parameter baudrate_min is one of smartmeter, here it is baudrate'),
    ('protocol: DLMS', 'The parameter protocol is one of smartmeter, here it can go'),
    ('querycode: /', 'querycode: / begins or ends a request, no meter will answer'),
    ('timeout: 1e9', 'timeout: 1e9 is not possible (0.5 and above, up to 300), 300 counts'),
    ('timeout: 3 s', 'timeout: 3 s is not possible (0.5 and above, up to 300), 3 counts'),
    ('update_cycle: 99999999999', 'update_cycle: 99999999999 is not possible (0 and above, up to 31622400), 31622400 counts'),
    ('update_cycle: 1:30', 'update_cycle: 1:30 is not possible (0 and above, up to 31622400), 90 counts'),
    ('baudrate: 301', 'baudrate: 301 Bd is no usual speed, 300 may be meant'),
    ('baudrate: 0300', 'baudrate: 0300 is not possible (50 and above), 192 counts'),
    ('parity: odd', 'parity: odd is not possible (auto, software, even, none), auto counts'),
    ('use_checksum: perhaps', 'use_checksum: perhaps is not possible (True, False), True counts'),
    ('update_crontab: bogus', "update_crontab: 'bogus' is no time"),
    ('update_crontab: 0 0 * * * * *', "update_crontab: '0 0 * * * * *' is no time"),
    ('update_crontab: "* 0 6 * * *"', "update_crontab: '* 0 6 * * *' reads again each second"),
    ('pause_item: p', "The item 'p' named by pause_item is not of type bool"),
    ('pause_item: q', "The item 'q' named by pause_item does not exist"),
    ('baudrate: 9600', 'baudrate: 9600 Bd, but meters are asked at 300 Bd'),
    ('device_address: 0012345', "device_address: 0012345 is 5349 for YAML; '0012345' is used"),
], ids=str)
def test_each_mistake_is_said_with_what_to_write(asked, text, message):
    messages = said(text, 'p:\n    type: num\n')
    assert [message in told for told in messages].count(True) == 1, messages


def test_it_is_said_in_the_language_of_the_house(asked):
    messages = said('updatecycle: 30\ndevice_address: 0012345\nupdate_cycle: -60', language='de')
    assert messages == [
        'Den Parameter updatecycle gibt es nicht, gemeint ist wohl update_cycle',
        "device_address: 0012345 ist für YAML 5349; benutzt wird '0012345', so gehört es in Anführungszeichen",
        'update_cycle: -60 ist nicht möglich (ab 0 bis 31622400), es gilt 0']


@pytest.mark.parametrize('text', [
    '', "device_address: '0012345'", 'device_address: 12345', 'querycode: 2', 'update_cycle: 60', 'timeout: 3.0', 'timeout: 2',
    'parity: none', 'only_listen: yes\nbaudrate: 9600', 'wakeup: no', 'update_crontab: 0 6 * * | 0 18 * *',
    'update_crontab: 0 0 6 * * *', 'update_crontab: sunset-1h', 'update_crontab: init+10 | 17:00<sunset<20:00', 'settle:',
    'plugin_enabled: True\nplugin_version: 2.0.0', 'baudrate_fix: True\nbaudrate: 9600', 'max_power: 30',
    'reset_baudrate: True\nno_waiting: False', 'webif_pagelength: 25', 'pause_item: p'], ids=str)
def test_nothing_is_said_of_what_is_right(asked, text):
    assert said(text, 'p:\n    type: bool\n') == []


@pytest.mark.parametrize('text, name, value', [
    ('device_address: 0012345', 'device_address', '0012345'), ("device_address: '0012345'", 'device_address', '0012345'),
    ('device_address: 007', 'device_address', '007'), ('device_address: on', 'device_address', 'on')], ids=str)
def test_the_address_that_is_written_is_asked(asked, text, name, value):
    said(text)
    assert [getattr(settings, name) for settings in asked[:1]] == [value]


def test_a_parameter_of_the_core_is_the_core_s_business(asked):
    with WrittenHost('serialport: /dev/x\nwebif_pagelength: 25', http=True) as host:
        assert 'webif_pagelength' in host.plugin.metadata.parameters and host.messages('WARNING', 'plugins.dlms') == []


@pytest.mark.parametrize('value', ['[a, b]', '{a: b}', '[]', '{}', "''", '~', 'true', '-1', '0x10', '1e999', '.nan', '2020-01-01',
                                   '|\n  a\n  b',
                                   '"\\x07"', '12:30:45', '*'], ids=repr)
def test_no_value_hurts_the_plugin(asked, value):
    """Whatever it is, in each parameter."""
    value = "'*'" if value == '*' else value
    with WrittenHost(''.join(f'{name}: {value}\n' for name in DEFINITIONS)) as host:
        host.advance(2)
        assert host.plugin is not None
        assert [record.getMessage() for record in host.records if record.exc_info] == []


def test_times_as_a_list(asked):
    with WrittenHost("serialport: /dev/x\nupdate_cycle: 0\nupdate_crontab: ['0 6 * *', '0 18 * *']") as host:
        host.advance(26 * 3600)
        assert len(asked) == 3 and host.messages('ERROR') == []


@pytest.mark.parametrize('text', ['update_cycle: 0', 'update_cycle: -60'])
def test_that_nothing_will_be_read_is_seen_at_the_default_level(asked, text):
    messages = said(text, level='NOTICE')
    assert 'Neither update_cycle nor update_crontab: the meter is read on demand only' in messages
    assert asked == []


@pytest.mark.parametrize('content', [None, b'', b'[', b'- 1', b'meter_at_home: 7', b'other:\n    a: 1', b'\xff\xfe'], ids=str)
def test_a_file_that_cannot_be_read_says_nothing(tmp_path, content):
    if content is not None:
        (tmp_path / 'plugin.yaml').write_bytes(content)
    written = parameters.read(tmp_path / 'plugin.yaml', 'meter_at_home')
    assert parameters.oddities(written, DEFINITIONS, DEFAULTS) == [] and parameters.texts_as_written(written, DEFINITIONS) == {}


ITEMS = ('a:\n    type: num\n    obis_code: 1.8.0\nb:\n    type: num\n    obis_readout@x: yes\n'
         'c:\n    type: num\n    dlms_obis_code: 1.8.0\n')


def test_items_of_smartmeter_are_told_once(asked):
    with WrittenHost('serialport: /dev/x', ITEMS) as host:
        host.plugin.stop()
        host.plugin.run()
        told = [message for message in host.messages('WARNING', 'plugins.dlms') if 'smartmeter' in message]
        assert len(told) == 1 and 'nothing here, a, b. To convert them: python3 dlms.py --from-smartmeter' in told[0]
