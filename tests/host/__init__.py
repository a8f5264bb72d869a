# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the plugin in SmartHomeNG, or in the stand-in for it that lies beside this file.

Importing this package makes `lib` and `plugins.dlms` importable, in the layout of an installation: `lib` is that of the
installed core which SMARTHOMENG_HOME names, else the stand-in; the module http is the stand-in's either way. The root of
the repository is linked as `plugins/dlms`, so the name of the checkout's folder does not matter. Import it before `lib`
and `plugins`.
"""

import atexit
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ['SMARTHOMENG_HOME']).resolve() if os.environ.get('SMARTHOMENG_HOME') else None


def _installation():
    """A folder with `lib` and `plugins` (and what the core needs besides), removed at the end of the process."""
    tree = Path(tempfile.mkdtemp(prefix='smarthomeng-'))
    atexit.register(shutil.rmtree, tree, ignore_errors=True)
    (tree / 'plugins').mkdir()
    (tree / 'plugins' / '__init__.py').touch()
    (tree / 'plugins' / 'dlms').symlink_to(ROOT)
    here = Path(__file__).parent
    (tree / 'lib').symlink_to((HOME or here) / 'lib')
    (tree / 'modules').symlink_to(here / 'modules')
    if HOME:
        (tree / 'bin').symlink_to(HOME / 'bin')
    sys.path.insert(0, str(tree))
    return tree


TREE = _installation()

with warnings.catch_warnings():
    if HOME:
        warnings.simplefilter('ignore')  # the core and its libraries are not ours to mend
    from .loader import Clock, Host

__all__ = ['HOME', 'ROOT', 'TREE', 'Clock', 'Host']
