"""A fork is whole or it is not there, whatever fails or is killed while it is made."""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from framework.clock import ManualClock
from framework.errors import JournalError
from framework.journal.files import FileJournal
from framework.journal.reading import read_entries
from framework.model.events import RunForked
from framework.runtime.fork import Fork, fork_run
from tests.support.faulty_disk import FaultyDisk
from tests.support.resumable_runs import AGENTS

if TYPE_CHECKING:
    from pathlib import Path

RUN = "run"
TWIN = "twin"
AT = 12


async def recorded(folder: Path) -> None:
    agent = AGENTS["rounds"]()
    executor = agent.executor(FileJournal(folder), ManualClock())
    await executor.execute(agent.graph, agent.goal, agent.inputs, run_id=RUN)


async def is_whole_or_none(folder: Path) -> bool:
    """Whether the fork has all its entries, the one that says so last, or none at all."""
    journal = FileJournal(folder)
    if TWIN not in await journal.run_ids():
        return True
    entries = await read_entries(journal, TWIN)
    return not entries or (len(entries) == AT + 1 and isinstance(entries[-1].event, RunForked))


async def forked_on(folder: Path, disk: FaultyDisk) -> None:
    await fork_run(FileJournal(folder, files=disk), RUN, Fork(at_seq=AT, run_id=TWIN), clock=ManualClock())


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize(("torn", "stays"), [(False, False), (True, False), (True, True)])
async def test_a_fork_is_whole_or_not_there_whichever_operation_fails(
    tmp_path: Path, code: int, torn: bool, stays: bool
) -> None:
    sound = FaultyDisk()
    await recorded(tmp_path / "whole")
    await forked_on(tmp_path / "whole", sound)
    assert await is_whole_or_none(tmp_path / "whole")
    assert sound.count > 5

    for fails_at in range(1, sound.count + 1):
        folder = tmp_path / str(fails_at)
        await recorded(folder)
        with pytest.raises(JournalError):
            await forked_on(folder, FaultyDisk(fails_at, code, torn=torn, keeps_failing=stays))
        assert await is_whole_or_none(folder), (fails_at, sound.names[fails_at - 1])


def test_a_fork_killed_at_any_operation_is_whole_or_not_there(tmp_path: Path) -> None:
    asyncio.run(recorded(tmp_path / "stored"))

    command = [sys.executable, "-m", "tests.support.killed_forks", str(tmp_path / "stored"), RUN, str(AT)]
    subprocess.run(command, check=True, timeout=60)

    killed = sorted(tmp_path.glob("killed-*"))
    assert len(killed) > 5
    assert [folder.name for folder in killed if not asyncio.run(is_whole_or_none(folder))] == []
    assert asyncio.run(FileJournal(tmp_path / f"killed-{len(killed)}").run_ids()) == [RUN, TWIN]
