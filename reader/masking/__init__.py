# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Recordings made unrecognizable, to be shown to others. Pure.

What may be shown is known: values that are measured, dates and times, units, codes, characters of the protocol, known types of
meters, versions and states. All else becomes X and 0.

    sessions.py     masked(): a whole session; what is known of a meter by it
    showing.py      a session as a text that can be read and posted
    stream.py       the characters that went one way
    runs.py         which of them came together, and of what kind they are
    telegram.py     what stands where in them
    values.py       what of a data set stays, by its code and form
    meters.py       known types
    numbers.py      numbers that were seen once, wherever they stand
    variants.py     how a value is masked
    characters.py   how a character is masked
    likeness.py     what a reader compares: alike stays alike
    checks.py       check characters made anew
"""

from .sessions import masked, numbers_of
from .showing import post, shown

__all__ = ['masked', 'numbers_of', 'post', 'shown']
