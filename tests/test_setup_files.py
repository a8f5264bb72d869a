# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What setting up writes: the section of etc/plugin.yaml and a file of items, and what it must not touch."""

import errno
import os

import pytest
from plugins.dlms.plugin.setup import items_file, plugin_yaml
from plugins.dlms.plugin.setup.plugin_yaml import PluginYaml, Unwritable
from plugins.dlms.plugin.setup.sections import users
from plugins.dlms.reader.obis.data_sets import parse
from plugins.dlms.reader.obis.suggestions import suggest
from ruamel.yaml import YAML

FILE = """%YAML 1.1
---
# etc/plugin.yaml     of the house


database:   # keeps what was
    plugin_name:   database
    driver: "sqlite3"     # or mysql
    connect:
      - database:./var/db/smarthomeng.db
      -   check_same_thread:0

# the meter in the cellar
dlms:
    plugin_name: dlms          # the one
    # plugin_enabled: false
    serialport: /dev/ttyUSB0   # the left one
    timeout:   3.0

#knx:
#    plugin_name: knx
cli: {plugin_name: cli, ip: 127.0.0.1, update: 'True'}
text: "ünïcödé \\u00e9"
"""
VALUES = {'serialport': '/dev/serial/by-id/usb-ü: "x" #1', 'baudrate': 9600, 'only_listen': True}


def write(tmp_path, text, encoding='utf-8'):
    path = tmp_path / 'plugin.yaml'
    path.write_bytes(text.encode(encoding))
    return path


def lines_kept(before, after):
    """Those of before that are not in the section, each as it was and in its order."""
    rest = iter(after)
    return all(line in rest for line in before)


@pytest.mark.parametrize('ending', ['\n', '\r\n'])
@pytest.mark.parametrize('bom', ['', plugin_yaml.BOM])
def test_the_lines_of_the_section_change_and_no_other_byte(tmp_path, ending, bom):
    text = bom + FILE.replace('\n', ending)
    path = write(tmp_path, text)
    path.chmod(0o640)
    copy = PluginYaml(path, 'dlms').write(VALUES)
    after = path.read_bytes().decode()
    assert after == text.replace(
        f'plugin_name: dlms          # the one{ending}',
        f'plugin_name: dlms          # the one{ending}    baudrate: 9600{ending}    only_listen: true{ending}').replace(
        'serialport: /dev/ttyUSB0   #', 'serialport: "/dev/serial/by-id/usb-ü: \\"x\\" #1"   #')
    assert copy.read_bytes() == text.encode() and copy.name.startswith('plugin.yaml.2') and copy.name.endswith('.bak')
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted((path.name, copy.name))
    assert PluginYaml(path, 'dlms').sections['dlms'] == {
        'plugin_name': 'dlms', 'serialport': VALUES['serialport'], 'timeout': 3.0, 'baudrate': 9600, 'only_listen': True}


@pytest.mark.parametrize('section, value, line', [
    ('a: 1\ndlms:\n  plugin_name: dlms', 5, '  baudrate: 5'),                      # no line end
    ('dlms:\n    plugin_name: dlms\n    baudrate:\n', 5, '    baudrate: 5'),
    ('dlms:\n    plugin_name: dlms\n    baudrate:      # not yet\n', 5, '    baudrate: 5      # not yet'),
    ('dlms:\n    "plugin_name": dlms\n    "baudrate" : \'300\'  # x\n', 5, '    "baudrate" : 5  # x'),
    ('dlms:\n    baudrate: 300\n    class_path: plugins.dlms\nz:\n', 5, '    baudrate: 5'),
])
def test_ways_to_write_a_section(tmp_path, section, value, line):
    path = write(tmp_path, section)
    assert PluginYaml(path, 'dlms').write({'baudrate': value})
    after = path.read_text().split('\n')
    assert line in after and lines_kept([each for each in section.split('\n') if 'baudrate' not in each], after)
    assert YAML(typ='safe', pure=True).load(path.read_text())['dlms']['baudrate'] == value


@pytest.mark.parametrize('text', [
    'dlms: {plugin_name: dlms, serialport: /dev/ttyUSB0}\n',
    'dlms:\n    plugin_name: dlms\n    serialport: >-\n        /dev/ttyUSB0\n',
    'dlms:\n    plugin_name: dlms\n    serialport: /dev\n        /x\n',
    'base: &base\n    plugin_name: dlms\ndlms: *base\n', 'base: &base\n    plugin_name: dlms\ndlms:\n    <<: *base\n    x: 1\n',
    'dlms:\n    plugin_name: dlms\n    serialport: &port /dev/ttyUSB0\nother: *port\n',
    'dlms:\n    plugin_name: dlms\n    serialport: !!str x\n', 'dlms:\n\tplugin_name: dlms\n', 'dlms: [1]\n', 'x: 1\n', '',
    'dlms:\n    plugin_name: dlms\ndlms:\n    plugin_name: dlms\n', 'dlms:\n    plugin_name: dlms\n    a: 1\n    a: 2\n', '- x\n',
], ids=range(14))
def test_what_is_not_understood_stays_as_it_is(tmp_path, text):
    path = write(tmp_path, text)
    with pytest.raises(Unwritable) as refused:
        PluginYaml(path, 'dlms').write(VALUES)
    assert refused.value.text.de != refused.value.text.en
    assert path.read_bytes() == text.encode() and os.listdir(tmp_path) == [path.name]


def test_no_utf_8(tmp_path):
    path = write(tmp_path, 'dlms:\n    plugin_name: dlms  # für\n', 'latin-1')
    with pytest.raises(Unwritable):
        PluginYaml(path, 'dlms')


@pytest.mark.parametrize('step', ['open', 'write', 'fsync', 'link', 'replace'])
@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_disk_that_fails_in_any_step_costs_nothing(tmp_path, monkeypatch, step, number):
    path = write(tmp_path, FILE)
    file = PluginYaml(path, 'dlms')

    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    if step == 'open':
        monkeypatch.setattr(plugin_yaml, 'create', fail)
    elif step == 'write':
        real = os.fsync
        monkeypatch.setattr(plugin_yaml.os, 'fsync', lambda number: fail() if number > 2 else real(number))
    else:
        monkeypatch.setattr(plugin_yaml.os, step, fail)
    if step == 'link':      # a file system without links: the copy is written
        assert file.write(VALUES).read_bytes() == FILE.encode()
        return
    with pytest.raises(Unwritable) as refused:
        file.write(VALUES)
    assert refused.value.text.to('de')
    assert path.read_bytes() == FILE.encode() and os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize('when', ['before', 'with the copy', 'after the copy'])
def test_somebody_writes_at_the_same_time(tmp_path, monkeypatch, when):
    path, theirs = write(tmp_path, FILE), FILE + '# mine\n'
    file = PluginYaml(path, 'dlms')
    link, replace = os.link, os.replace

    def write_in_place(*_):
        with open(path, 'w', encoding='utf-8') as stream:
            stream.write(theirs)

    if when == 'before':
        write_in_place()
    elif when == 'with the copy':
        monkeypatch.setattr(plugin_yaml.os, 'link', lambda *names: (link(*names), write_in_place()))
    else:
        calls = []
        monkeypatch.setattr(plugin_yaml.os, 'replace',
                            lambda *names: (calls or (calls.append(1), write_in_place()), replace(*names)))
    with pytest.raises(Unwritable) as refused:
        file.write(VALUES)
    assert refused.value.text == plugin_yaml.CHANGED
    assert path.read_text(encoding='utf-8') == theirs and os.listdir(tmp_path) == [path.name]


def test_a_linked_file_stays_linked(tmp_path):
    (tmp_path / 'real').mkdir()
    path = write(tmp_path / 'real', FILE)
    (tmp_path / 'plugin.yaml').symlink_to(path)
    PluginYaml(tmp_path / 'plugin.yaml', 'dlms').write(VALUES)
    assert (tmp_path / 'plugin.yaml').is_symlink() and 'only_listen: true' in path.read_text()


def test_two_copies_in_a_second_and_none_for_nothing(tmp_path):
    path = write(tmp_path, FILE)
    copies = {PluginYaml(path, 'dlms').write({'baudrate': speed}) for speed in (1, 2, 3)}
    assert len(copies) == 3 and PluginYaml(path, 'dlms').write({}) is None
    assert len(os.listdir(tmp_path)) == 4


def test_what_is_meant_is_what_differs(tmp_path):
    file = PluginYaml(write(tmp_path, FILE), 'dlms')
    assert file.meant({'serialport': '/dev/ttyUSB0', 'baudrate': 9600}, {'timeout': 5.0, 'parity': 'auto'}) == {
        'timeout': 5.0, 'baudrate': 9600}
    assert file.difference({'baudrate': 9600}) == ['     plugin_name: dlms          # the one', '+    baudrate: 9600',
                                                   '     # plugin_enabled: false']


def test_sections_that_name_a_port(tmp_path):
    (tmp_path / 'ttyUSB0').touch()
    sections = {'dlms': {'serialport': '/dev/a'}, 'rflink': {'tty': '/dev/a'}, 'modbus': {'hosts': [{'port': 'socket://x:1'}]},
                'off': {'plugin_enabled': False, 'tty': '/dev/a'}, 'text': {'tty': 'ttyUSB0'},
                'sml': {'serialport': '/dev/a'}, 'n': None}
    assert users(sections, 'dlms') == {'/dev/a': ['rflink', 'sml'], 'socket://x:1': ['modbus']}


# --- items ------------------------------------------------------------------------------------------------------------

TEXT = suggest(parse('1-1:1.8.0(1*kWh)\r\n1-1:2.8.0(2*kWh)\r\n1-1:32.7.0(230*V)\r\n1-1:0.9.1(120000)\r\n!\r\n').data_sets)


def test_the_tree_is_what_was_suggested():
    nodes = items_file.nodes(TEXT)
    assert [node.path for node in nodes][:2] == ['zaehler.bezug.gesamt', 'zaehler.einspeisung.gesamt'] and len(nodes) == 4
    assert all(node.code and node.remark for node in nodes)
    assert items_file.text_of(nodes, {node.path for node in nodes}) == items_file.FIRST_LINES + TEXT
    part = YAML(typ='safe', pure=True).load(items_file.text_of(nodes, {nodes[1].path}))
    assert part == {'zaehler': {'einspeisung': {'gesamt': {'type': 'num', 'dlms_obis_code': '2.8.0'}}}}
    assert items_file.text_of(nodes, ()) == ''


def test_a_file_of_items_is_new_and_can_be_taken_back(tmp_path):
    (tmp_path / 'dlms.yaml').write_text('mine')
    (tmp_path / 'dlms.yaml').chmod(0o664)
    path = items_file.write(tmp_path, 'dlms', TEXT)
    assert path.name == 'dlms_2.yaml' and path.read_text(encoding='utf-8') == TEXT and path.stat().st_mode & 0o777 == 0o664
    items_file.take_back(path, items_file.digest_of(TEXT.encode()))
    assert os.listdir(tmp_path) == ['dlms.yaml'] and (tmp_path / 'dlms.yaml').read_text() == 'mine'


def test_a_file_that_was_changed_stays(tmp_path):
    path = items_file.write(tmp_path, 'dlms', TEXT)
    path.write_text(TEXT + '# mine')
    with pytest.raises(Unwritable, match='changed'):
        items_file.take_back(path, items_file.digest_of(TEXT.encode()))
    assert path.read_text().endswith('# mine')


def test_no_items_where_the_folder_is_missing_or_full(tmp_path, monkeypatch):
    with pytest.raises(Unwritable):
        items_file.write(tmp_path / 'none', 'dlms', TEXT)

    def full(number):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(plugin_yaml.os, 'fsync', full)
    with pytest.raises(Unwritable) as refused:
        items_file.write(tmp_path, 'dlms', TEXT)
    assert refused.value.text.to('de') == 'der Datenträger ist voll' and os.listdir(tmp_path) == []
