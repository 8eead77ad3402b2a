"""Writes the golden journals of format 2: ``.venv/bin/python -m tests.golden.write_journal_v2``.

They are the runs that format 1 could not hold. Journals of a released format are never written anew.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from framework.journal.entry import FORMAT_VERSION
from tests.golden.write_journal_v1 import write_golden
from tests.support.run_samples import RUNS_OF_FORMAT_2

GOLDEN = Path(__file__).parent / "journal-v2"


def main() -> None:
    """Replace the golden journals."""
    if FORMAT_VERSION != 2:
        raise SystemExit("This program writes another format; the journals of format 2 stay as they are.")
    shutil.rmtree(GOLDEN, ignore_errors=True)
    GOLDEN.mkdir()
    asyncio.run(write_golden(GOLDEN, RUNS_OF_FORMAT_2))


if __name__ == "__main__":
    main()
