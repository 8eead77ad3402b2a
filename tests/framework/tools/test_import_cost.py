from __future__ import annotations

import subprocess
import sys


def test_importing_the_tools_loads_no_network_or_terminal_library() -> None:
    code = "import sys, framework.tools; print([m for m in ('httpx', 'mcp', 'rich') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "[]"
