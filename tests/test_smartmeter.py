# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Files of items of the plugin smartmeter become those of dlms, and nothing else in them changes."""

import pytest

from reader.shell import command
from reader.smartmeter import NoItems, convert

BEFORE = """\
# my house
%s
strom:   # all of it

    bezug:
        type: num   # kWh
        obis_code: 1-1:1.8.0*255   # the total
        obis_index: 0              # the first one
        obis_vtype: num
        # a line of mine
        einheit:
            type: str
            obis_code: '1-1:1.8.0*255'
            obis_property: unit

    maximum:
        obis_code@haus: "1-1:1.6.1"
        obis_index@haus: 1
        obis_property@haus: value
        obis_vtype@haus: ZST10
        type: foo

    status:
        type: num
        obis_code: 1-0:1.8.0
        obis_property: statRun
    text:
        type: str
        obis_readout: yes
    eigenes: {type: num, obis_code: '1.8.1'}
    other:
        type: num
        knx_dpt: 9   # obis_code: 7
"""
AFTER = """\
# my house
%s
strom:   # all of it

    bezug:
        type: num   # kWh
        dlms_obis_code: '1-1:1.8.0*255'   # the total
        # the first one
        # a line of mine
        einheit:
            type: str
            dlms_obis_code: ['1-1:1.8.0*255', 0, Unit]

    maximum:
        dlms_obis_code@haus: ['1-1:1.6.1', 1, Value, ZST10]
        type: foo

    status:
        type: num
        # obis_code: 1-0:1.8.0
        # obis_property: statRun
    text:
        type: str
        dlms_obis_readout: True
    eigenes: {type: num, obis_code: '1.8.1'}
    other:
        type: num
        knx_dpt: 9   # obis_code: 7
"""


@pytest.mark.parametrize('line', ['', '%YAML 1.1\n---', '# ä µ'], ids=['plain', '1.1', 'umlauts'])
def test_only_the_lines_of_its_attributes_change(line):
    converted = convert(BEFORE.replace('# my house\n', '') % line if '%YAML' in line else BEFORE % line)
    after = AFTER.replace('# my house\n', '') % line if '%YAML' in line else AFTER % line
    text = converted.text.replace('dlms_obis_readout: yes', 'dlms_obis_readout: True')
    assert text == after
    assert converted.items == 4
    assert [remark.to('en') for remark in converted.remarks] == [
        'strom.status: there is no statRun here, the lines are comments now',
        'strom.eigenes: is in braces, please convert it by hand']


@pytest.mark.parametrize('text', ['', '- 1', 'a: [', 'a:\n\tb: 1'], ids=repr)
def test_what_is_no_tree(text):
    with pytest.raises(NoItems):
        convert(text)


def test_a_file_without_such_items_stays_as_it_is():
    text = 'a:\r\n    type: num  # x\r\n'
    assert convert(text).text == text and convert(text).items == 0


def test_the_command_writes_a_new_file_once(tmp_path, capsys):
    file = tmp_path / 'strom.yaml'
    file.write_text('strom:\n    type: num\n    obis_code: 1.8.0\n')
    assert command.main(['--from-smartmeter', str(file), '--lang', 'de']) == 0
    assert f'{file}.dlms geschrieben, 1 Items geändert' in capsys.readouterr().err
    assert (tmp_path / 'strom.yaml.dlms').read_text() == "strom:\n    type: num\n    dlms_obis_code: '1.8.0'\n"
    assert command.main(['--from-smartmeter', str(file), '--lang', 'de']) == 1
    assert capsys.readouterr().err == f'dlms.py: {file}.dlms: die Datei gibt es schon\n'
    assert file.read_text() == 'strom:\n    type: num\n    obis_code: 1.8.0\n'


def test_the_command_on_what_is_no_file_of_items(tmp_path, capsys):
    (tmp_path / 'x').write_bytes(b'\xff')
    assert command.main(['--from-smartmeter', str(tmp_path / 'x'), '--lang', 'en']) == 1
    assert command.main(['--from-smartmeter', str(tmp_path / 'none'), '--lang', 'en']) == 1
    told = capsys.readouterr().err
    assert 'is no file of items' in told and 'none: No such file' in told
