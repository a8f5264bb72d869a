#!/usr/bin/env python3
# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Readouts of simulated meters with every fault, by the thousand and in virtual time: no wrong value, nothing left behind.

    python3 tests/soak.py [READOUTS] [SEED]        (`make soak`: 10,000)

What a readout gives is compared with what the meter meant to send. Each number is a readout that can be repeated alone:
`print(soak.read(soak.case(4711)))`.
"""

import argparse
import gc
import os
import random
import resource
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import dlms
from reader.memory import Memory
from reader.session import AGAIN
from reading import opener, wrong_values
from simulated_meter import Faults, MeterOptions, Simulation

STOP_TIME = 0.5         # s from stop to end
LONGEST = 400.0         # s that any of these readouts may take in the simulated time


def bit_errors(share: float) -> dict[str, Any]:
    """The fault of a line that damages this share of the characters: one flipped bit, in a third as many two."""
    return {'bit_errors': share, 'double_bit_errors': 0.3 * share}


METERS: tuple[dict[str, Any], ...] = (
    {'mode': 'C', 'baudrate': 9600}, {'mode': 'C', 'baudrate': 300}, {'mode': 'C', 'baudrate': 19200, 'size': 2000},
    {'mode': 'C', 'frame': False}, {'mode': 'C', 'repeat_within': 0.0}, {'mode': 'C', 'single_speed': True}, {'flag': 'ISk'},
    {'mode': 'C', 'speed_character': '8'}, {'flag': 'KAM', 'mode': 'B', 'baudrate': 1200}, {'mode': 'B', 'baudrate': 4800},
    {'mode': 'B', 'speed_character': 'H'}, {'mode': 'B', 'frame': False}, {'mode': 'A'}, {'mode': 'A', 'frame': False},
    {'kind': 'heat'}, {'mode': 'D', 'baudrate': 9600}, {'mode': 'D', 'baudrate': 2400}, {'kind': 'p1'},
    {'kind': 'p1', 'phase': -0.01})
FAULTS: tuple[dict[str, Any], ...] = (
    {}, {'silent': 'always'}, {'silent': 'identification'}, {'silent': 'acknowledged'}, {'silent': 'fast'},
    {'identify_twice': 'at once'}, {'identify_twice': 'late'}, {'wrong_check': True}, {'truncate': 1}, {'truncate': 250},
    {'damaged_stx': True}, {'missing_etx': True}, {'missing_bcc': True}, {'short_crc': True}, {'endless': True},
    {'eight_bit_text': True}, {'instead': 'sml'}, {'instead': 'hdlc'}, {'instead': 'mbus'}, {'noise': 30},
    {'noise_before_data': 12}, {'bit_errors': 0.001}, {'bit_errors': 0.01}, {'bit_errors': 0.001, 'errors_in': 'all'},
    {'bit_errors': 0.0005, 'double_bit_errors': 0.0002, 'errors_in': 'data'}, bit_errors(0.01), {'echo': 'request'},
    {'echo': 'acknowledgement'}, {'echo': 'all'}, {'max_baudrate': 4800}, {'deaf_after_open': 0.3}, {'needs': 'dtr'},
    {'needs': 'dtr,-rts'}, {'early_flush': True}, {'latency': 0.016}, {'vanish_after': 3}, {'vanish_after': 150},
    {'vanish_after': 400, 'gone_for': 20.0})
CONFIGS: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {'timeout': 1.0}, {'use_checksum': False}, {'baudrate_fix': True}, {'parity': 'software'}, {'parity': 'even'},
    {'settle': 0.4}, {'rts': False}, {'max_duration': 20.0}, {'querycode': '2'}, {'device_address': '1'}, {'checksum': 'sum'})


@dataclass
class Case:
    """A readout to be."""

    number: int
    meter: dict[str, Any]
    faults: dict[str, Any]
    config: dict[str, Any]
    port: str = 'simulated'             # what is remembered of a disturbed one counts for its next readouts
    stop_at: float = float('inf')       # s, when it is stopped


@dataclass
class Outcome:
    """What became of it."""

    kind: str                           # read, or the name of the error
    repeats: int = 0
    seconds: float = 0.0
    wrong: tuple[Any, ...] = ()         # data sets that the meter did not send
    checked: tuple[str, ...] = ()
    error: str = ''


def case(number: int) -> Case:
    """The readout of that number: one meter, one or two faults, one configuration."""
    dice = random.Random(f'soak {number}')
    meter = {**dice.choice(METERS), 'seed': dice.randrange(1000), 'instant': dice.random() < 0.3}
    faults = {'seed': number, 'when': dice.choice(('always', 'first:1', 'every:2')), **dice.choice(FAULTS)}
    if dice.random() < 0.3:
        faults.update(dice.choice(FAULTS))
    if dice.random() < 0.2 and meter.get('kind') != 'p1':
        meter.update(framing='8N1', strict_parity=False)
    pushes = meter.get('mode') == 'D' or meter.get('kind') == 'p1'
    config = {'max_duration': 120.0, 'only_listen': pushes != (dice.random() < 0.05), **dice.choice(CONFIGS)}
    if meter.get('kind') == 'heat':
        config['wakeup'] = dice.random() < 0.8
    if pushes and dice.random() < 0.5:
        config['baudrate'] = MeterOptions(**meter).baudrate
    _leave_out_what_nothing_can_show(meter, faults, config)
    return Case(number, meter, faults, config, f'simulated {number % 10}',
                dice.uniform(0, 10) if dice.random() < 0.1 else float('inf'))


def disturbed(number: int, meter: dict[str, Any], share: float, **config: Any) -> Case:
    """A readout over a line on which parity can be seen, and is wrong in that share of the characters."""
    return Case(number, {**meter, 'seed': number}, {**bit_errors(share), 'seed': number}, config)


def _leave_out_what_nothing_can_show(meter: dict[str, Any], faults: dict[str, Any], config: dict[str, Any]) -> None:
    """Bit errors where neither parity nor CRC is there to be seen, pairs of them without BCC, noise inside of bare text."""
    options = MeterOptions(**meter)
    seen = options.framing == '7E1' and config.get('parity') != 'even'
    checked = options.crc or (options.frame and not faults.get('damaged_stx'))
    if not (seen or (options.crc and config.get('use_checksum', True))):
        faults.pop('bit_errors', None)
    if not (seen and checked and config.get('use_checksum', True)):
        faults.pop('double_bit_errors', None)
    if options.framing == '8N1' and config.get('parity') == 'even':
        faults.pop('eight_bit_text', None)
    if faults.get('instead'):
        faults.pop('endless', None)
    if faults.get('endless'):
        meter['instant'] = False        # without speed its 256 KiB would come one by one
    if not (seen or checked):
        faults.pop('noise_before_data', None)


def read(this: Case, memories: dict[str, Memory] | None = None) -> Outcome:
    """
    Do it.

    :param memories: by port, what earlier readouts have left
    :raises AssertionError: it took too long, did not end when it was stopped, or left the port open
    """
    simulation = Simulation(MeterOptions(**this.meter), Faults(**this.faults))
    clock = simulation.clock
    config = {'serialport': this.port, **this.config}
    memory = Memory() if memories is None else memories.setdefault(this.port, Memory())
    try:
        readout = dlms.query(config, clock=clock, memory=memory, stopped=lambda: clock.monotonic() >= this.stop_at,
                             open_port=opener(simulation))
        outcome = Outcome('read', readout.repeats, readout.duration, wrong_values(readout, simulation), readout.checked)
    except dlms.MeterError as error:
        assert isinstance(error.session, dlms.Session), f'{this}: no session'
        outcome = Outcome(type(error).__name__, sum(e.kind == AGAIN for e in error.session.events), clock.monotonic(),
                          error=str(error))
    assert simulation.port is None, f'{this}: the port is open'
    assert clock.monotonic() < min(LONGEST, this.stop_at + STOP_TIME), f'{this}: ended after {clock.monotonic():.1f} s'
    return outcome


def in_use() -> tuple[int, int]:
    """Threads and file descriptors"""
    return threading.active_count(), len(os.listdir('/proc/self/fd'))


def main() -> int:
    """The command; 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('readouts', nargs='?', type=int, default=10_000)
    parser.add_argument('seed', nargs='?', type=int, default=0, help='number of the first')
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    wrong, began, memory = [], time.monotonic(), 0
    before, memories = in_use(), dict[str, Memory]()
    for index in range(arguments.readouts):
        this = case(arguments.seed + index)
        outcome = read(this, memories)
        counts[outcome.kind] += 1
        counts['repeated'] += outcome.repeats > 0
        if outcome.wrong:
            wrong.append((this, outcome))
        if index == arguments.readouts // 5:
            gc.collect()
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gc.collect()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    print(f'{arguments.readouts} readouts in {time.monotonic() - began:.0f} s: '
          + ', '.join(f'{name} {count}' for name, count in counts.most_common()))
    print(f'wrong values: {len(wrong)}; threads and descriptors before {before}, after {in_use()}; '
          f'memory grown by {grown} KiB')
    for this, outcome in wrong:
        print(this, outcome.wrong)
    return 1 if wrong or in_use() != before or grown > 20_000 else 0


if __name__ == '__main__':
    sys.exit(main())
