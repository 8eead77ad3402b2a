from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[4] / "docs" / "journal.md"
SNIPPET = re.compile(r"^```py\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADDRESS = "postgresql://localhost/hive"


def test_the_snippet_of_the_page_runs(postgres: str) -> None:
    [code] = SNIPPET.findall(PAGE.read_text(encoding="utf-8"))
    assert ADDRESS in code
    code = code.replace(ADDRESS, postgres)

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
