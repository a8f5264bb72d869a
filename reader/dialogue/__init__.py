# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The dialogue with a meter: from a closed port to a readout that was checked with everything the meter offers.

    port            opens it, and sees to it that one reader uses it at a time
    line            an open port with deadlines and a recorder
    ladder          how to acknowledge, and what a line gets that cannot carry the offered speed (a pure table)
    copies          what a readout from a line that cannot be trusted needs: another one that says the same (pure)
    conversation    the state of one conversation; receives blocks and accepts them
    asking          modes A, B and C: request, identification, acknowledgement, data
    listening       mode D: telegrams that come by themselves
    answers         what a meter says to a question in programming mode, and whether it belongs to it (pure)
    programming     a session in programming mode: single registers
    query           the two ways in: `query` and `listen`
    registers       the ways in to single registers
    stored          readouts and sessions that were stored

The rules, in short. A damaged block is asked for once more: by NAK in mode C, else, and when that does not help, by a whole
new dialogue, once. Where the line was disturbed, in two of the last ten sessions or more than once in this one, a block that
looks undamaged needs a second copy that says the same. A speed that the meter offers and the line does not carry twice in a
row is given up for 300 Bd, and tried again after ten readouts or an hour (6.4.3.2 leaves nothing between).
"""
