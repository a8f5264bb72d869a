# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The modules of the core; the stand-in knows only `http`."""

import importlib

import lib.config
from lib import translation

_modules_instance = None


class Modules:
    """The modules that `<configfile>.yaml` names."""

    def __init__(self, smarthome, configfile):
        global _modules_instance
        _modules_instance = self
        self._moduledict = {}
        for section, conf in lib.config.load(configfile + '.yaml').items():
            self._moduledict[section] = self._load(smarthome, conf)

    def _load(self, smarthome, conf):
        path = f"modules.{conf['module_name']}"
        module = importlib.import_module(path).Http
        translation.load_translations('module', path.replace('.', '/'), f"module/{conf['module_name']}")
        loaded = module.__new__(module)
        loaded._parameters = conf
        loaded.__init__(smarthome)
        return loaded

    @staticmethod
    def get_instance():
        return _modules_instance

    def get_module(self, name):
        return self._moduledict.get(name)
