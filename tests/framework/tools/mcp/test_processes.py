"""What becomes of servers and of memory, seen from outside the process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.mcp_servers import alive, odd

if TYPE_CHECKING:
    from pathlib import Path

LEAVE = """
import json, sys
from framework.tools import ToolRegistry
registry = ToolRegistry()
registry.register_mcp_server(json.loads(sys.argv[1]))
print(len(registry.get_tools()))
"""

MEASURE = """
import asyncio, json, resource, sys
from framework.model.tool import ToolUse
from framework.tools import ToolRegistry, ToolContext, call_tool
registry = ToolRegistry()
registry.register_mcp_server(json.loads(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
use = ToolUse("1", "huge", {})
result = asyncio.run(call_tool(registry.get_executor(), use, timeout_s=30, context=ToolContext()))
assert result.is_error, result
registry.cleanup()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""

DECLARE = """
import sys, threading
from framework.runner import ToolRegistry
registry = ToolRegistry()
registry.declare_mcp_config(sys.argv[1])
registry.cleanup()
print({"mcp", "mcp_types", "httpx", "httpx2", "anyio"} & sys.modules.keys(), threading.active_count())
"""


def python(code: str, argument: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, argument],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_process_that_ends_without_cleanup_leaves_no_server_behind(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    done = python(LEAVE, json.dumps(odd(f"--pids={pids}", "--stubborn")))

    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 5
    assert alive(pids) == []


def test_an_answer_of_100_megabytes_takes_a_bounded_part_of_memory() -> None:
    done = python(MEASURE, json.dumps(odd()))

    assert done.stderr == ""
    assert int(done.stdout) < 48 * 1024, "more than 48 MiB"


def test_declaring_servers_loads_no_sdk_and_starts_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mcp_servers.json"
    file.write_text(json.dumps({"odd": odd()}))

    assert python(DECLARE, str(file)).stdout == "set() 1\n"
