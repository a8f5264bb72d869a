# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What plugin.yaml says of parameters and item attributes, and how configured values are fitted to it."""

import ast
import logging
import os

import lib.config
from lib.utils import Utils

logger = logging.getLogger(__name__)

TYPE_DEFAULTS = {'bool': False, 'int': 0, 'float': 0.0, 'num': 0.0, 'str': '', 'password': '', 'list': [], 'dict': {},
                 'foo': None}
NUMBERS = ('int', 'float', 'num')

all_itemdefinitions = {}


def _definitions(section):
    """A section of plugin.yaml (None or 'NONE' if it is empty) with its types split into type and length."""
    definitions = {} if section in (None, 'NONE') else section
    for name, definition in definitions.items():
        kind, _, detail = str(definition.get('type', 'foo')).partition('(')
        if kind not in TYPE_DEFAULTS:
            raise NotImplementedError(f'type {kind} of {name}')
        length = detail.rstrip(')').split(',')[0]
        definition.update(type=kind, listlen=int(length) if length.isdigit() else 0)
    return definitions


def _fits(value, kind):
    if kind == 'bool':
        return Utils.to_bool(value, default='?') != '?'
    if kind == 'int':
        return Utils.is_int(value)
    if kind in ('float', 'num'):
        return Utils.is_float(value)
    if kind == 'dict':
        return isinstance(_convert(value, 'dict'), dict)
    return True


def _convert(value, kind):
    if kind == 'bool':
        return Utils.to_bool(value)
    if kind == 'int':
        return int(value)
    if kind in ('float', 'num'):
        return float(value)
    if kind in ('str', 'password'):
        return str(value)
    if kind == 'list':
        return value if isinstance(value, list) else [value]
    if kind == 'dict' and isinstance(value, str):
        try:
            return ast.literal_eval(value)
        except (ValueError, SyntaxError):
            return None
    return value


def _limit(value, definition):
    """Numbers are clamped, a value outside of the list of valid ones becomes the list's first entry."""
    if definition['type'] in NUMBERS:
        for bound, pick in (('valid_min', max), ('valid_max', min)):
            if definition.get(bound) is not None:
                value = pick(value, definition[bound])
    if definition['listlen'] and definition['listlen'] != len(value):
        raise KeyError('')  # the core stumbles here, and the item is lost
    if definition.get('valid_list_ci') and isinstance(value, str):
        valid = [str(entry).lower() for entry in definition['valid_list_ci']]
        return value.lower() if value.lower() in valid else valid[0]
    if definition.get('valid_list') and value not in definition['valid_list']:
        return definition['valid_list'][0]
    return value


def _checked(value, definition, label):
    """The converted value within its limits; a warning when they changed it."""
    converted = _convert(value, definition['type'])
    limited = _limit(converted, definition)
    same = str(converted).lower() == limited if definition.get('valid_list_ci') else converted == limited
    if not same:
        logger.warning(f"Invalid value '{converted}' for {label} -> using '{limited}' instead")
    return limited


class Metadata:
    """plugin.yaml of one plugin."""

    def __init__(self, sh, addon_name, addon_type):
        filename = os.path.join(sh.get_basedir(), 'plugins', addon_name, f'{addon_type}.yaml')
        self.meta = lib.config.load(filename)
        self._addon_name = addon_name
        self.addon_metadata = self.pluginsettings = self.meta['plugin']
        self.parameters = _definitions(self.meta.get('parameters'))
        self.parameters.update(_definitions(self._global_parameters(sh)))
        self.itemdefinitions = _definitions(self.meta.get('item_attributes'))
        structs = self.meta.get('item_structs')
        self.itemstructs = {} if structs in (None, 'NONE') else structs
        all_itemdefinitions.update(self.itemdefinitions)

    def _global_parameters(self, sh):
        parameters = {}
        if sh.modules.get_module('http') is not None:
            parameters['webif_pagelength'] = {'type': 'int', 'valid_list': [-1, 0, 25, 50, 100], 'default': 0}
        if self.pluginsettings.get('multi_instance', False):
            parameters['instance'] = {'type': 'str'}
        return parameters

    def get_string(self, key):
        return self.addon_metadata.get(key, '')

    def get_bool(self, key):
        return Utils.to_bool(self.addon_metadata.get(key, False))

    def get_version(self):
        return self.get_string('version')

    def check_parameters(self, args):
        """Values of all parameters, False if a mandatory one is missing, and which of them are hidden."""
        values, complete = {}, True
        for name, definition in self.parameters.items():
            value = Utils.strip_quotes(args.get(name))
            if definition['type'] == 'list':
                value = Utils.string_to_list(value)
            if value is not None and _fits(value, definition['type']):
                values[name] = _checked(value, definition, f"parameter '{name}'")
                continue
            if definition.get('mandatory'):
                logger.error(f"'{name}' is mandatory, but has no valid value")
                complete = False
                continue
            values[name] = self.get_parameter_defaultvalue(name)
            if value is not None:
                logger.error(f"Found invalid value '{value}' for parameter '{name}' (type {definition['type']}), "
                             f"using default value '{values[name]}' instead")
        hidden = {name: Utils.to_bool(self.parameters[name].get('hide', False)) for name in values}
        return values, complete, hidden

    def get_parameter_defaultvalue(self, param):
        """The default of the definition, else that of its type; `None*` is None."""
        definition = self.parameters[param]
        default = definition.get('default')
        if default == 'None*':
            return None
        if default is None:
            default = TYPE_DEFAULTS[definition['type']]
        elif not _fits(default, definition['type']):
            logger.error(f"Invalid default '{default}' for parameter '{param}'")
            default = TYPE_DEFAULTS[definition['type']]
        converted = _convert(default, definition['type'])
        limited = _limit(converted, definition)
        if limited != converted:
            logger.error(f"Invalid default '{converted}' for parameter '{param}' -> using '{limited}' instead")
        return limited

    def check_itemattribute(self, item, attribute, value, defined_in_file=None):
        """The value as its definition wants it; '' (or the definition's default) if it cannot be converted."""
        definition = all_itemdefinitions.get(attribute)
        if definition is None:
            if not attribute.startswith(('my_', '_')):
                logger.notice(f"Item '{item.property.path}', attribute '{attribute}': "
                              f"Attribute is undefined and has value '{value}'")
            return value
        label = f"attribute '{attribute}' of item '{item.property.path}'"
        if definition['type'] == 'list':
            value = Utils.string_to_list(value)
        if _fits(value, definition['type']):
            return _checked(value, definition, label)
        logger.warning(f"value '{value}' of {label} can not be converted to type '{definition['type']}'")
        return definition.get('default', '')
