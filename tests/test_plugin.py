# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin in its host, with readouts handed to it: items, status, schedule, stopping. No meter is needed here."""

import dataclasses
import datetime
import threading
import time

import pytest
from plugins.dlms import dlms
from plugins.dlms.reader.obis.data_sets import parse
from plugins.dlms.reader.texts import Text
from plugins.dlms.reader.wire.messages import Identification

from host import Host

AN_IDENTIFICATION = Identification('/LGZ5\\2ZMD3104407.B32', 'LGZ', '5', ('2',), 'ZMD3104407.B32')
PORT = '/dev/ttyDlms'


def a_readout(text='', duration=2.0, at=1772449200.0, identification=AN_IDENTIFICATION, checked=('parity', 'bcc'), remarks=()):
    return dlms.Readout(
        identification=identification, mode='C', baudrate=9600, text=text, data_sets=parse(text).data_sets,
        rejected=(), checked=checked, remarks=remarks, phases={'data': duration}, duration=duration, quality=0.01, time=at)


class Readings:
    """Stands for the meter: `answers` are given in turn (the last one again and again), each a text, a readout, an error."""

    def __init__(self):
        self.answers = ['']
        self.times = []         # of the host's clock, when a readout began
        self.configs = []
        self.memories = []
        self.clock = None       # of the host, for readouts that take time

    def query(self, config, *, stopped=None, progress=None, memory=None):
        self.configs.append(config)
        self.memories.append(memory)
        if self.clock:
            self.times.append(self.clock.monotonic())
        progress(dlms.Progress(10, 9600, 0.5))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        readout = answer if isinstance(answer, dlms.Readout) else a_readout(answer)
        if self.clock:
            self.clock.sleep(readout.duration)
        return readout


@pytest.fixture
def meter(monkeypatch):
    readings = Readings()
    monkeypatch.setattr(dlms, 'query', readings.query)
    return readings


def a_host(items='', answers=None, meter=None, **parameters):
    language = parameters.pop('language', 'en')
    host = Host({'serialport': PORT, **parameters}, items, language=language, start=False)
    if meter:
        meter.answers = list(answers or meter.answers)
        meter.clock = host.clock
    host.start()
    return host


def values(host, *paths):
    return [host.item(path)() for path in paths]


# --- items ------------------------------------------------------------------------------------------------------------

# as the manual of the plugin 1.9.5 configures them
EXAMPLE_A = """
Stromzaehler:
    Auslesung:
        type: str
        dlms_obis_readout: yes
    Seriennummer:
        type: str
        dlms_obis_code: ['1-1:0.0.0', 0, 'Value', 'str']
    Ablesung:
        Uhrzeit:
            type: foo
            dlms_obis_code: ['1-1:0.9.1', 0, 'Value', 'Z6']
        Datum:
            type: foo
            dlms_obis_code:
                - '1-1:0.9.2'
                - 0
                - 'Value'
                - 'D6'
        Monatszaehler:
            type: num
            dlms_obis_code: ['1-1:0.1.0', 0, 'Value', 'num']
    Maximum:
        type: num
        dlms_obis_code: ['1-1:1.6.1', 0, 'Value', 'num']
        Zeit:
            type: foo
            dlms_obis_code: ['1-1:1.6.1', 1, 'Value', 'ZST10']
    Energie:
        type: num
        dlms_obis_code: ['1-1:1.8.0', 0, 'Value', 'num']
        Einheit:
            type: str
            dlms_obis_code: ['1-1:1.8.0', 0, 'Unit', 'str']
        Vormonat:
            type: num
            dlms_obis_code: ['1-1:1.8.0*18', 0, 'Value', 'num']
"""
READOUT_A = '\r\n'.join((
    '1-1:F.F(00000000)', '1-1:0.0.0(50871031)', '1-1:0.9.1(155420)', '1-1:0.9.2(170214)', '1-1:0.1.0(18)',
    '1-1:1.6.1(27.19*kW)(1702090945)', '1-1:1.6.1*18(28.74)(1701121445)', '1-1:1.8.0(00051206*kWh)',
    '1-1:1.8.0*18(00049555)', '!'))


def test_example_a_of_the_older_manual(meter):
    with a_host(EXAMPLE_A, [READOUT_A], meter) as host:
        host.advance(1)
        assert values(host, 'Stromzaehler.Auslesung', 'Stromzaehler.Seriennummer') == [READOUT_A, '50871031']
        assert values(host, 'Stromzaehler.Ablesung.Uhrzeit', 'Stromzaehler.Ablesung.Datum') == [
            datetime.time(15, 54, 20), datetime.date(2017, 2, 14)]
        assert values(host, 'Stromzaehler.Ablesung.Monatszaehler', 'Stromzaehler.Maximum',
                      'Stromzaehler.Maximum.Zeit') == [18, 27.19, datetime.datetime(2017, 2, 9, 9, 45)]
        assert values(host, 'Stromzaehler.Energie', 'Stromzaehler.Energie.Einheit',
                      'Stromzaehler.Energie.Vormonat') == [51206, 'kWh', 49555]
        assert host.messages('WARNING') == []


def test_example_b_of_the_older_manual(meter):
    items = """
zaehler:
    type: num
    dlms_obis_code:
        - '1.8.0*00'
        - 0
        - 'Value'
        - 'num'
"""
    with a_host(items, ['0.0.0(72044837)(72044837)\r\n1.8.0*00(000783.16)(000783.16)\r\n!'], meter) as host:
        host.advance(1)
        assert host.item('zaehler')() == 783.16
        assert host.messages('WARNING') == []


@pytest.mark.parametrize(('attribute', 'item_type', 'expected', 'says'), [
    ("'1-1:1.8.0'", 'num', 51206, None),
    ("'1-1:1.8.0|0|Unit|str'", 'str', 'kWh', None),
    ("['1.8.0', 0]", 'str', '00051206', None),
    ("['1-1:1.8.0', -1, Value, num]", 'num', 51206, "'-1'"),
    ("['1-1:1.8.0', 0, unit, str]", 'str', 'kWh', 'Unit'),
    ("['1-1:1.8.0', 0, Value, number]", 'num', 51206, "'number'"),
    ("[96.1, 0, Value, str]", 'str', '4711', '96.1'),
    ("['']", 'str', '', 'no OBIS code'),
])
def test_every_spelling_gives_an_item_and_at_most_one_warning(meter, attribute, item_type, expected, says):
    items = f'an:\n    item:\n        type: {item_type}\n        dlms_obis_code: {attribute}\n'
    with a_host(items, ['1-1:1.8.0(00051206*kWh)\r\n0-0:96.1.0(4711)\r\n!'], meter) as host:
        warnings = host.messages('WARNING')
        host.advance(1)
        assert host.item('an.item')() == expected
        assert host.messages('WARNING') == warnings
        assert len(warnings) == (says is not None)
        if says:
            assert all(part in warnings[0] for part in ("'an.item'", 'dlms_obis_code', says))


def test_who_changed_an_item_can_be_seen(meter):
    with a_host("energy:\n    type: num\n    dlms_obis_code: '1.8.0'\n", ['1-1:1.8.0(7*kWh)'], meter) as host:
        host.advance(1)
        assert host.item('energy').property.last_change_by == 'dlms:1-1:1.8.0'


def test_a_value_that_does_not_fit_leaves_the_item_alone_and_is_said_once_until_it_fits(meter):
    items = "energy:\n    type: num\n    dlms_obis_code: ['1.7.0']\nother:\n    type: num\n    dlms_obis_code: '2.7.0'\n"
    answers = ['1.7.0(7*kWh)\r\n2.7.0(1)', *['1.7.0(-.--)\r\n2.7.0(2)'] * 3, '1.7.0(8*kWh)\r\n2.7.0(5)',
               '1.7.0()\r\n2.7.0(6)']
    with a_host(items, answers, meter) as host:
        host.advance(1)
        for count, energy, other in ((1, 7, 2), (1, 7, 2), (1, 7, 2), (1, 8, 5), (2, 8, 6)):
            assert host.plugin.query()
            assert values(host, 'energy', 'other') == [energy, other]
            assert len(host.messages('WARNING')) == count
        assert "'energy'" in host.messages('WARNING')[0]
        assert '-.--' in host.messages('WARNING')[0]


@pytest.mark.parametrize(('item_type', 'sent'), [
    ('num', ''), ('num', 'nan'), ('num', '1_000'), ('num', '12:30'), ('bool', ''),
])
def test_the_cores_casts_make_no_value_of_what_is_none(meter, item_type, sent):
    items = f"item:\n    type: {item_type}\n    initial_value: 1\n    dlms_obis_code: ['1.8.0', 0, Value, str]\n"
    with a_host(items, [f'1.8.0({sent})'], meter) as host:
        host.advance(1)
        assert host.item('item')() == 1
        assert len(host.messages('WARNING')) == 1


def test_dates_reach_text_items_as_text(meter):
    items = "day:\n    type: str\n    dlms_obis_code: ['0.9.2', 0, Value, D6]\n"
    with a_host(items, ['0.9.2(260228)'], meter) as host:
        host.advance(1)
        assert host.item('day')() == '2026-02-28'


def test_a_code_that_the_meter_does_not_send_is_said_once_with_similar_ones(meter):
    items = "a:\n    type: num\n    dlms_obis_code: '1-1:1.8.3'\nb:\n    type: num\n    dlms_obis_code: '1.8.0'\n"
    with a_host(items, ['1-1:1.8.0(7*kWh)\r\n1-1:1.8.1(7*kWh)'], meter) as host:
        host.advance(200)
        (warning,) = host.messages('WARNING')
        assert '1-1:1.8.3 (a)' in warning
        assert '1-1:1.8.1' in warning
        assert [(bound.path, bound.found, bound.missing, bound.similar[:1]) for bound in host.plugin.bound_items()] == [
            ('a', None, True, ('1-1:1.8.0',)), ('b', '1-1:1.8.0', False, ())]
        assert values(host, 'a', 'b') == [0, 7]


def test_a_code_that_means_several_lines_is_said_once(meter):
    answers = ['1-1:1.8.0(7*kWh)\r\n1-2:1.8.0(9*kWh)']
    with a_host("a:\n    type: num\n    dlms_obis_code: '1.8.0'\n", answers, meter) as host:
        host.advance(200)
        (warning,) = host.messages('WARNING')
        assert '1-1:1.8.0, 1-2:1.8.0' in warning
        assert host.item('a')() == 7


def test_the_text_item_can_be_switched_off(meter):
    items = 'on_:\n    type: str\n    dlms_obis_readout: yes\noff_:\n    type: str\n    dlms_obis_readout: no\n'
    with a_host(items, ['1.8.0(7)'], meter) as host:
        host.advance(1)
        assert values(host, 'on_', 'off_') == ['1.8.0(7)', '']


# --- status -----------------------------------------------------------------------------------------------------------

METER = 'meter:\n    struct: dlms.meter\nenergy:\n    type: num\n    dlms_obis_code: 1.8.0\n'
STATUS = ('online', 'last_readout', 'readout_age', 'duration', 'quality', 'checked', 'refused', 'cycle', 'failures', 'error',
          'identification', 'manufacturer', 'serial_number')


def status(host, *names):
    return values(host, *(f'meter.{name}' for name in names))


def test_status_of_a_meter_that_answers(meter):
    with a_host(METER, [a_readout('C.1.0(4711)\r\n1.8.0(7)', 2.04)], meter) as host:
        host.advance(1)
        assert status(host, *STATUS) == [
            True, datetime.datetime(2026, 3, 2, 11, tzinfo=datetime.timezone.utc), 0, 2.0, 0.01, 'parity, bcc', 0, 60, 0, '',
            '/LGZ5\\2ZMD3104407.B32', host.plugin.identity().manufacturer, '4711']
        assert 'Landis' in status(host, 'manufacturer')[0]
        assert host.messages('WARNING') == []


def test_a_failed_readout_changes_nothing_but_status(meter):
    with a_host(METER, ['1.8.0(7)', dlms.NoAnswer('the meter is silent', 'identification'), '1.8.0(8)'], meter) as host:
        host.advance(1)
        before = status(host, 'last_readout', 'duration', 'identification')
        updated = host.item('energy').property.last_update
        assert host.plugin.query() is False
        online, failures, error = status(host, 'online', 'failures', 'error')
        assert (online, failures) == (False, 1) and 'the meter is silent' in error
        assert status(host, 'last_readout', 'duration', 'identification') == before
        assert (host.item('energy')(), host.item('energy').property.last_update) == (7, updated)
        assert host.plugin.query() is True
        assert status(host, 'online', 'failures', 'error') == [True, 0, '']


def test_the_values_are_there_when_the_status_changes(meter):
    with a_host(METER, ['1.8.0(7)'], meter) as host:
        seen = []
        host.item('meter.online').add_method_trigger(lambda *_: seen.append(host.item('energy')()))
        host.advance(1)
        assert seen == [7]


def test_an_unknown_status_is_named_with_those_that_there_are(meter):
    items = 'one:\n    type: str\n    dlms_status: colour\ntwo:\n    type: bool\n    dlms_status: Online\n'
    with a_host(items, meter=meter) as host:
        host.advance(1)
        one, two = host.messages('WARNING')
        assert ("'one'" in one, 'serial_number' in one, "'two'" in two) == (True, True, True)
        assert values(host, 'one', 'two') == ['', True]


def unchecked(text):
    return a_readout(text, 60.0, checked=('parity', 'bcc', 'shape'))


@pytest.mark.parametrize('second, third, expected', [
    ('1.8.0(0000101.0*kWh)', '1.8.0(0000102.0*kWh)', [100, 101, 102]),
    ('1.8.0(0000010.0*kWh)', '1.8.0(0000102.0*kWh)', [100, 100, 102]),      # it was damaged
    ('1.8.0(0000010.0*kWh)', '1.8.0(0000011.0*kWh)', [100, 100, 11]),       # it is another meter
    ('1.8.0(0000900.0*kWh)', '1.8.0(0000101.0*kWh)', [100, 100, 101]),      # 800 kWh in a minute are not possible
])
def test_an_implausible_counter_waits_for_its_confirmation(meter, second, third, expected):
    readouts = [unchecked('1.8.0(0000100.0*kWh)'), unchecked(second), unchecked(third)]
    with a_host(METER, readouts, meter, max_power=100) as host:
        seen = []
        for _ in readouts:
            host.plugin.query()
            seen.append(host.item('energy')())
        assert seen == expected
        held_back = expected[0] == expected[1]
        assert status(host, 'refused', 'checked') == [held_back, 'parity, bcc, shape']
        assert [('1.8.0' in text) for text in host.messages('WARNING')] == [True] * held_back


def test_another_value_never_stands_in_for_one_that_was_lost(meter):
    """Without its current value a code could mean the stored one."""
    items = 'energy:\n    type: num\n    dlms_obis_code: 1.8.0\n'
    damaged = '1-1:1.8.0(0001\x7f\x0323.1*kWh)\r\n1-1:1.8.0*00(000099.0*kWh)\r\n!\r\n'
    content = parse(damaged)
    readout = dataclasses.replace(a_readout(), data_sets=content.data_sets, rejected=content.rejected)
    with a_host(items, ['1-1:1.8.0(000123.1*kWh)', readout], meter) as host:
        host.plugin.query()
        host.plugin.query()
        assert host.item('energy')() == 123.1 and host.plugin.value('1.8.0') is None
        assert host.messages('WARNING') == []


# --- log --------------------------------------------------------------------------------------------------------------

def test_a_remark_of_the_readout_is_said_once(meter):
    remarks = (Text('gelesen mit 300 Bd', 'read at 300 Bd'),)
    answers = [a_readout(remarks=remarks), a_readout(remarks=remarks), a_readout(), a_readout(remarks=remarks)]
    with a_host('', answers, meter) as host:
        for _ in range(4):
            host.plugin.query()
        assert host.messages('INFO', 'plugins').count('read at 300 Bd') == 2


def test_a_failure_is_told_with_its_cause_and_the_next_step(meter):
    silence = dlms.NoAnswer('no answer to the request in 3 s', 'identification')
    settings = dlms.Settings(serialport=PORT)
    silence.session = dlms.Session(settings, (dlms.Event('sent', 0.0, 300, b'/?!\r\n'),))
    with a_host(METER, [silence], meter, language='de') as host:
        host.plugin.query()
        (warning,) = host.messages('WARNING')
        assert 'Lesekopf' in warning and warning.count('no answer to the request in 3 s') == 1
        assert host.item('meter.error')() in warning


@pytest.mark.parametrize(('language', 'said', 'unsaid'), [
    ('de', 'er schweigt', 'it is silent'), ('en', 'it is silent', 'er schweigt')])
def test_a_failure_and_a_remark_are_told_in_the_users_language(meter, language, said, unsaid):
    silence = dlms.NoAnswer(Text('er schweigt', 'it is silent'), 'identification')
    silence.session = dlms.Session(dlms.Settings(serialport=PORT), (dlms.Event('sent', 0.0, 300, b'/?!\r\n'),))
    remark = Text('{count}-mal: er schweigt', '{count} times: it is silent', {'count': 2})
    with a_host('', [silence, a_readout(remarks=(remark,))], meter, language=language) as host:
        for _ in range(2):
            host.plugin.query()
        (warning,) = host.messages('WARNING')
        assert said in warning and unsaid not in warning
        assert remark.to(language) in host.messages('INFO', 'plugins')
        assert host.plugin.history.results()[0].error == said


def test_failures_are_said_once_and_so_is_the_end_of_them(meter):
    silence = dlms.NoAnswer('the meter is silent', 'identification')
    with a_host('', [silence, silence, silence, '1.8.0(7)', '1.8.0(7)', silence], meter) as host:
        for _ in range(3):
            host.plugin.query()
        (warning,) = host.messages('WARNING')
        assert 'the meter is silent' in warning
        host.plugin.query()
        host.plugin.query()
        assert len([text for text in host.messages('NOTICE', 'plugins') if 'after 3 failures' in text]) == 1
        host.plugin.query()
        assert len(host.messages('WARNING')) == 2


def test_the_meter_is_introduced_once(meter):
    with a_host('', ['C.1.0(4711)'], meter) as host:
        host.advance(200)
        told = [text for text in host.messages('NOTICE', 'plugins') if 'ZMD3104407' in text]
        assert len(told) == 1
        assert '4711' in told[0]


def test_a_bug_is_not_hidden(meter):
    with a_host('', [ZeroDivisionError('a bug')], meter) as host:
        with pytest.raises(ZeroDivisionError):
            host.plugin.query()
        assert not host.plugin.reading      # and the next readout is possible


def test_a_bug_in_the_reading_thread_is_logged_with_its_traceback_and_the_next_readout_comes(meter):
    with a_host(METER, [ZeroDivisionError('a bug'), '1.8.0(7)'], meter) as host:
        host.advance(1)
        (bug,) = [record for record in host.records if record.levelname == 'ERROR']
        assert (bug.name, bug.exc_info[0], 'dlms.read' in bug.getMessage()) == ('plugins.dlms', ZeroDivisionError, True)
        host.advance(65)
        assert host.item('energy')() == 7


# --- schedule ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(('parameters', 'first', 'distances'), [
    ({}, 0, [60, 60]),
    ({'update_cycle': 20}, 0, [20, 20]),
    ({'update_cycle': 20, 'update_cycle_start_offset': 7}, 7, [20, 20]),
    ({'update_cycle': 0, 'update_crontab': '*/5 * * *'}, 0, [300, 300]),
    ({'update_cycle': 0, 'update_crontab': '0 * * * * * | 30 * * * * *'}, 0, [30, 30]),
    ({'update_cycle': 40, 'update_crontab': '0 * * * * *'}, 0, [40, 20, 40]),
])
def test_schedule(meter, parameters, first, distances):
    with a_host('', [a_readout(duration=0.0)], meter, **parameters) as host:
        host.advance(sum(distances) + first + 5)
        assert meter.times[0] == pytest.approx(first, abs=0.6)
        found = [after - before for before, after in zip(meter.times, meter.times[1:], strict=False)]
        assert found[:len(distances)] == [pytest.approx(distance, abs=1.1) for distance in distances]


def test_without_cycle_and_crontab_it_reads_on_demand_only(meter):
    with a_host('', meter=meter, update_cycle=0) as host:
        host.advance(100000)
        assert meter.times == []
        assert host.plugin.query()
        assert host.plugin.next_readout is None
        assert host.messages('WARNING') == []
        (said,) = [text for text in host.messages('NOTICE', 'plugins') if 'update_crontab' in text]
        assert 'on demand only' in said


def test_the_cycle_follows_slow_readouts_and_comes_back(meter):
    answers = [a_readout(duration=80.0)] * 2 + [a_readout(duration=5.0)] * 30
    with a_host('cycle:\n    type: num\n    dlms_status: cycle\n', answers, meter) as host:
        assert host.item('cycle')() == 60
        host.advance(100)
        assert host.item('cycle')() == host.plugin.cycle.effective == 90
        assert '80.0 s' in host.plugin.cycle_reason
        host.advance(100 * 25)
        assert host.item('cycle')() == 60
        changes = [text for text in host.messages('NOTICE', 'plugins') if 'now read every' in text]
        assert ['every 90 s' in changes[0], 'every 60 s' in changes[1], len(changes)] == [True, True, 2]
        assert '80.0 s' in changes[0]
        last = meter.times[-2:]
        assert last[1] - last[0] == pytest.approx(66, abs=1.1)


def test_it_asks_a_silent_meter_less_often_until_it_answers(meter):
    answers = [dlms.NoAnswer('silence', 'identification')] * 8 + ['1.8.0(7)']
    with a_host(METER, answers, meter) as host:
        host.advance(60 * 2 + 5)
        assert status(host, 'cycle', 'failures') == [120, 3]
        host.advance(120 + 240 + 480 + 900 * 2)
        assert status(host, 'cycle', 'failures') == [900, 8]
        host.advance(905)
        assert status(host, 'cycle', 'failures') == [60, 0]
        # what a user sees of that: silence, less often, read again, the meter, as often as before
        assert [word for text in host.messages('NOTICE', 'plugins')
                for word in ('silence', 'now read every', 'read again', 'ZMD3104407') if word in text] == [
                    'silence', 'now read every', 'read again', 'ZMD3104407', 'now read every']


def test_one_slow_readout_changes_nothing(meter):
    answers = [a_readout(duration=2.0)] * 3 + [a_readout(duration=90.0)] + [a_readout(duration=2.0)]
    with a_host(METER, answers, meter) as host:
        host.advance(60 * 30)
        assert status(host, 'cycle') == [60] and len(meter.times) > 25
        assert not [text for text in host.messages('INFO', 'plugins') if 'now read every' in text]


def test_a_missing_port_is_looked_for_with_each_cycle(meter):
    with a_host(METER, [dlms.PortError('no such port')], meter) as host:
        host.advance(60 * 10 + 8)
        assert status(host, 'cycle', 'failures') == [60, 11]


def test_a_cycle_that_changes_does_not_lose_the_crontab(meter):
    with a_host('', [a_readout(duration=800.0)], meter, update_crontab='0 12 * *') as host:
        host.advance(1000)
        assert host.plugin.cycle.effective == 810
        entry = host.sh.scheduler.get('plugins.dlms.poll')
        assert (entry['cycle'], list(entry['cron'])) == ({810: None}, ['0 12 * *'])


def test_a_readout_that_is_still_running_is_no_reason_to_warn_before_the_first_has_ended(meter):
    """How long the meter takes, and with that the cycle, is not known yet."""
    def due_meanwhile():
        host.plugin.poll_device()
        return '1.8.0(1*kWh)'
    busy = 'The previous readout is still running'
    with a_host(answers=[due_meanwhile], meter=meter) as host:
        host.advance(30)
        assert len(host.plugin.history.results()) == 1 and not [m for m in host.messages() if busy in m]
        host.advance(180)
        assert len(host.plugin.history.results()) > 2 and len([m for m in host.messages() if busy in m]) == 1


# --- one readout at a time --------------------------------------------------------------------------------------------

def test_a_second_readout_at_a_time_is_refused_and_once_told_when_the_cycle_is_known(meter):
    refused = []
    with a_host('', meter=meter, update_cycle=0) as host:
        plugin = host.plugin

        def meanwhile():
            assert plugin.reading
            assert plugin.progress.characters == 10
            refused.extend([plugin.query(), plugin.query(), plugin.request_readout()])
            plugin.poll_device()
            return '1.8.0(7)'

        meter.answers = [meanwhile]
        for warnings in (0, 1, 1):      # how long it takes is not known while it is read for the first time
            assert plugin.query()
            assert len(host.messages('WARNING')) == warnings
        assert refused == [False] * 9
        assert (plugin.reading, plugin.progress) == (False, None)


# --- start, stop, pause -----------------------------------------------------------------------------------------------

class Waiting:
    """A meter that takes for ever: query() waits until it is told to stop, or, where it is deaf, until it is released."""

    def __init__(self, deaf=False):
        self.begun, self.ended, self.released = threading.Event(), threading.Event(), threading.Event()
        self.deaf = deaf
        self.threads = []

    def query(self, config, *, stopped, progress=None, memory=None):
        self.threads.append(threading.current_thread())
        self.begun.set()
        while not (self.released.wait(10) if self.deaf else stopped()):
            time.sleep(0.005)
        self.ended.set()
        if self.deaf:
            return a_readout('1.8.0(7)')
        raise dlms.ReadoutStopped('asked to stop')


@pytest.fixture
def waiting(monkeypatch):
    meter = Waiting()
    monkeypatch.setattr(dlms, 'query', meter.query)
    return meter


@pytest.fixture
def deaf(monkeypatch):
    meter = Waiting(deaf=True)
    monkeypatch.setattr(dlms, 'query', meter.query)
    yield meter
    meter.released.set()


def seconds_of(function):
    began = time.monotonic()
    function()
    return time.monotonic() - began


def test_the_scheduler_hands_over_and_goes_on(waiting):
    with a_host(METER) as host:
        plugin = host.plugin
        assert min(seconds_of(plugin.poll_device) for _ in range(5)) < 0.005
        assert waiting.begun.wait(3)
        assert (plugin.reading, plugin.query(), plugin.request_readout()) == (True, False, False)
        (thread,) = waiting.threads
        assert thread.name == 'plugins.dlms.read'
        plugin.stop()
        thread.join(1)
        assert (thread.is_alive(), plugin.reading, host.messages('WARNING')) == (False, False, [])


def test_between_readouts_there_is_no_thread(meter):
    with a_host('', ['1.8.0(7)'], meter) as host:
        before = threading.active_count()
        host.advance(200)
        assert host.plugin._store.flush(5)
        assert (len(meter.times), threading.active_count()) == (4, before)


def test_stop_ends_a_running_readout_and_run_begins_again(waiting):
    with Host({'serialport': PORT}, METER, live=True) as host:
        for _ in range(2):
            assert waiting.begun.wait(3)
            host.plugin.stop()
            assert waiting.ended.wait(1)
            assert (host.plugin.alive, host.plugin.reading) == (False, False)
            assert host.sh.scheduler.get('plugins.dlms.poll') is None
            assert host.plugin.next_readout is None
            waiting.begun.clear(), waiting.ended.clear()
            host.plugin.run()
        assert waiting.begun.wait(3)
        assert host.stop() == []
        assert host.messages('WARNING', 'plugins') == []
        assert status(host, 'failures') == [0]


@pytest.mark.parametrize('how', ['poll', 'query'])
def test_stop_does_not_wait_for_a_readout_that_does_not_end_and_run_does_not_revive_it(deaf, meter, monkeypatch, how):
    """What it says at last is nobody's."""
    monkeypatch.setattr(dlms, 'query', deaf.query)
    with a_host(METER) as host:
        plugin, results = host.plugin, []
        if how == 'poll':
            plugin.poll_device()
        else:
            threading.Thread(target=lambda: results.append(plugin.query())).start()
        assert deaf.begun.wait(3)
        assert seconds_of(plugin.stop) < 0.1
        assert (plugin.alive, plugin.reading, plugin.progress) == (False, False, None)
        monkeypatch.setattr(dlms, 'query', meter.query)
        meter.answers = ['1.8.0(8)']
        plugin.run()
        host.advance(1)
        assert host.item('energy')() == 8
        deaf.released.set()
        deaf.threads[0].join(3)
        assert (host.item('energy')(), results) == (8, [] if how == 'poll' else [False])
        assert [result.ok for result in plugin.history.results()] == [True]


def test_fifty_instances_stop_within_a_second_while_all_are_read(deaf):
    sections = {f'meter{number}': {'serialport': f'/dev/tty{number}', 'instance': f'm{number}'} for number in range(50)}
    with Host(sections=sections) as host:
        plugins = list(host.sh.plugins.return_plugins())
        for plugin in plugins:
            plugin.poll_device()
        assert all(plugin.reading for plugin in plugins)
        assert seconds_of(lambda: [plugin.stop() for plugin in plugins]) < 1
        assert not any(plugin.reading for plugin in plugins) and not deaf.ended.is_set()
        deaf.released.set()
        assert host.stop() == []


def test_what_an_item_stops_hands_over_no_more(meter):
    items = METER + 'pause:\n    type: bool\n' + ''.join(
        f'{name}:\n    type: num\n    dlms_obis_code: {code}\n' for name, code in (('a', '1.8.0'), ('b', '2.8.0')))
    with a_host(items, ['1.8.0(7)\r\n2.8.0(8)'], meter, pause_item='pause') as host:
        host.item('a').add_method_trigger(lambda *_: host.item('pause')(True, 'test'))
        host.advance(1)
        assert values(host, 'a', 'b', 'meter.online', 'pause') == [7, 0, False, True]


def test_nothing_is_read_while_stopped(meter):
    with a_host('', meter=meter) as host:
        host.plugin.stop()
        assert host.plugin.query() is False
        assert host.plugin.request_readout() is False
        host.plugin.poll_device()       # an entry that was queued already
        host.advance(1000)
        assert meter.times == []


PAUSE = 'pause:\n    type: bool\n    initial_value: {}\nenergy:\n    type: num\n    dlms_obis_code: 1.8.0\n'


@pytest.mark.parametrize('initial', [False, True])
def test_pause_item(meter, initial):
    with a_host(PAUSE.format(initial), ['1.8.0(7)'], meter, pause_item='pause') as host:
        pause, plugin = host.item('pause'), host.plugin
        assert (plugin.alive, pause()) == (True, False)
        pause(True, 'test')
        assert plugin.alive is False
        pause(False, 'test')
        assert plugin.alive is True
        plugin.stop()
        assert pause() is True      # it shows what is
        plugin.run()
        assert (plugin.alive, pause()) == (True, False)
        host.advance(1)
        assert host.item('energy')() == 7
        assert host.messages('WARNING') == []


def test_a_pause_item_that_does_not_exist_is_named(meter):
    with a_host('', meter=meter, pause_item='no.such') as host:
        (warning,) = host.messages('WARNING')
        assert 'no.such' in warning
        assert host.plugin.alive


def test_a_value_may_pause_the_plugin_that_delivers_it(meter):
    with a_host(PAUSE.format(False), ['1.8.0(7)'], meter, pause_item='pause') as host:
        host.item('energy').add_method_trigger(lambda *_: host.item('pause')(True, 'test'))
        begun = time.monotonic()
        assert host.plugin.query()
        assert time.monotonic() - begun < 0.4
        assert not host.plugin.alive


def test_reload_and_removed_items(meter):
    with a_host(METER, ['1.8.0(7)'], meter) as host:
        host.reload()
        host.advance(1)
        assert host.item('energy')() == 7
        assert host.plugin.remove_item(host.item('energy'))
        assert host.plugin.alive
        meter.answers = ['1.8.0(8)']
        assert host.plugin.query()
        assert host.item('energy')() == 7
        host.plugin.deinit()
        assert (host.plugin.alive, host.plugin.bound_items()) == (False, [])


def test_after_a_reload_the_pause_item_is_the_new_plugins(meter):
    with a_host(PAUSE.format(False), ['1.8.0(7)'], meter, pause_item='pause') as host:
        before, pause = host.plugin, host.item('pause')
        host.reload()
        after = host.plugin
        assert (after is before, before.alive, after.alive, pause()) == (False, False, True, False)
        pause(True, 'test')
        assert (before.alive, after.alive) == (False, False)
        pause(False, 'test')
        assert (before.alive, after.alive) == (False, True)
        host.advance(1)
        assert (host.item('energy')(), len(meter.times)) == (7, 1)


def test_a_paused_plugin_stays_so_when_it_is_reloaded(meter):
    with a_host(PAUSE.format(False), ['1.8.0(7)'], meter, pause_item='pause') as host:
        host.item('pause')(True, 'test')
        host.reload()
        host.advance(200)
        assert (host.plugin.alive, host.item('pause')(), meter.times) == (False, True, [])
        host.item('pause')(False, 'test')
        host.advance(1)
        assert (host.plugin.alive, host.item('energy')()) == (True, 7)


def test_what_the_reader_remembers_outlives_a_pause_but_not_a_reload(meter):
    with a_host('', ['1.8.0(7)'], meter, update_cycle=0) as host:
        host.plugin.query()
        host.plugin.stop()
        host.plugin.run()
        host.plugin.query()
        host.reload()
        host.plugin.query()
        first, second, third = meter.memories
        assert (second is first, third is first) == (True, False)


# --- meters that send by themselves -----------------------------------------------------------------------------------

class Stream:
    """Stands for a meter that pushes: telegrams in turn, then silence until the end."""

    def __init__(self, *telegrams):
        self.telegrams = telegrams
        self.silent = threading.Event()

    def listen(self, config, *, stopped, failed, memory):
        for telegram in self.telegrams:
            if isinstance(telegram, Exception):
                failed(telegram)
            else:
                yield telegram
        self.silent.set()
        while not stopped():
            time.sleep(0.05)


def pushed(value, at):
    return a_readout(f'1.8.0({value})', at=1772449200.0 + at, checked=('crc',))


def a_listening_host(monkeypatch, stream, **parameters):
    monkeypatch.setattr(dlms, 'listen', stream.listen)
    monkeypatch.setattr(dlms, 'query', lambda *_, **__: pytest.fail('asked'))
    host = Host({'serialport': PORT, 'only_listen': True, 'update_cycle': 0, **parameters}, METER, language='en',
                start=False)
    host.taken = []
    host.item('energy').add_method_trigger(lambda item, *_: host.taken.append(item()))
    host.start()
    assert stream.silent.wait(3)
    return host


def test_listening_hands_over_each_telegram(monkeypatch):
    stream = Stream(*(pushed(number, number) for number in range(1, 6)))
    with a_listening_host(monkeypatch, stream) as host:
        assert host.taken == [1, 2, 3, 4, 5]
        assert (host.plugin.listening, host.plugin.reading, host.plugin.query()) == (True, False, False)
        assert host.messages('WARNING') == []
        begun = time.monotonic()
        host.plugin.stop()
        assert time.monotonic() - begun < 0.5
        assert not host.plugin.listening
        host.taken.clear()
        stream.silent.clear()
        host.plugin.run()
        assert stream.silent.wait(3)
        assert host.taken == [1, 2, 3, 4, 5]
        assert host.stop() == []


def test_listening_with_an_interval_also_when_the_clock_is_set_back(monkeypatch):
    stream = Stream(*(pushed(number, at) for number, at in enumerate((0, 1, 9.9, 10, 19, 21, -500, -495, -489), 1)))
    with a_listening_host(monkeypatch, stream, min_interval=10) as host:
        assert host.taken == [1, 4, 6, 7, 9]


def test_listening_holds_back_as_asking_does(monkeypatch):
    waits = dlms.Unconfirmed(Text('neu', 'new'), readout=a_readout('1.8.0(7)\r\n2.8.0(7)'))
    telegrams = [dataclasses.replace(pushed(value, at), checked=('parity',)) for at, value in enumerate((100, 900, 101, 9, 10))]
    stream = Stream(*telegrams, waits)
    with a_listening_host(monkeypatch, stream) as host:
        assert host.taken == [100, 101, 10]
        assert status(host, 'online', 'failures', 'refused', 'error') == [True, 0, 4, '']
        assert len(host.messages('WARNING')) == 2
        assert host.plugin.accept_now() and host.taken == [100, 101, 10, 7]     # although the thread holds the line
        assert host.plugin.forget_shape() and host.plugin.known_shapes == 0


def test_listening_to_another_meter_feeds_no_item(monkeypatch):
    stream = Stream(*(a_readout(f'0.0.0({number})\r\n1.8.0({number})', checked=('crc',)) for number in (1, 2, 2, 1)))
    with a_listening_host(monkeypatch, stream, meter_number='1') as host:
        assert host.taken == [1]
        (warning,) = host.messages('WARNING')
        assert 'number 2 instead of 1' in warning
        assert status(host, 'online', 'refused') == [True, 0]


def test_listening_tells_failures_as_asking_does(monkeypatch):
    stream = Stream(pushed(1, 0), dlms.ProtocolError('damaged'), dlms.ProtocolError('damaged'), pushed(2, 9))
    with a_listening_host(monkeypatch, stream) as host:
        assert host.taken == [1, 2]
        (warning,) = host.messages('WARNING')
        assert 'damaged' in warning
        assert host.plugin.history.success_rate == 0.5


def test_a_bug_in_the_listening_thread_is_logged(monkeypatch):
    stream = Stream(pushed(1, 0), 'no readout')
    monkeypatch.setattr(dlms, 'listen', stream.listen)
    with Host({'serialport': PORT, 'only_listen': True, 'update_cycle': 0}, METER) as host:
        while host.plugin.listening:
            time.sleep(0.005)
        (bug,) = [record for record in host.records if record.levelname == 'ERROR']
        assert bug.exc_info
        assert status(host, 'online') == [False]
        assert host.stop() == []


@pytest.mark.parametrize(('parameters', 'distance'), [
    ({'update_cycle': 60}, 60),
    ({'update_cycle': 0, 'update_crontab': '@hourly'}, 3600),
])
def test_listening_at_times_takes_one_telegram_each(meter, parameters, distance):
    with a_host('', meter=meter, only_listen=True, **parameters) as host:
        host.advance(distance * 2 + 5)
        assert len(meter.times) == 3
        assert meter.configs[0].only_listen is True
        assert not host.plugin.listening


# --- instances --------------------------------------------------------------------------------------------------------

def test_instances_have_their_own_items(monkeypatch):
    texts = {'/dev/one': '1.8.0(1)', '/dev/two': '1.8.0(2)'}
    memories = []

    def query(config, *, memory, **_):
        memories.append(memory)
        return a_readout(texts[config.serialport])

    monkeypatch.setattr(dlms, 'query', query)
    sections = {'first': {'serialport': '/dev/one', 'instance': 'one'},
                'second': {'serialport': '/dev/two', 'instance': 'Two'}}
    items = """
one:
    type: num
    dlms_obis_code@one: 1.8.0
both:
    type: num
    dlms_obis_code@one: 1.8.0
    dlms_obis_code@two: ['1.8.0', 0, Value, num]
each:
    type: num
    dlms_obis_code@*: 1.8.0
none:
    type: num
    dlms_obis_code: 1.8.0
house:
    struct: dlms.consumption
    instance: two
"""
    with Host(sections=sections, items=items, language='en') as host:
        host.plugin_of('first').query()
        assert values(host, 'one', 'both', 'each', 'none', 'house.total') == [1, 1, 1, 0, 0]
        host.plugin_of('second').query()
        assert values(host, 'one', 'both', 'each', 'none', 'house.total') == [1, 2, 2, 0, 2]
        assert host.item('each').property.last_change_by == 'dlms_two:1.8.0'
        assert memories[0] is not memories[1]


def test_structs_make_a_household(meter):
    items = '\n'.join(f'{name}:\n    struct: dlms.{name}' for name in ('consumption', 'feed_in', 'power', 'meter'))
    text = '\r\n'.join((
        '1-1:C.1.0(4711)', '1-1:1.8.0(10.5*kWh)', '1-1:1.8.1(4*kWh)', '1-1:1.8.2(6.5*kWh)', '1-1:2.8.0(3*kWh)',
        '1-1:2.8.1(1*kWh)', '1-1:2.8.2(2*kWh)', '1-1:1.7.0(0.4*kW)', '1-1:2.7.0(0*kW)'))
    with a_host(items, [text], meter) as host:
        host.advance(1)
        assert values(host, 'consumption.total', 'consumption.total.unit', 'consumption.tariff_1', 'consumption.tariff_2',
                      'feed_in.total', 'feed_in.total.unit', 'feed_in.tariff_1', 'feed_in.tariff_2') == [
                          10.5, 'kWh', 4, 6.5, 3, 'kWh', 1, 2]
        assert values(host, 'power.consumption', 'power.consumption.unit', 'power.feed_in') == [0.4, 'kW', 0]
        assert status(host, 'online', 'serial_number') == [True, '4711']
        assert host.messages('NOTICE', 'lib') == []
        assert host.messages('WARNING', 'plugins') == []


# --- configuration ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('language', ['de', 'en'])
@pytest.mark.parametrize(('parameters', 'says'), [
    ({'serialport': ''}, {'de': 'serialport ist leer', 'en': 'serialport is empty'}),
    ({'device_address': '!'}, {'de': "device_address '!': möglich", 'en': "device_address '!': at most"}),
])
def test_a_configuration_that_cannot_work_is_an_error_but_the_plugin_stays(meter, parameters, says, language):
    with a_host(METER, meter=meter, language=language, **parameters) as host:
        (error,) = host.messages('WARNING')
        assert says[language] in error
        assert status(host, 'online', 'error') == [False, host.plugin.config_error]
        assert host.plugin.query() is False
        host.advance(200)
        assert meter.times == []
        assert host.plugin.alive


def test_the_configuration_of_the_older_plugin_is_taken_as_it_is(meter):
    older = {'baudrate': 300, 'baudrate_fix': False, 'update_cycle': 900, 'device_address': '', 'querycode': '?',
             'timeout': 2, 'use_checksum': True, 'only_listen': False, 'reset_baudrate': True, 'no_waiting': False}
    with a_host('', meter=meter, **older) as host:
        host.advance(1)
        settings = meter.configs[0]
        assert (settings.timeout, settings.baudrate, settings.querycode) == (2, 300, '?')
        assert host.messages('NOTICE', 'lib') == []
        assert host.messages('WARNING', 'plugins') == []


def test_without_parameters_the_reader_has_its_own_defaults(meter):
    with a_host('', meter=meter) as host:
        host.advance(1)
        assert meter.configs[0] == dlms.Settings(serialport=PORT)


# --- for logics and the page ------------------------------------------------------------------------------------------

def test_functions_for_logics(meter):
    with a_host('', ['1-1:1.8.0(00051206*kWh)(7)'], meter) as host:
        plugin = host.sh.dlms
        assert (plugin.value('1.8.0'), plugin.unit('1.8.0'), plugin.readout()) == (None, None, '')
        assert plugin.query() is True
        assert (plugin.value('1.8.0'), plugin.unit('1.8.0')) == ('00051206', 'kWh')
        assert (plugin.value('1.8.0', 1), plugin.unit('1.8.0', 1)) == ('7', None)
        assert (plugin.value('1.8.0', 2), plugin.value('1.8.0', -1), plugin.value('2.8.0')) == (None, None, None)
        assert plugin.readout() == '1-1:1.8.0(00051206*kWh)(7)'


def test_what_the_page_is_told(meter):
    with a_host(METER, ['1.8.0(7)'], meter, update_cycle_start_offset=30) as host:
        plugin = host.plugin
        assert plugin.identity().identification == ''
        assert plugin.next_readout == host.clock.now() + datetime.timedelta(seconds=30)
        assert plugin.request_readout() is True
        for thread in threading.enumerate():
            if thread.name == 'plugins.dlms.read':
                thread.join(5)
        assert plugin.history.readout.text == '1.8.0(7)'
        assert plugin.identity().type == 'ZMD3104407.B32'
        assert plugin.cycle_reason == 'as configured'


def test_without_the_http_module_there_is_just_no_page(meter):
    with a_host('', ['1.8.0(7)'], meter) as host:
        assert host.plugin.query()


@pytest.mark.parametrize('language', ['de', 'en'])
def test_messages_come_in_one_language(meter, language):
    items = "a:\n    type: num\n    dlms_obis_code: [96.1, -1, value, foo]\n"
    with a_host(items, ['96.1(x)'], meter, language=language, update_cycle=0) as host:
        host.plugin.query()
        text = ' '.join(host.messages('INFO', 'plugins'))
        assert ('Anführungszeichen' in text, 'quotes' in text) == (language == 'de', language == 'en')
        assert not [text for text in host.messages('INFO', 'lib.translation') if 'No translation' in text]
