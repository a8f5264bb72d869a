# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What one meter is like, and what is wrong with it: every option also as text, for command lines and URLs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .wire import SEVEN_BITS

SIGN_ON = 300                   # Bd, 6.4.3.1
MODE_B = dict(zip('ABCDEF', (600, 1200, 2400, 4800, 9600, 19200), strict=True))
MODE_C = dict(zip('0123456', (300, 600, 1200, 2400, 4800, 9600, 19200), strict=True))
REACTION_TIME = 0.2             # s, tr
FAST_REACTION_TIME = 0.02       # s, tr with a lower case third letter of the FLAG id
WAKE_UP_GAP = 0.005             # s between two NUL characters of a wake-up
VARYING = ('width', 'sign', 'dashes', 'set', 'text', 'short')


def option(default: Any, text: str, parse: Callable[[str], Any] = str) -> Any:
    """A field that can be given as text, too."""
    return field(default=default, metadata={'help': text, 'parse': parse})


def truth(text: str) -> bool:
    """1 and true, and the name of the option alone, switch it on."""
    if text.lower() not in ('1', 'true', 'yes', 'on', '', '0', 'false', 'no', 'off'):
        raise ValueError(f'{text!r} is neither true nor false')
    return text.lower() in ('1', 'true', 'yes', 'on', '')


def given(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs as one text."""
    return tuple((name, value) for name, _, value in (pair.partition('=') for pair in text.split(';')))


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
    pause: float | None = option(None, 'seconds before the data: after the identification (A: 0, B: reaction time) or '
                                       'after the acknowledgement (C: reaction time)', float)
    repeat_within: float = option(1.5, 'seconds it waits for a NAK after a block of mode C; 0: it knows no NAK', float)
    single_speed: bool = option(False, 'while it waits for the NAK it is deaf for a request at 300 Bd', truth)
    frame: bool | None = option(None, 'STX, ETX and BCC around the data block (A to C)', truth)
    checksum: str | None = option(None, 'BCC as xor or sum mod 128 (KAM and EKT)')
    crc: bool | None = option(None, 'CRC16 after the ! (P1)', truth)
    interval: float = option(2.0, 'seconds from telegram to telegram (D)', float)
    phase: float = option(0.5, 'seconds from its start to the first telegram (D); negative: in the middle of one', float)
    wakeup: bool | None = option(None, 'sleeps until it gets NUL characters for 2.1 to 2.3 s, and again after 30 s', truth)
    wakeup_gap: float = option(WAKE_UP_GAP, 'seconds between two NUL characters at most', float)
    varying: str = option('', 'what comes and goes in its readouts, with commas between: width (no leading zeros), sign (feeds '
                              'in at times), dashes (-.-- now and then), set (a data set more or less), text (of any length), '
                              'short (each second readout)')
    periods: int = option(0, 'former billing periods in its readouts, besides those after its start', int)
    reset_after: float | None = option(None, 'seconds from its start to a billing reset', float)
    exchanged_after: float | None = option(None, 'seconds from its start until another meter, of the next seed, is there', float)
    size: int = option(0, 'characters of the data block, filled up with billing periods; 0: as it comes', int)
    block: str | None = option(None, 'text of the data block instead of the registers')
    table: bool = option(True, 'answers an acknowledgement for a readout; else it is silent', truth)
    programming: bool = option(False, 'knows programming mode', truth)
    operand: str = option('', 'of P0; - for none, without brackets')
    password: str | None = option(None, 'the one that P1 has to carry; else no P1 is needed')
    refuses: str = option('b0', 'a wrong password with b0, nak, silence or a text such as (ERR1)')
    locks_after: int = option(3, 'wrong passwords until the right one is refused, too; 0: it never locks', int)
    no_right: str = option('(ERR15)', 'what it says to who reads without the password; as refuses')
    commands: str = option('R1,R5,R6', 'the commands it reads by, with commas between')
    unknown_command: str = option('(ERR11)', 'what it says to others; as refuses')
    unknown: str = option('(ERROR)', 'what it says to an address that it has not, {} is the address; as refuses')
    addresses: str = option('obis', 'how its registers are called: obis (1.8.0) or hex (010800FF)')
    answered: str = option('same', 'the name in answers: same, bare (none), long (1-1:1.8.0) or other (7-1.8.0)')
    registers: tuple[tuple[str, str], ...] | None = option(
        None, 'given answers to given addresses instead: ADDRESS=ANSWER, with semicolons between', given)
    register_end: str = option('', 'what follows the data sets of an answer')
    partial: int = option(0, 'characters of a partial block, by R6', int)
    partial_always: bool = option(False, 'partial blocks by the other commands, too', truth)
    wrong_check_answer: str = option('nak', 'what it says to a wrong check: nak or silence')
    session_time: float = option(60.0, 'seconds of silence that end a session in programming mode (1.5 to 120)', float)
    leaves_after: int = option(0, 'ends the session after so many answers', int)
    leaves_behind_answer: bool = option(True, 'says so by B0 behind the last of them', truth)
    stays_fast: bool = option(False, 'hears requests only at the speed of the session after it', truth)
    profile: str = option('', 'its load profile P.01, as from,to in local time; a third time is one of a power failure')
    moving: bool = option(False, 'the values of a given block or capture move as in life', truth)
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
        if unknown := set(self.varying.split(',')) - {'', *VARYING}:
            raise ValueError(f'nothing that varies: {", ".join(sorted(unknown))}')
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
    when: str = option('always', 'the blocks (for stale and vanish_after the openings) that are hit: always, first:N, '
                                   'every:N; an identification counts with its block')
    # the meter
    silent: str = option('', 'always; identification (nothing after it); acknowledged (nothing after an acknowledgement); '
                             'fast (nothing after the acknowledgement of its own speed)')
    identify_twice: str = option('', 'sends the identification again: at once, or before the data (late)')
    wrong_check: bool = option(False, 'wrong BCC or CRC', truth)
    truncate: int | None = option(None, 'the block ends after so many characters', int)
    damaged_stx: bool = option(False, 'another character than STX', truth)
    missing_etx: bool = option(False, 'neither ETX nor BCC', truth)
    missing_bcc: bool = option(False, 'no BCC after ETX', truth)
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
    # the adapter, on the way from the line to the reader
    lost: int = option(0, 'so many characters of each message that is hit get lost', int)
    doubled: int = option(0, 'so many arrive twice: a stretch twice, or each by itself (apart)', int)
    padded: int = option(0, 'so many characters 0xFF are put in between', int)
    inserted: int = option(0, 'a stretch of so many characters of a former message is put in between', int)
    replaced: int = option(0, 'a stretch of so many characters is that of a former message at the same place; more than it '
                              'has: all of it', int)
    reordered: int = option(0, 'two neighbouring blocks of so many characters arrive in the other order', int)
    lines: str = option('', 'what becomes of lines of a block: lost, doubled, swapped, several with + between (lost+doubled)')
    apart: bool = option(False, 'lost, doubled and padded characters are apart, not side by side', truth)
    changed: str = option('data', 'messages in which characters get lost, doubled, ... : data, identification or answers (both)')
    early: int = option(0, 'so many characters at the beginning of a block come in one piece, as out of a buffer, and the rest '
                           'that much sooner', int)
    stale: int = option(0, 'so many characters of what the meter said before are in the buffer when the port is opened', int)
    stale_part: str = option('end', 'of what the meter said before: end or beginning')
    stale_after: float = option(0.0, 'seconds after opening until they arrive', float)
    # the head and its port
    echo: str = option('', 'the head repeats to the reader what he sends: request, acknowledgement or all')
    max_baudrate: int = option(0, 'characters faster than this do not get through the head', int)
    deaf_after_open: float = option(0.0, 'seconds the head is deaf and dumb after opening or power on', float)
    needs: str = option('', 'what feeds the head: dtr, rts, dtr,rts or e.g. dtr,-rts (RTS off)')
    early_flush: bool = option(False, 'flush() returns at once, as with USB adapters', truth)
    flush_grid: float = option(0.0, 'seconds between two looks of flush() whether all has left (10, 36, 40 ms)', float)
    late_start: float = option(0.0, 'seconds until the adapter begins to send what was written', float)
    latency: float = option(0.0, 'seconds after which the adapter hands over what came (16 ms with many)', float)
    vanish_after: int | None = option(None, 'the port vanishes after so many characters', int)
    gone_for: float = option(0.0, 'seconds until a port that vanished can be opened again', float)

    def hits(self, number: int) -> bool:
        """Whether the block or opening of that number (from 1) is hit."""
        rule, _, count = self.when.partition(':')
        return rule == 'always' or (number <= int(count) if rule == 'first' else number % int(count) == 0)

    def changes(self) -> bool:
        """Whether the adapter hands over something else than what it heard."""
        return bool(self.lost or self.doubled or self.padded or self.reordered or self.lines or self.needs_former())

    def needs_former(self) -> bool:
        """Whether it has stretches of a former message."""
        return bool(self.inserted or self.replaced)

    def powered(self, dtr: bool, rts: bool) -> bool:
        """Whether DTR and RTS feed the head."""
        return all((dtr if name.strip().endswith('dtr') else rts) is not name.strip().startswith('-')
                   for name in self.needs.split(',') if name.strip())


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
