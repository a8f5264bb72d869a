# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""What the whole suite stands on: imports that work although the root of the repository is a package itself."""

import argparse
import functools
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT / 'tests', ROOT):
    sys.path.insert(0, str(folder))

from host import HOME, Host  # noqa: E402  (makes `lib` and `plugins.dlms` importable)


class RootIsNoPackage:
    """The root holds the plugin's __init__.py, which pytest would import before any test: it needs SmartHomeNG."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> 'pytest.Collector | None':
        return pytest.Dir.from_parent(parent, path=path) if path == ROOT else None


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(RootIsNoPackage(), 'root-is-no-package')
    if HOME:
        # the core and its libraries are not ours to mend
        config.addinivalue_line('filterwarnings', 'default')


ARGPARSE_WORDS = vars(argparse)['_']


@pytest.fixture(autouse=True)
def words_of_argparse() -> None:
    """The shell command gives argparse the user's language for the whole process: each test begins with argparse's own words."""
    vars(argparse)['_'] = ARGPARSE_WORDS


@pytest.fixture
def new_host() -> Iterator[Callable[..., Host]]:
    """Makes hosts, see host.Host; at the end they are stopped and must not have left a thread behind."""
    hosts: list[Host] = []

    def make(*args: Any, **kwargs: Any) -> Host:
        hosts.append(Host(*args, **kwargs))
        return hosts[-1]

    yield make
    assert [host.stop() for host in hosts] == [[] for _ in hosts]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[[Host, Any], None]:
    """connect(host, simulation): the plugin's reader finds this meter, and both have the host's time; then run() is called."""
    from plugins.dlms import dlms
    query, listen = dlms.query, dlms.listen

    def connected(host: Host, simulation: Any) -> None:
        for name, function in (('query', query), ('listen', listen)):
            monkeypatch.setattr(dlms, name, functools.partial(
                function, clock=simulation.clock, open_port=simulation.open_port))
        host.start()
    return connected


@pytest.fixture(scope='session')
def browser() -> Iterator[Any]:
    """Debian's chromium without a window."""
    from playwright.sync_api import sync_playwright  # here: only these tests need it

    program = shutil.which('chromium')
    if not program:
        pytest.fail('the tests of the page need chromium: apt-get install chromium')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=['--no-sandbox'])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page, 1400x900, that must not complain, meet an HTTP error or ask anybody but the test's own server."""
    context = browser.new_context(viewport={'width': 1400, 'height': 900}, locale='de-DE',
                                  permissions=['clipboard-read', 'clipboard-write'])
    page, complaints = context.new_page(), []
    page.on('console', lambda message: message.type in ('error', 'warning') and complaints.append(message.text))
    page.on('pageerror', lambda error: complaints.append(str(error)))
    page.on('response', lambda response: response.status >= 400 and complaints.append(f'{response.status} {response.url}'))
    page.on('request', lambda request: request.url.startswith(('http://127.0.0.1:', 'data:', 'blob:'))
            or complaints.append(request.url))
    yield page
    context.close()
    assert complaints == []
