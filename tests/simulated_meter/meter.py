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

    python3 tests/simulated_meter --mode C --link /tmp/meter                         # 3. a pty, real time
    with PtyDoor(MeterOptions(), Faults()) as door: door.name, door.simulation          #    the same, in a thread

Every option of `MeterOptions` and every fault of `Faults` below is also an option of the command line (`--bit-errors 0.01`)
and of the URL (`bit_errors=0.01`). The pty passes bytes and not bits: there the characters are plain unless `--parity`
is given, and the speed is the one the reader has set by termios.
"""

import argparse
import contextlib
import errno
import math
import os
import random
import re
import select
import signal
import sys
import termios
import threading
import time
import tty
import urllib.parse
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import FrameType
from typing import Any

import serial

from .wire import (
    INSTANT,
    NEVER,
    SEVEN_BITS,
    RealClock,
    Receiver,
    Run,
    VirtualClock,
    ended,
    flip_bits,
    has_even_parity,
    hear,
    with_parity,
)

SOH, STX, ETX, ACK, NAK = b'\x01', b'\x02', b'\x03', b'\x06', b'\x15'
SIGN_ON = 300                   # Bd, 6.4.3.1
MODE_B = dict(zip('ABCDEF', (600, 1200, 2400, 4800, 9600, 19200), strict=True))
MODE_C = dict(zip('0123456', (300, 600, 1200, 2400, 4800, 9600, 19200), strict=True))
REACTION_TIME = 0.2             # s, tr
FAST_REACTION_TIME = 0.02       # s, tr with a lower case third letter of the FLAG id
CHARACTER_LIMIT = 1.5           # s, ta: a longer gap ends a message
TOLERANCE = 0.002               # s, by which a reader may miss a time
WAKE_UP = (2.1, 2.3)            # s of NUL characters, Annex B.1
WAKE_UP_GAP = 0.005             # s between two of them
WAKE_UP_PAUSE = 1.5             # s from the last of them to the request
AWAKE = 30.0                    # s without a request until a battery meter sleeps again
SIGN_ON_CHARACTER = 10 / SIGN_ON         # s of a character at 300 Bd

NOISE = bytes(c for c in range(256) if c & 0x7F not in b'/\x01\x02\x06\x15!\r\n')
EIGHT_BIT_TEXT = 'Z\xe4hler \xff\xff'      # of even parity, so that it passes through 7E1
SEVEN_BIT_TEXT = EIGHT_BIT_TEXT.encode('latin-1').translate(SEVEN_BITS).decode('ascii')
FOREIGN = {
    'sml': bytes.fromhex('1b1b1b1b010101017605003b2d7262006200726301017601010500137a190b0a01454d48000049da8b01016331a600'
                         '7605003b2d73620062007263070177010b0a01454d48000049da8b070100620affff72620165012f0ce5017577078181c7'
                         '8203ff0101010104454d480177070100010800ff650000018201621e52ff5900000000051f4bd2010101631c3e001b1b1b1b'
                         '1a0054a2'),
    'hdlc': bytes.fromhex('7ea0230002002303 939bf18180140502008006020080070400000001080400000001533b7e'),
    'mbus': bytes.fromhex('681b1b68080172785634122d2c0104550000000c06785634120c13214365870a3b2701a516'),
}


def option(default: Any, text: str, parse: Callable[[str], Any] = str) -> Any:
    """A field that can be given as text, too."""
    return field(default=default, metadata={'help': text, 'parse': parse})


def truth(text: str) -> bool:
    """1 and true, and the name of the option alone, switch it on."""
    if text.lower() not in ('1', 'true', 'yes', 'on', '', '0', 'false', 'no', 'off'):
        raise ValueError(f'{text!r} is neither true nor false')
    return text.lower() in ('1', 'true', 'yes', 'on', '')


@dataclass
class MeterOptions:
    """The properties of one meter; None is what fits to the others."""

    kind: str = option('household', 'what it counts: household, p1 (pushes, 8N1, CRC) or heat (wake-up, mode B)')
    mode: str | None = option(None, 'A, B, C or D (pushes)')
    flag: str | None = option(None, 'FLAG id, e.g. LGZ; a lower case third letter means 20 ms reaction time')
    speed_character: str | None = option(None, 'the Z of the identification, else made from mode and speed; G-I and 7-9 '
                                               'are the reserved ones')
    escapes: str | None = option(None, r'\W pairs between Z and ident, e.g. \2')
    ident: str | None = option(None, 'manufacturer specific part of the identification')
    identification: str | None = option(None, 'the whole identification line instead')
    baudrate: int | None = option(None, 'speed of the data block (B, C) or of everything (D)', int)
    framing: str | None = option(None, '7E1 (parity in bit 7) or 8N1 (plain characters)')
    strict_parity: bool = option(True, 'hears only characters of even parity (with 7E1)', truth)
    address: str = option('', 'device address; else its serial number. On the command line and in a URL several, with '
                              'commas between, are several meters')
    query_codes: str = option('?24#', 'the query codes it answers; all but ? give another, shorter table')
    reaction_time: float | None = option(None, 'seconds it waits before it answers (200 or 20 ms)', float)
    needs_reaction_time: bool = option(True, 'does not hear an acknowledgement that comes before its own reaction time', truth)
    acknowledge_within: float = option(2.0, 'seconds it waits for an acknowledgement (tt, 1.5 to 2.2), then 300 Bd', float)
    pause: float | None = option(None, 'seconds before the data: behind the identification (A: 0, B: reaction time) or '
                                       'behind the acknowledgement (C: reaction time)', float)
    repeat_within: float = option(1.5, 'seconds it waits for a NAK behind a block of mode C; 0: it knows no NAK', float)
    single_speed: bool = option(False, 'while it waits for the NAK it is deaf for a request at 300 Bd', truth)
    frame: bool | None = option(None, 'STX, ETX and BCC around the data block (A to C)', truth)
    checksum: str | None = option(None, 'BCC as xor or sum mod 128 (KAM and EKT)')
    crc: bool | None = option(None, 'CRC16 behind the ! (P1)', truth)
    interval: float = option(2.0, 'seconds from telegram to telegram (D)', float)
    phase: float = option(0.5, 'seconds from its start to the first telegram (D); negative: in the middle of one', float)
    wakeup: bool | None = option(None, 'sleeps until it gets NUL characters for 2.1 to 2.3 s, and again after 30 s', truth)
    wakeup_gap: float = option(WAKE_UP_GAP, 'seconds between two NUL characters at most', float)
    size: int = option(0, 'characters of the data block, filled up with billing periods; 0: as it comes', int)
    block: str | None = option(None, 'text of the data block instead of the registers')
    data: bytes | None = option(None, 'a capture to send instead: a file of raw bytes, identification included',
                                lambda name: Path(name).read_bytes())
    instant: bool = option(False, 'no line speed and no reaction times', truth)
    seed: int = option(1, 'chooses serial number, counters and load', int)

    def __post_init__(self) -> None:
        preset = {'household': ('C', 'LGZ', 'ZMD3104407.B32'), 'p1': ('D', 'ISk', 'MT382-1003'),
                  'heat': ('B', 'LUG', 'UH50')}[self.kind]
        if self.data is not None:
            self._from_capture(self.data)
        if self.identification is not None:
            self.flag, self.speed_character = self.identification[1:4], self.identification[4:5]
        self.mode = self.mode or self._mode_of_speed_character() or preset[0]
        if self.mode not in ('A', 'B', 'C', 'D'):
            raise ValueError(f'unknown mode {self.mode!r}')
        self.flag = self.flag or preset[1]
        self._choose_speed()
        self.framing = self.framing or ('8N1' if self.kind == 'p1' else '7E1')
        self.wakeup = self.kind == 'heat' if self.wakeup is None else self.wakeup
        self.crc = self.kind == 'p1' if self.crc is None else self.crc
        self.frame = self.mode != 'D' if self.frame is None else self.frame
        self.checksum = self.checksum or ('sum' if self.flag in ('KAM', 'EKT') else 'xor')
        if self.identification is None:
            escapes = (r'\2' if self.mode == 'C' else '') if self.escapes is None else self.escapes
            ident = preset[2] if self.ident is None else self.ident
            self.identification = f'/{self.flag}{self.speed_character}{escapes}{ident}'
        if self.reaction_time is None:
            self.reaction_time = FAST_REACTION_TIME if self.flag[2:].islower() else REACTION_TIME
        if self.instant:
            self.reaction_time, self.needs_reaction_time = 0.0, False
        if self.pause is None:
            self.pause = 0.0 if self.mode == 'A' else self.reaction_time

    def _from_capture(self, capture: bytes) -> None:
        line = capture.translate(SEVEN_BITS).partition(b'\n')[0]
        if b'/' in line and b'(' not in line and self.identification is None:
            self.identification = line[line.index(b'/'):].decode('ascii').rstrip('\r')

    def _mode_of_speed_character(self) -> str | None:
        if self.speed_character is None:
            return None
        if self.speed_character in tuple('ABCDEFGHI'):
            return 'B'
        return 'C' if self.speed_character in tuple('0123456789') else 'A'

    def _choose_speed(self) -> None:
        """Speed and Z belong together in the modes B and C; the reserved characters mean 300 Bd."""
        table = {'B': MODE_B, 'C': MODE_C}.get(self.mode or '', {})
        if self.mode == 'A':
            self.baudrate = SIGN_ON
        elif table and self.speed_character is not None:
            self.baudrate = table.get(self.speed_character, SIGN_ON)
        elif self.baudrate is None:
            self.baudrate = {'p1': 115200, 'heat': 2400}.get(self.kind, 4800 if self.mode == 'B' else 9600)
        if self.speed_character is None:
            letters = {speed: letter for letter, speed in table.items()}
            if table and self.baudrate not in letters:
                raise ValueError(f'{self.baudrate} Bd are not possible in mode {self.mode}')
            self.speed_character = letters.get(self.baudrate, ' ' if self.mode == 'A' else '5')


@dataclass
class Faults:
    """What is wrong with meter, head and line; all may come together, all is the same for the same seed."""

    seed: int = option(1, 'seeds noise, bit errors and wrong check characters', int)
    when: str = option('always', 'the blocks (and openings, for vanish_after) that are hit: always, first:N, every:N')
    # the meter
    silent: str = option('', 'always; identification (nothing behind it); acknowledged (nothing behind an acknowledgement); '
                             'fast (nothing behind the acknowledgement of its own speed)')
    identify_twice: str = option('', 'sends the identification again: at once, or before the data (late)')
    wrong_check: bool = option(False, 'wrong BCC or CRC', truth)
    truncate: int | None = option(None, 'the block ends after so many characters', int)
    damaged_stx: bool = option(False, 'another character than STX', truth)
    missing_etx: bool = option(False, 'neither ETX nor BCC', truth)
    missing_bcc: bool = option(False, 'no BCC behind ETX', truth)
    short_crc: bool = option(False, 'leading zeros of the CRC are dropped', truth)
    endless: bool = option(False, 'talks without end, until the port is opened again', truth)
    eight_bit_text: bool = option(False, 'a data set with characters beyond seven bits', truth)
    instead: str = option('', 'sends frames of another protocol by itself: sml, hdlc or mbus')
    # the line
    noise: int = option(0, 'noise bytes before the identification', int)
    noise_before_data: int = option(0, 'noise bytes before the data block', int)
    bit_errors: float = option(0.0, 'share of the characters with one flipped bit of eight', float)
    double_bit_errors: float = option(0.0, 'share of the characters with two', float)
    errors_in: str = option('answers', 'data (blocks only), answers (all the meter sends) or all (what it hears, too)')
    # the head and its port
    echo: str = option('', 'the head repeats to the reader what he sends: request, acknowledgement or all')
    max_baudrate: int = option(0, 'characters faster than this do not get through the head', int)
    deaf_after_open: float = option(0.0, 'seconds the head is deaf and dumb after opening or power on', float)
    needs: str = option('', 'what feeds the head: dtr, rts, dtr,rts or e.g. dtr,-rts (RTS off)')
    early_flush: bool = option(False, 'flush() returns at once, as with USB adapters', truth)
    latency: float = option(0.0, 'seconds after which the adapter hands over what came (16 ms with many)', float)
    vanish_after: int | None = option(None, 'the port vanishes after so many characters', int)
    gone_for: float = option(0.0, 'seconds until a port that vanished can be opened again', float)

    def hits(self, number: int) -> bool:
        """Whether the block or opening of that number (from 1) is hit."""
        rule, _, count = self.when.partition(':')
        return rule == 'always' or (number <= int(count) if rule == 'first' else number % int(count) == 0)

    def powered(self, dtr: bool, rts: bool) -> bool:
        """Whether DTR and RTS feed the head."""
        return all((dtr if name.strip().endswith('dtr') else rts) is not name.strip().startswith('-')
                   for name in self.needs.split(',') if name.strip())


# -- what it counts --------------------------------------------------------------------------------------------------

Registers = list[tuple[str, tuple[tuple[str, str | None], ...]]]


class Household:
    """Registers whose energies are the integral of the power that the same readout shows; t in seconds since start."""

    WAVES = ((180.0, 613.0), (90.0, 97.0), (40.0, 13.0))    # W, period in s
    BASE = 420.0                                            # W

    def __init__(self, kind: str = 'household', seed: int = 1, epoch: float = 1_767_950_000.0) -> None:
        dice = random.Random(f'household {seed}')
        self.kind, self.epoch = kind, epoch
        self.serial = str(dice.randrange(10_000_000, 99_999_999))
        self._phases = [dice.uniform(0, math.tau) for _ in self.WAVES]
        self._start = dice.randrange(4_000_000, 40_000_000)             # Wh
        self._night = self._start // 3                                  # Wh, tariff 2
        self._back = dice.randrange(1_000_000, 9_000_000)               # Wh
        self._months = [dice.randrange(150_000, 400_000) for _ in range(180)]

    def power(self, t: float) -> float:
        """W."""
        return self.BASE + sum(height * math.sin(math.tau * t / period + phase)
                               for (height, period), phase in zip(self.WAVES, self._phases, strict=True))

    def energy(self, t: float) -> float:
        """Wh, the integral of `power` on top of what was counted before."""
        waves = sum(height * period / math.tau * (math.cos(phase) - math.cos(math.tau * t / period + phase))
                    for (height, period), phase in zip(self.WAVES, self._phases, strict=True))
        return self._start + (self.BASE * t + waves) / 3600

    def registers(self, t: float, query_code: str = '?') -> Registers:
        """The table for that query code, without billing periods."""
        table = {'household': self._household, 'p1': self._p1, 'heat': self._heat}[self.kind](t)
        if query_code == '?':
            return table
        return {'2': table[:8], '4': list(self.history())[:24], '#': table[:3]}.get(query_code, table[:5])

    def _household(self, t: float) -> Registers:
        energy, power, back = int(self.energy(t)), self.power(t), int(self._back + t / 60)
        now = time.gmtime(self.epoch + t + 3600)
        volts = [230.0 + 1.5 * math.sin(t / period) for period in (41, 53, 67)]
        watts = [power * share for share in (0.5, 0.3, 0.2)]
        rows: list[tuple[str, str, str | None]] = [
            ('F.F', '00000000', None), ('0.0.0', self.serial, None), ('C.1.0', self.serial, None),
            ('0.9.1', time.strftime('%H%M%S', now), None), ('0.9.2', time.strftime('%y%m%d', now), None),
            ('1.8.0', _thousandth(energy, 10), 'kWh'), ('1.8.1', _thousandth(energy - self._night, 10), 'kWh'),
            ('1.8.2', _thousandth(self._night, 10), 'kWh'), ('2.8.0', _thousandth(back, 10), 'kWh'),
            ('3.8.0', _thousandth(energy // 9, 10), 'kvarh'), ('4.8.0', _thousandth(energy // 30, 10), 'kvarh'),
            ('1.7.0', f'{power / 1000:06.3f}', 'kW'), ('2.7.0', '00.000', 'kW')]
        rows += [(f'{code}.7.0', f'{watt / 1000:06.3f}', 'kW') for code, watt in zip((21, 41, 61), watts, strict=True)]
        rows += [(f'{code}.7.0', f'{volt:05.1f}', 'V') for code, volt in zip((32, 52, 72), volts, strict=True)]
        rows += [(f'{code}.7.0', f'{watt / volt:06.2f}', 'A')
                 for code, watt, volt in zip((31, 51, 71), watts, volts, strict=True)]
        rows += [('14.7.0', f'{50 + 0.02 * math.sin(t / 7):05.2f}', 'Hz'), ('C.7.0', '0004', None),
                 ('0.2.0', 'B32', None)]
        table: Registers = [(f'1-1:{code}', ((value, unit),)) for code, value, unit in rows]
        table.insert(11, ('1-1:1.6.0', (('02.871', 'kW'), ('2601031815', None))))
        return table

    def _p1(self, t: float) -> Registers:
        energy, power = int(self.energy(t)), self.power(t)
        stamp = time.strftime('%y%m%d%H%M%SW', time.gmtime(self.epoch + t + 3600))
        rows = [('1-3:0.2.8', '50', None), ('0-0:1.0.0', stamp, None),
                ('0-0:96.1.1', self.serial.encode().hex().upper(), None),
                ('1-0:1.8.1', _thousandth(energy - self._night, 10), 'kWh'),
                ('1-0:1.8.2', _thousandth(self._night, 10), 'kWh'), ('1-0:2.8.1', _thousandth(self._back, 10), 'kWh'),
                ('0-0:96.14.0', '0001', None), ('1-0:1.7.0', f'{power / 1000:06.3f}', 'kW'),
                ('1-0:2.7.0', '00.000', 'kW'), ('0-0:96.7.21', '00004', None), ('0-0:96.13.0', '', None),
                ('1-0:32.7.0', f'{230 + math.sin(t / 41):05.1f}', 'V'),
                ('1-0:31.7.0', f'{round(power / 230):03d}', 'A')]
        table: Registers = [(code, ((value, unit),)) for code, value, unit in rows]
        gas = f'{_thousandth(int(self.energy(t)) // 8, 9)}'
        table.append(('0-1:24.2.1', ((stamp[:8] + '0000W', None), (gas, 'm3'))))
        return table

    def _heat(self, t: float) -> Registers:
        energy = int(self.energy(t))
        rows = [('6.8', _thousandth(energy // 4, 8), 'GJ'), ('6.26', f'{energy / 5000:08.2f}', 'm3'),
                ('9.21', self.serial, None), ('6.6', '0012.4', 'kW'), ('6.33', '000.312', 'm3ph'),
                ('9.4', '098.5', 'C'), ('6.31', f'{90_000 + int(t / 3600):07d}', 'h')]
        return [(code, ((value, unit),)) for code, value, unit in rows]

    def history(self) -> Iterator[tuple[str, tuple[tuple[str, str | None], ...]]]:
        """Billing periods, newest first: values that do not change."""
        prefix, code = ('', '6.8') if self.kind == 'heat' else ('1-0:' if self.kind == 'p1' else '1-1:', '1.8.0')
        left = self._start
        for number, month in enumerate(self._months):
            left = max(0, left - month)
            yield f'{prefix}{code}*{99 - number % 100:02d}', ((_thousandth(left, 10), 'kWh'),)
            yield (f'{prefix}{code.replace(".8", ".6")}*{99 - number % 100:02d}',
                   ((f'{month / 150_000:06.3f}', 'kW'), (f'{25 - number // 12:02d}{12 - number % 12:02d}141815', None)))


def _thousandth(count: int, width: int) -> str:
    return f'{count // 1000:0{width - 4}d}.{count % 1000:03d}'


def _line(code: str, values: Sequence[tuple[str, str | None]]) -> str:
    return code + ''.join(f'({value})' if unit is None else f'({value}*{unit})' for value, unit in values) + '\r\n'


def _fill(registers: Registers, house: Household, missing: int) -> Registers:
    """Registers for exactly so many further characters."""
    filler = '0-0:96.99.0'
    least = len(_line(filler, (('', None),)))
    more: Registers = []
    for code, values in house.history():
        length = len(_line(code, values))
        if missing - length < least:
            break
        more.append((code, values))
        missing -= length
    if missing >= least:
        text = '0123456789' * (missing // 10 + 1)
        more.append((filler, ((text[:missing - least], None),)))
    return registers + more


def make_block(size: int, kind: str = 'household') -> str:
    """Text of a data block of exactly `size` characters (at least those of the registers), from codes to the `!` line."""
    house = Household(kind)
    registers = house.registers(0.0)
    length = sum(len(_line(code, values)) for code, values in registers)
    return ''.join(_line(*row) for row in _fill(registers, house, size - length - len('!\r\n'))) + '!\r\n'


# -- the meter -------------------------------------------------------------------------------------------------------

@dataclass
class Sent:
    """What a meter meant to send in one readout: the truth, before any fault."""

    time: float                                     # s, when the block was put together
    identification: str
    text: str                                       # the data block without its frame
    values: dict[str, tuple[str, str | None]]       # the first value of each code; empty for given blocks and captures
    registers: Registers                            # all of them
    baudrate: float
    characters: int                                 # of the whole block on the wire
    repeats: int = 0                                # NAKs answered


DEADLINE = None
Event = int | None          # a character of eight bits, BROKEN (framing error), or DEADLINE: the time waited for has come
BROKEN = -1
Life = Generator[float, Event, Any]     # yields the time until which it waits


class Meter:
    """A meter without I/O and clock.

    Whoever drives it looks at `deadline`, `listening` (speeds; none while it is deaf) and `listening_since`, calls `step`
    with each character it hears, or with DEADLINE at that time, in order of time, and takes what it sends from `take`.
    """

    def __init__(self, options: MeterOptions | None = None, faults: Faults | None = None, *,
                 now: float = 0.0, epoch: float = 1_767_950_000.0) -> None:
        self.options = options or MeterOptions()
        self.faults = faults or Faults()
        self.house = Household(self.options.kind, self.options.seed, epoch + now)
        self.sent: list[Sent] = []
        self.received: list[tuple[float, bytes]] = []       # messages it understood, with the time of their last bit
        self.blocks = 0                                     # sent, repeated ones too
        self.listening: tuple[float, ...] = ()
        self.listening_since = now
        self.opened_at = now            # since when a reader is there at all
        self.now = self.born = now
        self._dice = random.Random(f'meter {self.faults.seed}')
        self._out: list[Run] = []
        self._awake_until = NEVER
        self._life = self._live()
        self.deadline: float = next(self._life)

    def step(self, now: float, event: Event) -> None:
        """The next thing that happens to it."""
        self.now = now
        self.deadline = self._life.send(event)

    def take(self) -> list[Run]:
        """What it has decided to send since the last call, also in the future."""
        runs, self._out = self._out, []
        return runs

    # what it does

    def _live(self) -> Life:
        if self.options.mode == 'D' or self.faults.instead:
            yield from self._push()
        while True:
            if self.options.wakeup:
                yield from self._sleep()
            yield from self._serve()

    def _serve(self) -> Life:
        """Answers requests until it falls asleep."""
        message = None
        self._listen(SIGN_ON, since=self.listening_since)
        while True:
            if message is None:
                message = yield from self._message(self._awake_until)
            if message is None:
                return
            query = self._query(message)
            message = None
            if query is not None and self.faults.silent != 'always':
                message = yield from self._session(query)
                self._listen(SIGN_ON)

    def _session(self, query: str) -> Life:
        """Identification, acknowledgement, data; returns a message that came instead of what was awaited."""
        o = self.options
        yield from self._say(self.now + o.reaction_time, self._identify(), SIGN_ON)
        if self.faults.silent == 'identification':
            yield from self._until(self.now + CHARACTER_LIMIT)
            return None
        speed, pause = o.baudrate, o.pause
        if o.mode == 'C':
            message = yield from self._message_after_identification()
            if message is not None and message[:1] != ACK:
                return message
            agreed = self._agree(message)
            if agreed is None:
                return None
            speed, pause = agreed
        return (yield from self._read_out(query, speed, pause))

    def _message_after_identification(self) -> Life:
        """6.3.3: the acknowledgement must leave it its reaction time; what comes before is not heard."""
        wait = self.options.reaction_time - TOLERANCE if self.options.needs_reaction_time else 0.0
        self._listen(SIGN_ON, since=self.now + wait)
        return (yield from self._message(self.now + self.options.acknowledge_within))

    def _agree(self, acknowledgement: bytes | None) -> tuple[float, float] | None:
        """Speed and pause before the data by 6.4.3.2, or None where no readout follows."""
        o, silent = self.options, self.faults.silent
        if acknowledgement is None:
            return SIGN_ON, 0.0
        control, speed, what = (acknowledgement + b'   ')[1:4].decode('latin-1')
        if (control, what) != ('0', '0') or silent == 'acknowledged':
            return None             # HDLC and programming mode are not simulated
        if speed == o.speed_character:
            return None if silent == 'fast' or speed in '789' else (o.baudrate, o.pause)
        return None if o.speed_character in tuple('789') and speed != '0' else (SIGN_ON, o.pause)

    def _read_out(self, query: str, speed: float, pause: float) -> Life:
        """The data block, and again for each NAK."""
        o = self.options
        block = self._compose(query, speed)
        yield from self._send_block(self.now + pause, block, speed)
        while o.mode == 'C' and o.repeat_within > 0:
            other = () if o.single_speed or speed == SIGN_ON else (SIGN_ON,)
            self._listen(speed, *other)
            message = yield from self._message(self.now + o.repeat_within)
            if message != NAK:
                return message
            self.sent[-1].repeats += 1
            yield from self._send_block(self.now + o.reaction_time, block, speed)
        return None

    def _push(self) -> Life:
        """Mode D: a telegram each interval; those that nobody can hear are left out."""
        o = self.options
        start = self.born + o.phase
        while True:
            yield from self._until(start)
            unheard = self.opened_at - o.interval - start
            if unheard > 0:
                start += math.ceil(unheard / o.interval) * o.interval
                continue
            if self.faults.silent != 'always':
                block = FOREIGN[self.faults.instead] if self.faults.instead else self._compose('?', o.baudrate)
                yield from self._send_block(start, block, o.baudrate)
            start = max(start + o.interval, self.now)

    def _sleep(self) -> Life:
        """Until NUL characters came long enough, without gaps, and the pause behind them is over (Annex B.1)."""
        while True:
            self._listen(SIGN_ON)
            count, begin, end = 0, 0.0, NEVER
            gap = CHARACTER_LIMIT if self.options.instant else self.options.wakeup_gap
            while True:
                event = yield end + SIGN_ON_CHARACTER + gap + TOLERANCE
                if event != 0:
                    break
                begin, end, count = (self.now - SIGN_ON_CHARACTER if not count else begin), self.now, count + 1
            long_enough = WAKE_UP[0] - TOLERANCE <= end - begin <= WAKE_UP[1] + TOLERANCE
            if event is DEADLINE and count and (long_enough or (self.options.instant and count >= 40)):
                self._listen(SIGN_ON, since=self.now if self.options.instant else end + WAKE_UP_PAUSE - TOLERANCE)
                self._awake_until = self.now + AWAKE
                return

    # its ears and its mouth

    def _listen(self, *speeds: float, since: float = 0.0) -> None:
        self.listening, self.listening_since = speeds, max(self.now, since)

    def _message(self, deadline: float) -> Life:
        """The next whole message that begins before the deadline, or None; what is damaged is no message."""
        text = bytearray()
        while True:
            event = yield self.now + CHARACTER_LIMIT if text else max(deadline, self.now)
            if event is DEADLINE:
                if not text:
                    return None
                text.clear()
                continue
            character = self._understood(event)
            if character is None or (not text and character not in b'/\x01\x06\x15'):
                text.clear()
                continue
            text.append(character)
            if text[:1] == NAK or text[-1:] == b'\n' or text[-2:-1] == ETX:
                self.received.append((self.now, bytes(text)))
                return bytes(text)

    def _understood(self, event: int) -> int | None:
        strict = self.options.strict_parity and self.options.framing == '7E1'
        if event == BROKEN or (strict and not has_even_parity(event)):
            return None
        return event & 0x7F

    def _query(self, message: bytes) -> str | None:
        """The query code of a request that is meant for this meter (6.3.1)."""
        request = re.fullmatch(rb'/(.)([0-9A-Za-z ]{0,32})!\r\n', message)
        if not request:
            return None
        code, address = (part.decode('ascii') for part in request.groups())
        own = self.options.address or self.house.serial
        meant = not address or address.lstrip('0') == own.lstrip('0')
        return code if meant and code in self.options.query_codes else None

    def _until(self, then: float) -> Life:
        while self.now < then:
            yield then

    def _say(self, start: float, characters: bytes, speed: float) -> Life:
        """Sends, and is deaf until it has sent."""
        run = Run(start, INSTANT if self.options.instant else speed, characters)
        self._out.append(run)
        self.listening = ()
        yield from self._until(run.end)
        self._awake_until = self.now + AWAKE if self.options.wakeup else NEVER

    def _send_block(self, start: float, block: bytes, speed: float) -> Life:
        self.blocks += 1
        hit = self.faults.hits(self.blocks)
        if hit and self.faults.endless:
            yield from self._talk(start, block, speed)
        else:
            yield from self._say(start, self._on_the_wire(self._damage(block) if hit else block, 'data', hit), speed)

    def _talk(self, start: float, block: bytes, speed: float) -> Life:
        """The block without its end, again and again, as long as the same reader listens."""
        endless, began = block.rpartition(b'!')[0], self.now
        while self.opened_at <= began:
            yield from self._say(start, self._on_the_wire(endless, 'data', True), speed)
            endless = endless.lstrip(STX)
            start = self.now + (0.001 if self.options.instant else 0.0)

    # what it says

    def _identify(self) -> bytes:
        line = self._noise(self.faults.noise) + self._identification()
        again = self._identification() if self.faults.identify_twice == 'at once' else b''
        return self._on_the_wire(line + again, 'answers', True)

    def _identification(self) -> bytes:
        return f'{self.options.identification}\r\n'.encode('latin-1')

    def _noise(self, count: int) -> bytes:
        return bytes(self._dice.choices(NOISE, k=count))

    def _on_the_wire(self, characters: bytes, what: str, hit: bool) -> bytes:
        """With parity and bit errors."""
        f = self.faults
        if self.options.framing == '7E1' and not f.instead:
            characters = with_parity(characters)
        if hit and (what == 'data' or f.errors_in != 'data'):
            characters = flip_bits(characters, f.bit_errors, f.double_bit_errors, self._dice)
        return characters

    def _compose(self, query: str, speed: float) -> bytes:
        """The block as it should be; written down as sent."""
        o = self.options
        registers: Registers = []
        head = self._identification() + b'\r\n' if o.mode == 'D' else b''
        if o.data is not None:
            block = self._captured(o.data)
            text = block.translate(SEVEN_BITS).decode('ascii')
        else:
            if o.block is None:
                registers = self._registers(query, len(head))
                text = ''.join(_line(*row) for row in registers) + '!\r\n'
            else:
                text = o.block
            block = self._framed(head + text.encode('latin-1'))
        if o.framing == '7E1':      # the eighth bit of a text is the parity to everyone else
            registers = [(code, tuple((value.replace(EIGHT_BIT_TEXT, SEVEN_BIT_TEXT), unit) for value, unit in values))
                         for code, values in registers]
        values = {code: values[0] for code, values in reversed(registers)}
        self.sent.append(Sent(self.now, str(o.identification), text, values, registers, speed, len(block)))
        return block

    def _registers(self, query: str, head: int) -> Registers:
        registers = self.house.registers(self.now - self.born, query)
        if self.faults.eight_bit_text:
            registers.append(('1-1:96.50.0', ((EIGHT_BIT_TEXT, None),)))
        if self.options.size and query == '?':
            frame = len(self._framed(b'!\r\n')) + head
            length = sum(len(_line(*row)) for row in registers)
            registers = _fill(registers, self.house, self.options.size - frame - length)
        return registers

    def _framed(self, text: bytes) -> bytes:
        if self.options.crc:
            upto = text.rindex(b'!') + 1
            return text[:upto] + b'%04X' % crc16(text[:upto]) + text[upto:]
        if not self.options.frame:
            return text
        check = block_check(text + ETX, self.options.checksum == 'sum')
        return STX + text + ETX + bytes([check])

    def _captured(self, capture: bytes) -> bytes:
        """What of a capture is the data block: all in mode D, else what follows the identification line."""
        line, _, rest = capture.partition(b'\n')
        has_line = b'/' in line.translate(SEVEN_BITS) and b'(' not in line.translate(SEVEN_BITS)
        return rest if has_line and self.options.mode != 'D' else capture

    def _damage(self, block: bytes) -> bytes:
        f = self.faults
        if f.identify_twice == 'late':
            block = self._identification() + block
        block = self._noise(f.noise if self.options.mode == 'D' else f.noise_before_data) + block
        if f.wrong_check:
            block = self._wrong_check(block)
        if f.short_crc:
            block = re.sub(rb'!0+(?=[0-9A-F]{1,3}\r\n)', b'!', block)
        if f.damaged_stx:
            block = block.replace(STX, b'\x12', 1)
        if f.missing_bcc and block[-2:-1] == ETX:
            block = block[:-1]
        if f.missing_etx and block[-2:-1] == ETX:
            block = block[:-2]
        return block if f.truncate is None else block[:f.truncate]

    def _wrong_check(self, block: bytes) -> bytes:
        if block[-2:-1] == ETX:
            return block[:-1] + bytes([block[-1] ^ self._dice.randrange(1, 0x80)])
        digit = re.search(rb'!([0-9A-F])[0-9A-F]{0,3}\r\n$', block)
        if digit is None:
            return block
        other = self._dice.choice(b'0123456789ABCDEF'.replace(digit[1], b''))
        return block[:digit.start(1)] + bytes([other]) + block[digit.end(1):]


def block_check(characters: bytes, as_sum: bool = False) -> int:
    """BCC over the characters behind STX up to ETX: XOR, or sum mod 128 as Kamstrup and Energomera have it."""
    check = 0
    for character in characters.translate(SEVEN_BITS):
        check = (check + character) & 0x7F if as_sum else check ^ character
    return check


def crc16(characters: bytes) -> int:
    """P1: polynomial 0x8005 reflected, start 0."""
    crc = 0
    for character in characters:
        crc = crc >> 8 ^ CRC16_TABLE[(crc ^ character) & 0xFF]
    return crc


def _crc16_of(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


CRC16_TABLE = [_crc16_of(byte) for byte in range(256)]


def least_duration(options: MeterOptions, characters: int, request: int = 5) -> float:
    """Seconds a readout must last: from the first bit of the request to the last of the block of so many characters.

    Characters at their speeds, the meter's reaction time and in mode C the one the reader owes it before the
    acknowledgement. In mode D from the first bit of the telegram.
    """
    if options.mode == 'D':
        return 10 * characters / options.baudrate
    identification = len(options.identification) + 2
    seconds = 10 * (request + identification) / SIGN_ON + options.reaction_time + options.pause
    if options.mode == 'C':
        seconds += options.reaction_time + 10 * 6 / SIGN_ON
    return seconds + 10 * characters / options.baudrate


# -- the line and the head -------------------------------------------------------------------------------------------

class Head:
    """One line with its meters, and the optical head before it with its faults; all times are given by the caller."""

    def __init__(self, meters: Sequence[Meter], faults: Faults) -> None:
        self.meters, self.faults = meters, faults
        self.receiver = Receiver()
        self.instant = meters[0].options.instant
        self.grace = 0.0                # s by which the caller learns too late that something was written
        self.free_at = 0.0              # when the last character of the reader has left
        self.openings = 0
        self._baudrate: float = SIGN_ON
        self._sending: list[Run] = []
        self._alive_from = NEVER        # the head has power and hears since
        self._heard = {id(meter): -1.0 for meter in meters}
        self._dice = random.Random(f'head {faults.seed}')
        for meter in meters:
            self._transmit(meter, meter.now)
        self._plan()

    @property
    def horizon(self) -> float:
        """When the next thing happens to a meter."""
        return self._next[0]

    def open(self, now: float, baudrate: float, powered: bool = True) -> None:
        """A reader opens the port."""
        self.openings += 1
        for meter in self.meters:
            meter.opened_at = now
        self.advance(now)
        self._baudrate = baudrate
        vanish = self.faults.vanish_after
        self.receiver.left = vanish if vanish is not None and self.faults.hits(self.openings) else math.inf
        self.receiver.gone_at = NEVER if self.receiver.left else now
        self.power(now, powered)
        self.receiver.buffer.clear()

    def close(self, now: float) -> None:
        """The reader leaves; what he has written still goes out."""
        self.advance(now)
        self.receiver.retune(now, self._baudrate, NEVER)

    def power(self, now: float, powered: bool) -> None:
        """DTR or RTS have changed, or the port was opened."""
        self._alive_from = now + self.faults.deaf_after_open if powered else NEVER
        self.receiver.retune(now, self._baudrate, self._alive_from)
        self._plan()

    def switch(self, now: float, baudrate: float) -> None:
        """The reader changes the speed: of what he hears and of what he has not sent yet."""
        self.advance(now)
        self._baudrate = baudrate
        if not self.instant:
            self._cut(now, baudrate)
            self.receiver.retune(now, baudrate, max(now, self._alive_from))
            self._plan()

    def write(self, now: float, characters: bytes) -> None:
        """The reader sends, behind what he is sending already."""
        self.advance(now)
        run = Run(max(now, self.free_at), INSTANT if self.instant else self._baudrate, characters)
        if self.faults.errors_in == 'all':
            run.characters = flip_bits(characters, self.faults.bit_errors, self.faults.double_bit_errors, self._dice)
        self.free_at = run.end
        self._sending.append(run)
        kind = 'acknowledgement' if characters[0] & 0x7F in b'\x06\x15' else 'request'
        if self.faults.echo in (kind, 'all'):
            self.receiver.put(run, now)
        self._plan()

    def advance(self, now: float) -> None:
        """Everything that happens to the meters until `now`."""
        while self._next[0] <= now:
            then, meter, event = self._next
            if event is not DEADLINE:
                self._heard[id(meter)] = then
            meter.step(then, event)
            self._transmit(meter, then)
            self._plan()
        if self._sending and self._sending[0].end < now - 1:
            self._sending = [run for run in self._sending if run.end >= now - 1]

    def _transmit(self, meter: Meter, now: float) -> None:
        for run in meter.take():
            if not self._too_fast(run):
                self.receiver.put(run, now)

    def _too_fast(self, run: Run) -> bool:
        return 0 < self.faults.max_baudrate < run.baudrate and not self.instant

    def _plan(self) -> None:
        self._next = min((self._next_of(meter) for meter in self.meters), key=lambda event: event[0])

    def _next_of(self, meter: Meter) -> tuple[float, Meter, Event]:
        """Its next character, if that comes before its deadline."""
        first: tuple[float, Meter, Event] = (meter.deadline, meter, DEADLINE)
        if not meter.listening:
            return first
        since = max(meter.listening_since, self._alive_from)
        heard_until = self._heard[id(meter)]
        for run in self._sending:
            if self._too_fast(run):
                continue
            speed = run.baudrate if run.baudrate in meter.listening else meter.listening[0]
            for heard in hear(run, speed, since):
                index = ended(heard, heard_until)
                if index < len(heard.characters):
                    if heard.end(index) <= first[0]:
                        first = heard.end(index), meter, BROKEN if heard.framing_error else heard.characters[index]
                    break
        return first

    def _cut(self, now: float, baudrate: float) -> None:
        """What has not been sent yet goes out at the other speed, and the character on its way is lost."""
        for run in self._sending[:]:
            if run.end - self.grace <= now or run.baudrate == baudrate:
                continue
            sent = max(0, int((now - run.start) / run.character_time))
            begun = now > run.start + sent * run.character_time
            rest = run.characters[sent + begun:]
            run.characters = run.characters[:sent]
            self._sending.append(Run(max(now, run.start) + begun * 10 / baudrate, baudrate, rest))
            self.free_at = self._sending[-1].end


# -- door 1 and 2: a port as pyserial has it --------------------------------------------------------------------------

class Simulation:
    """Meters, their head and a clock: what a reader opens, any number of times, one at a time."""

    def __init__(self, options: MeterOptions | Sequence[MeterOptions] | None = None, faults: Faults | None = None,
                 clock: VirtualClock | RealClock | None = None) -> None:
        several = [options or MeterOptions()] if not isinstance(options, Sequence) else options
        self.clock = clock or VirtualClock()
        self.faults = faults or Faults()
        now = self.clock.monotonic()
        self.meters = [Meter(each, self.faults, now=now, epoch=self.clock.time() - now) for each in several]
        self.head = Head(self.meters, self.faults)
        self.changed = threading.Condition()        # also guards head and meters
        self.port: SimulatedPort | None = None      # the open one
        self.absent_until = 0.0                     # the port cannot be found, after it has vanished

    @property
    def meter(self) -> Meter:
        """The (first) meter."""
        return self.meters[0]

    @classmethod
    def from_texts(cls, texts: Mapping[str, str], clock: VirtualClock | RealClock | None = None) -> 'Simulation':
        """From options and faults as text; unknown names and unfit values raise ValueError."""
        known = {each.name: (kind, each.metadata['parse']) for kind in (MeterOptions, Faults) for each in fields(kind)}
        if unknown := set(texts) - set(known):
            raise ValueError(f'no option of the simulated meter: {", ".join(sorted(unknown))}')
        values: dict[type, dict[str, Any]] = {MeterOptions: {}, Faults: {}}
        for name, text in texts.items():
            kind, parse = known[name]
            for each in (MeterOptions, Faults) if name == 'seed' else (kind,):
                values[each][name] = parse(text)
        meter = values[MeterOptions]
        first = meter.get('seed', 1)
        addresses = str(meter.get('address', '')).split(',')
        return cls([MeterOptions(**{**meter, 'address': address, 'seed': first + number})
                    for number, address in enumerate(addresses)], Faults(**values[Faults]), clock)

    def open_port(self, settings: Any = None, **properties: Any) -> 'SimulatedPort':
        """An open port: door 1. Of `settings` baudrate, dtr, rts and parity count where they are there; `properties` are
        those of serial.Serial and go first."""
        seven = getattr(settings, 'parity', '') == 'even'
        port = SimulatedPort(None, simulation=self, **{
            'baudrate': getattr(settings, 'baudrate', SIGN_ON), 'timeout': 0.1,
            'bytesize': serial.SEVENBITS if seven else serial.EIGHTBITS,
            'parity': serial.PARITY_EVEN if seven else serial.PARITY_NONE, **properties})
        port.port = 'simulated meter'
        port.dtr, port.rts = getattr(settings, 'dtr', True), getattr(settings, 'rts', True)
        port.open()
        return port


class SimulatedPort(serial.SerialBase):
    """pyserial's surface on a simulation; settings, context manager and checks are pyserial's own."""

    def __init__(self, *args: Any, simulation: Simulation, **kwargs: Any) -> None:
        self._simulation = simulation
        self._head, self._clock, self._changed = simulation.head, simulation.clock, simulation.changed
        self._speed = 0         # that the head knows
        self._may_jump = isinstance(simulation.clock, VirtualClock) and not simulation.faults.latency
        super().__init__(*args, **kwargs)

    def open(self) -> None:
        """As pyserial: SerialException when it is open already (locked), or not there."""
        if self.is_open:
            raise serial.SerialException('Port is already open.')
        with self._changed:
            now = self._clock.monotonic()
            if now < self._simulation.absent_until:
                raise serial.SerialException(errno.ENOENT, f'could not open port {self._port}: '
                                             f"[Errno 2] No such file or directory: '{self._port}'")
            if self._simulation.port is not None:
                raise serial.SerialException(errno.EAGAIN, f'Could not exclusively lock port {self._port}: '
                                             '[Errno 11] Resource temporarily unavailable')
            self._check_format()
            self._speed = self._baudrate
            self._head.open(now, self._speed, self._head.faults.powered(self._dtr_state, self._rts_state))
            self._simulation.port = self
            self.is_open = True

    def close(self) -> None:
        """Lets the next one open it; a read that waits in another thread ends."""
        with self._changed:
            if self.is_open:
                self.is_open = False
                self._simulation.port = None
                self._head.close(self._clock.monotonic())
                self._changed.notify_all()

    def read(self, size: int = 1) -> bytes:
        """At most so many characters, fewer after the timeout; on a port that vanishes those of this call are lost."""
        with self._changed:
            head, receiver = self._head, self._head.receiver
            now = self._now()
            deadline = NEVER if self._timeout is None else now + self._timeout
            ahead = receiver.take_ahead(size, min(deadline, head.horizon)) if self._may_jump else None
            if ahead:
                self._clock.now, data = max(now, ahead[0]), ahead[1]
            else:
                self._await(size, now, deadline)
                data = receiver.take(size)
        return data.translate(SEVEN_BITS) if self._bytesize == serial.SEVENBITS else data

    def _await(self, size: int, now: float, deadline: float) -> None:
        """Until so many characters have come, or the deadline."""
        head, receiver = self._head, self._head.receiver
        while True:
            limit = min(self._handed_over(receiver.arrival(size)), deadline, receiver.gone_at, head.horizon)
            if now >= limit:
                break
            self._clock.wait(self._changed, limit)
            now = self._now()
        if len(receiver.buffer) < size and now >= receiver.gone_at:
            receiver.buffer.clear()
            self._vanish()

    def write(self, data: bytes) -> int:
        """Returns at once; the characters leave at the line's speed."""
        data = bytes(data)
        with self._changed:
            now = self._now()
            if now >= self._head.receiver.gone_at:
                self._vanish()
            if data:
                self._head.write(now, with_parity(data.translate(SEVEN_BITS))
                                 if self._parity == serial.PARITY_EVEN else data)
                self._changed.notify_all()
        return len(data)

    def flush(self) -> None:
        """Waits until the last character has left, unless the adapter lies (`early_flush`)."""
        with self._changed:
            while self._now() < self._head.free_at and not self._head.faults.early_flush:
                self._clock.wait(self._changed, self._head.free_at)

    @property
    def in_waiting(self) -> int:
        """Characters that can be read without waiting; OSError when the port has vanished."""
        with self._changed:
            now = self._now()
            receiver = self._head.receiver
            if now >= receiver.gone_at and not receiver.buffer:
                self._simulation.absent_until = receiver.gone_at + self._head.faults.gone_for
                raise OSError(errno.EIO, 'Input/output error')
            return len(receiver.buffer)

    def reset_input_buffer(self) -> None:
        """Forgets what has come so far."""
        with self._changed:
            self._now()
            self._head.receiver.buffer.clear()

    def _now(self) -> float:
        """The time, with everything done and received that happens until then."""
        if not self.is_open:
            raise serial.PortNotOpenError
        now = self._clock.monotonic()
        self._head.advance(now)
        latency = self._head.faults.latency
        self._head.receiver.settle(math.floor(now / latency + 1e-6) * latency + 1e-9 if latency else now)
        return now

    def _handed_over(self, arrival: float) -> float:
        latency = self._head.faults.latency
        return math.ceil(arrival / latency) * latency if latency and arrival < NEVER else arrival

    def _vanish(self) -> None:
        self._simulation.absent_until = self._head.receiver.gone_at + self._head.faults.gone_for
        raise serial.SerialException('device reports readiness to read but returned no data '
                                     '(device disconnected or multiple access on port?)')

    def _check_format(self) -> None:
        seven = (self._bytesize, self._parity) == (serial.SEVENBITS, serial.PARITY_EVEN)
        if not seven and (self._bytesize, self._parity) != (serial.EIGHTBITS, serial.PARITY_NONE):
            raise ValueError('the simulated port knows 7E1 and 8N1')

    def _reconfigure_port(self, force_update: bool = False) -> None:
        with self._changed:
            self._check_format()
            if self._baudrate != self._speed:
                self._speed = self._baudrate
                self._head.switch(self._now(), self._speed)
                self._changed.notify_all()

    def _update_dtr_state(self) -> None:
        self._update_power()

    def _update_rts_state(self) -> None:
        self._update_power()

    def _update_power(self) -> None:
        with self._changed:
            if self._head.faults.needs:
                self._head.power(self._now(), self._head.faults.powered(self._dtr_state, self._rts_state))
                self._changed.notify_all()


URL_SCHEME = 'meter'


class UrlDoor:
    """The simulations behind meter:// URLs; what pyserial imports as the scheme's handler module."""

    def __init__(self) -> None:
        self.simulations: dict[str, Simulation] = {}

    def simulation(self, url: str) -> Simulation:
        """The one behind this URL, made at the first call: it lives on when the port is closed."""
        if url not in self.simulations:
            parts = urllib.parse.urlsplit(url)
            texts = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
            self.simulations[url] = Simulation.from_texts(texts, RealClock())
        return self.simulations[url]

    def serial_class_for_url(self, url: str) -> tuple[str, Callable[..., SimulatedPort]]:
        """Called by serial.serial_for_url."""
        simulation = self.simulation(url)
        return url, lambda *args, **kwargs: SimulatedPort(*args, simulation=simulation, **kwargs)


@contextlib.contextmanager
def url_door(**given: Simulation) -> Iterator[UrlDoor]:
    """While it is open, serial.serial_for_url knows `meter://NAME` for the given simulations and `meter://NAME?OPTIONS`."""
    door = UrlDoor()
    door.simulations.update({f'{URL_SCHEME}://{name}': simulation for name, simulation in given.items()})
    package = 'simulated_meter_urls'
    modules: dict[str, Any] = {package: door, f'{package}.protocol_{URL_SCHEME}': door}
    sys.modules.update(modules)
    serial.protocol_handler_packages.append(package)
    try:
        yield door
    finally:
        serial.protocol_handler_packages.remove(package)
        for name in modules:
            del sys.modules[name]


# -- door 3: a pty ---------------------------------------------------------------------------------------------------

TERMIOS_SPEEDS = {getattr(termios, f'B{speed}'): speed for speed in (
    300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)}
TICK = 0.004            # s between two portions while characters are on the wire
LOOK = 0.005            # s between two looks whether a reader has opened the pty
IDLE = 0.5              # s at most between two looks at everything


class PtyDoor:
    """Meters behind a pseudo terminal in real time; as a context manager it answers in a thread of its own."""

    def __init__(self, options: MeterOptions | Sequence[MeterOptions] | None = None, faults: Faults | None = None,
                 link: str | None = None, simulation: Simulation | None = None) -> None:
        if simulation is None:
            plain = options or MeterOptions(framing='8N1', strict_parity=False, wakeup_gap=PTY_WAKE_UP_GAP)
            simulation = Simulation(plain, faults, RealClock())
        self.simulation, self.link = simulation, link
        self.simulation.head.grace = PTY_GRACE
        self.name = ''              # of the device; another one after the port has vanished and come back
        self._master = -1
        self._open = False          # a reader is there
        self._speed: float = SIGN_ON
        self._looked = 0.0
        self._wake_read, self._wake_write = os.pipe()
        self._stopped = False
        self._thread = threading.Thread(target=self.run, name='simulated meter', daemon=True)
        self._create()

    def __enter__(self) -> 'PtyDoor':
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        self._thread.join()
        self.close()

    def close(self) -> None:
        """Behind `run`: nobody calls stop() any more."""
        os.close(self._wake_read)
        os.close(self._wake_write)

    def stop(self) -> None:
        """Ends `run`; also from a signal handler or another thread."""
        self._stopped = True
        os.write(self._wake_write, b'.')

    def run(self) -> None:
        """Answers until it is stopped."""
        try:
            while not self._stopped:
                self._once()
        finally:
            self._remove()

    def _create(self) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        attributes = termios.tcgetattr(slave)
        attributes[4] = attributes[5] = termios.B300
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self.name = os.ttyname(slave)
        os.close(slave)             # only now the master tells whether someone has it open
        os.set_blocking(self._master, False)
        if self.link:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.link)
            os.symlink(self.name, self.link)

    def _remove(self) -> None:
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
            if self.link and os.path.islink(self.link):
                os.unlink(self.link)

    def _once(self) -> None:
        """Waits for the next thing and does it."""
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        if self._open:
            poll.register(self._master, select.POLLIN)
        ready = dict(poll.poll(math.ceil(max(0.0, self._pause()) * 1000)))
        if self._wake_read in ready:
            return
        if self._master < 0:
            self._create()
            return
        with self.simulation.changed:
            now = time.monotonic()
            self._look(now)
            if self._open:
                self._exchange(now)

    def _pause(self) -> float:
        """Seconds until something has to be done."""
        head, now = self.simulation.head, time.monotonic()
        if self._master < 0:
            return self.simulation.absent_until - now
        if not self._open:
            return LOOK
        arrival = head.receiver.arrival(1)
        if arrival < NEVER:
            arrival = max(arrival, min(now + TICK, head.receiver.last_arrival()))
        sending = now + TICK if head.free_at > now else NEVER
        return min(arrival, sending, head.horizon, head.receiver.gone_at, now + IDLE) - now

    def _look(self, now: float) -> None:
        """Whether a reader is there, and at which speed."""
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        flags = dict(poll.poll(0)).get(self._master, 0)
        there = not flags & select.POLLHUP or bool(flags & select.POLLIN)
        speed = TERMIOS_SPEEDS.get(termios.tcgetattr(self._master)[5], SIGN_ON)
        head = self.simulation.head
        if there != self._open:
            self._open = there
            if there:
                head.open(now, speed)
            else:
                head.close(now)
        elif there and speed != self._speed:
            head.switch(self._looked, speed)    # it was some time after that; in doubt for the reader
        self._speed, self._looked = speed, now

    def _exchange(self, now: float) -> None:
        """What the reader has written goes to the meters, what has arrived by now to the reader."""
        head = self.simulation.head
        try:
            written = os.read(self._master, 4096)
        except OSError as problem:
            if problem.errno not in (errno.EAGAIN, errno.EIO):
                raise
            written = b''
        if written:
            head.write(now, written)
        head.advance(now)
        head.receiver.settle(now)
        arrived = head.receiver.take(len(head.receiver.buffer))
        if arrived:
            with contextlib.suppress(BlockingIOError):      # nobody reads: lost, as in a UART
                os.write(self._master, arrived)
        if now >= head.receiver.gone_at:
            self.simulation.absent_until = now + head.faults.gone_for
            head.close(now)
            self._open = False
            self._remove()


PTY_WAKE_UP_GAP = 0.05  # s: a pty shows what was written when this process gets the processor
PTY_GRACE = 0.05        # s, for the same reason


def main(arguments: Sequence[str] | None = None) -> int:
    """`python3 tests/simulated_meter`: a meter on a pty until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description='A simulated IEC 62056-21 meter on a pseudo terminal; prints its name.')
    parser.add_argument('--link', metavar='PATH', help='symbolic link to the pseudo terminal')
    parser.add_argument('--parity', action='store_true', help='characters with their parity in bit 7')
    for kind in (MeterOptions, Faults):
        group = parser.add_argument_group(str(kind.__doc__))
        for each in fields(kind):
            if kind is Faults and each.name == 'seed':
                continue
            flag = {'nargs': '?', 'const': ''} if each.metadata['parse'] is truth else {}
            group.add_argument(f'--{each.name.replace("_", "-")}', help=each.metadata['help'].replace('%', '%%'),
                               metavar='0|1' if flag else None, **flag)
    given = vars(parser.parse_args(arguments))
    link, parity = given.pop('link'), given.pop('parity')
    texts = {'framing': '7E1' if parity else '8N1', 'strict_parity': '0', 'wakeup_gap': str(PTY_WAKE_UP_GAP)}
    texts.update({name: text for name, text in given.items() if text is not None})
    try:
        simulation = Simulation.from_texts(texts, RealClock())
    except (ValueError, OSError) as problem:
        parser.error(str(problem))
    door = PtyDoor(link=link, simulation=simulation)

    def stop(number: int, frame: FrameType | None) -> None:
        door.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(door.name, flush=True)
    door.run()
    return 0


