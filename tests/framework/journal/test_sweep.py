"""Sweeping: old runs that ended go with their content; whatever may go on, is held or is shared stays."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest

from framework.clock import ManualClock, SystemClock
from framework.errors import BlobNotFoundError
from framework.journal.files import FileJournal
from framework.journal.log import RunLog
from framework.journal.postgres import PostgresJournal
from framework.journal.reading import read_entries, read_state
from framework.model import events as ev
from framework.model.value import Value
from framework.runtime.fork import Fork, fork_run
from tests.support.event_samples import LARGE_TEXT, node_started, run_started

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence
    from pathlib import Path

    from framework.journal.base import SharedJournal
    from framework.journal.sweep import Swept

DAY = timedelta(days=1)
DIGEST = str(Value.of(LARGE_TEXT).digest)
CONTENT = Value.of(LARGE_TEXT).raw
ENDED = [run_started("first"), node_started("first", opening=LARGE_TEXT), ev.RunFinished(status="failed")]
PAUSED = [*ENDED[:2], ev.RunPaused(node_id="first", reason="a person is asked")]


class Kept(Protocol):
    """A journal whose runs a test makes older."""

    journal: SharedJournal

    def make_old(self, run_id: str) -> None: ...


class InFiles:
    def __init__(self, root: Path) -> None:
        self.journal = FileJournal(root)
        self._root = root

    def make_old(self, run_id: str) -> None:
        del run_id  # Its entries are stamped by a clock that is months late.
        for blob in self._root.glob("blobs/*/*"):
            os.utime(blob, (1, 1))


class InDatabase:
    def __init__(self, dsn: str, journal: PostgresJournal) -> None:
        self.journal = journal
        self._dsn = dsn

    def make_old(self, run_id: str) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute("UPDATE journal_runs SET written_at = 'epoch' WHERE run_id = %s", [run_id])
            connection.execute("UPDATE journal_blobs SET touched_at = 'epoch'")


@pytest.fixture(params=["files", "postgres"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    if request.param == "files":
        yield InFiles(tmp_path)
        return
    dsn = request.getfixturevalue("postgres")
    async with PostgresJournal(dsn) as journal:
        yield InDatabase(dsn, journal)


async def write(kept: Kept, run_id: str, events: Sequence[ev.Event] = ENDED, *, is_old: bool = True) -> None:
    log = RunLog(await kept.journal.create(run_id), ManualClock() if is_old else SystemClock())
    log.state.run_id = run_id
    for event in events:
        log.record("m", event)
    await log.close()
    if is_old:
        kept.make_old(run_id)


@asynccontextmanager
async def held(kept: Kept, run_id: str) -> AsyncGenerator[None]:
    writer = await kept.journal.open(run_id)
    try:
        yield
    finally:
        await writer.close()


def gone(swept: Swept) -> list[str]:
    return [run.run_id for run in swept.runs]


async def test_old_runs_that_ended_go_with_their_content(kept: Kept) -> None:
    await write(kept, "one")
    await write(kept, "two")

    swept = await kept.journal.sweep(DAY)

    assert gone(swept) == ["one", "two"]
    assert {run.agent for run in swept.runs} == {"sample"}
    assert (swept.left, swept.problems) == ((), ())
    assert (swept.blobs, swept.blob_size) == (1, len(CONTENT))
    assert await kept.journal.run_ids() == []
    with pytest.raises(BlobNotFoundError):
        await kept.journal.read_blob(DIGEST)
    assert await kept.journal.sweep(DAY) == type(swept)()


async def test_the_size_of_a_run_is_told(kept: Kept) -> None:
    await write(kept, "one")
    lines = await kept.journal.read("one")
    [run] = (await kept.journal.sweep(DAY)).runs
    assert run.size >= sum(map(len, lines))
    assert run.size < sum(map(len, lines)) + 100
    assert run.ended_at_us < SystemClock().epoch_us() - 10**6 * 3600


async def test_a_trial_tells_the_same_and_removes_nothing(kept: Kept) -> None:
    await write(kept, "one")
    await write(kept, "two")

    trial = await kept.journal.sweep(DAY, is_trial=True)

    assert await kept.journal.run_ids() == ["one", "two"]
    assert await kept.journal.read_blob(DIGEST) == CONTENT
    assert await kept.journal.sweep(DAY) == trial


async def test_young_runs_stay_and_content_they_share(kept: Kept) -> None:
    await write(kept, "old")
    await write(kept, "young", is_old=False)
    kept.make_old("old")

    assert (await kept.journal.sweep(DAY, is_trial=True)).blobs == 0
    swept = await kept.journal.sweep(DAY)

    assert (gone(swept), swept.blobs) == (["old"], 0)
    assert len(await read_entries(kept.journal, "young")) == 3


@pytest.mark.parametrize(
    "events", [PAUSED, ENDED[:2], [*ENDED, ev.RunForked(origin="x", at_seq=3, changes={})], []]
)
async def test_what_may_go_on_stays(kept: Kept, events: list[ev.Event]) -> None:
    await write(kept, "run", events)
    assert await kept.journal.sweep(DAY, is_trial=True) == await kept.journal.sweep(DAY)
    assert await kept.journal.run_ids() == ["run"]
    assert len(await read_entries(kept.journal, "run")) == len(events)


async def test_a_rejected_run_goes_too(kept: Kept) -> None:
    await write(kept, "run", [*ENDED[:2], ev.RunFinished(status="succeeded"), ev.RunRejected(reason="Rude.")])
    assert gone(await kept.journal.sweep(DAY)) == ["run"]


@pytest.mark.parametrize("is_trial", [True, False])
async def test_a_run_that_is_held_is_left_and_the_others_go(kept: Kept, is_trial: bool) -> None:
    await write(kept, "held")
    await write(kept, "free")
    async with held(kept, "held"):
        kept.make_old("held")
        swept = await kept.journal.sweep(DAY, is_trial=is_trial)
        assert gone(swept) == ["free"]
        [left] = swept.left
        assert (left.run_id, left.is_held, "being written by" in left.reason) == ("held", True, True)
    assert "held" in await kept.journal.run_ids()
    assert sorted(gone(await kept.journal.sweep(DAY))) == (["free", "held"] if is_trial else ["held"])


# Forks.


async def test_a_fork_keeps_what_it_shares_with_an_older_run(kept: Kept) -> None:
    await write(kept, "origin")
    await fork_run(kept.journal, "origin", Fork(at_seq=2, run_id="fork"))
    kept.make_old("origin")

    swept = await kept.journal.sweep(DAY)

    assert (gone(swept), swept.blobs) == (["origin"], 0)
    assert (await read_entries(kept.journal, "fork"))[1].event == node_started("first", opening=LARGE_TEXT)
    assert (await read_state(kept.journal, "fork")).last_seq == 3


async def test_a_fork_may_be_made_while_the_other_run_is_swept(kept: Kept) -> None:
    await write(kept, "origin")

    class Swept:
        """The journal, swept once the fork has read the other run."""

        def __getattr__(self, name: str) -> Any:
            return getattr(kept.journal, name)

        async def create(self, run_id: str) -> Any:
            assert (await kept.journal.sweep(DAY)).blobs == 1
            return await kept.journal.create(run_id)

    await fork_run(Swept(), "origin", Fork(at_seq=2, run_id="fork"))

    assert await kept.journal.run_ids() == ["fork"]
    assert (await read_entries(kept.journal, "fork"))[1].event == node_started("first", opening=LARGE_TEXT)


# Content that writers are about to refer to.


async def test_content_stored_again_counts_as_young(kept: Kept) -> None:
    await write(kept, "old")
    writer = await kept.journal.create("new")
    await writer.append([], expected=0, blobs={DIGEST: CONTENT})

    assert (await kept.journal.sweep(DAY, is_trial=True)).blobs == 0
    assert (await kept.journal.sweep(DAY)).blobs == 0

    assert await kept.journal.read_blob(DIGEST) == CONTENT
    await writer.close()
