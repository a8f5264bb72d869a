# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""How the page writes texts, moments and numbers, in the user's language."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal

from .surface import Time


class Words:
    """
    One page's way to write.

    :param translate: German text and the values of its braces to the user's language
    :param language: `de`, else English
    """

    def __init__(self, translate: Callable[[str, dict[str, object]], str], language: str, time: Time) -> None:
        self.language = language
        self._translate = translate
        self._time = time

    def say(self, text: str, /, **values: object) -> str:
        """A text of locale.yaml."""
        return self._translate(text, values)

    def moment(self, moment: float | datetime.datetime | None, full: bool = False) -> str:
        """An epoch or a moment; without the date if that is today's, unless it shall be there in full. None is empty."""
        if isinstance(moment, int | float):
            moment = datetime.datetime.fromtimestamp(moment, self._time.tzinfo())
        if not isinstance(moment, datetime.datetime):
            return ''
        if not full and moment.date() == self._time.now().date():
            return f'{moment:%H:%M:%S}'
        return f'{moment:%d.%m.%Y %H:%M:%S}' if self.language == 'de' else f'{moment:%Y-%m-%d %H:%M:%S}'

    def wall(self, time: float) -> int:
        """An epoch as ms of the clock on the wall, so that the time zone of the browser does not matter."""
        moment = datetime.datetime.fromtimestamp(time, self._time.tzinfo())
        return round(moment.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)

    def number(self, number: float, digits: int | None = None) -> str:
        """With so many digits after the mark, by default with all that it has."""
        text = str(number) if digits is None else f'{number:.{digits}f}'
        return text.replace('.', ',') if self.language == 'de' else text

    def exact(self, number: Decimal) -> str:
        """With all the digits that it has."""
        text = f'{number:f}'
        return text.replace('.', ',') if self.language == 'de' else text

    def begin(self, day: datetime.date) -> float:
        """Epoch of its beginning."""
        return datetime.datetime.combine(day, datetime.time(), self._time.tzinfo()).timestamp()

    def day(self, day: datetime.date) -> str:
        """Without the year."""
        return f'{day:%d.%m.}' if self.language == 'de' else f'{day:%m-%d}'

    def month(self, day: datetime.date) -> str:
        return f'{day:%m.%Y}' if self.language == 'de' else f'{day:%Y-%m}'

    def short(self, moment: float, day: datetime.date | None) -> str:
        """The hour, and the date if it is not of that day."""
        at = datetime.datetime.fromtimestamp(moment, self._time.tzinfo())
        hour = f'{at.hour}:{at:%M}'
        return hour if at.date() == day else f'{self.day(at.date())} {hour}'
