# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a readout from a line that cannot be trusted needs: another one that says the same. Pure.

Two flipped bits in a character keep its parity, and two such characters may keep the BCC: where many characters have one
flipped bit, of the few blocks that look undamaged one in a hundred is not.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import Unconfirmed
from ..obis.data_sets import Rejected
from ..readout import Readout
from ..texts import Text

UNCONFIRMED = 'differs in the second copy'      # why a data set from a disturbed line is rejected


class Copies:
    """The undamaged readouts of one session that nothing but each other can vouch for."""

    def __init__(self) -> None:
        self._readouts: list[Readout] = []

    def accept(self, readout: Readout) -> Readout:
        """
        The readout, if the one before says the same; else it is kept.

        :raises Unconfirmed: another copy is needed
        """
        self._readouts.append(readout)
        if len(self._readouts) > 1 and self._readouts[-2].data_sets == readout.data_sets:
            return replace(readout, remarks=(*readout.remarks, Text(
                'die Leitung ist gestört: bestätigt durch eine zweite, gleiche Kopie',
                'the line is disturbed: confirmed by a copy that says the same')))
        raise Unconfirmed(Text('die Leitung ist gestört, und keine zweite Kopie bestätigt die Auslesung',
                               'the line is disturbed, and there is no second copy that confirms the readout'))

    def agreed(self) -> Readout | None:
        """The last of several copies, with those data sets only that another one has, too; None if there is but one."""
        if len(self._readouts) < 2:
            return None
        readout = self._readouts[-1]
        others = {data_set for copy in self._readouts[:-1] for data_set in copy.data_sets}
        kept = tuple(data_set for data_set in readout.data_sets if data_set in others)
        unsure = tuple(Rejected(str(data_set.code or ''), UNCONFIRMED) for data_set in readout.data_sets
                       if data_set not in others)
        return replace(readout, data_sets=kept, rejected=readout.rejected + unsure, remarks=(*readout.remarks, Text(
            'die Leitung ist gestört: {count} Datensätze weichen von der Kopie davor ab',
            'the line is disturbed: {count} data sets differ from the copy before', {'count': len(unsure)})))

    def forget_all_but_last(self) -> None:
        """Another readout begins; its predecessor can still be its copy."""
        del self._readouts[:-1]
