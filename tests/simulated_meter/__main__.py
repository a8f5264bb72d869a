# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""`python3 tests/simulated_meter`: the folder as a program."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)      # not the folder itself: its rooms are no modules of their own

from simulated_meter.command import main

sys.exit(main())
