"""The tools that read and write CSV files below one folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from framework.errors import ToolError
from framework.model.tool import Effect
from framework.tools.context import ToolContext  # noqa: TC001  (the type hints of a tool are read at run time)
from framework.tools.function_tool import tool
from framework.tools.line_pages import FOLD_CHARS
from hive.toolbox.csv_text import check_width, csv_lines, header_of, table_page
from hive.toolbox.file_tools import FilePath, encoded, root_of, saved

if TYPE_CHECKING:
    from hive.toolbox.settings import SettingsSource

_OVERHEAD_CHARS = 300
_MAX_ROWS = 10_000

Delimiter = Literal[",", ";", "\t", "|"]
Rows = Annotated[list[list[str]], Field(max_length=_MAX_ROWS)]


class CsvTools:
    """CSV files under one operator's settings."""

    def __init__(self, settings_of: SettingsSource) -> None:
        """Ask ``settings_of`` at every call."""
        self._settings_of = settings_of

    @tool(effect=Effect.NONE)
    def csv_read(
        self,
        path: FilePath,
        context: ToolContext,
        offset: Annotated[int, Field(ge=0)] = 0,
        limit: Annotated[int, Field(ge=1, le=_MAX_ROWS)] = 50,
        delimiter: Delimiter = ",",
    ) -> dict[str, Any]:
        """Read rows of a CSV file, with its header; next_offset says where to continue.

        Args:
            path: the file.
            context: the call.
            offset: how many rows below the header to skip.
            limit: how many rows to read at most.
            delimiter: what stands between cells.
        """
        text = root_of(self._settings_of()).read(path).decode("utf-8-sig", "replace")
        room = max(FOLD_CHARS, context.max_result_chars - _OVERHEAD_CHARS)
        page = table_page(text, delimiter=delimiter, offset=offset, limit=limit, max_chars=room)
        return {
            "header": page.header,
            "rows": page.rows,
            "offset": page.offset,
            "total_rows": page.total,
            "next_offset": page.next_offset,
        }

    @tool(effect=Effect.IDEMPOTENT)
    def csv_write(
        self,
        path: FilePath,
        header: Annotated[list[str], Field(min_length=1)],
        rows: Rows,
        delimiter: Delimiter = ",",
    ) -> str:
        """Save a table as a CSV file, replacing a file of that path and making its folders.

        Args:
            path: the file.
            header: the names of the columns.
            rows: the rows below the header, a cell for every column.
            delimiter: what stands between cells.
        """
        check_width(rows, header)
        content = encoded(csv_lines([header, *rows], delimiter))
        return saved(path, root_of(self._settings_of()).change(path, lambda _old: content))

    @tool(effect=Effect.ONCE)
    def csv_append(self, path: FilePath, rows: Rows, delimiter: Delimiter = ",") -> str:
        """Add rows to the end of an existing CSV file.

        Args:
            path: the file.
            rows: the rows, a cell for every column of its header.
            delimiter: what stands between cells.
        """

        def longer(old: bytes | None) -> bytes:
            if old is None:
                raise ToolError(f"There is no file {path!r}; make it with csv_write, which sets its header.")
            check_width(rows, header_of(old.decode("utf-8-sig", "replace"), delimiter))
            between = b"" if old.endswith(b"\n") else b"\n"
            return old + between + encoded(csv_lines(rows, delimiter))

        return saved(path, root_of(self._settings_of()).change(path, longer))
