# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Translations of plugins: the key is the German text, `=` stands for the key itself."""

import logging
import os

import lib.config

logger = logging.getLogger(__name__)

_base_dir = ''
_default_language = 'de'
_fallback_language_order = []
_translations = {}


def initialize_translations(base_dir, default_language, fallback_language_order):
    """Forgets what was loaded; the order of the fallback languages is a text with commas."""
    global _base_dir, _default_language, _fallback_language_order
    _base_dir = base_dir
    _default_language = default_language
    _fallback_language_order = fallback_language_order.split(',')
    _translations.clear()


def load_translations(translation_type='global', from_dir='bin', translation_id='global'):
    """Reads `<type>_translations` of the folder's locale.yaml; a folder without one has no translations."""
    filename = os.path.join(_base_dir, from_dir, 'locale.yaml')
    if os.path.isfile(filename):
        content = lib.config.load(filename)
        _translations[translation_id] = content.get(f'{translation_type}_translations', {})


def translate(txt, vars=None, plugin_translations=None, module_translations=None):
    """The text in the host's language, else in the first fallback language that has it, else as it is."""
    txt = str(txt)
    entry = {}
    for place in (plugin_translations, module_translations, 'global'):
        entry = entry or _translations.get(place, {}).get(txt, {})
    if not entry and txt:
        logger.info(f"No translation for '{txt}'")
    known = (entry.get(language) for language in (_default_language, *_fallback_language_order))
    translated = next((text for text in known if text is not None), txt)
    if translated == '=':
        translated = txt
    if vars is not None:
        try:
            translated = translated.format(**vars)
        except (KeyError, IndexError, ValueError, TypeError) as e:
            logger.error(f"translate: could not fill {vars} into '{translated}': {e!r}")
    return translated
