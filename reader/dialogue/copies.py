# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a readout needs that nothing else vouches for: another one, a copy, that says the same. Pure but for what it remembers.

Two reasons to want one:

- The line is disturbed. Two flipped bits in a character keep its parity, and two such characters may keep the BCC: where many
  characters have one flipped bit, of the few blocks that look undamaged one in a hundred is not. The copy must be the same.
- The readout has not the shape of those before. XOR is blind for lost, doubled and exchanged characters. The copy must have the
  same codes and forms, its values moved as a meter's may; then the shape is known, and costs nothing any more.

Where no copy can be had, the next scheduled readout is the copy. Until then a first readout is handed out as it is; of another
one those data sets are kept back that do not belong to a known shape.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import Unconfirmed
from ..evidence.copies import confirms
from ..evidence.moments import is_older, stamp
from ..evidence.shapes import has_shape, learn, shape_of, strangers
from ..memory import Memory
from ..obis.data_sets import DataSet, Rejected
from ..readout import Readout
from ..texts import Text

UNCONFIRMED = 'differs in the second copy'      # why a data set is rejected
STRANGE = 'has another form than before; waits for the next readout'
BLOCK_CHECKS = frozenset({'bcc', 'crc'})


class Copies:
    """
    The undamaged readouts of one session that wait for a copy.

    :param memory: with the shapes of this meter; where it keeps none, only a disturbed line wants copies
    :param confirm: `auto`: a readout of a new shape wants a copy; `always`: each one; `never`: none
    """

    def __init__(self, memory: Memory, confirm: str) -> None:
        self._memory = memory
        self._confirm = confirm if memory.shapes is not None else 'never'
        self._readouts: list[Readout] = []
        self._older = False         # the last of them, by the meter's clock, than what was read before

    def accept(self, readout: Readout, disturbed: bool) -> Readout:
        """
        The readout, if it needs no copy or has one; else it is kept as one.

        :raises Unconfirmed: another copy is needed
        """
        if disturbed:
            return self._accept_disturbed(readout)
        known = self._is_known(readout.data_sets)
        if known:
            readout = _vouched(readout, 'shape')
        self._older = is_older(readout.data_sets, self._memory.clock)
        if self._confirm == 'never' or (known and self._confirm == 'auto' and not self._older):
            return self._learned(readout)
        return self._accept_new(readout, known)

    def _accept_disturbed(self, readout: Readout) -> Readout:
        self._readouts.append(readout)
        if len(self._readouts) > 1 and self._readouts[-2].data_sets == readout.data_sets:
            return self._learned(_vouched(readout, 'copy', Text(
                'die Leitung ist gestört: bestätigt durch eine zweite, gleiche Kopie',
                'the line is disturbed: confirmed by a copy that says the same')))
        raise Unconfirmed(Text('die Leitung ist gestört, und keine zweite Kopie bestätigt die Auslesung',
                               'the line is disturbed, and there is no second copy that confirms the readout'),
                          disturbed=True, readout=readout)

    def _accept_new(self, readout: Readout, known: bool) -> Readout:
        memory = self._memory
        if any(confirms(copy.data_sets, readout.data_sets) and not is_older(readout.data_sets, stamp(copy.data_sets))
               for copy in self._readouts):
            return self._learned(_vouched(readout, 'copy', None if known or not memory.shapes else NEW_SHAPE))
        if self._is_awaited(readout.data_sets, known):
            remark = SET_BACK if known else NEW_SHAPE if memory.shapes else None
            return self._learned(_vouched(readout, 'copy', remark))
        self._readouts.append(readout)
        if self._older:
            memory.pending, memory.set_back = shape_of(readout.data_sets), stamp(readout.data_sets)
            raise Unconfirmed(Text(
                'die Auslesung ist nach der Uhr des Zählers älter als die vorige, und keine zweite Kopie bestätigt sie',
                "by the meter's clock the readout is older than the one before, and there is no second copy that confirms it"),
                readout=readout)
        if memory.shapes and not BLOCK_CHECKS.intersection(readout.checked):
            kept = self._without_strangers(readout)     # where nothing else protects, the known sets need not wait
            if kept:
                return kept
        raise Unconfirmed(Text('die Auslesung hat eine andere Form als zuvor, und keine zweite Kopie bestätigt sie',
                               'the readout has another form than before, and there is no second copy that confirms it')
                          if memory.shapes else
                          Text('es ist die erste Auslesung dieses Zählers, und keine zweite Kopie bestätigt sie',
                               'it is the first readout of this meter, and there is no second copy that confirms it'),
                          readout=readout)

    def _is_awaited(self, data_sets: tuple[DataSet, ...], known: bool) -> bool:
        """The readout of a session before this one waits for it: of the same shape, and if the clock is older, it goes on."""
        memory = self._memory
        fits = bool(memory.pending) and has_shape(memory.pending, data_sets)
        if not self._older:
            return fits
        goes_on = stamp(data_sets) != memory.set_back and not is_older(data_sets, memory.set_back)
        return bool(memory.set_back) and goes_on and (known or fits)

    def without_copy(self) -> Readout | None:
        """What can be handed out of the last readout, as no copy of it can be had; None if nothing."""
        if not self._readouts or self._confirm == 'never' or self._older:
            return None
        readout = self._readouts[-1]
        if self._memory.shapes:
            return self._without_strangers(readout)
        self._memory.pending = shape_of(readout.data_sets)
        return replace(readout, remarks=(*readout.remarks, FIRST))

    def _without_strangers(self, readout: Readout) -> Readout | None:
        """Those data sets that belong to a known shape; the others wait for the next readout that has them, too."""
        sets = readout.data_sets
        strange = min((found for shape in self._memory.shapes or () if (found := strangers(shape, sets)) is not None),
                      key=len, default=None)
        self._memory.pending = shape_of(sets)
        if strange is None or len(strange) == len(sets):
            return None
        kept = _without(readout, strange, STRANGE, Text(
            '{count} Datensätze haben eine andere Form als zuvor und warten auf die nächste Auslesung',
            '{count} data sets have another form than before and wait for the next readout', {'count': len(strange)}))
        return replace(kept, whole=sets)

    def agreed(self) -> Readout | None:
        """The last of several copies, with those data sets only that another one has, too; None if there is but one."""
        if len(self._readouts) < 2:
            return None
        readout = self._readouts[-1]
        others = {data_set for copy in self._readouts[:-1] for data_set in copy.data_sets}
        unsure = frozenset(i for i, data_set in enumerate(readout.data_sets) if data_set not in others)
        return _without(readout, unsure, UNCONFIRMED, Text(
            'zwei Kopien, die nicht gleich sind: {count} Datensätze weichen von der Kopie davor ab',
            'two copies that are not the same: {count} data sets differ from the copy before', {'count': len(unsure)}))

    def forget_all_but_last(self) -> None:
        """Another readout begins; its predecessor can still be its copy."""
        del self._readouts[:-1]

    def _is_known(self, data_sets: tuple[DataSet, ...]) -> bool:
        return any(has_shape(shape, data_sets) for shape in self._memory.shapes or ())

    def _learned(self, readout: Readout) -> Readout:
        if self._confirm != 'never':
            remember(self._memory, readout.data_sets)
        return readout


def remember(memory: Memory, data_sets: tuple[DataSet, ...]) -> None:
    """This readout is one of the meter's: its shape is known from now on, if shapes are kept, and its clock is the last."""
    if memory.shapes is not None:
        memory.shapes, memory.pending = learn(memory.shapes, data_sets), ''
        memory.clock, memory.set_back = stamp(data_sets), ''


NEW_SHAPE = Text('die Daten haben eine neue Form (Rückstellung, neue Firmware, anderer Zähler?), eine zweite Kopie bestätigt sie',
                 'the data has a new form (billing reset, new firmware, another meter?), confirmed by a second copy')
SET_BACK = Text('die Uhr des Zählers wurde zurückgestellt, eine zweite Kopie bestätigt es',
                "the meter's clock was set back, confirmed by a second copy")
FIRST = Text('erste Auslesung dieses Zählers, noch ohne zweite Kopie: die nächste bestätigt sie',
             'first readout of this meter, without a second copy yet: the next one confirms it')


def _vouched(readout: Readout, by: str, remark: Text | None = None) -> Readout:
    remarks = (*readout.remarks, remark) if remark else readout.remarks
    return replace(readout, checked=(*readout.checked, by), remarks=remarks)


def _without(readout: Readout, indices: frozenset[int], reason: str, remark: Text) -> Readout:
    """The readout without the data sets of these indices."""
    kept = tuple(data_set for i, data_set in enumerate(readout.data_sets) if i not in indices)
    rejected = tuple(Rejected(str(readout.data_sets[i]), reason) for i in sorted(indices))
    return replace(readout, data_sets=kept, rejected=readout.rejected + rejected, remarks=(*readout.remarks, remark))
