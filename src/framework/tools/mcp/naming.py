"""The names by which a model knows the tools of several servers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from framework.tools.mcp.remote_tool import RemoteTool

_ODD = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 64


def named(tools: Iterable[RemoteTool], taken: Container[str]) -> dict[str, RemoteTool]:
    """Return the tools by name, in their order.

    A tool keeps the name its server gives it; characters that models do not
    accept become underscores. One whose name is in ``taken``, or that of a tool
    before it, is called ``SERVER__tool`` instead, and numbered if that is taken, too.
    """
    found: dict[str, RemoteTool] = {}
    for tool in tools:
        found[_free_name(tool, taken, found)] = tool
    return found


def _free_name(tool: RemoteTool, taken: Container[str], found: Container[str]) -> str:
    prefixed = f"{tool.server}__{tool.name}"
    for candidate in (tool.name, prefixed):
        name = _fitting(candidate)
        if name not in taken and name not in found:
            return name
    number = 2
    while (name := _fitting(prefixed, suffix=f"_{number}")) in taken or name in found:
        number += 1
    return name


def _fitting(name: str, suffix: str = "") -> str:
    return (_ODD.sub("_", name)[: _LONGEST - len(suffix)] or "_") + suffix
