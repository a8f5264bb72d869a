# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Settings: as users and older versions write them, and values that cannot be used."""

import pytest

import dlms


def test_older_spellings_and_words():
    settings = dlms.Settings.from_config({'serialport': 'x', 'device': '12', 'speed': '9600', 'onlylisten': 'yes',
                                          'timeout': '2', 'use_checksum': 'False', 'unknown': 1, 'wakeup': None})
    assert (settings.device_address, settings.baudrate, settings.only_listen, settings.timeout, settings.use_checksum,
            settings.wakeup) == ('12', 9600, True, 2.0, False, False)


@pytest.mark.parametrize('words, value', [
    (('true', 'Yes', 'on', '1', True, 1), True), (('false', 'no', 'OFF', '0', False, 0), False)])
def test_words_for_a_switch(words, value):
    assert [dlms.Settings.from_config({'serialport': 'x', 'wakeup': word}).wakeup for word in words] == [value] * len(words)


@pytest.mark.parametrize('name, value', [
    ('serialport', ''), ('baudrate', 0), ('baudrate', 'fast'), ('baudrate', -300), ('timeout', 0), ('timeout', 'nan'),
    ('timeout', 'inf'), ('max_duration', -1), ('settle', -0.1), ('checksum', 'crc'), ('parity', 'odd'), ('wakeup', 'maybe'),
    ('device_address', '1' * 33), ('device_address', 'a!'), ('querycode', ''), ('querycode', '??'), ('dtr', 2),
    ('timeout', [1])], ids=str)
def test_values_that_cannot_be_used(name, value):
    with pytest.raises(ValueError, match=name):
        dlms.query({'serialport': 'sim', name: value})
