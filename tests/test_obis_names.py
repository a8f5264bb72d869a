# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Names of OBIS codes: the table over all codes of all captures was read by eye and is kept; `python3` runs this to renew it."""

import json
import sys

import pytest

import captures

if __name__ == '__main__':
    sys.path.insert(0, str(captures.FOLDER.parents[1]))

from reader.obis.data_sets import parse
from reader.obis.names import Meter, meter_of, name_of

TABLE = captures.FOLDER / 'names.json'


def table():
    """{'electricity'|'heat'|'p1': {code: [German, English] or None}} of all captures; what makers mean is another test."""
    names = {'electricity': {}, 'heat': {}, 'p1': {}}
    for capture in captures.NAMES:
        data_sets = parse(captures.text(capture)).data_sets
        meter = meter_of(data_sets, None)
        kind = 'heat' if meter.is_heat else 'p1' if meter.is_p1 else 'electricity'
        for data_set in data_sets:
            if data_set.code:
                german, english = (name_of(data_set.code, language, meter) for language in ('de', 'en'))
                names[kind][data_set.code] = [german, english] if german or english else None
    return names


def written(names):
    lines = ['{']
    for medium, codes in names.items():
        lines += [f'"{medium}": {{']
        lines += [f'{json.dumps(code)}: {json.dumps(name, ensure_ascii=False)},' for code, name in sorted(codes.items())]
        lines[-1] = lines[-1].rstrip(',')
        lines += ['},']
    lines[-1] = '}'
    return '\n'.join([*lines, '}', ''])


def test_names_of_all_codes_are_as_they_were_read():
    assert table() == json.loads(TABLE.read_text(encoding='utf-8'))


def test_a_code_has_a_name_in_both_languages_or_none():
    assert all(name is None or all(name) for codes in table().values() for name in codes.values())


# What must never be mixed up

def test_directions_and_quadrants():
    assert [name_of(f'{c}.8.0', 'en') for c in range(1, 11)] == [
        'Active energy import total', 'Active energy export total', 'Reactive energy import total',
        'Reactive energy export total', 'Reactive energy quadrant I total', 'Reactive energy quadrant II total',
        'Reactive energy quadrant III total', 'Reactive energy quadrant IV total', 'Apparent energy import total',
        'Apparent energy export total']
    assert name_of('2.8.2') == 'Wirkenergie Einspeisung Tarif 2'
    assert name_of('4.7.0') == 'Blindleistung Einspeisung, Momentanwert'


def test_phases():
    assert [name_of(f'1-0:{c}.7.0*255') for c in (21, 42, 63, 31, 52, 73)] == [
        'Wirkleistung Bezug L1, Momentanwert', 'Wirkleistung Einspeisung L2, Momentanwert',
        'Blindleistung Bezug L3, Momentanwert',
        'Strom L1, Momentanwert', 'Spannung L2, Momentanwert', 'Leistungsfaktor L3, Momentanwert']


def test_history_says_how_the_period_was_closed():
    assert name_of('1.8.1*03') == 'Wirkenergie Bezug Tarif 1, Vorwert 3'
    assert name_of('1.8.1&03', 'en') == 'Active energy import tariff 1, billing period 3 (manual reset)'


def test_the_medium_counts():
    assert name_of('6.8') == 'Wärmemenge'
    assert name_of('6.8.0') == 'Blindenergie Quadrant II gesamt'
    assert name_of('6.8.1', meter=Meter(is_heat=True)) == 'Wärmemenge Tarif 1'
    assert name_of('7-0:3.0.0', 'en') == 'Gas: volume at measuring conditions'
    assert name_of('8-0:1.0.0') == 'Kaltwasser: Volumen'
    assert name_of('0-0:1.0.0') == 'Datum und Uhrzeit'
    assert name_of('0-1:24.2.1') == 'Zählerstand, Kanal 1'
    assert name_of('0-0:1.8.0') is None


def test_what_has_no_public_meaning_has_no_name():
    for code in ('1-0:131.7.0', '96.50.1', 'C.90.2', '1', '43', '1.99.0', '0.1.3', 'HELLO', '1-1:30D', '1.6.0,5', '1.2.3.4.5',
        '1.0.0'):
        assert name_of(code) is None, code


@pytest.mark.parametrize(('code', 'german', 'english'), [
    ('0-0:0.2.0', 'Firmware-Version', 'Firmware version'),
    ('0-1:0.2.0', 'Firmware-Version, Kanal 1', 'Firmware version, channel 1'),
    ('0-0:0.0.0*255', 'Zählernummer', 'Meter number'), ('0-0:1.1.0', 'UNIX-Zeit', 'UNIX time'),
    ('0.3.6', 'Impulskonstante Voltquadratstunden, LED', 'Meter constant volt-squared hours, LED'),
    ('0.3.9', 'Impulskonstante Amperequadratstunden, Ausgang', 'Meter constant ampere-squared hours, output'),
    ('0.6.5', 'Referenzspannung der Hilfsversorgung', 'Reference voltage of the auxiliary supply'),
    ('0.7.0', 'Impulskonstante Wirkenergie, Eingang', 'Meter constant active energy, input'),
    ('0.7.12', 'Impulskonstante Scheinenergie Einspeisung, Eingang', 'Meter constant apparent energy export, input'),
    ('0.9.11', 'Grenze der Uhrenverstellung', 'Clock time shift limit'),
    ('0.9.16', 'Sperrzeit der Rückstellung 2', 'Billing reset lockout time 2'),
    ('0.10.1', 'Eisenverluste des Transformators (RFe)', 'Transformer iron losses (RFe)'),
    ('0.11.7', 'Messverfahren des Leistungsfaktors', 'Measurement algorithm of the power factor'),
    ('96.12.4', 'Parameter 1 der Kommunikationsschnittstelle', 'Communication port parameter 1'),
    ('0-0:96.20.0', 'Öffnung des Zählers, Anzahl', 'Meter opening, count'),
    ('C.20.8', 'Öffnung des Klemmendeckels, Dauer insgesamt', 'Terminal cover opening, total duration'),
    ('96.20.26', 'Manipulation der Messung, Zeitpunkt', 'Tampering with metrology, time'),
    ('97.98.0', 'Alarmregister', 'Alarm register'), ('97.98.9', 'Alarmregister 10', 'Alarm register 10'),
    ('0-0:97.98.10', 'Alarmfilter', 'Alarm filter'), ('97.98.19', 'Alarmfilter 10', 'Alarm filter 10'),
    ('97.98.20', 'Alarmbeschreibung', 'Alarm descriptor'), ('97.98.29', 'Alarmbeschreibung 10', 'Alarm descriptor 10'),
    ('0-0:98.1.0', 'Daten der Abrechnungsperioden', 'Data of the billing periods'),
    ('0-0:98.1.1', 'Daten der Abrechnungsperioden, Liste 2', 'Data of the billing periods, list 2'),
    ('0-0:94.32.1', 'Landesspezifisch: Belgien, 1', 'Country-specific: Belgium, 1'),
    ('1-0:94.49.0', 'Landesspezifisch: Deutschland', 'Country-specific: Germany'),
    ('32.7.124', 'Spannung L1, Verzerrung durch Harmonische (THD)', 'Voltage L1, total harmonic distortion (THD)'),
    ('1-0:51.7.125', 'Strom L2, Verzerrung im Verhältnis zum Bemessungswert (TDD)', 'Current L2, total demand distortion (TDD)'),
    ('12.7.120', 'Spannung, Momentanwert der 120. Harmonischen', 'Voltage, instantaneous value of harmonic 120'),
    ('1-0:83.8.1', 'Leitungsverluste Wirkenergie Bezug', 'Active energy line losses import'),
    ('83.7.45', 'Transformatorverluste Blindleistung L1, Momentanwert',
     'Reactive power transformer losses L1, instantaneous value'),
    ('83.8.88', 'Verluste Blindenergie L3', 'Reactive energy losses L3'),
    ('83.8.70', 'Voltquadratstunden L2', 'Volt-squared hours L2'),
    ('83.8.24', 'Kompensierte Wirkenergie Einspeisung netto', 'Compensated active energy export net'),
])
def test_names_of_the_public_list(code, german, english):
    assert (name_of(code, 'de'), name_of(code, 'en')) == (german, english)


@pytest.mark.parametrize('code', ['0.0.64', '83.8.0', '83.8.29', '83.8.91', '97.98.30', '94.4.0', '0.11.8', '96.20.4', '32.7.121',
                                  '1.7.124', '1.8.64', '0.7.6'])
def test_names_the_public_list_does_not_have(code):
    assert name_of(code) is None


@pytest.mark.parametrize(('code', 'german', 'english'), [
    ('9.0.1', 'Zählernummer am Impulseingang 1', 'Meter number at pulse input 1'),
    ('9.34.2', 'Impulswert des Impulseingangs 2', 'Pulse value of pulse input 2'),
    ('8.26.1*01', 'Volumen am Impulseingang 1, Vorjahr', 'Volume at pulse input 1, previous year'),
    ('6.36.1', 'Tag der maximalen Wärmeleistung', 'Day of the maximum heat power'),
    ('6.36.4*01', 'Tag der maximalen Rücklauftemperatur, Vorjahr', 'Day of the maximum return temperature, previous year'),
    ('6.36*02', 'Stichtag, monatlich', 'Set day, monthly'), ('9.22', 'Einbauort', 'Place of installation'),
])
def test_names_of_heat_meters(code, german, english):
    meter = Meter(is_heat=True)
    assert (name_of(code, 'de', meter), name_of(code, 'en', meter)) == (german, english)


@pytest.mark.parametrize(('flag', 'code', 'name', 'elsewhere'), [
    ('ISK', '0-0:C.1.6*255', 'Check sum', 'Device ID 7'), ('LGZ', '1-1:0.1.3', 'Date of the billing reset', None),
    ('LOG', '1-0:1.8.0*96', 'Active energy import total, last day', 'Active energy import total, billing period 96'),
    ('LOG', '1-0:1.8.0*97', 'Active energy import total, last 7 days', 'Active energy import total, billing period 97'),
    ('LOG', '1-0:2.8.0*98', 'Active energy export total, last 30 days', 'Active energy export total, billing period 98'),
    ('LOG', '1-0:1.8.0*99', 'Active energy import total, last 365 days', 'Active energy import total, billing period 99'),
    ('LOG', '1-0:1.8.0*100', 'Active energy import total, since the last reset',
     'Active energy import total, billing period 100'),
    ('LOG', '1-0:1.6.0*96', 'Active power import, maximum, billing period 96', 'Active power import, maximum, billing period 96'),
])
def test_a_code_may_mean_something_else_with_a_maker(flag, code, name, elsewhere):
    assert (name_of(code, 'en', Meter(flag)), name_of(code, 'en', Meter('EMH'))) == (name, elsewhere)


@pytest.mark.parametrize(('text', 'code', 'name'), [
    ('0-0:96.1.4(50217)', '0-0:96.1.4', 'P1 version'), ('0-0:1.0.0(230319201739W)', '0-0:96.1.2', 'EAN of the connection'),
    ('0-0:96.14.0(0002)', '0-1:96.1.2', 'EAN of the connection, channel 1'),
    ('0-0:1.0.0(230319201739W)', '0-0:96.50.68', 'Switch position'),
    ('1-3:0.2.8(50)', '0-0:96.1.4', 'P1 version'), ('96.1.4(1)', '96.1.4', 'Device ID 5'),
    ('1-0:1.8.0(1)', '96.1.2', 'Device ID 3'),
])
def test_what_p1_ports_mean(text, code, name):
    assert name_of(code, 'en', meter_of(parse(text).data_sets, 'FLU')) == name


def test_the_flag_id_is_taken_as_meters_write_it():
    assert meter_of((), 'ISk').flag == 'ISK' and meter_of((), None).flag == ''


if __name__ == '__main__':
    TABLE.write_text(written(table()), encoding='utf-8')
