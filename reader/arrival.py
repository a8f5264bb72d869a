# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""When the lines of a readout came, as its recording tells."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from .readout import Readout
from .session import RECEIVED

BITS = 10       # of a character on the line


class Arrivals:
    """
    Of one readout.

    A long one takes minutes at 300 Bd; what its last line says is of another moment than what its first one says.
    """

    def __init__(self, readout: Readout) -> None:
        events = readout.session.events if readout.session else ()
        self._end = events[-1].time if events else 0.0
        self._events = [(event, following.time) for event, following in zip(events, [*events[1:], *events[-1:]], strict=True)
                        if event.kind == RECEIVED and event.data]
        self._begins = list(accumulate((len(event.data) for event, _ in self._events), initial=0))
        self._bytes = b''.join(event.data for event, _ in self._events).translate(_SEVEN_BITS)

    def before_end(self, line: str) -> float:
        """s from the arrival of the last line that begins like that to the end of the readout; 0 where it is not known."""
        position = self._bytes.rfind(line.encode('ascii', 'replace'))
        if position < 0:
            return 0.0
        last = position + len(line) - 1
        at = bisect_right(self._begins, last) - 1
        event, following = self._events[at]
        # an event has the time of its first bytes, the rest came at the speed of the line
        came = event.time + (last - self._begins[at]) * BITS / event.baudrate
        return max(0.0, self._end - min(came, following))


_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))
