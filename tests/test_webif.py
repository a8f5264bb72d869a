# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The page in a real browser, the plugin in its host; readouts are handed to it. The fixture `page` fails on any complaint."""

import ast
import contextlib
import dataclasses
import itertools
import json
import queue
import re
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest
from plugins.dlms import dlms
from plugins.dlms.reader.obis.data_sets import Rejected, parse
from plugins.dlms.reader.texts import Text
from plugins.dlms.reader.wire.messages import Identification
from plugins.dlms.webif import tabs
from ruamel.yaml import YAML

from host import ROOT
from simulated_meter import MeterOptions, Simulation

PORT = '/dev/ttyDlms'
HOUSEHOLD = MeterOptions(mode='C', baudrate=9600)
ITEMS = """
house:
    consumption:
        struct: dlms.consumption
    forgotten:
        type: num
        dlms_obis_code: '1-1:1.8.7'
    online:
        type: bool
        dlms_status: online
"""
TEMPLATE = ''.join(path.read_text(encoding='utf-8') for path in sorted((ROOT / 'webif' / 'templates').glob('*.html')))
TRANSLATIONS = YAML(typ='safe').load((ROOT / 'locale.yaml').read_text(encoding='utf-8'))['plugin_translations']
TABS = [tab.name for tab in tabs.TABS]


class Reader:
    """Stands for dlms.query: a text is read as it is, an error is raised, None is the simulated meter's answer."""

    def __init__(self, query):
        self.query = query
        self.host = self.simulation = None
        self.answer = None

    def __call__(self, config, *, stopped=None, progress=None, memory=None):
        answer = self.answer() if callable(self.answer) else self.answer
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return self.query(config, stopped=stopped, progress=progress, memory=memory, clock=self.simulation.clock,
                              open_port=self.simulation.open_port)
        self.host.clock.sleep(1.5)
        content = parse(answer)
        return dlms.Readout(None, 'C', 9600, answer, content.data_sets, content.rejected, ('parity', 'bcc'), duration=1.5,
                            phases={'data': 1.5}, time=self.host.clock.time())


@pytest.fixture
def serve(new_host, monkeypatch):
    """serve(items, answer, ...) -> (host, reader): the page is served; time stands still between the advances."""
    reader = Reader(dlms.query)
    monkeypatch.setattr(dlms, 'query', reader)

    def start(items='', answer=None, run=True, meter=HOUSEHOLD, language='de', **parameters):
        host = new_host({'serialport': PORT, 'update_cycle': 60, **parameters}, items, http=True, language=language, start=False)
        reader.host, reader.answer = host, answer
        reader.simulation = Simulation(meter, clock=host.clock)
        if run:
            host.start()
            host.advance(10)
        return host, reader
    return start


@pytest.fixture
def page(page):
    page.set_default_timeout(5000)      # ms; nothing here takes a second
    return page


def title(name):
    """Where the title of the tab is, in its order."""
    return f'#tab_{TABS.index(name) + 1}'


def open_tab(page, name):
    if page.is_visible('#dlms-tabs-button'):
        page.click('#dlms-tabs-button')
    pane = page.locator(f'[data-tab="{name}"]').evaluate("part => part.closest('.tab-pane').id")
    page.click(f'#webif-tabs a[href="#{pane}"]')     # what is to be set up comes first while nothing is
    page.wait_for_selector(f'.tab-pane.active [data-tab="{name}"]')
    return page.locator(f'[data-tab="{name}"]')


def press_read(page):
    """Whether it can be read or not; the browser would not let a button be clicked that says it cannot."""
    page.locator('#dlms-read').dispatch_event('click')


def texts(page, selector):
    return [' '.join(text.split()) for text in page.locator(selector).all_inner_texts()]


def refresh(page):
    """One look of the page's own, now."""
    page.evaluate("new Promise(done => $(document).one('ajaxStop', done) && shngGetUpdatedData())")


def column(page, table, number):
    return texts(page, f'#{table}-table tbody tr td:nth-child({number})')


# --- what is there ----------------------------------------------------------------------------------------------------

def test_all_tabs_of_a_household(serve, page):
    host, reader = serve(ITEMS)
    page.goto(host.url())
    sent = reader.simulation.meter.sent[-1].values
    head = texts(page, '#dlms-head')[0]
    for text in ('Landis+Gyr', '(LGZ)', 'ZMD3104407.B32', sent['1-1:0.0.0'][0], 'Modus C, 9600 Bd', PORT, 'gelesen',
                 '60 s, wie eingestellt', '100 % von 1'):
        assert text in head
    open_tab(page, 'readout')
    rows = dict(zip(column(page, 'readout', 2), page.locator('#readout-table tbody tr').all_inner_texts(), strict=True))
    assert list(rows) == list(dict.fromkeys(d.code for d in host.plugin.history.readout.data_sets))
    assert [text.strip() for text in rows['1-1:1.8.0'].split('\t')[-5:]] == [
        '1-1:1.8.0', 'Wirkenergie Bezug gesamt', sent['1-1:1.8.0'][0], 'kWh',
        '\n'.join(bound.path for bound in host.plugin.bound_items() if bound.found == '1-1:1.8.0')]
    page.click('#dlms-raw summary')
    page.wait_for_function("document.getElementById('dlms-text').textContent.includes('1-1:1.8.0(')")
    open_tab(page, 'items')
    items = dict(zip(column(page, 'items', 2), page.locator('#items-table tbody tr').all_inner_texts(), strict=True))
    assert re.sub(r'vor \d+ s', '', items['house.consumption.total']).split() == [
        'house.consumption.total', str(float(sent['1-1:1.8.0'][0])).replace('.', ','), '1.8.0', '1-1:1.8.0', '0', 'Value', 'num',
        '02.03.2026', items['house.consumption.total'].split()[-1]]
    assert 'fehlt' in items['house.forgotten'] and 'ähnlich: 1-1:1.8.0' in items['house.forgotten']
    assert 'ja' in items['house.online'].split() and 'Status: online' in items['house.online']
    assert texts(page, title('items')) == ['Items1 fehlt']
    open_tab(page, 'fresh')
    assert set(column(page, 'fresh', 3)) == set(rows) - {'1-1:1.8.0', '1-1:1.8.1', '1-1:1.8.2'}
    open_tab(page, 'course')
    page.wait_for_function("Object.values(Chart.instances).some(chart => chart.data.datasets[0].data.length === 1)")
    assert page.input_value('#course-code') == '1-1:1.7.0'
    open_tab(page, 'diagnosis')
    assert texts(page, '#verdict-title') == ['Die Auslesung ist gelungen']
    assert texts(page, '#sessions-table tbody tr')[0].endswith('Parität, BCC, zweite Kopie ungestört 1 mit Nummern ohne Nummern')
    assert page.get_attribute('#sessions-table .dlms-phases .data', 'title').startswith('Daten ')


def test_english_page_has_no_german_in_it(serve, page):
    host, _ = serve(ITEMS, language='en')
    page.goto(host.url())
    text = ''.join(open_tab(page, name).inner_text() for name in TABS)
    text += page.inner_text('body') + ''.join(page.locator('.dlms-texts').all_text_contents())
    text += ''.join(page.locator('[title], [aria-label], [placeholder]').evaluate_all(
        "all => all.map(e => `${e.title}\\n${e.ariaLabel}\\n${e.placeholder}\\n`)"))
    german = [key for key, entry in TRANSLATIONS.items() if entry['en'] != '=' and len(key) > 3 and key not in entry['en']]
    assert [key for key in german if re.search(rf'(?<!\w){re.escape(key)}(?!\w)', text)] == []
    assert 'Active energy import total' in text


def test_every_text_is_translated_and_none_is_left_over():
    frame = set(re.findall(r"_\('(.*?)'[,)]", TEMPLATE))
    asked, written = set(), set()
    for path in (path for pattern in ('__init__.py', 'webif/*.py', 'plugin/*.py') for path in ROOT.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                written.add(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, 'attr', getattr(node.func, 'id', '')) in ('say', 'translate') \
                    and isinstance(node.args[0], ast.Constant):
                asked.add(node.args[0].value)
            if path.parent.name == 'webif' and isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) \
                    and getattr(node.targets[0], 'id', '').isupper():
                values = [value.elts[1] if isinstance(value, ast.Tuple) else value for value in node.value.values]
                asked |= {value.value for value in values}
    assert len(frame) > 60 and len(asked) > 50
    assert (frame | asked) - set(TRANSLATIONS) == set()
    assert set(TRANSLATIONS) - written - frame == set()
    for key, entry in TRANSLATIONS.items():
        assert set(entry) == {'de', 'en'} and entry['de'] == '='
        gaps = re.compile(r'{\w+}|_[A-Z]+_')
        assert entry['en'] == '=' or sorted(gaps.findall(entry['en'])) == sorted(gaps.findall(key))


# --- what changes -----------------------------------------------------------------------------------------------------

def test_it_refreshes_by_itself_and_keeps_tab_page_and_search(serve, page):
    lines = ''.join(f'1-1:{number}.7.0(0000{number}*kWh)\r\n' for number in range(1, 62))
    host, reader = serve(answer=lines)
    page.goto(host.url())
    open_tab(page, 'fresh')
    page.click('[data-tab="fresh"] .paginate_button:has-text("2")')
    page.fill('[data-tab="fresh"] .dataTables_filter input', '7.0')
    page.click('[data-tab="fresh"] .paginate_button:has-text("2")')
    before = column(page, 'fresh', 3)
    assert 1 < len(before) < 50
    page.fill('#update_interval', '0.2')
    reader.answer = lines.replace('(00001*', '(77777*').replace('(000061*', '(99999*')
    host.advance(60)
    page.wait_for_function("$('#fresh-table').text().includes('99999')")
    assert column(page, 'fresh', 3) == before
    assert page.locator(f"{title('fresh')} a.active").count() == 1
    reader.answer = lines + '1-1:62.7.0(1*kWh)\r\n'      # another row: all of them come anew
    host.advance(60)
    page.wait_for_function("$('#fresh-table').text().includes('1-1:62.7.0')")
    assert column(page, 'fresh', 3) == [*before, '1-1:62.7.0']
    page.fill('#update_interval', '5')
    page.reload()
    page.wait_for_selector('.tab-pane.active [data-tab="fresh"]')
    assert column(page, 'fresh', 3) == [*before, '1-1:62.7.0']


def test_read_now(serve, page):
    host, reader = serve()
    page.goto(host.url())
    first = page.inner_text('#head-last')
    release = threading.Event()

    def until_released():
        release.wait(10)

    reader.answer = until_released
    page.click('#dlms-read')
    page.wait_for_function("document.getElementById('dlms-notice').textContent === 'Der Zähler wird gelesen'")
    refresh(page)
    assert (page.inner_text('#head-status'), page.get_attribute('#dlms-read', 'aria-disabled')) == ('wird gerade gelesen', 'true')
    press_read(page)
    page.wait_for_function("document.getElementById('dlms-notice').textContent === 'Es läuft schon eine Auslesung'")
    release.set()
    page.wait_for_function("text => document.getElementById('head-last').textContent !== text", arg=first)
    page.wait_for_function("document.getElementById('dlms-notice').textContent === ''")
    assert len(reader.simulation.meter.sent) == 2
    host.plugin.stop()
    press_read(page)
    page.wait_for_function("document.getElementById('dlms-notice').textContent === 'Das Plugin ist angehalten'")
    host.advance(5)
    assert len(reader.simulation.meter.sent) == 2


def ask(url, method='GET', **headers):
    request = urllib.request.Request(url, method=method, data=b'' if method == 'POST' else None, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, ''


def test_a_foreign_page_cannot_have_the_meter_read(serve):
    host, reader = serve()
    url = host.url() + 'read'
    header = {'X-Requested-With': 'x'}
    assert [ask(url)[0], ask(url, 'HEAD')[0], ask(url, **header)[0], ask(url, 'POST')[0]] == [405, 405, 405, 403]
    host.advance(10)
    assert len(reader.simulation.meter.sent) == 1
    assert json.loads(ask(url, 'POST', **header)[2]) == {'ok': True, 'message': 'Der Zähler wird gelesen'}
    host.advance(10)
    host.plugin._worker.wait(5)
    assert len(reader.simulation.meter.sent) == 2


# --- what is held back ------------------------------------------------------------------------------------------------

HELD = '1-1:0.0.0(7)\r\n1-1:1.8.0(000{}.0*kWh)\r\n1-1:2.8.0(000001.0*kWh)\r\n!\r\n'


@pytest.mark.parametrize(('language', 'about', 'reason', 'accepted'), [
    ('de', 'Zurückgehalten, bis die nächste Auslesung es bestätigt: 1 von 3 Datensätzen, ', 'ist kleiner als der Wert davor',
     'Übernommen'),
    ('en', 'Held back until the next readout confirms it: 1 of 3 data sets, ', 'is below the value before', 'Accepted')])
def test_what_is_held_back_can_be_accepted(serve, page, language, about, reason, accepted):
    host, reader = serve(ITEMS, HELD.format(100), language=language)
    page.goto(host.url())
    open_tab(page, 'readout')
    assert not page.is_visible('#dlms-held')
    reader.answer = HELD.format('090')
    host.advance(60)
    refresh(page)
    assert page.inner_text('#held-about').startswith(about)
    assert texts(page, '#held-rows td') == ['1-1:1.8.0(000090.0*kWh)', reason]
    assert not page.is_visible('#dlms-rejected') and column(page, 'readout', 2) == ['1-1:0.0.0', '1-1:2.8.0']
    page.click('#dlms-accept')
    page.wait_for_function("text => document.getElementById('dlms-notice').textContent === text", arg=accepted)
    page.wait_for_selector('#dlms-held', state='hidden')
    assert host.item('house.consumption.total')() == 90
    assert column(page, 'readout', 2) == ['1-1:0.0.0', '1-1:1.8.0', '1-1:2.8.0']
    open_tab(page, 'diagnosis')
    assert page.inner_text('#verdict-held_back').endswith(': 1')


def test_a_readout_that_waits_shows_as_one_that_waits(serve, page):
    host, reader = serve(ITEMS, HELD.format(100))
    content = parse(HELD.format(101))
    readout = dlms.Readout(None, 'C', 9600, '', content.data_sets, (), ('bcc',), duration=1.0, time=host.clock.time())
    reader.answer = dlms.Unconfirmed(Text('noch keine zweite Kopie', 'no second copy yet'), readout=readout)
    host.advance(60)
    page.goto(host.url())
    assert texts(page, '#head-status, #head-detail') == ['wartet', 'Wartet auf eine zweite Kopie']
    assert page.get_attribute('#head-status', 'class') == 'waiting'
    open_tab(page, 'readout')
    assert page.inner_text('#held-about').endswith(': noch keine zweite Kopie')
    assert [text for text in texts(page, '#held-rows td') if text] == [str(data_set) for data_set in content.data_sets]
    open_tab(page, 'diagnosis')
    assert texts(page, '#verdict-title, #sessions-table tr:first-child td.result') == [
        'Die letzte Auslesung wartet auf eine zweite Kopie', 'Wartet auf eine zweite Kopie']
    assert page.locator('#sessions-table tr.failed').count() == 0 and texts(page, title('diagnosis')) == ['Diagnose']
    open_tab(page, 'readout')
    page.click('#dlms-accept')
    page.wait_for_selector('#dlms-held', state='hidden')
    assert host.item('house.consumption.total')() == 101
    reader.answer = HELD.format(102)
    host.advance(60)
    refresh(page)
    assert texts(page, '#head-status') == ['gelesen']


def test_the_form_can_be_forgotten(serve, page):
    host, _ = serve()
    page.goto(host.url())
    open_tab(page, 'diagnosis')
    assert page.inner_text('#verdict-shapes') == 'Bekannte Formen der Auslesungen: 1'
    page.click('#dlms-forget')
    page.wait_for_function(
        "document.getElementById('dlms-notice').textContent === 'Vergessen: die nächste Auslesung zählt als die erste'")
    page.wait_for_selector('#dlms-forget', state='hidden')
    assert host.plugin.known_shapes == 0
    host.advance(60)
    refresh(page)
    assert page.is_visible('#dlms-forget')


def test_another_meter_is_named(serve, page):
    host, _ = serve(ITEMS, HELD.format(100), meter_number='8')
    page.goto(host.url())
    assert texts(page, '#head-status, #head-detail') == ['nicht gelesen', 'Ein anderer Zähler antwortet']
    open_tab(page, 'diagnosis')
    assert 'Nummer 7 statt 8' in page.inner_text('#verdict-text') and 'meter_number' in page.inner_text('#verdict-remedy')


@pytest.mark.parametrize('order', ['accept', 'forget'])
def test_a_foreign_page_cannot_order_anything(serve, order):
    host, reader = serve(ITEMS, HELD.format(100))
    reader.answer = HELD.format('090')
    host.advance(60)
    host.plugin._kept.memory.shapes = ('1.8.0(d)',)
    url, header = host.url() + order, {'X-Requested-With': 'x'}
    assert [ask(url)[0], ask(url, 'HEAD')[0], ask(url, **header)[0], ask(url, 'POST')[0]] == [405, 405, 405, 403]
    assert (host.plugin.holding.held is None, host.plugin.known_shapes) == (False, 1)
    assert [json.loads(ask(url, 'POST', **header)[2])['ok'] for _ in range(2)] == [True, False]
    assert (host.plugin.holding.held is None, host.plugin.known_shapes) == ((True, 2) if order == 'accept' else (False, 0))


# --- new items --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('instance', ['', 'two'])
def test_what_is_copied_works_when_pasted(serve, page, instance):
    host, reader = serve(instance=instance)
    page.goto(host.url())
    open_tab(page, 'fresh')
    page.uncheck('#fresh-all')
    page.wait_for_function("document.getElementById('fresh-yaml').value === '# kein Code ausgewählt\\n'")
    for code in ('1-1:1.8.0', '1-1:32.7.0', '1-1:0.9.1'):
        page.check(f'input.fresh-code[value="{code}"]')
    page.wait_for_function("document.getElementById('fresh-yaml').value.includes('0.9.1')")
    page.click('#fresh-copy')
    page.wait_for_function("document.getElementById('fresh-answer').textContent === 'kopiert'")
    yaml = page.evaluate('navigator.clipboard.readText()')
    with page.expect_download() as download:
        page.click('#fresh-download')
    assert download.value.suggested_filename == 'items.yaml'
    assert download.value.path().read_text(encoding='utf-8') == yaml
    tree = YAML(typ='safe').load(yaml)
    assert list(tree) == ['zaehler_two' if instance else 'zaehler']
    host.stop()
    host, reader = serve(yaml, instance=instance)
    assert [message for message in host.messages('WARNING', 'plugins') if 'http' not in message] == []
    sent = reader.simulation.meter.sent[-1].values
    bound = {bound.binding.code: bound.item() for bound in host.plugin.bound_items()}
    assert bound.pop('0.9.1').strftime('%H%M%S') == sent['1-1:0.9.1'][0]
    assert bound == {'1.8.0': float(sent['1-1:1.8.0'][0]), '32.7.0': float(sent['1-1:32.7.0'][0])}


def test_without_clipboard_it_copies_all_the_same(serve, page):
    host, _ = serve()
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.goto(host.url())
    open_tab(page, 'fresh')
    page.wait_for_function("document.getElementById('fresh-yaml').value.includes('1.8.0')")
    page.click('#fresh-copy')
    page.wait_for_function("document.getElementById('fresh-answer').textContent === 'kopiert'")
    assert page.evaluate('navigator.clipboard.readText()') == page.input_value('#fresh-yaml')


# --- course, diagnosis, downloads -------------------------------------------------------------------------------------

def test_course_of_a_code_durations_and_failures(serve, page):
    count = itertools.count()
    host, reader = serve(answer=lambda: f'1-1:1.8.0({next(count)}*kWh)\r\n1-1:2.8.0({next(count) * 2}*kWh)\r\n')
    for _ in range(510):
        host.plugin.query()
    reader.answer = dlms.NoAnswer('no answer to the request in 3 s', 'identification')
    host.plugin.query()
    page.goto(host.url())
    open_tab(page, 'course')
    drawn = "id => Object.values(Chart.instances).find(c => c.canvas.id === id).data.datasets.map(d => d.data.map(p => p.y))"
    page.wait_for_function("Object.values(Chart.instances).length === 2")
    values = page.evaluate(drawn, 'chart-values')[0]
    assert (len(values), values[-1] - values[-2]) == (241, 2)
    page.select_option('#course-code', '1-1:2.8.0')
    page.wait_for_function(f"({drawn})('chart-values')[0].slice(-1)[0] > 2000")
    assert page.evaluate(drawn, 'chart-durations') == [[1.5] * 241, [0]]


def test_diagnosis_says_what_went_wrong_and_hands_out_recordings(serve, page):
    host, reader = serve(ITEMS)
    serial = reader.simulation.meter.sent[-1].values['1-1:0.0.0'][0]
    reader.answer = dlms.PortError("could not open /dev/ttyDlms: it is not there")
    host.advance(60)
    page.goto(host.url())
    assert texts(page, '#head-status') == ['nicht gelesen']
    open_tab(page, 'diagnosis')
    assert texts(page, '#verdict-title') == ['Die letzte Auslesung ist misslungen']
    finding = host.plugin.history.results()[-1].finding
    assert page.inner_text('#verdict-text').endswith(finding.text('de'))
    assert page.inner_text('#verdict-remedy') == finding.remedy('de') != ''
    assert page.inner_text('#verdict-error') == 'could not open /dev/ttyDlms: it is not there'
    failure = page.locator('#failures details')
    failure.click()
    assert finding.remedy('de') in failure.inner_text() and failure.locator('a').count() == 0
    recordings = []
    for number, name in enumerate(('session.jsonl', 'session-masked.jsonl'), 1):
        with page.expect_download() as download:
            page.click(f'#sessions-table tbody tr:nth-child(1) a.record:nth-of-type({number})')
            if number == 2:
                page.wait_for_selector('#dlms-masked[open]')
                shown = page.inner_text('#masked-text')
                assert serial not in shown and '1-1:1.8.0' in shown and 'kWh' in shown
                page.fill('#masked-word', 'kWh')
                page.click('#masked-form button[type=submit]')
                page.wait_for_function("!document.getElementById('masked-text').textContent.includes('kWh')")
                page.click('#masked-download')
        assert download.value.suggested_filename == name
        recordings.append(dlms.Session.from_text(download.value.path().read_text(encoding='utf-8')))
    assert recordings[0].to_text() == host.plugin.history.results()[0].session.to_text()
    replays = [dlms.replay(recording) for recording in recordings]
    assert (serial in replays[0].text, serial in replays[1].text) == (True, False)
    assert replays[1].checked == ('parity', 'bcc', 'copy')


class Unheard(dlms.MeterError):
    """A kind of failure that is newer than the page."""


@pytest.mark.parametrize('language', ['de', 'en'])
def test_a_failure_of_a_kind_that_nobody_has_heard_of_shows(serve, page, language):
    error = Unheard(Text('der Zähler hat Schluckauf', 'the meter has hiccups'))
    host, _ = serve(answer=error, language=language)
    page.goto(host.url())
    finding = host.plugin.history.results()[-1].finding
    title = finding.title(language)
    assert title
    assert texts(page, '#head-detail') == [title]
    open_tab(page, 'diagnosis')
    assert texts(page, '#failures summary b') == [title]
    assert page.inner_text('#verdict-text').endswith(finding.text(language))
    assert error.text(language) in page.inner_text('#verdict-text')
    assert page.inner_text('#verdict-remedy') == finding.remedy(language) != ''
    assert page.inner_text('#verdict-error') == error.text(language)


def test_remarks_of_a_readout_show_with_it(serve, page):
    host, reader = serve()
    read = reader.query
    reader.query = lambda *arguments, **named: dataclasses.replace(read(*arguments, **named), remarks=(
        Text('mit {speed} Bd', 'at {speed} Bd', {'speed': 300}), Text('gestört', 'disturbed')))
    page.goto(host.url())
    open_tab(page, 'readout')
    assert not page.is_visible('#dlms-remarks')
    host.advance(60)
    refresh(page)
    assert page.inner_text('#dlms-remarks') == 'mit 300 Bd\ngestört'
    reader.query = read
    host.advance(60)
    refresh(page)
    assert not page.is_visible('#dlms-remarks')


def test_checks_phases_and_reasons_that_are_newer_than_the_page_show_by_their_names(serve, page):
    host, reader = serve()
    read = reader.query
    reader.query = lambda *arguments, **named: dataclasses.replace(
        read(*arguments, **named), checked=('parity', 'stars'), phases={'data': 1.0, 'rest': 1.0},
        rejected=(Rejected('?', 'too beautiful'),))
    host.advance(60)
    page.goto(host.url())
    open_tab(page, 'readout')
    assert 'geprüft: Parität, stars' in page.inner_text('#dlms-about')
    assert texts(page, '#rejected-rows td') == ['?', 'too beautiful']
    open_tab(page, 'diagnosis')
    assert page.get_attribute('#sessions-table tr:first-child .rest', 'title') == 'rest 1,0 s'


def test_downloads_have_names_of_their_own_and_read_no_file(serve):
    host, _ = serve()
    for path, name in (('readout.txt', 'readout.txt'), ('items.yaml?codes=1-1:1.8.0&codes=%3Cscript%3E', 'items.yaml')):
        status, headers, _ = ask(host.url() + path)
        assert (status, headers['Content-Disposition']) == (200, f'attachment; filename="{name}"')
        assert headers['X-Content-Type-Options'] == 'nosniff' and headers.get_content_type() == 'text/plain'
    for path in ('session.jsonl', 'session.jsonl?key=../../plugin.yaml', 'session.jsonl?key=1&numbers=shown',
                 'static/../__init__.py', 'templates/index.html', 'read_file', 'readout.txt?file=/etc/passwd'):
        assert ask(host.url() + path)[0] in (403, 404), path


# --- foreign input ----------------------------------------------------------------------------------------------------

EVIL = '<script>window.hacked=1</script><img src=x onerror=hacked=1>"\'{{7*7}}'
HOSTILE_READOUT = (
    f'/XXX5{EVIL}\r\n1-1:1.8.0({EVIL}*{EVIL})\r\n1-1:2.8.0(1*</script><b>)\r\n0.0.0({EVIL})\r\n'
    f'{EVIL}\r\n{EVIL}(1\r\n1-1:3.8.0(2*kWh)\r\n')


def test_foreign_text_shows_as_text(serve, page):
    # the core lets no such path into its items; the page does not rely on it
    items = f"x:\n    type: str\n    dlms_obis_code: '1-1:1.8.0'\nz:\n    type: str\n    dlms_obis_code: {json.dumps(EVIL)}\n"
    identification = Identification(f'/XXX5{EVIL}', 'XXX', '5', (), EVIL)

    def read():
        content = parse(HOSTILE_READOUT)
        return dlms.Readout(identification, 'C', 9600, HOSTILE_READOUT, content.data_sets, content.rejected, (), duration=1.0,
                            phases={'data': 1.0}, time=host.clock.time(), remarks=(Text('{evil}', '{evil}', {'evil': EVIL}),))

    host, reader = serve(items, answer=dlms.ProtocolError(EVIL))
    host.plugin.bound_items()[0].path = EVIL.replace('window', 'path')
    reader.query = lambda config, **_: read()
    page.goto(host.url())
    open_tab(page, 'diagnosis')
    assert page.inner_text('#verdict-error') == EVIL
    reader.answer = None
    host.advance(60)
    refresh(page)           # through get_data_html
    check_hostile(page)
    page.reload()           # through the page
    check_hostile(page)
    assert EVIL in ask(host.url() + 'readout.txt')[2]
    for path in ('', 'get_data.html', f'get_data.html?dataSet=course&params={urllib.parse.quote(EVIL)}'):
        assert '<script>window.hacked' not in ask(host.url() + path)[2]


def check_hostile(page):
    for name in TABS:
        open_tab(page, name)
        if name == 'course':
            page.wait_for_function("Object.values(Chart.instances).some(chart => chart.canvas.id === 'chart-durations')")
    assert page.evaluate('window.hacked') is None
    assert page.text_content('#head-type') == EVIL
    for table, text in (('readout', EVIL), ('readout', EVIL.replace('window', 'path')),
                        ('items', EVIL.replace('window', 'path')), ('items', EVIL)):
        assert text in page.text_content(f'#{table}-table tbody'), table
    assert any(EVIL in text for text in page.locator('#rejected-rows td').all_text_contents())
    assert page.locator('#resize_wrapper script:not([type="application/json"]), #resize_wrapper td img').count() == 0
    open_tab(page, 'readout')
    if not page.locator('#dlms-raw[open]').count():
        page.click('#dlms-raw summary')
    page.wait_for_function("text => document.getElementById('dlms-text').textContent.includes(text)", arg=EVIL)


# --- when there is little to show -------------------------------------------------------------------------------------

def test_stopped_and_nothing_read_yet(serve, page):
    host, _ = serve(run=False)
    page.goto(host.url())
    assert texts(page, '#head-status') == ['angehalten']
    assert [open_tab(page, name).locator('h2:visible').all_inner_texts() for name in TABS] == [
        ['Noch nichts gelesen'], ['Noch nichts gelesen'], ['Noch nichts gelesen'], ['Noch nichts gelesen'], ['Noch kein Item'],
        ['Noch nichts gelesen'], ['Noch keine Auslesung'], ['1 Schnittstelle', '2 Zähler suchen', '3 Lesekopf ausrichten']]
    host.start()
    host.advance(10)
    refresh(page)
    assert texts(page, '#head-status') == ['gelesen']
    open_tab(page, 'readout')
    assert len(column(page, 'readout', 2)) > 20


def test_a_plugin_that_listens(serve, page, monkeypatch):
    telegrams = queue.SimpleQueue()

    def listen(config, *, stopped, failed, memory):
        while not stopped():
            with contextlib.suppress(queue.Empty):
                failed(telegrams.get(timeout=0.05))
        yield from ()

    monkeypatch.setattr(dlms, 'listen', listen)
    host, _ = serve(only_listen=True, update_cycle=0)
    page.goto(host.url())
    assert texts(page, '#head-status, #head-next') == ['hört ständig mit', 'wann immer der Zähler sendet']
    press_read(page)
    page.wait_for_function(
        "document.getElementById('dlms-notice').textContent === 'Der Zähler sendet von selbst, es wird ständig mitgehört'")
    telegrams.put(dlms.NoAnswer('no telegram', 'identification'))
    page.wait_for_function("shngGetUpdatedData() || document.getElementById('head-status').textContent === 'nicht gelesen'",
                           polling=200)
    assert page.get_attribute('#dlms-read', 'title') == 'Der Zähler sendet von selbst, es wird ständig mitgehört'


@pytest.mark.parametrize(('parameters', 'status', 'detail', 'verdict'), [
    ({'serialport': ''}, 'falsch eingestellt', 'serialport ist leer: die Schnittstelle des Lesekopfs angeben',
     'Das Plugin ist falsch eingestellt'),
    ({'serialport': '/dev/missing'}, 'nicht gelesen', '', 'Die letzte Auslesung ist misslungen')])
def test_wrong_or_missing_port(serve, page, monkeypatch, parameters, status, detail, verdict):
    host, reader = serve(run=False, **parameters)
    monkeypatch.setattr(dlms, 'query', reader.query)
    host.start()
    host.advance(10)
    page.goto(host.url())
    assert texts(page, '#head-status') == [status]
    assert texts(page, '#head-detail') == [detail or host.plugin.history.results()[-1].title('de')]
    open_tab(page, 'diagnosis')
    assert texts(page, '#verdict-title') == [verdict]
    press_read(page)
    page.wait_for_function("document.getElementById('dlms-notice').textContent !== ''")


def test_items_of_an_instance(serve, page):
    host, _ = serve("a:\n    type: num\n    dlms_obis_code@two: '1.8.0'\nb:\n    type: num\n    dlms_obis_code: '2.8.0'\n",
                    instance='Two')
    page.goto(host.url())
    assert host.url().endswith('/plugin/dlms_two/')
    open_tab(page, 'items')
    assert column(page, 'items', 2) == ['a']


@pytest.mark.parametrize('size', [(1024, 768), (390, 844)])
def test_narrow_screens(serve, browser, size):
    host, _ = serve(ITEMS)
    context = browser.new_context(viewport={'width': size[0], 'height': size[1]}, is_mobile=size[0] < 600)
    page, errors = context.new_page(), []
    page.on('pageerror', lambda error: errors.append(str(error)))
    page.goto(host.url())
    assert page.evaluate('innerWidth') == size[0]
    for name in TABS:
        open_tab(page, name)
        page.wait_for_timeout(50)       # the browser lays out
        assert page.evaluate('document.documentElement.scrollWidth') <= size[0], name
    open_tab(page, 'readout')
    seen = page.locator('#readout-table tbody tr').nth(5).inner_text()
    assert '1-1:1.8.0' in seen and 'Wirkenergie Bezug gesamt' in seen and 'kWh' in seen
    context.close()
    assert errors == []


def test_without_the_http_module_the_meter_is_read(new_host):
    host = new_host({'serialport': ''})
    assert (host.plugin.alive, host.plugin.bound_items()) == (True, [])


def test_the_state_is_small_and_whole_with_a_large_readout(serve):
    host, _ = serve(answer=''.join(f'1-1:{n // 10}.{n % 10}.0*{n % 99:02}({n}*kWh)\r\n' for n in range(1000, 1500)))
    data = json.loads(ask(host.url() + 'get_data.html')[2])
    assert len(data['rows']['rows']['rows']) == 500 and len(json.dumps(data)) < 400_000
