# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Conversions that plugins inherit."""


class Utils:
    """Mixed into every SmartPlugin."""

    @staticmethod
    def is_int(string):
        try:
            int(string)
        except (TypeError, ValueError):
            return False
        return True

    @staticmethod
    def is_float(string):
        try:
            float(string)
        except (TypeError, ValueError):
            return False
        return True

    @staticmethod
    def to_bool(value, default='exception'):
        """Words of a configuration file as bool; anything else than text by its truth value."""
        if not isinstance(value, str):
            return bool(value)
        word = value.lower()
        if word in ('yes', 'y', 'true', 't', '1', 'on'):
            return True
        if word in ('no', 'n', 'false', 'f', '0', 'off', ''):
            return False
        if default == 'exception':
            raise Exception(f'no bool: {value}')
        return default

    @staticmethod
    def strip_quotes(string):
        """Text without blanks around it and without one pair of quotes; other types as they are."""
        if not isinstance(string, str):
            return string
        text = string.strip()
        quoted = len(text) >= 2 and text[0] in '"\'' and text[-1] == text[0] and text.count(text[0]) == 2
        return text[1:-1] if quoted else text

    @staticmethod
    def string_to_list(string):
        """`'[a, b]'` split at its commas (elements without quotes are numbers), other text as its only element."""
        if not isinstance(string, str) or not string:
            return string
        if not string.startswith('['):
            return [string]
        return [Utils._element(part.strip()) for part in string.strip('[]').split(',')]

    @staticmethod
    def _element(text):
        bare = Utils.strip_quotes(text)
        if bare != text:
            return bare
        return float(text) if '.' in text else int(text)
