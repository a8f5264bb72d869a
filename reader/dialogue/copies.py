# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What a readout needs that nothing else vouches for: another one, a copy, that says the same. Pure but for what it remembers.

Three reasons to want one:

- The line is disturbed. Two flipped bits in a character keep its parity, and two such characters may keep the BCC: where many
  characters have one flipped bit, of the few blocks that look undamaged one in a hundred is not. The copy must be the same.
- The line damages data, without wrong parity: in this session already, or, where nothing but parity protects it, more than once
  lately. The same block, sent once more (mode C), must be the same; of another readout a moment later those data sets count that
  say the same.
- The readout has not the shape of those before, or by the meter's clock is not of now. XOR is blind for lost, doubled and
  exchanged characters. The copy must have the same codes and forms, its values moved as a meter's may; then the shape is known,
  and costs nothing any more.

Where no copy can be had, the next scheduled readout is the copy. Until then a first readout is handed out as it is; of another
one those data sets are kept back that do not belong to a known shape. That a meter's clock was set is confirmed likewise.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import Unconfirmed
from ..evidence.copies import agreeing, confirms
from ..evidence.moments import NO_MOMENT, difference, is_newer, is_off, is_stale, stamp
from ..evidence.shapes import has_shape, learn, shape_of, strangers
from ..memory import Memory
from ..obis.data_sets import CUT, GARBLED, ORPHAN, DataSet, Rejected
from ..readout import Readout
from ..texts import Text

UNCONFIRMED = 'differs in the second copy'      # why a data set is rejected
STRANGE = 'has another form than before; waits for the next readout'
BLOCK_CHECKS = frozenset({'bcc', 'crc'})
MOST_PENDING = 3        # shapes that wait for a copy: a meter may send two by turns, and one may be damage
DAMAGE = frozenset({CUT, GARBLED, ORPHAN})      # what is rejected for one of these
MOST_COPIES = 3         # of a session, until what two of them say alike is enough
MOST_DAMAGED = 1        # blocks of a session that were refused, if one that nothing else confirms is to be handed out


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
        self._waited = memory.pending   # the shapes that have waited since before this readout

    def accept(self, readout: Readout, disturbed: bool, answered: float | None = None, damaged: int = 0,
               repeated: bool = False) -> Readout:
        """
        The readout, if it needs no copy or has one; else it is kept as one.

        :param disturbed: by wrong parity; no readout of this line is to be believed without a copy
        :param answered: s, by the clock of the sessions: when the meter began to answer
        :param damaged: blocks of this session that were refused
        :param repeated: it is the same block as the one before, sent once more
        :raises Unconfirmed: another copy is needed
        """
        self._disturbed, self._answered = disturbed, answered
        if disturbed:
            return self._accept_disturbed(readout)
        known, untimely = self._is_known(readout.data_sets), self._is_untimely(readout)
        if known:
            readout = _vouched(readout, 'shape')
        doubtful = (damaged > 0 and 'crc' not in readout.checked) or (self._memory.doubt and _is_bare(readout))
        if self._confirm == 'never' or (self._confirm == 'auto' and known and not untimely and not doubtful):
            return self._learned(readout)
        if self._has_copy(readout, known, untimely):
            remark = NEW_SHAPE if not known and self._memory.shapes else CLOCK_SET if untimely else None
            return self._learned(_vouched(readout, 'copy', remark))
        earlier = tuple(self._readouts)
        self._readouts.append(readout)
        if not untimely and not repeated and self._memory.shapes and (known or _is_bare(readout)):
            part = self._agreed_part(readout, earlier)
            complete = part and len(part.data_sets) == len(readout.data_sets)
            if part and (complete or not _is_bare(readout) or len(self._readouts) >= MOST_COPIES):
                return part
        raise Unconfirmed(NOT_OF_NOW if untimely else NO_COPY if known else OTHER_SHAPE if self._memory.shapes else NO_SHAPE,
                          readout=readout, damaged=bool(self._memory.shapes) and not known and _is_bare(readout))

    def _accept_disturbed(self, readout: Readout) -> Readout:
        self._readouts.append(readout)
        if len(self._readouts) > 1 and self._readouts[-2].data_sets == readout.data_sets:
            return self._learned(_vouched(readout, 'copy', Text(
                'die Leitung ist gestört: bestätigt durch eine zweite, gleiche Kopie',
                'the line is disturbed: confirmed by a copy that says the same')))
        raise Unconfirmed(Text('die Leitung ist gestört, und keine zweite Kopie bestätigt die Auslesung',
                               'the line is disturbed, and there is no second copy that confirms the readout'),
                          disturbed=True, readout=readout)

    def _has_copy(self, readout: Readout, known: bool, untimely: bool) -> bool:
        """One in this session that says the same, or before it one of the same shape."""
        sets = readout.data_sets
        if any(copy.data_sets == sets for copy in self._readouts):
            return True
        if any(confirms(copy.data_sets, sets) and not is_stale(sets, stamp(copy.data_sets)) for copy in self._readouts):
            return untimely or not known
        return not known and not untimely and self._has_waited(readout)

    def _has_waited(self, readout: Readout) -> bool:
        """One of its shape waits from before; where single characters may be wrong, a whole one is its copy only."""
        damage = self._memory.shapes and _is_bare(readout) and any(line.reason in DAMAGE for line in readout.rejected)
        return not damage and any(has_shape(shape, readout.data_sets) for shape in self._memory.pending)

    def _went_on(self, readout: Readout) -> bool:
        """Its clock shows what it cannot, and so it did in a session before, but it has gone on since."""
        sets = readout.data_sets
        went_on = is_newer(sets, self._memory.set_back) or stamp(sets) == self._memory.set_back == NO_MOMENT
        return went_on and self._is_untimely(readout) and (self._is_known(sets) or self._has_waited(readout))

    def without_copy(self, damaged: int = 0) -> Readout | None:
        """
        What can be handed out although no copy of it can be had, most of all the last readout; None if nothing.

        :param damaged: blocks of this session that were refused
        """
        if self._disturbed:
            return self.agreed()
        last = self._readouts[-1] if self._readouts else None
        if last and self._went_on(last):
            return self._learned(_vouched(last, 'copy', CLOCK_SET))
        self._wait()
        waiting = [readout for readout in self._readouts if not self._is_untimely(readout)
                   and not any(is_stale(readout.data_sets, stamp(other.data_sets)) for other in self._readouts)]
        best: Readout | None = None
        for index, readout in enumerate(waiting):
            part = self._part_without_copy(readout, tuple(waiting[:index]), damaged)
            agreed = part and not self._memory.shapes and index > 0     # of a first contact, rather than all of one
            if part and (not best or agreed or len(part.data_sets) >= len(best.data_sets)):
                best = part
        return best

    def _part_without_copy(self, readout: Readout, earlier: tuple[Readout, ...], damaged: int) -> Readout | None:
        bare, known = _is_bare(readout), self._is_known(readout.data_sets)
        if (bare or not self._memory.shapes) and (part := self._agreed_part(readout, earlier)):
            return part
        if not self._memory.shapes:
            return replace(readout, remarks=(*readout.remarks, FIRST))
        if damaged > (MOST_DAMAGED if known else 0) and not bare:
            return None
        return self._without_strangers(readout)

    def _agreed_part(self, readout: Readout, earlier: tuple[Readout, ...]) -> Readout | None:
        """Those data sets that an earlier readout has, too, and that belong to a known shape; None if they are few."""
        sets = readout.data_sets
        strange = self._strangers(sets) if self._memory.shapes else frozenset()
        agreed = frozenset().union(*(agreeing(copy.data_sets, sets) for copy in earlier))
        unsure = None if strange is None else strange | (frozenset(range(len(sets))) - agreed)
        if unsure is None or 2 * len(unsure) >= len(sets):
            return None
        return _unconfirmed(readout, unsure) if unsure else _vouched(readout, 'copy')

    def _wait(self) -> None:
        """The next session can bring the copy of what this one has."""
        memory = self._memory
        for readout in self._readouts:
            if self._is_untimely(readout):
                memory.set_back = stamp(readout.data_sets)
            if not self._is_known(readout.data_sets):
                memory.pending = tuple(dict.fromkeys((shape_of(readout.data_sets), *memory.pending)))[:MOST_PENDING]

    def _is_untimely(self, readout: Readout) -> bool:
        """By the meter's clock it is older than what was read before, or not of now; or the clock is none any more."""
        memory, sets = self._memory, readout.data_sets
        if is_stale(sets, memory.clock) or (stamp(sets) == NO_MOMENT and memory.clock not in ('', NO_MOMENT)):
            return True
        if memory.clock_differs is None:
            return False
        off = is_off(sets, memory.clock, _seconds(memory, self._answered), memory.clock_differs)
        return off > 0 or (off < 0 and 'crc' not in readout.checked)

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
        """
        See evidence/shapes.py; by the known shape that comes nearest.

        Where none comes near, by one that waits: of a table that has another form each time is known what is the same twice.
        """
        for shapes in (self._memory.shapes or (), self._waited):
            found = [strange for shape in shapes if (strange := strangers(shape, sets)) is not None]
            if found:
                return min(found, key=len)
        return None

    def agreed(self) -> Readout | None:
        """Of copies from a disturbed line the last, with what another one says, too; None if there is but one."""
        if not self._disturbed or len(self._readouts) < 2:
            return None
        readout = self._readouts[-1]
        others = {data_set for copy in self._readouts[:-1] for data_set in copy.data_sets}
        return _unconfirmed(readout, frozenset(i for i, data_set in enumerate(readout.data_sets) if data_set not in others))

    def next_telegram(self) -> None:
        """Another readout of this session begins; its predecessor can still be its copy."""
        if not self._disturbed:
            self._wait()
        self._waited = self._memory.pending
        del self._readouts[:-1]

    def _is_known(self, data_sets: tuple[DataSet, ...]) -> bool:
        return any(has_shape(shape, data_sets) for shape in self._memory.shapes or ())

    def _learned(self, readout: Readout) -> Readout:
        if self._confirm != 'never':
            remember(self._memory, readout.data_sets, self._answered)
            if _is_bare(readout):      # what came between two of them was damage
                self._memory.pending = tuple(shape for shape in self._memory.pending
                                             if strangers(shape, readout.data_sets) is None)
        return readout


def remember(memory: Memory, data_sets: tuple[DataSet, ...], answered: float | None = None) -> None:
    """
    This readout is one of the meter's: its shape is known from now on, if shapes are kept, and its clock is the last.

    :param answered: s, by the clock of the sessions: when the meter began to answer
    """
    if memory.shapes is None:
        return
    memory.shapes = learn(memory.shapes, data_sets)
    memory.pending = tuple(shape for shape in memory.pending if not has_shape(shape, data_sets))
    memory.set_back = ''
    if stamp(data_sets):
        differs = difference(data_sets, memory.clock, _seconds(memory, answered))
        if differs is not None:
            memory.clock_differs = max(differs, memory.clock_differs or 0.0)
        memory.clock, memory.answered = stamp(data_sets), answered


def _seconds(memory: Memory, answered: float | None) -> float | None:
    """s from the readout whose clock is remembered to one that began then."""
    return None if answered is None or memory.answered is None else answered - memory.answered


def _is_bare(readout: Readout) -> bool:
    """Nothing but parity protects it."""
    return not BLOCK_CHECKS.intersection(readout.checked)


NEW_SHAPE = Text('die Daten haben eine neue Form (Rückstellung, neue Firmware, anderer Zähler?), eine zweite Kopie bestätigt sie',
                 'the data has a new form (billing reset, new firmware, another meter?), confirmed by a second copy')
CLOCK_SET = Text('die Uhr des Zählers wurde gestellt, eine zweite Kopie bestätigt es',
                 "the meter's clock was set, confirmed by a second copy")
OTHER_SHAPE = Text('die Auslesung hat eine andere Form als zuvor, und keine zweite Kopie bestätigt sie',
                   'the readout has another form than before, and there is no second copy that confirms it')
NO_SHAPE = Text('es ist die erste Auslesung dieses Zählers, und keine zweite Kopie bestätigt sie',
                'it is the first readout of this meter, and there is no second copy that confirms it')
NOT_OF_NOW = Text('die Auslesung ist nach der Uhr des Zählers nicht von jetzt, und keine zweite Kopie bestätigt sie',
                  "by the meter's clock the readout is not of now, and there is no second copy that confirms it")
NO_COPY = Text('keine zweite Kopie bestätigt die Auslesung', 'there is no second copy that confirms the readout')
FIRST = Text('erste Auslesung dieses Zählers, noch ohne zweite Kopie: die nächste bestätigt sie',
             'first readout of this meter, without a second copy yet: the next one confirms it')


def _vouched(readout: Readout, by: str, remark: Text | None = None) -> Readout:
    remarks = (*readout.remarks, remark) if remark else readout.remarks
    return replace(readout, checked=(*readout.checked, by), remarks=remarks)


def _unconfirmed(readout: Readout, unsure: frozenset[int]) -> Readout:
    """The readout without those data sets that no copy has, too."""
    return _without(readout, unsure, UNCONFIRMED, Text(
        'zwei Kopien, die nicht gleich sind: {count} Datensätze weichen von der Kopie davor ab',
        'two copies that are not the same: {count} data sets differ from the copy before', {'count': len(unsure)}))


def _without(readout: Readout, indices: frozenset[int], reason: str, remark: Text) -> Readout:
    """The readout without the data sets of these indices."""
    kept = tuple(data_set for i, data_set in enumerate(readout.data_sets) if i not in indices)
    rejected = tuple(Rejected(str(readout.data_sets[i]), reason) for i in sorted(indices))
    return replace(readout, data_sets=kept, rejected=readout.rejected + rejected, remarks=(*readout.remarks, remark))
