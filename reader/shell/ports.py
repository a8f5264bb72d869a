# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The serial ports of this computer, as the command shows them."""

from __future__ import annotations

from ..detection.ports import lasting_name, present
from ..texts import Text

__all__ = ['NONE', 'lasting_name', 'present']

NONE = Text('keine serielle Schnittstelle gefunden', 'no serial port found')
