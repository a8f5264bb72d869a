# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What an item of each type makes of a value; ValueError, TypeError or SyntaxError if it does not fit."""

import ast


def cast_str(value):
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ValueError(value)


def cast_num(value):
    if isinstance(value, str):
        value = value.strip() or 0
    if isinstance(value, float):
        return value
    for number in (int, float):
        try:
            return number(value)
        except (TypeError, ValueError, OverflowError):
            continue
    raise ValueError(value)


def cast_bool(value):
    if isinstance(value, str):
        value = value.lower()
        falsy, truthy = ('0', 'false', 'no', 'off', ''), ('1', 'true', 'yes', 'on')
    else:
        falsy, truthy = (0,), (1,)
    if isinstance(value, (str, int, float)) and value in falsy + truthy:
        return value in truthy
    raise ValueError(value)


def cast_foo(value):
    return value


def cast_list(value):
    return _literal(value, list)


def cast_dict(value):
    return _literal(value, dict)


def _literal(value, kind):
    if isinstance(value, str):
        value = ast.literal_eval(value)
    if isinstance(value, kind):
        return value
    raise ValueError(value)
