# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
What speaks for a kind of finding: questions to the recording, asked in the order of `SYMPTOMS`. Pure.

A symptom gives its evidence, or None where it is not to be seen; the first one that is seen decides. So each may rely on
those before it: that not all was silent, that the protocol is ours, that an identification came. They go the way of a
session: port, silence, other protocols, speed and parity, the dialogue after the identification, the data.

Evidence has a figure or a name for the gaps in the texts of its kind and for nothing else. Figures that were measured are
rounded as a sentence wants them; settings are quoted as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import ChecksumError
from ..session import PARITY_UNSEEN, SPEED_REFUSED, Settings
from ..wire.characters import text_share, wire_time
from ..wire.messages import START_SPEED
from .characters import (
    LEAST_CHARACTERS,
    PATTERN_CHARACTERS,
    SPEEDS,
    is_garbage,
    shows_parity,
    slower_senders,
    with_high_bit,
    wrong_parity,
)
from .kinds import Evidence, Suspects
from .recording import Exchange, Recording, Transmission

Symptom = Callable[[Recording], 'Evidence | None']

LONGEST_REACTION = 1.5          # s, tr, and what a meter waits for an acknowledgement at least, tt (6.4.3)
LEAST_TIMEOUT = 1.7             # s; the longest reaction time and the delays of an adapter
PLAIN_SHARE = 0.25              # of characters without parity at least, that look as if they had a wrong one
MOST_ANSWERS = 2                # identification and data are what a request can bring
BURST_GAP = 0.5                 # s; parts of an answer are closer
REPEATED_LINE = 12              # characters; so long a line comes only once in a readout


def _rounded(figure: float) -> float:
    """Two digits, from 10 on none after the point."""
    return float(f'{figure:.0f}' if abs(figure) >= 10 else f'{figure:.2g}')


# -- the port --------------------------------------------------------------------------------------------------------

def _port_lost(recording: Recording) -> Evidence | None:
    if not recording.port_lost:
        return None
    return {'port': recording.settings.serialport, 'seconds': _rounded(recording.seconds), 'count': len(recording.received)}


def _port_shared(recording: Recording) -> Evidence | None:
    return {'port': recording.settings.serialport} if recording.port_shared else None


def _speed_refused(recording: Recording) -> Evidence | None:
    """The speed that the meter offers, or the one that is set."""
    if not recording.has(SPEED_REFUSED):
        return None
    best, settings = recording.best, recording.settings
    return {'port': settings.serialport, 'speed': best.identification.baudrate if best else settings.baudrate}


# -- silence ---------------------------------------------------------------------------------------------------------

def _also(settings: Settings, *named: str) -> Evidence:
    """What else can make a sound meter silent that is asked, but for what the remedy names anyway."""
    if settings.only_listen:
        return {}
    suspects = ['timeout'] if settings.timeout < LEAST_TIMEOUT else []
    suspects += [name for name in ('device_address', 'parity', 'querycode', 'baudrate')
                 if getattr(settings, name) != getattr(Settings, name)]
    others = Suspects({name: getattr(settings, name) for name in suspects if name not in named})
    return {'also': others} if others else {}


def _no_time_to_answer(recording: Recording) -> Evidence | None:
    """`max_duration` was over before a meter that was asked can have answered."""
    limit = recording.settings.max_duration
    return {'limit': limit} if recording.silent and not recording.listening and recording.seconds >= limit else None


def _head_unpowered(recording: Recording) -> Evidence | None:
    off = [name.upper() for name in ('dtr', 'rts') if not getattr(recording.settings, name)]
    return {'lines': ', '.join(off), **_also(recording.settings)} if off and recording.silent else None


def _timeout_short(recording: Recording) -> Evidence | None:
    """Nothing came, or nothing after the identification, but not so long was waited as a meter may take."""
    settings, best = recording.settings, recording.best
    if settings.timeout >= LEAST_TIMEOUT or recording.listening:
        return None
    if best and not best.answer.strip(b'\0'):
        return {'timeout': settings.timeout}
    return {'timeout': settings.timeout, **_also(settings, 'timeout')} if recording.silent else None


def _no_answer_to_address(recording: Recording) -> Evidence | None:
    address = recording.settings.device_address
    if not address or not recording.silent or recording.listening:
        return None
    return {'address': address, **_also(recording.settings, 'device_address')}


def _request_without_parity(recording: Recording) -> Evidence | None:
    if recording.settings.parity != 'none' or not recording.silent or recording.listening:
        return None
    return _also(recording.settings, 'parity')


def _no_telegram(recording: Recording) -> Evidence | None:
    if not recording.silent or not recording.listening:
        return None
    return {'seconds': _rounded(recording.seconds)}


def _request_with_parity(recording: Recording) -> Evidence | None:
    """Where a program may be behind the port, which is no question where a UART is."""
    settings = recording.settings
    program = (settings.serialport.startswith('socket://') if settings.parity == 'auto'
               else settings.parity == 'software' and settings.serialport.startswith(('socket://', '/dev/pts/')))
    if not program or not recording.silent or recording.listening:
        return None
    return {'seconds': settings.timeout, **_also(settings, 'parity')}


def _silence_despite_wakeup(recording: Recording) -> Evidence | None:
    return _silence(recording) if recording.settings.wakeup else None


def _silence(recording: Recording) -> Evidence | None:
    return {'seconds': recording.settings.timeout, **_also(recording.settings)} if recording.silent else None


def _only_echo(recording: Recording) -> Evidence | None:
    echoed = recording.received and not recording.answer and any(exchange.sent for exchange in recording.exchanges)
    return {'count': len(recording.received), **_also(recording.settings)} if echoed else None


# -- other protocols -------------------------------------------------------------------------------------------------

SML_START = bytes.fromhex('1b1b1b1b01010101')
_HDLC = re.compile(rb'~([\xa0-\xa7])(.)', re.DOTALL)
_MBUS = re.compile(rb'h(.)\1h', re.DOTALL)


def is_foreign(portion: bytes) -> bool:
    """A frame of another protocol is in this portion of what came."""
    return _is_sml(portion) or _is_hdlc(portion) or _is_mbus(portion)


def _foreign(is_frame: Callable[[bytes], bool]) -> Symptom:
    """The frames of another protocol, each a portion of its own, came; the right speed alone shows them."""
    def symptom(recording: Recording) -> Evidence | None:
        frames = [portion for portion in recording.portions if is_frame(portion.data)]
        return {'count': len(frames), 'speed': frames[-1].baudrate} if frames else None
    return symptom


def _is_sml(data: bytes) -> bool:
    return SML_START in data


def _is_hdlc(data: bytes) -> bool:
    """From flag to flag, of the length that the frame says (ISO/IEC 13239, frame format type 3)."""
    ends = (frame.start() + 1 + ((frame[1][0] & 7) << 8 | frame[2][0]) for frame in _HDLC.finditer(data))
    return any(data[end:end + 1] == b'~' for end in ends)


def _is_mbus(data: bytes) -> bool:
    """A long frame: start, the length twice, start (EN 13757-2)."""
    return bool(_MBUS.match(data))


# -- speed and parity ------------------------------------------------------------------------------------------------

def _parity_not_shown(recording: Recording) -> Evidence | None:
    answer = recording.answer
    if recording.settings.parity != 'software' or len(answer) < PATTERN_CHARACTERS or with_high_bit(answer):
        return None
    wrong = wrong_parity(answer, 'software')
    if wrong <= PLAIN_SHARE * len(answer) or is_garbage(answer, 'none'):
        return None
    return {'count': len(answer), 'wrong': wrong}


def _parity_not_heeded(recording: Recording) -> Evidence | None:
    answer = recording.answer
    if recording.settings.parity != 'none' or len(answer) < PATTERN_CHARACTERS or not shows_parity(answer):
        return None
    return None if is_garbage(answer, 'software') else {'count': len(answer), 'high': with_high_bit(answer)}


def _sends_by_itself(recording: Recording) -> Evidence | None:
    """More came than was asked for: several bursts after a request, or what only a telegram of mode D has."""
    if recording.listening:
        return None
    best = recording.best
    if best and not best.reply and best.identification.mode == 'C' and best.whole and best.unasked:
        return {'speed': best.speed}
    unasked = max((_bursts(exchange) for exchange in recording.exchanges), default=0)
    if recording.identified or unasked <= MOST_ANSWERS or len(recording.answer) < LEAST_CHARACTERS:
        return None
    return {'bursts': unasked}


def _bursts(exchange: Exchange) -> int:
    """How often something came, with silence before it."""
    ends = [0.0, *(event.time + wire_time(len(event.data), event.baudrate) for event in exchange.received)]
    return sum(event.time - end > BURST_GAP for event, end in zip(exchange.received, ends, strict=False))


def _other_speed(recording: Recording) -> Evidence | None:
    """Only characters came that cannot be right: what was seen at each speed of the port tells which one it was."""
    answer, parity = recording.answer, recording.settings.parity
    if recording.identified or not is_garbage(answer, parity):
        return None
    ports = sorted({exchange.speed for exchange in recording.exchanges if exchange.received})
    possible = set(SPEEDS)
    for exchange in recording.exchanges:
        if is_garbage(exchange.answer, parity):
            slower = slower_senders(exchange.answer, exchange.speed)
            possible &= set(slower or (speed for speed in SPEEDS if speed > exchange.speed))
    return {'count': len(answer), 'percent': _unusable(answer, parity), 'ports': ', '.join(map(str, ports)),
            **({'speed': ' / '.join(map(str, sorted(possible)))} if 0 < len(possible) <= 2 else {})}


def _unusable(data: bytes, parity: str) -> float:
    """The share of characters that cannot be right, in percent."""
    return _rounded(100 * (1 - text_share(data, parity)))


def _noise(recording: Recording) -> Evidence | None:
    few = 0 < len(recording.answer) < LEAST_CHARACTERS
    return {'count': len(recording.answer)} if few and not recording.transmissions else None


# -- the identification, and the dialogue after it -------------------------------------------------------------------

def _bad_identification(recording: Recording) -> Evidence | None:
    """No identification, or a damaged one, among characters most of which are right."""
    if recording.identified:
        return None
    return _damaged(wrong_parity(recording.answer, recording.settings.parity), len(recording.answer))


def _damaged(wrong: int, count: int) -> Evidence | None:
    return {'wrong': wrong, 'count': count, 'percent': _rounded(100 * wrong / count)} if wrong else None


def _no_identification(recording: Recording) -> Evidence | None:
    return {'count': len(recording.answer)} if recording.answer and not recording.transmissions else None


def _reserved_speed(recording: Recording) -> Evidence | None:
    best = recording.best
    if not best or not best.identification.reserved or recording.listening or best.answer.strip(b'\0'):
        return None
    return {'character': best.identification.speed_character, 'identification': str(best.identification)}


def _acknowledged(recording: Recording) -> Transmission | None:
    """The best transmission, if nothing came after an acknowledgement but characters that cannot be data."""
    best = recording.best
    if best and best.reply and (not _without_nul(best) or is_garbage(best.answer, recording.settings.parity)):
        return best
    return None


def _without_nul(transmission: Transmission) -> bytes:
    """The data; a few NULs come from the switching of the speed, many are characters of another speed."""
    data = transmission.answer
    return data if len(data) >= PATTERN_CHARACTERS else data.strip(b'\0')


def _acknowledgement_late(recording: Recording) -> Evidence | None:
    """More time than a meter waits passed between its identification and the acknowledgement."""
    late = max(map(_lateness, recording.transmissions), default=0.0)
    return {'seconds': _rounded(late)} if late > LONGEST_REACTION and _acknowledged(recording) else None


def _lateness(transmission: Transmission) -> float:
    """
    s from the end of the identification on the wire to the acknowledgement, 0 if that cannot be told.

    What an adapter or a network holds back is handed over in one piece: then the identification was sent earlier.
    """
    request, reply, raw = transmission.request, transmission.reply, transmission.raw_identification
    portion = next((portion for portion in request.received if raw in portion.data), None)
    if not portion or not reply or not reply.acknowledges or request.echoed:
        return 0.0
    on_wire = wire_time(portion.data.rindex(raw) + len(raw), portion.baudrate)
    held_back = reply.time - portion.time < on_wire / 2
    began = request.sent_until + transmission.identification.reaction_time if held_back else portion.time
    return reply.time - began - on_wire


def _data_at_sign_on_speed(recording: Recording) -> Evidence | None:
    """The port went to the new speed, the meter did not."""
    best = _acknowledged(recording)
    if not best or START_SPEED not in slower_senders(best.answer, best.speed):
        return None
    return {'identification': str(best.identification), 'count': len(best.answer), 'speed': best.speed}


def _acknowledgement_echoed(recording: Recording) -> Evidence | None:
    best = _acknowledged(recording)
    if not best or not best.reply or not best.reply.echoed or best.answer.strip(b'\0'):
        return None
    return {'identification': str(best.identification), 'speed': best.speed}


def _acknowledgement_ignored(recording: Recording) -> Evidence | None:
    best = _acknowledged(recording)
    if not best or _without_nul(best) or best.speed == START_SPEED:
        return None
    return {'identification': str(best.identification), 'speed': best.speed}


def _no_data(recording: Recording) -> Evidence | None:
    best = recording.best
    if not best or _without_nul(best):
        return None
    return {'identification': str(best.identification), 'speed': best.speed}


def _data_at_other_speed(recording: Recording) -> Evidence | None:
    best, parity = recording.best, recording.settings.parity
    if not best or not is_garbage(best.answer, parity):
        return None
    return {'identification': str(best.identification), 'count': len(best.answer), 'speed': best.speed,
            'percent': _unusable(best.answer, parity)}


# -- the data --------------------------------------------------------------------------------------------------------

def _endless(recording: Recording) -> Evidence | None:
    """The same lines again and again, without an end."""
    best = recording.best
    if not best or best.whole:
        return None
    lines = [line for line in best.data.splitlines()[:-1] if len(line) >= REPEATED_LINE]
    repeated = any(lines.count(line) > 1 for line in lines[1:2])
    return {'count': len(best.data), 'seconds': _rounded(recording.seconds)} if repeated or best.endless else None


def _too_long(recording: Recording) -> Evidence | None:
    best, limit = recording.best, recording.settings.max_duration
    return {'count': len(best.data), 'limit': limit, 'speed': best.speed} if best and recording.seconds >= limit else None


def _bad_characters(recording: Recording) -> Evidence | None:
    return _damaged(sum(one.wrong for one in recording.transmissions), sum(one.characters for one in recording.transmissions))


def _other_checksum(recording: Recording) -> Evidence | None:
    best = recording.best
    if not best or not isinstance(best.refused, ChecksumError):
        return None
    fitting = [name for name in ('xor', 'sum') if name != recording.settings.checksum and best.fits(name)]
    return {'checksum': fitting[0]} if fitting else None


def _wrong_check(recording: Recording) -> Evidence | None:
    best = recording.best
    if not best or not isinstance(best.refused, ChecksumError):
        return None
    return {'count': len(best.block), 'blocks': sum(one.whole for one in recording.transmissions)}


def _stx_missing(recording: Recording) -> Evidence | None:
    best = recording.best
    if not best or not best.whole or best.interrupted or not best.refused:
        return None
    return {'count': len(best.block), 'speed': best.speed}


def _cut(recording: Recording) -> Evidence | None:
    best = recording.best
    if not best or not best.refused:
        return None
    silence = 0.0 if best.interrupted else _silence_after(best, recording)
    return {'count': len(best.answer), 'speed': best.speed, **({'gap': _rounded(silence)} if silence > 0 else {})}


def _silence_after(transmission: Transmission, recording: Recording) -> float:
    """s of silence after the last character of the transmission, until something else happened; 0 if nothing did."""
    last = (transmission.reply or transmission.request).received[-1:]
    later = [event.time for event in recording.events if last and event.time > last[0].time]
    return min(later) - last[0].time - wire_time(len(last[0].data), last[0].baudrate) if later else 0.0


def _parity_unseen(recording: Recording) -> Evidence | None:
    """Whole data without a check character, and nobody looked at the parity."""
    best = recording.best
    if not best or not recording.has(PARITY_UNSEEN) or not best.whole or best.refused:
        return None
    return {'port': recording.settings.serialport}


def _unconfirmed(recording: Recording) -> Evidence | None:
    """The data is undamaged, but the reader wants a second copy of it."""
    best = recording.best
    if not best or not recording.memory.distrust or not best.whole or best.refused:
        return None
    return {'count': len(best.block)}


SYMPTOMS: tuple[tuple[str, Symptom], ...] = (
    ('port_lost', _port_lost),
    ('port_shared', _port_shared),
    ('speed_refused', _speed_refused),
    ('no_time_to_answer', _no_time_to_answer),
    ('head_unpowered', _head_unpowered),
    ('timeout_short', _timeout_short),
    ('no_answer_to_address', _no_answer_to_address),
    ('request_without_parity', _request_without_parity),
    ('no_telegram', _no_telegram),
    ('silence_despite_wakeup', _silence_despite_wakeup),
    ('request_with_parity', _request_with_parity),
    ('silence', _silence),
    ('only_echo', _only_echo),
    ('sml', _foreign(_is_sml)),
    ('hdlc', _foreign(_is_hdlc)),
    ('mbus', _foreign(_is_mbus)),
    ('parity_not_shown', _parity_not_shown),
    ('parity_not_heeded', _parity_not_heeded),
    ('sends_by_itself', _sends_by_itself),
    ('other_speed', _other_speed),
    ('noise', _noise),
    ('bad_characters', _bad_identification),
    ('no_identification', _no_identification),
    ('reserved_speed', _reserved_speed),
    ('acknowledgement_late', _acknowledgement_late),
    ('data_at_sign_on_speed', _data_at_sign_on_speed),
    ('acknowledgement_echoed', _acknowledgement_echoed),
    ('acknowledgement_ignored', _acknowledgement_ignored),
    ('no_data', _no_data),
    ('data_at_other_speed', _data_at_other_speed),
    ('endless', _endless),
    ('too_long', _too_long),
    ('bad_characters', _bad_characters),
    ('other_checksum', _other_checksum),
    ('wrong_check', _wrong_check),
    ('stx_missing', _stx_missing),
    ('cut', _cut),
    ('parity_unseen', _parity_unseen),
    ('unconfirmed', _unconfirmed),
)
