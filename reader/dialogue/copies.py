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
one those data sets are kept back that do not belong to a known shape. That a meter's clock was set back is confirmed likewise.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import Unconfirmed
from ..evidence.copies import confirms
from ..evidence.moments import is_newer, is_older, lag, stamp, tolerance
from ..evidence.shapes import has_shape, learn, shape_of, strangers
from ..memory import Memory
from ..obis.data_sets import DataSet, Rejected
from ..readout import Readout
from ..texts import Text

UNCONFIRMED = 'differs in the second copy'      # why a data set is rejected
STRANGE = 'has another form than before; waits for the next readout'
BLOCK_CHECKS = frozenset({'bcc', 'crc'})
MOST_PENDING = 3        # shapes that wait for a copy: a meter may send two by turns, and one may be damage


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
        self._disturbed = False     # the line, when the last of them came
        self._answered: float | None = None

    def accept(self, readout: Readout, disturbed: bool, answered: float | None = None) -> Readout:
        """
        The readout, if it needs no copy or has one; else it is kept as one.

        :param answered: s, by the clock of the sessions: when the meter began to answer
        :raises Unconfirmed: another copy is needed
        """
        self._disturbed, self._answered = disturbed, answered
        if disturbed:
            return self._accept_disturbed(readout)
        known = self._is_known(readout.data_sets)
        if known:
            readout = _vouched(readout, 'shape')
        if self._confirm == 'never' or (known and self._confirm == 'auto' and not self._is_stale(readout)):
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
        if self._has_copy(readout):
            remark = (SET_BACK if self._is_stale(readout) else None) if known else NEW_SHAPE if memory.shapes else None
            return self._learned(_vouched(readout, 'copy', remark))
        self._readouts.append(readout)
        if self._is_stale(readout):
            raise Unconfirmed(Text(
                'die Auslesung ist nach der Uhr des Zählers älter als die vorige, und keine zweite Kopie bestätigt sie',
                "by the meter's clock the readout is older than the one before, and there is no second copy that confirms it"),
                readout=readout)
        if memory.shapes and not BLOCK_CHECKS.intersection(readout.checked):
            kept = self._without_strangers(readout)     # where nothing else protects, the known sets need not wait
            if kept:
                self._wait()
                return kept
        raise Unconfirmed(
            NO_COPY if known else
            Text('die Auslesung hat eine andere Form als zuvor, und keine zweite Kopie bestätigt sie',
                 'the readout has another form than before, and there is no second copy that confirms it') if memory.shapes else
            Text('es ist die erste Auslesung dieses Zählers, und keine zweite Kopie bestätigt sie',
                 'it is the first readout of this meter, and there is no second copy that confirms it'),
            readout=readout)

    def _has_copy(self, readout: Readout) -> bool:
        """One in this session that says the same, or before it one of the same shape; if the clock is older, it has gone on."""
        memory, sets = self._memory, readout.data_sets
        if any(confirms(copy.data_sets, sets) and not is_older(sets, stamp(copy.data_sets)) for copy in self._readouts):
            return True
        fits = any(has_shape(shape, sets) for shape in memory.pending)
        return (fits or self._is_known(sets)) and is_newer(sets, memory.set_back) if self._is_stale(readout) else fits

    def without_copy(self) -> Readout | None:
        """What can be handed out although no copy of it can be had, most of all the last readout; None if nothing."""
        if self._disturbed:
            return self.agreed()
        self._wait()
        waiting = [readout for readout in reversed(self._readouts) if not self._is_stale(readout)]
        if self._memory.shapes:
            known = filter(None, map(self._without_strangers, waiting))
            return max(known, key=lambda readout: len(readout.data_sets), default=None)
        first = max(waiting, key=lambda readout: len(readout.data_sets), default=None)
        return replace(first, remarks=(*first.remarks, FIRST)) if first else None

    def _wait(self) -> None:
        """The next session can bring the copy of what this one has."""
        memory = self._memory
        for readout in self._readouts:
            if self._is_stale(readout):
                memory.set_back = stamp(readout.data_sets)
            memory.pending = tuple(dict.fromkeys((shape_of(readout.data_sets), *memory.pending)))[:MOST_PENDING]

    def _is_stale(self, readout: Readout) -> bool:
        """By the meter's clock it is older than what was read before, or, where the clock keeps time, than it can be."""
        memory, sets = self._memory, readout.data_sets
        if is_older(sets, memory.clock):
            return True
        seconds = self._seconds()
        behind = lag(sets, memory.clock, seconds) if memory.keeps_time and seconds is not None else None
        return behind is not None and seconds is not None and behind > tolerance(sets, seconds)

    def _seconds(self) -> float | None:
        """s from the readout whose clock is known to this one."""
        return None if self._answered is None or self._memory.answered is None else self._answered - self._memory.answered

    def _without_strangers(self, readout: Readout) -> Readout | None:
        """Those data sets that belong to a known shape; the others wait for the next readout that has them, too."""
        strange = self._strangers(readout.data_sets)
        if strange is None or len(strange) == len(readout.data_sets):
            return None
        if not strange:
            return replace(readout, remarks=(*readout.remarks, NO_COPY))
        kept = _without(readout, strange, STRANGE, Text(
            '{count} Datensätze haben eine andere Form als zuvor und warten auf die nächste Auslesung',
            '{count} data sets have another form than before and wait for the next readout', {'count': len(strange)}))
        return replace(kept, whole=readout.data_sets)

    def _strangers(self, sets: tuple[DataSet, ...]) -> frozenset[int] | None:
        """See evidence/shapes.py; by the known shape that comes nearest."""
        return min((found for shape in self._memory.shapes or () if (found := strangers(shape, sets)) is not None),
                   key=len, default=None)

    def agreed(self) -> Readout | None:
        """Of copies from a disturbed line the last, with those data sets only that another one has, too; None if there is but one."""
        if not self._disturbed or len(self._readouts) < 2:
            return None
        readout = self._readouts[-1]
        others = {data_set for copy in self._readouts[:-1] for data_set in copy.data_sets}
        unsure = frozenset(i for i, data_set in enumerate(readout.data_sets) if data_set not in others)
        return _without(readout, unsure, UNCONFIRMED, Text(
            'zwei Kopien, die nicht gleich sind: {count} Datensätze weichen von der Kopie davor ab',
            'two copies that are not the same: {count} data sets differ from the copy before', {'count': len(unsure)}))

    def next_telegram(self) -> None:
        """Another readout of this session begins; its predecessor can still be its copy."""
        if not self._disturbed:
            self._wait()
        del self._readouts[:-1]

    def _is_known(self, data_sets: tuple[DataSet, ...]) -> bool:
        return any(has_shape(shape, data_sets) for shape in self._memory.shapes or ())

    def _learned(self, readout: Readout) -> Readout:
        if self._confirm != 'never':
            self._compare_clocks(readout.data_sets)
            remember(self._memory, readout.data_sets)
            if not BLOCK_CHECKS.intersection(readout.checked):      # what came between two of them was damage
                self._memory.pending = tuple(shape for shape in self._memory.pending
                                             if strangers(shape, readout.data_sets) is None)
        return readout


    def _compare_clocks(self, sets: tuple[DataSet, ...]) -> None:
        memory, seconds = self._memory, self._seconds()
        if stamp(sets):
            behind = lag(sets, memory.clock, seconds) if seconds is not None else None
            memory.keeps_time = behind is not None and seconds is not None and abs(behind) <= tolerance(sets, seconds)
            memory.answered = self._answered


def remember(memory: Memory, data_sets: tuple[DataSet, ...]) -> None:
    """This readout is one of the meter's: its shape is known from now on, if shapes are kept, and its clock is the last."""
    if memory.shapes is not None:
        memory.shapes = learn(memory.shapes, data_sets)
        memory.pending = tuple(shape for shape in memory.pending if not has_shape(shape, data_sets))
        memory.clock, memory.set_back = stamp(data_sets) or memory.clock, ''


NEW_SHAPE = Text('die Daten haben eine neue Form (Rückstellung, neue Firmware, anderer Zähler?), eine zweite Kopie bestätigt sie',
                 'the data has a new form (billing reset, new firmware, another meter?), confirmed by a second copy')
SET_BACK = Text('die Uhr des Zählers wurde zurückgestellt, eine zweite Kopie bestätigt es',
                "the meter's clock was set back, confirmed by a second copy")
NO_COPY = Text('keine zweite Kopie bestätigt die Auslesung', 'there is no second copy that confirms the readout')
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
