"""The tools that read and write text files below one folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from framework.errors import ToolError
from framework.model.tool import Effect
from framework.tools.context import ToolContext  # noqa: TC001  (the type hints of a tool are read at run time)
from framework.tools.function_tool import tool
from framework.tools.line_pages import FOLD_CHARS, page_of
from hive.toolbox.root_folder import RootFolder

if TYPE_CHECKING:
    from hive.toolbox.settings import SettingsSource, ToolboxSettings

_HEADER_CHARS = 300
_MAX_LINES = 10_000

FilePath = Annotated[
    str, Field(description="A path such as 'notes.txt' or 'reports/may.txt', inside the folder of the tools.")
]


class FileTools:
    """Text files under one operator's settings."""

    def __init__(self, settings_of: SettingsSource) -> None:
        """Ask ``settings_of`` at every call."""
        self._settings_of = settings_of

    @tool(effect=Effect.NONE)
    def list_files(self, path: str = "") -> list[dict[str, str | int]]:
        """List the files and folders of a folder; files come with their sizes.

        Args:
            path: the folder; the topmost by default.
        """
        return [
            {"name": f"{entry.name}/"} if entry.size is None else {"name": entry.name, "bytes": entry.size}
            for entry in root_of(self._settings_of()).list(path)
        ]

    @tool(effect=Effect.NONE)
    def read_text_file(
        self,
        path: FilePath,
        context: ToolContext,
        offset: Annotated[int, Field(ge=0)] = 0,
        limit: Annotated[int, Field(ge=1, le=_MAX_LINES)] = 200,
    ) -> str:
        """Read lines of a text file; the first line of the answer says how to continue.

        Args:
            path: the file.
            context: the call.
            offset: how many lines to skip.
            limit: how many lines to read at most.
        """
        text = root_of(self._settings_of()).read(path).decode("utf-8", "replace")
        room = max(FOLD_CHARS, context.max_result_chars - _HEADER_CHARS)
        return page_of(text, offset=offset, limit=limit, max_chars=room).shown_as(path)

    @tool(effect=Effect.IDEMPOTENT)
    def write_text_file(self, path: FilePath, text: str) -> str:
        """Save text as a file, replacing a file of that path and making its folders.

        Args:
            path: the file.
            text: the whole content.
        """
        content = root_of(self._settings_of()).change(path, lambda _old: encoded(text))
        return saved(path, content)

    @tool(effect=Effect.ONCE)
    def append_text_file(self, path: FilePath, text: str) -> str:
        """Add text to the end of a file, creating the file and its folders if need be.

        Args:
            path: the file.
            text: the text to add; begin or end it with a line break where one is wanted.
        """
        content = root_of(self._settings_of()).change(path, lambda old: (old or b"") + encoded(text))
        return saved(path, content)


def root_of(settings: ToolboxSettings) -> RootFolder:
    """Return the folder of the file and CSV tools.

    Raises:
        ToolError: if none is configured.
    """
    if settings.root is None:
        raise ToolError("The file tools have no folder; the operator should set HIVE_TOOLBOX_ROOT.")
    return RootFolder(settings.root)


def encoded(text: str) -> bytes:
    """Return ``text`` as UTF-8; half characters become question marks."""
    return text.encode("utf-8", "replace")


def saved(path: str, content: bytes) -> str:
    """Say what a file holds now."""
    lines = content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
    return f"Saved {path!r}: {len(content)} bytes, {lines} lines."
