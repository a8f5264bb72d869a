# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The manual's table of symptoms, causes and remedies: the diagnosis' own German texts.

    python3 tests/manual_table.py

writes it anew into user_doc.rst, between its two marks. The suite compares it with what would be written.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from reader import diagnosis  # noqa: E402

MANUAL = ROOT / 'user_doc.rst'
BEGIN = '.. begin: kinds of failure, written by tests/manual_table.py\n'
END = '.. end: kinds of failure\n'
HEAD = """
.. list-table::
   :header-rows: 1
   :widths: 32 33 35

   * - Was zu sehen ist
     - Woran es liegt
     - Was hilft
"""
# what Sphinx would otherwise set with typographic dashes and quotes, and the settings
LITERAL = re.compile(r'python3 dlms\.py --[\w-]+|--[\w-]+|/dev/[\w/-]+|\b(?:dtr|rts|baudrate_fix|use_checksum|only_listen|'
                     r'device_address|max_duration|serialport|querycode|checksum|wakeup|parity|timeout|baudrate|'
                     r'latency_timer)\b(?:: \w+)?')


def table() -> str:
    """What belongs between the marks."""
    rows = []
    for kind in diagnosis.KINDS.values():
        for lead, text in zip(('   * - ', '     - ', '     - '), (kind.symptom('de'), kind.cause('de'), kind.remedy('de')),
                              strict=True):
            rows.append(lead + LITERAL.sub(r'``\g<0>``', text))
    return HEAD + '\n'.join(rows) + '\n\n'


def split(manual: str) -> tuple[str, str, str]:
    """What is before, between and behind the marks."""
    before, rest = manual.split(BEGIN)
    between, behind = rest.split(END)
    return before + BEGIN, between, END + behind


if __name__ == '__main__':
    before, _, behind = split(MANUAL.read_text(encoding='utf-8'))
    MANUAL.write_text(before + table() + behind, encoding='utf-8')
