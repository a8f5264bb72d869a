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
    """
    A German and an English sentence, and the `values` that fill their gaps, which are written as for `str.format`.

    Without values it is taken as it stands, whatever it holds.
    """

    de: str
    en: str
    values: Mapping[str, object] = field(default_factory=dict)

    def to(self, language: str) -> str:
        """The sentence in a language: `de`, else English."""
        text = self.de if language == 'de' else self.en
        if not self.values:
            return text
        return _GERMAN.vformat(text, (), self.values) if language == 'de' else text.format_map(self.values)

    def __str__(self) -> str:
        return self.to('en')


class _German(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        return text.replace('.', ',') if isinstance(value, float) else text


_GERMAN = _German()
