# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The reader of meters that talk IEC 62056-21. It knows nothing of SmartHomeNG: inside are relative imports only, and never
above this folder, so that it works as a part of the plugin and of a program alike.
"""
