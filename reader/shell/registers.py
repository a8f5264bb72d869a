# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Single registers in the shell: read once, or followed until Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..dialogue.line import Stopped
from ..dialogue.registers import RegisterSession
from ..errors import ReadoutStopped
from ..memory import Memory
from ..readout import Readout
from ..session import Settings

FOLLOW_CYCLE = 1.0      # s from one reading to the next


def codes_of(written: str) -> tuple[str, ...]:
    """The codes of `--read`: with commas between; one inside of parentheses belongs to its code."""
    codes, depth = [''], 0
    for character in written:
        depth += (character == '(') - (character == ')')
        if character == ',' and not depth:
            codes.append('')
        else:
            codes[-1] += character
    return tuple(code.strip() for code in codes if code.strip())


def read(settings: Settings, codes: Sequence[str], follow: bool, stopped: Stopped) -> Iterator[Readout]:
    """
    These registers, once or each second until it is stopped.

    :raises MeterError: none of them was read
    """
    memory = Memory(shapes=() if settings.confirm == 'always' else None)
    with RegisterSession(settings, stopped=stopped, memory=memory) as session:
        while True:
            yield session.read(codes)
            if not follow:
                return
            try:
                session.wait(FOLLOW_CYCLE, stopped, codes[0])
            except ReadoutStopped:
                return


def lines(readout: Readout) -> str:
    """Each register in a line, as the meter writes values and units; what it did not tell after a #."""
    told = ''.join(f'{data_set}\n' for data_set in readout.data_sets)
    return told + ''.join(f'# {each.line}\n' for each in readout.rejected)
