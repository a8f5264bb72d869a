# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What one session with a meter leaves to the next ones. Pure.

How reliable the line is, at which speed a meter was heard that sends by itself, and the rung of the ladder that the
standard leaves for a line that cannot carry the offered speed (6.4.3.2): a meter of mode C goes to its own Z or stays at
300 Bd, nothing is between. Who queries owns the memory; a recording holds the one its session began with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, NamedTuple

OFFERED, ACKNOWLEDGE_0, UNACKNOWLEDGED = range(3)       # the rungs

FAILURES_BEFORE_STEP = 2        # sessions on a rung, in a row
READOUTS_BEFORE_TRIAL = 10      # until the offered speed is tried again
TIME_BEFORE_TRIAL = 3600.0      # s, the same
RECENT_SESSIONS = 10            # in which a line shows whether it is disturbed
DISTURBED_SESSIONS = 2          # so many of them make it so; one may have been a hand at the head
SESSIONS_TO_KNOW = 4            # a meter's shortest reaction: with many it varies, and adapters hold characters back
MOST_REGISTERS = 100
ACCEPTED, DOUBTED, REFUSED = 'accepted', 'doubted', 'refused'       # a password
LONGEST_REACTION = 60.0         # s; no meter has one of that length, not even behind a network


class Asked(NamedTuple):
    """How a register is asked for, and how the meter answers that."""

    code: str               # as it is configured
    command: str            # R1, R2, R5 or R6; empty where the meter does not know it
    address: str
    answered: str           # the name in the answer: `=` as asked, by its groups at least; empty for none; else another
    shape: str = ''         # of the answer, see evidence/shapes.py


@dataclass
class Memory:
    """What is remembered of one meter at one port."""

    heard_at: int | None = None         # Bd, at which it was heard sending by itself
    disturbed: tuple[bool, ...] = ()    # of the last sessions: whether characters with wrong parity came
    damaged: tuple[bool, ...] = ()      # the same: whether data was damaged in any way
    rung: int = OFFERED                 # of the ladder; `choose_rung` says which one to take
    failures: int = 0                   # sessions in a row that failed on this rung
    readouts: int = 0                   # since the offered speed was tried
    tried: float | None = None          # s, by the clock of the sessions: when that was
    reaction: float | None = None       # s, in which this meter answers a request at the earliest
    shapes: tuple[str, ...] | None = None   # of its readouts, see evidence/shapes.py; None: they are not kept
    clock: str = ''                     # of the meter in its last readout, see evidence/moments.py
    pending: tuple[str, ...] = ()       # the shapes of readouts that wait for their copy, the last one first
    set_back: str = ''                  # the clock in one that waits since it cannot show that
    answered: float | None = None       # s, by the clock of the sessions: when the readout with this clock began
    clock_differs: float | None = None  # s, by which this clock and ours have differed from readout to readout
    keeps_pace: bool = True             # of the port: characters come as fast as they are on the wire
    head: str = ''                      # the name of its port that stays the same, see dialogue/heads.py
    number: str = ''                    # of the meter in its last readout
    characters: int = 0                 # of the block of its last readout
    registers: tuple[Asked, ...] = ()   # those that were asked for in programming mode
    register_check: str = ''            # how the check is made there: xor or sum
    bears: float = 0.0                  # s of silence after which a session in programming mode went on
    deaf_after: float = 0.0             # s of silence after which one was over; 0: not known
    session_speed: int = 0              # Bd of the last session there
    stays_at: int = 0                   # Bd at which it hears a request after a session; 0: as usual
    password: str = ''                  # the one that is set was accepted, doubted (not accepted once more) or refused

    @property
    def distrust(self) -> bool:
        """The line was disturbed more than once lately."""
        return sum(self.disturbed) >= DISTURBED_SESSIONS

    @property
    def least_reaction(self) -> float:
        """s; this meter has never answered earlier, 0 as long as too little is known of it."""
        return self.reaction if self.reaction and len(self.disturbed) >= SESSIONS_TO_KNOW else 0.0

    @property
    def doubt(self) -> bool:
        """Data was damaged on this line more than once lately."""
        return sum(self.damaged) >= DISTURBED_SESSIONS

    def heard(self, characters: int, wrong: int, damaged: bool) -> None:
        """A session had so many characters, so many of them with wrong parity, and data was damaged or not."""
        if characters:
            self.disturbed = (*self.disturbed, wrong > 0)[-RECENT_SESSIONS:]
            self.damaged = (*self.damaged, damaged)[-RECENT_SESSIONS:]

    def choose_rung(self, now: float) -> int:
        """The rung for the first dialogue of a session: every tenth readout, or hourly, the offered speed again."""
        if self.tried is None:
            self.tried = now
        due = self.readouts >= READOUTS_BEFORE_TRIAL or now - self.tried >= TIME_BEFORE_TRIAL
        return OFFERED if due else self.rung

    def succeeded(self, rung: int) -> None:
        """A session gave a readout on this rung."""
        self.failures = 0
        self.readouts += 1
        if rung == OFFERED:
            self.rung = OFFERED

    def tried_offered_speed(self, now: float) -> None:
        """The offered speed is tried now."""
        self.tried, self.readouts = now, 0

    def failed(self) -> None:
        """A session failed after the identification, on the lasting rung."""
        self.failures += 1
        if self.failures >= FAILURES_BEFORE_STEP and self.rung < UNACKNOWLEDGED:
            self.rung += 1
            self.failures = self.readouts = 0

    def cannot_offered(self) -> None:
        """The port does not do the offered speed."""
        if self.rung == OFFERED:
            self.rung, self.failures, self.readouts = ACKNOWLEDGE_0, 0, 0

    # in programming mode

    def asked(self, code: str) -> Asked | None:
        """What is known of this register."""
        return next((asked for asked in self.registers if asked.code == code), None)

    def learn_register(self, asked: Asked) -> None:
        """That is how this register is asked for; what was known of it before counts no more."""
        known = {other.code: other for other in self.registers} | {asked.code: asked}
        self.registers = tuple(known.values())[-MOST_REGISTERS:]

    def password_accepted(self) -> None:
        """The meter took it."""
        self.password = ACCEPTED

    def password_refused(self) -> None:
        """Meters lock after three tries: one that was never taken is tried once, one that was twice, and never again."""
        self.password = DOUBTED if self.password == ACCEPTED else REFUSED

    def forget_shapes(self) -> None:
        """The next readout is the first of its meter."""
        self.shapes, self.pending, self.clock, self.set_back, self.answered, self.registers = (), (), '', '', None, ()

    # in a recording or a file

    def copy(self, now: float) -> Memory:
        """What is remembered now, its times counted from now."""
        return replace(self, tried=None if self.tried is None else self.tried - now,
                       answered=None if self.answered is None else self.answered - now)

    def to_json(self) -> dict[str, Any]:
        """What differs from an empty memory, as JSON knows it."""
        empty = Memory()
        return {name: value for name, value in asdict(self).items() if value != getattr(empty, name)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Memory:
        """
        The memory stored like that; names that are not known are passed over.

        :raises ValueError, TypeError: it is none
        """
        known = {field.name: type(field.default) for field in fields(cls)}
        memory = cls(**{name: value for name, value in stored.items() if name in known})
        memory.disturbed, memory.damaged = tuple(map(bool, memory.disturbed)), tuple(map(bool, memory.damaged))
        memory.shapes = None if memory.shapes is None else tuple(map(str, memory.shapes))
        memory.pending = tuple(map(str, memory.pending))
        memory.registers = tuple(Asked(*map(str, asked)) for asked in memory.registers)
        for name, kind in known.items():
            kinds = _OPTIONAL.get(name, (kind,))
            if type(getattr(memory, name)) not in kinds:
                raise TypeError(f'{name} is {getattr(memory, name)!r}')
        if not OFFERED <= memory.rung <= UNACKNOWLEDGED or not 0 <= (memory.reaction or 0) <= LONGEST_REACTION:
            raise ValueError(f'rung {memory.rung}, reaction {memory.reaction}')
        return memory


_NOTHING = type(None)
_OPTIONAL: Mapping[str, tuple[type, ...]] = {
    'heard_at': (_NOTHING, int), 'tried': (_NOTHING, int, float), 'reaction': (_NOTHING, int, float),
    'answered': (_NOTHING, int, float), 'clock_differs': (_NOTHING, int, float), 'shapes': (_NOTHING, tuple),
    'bears': (int, float), 'deaf_after': (int, float)}
