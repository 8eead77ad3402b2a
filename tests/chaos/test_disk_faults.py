"""Every operation on the disk fails in turn: the run is done, can be carried on, or said clearly why not."""

from __future__ import annotations

import errno
import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import JournalError
from framework.journal.files import FileJournal, FsyncPolicy
from framework.journal.reading import read_state
from tests.support.faulty_disk import FaultyDisk
from tests.support.resumable_runs import AGENTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STRIDE = int(os.environ.get("HIVE_CHAOS_DISK_STRIDE", "9"))
"""Every so many operations one fails; 1 lets every operation fail."""

RUN = "run"
pytestmark = pytest.mark.timeout(3600)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """How the disk fails: what it says, whether half is written, and whether it stays broken."""

    code: int
    torn: bool = False
    stays: bool = False
    fsync: FsyncPolicy = "turn"

    def disk(self, fails_at: int) -> FaultyDisk:
        """Return a disk whose operation ``fails_at`` fails so."""
        return FaultyDisk(fails_at, self.code, torn=self.torn, keeps_failing=self.stays)


FAULTS = {
    "error": Fault(code=errno.EIO),
    "broken for good": Fault(code=errno.EIO, stays=True),
    "no space": Fault(code=errno.ENOSPC, stays=True),
    "torn write": Fault(code=errno.EIO, torn=True),
    "torn for good": Fault(code=errno.EIO, torn=True, stays=True),
    "torn, no space": Fault(code=errno.ENOSPC, torn=True),
    "every entry forced": Fault(code=errno.EIO, torn=True, stays=True, fsync="always"),
}


class Bench:
    """Runs one agent on disks that fail."""

    def __init__(self, name: str, fault: Fault, folder: Path) -> None:
        self.agent = AGENTS[name]()
        self.fault = fault
        self.folder = folder
        self.whole = ""

    async def run(self, journal: FileJournal, state: dict[str, Any] | None = None) -> None:
        agent = self.agent
        executor = agent.executor(journal, ManualClock())
        await executor.execute(agent.graph, agent.goal, agent.inputs, state, run_id=RUN)

    def journal(self, name: str, disk: FaultyDisk | None = None) -> FileJournal:
        return FileJournal(self.folder / name, fsync=self.fault.fsync, files=disk)

    async def operations(self) -> list[str]:
        """Return the operations of a run on a sound disk, and keep its hash."""
        disk = FaultyDisk()
        await self.run(self.journal("whole", disk))
        self.whole = await self.digest("whole")
        return disk.names

    async def digest(self, name: str) -> str:
        return (await read_state(self.journal(name), RUN)).main.digest.hex()

    async def outcome(self, fails_at: int) -> str:
        """Let one operation fail; return what became of the run."""
        name = str(fails_at)
        try:
            await self.run(self.journal(name, self.fault.disk(fails_at)))
            return "done" if await self.digest(name) == self.whole else "done otherwise"
        except JournalError as error:
            if not ("could not be written" in str(error) and ";" in str(error)):
                return f"failed without a clear reason: {error}"
        journal = self.journal(name)
        if RUN not in await journal.run_ids():
            return "never begun"
        if (await read_state(journal, RUN)).status.is_final:  # Its last entry was stored before that.
            return "done" if await self.digest(name) == self.whole else "done otherwise"
        await self.run(journal, {"run_id": RUN})
        return "carried on" if await self.digest(name) == self.whole else "carried on to another end"


GOOD = {"done", "carried on", "never begun"}


@pytest.mark.parametrize("name", ["parallel-talks", "rounds", "long-talk"])
@pytest.mark.parametrize("kind", FAULTS)
async def test_a_failed_operation_of_the_disk_damages_nothing(
    name: str, kind: str, tmp_path: Path, tally: Callable[..., None]
) -> None:
    bench = Bench(name, FAULTS[kind], tmp_path)
    operations = await bench.operations()

    places = range(1, len(operations) + 1, STRIDE)
    outcomes = {place: await bench.outcome(place) for place in places}

    counts = Counter(outcomes.values())
    tally("Failed operations of the disk", operations=len(outcomes), **{
        each.replace(" ", "_"): counts[each] for each in sorted(GOOD)
    })  # fmt: skip
    bad = {place: (operations[place - 1], outcome) for place, outcome in outcomes.items()}
    assert {place: found for place, found in bad.items() if found[1] not in GOOD} == {}
