# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the host that the plugin relies on. With SMARTHOMENG_HOME set the same tests judge the real core."""

import datetime
import textwrap
import threading

import pytest

from host import HOME

PLUGIN_YAML = """
plugin:
    type: interface
    version: '1.0.0'
    state: ready
    multi_instance: true
    classname: Probe
parameters:
    number: {type: int, default: 5, valid_min: 2, valid_max: 9}
    share: {type: float}
    word: {type: str, default: fine}
    choice: {type: str, valid_list: [first, second], default: second}
    loose: {type: str, valid_list_ci: [Auto, None], default: auto}
    flag: {type: bool, default: true}
    names: {type: list}
    nothing: {type: str, default: None*}
    secret: {type: str, hide: true}
    pause_item: {type: str}
item_attributes:
    probe: {type: list}
    probe_pair: {type: 'list(2,str,str)'}
    probe_text: {type: str}
    probe_number: {type: int}
item_structs:
    pair:
        probe_text@instance: struct
        left: {type: num, probe@instance: [1, 2]}
        right: {type: str, struct: .leaf}
    leaf: {probe_text@instance: leaf}
logic_parameters: NONE
plugin_functions: NONE
"""

CODE = """
from lib.model.smartplugin import SmartPlugin


class Probe(SmartPlugin):
    PLUGIN_VERSION = '1.0.0'

    def __init__(self, sh):
        self.early = self.get_parameter_value('word'), self.get_fullname()
        super().__init__()
        self._pause_item_path = self.get_parameter_value('pause_item')
        self.parsed, self.updates, self.runs = [], [], 0

    def run(self):
        self.runs += 1
        self.alive = True

    def stop(self):
        self.alive = False
        self.scheduler_remove_all()

    def parse_item(self, item):
        self.parsed.append(item.property.path)
        if item.property.path == self._pause_item_path:
            self._pause_item = item
            self.add_item(item, updating=True)
            return self.update_item
        if self.has_iattr(item.conf, 'probe_text') and self.get_iattr_value(item.conf, 'probe_text') == 'explode':
            raise ValueError('no such item')
        if self.has_iattr(item.conf, 'probe'):
            value = self.get_iattr_value(item.conf, 'probe')
            self.add_item(item, {'probe': value}, mapping=str(*value[:1]))
            return self.update_item

    def update_item(self, item, caller=None, source=None, dest=None):
        self.updates.append((item.property.path, item(), caller, source))
        super().update_item(item, caller, source, dest)
"""


@pytest.fixture
def probe(new_host, tmp_path):
    """Makes a host with a plugin that only notes what happens to it."""
    folder = tmp_path / 'probe'
    folder.mkdir()
    (folder / '__init__.py').write_text(CODE)
    (folder / 'plugin.yaml').write_text(PLUGIN_YAML)

    def make(section=None, items='', **options):
        return new_host(section, textwrap.dedent(items), plugin_dir=folder, **options)

    return make


@pytest.mark.parametrize(('parameter', 'configured', 'value', 'level'), [
    ('number', None, 5, None), ('number', 7, 7, None), ('number', '7', 7, None),
    ('number', 1, 2, 'WARNING'), ('number', 10, 9, 'WARNING'), ('number', 2.5, 5, 'ERROR'), ('number', 'x', 5, 'ERROR'),
    ('share', None, 0.0, None), ('share', 3, 3.0, None),
    ('word', None, 'fine', None), ('word', '', '', None), ('word', 12, '12', None), ('word', True, 'True', None),
    ('word', " a", ' a', None), ('word', "don't", "'don't'", None), ('word', ['a'], "['a']", None),
    ('choice', None, 'second', None), ('choice', 'third', 'first', 'WARNING'), ('choice', 'Second', 'first', 'WARNING'),
    ('loose', 'AUTO', 'auto', None), ('loose', 'other', 'auto', 'WARNING'),
    ('flag', None, True, None), ('flag', False, False, None), ('flag', 'off', False, None), ('flag', 'ja', True, 'ERROR'),
    ('names', None, [], None), ('names', 'a', ['a'], None), ('names', ['a', 2], ['a', 2], None),
    ('nothing', None, None, None), ('unknown', 'x', None, None),
])
def test_parameter(probe, parameter, configured, value, level):
    host = probe({} if configured is None else {parameter: configured})
    found = host.plugin.get_parameter_value(parameter)
    assert (found, type(found)) == (value, type(value))
    assert {record.levelname for record in host.records if record.levelname in ('WARNING', 'ERROR')} == (
        {level} if level else set())


def test_parameters_and_names_are_there_before_init(probe):
    host = probe({'word': 'yes', 'instance': 'Two'})
    assert host.plugin.early == ('yes', 'probe_two')
    assert (host.plugin.get_instance_name(), host.plugin.get_parameter_value('instance')) == ('two', '')
    assert host.sh.probe is host.plugin


def test_hidden_parameter(probe):
    plugin = probe({'secret': '1234'}).plugin
    assert plugin.get_parameter_value('secret') == '1234'
    assert plugin.get_parameter_value_for_display('secret') == '******'


@pytest.mark.parametrize(('kind', 'given', 'value'), [
    ('num', '', 0), ('num', ' 7 ', 7), ('num', '1_000', 1000), ('num', 'inf', float('inf')), ('num', True, 1),
    ('num', b'5', 5), ('num', 3.0, 3.0), ('num', '2.5', 2.5), ('str', 5, '5'), ('str', 1.5, '1.5'), ('str', True, 'True'),
    ('bool', 1, True), ('bool', 'off', False), ('bool', '', False), ('bool', 'YES', True), ('list', '[1, 2]', [1, 2]),
    ('dict', "{'a': 1}", {'a': 1}), ('foo', (1, 2), (1, 2)), ('foo', datetime.date(2026, 3, 2), datetime.date(2026, 3, 2)),
])
def test_cast(probe, kind, given, value):
    host = probe(items=f'a: {{type: {kind}}}')
    item = host.item('a')
    assert item(given, 'me', 'here') is None
    assert (item(), type(item())) == (value, type(value))
    assert host.messages() == []


@pytest.mark.parametrize(('kind', 'given'), [
    ('num', '12,5'), ('num', '0x10'), ('num', [1]), ('num', datetime.date(2026, 3, 2)), ('str', b'x'), ('str', ['x']),
    ('str', datetime.date(2026, 3, 2)), ('bool', 2), ('bool', 0.5), ('bool', 'ja'), ('list', (1, 2)), ('list', 'x'),
    ('dict', '[1]'),
])
def test_wrong_type_is_a_warning_and_no_change(probe, kind, given):
    host = probe(items=f'a: {{type: {kind}}}')
    item, before = host.item('a'), host.item('a')()
    item(given, 'me', 'here')
    assert item() == before
    assert [(record.name, record.levelname) for record in host.records if record.levelno >= 30] == [
        ('lib.item.item', 'WARNING')]


def test_item_notes_who_changed_it(probe):
    host = probe(items='a: {type: num, probe: x}')
    item = host.item('a')
    host.clock.sleep(10)
    item(1, 'dlms', '1.8.0')
    changed = host.clock.now()
    host.clock.sleep(10)
    item(1, 'other')
    known = item.property
    assert (known.last_change, known.last_change_by) == (changed, 'dlms:1.8.0')
    assert (known.last_update, known.last_update_by) == (host.clock.now(), 'other:None')
    assert (known.last_change_age, known.last_value, known.value) == (10, 0, 1)
    assert host.plugin.updates == [('a', 1, 'dlms', '1.8.0')]


def test_item_hands_out_copies(probe):
    item = probe(items='a: {type: list}').item('a')
    item([1])
    item().append(2)
    assert item() == [1]


def test_enforce_updates(probe):
    host = probe(items='a: {type: num, probe: x, enforce_updates: yes}')
    host.item('a')(1)
    host.item('a')(1)
    assert len(host.plugin.updates) == 2


def test_item_is_its_value_and_its_name(probe):
    host = probe(items='a: {type: bool, name: Schalter}')
    assert (bool(host.item('a')), str(host.item('a')), repr(host.item('a'))) == (False, 'Schalter', 'Item: a')


def test_items_are_parsed_children_first(probe):
    host = probe(items='a: {b: {c: {type: num}}, d: {type: num}}\ne: {type: num}')
    assert host.plugin.parsed == ['a.b.c', 'a.b', 'a.d', 'a', 'e']
    assert host.sh.a.b.c is host.item('a.b.c')


def test_exception_in_parse_item_loses_the_item(probe):
    host = probe(items='a: {b: {type: num, probe_text: explode}, c: {type: num}}')
    assert host.item('a.b') is None
    assert host.item('a.c') is not None
    assert ['problem creating' in text for text in host.messages('ERROR')] == [True]


@pytest.mark.parametrize(('yaml', 'conf'), [
    ('probe: 1-1:1.8.0', ['1-1:1.8.0']), ("probe: ''", ['']), ('probe: []', []), ('probe: 96.1', ['96.1']),
    ('probe: [96.1, yes, 0]', [96.1, True, 0]), ('probe: yes', ['True']), ("probe: '[1-1:1.8.0]'", None),
    ("probe: '[\"1.8.0\", 0]'", ['1.8.0', 0]), ("probe: ':::x'", ['']),
    ('probe_pair: [a, b]', ['a', 'b']), ('probe_pair: [a]', None), ('probe_pair: a', None),
    ('probe_text: yes', 'True'), ('probe_text: 1.50', '1.5'), ("probe_text: '..:probe_number'", '8'),
    ('probe_number: 12', 12), ('probe_number: x', ''),
])
def test_attribute(probe, yaml, conf):
    """conf None: the item is lost."""
    host = probe(items=f'a:\n    probe_number: 8\n    b:\n        type: num\n        {yaml}\n')
    item = host.item('a.b')
    assert (None if item is None else list(item.conf.values())) == (None if conf is None else [conf])


def test_undeclared_attribute(probe):
    host = probe(items='a: {type: num, probes: x, my_own: y}')
    assert ['probes' in text for text in host.messages('NOTICE')] == [True]


@pytest.mark.parametrize(('instance', 'found'), [('', ['plain', 'all']), ('Two', ['named', 'all'])])
def test_attributes_of_an_instance(probe, instance, found):
    host = probe({'instance': instance}, """
        a: {type: num, probe: plain}
        b: {type: num, probe@two: named}
        c: {type: num, probe@Two: never}
        d: {type: num, probe@*: all}
        """)
    assert [host.plugin.get_item_config(path)['probe'][0] for path in host.plugin.get_item_path_list()] == found


@pytest.mark.parametrize(('yaml', 'attribute'), [
    ('struct: probe.pair', 'probe'), ('struct: probe.pair\n    instance: two', 'probe@two'),
    ('struct: probe.pair@two', 'probe@two'),
])
def test_struct(probe, yaml, attribute):
    host = probe(items=f'a:\n    {yaml}\n    probe_text@two: mine\n    left: {{name: Links}}\n')
    assert host.item('a.left').conf == {attribute: [1, 2]}
    assert (host.item('a.left')._name, host.item('a.left').property.type) == ('Links', 'num')
    assert host.item('a.right').conf == {attribute.replace('probe', 'probe_text'): 'leaf'}
    assert host.item('a').conf['probe_text@two'] == 'mine'


def test_add_item_twice(probe):
    host = probe(items='a: {type: num, probe: x}')
    plugin, item = host.plugin, host.item('a')
    assert plugin.add_item(item) is False
    assert len(host.messages()) == 1
    assert plugin.add_item(item, updating=True) is True
    assert plugin.get_items_for_mapping('x') == [item]
    assert plugin.get_item_config('a') == {'probe': ['x']}
    assert (plugin.get_items_for_mapping('y'), plugin.get_mappings()) == ([], ['x'])
    assert plugin.get_item_mapping_list() == [['a', 'x']]
    assert plugin.get_trigger_items() == [item]


def test_removing_an_item_stops_the_plugin(probe):
    host = probe(items='a: {type: num, probe: x}')
    plugin, item = host.plugin, host.item('a')
    assert plugin.remove_item(item) is True
    assert (plugin.alive, plugin.get_item_list(), plugin.get_items_for_mapping('x')) == (False, [], [])
    item(1)
    assert plugin.updates == []


def test_pause_item(probe):
    host = probe({'pause_item': 'p'}, 'p: {type: bool}')
    host.item('p')(True)
    assert host.plugin.alive is False
    host.item('p')(False)
    assert (host.plugin.alive, host.plugin.runs) == (True, 2)


WEBIF = """
import json

import cherrypy
from lib.model.smartplugin import SmartPluginWebIf


class WebInterface(SmartPluginWebIf):
    def __init__(self, webif_dir, plugin):
        self.webif_dir, self.plugin, self.count = webif_dir, plugin, 0
        self.tplenv = self.init_template_environment()
        self.tplenv.autoescape = True

    @cherrypy.expose
    def index(self, reload=None):
        return self.tplenv.get_template('index.html').render(p=self.plugin)

    @cherrypy.expose
    def get_data_html(self, dataSet=None, params=None):
        self.count += 1
        return json.dumps({'cell': f'<b>{self.count}</b>', 'head': f'{dataSet} {params}'})
"""

TEMPLATE = """
{% extends "base_plugin.html" %}
{% set update_interval = 300 %}
{% set update_active = true %}
{% set dataSet = 'overview' %}
{% set update_params = 'all' %}
{% set tabcount = 3 %}
{% set tab1title = _('Aktiv') %}
{% set tab2title = 'hidden' %}
{% set tab3title = '<i>3</i>' %}
{% block pluginscripts %}
<script>
    function handleUpdatedData(response, dataSet=null, params=null) {
        const data = JSON.parse(response);
        shngInsertText('head', data.head + ' ' + dataSet + ' ' + params);
        for (const id of ['full', 'empty']) shngInsertText(id, data.cell, 'maintable', 2);
    }
    $(document).ready(function () {
        $(window).trigger('datatables_defaults');
        $('#maintable').DataTable({});
    });
</script>
{% endblock %}
{% block headtable %}<table style="min-width: 300px"><tr><td id="head"></td></tr></table>{% endblock %}
{% block buttons %}<button id="mine">{{ p.get_fullname() }}</button>{% endblock %}
{% block bodytab1 %}
<table id="maintable" class="dataTableAdditional">
    <thead><tr><th></th><th>A</th><th>B</th></tr></thead>
    <tbody><tr><td></td><td id="full">...</td><td id="empty"></td></tr></tbody>
</table>
{% endblock %}
{% block bodytab3 %}third{% endblock %}
"""


@pytest.fixture
def probe_with_page(probe, tmp_path):
    folder = tmp_path / 'probe'
    (folder / 'webif' / 'templates').mkdir(parents=True)
    (folder / '__init__.py').write_text('from .webif import WebInterface\n' + CODE.replace(
        'super().__init__()', 'super().__init__()\n        self.has_page = self.init_webinterface(WebInterface)'))
    (folder / 'webif' / '__init__.py').write_text(WEBIF)
    (folder / 'webif' / 'templates' / 'index.html').write_text(TEMPLATE)
    return probe


def test_page(probe_with_page, page):
    host = probe_with_page({'instance': 'Two'}, http=True, language='en')
    assert host.url().endswith('/plugin/probe_two/')
    page.goto(host.url())
    page.wait_for_function("$('#full').text() > '2'")
    assert page.inner_text('#head') == 'overview all overview all'
    assert page.inner_text('#full b').isdigit()                 # HTML, not escaped
    assert page.inner_html('#empty') == ''                      # an empty cell stays so
    assert ' '.join(page.inner_text('#webif-plugininfo').split()) == (
        'SmartHomeNG Plugin : probe v1.0.0 Instance: two Plugin : Active')
    assert [page.is_visible(f'#{name}') for name in ('tab_1', 'tab_2', 'tab_3', 'maintable', 'mine', 'reload')] == [
        True, False, True, True, True, True]
    assert page.inner_text('#tab_1') == 'Active'
    assert page.inner_text('#tab_3') == '<i>3</i>'              # autoescape holds for the frame, too
    page.click('#tab_3 a')
    page.wait_for_selector('text=third')
    assert page.evaluate('window.activeTab') == 'bodytab_3'
    assert host.plugin.get_parameter_value('webif_pagelength') == 0
    assert host.messages() == []


def test_refresh_of_the_page_can_be_switched_off(probe_with_page, page):
    host = probe_with_page(http=True)
    page.goto(host.url())
    page.wait_for_function("$('#full').text() > '1'")
    page.uncheck('#update_active')
    assert page.evaluate('[window.update_active, window.refresh.running]') == [False, False]
    page.reload()
    page.wait_for_function("document.readyState == 'complete' && $('#update_interval').val() === '0.3'")
    assert page.is_checked('#update_active') is False           # kept in a cookie


def test_without_the_module_http_there_is_no_page(probe_with_page):
    host = probe_with_page()
    assert (host.plugin.has_page, host.plugin.alive) == (False, True)
    assert any("'http' not loaded" in record.getMessage() for record in host.records)
    assert host.plugin.get_parameter_value('webif_pagelength') is None


def jobs(host, **entry):
    """Times, in seconds since now, at which a new entry runs."""
    runs, start = [], host.clock.monotonic()
    host.plugin.scheduler_add('job', lambda: runs.append(host.clock.monotonic() - start), **entry)
    return runs


def test_cycle_counts_from_the_start_of_a_run_and_half_a_second_longer(probe):
    host = probe()
    runs = jobs(host, cycle=20, offset=0)
    host.advance(62)
    assert runs == [0, 20.5, 41, 61.5]


def test_first_run_of_a_cycle_is_at_random(probe):
    host = probe()
    runs = jobs(host, cycle=60)
    host.advance(16)
    assert len(runs) == 1 and 10 <= runs[0] <= 15


def test_next_and_cycle(probe):
    host = probe()
    runs = jobs(host, cycle=20, next=host.plugin.now() + datetime.timedelta(seconds=5))
    host.advance(30)
    assert runs == [5, 25.5]


def test_crontab_and_cycle_together(probe):
    host = probe()                                          # 12:00:00 on a Monday
    runs = jobs(host, cycle=40, offset=0, cron='*/1 * * *')
    host.advance(125)
    assert runs == [0, 40.5, 60, 100.5, 120]


@pytest.mark.parametrize(('cron', 'first'), [
    ('5,10 * * *', 300), ('30 13 * *', 5400), ('0 0 3 3 *', 43200), ('*/15 * * * * *', 15), ('0 13-14 * 1', 90000),
    ('@hourly', 3600), ('init', 5), ('init+3', 8), ('61 * * *', 3540),
])
def test_crontab(probe, cron, first):
    host = probe()
    host.advance(0.5)
    runs = jobs(host, cron=cron)
    host.advance(first + 30)
    assert runs and abs(runs[0] - first) <= 1


@pytest.mark.parametrize('cron', ['', 'nonsense', '* *'])
def test_invalid_crontab_is_one_error_and_due_in_ten_years(probe, cron):
    host = probe()
    runs = jobs(host, cron=cron)
    host.advance(7200)
    assert runs == []
    assert [record.levelname for record in host.records if record.levelno >= 30] == ['ERROR']
    assert (host.plugin.scheduler_return_next('job') - host.plugin.now()).days > 3600


def test_changing_the_cycle_starts_it_anew_and_beats_next(probe):
    host = probe()
    runs = jobs(host, cycle=100, offset=0)
    host.advance(10)
    host.plugin.scheduler_change('job', cycle=5, next=host.plugin.now())
    host.advance(12)
    assert runs == [0, 15, 20.5]
    assert list(host.plugin.scheduler_get('job')['cycle']) == [5]


def test_job_may_change_its_own_cycle(probe):
    host, runs = probe(), []

    def job():
        runs.append(host.clock.monotonic())
        host.plugin.scheduler_change('job', cycle=len(runs) * 10)

    host.plugin.scheduler_add('job', job, cycle=1, offset=0)
    host.advance(31)
    assert runs == [0, 10, 30]


def test_inactive_entry(probe):
    host = probe()
    runs = jobs(host, cycle=5, offset=0)
    host.plugin.scheduler_change('job', active=False)
    host.advance(20)
    assert runs == []
    host.plugin.scheduler_change('job', active=True)
    host.advance(6)
    assert len(runs) == 1


def test_what_a_change_refuses(probe):
    host = probe()
    jobs(host, cycle=5)
    host.plugin.scheduler_change('other', cycle=3)
    host.plugin.scheduler_change('job', offset=3)
    assert [record.levelname for record in host.records if record.levelno >= 30] == ['WARNING', 'WARNING']
    host.plugin.scheduler_change('job', cycle=None)
    assert host.plugin.scheduler_return_next('job') is None
    assert len(host.messages()) == 3


@pytest.mark.parametrize('cycle', [2.5, True, 0])
def test_wrong_cycle(probe, cycle):
    """The core runs such a job again and again."""
    host = probe()
    if not HOME:
        with pytest.raises((TypeError, ValueError)):
            host.plugin.scheduler_add('job', print, cycle=cycle)
        host.plugin.scheduler_add('job', print, cycle=5)
        with pytest.raises((TypeError, ValueError)):
            host.plugin.scheduler_change('job', cycle=cycle)
        return
    runs = []
    host.plugin.scheduler_add('job', lambda: runs.append(1), cycle=7, offset=0)
    host.plugin.scheduler_change('job', cycle=cycle)
    host.advance(10)
    assert len(runs) >= 5


def test_naive_next(probe):
    """The core logs an exception in each round and starves the entries behind this one."""
    host = probe()
    if not HOME:
        with pytest.raises(ValueError, match='time zone'):
            host.plugin.scheduler_add('job', print, cycle=5, next=datetime.datetime(2026, 3, 2))
        return
    host.plugin.scheduler_add('job', print, cycle=5, next=datetime.datetime(2026, 3, 2))
    runs = []
    host.plugin.scheduler_add('other', lambda: runs.append(1), cycle=5, offset=0)
    host.advance(10)
    assert runs == [] and len(host.messages()) > 10
    host.plugin.scheduler_remove('job')


def test_exception_in_a_job_is_logged_and_the_entry_stays(probe):
    host, runs = probe(), []

    def job():
        runs.append(1)
        raise RuntimeError('broken')

    host.plugin.scheduler_add('job', job, cycle=5, offset=0)
    host.advance(12)
    assert len(runs) == 3
    assert {record.name for record in host.records if record.levelname == 'ERROR'} == {'lib.scheduler.tasks'}


def test_trigger_and_remove(probe):
    host = probe()
    runs = jobs(host, cycle=60)
    host.plugin.scheduler_trigger('job')
    host.advance(0)
    assert runs == [0]
    host.plugin.scheduler_remove('job')
    host.advance(100)
    assert (runs, host.plugin.scheduler_get('job')) == ([0], None)


def test_arguments_of_a_job(probe):
    host, calls = probe(), []

    def job(number, caller=None):
        calls.append((number, caller))

    host.plugin.scheduler_add('job', job, cycle=60, offset=0, value={'number': 3})
    host.advance(0)
    assert calls == [(3, 'Scheduler')]


def test_jobs_overlap_in_real_time(probe):
    """Two workers are in the same job at once: nothing protects it."""
    host = probe(live=True)
    both = threading.Barrier(2, timeout=20)
    met = threading.Event()

    def job():
        both.wait()
        met.set()

    host.plugin.scheduler_add('job', job, cycle=1, offset=0)
    assert met.wait(20)
    host.plugin.scheduler_remove_all()
    both.abort()


def test_instances(probe):
    host = probe(sections={'one': {}, 'second': {'instance': 'Two', 'word': 'other'}})
    first, second = host.plugin_of('one'), host.plugin_of('second')
    assert (first.get_fullname(), second.get_fullname()) == ('probe', 'probe_two')
    assert host.sh.second is second
    first.scheduler_add('job', print, cycle=60)
    second.scheduler_add('job', print, cycle=60)
    assert sorted(host.sh.scheduler._scheduler) == ['plugins.probe.job', 'plugins.probe_two.job']
    second.logger.warning('hello')
    second.logger.notice('news')
    assert [(record.levelno, record.getMessage()) for record in host.records if record.name == 'plugins.probe'][-2:] == [
        (30, 'two@: hello'), (29, 'two@: news')]


def test_reload(probe):
    host = probe(items='a: {type: num, probe: x}')
    before = host.plugin
    host.reload()
    assert (before.alive, host.plugin.alive) == (False, True)
    assert host.plugin is not before and host.plugin.get_item_list() == [host.item('a')]
    host.item('a')(1)
    assert (before.updates, len(host.plugin.updates)) == ([], 1)


def test_version_differs_and_the_plugin_runs(probe, tmp_path):
    (tmp_path / 'probe' / '__init__.py').write_text(CODE.replace("'1.0.0'", "'1.0.1'"))
    host = probe()
    assert host.plugin.alive
    assert ['version differs' in text for text in host.messages()] == [True]


@pytest.mark.parametrize(('broken', 'word'), [
    ("raise RuntimeError('no')", 'no'), ('self._init_complete = False', 'initialization failed')])
def test_plugin_that_is_not_loaded(probe, tmp_path, broken, word):
    (tmp_path / 'probe' / '__init__.py').write_text(CODE.replace('super().__init__()', broken))
    host = probe()
    assert host.plugin is None
    assert any(word in text for text in host.messages('ERROR'))


@pytest.mark.parametrize(('language', 'greeting', 'known'), [
    ('de', 'Hallo Max', 'Zähler'), ('en', 'Hello Max', 'meter'), ('fr', 'Hello Max', 'meter')])
def test_translation(probe, tmp_path, language, greeting, known):
    (tmp_path / 'probe' / 'locale.yaml').write_text(
        "plugin_translations:\n    'Hallo {x}': {de: '=', en: 'Hello {x}'}\n    Zähler: {de: '=', en: meter}\n",
        encoding='utf-8')
    plugin = probe(language=language).plugin
    assert plugin.translate('Hallo {x}', {'x': 'Max'}) == greeting
    assert plugin.translate('Zähler') == known
    assert plugin.translate('gibt es nicht') == 'gibt es nicht'


def test_stop_tells_the_threads_that_are_left(new_host, probe):
    host, end = probe(), threading.Event()
    thread = threading.Thread(target=end.wait, name='forgotten')
    thread.start()
    assert host.stop() == ['forgotten']
    end.set()
    thread.join()
    host._left = []
