# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""Runs jobs at their time: a loop every half second, and workers that may run one job several times at once."""

import datetime
import inspect
import logging
import queue
import random
import threading

from lib import triggertimes

logger = logging.getLogger(__name__)
tasks_logger = logging.getLogger('lib.scheduler.tasks')

LOOP = 0.5  # s


def _checked_cycle(cycle):
    """None or {seconds: None}. The core would run a job with another cycle every second, or every loop."""
    if cycle is None:
        return None
    if type(cycle) is not int:
        raise TypeError(f'cycle must be int, not {cycle!r}')
    if cycle < 1:
        raise ValueError(f'cycle must be at least 1, not {cycle}')
    return {cycle: None}


def _checked_next(next):
    """None or a time with its zone. A naive one would block all entries behind it in the core."""
    if next is not None and next.tzinfo is None:
        raise ValueError(f'next must have a time zone: {next!r}')
    return next


class Scheduler(threading.Thread):
    """start() runs it in real time; step() does one round of the loop and its jobs in the calling thread."""

    _worker_num = 5

    def __init__(self, smarthome):
        super().__init__(name='Scheduler')
        self._sh = smarthome
        self._scheduler = {}
        self._lock = threading.Lock()
        self._due = queue.PriorityQueue()
        self._count = 0
        self._stopped = threading.Event()

    def run(self):
        workers = [threading.Thread(target=self._worker, name='idle') for _ in range(self._worker_num)]
        for worker in workers:
            worker.start()
        while not self._stopped.wait(LOOP):
            self._look()
        for worker in workers:
            worker.join(1)

    def stop(self):
        self._stopped.set()

    def step(self):
        self._look()
        while not self._due.empty():
            self._task(*self._due.get()[2:])

    def add(self, name, obj, prio=3, cron=None, cycle=None, value=None, offset=None, next=None,
            from_smartplugin=False):
        """A new entry, or another one under this name."""
        entry = {'prio': prio, 'obj': obj, 'source': None, 'cron': None, 'cycle': _checked_cycle(cycle),
                 'value': value, 'next': _checked_next(next), 'active': True}
        if cron is not None:
            entry['cron'], init = self._parsed_cron([cron] if isinstance(cron, str) else cron)
            entry['next'] = init or entry['next']
        if cycle is not None and offset is None:
            offset = random.randint(10, 15)
        with self._lock:
            self._scheduler[name] = entry
            if entry['next'] is None:
                self._next_time(name, offset)

    def _parsed_cron(self, texts):
        """{entry: value} and, for an `init`, the time of the first run."""
        cron, init = {}, None
        for text in texts:
            entry, _, value = text.partition('=')
            entry = entry.strip()
            if entry.lower().startswith('init'):
                seconds = 5 + int(entry[4:] or 0)
                init = self._sh.shtime.now() + datetime.timedelta(seconds=seconds)
            else:
                cron[entry] = value.strip() or None
        return cron or None, init

    def change(self, name, from_smartplugin=False, **kwargs):
        """New values for an entry; cycle and cron compute next again, also when it is among the values."""
        with self._lock:
            if name not in self._scheduler:
                logger.warning(f'Could not change {name}. No logic/method with this name found.')
                return
            entry = self._scheduler[name]
            for key, value in kwargs.items():
                if key not in entry:
                    logger.warning(f'Attribute {key} for {name} not specified. Could not change it.')
                elif key == 'cycle':
                    entry['cycle'] = _checked_cycle(value)
                elif key == 'cron' and value is not None:
                    entry['cron'] = self._parsed_cron(value.split('|'))[0]
                else:
                    entry[key] = _checked_next(value) if key == 'next' else value
            if not entry['active']:
                entry['next'] = None
            elif 'cycle' in kwargs or 'cron' in kwargs:
                self._next_time(name)

    def remove(self, name, from_smartplugin=False):
        with self._lock:
            self._scheduler.pop(name, None)

    def get(self, name, from_smartplugin=False):
        return self._scheduler.get(name)

    def return_next(self, name, from_smartplugin=False):
        return self._scheduler[name]['next'] if name in self._scheduler else None

    def trigger(self, name, obj=None, by='Logic', source=None, value=None, dest=None, prio=3, dt=None,
                from_smartplugin=False):
        """Runs a job now, beside its schedule; it may be running already."""
        if dt is not None:
            raise NotImplementedError('the stand-in host knows no delayed trigger')
        entry = self._scheduler.get(name)
        if obj is None and entry is None:
            logger.warning(f'Logic name not found: {name}')
        elif entry is None or entry['active']:
            self._put(prio, name, obj or entry['obj'], value, by)

    def _next_time(self, name, offset=None):
        entry, now = self._scheduler[name], self._sh.shtime.now()
        times = [triggertimes.get_next(text, now) for text in entry['cron'] or ()]
        if entry['cycle']:
            seconds = offset if offset is not None else next(iter(entry['cycle']))
            times.append(now + datetime.timedelta(seconds=seconds))
        if not times:
            logger.warning(f'for {entry["obj"]}, neither cron or cycle is given, not setting next trigger time')
        entry['next'] = min(times, default=None)

    def _look(self):
        """Due entries go to the workers; the next time of an entry is found one round after it was due."""
        now = self._sh.shtime.now()
        with self._lock:
            for name, entry in self._scheduler.items():
                if entry['next'] is not None:
                    if entry['next'] <= now:
                        entry['next'] = None
                        self._put(entry['prio'], name, entry['obj'], entry['value'], 'Scheduler')
                elif entry['active'] and (entry['cron'] or entry['cycle']):
                    self._next_time(name)

    def _put(self, prio, name, obj, value, by):
        self._count += 1
        self._due.put((prio, self._count, name, obj, value, by))

    def _worker(self):
        while not self._stopped.is_set():
            try:
                job = self._due.get(timeout=LOOP)
            except queue.Empty:
                continue
            self._task(*job[2:])

    def _task(self, name, obj, value, by):
        thread = threading.current_thread()
        before, thread.name = thread.name, name
        try:
            arguments = dict(value or {})
            if value and 'caller' in inspect.signature(obj).parameters:
                arguments.setdefault('caller', by)
            obj(**arguments)
        except Exception as e:  # whatever a plugin raises
            tasks_logger.exception(f'Method {name} exception: {e}')
        finally:
            thread.name = before
