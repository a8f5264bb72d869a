# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Loads plugins in the core's order, starts and stops them."""

import importlib
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import lib.config
from lib import translation
from lib.metadata import Metadata

logger = logging.getLogger(__name__)

_plugins_instance = None


if TYPE_CHECKING:
    Adapter = logging.LoggerAdapter[logging.Logger]     # a class cannot be subscripted before Python 3.11
else:
    Adapter = logging.LoggerAdapter


class PluginLoggingAdapter(Adapter):
    """A plugin's logger: names the instance in front of each text."""

    def process(self, msg, kwargs):
        return f"{self.extra['plugininstance']}{msg}", kwargs

    def notice(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.log(logging.getLevelName('NOTICE'), msg, *args, **kwargs)

    def dbghigh(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.log(logging.getLevelName('DBGHIGH'), msg, *args, **kwargs)

    def dbgmed(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.log(logging.getLevelName('DBGMED'), msg, *args, **kwargs)

    def dbglow(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.log(logging.getLevelName('DBGLOW'), msg, *args, **kwargs)


class PluginWrapper(threading.Thread):
    """Makes one plugin; the thread, named like its section, runs the plugin's run()."""

    def __init__(self, smarthome, plg_section, classname, classpath, args, instance, meta, configfile):
        super().__init__(name=plg_section)
        self._init_complete = False
        try:
            cls = getattr(importlib.import_module(classpath), classname)
        except ImportError as e:
            logger.error(f"Plugin '{plg_section}' error importing Python package: {e}")
            return
        shortname = classpath.split('.')[1]
        translation.load_translations('plugin', classpath.replace('.', '/'), f'plugin/{shortname}')
        self.plugin = plugin = cls.__new__(cls)
        plugin._configfilename = configfile
        plugin._configname, plugin._shortname = plg_section, shortname
        plugin._classpath, plugin._classname = classpath, classname
        if plugin.ALLOW_MULTIINSTANCE is None:
            plugin.ALLOW_MULTIINSTANCE = meta.get_bool('multi_instance')
        plugin._set_instance_name(instance)
        plugin.logger = PluginLoggingAdapter(logging.getLogger(classpath),
                                             {'plugininstance': plugin.get_loginstance()})
        plugin._set_sh(smarthome)
        plugin._plugin_dir = os.path.join(smarthome.get_basedir(), *classpath.split('.'))
        plugin._plgtype, plugin.metadata, plugin._itemlist = meta.get_string('type'), meta, []
        parameters, complete, hidden = meta.check_parameters(args)
        if complete:
            plugin._parameters, plugin._hide_parameters, plugin._metadata = parameters, hidden, meta
            plugin._init_complete = True
            plugin.__init__(smarthome)
            self._init_complete = plugin._init_complete
        if not self._init_complete:
            logger.error(f"Plugin '{shortname}' initialization failed, plugin not loaded")
        elif str(plugin.PLUGIN_VERSION) != str(meta.get_version()):
            logger.error(f"plugin '{shortname}' version differs between Python code ({plugin.PLUGIN_VERSION}) "
                         f'and metadata ({meta.get_version()})')

    def run(self):
        try:
            self.plugin.run()
        except Exception as e:  # whatever a plugin raises
            logger.exception(f"Plugin '{self.plugin.get_shortname()}' exception in run() method: {e}")

    def stop(self):
        try:
            self.plugin.stop()
        except Exception as e:  # whatever a plugin raises
            logger.exception(f"Plugin '{self.plugin.get_shortname()}' exception in stop() method: {e}")


class Plugins:
    """All plugins of `<configfile>.yaml`."""

    def __init__(self, smarthome, configfile):
        global _plugins_instance
        _plugins_instance = self
        self._sh = smarthome
        self._configfile = configfile
        self._plugins, self._threads = [], []
        for section, conf in lib.config.load(configfile + '.yaml').items():
            self.load_plugin(section, lib.config.as_text(conf))

    @staticmethod
    def get_instance():
        return _plugins_instance

    def load_plugin(self, configname, conf):
        """True if the plugin is there; its attributes and structs are known in any case."""
        name = conf['plugin_name'].lower()
        self.meta = meta = Metadata(self._sh, name, 'plugin')
        for struct, tree in meta.itemstructs.items():
            self._sh.items.add_struct_definition(name, struct, tree)
        if conf.get('plugin_enabled', '').lower() == 'false':
            return False
        classname = meta.get_string('classname')
        instance = conf.get('instance', '').strip().lower()
        try:
            # The core puts texts in quotes and strips them later: one that has quotes itself keeps these, too.
            # It hands over the name of the instance in its own way, the parameter of that name stays empty.
            args = {key: f"'{value}'" if isinstance(value, str) else value for key, value in conf.items()
                    if key != 'instance'}
            thread = PluginWrapper(self._sh, configname, classname, f'plugins.{name}', args, instance, meta,
                                   self._configfile)
        except Exception as e:  # whatever a plugin raises
            logger.exception(f"Plugin '{name}' from section '{configname}'\nException: {e}")
            return False
        if thread._init_complete:
            self._plugins.append(thread.plugin)
            self._threads.append(thread)
            setattr(self._sh, configname, thread.plugin)
        return thread._init_complete

    def reload_plugin(self, configname):
        """Loads the code (of the package itself, not of its modules) and the plugin again; runs it if it ran."""
        plugin = self.return_plugin(configname)
        alive, module = plugin.alive, sys.modules[plugin.__module__]
        if alive:
            plugin.stop()
        plugin.deinit()
        self._threads.remove(self.get_pluginthread(configname))
        self._plugins.remove(plugin)
        delattr(self._sh, configname)
        importlib.reload(module)
        self.load_plugin(configname, lib.config.as_text(lib.config.load(self._configfile + '.yaml')[configname]))
        plugin = self.return_plugin(configname)
        for item in self._sh.items.return_items():
            update = plugin.parse_item(item)
            if update:
                plugin.add_item(item, updating=True)
                item.add_method_trigger(update)
        if alive:
            plugin.run()
        return True

    def return_plugin(self, configname):
        return next((plugin for plugin in self._plugins if plugin.get_configname() == configname), None)

    def return_plugins(self):
        return iter(self._plugins)

    def get_pluginthread(self, configname):
        return next((thread for thread in self._threads if thread.name == configname), None)

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        for thread in reversed(self._threads):
            thread.stop()
