# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
OBIS codes: their value groups, and what can be told from them without a table of names.

There are two grammars. A meter writes its codes as IEC 62056-61 and EDIS say (`is_code`); who configures one may also
write six groups between dots, as energy meters of DLMS show them. `split` takes both apart.
"""

import re
from functools import lru_cache
from typing import NamedTuple

LONGEST = 48        # characters of a code

_GROUP = '(?:[0-9]{1,3}|[A-Za-z]{1,3})'
_PREFIX = '(?:[0-9]{1,3}-)?(?:[0-9]{1,3}:)?'
_SUFFIX = '(?:[*&](?:[0-9]{1,3}|[A-Za-z]{1,2}))?(?:,[0-9]{1,3})?'
LONG_CODE = rf'{_PREFIX}{_GROUP}(?:\.{_GROUP}){{1,4}}{_SUFFIX}'      # as a meter writes one of two groups or more
_CODE = re.compile(rf'{LONG_CODE}|{_PREFIX}[0-9A-Za-z]{{1,16}}{_SUFFIX}')
_SPLIT = re.compile(
    r'(?:([0-9]{1,3})-)?(?:([0-9]{1,3}):)?([0-9A-Za-z]{1,16})((?:\.[0-9A-Za-z]{1,3}){0,5})'
    r'(?:([*&])([0-9A-Za-z]{1,3}))?(?:,([0-9]{1,3}))?'
)
_PACKED = re.compile('[0-9A-Fa-f]{8}')


def is_code(text: str) -> bool:
    """The text is a code as a meter writes it."""
    return len(text) <= LONGEST and _is_code(text)      # what is longer must not be kept in the cache


@lru_cache(maxsize=4096)
def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


class Groups(NamedTuple):
    """The value groups of a code, without leading zeros and in capitals; None where one is missing.

    A code of one group (`F`, `ET0PE`) has C only. A fourth group between dots is F, as is the last of six.
    `mark` is '*' or '&' (billing period closed by hand), `attribute` what stands after a comma.
    """

    a: str | None
    b: str | None
    c: str
    d: str | None
    e: str | None
    f: str | None
    mark: str | None
    attribute: str | None

    @property
    def is_current(self) -> bool:
        """It is of the current billing period."""
        return self.f in (None, '255')

    @property
    def is_of_another_device(self) -> bool:
        """It is of a device that the meter reads: a gas meter, say, on channel 1 of a P1 port."""
        return self.a == '0' and self.b not in (None, '0')


def split(code: str) -> Groups | None:
    """The groups of a code, also a reduced one, one in packed hex (0F0880FF), None if it is none."""
    return _split(code) if len(code) <= LONGEST else None


@lru_cache(maxsize=4096)
def _split(code: str) -> Groups | None:
    found = _SPLIT.fullmatch(code)
    if not found:
        return None
    a, b, c, dots, mark, f, attribute = found.groups()
    parts = [c, *dots.split('.')[1:]]
    if not dots and not mark and _PACKED.fullmatch(c):
        parts = [str(byte) for byte in bytes.fromhex(c)]
    elif a is None and b is None and len(parts) == 6 and mark is None:
        a, b, *parts = parts
    c, d, e = [*map(_normal, parts[:3]), None, None][:3]
    last = [*parts[3:], *([f] if f else [])]
    return Groups(a and _normal(a), b and _normal(b), c or '', d, e, '.'.join(map(_normal, last)) or None, mark, attribute)


def _normal(group: str) -> str:
    return str(int(group)) if group.isdigit() else group.upper()


# Numbers of the meter itself in order of preference, as groups C, D and E.
SERIAL_NUMBERS = (('96', '1', '0'), ('96', '1', '1'), ('C', '1', '0'), ('C', '1', None), ('0', '0', '0'),
                  ('9', '21', None), ('0', '0', None))
# Groups C and D of all by which a meter or its owner can be known: device, customer and metering point, whatever E says;
# 9.20 is the device number of heat meters, 42.0 the logical device name.
PERSONAL_NUMBERS = (*dict.fromkeys((c, d) for c, d, _ in SERIAL_NUMBERS), ('9', '20'), ('42', '0'))


def is_serial_number(code: str) -> bool:
    """The code is one of those under which meters send their own number, for the current period."""
    groups = split(code)
    return (groups is not None and groups[2:5] in SERIAL_NUMBERS
            and groups.is_current and not groups.is_of_another_device)


# Groups C of what is drawn minus what is fed in, of all phases and of each: it falls while the sun shines.
NET = frozenset({'16', '36', '56', '76'})
# By medium A the groups C whose D = 0 is a total: of heat cost allocators, cooling, heat, gas, cold and hot water.
_TOTALS = {'4': ('1',), '5': ('1', '2'), '6': ('1', '2'), '7': ('1', '2', '3'), '8': ('1',), '9': ('1',)}


def is_counter(code: str) -> bool:
    """The code is of a register that never falls: energy, volume, time of operation, up to now.

    F = 0 is such a one as well: with meters that send nothing else (`1.8.1*00`) it is the present, with others the
    end of a billing period. What is told by two groups only in heat meters (6.26) is an electricity meter's with three.
    """
    groups = split(code)
    if groups is None or groups.f not in (None, '0', '255') or groups.attribute not in (None, '2'):
        return False
    a, _, c, d, e, *_ = groups
    if d == '8':
        return c == 'C' or (c.isdigit() and c != '0' and c not in NET)      # 0.8 are lengths of periods
    return ((a, c, d, e) == (None, '6', '26', None) or (a, c, d) == ('0', '24', '2')
            or (d == '0' and c in _TOTALS.get(a or '', ())))
