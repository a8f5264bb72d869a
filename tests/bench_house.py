#!/usr/bin/env python3
# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a house notices of its meters: `make bench-house`, or

    python3 tests/bench_house.py [--meters N] [--seconds S]

N meters (20) in one process, for S seconds (180): a third each that are read at 300 Bd, at 9600 Bd, and that push P1
telegrams, one a second. They run in a process of their own. The host is the stand-in, or the core that SMARTHOMENG_HOME names.

    delay       ms from the triggering of a job, one a second, to its beginning
    CPU         % of a core
    threads, descriptors: at most; memory: MB, resident
"""

import argparse
import gc
import logging
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from simulated_meter import MeterOptions, PtyDoor

PLAIN: dict[str, Any] = {'framing': '8N1', 'strict_parity': False}
KINDS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (       # of the meter, and of the plugin's section
    ({'mode': 'A', 'size': 1024, **PLAIN}, {'update_cycle': 20}),
    ({'mode': 'C', 'size': 2048, **PLAIN}, {'update_cycle': 20}),
    ({'kind': 'p1', 'interval': 1.0}, {'baudrate': 115200, 'only_listen': True, 'update_cycle': 0}))
ITEMS = '\n'.join(f'{{name}}_{struct}:\n    struct: dlms.{struct}\n    instance: {{name}}\n'
                  for struct in ('consumption', 'feed_in', 'power', 'meter'))
WITHOUT = 30.0          # s without a meter, before


def be_meters(count: int) -> None:
    """The process of the meters: says their ports, and ends with its input."""
    with ExitStack() as doors:
        for number in range(count):
            door = doors.enter_context(PtyDoor(MeterOptions(**KINDS[number % len(KINDS)][0], seed=number)))
            print(door.name, flush=True)
        sys.stdin.read()


@contextmanager
def meters(count: int) -> Iterator[dict[str, dict[str, Any]]]:
    """Sections of etc/plugin.yaml for that many meters."""
    process = subprocess.Popen([sys.executable, __file__, '--be-meters', str(count)], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    try:
        yield {f'm{number}': {'serialport': process.stdout.readline().strip(), 'instance': f'm{number}',
                              **KINDS[number % len(KINDS)][1]} for number in range(count)}
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def resident() -> float:
    """MB"""
    gc.collect()
    with open('/proc/self/statm', encoding='ascii') as state:
        return int(state.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 1e6


def watch(host: Any, seconds: float) -> dict[str, float]:
    """The figures of so many seconds."""
    delays: list[float] = []
    most = [0, 0]

    def job(due: float) -> None:
        delays.append(1000 * (time.monotonic() - due))

    cpu, began = time.process_time(), time.monotonic()
    for number in range(round(seconds)):
        time.sleep(max(0.0, began + number - time.monotonic()))
        host.sh.scheduler.trigger('bench', job, by='bench', value={'due': time.monotonic()})
        most = [max(most[0], threading.active_count()), max(most[1], len(os.listdir('/proc/self/fd')))]
    time.sleep(1)
    passed = time.monotonic() - began
    cuts = statistics.quantiles(delays, n=100, method='inclusive')
    return {'p50': cuts[49], 'p95': cuts[94], 'p99': cuts[98], 'longest': max(delays), 'jobs lost': round(seconds) - len(delays),
            'CPU': 100 * (time.process_time() - cpu) / passed, 'threads': most[0], 'descriptors': most[1], 'memory': resident()}


def show(what: str, figures: dict[str, float]) -> None:
    print(f'{what:24}', *(f'{name} {value:.1f}  ' for name, value in figures.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description='What a house notices of its meters.')
    parser.add_argument('--meters', type=int, default=20)
    parser.add_argument('--seconds', type=float, default=180.0)
    parser.add_argument('--be-meters', type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.be_meters:
        be_meters(arguments.be_meters)
        return
    from host import HOME, Host  # the process of the meters does without
    print('the installed core' if HOME else 'the stand-in', f'{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}', sep=', ')
    with Host(sections={}, live=True) as host:
        _be_quiet(host)
        show('no meter', watch(host, WITHOUT))
    with meters(arguments.meters) as sections, Host(sections=sections, items=''.join(
            ITEMS.format(name=name) for name in sections), live=True) as host:
        _be_quiet(host)
        half = arguments.seconds / 2
        for part in ('first half', 'second half'):
            show(f'{arguments.meters} meters, {part}', watch(host, half))
        plugins = list(host.sh.plugins.return_plugins())
        for first in range(min(len(KINDS), len(plugins))):
            of_kind = plugins[first::len(KINDS)]
            points = [plugin.history.points() for plugin in of_kind]
            print(f'  {KINDS[first][0]}: {len(of_kind)} meters, {sum(map(len, points))} readouts,',
                  f'{sum(not point.ok for each in points for point in each)} of them failed,',
                  f'at least {min(map(len, points))} a meter')
        warnings = host.messages('WARNING', 'plugins')
        print(f'  {len(warnings)} warnings of the plugin', *warnings[:3], sep='\n    ')
        began = time.monotonic()
        for plugin in plugins:
            plugin.stop()
        print(f'  all stopped after {time.monotonic() - began:.2f} s; threads left a second later: {host.stop()}')


def _be_quiet(host: Any) -> None:
    """The log as at the core's default level."""
    host.records.clear()
    logging.getLogger('plugins').setLevel('NOTICE')
    logging.getLogger('lib').setLevel('NOTICE')


if __name__ == '__main__':
    main()
