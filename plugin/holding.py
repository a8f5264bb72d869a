# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What is not handed out of the readouts, and why: the reader wants a second copy, or plausibility has its doubts.

Of the last readout it is kept, so that an owner who knows better can have it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..reader.dialogue.copies import STRANGE, UNCONFIRMED
from ..reader.errors import Unconfirmed
from ..reader.obis.data_sets import Rejected
from ..reader.readout import Readout
from ..reader.texts import Text
from .plausibility import REASONS, Plausibility, without

WAITING = frozenset({STRANGE, *REASONS})        # why data sets are rejected that the next readout can confirm
REFUSED = WAITING | {UNCONFIRMED}               # ... or that a second copy has refuted


@dataclass(frozen=True)
class Held:
    """What is held back of a readout."""

    readout: Readout                    # all of it, as if nothing was held back
    lines: tuple[Rejected, ...]         # what is held back, and why; where that is all of it: empty
    why: Text | None = None             # why all of it is


class Holding:
    """
    What is held back now, and how much that was.

    :param max_power: see `Plausibility`
    """

    def __init__(self, max_power: float) -> None:
        self.count = 0                      # data sets since the start
        self.held: Held | None = None       # of the last readout, None where all of it was handed out
        self._plausibility = Plausibility(max_power)

    def sift(self, readout: Readout, now: float) -> Readout:
        """
        What can be handed out of a readout.

        :param now: s, of a clock that nobody sets
        """
        sifted = without(readout, self._plausibility.hold_back(readout, now))
        lines = tuple(line for line in sifted.rejected if line.reason in WAITING)
        self.count += sum(line.reason in REFUSED for line in sifted.rejected)
        self.held = Held(_whole(sifted), lines) if lines else None
        return sifted

    def refuse(self, error: Unconfirmed) -> None:
        """The reader refused a whole readout. On a disturbed line nobody knows better."""
        readout = error.readout
        if isinstance(readout, Readout):
            self.count += len(readout.data_sets)
            if not error.disturbed:
                why = error.said if isinstance(error.said, Text) else Text(error.said, error.said)
                self.held = Held(readout, (), why)

    def let_go(self, now: float) -> Readout | None:
        """All of the readout of which something is held back, which is believed now; None where nothing is."""
        held, self.held = self.held, None
        if held is None:
            return None
        self._plausibility.believe(held.readout, now)
        return held.readout


def _whole(readout: Readout) -> Readout:
    return replace(readout, data_sets=readout.whole, whole=(),
                   rejected=tuple(line for line in readout.rejected if line.reason not in WAITING))
