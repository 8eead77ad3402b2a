"""Where a command's words go: text to a terminal or a pipe, JSON to machines, files whole or not at all."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any, Literal, TextIO

import orjson
from rich.console import Console
from rich.text import Text

from framework.durable_file import replace_file
from framework.errors import FrameworkError, GraphFinding, InputError, InvalidGraphError
from framework.tools.machine_secrets import without_machine_secrets
from hive.cli.symbols import Symbols, symbols_for
from hive.errors import HiveError, ResultNotWrittenError, RunInterruptedError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from rich.console import RenderableType

Row = tuple[str, ...]

JSON_VERSION = 1
"""Version of every JSON object that commands print."""


def symbols() -> Symbols:
    """Return the signs that standard output can show."""
    return symbols_for(sys.stdout.encoding)


def say(*lines: RenderableType) -> None:
    """Print lines to standard output; with colours when that is a terminal that wants them.

    Raises:
        ResultNotWrittenError: if they cannot be written.
    """
    shown_on = Console(file=sys.stdout)
    written = io.StringIO()
    console = Console(
        file=written,
        force_terminal=shown_on.is_terminal,
        color_system=_color_system(shown_on),
        no_color=shown_on.no_color,
        width=shown_on.width,
    )
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)
    write_out(written.getvalue())


def _color_system(console: Console) -> Literal["standard", "256", "truecolor", "windows"] | None:
    match console.color_system:
        case "standard" | "256" | "truecolor" | "windows" as name:
            return name
        case _:
            return None


def say_table(rows: Sequence[Row], head: Row, *, spare: Sequence[str] = ()) -> None:
    """Print rows in columns as wide as their content, under a head.

    Args:
        rows: their cells; the last cell of a row shorter than the head runs on freely.
        head: the names of the columns.
        spare: columns to leave out, in this order, while a terminal is too narrow.

    Raises:
        ResultNotWrittenError: if they cannot be written.
    """
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    lines = table_lines(rows, head, spare=spare, width=width)
    say(Text(lines[0], style="bold"), *(Text(line) for line in lines[1:]))


def table_lines(
    rows: Sequence[Row], head: Row, *, spare: Sequence[str] = (), width: int | None = None
) -> list[str]:
    """Return the lines of a table; columns of ``spare`` are left out while it is wider than ``width``."""
    full = [row for row in rows if len(row) == len(head)]
    widths = [max(len(row[column]) for row in (head, *full)) for column in range(len(head))]
    shown = list(range(len(head)))
    for name in spare:
        if width is None or sum(widths[column] + 2 for column in shown) - 2 <= width:
            break
        shown.remove(head.index(name))
    return [_table_line(row, widths, shown, is_full=len(row) == len(head)) for row in (head, *rows)]


def _table_line(row: Row, widths: Sequence[int], shown: Sequence[int], *, is_full: bool) -> str:
    if is_full:
        return "  ".join(row[column].ljust(widths[column]) for column in shown).rstrip()
    *cells, rest = row
    return "  ".join([*(cell.ljust(widths[column]) for column, cell in enumerate(cells)), rest])


def say_json(record: dict[str, Any]) -> None:
    """Print one versioned JSON object to standard output.

    Raises:
        ResultNotWrittenError: if it cannot be written.
    """
    content = {"version": JSON_VERSION, **record}
    write_out(orjson.dumps(content, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")


@contextmanager
def errors_as_json(*, is_on: bool) -> Generator[None]:
    """Print an error that ends the command as JSON, too, when its result would have been JSON.

    Raises:
        FrameworkError: the error itself, for the boundary to report.
        HiveError: the same.
    """
    try:
        yield
    except (FrameworkError, HiveError) as error:
        if is_on and not isinstance(error, (ResultNotWrittenError, RunInterruptedError)):
            say_json(error_record(error))
        raise


def error_record(error: FrameworkError | HiveError) -> dict[str, Any]:
    """Return an error for a machine; the findings of an invalid graph one by one."""
    facts: dict[str, Any] = {"kind": type(error).__name__, "message": without_machine_secrets(str(error))}
    if isinstance(error, InvalidGraphError):
        facts["findings"] = [finding_record(finding) for finding in error.findings]
    return {"run_id": None, "status": "refused", "error": facts}


def finding_record(finding: GraphFinding) -> dict[str, str]:
    """Return one finding of an invalid graph for a machine."""
    return {
        "severity": finding.severity,
        "rule": finding.rule,
        "where": finding.where,
        "message": without_machine_secrets(finding.message),
        "fix": without_machine_secrets(finding.fix),
    }


@contextmanager
def stdout_for_result(*, is_on: bool) -> Generator[None]:
    """Send what packages and nodes print to standard error, so that the result stands alone."""
    if not is_on:
        yield
        return
    with ExitStack() as stack:
        if _is_descriptor(sys.stdout, 1) and _is_descriptor(sys.stderr, 2):
            sys.stdout.flush()
            kept = os.dup(1)
            os.dup2(2, 1)
            stack.callback(_restore, kept)
        stack.enter_context(redirect_stdout(sys.stderr))
        yield


def _is_descriptor(stream: TextIO, number: int) -> bool:
    try:
        return stream.fileno() == number
    except (OSError, ValueError):
        return False


def _restore(kept: int) -> None:
    os.dup2(kept, 1)
    os.close(kept)


def write_out(text: str) -> None:
    """Write to standard output; a reader that has gone away is no error.

    Raises:
        ResultNotWrittenError: if it cannot be written for another reason.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        let_go(sys.stdout.fileno())
    except OSError as error:
        let_go(sys.stdout.fileno())
        raise ResultNotWrittenError(
            f"The result could not be written to standard output: {error.strerror}."
        ) from error


def let_go(descriptor: int) -> None:
    """Send what is still buffered for ``descriptor`` nowhere, so that closing it later does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def check_writable(path: Path) -> None:
    """Check before the work is done that ``write_file`` can write there.

    Raises:
        InputError: if it cannot.
    """
    folder = path.parent
    if path.is_dir() or not folder.is_dir():
        reason = "it is a folder" if path.is_dir() else f"the folder {str(folder)!r} does not exist"
        raise InputError(f"The output cannot be written to {str(path)!r}: {reason}.")
    if not os.access(folder, os.W_OK):
        raise InputError(
            f"The output cannot be written to {str(path)!r}: writing in {str(folder)!r} is not permitted."
        )


def write_file(path: Path, value: object) -> None:
    """Write ``value`` as JSON to ``path``: whole, or not at all.

    Raises:
        ResultNotWrittenError: if it cannot be written; what stood there before stays.
    """
    content = orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"
    try:
        replace_file(path, content, mode=_mode_of(path))
    except OSError as error:
        raise ResultNotWrittenError(
            f"The output could not be written to {str(path)!r}: {error.strerror}."
        ) from error


def _mode_of(path: Path) -> int:
    """Return the permissions the file has, or a new file would get."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
