# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Who a meter is: whose the letters of its identification are."""

import json

import pytest

import captures
import dlms
import manufacturer
from reader.identity import identify
from reader.shell import command

P1 = '0-0:1.0.0(200512135409S)\r\n1-0:1.8.1(000000.034*kWh)\r\n!\r\n'
HOUSEHOLD = '1-0:0.0.0*255(1)\r\n1-0:1.8.1*255(000000.034*kWh)\r\n!\r\n'


def maker(flag, data):
    (readout,) = dlms.read_capture(f'/{flag}5\\X\r\n\r\n{data}'.encode(), dlms.Settings(serialport='stored'))
    return identify(readout, manufacturer.name).manufacturer


@pytest.mark.parametrize('flag', ['FLU', 'Ene', 'ESO', 'ELL', 'Lux', 'NWA', 'SIB', 'EST'])
def test_a_p1_port_bears_the_letters_of_the_grid_operator(flag):
    assert maker(flag, P1) == flag


@pytest.mark.parametrize(('flag', 'data', 'name'), [
    ('FLU', HOUSEHOLD, 'SHANDONG FEILONG INSTRUMENT CO.'), ('ISk', P1, 'Iskraemeco'), ('KMP', P1, 'Kamstrup Energi A/S'),
    ('KFM', P1, 'Shenzhen Kaifa Technology Co., Ltd.'),
])
def test_other_letters_are_the_makers(flag, data, name):
    assert maker(flag, data) == name


@pytest.mark.parametrize(('capture', 'name'), [
    ('p1_fluvius_171', None), ('p1_se_ell_ellevio', None), ('p1_xmx_lgbb', 'Xemex NV')])
def test_json_names_no_company_for_a_grid_operator(capture, name, capsysbinary):
    command.main(['--replay', str(captures.FOLDER / f'{capture}.bin'), '--format', 'json'], manufacturer.name)
    assert json.loads(capsysbinary.readouterr().out)['manufacturer']['name'] == name
