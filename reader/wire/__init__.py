# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
The wire of IEC 62056-21: bytes to messages and back, and whether what came can be believed. Each room is imported by itself.

    characters      7E1 as a port in 8N1 shows it: parity, echoes, time on the wire, what looks like text
    messages        request, identification, acknowledgement
    block           receives the data block: three kinds of frame
    checking        judges a received block: parity, BCC, CRC
    commands        the messages of programming mode, reading only
    stored          feeds these readers from a text that is all there

Pure: no input, no output, no clock. Arrows run upwards in this list.

The rules of this room:

- A reader is fed what arrived, in portions of any size, and says what is whole and what is still missing. Whoever feeds it
  knows the time and says when it was silent (`quiet`) or when nothing will follow (`close`).
- To receive and to judge are two things: a reader takes a damaged message like a sound one, `accept` says what is wrong with it.
- The readers look at the seven bits of a character. Whether the eighth is a parity bit is judged when the message is whole
  (`Parity`), because it takes some characters to see that.
- What came is looked at once: the work grows with what came, whatever it is and whatever the portions.
- No bytes make a function raise anything but a ProtocolError.
"""
