# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""A demonstration without SmartHomeNG and without a meter: the plugin in the stand-in host reads the simulated meter.

    python3 tests/demo.py [--port 8383] [--seconds N]

Prints the items as they change; the page of the plugin is at http://127.0.0.1:8383/plugin/dlms/. Ctrl-C ends it.
"""

import argparse
import time

from host import ROOT, Host
from simulated_meter import PtyDoor

ITEMS = """
house:
    consumption:
        struct: dlms.consumption
    feed_in:
        struct: dlms.feed_in
    power:
        struct: dlms.power
    voltage:
        type: num
        dlms_obis_code: '32.7.0'
    highest_power:
        type: num
        dlms_obis_code: ['1.6.0', 0, Value, num]
        when:
            type: foo
            dlms_obis_code: ['1.6.0', 1, Value, ZST10]
meter:
    struct: dlms.meter
"""


def show(item, caller, source, dest):
    print(f'{time.strftime("%H:%M:%S")}  {item.property.path:32}  {item()!s:28}  from {source}', flush=True)


def main():
    parser = argparse.ArgumentParser(description='The plugin in a stand-in for SmartHomeNG, with a simulated meter.')
    parser.add_argument('--port', type=int, default=8383, help='of the web interface (8383)')
    parser.add_argument('--seconds', type=float, default=float('inf'), help='ends after so long (runs on)')
    arguments = parser.parse_args()
    page = arguments.port if (ROOT / 'webif').is_dir() else False
    with PtyDoor() as door:
        section = {'serialport': door.name, 'update_cycle': 10}
        with Host(section, ITEMS, language='en', live=True, http=page, start=False) as host:
            for item in host.sh.items.return_items():
                item.add_method_trigger(show)
            host.start()
            print(f'The simulated meter is at {door.name}, the page at {host.url() if page else "-"}. Ctrl-C ends.',
                  flush=True)
            end = time.monotonic() + arguments.seconds
            try:
                while time.monotonic() < end:
                    time.sleep(0.2)
            except KeyboardInterrupt:
                print()


if __name__ == '__main__':
    main()
