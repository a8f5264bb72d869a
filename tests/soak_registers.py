#!/usr/bin/env python3
# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Single registers under every fault of the simulated meter, in virtual time: `python3 tests/soak_registers.py [readings]`.

No value that the meter did not answer for that register, nothing sent but what reads, no session left open at the end. Then what
a register takes, to the least possible.
"""

import random
import re
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

import dlms
from reader.memory import Memory
from reading import opener, seven_bits
from simulated_meter import Faults, MeterOptions, Simulation

# all that may ever be sent
ALLOWED = re.compile(rb'/\?[0-9A-Za-z ]{0,32}!\r\n|\x060[0-6:][01]\r\n|\x01(?:P1|R[1256])\x02[^\x02\x03]*\x03.|\x01B0\x03[qu]'
                     rb'|\x06|\x15', re.DOTALL)
CODES = ['1.8.0', '1.7.0', '2.8.0', '2.7.0']
READINGS = 30           # of each meter
FAULTS = [
    {}, {'bit_errors': 0.002}, {'bit_errors': 0.01}, {'bit_errors': 0.01, 'double_bit_errors': 0.005}, {'wrong_check': True},
    {'truncate': 9}, {'lost': 1}, {'lost': 2, 'apart': True}, {'doubled': 2}, {'doubled': 1, 'apart': True}, {'padded': 2},
    {'inserted': 5}, {'replaced': 4}, {'reordered': 2}, {'noise_before_data': 8}, {'echo': 'all'}, {'missing_etx': True},
    {'missing_bcc': True}, {'damaged_stx': True}, {'bit_errors': 0.01, 'errors_in': 'all'}, {'stale': 40}, {'latency': 0.016},
    {'early_flush': True, 'late_start': 0.016}, {'identify_twice': 'late'}]
WHEN = ['always', 'every:2', 'every:3', 'every:5', 'first:4']
METERS = [
    {}, {'flag': 'ISk'}, {'answered': 'bare'}, {'answered': 'other'}, {'checksum': 'sum', 'flag': 'EKT'},
    {'addresses': 'hex', 'flag': 'TPC'}, {'commands': 'R1'}, {'session_time': 3.0}, {'leaves_after': 3}, {'baudrate': 300},
    {'partial': 6, 'partial_always': True},
    {'stays_fast': True}, {'unknown_command': 'b0', 'commands': 'R1'}, {'operand': '12345678', 'password': ''}]


def soak(number: int, dice: random.Random) -> tuple[int, int, list[str]]:
    """Readings and values of one meter, and what is wrong."""
    meter, faults = dice.choice(METERS), {**dice.choice(FAULTS), 'when': dice.choice(WHEN), 'seed': number}
    simulation = Simulation(MeterOptions(programming=True, seed=number % 7 + 1, **meter), Faults(**faults))
    sent: list[bytes] = []
    wrong, readings, values = [], 0, 0

    def open_port(settings: dlms.Settings) -> object:
        port = opener(simulation)(settings)
        write = port.write
        port.write = lambda data: (sent.append(seven_bits(data)), write(data))[1]
        return port

    with dlms.RegisterSession({'serialport': 'sim', 'password': meter.get('password')}, memory=Memory(shapes=()),
                              clock=simulation.clock, open_port=open_port) as session:
        for _ in range(READINGS):
            try:
                readout = session.read(CODES)
            except dlms.MeterError:
                session.wait(5.0, code=CODES[0])
                continue
            readings += 1
            for data_set in readout.data_sets:
                values += 1
                told = f'({data_set.values[0].value}'
                code = re.sub('^.*:|^7-', '', str(data_set.code))
                packed = meter.get('addresses') and '.' in code
                address = bytes([*map(int, code.split('.')), 255]).hex().upper() if packed else code
                bare = meter.get('answered') == 'bare'
                if not any(told in text and (bare or address in text) for _, text in simulation.meter.answered):
                    wrong.append(f'{meter} {faults}: {data_set}')
            session.wait(dice.choice([0.0, 2.0, 4.0]), code=CODES[0])
        held = session.signed_on
    wrong += [f'sent {message!r}' for message in sent if not ALLOWED.fullmatch(message)]
    if held and b'\x01B0' not in sent[-1]:
        wrong.append(f'{meter} {faults}: left open')
    return readings, values, wrong


def figures() -> None:
    """s of the first register from a closed port, and of further ones, to the least possible."""
    for baudrate in (300, 9600):
        options = MeterOptions(programming=True, baudrate=baudrate)
        simulation = Simulation(options)
        memory = Memory(shapes=())
        config = {'serialport': 'sim'}
        dlms.read_registers(config, ['1.7.0'], memory=memory, clock=simulation.clock, open_port=opener(simulation))
        simulation.clock.sleep(5)
        with dlms.RegisterSession(config, memory=memory, clock=simulation.clock, open_port=opener(simulation)) as session:
            began = simulation.clock.now
            session.read(['1.7.0'])
            first = simulation.clock.now - began
            began = simulation.clock.now
            for _ in range(20):
                session.read(['1.7.0'])
            further = (simulation.clock.now - began) / 20
        question, answer, operand = 13, len(simulation.meter.answered[-1][1]) + 3, 8
        reaction = options.reaction_time
        least_further = 2 * reaction + 10 * (question + answer) / baudrate
        least = 10 * (5 + len(options.identification) + 2 + 6) / 300 + 3 * reaction + 10 * operand / baudrate + least_further
        print(f'{baudrate:5} Bd: first {first:.3f} s ({first / least:.3f}), '
              f'further {further:.3f} s ({further / least_further:.3f}), '
              f'{60 / further:.0f} values a minute; table of 1 kB {60 / (3 + 10240 / baudrate):.1f}, of 6 kB '
              f'{60 / (3 + 61440 / baudrate):.2f} readouts a minute')


def main() -> int:
    """Exit code 1 where anything is wrong."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    dice, readings, values, number, wrong = random.Random(17), 0, 0, 0, []
    while number * READINGS < wanted:
        number += 1
        more, told, bad = soak(number, dice)
        readings, values, wrong = readings + more, values + told, wrong + bad
    print(f'{number * READINGS} readings of {number} meters, {readings} read, {values} values, {len(wrong)} wrong')
    print('\n'.join(wrong[:20]))
    figures()
    return bool(wrong)


if __name__ == '__main__':
    sys.exit(main())
