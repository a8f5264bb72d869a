# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A dialog with the simulated meter by hand, without the plugin."""

from simulated_meter import Faults, MeterOptions, SimulatedPort, Simulation, block_check
from simulated_meter.wire import SEVEN_BITS, with_parity

REQUEST = b'/?!\r\n'
CHARACTER = 10 / 300            # s at 300 Bd
BLOCK = '1.8.0(000123.4*kWh)\r\n!\r\n'


def simulate(faults: Faults | None = None, **options: object) -> Simulation:
    return Simulation(MeterOptions(**options), faults)


def send(port: SimulatedPort, text: bytes) -> None:
    port.write(with_parity(text))
    port.flush()


def receive(port: SimulatedPort, timeout: float = 3.0) -> bytes:
    """All that comes until it is silent for `timeout`, as the 8N1 UART sees it."""
    port.timeout = timeout
    received = b''
    while portion := port.read(1):
        received += portion + port.read(port.in_waiting)
    return received


def sign_on(port: SimulatedPort, request: bytes = REQUEST) -> bytes:
    send(port, request)
    port.timeout = 3.0
    line = b''
    while not line.endswith(b'\n'):
        character = port.read(1)
        if not character:
            break
        line += character.translate(SEVEN_BITS)
    return line


def acknowledge(simulation: Simulation, port: SimulatedPort, text: bytes = b'\x06050\r\n', wait: float = 0.2) -> None:
    simulation.clock.sleep(wait)
    send(port, text)


def framed(text: str) -> bytes:
    body = text.encode() + b'\x03'
    return b'\x02' + body + bytes([block_check(body)])
