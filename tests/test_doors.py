# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The doors at the root work wherever they are entered, and bring each room of the house into a process once."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# in a process that has this beside it: at its end it tells which files of the house it has loaded, and as which modules, and
# which of their classes there are
TELL = '''
import atexit, gc, json, os, sys

def tell():
    gc.collect()
    files = {name: os.path.realpath(getattr(module, '__file__', None) or '') for name, module in list(sys.modules.items())}
    house = os.environ['HOUSE'] + os.sep
    modules = {name: file.removeprefix(house) for name, file in files.items()
               if file.startswith(house) and '/site-packages/' not in file}
    classes = [f'{kind.__module__}.{kind.__qualname__}' for kind in gc.get_objects()
               if isinstance(kind, type) and kind.__module__ in modules and '<locals>' not in kind.__qualname__]
    with open(os.environ['TOLD'], 'w') as told:
        json.dump([modules, classes], told)

atexit.register(tell)
'''
READABLE = b'/LGZ5x\r\n1.8.0(1*kWh)\r\n!\r\n'
SILENT = ('{"format": "dlms session 2", "settings": {"serialport": "/dev/ttyUSB0"}, "memory": {}}\n'
          '{"kind": "opened", "time": 0.0, "baudrate": 300}\n'
          '{"kind": "sent", "time": 0.0, "baudrate": 300, "bytes": "2f3f210d0a"}\n')


@pytest.fixture
def run(tmp_path):
    """run(*command, cwd): what the process said, and the modules of the house in it, name to file; each class was there once."""
    (tmp_path / 'tell').mkdir()
    (tmp_path / 'tell' / 'sitecustomize.py').write_text(TELL)

    def run(*command, cwd='/'):
        environment = {**os.environ, 'LC_ALL': 'en_US.UTF-8', 'PYTHONDONTWRITEBYTECODE': '1',
                       'PYTHONPATH': str(tmp_path / 'tell'), 'HOUSE': str(ROOT), 'TOLD': str(tmp_path / 'told')}
        done = subprocess.run([sys.executable, *map(str, command)], cwd=cwd, env=environment, capture_output=True, timeout=60)
        modules, classes = json.loads((tmp_path / 'told').read_text())
        assert [name for name, number in Counter(classes).items() if number > 1] == []
        return done, modules
    return run


def once(modules):
    """No file was loaded under two names."""
    return [file for file, number in Counter(modules.values()).items() if number > 1] == []


@pytest.fixture(params=['path', 'from its folder', 'from below', 'link of the file', 'link of the folder', 'module'])
def program(request, tmp_path):
    """How the program is started, and where."""
    (tmp_path / 'below').mkdir()
    (tmp_path / 'reader.py').symlink_to(ROOT / 'dlms.py')
    (tmp_path / 'a folder-2').symlink_to(ROOT)
    return {'path': (['-W', 'error', ROOT / 'dlms.py'], '/'),
            'from its folder': (['dlms.py'], ROOT),
            'from below': (['../a folder-2/dlms.py'], tmp_path / 'below'),
            'link of the file': ([tmp_path / 'reader.py'], '/'),
            'link of the folder': (['a folder-2/dlms.py'], tmp_path),
            'module': (['-m', 'dlms'], ROOT)}[request.param]


def test_the_program_reads(run, program, tmp_path):
    command, cwd = program
    (tmp_path / 'bytes').write_bytes(READABLE)
    done, modules = run(*command, '--replay', tmp_path / 'bytes', '--format', 'json', cwd=cwd)
    assert (done.returncode, done.stderr) == (0, b'')
    assert json.loads(done.stdout)['manufacturer']['name'].startswith('Landis')
    assert modules['__main__'] == 'dlms.py' and modules['manufacturer'] == 'manufacturer.py' and once(modules)
    assert {name.partition('.')[0] for name in modules} == {'__main__', 'manufacturer', 'reader'}


def test_the_program_fails(run, program, tmp_path):
    """A class of errors that exists twice is not caught."""
    command, cwd = program
    (tmp_path / 'session').write_text(SILENT)
    done, modules = run(*command, '--replay', tmp_path / 'session', cwd=cwd)
    assert (done.returncode, done.stdout) == (1, b'') and b'Traceback' not in done.stderr
    assert done.stderr.startswith(b'dlms.py: Not a single character came') and once(modules)


IN_THE_CORE = '''
import importlib, sys
sys.path.insert(0, 'tests')
import host
import plugins.dlms
errors = plugins.dlms.dlms.NoAnswer, plugins.dlms.dlms.MeterError
with host.Host({'serialport': '/dev/there-is-none'}) as first:
    first.advance(40)
    one = type(first.plugin)
importlib.reload(plugins.dlms)
with host.Host({'serialport': '/dev/there-is-none'}) as second:
    second.advance(40)
    assert type(second.plugin) is not one and type(second.plugin) is plugins.dlms.DLMS
    assert any('does not exist' in record.getMessage() for record in second.records)
assert errors == (plugins.dlms.dlms.NoAnswer, plugins.dlms.reader.errors.MeterError)
'''
AND_THE_PROGRAM = '''
sys.path.insert(0, '.')
import dlms
assert dlms.NoAnswer is sys.modules['reader.errors'].NoAnswer
assert dlms.NoAnswer is not plugins.dlms.dlms.NoAnswer
'''


def test_the_plugin_is_loaded_and_reloaded(run):
    done, modules = run('-c', IN_THE_CORE, cwd=ROOT)
    assert done.returncode == 0, done.stderr.decode()
    house = {name: file for name, file in modules.items() if not file.startswith('tests')}
    assert once(house) and all(name.startswith('plugins.dlms') for name in house)


def test_plugin_and_door_in_one_process(run):
    """Each has its own rooms, and none gets into the other's."""
    done, modules = run('-c', IN_THE_CORE + AND_THE_PROGRAM, cwd=ROOT)
    assert done.returncode == 0, done.stderr.decode()
    doors = {name: file for name, file in modules.items() if name.partition('.')[0] in ('dlms', 'reader')}
    assert 'reader/errors.py' in doors.values() and once(doors)
    assert once({name: file for name, file in modules.items() if name.startswith('plugins.dlms')})
