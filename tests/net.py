# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The plugin in its host reads a simulated meter again and again, on a line that has a fault in each fifth cycle.

Each code of the meter feeds an item. What the items say is compared with what the meter said: a value that it never sent is
wrong, one that it has not sent for long is old.
"""

import dataclasses
import functools
import math
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from plugins.dlms import dlms

from host import Host
from simulated_meter import Faults, MeterOptions, Simulation

SHARE = 0.2             # of the cycles
OLDEST = 3              # cycles: a value that is older was missing for too long
CYCLE = 60              # s
UNREAD = 'not read yet'
READ_TIMEOUT = 0.02     # s, as the reader opens its ports
DAMAGE: dict[str, tuple[dict[str, Any], ...]] = {
    'lost': tuple({'lost': n, 'apart': apart} for n in (1, 2, 2, 4, 16, 100) for apart in (False, True)),
    'doubled': tuple({'doubled': n, 'apart': apart} for n in (1, 2, 2, 4, 16) for apart in (False, True)),
    'padded': tuple({'padded': n, 'apart': apart} for n in (1, 2, 2, 4, 16) for apart in (False, True)),
    'inserted': tuple({'inserted': n} for n in (2, 8, 32, 100)),
    'replaced': tuple({'replaced': n} for n in (2, 8, 32, 100)),
    'reordered': tuple({'reordered': n} for n in (1, 2, 8, 32, 100)),
    'stale': tuple({'stale': n, 'stale_after': after, 'stale_part': part} for n in (40, 400, 4000) for after in (0.0, 0.4)
                   for part in ('end', 'beginning')),
    'early': ({'early': 16}, {'early': 100}),
    'flips': ({'bit_errors': 0.001}, {'bit_errors': 0.01}, {'bit_errors': 0.003, 'double_bit_errors': 0.001}),
    'cut': ({'truncate': 3}, {'truncate': 250}),
    'silent': ({'silent': 'always'}, {'silent': 'identification'})}
NONE = Faults()


@dataclass
class Course:
    """What came of some hundred cycles."""

    cycles: int = 0
    faulty: Counter[str] = field(default_factory=Counter)           # cycles, by the kind of their fault
    read: Counter[str] = field(default_factory=Counter)             # ... of which something was handed out
    wrong: list[tuple[int, str, str, str]] = field(default_factory=list)      # cycle, kind, code, value
    old: list[tuple[int, str, str, int]] = field(default_factory=list)        # cycle, kind, code, its age in cycles
    refused: int = 0
    failures: Counter[str] = field(default_factory=Counter)


def items_of(codes: list[str]) -> str:
    """An item of text for each code."""
    return ''.join(f"i{number}:\n    type: str\n    initial_value: '{UNREAD}'\n    dlms_obis_code: ['{code}', 0, Value, str]\n"
                   for number, code in enumerate(codes))


def run(patch: Any, options: MeterOptions, cycles: int, seed: int, kinds: tuple[str, ...] = tuple(DAMAGE), learn: int = 2,
        **parameters: Any) -> Course:
    """
    So many cycles, of which the first few are without a fault.

    :param patch: sets an attribute of a module for as long as it is needed: pytest's `monkeypatch.setattr`
    """
    dice, course = random.Random(f'net {seed}'), Course()
    codes = [code for code, _ in Simulation(dataclasses.replace(options)).meter.speech.block(0.0).registers]
    section = {'serialport': '/dev/ttyDlms', 'update_cycle': CYCLE, 'only_listen': options.mode == 'D',
               'baudrate': options.baudrate if options.mode == 'D' else 300, **parameters}
    query = dlms.query
    with Host(section, items_of(codes), language='en', start=False) as host:
        simulation = Simulation(options, dataclasses.replace(NONE, seed=seed), clock=host.clock)
        meter, faults = simulation.meter, simulation.faults
        patch(dlms, 'query', functools.partial(query, clock=simulation.clock, open_port=functools.partial(
            simulation.open_port, timeout=READ_TIMEOUT)))
        host.start()
        host.plugin.scheduler_remove_all()
        sent: dict[str, dict[str, int]] = {code: {} for code in codes}      # by code and value, the last cycle it was sent in
        for cycle in range(cycles):
            kind = dice.choice(kinds) if cycle >= learn and dice.random() < SHARE else ''
            fault = {**dice.choice(DAMAGE[kind])} if kind else {}
            if kind and dice.random() < 0.5:
                fault['when'] = f'first:{(simulation.head.openings if kind == "stale" else meter.blocks) + 1}'
            for each in dataclasses.fields(Faults):
                if each.name != 'seed':
                    setattr(faults, each.name, fault.get(each.name, each.default))
            began, before = host.clock.monotonic(), len(meter.sent)
            if options.mode == 'D':         # it sends while nobody listens, too
                note(cycle, sent, (meter.speech.block(now).registers for now in times(options, meter, began - CYCLE, began)))
            read = host.plugin.query()
            note(cycle, sent, (block.registers for block in meter.sent[before:]))
            del meter.sent[:-3]
            judge(course, cycle, kind, codes, sent, host)
            course.cycles += 1
            course.faulty[kind or 'none'] += 1
            course.read[kind or 'none'] += read
            host.clock.sleep(max(0.0, began + CYCLE - host.clock.monotonic()))
        course.refused = host.plugin.holding.count
        patch(dlms, 'query', query)
    return course


def times(options: MeterOptions, meter: Any, since: float, until: float) -> list[float]:
    """When the meter begins a telegram by itself."""
    first = meter.born + options.phase
    number = max(0, math.ceil((since - first) / options.interval))
    return [first + count * options.interval for count in range(number, int((until - first) // options.interval) + 1)]


def note(cycle: int, sent: dict[str, dict[str, int]], blocks: Iterable[Any]) -> None:
    """The meter says this in that cycle."""
    for registers in blocks:
        for code, values in registers:
            sent.setdefault(code, {})[values[0][0]] = cycle


def judge(course: Course, cycle: int, kind: str, codes: list[str], sent: dict[str, dict[str, int]], host: Host) -> None:
    """What the items say after this cycle."""
    for number, code in enumerate(codes):
        item = host.item(f'i{number}')
        value = item()
        if value == UNREAD:
            if cycle > OLDEST:
                course.old.append((cycle, kind, code, cycle))
        elif value not in sent[code]:
            course.wrong.append((cycle, kind, code, value))
        elif cycle - sent[code][value] > OLDEST:
            course.old.append((cycle, kind, code, cycle - sent[code][value]))
