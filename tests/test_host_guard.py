# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in's names and signatures against those of the real core, so that it cannot drift away from it."""

import ast
from pathlib import Path

import pytest

from host import HOME

pytestmark = pytest.mark.skipif(not HOME, reason='SMARTHOMENG_HOME names no installed core to compare the stand-in with')

STAND_IN = Path(__file__).parent / 'host' / 'lib'
# made in another way than the core, behind the same behaviour
OWN = {'config.py', 'triggertimes.py', 'log.py'}
OWN_CLASSES = {'Property', 'SmartHome'}
OWN_METHODS = {'Item.create', 'Scheduler.step'}
CORE_FILES = sorted(path.relative_to(STAND_IN).as_posix() for path in STAND_IN.rglob('*.py') if path.name not in OWN)


def signatures(path):
    """{'Class.method' or 'function': [(parameter, has a default)]} of a file, of what a plugin may call or be called by."""
    tree, found = ast.parse(path.read_text(encoding='utf-8')), {}
    for node in tree.body:
        members = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f'{node.name}.' if isinstance(node, ast.ClassDef) else ''
        for member in members:
            if isinstance(member, ast.FunctionDef):
                arguments = member.args.args
                optional = len(arguments) - len(member.args.defaults)
                found[prefix + member.name] = [(argument.arg, at >= optional) for at, argument in enumerate(arguments)]
    return found


@pytest.mark.parametrize('name', CORE_FILES)
def test_stand_in_has_the_signatures_of_the_core(name):
    core = signatures(HOME / 'lib' / name)
    for function, parameters in signatures(STAND_IN / name).items():
        inner = function.rpartition('.')[2].startswith('_') and not function.endswith('__')
        if inner or function in OWN_METHODS or function.split('.')[0] in OWN_CLASSES:
            continue
        assert function in core, f'the core has no {function}'
        assert parameters == core[function][:len(parameters)], function


def test_page_frame_has_the_blocks_and_functions_of_the_core():
    own, core = (folder / 'modules' / 'http' for folder in (STAND_IN.parent, HOME))
    frame = ''.join(path.read_text(encoding='utf-8') for path in (core / 'webif' / 'gtemplates').glob('base*.html'))
    scripts = ''.join(path.read_text(encoding='utf-8') for path in (core / 'webif' / 'gstatic' / 'js').glob('smart*.js'))
    mine = (own / 'gtemplates' / 'base_plugin.html').read_text(encoding='utf-8')
    for block in [part.split()[0].rstrip('-%}') for part in mine.split('{% block ')[1:]]:
        assert f'block {block} ' in frame
    for name in [part.split('"')[0] for part in mine.split(' id="')[1:]]:
        assert f'id="{name.split("{")[0]}' in frame
    for function in ('getCookie', 'setCookie', 'shngPost', 'shngInsertText', 'shngGetUpdatedData', 'timer',
                     'set_update_interval', 'responsiveHeader'):
        assert f'function {function}' in frame + scripts.replace('function shngInsertText (', 'function shngInsertText(')
