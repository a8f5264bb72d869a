# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""One item: a typed value that tells plugins when it changes."""

import copy
import datetime
import logging
import threading
from collections.abc import Mapping
from typing import Any

from . import helpers

logger = logging.getLogger(__name__)

# attributes that the core handles itself; they are not in item.conf
SETTINGS = ('name', 'description', 'type', 'struct', 'value', 'initial_value', 'enforce_updates', 'enforce_change',
            'remark', 'instance')
NOT_HERE = ('eval', 'eval_trigger', 'trigger', 'trigger_condition', 'cache', 'cycle', 'crontab', 'autotimer',
            'threshold', 'on_change', 'on_update', 'log_change', 'hysteresis_input')
DEFAULTS = {'num': 0, 'str': '', 'bool': False, 'list': [], 'dict': {}, 'foo': None}


class Property:
    """What an item tells of itself, and its plugin attributes by name."""

    path: str
    type: str
    last_change: datetime.datetime

    def __init__(self, parent):
        self._item = parent
        self.path = parent._path
        self.name = parent._name
        self.type = parent._type
        self.last_change = self.last_update = self.prev_change = parent._sh.shtime.now()
        self.last_change_by = self.last_update_by = 'Init:None'
        self.last_value = self.prev_value = None

    @property
    def value(self):
        return self._item()

    @value.setter
    def value(self, value):
        self._item(value, caller='Property', source='Assign')

    @property
    def attributes(self):
        return list(self._item.conf)

    @property
    def last_change_age(self):
        return (self._item._sh.shtime.now() - self.last_change).total_seconds()

    @property
    def last_update_age(self):
        return (self._item._sh.shtime.now() - self.last_update).total_seconds()


class Item:
    """Children first, then the item itself is shown to every plugin; an exception of parse_item loses the item."""

    property: Property
    conf: Mapping[str, object]

    @classmethod
    def create(cls, smarthome, parent, path, config, items):
        """The item of that configuration in its place in the tree, None if it could not be made."""
        try:
            item = cls(smarthome, parent, path, config, items)
        except Exception as e:  # whatever a plugin raises
            logger.exception(f'Item {path}: problem creating: {e}')
            return None
        vars(parent)[path.rpartition('.')[2]] = item
        items.add_item(path, item)
        return item

    def __init__(self, smarthome, parent, path, config, items_instance=None):
        self._sh = smarthome
        self._path = path
        self._name = config.get('name', path)
        self._type = config.get('type', 'foo')
        self._parent = parent
        self._lock = threading.Lock()
        self._methods = []
        self._children = []
        self.cast = getattr(helpers, f'cast_{self._type}')
        self._value = self.cast(config.get('initial_value', config.get('value', copy.copy(DEFAULTS[self._type]))))
        self._enforce_updates = helpers.cast_bool(config.get('enforce_updates', False))
        self._enforce_change = helpers.cast_bool(config.get('enforce_change', False))
        self.property = Property(self)
        self.conf = self._plugin_attributes(config)
        for attribute, value in self.conf.items():
            setattr(self.property, attribute, value)
        for name, below in config.items():
            if isinstance(below, dict):
                child = Item.create(smarthome, self, f'{path}.{name}', below, items_instance)
                self._children += [child] if child else []
        self._show_to_plugins()

    def _plugin_attributes(self, config):
        conf = {}
        for attribute, value in config.items():
            if isinstance(value, dict) or attribute in SETTINGS:
                continue
            if attribute in NOT_HERE:
                raise NotImplementedError(f'the stand-in host does not know {attribute}')
            conf[attribute] = self._resolved(value, attribute)
        for attribute, value in conf.items():
            conf[attribute] = self._sh.plugins.meta.check_itemattribute(self, attribute.split('@')[0], value)
        return conf

    def _resolved(self, value, attribute):
        """`..:other` is the parent's attribute `other`; a text that only looks so is lost, as in the core."""
        dots, colon, other = value.partition(':') if isinstance(value, str) else ('', '', '')
        if not colon or dots.strip('.') or dots == '.':
            return value
        item, other = self, other.split(':')[0].strip('.') or attribute
        for _ in range(len(dots) - 1 if dots else len(self._path)):
            item = getattr(item, '_parent', None)
        return item.conf.get(other, '') if isinstance(item, Item) and hasattr(item, 'conf') else ''

    def _show_to_plugins(self):
        for plugin in self._sh.plugins.return_plugins():
            update = plugin.parse_item(self)
            if update:
                plugin.add_item(self, updating=True)
                self.add_method_trigger(update)

    def __call__(self, value: object = None, caller: str = 'Logic', source: str | None = None, dest: str | None = None) -> Any:
        """The value (a copy), or with a value given: sets it; a value that does not fit is only a warning."""
        if value is None:
            return copy.deepcopy(self._value)
        try:
            value = self.cast(value)
        except (ValueError, TypeError, SyntaxError):
            logger.warning(f'Item {self._path}: value "{value}" does not match type {self._type}. '
                           f'Via caller {caller}, source {source}')
            return None
        with self._lock:
            changed = value != self._value or self._enforce_change
            self._note(value, changed, f'{caller}:{source}')
        if changed or self._enforce_updates:
            for method in list(self._methods):
                try:
                    method(self, caller, source, dest)
                except Exception as e:  # whatever a plugin raises
                    logger.exception(f'Item {self._path}: problem running {method}: {e}')
        return None

    def _note(self, value, changed, by):
        known = self.property
        known.last_update, known.last_update_by = self._sh.shtime.now(), by
        if changed:
            known.prev_value, known.last_value = known.last_value, self._value
            known.prev_change, known.last_change = known.last_change, known.last_update
            known.last_change_by = by
            self._value = copy.deepcopy(value)

    def __bool__(self):
        return bool(self._value)

    def __str__(self):
        return self._name

    def __repr__(self):
        return f'Item: {self._path}'

    def __iter__(self):
        return iter(self._children)

    def __getitem__(self, item):
        return vars(self)[item]

    def return_children(self):
        return iter(self._children)

    def return_parent(self):
        return self._parent

    def add_method_trigger(self, method):
        self._methods.append(method)

    def remove_method_trigger(self, method):
        self._methods.remove(method)

    def get_method_triggers(self):
        return self._methods
