# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""`conversions.convert`: each form that meters write gets its value, everything else a ConversionError."""

import datetime
import zoneinfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reader.obis import conversions
from reader.obis.conversions import CONVERSIONS, ConversionError, convert, number

date, clock, moment = datetime.date, datetime.time, datetime.datetime


def refuses(text, conversion):
    try:
        value = convert(text, conversion)
    except ConversionError as error:
        assert conversion in str(error) and len(str(error)) < 250
        return True
    raise AssertionError(f'{text!r} became {value!r}')


# Numbers

@pytest.mark.parametrize(('text', 'conversion', 'value'), [
    ('000285.4', 'num', 285.4), ('00012', 'num', 12), ('12.0', 'num', 12.0), ('000007,4', 'num', 7.4), ('+000.8', 'num', 0.8),
    ('-000115.94', 'num', -115.94), ('  80', 'num', 80), ('00188123 ', 'num', 188123), ('- 5', 'num', -5), ('12.', 'num', 12.0),
    ('.5', 'num', 0.5), ('12.0', 'int', 12), ('12', 'int', 12), ('-0012,00', 'int', -12), ('12', 'float', 12.0),
    ('0', 'float', 0.0),
    ('032A.871', 'str', '032A.871'), (' ', 'str', ' '), ('', 'str', ''),
])
def test_numbers(text, conversion, value):
    converted = convert(text, conversion)
    assert (converted, type(converted)) == (value, type(value))


@pytest.mark.parametrize('text', [
    '', ' ', '-', '+', '.', '-.--', '--.--', 'nan', 'inf', '-inf', '1_000', '1e5', '0x10', '1F', '1.2.3',
    '1,234.5', '1 000', '12,5kWh', '١٢', '²', '１２', '12\n', '\t12', '9' * 41, '000046.24,000031.14', '+-1'])
@pytest.mark.parametrize('conversion', ['int', 'float', 'num'])
def test_no_numbers(text, conversion):
    assert refuses(text, conversion)


def test_an_int_has_no_fraction():
    assert refuses('12.5', 'int')
    assert refuses('12,05', 'int')


# Times and dates

@pytest.mark.parametrize(('text', 'conversion', 'value'), [
    ('1126', 'Z4', clock(11, 26)), ('00:15', 'Z4', clock(0, 15)), ('23:16:43', 'Z4', clock(23, 16, 43)),
    ('112608', 'Z6', clock(11, 26, 8)), ('1185411', 'Z6', clock(18, 54, 11)), ('23:16:43', 'Z6', clock(23, 16, 43)),
    ('1185411', 'Z7', clock(18, 54, 11)), ('0000000', 'Z7', clock(0, 0)), ('185411', 'Z7', clock(18, 54, 11)),
    ('170214', 'D6', date(2017, 2, 14)), ('21-01-04', 'D6', date(2021, 1, 4)), ('2013-11-28', 'D6', date(2013, 11, 28)),
    ('20260130', 'D6', date(2026, 1, 30)), ('0170318', 'D6', date(2017, 3, 18)), ('0170318', 'D7', date(2017, 3, 18)),
    ('170318', 'D7', date(2017, 3, 18)), ('991231', 'D6', date(1999, 12, 31)), ('240229', 'D6', date(2024, 2, 29)),
    ('1702090945', 'ZST10', moment(2017, 2, 9, 9, 45)), ('11702090945', 'ZST11', moment(2017, 2, 9, 9, 45)),
    ('170209094512', 'ZST12', moment(2017, 2, 9, 9, 45, 12)), ('1220823161500', 'ZST13', moment(2022, 8, 23, 16, 15)),
    ('0180105115851', 'ZST12', moment(2018, 1, 5, 11, 58, 51)), ('1702090945', 'ZST12', moment(2017, 2, 9, 9, 45)),
    ('16-03-14,18:45', 'ZST10', moment(2016, 3, 14, 18, 45)), ('17-11-02 08:30', 'ZST12', moment(2017, 11, 2, 8, 30)),
    ('2022-05-19&19:41:17', 'ZST12', moment(2022, 5, 19, 19, 41, 17)),
    ('2010-03-07,09:35:00', 'ZST10', moment(2010, 3, 7, 9, 35)),
    ('2026-01-13T07:30', 'ZST12', moment(2026, 1, 13, 7, 30)), ('20260113073015', 'ZST12', moment(2026, 1, 13, 7, 30, 15)),
    ('202601130730', 'ZST10', moment(2026, 1, 13, 7, 30)), ('202601130730', 'ZST12', moment(2026, 1, 13, 7, 30)),
    ('201203040506', 'ZST12', moment(2020, 12, 3, 4, 5, 6)), ('260113073015', 'ZST10', moment(2026, 1, 13, 7, 30, 15)),
    (' 170214 ', 'D6', date(2017, 2, 14)),
])
def test_times_and_dates(text, conversion, value):
    converted = convert(text, conversion)
    assert (converted, type(converted)) == (value, type(value))


@pytest.mark.parametrize(('conversion', 'texts'), [
    ('Z4', '2400 1260 126 12605 112608 24:00 12:60 1:15 12-30 1٢00'), ('Z6', '1126 240000 126060 3112608 11260 24:00:00'),
    ('D6', '000000 00-00-00 99-99-99 170230 230229 17021 18991231 21000101 3170318 17-2-14 17-02-14,08:30 170-2-14 1702'),
    ('ZST10', '0000000000 201203040506 1702302545 170209094 9702090945999 21-13-04,00:00 632525252525S 17-02-09 99-99-99,99:99'),
    ('ZST12',
    '000000000000 1712 21000113073015 170209246060 101209113020X 101209113020w 250000000000W 01-01&00:00 2000-00-00&00:00'),
])
def test_no_times_and_dates(conversion, texts):
    for text in ['', '-', '??????', *texts.split()]:
        assert refuses(text, conversion)
    if conversion == 'ZST10':
        assert refuses('00-00-00 00:00', conversion)


def test_an_unknown_conversion_is_an_error():
    assert refuses('12', 'Z5')


@pytest.mark.parametrize(('text', 'exact'), [
    ('000100.10', '100.10'), ('7,4', '7.4'), ('- 5.', '-5'), (' .5 ', '0.5'), ('9' * 39, '9' * 39), ('0', '0'),
    ('', None), ('.', None), ('-.--', None), ('1e3', None), ('1_0', None), ('nan', None), ('1.2.3', None), ('9' * 41, None),
])
def test_a_number_keeps_its_digits(text, exact):
    assert str(number(text)) == str(exact)


# Time with a season, of P1 ports

def test_p1_time_is_aware_in_central_europe():
    winter, summer = convert('101209113020W', 'ZST12'), convert('170709113020S', 'ZST10')
    assert winter.isoformat() == '2010-12-09T11:30:20+01:00'
    assert summer.isoformat() == '2017-07-09T11:30:20+02:00'
    assert str(winter.tzinfo) == 'Europe/Berlin'


def test_the_repeated_hour_is_told_by_the_season():
    assert convert('231029023000S', 'ZST12').isoformat() == '2023-10-29T02:30:00+02:00'
    assert convert('231029023000W', 'ZST12').isoformat() == '2023-10-29T02:30:00+01:00'


def test_a_meter_that_stays_in_winter_time_means_that_moment():
    assert convert('170709113020W', 'ZST12').isoformat() == '2017-07-09T12:30:20+02:00'


def test_p1_time_in_a_zone_of_the_user():
    converted = convert('170709113020S', 'ZST12', zoneinfo.ZoneInfo('Europe/Helsinki'))
    assert converted.isoformat() == '2017-07-09T11:30:20+03:00'


def test_without_a_time_zone_database_the_season_is_the_offset(monkeypatch):
    def none(key):
        raise zoneinfo.ZoneInfoNotFoundError(key)
    conversions._central_europe.cache_clear()
    monkeypatch.setattr(zoneinfo, 'ZoneInfo', none)
    try:
        assert convert('101209113020W', 'ZST12').isoformat() == '2010-12-09T11:30:20+01:00'
        assert convert('170709113020S', 'ZST12').isoformat() == '2017-07-09T11:30:20+02:00'
    finally:
        conversions._central_europe.cache_clear()


# Properties

@given(st.text(st.sampled_from('0123456789-+.,:&WST _nife?٣') , max_size=20) | st.text(),
    st.sampled_from(CONVERSIONS) | st.text())
def test_nothing_but_a_conversion_error_is_raised(text, conversion):
    try:
        convert(text, conversion)
    except ConversionError as error:
        assert error.args


@given(st.integers(-10 ** 12, 10 ** 12))
def test_an_integer_comes_back(number):
    for text in (f'{number}', f'{number:+013}', f' {number}'):
        assert convert(text, 'num') == convert(text, 'int') == convert(text, 'float') == number


@given(st.decimals(-10 ** 9, 10 ** 9, allow_nan=False, places=3))
def test_a_decimal_comes_back(number):
    for text in (f'{number}', f'{number}'.replace('.', ',')):
        assert convert(text, 'num') == convert(text, 'float') == float(number)


SECONDS = st.datetimes(moment(1970, 1, 1), moment(2069, 12, 31, 23, 59, 59)).map(lambda time: time.replace(microsecond=0))


@given(SECONDS, st.sampled_from(' ,&T'))
def test_a_time_stamp_comes_back(stamp, separator):
    minute = stamp.replace(second=0)
    assert convert(f'{stamp:%y%m%d%H%M%S}', 'ZST12') == convert(f'1{stamp:%y%m%d%H%M%S}', 'ZST13') == stamp
    assert convert(f'{minute:%y%m%d%H%M}', 'ZST10') == convert(f'0{minute:%y%m%d%H%M}', 'ZST11') == minute
    assert convert(f'{stamp:%y-%m-%d}{separator}{stamp:%H:%M:%S}', 'ZST10') == stamp
    assert convert(f'{stamp:%Y-%m-%d}{separator}{stamp:%H:%M:%S}', 'ZST12') == stamp
    assert convert(f'{stamp:%Y%m%d%H%M%S}', 'ZST12') == stamp
    assert convert(f'{stamp:%H%M%S}', 'Z6') == convert(f'1{stamp:%H%M%S}', 'Z7') == stamp.time()
    assert convert(f'{stamp:%y%m%d}', 'D6') == convert(f'0{stamp:%y%m%d}', 'D7') == stamp.date()
    assert convert(f'{stamp:%Y%m%d}', 'D6') == stamp.date()


@given(st.datetimes(moment(1990, 1, 1), moment(2069, 12, 31)).map(lambda time: time.replace(microsecond=0)))
def test_a_p1_time_comes_back(stamp):
    zone = zoneinfo.ZoneInfo('Europe/Berlin')
    local = stamp.replace(tzinfo=datetime.timezone.utc).astimezone(zone)
    assume(local.dst() in (datetime.timedelta(0), datetime.timedelta(hours=1)))
    converted = convert(f"{local:%y%m%d%H%M%S}{'S' if local.dst() else 'W'}", 'ZST12')
    assert (converted, converted.utcoffset()) == (local, local.utcoffset())
