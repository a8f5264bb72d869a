# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Power from counters, consumption by period, closing values, the clock's offset: against simulated houses and real readouts."""

import bisect
import datetime
import itertools
import json
import random
import zoneinfo
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import captures
from reader.counters.clock_offset import IN_WINTER_TIME, offset
from reader.counters.closing import Closing, closing_values
from reader.counters.periods import LATE, PERIODS, Periods
from reader.counters.power import Power, PowerMeter
from reader.obis.clock import shown
from reader.obis.codes import is_counter
from reader.obis.data_sets import parse
from reader.obis.suggestions import is_present

BERLIN = zoneinfo.ZoneInfo('Europe/Berlin')
TABLE = captures.FOLDER / 'counters.json'


# --- power ------------------------------------------------------------------------------------------------------------

class House:
    """Draws power that changes at any moment, and can say of any moment what its counter has counted, in Wh."""

    def __init__(self, seed: int, seconds: float, greatest: float, quiet: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.times, self.energy, self.watts = [0.0], [self.random.random() * 1000], []
        while self.times[-1] < seconds:
            watts = 0.0 if self.random.random() < quiet else greatest * self.random.random() ** 3
            lasts = self.random.expovariate(1 / 900)
            self.watts.append(watts)
            self.times.append(self.times[-1] + lasts)
            self.energy.append(self.energy[-1] + watts * lasts / 3600)

    def at(self, time: float) -> float:
        i = bisect.bisect_right(self.times, time) - 1
        return self.energy[i] + self.watts[min(i, len(self.watts) - 1)] * (time - self.times[i]) / 3600

    def when(self, energy: float) -> float:
        """When it had counted that."""
        i = bisect.bisect_left(self.energy, energy) - 1
        return self.times[i] + (energy - self.energy[i]) * 3600 / self.watts[i]

    def counter(self, time: float, digits: int) -> Decimal:
        """What is shown, in kWh."""
        return Decimal(int(self.at(time) / 10 ** (3 - digits))).scaleb(-digits)


def means(house: House, power: Power, digits: int, shows: dict[float, Decimal]) -> list[float]:
    """The true mean power in W between the readings that tell of it, and between the steps that they had just seen."""
    def moments(time: float) -> list[float]:
        energy = float(shows[time]) * 1000
        return [time, house.when(energy)] if energy > house.energy[0] else [time]
    return [(house.at(b) - house.at(a)) * 3600 / (b - a) for a in moments(power.since) for b in moments(power.until) if b > a]


@pytest.mark.parametrize(('digits', 'cycle', 'greatest', 'quiet'), [
    (0, 60, 6000, 0.3), (0, 900, 12000, 0.0), (1, 60, 6000, 0.5), (2, 60, 3000, 0.3), (3, 60, 6000, 0.3), (3, 10, 3000, 0.3),
    (4, 1, 6000, 0.2), (4, 60, 6000, 0.0), (3, 3600, 6000, 0.2)])
def test_power_is_within_its_stated_error(digits, cycle, greatest, quiet):
    house = House(digits * 100 + cycle, 5010 * cycle, greatest, quiet)
    meter, shows, wrong, known = PowerMeter(0.1), {}, 0, 0
    for n in range(5000):
        time = (n + 1) * cycle + house.random.uniform(-0.02, 0.02) * cycle
        value = shows[time] = house.counter(time + house.random.uniform(-0.4, 0.4), digits)
        meter.add(value, time)
        if meter.power is None:
            continue
        known += 1
        watts, error, unit = meter.power.to('kWh')
        assert unit == 'W' and watts >= 0 and error >= 0
        wrong += all(abs(watts - mean) > error + 1e-6 for mean in means(house, meter.power, digits, shows))
    assert known > 2000 if digits else known > 1000, f'known {known} times'
    assert wrong <= known / 1000, f'{wrong} of {known}'


@pytest.mark.parametrize(('digits', 'seconds'), [(4, 24), (3, 240), (2, 2400)])
def test_power_is_known_as_soon_as_the_counter_can_tell(digits, seconds):
    """300 W to 5 %."""
    meter, known = PowerMeter(0.05), None
    for second in range(2 * seconds):
        meter.add(Decimal(int(300 * second / 3.6 / 10 ** (6 - digits))).scaleb(-digits), float(second))
        if meter.power and known is None:
            known = second
            watts, error, _ = meter.power.to('kWh')
            assert abs(watts - 300) <= error <= 0.0501 * watts
    assert known <= seconds * 1.1 + 1.2 / 0.05


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(500, 4000), st.integers(100, 390)), min_size=1, max_size=60))
def test_the_integral_of_power_is_the_difference_of_the_counter(course):
    """Of a fine counter each figure is of the last interval."""
    meter, time, count, integral, error = PowerMeter(0.5), 100.0, 1, 0.0, 0.0
    meter.add(Decimal('0.0000'), 0.0)
    meter.add(Decimal('0.0001'), time)
    for steps, seconds in course:
        count, before, time = count + steps, time, time + seconds
        meter.add(Decimal(count).scaleb(-4), time)
        assert (meter.power.since, meter.power.until) == (before, time)
        integral += meter.power.value * seconds / 3600
        error += meter.power.error * seconds / 3600
    assert abs(integral - (count - 1) / 10_000) <= error + 1e-9
    assert error < integral * 0.05


def at_intervals(meter: PowerMeter, values, start=0.0, interval=60.0):
    for n, value in enumerate(values):
        meter.add(Decimal(value), start + n * interval)


def test_a_counter_that_stands_still_comes_to_nothing():
    meter = PowerMeter(0.1)
    at_intervals(meter, (f'{n}.000' for n in range(20)))
    assert meter.power.value == pytest.approx(60, rel=0.1)
    watts = []
    for n in range(20, 400):
        meter.add(Decimal('19.000'), n * 60.0)
        watts.append(meter.power.value)
    assert watts == sorted(watts, reverse=True) and watts[-1] == 0
    assert meter.power.error <= 6.0
    meter.add(Decimal('19.001'), 400 * 60.0)
    assert meter.power is None or meter.power.value < 1


def test_before_the_counter_has_moved_nothing_is_known():
    meter = PowerMeter(0.1)
    at_intervals(meter, ['5.000'] * 100)
    assert meter.power is None


@pytest.mark.parametrize('what', ['gap', 'falls', 'other digits', 'forget'])
def test_power_begins_anew(what):
    meter = PowerMeter(0.1)
    at_intervals(meter, (f'{100 + n}.000' for n in range(20)))
    assert meter.power
    if what == 'gap':
        meter.add(Decimal('500.000'), 19 * 60 + 30 * 60.0)
    elif what == 'falls':
        meter.add(Decimal('0.000'), 20 * 60.0)
    elif what == 'other digits':
        meter.add(Decimal('120.0'), 20 * 60.0)
    else:
        meter.forget()
    assert meter.power is None


def test_a_counter_shows_more_digits_than_it_counts():
    """Steps of 50 Wh, shown to the Wh."""
    house, meter, known = House(7, 400_000, 6000), PowerMeter(0.1), 0
    shows = {}
    for minute in range(1, 5000):
        time = minute * 60.0
        shows[time] = Decimal(int(house.at(time) / 50) * 50).scaleb(-3)
        meter.add(shows[time], time)
        if meter.power:
            watts, error, _ = meter.power.to('kWh')
            known += 1
            assert any(abs(watts - mean) <= error + 1e-6 for mean in means(house, meter.power, 3, shows))
    assert known > 3000


def test_a_short_hole_costs_a_coarse_counter_nothing():
    meter = PowerMeter(0.1)
    for minute in range(1000):
        if not 900 <= minute < 912:
            meter.add(Decimal(minute // 200), minute * 60.0)
    assert meter.power.to('kWh')[0] == pytest.approx(300, rel=0.05)


def test_units():
    assert Power(2.0, 0.1, 0, 1).to('kWh') == (2000.0, 100.0, 'W')
    assert Power(3.6, 0, 0, 1).to('GJ')[0] == pytest.approx(1e6)
    assert Power(2.0, 0.1, 0, 1).to('kvarh')[2] == 'var' and Power(1, 0, 0, 1).to('m3')[2] == 'm³/h'
    assert Power(1, 0, 0, 1).to('h') is None


# --- consumption ------------------------------------------------------------------------------------------------------

def epoch(text: str) -> float:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def read(periods: Periods, *readings: tuple[str, str]) -> None:
    for text, value in readings:
        periods.add(Decimal(value), epoch(text), epoch(text), BERLIN)


def brief(consumptions):
    return [(f'{each.begin:%m-%d}', each.days, str(each.amount), each.shared_out) for each in consumptions]


def test_days():
    periods = Periods()
    read(periods, ('2026-03-28 15:00', '10.0'), ('2026-03-28 23:59:30', '12.0'), ('2026-03-29 00:00:30', '12.5'),
         ('2026-03-30 00:04', '22.5'), ('2026-03-30 12:00', '23.0'))
    assert brief(periods.days()) == [('03-28', 1, '2.5', False), ('03-29', 1, '10.0', False), ('03-30', 1, '0.5', False)]
    assert [each.since for each in periods.days()] == [epoch(text) for text in (
        '2026-03-28 15:00', '2026-03-29 00:00:30', '2026-03-30 00:04')]
    assert brief(periods.months()) == [('03-28', 4, '13.0', False)]
    today = datetime.date(2026, 3, 30)
    found = {period: periods.consumption(period, today) for period in PERIODS}
    assert {period: each and str(each.amount) for period, each in found.items()} == {
        'Today': '0.5', 'Yesterday': '10.0', 'Month': '13.0', 'LastMonth': None, 'Year': '13.0'}


def test_host_off_over_midnight_is_shared_out():
    periods = Periods()
    read(periods, ('2026-01-31 20:00', '0.0'), ('2026-02-01 04:00', '8.0'), ('2026-02-01 05:00', '9.0'))
    assert brief(periods.days()) == [('01-31', 1, '4.0', True), ('02-01', 1, '5.0', True)]
    assert brief(periods.months()) == [('01-31', 1, '4.0', True), ('02-01', 28, '5.0', True)]


def test_a_gap_of_days_is_one_bar():
    periods = Periods()
    read(periods, ('2026-02-26 12:00', '0.0'), ('2026-03-03 12:00', '120.0'), ('2026-03-04 00:01', '130'))
    assert brief(periods.days()) == [('02-26', 1, '12.0', True), ('02-27', 2, '48.0', True), ('03-01', 2, '48.0', True),
                                     ('03-03', 1, '22.0', True), ('03-04', 1, '0.0', False)]
    assert periods.consumption('Yesterday', datetime.date(2026, 3, 3)) is None


def test_a_gap_of_months_is_one_bar():
    periods = Periods()
    read(periods, ('2025-10-10 00:00', '0'), ('2026-04-20 00:00', '500'))
    months = periods.months()
    assert [(f'{each.begin:%y-%m}', each.months) for each in months] == [('25-10', 1), ('25-11', 2), ('26-01', 3), ('26-04', 1)]
    assert sum(each.amount for each in months) == 500


def test_a_counter_that_was_reset_goes_on_from_what_it_shows():
    periods = Periods()
    read(periods, ('2026-02-01 12:00', '900'), ('2026-02-01 13:00', '910'), ('2026-02-01 14:00', '2'), ('2026-02-01 15:00', '7'))
    assert brief(periods.days()) == [('02-01', 1, '15', False)]


def test_the_clock_of_the_host_is_set():
    """A Raspberry Pi has none of its own: until the net tells, it goes on from when it was switched off, or years ahead."""
    def run(*readings):
        periods = Periods()
        for (text, value), elapsed in zip(readings, itertools.count(0.0, 60.0), strict=False):
            periods.add(Decimal(value), epoch(text), elapsed, BERLIN)
        return brief(periods.days())
    assert run(('2026-02-01 12:00', '1'), ('2026-02-01 12:01', '2'), ('2026-02-03 00:00:30', '3')) == [
        ('02-01', 2, '2', False), ('02-03', 1, '0', False)]
    assert run(('2037-02-01 12:00', '1'), ('2026-02-01 12:01', '2'), ('2026-02-01 12:02', '3')) == [('02-01', 1, '2', False)]
    ahead = run(('2026-02-01 12:00', '1'), ('2037-02-01 12:01', '2'), ('2026-02-01 12:02', '3'))
    assert ahead == [('02-01', 1, '2', False)]


def test_kept_as_text():
    periods = Periods()
    periods.unit = 'kWh'
    read(periods, ('2026-01-31 20:00', '0.0'), ('2026-02-01 04:00', '8.0'), ('2026-02-01 05:00', '9.0'))
    again = Periods.from_json(json.loads(json.dumps(periods.to_json())))
    assert again.to_json() == periods.to_json() and again.days() == periods.days()
    for broken in ({}, {**periods.to_json(), 'marks': []}, {**periods.to_json(), 'marks': ['x']},
                   {**periods.to_json(), 'last': 'NaN 1 1'}, {**periods.to_json(), 'base': None}):
        with pytest.raises(ValueError):
            Periods.from_json(broken)


@pytest.mark.parametrize(('digits', 'cycle'), [(0, 60), (1, 300), (4, 60), (3, 3600), (2, 86400), (4, 1)])
def test_a_year(digits, cycle):
    """Days and months add up to what the counter counted, through outages, resets, restarts and both changes of the clock."""
    chance = random.Random(f'{digits} {cycle}')
    time, end = epoch('2025-02-10 17:23:11'), epoch('2026-02-12 09:00')
    # a reading each second would be 31 million of them: what matters is around midnight
    periods, counted, energy, shown_before = Periods(), Decimal(0), chance.random() * 5000, None
    days: dict[datetime.date, tuple] = {}
    last_of: dict[datetime.date, float] = {}
    first_of: dict[datetime.date, float] = {}
    while time < end:
        value = Decimal(int(energy * 10 ** digits)).scaleb(-digits)
        if shown_before is not None:
            counted += max(value - shown_before, Decimal(0))
        shown_before = value
        periods.add(value, time, time, BERLIN)
        day = datetime.datetime.fromtimestamp(time, BERLIN).date()
        first_of.setdefault(day, time)
        last_of[day] = time
        if periods.marks[-1].day == day and time == first_of[day]:
            days |= {each.begin: each for each in periods.days()[:-1]}
        if chance.random() < 0.002:
            periods = Periods.from_json(periods.to_json())
        passes = cycle
        if cycle == 1 and day == datetime.datetime.fromtimestamp(time + 1200, BERLIN).date():
            passes = 1 + 600 * (day == datetime.datetime.fromtimestamp(time + 1800, BERLIN).date())
        if chance.random() < 0.0006 * passes / 60:
            passes += chance.choice([300, 3600, 8 * 3600, 30 * 3600, 5 * 86400, 24 * 86400]) * chance.random()
        if chance.random() < 0.00002 * passes / 60:
            energy = 0.0        # another meter, or a billing reset
        energy += chance.random() * 4 * passes / 3600
        time += passes
    days |= {each.begin: each for each in periods.days()}
    bars = [days[begin] for begin in sorted(days)]
    assert all(a.end == b.begin for a, b in itertools.pairwise(bars))
    assert sum(each.amount for each in bars) == counted == sum(each.amount for each in periods.months())
    assert all(a.end == b.begin for a, b in itertools.pairwise(periods.months()))

    def was_late(day):
        return day in first_of and first_of[day] - epoch(f'{day} 00:00') > LATE

    marked = {each.begin for each in bars if each.shared_out}
    begins = [each.begin for each in bars][1:]
    shared = {day for day in begins if day not in first_of or was_late(day)}
    expected = {each.begin for each in bars if each.begin in shared or each.end in shared}
    assert marked == expected
    assert all(each.days == 1 or not any(each.begin < day < each.end for day in first_of) for each in bars)


# --- closing values ---------------------------------------------------------------------------------------------------

def closing(text: str, value: str) -> Closing:
    return Closing(datetime.datetime.fromisoformat(text), Decimal(value), 'kWh', '1.8.0*01')


def test_closing_values_fill_the_months_before():
    periods = Periods()
    read(periods, ('2026-03-15 12:00', '150.0'), ('2026-03-16 00:00:10', '151.0'), ('2026-03-16 12:00', '152.0'))
    periods.fill([closing('2026-01-01', '10.0'), closing('2026-02-01', '60.0'), closing('2026-03-01', '100.0'),
                  closing('2026-02-10 11:00', '70.0')], BERLIN)
    assert brief(periods.months()) == [('01-01', 31, '50.0', False), ('02-01', 28, '40.0', False), ('03-01', 31, '52.0', False)]
    assert str(periods.consumption('Year', datetime.date(2026, 3, 16)).amount) == '142.0'
    assert periods.consumption('LastMonth', datetime.date(2026, 3, 16)).since == epoch('2026-02-01 00:00')
    assert brief(periods.days()) == [('03-15', 1, '1.0', False), ('03-16', 1, '1.0', False)]
    before = periods.to_json()
    periods.fill([closing('2026-02-01', '60.0')], BERLIN)
    assert periods.to_json() == before


def test_what_lies_between_a_closing_value_and_the_midst_of_another_month_is_no_month():
    periods = Periods()
    read(periods, ('2026-03-15 12:00', '150.0'), ('2026-03-16 12:00', '152.0'))
    periods.fill([closing('2026-01-01', '10.0'), closing('2026-02-01', '60.0')], BERLIN)
    assert brief(periods.months()) == [('03-15', 17, '2.0', False)]
    assert periods.consumption('LastMonth', datetime.date(2026, 3, 16)) is None


def test_closing_values_are_compared():
    periods = Periods()
    read(periods, ('2026-02-27 12:00', '100.0'), ('2026-02-28 00:00:10', '101.0'), ('2026-03-01 00:00:10', '103.0'),
         ('2026-03-02 00:00:10', '105.0'))
    assert periods.differences([closing('2026-03-01', '103.0'), closing('2026-03-01', '102.8')], BERLIN) == []
    assert [read for _, read in periods.differences([closing('2026-03-01', '99.0')], BERLIN)] == [Decimal('103.0')]
    assert not periods.differences([closing('2026-02-01', '5.0')], BERLIN)


@pytest.mark.parametrize('lines', [
    '1.8.0(100.0*kWh) 1.8.0*01(90.0*kWh)',                                  # no date
    '1.8.0(100.0*kWh) 0.1.2*01(0000000000) 1.8.0*01(90.0*kWh)',
    '1.8.0(100.0*kWh) 0.1.2*01(2608010000) 1.8.0*01(190.0*kWh)',            # more than now
    '1.8.0(100.0*kWh) 0.1.2*01(2608010000) 0.1.2*02(2607010000) 1.8.0*01(80*kWh) 1.8.0*02(90.0*kWh)',
    '1.8.0(100.0*kWh) 0.1.2*01(2608010000) 1.8.0*02(90.0*kWh) 2.8.0*01(9.0*kWh)'])
def test_no_closing_value_is_guessed(lines):
    assert closing_values('1.8.0', parse(lines.replace(' ', '\r\n')).data_sets) == []


def test_a_date_beside_the_value():
    sets = parse('1.8.0(100.0*kWh)\r\n1.8.0*01(90.0*kWh)(2608010000)\r\n1.8.0&02(26-07-01 00:00)(80.0*kWh)\r\n').data_sets
    assert [(str(each.moment), str(each.value), each.code) for each in closing_values('1.8.0', sets)] == [
        ('2026-07-01 00:00:00', '80.0', '1.8.0&02'), ('2026-08-01 00:00:00', '90.0', '1.8.0*01')]


# --- the meter's clock ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(('lines', 'host', 'seconds', 'winter'), [
    ('0.9.1(120010) 0.9.2(260201)', '2026-02-01 12:00:00', 10, False),
    ('0.9.1(120002) 0.9.2(260201)', '2026-02-01 12:00:00', 0, False),
    ('0.9.1(115950) 0.9.2(260201)', '2026-02-01 12:00:00', -10, False),
    ('0.9.1(115956) 0.9.2(260201)', '2026-02-01 11:59:59.5', 0, False),
    ('0.9.4(2602011200)', '2026-02-01 12:00:58', 0, False),                 # a resolution of a minute
    ('0.9.4(2602011210)', '2026-02-01 12:00:30', 600, False),
    ('0.9.1(110000) 0.9.2(260701)', '2026-07-01 12:00:00', -3600, True),    # stays on winter time
    ('0.9.1(0110000) 0.9.2(0260701)', '2026-07-01 12:00:00', -3600, True),
    ('0.9.1(110000) 0.9.2(260201)', '2026-02-01 12:00:00', -3600, False),   # in winter that is wrong
    ('0.9.1(130000) 0.9.2(260701)', '2026-07-01 12:00:00', 3600, False),
    ('0.9.1(2100000) 0.9.2(260701)', '2026-07-01 12:00:00', 0, False),      # universal time
    ('0.9.1(023000) 0.9.2(261025)', '2026-10-25 02:30:00', 0, False),       # the hour that comes twice
    ('0.9.1(1023000) 0.9.2(261025)', '2026-10-25 02:30:00', 0, False),
    ('0.9.1(0023000) 0.9.2(261025)', '2026-10-25 02:30:00', 3600, False),
    ('0.9.1(000002) 0.9.2(260131)', '2026-02-01 00:00:02', 0, False),       # the date was read before midnight
    ('1-0:0.9.1*255(120000) 1-0:0.9.2*255(20-02-01)', '2026-02-01 12:00:00', -2192 * 86400, False),
    ('0-0:1.0.0(260701110000W)', '2026-07-01 12:00:00', 0, False)])
def test_offset(lines, host, seconds, winter):
    clock = shown(parse(lines.replace(' ', '\r\n')).data_sets)
    found = offset(clock, epoch(host), BERLIN)
    assert (round(found.seconds, -1) if abs(seconds) > 100 else found.seconds) == seconds
    assert found.stays_on_winter_time == winter
    assert (found.remark == IN_WINTER_TIME) == winter
    assert (found.remark is None) == (abs(seconds) < 120)


def test_a_remark_says_how_far_the_clock_is_off():
    clock = shown(parse('0.9.1(120300)\r\n0.9.2(260201)').data_sets)
    assert str(offset(clock, epoch('2026-02-01 12:00'), BERLIN).remark) == "The meter's clock is 3 min fast"
    assert offset(clock, epoch('2026-02-04 12:00'), BERLIN).remark.to('de') == 'Die Uhr des Zählers geht 3 Tage nach'


# --- all readouts -----------------------------------------------------------------------------------------------------

def of_capture(name: str) -> dict:
    """What the first telegram of a capture says; its clock against 12:00 UTC of the day it shows."""
    data_sets = parse(captures.text(name)).data_sets
    clock = shown(data_sets)
    codes = dict.fromkeys(data_set.code for data_set in data_sets
                          if data_set.code and is_counter(data_set.code) and is_present(data_set, data_sets))
    closings = {code: [f'{each.moment:%Y-%m-%d %H:%M} {each.value} {each.unit}' for each in closing_values(code, data_sets)]
                for code in codes}
    return {'clock': f'{clock.moment:%Y-%m-%d %H:%M:%S%z}' if clock else None,
            'closing': {code: values for code, values in closings.items() if values}}


@pytest.mark.parametrize('name', captures.NAMES)
def test_clock_and_closing_values_of_real_meters(name):
    """As a reader by eye finds them in the file."""
    expected = json.loads(TABLE.read_text(encoding='utf-8'))[name]
    assert of_capture(name) == expected


def test_the_table_of_real_meters_is_whole():
    table = json.loads(TABLE.read_text(encoding='utf-8'))
    assert list(table) == captures.NAMES
    assert Counter(bool(row['clock']) for row in table.values())[True] >= 28
