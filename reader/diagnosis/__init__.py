# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Why a session failed, and what to do next."""

from .symptoms import CHECKS, KINDS, Finding, diagnose, good_share

__all__ = ['CHECKS', 'KINDS', 'Finding', 'diagnose', 'good_share']
