# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up from the page, in a real browser and without one: the whole way, and each way of breaking it."""

import functools
import json
import os
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from plugins.dlms import dlms
from plugins.dlms.plugin.setup import bench, items_file, plugin_yaml, task
from plugins.dlms.plugin.setup.task import End
from plugins.dlms.reader.detection import aiming, searching
from plugins.dlms.reader.detection.ports import Port
from plugins.dlms.webif import setup as page_of_setup
from ruamel.yaml import YAML

from simulated_meter import MeterOptions, Simulation

PORT = '/dev/ttyDlms'
PATIENCE = 15       # s; nothing here takes two
METERS = {'A': MeterOptions(mode='A'), 'B': MeterOptions(mode='B'), 'C': MeterOptions(mode='C'),
          'D': MeterOptions(mode='D', baudrate=9600), 'P1': MeterOptions(kind='p1', interval=10.0)}
FOUND = Port(PORT, PORT, 'CP2102 USB to UART', '', True, 'dialout')


@pytest.fixture
def house(new_host, monkeypatch):
    """house(meter, ...) -> (host, simulation): a house in real time, its meter in a time of its own, which nobody waits for."""
    def build(meter=METERS['C'], faults=None, ports=(FOUND,), language='de', sections=None, http=True, **section):
        simulation = Simulation(meter, faults)
        seam = {'clock': simulation.clock, 'open_port': simulation.open_port}
        for module, name in ((searching, 'detect'), (aiming, 'aim'), (dlms, 'query')):
            monkeypatch.setattr(module, name, functools.partial(getattr(module, name), **seam))
        listen = functools.partial(dlms.listen, **seam)

        def listen_slowly(*arguments, **more):
            for readout in listen(*arguments, **more):
                yield readout
                time.sleep(0.1)
        monkeypatch.setattr(dlms, 'listen', listen_slowly)
        monkeypatch.setattr(bench, 'described', lambda: list(ports))
        host = new_host(section if sections is None else None, sections=sections, language=language, live=True, http=http)
        return host, simulation
    return build


def until(condition):
    """Waits for it."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
    return True


def file_of(host):
    return Path(host.sh.get_config_file('plugin'))


def searched(host, port=PORT):
    setup = host.plugin.setup
    setup.search(port)
    assert until(lambda: not setup.task.running)
    return setup


# --- in a browser -----------------------------------------------------------------------------------------------------

@pytest.fixture
def phone(browser):
    """A page as on a phone."""
    context = browser.new_context(viewport={'width': 390, 'height': 844}, locale='de-DE')
    page, complaints = context.new_page(), []
    page.set_default_timeout(PATIENCE * 1000)
    page.on('console', lambda message: message.type in ('error', 'warning') and complaints.append(message.text))
    page.on('pageerror', lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def text_of(page, selector):
    return ' '.join(page.inner_text(selector).split())


@pytest.mark.parametrize('mode', METERS)
def test_from_an_empty_installation_to_the_first_value(house, new_host, phone, mode):
    host, _ = house(METERS[mode])
    restarts, presses = [], []
    host.sh.restart = restarts.append

    def press(selector):
        presses.append(selector)
        phone.click(selector)
    phone.goto(host.url())
    assert text_of(phone, '.tab-pane.active h2:first-of-type') == '1 Schnittstelle'
    press('#setup-search')
    press('#setup-write')
    phone.wait_for_function("document.getElementById('use-result').textContent.includes('Der Zähler ist gelesen.')")
    press('#setup-write-items')
    phone.wait_for_selector('#setup-restart:visible')
    assert text_of(phone, '#items-result') == 'Geschrieben: items/dlms.yaml. SmartHomeNG liest Items nur beim Start.'
    press('#setup-restart')
    assert until(lambda: restarts) and len(presses) == 4
    phone.goto('about:blank')
    section = YAML(typ='safe', pure=True).load(file_of(host).read_text(encoding='utf-8'))['dlms']
    items = (Path(host.sh.get_config_dir('items')) / 'dlms.yaml').read_text(encoding='utf-8').removeprefix(items_file.FIRST_LINES)
    assert host.messages() == ['serialport ist leer: die Schnittstelle des Lesekopfs angeben']
    host.stop()
    host = new_host({name: value for name, value in section.items() if name != 'plugin_name'}, items, live=True)
    path = next(node.path for node in items_file.nodes(items) if '.bezug.' in node.path)
    assert until(lambda: host.item(path)() > 0)


def test_each_width_and_language_is_whole_and_has_nothing_for_axe_to_find(house, browser):
    host, _ = house(METERS['C'], ports=(FOUND, Port('/dev/ttyAMA0', '/dev/ttyAMA0', '', 'emonhub (PID 612)', False, 'dialout')))
    searched(host)
    axe = Path(__file__).resolve().parent.parent / '.cache/npm/node_modules/axe-core/axe.min.js'
    for width in (390, 768, 1024, 1280):
        page = browser.new_page(viewport={'width': width, 'height': 844})
        page.goto(host.url())
        page.wait_for_selector('#setup-items:visible')
        wide = page.evaluate("[...document.querySelectorAll('#dlms-setup *')].filter(e => e.offsetParent && "
                             "e.getBoundingClientRect().right > innerWidth + 1).map(e => e.id || e.className)")
        assert wide == []
        if axe.is_file() and width in (390, 1280):
            page.add_script_tag(content=axe.read_text(encoding='utf-8'))
            found = page.evaluate("axe.run('#dlms-setup').then(result => result.violations.map(v => "
                                  "v.id + ': ' + v.nodes.map(n => n.html).join(' ')))")
            assert found == []
        page.close()


def test_the_head_is_aligned_by_the_keyboard(house, phone):
    host, _ = house(METERS['C'])
    phone.goto(host.url())
    phone.wait_for_selector('#setup-port-0:checked')
    phone.focus('#setup-aim')
    phone.keyboard.press('Enter')
    phone.wait_for_function("document.getElementById('gauge-figure').textContent === '100 %'")
    assert phone.locator('#gauge-figure').bounding_box()['height'] > 100
    assert phone.get_attribute('#gauge-bar', 'aria-valuenow') == '100' and 'M' in phone.get_attribute('#gauge-curve path', 'd')
    phone.focus('#setup-sound')
    phone.keyboard.press('Space')
    assert phone.get_attribute('#setup-sound', 'aria-pressed') == 'true'
    phone.focus('#setup-stop-aim')
    phone.keyboard.press('Enter')
    phone.wait_for_function("document.getElementById('aim-result').textContent === 'Beendet'")


# --- each way of breaking it ------------------------------------------------------------------------------------------

class Unplugged:
    """An adapter that is pulled out."""

    def __init__(self, simulation):
        self._open, self.pulled = simulation.open_port, threading.Event()

    def __call__(self, settings):
        if self.pulled.is_set():
            raise OSError(2, 'No such file or directory')
        port = self._open(settings)
        read = port.read

        def read_or_fail(*count):
            if self.pulled.is_set():
                raise OSError(5, 'Input/output error')
            return read(*count)
        port.read = read_or_fail
        return port


def test_port_that_is_not_there(house):
    host, simulation = house(METERS['C'])
    plug = Unplugged(simulation)
    plug.pulled.set()
    for name, begin in (('detect', host.plugin.setup.search), ('aim', host.plugin.setup.aim)):
        module = searching if name == 'detect' else aiming
        original = getattr(module, name)
        setattr(module, name, functools.partial(original.func, clock=simulation.clock, open_port=plug))
        begin(PORT)
        assert until(lambda: not host.plugin.setup.task.running)
        setattr(module, name, original)
        ended = host.plugin.setup.task
        assert ended.end is End.FAILED and ended.finding.kind.startswith('port_') and ended.finding.remedy('de')


def test_port_pulled_out_while_aligning(house, monkeypatch):
    host, simulation = house(METERS['C'])
    plug = Unplugged(simulation)
    monkeypatch.setattr(aiming, 'aim', functools.partial(aiming.aim.func, clock=simulation.clock, open_port=plug))
    host.plugin.setup.aim(PORT)
    assert until(lambda: host.plugin.setup.task.hearing)
    plug.pulled.set()
    assert until(lambda: not host.plugin.setup.task.running)
    assert host.plugin.setup.task.end is End.FAILED and host.plugin.setup.task.finding


@pytest.mark.parametrize('config', [{'update_cycle': 1, 'cycle_margin': 2},
                                    {'update_cycle': 0, 'only_listen': True, 'baudrate': 9600}],
                         ids=['asking', 'listening'])
@pytest.mark.parametrize('how', ['closed', 'cancelled', 'ten minutes', 'a bug'])
def test_reading_pauses_and_goes_on_whatever_happens(house, monkeypatch, how, config):
    meter = METERS['D'] if 'only_listen' in config else MeterOptions(mode='C', instant=True)
    host, _ = house(meter, serialport=PORT, **config)
    plugin = host.plugin
    assert until(lambda: plugin.history.results())
    if how == 'a bug':
        monkeypatch.setattr(aiming, 'aim', lambda *_, **__: 1 / 0)
    plugin.setup.aim(PORT)
    running = plugin.setup.task
    if how != 'a bug':
        assert until(lambda: running.hearing)
        count = len(plugin.history.points())
        assert not plugin.request_readout() and not plugin.query()
        running.asked()
        assert len(plugin.history.points()) == count
        if how == 'closed':
            monkeypatch.setattr(task, 'FORSAKEN_AFTER', 0.0)
        elif how == 'ten minutes':
            running._longest = 0.0
        else:
            plugin.setup.stop()
    assert until(lambda: not running.running)
    assert running.end is {'closed': End.FORSAKEN, 'cancelled': End.CANCELLED, 'ten minutes': End.TIME_UP,
                           'a bug': End.FAILED}[how]
    before = len(plugin.history.points())
    assert until(lambda: len(plugin.history.points()) > before)
    if how == 'a bug':
        host.records.clear()


def test_the_plugin_is_stopped_meanwhile(house):
    host, _ = house(METERS['C'], serialport=PORT)
    host.plugin.setup.aim(PORT)
    assert until(lambda: host.plugin.setup.task.hearing)
    host.plugin.stop()
    assert until(lambda: host.plugin.setup.task.end is End.PLUGIN_STOPPED)


def test_a_readout_that_runs_is_awaited(house, monkeypatch):
    host, _ = house(METERS['C'], serialport=PORT, update_cycle=0)
    query, release = dlms.query, threading.Event()
    monkeypatch.setattr(dlms, 'query', lambda *arguments, **more: release.wait(PATIENCE) and query(*arguments, **more))
    assert host.plugin.request_readout()
    host.plugin.setup.search(PORT)
    assert until(lambda: host.plugin.setup.task.waits) and not host.plugin.setup.task.steps
    release.set()
    assert until(lambda: not host.plugin.setup.task.running)
    assert host.plugin.history.readout and host.plugin.setup.found


def test_two_pages(house):
    host, _ = house(METERS['C'])
    host.plugin.setup.aim(PORT)
    for begin in (host.plugin.setup.aim, host.plugin.setup.search):
        with pytest.raises(bench.Refused) as refused:
            begin(PORT)
        assert refused.value.text == bench.BUSY
    with pytest.raises(bench.Refused):
        host.plugin.setup.write('')
    host.plugin.setup.stop()


def test_the_port_of_another_plugin_is_not_asked_without_the_check_mark(house):
    host, _ = house(METERS['C'], sections={'dlms': {}, 'cellar': {'serialport': PORT, 'instance': 'cellar', 'update_cycle': 0}})
    setup = host.plugin_of('dlms').setup
    assert [each.users for each in setup.ports()] == [('cellar',)]
    with pytest.raises(bench.Refused, match='cellar'):
        setup.search(PORT)
    setup.search(PORT, anyway=True)
    assert until(lambda: setup.found)


def test_a_file_that_was_changed_in_between(house):
    host, _ = house(METERS['C'])
    setup = searched(host)
    seen = setup.preview()
    file_of(host).write_text(theirs := file_of(host).read_text(encoding='utf-8') + '# mine\n', encoding='utf-8')
    with pytest.raises(bench.Refused, match='changed'):
        setup.write(seen.digest)
    assert file_of(host).read_text(encoding='utf-8') == theirs
    setup.write(setup.preview().digest)
    assert until(lambda: setup.reloaded)
    assert file_of(host).read_text(encoding='utf-8').endswith('# mine\n') and setup.copy.read_text(encoding='utf-8') == theirs
    assert host.plugin.setup is setup and host.plugin.get_parameter_value('serialport') == PORT


def test_what_was_set_for_another_meter_does_not_stay(house):
    host, _ = house(METERS['C'], serialport='/dev/old', baudrate=9600, only_listen=True, update_cycle=30, timeout=5,
                    meter_number='4711', device_address='4711')
    searched(host)
    assert {line[1:].strip() for line in host.plugin.setup.preview().difference if line[0] == '+'} == {
        'serialport: "/dev/ttyDlms"', 'baudrate: 300', 'only_listen: false', 'meter_number: ""', 'device_address: ""'}


def test_a_meter_without_a_table_is_not_asked_for_one(house):
    host, _ = house(MeterOptions(table=False, programming=True), serialport='/dev/old', update_cycle=30)
    searched(host)
    said = {line[1:].strip() for line in host.plugin.setup.preview().difference if line[0] == '+'}
    assert {'serialport: "/dev/ttyDlms"', 'update_cycle: 0', 'registers_cycle: 10'} < said
    assert [line for line in said if line.startswith('registers: ["1.8.0"')]


def test_a_disk_that_is_full_or_a_folder_that_is_not_writable(house, monkeypatch):
    host, _ = house(METERS['C'])
    setup = searched(host)
    before = file_of(host).read_bytes()

    def fail(path, text):
        raise OSError(28, os.strerror(28), str(path))
    for module in (plugin_yaml, items_file):
        monkeypatch.setattr(module, 'create', fail)
    for step in (lambda: setup.write(setup.preview().digest), lambda: setup.write_items({'zaehler.bezug.gesamt'})):
        with pytest.raises(bench.Refused) as refused:
            step()
        assert 'der Datenträger ist voll' in refused.value.text.to('de')
    assert file_of(host).read_bytes() == before
    assert sorted(os.listdir(file_of(host).parent)) == ['module.yaml', 'plugin.yaml']
    assert os.listdir(host.sh.get_config_dir('items')) == ['items.yaml']


def test_items_are_written_once_and_taken_back(house):
    host, _ = house(METERS['C'])
    setup = searched(host)
    folder = Path(host.sh.get_config_dir('items'))
    (folder / 'dlms.yaml').write_text('# mine')
    assert setup.next_items_file.name == 'dlms_2.yaml'
    path = setup.write_items({'zaehler.bezug.gesamt', 'zaehler.none.such'})
    assert path == folder / 'dlms_2.yaml' == setup.items_file and path.read_text(encoding='utf-8').count('dlms_obis_code') == 1
    setup.take_back_items()
    assert setup.items_file is None and sorted(os.listdir(folder)) == ['dlms.yaml', 'items.yaml']
    with pytest.raises(bench.Refused):
        setup.take_back_items()
    with pytest.raises(bench.Refused):
        setup.write_items(set())


# --- who may ----------------------------------------------------------------------------------------------------------

def ask(url, method='POST', **headers):
    """Status, and the answer as far as it is one of ours."""
    request = urllib.request.Request(url, method=method, data=b'' if method == 'POST' else None,
                                     headers={name.replace('_', '-'): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith('{') else None


def test_foreign_pages_and_foreign_houses_are_refused(house, monkeypatch):
    host, _ = house(METERS['C'])
    here = {'X_Requested_With': 'x', 'X_Dlms_Token': page_of_setup.TOKEN}
    for name in ('search', 'aim', 'stop', 'write', 'items', 'undo', 'restart'):
        url = f'{host.url()}setup/{name}'
        assert [ask(url, 'GET', **here)[0], ask(url, X_Dlms_Token=page_of_setup.TOKEN)[0]] == [405, 403]
        assert ask(url, X_Requested_With='x', X_Dlms_Token='foreign') == (
            403, {'ok': False, 'message': 'Diese Seite ist nicht mehr gültig: bitte neu laden'})
        assert ask(url, **here, X_Forwarded_For='192.168.1.7, 8.8.8.8')[0] == 403
    assert ask(f'{host.url()}setup/stop', **here, X_Forwarded_For='192.168.1.7')[0] == 200
    host.sh.modules.get_module('http')._basic_auth = True
    assert ask(f'{host.url()}setup/stop', **here, X_Forwarded_For='8.8.8.8')[0] == 200
    assert host.plugin.setup.task is None


@pytest.mark.parametrize('address, inside', [
    ('127.0.0.1', True), ('192.168.2.3', True), ('10.1.2.3', True), ('fe80::1%eth0', True), ('fd12::1', True),
    ('::1', True), ('::ffff:192.168.1.1', True), ('8.8.8.8', False), ('2a02:8109::1', False),
    ('::ffff:8.8.8.8', False), ('unknown', False), ('', False)])
def test_who_is_in_the_house(address, inside):
    assert page_of_setup.is_in_the_house(address) is inside


def test_a_house_that_wants_none_of_it_has_none(house):
    host, _ = house(METERS['C'], setup=False)
    with urllib.request.urlopen(host.url()) as answer:
        assert 'dlms-setup' not in answer.read().decode()
    assert ask(f'{host.url()}setup/state', 'GET')[0] == 404
    assert ask(f'{host.url()}setup/stop', X_Requested_With='x', X_Dlms_Token=page_of_setup.TOKEN)[0] == 404
