# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated meter is asked or heard in virtual time, and what came is compared with what it sent."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import captures
import dlms
from reader.dialogue.port import READ_TIMEOUT  # how exactly the reader keeps its deadlines: the only inner name
from reader.memory import DISTURBED_SESSIONS
from simulated_meter import Faults, MeterOptions, Simulation

DISTURBED = (True,) * DISTURBED_SESSIONS        # Memory(disturbed=...) of a line that is not trusted


def opener(simulation: Simulation) -> Callable[[dlms.Settings], Any]:
    """What query() and listen() take as `open_port`: the simulation's port, its reads as short as the reader's own."""
    return lambda settings: simulation.open_port(settings, timeout=READ_TIMEOUT)


def ask(options: MeterOptions | None = None, faults: Faults | None = None, *, simulation: Simulation | None = None,
        memory: Any = None, stopped: Any = None, progress: Any = None,
        **config: Any) -> tuple[dlms.Readout | dlms.MeterError, Simulation]:
    """
    One query() of a new meter, or of the simulation's: its readout or error, and the simulation.

    Afterwards the port is closed, and what came of it carries the session. `config` are the reader's settings.
    """
    simulation = simulation or Simulation(options and replace(options), faults)
    try:
        outcome: dlms.Readout | dlms.MeterError = dlms.query(
            {'serialport': 'sim', **config}, clock=simulation.clock, memory=memory, stopped=stopped, progress=progress,
            open_port=opener(simulation))
    except dlms.MeterError as error:
        outcome = error
    assert simulation.port is None
    assert isinstance(outcome.session, dlms.Session) and outcome.session.events[0].kind == 'opened'
    return outcome, simulation


# Both in the same form: (code, ((value, unit), ...)) of each data set.

def found(readout: dlms.Readout) -> list[tuple]:
    """The data sets of a readout."""
    return captures.plain(readout.data_sets)


def sent(simulation: Simulation, index: int = -1) -> list[tuple]:
    """The data sets that the meter sent in its last block, or in another one."""
    return [(code, tuple(values)) for code, values in simulation.meter.sent[index].registers]


def wrong_values(readout: dlms.Readout, simulation: Simulation) -> tuple[tuple, ...]:
    """The data sets of a readout that the meter has never sent."""
    meant = {data_set for index in range(len(simulation.meter.sent)) for data_set in sent(simulation, index)}
    return tuple(data_set for data_set in found(readout) if data_set not in meant)


def seven_bits(data: bytes) -> bytes:
    """Characters without their parity."""
    return bytes(character & 0x7F for character in data)


def messages_sent(session: dlms.Session) -> list[bytes]:
    """What the reader sent, without parity."""
    return [seven_bits(e.data) for e in session.events if e.kind == 'sent']


def brief(value: Any) -> str:
    """For the names of tests: of a meter only what is not as usual."""
    if not isinstance(value, MeterOptions):
        return str(value)
    usual = MeterOptions()
    return ','.join(f'{f.name}={getattr(value, f.name)}' for f in fields(value) if f.name != 'identification'
                    and getattr(value, f.name) != getattr(usual, f.name)) or 'usual'
