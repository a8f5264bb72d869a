# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures of the page for the manual, assets/webif_tab_NAME.png, anew.

    make pictures

An hour of a simulated meter in virtual time, with a disturbance in it, and 40 days for the consumption. Needs what the
browser tests need.
"""

import functools
import shutil

from playwright.sync_api import sync_playwright

from host import ROOT, Host
from simulated_meter import Faults, MeterOptions, Simulation

ASSETS = ROOT / 'assets'

from plugins.dlms import dlms  # which `host` has made importable
from plugins.dlms.plugin.setup import bench
from plugins.dlms.reader.detection import aiming, searching
from plugins.dlms.reader.detection.ports import Port
from plugins.dlms.webif.tabs import TABS

SIZE = {'width': 1280, 'height': 860}
SECTION = {'serialport': '/dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0', 'update_cycle': 15}
ITEMS = """
Strom:
    Bezug:
        struct: dlms.consumption
    Einspeisung:
        struct: dlms.feed_in
    Leistung:
        struct: dlms.power
    Spannung:
        type: num
        dlms_obis_code: '32.7.0'
    Hoechste_Leistung:
        type: num
        dlms_obis_code: ['1.6.0', 0, Value, num]
        Zeit:
            type: foo
            dlms_obis_code: ['1.6.0', 1, Value, ZST10]
    Zaehler:
        struct: dlms.meter
"""


def an_hour(host, simulation):
    """An hour; a quarter of it before its end the line is disturbed, and shortly before it the head is away."""
    remember = host.plugin.history.add_failure
    host.plugin.history.add_failure = lambda error, time, *more: remember(error, host.clock.time(), *more)
    host.start()
    host.advance(2700)
    simulation.faults.bit_errors = 0.0006
    host.advance(60)
    simulation.faults.bit_errors = 0.0
    host.advance(700)
    simulation.faults.silent = 'always'
    host.advance(20)
    simulation.faults.silent = ''
    host.advance(125)


def long_ago(host, simulation):
    """40 days, read each hour."""
    host.start()
    for _ in range(40 * 24):
        host.clock.sleep(3600)
        host.plugin.query()


def take(page, url, names):
    page.goto(url)
    for name in names:
        page.evaluate('name => dlms.open(name)', name)
        page.mouse.move(0, 0)
        page.wait_for_timeout(1000)     # ms; charts are drawn, nothing moves any more
        page.screenshot(path=ASSETS / f'webif_tab_{name}.png')


def set_up(browser):
    """The steps of setting up, as on a phone: a house in real time, its meter in a time of its own."""
    simulation = Simulation(MeterOptions(size=20000), Faults(bit_errors=0.004))
    seam = {'clock': simulation.clock, 'open_port': simulation.open_port}
    searching.detect, aiming.aim = (functools.partial(function, **seam) for function in (searching.detect, aiming.aim))
    bench.described = lambda: [Port('/dev/ttyUSB0', SECTION['serialport'], 'CP2102 USB to UART Bridge', '', True, 'dialout'),
                               Port('/dev/ttyAMA0', '/dev/ttyAMA0', '', 'emonhub (PID 612)', False, 'dialout')]
    with Host({}, '', language='de', live=True, http=True) as host:
        page = browser.new_page(viewport={'width': 390, 'height': 844}, device_scale_factor=2, locale='de-DE')
        page.goto(host.url())
        page.wait_for_selector('#setup-port-0:checked')
        page.locator('#setup-port').screenshot(path=ASSETS / 'webif_setup_port.png')
        page.click('#setup-aim')
        page.wait_for_function("document.getElementById('gauge-curve').firstElementChild.getAttribute('d').length > 400")
        page.locator('#setup-aiming').screenshot(path=ASSETS / 'webif_setup_aim.png')
        page.click('#setup-stop-aim')
        simulation.faults.bit_errors = 0.0
        page.wait_for_selector('#setup-search:enabled')
        page.click('#setup-search')
        page.wait_for_selector('#setup-items:visible')
        page.wait_for_timeout(500)      # ms; nothing moves any more
        for part, name in (('#setup-searching', 'search'), ('#setup-use', 'use')):
            page.locator(part).screenshot(path=ASSETS / f'webif_setup_{name}.png')
        page.locator('#setup-items').scroll_into_view_if_needed()
        box = page.locator('#setup-items').bounding_box()
        page.screenshot(path=ASSETS / 'webif_setup_items.png', full_page=True,
                        clip={**box, 'y': box['y'] + page.evaluate('scrollY'), 'height': 620})


def main():
    program = shutil.which('chromium')
    if not program:
        raise SystemExit('chromium is needed: apt-get install chromium')
    ASSETS.mkdir(exist_ok=True)
    query, names = dlms.query, [tab.name for tab in TABS]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=['--no-sandbox'])
        for live, shown in ((an_hour, [name for name in names if name != 'consumption']), (long_ago, ['consumption'])):
            with Host(SECTION, ITEMS, language='de', http=True, start=False) as host:
                simulation = Simulation(MeterOptions(), Faults(), clock=host.clock)
                dlms.query = functools.partial(query, clock=simulation.clock, open_port=simulation.open_port)
                live(host, simulation)
                take(browser.new_page(viewport=SIZE, locale='de-DE'), host.url(), shown)
        set_up(browser)
        browser.close()


if __name__ == '__main__':
    main()
