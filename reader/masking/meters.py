# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The types of meters as their identifications name them: what of an identification may be shown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Public names of types, without what follows them: variants, versions and numbers are masked.
_TYPES = (
    'ZM[A-Z][0-9]{3}(?:[A-Z]{2})?', 'ZF[A-Z][0-9]{3}(?:[A-Z]{2})?', 'E[236][0-9]0', 'E35C', 'S34U18',     # Landis+Gyr
    'MT1[67][0-9]', 'MT3[78][0-9]', 'MT8[0-9]{2}', 'ME1[67][0-9]', 'ME3[78][0-9]', 'TE[78][0-9]{2}', '[AT]M[0-9]{3}',
    '2?M550[ET]?',                                                                                      # Iskraemeco
    '[De]HZ', 'EHZ', 'LZQJ', 'DIZ', 'MIZ', 'ITZ', 'NXT4', 'mMe', 'ED300', 'EM4TII',                     # EMH, LEM
    'DD3', 'MD3', 'Q1[A-D]', 'Q3[A-D][A-Z]?', 'LK13BE', 'LK1', 'EC3[gr]+', 'EA3',                       # eBZ, Easymeter, ...
    'A1[0-9]{3}', 'AS[0-9]{4}', 'CE[123][0-9]{2}[A-Z]?', 'NEVAMT[0-9]{3}', 'MTX[0-9]', 'MCS[0-9]{3}',   # Elster, Energomera, ...
    'EM[247][0-9]{2}', 'SL7000', 'ACE[0-9]{4}', '3k260', 'LUNA', 'VIKO', 'MAKEL',
    'C?UH50', 'UC50', 'T[235][35]0', '2?WR[56]', 'MC', 'KAMSTRUP', 'MULTICAL', '[0-9]{3}-382', '382', 'OMNIPOWER', 'OMNIA',
    'KAIFA-METER', 'SAG-METER', 'ZIV-METER', 'LGBBFF[A-Z]', 'LGF', 'T21[01]', 'MA[13]0[0-9]', 'Ene5',
)
_KNOWN = re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(_TYPES)})(?![A-Za-z])", re.IGNORECASE)


def known_types(text: str) -> Iterator[tuple[int, int]]:
    """Where in an identification, after its speed character, a known type stands."""
    return (found.span() for found in _KNOWN.finditer(text))


def without_types(text: str) -> str:
    """What is left of it without them."""
    return _KNOWN.sub(' ', text)
