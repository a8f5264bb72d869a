# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated meter as a program."""

import argparse
import signal
from collections.abc import Sequence
from dataclasses import fields
from types import FrameType

from .clock import RealClock
from .doors import PTY_WAKE_UP_GAP, PtyDoor
from .options import Faults, MeterOptions, truth
from .port import Simulation


def main(arguments: Sequence[str] | None = None) -> int:
    """`python3 tests/simulated_meter`: a meter on a pty until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog='simulated_meter', description='A simulated IEC 62056-21 meter on a pseudo terminal; '
                                     'prints its name.')
    parser.add_argument('--link', metavar='PATH', help='symbolic link to the pseudo terminal')
    parser.add_argument('--parity', action='store_true', help='characters with their parity in bit 7')
    for kind in (MeterOptions, Faults):
        group = parser.add_argument_group(str(kind.__doc__))
        for each in fields(kind):
            if kind is Faults and each.name == 'seed':
                continue
            flag = {'nargs': '?', 'const': ''} if each.metadata['parse'] is truth else {}
            group.add_argument(f'--{each.name.replace("_", "-")}', help=each.metadata['help'].replace('%', '%%'),
                               metavar='0|1' if flag else None, **flag)
    given = vars(parser.parse_args(arguments))
    link, parity = given.pop('link'), given.pop('parity')
    texts = {'framing': '7E1' if parity else '8N1', 'strict_parity': '0', 'wakeup_gap': str(PTY_WAKE_UP_GAP)}
    texts.update({name: text for name, text in given.items() if text is not None})
    try:
        simulation = Simulation.from_texts(texts, RealClock())
    except (ValueError, OSError) as problem:
        parser.error(str(problem))
    door = PtyDoor(link=link, simulation=simulation)

    def stop(number: int, frame: FrameType | None) -> None:
        door.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(door.name, flush=True)
    door.run()
    return 0
