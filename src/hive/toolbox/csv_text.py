"""Tables as CSV text: read a page of rows, write rows."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from framework.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_CELL_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePage:
    """Some rows of a table; ``next_offset`` is None after the last."""

    header: list[str]
    rows: list[list[str]]
    offset: int
    total: int

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins; None after the last."""
        end = self.offset + len(self.rows)
        return end if self.rows and end < self.total else None


def table_page(text: str, *, delimiter: str, offset: int, limit: int, max_chars: int) -> TablePage:
    """Return up to ``limit`` rows below the header, as many as fit ``max_chars`` but at least one.

    Raises:
        ToolError: if the text is no CSV.
    """
    try:
        lines = _rows(text, delimiter)
        header = next(lines, list[str]())
        skipped = sum(1 for _ in islice(lines, offset))
        rows = _fitting(islice(lines, limit), max_chars)
        total = skipped + len(rows.kept) + rows.dropped + sum(1 for _ in lines)
    except csv.Error as error:
        raise ToolError(f"The file is not CSV with {delimiter!r} between cells: {error}.") from error
    return TablePage(header=_shown(header), rows=rows.kept, offset=offset, total=total)


def header_of(text: str, delimiter: str) -> list[str]:
    """Return the cells of the first row.

    Raises:
        ToolError: if the text is no CSV.
    """
    try:
        return next(_rows(text, delimiter), list[str]())
    except csv.Error as error:
        raise ToolError(f"The file is not CSV with {delimiter!r} between cells: {error}.") from error


def csv_lines(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    """Return ``rows`` as lines of CSV, quoted where needed."""
    return "".join(f"{delimiter.join(_quoted(cell, delimiter) for cell in row)}\n" for row in rows)


def check_width(rows: Sequence[Sequence[str]], header: Sequence[str]) -> None:
    """Let pass rows that have a cell for every column.

    Raises:
        ToolError: if one has more or fewer.
    """
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise ToolError(
                f"Nothing was written: row {number} has {len(row)} cells and the header has {len(header)}; "
                "send a cell for every column."
            )


@dataclass(slots=True)
class _Kept:
    kept: list[list[str]]
    dropped: int


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    return (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row)


def _fitting(rows: Iterator[list[str]], max_chars: int) -> _Kept:
    kept: list[list[str]] = []
    size = dropped = 0
    for row in rows:
        shown = _shown(row)
        size += sum(len(cell) + 4 for cell in shown) + 2
        if dropped or (size > max_chars and kept):
            dropped += 1
        else:
            kept.append(shown)
    return _Kept(kept, dropped)


def _shown(row: list[str]) -> list[str]:
    return [cell if len(cell) <= _MAX_CELL_CHARS else f"{cell[:_MAX_CELL_CHARS]}..." for cell in row]


def _quoted(cell: str, delimiter: str) -> str:
    """Quote what a reader could take for the end of a cell; the library leaves a lone return bare."""
    if cell and not any(mark in cell for mark in (delimiter, '"', "\r", "\n")):
        return cell
    return '"{}"'.format(cell.replace('"', '""'))
