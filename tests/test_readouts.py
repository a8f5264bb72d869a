# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Every capture through `--replay`: what a strict reader reads, what it refuses, what -c reads all the same."""

import json

import pytest

import captures
from reader.shell import command

ROWS = {row['name']: row for row in captures.INDEX}
STRICT = {name: row.get('strict') for name, row in ROWS.items()}
SOUND = {'p1_cta_ziv_capture': 3}       # telegrams in captures that end in the middle of another one
MARKED = [name for name in ROWS if STRICT[name]]


def replay(name, capsysbinary, *options):
    """Exit code, telegrams, and the complaint."""
    code = command.main(['--replay', str(captures.FOLDER / ROWS[name]['file']), '--format', 'json', *options])
    out, err = capsysbinary.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err.decode()


def found(telegrams):
    return [(d['code'], tuple((v['value'], v['unit']) for v in d['values'])) for t in telegrams for d in t['data']]


@pytest.mark.parametrize('name', MARKED)
def test_strict(name, capsysbinary):
    code, telegrams, complaint = replay(name, capsysbinary)
    if STRICT[name] == 'refused':
        assert (code, len(telegrams), complaint.count('\n')) == (1, SOUND.get(name, 0), 1)
        code, telegrams, complaint = replay(name, capsysbinary, '-c')
    assert code == 0 and telegrams
    for wanted in ROWS[name].get('expected', ()):
        if name == 'p1_isk_mt382_textmsg' and wanted['code'] == '0-1:24.3.0':
            continue        # its index counts from the continuation line, see the reading
        assert (wanted['value'], wanted['unit']) in [values[wanted['index']] for code, values in found(telegrams)
                                                     if code == wanted['code'] and len(values) > wanted['index']]
    if ROWS[name].get('ident'):
        assert telegrams[0]['identification'].strip() == ROWS[name]['ident'].strip()


@pytest.mark.parametrize('name', MARKED)
def test_nothing_is_invented_or_lost(name, capsysbinary):
    _, telegrams, _ = replay(name, capsysbinary, '-c')
    sets, _ = captures.truth(name)
    assert found(telegrams) == sets


@pytest.mark.parametrize('name', [name for name in ROWS if not STRICT[name]])
def test_pieces_and_other_dialogues_are_refused_in_a_sentence(name, capsysbinary):
    """They are no whole readouts; of a piece -c invents nothing. A dialogue with commands is another matter."""
    code, telegrams, complaint = replay(name, capsysbinary)
    assert (code, telegrams) == (1, []) and complaint.count('\n') == complaint.count('dlms.py: ')
    code, telegrams, _ = replay(name, capsysbinary, '-c')
    sets, _ = captures.truth(name)
    assert captures.CATEGORY[name] == 'programming' or (code == 0 and set(found(telegrams)) <= set(sets))


@pytest.mark.parametrize(('damage', 'exit_code', 'said'), [
    (lambda data: data, 0, ''),
    (lambda data: data.replace(b'kWh', b'kWk', 1), 1, 'dlms.py: telegram 26 of 52: the CRC is wrong'),
    (lambda data: data[:200] + b'\r\n', 1, 'dlms.py: telegram 26 of 52: the telegram was cut'),
])
def test_one_telegram_of_many(damage, exit_code, said, tmp_path, capsysbinary):
    telegram = captures.raw('p1_fluvius_171')
    file = tmp_path / 'many.bin'
    file.write_bytes(25 * telegram + damage(telegram) + 26 * telegram)
    assert command.main(['--replay', str(file), '--format', 'json', '--lang', 'en']) == exit_code
    out, err = capsysbinary.readouterr()
    assert len(out.splitlines()) == 52 - exit_code and err.decode().startswith(said) and err.count(b'\n') == exit_code
