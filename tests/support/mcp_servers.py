"""MCP servers for tests: their configurations, and whether their processes are gone."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.model.tool import ToolResult, ToolUse
from framework.tools.calls import call_tool
from framework.tools.context import ToolContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.model.tool import Tool
    from framework.tools.registry import ToolRegistry

SUPPORT = Path(__file__).parent
ODD_SERVER = SUPPORT / "odd_mcp_server.py"
REAL_SERVER = SUPPORT / "real_mcp_server.py"


def odd(*flags: str, **fields: Any) -> dict[str, Any]:
    """Return the configuration of a server that misbehaves when asked to."""
    return {"name": "odd", "command": sys.executable, "args": [str(ODD_SERVER), *flags], **fields}


async def call(
    registry: ToolRegistry, name: str, pins: Any = None, *, timeout_s: float = 5, **arguments: Any
) -> ToolResult:
    """Call a tool as a node does."""
    tool: Tool = registry.get_tools()[name]
    executor = registry.get_executor(pins)
    use = ToolUse("1", name, arguments)
    return await call_tool(executor, use, timeout_s=tool.timeout_s or timeout_s, context=ToolContext())


def alive(pids_file: Path) -> list[int]:
    """Return the processes noted in a file that still run."""
    return [pid for pid in map(int, pids_file.read_text().split()) if _is_alive(pid)]


def wait_for(condition: Callable[[], bool]) -> bool:
    """Return whether a condition comes true within some seconds."""
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
