# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""How a sentence for a user is said in two languages: the one place that knows which. Pure."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LANGUAGES = ('de', 'en')


@dataclass(frozen=True)
class Text:
    """A German and an English sentence with the same gaps, as `str.format` knows them, and the `values` that fill them."""

    de: str
    en: str
    values: Mapping[str, object] = field(default_factory=dict)

    def to(self, language: str) -> str:
        """The sentence in a language: `de`, else English."""
        if language == 'de':
            return _GERMAN.vformat(self.de, (), self.values)
        return self.en.format_map(self.values)

    def __str__(self) -> str:
        return self.to('en')


class _German(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        return text.replace('.', ',') if isinstance(value, float) else text


_GERMAN = _German()
