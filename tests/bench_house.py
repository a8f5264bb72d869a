#!/usr/bin/env python3
# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a house notices of its meters: `make bench-house`, or

    python3 tests/bench_house.py [--meters N] [--seconds S] [--plugin FOLDER]

N meters (50) in one process, for S seconds (900): of five each, two behind a TCP port and two behind a serial one, all read at
300 Bd, and one that pushes P1 telegrams, one a second. They run in a process of their own. The host is the stand-in, or the core
that SMARTHOMENG_HOME names; the plugin is this one, or another version of it in that folder.

    delay       ms from the triggering of a job, one a second, to its beginning
    CPU         % of a core
    threads, descriptors: at most; memory: MB, resident
"""

import argparse
import gc
import logging
import os
import select
import socket
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

import serial

from simulated_meter import MeterOptions, PtyDoor, doors

PLAIN: dict[str, Any] = {'framing': '8N1', 'strict_parity': False}
SLOW = {'mode': 'A', 'size': 1024, **PLAIN}, {'update_cycle': 60}
TCP = {'mode': 'A', 'size': 1024, **PLAIN}, {'update_cycle': 60, 'baudrate_fix': True}
P1 = {'kind': 'p1', 'interval': 1.0}, {'baudrate': 115200, 'only_listen': True, 'update_cycle': 0}
KINDS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = TCP, SLOW, TCP, SLOW, P1     # the meter, and the plugin's section
ITEMS = '\n'.join(f'{{name}}_{struct}:\n    struct: {{plugin}}.{struct}\n    instance: {{name}}\n'
                  for struct in ('consumption', 'feed_in', 'power', 'meter'))
WITHOUT = 30.0          # s without a meter, before


def be_meters(count: int) -> None:
    """The process of the meters: says their ports, and ends with its input."""
    doors.TICK = doors.LOOK = 0.02      # s: what is simulated more exactly costs as much as what is measured
    with ExitStack() as stack:
        for number in range(count):
            kind = KINDS[number % len(KINDS)]
            door = stack.enter_context(PtyDoor(MeterOptions(**kind[0], seed=number)))
            print(behind_tcp(door.name) if kind is TCP else door.name, flush=True)
        sys.stdin.read()


def behind_tcp(device: str) -> str:
    """The URL of a TCP port that hands on what comes, in both directions."""
    server = socket.create_server(('127.0.0.1', 0))

    def serve() -> None:
        while True:
            connection, _ = server.accept()
            with connection, serial.Serial(device, 300, timeout=0) as port:
                while True:
                    ready, _, _ = select.select([connection, port], [], [])
                    if port in ready:
                        connection.sendall(port.read(1024))
                    if connection in ready:
                        if not (data := connection.recv(1024)):
                            break
                        port.write(data)

    threading.Thread(target=serve, daemon=True).start()
    return f'socket://127.0.0.1:{server.getsockname()[1]}'


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
    parser.add_argument('--meters', type=int, default=50)
    parser.add_argument('--seconds', type=float, default=900.0)
    parser.add_argument('--plugin', type=Path, help='folder of another version')
    parser.add_argument('--be-meters', type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.be_meters:
        be_meters(arguments.be_meters)
        return
    from host import HOME, Host  # the process of the meters does without
    print('the installed core' if HOME else 'the stand-in', f'{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}', sep=', ')
    other = {'plugin_dir': arguments.plugin.resolve()} if arguments.plugin else {}
    plugin = arguments.plugin.resolve().name if arguments.plugin else 'dlms'
    with Host(sections={}, live=True) as host:
        _be_quiet(host)
        show('no meter', watch(host, WITHOUT))
    with meters(arguments.meters) as sections, Host(sections=sections, items=''.join(
            ITEMS.format(name=name, plugin=plugin) for name in sections), live=True, **other) as host:
        _be_quiet(host)
        half = arguments.seconds / 2
        for part in ('first half', 'second half'):
            show(f'{arguments.meters} meters, {part}', watch(host, half))
        plugins = list(host.sh.plugins.return_plugins())
        for name, kind in (('TCP', TCP), ('300 Bd', SLOW), ('P1', P1)):
            points = [plugin.history.points() for number, plugin in enumerate(plugins) if KINDS[number % len(KINDS)] is kind]
            print(f'  {name}: {len(points)} meters, {sum(map(len, points))} readouts,',
                  f'{sum(not point.ok for each in points for point in each)} of them failed,',
                  f'{min(map(len, points), default=0)} to {max(map(len, points), default=0)} a meter (the history keeps 500)')
        warnings = host.messages('WARNING', 'plugins')
        print(f'  {len(warnings)} warnings of the plugin', *(warning[:150] for warning in warnings[:3]), sep='\n    ')
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
