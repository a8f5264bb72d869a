# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What the page asks of the plugin, and nothing else. Who changes the plugin's class is told by mypy what the page needs."""

from __future__ import annotations

import datetime
import logging
from typing import Protocol

from ..plugin.activity import Activity
from ..plugin.counting import Counting
from ..plugin.cycle import Cycle
from ..plugin.feeding import Bound
from ..plugin.history import History
from ..plugin.holding import Holding
from ..plugin.setup.bench import Bench
from ..reader.dialogue.line import Progress
from ..reader.identity import Identity
from ..reader.readout import Readout


class Time(Protocol):
    """SmartHomeNG's clock."""

    def now(self) -> datetime.datetime: ...
    def tzinfo(self) -> datetime.tzinfo: ...


class Plugin(Protocol):
    """The instance that a page belongs to."""

    @property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]: ...

    @property
    def language(self) -> str:
        """`de` or `en`."""

    @property
    def config_error(self) -> str:
        """What is wrong with the parameters, empty where nothing is."""

    @property
    def activity(self) -> Activity: ...

    @property
    def progress(self) -> Progress | None:
        """Of the running readout."""

    @property
    def read_at(self) -> float | None:
        """s, by `uptime`: the end of the last readout, None before the first."""

    @property
    def lifetime(self) -> float | None:
        """s after which a readout is an old one, None where none is expected."""

    @property
    def battery_rests(self) -> bool:
        """The meter lives on a battery and was read on request a short time ago."""

    @property
    def next_readout(self) -> datetime.datetime | None: ...

    @property
    def cycle(self) -> Cycle: ...

    @property
    def cycle_reason(self) -> str: ...

    @property
    def history(self) -> History: ...

    @property
    def setup(self) -> Bench: ...

    @property
    def holding(self) -> Holding: ...

    @property
    def counting(self) -> Counting: ...

    @property
    def known_shapes(self) -> int:
        """How many forms of readouts the meter is known to have."""

    @property
    def shtime(self) -> Time: ...

    def identity(self, readout: Readout | None = None) -> Identity: ...
    def bound_items(self) -> list[Bound]: ...
    def readout(self) -> str: ...
    def request_readout(self) -> bool: ...
    def accept_now(self) -> bool: ...
    def forget_shape(self) -> bool: ...
    def get_instance_name(self) -> str: ...
    def get_parameter_value(self, parameter_name: str) -> object: ...
