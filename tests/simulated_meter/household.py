# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What a meter counts: registers of a household, of a P1 meter and of a heat meter, and blocks of any size made of them."""

import math
import random
import time
from collections.abc import Iterator, Sequence

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


def line_of(code: str, values: Sequence[tuple[str, str | None]]) -> str:
    return code + ''.join(f'({value})' if unit is None else f'({value}*{unit})' for value, unit in values) + '\r\n'


def filled(registers: Registers, house: Household, missing: int) -> Registers:
    """Registers for exactly so many further characters."""
    filler = '0-0:96.99.0'
    least = len(line_of(filler, (('', None),)))
    more: Registers = []
    for code, values in house.history():
        length = len(line_of(code, values))
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
    length = sum(len(line_of(code, values)) for code, values in registers)
    return ''.join(line_of(*row) for row in filled(registers, house, size - length - len('!\r\n'))) + '!\r\n'
