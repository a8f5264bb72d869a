# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The shell command: `python3 dlms.py PORT` reads a meter and prints what it says.

    options      what can be said to the command: one table, and what is derived from it
    command      what is run, and with which exit code it ends
    terminal     the result goes to stdout, the talk to stderr, in the user's language
    formats      a readout as text, table or JSON
    configuring  a readout as a configuration: a section of etc/plugin.yaml, and items
    house        the installation of SmartHomeNG that it is for
    storing      the files that were asked for: recording, report
    ports        the serial ports of this computer
    detection    first contact: finding a meter, aiming the head

Each room is imported by itself, this file brings none: `command` imports what the first request needs, all else is loaded
while the meter is awaited, or never.
"""
