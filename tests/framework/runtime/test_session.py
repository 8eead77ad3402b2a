"""Sessions: runs of one entry point share a data folder and what they wrote, when they are meant to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import InputError, JournalCorruptError
from framework.graph.executor import GraphExecutor
from framework.journal.reading import read_state
from framework.loop.context import NodeContext, NodeResult
from framework.model.goal import Goal
from framework.runtime.core import Runtime
from framework.runtime.session import MAX_MEMORY_BYTES, Session, handed_on
from tests.support.runtimes import Gate, entry, runtime_of, settle
from tests.support.walked_graphs import edge, giving, graph, node

if TYPE_CHECKING:
    from pathlib import Path

    from framework.model.graph import GraphSpec
    from framework.runtime.agent_runtime import AgentRuntime


async def count_up(seen: int = 0) -> dict[str, Any]:
    return {"seen": seen + 1}


def counting(**fields: Any) -> dict[str, Any]:
    spec = node("work", reads=["seen"], writes=["seen"], nullable_output_keys=["seen"], function=count_up)
    return {"spec": graph([spec]), "main": entry(**fields)}


async def seen_in_three_runs(storage: Path | None, level: str, **trigger: Any) -> list[int]:
    made = counting(isolation_level=level)
    runtime = runtime_of(made["spec"], made["main"], storage=storage)
    await runtime.start()
    results = [await runtime.trigger_and_wait("main", {}, **trigger) for _ in range(3)]
    return [result.output["seen"] for result in results if result]


@pytest.mark.parametrize(
    ("level", "seen"), [("isolated", [1, 1, 1]), ("shared", [1, 2, 3]), ("synchronized", [1, 2, 3])]
)
async def test_the_level_decides_what_later_runs_see(level: str, seen: list[int]) -> None:
    assert await seen_in_three_runs(None, level) == seen


async def test_memory_outlives_the_process_that_kept_it(tmp_path: Path) -> None:
    await seen_in_three_runs(tmp_path, "shared")
    assert await seen_in_three_runs(tmp_path, "shared") == [4, 5, 6]


async def test_a_run_may_name_the_session_it_belongs_to(tmp_path: Path) -> None:
    mine = {"session_state": {"session_id": "mine"}}
    assert await seen_in_three_runs(tmp_path, "isolated", **mine) == [1, 2, 3]
    assert await seen_in_three_runs(tmp_path, "shared") == [1, 2, 3]
    with pytest.raises(InputError, match="cannot be called"):
        await seen_in_three_runs(tmp_path, "shared", session_state={"session_id": "../x"})


async def test_what_a_run_saw_stands_in_its_own_journal() -> None:
    made = counting(isolation_level="shared")
    runtime = runtime_of(made["spec"], made["main"])
    await runtime.start()
    run_ids = [await runtime.trigger("main") for _ in range(1)]
    await runtime.wait(run_ids[0])
    second = await runtime.trigger("main")
    await runtime.wait(second)
    state = await read_state(runtime.executor.journal, second)
    assert state.input["seen"].load() == 1


async def test_the_input_asked_for_comes_before_the_memory() -> None:
    made = counting(isolation_level="shared")
    runtime = runtime_of(made["spec"], made["main"])
    await runtime.start()
    await runtime.trigger_and_wait("main")
    result = await runtime.trigger_and_wait("main", {"seen": 40})
    assert result is not None
    assert result.output["seen"] == 41


async def test_a_failed_run_leaves_nothing_behind() -> None:
    async def fail() -> None:
        raise ValueError("no")

    first = node("work", reads=["seen"], writes=["seen"], nullable_output_keys=["seen"], function=count_up)
    spec = graph([first, node("last", function=fail)], [edge("work", "last")])
    runtime = runtime_of(spec, entry(isolation_level="shared"))
    await runtime.start()
    for _ in range(2):
        result = await runtime.trigger_and_wait("main")
        assert result is not None
        assert (result.success, result.output["seen"]) == (False, 1)


async def test_synchronized_runs_go_one_at_a_time() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(isolation_level="synchronized", max_concurrent=10))
    await runtime.start()
    for _ in range(5):
        await runtime.trigger("main")
    await settle()
    assert gate.inside == 1
    await runtime.stop()


class NotesFolder:
    def __init__(self) -> None:
        self.folders: list[Path] = []

    async def execute(self, ctx: NodeContext) -> NodeResult:
        assert ctx.data_dir is not None
        self.folders.append(ctx.data_dir)
        return NodeResult(success=True)


async def test_runs_of_a_session_share_a_data_folder_also_when_carried_on(tmp_path: Path) -> None:
    notes = NotesFolder()
    spec = graph([node("a"), node("b")], [edge("a", "b")], pause_nodes=["a"])
    runtime = runtime_of(spec, entry(node_id="a", isolation_level="shared"), storage=tmp_path)
    for name in ("a", "b"):
        runtime.executor.register_node(name, notes)
    await runtime.start()
    run_ids = [await runtime.trigger("main") for _ in range(2)]
    for run_id in run_ids:
        await runtime.wait(run_id)
    elsewhere = GraphExecutor(Runtime(tmp_path), node_registry={"a": notes, "b": notes})
    await elsewhere.execute(runtime.graph, Goal(id="g"), session_state={"run_id": run_ids[0]})
    assert notes.folders == [tmp_path / "sessions" / "main" / "data"] * 3


async def test_a_run_that_is_carried_on_hands_on_what_it_wrote_and_reads_the_memory_once() -> None:
    spec = graph(
        [
            node("a", reads=["x", "y"], writes=["x"], nullable_output_keys=["x", "y"], function=giving(x=1)),
            node("b", reads=["x", "y"], writes=["y"], nullable_output_keys=["x", "y"], function=giving(y=1)),
        ],
        [edge("a", "b")],
        pause_nodes=["a"],
    )
    runtime = runtime_of(
        spec, entry(node_id="a", isolation_level="shared"), entry("b", "b", isolation_level="shared")
    )
    await runtime.start()
    mine = {"session_id": "main"}
    run_id = await runtime.trigger("main", {"x": 0, "y": 0})
    await runtime.wait(run_id)
    await runtime.trigger_and_wait("b", {"x": 7}, session_state=mine)
    result = await runtime.trigger_and_wait("main", session_state={"run_id": run_id})
    seen = await runtime.trigger_and_wait("b", session_state=mine)
    assert result is not None
    assert seen is not None
    assert (result.status, seen.output) == ("succeeded", {"x": 1, "y": 1})
    assert b"value_read" not in b"".join(await runtime.executor.journal.read(run_id))


def test_only_what_some_node_writes_and_some_node_reads_is_handed_on() -> None:
    spec = graph([node("a", reads=["given", "x"], writes=["x", "y"]), node("b", reads=["x"])])
    assert handed_on(spec) == {"x"}


def test_a_value_that_was_only_passed_through_does_not_overwrite_a_newer_one() -> None:
    session = Session("s")
    session.remember({}, {"x": 1}, ["x"])
    session.remember({"x": 1}, {"x": 2}, ["x"])
    session.remember({"x": 1}, {"x": 1}, ["x"])
    assert session.memory() == {"x": 2}


def test_two_holders_of_a_session_keep_what_the_other_remembered(tmp_path: Path) -> None:
    one, other = Session("s", tmp_path), Session("s", tmp_path)
    one.remember({}, {"x": 1}, ["x"])
    other.remember({}, {"y": 2}, ["y"])
    assert Session("s", tmp_path).memory() == other.memory() == {"x": 1, "y": 2}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["memory.json", "memory.lock"]


def test_a_memory_that_grows_too_large_keeps_what_it_has(tmp_path: Path) -> None:
    session = Session("s", tmp_path)
    session.remember({}, {"x": 1}, ["x"])
    session.remember({}, {"x": "y" * MAX_MEMORY_BYTES}, ["x"])
    assert Session("s", tmp_path).memory() == {"x": 1}
    assert (tmp_path / "memory.json").stat().st_mode & 0o077 == 0


def test_a_memory_that_does_not_read_back_is_told(tmp_path: Path) -> None:
    (tmp_path / "memory.json").write_text("{")
    with pytest.raises(JournalCorruptError, match="session 's'"):
        Session("s", tmp_path)


async def test_a_run_carried_on_keeps_the_memory_it_began_with() -> None:
    spec = graph(
        [node("a"), node("b", reads=["seen"], writes=["seen"], nullable_output_keys=["seen"])],
        [edge("a", "b")],
        pause_nodes=["a"],
    )
    runtime = runtime_of(spec, entry(node_id="a", isolation_level="shared"))
    runtime.executor.register_function("a", giving())
    runtime.executor.register_function("b", count_up)
    await runtime.start()
    paused = [await runtime.trigger_and_wait("main") for _ in range(2)]
    states = [result.session_state for result in paused if result]
    ended = [await runtime.trigger_and_wait("main", session_state=state) for state in reversed(states)]
    await runtime.stop()
    assert [result.output["seen"] for result in ended if result] == [1, 1]


async def cut_off(storage: Path, **trigger: Any) -> tuple[GraphSpec, str]:
    """Start a run that writes to its session, stop its runtime, and return its graph and id."""
    gate = Gate()
    after = gate.graph.nodes[0]
    spec = graph(
        [node("first", reads=["note"], writes=["note"], nullable_output_keys=["note"]), after],
        [edge("first", "work")],
        terminal_nodes=["work"],
    )
    runtime = session_runtime(spec, storage)
    await runtime.start()
    run_id = await runtime.trigger("main", **trigger)
    await gate.entered.wait()
    await runtime.stop()
    gate.opened.set()
    return spec, run_id


def session_runtime(spec: GraphSpec, storage: Path) -> AgentRuntime:
    runtime = runtime_of(spec, entry(node_id="first", isolation_level="shared"), storage=storage)
    runtime.executor.register_function("first", giving(note="mine"))
    return runtime


async def test_a_run_carried_on_stays_in_the_session_it_began_in(tmp_path: Path) -> None:
    spec, run_id = await cut_off(tmp_path, session_state={"session_id": "private"})
    runtime = session_runtime(spec, tmp_path)
    await runtime.start()
    with pytest.raises(InputError, match="belongs to the session 'private'"):
        await runtime.trigger("main", session_state={"run_id": run_id, "session_id": "main"})
    result = await runtime.trigger_and_wait("main", session_state={"run_id": run_id})
    await runtime.stop()
    assert result is not None
    assert result.success
    assert not (tmp_path / "sessions" / "main").exists()
    assert Session("private", tmp_path / "sessions" / "private").memory() == {"note": "mine"}
