# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a day as a user sees it at the core's default level, with an hour in which the meter is not heard.

    python3 tests/day_log.py

writes it anew into user_doc.rst, between its two marks: from noon to noon, in virtual time. The suite compares it with what
would be written.
"""

import functools
import logging
import sys
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT / 'tests') not in sys.path:
    sys.path.insert(0, str(ROOT / 'tests'))

import manual  # noqa: E402
from host import Host  # noqa: E402
from simulated_meter import Faults, MeterOptions, Simulation  # noqa: E402

PART = manual.Written('.. begin: log of a day, written by tests/day_log.py\n', '.. end: log of a day\n')
HOUR, DAY = 3600, 24 * 3600
SLIPPED = 6 * HOUR + 20 * 60        # s after the beginning, when the head has slipped, for an hour
DEFAULT_LEVEL = 'NOTICE'


class Lines(logging.Handler):
    """The lines of the plugin as the core's own format writes them, with the time of the host."""

    def __init__(self, host: Host) -> None:
        super().__init__(logging.getLevelName(DEFAULT_LEVEL))
        self.host = host
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        time = self.host.clock.now().strftime('%Y-%m-%d  %H:%M:%S')
        self.lines.append(f'{time} {record.levelname:8} {record.name:19} {record.getMessage()}')


def day() -> list[str]:
    """The lines from the start of the plugin on, of a meter that is read each minute and found again after an hour."""
    from plugins.dlms import dlms

    with Host({'serialport': '/dev/zaehler'}, language='de', start=False) as host:
        sound, slipped = (Simulation(MeterOptions(), faults, host.clock) for faults in (None, Faults(silent='always')))

        def open_port(settings, **how):
            heard = not SLIPPED <= host.clock.monotonic() < SLIPPED + HOUR
            return (sound if heard else slipped).open_port(settings, **how)

        lines = Lines(host)
        logging.getLogger('plugins.dlms').addHandler(lines)
        try:
            with mock.patch.object(dlms, 'query', functools.partial(dlms.query, clock=host.clock, open_port=open_port)):
                host.start()
                host.advance(DAY)
        finally:
            logging.getLogger('plugins.dlms').removeHandler(lines)
        return lines.lines


def text(lines: list[str]) -> str:
    """What belongs between the marks."""
    return '\n.. code-block:: text\n\n' + ''.join(f'   {line}\n' for line in lines) + '\n'


if __name__ == '__main__':
    PART.write(text(day()))
