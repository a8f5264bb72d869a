# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Control and check characters of IEC 62056-21 and P1, and frames of protocols that are neither."""

from .wire import SEVEN_BITS

SOH, STX, ETX, EOT, ACK, NAK = b'\x01', b'\x02', b'\x03', b'\x04', b'\x06', b'\x15'

NOISE = bytes(c for c in range(256) if c & 0x7F not in b'/\x01\x02\x06\x15!\r\n')
EIGHT_BIT_TEXT = 'Z\xe4hler \xe4\xe4'      # of even parity, so that it passes through 7E1
SEVEN_BIT_TEXT = EIGHT_BIT_TEXT.encode('latin-1').translate(SEVEN_BITS).decode('ascii')
FOREIGN = {
    'sml': bytes.fromhex('1b1b1b1b010101017605003b2d7262006200726301017601010500137a190b0a01454d48000049da8b01016331a600'
                         '7605003b2d73620062007263070177010b0a01454d48000049da8b070100620affff72620165012f0ce5017577078181c7'
                         '8203ff0101010104454d480177070100010800ff650000018201621e52ff5900000000051f4bd2010101631c3e001b1b1b1b'
                         '1a0054a2'),
    'hdlc': bytes.fromhex('7ea0230002002303 939bf18180140502008006020080070400000001080400000001533b7e'),
    'mbus': bytes.fromhex('681b1b68080172785634122d2c0104550000000c06785634120c13214365870a3b2701a516'),
}


def block_check(characters: bytes, as_sum: bool = False) -> int:
    """BCC over the characters after STX up to ETX: XOR, or sum mod 128 as Kamstrup and Energomera have it."""
    check = 0
    for character in characters.translate(SEVEN_BITS):
        check = (check + character) & 0x7F if as_sum else check ^ character
    return check


def crc16(characters: bytes) -> int:
    """P1: polynomial 0x8005 reflected, start 0."""
    crc = 0
    for character in characters:
        crc = crc >> 8 ^ CRC16_TABLE[(crc ^ character) & 0xFF]
    return crc


def _crc16_of(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


CRC16_TABLE = [_crc16_of(byte) for byte in range(256)]
