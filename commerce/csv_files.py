"""Tables that people export from other systems, read strictly: every fault is named by its row and column.

Rows are numbered as a spreadsheet shows them: the header is row 1, and a cell with line breaks is still one row.
"""

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

MAX_CELL = 1_000_000
"""Characters of one cell. A longer one is a broken quote or an attack; the longest product texts have 512 kB."""

csv.field_size_limit(MAX_CELL)


MOST_TOLD = 50
"""Faults that a command prints; a file in the wrong format has one on every row."""


class Unreadable(Exception):
    """The file as a whole cannot be used; nothing of it was taken."""


class Row(NamedTuple):
    """One row of a file, its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """What is wrong with one row, in words that help whoever mends the file."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.reason}" if self.column else f"row {self.row}: {self.reason}"


def told(faults: Sequence[Fault]) -> Iterator[str]:
    """The first faults of a file in words, and how many more there are."""
    yield from map(str, faults[:MOST_TOLD])
    if len(faults) > MOST_TOLD:
        yield f"… and {len(faults) - MOST_TOLD} more"


def read(path: Path, *, required: Sequence[str], spelled: Mapping[str, str] | None = None) -> Iterator[Row | Fault]:
    """The rows of a CSV file in UTF-8 (`.gz` too), each as its cells or as what is wrong with it.

    `spelled` maps other spellings of a header, in lower case, to ours. Raises Unreadable, at the latest at the end of
    the file: whoever must not work on half a file counts its rows first.
    """
    with opened(path) as stream:
        reader = csv.reader(decoded(stream, path), strict=True)
        header = header_of(reader, path, spelled or {})
        if missing := [column for column in required if column not in header]:
            hint = "; its columns seem to be separated by something other than a comma" if len(header) == 1 else ""
            raise Unreadable(f"{path.name} has no column “{'”, “'.join(missing)}”{hint}")
        for number, cells in numbered(reader):
            yield cells if isinstance(cells, Fault) else row_of(number, header, cells)


def count_rows(path: Path) -> int:
    """How many rows a CSV file has under its header; raises Unreadable where it cannot be read to its end."""
    with opened(path) as stream:
        reader = csv.reader(decoded(stream, path), strict=True)
        header_of(reader, path, {})
        return sum(1 for _ in numbered(reader))


def numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | Fault]]:
    """What follows the header, without empty rows, each with its number."""
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            yield number, Fault(number, "", sentence_of(problem))
            continue
        if cells is None:
            return
        if cells:
            yield number, cells


def row_of(number: int, header: Sequence[str], cells: Sequence[str]) -> Row | Fault:
    """One row's cells by column, or what is wrong with them."""
    if len(cells) < len(header) or any(cells[len(header) :]):
        return Fault(number, "", f"has {len(cells)} cells where the header has {len(header)}")
    if "\0" in "".join(cells):
        column = next(column for column, cell in zip(header, cells, strict=False) if "\0" in cell)
        return Fault(number, column, "holds a zero byte")
    return Row(number, dict(zip(header, cells, strict=False)))


def header_of(reader: Iterator[list[str]], path: Path, spelled: Mapping[str, str]) -> list[str]:
    """The names of the columns, in our spelling; raises Unreadable."""
    try:
        names = [name.strip() for name in next(reader, [])]
    except csv.Error as problem:
        raise Unreadable(f"{path.name} does not begin with a row of column names: {problem}") from problem
    if not any(names):
        raise Unreadable(f"{path.name} is empty")
    header = [spelled.get(name.lower(), name) for name in names]
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise Unreadable(f"{path.name} has the column “{twice[0]}” twice")
    return header


def opened(path: Path) -> BufferedReader | gzip.GzipFile:
    """The file, open for reading; raises Unreadable."""
    try:
        return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")
    except IsADirectoryError as problem:
        raise Unreadable(f"{path} is a directory, not a file") from problem
    except FileNotFoundError as problem:
        raise Unreadable(f"there is no file {path}") from problem
    except OSError as problem:
        raise Unreadable(f"{path} cannot be opened: {problem.strerror}") from problem


def decoded(stream: BufferedReader | gzip.GzipFile, path: Path) -> Iterator[str]:
    """The lines as text; a byte order mark at the beginning is passed over. Raises Unreadable."""
    number = 0
    try:
        for number, line in enumerate(stream, start=1):
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as problem:
        raise Unreadable(
            f"{path.name}, line {number}: byte 0x{problem.object[problem.start]:02X} is not UTF-8; "
            "save the file as “CSV UTF-8” and try again"
        ) from problem
    except (OSError, EOFError) as problem:
        raise Unreadable(f"{path.name} breaks off or is damaged after line {number}") from problem


def sentence_of(problem: csv.Error) -> str:
    """The csv module's complaint in words for whoever mends the file."""
    complaint = str(problem)
    if "field larger" in complaint:
        return f"has a cell of more than {MAX_CELL:,} characters"
    if "unexpected end" in complaint:
        return "opens a quote that is never closed; what follows it could not be read"
    return f"is broken: {complaint}"


FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """A text as it is written into a file of ours: no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
