#!/usr/bin/env python3
# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The second net in figures: characters lost, doubled, put in between, exchanged, of a former readout, and flipped bits.

    python3 tests/soak_net.py [SESSIONS] [SEED] [--only WORDS]        (`make soak`: 100 of each cell)

A cell is a fault, a protection (parity, BCC, CRC, none of them), values of fixed or varying width, and whether the meter is
known or met for the first time. For each two figures, both with the net and without it:

    wrong       readouts with a value that the meter did not send in this session, per readout that was handed out
    right       readouts without such a value per session; each counts by its share of the meter's data sets

Everything runs in virtual time and is the same for the same numbers. A life is a meter with its sessions: met for the first
time, or known by healthy sessions before; then faulty and healthy ones follow each other, with what they leave in the memory.
"""

import argparse
import math
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import dlms
from reader.memory import Memory
from reading import found, opener, sent
from simulated_meter import Faults, MeterOptions, Simulation

COUNTS = (1, 2, 3, 5, 10, 20, 50, 100)      # characters
WHOLE = 4000                                # characters, more than a readout has
HEALTHY = {'fixed': 4, 'varying': 16}       # sessions until a meter is known
FAULTY = 12                                 # sessions of one life
CYCLE = 60.0, 1000.0                        # s from session to session
RECENT = 3.0                                # s; what a meter said by itself so shortly before is of now
NEVER, ALWAYS = 'first:0', 'always'

Dice = random.Random


def characters(name: str, **more: Any) -> Callable[[Dice], dict[str, Any]]:
    """So many of them are lost, doubled, ..."""
    return lambda dice: {name: dice.choice(COUNTS), 'changed': dice.choice(('data', 'data', 'answers')), **more}


def stale(after: float) -> Callable[[Dice], dict[str, Any]]:
    """Text of a former readout: a whole one, its end, or its beginning."""
    return lambda dice: {'stale': dice.choice((*COUNTS[-2:], 300, 700, WHOLE, WHOLE)),
                         'stale_part': dice.choice(('end', 'beginning')),
                         'stale_after': dice.uniform(0.05, after) if after else 0.0}


FAULTS: dict[str, Callable[[Dice], dict[str, Any]]] = {
    'lost': characters('lost'), 'lost, apart': characters('lost', apart=True),
    'doubled': characters('doubled'), 'doubled, apart': characters('doubled', apart=True),
    'padded': characters('padded'), 'padded, apart': characters('padded', apart=True),
    'inserted': characters('inserted'), 'in place': characters('replaced'), 'reordered': characters('reordered'),
    'packet': lambda dice: {'lost': 62},
    'lines': lambda dice: {'lines': dice.choice(('lost', 'doubled', 'swapped', 'lost+doubled', 'swapped+swapped'))},
    'lines, all': lambda dice: {'lines': 'lost+doubled+swapped', 'lost': dice.choice((0, 1, 2))},
    'early': lambda dice: {'early': dice.choice((*COUNTS, WHOLE))},
    'stale': stale(0.0), 'stale later': stale(3.0),
    'flipped': lambda dice: {'bit_errors': dice.choice((0.0005, 0.001, 0.001, 0.002)), 'errors_in': 'data'}}

PLAIN = {'framing': '8N1', 'strict_parity': False}
FRAMED: tuple[dict[str, Any], ...] = (
    {'mode': 'C'}, {'mode': 'C', 'baudrate': 19200, 'flag': 'ISk'}, {'mode': 'C', 'baudrate': 2400, 'repeat_within': 0.0},
    {'mode': 'B', 'baudrate': 4800}, {'mode': 'A'}, {'mode': 'B', 'flag': 'KAM', 'baudrate': 9600}, {'kind': 'heat'})
BARE: tuple[dict[str, Any], ...] = (
    {'mode': 'C', 'frame': False}, {'mode': 'B', 'frame': False}, {'mode': 'A', 'frame': False}, {'mode': 'D', 'interval': 10.0},
    {'mode': 'D', 'baudrate': 2400, 'interval': 10.0})
PROTECTIONS: dict[str, tuple[dict[str, Any], ...]] = {
    'parity and BCC': FRAMED, 'BCC': tuple({**meter, **PLAIN} for meter in FRAMED),
    'CRC': ({'kind': 'p1', 'interval': 10.0}, {'kind': 'p1', 'interval': 1.0}),
    'parity': BARE, 'none': (*({**meter, **PLAIN} for meter in BARE), {'kind': 'p1', 'crc': False, 'interval': 10.0})}
VARYING = {'fixed': ('', '', 'sign', 'short'),
           'varying': ('width', 'width,sign', 'width,dashes', 'width,set', 'width,text', 'width,sign,dashes,set,text,short')}


class Cell(NamedTuple):
    """What is counted together."""

    protection: str
    values: str             # fixed or varying
    meter: str              # first or known
    fault: str

    def __str__(self) -> str:
        return ', '.join(self)


CELLS = tuple(Cell(protection, values, meter, fault) for protection in PROTECTIONS for values in VARYING
              for meter in ('known', 'first') for fault in FAULTS)


@dataclass
class Count:
    """Outcomes of the faulty sessions of one cell, and what was wrong in the healthy ones after them."""

    sessions: int = 0
    accepted: int = 0
    wrong: int = 0
    right: float = 0.0
    later: int = 0                  # healthy sessions with wrong values
    examples: list[str] = field(default_factory=list)

    def add(self, other: 'Count') -> None:
        """Those as well."""
        for name in ('sessions', 'accepted', 'wrong', 'right', 'later'):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.examples += other.examples

    @property
    def share(self) -> float:
        """Wrong readouts per accepted one."""
        return self.wrong / self.accepted if self.accepted else 0.0

    @property
    def bound(self) -> float:
        """It is not above this, with 95 % (one-sided, Wilson)."""
        return at_most(self.wrong, self.accepted)

    @property
    def rate(self) -> float:
        """Right readouts per session."""
        return self.right / self.sessions if self.sessions else 0.0


def at_most(count: int, of: int, z: float = 1.645) -> float:
    """The upper end of the share that so many of so many show."""
    if not of:
        return 1.0
    share = count / of
    middle, width = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return min(1.0, (middle + width) / (1 + z * z / of))


class Life:
    """
    A meter, its reader and what their sessions leave.

    :param net: False: as if nobody had thought of shapes and copies
    """

    def __init__(self, cell: Cell, seed: int, net: bool) -> None:
        self.cell, self.dice = cell, random.Random(f'{cell} {seed}')
        dice = self.dice
        options = MeterOptions(**{**dice.choice(PROTECTIONS[cell.protection]), 'seed': seed, 'periods': dice.choice((0, 0, 2)),
                                  'varying': dice.choice(VARYING[cell.values])})
        self.faults = Faults(seed=seed, when=NEVER)
        self.simulation = Simulation(options, self.faults)
        self.memory = Memory(shapes=()) if net else Memory()
        pushes = options.mode == 'D'
        self.ahead = 2 if pushes else 1         # telegrams: the one that is joined in the middle does not count
        self.config = {'serialport': 'simulated', 'only_listen': pushes, 'baudrate': options.baudrate if pushes else 300,
                       'wakeup': bool(options.wakeup), 'confirm': 'auto' if net else 'never'}

    def sessions(self) -> Iterator[tuple[bool, 'Outcome']]:
        """Those that count: whether the line is at fault, and what came of it."""
        if self.cell.meter == 'first':
            yield True, self.session(True)
            return
        for _ in range(HEALTHY[self.cell.values]):
            self.session(False)
        for _ in range(FAULTY):
            yield True, self.session(True)
            if self.dice.random() < 0.5:
                yield False, self.session(False)

    def session(self, faulty: bool) -> 'Outcome':
        """One of them."""
        simulation, faults, dice = self.simulation, self.faults, self.dice
        simulation.clock.sleep(dice.uniform(*CYCLE))
        for name, value in FAULTS[self.cell.fault](dice).items():
            setattr(faults, name, value)
        first = simulation.head.openings + 1 if faults.stale else simulation.meter.blocks + self.ahead
        when = dice.choice((ALWAYS, f'first:{first}'))
        faults.when = when if faulty else NEVER
        opened = simulation.clock.monotonic()
        try:
            readout = dlms.query(self.config, clock=simulation.clock, memory=self.memory, open_port=opener(simulation))
        except dlms.MeterError as error:
            return Outcome(False, error=str(error))
        meant = [set(sent(simulation, index)) for index, each in enumerate(simulation.meter.sent) if each.time >= opened - RECENT]
        handed_out = set(found(readout))
        wrong = tuple(sorted(handed_out.difference(*meant)))
        share = max((len(handed_out & each) / len(each) for each in meant), default=0.0)
        return Outcome(True, 0.0 if wrong else share, wrong, readout.checked)


@dataclass
class Outcome:
    """What came of a session."""

    accepted: bool
    right: float = 0.0                  # share of the data sets that the meter has, 0 if anything is wrong
    wrong: tuple[Any, ...] = ()
    checked: tuple[str, ...] = ()
    error: str = ''


def count(cell: Cell, sessions: int, seed: int, net: bool) -> Count:
    """The figures of so many faulty sessions, and a few more; the same meters and faults with and without the net."""
    total = Count()
    while total.sessions < sessions:
        seed += 1
        for number, (faulty, outcome) in enumerate(Life(cell, seed, net).sessions()):
            if faulty:
                total.sessions += 1
                total.accepted += outcome.accepted
                total.wrong += bool(outcome.wrong)
                total.right += outcome.right
            else:
                total.later += bool(outcome.wrong)
            if outcome.wrong:
                total.examples.append(f'{cell}, seed {seed}, session {number}: {outcome.wrong[:2]} {outcome.checked}')
    return total


def line_of(name: str, on: Count, off: Count) -> str:
    """A row of the table."""
    kept = f'{on.rate / off.rate:7.0%}' if off.rate else '      -'
    later = f'  {on.later} healthy ones after them were wrong' if on.later else ''
    return (f'  {name:16}{on.wrong:6} of {on.accepted:6} {on.share:8.2%} <= {on.bound:7.2%} {off.share:8.1%}'
            f'{on.rate:10.2f}{off.rate:7.2f}{kept}{later}')


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('sessions', nargs='?', type=int, default=200, help='faulty ones of each cell')
    parser.add_argument('seed', nargs='?', type=int, default=0, help='of the first life')
    parser.add_argument('--only', default='', help='cells with this in their name, e.g. "BCC, fixed, known"')
    parser.add_argument('--examples', type=int, default=0, help='so many wrong readouts of each cell')
    arguments = parser.parse_args()
    began, head, examples = time.monotonic(), '', []
    for cell in CELLS:
        if arguments.only not in str(cell):
            continue
        title = f'{cell.protection}, {cell.values} width, {cell.meter} shape'
        if title != head:
            head = title
            print(f'\n{title}\n{"":18}{"wrong per accepted readout":42}without  {"right per session, without"}', flush=True)
        on, off = (count(cell, arguments.sessions, arguments.seed, net) for net in (True, False))
        print(line_of(cell.fault, on, off), flush=True)
        examples += on.examples[:arguments.examples]
    print(f'\n{time.monotonic() - began:.0f} s', *examples, sep='\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
