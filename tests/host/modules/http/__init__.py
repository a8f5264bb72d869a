# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The core's module http for tests: real cherrypy serves the plugins' pages below /plugin/, their libraries at /gstatic/.

The page's frame (gtemplates, gstatic) has the blocks, variables, ids and functions of the core's, not its code. The
libraries are the core's versions, fetched by npm from package.json into .cache/npm:
`npm install --prefix .cache/npm --ignore-scripts --no-audit --no-fund` after copying package.json there.
"""

import atexit
import functools
import shutil
import tempfile
import threading
from pathlib import Path

import cherrypy
from cheroot import wsgi
from cherrypy._cptree import Tree

HERE = Path(__file__).resolve().parent
NODE_MODULES = HERE.parents[3] / '.cache' / 'npm' / 'node_modules'
EXTENSIONS = ('-colreorder', '-fixedheader', '-responsive')

# path below /gstatic/ as in the core: files or folder of npm's packages that are there
LIBRARIES = {
    'js/jquery-3.7.0.min.js': ['jquery/dist/jquery.min.js'],
    'js/jquery-ui.min.js': ['jquery-ui-dist/jquery-ui.min.js'],
    'css/jquery-ui.min.css': ['jquery-ui-dist/jquery-ui.min.css'],
    'popper.js/popper.min.js': ['@popperjs/core/dist/umd/popper.min.js'],
    'bootstrap': ['bootstrap/dist'],
    'chartjs': ['chart.js/dist'],
    'fontawesome': ['@fortawesome/fontawesome-free'],
    'datatables/datatables.min.js': [
        'datatables.net/js/jquery.dataTables.min.js', 'datatables.net-dt/js/dataTables.dataTables.min.js',
        *(f'datatables.net{name}/js/dataTables.{js}.min.js'
          for name, js in zip(EXTENSIONS, ('colReorder', 'fixedHeader', 'responsive'), strict=True))],
    'datatables/datatables.min.css': [
        'datatables.net-dt/css/jquery.dataTables.min.css',
        *(f'datatables.net{name}-dt/css/{css}.dataTables.min.css'
          for name, css in zip(EXTENSIONS, ('colReorder', 'fixedHeader', 'responsive'), strict=True))],
}


@functools.cache
def libraries():
    """A folder with what the core has at /gstatic/, until the process ends; FileNotFoundError without npm's packages."""
    folder = Path(tempfile.mkdtemp(prefix='gstatic-'))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(HERE / 'gstatic', folder, dirs_exist_ok=True)
    for path, sources in LIBRARIES.items():
        files = [NODE_MODULES / source for source in sources]
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        if files[0].is_dir():
            target.symlink_to(files[0])
        else:
            target.write_text('\n'.join(file.read_text(encoding='utf-8') for file in files), encoding='utf-8')
    return folder


class Root:
    """Nothing: the pages are below /plugin/."""


class Http:
    """Serves at 127.0.0.1, on the configured port or, with 0, on a free one."""

    version = '1.0.0'

    def __init__(self, sh):
        self._shortname = 'http'
        self._webif_pagelength = 0
        self.gtemplates_dir = str(HERE / 'gtemplates')
        self.gstatic_dir = str(libraries())
        cherrypy.config.update({'log.screen': False, 'engine.autoreload.on': False, 'checker.on': False})
        self._tree = Tree()
        self._tree.mount(Root(), '/', {'/gstatic': self._static(self.gstatic_dir)})
        self._server = wsgi.Server(('127.0.0.1', int(self._parameters['port'])), self._tree, numthreads=4)
        self._server.prepare()
        self._thread = threading.Thread(target=self._server.serve, name='http')
        self._thread.start()

    @staticmethod
    def _static(folder):
        return {'tools.staticdir.on': True, 'tools.staticdir.dir': folder}

    @property
    def url(self):
        return f'http://127.0.0.1:{self._server.bind_addr[1]}'

    def register_webif(self, app, pluginname, conf, pluginclass='', instance='', description=''):
        """Mounts a page at /plugin/<pluginname>/ or /plugin/<pluginname>_<instance>/."""
        name = f'{pluginname}_{instance}' if instance else pluginname
        self._tree.mount(app, f'/plugin/{name}'.lower(), {**conf, '/gstatic': self._static(self.gstatic_dir)})

    def stop(self):
        self._server.stop()
        self._thread.join()
