# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The doors of the simulated meter: virtual time, URLs of pyserial, a pseudo terminal, the program."""

import io
import os
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import fields
from pathlib import Path

import pytest
import serial

from by_hand import BLOCK, REQUEST, framed, simulate
from simulated_meter import Faults, MeterOptions, PtyDoor, RealClock, Simulation, least_duration, url_door
from simulated_meter.wire import SEVEN_BITS, with_parity


def test_the_port_is_one_of_pyserial() -> None:
    simulation = simulate()
    with simulation.open_port(timeout=0.25) as port:
        assert isinstance(port, serial.SerialBase) and port.is_open and port.name
        assert port.read(10) == b'' and simulation.clock.now == pytest.approx(0.25)
        port.timeout = 0
        assert port.read(10) == b'' and simulation.clock.now == pytest.approx(0.25)
        with pytest.raises(serial.SerialException, match='lock'):
            simulation.open_port()
        with pytest.raises(io.UnsupportedOperation):
            port.fileno()
        port.timeout = None
        with pytest.raises(RuntimeError, match='for ever'):
            port.read(1)
    with pytest.raises(serial.PortNotOpenError):
        port.read(1)
    simulation.open_port().close()


def test_the_url_door_is_pyserials_and_takes_real_time() -> None:
    simulation = Simulation(MeterOptions(mode='B', baudrate=19200, block=BLOCK, flag='LGz', ident='', pause=0.1),
                            clock=RealClock())
    with url_door(given=simulation) as door:
        port = serial.serial_for_url('meter://given', baudrate=300, timeout=1.0, exclusive=True)
        started = time.monotonic()
        port.write(with_parity(REQUEST))
        assert len(port.read(7)) == 7
        port.baudrate = 19200
        data = port.read(len(framed(BLOCK)))
        took = time.monotonic() - started
        port.close()
        assert data.translate(SEVEN_BITS) == framed(BLOCK)
        least = least_duration(simulation.meter.options, len(data))
        assert least - 0.001 <= took < least + 0.5
        again = serial.serial_for_url('meter://house?mode=A&instant&strict_parity=0', timeout=1.0)
        again.write(REQUEST)
        assert again.read(4).translate(SEVEN_BITS) == b'/LGZ'
        assert door.simulation('meter://house?mode=A&instant&strict_parity=0').meter.sent
        with pytest.raises(ValueError, match='no option'):
            serial.serial_for_url('meter://house?colour=blue')
    with pytest.raises(ValueError, match='not known'):
        serial.serial_for_url('meter://given')


def test_close_ends_a_read_in_another_thread() -> None:
    port = Simulation(clock=RealClock()).open_port(timeout=30.0)
    threading.Timer(0.05, port.close).start()
    started = time.monotonic()
    with pytest.raises(serial.PortNotOpenError):
        port.read(1)
    assert time.monotonic() - started < 5.0


def pty_readout(name: str, instant: bool = False) -> bytes:
    """Mode C on a pty with plain characters."""
    with serial.Serial(name, 300, timeout=2.0) as port:
        port.write(REQUEST)
        line = port.read_until(b'\n')
        assert line.startswith(b'/')
        time.sleep(0.0 if instant else 0.03)
        port.write(b'\x06060\r\n')
        time.sleep(0.0 if instant else 0.21)
        port.baudrate = 19200
        return port.read_until(b'\x03') + port.read(1)


def test_the_pty_door_serves_one_reader_after_the_other_at_line_speed() -> None:
    options = MeterOptions(baudrate=19200, block=BLOCK, flag='LGz', ident='', escapes='', framing='8N1',
                           strict_parity=False, pause=0.1)
    with PtyDoor(options) as door:
        for _ in range(2):
            started = time.monotonic()
            assert pty_readout(door.name) == framed(BLOCK)
            assert time.monotonic() - started >= least_duration(options, len(framed(BLOCK))) - 0.02
        with serial.Serial(door.name, 2400, timeout=0.3) as port:       # the wrong speed
            port.write(REQUEST)
            assert port.read(10) == b''


def test_the_faults_of_an_adapter_pass_through_the_pty_too() -> None:
    options = MeterOptions(mode='A', instant=True, block=BLOCK, framing='8N1', strict_parity=False)
    for faults, changed in ((Faults(lost=3), 24), (Faults(padded=4), 31), (Faults(stale=5), 27)):
        with PtyDoor(options, faults) as door, serial.Serial(door.name, 300, timeout=2.0) as port:
            stale = port.read(faults.stale)
            assert stale == framed(BLOCK)[-5:][:len(stale)] and len(stale) == faults.stale
            port.write(REQUEST)
            assert port.read_until(b'\n').startswith(b'/LGZ')
            assert len(port.read(changed)) == changed
            port.timeout = 0.2
            assert port.read(1) == b''


def start_meter(*arguments: str) -> tuple['subprocess.Popen[str]', str]:
    script = Path(__file__).with_name('simulated_meter')
    process = subprocess.Popen([sys.executable, str(script), *arguments], stdout=subprocess.PIPE, text=True, cwd='/')
    ready, _, _ = select.select([process.stdout], [], [], 10.0)
    assert ready
    return process, process.stdout.readline().strip()


def test_the_program_answers_on_a_pty_until_it_is_told_to_end(tmp_path: Path) -> None:
    link = tmp_path / 'meter'
    process, name = start_meter('--mode', 'C', '--instant', '--link', str(link), '--block', BLOCK)
    with process:
        try:
            assert os.path.realpath(link) == name
            for port in (name, str(link)):
                with serial.Serial(port, 300, timeout=2.0) as reader:
                    reader.write(REQUEST)
                    assert reader.read_until(b'\n') == b'/LGZ5\\2ZMD3104407.B32\r\n'
                    reader.write(b'\x06050\r\n')
                    assert reader.read_until(b'\x03') + reader.read(1) == framed(BLOCK)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(5.0) == 0
    assert not link.is_symlink()


def test_a_pty_that_vanishes_comes_back_under_its_link(tmp_path: Path) -> None:
    link = str(tmp_path / 'meter')
    options = MeterOptions(mode='A', instant=True, framing='8N1', strict_parity=False)
    with PtyDoor(options, Faults(vanish_after=10, gone_for=0.1, when='first:1'), link):
        with serial.Serial(link, 300, timeout=2.0) as port:
            port.write(REQUEST)
            with pytest.raises((serial.SerialException, OSError)):
                port.read(11)
        assert not os.path.exists(link)
        deadline = time.monotonic() + 5.0
        while not os.path.exists(link) and time.monotonic() < deadline:
            time.sleep(0.02)
        with serial.Serial(link, 300, timeout=2.0) as port:
            port.write(REQUEST)
            assert port.read_until(b'\n').startswith(b'/LGZ')
    assert not os.path.lexists(link)


def test_every_option_is_an_option_of_the_program() -> None:
    script = Path(__file__).with_name('simulated_meter')
    shown = subprocess.run([sys.executable, str(script), '--help'], capture_output=True, text=True, check=True).stdout
    for each in [*fields(MeterOptions), *fields(Faults)]:
        assert f'--{each.name.replace("_", "-")} ' in shown
