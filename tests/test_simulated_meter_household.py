# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated meter counts: values move between readouts as in life, and what comes and goes, comes and goes."""

import itertools
import re

import pytest

import captures
from by_hand import BLOCK, receive, simulate
from simulated_meter import Household, Meter, MeterOptions, Simulation, block_check, crc16
from simulated_meter.household import Registers, line_of
from simulated_meter.life import moved, moved_capture
from simulated_meter.wire import SEVEN_BITS

NUMBER = re.compile(r'-?[\d.]+')


def readouts(**options: object) -> list[Registers]:
    """Those of an hour, one a minute."""
    meter = Meter(MeterOptions(**options))
    return [meter.speech.block(float(t), '?', t // 60).registers for t in range(0, 3600, 60)]


def values(readout: Registers, code: str) -> list[tuple[str, str | None]]:
    return [value for each, row in readout if each == code for value in row]


def number(readout: Registers, code: str) -> float:
    return float(values(readout, code)[0][0])


def form(text: str) -> str:
    return re.sub(r'\d', '9', text)


@pytest.mark.parametrize(('kind', 'counters', 'measured', 'times'), [
    ('household', ['1-1:1.8.0', '1-1:1.8.1', '1-1:2.8.0', '1-1:3.8.0'], ['1-1:1.7.0', '1-1:32.7.0'], ['1-1:0.9.1']),
    ('p1', ['1-0:1.8.1'], ['1-0:1.7.0', '1-0:32.7.0'], []), ('heat', ['6.8', '6.26', '6.31'], [], [])])
def test_counters_go_forward_measured_values_are_free_and_nothing_changes_its_form(
        kind: str, counters: list[str], measured: list[str], times: list[str]) -> None:
    series = readouts(kind=kind)
    for code in counters:
        counts = [number(readout, code) for readout in series]
        assert counts == sorted(counts) and (counts[0] < counts[-1] or code == '6.31')
    for code in measured:
        steps = [number(b, code) - number(a, code) for a, b in itertools.pairwise(series)]
        assert min(steps) < 0 < max(steps)
    for code in times:
        assert len({values(readout, code)[0] for readout in series}) == len(series)
    assert len({''.join(form(line_of(*row)) for row in readout) for readout in series}) == 1


def test_a_house_that_feeds_in_changes_sign_and_counts_both_ways() -> None:
    series = readouts(varying='sign')
    powers = [number(readout, '1-1:16.7.0') for readout in series]
    assert min(powers) < 0 < max(powers)
    assert all(number(readout, '1-1:1.7.0') == max(0, power) and number(readout, '1-1:2.7.0') == max(0, -power)
               for readout, power in zip(series, powers, strict=True))
    house = Household(varying='sign')
    for begin in (-7000.0, 0.0, 1234.5):
        seconds = range(5400)
        bought = sum(max(0.0, house.power(begin + second + 0.5)) for second in seconds) / 3600
        sold = sum(max(0.0, -house.power(begin + second + 0.5)) for second in seconds) / 3600
        assert house.energy(begin + 5400) - house.energy(begin) == pytest.approx(bought, rel=0.001)
        assert house.fed_in(begin + 5400) - house.fed_in(begin) == pytest.approx(sold, rel=0.001)


@pytest.mark.parametrize(('varying', 'forms'), [('width', 2), ('dashes', 5), ('set', 2), ('text', 5), ('short', 2)])
@pytest.mark.parametrize('kind', ['household', 'p1'])
def test_what_varies(kind: str, varying: str, forms: int) -> None:
    if kind == 'p1':
        forms = 2
    series = readouts(kind=kind, varying=varying)
    shapes = [''.join(form(line_of(*row)) for row in readout) for readout in series]
    assert len(set(shapes)) >= (1 if varying == 'width' else forms)
    plain = readouts(kind=kind)
    if varying == 'width':
        assert all(not re.match(r'-?0\d', value) for readout in series for _, row in readout for value, unit in row if unit)
        assert [[float(value) for _, row in readout for value, unit in row if unit] for readout in series] == [
            [float(value) for _, row in readout for value, unit in row if unit] for readout in plain]
    if varying == 'dashes':
        assert {'-' in value for readout in series for _, row in readout for value, unit in row if unit} == {True, False}
        assert all(NUMBER.fullmatch(value) or re.fullmatch('[-.]+', value)
                   for readout in series for _, row in readout for value, unit in row if unit)
    if varying == 'set':
        assert {len(readout) - len(plain[0]) for readout in series} == {0, 1}
    if varying == 'short':
        assert [len(readout) for readout in series[:4]] == [len(plain[0]), len(plain[0]) // 2] * 2


def test_what_can_vary_is_checked() -> None:
    with pytest.raises(ValueError, match='colour'):
        MeterOptions(varying='width,colour')


@pytest.mark.parametrize(('kind', 'counter', 'count'), [
    ('household', '1-1:1.8.0', '1-1:0.1.0'), ('p1', '1-0:1.8.0', '1-0:0.1.0'), ('heat', '6.8', '0.1.0')])
def test_a_billing_reset_brings_a_former_period(kind: str, counter: str, count: str) -> None:
    series = readouts(kind=kind, periods=2, reset_after=1800.0)
    before, after = series[29], series[30]
    assert (values(before, count), values(after, count)) == ([('99', None)], [('00', None)])
    former = [[code.rpartition('*')[2] for code, _ in readout if code.startswith(f'{counter}*')] for readout in (before, after)]
    assert former == [['99', '98'], ['00', '99', '98']]
    assert values(after, f'{counter}*99') == values(before, f'{counter}*99')
    if kind != 'p1':                                # which does not tell the sum
        assert number(before, counter) <= number(after, f'{counter}*00') <= number(after, counter)
    if kind == 'household':
        assert number(after, '1-1:1.6.0') < number(before, '1-1:1.6.0')
        assert number(after, '1-1:1.2.0') - number(before, '1-1:1.2.0') == pytest.approx(number(before, '1-1:1.6.0'))
    assert len(readouts(kind=kind)[0]) < len(before)


def test_periods_and_size_come_together() -> None:
    simulation = simulate(mode='D', size=3000, periods=2, reset_after=60.0, interval=60.0)
    port = simulation.open_port(baudrate=9600)
    for _ in range(3):
        port.timeout = 60.0
        assert len(port.read(1) + receive(port, 2.0)) == 3000
        codes = [code for code, _ in simulation.meter.sent[-1].registers]
        assert len(set(codes)) == len(codes)


def test_another_meter_comes_to_the_head() -> None:
    simulation = simulate(mode='D', exchanged_after=100.0, interval=60.0)
    other = Household(seed=2).serial
    port = simulation.open_port(baudrate=9600)
    for serial in (simulation.meter.house.serial, None, other):
        port.timeout = 60.0
        text = port.read(1) + receive(port, 2.0)
        sent = simulation.meter.sent[-1]
        assert serial in (None, sent.serial) and f'0.0.0({sent.serial})'.encode() in text.translate(SEVEN_BITS)
    first, _, last = simulation.meter.sent
    assert first.serial != last.serial == other
    assert first.values['1-1:1.8.0'] != last.values['1-1:1.8.0']


# -- captures that move ----------------------------------------------------------------------------------------------

def test_a_given_block_moves_if_it_is_asked_to() -> None:
    for moving in (False, True):
        simulation = Simulation(MeterOptions(mode='D', block=BLOCK, moving=moving, interval=3600.0))
        port = simulation.open_port(baudrate=9600)
        texts = []
        for _ in range(2):
            port.timeout = 3600.0
            texts.append((port.read(1) + receive(port, 2.0)).translate(SEVEN_BITS).decode())
        assert (texts[0] != texts[1]) is moving and form(texts[0]) == form(texts[1])
        assert texts[1].endswith(simulation.meter.sent[-1].text)


def test_what_a_value_is_decides_how_it_moves() -> None:
    text = ('0.9.1(235959)\r\n0.9.2(251231)\r\n0-0:1.0.0(251231235959W)\r\n1.8.0(000123.400*kWh)\r\n1.8.1(000000.000*kWh)\r\n'
            '2.8.0*255(7.5 kWh)\r\n1.8.0*01(000120.000*kWh)\r\n1.8.0&01(000120.000*kWh)\r\n1.6.0(02.871*kW)(2512031815)\r\n'
            '16.7.0(-0.350*kW)\r\n32.7.0(230.1*V)\r\n0-1:24.2.1(251231230000W)(00012.345*m3)\r\n0.0.0(12345678)\r\n'
            '96.7.21(00004)\r\n6.31(0030710*h)\r\nF.F(00)\r\n!\r\n')
    later = moved(text, 7300.0)
    changed = [line.partition('(')[0] for line, other in zip(text.splitlines(), later.splitlines(), strict=True) if line != other]
    assert changed == ['0.9.1', '0.9.2', '0-0:1.0.0', '1.8.0', '2.8.0*255', '16.7.0', '32.7.0', '0-1:24.2.1', '6.31']
    assert later.startswith('0.9.1(020139)\r\n0.9.2(260101)\r\n0-0:1.0.0(260101020139W)\r\n')
    assert '(260101010000W)' in later
    assert moved(text, 7300.0) == later != moved(text, 7300.0, seed=2)
    counts = [float(re.search(r'1\.8\.0\(([\d.]+)', moved(text, seconds))[1]) for seconds in (0, 60, 3600, 7200, 100_000)]
    assert counts == sorted(set(counts)) and counts[0] == 123.4


@pytest.mark.parametrize('name', captures.NAMES)
def test_captures_keep_their_form_and_their_checks(name: str) -> None:
    capture = captures.raw(name)
    if not name.startswith('p1'):
        capture = capture.translate(SEVEN_BITS)
    now, later = moved_capture(capture, 0.0), moved_capture(capture, 900.0)
    assert now == capture
    assert len(later.splitlines()) == len(capture.splitlines())
    assert re.sub(rb'\d+', b'9', re.sub(rb'![0-9A-F]+|\x03.', b'', later, flags=re.DOTALL)) == re.sub(
        rb'\d+', b'9', re.sub(rb'![0-9A-F]+|\x03.', b'', capture, flags=re.DOTALL))
    assert right_checks(later) == right_checks(capture)


def right_checks(capture: bytes) -> list[bool]:
    checks = [match[2][0] in (block_check(match[1]), block_check(match[1], True))
              for match in re.finditer(rb'\x02([^\x03]*\x03)(.)', capture, flags=re.DOTALL)]
    return checks + [int(match[2], 16) == crc16(match[1])
                     for match in re.finditer(rb'(/[^!]*!)([0-9A-F]{3,4})\r\n', capture)]


def test_enough_captures_have_a_check_that_is_right() -> None:
    """So that the test above says something."""
    assert sum(any(right_checks(captures.raw(name).translate(SEVEN_BITS))) for name in captures.NAMES) > 10
