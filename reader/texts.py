# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
How a sentence for a user is said in two languages: the one place that knows which. Pure.

    Text('{port} ist belegt[: {holder}]', '{port} is busy[: {holder}]', {'port': '/dev/ttyUSB0'})

Gaps are those of `str.format`. A part in square brackets is there only if all its gaps have a value; a gap outside of
them must have one. What fills a gap cannot spoil the sentence: a number with a fraction is written as the language does
it (3.0 as 3, 0.8 as 0,8 in German), a value that is a Text itself is said in the same language, and a character that no
terminal should get becomes U+FFFD.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LANGUAGES = ('de', 'en')

_OPTIONAL = re.compile(r'\[([^][]*{[^][]*)\]')      # brackets without a gap are text
_GAP = re.compile(r'{(\w+)')


@dataclass(frozen=True)
class Text:
    """A German and an English sentence with the same gaps, and the `values` that fill them."""

    de: str
    en: str
    values: Mapping[str, object] = field(default_factory=dict)

    def filled(self, values: Mapping[str, object]) -> Text:
        """The same sentence with these values."""
        return Text(self.de, self.en, values)

    def to(self, language: str) -> str:
        """
        The sentence in a language: `de`, else English.

        :raises KeyError: a gap that is not optional has no value
        """
        template = self.de if language == 'de' else self.en
        return _Writer(language).vformat(_OPTIONAL.sub(self._part, template), (), self.values)

    def _part(self, optional: re.Match[str]) -> str:
        return optional[1] if self.values.keys() >= set(_GAP.findall(optional[1])) else ''

    def __str__(self) -> str:
        return self.to('en')


class _Writer(string.Formatter):
    """`str.format` that writes values as a language does."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Text):
            value = value.to(self.language)
        if isinstance(value, float):
            text = format(value, format_spec or 'g')
            return text.replace('.', ',') if self.language == 'de' else text
        return ''.join(c if c.isprintable() else '\N{REPLACEMENT CHARACTER}' for c in format(value, format_spec))
