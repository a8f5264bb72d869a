# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What a meter counts: registers of a household, of a P1 meter and of a heat meter, and blocks of any size made of them."""

import itertools
import math
import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence

Register = tuple[str, tuple[tuple[str, str | None], ...]]       # code, and value and unit of each pair of brackets
Registers = list[Register]


class Household:
    """Registers whose energies are the integral of the power that the same readout shows; t in seconds since start."""

    WAVES = ((180.0, 613.0), (90.0, 97.0), (40.0, 13.0))    # W, period in s
    BASE = 420.0                                            # W
    SUN, CLOUD = 900.0, 450.0       # W, and s with and without it by turns, if it feeds in

    def __init__(self, kind: str = 'household', seed: int = 1, epoch: float = 1_767_950_000.0, varying: str = '',
                 periods: int = 0, reset_after: float | None = None) -> None:
        dice = random.Random(f'household {seed}')
        self.kind, self.seed, self.epoch = kind, seed, epoch
        self.varying = varying.split(',')
        self.periods, self.reset_after = periods, reset_after
        self.serial = str(dice.randrange(10_000_000, 99_999_999))
        self._phases = [dice.uniform(0, math.tau) for _ in self.WAVES]
        self._start = dice.randrange(4_000_000, 40_000_000)             # Wh
        self._night = self._start // 3                                  # Wh, tariff 2
        self._back = dice.randrange(1_000_000, 9_000_000)               # Wh
        self._months = [dice.randrange(150_000, 400_000) for _ in range(180)]

    def power(self, t: float) -> float:
        """W; negative what it feeds in."""
        return self._load(t) - (self.SUN if self._sunny(t) else 0.0)

    def energy(self, t: float) -> float:
        """Wh, the integral of `power` where it is positive on top of what was counted before."""
        return self._start + (self._spent(t) - self._spent(0.0) if 'sign' not in self.varying else
                              sum(sign * (self._spent(end) - self._spent(begin)) for sign, begin, end in self._clouds(t)))

    def fed_in(self, t: float) -> float:
        """Wh, the integral of `power` where it is negative."""
        if 'sign' not in self.varying:
            return self._back + t / 60
        own = self.energy(t) - self._start - (self._spent(t) - self._spent(0.0))
        shine = self.SUN * (t - sum(sign * (end - begin) for sign, begin, end in self._clouds(t))) / 3600
        return self._back + shine + own

    def _sunny(self, t: float) -> bool:
        return 'sign' in self.varying and t % (self.CLOUD * 2) >= self.CLOUD

    def _clouds(self, t: float) -> Iterator[tuple[int, float, float]]:
        """Without sun between start and t: sign (-1 before the start), begin and end."""
        begin, end = sorted((0.0, t))
        for number in range(math.floor(begin / self.CLOUD / 2), math.floor(end / self.CLOUD / 2) + 1):
            cloud = max(begin, number * self.CLOUD * 2), min(end, (number * 2 + 1) * self.CLOUD)
            if cloud[0] < cloud[1]:
                yield (1 if t > 0 else -1), *cloud

    def _load(self, t: float) -> float:
        return self.BASE + sum(height * math.sin(math.tau * t / period + phase)
                               for (height, period), phase in zip(self.WAVES, self._phases, strict=True))

    def _spent(self, t: float) -> float:
        """Wh, the integral of the load."""
        waves = sum(height * period / math.tau * (math.cos(phase) - math.cos(math.tau * t / period + phase))
                    for (height, period), phase in zip(self.WAVES, self._phases, strict=True))
        return (self.BASE * t + waves) / 3600

    def registers(self, t: float, query_code: str = '?', number: int = 0) -> Registers:
        """The table for that query code, in the readout of that number (from 0)."""
        table = {'household': self._household, 'p1': self._p1, 'heat': self._heat}[self.kind](t)
        if query_code == '?':
            table += self._periods(t)
            return self._varied(table[:len(table) // 2] if 'short' in self.varying and number % 2 else table, t)
        return {'2': table[:8], '4': list(self.history(t))[:24], '#': table[:3]}.get(query_code, table[:5])

    def _varied(self, table: Registers, t: float) -> Registers:
        """With what comes and goes, from minute to minute."""
        if self.varying == ['']:
            return table
        dice = random.Random(f'varying {self.seed} {t // 60}')
        if 'set' in self.varying and dice.random() < 0.5:
            table = [*table[:5], ('97.97.1', (('01', None),)), *table[5:]]
        if 'text' in self.varying:
            table = [*table, ('0-0:96.13.1', (('303132333435363738'[:2 * dice.randrange(10)], None),))]
        dashed = {code for code, values in table if values[-1][1] in ('A', 'V', 'C') and dice.random() < 0.2}
        return [(code, tuple((self._written(value, 'dashes' in self.varying and code in dashed) if unit else value, unit)
                             for value, unit in values)) for code, values in table]

    def _written(self, value: str, dashed: bool) -> str:
        value = re.sub(r'^(-?)0+(?=\d)', r'\1', value) if 'width' in self.varying else value
        return re.sub(r'\d', '-', value) if dashed else value

    def _household(self, t: float) -> Registers:
        energy, power, back = int(self.energy(t)), self.power(t), _whole(self.fed_in(t))
        now = time.gmtime(self.epoch + t + 3600)
        volts = [230.0 + 1.5 * math.sin(t / period) for period in (41, 53, 67)]
        watts = [abs(power) * share for share in (0.5, 0.3, 0.2)]
        rows: list[tuple[str, str, str | None]] = [
            ('F.F', '00000000', None), ('0.0.0', self.serial, None), ('C.1.0', self.serial, None),
            ('0.9.1', time.strftime('%H%M%S', now), None), ('0.9.2', time.strftime('%y%m%d', now), None),
            ('1.8.0', _thousandth(energy, 10), 'kWh'), ('1.8.1', _thousandth(energy - self._night, 10), 'kWh'),
            ('1.8.2', _thousandth(self._night, 10), 'kWh'), ('2.8.0', _thousandth(back, 10), 'kWh'),
            ('3.8.0', _thousandth(energy // 9, 10), 'kvarh'), ('4.8.0', _thousandth(energy // 30, 10), 'kvarh'),
            ('1.7.0', f'{max(0.0, power) / 1000:06.3f}', 'kW'), ('2.7.0', f'{max(0.0, -power) / 1000:06.3f}', 'kW')]
        if 'sign' in self.varying:
            rows.append(('16.7.0', f'{"-" if power < 0 else ""}{abs(power) / 1000:06.3f}', 'kW'))
        rows += [(f'{code}.7.0', f'{watt / 1000:06.3f}', 'kW') for code, watt in zip((21, 41, 61), watts, strict=True)]
        rows += [(f'{code}.7.0', f'{volt:05.1f}', 'V') for code, volt in zip((32, 52, 72), volts, strict=True)]
        rows += [(f'{code}.7.0', f'{watt / volt:06.2f}', 'A')
                 for code, watt, volt in zip((31, 51, 71), watts, volts, strict=True)]
        rows += [('14.7.0', f'{50 + 0.02 * math.sin(t / 7):05.2f}', 'Hz'), ('C.7.0', '0004', None),
                 ('0.2.0', 'B32', None)]
        table: Registers = [(f'1-1:{code}', ((value, unit),)) for code, value, unit in rows]
        highest = ('00.731', self._written_at(self.reset_after or 0.0)) if self._was_reset(t) else ('02.871', '2601031815')
        table.insert(11, ('1-1:1.6.0', ((highest[0], 'kW'), (highest[1], None))))
        return table

    def _p1(self, t: float) -> Registers:
        energy, power = int(self.energy(t)), self.power(t)
        stamp = time.strftime('%y%m%d%H%M%SW', time.gmtime(self.epoch + t + 3600))
        rows = [('1-3:0.2.8', '50', None), ('0-0:1.0.0', stamp, None),
                ('0-0:96.1.1', self.serial.encode().hex().upper(), None),
                ('1-0:1.8.1', _thousandth(energy - self._night, 10), 'kWh'),
                ('1-0:1.8.2', _thousandth(self._night, 10), 'kWh'),
                ('1-0:2.8.1', _thousandth(_whole(self.fed_in(t)) if 'sign' in self.varying else self._back, 10), 'kWh'),
                ('0-0:96.14.0', '0001', None), ('1-0:1.7.0', f'{max(0.0, power) / 1000:06.3f}', 'kW'),
                ('1-0:2.7.0', f'{max(0.0, -power) / 1000:06.3f}', 'kW'),
                ('0-0:96.7.21', '00004', None), ('0-0:96.13.0', '', None),
                ('1-0:32.7.0', f'{230 + math.sin(t / 41):05.1f}', 'V'),
                ('1-0:31.7.0', f'{round(abs(power) / 230):03d}', 'A')]
        table: Registers = [(code, ((value, unit),)) for code, value, unit in rows]
        gas = _thousandth(int(self.energy(t - (self.epoch + t) % 3600)) // 8, 9)      # told once an hour
        table.append(('0-1:24.2.1', ((stamp[:8] + '0000W', None), (gas, 'm3'))))
        return table

    def _heat(self, t: float) -> Registers:
        energy = int(self.energy(t))
        rows = [('6.8', *self._counted(energy)), ('6.26', f'{energy / 5000:08.2f}', 'm3'),
                ('9.21', self.serial, None), ('6.6', '0012.4', 'kW'), ('6.33', '000.312', 'm3ph'),
                ('9.4', '098.5', 'C'), ('6.31', f'{90_000 + int(t / 3600):07d}', 'h')]
        return [(code, ((value, unit),)) for code, value, unit in rows]

    def _counted(self, energy: int) -> tuple[str, str]:
        """Energy and unit as a meter of that kind shows them."""
        return (_thousandth(energy // 4, 8), 'GJ') if self.kind == 'heat' else (_thousandth(energy, 10), 'kWh')

    def history(self, t: float = 0.0) -> Iterator[Register]:
        """Billing periods, newest first: values that do not change. The last one before the start has the number 99."""
        codes = {'heat': ('6.8', '6.6'), 'p1': ('1-0:1.8.0', '1-0:1.6.0')}.get(self.kind, ('1-1:1.8.0', '1-1:1.6.0'))
        if self._was_reset(t):
            yield f'{codes[0]}*00', (self._counted(int(self.energy(self.reset_after or 0.0))),)
            yield f'{codes[1]}*00', (('02.871', 'kW'), ('2601031815', None))
        left = self._start
        for number, month in enumerate(self._months):
            left = max(0, left - month)
            yield f'{codes[0]}*{99 - number % 100:02d}', (self._counted(left),)
            yield (f'{codes[1]}*{99 - number % 100:02d}',
                   ((f'{month / 150_000:06.3f}', 'kW'), (f'{25 - number // 12:02d}{12 - number % 12:02d}141815', None)))

    def further_history(self, t: float) -> Iterator[Register]:
        """The billing periods that are not among the registers."""
        return itertools.islice(self.history(t), self._shown(t), None)

    def _periods(self, t: float) -> Registers:
        """The counter of billing resets, the time of the last, the sum of the highest powers (1.2.0), and former periods."""
        if not (self.periods or self.reset_after is not None):
            return []
        prefix = {'heat': '', 'p1': '1-0:'}.get(self.kind, '1-1:')
        count, last, total = ('00', self._written_at(self.reset_after or 0.0), '113.402') if self._was_reset(t) else (
            '99', '2601010000', '110.531')
        rows: Registers = [(f'{prefix}0.1.0', ((count, None),)), (f'{prefix}0.1.2', ((last, None),))]
        if self.kind != 'heat':
            rows.append((f'{prefix}1.2.0', ((total, 'kW'),)))
        return rows + list(itertools.islice(self.history(t), self._shown(t)))

    def _shown(self, t: float) -> int:
        return 2 * (self.periods + self._was_reset(t))

    def _was_reset(self, t: float) -> bool:
        return self.reset_after is not None and t >= self.reset_after

    def _written_at(self, t: float) -> str:
        return time.strftime('%y%m%d%H%M', time.gmtime(self.epoch + t + 3600))


def _whole(count: float) -> int:
    """Not less the next time because sums are not exact."""
    return int(count + 1e-6)


def _thousandth(count: int, width: int) -> str:
    return f'{count // 1000:0{width - 4}d}.{count % 1000:03d}'


def line_of(code: str, values: Sequence[tuple[str, str | None]]) -> str:
    return code + ''.join(f'({value})' if unit is None else f'({value}*{unit})' for value, unit in values) + '\r\n'


def filled(registers: Registers, history: Iterable[Register], missing: int) -> Registers:
    """With as much of the history, and a text, as it takes for exactly so many further characters."""
    filler = '0-0:96.99.0'
    least = len(line_of(filler, (('', None),)))
    more: Registers = []
    for code, values in history:
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
    return ''.join(line_of(*row) for row in filled(registers, house.history(), size - length - len('!\r\n'))) + '!\r\n'
