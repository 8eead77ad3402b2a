"""A runtime that is asked to carry on a damaged run says what is wrong, and leaves the run as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from framework.errors import BlobNotFoundError, FrameworkError, InputError, JournalCorruptError
from framework.graph.executor import GraphExecutor
from framework.journal.postgres import PostgresJournal
from framework.runtime.agent_runtime import AgentRuntime
from framework.runtime.core import Runtime
from tests.support.damage import DAMAGES, TORN, Damage, contents
from tests.support.runtimes import entry, runtime_of
from tests.support.walked_graphs import giving, graph, node, ways

if TYPE_CHECKING:
    from pathlib import Path

SPEC = graph(
    [node("work", writes=["text"], function=giving(text="x" * 9000)), node("end", function=giving())],
    ways("work-end"),
    pause_nodes=["work"],
)
KINDS: dict[str, type[FrameworkError]] = {
    "empty": InputError,
    "garbage-without-lines": InputError,
    "missing-blob": BlobNotFoundError,
}
ALTERED = """
    UPDATE journal_entries SET line = convert_to(replace(convert_from(line, 'UTF8'), {}), 'UTF8')
"""


async def paused_run(runtime: AgentRuntime) -> str:
    """Return a run that waits after its first node."""
    await runtime.start()
    result = await runtime.trigger_and_wait("main")
    assert result is not None
    assert result.paused_at == "work"
    return result.run_id


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
async def test_a_damaged_run_is_not_carried_on(tmp_path: Path, damage: Damage) -> None:
    runtime = runtime_of(SPEC, storage=tmp_path)
    run_id = await paused_run(runtime)
    damage.happen(tmp_path)
    before = contents(tmp_path)

    with pytest.raises(FrameworkError) as caught:
        await runtime.resume(run_id)

    assert type(caught.value) is KINDS.get(damage.name, JournalCorruptError)
    assert damage.told in str(caught.value)
    assert contents(tmp_path) == before
    await runtime.stop()


async def test_a_run_goes_on_without_its_torn_last_line(tmp_path: Path) -> None:
    runtime = runtime_of(SPEC, storage=tmp_path)
    run_id = await paused_run(runtime)
    TORN.happen(tmp_path)

    await runtime.resume(run_id)
    result = await runtime.wait(run_id, timeout=5)

    assert result is not None
    assert result.success
    await runtime.stop()


@pytest.mark.parametrize(
    ("damage", "kind", "told"),
    [
        (ALTERED.format("'\"size\":9', '\"size\":8'"), JournalCorruptError, "its hash differs"),
        (ALTERED.format("'\"kind\":', '\"kine\":'"), JournalCorruptError, "Entry 1 of"),
        (ALTERED.format("'{\"v\":2', '{\"v\":99'"), JournalCorruptError, "upgrade the program"),
        ("DELETE FROM journal_blobs", BlobNotFoundError, "Entry 1 of"),
        ("UPDATE journal_blobs SET content = '[]'", JournalCorruptError, "is not what was written"),
    ],
)
async def test_a_run_damaged_in_a_database_is_not_carried_on(
    postgres: str, damage: str, kind: type[FrameworkError], told: str
) -> None:
    async with PostgresJournal(postgres) as journal:
        executor = GraphExecutor(Runtime(journal=journal))
        runtime = AgentRuntime(executor, SPEC, None, entry_points=[entry()])
        run_id = await paused_run(runtime)
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(damage)
            before = connection.execute("SELECT * FROM journal_entries ORDER BY seq").fetchall()

            with pytest.raises(kind, match=told):
                await runtime.resume(run_id)

            assert connection.execute("SELECT * FROM journal_entries ORDER BY seq").fetchall() == before
        await runtime.stop()


async def test_a_run_whose_last_hash_was_damaged_is_not_taken_over(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal, PostgresJournal(postgres, owner="another") as other:
        runtime = AgentRuntime(GraphExecutor(Runtime(journal=journal)), SPEC, None, entry_points=[entry()])
        run_id = await paused_run(runtime)
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(ALTERED.format('\'"digest":"\', \'"digest":"?\''))

        with pytest.raises(JournalCorruptError, match=f"The last entry of run '{run_id}' in the database"):
            await other.open(run_id)
        await runtime.stop()
