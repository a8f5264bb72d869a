# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a session (`Finding`), and how that is found out (`diagnose`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..errors import AnotherMeter, MeterError, NotRead, PortError, Unconfirmed
from ..session import Session
from .kinds import KINDS, Evidence, Kind, Suspects
from .ports import who_shares, why_not_opened
from .recording import Recording
from .symptoms import SYMPTOMS


@dataclass(frozen=True)
class Finding:
    """What is wrong: the `kind`, a key of `KINDS`, and the figures and names it was seen by."""

    kind: str
    evidence: Evidence = field(default_factory=dict)

    @property
    def _kind(self) -> Kind:
        return KINDS[self.kind]

    def title(self, language: str) -> str:
        """What is wrong in half a sentence, the same for all findings of this kind. `de`, else English."""
        return self._kind.title.to(language)

    def text(self, language: str) -> str:
        """What was seen and what it comes from: two sentences. `de`, else English."""
        return ' '.join(text.filled(self.evidence).to(language) for text in (self._kind.symptom, self._kind.cause))

    def advice(self, language: str) -> str:
        """What happened, and what to do."""
        return f'{self.text(language)} {self.remedy(language)}'

    def remedy(self, language: str) -> str:
        """The next step: two sentences, and perhaps a third that names other suspects. `de`, else English."""
        return self._kind.remedy.filled(self.evidence).to(language)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that the remedy is about, in its order."""
        also = self.evidence.get('also')
        return (*self._kind.parameters, *(also if isinstance(also, Suspects) else ()))


# of a session in which characters are missing: somebody else may have them
LOSSES = frozenset({
    'port_shared', 'silence', 'silence_despite_wakeup', 'no_telegram', 'only_echo', 'noise', 'bad_characters',
    'no_identification', 'acknowledgement_ignored', 'no_data', 'wrong_check', 'stx_missing', 'cut'})


def diagnose(error: MeterError, root: Path | None = Path('/')) -> Finding:
    """
    Why the readout failed that raised this error, by the session it carries.

    :param root: below it are dev, etc, proc and sys, which tell why a port cannot be opened and who else has it; None for a
        session that was recorded elsewhere
    """
    session = error.session
    if isinstance(error, AnotherMeter):
        return Finding('another_meter', {'found': error.found, 'wanted': error.wanted})
    if isinstance(error, Unconfirmed) and not error.disturbed:
        return Finding('waits_for_copy')
    if isinstance(error, NotRead):
        return Finding(error.kind, error.values)
    if isinstance(session, Session):
        recording = Recording(session)
        port = session.settings.serialport
        if isinstance(error, PortError) and root and not (recording.port_lost or recording.port_shared):
            return Finding(*why_not_opened(error, port, root))
        for kind, symptom in SYMPTOMS:
            evidence = symptom(recording)
            if evidence is not None:
                shared = who_shares(port, root) if root and kind in LOSSES else {}
                return Finding('port_shared', {'port': port, **shared}) if shared else Finding(kind, evidence)
    return Finding('unclear', {'error': error.said})
