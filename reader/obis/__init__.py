# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
OBIS: what a readout says and what its codes mean. Each room is imported by itself, this file brings none: who only parses
loads no names and no conversions.

    codes          value groups, what a code is, which codes are counters and numbers of devices
    data_sets      the text of a readout to data sets, and what in it is none
    matching       which data sets a configured code means
    meanings       the meanings of value groups and codes, in German and English
    names          what a code means, composed of them
    conversions    a meter's text to a number, a date, a time
    suggestions    a readout to items, as a text

Pure: text in, data classes and texts out; no I/O, no state, standard library only. Arrows run upwards in this list.
"""
