# vim: set encoding=utf-8 tabstop=4 softtabstop=4 shiftwidth=4 expandtab
#
#  Copyright 2026- the authors of the SmartHomeNG plugin dlms
#  This file is part of SmartHomeNG, https://github.com/smarthomeNG/
#  SPDX-License-Identifier: GPL-3.0-or-later
"""
Manufacturers of meters by their FLAG id, the three letters at the head of an identification message.

`name()` looks an id up in manufacturer.yaml beside this module. Whatever is wrong with that file costs the name and
nothing else. Run as a program the module replaces the file by the current list of the DLMS User Association; on any
failure the file stays as it was. requests and openpyxl are imported by the program only.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import itertools
import json
import logging
import os
import re
import signal
import stat
import sys
import tempfile
import threading
import urllib.parse
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

URL = 'https://www.dlms.com/srv/lib/Export_Flagids.php'
APT = Path('/usr/bin/apt')
FILE = Path(__file__).resolve().with_name('manufacturer.yaml')

# The list of February 2026 has 56 kB, 358 kB unpacked, in 1558 rows of 4 columns.
LARGEST_FILE = 5_000_000  # bytes
LARGEST_UNPACKED = 10_000_000  # bytes
MOST_SHEETS = 20
MOST_COLUMNS = 50
MOST_ROWS_ABOVE = 50  # of the headings
MOST_ROWS_EMPTY = 100  # one after the other: the list has come to its end
MOST_ROWS = 20_000
MOST_REDIRECTS = 3
LONGEST_SILENCE = 10.0  # s without a byte from the server
LONGEST_DOWNLOAD = 30.0  # s for all of it, name lookup and redirects included
CHUNK = 16_384  # bytes between two steps of the progress

FLAG_ID = re.compile('[A-Za-z]{3}')
ENTRY = re.compile(r'"([A-Za-z]{3})": "([^"\\]+)"')
# Legal forms come with their names quoted in every way a keyboard offers, often with one half of the pair missing.
QUOTES = str.maketrans({'`': "'", '´': "'", '‘': "'", '’': "'"} | dict.fromkeys('"“”„‟«»\\'))

# What openpyxl, and zipfile and the XML parser below it, raise for a damaged workbook: there is no common class.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, SyntaxError, LookupError, ValueError, TypeError, AttributeError,
    RuntimeError,
)  # fmt: skip

logger = logging.getLogger(__name__)
_lock = threading.Lock()
_names: dict[str, str] | None = None


class ListError(Exception):
    """A list of manufacturers cannot be had, read or written. The text is one sentence, without the full stop."""


def name(flag: str | None) -> str | None:
    """The manufacturer with this FLAG id in upper or lower case; None for one unknown, malformed or None."""
    global _names
    if flag is None or not FLAG_ID.fullmatch(flag):
        return None
    with _lock:
        if _names is None:
            try:
                _names = read_names(FILE)
            except ListError as error:
                logger.warning(f'Manufacturers are shown by their FLAG id only: {error}')
                _names = {}
    return _names.get(flag.upper())


def read_names(path: Path) -> dict[str, str]:
    """FLAG id in upper case to name, from a YAML file; entries that are no such pair are left out. Raises ListError."""
    try:
        text = path.read_text(encoding='utf-8')
    except OSError as error:
        raise ListError(f'{path} cannot be read: {error.strerror}') from error
    except UnicodeDecodeError as error:
        raise ListError(f'{path} is not valid YAML in UTF-8') from error
    return _plain_names(text) or _yaml_names(path, text)


def _plain_names(text: str) -> dict[str, str] | None:
    """The names, if all lines are such as to_yaml() writes: a parser takes a hundred times as long for the same."""
    names: dict[str, str] = {}
    count = 0
    for line in text.split('\n'):
        entry = ENTRY.fullmatch(line)
        if entry:
            names[entry[1].upper()] = entry[2]
            count += 1
        elif line and line[0] != '#':
            return None
    # What YAML may take for the end of a line is not printable; of several names for one id let the parser choose.
    return names if text.replace('\n', '').isprintable() and len(names) == count else None


def _yaml_names(path: Path, text: str) -> dict[str, str]:
    yaml = _library('ruamel.yaml')
    # The type 'base' takes every scalar for text. Another would read NO and OFF as truth values in YAML 1.1.
    loader = yaml.YAML(typ='base', pure=True)
    loader.allow_duplicate_keys = True
    try:
        content = loader.load(text)
    except yaml.error.MarkedYAMLError as error:
        line = f'line {error.problem_mark.line + 1} of ' if error.problem_mark else ''
        raise ListError(f'{line}{path} is not valid YAML') from error
    except (yaml.error.YAMLError, RecursionError) as error:
        raise ListError(f'{path} is not valid YAML in UTF-8') from error
    if not isinstance(content, Mapping):
        raise ListError(f'{path} is empty or not a mapping of FLAG ids to names')
    names = {
        key.upper(): value
        for key, value in content.items()
        if isinstance(key, str) and FLAG_ID.fullmatch(key) and isinstance(value, str) and value
    }
    if not names:
        raise ListError(f'{path} has no FLAG id with a name')
    return names


def _library(package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ListError(
            f'{package} cannot be imported ({error}), install it with: {_installation(package)}'
        ) from error


def _installation(package: str) -> str:
    """The command that installs it here. The Python of Debian's own takes packages from apt only."""
    if APT.exists() and sys.prefix == sys.base_prefix == '/usr':
        return f'sudo apt install python3-{package}'
    return f'{sys.executable} -m pip install {package}'


def fetch(url: str) -> bytes:
    """The file behind a URL; of redirects a few are followed, over https only. Raises ListError."""
    requests = _library('requests')
    _progress(f'asking {url}')
    address = url
    try:
        with _deadline(url), requests.Session() as session:
            for _ in range(1 + MOST_REDIRECTS):
                with session.get(address, stream=True, timeout=LONGEST_SILENCE, allow_redirects=False) as response:
                    if not response.is_redirect:
                        return _receive(url, response)
                    address = _redirected(url, address, response.headers['Location'])
    # Most errors of requests are an OSError; a malformed address can be a ValueError of the libraries below.
    except (OSError, ValueError) as error:
        raise ListError(f'{url} cannot be fetched: {_root(error)}') from error
    raise ListError(f'{url} leads on more than {MOST_REDIRECTS} times')


def _redirected(url: str, address: str, location: str) -> str:
    """The next address: of https, or still on the server that the user has named without it."""
    address = urllib.parse.urljoin(address, location)
    parts, named = urllib.parse.urlsplit(address), urllib.parse.urlsplit(url)
    if parts.scheme != 'https' and (parts.scheme, parts.netloc) != (named.scheme, named.netloc):
        raise ListError(f'{url} leads to {_clean(address)[:200]}, which is not https')
    return address


def _receive(url: str, response: Any) -> bytes:
    if response.status_code != 200:
        raise ListError(f'{url} answers with status {response.status_code} {response.reason}')
    length = response.headers.get('Content-Length', '')
    total = f' of {int(length) // 1000} kB' if length.isdecimal() else ''
    too_large = ListError(f'{url} is too large for this list: more than {LARGEST_FILE // 1000} kB')
    if total and int(length) > LARGEST_FILE:
        raise too_large
    data = bytearray()
    for chunk in response.iter_content(CHUNK):
        data += chunk
        if len(data) > LARGEST_FILE:
            raise too_large
        _progress(f'{len(data) // 1000} kB{total}')
    return bytes(data)


@contextlib.contextmanager
def _deadline(url: str) -> Iterator[None]:
    """Ends what runs inside with a ListError. The timeout of requests begins anew with every byte."""

    def ring(*_: object) -> None:
        raise ListError(f'{url} takes longer than {LONGEST_DOWNLOAD:g} s')

    previous = signal.signal(signal.SIGALRM, ring)
    # Repeated, because an exception is lost if it meets a destructor.
    signal.setitimer(signal.ITIMER_REAL, LONGEST_DOWNLOAD, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _root(error: BaseException) -> str:
    """The innermost cause, which names the matter; the layers above it wrap it in their own objects' names."""
    while error.__context__:
        error = error.__context__
    return ' '.join(str(error).split()) or type(error).__name__


def read_file(path: Path) -> bytes:
    """The bytes of a file. Raises ListError."""
    try:
        with path.open('rb') as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ListError(f'{path} cannot be read: {error.strerror}') from error
    if len(data) > LARGEST_FILE:
        raise ListError(f'{path} is too large for this list: more than {LARGEST_FILE // 1000} kB')
    return data


def read_workbook(data: bytes, origin: str) -> tuple[dict[str, str], Counter[str]]:
    """
    FLAG id to name, and what was found amiss with the number of rows, from the bytes of an xlsx workbook.

    The columns are found by their headings 'FLAG ID' and 'Manufacturer', whatever the row, order and case.
    Raises ListError, with `origin` in its text.
    """
    openpyxl = _library('openpyxl')
    if data.lstrip()[:1] == b'<':
        raise ListError(f'{origin} is a web page and not an xlsx workbook')
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            sheets = sum('worksheets/' in member.filename for member in archive.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise ListError(f'{origin} is too large for this list: {unpacked // 1000} kB unpacked')
        if sheets > MOST_SHEETS:
            raise ListError(f'{origin} is too large for this list: {sheets} sheets')
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # openpyxl's remarks on styles and extensions
            rows = list(_rows(openpyxl, data))
    except DAMAGE as error:
        raise ListError(f'{origin} is not an xlsx workbook, or a damaged one ({_root(error)})') from error
    names, amiss = _read_rows(rows)
    if not names:
        raise ListError(f"{origin} has no manufacturer below the headings 'FLAG ID' and 'Manufacturer'")
    return names, amiss


def _rows(openpyxl: Any, data: bytes) -> Iterator[tuple[object, object]]:
    """FLAG id and manufacturer as in the cells, of the rows below the headings, of the first sheet that has them."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    with contextlib.closing(book):
        for sheet in book.worksheets:
            # With limits given here, what the sheet says of its size does not count.
            rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
            columns = _columns(itertools.islice(rows, MOST_ROWS_ABOVE))
            if not columns:
                continue
            empty = 0
            for row in rows:
                flag, manufacturer = row[columns[0]], row[columns[1]]
                empty = empty + 1 if flag is None and manufacturer is None else 0
                if empty > MOST_ROWS_EMPTY:
                    return
                yield flag, manufacturer
            return


def _columns(rows: Iterable[tuple[object, ...]]) -> tuple[int, int] | None:
    """Where FLAG ids and manufacturers stand, as the headings say, if these are among the rows."""
    for row in rows:
        headings = [re.sub('[^a-z]', '', str(cell)[:100].lower()) for cell in row]
        if 'flagid' in headings and 'manufacturer' in headings:
            return headings.index('flagid'), headings.index('manufacturer')
    return None


def _read_rows(rows: Iterable[tuple[object, object]]) -> tuple[dict[str, str], Counter[str]]:
    names: dict[str, str] = {}
    amiss: Counter[str] = Counter()
    for flag_cell, name_cell in rows:
        if flag_cell is None and name_cell is None:
            continue
        flag = _clean(flag_cell)
        manufacturer = _clean(_mend(name_cell))
        if not FLAG_ID.fullmatch(flag):
            amiss['without a three letter FLAG id, left out'] += 1
        elif not manufacturer:
            amiss['without a name, left out'] += 1
        elif flag.upper() in names:
            amiss['with a FLAG id met before, left out'] += 1
        else:
            names[flag.upper()] = manufacturer
            amiss['with the FLAG id put right'] += flag_cell != flag.upper()
            amiss['with the name put right'] += name_cell != manufacturer
    return names, +amiss


def _clean(cell: object) -> str:
    """The text of a cell without quotes, control characters, and blanks beyond one between two words."""
    text = ' '.join('' if cell is None else str(cell).translate(QUOTES).split())
    return ''.join(character for character in text if character.isprintable())


def _mend(cell: object) -> object:
    """The official list has UTF-8 that somebody has read as Latin-1 ('GmbH fÃ¼r'); no other text stands this test."""
    try:
        return cell.encode('latin-1').decode('utf-8') if isinstance(cell, str) else cell
    except UnicodeError:
        return cell


def to_yaml(names: Mapping[str, str], source: str, list_date: str) -> str:
    """The text of manufacturer.yaml; `source` and `list_date` go into its head comment."""
    head = [
        'Manufacturers of meters by FLAG id: the list of the DLMS User Association, https://www.dlms.com',
        f'Source: {_clean(source)}',
        f'Date: {_clean(list_date)}',
        f'Count: {len(names)}',
        'Written by manufacturer.py, whose next run replaces the whole file.',
    ]
    # Text in JSON's double quotes is YAML of every version, so that NO and OFF, colons and ampersands need no care.
    lines = [f'"{flag}": {json.dumps(names[flag], ensure_ascii=False)}' for flag in sorted(names)]
    return '\n'.join([*(f'# {line}' for line in head), *lines, ''])


def write(path: Path, text: str) -> None:
    """Replaces a file, or the one that a link points to, in one step; its mode and owner stay. Raises ListError."""
    path = Path(os.path.realpath(path))
    try:
        handle, temporary = tempfile.mkstemp(prefix=f'.{path.name}.', dir=path.parent)
        try:
            with open(handle, 'w', encoding='utf-8', newline='\n') as file:
                file.write(text)
                file.flush()
                _take_over(path, handle)
                os.fsync(handle)
            os.replace(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise ListError(f'{path} cannot be written: {error.strerror}') from error


def _take_over(path: Path, handle: int) -> None:
    try:
        old = path.stat()
    except FileNotFoundError:
        os.fchmod(handle, 0o644)
        return
    # Without root's rights the new file belongs to who has made it.
    with contextlib.suppress(PermissionError):
        os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _present(path: Path, force: bool) -> dict[str, str]:
    """The names in the file to be replaced. One that is no such list might be somebody's other file."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ListError(f'{path} cannot be read: {error.strerror}') from error
    if not stat.S_ISREG(status.st_mode):
        raise ListError(f'{path} is not a regular file')
    if not status.st_size:
        return {}
    try:
        return read_names(path)
    except ListError as error:
        if not force:
            raise ListError(f'{error}; --force replaces it all the same') from error
        return {}


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[list[str], Counter[str]]:
    lines: list[str] = []
    counts: Counter[str] = Counter()
    for flag in sorted(old.keys() | new.keys()):
        if flag not in old:
            what, text = 'added', new[flag]
        elif flag not in new:
            what, text = 'removed', old[flag]
        elif old[flag] != new[flag]:
            what, text = 'changed', f'{old[flag]} -> {new[flag]}'
        else:
            continue
        counts[what] += 1
        lines.append(f'{what:7} {flag}  {text}')
    return lines, counts


def _refresh(arguments: argparse.Namespace) -> None:
    if arguments.file:
        data, origin = read_file(arguments.file), str(arguments.file)
        source = f'{arguments.file.name}, a copy of {URL}'
        list_date = date.fromtimestamp(arguments.file.stat().st_mtime)
    else:
        data, origin = fetch(arguments.url), arguments.url
        source, list_date = origin, date.today()
    new, amiss = read_workbook(data, origin)
    old = _present(arguments.output, arguments.force)
    lines, counts = _differences(old, new)
    _progress('')
    if arguments.dry_run:
        print(*lines, sep='\n', end='\n' if lines else '')
    if len(new) * 2 < len(old) and not arguments.force:
        raise ListError(
            f'{origin} has only {len(new)} manufacturers, less than half of the {len(old)} in {arguments.output}; '
            '--force replaces them all the same'
        )
    for what, rows in amiss.items():
        print(f'{rows} row{"s" if rows > 1 else ""} {what}')
    print(
        f'{arguments.output}: {len(new)} manufacturers, '
        f'{counts["added"]} added, {counts["changed"]} changed, {counts["removed"]} removed'
        + (', nothing written (dry run)' if arguments.dry_run else '')
    )
    # The report comes first, because after a failure of any kind the old file must be there.
    sys.stdout.flush()
    if not arguments.dry_run:
        write(arguments.output, to_yaml(new, source, arguments.date or list_date.isoformat()))


def _progress(text: str) -> None:
    """Shows where the program is, on a terminal only; '' clears the line."""
    if sys.stderr.isatty():
        print(f'\r\x1b[K{text}', end='', file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description='Replaces manufacturer.yaml, the names of the manufacturers by FLAG id, by the current list of '
        'the DLMS User Association. Needs the Python packages openpyxl and ruamel.yaml, and requests to fetch it.',
        epilog='The file is replaced in one step and keeps its permissions; on any failure it stays as it was. Exit '
        'status: 0 done, 1 not done, the reason is on standard error, 2 wrong arguments. The plugin reads the file '
        'once, so restart SmartHomeNG after a refresh.',
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--url', default=URL, help='where to fetch the list, an xlsx workbook (default: %(default)s)')
    source.add_argument('--file', type=Path, help='read the list from this xlsx workbook instead')
    parser.add_argument('--output', type=Path, default=FILE, help='the file to replace (default: %(default)s)')
    parser.add_argument('--dry-run', action='store_true', help='show what is added, changed, removed; write nothing')
    parser.add_argument(
        '--force', action='store_true',
        help='replace the file also by a list of less than half its length, or if it is not a list of manufacturers',
    )  # fmt: skip
    parser.add_argument(
        '--date', help="the list's date for the head comment (default: today, with --file the file's own)"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """The program; returns its exit status, see --help."""
    arguments = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors='backslashreplace')  # a terminal without UTF-8
    try:
        _refresh(arguments)
    except ListError as error:
        reason = str(error)
    except KeyboardInterrupt:
        reason = 'interrupted, nothing is changed'
    except OSError as error:
        # Standard output is full or has gone (| head); what is left in its buffer would fail again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = f'the report cannot be written: {error.strerror}'
    else:
        return 0
    _progress('')
    print(f'manufacturer.py: {reason}', file=sys.stderr)
    return 1


if __name__ == '__main__':
    sys.exit(main())
