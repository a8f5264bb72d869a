# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
manufacturer.py and manufacturer.yaml: names by FLAG id, and the refresh from a list served on 127.0.0.1.

What reads or writes the file is tested with the ruamel.yaml of the environment and with 0.16.7, which SmartHomeNG
installs.
"""

import contextlib
import errno
import importlib.util
import io
import json
import logging
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest

import manufacturer

ROOT = Path(__file__).resolve().parent.parent
OLDEST_RUAMEL = ROOT / '.cache' / 'ruamel.yaml-0.16.7'
HEADINGS = ('FLAG ID', 'Manufacturer', 'Country', 'World Region')
OLD = '"ABC": "Old & Co"\n"DEF": "Stays"\n"GHI": "Goes"\n'
NEW = (('ABC', 'New & Co', 'Germany', None), ('DEF', 'Stays', None, None), ('JKL', 'Comes', None, None))
DIFFERENCES = ['changed ABC  Old & Co -> New & Co', 'removed GHI  Goes', 'added   JKL  Comes']

Handler = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture(scope='module', params=['current', '0.16.7'])
def ruamel(request: pytest.FixtureRequest) -> Iterator[None]:
    manufacturer._names = None
    if request.param == 'current':
        yield
        return
    if not OLDEST_RUAMEL.is_dir():
        pytest.fail(
            f'{OLDEST_RUAMEL} is missing: run `make test`, or once\n'
            f'python3 -m pip install --no-deps --target {OLDEST_RUAMEL} ruamel.yaml==0.16.7'
        )
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split('.')[0] == 'ruamel'}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'path', [str(OLDEST_RUAMEL), *sys.path])
        patch.setenv('PYTHONPATH', str(OLDEST_RUAMEL))
        importlib.invalidate_caches()
        assert importlib.import_module('ruamel.yaml').__version__ == '0.16.7'
        yield
    for name in [name for name in sys.modules if name.split('.')[0] == 'ruamel']:
        del sys.modules[name]
    sys.modules.update(kept)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('NO_PROXY', '127.0.0.1')


def workbook(*rows: tuple[object, ...], headings: tuple[object, ...] | None = HEADINGS) -> bytes:
    book = openpyxl.Workbook()
    for row in ([headings] if headings else []) + list(rows):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repacked(change: Callable[[str, bytes], bytes | None]) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(*NEW))) as old,
        zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return buffer.getvalue()


def many(count: int) -> list[tuple[str, str]]:
    letters = [chr(65 + number) for number in range(26)]
    return [(f'A{b}{c}', f'Maker {b}{c}') for b in letters for c in letters][:count]


def book_of_sheets(folder: Path, sheets: int, last_row: int = 1) -> str:
    """An xlsx file with the list in its last sheet; in the others a cell in that row."""
    book = openpyxl.Workbook()
    for _ in range(sheets - 1):
        book.create_sheet()
    for sheet in book.worksheets[:-1]:
        sheet.cell(last_row, 1, 'x')
    for row in ('FLAG ID', 'Manufacturer'), *NEW:
        book.worksheets[-1].append(row)
    book.worksheets[-1].cell(last_row + 9, 1, 'x')
    path = folder / f'{sheets}.xlsx'
    book.save(path)
    return str(path)


class Lists:
    """Serves lists on 127.0.0.1: a path for each answer."""

    def __init__(self) -> None:
        self.answers: dict[str, Handler] = {}
        self.ended = threading.Event()
        answers = self.answers

        class Request(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers[self.path](self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """The program goes away in the middle: that is what is tested."""

        self.server = Server(('127.0.0.1', 0), Request)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={'poll_interval': 0.02})
        self.thread.start()

    def close(self) -> None:
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def serve(self, answer: Handler) -> str:
        path = f'/{len(self.answers)}'
        self.answers[path] = answer
        return f'http://127.0.0.1:{self.server.server_port}{path}'


def reply(body: bytes = b'', status: int = 200, length: int | None = None, **headers: str) -> Handler:
    """A whole answer; a `length` of -1 sends none, so that the answer ends with the connection."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key, value)
        if length != -1:
            request.send_header('Content-Length', str(len(body) if length is None else length))
        request.end_headers()
        request.wfile.write(body)

    return answer


@pytest.fixture
def lists() -> Iterator[Lists]:
    served = Lists()
    yield served
    served.close()


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / 'plugin'
    folder.mkdir()
    path = folder / 'manufacturer.yaml'
    path.write_text(OLD, encoding='utf-8')
    return path


@pytest.fixture
def xlsx(tmp_path: Path) -> Callable[..., str]:
    def write(*rows: tuple[object, ...], **options: object) -> str:
        path = tmp_path / 'list.xlsx'
        path.write_bytes(workbook(*rows, **options))
        return str(path)

    return write


@pytest.fixture
def run(output: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """The program with --output; gives the lines of its report."""

    def run(*arguments: str) -> list[str]:
        status = manufacturer.main(['--output', str(output), *arguments])
        printed = capsys.readouterr()
        assert (status, printed.err) == (0, '')
        return printed.out.splitlines()

    return run


@pytest.fixture
def refused(output: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The program with --output, which must fail and leave everything as it was; gives its sentence."""

    def refused(*arguments: str) -> str:
        before = output.read_bytes(), output.stat(), os.listdir(output.parent)
        status = manufacturer.main(['--output', str(output), *arguments])
        printed = capsys.readouterr()
        assert status == 1
        assert re.fullmatch(r'manufacturer\.py: [^\n]+\n', printed.err)
        assert (output.read_bytes(), output.stat(), os.listdir(output.parent)) == before
        return printed.err

    return refused


def program(*arguments: object, **options: object) -> 'subprocess.CompletedProcess[str]':
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, encoding='utf-8', timeout=60, **options
    )


@pytest.fixture
def module(tmp_path: Path) -> Callable[[bytes | None], ModuleType]:
    """A fresh copy of the module beside a manufacturer.yaml with this content, None for no such file."""
    count = iter(range(1000))

    def load(content: bytes | None) -> ModuleType:
        folder = tmp_path / f'copy{next(count)}'
        folder.mkdir()
        shutil.copy(ROOT / 'manufacturer.py', folder)
        if content is not None:
            (folder / 'manufacturer.yaml').write_bytes(content)
        spec = importlib.util.spec_from_file_location('copy_of_manufacturer', folder / 'manufacturer.py')
        copy = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(copy)
        return copy

    return load


@pytest.mark.usefixtures('ruamel')
class TestName:
    @pytest.mark.parametrize(
        ('flag', 'name'),
        [
            ('LGZ', 'Landis+Gyr AG'),
            ('lgz', 'Landis+Gyr AG'),
            ('LGz', 'Landis+Gyr AG'),
            ('AAA', 'Aventies GmbH'),
            ('ZYB', 'WEIHAI ZHENYU INTELL & TECH Co. Ltd.'),
            ('FUT', 'first:utility'),
            ('GRA', 'Grässlin GmbH'),
            ('INF', 'Infometric'),
        ],
    )
    def test_of_a_flag_id_in_any_case(self, flag: str, name: str) -> None:
        assert manufacturer.name(flag) == name

    @pytest.mark.parametrize('flag', [None, '', 'QQQ', 'LG', 'LGZ5', ' LGZ', 'LGZ\n', 'L-Z', 'ıSK', 'IſK', '1E5'])
    def test_is_none_for_one_unknown_or_malformed(self, flag: str | None) -> None:
        assert manufacturer.name(flag) is None

    def test_comes_from_the_file_beside_the_module(
        self, module: Callable[..., ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copy = module(b'"LGZ": "right"\n')
        (tmp_path / 'manufacturer.yaml').write_text('"LGZ": "wrong"\n')
        monkeypatch.chdir(tmp_path)
        assert copy.name('LGZ') == 'right'

    def test_comes_from_the_file_beside_the_module_behind_a_link(
        self, module: Callable[..., ModuleType], tmp_path: Path
    ) -> None:
        folder = Path(module(b'"LGZ": "right"\n').__file__).parent
        (tmp_path / 'link.py').symlink_to(folder / 'manufacturer.py')
        shown = program('-c', 'import link; print(link.name("LGZ"))', cwd=tmp_path)
        assert (shown.stdout, shown.stderr) == ('right\n', '')

    def test_reads_the_file_once(self, module: Callable[..., ModuleType]) -> None:
        copy = module(b'"LGZ": "first"\n')
        assert copy.name('LGZ') == 'first'
        copy.FILE.write_text('"LGZ": "second"\n')
        assert copy.name('LGZ') == 'first'

    def test_takes_what_people_write_by_hand(self, module: Callable[..., ModuleType]) -> None:
        text = '\ufeff# mine\nYES: First\noff: Söhne\nLGZ: 4711\nABC: One\nABC: One again\nDEF:\nGHI: [a]\nLONG: x\n'
        copy = module(text.encode())
        names = [copy.name(flag) for flag in ('YES', 'OFF', 'LGZ', 'ABC', 'DEF', 'GHI')]
        assert names[:3] == ['First', 'Söhne', '4711']
        assert names[3] in ('One', 'One again')
        assert names[4:] == [None, None]

    @pytest.mark.parametrize(
        'content',
        [
            None,
            b'',
            b'# nothing but a comment\n',
            b'- LGZ\n- EMH\n',
            b'Landis+Gyr\n',
            b'LGZ: a: b\n',
            b'"LGZ": "no end\n',
            b'LGZ: \x00\n',
            'LGZ: Zähler\n'.encode('latin-1'),
            b'[' * 1000,
            b'plugin_enabled: true\n',
            b'LGZ: *nowhere\n',
        ],
    )
    def test_is_all_that_a_bad_file_costs(
        self, content: bytes | None, module: Callable[..., ModuleType], caplog: pytest.LogCaptureFixture
    ) -> None:
        copy = module(content)
        assert [copy.name('LGZ'), copy.name('EMH')] == [None, None]
        (record,) = caplog.records
        assert (record.name, record.levelno) == ('copy_of_manufacturer', logging.WARNING)
        assert str(copy.FILE) in record.getMessage()
        assert '\n' not in record.getMessage()

    def test_is_all_that_a_missing_ruamel_yaml_costs(
        self,
        module: Callable[..., ModuleType],
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        copy = module(b'LGZ: Landis+Gyr\n')
        monkeypatch.setitem(sys.modules, 'ruamel.yaml', None)
        assert [copy.name('LGZ'), copy.name('LGZ')] == [None, None]
        (record,) = caplog.records
        assert '-m pip install ruamel.yaml' in record.getMessage()

    @pytest.mark.parametrize(('prefix', 'base', 'apt', 'command'), [
        ('/usr', '/usr', True, 'sudo apt install python3-ruamel.yaml'),
        ('/usr', '/usr', False, '-m pip install ruamel.yaml'),
        ('/home/me/venv', '/usr', True, '-m pip install ruamel.yaml'),
        ('/opt/python', '/opt/python', True, '-m pip install ruamel.yaml'),
    ])  # fmt: skip
    def test_says_how_this_system_gets_ruamel_yaml(
        self, module: Callable[..., ModuleType], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path, prefix: str, base: str, apt: bool, command: str,
    ) -> None:
        copy = module(b'LGZ: Landis+Gyr\n')
        monkeypatch.setitem(sys.modules, 'ruamel.yaml', None)
        monkeypatch.setattr(sys, 'prefix', prefix)
        monkeypatch.setattr(sys, 'base_prefix', base)
        monkeypatch.setattr(copy, 'APT', tmp_path if apt else tmp_path / 'none')
        assert copy.name('LGZ') is None
        assert caplog.records[0].getMessage().endswith(command)

    def test_does_not_wait_for_a_parser(self) -> None:
        began = time.process_time()
        assert len(manufacturer.read_names(manufacturer.FILE)) == 1557
        assert time.process_time() - began < 0.02
        text = manufacturer.FILE.read_text(encoding='utf-8')
        assert manufacturer.read_names(manufacturer.FILE) == manufacturer._yaml_names(manufacturer.FILE, text)

    @pytest.mark.parametrize(
        'text',
        [
            '"ABC": "a\u2028b"\n', '"ABC": "a\x85"\n', '"ABC": "a\ufeff"\n', '\ufeff"ABC": "a"\n', '"ABC": "a\tb"\n',
            '"ABC": " a # b: c "\n', '"abc": "a"\n"ABC": "b"\n', '"ABC": "b"\n"abc": "a"\n', '"ABC": "a" # c\n',
            '# "ABC": "a"\n"DEF": "b"', '"ABC": "a"\n\n"DEF": "b"\n\n', '"ABC": "\\u0041"\n', '"ABC": "a\\\n  b"\n',
            '"ABC": "a\n  b"\n', '"ABC": ""\n"DEF": "b"\n', '"ABCD": "a"\n"DEF": "b"\n', '---\n"ABC": "a"\n',
            '"ABC": "a"\n...\n', '"ABC": "\U0001f50c"\n', '"ABC": "a\u3000b"\n', '#\x07\n"ABC": "a"\n', '"ABC": \'a\'\n',
        ],
        ids=ascii,
    )
    def test_is_what_a_parser_of_yaml_reads(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / 'list.yaml'
        file.write_text(text, encoding='utf-8')
        outcomes = []
        for read in (lambda: manufacturer.read_names(file), lambda: manufacturer._yaml_names(file, text)):
            try:
                outcomes.append(read())
            except manufacturer.ListError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]

    def test_needs_neither_requests_nor_openpyxl(
        self, module: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for library in ('requests', 'openpyxl'):
            monkeypatch.setitem(sys.modules, library, None)
        assert module(b'"LGZ": "Landis+Gyr"\n').name('LGZ') == 'Landis+Gyr'

    def test_says_what_is_wrong_once_to_many_threads(
        self, module: Callable[..., ModuleType], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copy = module(None)
        two_inside, read_names = threading.Barrier(2), copy.read_names

        def read(path: Path) -> dict[str, str]:
            with contextlib.suppress(threading.BrokenBarrierError):
                two_inside.wait(0.2)
            return read_names(path)

        monkeypatch.setattr(copy, 'read_names', read)
        threads = [threading.Thread(target=copy.name, args=('LGZ',)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert two_inside.broken
        assert len(caplog.records) == 1


@pytest.mark.usefixtures('ruamel')
class TestShippedFile:
    text = (ROOT / 'manufacturer.yaml').read_text(encoding='utf-8')
    lines = tuple(line for line in text.splitlines() if not line.startswith('#'))

    def test_tells_source_date_and_count(self) -> None:
        head = self.text.splitlines()[:5]
        assert head[0].startswith('# Manufacturers of meters by FLAG id: the list of the DLMS User Association')
        assert manufacturer.URL in head[1]
        assert head[2:4] == ['# Date: February 2026', '# Count: 1557']
        assert len(self.lines) == 1557

    def test_is_what_the_program_writes(self) -> None:
        names = manufacturer.read_names(ROOT / 'manufacturer.yaml')
        source, date = (line.split(': ', 1)[1] for line in self.text.splitlines()[1:3])
        assert manufacturer.to_yaml(names, source, date) == self.text

    def test_is_sorted_and_clean(self) -> None:
        pairs = [re.fullmatch(r'"([A-Z]{3})": "([^"\\`“”„«»�]+)"', line) for line in self.lines]
        assert all(pairs)
        flags = [pair[1] for pair in pairs]
        assert flags == sorted(set(flags))
        for name in (pair[2] for pair in pairs):
            assert name == ' '.join(name.split())
            assert name.isprintable()
            assert not re.search('[ÃÄÅ][^A-Za-zäöü .]', name)

    def test_is_text_for_a_reader_of_yaml_1_1_too(self) -> None:
        yaml = importlib.import_module('ruamel.yaml')
        loader = yaml.YAML(typ='safe', pure=True)
        loader.version = '1.1'
        content = loader.load(self.text)
        assert {type(text) for pair in content.items() for text in pair} == {str}


@pytest.mark.usefixtures('ruamel')
class TestRefresh:
    def test_as_a_program_behind_a_link_in_another_folder(
        self, lists: Lists, module: Callable[..., ModuleType], tmp_path: Path
    ) -> None:
        folder = Path(module(OLD.encode()).__file__).parent
        (folder / 'manufacturer.yaml').chmod(0o640)
        (tmp_path / 'link.py').symlink_to(folder / 'manufacturer.py')
        url = lists.serve(reply(workbook(*reversed(NEW))))
        done = program(tmp_path / 'link.py', '--url', url, cwd='/')
        assert (done.returncode, done.stderr) == (0, '')
        assert done.stdout.endswith('manufacturer.yaml: 3 manufacturers, 1 added, 1 changed, 1 removed\n')
        assert (folder / 'manufacturer.yaml').stat().st_mode & 0o7777 == 0o640
        assert {path.name for path in folder.iterdir()} <= {'manufacturer.py', 'manufacturer.yaml', '__pycache__'}
        lines = (folder / 'manufacturer.yaml').read_text(encoding='utf-8').splitlines()
        assert f'# Source: {url}' in lines
        assert '# Count: 3' in lines
        assert lines[-3:] == ['"ABC": "New & Co"', '"DEF": "Stays"', '"JKL": "Comes"']

    def test_shows_its_progress_on_a_terminal(self, lists: Lists, output: Path) -> None:
        url = lists.serve(reply(workbook(*many(300))))
        master, slave = pty.openpty()
        command = [sys.executable, str(ROOT / 'manufacturer.py'), '--url', url, '--output', str(output)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave) as process:
            report = process.stdout.read()
        os.close(slave)
        shown = os.read(master, 10_000).decode()
        os.close(master)
        assert b'300 manufacturers' in report
        assert re.search(rf'asking {url}.*\d+ kB of \d+ kB.*\r\x1b\[K$', shown, re.S)

    def test_reads_a_file(self, run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path) -> None:
        path = xlsx(*NEW)
        os.utime(path, (1_770_000_000, 1_770_000_000))
        assert run('--file', path) == [f'{output}: 3 manufacturers, 1 added, 1 changed, 1 removed']
        lines = output.read_text(encoding='utf-8').splitlines()
        assert lines[1].startswith('# Source: list.xlsx, ')
        assert lines[2] == '# Date: 2026-02-02'

    def test_takes_the_date_of_the_list_from_the_user(
        self, run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path
    ) -> None:
        run('--file', xlsx(*NEW), '--date', 'February\n2026')
        assert output.read_text(encoding='utf-8').splitlines()[2] == '# Date: February 2026'

    def test_follows_a_redirect(self, run: Callable[..., list[str]], lists: Lists) -> None:
        url = lists.serve(reply(workbook(*NEW)))
        assert '3 manufacturers' in run('--url', lists.serve(reply(status=302, Location=url)))[-1]

    def test_waits_for_a_slow_server(self, run: Callable[..., list[str]], lists: Lists) -> None:
        data = workbook(*NEW)

        def answer(request: BaseHTTPRequestHandler) -> None:
            reply(data[:100], length=len(data))(request)
            for start in range(100, len(data), 1000):
                lists.ended.wait(0.03)
                request.wfile.write(data[start : start + 1000])

        assert '3 manufacturers' in run('--url', lists.serve(answer))[-1]

    def test_shows_the_differences_and_writes_nothing(
        self, run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path
    ) -> None:
        report = run('--dry-run', '--file', xlsx(*NEW))
        assert report == [
            *DIFFERENCES,
            f'{output}: 3 manufacturers, 1 added, 1 changed, 1 removed, nothing written (dry run)',
        ]
        assert output.read_text() == OLD

    def test_shows_no_difference_to_its_own_file(
        self, run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path
    ) -> None:
        run('--file', xlsx(*NEW))
        written = output.read_bytes()
        assert len(run('--dry-run', '--file', xlsx(*NEW))) == 1
        run('--file', xlsx(*NEW))
        assert output.read_bytes() == written

    @pytest.mark.parametrize(
        'rows',
        [
            [('Manufacturer', 'Country', 'flag id'), ('One', 'Germany', 'ABC'), ('Two', None, 'DEF')],
            [
                (),
                ('List of FLAG IDs',),
                (None, 'Flag-ID', None, ' MANUFACTURER '),
                (1, 'ABC', 2, 'One'),
                (3, 'DEF', 4, 'Two'),
            ],
        ],
    )
    def test_finds_the_columns_by_their_headings(
        self, rows: list[tuple[object, ...]], run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path
    ) -> None:
        run('--file', xlsx(*rows, headings=None))
        assert output.read_text(encoding='utf-8').splitlines()[-2:] == ['"ABC": "One"', '"DEF": "Two"']

    def test_finds_the_sheet_with_the_headings(
        self, run: Callable[..., list[str]], tmp_path: Path, output: Path
    ) -> None:
        book = openpyxl.Workbook()
        book.active.append(('Notes', 'of the editor'))
        sheet = book.create_sheet('FLAG IDs')
        for row in (HEADINGS, *NEW):
            sheet.append(row)
        book.save(tmp_path / 'list.xlsx')
        assert '3 manufacturers' in run('--file', str(tmp_path / 'list.xlsx'))[-1]

    def test_does_not_believe_what_a_sheet_says_of_its_size(
        self, run: Callable[..., list[str]], tmp_path: Path
    ) -> None:
        path = tmp_path / 'list.xlsx'
        path.write_bytes(repacked(lambda name, content: content.replace(b'ref="A1:D4"', b'ref="A1"')))
        assert '3 manufacturers' in run('--file', str(path))[-1]

    def test_counts_what_is_amiss_with_the_rows(
        self, run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path
    ) -> None:
        rows: list[tuple[object, ...]] = [
            ('ABC', 'One'),
            (None, None, 'Germany'),
            (' def\xa0', 'Two'),
            ('ABC', 'One again'),
            ('abc', 'One more'),
            ('ABCD', 'too long'),
            ('A1C', 'no letter'),
            ('ÄBC', 'no letter'),
            (123, 'no text'),
            (True, 'no text'),
            (None, 'no id'),
            ('JKL', None),
            ('MNO', ' " " '),
            ('PQR', ' " Three  und\tSöhne" '),
            ('STU', 1881),
        ]
        assert sorted(run('--file', xlsx(*rows))[:-1]) == [
            '1 row with the FLAG id put right',
            '2 rows with a FLAG id met before, left out',
            '2 rows with the name put right',
            '2 rows without a name, left out',
            '6 rows without a three letter FLAG id, left out',
        ]
        assert output.read_text(encoding='utf-8').splitlines()[-4:] == [
            '"ABC": "One"',
            '"DEF": "Two"',
            '"PQR": "Three und Söhne"',
            '"STU": "1881"',
        ]

    @pytest.mark.parametrize(
        ('cell', 'name'),
        [
            ('first:utility # 1', 'first:utility # 1'),
            ('- A & B, C: "D"', '- A & B, C: D'),
            ('CJSC “EMIS”', 'CJSC EMIS'),
            ('LLC «SPE» Telemetry»', 'LLC SPE Telemetry'),
            ('CJSC \\"Radio\\"', 'CJSC Radio'),
            ('Dell`Anna', "Dell'Anna"),
            ("'Ampere", "'Ampere"),
            ('A.Å\x9e. Ã\x87Ã¶zÃ¼m', 'A.Ş. Çözüm'),
            ('Åbo Ärä Ã', 'Åbo Ärä Ã'),
            ('АО КАСКАД 日本 😀', 'АО КАСКАД 日本 😀'),
            ('{a: [b', '{a: [b'),
            ('yes', 'yes'),
            ('Zero\u200bwidth\ufeff', 'Zerowidth'),
        ],
    )
    def test_cleans_a_name_and_brings_it_back(
        self,
        cell: str,
        name: str,
        run: Callable[..., list[str]],
        xlsx: Callable[..., str],
        output: Path,
        module: Callable[..., ModuleType],
    ) -> None:
        run('--file', xlsx(('OFF', cell), ('YES', 'x')))
        copy = module(output.read_bytes())
        assert (copy.name('OFF'), copy.name('YES')) == (name, 'x')

    def test_takes_the_words_of_yaml_for_ids_like_others(
        self, run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path, module: Callable[..., ModuleType]
    ) -> None:
        words = ['YES', 'OFF', 'NUL', 'NAN', 'INF']
        run('--file', xlsx(*((word, f'{word} Ltd') for word in words)))
        copy = module(output.read_bytes())
        assert [copy.name(word) for word in words] == [f'{word} Ltd' for word in words]
        loader = importlib.import_module('ruamel.yaml').YAML(typ='safe', pure=True)
        loader.version = '1.1'
        assert json.dumps(loader.load(output.read_text(encoding='utf-8')), sort_keys=True) == json.dumps(
            {word: f'{word} Ltd' for word in sorted(words)}
        )

    def test_keeps_the_mode_and_the_owner_of_the_file(
        self, run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path
    ) -> None:
        output.chmod(0o664)
        if os.geteuid() == 0:
            os.chown(output, 12345, 54321)
        before = output.stat()
        run('--file', xlsx(*NEW))
        after = output.stat()
        assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
        assert after.st_ino != before.st_ino

    @pytest.mark.parametrize('present', [None, b''])
    def test_writes_a_file_where_none_was(
        self, present: bytes | None, run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path
    ) -> None:
        output.unlink()
        if present is not None:
            output.write_bytes(present)
        assert '3 added, 0 changed, 0 removed' in run('--file', xlsx(*NEW))[-1]
        assert output.stat().st_mode & 0o777 == 0o644

    def test_keeps_a_link_and_replaces_the_file_behind_it(
        self, run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path, tmp_path: Path
    ) -> None:
        output.rename(tmp_path / 'elsewhere.yaml')
        output.symlink_to(tmp_path / 'elsewhere.yaml')
        run('--file', xlsx(*NEW))
        assert output.is_symlink()
        assert '"JKL"' in (tmp_path / 'elsewhere.yaml').read_text(encoding='utf-8')

    def test_takes_half_of_the_present_list(
        self, run: Callable[..., list[str]], xlsx: Callable[..., str], output: Path
    ) -> None:
        run('--file', xlsx(*many(100)))
        assert '50 removed' in run('--file', xlsx(*many(50)))[-1]

    def test_takes_less_only_by_force(
        self, run: Callable[..., list[str]], refused: Callable[..., str], xlsx: Callable[..., str], output: Path
    ) -> None:
        run('--file', xlsx(*many(100)))
        less = xlsx(*many(49))
        assert 'only 49 manufacturers, less than half of the 100' in refused('--file', less)
        assert '--force' in refused('--dry-run', '--file', less)
        assert '51 removed' in run('--force', '--file', less)[-1]

    @pytest.mark.parametrize('present', ['plugin_enabled: true\n', 'a: b: c\n', '- ABC\n'])
    def test_replaces_what_is_not_a_list_only_by_force(
        self,
        present: str,
        run: Callable[..., list[str]],
        refused: Callable[..., str],
        xlsx: Callable[..., str],
        output: Path,
    ) -> None:
        output.write_text(present)
        assert '--force replaces it' in refused('--file', xlsx(*NEW))
        assert '3 added' in run('--force', '--file', xlsx(*NEW))[-1]


LARGE = manufacturer.LARGEST_FILE + 1
PAGE = b'\r\n<!DOCTYPE html><html><body>Please log in</body></html>'


class TestRefusal:
    @pytest.mark.parametrize(
        ('answer', 'sentence'),
        [
            (reply(status=404), 'answers with status 404 Not Found'),
            (reply(status=500), 'answers with status 500 Internal Server Error'),
            (reply(status=204), 'answers with status 204'),
            (reply(PAGE), 'is a web page and not an xlsx workbook'),
            (reply(b''), 'is not an xlsx workbook, or a damaged one'),
            (reply(workbook(*NEW)[:-500]), 'is not an xlsx workbook, or a damaged one'),
            (reply(workbook(*NEW)[:-500], length=len(workbook(*NEW))), 'cannot be fetched'),
            (reply(workbook(*NEW)[:-500], length=-1), 'is not an xlsx workbook, or a damaged one'),
            (reply(length=LARGE), 'is too large for this list: more than 5000 kB'),
            (reply(bytes(LARGE), length=-1), 'is too large for this list: more than 5000 kB'),
            (reply(length=-1, **{'Content-Length': '9' * 5000}), 'cannot be fetched: '),
            (reply(status=302, Location='ftp://127.0.0.1/'), 'leads to ftp://127.0.0.1/, which is not https'),
            (reply(status=302, Location='http://127.0.0.1:1/'), 'leads to http://127.0.0.1:1/, which is not https'),
            (reply(status=302, Location='https://127.0.0.1:1/'), 'cannot be fetched: [Errno 111]'),
            (reply(b'not gzip', **{'Content-Encoding': 'gzip'}), 'cannot be fetched'),
        ],
    )
    def test_of_an_answer(self, answer: Handler, sentence: str, refused: Callable[..., str], lists: Lists) -> None:
        url = lists.serve(answer)
        said = refused('--url', url)
        assert f'{url} {sentence}' in said

    def test_of_a_redirect_without_end(self, refused: Callable[..., str], lists: Lists) -> None:
        assert 'leads on more than 3 times' in refused(
            '--url', lists.serve(reply(status=302, Location='/0'))
        )

    def test_of_a_workbook_of_too_many_sheets(
        self, run: Callable[..., list[str]], refused: Callable[..., str], tmp_path: Path
    ) -> None:
        assert '3 manufacturers' in run('--file', book_of_sheets(tmp_path, 15))[-1]
        assert 'is too large for this list: 200 sheets' in refused('--file', book_of_sheets(tmp_path, 200))

    def test_of_a_sheet_with_a_cell_far_below(self, run: Callable[..., list[str]], tmp_path: Path) -> None:
        file, begin = book_of_sheets(tmp_path, 15, last_row=99_999), time.process_time()
        assert '3 manufacturers' in run('--file', file)[-1]
        assert time.process_time() - begin < 2

    def test_of_silence(self, refused: Callable[..., str], lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(manufacturer, 'LONGEST_SILENCE', 0.2)
        for head in (lambda request: None, reply(length=1000)):

            def answer(request: BaseHTTPRequestHandler, head: Handler = head) -> None:
                head(request)
                lists.ended.wait(2)

            assert 'cannot be fetched: timed out' in refused('--url', lists.serve(answer))

    def test_of_a_server_that_never_comes_to_an_end(
        self, refused: Callable[..., str], lists: Lists, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def answer(request: BaseHTTPRequestHandler) -> None:
            reply(length=100_000)(request)
            for _ in range(100):
                lists.ended.wait(0.02)
                request.wfile.write(b'P')

        monkeypatch.setattr(manufacturer, 'LONGEST_DOWNLOAD', 0.3)
        assert 'takes longer than 0.3 s' in refused('--url', lists.serve(answer))

    def test_of_an_interrupted_run(self, refused: Callable[..., str], lists: Lists) -> None:
        def answer(request: BaseHTTPRequestHandler) -> None:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            lists.ended.wait()

        assert 'interrupted, nothing is changed' in refused('--url', lists.serve(answer))

    def test_of_a_server_that_is_not_there(self, refused: Callable[..., str]) -> None:
        with ThreadingHTTPServer(('127.0.0.1', 0), BaseHTTPRequestHandler) as server:
            url = f'http://127.0.0.1:{server.server_port}/'
        assert f'{url} cannot be fetched: [Errno 111] Connection refused' in refused('--url', url)

    @pytest.mark.parametrize('url', ['', 'flagids', 'ftp://127.0.0.1/', 'http://', 'http://[', 'http://127.0.0.1:x/'])
    def test_of_an_address_that_is_none(self, url: str, refused: Callable[..., str]) -> None:
        assert f'{url} cannot be fetched: ' in refused('--url', url)

    @pytest.mark.parametrize(
        ('content', 'sentence'),
        [
            (PAGE, 'is a web page and not an xlsx workbook'),
            (b'FLAG ID;Manufacturer\nABC;One\n', 'is not an xlsx workbook, or a damaged one'),
            (b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(512), 'is not an xlsx workbook, or a damaged one'),
            (bytes(LARGE), 'is too large for this list: more than 5000 kB'),
            (workbook(('ABC', 'One'), headings=None), "has no manufacturer below the headings 'FLAG ID'"),
            (workbook(('ABC', 'One'), headings=('FLAG ID', 'Name')), 'has no manufacturer below the headings'),
            (workbook(), 'has no manufacturer below the headings'),
            (workbook(('4711', 'One')), 'has no manufacturer below the headings'),
        ],
    )
    @pytest.mark.parametrize('force', [[], ['--force']])
    def test_of_a_file(
        self, content: bytes, sentence: str, force: list[str], refused: Callable[..., str], tmp_path: Path
    ) -> None:
        path = tmp_path / 'list.xlsx'
        path.write_bytes(content)
        assert f'{path} {sentence}' in refused('--file', str(path), *force)

    def test_of_a_file_that_is_not_there_or_a_folder(self, refused: Callable[..., str], tmp_path: Path) -> None:
        assert 'none.xlsx cannot be read: No such file or directory' in refused('--file', str(tmp_path / 'none.xlsx'))
        assert 'cannot be read: Is a directory' in refused('--file', str(tmp_path))

    @pytest.mark.parametrize(
        'change',
        [
            lambda name, content: None if name == 'xl/workbook.xml' else content,
            lambda name, content: content[: len(content) // 2] if 'sheet1' in name else content,
            lambda name, content: content.replace(b't="n"', b't="x"').replace(b'r="1"', b'r="z"'),
            lambda name, content: b'',
        ],
    )
    def test_of_a_damaged_workbook(
        self, change: Callable[[str, bytes], bytes | None], refused: Callable[..., str], tmp_path: Path
    ) -> None:
        path = tmp_path / 'list.xlsx'
        path.write_bytes(repacked(change))
        assert 'is not an xlsx workbook, or a damaged one (' in refused('--file', str(path))

    def test_of_a_workbook_that_unpacks_to_much_more(self, refused: Callable[..., str], tmp_path: Path) -> None:
        path = tmp_path / 'list.xlsx'
        path.write_bytes(repacked(lambda name, content: content + b' ' * 10_000_000))
        assert path.stat().st_size < 200_000
        assert 'is too large for this list' in refused('--file', str(path))

    def test_of_a_file_that_cannot_be_replaced(
        self, refused: Callable[..., str], xlsx: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, 'No space left on device')

        path = xlsx(*NEW)
        for function in ('replace', 'fsync'):
            with monkeypatch.context() as patch:
                patch.setattr(os, function, full)
                assert 'cannot be written: No space left on device' in refused('--file', path)

    def test_of_a_target_that_cannot_be_written(
        self, refused: Callable[..., str], xlsx: Callable[..., str], output: Path, tmp_path: Path
    ) -> None:
        os.mkfifo(tmp_path / 'pipe')
        for target, sentence in [
            ('/sys/manufacturer.yaml', '/sys/manufacturer.yaml cannot be written: '),  # for root, too
            (tmp_path / 'none' / 'manufacturer.yaml', 'none/manufacturer.yaml cannot be written: No such file or dir'),
            (tmp_path / 'pipe', 'pipe is not a regular file'),
            (tmp_path, f'{tmp_path} is not a regular file'),
            (output / 'manufacturer.yaml', 'manufacturer.yaml cannot be read: Not a directory'),
        ]:
            assert sentence in refused('--file', xlsx(*NEW), '--output', str(target), '--force')
        assert (tmp_path / 'pipe').is_fifo()

    @pytest.mark.parametrize('library', ['requests', 'openpyxl'])
    def test_of_a_missing_library(
        self,
        library: str,
        refused: Callable[..., str],
        lists: Lists,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setitem(sys.modules, library, None)
        said = refused('--url', lists.serve(reply(workbook(*NEW))))
        assert f'{library} cannot be imported' in said
        assert f'-m pip install {library}' in said


class TestShell:
    def test_without_any_library(self, xlsx: Callable[..., str]) -> None:
        """With -S Python finds its own library only."""
        path = xlsx(*NEW)
        environment = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
        asked = program('-S', '-c', 'import manufacturer; print(manufacturer.name("LGZ"))', cwd=ROOT, env=environment)
        assert (asked.returncode, asked.stdout, asked.stderr) == (0, 'Landis+Gyr AG\n', '')
        started = program('-S', ROOT / 'manufacturer.py', '--file', path, env=environment)
        assert started.returncode == 1
        assert re.fullmatch(r'manufacturer\.py: openpyxl cannot be imported .*\n', started.stderr)

    @pytest.mark.parametrize('arguments', [['--nonsense'], ['list.xlsx'], ['--file', 'a', '--url', 'b'], ['--file']])
    def test_says_how_it_is_used(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            manufacturer.main(arguments)
        assert ended.value.code == 2
        assert capsys.readouterr().err.startswith('usage: ')

    def test_helps(self) -> None:
        shown = program(ROOT / 'manufacturer.py', '--help')
        assert (shown.returncode, shown.stderr) == (0, '')
        for text in ('--url', '--file', '--output', '--dry-run', '--force', '--date', manufacturer.URL, 'Exit status'):
            assert text in ' '.join(shown.stdout.split())

    def test_prints_on_a_terminal_without_utf_8(self, xlsx: Callable[..., str], output: Path) -> None:
        shown = program(
            ROOT / 'manufacturer.py', '--dry-run', '--file', xlsx(('ABC', 'Zähler')), '--output', output, '--force',
            env=os.environ | {'PYTHONIOENCODING': 'ascii'},
        )  # fmt: skip
        assert (shown.returncode, shown.stderr) == (0, '')
        assert 'Z\\xe4hler' in shown.stdout

    def test_writes_nothing_if_its_report_is_lost(
        self, xlsx: Callable[..., str], output: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv('PYTHONUNBUFFERED', raising=False)
        with open('/dev/full', 'w') as full:
            done = subprocess.run(
                [sys.executable, ROOT / 'manufacturer.py', '--file', xlsx(*NEW), '--output', output],
                stdout=full, stderr=subprocess.PIPE, encoding='utf-8', timeout=60,
            )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr == 'manufacturer.py: the report cannot be written: No space left on device\n'
        assert output.read_text() == OLD
