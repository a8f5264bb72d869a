# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What drivers and adapters do to a reader: late bits, deadlines, and ports that change, vanish or are shared."""

import errno
import fcntl
import os
import select
import shutil
import struct
import subprocess
import sys
import termios
from types import SimpleNamespace

import pytest
import serial

import dlms
from reader import diagnosis
from reader.dialogue import heads
from reader.dialogue import line as reader_line
from reader.dialogue import port as reader_port
from reader.memory import Memory
from reading import ask, found, opener, sent, wrong_values
from simulated_meter import Faults, MeterOptions, PtyDoor, SimulatedPort, Simulation, least_duration
from simulated_meter.wire import with_parity

M, F = MeterOptions, Faults


# The change of speed

@pytest.mark.parametrize('grid', [0.0, 0.010, 0.036, 0.040])
@pytest.mark.parametrize('late', [0.0, 0.005, 0.010, 0.015])
@pytest.mark.parametrize('flag', ['ISk', 'LGZ'])
def test_the_speed_changes_after_our_last_bit_and_before_the_meters_first(flag, late, grid):
    readout, simulation = ask(M(flag=flag), F(late_start=late, flush_grid=grid))
    change = simulation.head.switches[0]
    assert change.baudrate == 9600
    assert 0 <= change.time - change.last_bit < simulation.meter.options.reaction_time
    assert isinstance(readout, dlms.Readout) and found(readout) == sent(simulation)
    assert len(simulation.head.switches) == 1 and readout.repeats == 0
    least = least_duration(simulation.meter.options, simulation.meter.sent[-1].characters)
    assert readout.duration < least + 2 * late + 0.025


# Deadlines, and ports that vanish

@pytest.mark.parametrize('meter, faults, config, kind', [
    ({}, {}, {'settle': 20.0, 'max_duration': 2.0}, 'no_time_to_answer'),
    ({}, {}, {'max_duration': 0.05}, 'no_time_to_answer'),
    ({'kind': 'heat'}, {}, {'wakeup': True, 'max_duration': 1.0}, 'no_time_to_answer'),
    ({'kind': 'heat'}, {}, {'wakeup': True, 'max_duration': 3.0}, 'no_time_to_answer'),
    ({}, {'silent': 'always'}, {'timeout': 20.0, 'max_duration': 2.0}, 'no_time_to_answer'),
    ({}, {'silent': 'identification'}, {'timeout': 20.0, 'max_duration': 4.0}, 'acknowledgement_ignored'),
    ({}, {'truncate': 100}, {'max_duration': 3.0}, 'too_long'),
    ({}, {'truncate': 100}, {'timeout': 9.0, 'max_duration': 4.0, 'serialport': 'socket://far:1'}, 'too_long'),
    ({'mode': 'D'}, {'silent': 'always'}, {'only_listen': True, 'max_duration': 20.0}, 'no_telegram')], ids=str)
def test_nothing_lasts_longer_than_max_duration(meter, faults, config, kind):
    error, simulation = ask(M(**meter), F(**faults), **config)
    assert isinstance(error, dlms.MeterError) and 'max_duration' in error.text('de')
    assert simulation.clock.monotonic() <= config['max_duration'] + 0.3
    assert diagnosis.diagnose(error).kind == kind


def test_waiting_for_another_reader_is_not_part_of_the_readout():
    other = Simulation(M(mode='D'))
    stream = dlms.listen({'serialport': '/dev/null', 'baudrate': 9600}, clock=other.clock, open_port=opener(other))
    assert next(stream)
    simulation = Simulation(M())

    def stopped():
        if simulation.clock.monotonic() >= 9.0:
            stream.close()
        return False
    readout, _ = ask(simulation=simulation, serialport='/dev/null', max_duration=5.0, stopped=stopped)
    assert found(readout) == sent(simulation)


@pytest.mark.parametrize('moment', [0.1, 0.9, 1.3, 2.9, 3.4])
@pytest.mark.parametrize('config', [{'settle': 30.0}, {'wakeup': True}, {'timeout': 30.0}, {'only_listen': True}], ids=str)
def test_a_port_that_is_unplugged_is_missed_within_half_a_second(config, moment):
    """While nothing is awaited, too: in a pause, or while the request leaves."""
    simulation = Simulation(M(), F(silent='always'))

    def open_port(settings):
        port = opener(simulation)(settings)
        simulation.head.receiver.gone_at = moment
        return port
    with pytest.raises(dlms.PortError, match='vanished') as caught:
        dlms.query({'serialport': 'sim', **config}, clock=simulation.clock, open_port=open_port)
    assert caught.value.session and moment <= simulation.clock.monotonic() <= moment + 0.5


# Another program at the same port

TIOCGEXCL = 0x80045440      # Linux: is the port taken for one alone
READ_TOO = """
import os, sys
port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
print("open", flush=True)
while sys.stdin.buffer.read1(1):
    os.read(port, 1000)
    print("read", flush=True)
"""


def is_taken_alone(descriptor):
    return bool(struct.unpack('i', fcntl.ioctl(descriptor, TIOCGEXCL, bytes(4)))[0])


def test_the_port_is_taken_for_ourselves_and_given_back():
    with PtyDoor(M(instant=True, framing='8N1', strict_parity=False)) as door:
        other = os.open(door.name, os.O_RDWR | os.O_NOCTTY)
        taken = []
        assert dlms.query({'serialport': door.name}, progress=lambda progress: taken.append(is_taken_alone(other)))
        assert taken and all(taken) and not is_taken_alone(other)
        with pytest.raises(dlms.NoAnswer):
            dlms.query({'serialport': door.name, 'device_address': '1', 'timeout': 0.3})
        assert not is_taken_alone(other)
        os.close(other)


@pytest.fixture
def reading_too():
    """A pty, both ends, and a process that reads from it what it is told to."""
    master, slave = os.openpty()
    name = os.ttyname(slave)
    process = subprocess.Popen([sys.executable, '-c', READ_TOO, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b'open\n'
    yield master, name, process
    process.communicate()
    os.close(master)
    os.close(slave)


def test_characters_that_another_program_reads_are_told_from_a_loose_plug(reading_too, monkeypatch):
    """pyserial sees that characters wait, and when it reads them they are gone."""
    master, name, process = reading_too

    def wait_and_lose(*what):
        ready = select.select(*what)
        if ready[0]:
            process.stdin.write(b'x')
            process.stdin.flush()
            assert process.stdout.readline() == b'read\n'
        return ready
    monkeypatch.setattr(serial.serialposix, 'select', SimpleNamespace(select=wait_and_lose, error=select.error))
    with pytest.raises(dlms.PortError) as caught:
        dlms.query({'serialport': name}, meanwhile=lambda: os.write(master, b'/LGZ'))
    finding = diagnosis.diagnose(caught.value)
    assert finding.kind == 'port_shared' and f'(PID {process.pid})' in finding.text('de')
    again = dlms.Session.from_text(caught.value.session.to_text())
    with pytest.raises(dlms.PortError, match='another program') as replayed:
        dlms.replay(again)
    assert diagnosis.diagnose(replayed.value, None).kind == 'port_shared'


def test_silence_beside_another_program_is_not_blamed_on_the_head(reading_too):
    _, name, process = reading_too
    with pytest.raises(dlms.NoAnswer) as caught:
        dlms.query({'serialport': name, 'timeout': 1.8})
    finding = diagnosis.diagnose(caught.value)
    assert finding.kind == 'port_shared' and f'(PID {process.pid})' in finding.text('de')
    assert diagnosis.diagnose(caught.value, None).kind == 'silence'


# Speeds that a port cannot do

@pytest.fixture
def slow_driver(monkeypatch):
    """A driver that takes no speed above 4800 Bd, and says nothing of it."""
    monkeypatch.setattr(reader_line, 'speed_of', lambda port: min(port.baudrate, 4800))


def test_speed_that_the_port_cannot_do(slow_driver):
    """Both stay at 300 Bd then, in the same session."""
    readout, simulation = ask(M(flag='ISk', size=400))
    assert isinstance(readout, dlms.Readout) and readout.baudrate == 300 and found(readout) == sent(simulation)
    assert any('cannot do 9600 Bd' in str(remark) for remark in readout.remarks)
    assert dlms.replay(dlms.Session.from_text(readout.session.to_text())).data_sets == readout.data_sets


@pytest.mark.parametrize('meter, config', [
    ({'mode': 'B', 'baudrate': 9600}, {}), ({'mode': 'D'}, {'baudrate': 9600, 'only_listen': True}), ({}, {'baudrate': 9600})],
    ids=str)
def test_speed_that_the_port_cannot_do_is_said(slow_driver, meter, config):
    error, _ = ask(M(**meter), **config)
    assert 'kann die Geschwindigkeit 9600 Bd nicht' in error.text('de')
    finding = diagnosis.diagnose(error)
    assert finding.kind == 'speed_refused' and '9600 Bd' in finding.text('en')
    with pytest.raises(dlms.MeterError, match='cannot do 9600 Bd'):
        dlms.replay(error.session)


def test_listening_goes_on_at_the_speeds_that_the_port_can_do(slow_driver):
    readout, _ = ask(M(mode='D', baudrate=2400), only_listen=True)
    assert isinstance(readout, dlms.Readout) and readout.baudrate == 2400


def test_speed_as_the_driver_has_set_it():
    master, slave = os.openpty()
    with serial.serial_for_url(os.ttyname(slave), baudrate=9600) as port:
        assert reader_port.speed_of(port) == 9600
        attributes = termios.tcgetattr(slave)
        attributes[4] = attributes[5] = termios.B4800
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        assert reader_port.speed_of(port) == 4800
    os.close(master)
    os.close(slave)
    assert reader_port.speed_of(object()) is None


# Parity in the UART

class Uart(SimulatedPort):
    """A port open as 7E1, with a driver that looks at the parity while INPCK is set: a wrong character becomes NUL."""

    attributes = (0, 0, termios.PARENB | termios.CS7, 0, 0, 0, 0)

    def fileno(self):
        return 1_000_000

    def _reconfigure_port(self, force_update=False):
        self.attributes = (0, *self.attributes[1:])      # as pyserial
        super()._reconfigure_port(force_update)

    def write(self, data):
        return super().write(with_parity(data))

    def read(self, size=1):
        checks = self.attributes[0] & termios.INPCK
        return bytes(0 if checks and c.bit_count() % 2 else c & 0x7F for c in super().read(size))


@pytest.fixture(params=[True, False], ids=['driver checks', 'driver does not'])
def ask_uart(request, monkeypatch):
    """ask(meter, faults): query() with `parity: even`; `ask.checks`: the driver knows INPCK."""
    ports = []

    def set_attributes(descriptor, when, attributes):
        ports[-1].attributes = (attributes[0] if request.param else attributes[0] & ~termios.INPCK, *attributes[1:])
    system = SimpleNamespace(**{name: getattr(termios, name) for name in dir(termios)})
    system.tcgetattr, system.tcsetattr = lambda descriptor: list(ports[-1].attributes), set_attributes
    monkeypatch.setattr(reader_port, 'termios', system)

    def ask(meter, faults):
        simulation = Simulation(meter, faults)

        def open_port(settings):
            port = simulation.open_port(timeout=0.25)
            port.__class__ = Uart
            ports.append(port)
            return port
        try:
            return dlms.query({'serialport': 'sim', 'parity': 'even'}, clock=simulation.clock, open_port=open_port), simulation
        except dlms.MeterError as error:
            return error, simulation
    ask.checks = request.param
    return ask


UNPROTECTED = {'frame': False, 'size': 300}


@pytest.mark.parametrize('meter', [{'mode': 'A'}, {'mode': 'B', 'baudrate': 4800}, {}], ids=str)
def test_parity_in_the_uart_vouches_for_data_without_a_check(ask_uart, meter):
    """After each change of the speed, too."""
    outcome, simulation = ask_uart(M(**UNPROTECTED, **meter), F())
    if ask_uart.checks:
        assert outcome.checked == ('parity',) and found(outcome) == sent(simulation)
        assert dlms.replay(outcome.session).checked == outcome.checked
        return
    assert 'does not check the parity' in str(outcome)
    assert diagnosis.diagnose(outcome).kind == 'parity_unseen' and 'parity auf auto' in diagnosis.diagnose(outcome).remedy('de')
    with pytest.raises(dlms.ProtocolError, match='does not check the parity'):
        dlms.replay(outcome.session)


def test_data_with_a_check_needs_no_parity(ask_uart):
    outcome, simulation = ask_uart(M(), F())
    assert found(outcome) == sent(simulation)
    assert outcome.checked == (('parity', 'bcc') if ask_uart.checks else ('bcc',))


def test_no_wrong_value_comes_through_a_uart(ask_uart):
    refused = 0
    for seed in range(12):
        faults = F(seed=seed, bit_errors=0.006, errors_in='data')
        outcome, simulation = ask_uart(M(mode='B', baudrate=4800, **UNPROTECTED), faults)
        refused += isinstance(outcome, dlms.MeterError)
        assert isinstance(outcome, dlms.MeterError) or not wrong_values(outcome, simulation)
        if refused and ask_uart.checks and isinstance(outcome, dlms.MeterError):
            assert diagnosis.diagnose(outcome).kind in ('bad_characters', 'cut')
    assert refused == 12 or (ask_uart.checks and 0 < refused < 12)


# A head that comes back under another name

class Computer:
    """Its /dev and /sys, and adapters that are plugged in; at each a meter."""

    def __init__(self, root):
        self.root, self.meters, self.opened = root, {}, []

    def plug(self, socket, name, meter, serial_number=''):
        """An adapter comes at a socket, as /dev/`name`."""
        device = self.root / f'sys/devices/usb1/{socket}'
        (device / f'{socket}:1.0' / name).mkdir(parents=True)
        for file, content in (('idVendor', '1a86'), ('idProduct', '7523'), ('serial', serial_number)):
            (device / file).write_text(content + '\n')
        (device / f'{socket}:1.0/bInterfaceNumber').write_text('00\n')
        (self.root / f'sys/class/tty/{name}').mkdir(parents=True)
        (self.root / f'sys/class/tty/{name}/device').symlink_to(device / f'{socket}:1.0' / name)
        (self.root / 'dev').mkdir(exist_ok=True)
        (self.root / 'dev' / name).touch()
        for kind, link in (('by-id', f'usb-1a86_{serial_number}-if00-port0'), ('by-path', f'pci-usb-{socket}')):
            (self.root / 'dev/serial' / kind).mkdir(parents=True, exist_ok=True)
            (self.root / 'dev/serial' / kind / link).unlink(missing_ok=True)
            (self.root / 'dev/serial' / kind / link).symlink_to(f'../../{name}')
        self.meters[f'/dev/{name}'] = meter

    def pull(self, socket, name):
        shutil.rmtree(self.root / f'sys/devices/usb1/{socket}')
        shutil.rmtree(self.root / f'sys/class/tty/{name}')
        (self.root / 'dev' / name).unlink()
        for link in (self.root / 'dev/serial').glob('*/*'):
            if not link.exists():
                link.unlink()
        del self.meters[f'/dev/{name}']

    def read(self, memory, port='/dev/ttyUSB0'):
        """query(), as the plugin does it."""
        def open_port(settings):
            if settings.serialport not in self.meters:
                raise FileNotFoundError(errno.ENOENT, settings.serialport)
            self.opened.append(settings.serialport)
            return opener(self.meters[settings.serialport])(settings)
        clock = next(iter(self.meters.values())).clock
        try:
            return dlms.query({'serialport': port}, memory=memory, clock=clock, open_port=open_port)
        except dlms.MeterError as error:
            return error


@pytest.fixture
def computer(tmp_path, monkeypatch):
    monkeypatch.setattr(heads, 'ROOT', tmp_path)
    return Computer(tmp_path)


def one_of_two(seed):
    return Simulation(M(seed=seed, instant=True))


@pytest.mark.parametrize('socket', ['1-1', '1-2'])
@pytest.mark.parametrize('serial_number', ['A1', ''])
def test_a_head_that_came_back_is_found_by_its_name(computer, serial_number, socket):
    """One adapter alone is known by its name at any socket."""
    memory, meter = Memory(), one_of_two(1)
    computer.plug('1-1', 'ttyUSB0', meter, serial_number)
    assert isinstance(computer.read(memory), dlms.Readout) and memory.head.startswith('/dev/serial/by-id/')
    computer.pull('1-1', 'ttyUSB0')
    computer.plug(socket, 'ttyUSB1', meter, serial_number)
    readout = computer.read(memory)
    assert isinstance(readout, dlms.Readout) and computer.opened[-1] == '/dev/ttyUSB1'
    assert '/dev/ttyUSB0 gibt es nicht mehr, der Lesekopf ist jetzt /dev/ttyUSB1' in [r.to('de') for r in readout.remarks]


def test_of_two_heads_with_one_name_the_socket_tells_which(computer):
    memory, one, other = Memory(), one_of_two(1), one_of_two(2)
    computer.plug('1-1', 'ttyUSB0', one)
    computer.plug('1-2', 'ttyUSB1', other)
    assert isinstance(computer.read(memory), dlms.Readout) and memory.head == '/dev/serial/by-path/pci-usb-1-1'
    computer.pull('1-1', 'ttyUSB0')
    assert isinstance(computer.read(memory), dlms.PortError)
    computer.plug('1-1', 'ttyUSB2', one)
    assert isinstance(computer.read(memory), dlms.Readout) and computer.opened[-1] == '/dev/ttyUSB2'


def test_a_second_head_of_the_same_name_is_not_taken_for_the_first(computer):
    memory, one, other = Memory(), one_of_two(1), one_of_two(2)
    computer.plug('1-1', 'ttyUSB0', one)
    assert isinstance(computer.read(memory), dlms.Readout)
    computer.pull('1-1', 'ttyUSB0')
    computer.plug('1-2', 'ttyUSB1', other)
    computer.plug('1-3', 'ttyUSB2', one)
    assert isinstance(computer.read(memory), dlms.PortError) and computer.opened == ['/dev/ttyUSB0']


def test_nothing_of_another_meter_is_handed_over(computer):
    memory = Memory()
    computer.plug('1-1', 'ttyUSB0', one_of_two(1), 'A1')
    assert isinstance(computer.read(memory), dlms.Readout)
    number = memory.number
    computer.pull('1-1', 'ttyUSB0')
    computer.plug('1-1', 'ttyUSB1', one_of_two(2), 'A1')
    for _ in range(2):
        error = computer.read(memory)
        assert type(error) is dlms.AnotherMeter and error.wanted == number != error.found
        assert diagnosis.diagnose(error).kind == 'another_meter'


@pytest.mark.parametrize('port', ['/dev/serial/by-id/usb-1a86_A1-if00-port0', 'socket://far:1'])
def test_a_name_that_lasts_is_left_alone(computer, port):
    computer.plug('1-1', 'ttyUSB0', one_of_two(1), 'A1')
    assert heads.lasting_name(port) == '' and heads.moved_to(port, '/dev/serial/by-id/usb-1a86_A1-if00-port0') == ''


def test_following_a_head_that_came_back(computer):
    """It is told once that another meter is there, and read on when the right one is back."""
    sends = {'mode': 'D', 'baudrate': 9600, 'interval': 2.0}
    clock = Simulation().clock
    right, wrong = (Simulation(M(seed=seed, **sends), clock=clock) for seed in (1, 2))
    told = []

    def open_port(settings):
        if settings.serialport not in computer.meters:
            raise FileNotFoundError(errno.ENOENT, settings.serialport)
        return opener(computer.meters[settings.serialport])(settings)

    def failed(error):
        told.append(type(error))
        if len(told) == 2:
            computer.pull('1-1', 'ttyUSB1')
            computer.plug('1-1', 'ttyUSB2', right, 'A1')
    computer.plug('1-1', 'ttyUSB0', right, 'A1')
    stream = dlms.listen({'serialport': '/dev/ttyUSB0', 'baudrate': 9600}, clock=clock, open_port=open_port, failed=failed)
    first = next(stream)
    right.head.receiver.gone_at = clock.monotonic()
    computer.pull('1-1', 'ttyUSB0')
    computer.plug('1-1', 'ttyUSB1', wrong, 'A1')
    second = next(stream)
    stream.close()
    assert told == [dlms.PortError, dlms.AnotherMeter]
    assert str(second.identification) == str(first.identification)
    assert any('/dev/ttyUSB2 now' in str(remark) for remark in second.remarks)
