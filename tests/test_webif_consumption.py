# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The tab of the consumption in a real browser: figures, bars, table, download; on a phone, in the dark, with the keyboard."""

import csv
import io
import os
import urllib.error
import urllib.request

import pytest
from plugins.dlms import dlms
from plugins.dlms.reader.obis.data_sets import parse
from plugins.dlms.reader.wire.messages import Identification

AN_IDENTIFICATION = Identification('/LGZ5\\2ZMD3104407.B32', 'LGZ', '5', ('2',), 'ZMD3104407.B32')
TITLES = {'de': 'Verbrauch', 'en': 'Consumption'}


class House:
    """Two tariffs and a roof; read each quarter of an hour. `odd` is sent besides."""

    def __init__(self, host):
        self.host = host
        self.odd = ''

    def __call__(self, config, *, stopped=None, progress=None, memory=None):
        hours = self.host.clock.monotonic() / 3600
        first, second, out = 1000 + 0.3 * hours, 500 + 0.1 * hours, 20 + 0.05 * hours
        text = (f'0.0.0(12345678)\r\n'
                f'1.8.0({first + second:010.3f}*kWh)\r\n1.8.1({first:010.3f}*kWh)\r\n1.8.2({second:010.3f}*kWh)\r\n'
                f'2.8.0({out:010.3f}*kWh)\r\n0.1.2*01(2603010000)\r\n1.8.0*01(1000.000*kWh)\r\n{self.odd}')
        return dlms.Readout(AN_IDENTIFICATION, 'C', 9600, text, parse(text).data_sets, (), ('parity', 'bcc'), duration=1.0,
                            phases={'data': 1.0}, time=self.host.clock.time())


@pytest.fixture
def serve(new_host, monkeypatch):
    """serve(days, ...): a host that has read so many days; off from 20:00 of the third to 6:00."""
    def start(days=6, language='de', odd=''):
        host = new_host({'serialport': '/dev/ttyDlms', 'update_cycle': 900}, http=True, language=language, start=False)
        house = House(host)
        house.odd = odd
        monkeypatch.setattr(dlms, 'query', house)
        host.start()
        for day in range(days):
            if day == 3:
                host.clock.sleep(14 * 3600)
                host.advance(10 * 3600)
            else:
                host.advance(86400)
        return host
    return start


def open_tab(page, language='de'):
    page.set_default_timeout(5000)
    page.evaluate(f"$('.nav-tabs a:contains(\"{TITLES[language]}\")').tab('show')")
    page.wait_for_selector('#consumption-figures .amount')


def texts(page, selector):
    return [' '.join(text.split()) for text in page.locator(selector).all_inner_texts()]


@pytest.mark.parametrize(('language', 'figures', 'shared'), [
    ('de', ['Leistung', 'heute', 'gestern', 'dieser Monat', 'voriger Monat', 'dieses Jahr'], 'nach der Zeit aufgeteilt'),
    ('en', ['Power', 'today', 'yesterday', 'this month', 'last month', 'this year'], 'shared out by time')])
def test_figures_bars_and_table(serve, page, language, figures, shared):
    host = serve(language=language)
    page.goto(host.url())
    open_tab(page, language)
    assert texts(page, '#consumption-figures dt') == figures
    amounts = texts(page, '#consumption-figures .amount')
    mark = ',' if language == 'de' else '.'
    assert amounts[0] == '400 W'
    assert texts(page, '#consumption-figures .note')[0].startswith('errechnet, ± ' if language == 'de' else 'computed, ± ')
    assert amounts[2].startswith(f'9{mark}6') and amounts[2].endswith(' kWh') and amounts[4] == '–'
    rows = texts(page, '#table-days tbody tr')
    assert len(rows) == 7 and sum(shared in row for row in rows) == 2
    assert len(texts(page, '#table-months tbody tr')) == 1
    bars = "Object.values(Chart.instances).slice(-2).map(chart => chart.data.datasets.map(each => each.data.length))"
    assert page.evaluate(bars) == [[7, 7], [1]]     # days by tariff; of the closing value only the total is known
    for head in ('#head-power', '#head-clock'):
        assert page.locator(head).count() == 1
    assert '400 W' in page.locator('#head-power').inner_text()
    page.select_option('#consumption-quantity', '2.8')
    assert texts(page, '#consumption-figures .amount')[2].startswith(f'1{mark}20')
    page.reload()
    open_tab(page, language)
    assert page.input_value('#consumption-quantity') == '2.8'


def test_days_add_up_to_the_counter_in_the_download(serve):
    host = serve()
    with urllib.request.urlopen(f'{host.url()}consumption.csv?quantity=1.8') as answer:
        assert answer.headers['Content-Disposition'] == 'attachment; filename="consumption-1.8.csv"'
        rows = list(csv.reader(io.StringIO(answer.read().decode()), delimiter=';'))
    assert rows[0][:3] == ['Code', 'Zeitraum', 'Beginn']
    days, months = ([row for row in rows if row[:2] == ['1.8.0', kind]] for kind in ('Tag', 'Monat'))
    total = round(sum(float(row[4].replace(',', '.')) for row in days), 3)
    view = next(view for view in host.plugin.counting.views() if view.code == '1.8.0')
    assert total == float(sum(each.amount for each in view.days))
    assert len(days) == 7 and len(months) == 1
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f'{host.url()}consumption.csv?quantity=..%2F')
    refused.value.close()
    assert refused.value.code == 404


def test_foreign_text_is_text(serve, page):
    host = serve(1, odd='5.8.1(00001.0*<img src=x onerror=alert(1>)\r\n6.8.1(00001.0*=1+1)\r\n')
    page.on('dialog', lambda dialog: pytest.fail('a dialog'))
    page.goto(host.url())
    open_tab(page)
    for quantity in page.evaluate("[...document.getElementById('consumption-quantity').options].map(each => each.value)"):
        page.select_option('#consumption-quantity', quantity)
    assert page.locator('#consumption img').count() == 0
    with urllib.request.urlopen(f'{host.url()}consumption.csv?quantity=6.8') as answer:
        assert "'=1+1" in answer.read().decode()


def test_nothing_read_yet(new_host, page):
    host = new_host({'serialport': '/dev/ttyDlms'}, http=True, language='de', start=False)
    page.goto(host.url())
    page.evaluate("$('a:contains(\"Verbrauch\")').tab('show')")
    page.wait_for_selector('#consumption-none', state='visible')
    assert not page.locator('#consumption').is_visible()


CONTRAST = '''() => {
    const rgb = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = node => {
        for (; node; node = node.parentElement) {
            const colour = rgb(getComputedStyle(node).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll('#consumption *')].filter(node => node.offsetParent &&
            [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())).map(node => {
        const [a, b] = [light(rgb(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
        return [(a + 0.05) / (b + 0.05), node.tagName + '.' + node.className + ' ' + node.textContent.trim().slice(0, 30)];
    }).filter(([contrast]) => contrast < 4.5);
}'''


def test_a_clock_that_is_off_is_a_hint(serve, page):
    host = serve(1, odd='0.9.1(120000)\r\n0.9.2(260228)\r\n')
    page.goto(host.url())
    assert 'Die Uhr des Zählers geht 3 Tage nach' in page.locator('[data-tab="overview"]').inner_text()
    assert page.locator('#head-clock').inner_text() == 'Die Uhr des Zählers geht 3 Tage nach'


def test_a_power_that_the_meter_measures_is_shown_instead(serve, page):
    host = serve(1, odd='1.7.0(00.425*kW)\r\n2.7.0(00.000*kW)\r\n')
    page.goto(host.url())
    assert page.locator('#head-power').inner_text() == 'Bezug 0,425 kW, Einspeisung 0,000 kW (gemessen)'


@pytest.mark.parametrize('dark', [False, True])
@pytest.mark.parametrize('size', [(1280, 900), (390, 844)])
def test_narrow_screens_and_contrast(browser, serve, size, dark):
    host = serve()
    context = browser.new_context(viewport={'width': size[0], 'height': size[1]}, is_mobile=size[0] < 600)
    page, errors = context.new_page(), []
    page.on('pageerror', lambda error: errors.append(str(error)))
    page.goto(host.url())
    if dark:
        page.evaluate("document.body.style.backgroundColor = '#1c2127'; document.documentElement.dataset.theme = 'dark'")
        page.wait_for_selector(':root.dlms-dark')
    open_tab(page)
    page.wait_for_timeout(50)
    assert page.evaluate('document.documentElement.scrollWidth') <= size[0]
    assert page.evaluate(CONTRAST) == []
    page.locator('#consumption-quantity').focus()
    for expected in ('consumption-csv', 'Die letzten 40 Tage', 'Die letzten 26 Monate'):
        page.keyboard.press('Tab')
        focus = page.evaluate("document.activeElement.id || document.activeElement.getAttribute('aria-label')")
        assert focus == expected
    if folder := os.environ.get('DLMS_PICTURES'):
        page.screenshot(path=f'{folder}/consumption-{size[0]}-{dark}.png', full_page=True)
    context.close()
    assert errors == []
