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
from dataclasses import fields
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import manual  # noqa: E402
from reader.diagnosis.kinds import KINDS  # noqa: E402
from reader.session import Settings  # noqa: E402

PART = manual.Written('.. begin: kinds of failure, written by tests/manual_table.py\n', '.. end: kinds of failure\n')
HEAD = """
.. list-table::
   :header-rows: 1
   :widths: 32 33 35

   * - Was zu sehen ist
     - Woran es liegt
     - Was hilft
"""
# what Sphinx would otherwise set with typographic dashes and quotes, and the settings
PARAMETERS = '|'.join(field.name for field in fields(Settings))
LITERAL = re.compile(rf'python3 dlms\.py --[\w-]+|--[\w-]+|/dev/[\w/-]+|\b(?:latency_timer|{PARAMETERS})\b(?:: \w+)?')


def table() -> str:
    """What belongs between the marks."""
    rows = []
    for kind in KINDS.values():
        for lead, text in zip(('   * - ', '     - ', '     - '), (kind.symptom, kind.cause, kind.remedy), strict=True):
            rows.append(lead + LITERAL.sub(r'``\g<0>``', text.to('de')))
    return HEAD + '\n'.join(rows) + '\n\n'


if __name__ == '__main__':
    PART.write(table())
