# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What the page can be told of the readouts since the start, and that it stays small."""

import sys
from types import SimpleNamespace

from plugins.dlms.plugin.history import CODES, POINTS, SESSIONS, History
from plugins.dlms.reader.obis.data_sets import parse


def a_readout(text, time=0.0):
    return SimpleNamespace(
        time=time, duration=2.5, data_sets=parse(text).data_sets, session=None, phases={'data': 2.0},
        checked=('bcc',), remarks=(), quality=0.0, repeats=0)


def a_session(*times):
    return SimpleNamespace(events=tuple(SimpleNamespace(time=time) for time in times))


def test_before_the_first_readout():
    history = History()
    assert (history.readout, history.results(), history.points(), history.success_rate) == (None, (), (), None)
    assert history.course('1.8.0') == ()


def test_results_tell_how_each_readout_went():
    history = History()
    history.add(a_readout('1.8.0(1*kWh)', time=10))
    history.add_failure(TimeoutError('silence'), 20.0, a_session(0.0, 3.2))
    good, bad = history.results()
    assert (good.ok, good.time, good.duration, good.phases, good.checked) == (True, 10, 2.5, {'data': 2.0}, ('bcc',))
    assert (bad.ok, bad.time, bad.duration, bad.error, bad.kind) == (False, 20.0, 3.2, 'silence', 'TimeoutError')
    assert history.success_rate == 0.5
    assert history.readout.time == 10


def test_the_course_of_a_code_is_of_its_first_number():
    history = History()
    history.add(a_readout('1.8.0(1*kWh)(7)\r\n1.8.0(9)\r\n0.0.0(ABC)', time=1))
    history.add_failure(TimeoutError(), 2.0, None)
    history.add(a_readout('1.8.0(3*kWh)\r\n2.8.0(0,5*kWh)', time=3))
    history.add(a_readout('1.8.0(-.--)\r\n2.8.0(0,7*kWh)', time=4))
    assert history.course('1.8.0') == ((1, 1.0), (3, 3.0))
    assert history.course('2.8.0') == ((3, 0.5), (4, 0.7))
    assert history.course('0.0.0') == ()
    assert history.numeric_codes() == ('1.8.0', '2.8.0')


def test_what_is_kept_is_bounded():
    history = History()
    text = '\r\n'.join(f'1.{i // 100}.{i % 100}({i})' for i in range(CODES + 100))
    readout = a_readout(text)
    for time in range(POINTS + 10):
        readout.time = time
        history.add(readout)
        if time % 100 == 0:
            history.add_failure(TimeoutError(), float(time), None)
    points = history.points()
    assert len(points) == POINTS
    assert points[-1].time == POINTS + 9
    assert len(history.results()) == SESSIONS
    assert len(points[-1].numbers) == CODES
    # the codes are kept once, the numbers with 8 bytes each
    assert len({id(point.codes) for point in points if point.ok}) == 1
    assert sum(sys.getsizeof(point.numbers) for point in points) < POINTS * (CODES * 8 + 200)
