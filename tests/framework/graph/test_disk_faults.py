"""A disk that fails in the middle of a run: the run stops, and nothing stored is damaged."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import JournalWriteError
from framework.graph import NodeResult
from framework.journal.files import FileJournal
from framework.journal.reading import read_state
from framework.runtime.core import Runtime
from tests.support.fans import fan, gives
from tests.support.faulty_disk import FaultyDisk
from tests.support.resumable_runs import AGENTS
from tests.support.walked_graphs import RUN, Walked, graph, node

if TYPE_CHECKING:
    from pathlib import Path

    from framework.graph import NodeContext


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
async def test_a_run_goes_on_from_wherever_the_disk_failed(tmp_path: Path, code: int, torn: bool) -> None:
    agent = AGENTS["parallel-talks"]()
    sound = FaultyDisk()
    whole = await run(tmp_path / "whole", sound)
    for fails_at in range(1, sound.count + 1, 2):
        folder = tmp_path / str(fails_at)
        with pytest.raises(JournalWriteError):
            await run(folder, FaultyDisk(fails_at, code, torn=torn, keeps_failing=True))
        journal = FileJournal(folder, fsync="never")
        if RUN not in await journal.run_ids():
            continue
        executor = agent.executor(journal, ManualClock())
        await executor.execute(agent.graph, agent.goal, agent.inputs, session_state={"run_id": RUN})
        state = await read_state(journal, RUN)
        assert state.main.digest.hex() == whole, f"operation {fails_at} failed"


async def run(folder: Path, disk: FaultyDisk) -> str:
    agent = AGENTS["parallel-talks"]()
    journal = FileJournal(folder, fsync="never", files=disk)
    await agent.executor(journal, ManualClock()).execute(agent.graph, agent.goal, agent.inputs, run_id=RUN)
    return (await read_state(journal, RUN)).main.digest.hex()


async def test_a_failed_write_is_no_failure_of_the_node_that_met_it(tmp_path: Path) -> None:
    calls: list[int] = []

    class Writes:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            calls.append(1)
            await ctx.log.commit(durable=True)
            return NodeResult(success=True)

    disk = FaultyDisk()
    await Walked(node_registry={"a": Writes()}, runtime=on(disk, tmp_path / "0")).run(graph([node("a")]))
    total, calls[:] = disk.count, []
    for fails_at in range(1, total + 1):
        bench = Walked(
            node_registry={"a": Writes()},
            runtime=on(FaultyDisk(fails_at, keeps_failing=True), tmp_path / str(fails_at)),
        )
        with pytest.raises(JournalWriteError):
            await bench.run(graph([node("a", max_retries=3)]))
    assert len(calls) <= total


async def test_a_failed_write_in_a_branch_ends_the_run(tmp_path: Path) -> None:
    disk = FaultyDisk()
    functions = gives("s", "a", "b", "j")
    await Walked(functions, runtime=on(disk, tmp_path / "0")).run(fan("a", "b"))
    for fails_at in range(1, disk.count + 1):
        bench = Walked(functions, runtime=on(FaultyDisk(fails_at), tmp_path / str(fails_at)))
        with pytest.raises(JournalWriteError):
            await bench.run(fan("a", "b"))


def on(disk: FaultyDisk, folder: Path) -> Runtime:
    journal: Any = FileJournal(folder, fsync="turn", files=disk)
    return Runtime(journal=journal)
