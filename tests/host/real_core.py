# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What the installed core needs to be started and stopped many times in one process, which it is not made for."""

import importlib
import types

SINGLETONS = {'lib.item.items': '_items_instance', 'lib.item.item': '_items_instance', 'lib.log': 'logs_instance',
              'lib.module': '_modules_instance', 'lib.plugin': '_plugins_instance',
              'lib.scheduler': '_scheduler_instance', 'lib.shtime': '_shtime_instance',
              'lib.triggertimes': '_triggertimes_instance'}


def forget_everything():
    """Undoes what an earlier host left in modules and classes of the core."""
    for name, variable in SINGLETONS.items():
        setattr(importlib.import_module(name), variable, None)
    core = importlib.import_module('lib.plugin').Plugins
    core._plugins, core._threads, core._plugindict = [], [], {}
    modules = importlib.import_module('lib.module').Modules
    modules._modules, modules._moduledict = [], {}
    scheduler = importlib.import_module('lib.scheduler')
    scheduler.Scheduler._scheduler, scheduler.Scheduler._workers = {}, []
    scheduler.Scheduler._runq, scheduler.Scheduler._triggerq = scheduler._PriorityQueue(), scheduler._PriorityQueue()
    scheduler.Scheduler._worker_num = 5
    scheduler.time = importlib.import_module('time')
    items = importlib.import_module('lib.item.items').Items
    items.plugin_attributes, items.plugin_attribute_prefixes = {}, {}
    items._Items__items, items._Items__item_dict, items._children = [], {}, []
    metadata = importlib.import_module('lib.metadata')
    metadata.all_itemdefinitions.clear()
    metadata.all_prefixes_tuple = None
    importlib.import_module('lib.translation')._translations.clear()


def step(scheduler):
    """One round of the scheduler's own loop and its jobs in the calling thread: its sleep ends the loop instead."""
    def end_of_loop(_seconds):
        scheduler.alive = False

    scheduler._worker_num = 0
    scheduler._last_worker = scheduler.shtime.now()
    scheduler._sh.shng_status['code'] = 31  # "stopping": leaving the loop is no reason for a warning then
    vars(importlib.import_module('lib.scheduler'))['time'] = types.SimpleNamespace(sleep=end_of_loop)
    scheduler.run()
    while scheduler._runq.qsize():
        _, (name, obj, by, source, dest, value) = scheduler._runq.get()
        scheduler._task(name, obj, by, source, dest, value)
