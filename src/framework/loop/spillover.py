"""Spillover: a tool result too long for the conversation goes to a file it can be paged from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from framework.errors import ToolError
from framework.tools.data_folder import DataFolder

if TYPE_CHECKING:
    from pathlib import Path

_PREVIEW_SHARE = 3
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
PAGED_TOOL = "load_data"


class Spilled(NamedTuple):
    """What the conversation shows, and the file (name and content) that holds the whole."""

    shown: str
    file: tuple[str, bytes] | None = None


def spill_name(tool: str, place: str) -> str:
    """Return the plain file name for the result of the call made at ``place``."""
    return f"{_UNSAFE.sub('_', tool)[:40]}_{_UNSAFE.sub('_', place)[-80:]}.txt"


def spill(
    tool: str, place: str, content: str, *, limit: int, folder: Path | None, can_load: bool = True
) -> Spilled:
    """Return ``content``, or its beginning and where the whole of it was written.

    Args:
        tool: name of the tool that returned it.
        place: the call's lane, which no other call of the run has.
        content: the whole result.
        limit: characters the conversation takes.
        folder: where files go; without one the result is cut.
        can_load: whether the node has the tool that reads such a file.
    """
    if len(content) <= limit:
        return Spilled(content)
    if tool == PAGED_TOOL:
        return _cut(content, limit, "ask for fewer lines")
    if folder is None:
        return _cut(content, limit, "the rest is not kept, as this run has no data folder")
    name = spill_name(tool, place)
    try:
        written = DataFolder(folder).write(name, content)
    except ToolError as error:
        return _cut(content, limit, f"the rest could not be kept: {error}")
    if not can_load:
        return Spilled(_cut(content, limit, f"the whole of it is saved as {name!r}").shown, (name, written))
    note = (
        f"[The result has {len(content)} characters. It is saved as {name!r}; "
        f"read it with load_data(filename={name!r}, offset=0, limit=50).]"
    )
    return Spilled(f"{note}\nIt begins:\n{content[: limit // _PREVIEW_SHARE]}", (name, written))


def _cut(content: str, limit: int, hint: str) -> Spilled:
    return Spilled(f"{content[:limit]}\n[Cut after {limit} of {len(content)} characters; {hint}.]")
