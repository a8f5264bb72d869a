# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The manual's examples work as they stand there: loaded by the host, fed by a readout, without a warning."""

import contextlib
import re
import threading
import time
from types import SimpleNamespace

import pytest
from plugins.dlms import dlms
from plugins.dlms.plugin import registers
from plugins.dlms.reader.obis.data_sets import parse
from ruamel.yaml import YAML

import manual
from host import HOME

# every line that an example wants
READOUT = '\r\n'.join((
    *(line for block in manual.code_blocks('text') if block.title == 'Einzelne Codes' for line in block.text.splitlines()),
    '1-1:1.8.1(00041206*kWh)', '1-1:1.8.2(00010000*kWh)', '1-1:2.8.0(00000120*kWh)', '1-1:2.8.1(00000100*kWh)',
    '1-1:2.8.2(00000020*kWh)', '1-1:1.7.0(00.206*kW)', '1-1:2.7.0(00.000*kW)',
    '0-1:24.2.1(101209112500W)(12785.123*m3)', '6.8(0328.871*GJ)6.26(03329.67*m3)9.4(098.5*C&096.1*C)', '!'))


def load(text):
    yaml = YAML(typ='safe', pure=True)
    yaml.version = (1, 1)
    return yaml.load(text)


def examples():
    """(title, sections of etc/plugin.yaml, items): a configuration with the items that follow it under the same title."""
    found = []
    for block in manual.code_blocks('yaml'):
        head, text = block.text.splitlines()[0], block.text
        if head.startswith('# etc/plugin.yaml'):
            found.append([block.title, load(text), ''])
        elif head.startswith('# items/'):
            if not found or found[-1][0] != block.title:
                found.append([block.title, {'dlms': {'plugin_name': 'dlms', 'serialport': '/dev/zaehler'}}, ''])
            elif found[-1][2] and block.title == 'Einzelne Codes':
                found.append([block.title, found[-1][1], ''])
            # the stand-in host does not know the core's own attribute
            found[-1][2] += text if HOME else re.sub('^ +eval: .*\n', '', text, flags=re.MULTILINE)
    return found


EXAMPLES = examples()


def a_readout():
    return dlms.Readout(identification=None, mode='C', baudrate=9600, text=READOUT, data_sets=parse(READOUT).data_sets,
                        rejected=(), checked=('parity', 'bcc'), phases={'data': 2.0}, duration=2.0, time=1772449200.0)


@pytest.fixture
def start(monkeypatch, new_host):
    """start(sections, items): a host whose plugins have read the readout."""
    taken = threading.Event()

    def listen(config, *, stopped, **_):
        yield a_readout()
        taken.set()     # the items have their values
        while not stopped():
            time.sleep(0.01)

    class Registers(contextlib.nullcontext):
        """A session in which the meter names what stands in its readout, too."""

        def read(self, codes):
            return a_readout()

        def wait(self, seconds, wanted, code):
            while not wanted():
                time.sleep(0.01)

    def started(sections, items):
        monkeypatch.setattr(dlms, 'query', lambda *_, **__: a_readout())
        monkeypatch.setattr(dlms, 'listen', listen)
        monkeypatch.setattr(registers, 'RegisterSession', lambda *_, **__: Registers(Registers()))
        host = new_host(sections=sections, items=items)
        host.advance(40)
        plugins = [host.plugin_of(name) for name in sections]
        assert not any(plugin.listening for plugin in plugins) or taken.wait(5)
        assert all(plugin.query() for plugin in plugins if plugin.registers.loop)      # in a thread of its own, too
        return host, plugins
    return started


def paths(tree, prefix=''):
    """Of the items in a file of items."""
    for name, node in tree.items():
        if isinstance(node, dict):
            yield prefix + name
            yield from paths(node, f'{prefix}{name}.')


@pytest.mark.parametrize(('title', 'sections', 'items'), EXAMPLES, ids=[f'{title}' for title, _, _ in EXAMPLES])
def test_an_example_works(start, title, sections, items):
    host, plugins = start(sections, items)
    for plugin, parameters in zip(plugins, sections.values(), strict=True):
        assert plugin.config_error == ''
        assert plugin.get_instance_name() == parameters.get('instance', '')
        for name in parameters.keys() - {'plugin_name', 'instance'}:
            assert plugin.get_parameter_value(name) == parameters[name], name
        assert plugin.history.readout
    bound = [bound for plugin in plugins for bound in plugin.bound_items()]
    with_attribute = {item.property.path for item in host.sh.items.return_items()
                      if any(name.startswith('dlms_') for name in item.conf)}
    assert sorted(bound.path for bound in bound) == sorted(with_attribute)
    assert [bound.path for bound in bound if bound.trouble or (bound.binding and not bound.found)] == []
    assert [path for path in paths(load(items) or {}) if host.item(path) is None] == []
    assert host.messages('WARNING') == []


def items_of(title):
    return ''.join(items for its_title, _, items in EXAMPLES if its_title == title)


def test_values_of_the_single_codes(start):
    _, sections, items = [example for example in EXAMPLES if example[0] == 'Einzelne Codes'][-1]
    host, _ = start(sections, items)
    values = {path: host.item(path)() for path in paths(load(items))}
    assert {path: str(value) for path, value in values.items()} == {
        'energie': '51206', 'energie.einheit': 'kWh', 'energie.vormonat': '49555', 'hoechstleistung': '27.19',
        'hoechstleistung.zeitpunkt': '2017-02-09 09:45:00', 'uhrzeit': '15:54:20', 'nummer': '50871031'}


def test_items_that_the_text_names_exist(start):
    host, _ = start({'dlms': {'serialport': '/dev/zaehler'}}, items_of('Strukturen'))
    named = [literal for literal in manual.literals() if re.fullmatch(r'strom(\.\w+)+', literal)]
    watched = re.findall(r'watch_item: (\S+)', manual.TEXT)
    assert len(named) >= 4
    assert watched
    assert [path for path in named + watched if host.item(path) is None] == []


class Tree:
    """`sh` as logics see it."""

    def __init__(self, host, path=''):
        self._host, self._path = host, path

    def __getattr__(self, name):
        return self._host.plugin if name == 'dlms' else Tree(self._host, f'{self._path}.{name}'.strip('.'))

    def __call__(self):
        return self._host.item(self._path)()


@pytest.mark.parametrize('online', [True, False])
@pytest.mark.parametrize('logic', [block.text for block in manual.code_blocks('python')], ids=lambda text: text.split()[1])
def test_logics_run(start, logic, online):
    host, _ = start({'dlms': {'serialport': '/dev/zaehler'}}, items_of('Strukturen'))
    host.item('strom.zaehler.online')(online)
    said = []
    exec(logic, {'sh': Tree(host), 'logger': SimpleNamespace(info=said.append, warning=said.append)})
    assert len(said) == 1
    assert 'None' not in said[0]
