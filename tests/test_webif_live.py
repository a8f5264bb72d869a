# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The page while time passes: what travels, what it says of old values and of a core that is gone; it leaves the user alone."""

import contextlib
import json
import types
import urllib.request

import pytest
from plugins.dlms import dlms
from plugins.dlms.reader.obis.data_sets import parse

from host import ROOT

BY_ID = '/dev/serial/by-id/usb-Silicon_Labs_CP2102_USB_to_UART_Bridge_Controller_0123456789abcdef-if00-port0'
CODES = [f'1-1:{1 + number // 20}.8.{number % 20}' for number in range(225)]
WIDTHS = (390, 768, 1024, 1280)


def text_of(count, changed=0):
    """A readout of so many codes; of the first the value is another one with each `changed`."""
    return ''.join(f'{code}({number:06}.{number + (changed if number < 10 else 0):03}*kWh)\r\n'
                   for number, code in enumerate(CODES[:count]))


@pytest.fixture
def serve(new_host, monkeypatch):
    """serve(answer, items, ...) -> (host, reader): what the meter answers is `reader.answer`, a text or an error."""
    reader = types.SimpleNamespace(host=None, answer=None, checked=('parity', 'bcc'), phases={'data': 1.5})

    def query(config, *, stopped=None, progress=None, memory=None):
        if isinstance(reader.answer, Exception):
            raise reader.answer
        content = parse(reader.answer)
        return dlms.Readout(None, 'C', 9600, reader.answer, content.data_sets, content.rejected, reader.checked, duration=1.5,
                            phases=reader.phases, time=reader.host.clock.time())

    monkeypatch.setattr(dlms, 'query', query)

    def start(answer, items='', language='de', **parameters):
        reader.host = host = new_host({'serialport': '/dev/ttyDlms', 'update_cycle': 60, **parameters}, items, http=True,
                                      language=language, start=False)
        reader.answer = answer
        host.start()
        host.advance(10)
        return host, reader
    return start


@pytest.fixture
def free_page(browser):
    """free_page(width, ...): a page that may complain; its mistakes are in `page.mistakes`."""
    with contextlib.ExitStack() as contexts:
        def make(width=1280, **options):
            context = browser.new_context(viewport={'width': width, 'height': 844 if width < 600 else 800}, locale='de-DE',
                                          is_mobile=width < 600, **options)
            contexts.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(5000)
            page.mistakes = []
            page.on('pageerror', lambda error: page.mistakes.append(str(error)))
            page.on('console', lambda message: message.type == 'error' and page.mistakes.append(message.text))
            return page
        yield make


def get(host, path):
    with urllib.request.urlopen(host.url() + path) as answer:
        return answer.read().decode()


def refresh(page):
    page.evaluate("new Promise(done => $(document).one('ajaxStop', done) && shngGetUpdatedData())")


def open_tab(page, name):
    page.evaluate('name => dlms.open(name)', name)
    page.wait_for_selector(f'.tab-pane.active [data-tab="{name}"]')


def told(page):
    return page.inner_text('#dlms-notice')


# --- what travels -----------------------------------------------------------------------------------------------------

def items_of(count):
    return ''.join(f"i{number}:\n    type: num\n    dlms_obis_code: '{code}'\n" for number, code in enumerate(CODES[:count]))


@pytest.mark.parametrize('items', [0, 225])
def test_an_answer_holds_what_is_new(serve, items):
    host, reader = serve(text_of(225), items_of(items))
    known, sizes = None, []
    for changed in (0, 0, 1, 1):
        if changed and not sizes[2:]:
            reader.answer = text_of(225, changed)
            host.advance(60)
        body = get(host, 'get_data.html' + (f'?dataSet=news&params={known}' if known else ''))
        known = json.loads(body)['v']
        sizes.append(len(body))
    whole, idle, new, idle_again = sizes
    assert whole > 20_000 and idle <= 500 and new <= 2000 and idle_again <= 500


def test_of_9000_codes_1000_have_a_row(serve, page):
    lines = ''.join(f'1-1:{1 + number // 4000}.8.{number % 200}*{1 + number // 200 % 20}({number}*kWh)\r\n'
                    for number in range(9000))
    host, _ = serve(lines)
    state = json.loads(get(host, 'get_data.html'))
    assert (len(state['rows']['rows']['order']), state['values']['more']) == (1000, len(parse(lines).data_sets) - 1000)
    page.goto(host.url())
    open_tab(page, 'readout')
    assert page.inner_text('#dlms-more') == 'und 8000 weitere'


def test_a_page_that_nobody_sees_asks_nothing(serve, page):
    host, _ = serve(text_of(26))
    page.goto(host.url())
    asked = []
    page.on('request', lambda request: asked.append(request.url))
    page.evaluate("""Object.defineProperty(document, 'hidden', {get: () => window.away ?? false, configurable: true});
                     window.away = true; shngGetUpdatedData(); dlms.look()""")
    assert asked == []
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function("performance.getEntriesByType('resource').some(entry => entry.name.includes('get_data'))")
    assert len(asked) == 1


# --- the truth about old values ---------------------------------------------------------------------------------------

@pytest.mark.parametrize(('language', 'age', 'old'), [
    ('de', 'vor 1 min', 'Alte Werte: zuletzt gelesen vor 5 min'), ('en', '1 min ago', 'Old values: last read 5 min ago')])
def test_ages_count_by_themselves_and_what_is_old_is_grey(serve, page, language, age, old):
    host, _ = serve(text_of(3), items_of(3), language)
    page.clock.install()
    page.goto(host.url())
    page.uncheck('#update_active')
    page.clock.run_for(60_000)
    assert page.locator('#head-facts .head-age').inner_text() == age
    assert (told(page), page.locator('body.dlms-old').count()) == ('', 0)
    open_tab(page, 'items')
    assert age in page.inner_text('#items-table tbody tr:first-child')
    page.clock.run_for(240_000)
    assert (told(page), page.locator('body.dlms-old').count()) == (old, 1)
    assert page.locator('#items-table td.old').count() == 3


def test_a_core_that_is_gone_is_told_and_comes_back_by_itself(serve, free_page):
    host, _ = serve(text_of(3))
    page = free_page()
    page.goto(host.url())
    page.route('**/get_data.html*', lambda route: route.abort())
    refresh(page)
    assert told(page).startswith('SmartHomeNG antwortet nicht seit ')
    page.unroute('**/get_data.html*')
    refresh(page)
    assert told(page) == ''


def test_the_status_outdated_and_the_ages_of_items(serve):
    items = "late:\n    type: bool\n    dlms_status: outdated\n" + items_of(1)
    host, reader = serve(text_of(3), items, outdated_after=3)
    reader.answer = dlms.NoAnswer('no answer', 'identification')
    host.advance(170)
    assert host.item('late')() is False
    host.advance(20)
    assert host.item('late')() is True
    reader.answer = text_of(3)
    host.advance(960)
    assert host.item('late')() is False
    reader.answer = CODES[1] + '(1*kWh)\r\n'
    host.advance(60)
    state = json.loads(get(host, 'get_data.html'))
    ages = {row['path']: row['read'] and state['clock'] - row['read'] for row in state['rows']['items']['rows']}
    assert ages['late'] is None and 60 <= ages['i0'] <= 130


# --- curves -----------------------------------------------------------------------------------------------------------

def test_a_curve_breaks_where_nothing_was_read_and_offers_measured_values_only(serve, page):
    text = '0.0.0(70987475)\r\n0.9.2(260302)\r\n' + text_of(2)
    host, reader = serve(text)
    host.advance(600)
    reader.answer = dlms.NoAnswer('no answer', 'identification')
    host.advance(1000)
    reader.answer = text
    host.advance(2000)
    page.goto(host.url())
    open_tab(page, 'course')
    drawn = "Object.values(Chart.instances).find(c => c.canvas.id === 'chart-values').data.datasets[0].data"
    page.wait_for_function(f"Object.values(Chart.instances).length === 2 && {drawn}.length > 10")
    assert page.evaluate(f"{drawn}.filter(point => Number.isNaN(point.y)).length") == 1
    assert page.locator('#course-code option').evaluate_all('all => all.map(option => option.value)') == CODES[:2]


# --- the user is left alone -------------------------------------------------------------------------------------------

def test_focus_selected_text_and_order_survive_a_refresh(serve, page):
    host, reader = serve(text_of(30))
    page.goto(host.url())
    open_tab(page, 'readout')
    page.click('#readout-table thead th:nth-child(4)')
    page.locator('#readout-table tbody tr:nth-child(20) td.code').select_text()
    selected = page.evaluate('String(getSelection())')
    order = page.locator('#readout-table td.code').all_inner_texts()
    reader.answer = text_of(30, 1)
    host.advance(60)
    refresh(page)
    marked = page.locator('#readout-table td.changed')
    assert marked.count() == 10 and page.evaluate('document.getAnimations().length') == 0
    assert page.evaluate('String(getSelection())') == selected != ''
    assert page.locator('#readout-table td.code').all_inner_texts() == order
    page.wait_for_function("!document.querySelector('td.changed')")
    open_tab(page, 'fresh')
    page.focus(f'.fresh-code[value="{CODES[3]}"]')
    page.click('#fresh-table thead th:nth-child(5)')
    page.focus(f'.fresh-code[value="{CODES[3]}"]')
    reader.answer = text_of(30, 2)
    host.advance(60)
    refresh(page)
    assert page.evaluate('document.activeElement.value') == CODES[3]


def test_a_code_that_is_missing_once_stays_chosen_also_over_a_reload(serve, page):
    host, reader = serve(text_of(3))
    page.goto(host.url())
    open_tab(page, 'fresh')
    page.uncheck('#fresh-all')
    page.check(f'.fresh-code[value="{CODES[1]}"]')
    reader.answer = text_of(1)
    host.advance(60)
    refresh(page)
    for _ in range(2):
        assert page.is_checked(f'.fresh-code[value="{CODES[1]}"]')
        assert 'zuletzt gesehen ' in page.inner_text('#fresh-table tr.gone')
        assert page.locator('#fresh-table tbody tr').count() == 2
        page.reload()
    reader.answer = text_of(3)
    host.advance(60)
    refresh(page)
    assert page.is_checked(f'.fresh-code[value="{CODES[1]}"]') and page.locator('#fresh-table tr.gone').count() == 0
    assert page.locator('.fresh-code:checked').count() == 1


def test_a_meter_on_a_battery_is_read_once_in_five_minutes(serve, page):
    host, _ = serve(text_of(3), wakeup=True, update_cycle=86400)
    page.goto(host.url())
    page.click('#dlms-read')
    page.wait_for_function("document.getElementById('dlms-read').title.includes('Batterie')")
    assert host.plugin.history.count == 2
    page.locator('#dlms-read').dispatch_event('click')
    assert told(page) == 'Der Zähler hat eine Batterie: von hier wird er höchstens alle 5 Minuten gelesen'
    assert not host.plugin.request_readout()
    host.advance(300)
    refresh(page)
    assert (page.get_attribute('#dlms-read', 'title'), host.plugin.request_readout()) == ('', True)


# --- texts ------------------------------------------------------------------------------------------------------------

def test_phases_of_a_telegram_are_not_those_of_a_request(serve, page):
    host, reader = serve(text_of(1))
    reader.phases = {'open': 0.1, 'sign-on': 8.0, 'data': 1.0, 'check': 0.1}
    host.advance(60)
    page.goto(host.url())
    open_tab(page, 'diagnosis')
    assert 'Warten auf den Anfang' in page.inner_text('#phase-legend')
    assert 'Anmelden' not in page.inner_text('#phase-legend')


def test_each_failure_has_its_remedy(serve, page):
    host, reader = serve(text_of(1))
    for error in (dlms.NoAnswer('no answer', 'identification'), dlms.PortError('could not open /dev/ttyDlms: it is not there')):
        reader.answer = error
        host.plugin.query()
    reader.answer = text_of(1)
    for _ in range(25):
        host.plugin.query()
    page.goto(host.url())
    open_tab(page, 'diagnosis')
    failures = [result.finding for result in host.plugin.history.results() if not result.ok]
    for shown, finding in zip(page.locator('#failures details').all(), reversed(failures), strict=True):
        shown.locator('summary').click()
        assert finding.text('de') in shown.inner_text() and finding.remedy('de') in shown.inner_text()
    assert page.locator('#sessions-table tbody tr').count() == 20


# --- head, frame ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('width', WIDTHS)
def test_the_head_is_low_and_nothing_jumps(serve, free_page, width):
    host, reader = serve(dlms.NoAnswer('no answer', 'identification'), items_of(26), serialport=BY_ID)
    page = free_page(width)
    page.add_init_script("""window.shifts = []; new PerformanceObserver(list => list.getEntries().forEach(entry =>
        entry.hadRecentInput || shifts.push([entry.value, ...entry.sources.map(source => source.node?.parentNode?.id)]))
        ).observe({type: 'layout-shift', buffered: true})""")
    page.goto(host.url())
    page.wait_for_load_state('networkidle')
    page.evaluate("document.fonts.ready.then(() => { shifts.length = 0 })")
    height = "document.getElementById('webif-navbar').getBoundingClientRect().height"
    first = page.evaluate(height)
    assert first <= (200 if width == 390 else 260)
    for answer in (text_of(26), text_of(26, 1), dlms.NoAnswer('no answer', 'identification'), text_of(26, 2)):
        reader.answer = answer
        host.plugin.query()
        refresh(page)
        if answer == text_of(26):
            # the first readout puts its values where there was none
            page.evaluate('new Promise(done => setTimeout(done, 100)).then(() => { shifts.length = 0 })')
        assert page.evaluate(height) == first
        assert page.evaluate('document.documentElement.scrollWidth') <= width
    assert page.evaluate('new Promise(done => setTimeout(() => done(shifts), 100))') == []
    assert page.mistakes == []
    if width == 390:
        page.click('#head-toggle')
        assert page.inner_text('#head-port') == BY_ID


def test_on_a_phone_the_tabs_are_a_list_that_opens(serve, free_page):
    host, _ = serve(text_of(26))
    page = free_page(390)
    page.goto(host.url())
    assert page.locator('#dlms-tabs a:visible').count() == 0
    page.click('#dlms-tabs-button')
    assert page.locator('#dlms-tabs a:visible').count() == page.locator('[data-tab]').count()
    page.click('#dlms-tabs a:has-text("Verlauf")')
    button = page.locator('#dlms-tabs-button')
    assert (button.inner_text(), button.get_attribute('aria-expanded')) == ('Verlauf', 'false')
    assert page.locator('#dlms-tabs a:visible').count() == 0


def test_below_the_path_of_a_proxy_it_works_without_a_mistake(serve, free_page):
    host, reader = serve(text_of(3), items_of(2))
    page, base = free_page(), host.url().split('/plugin/')[0]
    failed = []
    page.on('response', lambda response: response.status >= 400 and failed.append(response.url))
    page.route('**/house/**', lambda route: route.fulfill(response=route.fetch(url=route.request.url.replace('/house', ''))))
    page.goto(f'{base}/house/plugin/dlms/')
    reader.answer = text_of(3, 1)
    host.advance(60)
    refresh(page)
    for name in ('course', 'readout', 'items', 'fresh', 'diagnosis'):
        open_tab(page, name)
    page.wait_for_function("document.getElementById('fresh-yaml').value.includes('dlms_obis_code')")
    assert (page.mistakes, failed) == ([], [])


def test_every_answer_forbids_foreign_frames_and_guesses(serve):
    host, _ = serve(text_of(3))
    for path in ('', 'get_data.html', 'readout.txt', 'items.yaml', 'static/dlms.js'):
        with urllib.request.urlopen(host.url() + path) as answer:
            assert answer.headers['Content-Security-Policy'] == "frame-ancestors 'self'", path
            assert answer.headers['X-Content-Type-Options'] == 'nosniff', path
            assert (answer.headers['Cache-Control'] == 'no-store') == (not path.startswith('static/')), path


AXE = ROOT / '.cache' / 'npm' / 'node_modules' / 'axe-core' / 'axe.min.js'
ITEMS = items_of(2) + "gone:\n    type: num\n    dlms_obis_code: '77.8.0'\nlate:\n    type: bool\n    dlms_status: outdated\n"


@pytest.mark.parametrize(('width', 'language'), [(390, 'de'), (1280, 'en')])
def test_nothing_bars_anybody_in_any_tab_dark_or_light(serve, free_page, width, language):
    host, reader = serve(text_of(30), ITEMS, language)
    reader.answer = dlms.NoAnswer('no answer', 'identification')
    host.plugin.query()
    page = free_page(width, bypass_csp=True)
    page.goto(host.url())
    page.evaluate(AXE.read_text(encoding='utf-8'))
    found, papers = [], []
    for dark in (False, True):
        if dark:
            page.add_style_tag(content='body { background: #1c2127; }')
            page.evaluate("document.body.classList.add('dark')")
            page.wait_for_selector('html.dlms-dark')
        papers.append(page.evaluate("getComputedStyle(document.getElementById('webif-navbar')).backgroundColor"))
        for name in page.locator('[data-tab]').evaluate_all('tabs => tabs.map(tab => tab.dataset.tab)'):
            open_tab(page, name)
            found += [(dark, name, *violation) for violation in page.evaluate(
                "axe.run().then(result => result.violations.map(each => [each.id, each.nodes[0].target.join(' ')]))")]
    assert found == []
    assert papers == ['rgb(255, 255, 255)', 'rgb(28, 33, 39)']
