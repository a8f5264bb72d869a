# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of all items."""

import logging
import os

import lib.config

from .item import Item

_items_instance = None


class Items:
    """One per host. Items of the top level are attributes, all others hang below them."""

    def __init__(self, smarthome):
        global _items_instance
        _items_instance = self
        self._sh = smarthome
        self._structs = {}
        self._items = {}
        self.logger = logging.getLogger(__name__)

    @staticmethod
    def get_instance():
        return _items_instance

    def add_struct_definition(self, plugin_name, struct_name, struct):
        self._structs[f'{plugin_name}.{struct_name}'] = struct

    def load_itemdefinitions(self, env_dir, items_dir, etc_dir, plugins_dir):
        """Creates the items of all files of items_dir; one that fails is missing, and so is all below it."""
        for name in sorted(os.listdir(items_dir)):
            tree = lib.config.parse_items(os.path.join(items_dir, name), self._structs)
            for path, config in tree.items():
                item = Item.create(self._sh, self, path, config, self) if isinstance(config, dict) else None
                if item is not None:
                    setattr(self._sh, path, item)

    def add_item(self, path, item):
        self._items[path] = item

    def return_item(self, string):
        return self._items.get(string)

    def return_items(self, ordered=False):
        paths = sorted(self._items, key=str.lower) if ordered else list(self._items)
        return (self._items[path] for path in paths)

    def item_count(self):
        return len(self._items)
