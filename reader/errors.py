# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What can go wrong with a readout, and who is to blame: the port, the silence of the meter, or what it said.

    MeterError                 a readout failed; the next one may succeed
      PortError                the port cannot be opened, is busy, or was lost
      NoAnswer                 silence
      ProtocolError            bytes came, but not what the standard says
        SpeedRefused           the port cannot do the speed that is wanted
        ChecksumError          BCC or CRC does not fit
        Unconfirmed            undamaged, as far as can be seen, but a second copy is wanted
        NotRead                programming mode: what the meter said is no value, and why is known
      AnotherMeter             read without fault, but it is not the meter that was meant
      ReadoutStopped           the caller asked for the end; no fault
    SettingsError              a configuration that cannot be used (a ValueError)

Each can be said in the user's language by `text()`; `str()` is English.
"""

from __future__ import annotations

from .texts import Text


class _Spoken(Exception):
    def __init__(self, text: Text | str) -> None:
        super().__init__(str(text))
        self.said = text        # in both languages, if it is a Text

    def text(self, language: str) -> str:
        """What went wrong, in one sentence: `de`, else English."""
        return self.said.to(language) if isinstance(self.said, Text) else self.said


class MeterError(_Spoken):
    """A readout failed; the next one may succeed. `session` is what went over the line, if it came that far."""

    session: object = None


class PortError(MeterError):
    """The port cannot be opened, is busy, or was lost; `errno` tells which, if the system does."""

    def __init__(self, text: Text | str, number: int | None = None) -> None:
        super().__init__(text)
        self.errno = number


class NoAnswer(MeterError):
    """Silence: what was `awaited` did not come, an `identification` or the `data` after it."""

    def __init__(self, text: Text | str, awaited: str) -> None:
        super().__init__(text)
        self.awaited = awaited


class ProtocolError(MeterError):
    """Bytes came, but not what the standard says."""


class SpeedRefused(ProtocolError):
    """A port cannot do a speed (in Bd) that the meter goes to, or that is set; at another one its data is no data."""

    def __init__(self, port: str, baudrate: int) -> None:
        super().__init__(Text('{port} kann die Geschwindigkeit {baudrate} Bd nicht', '{port} cannot do {baudrate} Bd',
                              {'port': port, 'baudrate': baudrate}))


class ChecksumError(ProtocolError):
    """A block does not fit its BCC or CRC."""


class Unconfirmed(ProtocolError):
    """
    A block that looks undamaged, but nothing vouches for it enough: the line is `disturbed`, or it has a new shape.

    `readout` is what the block says, for those who know better. `damaged`: it seems to be damage that it differs.
    """

    def __init__(self, text: Text | str, disturbed: bool = False, readout: object = None, damaged: bool = False) -> None:
        super().__init__(text)
        self.disturbed = disturbed
        self.readout = readout
        self.damaged = damaged


class NotRead(ProtocolError):
    """In programming mode the meter says why it gives no value; `kind` is that of the finding, `values` its evidence."""

    def __init__(self, text: Text | str, kind: str, **values: object) -> None:
        super().__init__(text)
        self.kind, self.values = kind, values


class AnotherMeter(MeterError):
    """A meter answered that is not the one that was meant: its number is `found`, not `wanted`."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(Text('es antwortete der Zähler {found}, gelesen werden soll {wanted}',
                              'the meter {found} answered, to be read is {wanted}', {'found': found, 'wanted': wanted}))
        self.found, self.wanted = found, wanted


class ReadoutStopped(MeterError):
    """The caller's stopped() asked for the end."""


class SettingsError(_Spoken, ValueError):
    """A configuration cannot be used: a value that is missing, of another type, or out of its range."""
