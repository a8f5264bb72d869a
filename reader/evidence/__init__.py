# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What speaks for a readout beside its check characters: the second net. Pure.

    forms       the form of a value: how many digits before and after the point, letters, unit
    shapes      the shape of a readout: its codes in order, with the forms of their values; what a new one makes of it
    moments     whether it can be one of now, by the meter's clock
    copies      whether two readouts say the same, values moved as a meter's may

Parity, BCC and CRC are made over what came; XOR is blind for lost pairs and for order. But a meter sends the same codes in
the same order with values of the same form, every time, and so a readout of a known shape has hardly lost a character. Another
shape is possible (a billing reset, a new firmware, another meter), but seldom: it needs a second copy once, and is known then.
"""
