# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files: plugin.yaml of etc and the items with their structs."""

import copy
import keyword
import logging
import re
import warnings

from ruamel.yaml import YAML
from ruamel.yaml.error import MantissaNoDotYAML1_1Warning

logger = logging.getLogger(__name__)


def load(filename):
    """Content of a YAML 1.1 file (`yes` is a bool there), {} when it is empty."""
    yaml = YAML(typ='safe', pure=True)
    yaml.version = (1, 1)
    with open(filename, encoding='utf-8') as file, warnings.catch_warnings():
        warnings.simplefilter('ignore', MantissaNoDotYAML1_1Warning)
        return yaml.load(file) or {}


def sanitize(tree, filename):
    """Drops the keys that can neither be an item nor an attribute; says so."""
    clean = {}
    for key, value in tree.items():
        is_item = isinstance(value, dict)
        name = str(key)
        if not re.fullmatch(r'[A-Za-z_@*][\w@*]*', name, re.ASCII):
            logger.warning(f"Problem parsing '{name}' in file '{filename}': invalid name")
        elif is_item and (keyword.iskeyword(name) or name in ('set', 'get')):
            logger.warning(f"Problem parsing '{name}' in file '{filename}': reserved word")
        else:
            clean[name] = sanitize(value, filename) if is_item else value
    return clean


def as_text(tree):
    """Scalars of a configuration are text for the core; lists keep the types of their elements."""
    texts = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            texts[key] = as_text(value)
        elif isinstance(value, list):
            texts[key] = value
        else:
            texts[key] = str(value).replace('\n', '')
    return texts


def parse_items(filename, structs):
    """The tree of items of a file with its structs filled in."""
    return as_text(_with_structs(sanitize(load(filename), filename), structs, prefix=''))


def _with_structs(node, structs, prefix):
    tree = {key: _with_structs(value, structs, prefix) if isinstance(value, dict) else value
            for key, value in node.items()}
    names = tree.get('struct', [])
    for reference in [names] if isinstance(names, str) else names:
        name, _, instance = reference.partition('@')
        name = prefix + name if name.startswith('.') else name
        if name not in structs:
            logger.error(f"Struct definition for '{name}' not found")
            continue
        struct = _with_structs(copy.deepcopy(structs[name]), structs, prefix=name.partition('.')[0])
        # only the item knows the instance; a struct inside of a struct leaves the mark alone
        if not prefix:
            struct = _for_instance(struct, instance or str(tree.get('instance', '')))
        tree = _merged(struct, tree)
    return tree


def _for_instance(struct, instance):
    """`attribute@instance` of a struct becomes `attribute@<name>`, or `attribute` without a name."""
    marked = {}
    for key, value in struct.items():
        bare = key.removesuffix('@instance')
        name = f'{bare}@{instance}' if bare != key and instance else bare
        marked[name] = _for_instance(value, instance) if isinstance(value, dict) else value
    return marked


def _merged(below, above):
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged
