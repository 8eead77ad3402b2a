"""What was freed goes back to the system, once there is little to do."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from hive.control.services import housekeeping
from hive.control.services.freed_memory import MOST_OF_QUIET_S, FreedMemory
from hive.control.services.housekeeping import Housekeeping
from hive.errors import UnavailableError
from tests.support.control import running_parts

if TYPE_CHECKING:
    from hive.control.stores.embedded import Addresses

FREED = """
from pathlib import Path
from hive.control.services.freed_memory import give_back
def pages(): return int(Path("/proc/self/statm").read_text().split()[1])
held = [bytes(1000) for _ in range(50_000)]
last = held.pop()
del held
kept = pages()
give_back()
print(kept - pages())
"""
"""Frees 50 MB that lie below something which is still used, and says how many pages that gave back."""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc can be told to")
def test_what_was_freed_below_what_is_used_goes_back() -> None:
    said = subprocess.run([sys.executable, "-c", FREED], check=True, capture_output=True, text=True)
    assert int(said.stdout) * 4096 > 30_000_000


def test_it_is_due_when_little_was_done_since_the_last_look() -> None:
    used = iter([5.0, 5.0 + MOST_OF_QUIET_S, 20.0, 20.1])
    memory = FreedMemory(lambda: next(used))
    assert [memory.is_due() for _ in range(4)] == [False, True, False, True]


async def test_housekeeping_looks_after_it_while_the_database_is_away(
    control_database: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_parts(control_database.app) as parts:
        gave_back = threading.Event()
        monkeypatch.setattr(housekeeping, "give_back", gave_back.set)
        monkeypatch.setattr(FreedMemory, "is_due", lambda _: True)
        await parts.database.close()
        keeping = Housekeeping(parts.database, parts.clock)
        with pytest.raises(UnavailableError):
            await keeping._work()
        assert gave_back.is_set()
