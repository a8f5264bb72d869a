# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The installed core itself, as a process of its own: it starts with the plugin, reads a meter, shows the page, stops."""

import os
import pickle
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from host import HOME, ROOT

if HOME:
    from simulated_meter import PtyDoor

pytestmark = pytest.mark.skipif(not HOME, reason='SMARTHOMENG_HOME names no installed core to start')

ITEMS = """
%YAML 1.1
---
Zaehler:
    Bezug:
        type: num
        cache: yes
        dlms_obis_code: 1.8.0
        Einheit:
            type: str
            cache: yes
            dlms_obis_code: [1.8.0, 0, Unit]
    Auslesung:
        type: str
        cache: yes
        dlms_obis_readout: yes
    Stand:
        struct: dlms.meter
        online:
            cache: yes
"""
CORE_MODULES = """
%YAML 1.1
---
http: {{module_name: http, ip: 127.0.0.1, port: {}, servicesport: {}}}
"""
PLUGINS = """
%YAML 1.1
---
dlms: {{plugin_name: dlms, serialport: {}, update_cycle: 5}}
"""
# saves the core's measurement of the processor
SYSTEM = "systeminfo: {cpu_brand: any, cpu_measured_time: 6.0, cpu_speed_class: fast}\n"
START, STOP = 60, 30     # s


def free_ports(count):
    sockets = [socket.create_server(('127.0.0.1', 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Core:
    """A copy of the core (it writes below its own folder) with the plugin of this repository."""

    def __init__(self, folder, serialport):
        self.folder = folder
        for name in ('bin', 'requirements'):
            shutil.copytree(HOME / name, folder / name)
        shutil.copytree(HOME / 'lib', folder / 'lib')   # it finds its folder by the real path of this
        (folder / 'modules').symlink_to(HOME / 'modules')
        for name in ('etc', 'items', 'logics', 'plugins/database', 'var/log'):
            (folder / name).mkdir(parents=True)
        (folder / 'plugins' / '__init__.py').touch()
        (folder / 'plugins' / 'dlms').symlink_to(ROOT)
        for default in (HOME / 'etc').glob('*.yaml.default'):
            shutil.copy(default, folder / 'etc' / default.stem)
        self.port, services = free_ports(2)
        for name, text in (('etc/module.yaml', CORE_MODULES.format(self.port, services)), ('etc/logic.yaml', '%YAML 1.1\n---\n'),
                           ('etc/plugin.yaml', PLUGINS.format(serialport)), ('items/items.yaml', ITEMS),
                           ('var/systeminfo.yaml', SYSTEM)):
            (folder / name).write_text(text.lstrip(), encoding='utf-8')
        with open(folder / 'output', 'wb') as output:
            self.process = subprocess.Popen(
                [sys.executable, '-u', 'bin/smarthome.py', '-f'], cwd=folder, stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1', 'LANG': 'C.UTF-8'})

    def value(self, path):
        """The item's value as the core keeps it in its cache, None as long as there is none."""
        file = self.folder / 'var' / 'cache' / path
        return pickle.loads(file.read_bytes()) if file.is_file() and file.stat().st_size else None

    def page(self):
        with urllib.request.urlopen(f'http://127.0.0.1:{self.port}/plugin/dlms/', timeout=10) as answer:
            return answer.read().decode()

    def wait_for(self, condition):
        """True once the condition holds; False when the core has ended before or did not get there in time."""
        end = time.monotonic() + START
        while time.monotonic() < end and self.process.poll() is None:
            if condition():
                return True
            time.sleep(0.2)
        return False

    def stop(self):
        """The core's exit code; it is killed when it does not come to an end."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def log(self):
        """What it says at warning or above, and all it prints."""
        files = [*Path(self.folder, 'var', 'log').glob('smarthome-warnings*'), self.folder / 'output']
        return '\n'.join(file.read_text(encoding='utf-8') for file in files)


@pytest.fixture
def core(tmp_path):
    with PtyDoor() as door:
        core = Core(tmp_path / 'smarthome', door.name)
        core.meter = door.simulation.meter
        yield core
        if core.process.poll() is None:
            core.stop()


def test_the_core_reads_the_meter_shows_the_page_and_stops(core):
    assert core.wait_for(lambda: core.value('Zaehler.Stand.online')), core.log()
    value, unit = core.meter.sent[0].values['1-1:1.8.0']
    assert core.value('Zaehler.Bezug') >= float(value)
    assert core.value('Zaehler.Bezug.Einheit') == unit
    assert '1-1:1.8.0(' in core.value('Zaehler.Auslesung')
    page = core.page()
    assert 'bodytab_1' in page and core.meter.sent[0].values['1-1:0.0.0'][0] in page
    assert core.stop() == 5     # the core's code for an orderly end
    assert not re.search(r'ERROR|CRITICAL|Traceback|not been terminated|collides|WARNING +plugins\.dlms', core.log()), core.log()
    assert (core.folder / 'var' / 'plugin_data' / 'dlms' / 'memory.json').is_file()
