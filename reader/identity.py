# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Who a meter is, as its readout tells: the one place that puts it together. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .obis.matching import serial_number, serial_numbers
from .obis.names import is_p1
from .readout import Readout

Maker = Callable[[str | None], str | None]      # FLAG id to the manufacturer's name, None where it is not known


# What stands for the grid operator at the beginning of the identification of a P1 port; in the list of FLAG ids some of
# them are those of companies that make no such meter.
GRID_OPERATORS = frozenset({'FLU', 'ENE', 'ESO', 'ELL', 'LUX', 'NWA', 'SIB', 'EST'})
FLAGS_OF_P1 = {'KMP': 'KAM'}    # what makers write there instead of their FLAG id


@dataclass(frozen=True)
class Identity:
    """A meter and how it was read; what a readout does not tell is an empty text or None."""

    identification: str = ''        # as the meter sends it, the slash included
    flag: str = ''                  # the manufacturer's FLAG id as the meter writes it
    manufacturer_name: str = ''
    type: str = ''                  # what the identification says of the meter's own
    serial_number: str = ''
    mode: str | None = None         # A, B, C or D
    baudrate: int | None = None     # Bd, at which the data came

    @property
    def manufacturer(self) -> str:
        """The manufacturer's name, where it is not known the FLAG id."""
        return self.manufacturer_name or self.flag


def identify(readout: Readout, maker: Maker) -> Identity:
    """The meter that sent this."""
    identification = readout.identification
    return Identity(
        identification=str(identification or ''), flag=readout.flag or '', manufacturer_name=maker_of(readout, maker) or '',
        type=identification.type if identification else '', serial_number=serial_number(readout.data_sets) or '',
        mode=readout.mode, baudrate=readout.baudrate)


def maker_of(readout: Readout, maker: Maker) -> str | None:
    """The name of the manufacturer of the meter that sent this, None where it is not known."""
    flag = (readout.flag or '').upper()
    if (flag in GRID_OPERATORS or flag in FLAGS_OF_P1) and is_p1(readout.data_sets):
        return maker(FLAGS_OF_P1[flag]) if flag in FLAGS_OF_P1 else None
    return maker(readout.flag)


def is_another(readout: Readout, number: str) -> bool:
    """The meter that sent this gives itself numbers, and none is this one; blanks, leading zeros and case do not count."""
    numbers = set(map(_plain, serial_numbers(readout.data_sets)))
    return bool(numbers) and _plain(number) not in numbers


def _plain(number: str) -> str:
    return ''.join(number.split()).lstrip('0').casefold()
