# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What the page's tab for setting up does: find the meter, align the head, write etc/plugin.yaml and a file of items.

    bench.py          what the page asks for, and what outlives that the plugin is loaded anew
    task.py           one thing at a time in the background: searching, aligning
    sections.py       which sections of etc/plugin.yaml use which port
    plugin_yaml.py    the plugin's section of etc/plugin.yaml, changed without a byte of the rest
    items_file.py     the suggested items as a tree, and as a new file in items/

The page writes no file and opens no port itself: it asks the bench.
"""
