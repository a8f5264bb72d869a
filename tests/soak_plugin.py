#!/usr/bin/env python3
# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The plugin reads a simulated meter again and again, over a line that has a fault in each fifth cycle: what do the items say?

    python3 tests/soak_plugin.py [CYCLES] [SEED]        (`make soak`: 2,000 of each line)

Each code of the meter feeds an item. A value is wrong that the meter never sent under its code; it is old when the meter has not
sent it for more than three cycles. All runs in virtual time and is the same for the same numbers.
"""

import argparse
import dataclasses
import functools
import logging
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from host import Host  # isort: skip  (makes plugins.dlms importable)

from plugins.dlms import dlms

from simulated_meter import Faults, MeterOptions, Simulation

SHARE = 0.2             # of the cycles have a fault
OLDEST = 3              # cycles
LEARNED = 2             # cycles at the beginning without a fault
CYCLE = 60.0            # s
UNREAD = 'not read yet'
READ_TIMEOUT = 0.02     # s, as the reader opens its ports

STRETCHES = [(count, apart) for count in (1, 2, 2, 4, 16, 100) for apart in (False, True)]
FAULTS: dict[str, list[dict[str, Any]]] = {
    **{name: [{name: count, 'apart': apart} for count, apart in STRETCHES] for name in ('lost', 'doubled', 'padded')},
    'inserted': [{'inserted': count} for count in (2, 8, 32, 100)],
    'in place': [{'replaced': count} for count in (2, 8, 32, 100)],
    'reordered': [{'reordered': count} for count in (1, 2, 8, 32, 100)],
    'stale': [{'stale': count, 'stale_after': after, 'stale_part': part}
              for count in (40, 400, 4000) for after in (0.0, 0.4) for part in ('end', 'beginning')],
    'early': [{'early': 16}, {'early': 100}],
    'flipped': [{'bit_errors': 0.001}, {'bit_errors': 0.01}, {'bit_errors': 0.003, 'double_bit_errors': 0.001}],
    'cut': [{'truncate': 3}, {'truncate': 250}],
    'silent': [{'silent': 'always'}, {'silent': 'identification'}]}
# What leaves a form, a BCC and parity as they were, nothing can show but the value itself.
BLIND = {'in place', 'reordered'}


@dataclass(frozen=True)
class Line:
    """A meter, and what the plugin is told of it."""

    meter: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()       # faults


NO_FLIPS = frozenset({'flipped'})
PLAIN = {'framing': '8N1', 'strict_parity': False}
# On a disturbed line the modes A, B and D confirm only what stands still, for up to ten sessions; bare text shows no flipped bit.
LINES = {
    'C, parity and BCC': Line({}),
    'C, BCC': Line(PLAIN),
    'C, values of varying width': Line({'varying': 'width,sign,dashes,set'}),
    'B, parity and BCC': Line({'mode': 'B', 'baudrate': 4800}, without=NO_FLIPS),
    'A, BCC': Line({'mode': 'A', **PLAIN}, without=NO_FLIPS),
    'D, parity': Line({'mode': 'D', 'interval': 10.0}, without=NO_FLIPS),
    'D, nothing': Line({'mode': 'D', 'interval': 10.0, **PLAIN}, without=NO_FLIPS),
    'P1, CRC': Line({'kind': 'p1', 'interval': 10.0}),
    'heat, woken, parity and BCC': Line({'kind': 'heat'}, {'wakeup': True}, NO_FLIPS)}


@dataclass
class Course:
    """What came of some hundred cycles."""

    faulty: Counter[str] = field(default_factory=Counter)                   # cycles by the kind of their fault, '' for none
    read: Counter[str] = field(default_factory=Counter)                     # ... of which something was handed out
    wrong: list[tuple[int, str, str, str]] = field(default_factory=list)    # cycle, kind, code, value
    old: list[tuple[int, str, str, int]] = field(default_factory=list)      # cycle, kind, code, its age in cycles
    refused: int = 0                                                        # values
    items: Mapping[str, str] = field(default_factory=dict)                  # what they said last, by code


def run(patch: Callable[[Any, str, Any], None], line: Line, cycles: int, seed: int) -> Course:
    """
    So many cycles.

    :param patch: sets an attribute of a module for as long as it is needed: pytest's `monkeypatch.setattr`
    """
    dice, course, options = random.Random(f'plugin {seed}'), Course(), MeterOptions(**line.meter)
    kinds = [kind for kind in FAULTS if kind not in line.without]
    codes = [code for code, _ in Simulation(MeterOptions(**line.meter)).meter.speech.block(0.0).registers]
    sent: dict[str, dict[str, int]] = {}        # by code and value, the last cycle it was sent in
    query = dlms.query
    with a_host(codes, options, line.parameters) as host:
        simulation = Simulation(options, Faults(seed=seed), clock=host.clock)
        meter = simulation.meter
        patch(dlms, 'query', functools.partial(query, clock=simulation.clock, open_port=functools.partial(
            simulation.open_port, timeout=READ_TIMEOUT)))
        host.start()
        host.plugin.scheduler_remove_all()
        for cycle in range(cycles):
            kind = dice.choice(kinds) if cycle >= LEARNED and dice.random() < SHARE else ''
            set_fault(simulation, dice, kind)
            began, before = host.clock.monotonic(), len(meter.sent)
            if options.mode == 'D':         # it sends while nobody listens, too
                note(sent, cycle, (meter.speech.block(now).registers for now in telegrams(options, meter.born, began)))
            course.read[kind] += host.plugin.query()
            course.faulty[kind] += 1
            note(sent, cycle, (block.registers for block in meter.sent[before:]))
            del meter.sent[:-3]
            judge(course, cycle, kind, {code: host.item(f'i{number}')() for number, code in enumerate(codes)}, sent)
            host.clock.sleep(max(0.0, began + CYCLE - host.clock.monotonic()))
        course.refused = host.plugin.holding.count
        patch(dlms, 'query', query)
    return course


def a_host(codes: list[str], options: MeterOptions, parameters: Mapping[str, Any]) -> Host:
    """With an item of text for each code."""
    items = ''.join(f"i{number}:\n    type: str\n    initial_value: '{UNREAD}'\n    dlms_obis_code: ['{code}', 0, Value, str]\n"
                    for number, code in enumerate(codes))
    pushes = options.mode == 'D'
    section = {'serialport': '/dev/ttyDlms', 'update_cycle': int(CYCLE), 'only_listen': pushes,
               'baudrate': options.baudrate if pushes else 300, **parameters}
    return Host(section, items, language='en', start=False)


def set_fault(simulation: Simulation, dice: random.Random, kind: str) -> None:
    """In the next cycle; half of the faults are over after one message."""
    fault = dict(dice.choice(FAULTS[kind])) if kind else {}
    if kind and dice.random() < 0.5:
        fault['when'] = f'first:{(simulation.head.openings if kind == "stale" else simulation.meter.blocks) + 1}'
    for each in dataclasses.fields(Faults):
        if each.name != 'seed':
            setattr(simulation.faults, each.name, fault.get(each.name, each.default))


def telegrams(options: MeterOptions, born: float, until: float) -> list[float]:
    """When a meter that sends by itself began to, in the last cycle."""
    first = born + options.phase
    number = max(0, math.ceil((until - CYCLE - first) / options.interval))
    return [first + count * options.interval for count in range(number, int((until - first) // options.interval) + 1)]


def note(sent: dict[str, dict[str, int]], cycle: int, blocks: Iterable[Any]) -> None:
    """The meter says this in that cycle."""
    for registers in blocks:
        for code, values in registers:
            sent.setdefault(code, {})[values[0][0]] = cycle


def judge(course: Course, cycle: int, kind: str, items: Mapping[str, str], sent: Mapping[str, Mapping[str, int]]) -> None:
    """What the items say after this cycle, by code."""
    for code, value in items.items():
        seen = -1 if value == UNREAD else sent.get(code, {}).get(value)
        if seen is None and value != course.items.get(code):
            course.wrong.append((cycle, kind, code, value))
        elif seen is not None and cycle - seen > OLDEST:
            course.old.append((cycle, kind, code, cycle - seen))
    course.items = items


def main() -> int:
    """The command; 1 if something is wrong that a form, a check or the guard should have shown."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').strip().partition('\n')[0])
    parser.add_argument('cycles', nargs='?', type=int, default=2_000)
    parser.add_argument('seed', nargs='?', type=int, default=1)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    failed = False
    for name, line in LINES.items():
        began = time.monotonic()
        course = run(setattr, line, arguments.cycles, arguments.seed)
        faulty = sum(count for kind, count in course.faulty.items() if kind)
        wrong = Counter(kind or 'none' for _, kind in {(cycle, kind) for cycle, kind, *_ in course.wrong})
        print(f'{name}: {arguments.cycles} cycles in {time.monotonic() - began:.0f} s, {faulty} with a fault, of which '
              f'{sum(count for kind, count in course.read.items() if kind)} were read; {course.refused} values refused; '
              f'cycles with a wrong value: {dict(wrong) or "none"}; older values: {len(course.old)}')
        for event in course.wrong:
            print('   ', *event)
        failed = failed or bool(set(wrong) - BLIND)
    return failed


if __name__ == '__main__':
    sys.exit(main())
