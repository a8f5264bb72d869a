# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The log levels that SmartHomeNG adds to Python's."""

import logging


class Logs:
    """Holds the numbers of the additional levels and gives every logger the methods for them."""

    NOTICE_level = 29
    DBGHIGH_level = 13
    DBGMED_level = 12
    DBGLOW_level = 11
    DEVELOP_level = 9

    def __init__(self, sh):
        self._sh = sh

    def add_logging_level(self, description, value):
        def log_for_level(logger, message, *args, **kwargs):
            logger.log(value, message, *args, **kwargs)

        logging.addLevelName(value, description)
        setattr(logging.Logger, description.lower(), log_for_level)
