# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a host with sections of etc/plugin.yaml and items, as the core does; for tests and the demonstration."""

import datetime
import logging
import math
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from ruamel.yaml import YAML

from lib import translation
from lib.item import Items
from lib.log import Logs
from lib.module import Modules
from lib.plugin import Plugins
from lib.scheduler import Scheduler
from lib.shtime import Shtime

from . import HOME, ROOT, TREE, real_core

if HOME:
    from lib.triggertimes import TriggerTimes

LOOP = 0.5   # s, between two rounds of the scheduler
MOST_REAL_TIME = 60     # s, for what a job does in a thread of its own while time stands still
LEVELS = {'NOTICE': 29, 'DBGHIGH': 13, 'DBGMED': 12, 'DBGLOW': 11, 'DEVELOP': 9}


class Clock:
    """Time that passes only when told to. monotonic(), time() and sleep() as in the module `time`; now() has a zone."""

    def __init__(self, start=datetime.datetime(2026, 3, 2, 11, tzinfo=datetime.timezone.utc)):
        self._start = start
        self._passed = 0.0
        self._lock = threading.Lock()

    def monotonic(self):
        return self._passed

    def time(self):
        return self._start.timestamp() + self._passed

    def sleep(self, seconds):
        with self._lock:
            self._passed += seconds

    def wait(self, condition, until):
        """For a simulated meter: nothing comes before that."""
        self.sleep(max(0.0, until - self.monotonic()))

    def now(self):
        return (self._start + datetime.timedelta(seconds=self._passed)).astimezone(Shtime.get_instance().tzinfo())


class SmartHome:
    """What plugins get as `sh`."""

    version = plugins_version = '1.11.0'
    _restart_on_num_workers = 0

    def __init__(self, basedir, language):
        self._base_dir = str(basedir)
        self._etc_dir = str(basedir / 'etc')
        self._var_dir = self._cache_dir = str(basedir / 'var')
        self._default_language = language
        self.shng_status = {'code': 20, 'text': 'Running', 'details': ''}

    def get_basedir(self):
        return self._base_dir

    def get_vardir(self):
        return self._var_dir

    def get_config_dir(self, config):
        return os.path.join(self._base_dir, config)

    def get_config_file(self, config, extension='.yaml'):
        return os.path.join(self._etc_dir, config + extension)

    def get_defaultlanguage(self):
        return self._default_language

    def trigger(self, name, obj=None, by='Logic', source=None, value=None, dest=None, prio=3, dt=None):
        self.scheduler.trigger(name, obj, by, source, value, dest, prio, dt)


class Records(logging.Handler):
    """Keeps every log record."""

    def __init__(self):
        super().__init__(level=0)
        self.records = []

    def emit(self, record):
        self.records.append(record)


class Host:
    """One running host; a second one in the same process must wait until this one is stopped.

    section: parameters of the plugin's section `dlms` in etc/plugin.yaml; sections: several, by name, instead.
    items: YAML text of an items file. language: de or en.
    live: real time, with the scheduler's threads. Else time stands still until advance(), which runs the jobs.
    http: a port, or True for any free one, for the module http, see url().
    start=False: loaded, but run() of the plugins not called.
    plugin_dir: another plugin than that of this repository.
    var: the folder for what lasts, that of a host before this one, say; else one of its own.
    """

    _running = None

    def __init__(self, section=None, items='', *, sections=None, language='de', live=False, http=False, start=True,
                 plugin_dir=ROOT, var=None):
        if Host._running:
            raise RuntimeError('the host before this one is not stopped')
        Host._running = self
        self._name = 'dlms' if plugin_dir == ROOT else plugin_dir.name
        self._before = set(threading.enumerate()), os.getcwd(), os.environ.get('TZ')
        self._live, self._left = live, None
        self._handler, self._levels = Records(), {}
        self.records = self._handler.records
        self._folder = tempfile.TemporaryDirectory(prefix='smarthomeng-')
        if HOME:
            real_core.forget_everything()
        if sections is None:
            sections = {self._name: section or {}}
        self._write(Path(self._folder.name), sections, items, http, plugin_dir, var)
        self._load(language)
        if start:
            self.start()

    def _listen_to_log(self):
        logging.getLogger().addHandler(self._handler)
        for name, level in (('lib', logging.INFO), ('plugins', 1)):
            self._levels[name] = logging.getLogger(name).level
            logging.getLogger(name).setLevel(level)

    def _write(self, base, sections, items, http, plugin_dir, var):
        """An installation's folder: configuration of its own, plugins and core by link."""
        for name in ('etc', 'items', 'env', 'structs'):
            (base / name).mkdir()
        (base / 'var').symlink_to(var) if var else (base / 'var').mkdir()
        for link in TREE.iterdir():
            (base / link.name).symlink_to(link)
        if plugin_dir != ROOT:
            (TREE / 'plugins' / self._name).symlink_to(plugin_dir)
        config = {name: {'plugin_name': self._name, **values} for name, values in sections.items()}
        yaml = YAML(typ='safe', pure=True)
        yaml.width = 4096       # the core's reader doubles line ends, also those of a wrapped text
        yaml.version = (1, 1)
        yaml.default_flow_style = False
        port = 0 if http is True else http
        modules = {} if http is False else {'http': {'module_name': 'http', 'port': port}}
        for name, content in (('plugin', config), ('module', modules)):
            with open(base / 'etc' / f'{name}.yaml', 'w', encoding='utf-8') as file:
                yaml.dump(content, file)
        (base / 'items' / 'items.yaml').write_text(f'%YAML 1.1\n---\n{items}', encoding='utf-8')

    def _load(self, language):
        """Modules, plugins, items: the core's order."""
        base = Path(self._folder.name)
        self._listen_to_log()
        self.sh = sh = SmartHome(base, language)
        sh.logs = Logs(sh)
        for name, level in LEVELS.items():
            sh.logs.add_logging_level(name, level)
        translation.initialize_translations(str(base), language, 'en,de')
        sh.shtime = Shtime(sh)
        sh.shtime.set_tz('Europe/Berlin')
        self.clock = time if self._live else Clock()
        if not self._live:
            sh.shtime.now = self.clock.now
        if HOME:
            sh.triggertimes = TriggerTimes(sh)
        sh.modules = Modules(sh, str(base / 'etc' / 'module'))
        self.records.clear()  # the core has something to say when there are no modules
        sh.items = Items(sh)
        sh.scheduler = Scheduler(sh)
        sh.plugins = Plugins(sh, str(base / 'etc' / 'plugin'))
        sh.items.load_itemdefinitions(*(os.path.join(base, name, '') for name in ('env', 'items', 'etc', 'plugins')))
        self._uptime = sys.modules.get('plugins.dlms.plugin.uptime')
        if self._uptime and not self._live:
            self._uptime.now, self._real_uptime = self.clock.monotonic, self._uptime.now

    def start(self):
        """run() of all plugins, each in its thread, and the scheduler if the host is live."""
        self.sh.plugins.start()
        for thread in self.sh.plugins._threads:
            thread.join(2)
        if self._live:
            self.sh.scheduler.start()

    @property
    def plugin(self):
        """The plugin of the first section, None if it was not loaded."""
        return next(iter(self.sh.plugins.return_plugins()), None)

    def plugin_of(self, section):
        return self.sh.plugins.return_plugin(section)

    def url(self, section=None):
        """Address of a plugin's page."""
        plugin = self.plugin_of(section or self._name)
        return f"{self.sh.modules.get_module('http').url}/plugin/{plugin.get_fullname()}/"

    def item(self, path):
        """The item, None if it was not created."""
        return self.sh.items.return_item(path)

    def messages(self, level='WARNING', logger=''):
        """Texts of the log at that level or above, of the loggers whose names begin so; not that this host has no page."""
        number = logging.getLevelName(level)
        texts = [record.getMessage() for record in self.records
                 if record.levelno >= number and record.name.startswith(logger)]
        return [text for text in texts if "Module 'http' not loaded" not in text]

    def advance(self, seconds):
        """Lets time pass and runs the jobs that fall due in this thread; a job may let time pass, too."""
        end = self.clock.monotonic() + seconds
        while True:
            self._step()
            left = end - self.clock.monotonic()
            if left <= 0:
                return
            self.clock.sleep(min(left, self._idle()))

    def _step(self):
        thread, others = threading.current_thread(), set(threading.enumerate())
        name = thread.name
        try:
            real_core.step(self.sh.scheduler) if HOME else self.sh.scheduler.step()
        finally:
            thread.name = name
        for other in set(threading.enumerate()) - others:
            if not other.daemon:    # a job goes on in a thread of its own
                other.join(MOST_REAL_TIME)

    def _idle(self):
        """Seconds until the scheduler's next round with something to do."""
        entries = [entry for entry in self.sh.scheduler._scheduler.values()
                   if entry['next'] or (entry['active'] and (entry['cron'] or entry['cycle']))]
        if not all(entry['next'] and entry['next'].tzinfo for entry in entries):
            return LOOP
        now = self.clock.now()
        until = min(((entry['next'] - now).total_seconds() for entry in entries), default=math.inf)
        return max(1, math.ceil(until / LOOP)) * LOOP if until < math.inf else math.inf

    def reload(self, section=None):
        """Code and plugin anew, in the running host."""
        return self.sh.plugins.reload_plugin(section or self._name)

    def stop(self):
        """Scheduler, then plugins in reverse order. Names of the threads that are left after a second."""
        if self._left is not None:
            return self._left
        self.sh.scheduler.stop()
        self.sh.plugins.stop()
        if self.sh.modules.get_module('http') is not None:
            self.sh.modules.get_module('http').stop()
        threads, folder, zone = self._before
        left = [thread for thread in threading.enumerate() if thread not in threads]
        for thread in left:
            thread.join(1)
        self._clean_up(folder, zone)
        self._left = sorted(thread.name for thread in left if thread.is_alive())
        return self._left

    def _clean_up(self, folder, zone):
        os.chdir(folder)
        if zone is None:
            os.environ.pop('TZ', None)
        else:
            os.environ['TZ'] = zone
        logging.getLogger().removeHandler(self._handler)
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
        if self._name != 'dlms':
            (TREE / 'plugins' / self._name).unlink()
            for module in [name for name in sys.modules if name.startswith(f'plugins.{self._name}')]:
                del sys.modules[module]
        if self._uptime and not self._live:
            self._uptime.now = self._real_uptime
        self._folder.cleanup()
        Host._running = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
