# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated IEC 62056-21 meter, see `meter`."""

from .meter import (
    Faults,
    MeterOptions,
    PtyDoor,
    RealClock,
    SimulatedPort,
    Simulation,
    block_check,
    crc16,
    least_duration,
    make_block,
    url_door,
)

__all__ = ['Faults', 'MeterOptions', 'PtyDoor', 'RealClock', 'SimulatedPort', 'Simulation', 'block_check', 'crc16',
           'least_duration', 'make_block', 'url_door']
