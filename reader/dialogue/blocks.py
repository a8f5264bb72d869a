# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""From a received block to a readout: everything that the meter offers is checked. Pure."""

from __future__ import annotations

import re

from ..errors import ProtocolError
from ..obis.data_sets import parse
from ..readout import Readout
from ..session import Settings
from ..texts import Text
from ..wire.block import BlockReader
from ..wire.characters import Parity, seven_bits
from ..wire.checking import accept
from ..wire.messages import Identification

# The BCC sees neither a pair of them nor what they replaced. A frame holds text and line ends, values of nothing but 0xFF aside.
_NO_TEXT = re.compile('[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|(?<=[^(\xff])\xff|\xff(?=[^)\xff])')


def read_block(settings: Settings, identification: Identification | None, raw_identification: bytes, block: BlockReader,
               mode: str | None) -> Readout:
    """
    The readout that a block is.

    :raises ProtocolError: the block is damaged, or there is no data in it
    """
    parity = Parity(settings.parity)
    parity.feed(raw_identification + block.raw)
    data = accept(block.message, parity, checksum=settings.checksum, strict=settings.use_checksum)
    if 'bcc' in data.checked and _NO_TEXT.search(data.text):
        raise ProtocolError(Text('in den Daten stehen Steuerzeichen: dort gingen Zeichen verloren, oder es kamen welche hinzu',
                                 'there are control characters in the data: characters got lost or were added there'))
    if settings.parity == 'even' and (wrong := data.text.count('\0')):
        raise ProtocolError(Text('{wrong} Zeichen haben falsche Parität', '{wrong} characters have wrong parity',
                                 {'wrong': wrong}))
    content = parse(data.text)
    if not content.data_sets:
        raise ProtocolError(Text('in den Daten ist kein Datensatz', 'there is no data set in the data'))
    text = seven_bits(raw_identification).decode('ascii') + data.text
    return Readout(identification, mode, None, text, content.data_sets, content.rejected, data.checked,
                   data.remarks)
