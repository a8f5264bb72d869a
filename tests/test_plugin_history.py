# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What the page can be told of the readouts since the start, and that it stays small."""

import itertools
import sys
import tracemalloc
from dataclasses import replace

import pytest
from plugins.dlms.plugin.history import APART, CLOSE, CODES, RECORDINGS, SESSIONS, STEP, History
from plugins.dlms.reader.diagnosis import Finding
from plugins.dlms.reader.errors import AnotherMeter, NoAnswer
from plugins.dlms.reader.obis.data_sets import CUT, Rejected, Value, parse
from plugins.dlms.reader.readout import Readout
from plugins.dlms.reader.session import Event, Session, Settings
from plugins.dlms.reader.texts import Text


def a_readout(text, time=0.0):
    return Readout(None, 'C', 9600, text, parse(text).data_sets, (), ('bcc',), phases={'data': 2.0}, duration=2.5, time=time)


def a_failure(text='silence', at=0.0):
    """An error whose session ended after so many seconds."""
    error = NoAnswer(text, 'identification')
    error.session = Session(Settings(serialport='/dev/ttyDlms'), (Event('sent', 0.0, 300), Event('received', at, 300)))
    return error


def test_before_the_first_readout():
    history = History()
    assert (history.readout, history.results(), history.points(), history.success_rate) == (None, (), (), None)
    assert history.course('1.8.0') == ()


def test_results_tell_how_each_readout_went():
    history = History()
    history.add(a_readout('1.8.0(1*kWh)', time=10))
    history.add_failure(a_failure(at=3.2), 20.0, 'de', Finding('silence'))
    good, bad = history.results()
    assert (good.ok, good.time, good.duration, good.phases, good.checked) == (True, 10, 2.5, {'data': 2.0}, ('bcc',))
    assert (bad.ok, bad.time, bad.duration, bad.error, bad.finding.kind) == (False, 20.0, 3.2, 'silence', 'silence')
    assert history.success_rate == 0.5
    assert history.readout.time == 10


def test_an_error_is_kept_in_the_language_of_the_user_and_titled_even_without_a_finding():
    history = History()
    for language in ('de', 'en'):
        history.add_failure(a_failure(Text('still', 'silent')), 1.0, language)
        history.add_failure(a_failure(Text('still', 'silent')), 2.0, language, Finding('silence'))
    results = history.results()
    assert [result.error for result in results] == ['still', 'still', 'silent', 'silent']
    assert [results[0].title('de'), results[2].title('en')] == ['still', 'silent']
    assert results[1].title('de') == Finding('silence').title('de') != ''
    assert [history.recording(result.key) for result in results[:2]] == [results[0].session, results[1].session]
    assert history.recording('') is None


def test_a_value_is_looked_up_in_the_last_readout():
    history = History()
    assert history.look_up('1.8.0', 0) is None
    readout = a_readout('1-1:1.8.0(1*kWh)(2)\r\n1-1:1.8.0*00(9)')
    history.add(readout)
    assert [history.look_up('1.8.0', index) for index in (0, 1)] == [Value('1', 'kWh'), Value('2', None)]
    assert [history.look_up('1.8.0', index) for index in (2, -1)] == [None, None]
    history.add(replace(readout, data_sets=readout.data_sets[1:], rejected=(Rejected('1-1:1.8.0(1', CUT),)))
    assert history.look_up('1.8.0', 0) is None      # the other one is of another time


def test_the_course_of_a_code_is_of_its_first_number():
    history = History()
    history.add(a_readout('1.8.0(1*kWh)(7)\r\n1.8.0(9)\r\n0.0.0(ABC)', time=1))
    history.add_failure(a_failure(), 2.0, 'de')
    history.add(a_readout('1.8.0(3*kWh)\r\n2.8.0(0,5*kWh)', time=3))
    history.add(a_readout('1.8.0(-.--)\r\n2.8.0(0,7*kWh)', time=4))
    assert history.course('1.8.0') == ((1, 1.0, False), (3, 3.0, False))
    assert history.course('2.8.0') == ((3, 0.5, False), (4, 0.7, False))
    assert history.course('0.0.0') == ()
    assert history.numeric_codes() == ('1.8.0', '2.8.0')


@pytest.mark.parametrize('cycle', [1, 10, 60, 900])
def test_points_reach_two_days_back_at_any_cycle_and_stay_few(cycle):
    history = History()
    for number in range(200_000 // cycle):
        history.add(a_readout('1.8.0(1*kWh)', time=number * cycle))
    points = history.points()
    assert len(points) <= CLOSE + APART
    assert points[-1].time - points[0].time >= 48 * 3600 - 2 * STEP
    distances = [after.time - before.time for before, after in itertools.pairwise(points)]
    assert max(distances) <= max(STEP, cycle) + cycle and set(distances[-CLOSE + 1:]) == {cycle}
    assert not any(gap for _, _, gap in history.course('1.8.0'))


def test_a_curve_breaks_where_nothing_was_read_also_when_it_is_thinned():
    history = History()
    times = [*range(0, 4000, 10), *range(4610, 20_000, 10)]     # 10 minutes are missing
    for time in times:
        history.add(a_readout('1.8.0(1*kWh)', time=time))
        if time == 4000:
            assert [at for at, _, gap in history.course('1.8.0') if gap] == []
    (broken,) = (time for time, _, gap in history.course('1.8.0') if gap)
    assert 4610 <= broken <= 4610 + STEP


def test_curves_are_of_what_is_measured():
    history = History()
    history.add(a_readout(
        '0.0.0(70987475)\r\n0.9.1(120001)\r\n0.9.2(260302)\r\n1.8.0(1*kWh)\r\n1.8.1(2)\r\n13.7.0(0.98)\r\n32.7.0(230.1*V)\r\n'
        'F.F(0000)\r\nC.1.0(4711)\r\n96.1.0(123)\r\n6.8(1.5*GJ)\r\n1.8.0*01(3*kWh)\r\n0.1.0(12)'))
    assert history.numeric_codes() == ('1.8.0', '1.8.1', '13.7.0', '32.7.0', '6.8')


def test_what_is_kept_is_bounded():
    history = History()
    text = '\r\n'.join(f'1.8.{i // 10 + i % 10 * 100}({i}*kWh)' for i in range(CODES + 100))
    readout = a_readout(text)
    for number in range(1000):
        readout = replace(readout, time=600.0 * number)
        history.add(readout)
        if number % 10 == 0:
            history.add_failure(a_failure(), 600.0 * number, 'de')
    points = history.points()
    assert len(points) == CLOSE + APART and points[-1].time == 999 * 600
    assert (len(history.results()), history.rated) == (2 * SESSIONS, 500)
    good = [point for point in points if point.ok]
    assert len(good[-1].numbers) == CODES
    # the codes are kept once, the numbers with 8 bytes each
    assert len({id(point.codes) for point in good}) == 1
    assert sum(sys.getsizeof(point.numbers) for point in points) < len(points) * (CODES * 8 + 200)


def test_failures_outlive_a_meter_that_sends_each_second():
    history = History()
    for number in range(25):
        history.add_failure(a_failure(f'silence {number}'), float(number), 'de', Finding('silence'))
    for number in range(100):
        history.add(a_readout('1.8.0(1*kWh)', time=100 + number))
    failures = [result for result in history.results() if not result.ok]
    assert [failure.error for failure in failures] == [f'silence {number}' for number in range(5, 25)]
    assert all(failure.session and failure.finding for failure in failures)
    assert len(history.results()) == 2 * SESSIONS and history.results()[-1].time == 199


def test_another_meter_that_answers_again_and_again_is_one_entry_that_counts():
    history = History()
    for number in range(30):
        history.add_failure(AnotherMeter('7', '8'), 5.0 + 5 * number, 'de')
    (result,) = history.results()
    assert (result.count, result.since, result.time) == (30, 5.0, 150.0)
    history.add(a_readout('1.8.0(1*kWh)', time=155))
    history.add_failure(AnotherMeter('7', '8'), 160.0, 'de')
    assert [result.count for result in history.results()] == [30, 1, 1]


def a_session(events, size=1):
    return Session(Settings(serialport='/dev/ttyDlms'), (
        *(Event('received', 0.06 * number, 300, bytes([number % 128]) * size) for number in range(events)),
        Event('failed', 900.0, 300, text='noise')))


def fail(history, session, time):
    error = NoAnswer('noise', 'identification')
    error.session = session
    history.add_failure(error, time, 'de')


def test_recordings_of_a_line_that_disturbs_are_bounded_the_oldest_first():
    history = History()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(25):        # of 15 minutes, one character at a time
        fail(history, a_session(15_000), float(number))
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 1.5 * RECORDINGS < 10_000_000
    lengths = [len(result.session.events) if result.session else 0 for result in history.results()]
    assert len(lengths) == SESSIONS and lengths == sorted(lengths)
    assert lengths[-1] == 15_001 and 0 < sum(length not in (0, 15_001) for length in lengths) < 2
    cut = next(result.session for result in history.results() if result.session)
    assert cut.events[:-1] == a_session(15_000).events[:len(cut.events) - 1] and cut.events[-1].kind == 'failed'
    assert {result.error for result in history.results()} == {'noise'}


def test_recordings_that_fit_are_kept_whole():
    history = History()
    sessions = [a_session(100, 1024) for _ in range(SESSIONS)]
    for number, session in enumerate(sessions):
        fail(history, session, float(number))
    assert all(result.session is session for result, session in zip(history.results(), sessions, strict=True))


def test_one_that_alone_is_too_large_is_cut():
    history = History()
    fail(history, a_session(5000, 1024), 1.0)
    (result,) = history.results()
    assert 2000 < len(result.session.events) < 4000
    assert Session.from_text(result.session.to_text()).events[-1].text == 'noise'
