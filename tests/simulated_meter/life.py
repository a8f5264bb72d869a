# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Values of a real meter's readout, moved as in life: counters forward, times later, measured values free.

What a data set means is taken from its code and its unit (OBIS, IEC 62056-61); whatever is not known to move stays as it is.
Digits after the point stay, and leading zeros where there were any, so that a value keeps its form.
"""

import datetime
import random
import re

from .protocol import ETX, block_check, crc16

DATA_SET = re.compile(r'(?P<code>[0-9A-Z][-0-9A-Z:.]*(?:[*&]\d+)?)(?P<values>(?:\([^()\r\n]*\))+)')
VALUE = re.compile(r'\((?P<value>[-+]?\d+(?:\.\d+)?)(?P<star>[* ]?)(?P<unit>[A-Za-z][A-Za-z0-9/]*)?\)')
PER_HOUR = {'Wh': 1000.0, 'kWh': 1.0, 'MWh': 0.001, 'varh': 300.0, 'kvarh': 0.3, 'VAh': 1000.0, 'kVAh': 1.0, 'GJ': 0.0036,
            'MJ': 3.6, 'm3': 0.2, 'h': 1.0, None: 1.0}      # at most, by the unit of a counter
SPREAD = {'V': 0.02, 'Hz': 0.0005, 'kHz': 0.0005}                          # of a measured value; all else may double
CLOCK = re.compile(r'(\d?)(\d\d)(:?)(\d\d)(:?)(\d\d)')      # with the season in front
CALENDAR = re.compile(r'(\d?)(\d\d)([-.]?)(\d\d)([-.]?)(\d\d)')
STAMP = re.compile(r'\((\d{12})(?=[SW]?\))')


def moved(text: str, seconds: float, seed: int = 1) -> str:
    """The readout so many seconds later; never less is counted when it is later."""
    if not seconds:
        return text
    days = _days_since(text, seconds)

    def data_set(match: 're.Match[str]') -> str:
        return match['code'] + _moved_values(match['code'], match['values'], seconds, days, seed)
    return DATA_SET.sub(data_set, text)


def moved_capture(capture: bytes, seconds: float, seed: int = 1) -> bytes:
    """The same for raw characters; a BCC or CRC that was right is right again."""
    def text(part: bytes) -> bytes:
        return moved(part.decode('latin-1'), seconds, seed).encode('latin-1')

    def block(match: 're.Match[bytes]') -> bytes:
        old, new = match['body'], text(match['body'])
        kind = next((kind for kind in (False, True) if bytes([block_check(old, kind)]) == match['bcc']), None)
        return match['stx'] + new + (match['bcc'] if kind is None else bytes([block_check(new, kind)]))

    def telegram(match: 're.Match[bytes]') -> bytes:
        old, new = match['body'], text(match['body'])
        return new + (b'%04X' % crc16(new) if int(match['crc'], 16) == crc16(old) else match['crc'])
    if ETX in capture:
        return re.sub(rb'(?P<stx>\x02?)(?P<body>[^\x02\x03]*\x03)(?P<bcc>.)', block, capture, flags=re.DOTALL)
    if re.search(rb'![0-9A-F]{3,4}\r\n', capture):
        return re.sub(rb'(?P<body>/[^!]*!)(?P<crc>[0-9A-F]{3,4})(?=\r\n)', telegram, capture)
    return text(capture)


def _moved_values(code: str, values: str, seconds: float, days: int, seed: int) -> str:
    group = code.rpartition(':')[2]
    if '&' in group or ('*' in group and not group.endswith('*255')):
        return values                           # of a former period
    group = group.partition('*')[0]
    dice = random.Random(f'{seed} {code}')
    if group in ('0.9.1', '0.9.2'):
        return _moved_clock(group, values, seconds, days)
    if group == '1.0.0':
        return STAMP.sub(lambda match: f'({_later(match[1], seconds)}', values)
    if group.startswith('24.'):                 # of another meter, which reports once an hour
        seconds = seconds // 3600 * 3600
        values = STAMP.sub(lambda match: f'({_later(match[1], seconds)}', values)
    kind = ([*group.split('.'), ''])[1]

    def value(match: 're.Match[str]') -> str:
        unit = match['unit']
        if not float(match['value']):           # nothing was ever counted there
            return match[0]
        if unit in PER_HOUR and (unit is not None or kind == '8'):
            change = PER_HOUR[unit] * (1.0 if unit == 'h' else dice.uniform(0.1, 1.0)) * seconds / 3600
        elif kind == '7' and unit is not None:
            spread = SPREAD.get(unit, 1.0)
            change = float(match['value']) * spread * random.Random(f'{seed} {code} {seconds}').uniform(-1.0, 1.0)
        else:
            return match[0]
        return f'({_added(match["value"], change)}{match["star"]}{unit or ""})'
    return VALUE.sub(value, values)


def _added(value: str, change: float) -> str:
    """In the form of the value; a counter that is full begins anew."""
    sign, digits = (value[0], value[1:]) if value[0] in '+-' else ('', value)
    whole, point, decimals = digits.partition('.')
    number = int(whole + decimals) + int(change * 10 ** len(decimals) * (-1 if sign == '-' else 1))
    fixed = len(whole) > 1 and (whole[0] == '0' or len(whole) > 3)
    number = number % 10 ** len(whole + decimals) if fixed else max(0, number)
    text = f'{number:0{len(whole + decimals) if fixed else len(decimals) + 1}d}'
    return sign + text[:len(text) - len(decimals)] + point + text[len(text) - len(decimals):]


def _later(stamp: str, seconds: float) -> str:
    """YYMMDDhhmmss so much later."""
    try:
        time = datetime.datetime.strptime(stamp, '%y%m%d%H%M%S') + datetime.timedelta(seconds=int(seconds))
    except ValueError:
        return stamp
    return time.strftime('%y%m%d%H%M%S')


def _days_since(text: str, seconds: float) -> int:
    """How often midnight has passed, if the readout has a clock."""
    clock = re.search(r'(?<![\d.])0\.9\.1\(\d?(\d\d):?(\d\d):?(\d\d)\)', text)
    start = sum(int(part) * unit for part, unit in zip(clock.groups(), (3600, 60, 1), strict=True)) if clock else 0
    return int((start + seconds) // 86400)


def _moved_clock(group: str, values: str, seconds: float, days: int) -> str:
    match = (CLOCK if group == '0.9.1' else CALENDAR).fullmatch(values[1:-1])
    if not match:
        return values
    season, first, between, second, also, third = match.groups()
    if group == '0.9.1':
        later = (int(first) * 3600 + int(second) * 60 + int(third) + int(seconds)) % 86400
        parts = later // 3600, later // 60 % 60, later % 60
    else:
        date = _later(f'{first}{second}{third}000000', days * 86400.0)
        parts = int(date[:2]), int(date[2:4]), int(date[4:6])
    return f'({season}{parts[0]:02d}{between}{parts[1]:02d}{also}{parts[2]:02d})'
