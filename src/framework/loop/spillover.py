"""Spillover: a tool result too long for the conversation goes to a file it can be paged from."""

from __future__ import annotations

import re
from contextlib import suppress
from textwrap import wrap
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from pathlib import Path

from framework.tools.data_folder import DataFolder

_PREVIEW_SHARE = 3
_LINE_CHARS = 1000
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_PAGED_TOOL = "load_data"


def spill_name(tool: str, place: str) -> str:
    """Return the plain file name for the result of the call made at ``place``."""
    return f"{_UNSAFE.sub('_', tool)[:40]}_{_UNSAFE.sub('_', place)[:80]}.txt"


def pageable(text: str) -> str:
    """Return ``text`` in lines short enough to page: JSON is indented, long lines are broken."""
    if text[:1] in "{[":
        with suppress(orjson.JSONDecodeError):  # It only looked like JSON.
            text = orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    lines = text.splitlines()
    if all(len(line) <= _LINE_CHARS for line in lines):
        return text
    broken = [
        part
        for line in lines
        for part in (wrap(line, _LINE_CHARS, drop_whitespace=False, replace_whitespace=False) or [""])
    ]
    return "\n".join(broken)


def spill(tool: str, place: str, content: str, *, limit: int, folder: Path | None) -> tuple[str, str | None]:
    """Return what the conversation gets for ``content``, and the name of the file that got the rest.

    Args:
        tool: name of the tool that returned it.
        place: the call's lane, which no other call of the run has.
        content: the whole result.
        limit: characters the conversation takes.
        folder: where files go; without one the result is cut.
    """
    if len(content) <= limit:
        return content, None
    if tool == _PAGED_TOOL or folder is None:
        hint = "ask for fewer lines" if tool == _PAGED_TOOL else "the rest is not kept"
        return f"{content[:limit]}\n[Cut after {limit} of {len(content)} characters; {hint}.]", None
    name = spill_name(tool, place)
    text = pageable(content)
    DataFolder(folder).write(name, text)
    preview = content[: limit // _PREVIEW_SHARE]
    lines = text.count("\n") + 1
    note = (
        f"[The result has {len(content)} characters and {lines} lines. It is saved as {name!r}; "
        f"read it with load_data(filename={name!r}, offset=0, limit=50).]"
    )
    return f"{note}\nIt begins:\n{preview}", name
