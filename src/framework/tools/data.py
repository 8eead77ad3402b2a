"""The data tools: files in the data folder of the run, for results too large for a conversation."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from framework.errors import ToolError
from framework.model.tool import Effect
from framework.tools.context import ToolContext  # noqa: TC001 - the type hints of a tool are read at run time
from framework.tools.data_folder import DataFolder
from framework.tools.file_name import checked_name
from framework.tools.function_tool import tool
from framework.tools.line_pages import FOLD_CHARS

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.tools.registry import ToolRegistry

_HEADER_CHARS = 300
_MAX_LINES = 10_000

FileName = Annotated[str, Field(description="A plain file name such as 'notes.txt', without any folder.")]


# The three that write run in the event loop: between the rename and the report nothing
# else runs, so files are reported in the order written and a cancelled call cannot
# leave a file unreported.


@tool(effect=Effect.IDEMPOTENT)
async def save_data(filename: FileName, data: str, context: ToolContext) -> str:
    """Save text as a file in the data folder, replacing a file of that name.

    Args:
        filename: the file.
        data: the whole content.
        context: the call.
    """
    content = _folder(context).write(filename, data)
    return await _written(context, filename, content)


@tool(effect=Effect.ONCE)
async def append_data(filename: FileName, data: str, context: ToolContext) -> str:
    """Add text to the end of a file in the data folder, creating the file if it does not exist.

    Args:
        filename: the file.
        data: the text to add; begin or end it with a line break where one is wanted.
        context: the call.
    """
    content = _folder(context).append(filename, data)
    return await _written(context, filename, content)


@tool(effect=Effect.ONCE)
async def edit_data(filename: FileName, old_text: str, new_text: str, context: ToolContext) -> str:
    """Replace one passage of a file in the data folder.

    Args:
        filename: the file.
        old_text: the passage as it stands; it must occur exactly once.
        new_text: what takes its place.
        context: the call.
    """
    content = _folder(context).replace(filename, old_text, new_text)
    return await _written(context, filename, content)


@tool(effect=Effect.NONE)
def load_data(
    filename: FileName,
    context: ToolContext,
    offset: Annotated[int, Field(ge=0)] = 0,
    limit: Annotated[int, Field(ge=1, le=_MAX_LINES)] = 50,
) -> str:
    """Read lines of a file in the data folder; the first line of the answer says how to continue.

    Args:
        filename: the file.
        context: the call.
        offset: how many lines to skip.
        limit: how many lines to read at most.
    """
    room = max(FOLD_CHARS, context.max_result_chars - _HEADER_CHARS)
    page = _folder(context).read_lines(filename, offset=offset, limit=limit, max_chars=room)
    return page.shown_as(filename)


@tool(effect=Effect.NONE)
def list_data_files(context: ToolContext) -> list[dict[str, str | int]]:
    """List the files in the data folder with their sizes."""
    return [{"filename": info.name, "bytes": info.size} for info in _folder(context).list()]


@tool(effect=Effect.NONE)
def serve_file_to_user(filename: FileName, context: ToolContext, label: str = "") -> dict[str, str]:
    """Give the user a link to a file in the data folder.

    Args:
        filename: the file.
        context: the call.
        label: what the link says; the file name by default.
    """
    path = _folder(context).locate(filename)
    return {"file_uri": path.as_uri(), "label": label or path.name}


DATA_TOOLS: tuple[Callable[..., object], ...] = (
    save_data,
    append_data,
    edit_data,
    load_data,
    list_data_files,
    serve_file_to_user,
)


def register_data_tools(registry: ToolRegistry) -> None:
    """Add the data tools to ``registry``, leaving alone names it already has."""
    for function in DATA_TOOLS:
        if not registry.has_tool(function.__name__):
            registry.register_function(function)


def _folder(context: ToolContext) -> DataFolder:
    if context.data_dir is None:
        raise ToolError("This run has no data folder; give the run a storage path to use files.")
    return DataFolder(Path(context.data_dir))


async def _written(context: ToolContext, filename: str, content: bytes) -> str:
    name = checked_name(filename)
    reported = context.on_file_written(name, content)
    if inspect.isawaitable(reported):
        await reported
    lines = content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
    return f"Saved {name!r}: {len(content)} bytes, {lines} lines."
