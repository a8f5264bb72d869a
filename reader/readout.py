# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A readout that was accepted. Pure data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from .session import Session
from .texts import Text

if TYPE_CHECKING:      # loaded later, see dialogue/conversation.py
    from .obis.data_sets import DataSet, Rejected
    from .obis.matching import Index
    from .wire.messages import Identification

CYCLE_MARGIN = 10               # s; added to the duration of a readout for the suggested cycle


@dataclass(frozen=True)
class Readout:
    """A readout that was accepted. `str()` is its text."""

    identification: Identification | None
    mode: str | None                        # A, B, C or D
    baudrate: int | None                    # Bd, at which the data came
    text: str                               # identification line and data block, line ends as received
    data_sets: tuple[DataSet, ...]
    rejected: tuple[Rejected, ...]          # what is no data in it
    checked: tuple[str, ...]                # what vouches for it: parity, bcc, crc, shape, copy
    remarks: tuple[Text, ...] = ()          # what else there is to say to the user
    phases: dict[str, float] = field(default_factory=dict)      # s: open, sign-on, acknowledge, data, check
    duration: float | None = None           # s in total, None for a stored text
    waited: float = 0.0                     # s before that, until others in this process had done with the port
    quality: float = 0.0                    # share of characters with wrong parity in the whole session
    repeats: int = 0
    time: float = 0.0                       # end of the readout, seconds since the epoch
    session: Session | None = None
    whole: tuple[DataSet, ...] = ()         # with those that wait for a second copy; empty where none does

    def __str__(self) -> str:
        return self.text

    @property
    def flag(self) -> str | None:
        """The manufacturer's FLAG id as the meter writes it."""
        return self.identification.flag if self.identification else None

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks in English, as 2.0.0 had them."""
        return tuple(map(str, self.remarks))

    @property
    def suggested_cycle(self) -> int:
        """The shortest sensible time in s from one query to the next."""
        return math.ceil((self.duration or 0) + CYCLE_MARGIN)

    @cached_property
    def by_code(self) -> Index:
        """The data sets, to look many codes up."""
        from .obis.matching import Index  # like the parser, see dialogue/conversation.py
        return Index(self.data_sets)

    @cached_property
    def lost(self) -> Index:
        """The codes of rejected lines, see `matching.is_lost`."""
        from .obis.matching import lost_codes
        return lost_codes(self.rejected)
