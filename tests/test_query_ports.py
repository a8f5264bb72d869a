# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Ports: those that cannot be opened or vanish, two readers at one head, another process, a pty as it was before."""

import errno
import os
import subprocess
import sys
import termios
import threading
import time
from dataclasses import replace

import pytest

import dlms
from reader.dialogue.port import turn
from reading import ask, found, opener, sent
from simulated_meter import Faults, MeterOptions, PtyDoor, Simulation

M, F = MeterOptions, Faults


# Ports that cannot be opened, and that vanish

@pytest.mark.parametrize('problem, says, number', [
    (FileNotFoundError(errno.ENOENT, 'no'), 'does not exist', errno.ENOENT),
    (PermissionError(errno.EACCES, 'no'), 'member of the group', errno.EACCES),
    (BlockingIOError(errno.EAGAIN, 'no'), 'busy', errno.EAGAIN), (ValueError('invalid URL'), 'invalid URL', None),
    (termios.error(errno.EINVAL, 'Invalid argument'), 'Invalid argument', None)], ids=str)
def test_ports_that_cannot_be_opened(problem, says, number):
    def refuse(settings):
        raise problem
    with pytest.raises(dlms.PortError, match=says) as caught:
        dlms.query({'serialport': '/dev/ttyNo'}, open_port=refuse)
    assert caught.value.errno == number and isinstance(caught.value.session, dlms.Session)


@pytest.mark.parametrize('port, says', [
    ('/dev/there-is-none', 'does not exist'), ('nonsense://x', 'cannot be opened'), ('/etc/hostname', 'cannot be opened')])
def test_real_ports_that_cannot_be_opened(port, says):
    with pytest.raises(dlms.PortError, match=says):
        dlms.query({'serialport': port})


@pytest.mark.parametrize('characters', [0, 1, 10, 23, 24, 200, 600])
def test_port_that_vanishes(characters):
    error, simulation = ask(M(), F(vanish_after=characters))
    assert type(error) is dlms.PortError and error.errno == errno.ENODEV and 'vanished' in str(error)
    received = [e for e in error.session.events if e.kind == 'received']
    assert sum(len(e.data) for e in received) == characters
    last = max((e.time for e in received), default=0)
    assert simulation.clock.monotonic() <= last + 1.2, 'at once'


def test_port_vanishes_while_sending():
    class Gone:
        in_waiting, baudrate, closed = 0, 300, False

        def write(self, data):
            raise termios.error(errno.EIO, 'Input/output error')

        def close(self):
            self.closed = True
            raise OSError(errno.EIO, 'Input/output error')
    port = Gone()
    with pytest.raises(dlms.PortError, match='vanished'):
        dlms.query({'serialport': 'sim'}, open_port=lambda settings: port)
    assert port.closed


# Two readers, one head

@pytest.fixture
def listening():
    """Another reader in this process has the port /dev/null."""
    simulation = Simulation(M(mode='D'))
    stream = dlms.listen({'serialport': '/dev/null', 'baudrate': 9600}, clock=simulation.clock, open_port=opener(simulation))
    assert next(stream)
    yield stream
    stream.close()
    assert simulation.port is None


def test_two_readers_take_turns(listening):
    """Both names lead to the same port."""
    simulation = Simulation(M())

    def stopped():
        if simulation.clock.monotonic() >= 3.0:
            listening.close()
        return False
    readout, _ = ask(simulation=simulation, serialport='/dev/../dev/null', stopped=stopped)
    assert found(readout) == sent(simulation) and readout.waited == pytest.approx(3.0, abs=0.2)
    # the readout begins after that
    assert readout.phases['open'] == 0 and sum(readout.phases.values()) == pytest.approx(readout.duration)
    assert readout.duration < 3.0 and readout.session.events[0].time == 0


@pytest.mark.parametrize('stop_at, kind, says', [(float('inf'), dlms.PortError, 'busy'), (3.0, dlms.ReadoutStopped, 'stopped')])
def test_waiting_for_the_other_reader(listening, stop_at, kind, says):
    simulation = Simulation(M())
    with pytest.raises(kind, match=says) as caught:
        dlms.query({'serialport': '/dev/null'}, clock=simulation.clock, open_port=opener(simulation),
                   stopped=lambda: simulation.clock.monotonic() >= stop_at)
    assert isinstance(caught.value.session, dlms.Session)
    assert simulation.clock.monotonic() == pytest.approx(min(stop_at, 30.0), abs=0.4)


def test_a_reader_that_asks_has_its_whole_time_before_others_give_up():
    simulation, other = Simulation(M()), Simulation(M())
    failures = []

    def another(progress):
        if not failures:
            with pytest.raises(dlms.PortError, match='busy: another readout') as caught:
                dlms.query({'serialport': '/dev/null'}, clock=other.clock, open_port=opener(other))
            failures.append(caught.value)
    readout, _ = ask(simulation=simulation, serialport='/dev/null', max_duration=200, progress=another)
    assert found(readout) == sent(simulation) and readout.waited == 0
    assert other.clock.monotonic() == pytest.approx(200 + 30, abs=0.4)


def test_readers_of_one_port_come_in_the_order_in_which_they_asked():
    order, threads = [], []

    def read(number, waits):
        with turn('/dev/null', 1.0, lambda seconds: waits.set() or time.sleep(0.001), 0.001):
            order.append(number)
    with turn('/dev/null', 10.0, time.sleep, 0.1):
        for number in range(9):
            waits = threading.Event()
            threads.append(threading.Thread(target=read, args=(number, waits)))
            threads[-1].start()
            assert waits.wait(3)
    for thread in threads:
        thread.join(3)
    assert order == list(range(9))


@pytest.mark.parametrize('faults, config', [
    ({}, {}), ({'silent': 'always'}, {}), ({'vanish_after': 100}, {}), ({'wrong_check': True}, {}),
    ({'silent': 'always'}, {'only_listen': True})], ids=str)
def test_the_port_is_free_for_the_next(faults, config):
    ask(M(), F(**faults), **config)
    readout, _ = ask(M())
    assert isinstance(readout, dlms.Readout) and readout.phases['open'] == 0


def test_a_fault_of_the_caller_leaves_the_port_free_too():
    simulation = Simulation(M())

    def stumble(progress):
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        ask(simulation=simulation, progress=stumble)
    assert simulation.port is None
    assert isinstance(ask(simulation=simulation)[0], dlms.Readout)


# A pty

HOLD = 'import serial, sys; p = serial.Serial(sys.argv[1], exclusive=True); print("held", flush=True); sys.stdin.read()'
INSTANT = M(instant=True, framing='8N1', strict_parity=False)


def test_another_process_has_the_port():
    with PtyDoor(replace(INSTANT)) as door:
        holder = subprocess.Popen([sys.executable, '-c', HOLD, door.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert holder.stdout.readline() == b'held\n'
            with pytest.raises(dlms.PortError, match='busy: another program') as caught:
                dlms.query({'serialport': door.name})
            assert caught.value.errno in (errno.EAGAIN, errno.EBUSY)
        finally:
            holder.communicate()


def change_hupcl(name, wanted):
    """Sets or clears it; what it was."""
    port = os.open(name, os.O_RDWR | os.O_NOCTTY)
    attributes = termios.tcgetattr(port)
    was = attributes[2] & termios.HUPCL
    attributes[2] = attributes[2] | termios.HUPCL if wanted else attributes[2] & ~termios.HUPCL
    termios.tcsetattr(port, termios.TCSANOW, attributes)
    os.close(port)
    return was


@pytest.mark.parametrize('parity', ['auto', 'even', 'none'])
def test_pty(parity):
    """Plain characters; HUPCL cleared; no descriptor left."""
    with PtyDoor(replace(INSTANT)) as door:
        before = os.listdir('/proc/self/fd')
        change_hupcl(door.name, True)
        readout = dlms.query({'serialport': door.name, 'parity': parity})
        assert found(readout) == sent(door.simulation)
        assert next(e.data for e in readout.session.events if e.kind == 'sent') == b'/?!\r\n'
        with pytest.raises(dlms.NoAnswer):
            dlms.query({'serialport': door.name, 'device_address': '1', 'timeout': 0.3})
        assert os.listdir('/proc/self/fd') == before
        assert not change_hupcl(door.name, False)
