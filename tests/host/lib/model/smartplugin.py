# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Base classes of a plugin and of its web interface."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from lib.module import Modules
from lib.shtime import Shtime
from lib.translation import translate as lib_translate
from lib.utils import Utils

if TYPE_CHECKING:
    from jinja2 import Environment
    from typing_extensions import Self

    from lib.item.item import Item
    from lib.metadata import Metadata
    from lib.plugin import PluginLoggingAdapter


class SmartHome(Protocol):
    """What a plugin may ask of the `sh` that it gets."""

    plugins: Any

    def get_defaultlanguage(self) -> str: ...
    def get_vardir(self) -> str: ...


class SmartPlugin(Utils):
    """The host sets logger, parameters, names and metadata before __init__."""

    PLUGIN_VERSION = ''
    ALLOW_MULTIINSTANCE = None
    STOP_ON_ITEM_CHANGE = True
    _pluginname_prefix = 'plugins.'
    _instance_name = ''
    logger: PluginLoggingAdapter
    metadata: Metadata
    _parameters: dict[str, Any]
    _configfilename = ''        # without its .yaml
    shtime: Shtime
    alive = False
    _pause_item: Item | None = None
    _pause_item_path = ''

    def __init__(self, **kwargs: object) -> None:
        self._plg_item_dict = {}
        self._item_lookup_dict = {}
        self._schedulers = []
        self.alive = False
        self._pause_item = None
        self._pause_item_path = ''

    def run(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def parse_item(self, item: Item) -> Callable[..., None] | None:
        if item.property.path == self._pause_item_path:
            self._pause_item = item
            self.add_item(item, updating=True)
            return self.update_item
        return None

    def update_item(self, item: Item, caller: str | None = None, source: str | None = None,
                    dest: str | None = None) -> None:
        """Only the pause item: a true value stops the plugin, a false one starts it again."""
        if item is self._pause_item and caller != self.get_shortname():
            if item() and self.alive:
                self.stop()
            elif not item() and not self.alive:
                self.run()

    def deinit(self, items=()):
        if self.alive:
            self.stop()
        for item in items or self.get_item_list():
            self.remove_item(item)

    # items

    def add_item(self, item: Item, config_data_dict: Mapping[str, object] | None = None, mapping: str | None = None,
                 updating: bool = False) -> bool:
        """Notes an item with what the plugin knows of it; a second time only marks it as updating."""
        path = item.property.path
        if path in self._plg_item_dict:
            if not updating:
                self.logger.warning(f'Trying to add an existing item: {path}')
                return False
            self._plg_item_dict[path]['is_updating'] = True
            return True
        self._plg_item_dict[path] = {'item': item, 'is_updating': updating, 'mapping': mapping,
                                     'config_data': dict(config_data_dict or {})}
        if mapping:
            self._item_lookup_dict.setdefault(mapping, []).append(item)
        return True

    def remove_item(self, item: Item) -> bool:
        """Forgets an item; a running plugin is stopped first unless it says that it can do without."""
        path = item.property.path
        if path not in self._plg_item_dict:
            return False
        if self.alive and self.STOP_ON_ITEM_CHANGE:
            self.stop()
        if path == self._pause_item_path:
            self._pause_item, self._pause_item_path = None, ''
        mapping = self._plg_item_dict.pop(path)['mapping']
        if mapping:
            self._item_lookup_dict[mapping].remove(item)
        self.unparse_item(item)
        return True

    def unparse_item(self, item):
        if self.update_item not in item.get_method_triggers():
            return False
        item.remove_method_trigger(self.update_item)
        return True

    def get_item_config(self, item):
        return self._noted(item)['config_data']

    def get_item_mapping(self, item):
        return self._noted(item)['mapping']

    def _noted(self, item):
        return self._plg_item_dict[item if isinstance(item, str) else item.property.path]

    def get_item_mapping_list(self):
        return [[path, noted['mapping']] for path, noted in self._plg_item_dict.items()]

    def get_item_list(self, filter_key='', filter_value='', mode=''):
        return [self._plg_item_dict[path]['item'] for path in self.get_item_path_list(filter_key, filter_value, mode)]

    def get_item_path_list(self, filter_key='', filter_value='', mode=''):
        """Paths; with key and value only of the items whose config has them. Without a filter no list."""
        if mode:
            raise NotImplementedError('the stand-in host knows no modes of comparison')
        if filter_key == '' or filter_value == '':
            return self._plg_item_dict.keys()
        return [path for path, noted in self._plg_item_dict.items()
                if noted['config_data'].get(filter_key) == filter_value]

    def get_trigger_items(self):
        return [noted['item'] for noted in self._plg_item_dict.values() if noted['is_updating']]

    def get_items_for_mapping(self, mapping):
        return self._item_lookup_dict.get(mapping, [])

    def get_mappings(self):
        return list(self._item_lookup_dict)

    # attributes

    def _attribute_name(self, conf, attr):
        """`attr` or, with an instance, `attr@instance`; else `attr@*`, which is for all; None if there is none."""
        instance = self.get_instance_name()
        names = (f'{attr}@{instance}' if instance else attr, f'{attr}@*')
        return next((name for name in names if name in conf), None)

    def has_iattr(self, conf: Mapping[str, object], attr: str) -> bool:
        return self._attribute_name(conf, attr) is not None

    def get_iattr_value(self, conf: Mapping[str, object], attr: str, default: object = None) -> object:
        name = self._attribute_name(conf, attr)
        return default if name is None else conf[name]

    # names and parameters

    def get_configname(self) -> str:
        return self._configname

    def get_shortname(self) -> str:
        return self._shortname

    def get_classname(self):
        return self._classname

    def get_instance_name(self) -> str:
        return self._instance_name

    def _set_instance_name(self, instance):
        if instance and not self.ALLOW_MULTIINSTANCE:
            self.logger.warning('Only multi-instance capable plugins allow setting a name for an instance')
        else:
            self._instance_name = instance

    def get_fullname(self) -> str:
        instance = self.get_instance_name()
        return f'{self.get_shortname()}_{instance}' if instance else self.get_shortname()

    def get_loginstance(self):
        instance = self.get_instance_name()
        return f'{instance}@: ' if instance else ''

    def get_version(self, extended=False):
        return self.PLUGIN_VERSION

    def is_multi_instance_capable(self):
        return bool(self.ALLOW_MULTIINSTANCE)

    def get_plugin_dir(self):
        return self._plugin_dir

    def get_parameter_value(self, parameter_name: str) -> Any:
        return self._parameters.get(parameter_name)

    def get_parameter_value_for_display(self, parameter_name):
        value = self._parameters.get(parameter_name)
        if value in ('', None):
            return ''
        return '******' if self._hide_parameters.get(parameter_name) else value

    # the host

    def _set_sh(self, smarthome):
        self._sh = smarthome
        self.shtime = Shtime.get_instance()

    def get_sh(self) -> SmartHome:
        return self._sh

    def get_module(self, modulename):
        module = Modules.get_instance().get_module(modulename)
        if module is None:
            self.logger.error(f"Module '{modulename}' not loaded")
        return module

    def path_join(self, path, dir):
        return os.path.join(path, dir)

    def now(self) -> datetime.datetime:
        return self.shtime.now()

    def translate(self, txt: str, vars: Mapping[str, object] | None = None, block: str | None = None) -> str:
        return lib_translate(txt, vars, plugin_translations=f'plugin/{self.get_shortname()}')

    # scheduler

    def _job(self, name):
        return f'{self._pluginname_prefix}{self.get_fullname()}' + (f'.{name}' if name else '')

    def scheduler_add(self, name: str, obj: Callable[..., object], prio: int = 3, cron: Sequence[str] | str | None = None,
                      cycle: int | None = None, value: Mapping[str, object] | None = None, offset: int | None = None,
                      next: datetime.datetime | None = None) -> None:
        self._schedulers.append(name)
        self._sh.scheduler.add(self._job(name), obj, prio, cron, cycle, value, offset, next, from_smartplugin=True)

    def scheduler_change(self, name: str, **kwargs: object) -> None:
        self._sh.scheduler.change(self._job(name), from_smartplugin=True, **kwargs)

    def scheduler_remove(self, name):
        if name in self._schedulers:
            self._schedulers.remove(name)
        self._sh.scheduler.remove(self._job(name), from_smartplugin=True)

    def scheduler_remove_all(self) -> None:
        for name in list(self._schedulers):
            self.scheduler_remove(name)

    def scheduler_get(self, name):
        return self._sh.scheduler.get(self._job(name), from_smartplugin=True)

    def scheduler_get_all(self):
        return self._schedulers

    def scheduler_return_next(self, name: str) -> datetime.datetime | None:
        return self._sh.scheduler.return_next(self._job(name), from_smartplugin=True)

    def scheduler_trigger(self, name: str, obj: Callable[..., object] | None = None, by: str | None = None,
                          source: str | None = None, value: object = None, dest: str | None = None, prio: int = 3,
                          dt: datetime.datetime | None = None) -> None:
        self._sh.scheduler.trigger(self._job(name), obj, by or f'Plugin {self._job(name)}', source, value, dest, prio,
                                   dt, from_smartplugin=True)

    # page

    def init_webinterface(self, WebInterface: Callable[[str, Self], SmartPluginWebIf] | None = None) -> bool:
        """Makes the page and hands it to the http module; False (and a warning) without that."""
        if WebInterface is None:
            return False
        self.mod_http = Modules.get_instance().get_module('http')
        if self.mod_http is None:
            self.logger.warning("Module 'http' not loaded. Not initializing the web interface for the plugin")
            return False
        webif_dir = self.path_join(self.get_plugin_dir(), 'webif')
        config = {'/': {'tools.staticdir.root': webif_dir},
                  '/static': {'tools.staticdir.on': True, 'tools.staticdir.dir': 'static'}}
        self.mod_http.register_webif(WebInterface(webif_dir, self), self.get_shortname(), config,
                                     self.get_classname(), self.get_instance_name(), description='')
        return True


class SmartPluginWebIf:
    """The page of a plugin; sets plugin and webif_dir in its __init__ before it calls anything here."""

    def __init__(self, **kwargs: object) -> None:
        pass

    def init_template_environment(self) -> Environment:
        """The plugin's templates before the host's; autoescape is off, as in the core."""
        from jinja2 import Environment, FileSystemLoader
        templates = self.plugin.path_join(self.webif_dir, 'templates')
        environment = Environment(loader=FileSystemLoader([templates, self.plugin.mod_http.gtemplates_dir]))
        environment.globals.update({'isfile': self.is_staticfile, '_': self.translate, 'len': len})
        return environment

    def is_staticfile(self, path):
        if path.startswith('/gstatic/'):
            return os.path.isfile(os.path.join(self.plugin.mod_http.gstatic_dir, path.removeprefix('/gstatic/')))
        return os.path.isfile(os.path.join(self.webif_dir, path))

    def translate(self, txt: str, vars: Mapping[str, object] | None = None) -> str:
        return lib_translate(txt, vars, plugin_translations=f'plugin/{self.plugin.get_shortname()}',
                             module_translations='module/http')
