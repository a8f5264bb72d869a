# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Why a session failed, and what to do next: an error with its recording in, a `Finding` out, said in German and English.

    finding.py        Finding, and diagnose(), which makes one
    kinds.py          the kinds of finding: what there is to say of each. Only texts
    symptoms.py       what speaks for a kind: questions to the recording, in an order that counts
    recording.py      a session taken apart: what was sent, what came of it, how far the meter got
    characters.py     how good characters are: right, damaged, of another speed
    ports.py          what the computer says of a port that could not be opened

A new kind of failure is one entry in KINDS, one function and one row in SYMPTOMS, and one row in the table of
tests/test_diagnosis.py; the manual's table of failures is written from KINDS.
"""

from .finding import Finding, diagnose

__all__ = ['Finding', 'diagnose']
