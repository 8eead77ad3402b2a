"""Runs that wait for their turn are stored: they outlive the runtime, and nothing of them is guessed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import JournalWriteError
from framework.graph.executor import GraphExecutor
from framework.journal.postgres import PostgresJournal
from framework.journal.reading import read_facts, read_state
from framework.runtime.agent_runtime import AgentRuntime
from framework.runtime.core import Runtime
from framework.runtime.replay import ReplayParts, ReplayReport, replay
from framework.runtime.replay.replay import read_recording
from tests.support.runtimes import Gate, entry, runtime_of, settle
from tests.support.walked_graphs import graph, node

if TYPE_CHECKING:
    from pathlib import Path

    from framework.model.graph import GraphSpec
    from framework.runtime.run_news import RunNews


async def queued_run(runtime: AgentRuntime, gate: Gate, **options: Any) -> tuple[str, str]:
    """Return a run inside the gate, and one that waits for its place."""
    await runtime.start()
    first = await runtime.trigger("main", {"name": "first"})
    await gate.entered.wait()
    return first, await runtime.trigger("main", {"name": "second"}, **options)


async def replayed(runtime: AgentRuntime, run_id: str, again: GraphSpec) -> ReplayReport:
    def executor(parts: ReplayParts) -> GraphExecutor:
        return GraphExecutor(parts.runtime, clock=parts.clock)

    return await replay(await read_recording(runtime.executor.journal, run_id), again, executor)


async def test_a_run_that_waits_is_stored_with_its_input_and_where_it_came_in(tmp_path: Path) -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1), storage=tmp_path)
    _, queued = await queued_run(runtime, gate, correlation_id="order 7")
    stored = await read_state(runtime.executor.journal, queued)
    assert (stored.status.value, stored.input["name"].load()) == ("paused", "second")
    facts = await read_facts(runtime.executor.journal, queued)
    assert (facts["entry_point"], facts["correlation_id"]) == ("main", "order 7")
    seen = await runtime.get_execution_status(queued)
    assert seen == {"run_id": queued, "status": "queued"}
    await runtime.stop()


async def test_a_run_that_waits_is_stored_in_a_database_without_a_folder(postgres: str) -> None:
    gate = Gate()
    async with PostgresJournal(postgres) as journal, PostgresJournal(postgres) as other:
        executor = GraphExecutor(Runtime(journal=journal))
        runtime = AgentRuntime(executor, gate.graph, None, entry_points=[entry(max_concurrent=1)])
        _, queued = await queued_run(runtime, gate)

        assert (await read_state(other, queued)).input["name"].load() == "second"
        await runtime.stop()


async def test_a_run_that_waited_runs_to_its_end_and_replays(tmp_path: Path) -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1), storage=tmp_path)
    _, queued = await queued_run(runtime, gate)
    gate.opened.set()
    result = await runtime.wait(queued, 5)
    assert result is not None
    assert (result.status, result.output["done"]) == ("succeeded", "second")
    await runtime.stop()
    report = await replayed(runtime, queued, gate.graph)
    assert report.difference is None, str(report.difference)


async def test_a_stopped_runtime_leaves_what_waited_to_another(tmp_path: Path) -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1), storage=tmp_path)
    _, queued = await queued_run(runtime, gate)
    await runtime.stop()
    left = runtime.get_execution_result(queued)
    assert left is not None
    assert (left.status, left.session_state) == ("paused", {"run_id": queued})
    assert left.error == "The runtime was stopped before the run began."
    later = Gate()
    later.opened.set()
    other = runtime_of(later.graph, entry(max_concurrent=1), storage=tmp_path)
    await other.start()
    result = await other.wait(await other.resume(queued), 5)
    assert result is not None
    assert (result.status, result.output["done"]) == ("succeeded", "second")
    await other.stop()


async def test_a_stored_run_that_waits_to_go_on_stays_paused_when_the_runtime_stops(tmp_path: Path) -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1), storage=tmp_path)
    first, queued = await queued_run(runtime, gate)
    await runtime.stop()
    gate.entered.clear()
    await runtime.start()
    await runtime.resume(first)
    await gate.entered.wait()
    await runtime.resume(queued)
    await runtime.stop()
    left = runtime.get_execution_result(queued)
    assert left is not None
    assert left.status == "paused"


async def test_a_run_cancelled_while_it_waits_is_over_in_its_journal(tmp_path: Path) -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1), storage=tmp_path)
    _, queued = await queued_run(runtime, gate)
    assert await runtime.cancel_execution(queued)
    assert (await read_state(runtime.executor.journal, queued)).status.value == "cancelled"
    await runtime.stop()


async def test_a_place_that_frees_while_a_run_is_stored_is_taken_after_it(tmp_path: Path) -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1), storage=tmp_path)
    await runtime.start()
    asked = [asyncio.create_task(runtime.trigger("main", {"name": number})) for number in range(8)]
    gate.opened.set()
    results = [await runtime.wait(await one, 5) for one in asked]
    assert [result.output["done"] for result in results if result is not None] == list(range(8))
    assert {result.status for result in results if result is not None} == {"succeeded"}
    await runtime.stop()


async def test_a_run_that_cannot_be_stored_is_refused_and_never_runs(tmp_path: Path) -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1), storage=tmp_path)
    await runtime.start()
    first = await runtime.trigger("main", {"name": "first"})
    await gate.entered.wait()
    (tmp_path / "runs").rename(tmp_path / "away")
    (tmp_path / "runs").write_text("no folder")
    with pytest.raises(JournalWriteError):
        await runtime.trigger("main", {"name": "second"})
    (tmp_path / "runs").unlink()
    (tmp_path / "away").rename(tmp_path / "runs")
    gate.opened.set()
    await runtime.wait(first, 5)
    await settle()
    assert (gate.order, runtime.get_stats()["waiting"]) == (["first"], 0)
    await runtime.stop()


def counter(gate: asyncio.Event) -> Any:
    async def count(seen: int = 0) -> dict[str, int]:
        await gate.wait()
        return {"seen": seen + 1}

    spec = node("count", reads=["seen"], writes=["seen"], nullable_output_keys=["seen"], function=count)
    return graph([spec], terminal_nodes=["count"])


async def test_a_run_that_waited_sees_what_its_session_remembers_when_it_begins(tmp_path: Path) -> None:
    gate = asyncio.Event()
    points = entry(node_id="count", isolation_level="synchronized")
    runtime = runtime_of(counter(gate), points, storage=tmp_path)
    await runtime.start()
    run_ids = [await runtime.trigger("main") for _ in range(3)]
    gate.set()
    results = [await runtime.wait(run_id, 5) for run_id in run_ids]
    assert [result.output["seen"] for result in results if result is not None] == [1, 2, 3]
    await runtime.stop()
    for run_id in run_ids:
        report = await replayed(runtime, run_id, counter(gate))
        assert report.difference is None, str(report.difference)


async def test_a_listener_hears_of_every_run_when_it_waits_begins_and_is_over(tmp_path: Path) -> None:
    gate, heard = Gate(), list[Any]()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1), storage=tmp_path)

    def hear(news: RunNews) -> None:
        heard.append((news.run_id, news.entry_point, news.stage.value, news.result and news.result.status))

    runtime.listen(hear)
    first, second = await queued_run(runtime, gate)
    gate.opened.set()
    await runtime.wait(second, 5)
    await runtime.stop()
    assert heard == [
        (first, "main", "began", None),
        (second, "main", "waits", None),
        (first, "main", "over", "succeeded"),
        (second, "main", "began", None),
        (second, "main", "over", "succeeded"),
    ]


async def test_a_listener_hears_of_a_tick_that_could_ask_for_no_run() -> None:
    gate, heard = Gate(), list[Any]()
    config = {"interval_s": 3600, "run_immediately": True, "input": {"name": float("nan")}}
    runtime = runtime_of(gate.graph, entry(trigger_type="timer", trigger_config=config))
    runtime.listen(lambda news: heard.append((news.stage.value, news.result and news.result.error)))
    await runtime.start()
    await settle()
    await runtime.stop()
    assert [stage for stage, _ in heard] == ["refused"]
    assert "no JSON" in heard[0][1]
