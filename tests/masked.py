#!/usr/bin/env python3
# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Masked sessions by the thousand, of meters with secrets, on lines with every fault: nothing tells, and all replay as before.

    python3 tests/masked.py [SESSIONS] [FIRST]        (`make masked`: 10,000)

Each number is a session that can be repeated alone: `print(masked.look(masked.case(4711)))`. A secret is found where six
characters of it, or of one of its other forms, are in the masked text. Where the meter has sent the same characters as part of
something that is no secret, a date or a value, it is counted as a coincidence.
"""

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import dlms
from reader import diagnosis, masking
from reader.memory import Memory
from reading import opener
from simulated_meter import Faults, MeterOptions, Simulation

PIECE = 6               # characters of a secret that tell
READOUTS = 3            # of the same meter, so that its shape is known

CODES = (               # under which a meter may send a secret, and how it writes it there
    '0.0.0({})', 'C.1.0({})', '0.0({})', 'C.1({})', '0.0.1({})', '1-0:0.0.0*255({})', '0-0:C.1.0*255({})', '1-0:96.1.0*255({})',
    '96.1.0({})', '96.1.1({})', '0-0:96.1.255*255({})', '0-0:96.1.1({hex})', '0-1:96.1.0({hex})', '0-0:42.0.0({hex})', '9.20({})',
    '9.21({})', '9.6(000&{}&0)', '96.13.0({hex})', '0-0:96.13.1({})', 'C.90({})', 'C.90.1({})', '96.50({})', '96.50.0({})',
    '96.52({})', '96.60({})', '96.12.6({})', 'SNUMB({})', 'HELLO(2,CE301,12,{},dummy)', '0-0:96.1.10({})', '0.0.9*255({})',
    'F(00)({})', '96.99.0({hex})', '1-0:0.0.0.9({})', '0-2:96.1.0({hex})', 'C.60.5.1({})', '199.130.4({})', 'X.Y.Z({})')
LINES = (               # what stands between
    'F.F(00000000)', '97.97.0(00)', '0.9.1(152412)', '0.9.2(260104)', '0-0:1.0.0(260104152412W)', '1.8.0(004711.815*kWh)',
    '1.8.1(0002815.12*kWh)', '2.8.0(00000.000*kWh)', '1-0:1.8.0*255(0051206.12*kWh)', '1.6.0(02.871*kW)(2601031815)',
    '1.8.0*01(4210.1)',
    '1-0:16.7.0*255(000259.20*W)', '32.7.0(231.9*V)', '31.7.0(+000.8*A)', '14.7.0(50.02*Hz)', '13.7.0(0.98)', 'C.7.0(0004)',
    '0.2.0(B32)', '0.2.1(92116401)', 'C.5.0(L1-L2-L3)', '0.1.0(15)', '0.1.2*15(2512010000)', '6.8(0326.062*MWh)',
    '6.26(03052.95*m3)',
    '6.31(0109868*h)', '9.4(098.5*C&096.1*C)', '9.36(2026-01-04&10:06:51)', '0-1:24.2.1(260104150000W)(12785.123*m3)',
    '0-0:96.7.21(00004)', '0-0:96.14.0(0002)', '0.4.2(00050)', '96.50.0()', 'ET0PE(68.42)(45.54)', '1-0:96.5.5*255(80)',
    'P.01(1260104010000)(08)(15)(2)(1.5)(kW)(2.5)(kW)', '(0.123)(1.000)', '82.8.1(0000)', '21.7.0(-000115.94*W)')
TYPES = ('MT174-{}', 'ZMD310CT.{}', '{}', 'eHZ-{}', 'LGBBFFB{}', 'UH50', 'AS1440 {}', 'CE301v12', 'M550E-1012', 'KAIFA-METER', '')
MODES: tuple[dict[str, Any], ...] = (
    {'mode': 'C', 'baudrate': 9600}, {'mode': 'C', 'baudrate': 300}, {'mode': 'C', 'frame': False},
    {'mode': 'C', 'repeat_within': 0.0},
    {'mode': 'C', 'speed_character': '8'}, {'mode': 'B', 'baudrate': 4800}, {'mode': 'B', 'frame': False}, {'mode': 'A'},
    {'mode': 'A', 'frame': False}, {'mode': 'D', 'baudrate': 9600}, {'mode': 'D', 'baudrate': 2400, 'crc': True},
    {'mode': 'D', 'baudrate': 115200, 'framing': '8N1', 'crc': True}, {'mode': 'C', 'crc': True, 'frame': False},
    {'mode': 'C', 'single_speed': True}, {'mode': 'D', 'baudrate': 9600, 'phase': -0.01})
FAULTS: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {'silent': 'always'}, {'silent': 'identification'}, {'silent': 'acknowledged'}, {'silent': 'fast'},
    {'identify_twice': 'at once'}, {'identify_twice': 'late'}, {'wrong_check': True}, {'truncate': 60}, {'truncate': 250},
    {'damaged_stx': True}, {'missing_etx': True}, {'missing_bcc': True}, {'short_crc': True}, {'endless': True},
    {'eight_bit_text': True}, {'instead': 'sml'}, {'instead': 'hdlc'}, {'instead': 'mbus'}, {'noise': 8}, {'noise': 30},
    {'noise_before_data': 12}, {'bit_errors': 0.001}, {'bit_errors': 0.01}, {'bit_errors': 0.05},
    {'bit_errors': 0.003, 'errors_in': 'all'},
    {'bit_errors': 0.01, 'double_bit_errors': 0.005}, {'lost': 1}, {'lost': 2}, {'lost': 30}, {'lost': 6, 'apart': True},
    {'lost': 3, 'apart': True, 'changed': 'answers'}, {'doubled': 1}, {'doubled': 25}, {'doubled': 4, 'apart': True},
    {'padded': 1},
    {'padded': 5, 'apart': True}, {'inserted': 12}, {'inserted': 40, 'changed': 'answers'}, {'replaced': 10}, {'replaced': 60},
    {'reordered': 8}, {'reordered': 64}, {'early': 200}, {'stale': 100}, {'stale': 400, 'stale_part': 'beginning'},
    {'echo': 'request'},
    {'echo': 'acknowledgement'}, {'echo': 'all'}, {'max_baudrate': 4800}, {'deaf_after_open': 0.3}, {'latency': 0.016},
    {'vanish_after': 3}, {'vanish_after': 150}, {'vanish_after': 400, 'gone_for': 20.0})
CONFIGS: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {'timeout': 1.0}, {'use_checksum': False}, {'baudrate_fix': True}, {'parity': 'software'}, {'parity': 'even'},
    {'parity': 'none'}, {'max_duration': 20.0}, {'querycode': '2'}, {'checksum': 'sum'}, {'confirm': 'always'},
    {'confirm': 'never'})


@dataclass
class Case:
    """A session to be, the last one of some."""

    number: int
    meter: dict[str, Any]
    faults: dict[str, Any]
    config: dict[str, Any]
    secrets: tuple[str, ...]
    shapes: bool            # the reader knows the shape of this meter's readouts


@dataclass
class Look:
    """What can be seen of a masked session."""

    kind: str                                       # what the session gave: read, or the name of the error
    told: list[str] = field(default_factory=list)   # pieces of secrets
    coincidences: list[str] = field(default_factory=list)
    differs: str = ''                               # its replay, from that of the session


def case(number: int) -> Case:
    """The session of that number."""
    dice = random.Random(f'masked {number}')
    serial, customer = _number(dice), _number(dice)
    address = dice.choice((serial[-8:], f'{dice.randrange(10 ** 8):08d}', ''))
    address = re.sub('[^0-9A-Za-z ]', '', address)
    mode = dice.choice(MODES)
    if mode.get('framing') != '8N1' and mode['mode'] != 'D' and dice.random() < 0.2:
        mode = {**mode, 'framing': '8N1', 'strict_parity': False}
    meter = {**mode, 'flag': dice.choice(('LGZ', 'ISk', 'EMH', 'KAM', 'EKT', 'XYZ')), 'seed': number,
             'address': address or serial[:8], 'ident': dice.choice(TYPES).format(serial[-8:])[:16],
             'escapes': dice.choice((r'\2', '', r'\@', '')),
             'block': _block(dice, serial, customer), 'moving': dice.random() < 0.5, 'instant': dice.random() < 0.4}
    faults = {'seed': number, 'when': dice.choice(('always', 'first:1', 'every:2')), **dice.choice(FAULTS)}
    if dice.random() < 0.3:
        faults.update(dice.choice(FAULTS))
    if faults.get('endless'):
        meter['instant'] = False
        if faults.get('instead'):
            del faults['endless']
    config = {'max_duration': 100.0, 'only_listen': (mode['mode'] == 'D') != (dice.random() < 0.03), **dice.choice(CONFIGS)}
    if address and dice.random() < 0.5:
        config['device_address'] = address
    if mode['mode'] == 'D' and dice.random() < 0.5:
        config['baudrate'] = mode['baudrate']
    return Case(number, meter, faults, config, (serial, customer, str(config.get('device_address', ''))), dice.random() < 0.6)


def _number(dice: random.Random) -> str:
    """Of a device or a customer, as they are written."""
    digits = ''.join(dice.choices('0123456789', k=40))
    return dice.choice((
        digits[:8], digits[:8], digits[:10], f'1EMH00{digits[:8]}', f'1ESY{digits[:10]}', f'{digits[:6]}-{digits[6:13]}',
        f'E{digits[:15]}', f'000{digits[:5]}7', f'DE{digits[:11]}S{digits[11:29]}', f'{digits[:4]} {digits[4:8]} 77'))


def _block(dice: random.Random, *secrets: str) -> str:
    lines = dice.choices(LINES, k=dice.randrange(3, 20))
    for secret in secrets:
        for code in dice.sample(CODES, dice.randrange(1, 4)):
            line = code.format(secret, hex=secret.encode().hex().upper())
            lines.insert(dice.randrange(len(lines) + 1), line)
    return ''.join(f'{line}\r\n' for line in lines) + '!\r\n'


def sessions(this: Case) -> Iterator[tuple[str, dlms.Session, str]]:
    """The sessions with one meter, what they gave, and what of it is no secret."""
    memory = Memory(shapes=() if this.shapes else None)
    simulation = Simulation(MeterOptions(**this.meter), Faults(**this.faults))
    for _ in range(READOUTS if this.shapes else 1):
        try:
            outcome = dlms.query({'serialport': 'simulated', **this.config}, clock=simulation.clock, memory=memory,
                                 open_port=opener(simulation))
            kind = 'read'
        except dlms.MeterError as error:
            outcome, kind = error, type(error).__name__
        if isinstance(outcome.session, dlms.Session):
            yield kind, outcome.session, '\n'.join(filter(is_harmless, (line for sent in simulation.meter.sent
                                                                         for line in sent.text.splitlines())))
        simulation.clock.sleep(5.0)


def look(this: Case) -> list[Look]:
    """Mask its sessions, and look at them."""
    return [_look(this, *session) for session in sessions(this)]


def _look(this: Case, kind: str, session: dlms.Session, others: str) -> Look:
    masked = masking.masked(session)
    assert [(e.kind, e.time, e.baudrate, len(e.data)) for e in masked.events] == [
        (e.kind, e.time, e.baudrate, len(e.data)) for e in session.events]
    before, after = replayed(session), replayed(masked)
    look = Look(kind, differs='' if before == after else f'{before} {after}')
    shown = everything(masked)
    for piece in sorted({piece for secret in this.secrets for form in forms(secret) for piece in pieces(form)}):
        if piece in shown:
            (look.coincidences if piece in others else look.told).append(piece)
    return look


def replayed(session: dlms.Session) -> tuple[Any, ...]:
    """What must not change: class of error and finding, or the number of data sets and of rejected ones, and the checks."""
    try:
        readout = dlms.replay(session)
    except dlms.MeterError as error:
        again = diagnosis.diagnose(error).kind
        error.session = session
        return type(error).__name__, again, diagnosis.diagnose(error).kind
    return len(readout.data_sets), len(readout.rejected), readout.checked


def forms(secret: str) -> set[str]:
    """How it may be written: as it is, in hexadecimal, and each of that backwards."""
    texts = {secret, secret.encode().hex(), secret.encode().hex().upper()}
    return texts | {text[::-1] for text in texts}


def pieces(text: str) -> Iterable[str]:
    """Of six characters, others than X, 0 and blanks among them."""
    return (piece for piece in (text[i:i + PIECE] for i in range(len(text) - PIECE + 1)) if piece.strip('0X '))


def everything(session: dlms.Session) -> str:
    """All that a reader of the file could find: its head, its texts, and the characters in it, with and without eighth bit."""
    data = b''.join(event.data for event in session.events)
    head = re.sub(r'[0-9]+\.[0-9]+', '', session.to_text().partition('\n')[0])      # but for figures of the reader's own
    texts = [head, *(event.text for event in session.events)]
    texts += [''.join(event.data.decode('latin-1') for event in session.events if event.kind == kind)
              for kind in ('sent', 'received', 'dropped')]
    return '\n'.join(texts) + '\n' + ''.join(chr(c & 0x7F) for c in data)


HARMLESS = {line.partition('(')[0] for line in LINES}


def is_harmless(line: str) -> bool:
    """It is one of those between the secrets; the values in it may have moved."""
    return line.partition('(')[0] in HARMLESS


def main() -> int:
    """The command; 1 if something tells, or does not replay."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('sessions', nargs='?', type=int, default=10_000)
    parser.add_argument('first', nargs='?', type=int, default=0, help='number of the first')
    arguments = parser.parse_args()
    counts, bad, began, number, done = Counter[str](), 0, time.monotonic(), arguments.first, 0
    while done < arguments.sessions:
        for each in look(case(number)):
            done += 1
            counts[each.kind] += 1
            counts['coincidences'] += len(each.coincidences)
            if each.told or each.differs:
                bad += 1
                print(number, each)
        number += 1
    print(f'{done} sessions in {time.monotonic() - began:.0f} s: '
          + ', '.join(f'{name} {count}' for name, count in counts.most_common()) + f'; bad: {bad}')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
