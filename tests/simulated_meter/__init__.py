# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
r"""A simulated IEC 62056-21 meter with its optical head, true to the bit and to the millisecond, and with every fault.

It imports nothing from the plugin, so that the two check each other. The `Meter` does no I/O and has no clock: it is told
what it hears and when, and gives the characters it sends with their times. `Head` is the line between meters and reader.
Three doors lead there:

    simulation = Simulation(MeterOptions(baudrate=9600), Faults(bit_errors=0.01))       # 1. virtual time, no waiting
    dlms.query(config, clock=simulation.clock, open_port=simulation.open_port)
    simulation.meter.sent[-1].values['1-1:1.8.0']                                       # ('018437.214', 'kWh')

    with url_door(given=Simulation(clock=RealClock())) as door:                         # 2. pyserial's URLs, real time
        serial.serial_for_url('meter://given')
        serial.serial_for_url('meter://house?mode=B&baudrate=4800')                     # each URL is a meter of its own
        door.simulation('meter://house?mode=B&baudrate=4800').meter.sent

    python3 tests/simulated_meter --mode C --link /tmp/meter                            # 3. a pty, real time
    with PtyDoor(MeterOptions(), Faults()) as door: door.name, door.simulation          #    the same, in a thread

Every option of `MeterOptions` and every fault of `Faults` is also an option of the command line (`--bit-errors 0.01`)
and of the URL (`bit_errors=0.01`). The pty passes bytes and not bits: there the characters are plain unless `--parity`
is given, and the speed is the one the reader has set by termios.

Each room imports only from those to its left:

    clock, streams  wire  receiver, options, protocol  household, life, profile  speech, damage, programming  meter
    head  port  doors  command

`streams` are characters as an adapter hands them over, `life` moves the values of captures, `speech` is what a meter says at
a time, `damage` what its faults make of that, `programming` what it says in programming mode.
"""

from .clock import RealClock, VirtualClock
from .doors import PtyDoor, UrlDoor, url_door
from .household import Household, make_block
from .meter import Meter, Sent
from .options import Faults, MeterOptions, least_duration
from .port import SimulatedPort, Simulation
from .protocol import block_check, crc16

__all__ = ['Faults', 'Household', 'Meter', 'MeterOptions', 'PtyDoor', 'RealClock', 'Sent', 'SimulatedPort', 'Simulation',
           'UrlDoor', 'VirtualClock', 'block_check', 'crc16', 'least_duration', 'make_block', 'url_door']
