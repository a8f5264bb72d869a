# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Heads behind a network: Debian's ser2net between the simulated meter on a pty and the reader, in real time."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

import dlms
from reading import found, sent, seven_bits
from simulated_meter import Faults, MeterOptions, PtyDoor

RAW, RFC2217 = 'tcp', 'telnet(rfc2217),tcp'
NO_DTR = {'rfc2217': '?ign_set_control', 'socket': ''}           # a pty has neither DTR nor RTS, ser2net says nothing to them
WITH_PARITY = {'framing': '7E1', 'strict_parity': False}        # what a server in 8N1 passes on
WITHOUT = {'framing': '8N1', 'strict_parity': False}            # what one in 7E1 makes of it

pytestmark = pytest.mark.filterwarnings(r'ignore:set(Daemon|Name)\(\):DeprecationWarning')   # pyserial's rfc2217


@pytest.fixture(autouse=True)
def nothing_left():
    before = set(threading.enumerate()), len(os.listdir('/proc/self/fd'))
    yield
    assert (set(threading.enumerate()), len(os.listdir('/proc/self/fd'))) == before


@contextmanager
def served(tmp_path, accepter, speed, **options):
    """A meter behind ser2net: the port's number, the meter's door, the server's process."""
    program = shutil.which('ser2net') or shutil.which('ser2net', path='/usr/sbin:/usr/local/sbin')
    if not program:
        pytest.fail('the tests of network heads need ser2net: apt-get install ser2net')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        number = free.getsockname()[1]
    with PtyDoor(MeterOptions(**options), Faults()) as door:
        configuration = tmp_path / 'ser2net.yaml'
        configuration.write_text(f'%YAML 1.1\n---\nconnection: &meter\n  accepter: {accepter},127.0.0.1,{number}\n'
                                 f'  connector: serialdev,{door.name},{speed},local\n')
        server = subprocess.Popen([program, '-d', '-u', '-c', str(configuration)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            _wait_for(number, server)
            yield number, door, server
        finally:
            server.kill()
            server.wait()


def _wait_for(number, server):
    """Until it listens: seen in the kernel's list, because a connection would open the meter's port."""
    wanted = f':{number:04X} 00000000:0000 0A'
    for _ in range(250):
        with open('/proc/net/tcp', encoding='ascii') as table:
            if wanted in table.read():
                return
        assert server.poll() is None, 'ser2net ended'
        time.sleep(0.02)
    pytest.fail('ser2net does not listen')


@pytest.mark.parametrize('scheme, accepter, speed, options, config, baudrate, checked', [
    ('rfc2217', RFC2217, '300n81', WITH_PARITY, {}, 9600, ('parity', 'bcc')),
    ('rfc2217', RFC2217, '300n81', {**WITHOUT, 'mode': 'B'}, {}, 4800, ('bcc',)),
    ('socket', RAW, '300n81', WITH_PARITY, {'baudrate_fix': True}, 300, ('parity', 'bcc')),
    ('socket', RAW, '300e71', WITHOUT, {'baudrate_fix': True}, 300, ('bcc',))], ids=str)
def test_read_through_ser2net(scheme, accepter, speed, options, config, baudrate, checked, tmp_path):
    with served(tmp_path, accepter, speed, **options) as (number, door, _):
        readout = dlms.query({'serialport': f'{scheme}://127.0.0.1:{number}{NO_DTR[scheme]}', 'querycode': '#', **config})
        blocks = door.simulation.meter.sent
        assert [(block.baudrate, block.repeats) for block in blocks] == [(baudrate, 0)]
        assert found(readout) == sent(door.simulation)
        assert (readout.baudrate, readout.checked, readout.repeats) == (baudrate, checked, 0)


def test_telegram_through_ser2net(tmp_path):
    with served(tmp_path, RAW, '9600n81', mode='D', interval=1.5, **WITH_PARITY) as (number, door, _):
        readout = dlms.query({'serialport': f'socket://127.0.0.1:{number}', 'only_listen': True, 'baudrate': 9600})
        assert found(readout) == sent(door.simulation)


@pytest.mark.parametrize('scheme, accepter', [('rfc2217', RFC2217), ('socket', RAW)])
def test_server_is_gone_in_the_middle(scheme, accepter, tmp_path):
    with served(tmp_path, accepter, '300n81', **WITH_PARITY) as (number, _, server):
        def end(progress):
            if progress.characters >= 10:
                server.kill()
        with pytest.raises(dlms.PortError, match='vanished') as caught:
            dlms.query({'serialport': f'{scheme}://127.0.0.1:{number}{NO_DTR[scheme]}'}, progress=end)
    received = b''.join(e.data for e in caught.value.session.events if e.kind == 'received')
    assert seven_bits(received).startswith(b'/LGZ5')


@pytest.mark.parametrize('scheme', ['socket', 'rfc2217'])
def test_nobody_listens(scheme):
    with socket.socket() as closed:
        closed.bind(('127.0.0.1', 0))
        began = time.monotonic()
        with pytest.raises(dlms.PortError, match='cannot be opened'):
            dlms.query({'serialport': f'{scheme}://127.0.0.1:{closed.getsockname()[1]}'})
        assert time.monotonic() - began < 1.0


def test_server_that_says_nothing():
    with socket.create_server(('127.0.0.1', 0)) as server:
        began = time.monotonic()
        with pytest.raises(dlms.PortError, match='cannot be opened'):
            dlms.query({'serialport': f'rfc2217://127.0.0.1:{server.getsockname()[1]}'})
        assert time.monotonic() - began < 5.0


def test_server_that_takes_no_connection():
    """Its queue is full: as with a host that drops packets."""
    with socket.create_server(('127.0.0.1', 0), backlog=0) as server, socket.socket() as one, socket.socket() as two:
        for client in (one, two):
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        began = time.monotonic()
        with pytest.raises(dlms.PortError, match='cannot be opened'):
            dlms.query({'serialport': f'socket://127.0.0.1:{server.getsockname()[1]}'})
        assert 1.0 < time.monotonic() - began < 5.5


@contextmanager
def stopped_after(seconds):
    """A stop() that asks so, and the threads that were there before."""
    end = time.monotonic() + seconds
    yield lambda: time.monotonic() >= end


@pytest.mark.parametrize('full', [False, True], ids=['says nothing', 'takes no connection'])
def test_a_stop_does_not_wait_for_a_host_and_the_next_start_does(full):
    before = set(threading.enumerate())
    with socket.create_server(('127.0.0.1', 0), backlog=0) as server, socket.socket() as one, socket.socket() as two:
        for client in (one, two) if full else ():
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        url = f'rfc2217://127.0.0.1:{server.getsockname()[1]}'
        with pytest.raises(dlms.ReadoutStopped), stopped_after(0.3) as stopped:
            began = time.monotonic()
            dlms.query({'serialport': url}, stopped=stopped)
        assert time.monotonic() - began < 0.8
        [opening] = [thread for thread in threading.enumerate() if thread.name == f'opens {url}']
        with pytest.raises(dlms.ReadoutStopped), stopped_after(0.3) as stopped:
            dlms.query({'serialport': url}, stopped=stopped)
        assert [thread for thread in threading.enumerate() if thread.name == f'opens {url}'] == [opening]
        with pytest.raises(dlms.PortError, match='cannot be opened'):
            dlms.query({'serialport': url})
        assert not opening.is_alive()
        assert set(threading.enumerate()) == before


FLOOD = """
import socket
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
connection, _ = server.accept()
try:
    while True:
        connection.send(b'x' * 65536)
except OSError:
    pass
"""


def test_a_flood_before_the_port_is_open_costs_little():
    with subprocess.Popen([sys.executable, '-c', FLOOD], stdout=subprocess.PIPE, text=True) as server:
        number, began = server.stdout.readline().strip(), time.process_time()
        with pytest.raises(dlms.PortError):
            dlms.query({'serialport': f'rfc2217://127.0.0.1:{number}'})
        assert time.process_time() - began < 1.0
        server.kill()
