#!/usr/bin/env python3
# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
How fast the reader is: `make bench`. Real time, about a minute and a half, most of it the 300 Bd of mode A.

    duration    s from the request to the result
    ratio       duration to the least possible: characters at their speeds and the reaction times of both sides
    tail        ms from the last bit on the wire to the result
    CPU         ms of the reading thread, the meter behind a pty

And the start of the program: ms of CPU up to the first byte that it sends, to that of importing what any such program imports.

Last, what each reader takes for what hostile lines repeat.
"""

import gc
import os
import pty
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

import dlms
import feeding
from feeding import ACKNOWLEDGEMENT, BEFORE_HOSTILE, HOSTILE, IDENTIFICATION
from host import Host  # makes `plugins.dlms` importable
from reader.diagnosis import diagnose
from reader.masking import masked
from reader.obis.data_sets import parse
from reader.obis.matching import Index, find
from reader.obis.names import name_of
from reader.obis.suggestions import suggest
from reader.wire.block import BlockReader
from reader.wire.messages import IdentificationReader, request
from reading import opener
from simulated_meter import MeterOptions, PtyDoor, RealClock, Simulation, least_duration, make_block

READINGS = [
    ('mode A, 1 kB at 300 Bd', {'mode': 'A', 'size': 1024}, {}, 1),
    ('mode B, 1 kB at 4800 Bd', {'mode': 'B', 'size': 1024}, {}, 3),
    ('mode C, 1 kB at 9600 Bd', {'mode': 'C', 'size': 1024}, {}, 3),
    ('mode C, 6 kB at 9600 Bd', {'mode': 'C', 'size': 6144}, {}, 1),
    ('mode C, 1 kB, ISk, 20 ms', {'mode': 'C', 'size': 1024, 'flag': 'ISk'}, {}, 3),
    ('push, 1 kB at 9600 Bd, no CRC', {'mode': 'D', 'size': 1024, 'baudrate': 9600}, {'baudrate': 9600}, 3),
    ('push, P1 at 115200 Bd', {'kind': 'p1'}, {'baudrate': 115200}, 3),
]


def main() -> None:
    """Print the table."""
    print(f'{"":32}{"duration":>10}{"ratio":>8}{"tail":>9}{"CPU":>9}')
    for title, options, config, times in READINGS:
        rows = [read(options, config) for _ in range(times)]
        duration, ratio, tail = (statistics.median(column) for column in zip(*rows, strict=True))
        cpu = read_behind_pty(options, config) * 1000
        print(f'{title:32}{duration:9.3f}s{ratio:8.3f}{tail * 1000:7.1f}ms{cpu:7.1f}ms', flush=True)
    parse_and_name()
    many_codes()
    feed_items()
    keep_on()
    start_up()
    read_hostile()


def read(options: dict, config: dict) -> tuple[float, float, float]:
    """Duration and tail in s, and the ratio, on a line that is true to the bit."""
    simulation = Simulation(MeterOptions(**options), clock=RealClock())
    readout = dlms.query({'serialport': 'simulated', 'only_listen': simulation.meter.options.mode == 'D', **config},
                         open_port=opener(simulation))
    tail = time.monotonic() - max(run.end for run in simulation.head.receiver._runs)
    least = least_duration(simulation.meter.options, simulation.meter.sent[-1].characters)
    if readout.mode == 'D':     # from the first bit of the telegram
        return readout.phases['data'], (least + tail) / least, tail
    return readout.duration, readout.duration / least, tail


def read_behind_pty(options: dict, config: dict) -> float:
    """s of CPU that a readout costs the reader."""
    with PtyDoor(MeterOptions(strict_parity=False, **{'framing': '8N1', **options})) as door:
        mode = door.simulation.meter.options.mode
        begin = time.thread_time()
        dlms.query({'serialport': door.name, 'only_listen': mode == 'D', **config})
        return time.thread_time() - begin


def parse_and_name() -> None:
    """What the parser, the names and the look-up of a configured code take for each data set."""
    text = make_block(6144)
    rounds = 20
    begin = time.process_time()
    for _ in range(rounds):
        sets = parse(text).data_sets
    middle = time.process_time()
    for _ in range(rounds):
        for data_set in sets:
            name_of(data_set.code)
    end = time.process_time()
    for _ in range(rounds):
        index = Index(sets)
        for data_set in sets:
            find(str(data_set.code).partition(':')[2], index)
    found = time.process_time()
    number = rounds * len(sets)
    print(f'{len(text)} characters, {len(sets)} data sets: parse {(middle - begin) / number * 1e6:.1f} us, '
          f'name {(end - middle) / number * 1e6:.1f} us, find {(found - end) / number * 1e6:.1f} us a data set')


def many_codes() -> None:
    """What so many codes cost: 200 items matched, all of them suggested."""
    for count in (225, 1800, 9000):
        codes = [f'1-{number // 250}:{number % 250}.8.0*255' for number in range(count)]
        begin = time.process_time()
        sets = parse(''.join(f'{code}(1.5*kWh)\r\n' for code in codes)).data_sets
        parsed = time.process_time()
        index = Index(sets)
        for code in codes[::max(1, count // 200)][:200]:
            assert find(code.partition('*')[0], index)
        matched = time.process_time()
        suggest(sets)
        end = time.process_time()
        print(f'{count} codes: parse {(parsed - begin) * 1000:.1f} ms, 200 items matched {(matched - parsed) * 1000:.1f} ms, '
              f'suggested {(end - matched) * 1000:.1f} ms')


def feed_items() -> None:
    """What the plugin adds to the reading: 200 items on a readout of 225 lines, in the stand-in host."""
    from plugins.dlms import dlms as plugin_dlms
    from plugins.dlms.reader.obis.data_sets import parse
    codes = [f'1-1:1.8.{number}' for number in range(225)]
    text = ''.join(f'{code}({number:08d}.123*kWh)\r\n' for number, code in enumerate(codes))
    readout = plugin_dlms.Readout(None, 'C', 9600, text, parse(text).data_sets, (), ('parity', 'bcc'), duration=1.0)
    items = ''.join(f'i{number}:\n    type: num\n    dlms_obis_code: {code!r}\n' for number, code in enumerate(codes[:200]))
    query, plugin_dlms.query = plugin_dlms.query, lambda *arguments, **options: readout
    with Host({'serialport': '/dev/none', 'update_cycle': 0}, items, start=False) as host:
        host.start()
        begin = time.process_time()
        host.plugin.query()
        print(f'200 items on a readout of {len(readout.data_sets)} lines: {(time.process_time() - begin) * 1000:.1f} ms CPU')
        assert host.item('i199')() == 199.123
    plugin_dlms.query = query


def keep_on() -> None:
    """What 500 cycles leave in memory, after the plugin's lists of the last 500 are full: as much as nothing."""
    from plugins.dlms import dlms as plugin_dlms
    query, item = plugin_dlms.query, 'i:\n    type: num\n    dlms_obis_code: 1.8.0\n'
    with Host({'serialport': '/dev/none', 'update_cycle': 60}, item, start=False) as host:
        simulation = Simulation(MeterOptions(instant=True), clock=host.clock)

        def read(config: dict, **how: Any) -> Any:
            simulation.meter.sent.clear()
            simulation.meter.received.clear()
            return query(config, clock=simulation.clock, open_port=opener(simulation), **how)

        plugin_dlms.query = read
        host.start()
        host.advance(60 * 600)
        host.records.clear()
        gc.collect()
        blocks = sys.getallocatedblocks()
        host.advance(60 * 500)
        host.records.clear()
        gc.collect()
        print(f'500 cycles: {sys.getallocatedblocks() - blocks} blocks of memory more')
    plugin_dlms.query = query


IMPORTS = 'import serial, argparse, json, logging, dataclasses'
STARTS = 15


def start_up() -> None:
    """CPU of `python3 dlms.py PORT` up to its first byte, with and without bytecode of its own: the least of several starts."""
    root = Path(dlms.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(root, Path(folder, 'dlms'), ignore=shutil.ignore_patterns('.*', '__pycache__', 'tests', 'assets'))
        program = str(Path(folder, 'dlms', 'dlms.py'))
        for title, write_none in (('without', '1'), ('with', '')):      # in this order: the second one leaves bytecode behind
            environment = {**os.environ, 'PYTHONDONTWRITEBYTECODE': write_none}
            until_first_byte(program, environment)
            both = [(until_first_byte(program, environment), until_end(IMPORTS)) for _ in range(STARTS)]
            first, imports = (min(column) * 1000 for column in zip(*both, strict=True))
            print(f'start to first byte, {title} cached bytecode: {first:.1f} ms CPU, {first / imports:.2f} times the imports')


def until_first_byte(program: str, environment: dict[str, str]) -> float:
    """s of CPU that the program takes until its request arrives."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    with subprocess.Popen([sys.executable, program, os.ttyname(slave)], env=environment, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        os.read(master, 1)
        seconds = time.clock_gettime(~process.pid << 3 | 2)     # Linux' clock of another process' CPU
        process.kill()
    os.close(master)
    os.close(slave)
    return seconds


def until_end(code: str) -> float:
    """s of CPU that this takes in a process of its own."""
    process = subprocess.Popen([sys.executable, '-c', code])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def read_hostile() -> None:
    """ms of CPU for the worst of all that a hostile line may repeat, as found at 4 kB: it grows with the length only."""
    print(f'{"hostile input, ms":32}{"".join(f"{size:7} kB" for size in SIZES)}')
    for title, take in HOSTILE_WAYS.items():
        inputs = sorted(product(BEFORE_HOSTILE, HOSTILE), key=lambda parts: -seconds(take, *parts, 4096))[:3]
        print_costs(title, [max(seconds(take, *parts, size * 1024) for parts in inputs) for size in SIZES])
    print_costs('a capture of short telegrams', [seconds(read_capture, b'', TELEGRAM, size * 1024) for size in SIZES])


def print_costs(title: str, figures: list[float]) -> None:
    print(f'{title:32}{"".join(f"{figure * 1000:10.1f}" for figure in figures)}', flush=True)


def read_capture(data: bytes) -> list[dlms.Readout]:
    return dlms.read_capture(data[:len(data) // len(TELEGRAM) * len(TELEGRAM)], dlms.Settings('stored'))


def seconds(take: Callable[[bytes], object], before: bytes, repeated: bytes, size: int) -> float:
    """s of CPU for so many bytes of it, a line end at the end."""
    data = (before + repeated * size)[:size - 1] + b'\n'
    begin = time.process_time()
    take(data)
    return time.process_time() - begin


def in_portions(new_reader: Callable[[], feeding.Reader], size: int) -> Callable[[bytes], object]:
    """Feeds a reader until it has enough."""
    def take(data: bytes) -> None:
        reader = new_reader()
        for begin in range(0, len(data), size):
            if reader.feed(data[begin:begin + size]):
                break
    return take


def in_session(take: Callable[[dlms.Session], object], size: int) -> Callable[[bytes], object]:
    """Hands over a session that heard this in portions."""
    def take_data(data: bytes) -> None:
        heard = (dlms.Event('received', begin / 960, 9600, data[begin:begin + size]) for begin in range(0, len(data), size))
        take(dlms.Session(dlms.Settings('heard', only_listen=True), tuple(heard)))
    return take_data


def diagnosed(session: dlms.Session) -> None:
    error = dlms.ProtocolError('hostile')
    error.session = session
    diagnose(error)


SIZES = (1, 16, 64, 256)      # kB
TELEGRAM = IDENTIFICATION + b'1.8.0(1)\r\n!\r\n'
HOSTILE_READERS = {
    'identification, asked': lambda: IdentificationReader(request()),
    'identification, listening': lambda: IdentificationReader(listening=True),
    'block': lambda: BlockReader(None, IDENTIFICATION, ACKNOWLEDGEMENT),
}
HOSTILE_WAYS = {f'{name}, {way}': in_portions(new_reader, size) for name, new_reader in HOSTILE_READERS.items()
                for way, size in (('whole', 2 ** 20), ('64', 64), ('bytewise', 1))}
HOSTILE_WAYS['parser'] = lambda data: parse(data.decode('latin-1'))
HOSTILE_WAYS |= {f'{name}, {way}': in_session(take, size) for name, take in (('diagnosis', diagnosed), ('masking', masked))
                 for way, size in (('whole', 2 ** 20), ('64', 64), ('bytewise', 1))}


if __name__ == '__main__':
    main()
