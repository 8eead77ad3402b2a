"""Reading tickets from a CSV file that somebody else wrote."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from framework.errors import InputError

from .config import MOST_FILE_BYTES, MOST_TICKETS

COLUMNS = ("id", "subject", "body")
DELIMITERS = (",", ";", "\t", "|")

_TEXT_CONTROLS = frozenset("\t\n\r\f")
_MOST_HEADER_CHARS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket as the file has it."""

    id: str
    subject: str
    body: str


def read_file(path: str) -> list[Ticket]:
    """Return the tickets of the CSV file at ``path``.

    Raises:
        InputError: if there is no such file, or it is no CSV file of tickets.
    """
    return parse(decode(_content(path), path), path)


def decode(content: bytes, name: str) -> str:
    """Return the text: UTF-8 (with or without a mark at its start) if it is that, else Windows-1252.

    Windows-1252 is Latin-1 with typographic quotes.

    Raises:
        InputError: if it is neither, or holds characters that no text has.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _decoded_legacy(content, name)
    if any(ord(char) < ord(" ") and char not in _TEXT_CONTROLS for char in text):
        raise _no_text(name)
    return text


def parse(text: str, name: str) -> list[Ticket]:
    """Return the tickets in ``text``; ``name`` is the file's, for messages.

    The delimiter is the one of ``DELIMITERS`` under which the first line names
    the columns; upper case and further columns do not matter.

    Raises:
        InputError: saying in which line what is wrong.
    """
    if not text.strip():
        raise InputError(f"The file {name!r} is empty; give a CSV file with the columns {_listed(COLUMNS)}.")
    delimiter = _delimiter(text, name)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        header = [cell.strip().lower() for cell in next(row for row in reader if _is_filled(row))]
        tickets = [
            _ticket(row, header, f"{name!r}, line {reader.line_num}") for row in reader if _is_filled(row)
        ]
    except csv.Error as error:
        raise InputError(
            f"The file {name!r} is no CSV file: {error} (line {reader.line_num}); check its quotes."
        ) from error
    return _checked(tickets, name)


def _content(path: str) -> bytes:
    file = Path(path).expanduser()
    try:
        if not file.exists():
            raise InputError(f"There is no file {path!r}; give the path of a CSV file as csv_path.")
        if not file.is_file():
            raise InputError(f"{path!r} is no file; give the path of a CSV file as csv_path.")
        with file.open("rb") as stream:
            content = stream.read(MOST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"The file {path!r} cannot be read: {error}.") from error
    if len(content) > MOST_FILE_BYTES:
        limit = MOST_FILE_BYTES // 1_000_000
        raise InputError(f"The file {path!r} is larger than {limit} MB; split it into smaller files.")
    return content


def _decoded_legacy(content: bytes, name: str) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise _no_text(name) from error


def _no_text(name: str) -> InputError:
    return InputError(f"The file {name!r} holds no plain text; export the tickets as CSV in UTF-8.")


def _delimiter(text: str, name: str) -> str:
    first_line = next(line for line in text.splitlines() if line.strip())[:_MOST_HEADER_CHARS]
    headers = {delimiter: _cells(first_line, delimiter) for delimiter in DELIMITERS}
    for delimiter, header in headers.items():
        if all(header.count(column) == 1 for column in COLUMNS):
            return delimiter
    found = max(headers.values(), key=lambda header: (len(set(COLUMNS) & set(header)), len(header)))
    missing = [column for column in COLUMNS if column not in found]
    if not missing:
        raise InputError(f"The file {name!r} names a column twice; its columns are {_listed(found)}.")
    raise InputError(
        f"The file {name!r} lacks the column{'s' * (len(missing) > 1)} {_listed(missing)}; its first line "
        f"must name the columns {_listed(COLUMNS)}, and it reads {first_line.strip()[:200]!r}."
    )


def _cells(line: str, delimiter: str) -> list[str]:
    row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), list[str]())
    return [cell.strip().lower() for cell in row]


def _is_filled(row: list[str]) -> bool:
    return any(cell.strip() for cell in row)


def _ticket(row: list[str], header: list[str], where: str) -> Ticket:
    if len(row) != len(header):
        raise InputError(
            f"{where}: {len(row)} cells, where the first line names {len(header)} columns; "
            "put cells that hold the delimiter in quotes."
        )
    cells = dict(zip(header, (" ".join(cell.split()) for cell in row), strict=True))
    if not cells["id"]:
        raise InputError(f"{where}: the ticket has no id; give it one.")
    if not cells["subject"] and not cells["body"]:
        raise InputError(
            f"{where}: the ticket has neither subject nor body; fill one in, or remove the line."
        )
    return Ticket(id=cells["id"], subject=cells["subject"], body=cells["body"])


def _checked(tickets: list[Ticket], name: str) -> list[Ticket]:
    if not tickets:
        raise InputError(f"The file {name!r} holds no ticket below its first line; add some.")
    if len(tickets) > MOST_TICKETS:
        raise InputError(
            f"The file {name!r} holds {len(tickets)} tickets, and one run takes at most {MOST_TICKETS}; "
            "split it into smaller files."
        )
    seen: set[str] = set()
    for ticket in tickets:
        if ticket.id in seen:
            raise InputError(f"The file {name!r} holds the id {ticket.id!r} twice; ids must differ.")
        seen.add(ticket.id)
    return tickets


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)
