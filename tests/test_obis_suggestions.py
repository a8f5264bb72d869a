# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""`suggestions.suggest`: what it writes is YAML of items that find every value, whatever the meter sent."""

import io
import keyword
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

import captures
from reader.obis.codes import split
from reader.obis.conversions import convert
from reader.obis.data_sets import DataSet, Value, parse
from reader.obis.matching import find, match
from reader.obis.suggestions import suggest

# What the core takes for an attribute of the item, or refuses as its name.
RESERVED = {
    *keyword.kwlist, 'name', 'type', 'value', 'initial_value', 'cache', 'eval', 'eval_trigger', 'trigger', 'crontab', 'cycle',
        'struct',
    'enforce_updates', 'enforce_change', 'threshold', 'autotimer', 'on_update', 'on_change', 'log_change', 'log_level',
    'log_text',
    'database', 'remark', 'instance', 'set', 'get', 'property', 'description', 'path', 'conf', 'id', 'age', 'timer', 'fade',
    'expand'}


def suggested(data_sets, **options):
    """{path: (type, code, index, key, conversion)} of what is suggested, loaded as SmartHomeNG would."""
    text = suggest(data_sets, **options)
    attribute_name = f"dlms_obis_code@{options['instance']}" if options.get('instance') else 'dlms_obis_code'
    items = {}

    def collect(path, tree):
        for name, below in tree.items():
            assert isinstance(below, dict)
            assert re.fullmatch('[a-z][a-z0-9_]*[a-z0-9]', name)
            assert name not in RESERVED
            if attribute_name in below:
                attribute = below[attribute_name]
                assert set(below) == {'type', attribute_name}
                assert below['type'] in ('num', 'str', 'foo')
                default = 'num' if below['type'] == 'num' else 'str'
                code, index, key, conversion = attribute if isinstance(attribute, list) else (attribute, 0, 'Value', default)
                assert isinstance(code, str)
                items['.'.join([*path, name])] = (below['type'], code, index, key, conversion)
            else:
                collect([*path, name], below)

    collect([], YAML(typ='safe').load(io.StringIO(text)) or {})
    return items


def of(text, **options):
    return suggested(parse(text).data_sets, **options)


@pytest.mark.parametrize('language', ['de', 'en'])
@pytest.mark.parametrize('name', captures.NAMES)
def test_every_item_finds_its_value(name, language):
    data_sets = parse(captures.text(name)).data_sets
    items = suggested(data_sets, language=language)
    assert items or not any(data_set.code for data_set in data_sets) or captures.CATEGORY[name] in ('profile', 'error')
    for kind, code, index, key, conversion in items.values():
        found = match(code, data_sets)
        assert len({data_set.code for data_set in found}) == 1
        value = found[0].values[index].value
        assert key == 'Value'
        if conversion == 'num':
            assert kind == 'num'
        if conversion in ('num', 'str') and re.search('[0-9]', value):
            convert(value, conversion)
        elif conversion not in ('num', 'str'):
            assert kind == 'foo'
            assert re.search('[0-9]', value)


def test_the_tree_of_a_household_meter_in_german():
    items = of('1-0:0.0.0*255(1EBZ01)\r\n1-0:1.8.0*255(1.5*kWh)\r\n1-0:1.8.1*255(1*kWh)\r\n1-0:2.8.0*255(2*kWh)\r\n'
               '1-0:16.7.0*255(5*W)\r\n1-0:32.7.0*255(231*V)\r\n1-0:1.6.0*255(2.5*kW)(1703100930)\r\n')
    assert items == {
        'zaehler.geraet.zaehlernummer': ('str', '0.0.0', 0, 'Value', 'str'),
        'zaehler.bezug.gesamt': ('num', '1.8.0', 0, 'Value', 'num'),
        'zaehler.bezug.tarif_1': ('num', '1.8.1', 0, 'Value', 'num'),
        'zaehler.einspeisung.gesamt': ('num', '2.8.0', 0, 'Value', 'num'),
        'zaehler.leistung.gesamt': ('num', '16.7.0', 0, 'Value', 'num'),
        'zaehler.l1.spannung': ('num', '32.7.0', 0, 'Value', 'num'),
        'zaehler.bezug.maximum': ('num', '1.6.0', 0, 'Value', 'num'),
        'zaehler.bezug.maximum_zeit': ('foo', '1.6.0', 1, 'Value', 'ZST10'),
    }


def test_the_tree_in_english():
    assert list(of('0.0.0(1)1.8.0(1*kWh)2.8.1(1*kWh)1.7.0(3*kW)', language='en')) == [
        'meter.device.meter_number', 'meter.consumption.total', 'meter.feed_in.tariff_1', 'meter.power.consumption']


@pytest.mark.parametrize(('instance', 'root'), [('', 'zaehler'), ('two', 'zaehler_two'), ('Keller 2', 'zaehler_keller_2'),
                                                ('dlms_obis_code', 'zaehler_dlms_obis_code')])
def test_items_of_an_instance_have_a_root_of_their_own(instance, root):
    assert of('1-0:1.8.0*255(1*kWh)', instance=instance) == {
        f'{root}.bezug.gesamt': ('num', '1.8.0', 0, 'Value', 'num')}
    assert of('', instance=instance) == {}


def test_a_time_before_its_value_is_the_time():
    assert of('0-1:24.2.1(101209110000W)(12785.123*m3)') == {
        'zaehler.kanal_1.zaehlerstand_zeit': ('foo', '0-1:24.2.1', 0, 'Value', 'ZST12'),
        'zaehler.kanal_1.zaehlerstand': ('num', '0-1:24.2.1', 1, 'Value', 'num')}


def test_a_code_is_shortened_only_while_it_is_unambiguous():
    items = of('1-1:1.8.0(1*kWh)1-2:1.8.0(2*kWh)1-1:2.8.0(3*kWh)')
    assert [code for _, code, *_ in items.values()] == ['1-1:1.8.0', '1-2:1.8.0', '2.8.0']


def test_numbers_of_devices_and_states_stay_text():
    assert {item[0] for item in of('0.0.0(00123)C.1.0(00123)F.F(00000000)C.5.0(0400)0.2.0(1.03)').values()} == {'str'}


def test_former_periods_only_when_asked_for():
    text = '1.8.0(2*kWh)1.8.0*01(1)1.8.0*02(0)'
    assert list(of(text)) == ['zaehler.bezug.gesamt']
    assert of(text, codes=['1.8.0*01']) == {'zaehler.bezug.gesamt_vorwert_1': ('num', '1.8.0*01', 0, 'Value', 'num')}
    assert of(text, codes=[]) == {}


def test_a_former_period_is_one_however_its_code_is_shortened():
    text = '1-0:1.8.0*255(2*kWh)1-0:1.8.0*01(1*kWh)'
    assert list(of(text)) == ['zaehler.bezug.gesamt']
    assert of(text, codes=['1.8.0*01']) == {'zaehler.bezug.gesamt_vorwert_1': ('num', '1.8.0*01', 0, 'Value', 'num')}


def test_a_meter_that_sends_the_present_value_as_period_0():
    assert of('1.8.1*00(1.5)') == {'zaehler.bezug.tarif_1': ('num', '1.8.1', 0, 'Value', 'num')}


@pytest.mark.parametrize('name', captures.NAMES)
def test_only_present_values_are_suggested(name):
    """Of period 0 only where that meter sends no quantity without a period, and no other one of this code is in use."""
    data_sets = parse(captures.text(name)).data_sets
    groups = [split(data_set.code) for data_set in data_sets if data_set.code]
    for _, code, *_ in suggested(data_sets).values():
        found = split(find(code, data_sets).code)
        if not found.is_current:
            assert found.f == '0' and not any(other[2:5] == found[2:5] and other.is_current for other in groups)


@pytest.mark.parametrize(('name', 'flag', 'paths'), [      # read by eye
    ('isk_mt174_0001_long', 'ISK', '''
        geraet.uhrzeit geraet.datum geraet.zaehlernummer geraet.kennung_2 geraet.rueckstellzaehler geraet.firmware_version
        geraet.seriennummer geraet.pruefsumme geraet.fehlerregister weitere.obis_0_0_c_51_1_255 weitere.obis_0_0_c_51_2_255
        bezug.maximum bezug.maximum_zeit bezug.gesamt bezug.tarif_1 bezug.tarif_2 bezug.tarif_3 bezug.tarif_4 leistung.bezug
        leistung.einspeisung einspeisung.maximum einspeisung.maximum_zeit einspeisung.gesamt einspeisung.tarif_1
        einspeisung.tarif_2 einspeisung.tarif_3 einspeisung.tarif_4'''),
    ('p1_fluvius_171', 'FLU', '''
        geraet.p1_version geraet.geraetekennung_2 geraet.datum_und_uhrzeit geraet.aktueller_tarif geraet.schalterstellung
        geraet.leistungsbegrenzung bezug.tarif_1 bezug.tarif_2 bezug.mittelwert_der_laufenden_messperiode bezug.maximum_zeit
        bezug.maximum einspeisung.tarif_1 einspeisung.tarif_2 leistung.bezug leistung.einspeisung l1.wirkleistung_bezug
        l1.wirkleistung_einspeisung l1.spannung l1.strom l1.strom_schwelle_der_sicherungsueberwachung l2.wirkleistung_bezug
        l2.wirkleistung_einspeisung l2.spannung l2.strom l3.wirkleistung_bezug l3.wirkleistung_einspeisung l3.spannung
        l3.strom kanal_1.geraetetyp kanal_1.geraetekennung_2 kanal_1.schalter_oder_ventilstellung
        kanal_1.zaehlerstand_ohne_temperaturkorrektur_zeit kanal_1.zaehlerstand_ohne_temperaturkorrektur kanal_2.geraetetyp
        kanal_2.geraetekennung_2 kanal_2.zaehlerstand_zeit kanal_2.zaehlerstand'''),
    ('lug_uh50_gj', 'LUG', '''
        waerme.waermemenge waerme.volumen waerme.eigentumsnummer waerme.geraetenummer waerme.messperiode_der_maxima
        waerme.maximale_waermeleistung waerme.maximaler_durchfluss waerme.maximale_vor_und_ruecklauftemperatur
        waerme.maximale_vor_und_ruecklauftemperatur_2 waerme.betriebsstunden waerme.fehlstunden waerme.einbauort
        waerme.m_bus_adressen waerme.obis_9_7 waerme.stichtag_jaehrlich waerme.tag_der_maximalen_waermeleistung
        waerme.tag_des_maximalen_durchflusses waerme.tag_der_maximalen_vorlauftemperatur
        waerme.tag_der_maximalen_ruecklauftemperatur waerme.datum_und_uhrzeit waerme.nenndurchfluss waerme.obis_9_17
        waerme.einstellungen_und_firmware waerme.obis_9_2 waerme.durchflussstunden waerme.zaehlernummer_am_impulseingang_1
        waerme.zaehlernummer_am_impulseingang_2 waerme.impulswert_des_impulseingangs_1 waerme.impulswert_des_impulseingangs_2
        waerme.volumen_am_impulseingang_1 waerme.volumen_am_impulseingang_2 geraet.fehlerregister geraet.zaehlernummer'''),
])
def test_all_items_of_three_meters(name, flag, paths):
    items = suggested(parse(captures.text(name)).data_sets, flag=flag)
    assert [path.removeprefix('zaehler.') for path in items] == paths.split()


def test_a_slot_that_is_not_in_use_is_no_present_value():
    assert of('0.1.2*00(0000000000)') == {} and of('0.1.2*00(0000000000)0.1.2*01(1703010000)') == {}
    assert list(of('0.1.2*00(1704010000)0.1.2*01(1703010000)')) == ['zaehler.geraet.zeitpunkt_der_rueckstellung']
    assert list(of('2.8.1*00(000000.00)')) == ['zaehler.einspeisung.tarif_1']


def test_a_billing_period_is_not_the_present_although_that_is_missing():
    assert list(of('1.8.0(9.1)1.8.0*00(7.3)3.8.0*00(1.1)')) == ['zaehler.bezug.gesamt']


def test_of_hourly_readings_the_reading_is_suggested_and_not_what_describes_it():
    assert of('0-1:24.3.0(130110100000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(00001.160)\r\n') == {
        'zaehler.kanal_1.stuendliche_zaehlerstaende_zeit': ('foo', '0-1:24.3.0', 0, 'Value', 'ZST12'),
        'zaehler.kanal_1.stuendliche_zaehlerstaende': ('num', '0-1:24.3.0', 6, 'Value', 'num')}


def test_of_a_code_that_comes_again_the_first_is_suggested():
    assert len(of('32.7.0(1*V)32.7.0(2)(00-01-01 00:00)')) == 1


def test_counters_are_marked_for_the_database_and_nothing_else_is():
    text = suggest(parse('1.8.0(1*kWh)1.7.0(2*kW)6.26(1*m3)0.8.0(15*min)').data_sets)
    lines = [line.strip() for line in text.splitlines()]
    marked = [lines[number - 1] for number, line in enumerate(lines) if line.startswith('# database: init')]
    assert marked == ["dlms_obis_code: '1.8.0'", "dlms_obis_code: '6.26'"]


def test_a_foreign_unit_stays_in_its_comment():
    for unit in ('kWh\n    evil: 1', '#', "': [", 'x' * 500, '\ud800', '\N{LINE SEPARATOR}a: b'):
        sets = [DataSet('1.8.0', (Value('1', unit),))]
        assert suggested(sets) == {'zaehler.bezug.gesamt': ('num', '1.8.0', 0, 'Value', 'num')}


CODES = st.none() | st.text() | st.sampled_from(['1.8.0', '1.8.0\n', '1-0:1.8.0*255', 'C.1', '1.8.0*01', "'", '9.9.9&12',
    '0-1:24.2.1'])
VALUES = st.lists(st.builds(Value, st.text(), st.none() | st.text()), max_size=3).map(tuple)


@given(st.lists(st.builds(DataSet, CODES, VALUES), max_size=4), st.sampled_from(['de', 'en']))
@example([DataSet('0', ()), DataSet('0', (Value('0', None),))], 'de')
def test_any_readout_gives_items_that_load_and_find(data_sets, language):
    for _, code, index, _, _ in suggested(data_sets, language=language).values():
        assert find(code, data_sets).values[index]
