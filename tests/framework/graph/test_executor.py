"""The executor's contract: what it takes, what it refuses, and how runs are named, paused and carried on."""

from __future__ import annotations

import asyncio
import itertools
import re
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import (
    InputError,
    InvalidGraphError,
    JournalCorruptError,
    JournalLockedError,
    RunExistsError,
    RunNotFoundError,
    SpecError,
)
from framework.events import EventBus, EventType
from framework.graph import GraphExecutor, NodeResult
from framework.graph.executor import new_run_id
from framework.journal.files import FileJournal
from framework.journal.memory import MemoryJournal
from framework.journal.reading import read_entries, read_state
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.model.tool import Tool, ToolResult
from framework.runtime.core import Runtime
from tests.support.fans import fan, gives
from tests.support.resumable_runs import AGENTS, lazy
from tests.support.walked_graphs import RUN, Walked, edge, giving, graph, loop_node, node, walked, ways, when

if TYPE_CHECKING:
    from pathlib import Path

    from framework.graph import GraphSpec, NodeContext
    from framework.model.tool import ToolUse

LINE = graph([node("a", writes=["a"]), node("b", writes=["b"])], ways("a-b"))


# Before a run.


async def test_nothing_is_stored_of_a_run_that_is_refused() -> None:
    bench = Walked()
    with pytest.raises(InvalidGraphError):
        await bench.run(graph([node("a")], [edge("a", "nowhere")]))
    with pytest.raises(InputError):
        await bench.run(graph([node("a", reads=["x"], function=giving())]))
    assert await bench.runtime.journal.run_ids() == []


async def test_an_unknown_tool_is_named_and_the_available_ones_are_listed() -> None:
    spec = graph([loop_node("a", tools=["fetch"])])
    with pytest.raises(InvalidGraphError) as caught:
        await walked(spec, tools=[Tool("search"), Tool("ask")], llm=ScriptedProvider([]))
    text = str(caught.value)
    assert "'fetch'" in text
    assert re.search(r"ask.*search|search.*ask", text)


async def test_a_function_whose_parameters_are_no_inputs_is_refused() -> None:
    async def needs(other: int) -> None:
        del other

    async def needs_two(one: int, two: int) -> None:
        del one, two

    spec = graph([node("a", reads=["one"])])
    with pytest.raises(SpecError, match="'two'"):
        await walked(spec, {"a": needs_two}, {"one": 1})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "The input lacks .*'topic'"),
        ({"other": 1}, "The input lacks .*'topic'"),
        ({"topic": object()}, "The input is no JSON"),
        ({"topic": float("nan")}, "The input is no JSON"),
        ({"topic": "half \ud83d"}, "The input is no JSON"),
        ({"topic": 1, "half \ud83d": 1}, "The input is no JSON"),
        ({"topic": 1, 2: 2}, "The keys of the input must be text; 2 is not"),
    ],
)
async def test_an_input_that_is_incomplete_or_no_json_is_refused(data: Any, words: str) -> None:
    bench = Walked()
    with pytest.raises(InputError, match=words):
        await bench.run(graph([node("a", reads=["topic"], function=giving())]), data)
    assert await bench.runtime.journal.run_ids() == []


async def test_a_graph_that_is_changed_between_runs_is_read_anew() -> None:
    bench = Walked(gives("a", "b"))
    spec = LINE.model_copy(deep=True)
    assert (await bench.executor.execute(spec)).path == ["a", "b"]
    spec.nodes[0].output_keys.clear()
    assert (await bench.executor.execute(spec)).path == ["a"]
    spec.edges.clear()
    with pytest.raises(InvalidGraphError, match="No run reaches it"):
        await bench.executor.execute(spec)


async def test_an_executor_keeps_a_limited_number_of_graphs() -> None:
    bench = Walked({"a": giving()})
    for number in range(70):
        assert (await bench.executor.execute(graph([node("a")], id=f"g{number}"))).success
    assert len(bench.executor._prepared) == 64


# Names of runs.


async def test_run_ids_differ_and_sort_by_time() -> None:
    clock = ManualClock()
    first = new_run_id(clock)
    clock.advance(1)
    assert first < new_run_id(clock) != new_run_id(clock)
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}", first)
    bench = Walked({"a": giving()})
    ids = {(await bench.executor.execute(graph([node("a")]))).run_id for _ in range(5)}
    assert sorted(await bench.runtime.journal.run_ids()) == sorted(ids)
    assert len(ids) == 5


async def test_a_run_id_cannot_be_used_twice() -> None:
    bench = Walked(gives("a", "b"))
    await bench.run(LINE)
    with pytest.raises(RunExistsError, match="'run' exists already"):
        await bench.run(LINE)
    assert (await bench.state()).status.value == "succeeded"


async def test_the_journal_names_agent_version_goal_graph_and_input() -> None:
    bench = Walked(gives("a", "b"), agent="writer", version="v7")
    await bench.run(LINE, {"x": [1]})
    state = await bench.state()
    assert (state.agent, state.version, state.run_id) == ("writer", "v7", RUN)
    assert state.graph is not None
    assert state.graph.load() == LINE.to_json()
    assert {key: value.load() for key, value in state.input.items()} == {"x": [1]}


async def test_without_names_the_graph_gives_agent_and_version() -> None:
    bench = Walked(gives("a", "b"))
    await bench.run(LINE)
    state = await bench.state()
    assert (state.agent, state.version) == ("g", state.graph and state.graph.digest)


async def test_many_runs_may_share_one_executor() -> None:
    async def echo(n: int) -> int:
        await asyncio.sleep(0)
        return n * 2

    spec = graph([node("a", reads=["n"], writes=["x"])])
    bench = Walked({"a": echo})
    results = await asyncio.gather(*(bench.executor.execute(spec, None, {"n": n}) for n in range(50)))
    assert [result.output["x"] for result in results] == [n * 2 for n in range(50)]


# Tools and models.


async def test_tools_may_be_given_by_name_and_their_files_lie_with_the_run(tmp_path: Path) -> None:
    async def answer(use: ToolUse) -> ToolResult:
        return ToolResult(use.id, "x" * 5000)

    llm = ScriptedProvider([call("search"), "Done."])
    executor = GraphExecutor(
        Runtime(tmp_path), llm, {"search": Tool("search")}, answer, storage_path=tmp_path / "files"
    )
    result = await executor.execute(graph([loop_node("a", tools=["search"])]), run_id=RUN)
    assert result.success
    assert len(list((tmp_path / "files" / "runs" / RUN / "data").iterdir())) == 1


async def test_a_message_reaches_the_node_at_its_next_turn() -> None:
    llm = ScriptedProvider([call("set_output", key="x", value=1), "Done."])
    bench = Walked(llm=llm)
    bench.executor.inject_input("a", "Hurry.")
    await bench.run(graph([loop_node("a", writes=["x"])]))
    assert [message.content for message in llm.requests[0].messages] == ["Begin.", "Hurry."]


# Pausing and carrying on.


def line(count: int, **fields: Any) -> GraphSpec:
    names = [f"n{number}" for number in range(count)]
    nodes = [node(name, writes=[name]) for name in names]
    return graph(nodes, [edge(one, two) for one, two in itertools.pairwise(names)], **fields)


def functions(spec: GraphSpec) -> dict[str, Any]:
    return {each.id: giving(**dict.fromkeys(each.output_keys, 1)) for each in spec.nodes}


async def test_a_pause_node_pauses_the_run_after_it_and_the_session_state_carries_it_on() -> None:
    spec = line(3, pause_nodes=["n0", "n2"])
    bench = Walked(functions(spec))
    first = await bench.run(spec)
    assert (first.success, first.status, first.paused_at, first.path) == (True, "paused", "n0", ["n0"])
    assert first.session_state == {"run_id": RUN, "paused_at": "n0"}
    second = await bench.executor.execute(spec, session_state=first.session_state)
    assert (second.status, second.paused_at, second.path) == ("paused", "n2", ["n0", "n1", "n2"])
    third = await bench.executor.execute(spec, session_state=second.session_state)
    assert (third.status, third.output, third.paused_at) == ("succeeded", {"n0": 1, "n1": 1, "n2": 1}, None)


async def test_a_run_that_was_released_and_cut_off_does_not_pause_a_second_time() -> None:
    spec = line(2, pause_nodes=["n0"])
    bench = Walked(functions(spec))
    await bench.run(spec)
    writer = await bench.runtime.journal.open(RUN)
    await writer.close()
    began = asyncio.Event()

    async def hangs() -> None:
        began.set()
        await asyncio.Event().wait()

    bench.executor.register_function("n1", hangs)
    task = asyncio.create_task(bench.carry_on(spec))
    await began.wait()
    task.cancel()
    await asyncio.wait([task])
    bench.executor.register_function("n1", giving(n1=1))
    assert (await bench.carry_on(spec)).status == "succeeded"


async def test_an_interruption_inside_a_pause_node_does_not_use_its_pause_up() -> None:
    spec = line(2, pause_nodes=["n0"])
    began = asyncio.Event()

    async def hangs() -> None:
        began.set()
        await asyncio.Event().wait()

    bench = Walked(functions(spec) | {"n0": hangs})
    task = asyncio.create_task(bench.run(spec))
    await began.wait()
    task.cancel()
    await asyncio.wait([task])
    bench.executor.register_function("n0", giving(n0=1))
    paused = await bench.carry_on(spec)
    assert (paused.status, paused.paused_at) == ("paused", "n0")
    assert (await bench.carry_on(spec)).status == "succeeded"


async def test_a_pause_that_is_asked_for_comes_before_the_next_node() -> None:
    spec = line(3)
    bench = Walked(functions(spec))

    async def asks() -> int:
        bench.executor.request_pause()
        return 1

    bench.executor.register_function("n1", asks)
    paused = await bench.run(spec)
    assert (paused.status, paused.paused_at, paused.path) == ("paused", "n2", ["n0", "n1"])
    assert (await bench.carry_on(spec)).path == ["n0", "n1", "n2"]


async def test_a_pause_holds_for_every_run_under_way_and_for_no_later_one() -> None:
    spec = line(2)
    meeting = asyncio.Barrier(3)

    async def waits() -> int:
        async with meeting:
            return 1

    bench = Walked(functions(spec) | {"n0": waits})
    tasks = [asyncio.create_task(bench.executor.execute(spec)) for _ in range(2)]
    await asyncio.sleep(0)
    bench.executor.request_pause()
    async with meeting:
        pass
    assert [(await task).status for task in tasks] == ["paused", "paused"]
    bench.executor.register_function("n0", giving(n0=1))
    assert (await bench.run(spec)).status == "succeeded"


async def test_a_pause_that_comes_too_late_does_not_stop_the_next_run() -> None:
    spec = line(1)
    bench = Walked(functions(spec))

    async def asks() -> int:
        bench.executor.request_pause()
        return 1

    bench.executor.register_function("n0", asks)
    assert (await bench.run(spec)).status == "succeeded"
    bench.executor.register_function("n0", giving(n0=1))
    assert (await bench.executor.execute(spec)).status == "succeeded"


async def test_a_pause_is_heard_in_every_branch() -> None:
    spec = graph(
        [node("s"), *(node(name) for name in ("a1", "a2", "b1", "b2", "j"))],
        ways("s-a1 a1-a2 a2-j s-b1 b1-b2 b2-j"),
    )
    bench = Walked({each.id: giving() for each in spec.nodes})

    async def asks() -> None:
        bench.executor.request_pause()

    bench.executor.register_function("a1", asks)
    paused = await bench.run(spec)
    assert (paused.status, paused.paused_at) == ("paused", "a2")
    result = await bench.carry_on(spec)
    assert (result.status, result.path) == ("succeeded", ["s", "a1", "a2", "b1", "b2", "j"])


async def test_a_run_that_has_ended_is_not_carried_on() -> None:
    bench = Walked(gives("a", "b"))
    await bench.run(LINE)
    with pytest.raises(InputError, match=r"Run 'run' has ended \(succeeded\)"):
        await bench.carry_on(LINE)
    writer = await bench.runtime.journal.open(RUN)
    await writer.close()


async def test_a_run_that_is_not_stored_cannot_be_carried_on() -> None:
    with pytest.raises(RunNotFoundError):
        await Walked(gives("a", "b")).carry_on(LINE)


async def test_a_run_is_carried_on_with_the_graph_it_was_started_with() -> None:
    spec = line(2, pause_nodes=["n0"])
    bench = Walked(functions(spec))
    await bench.run(spec)
    changed = spec.model_copy(update={"max_steps": 50})
    with pytest.raises(InputError, match="not a run of the graph 'g' as it is now"):
        await bench.carry_on(changed)
    assert (await bench.carry_on(spec)).status == "succeeded"


async def test_a_run_that_stopped_before_its_first_entry_starts_when_it_is_carried_on() -> None:
    bench = Walked({"a": giving(a=1)})
    spec = graph([node("a", reads=["x"], writes=["a"])])
    writer = await bench.runtime.journal.create(RUN)
    await writer.close()
    with pytest.raises(InputError, match=r"The input .*'x'"):
        await bench.carry_on(spec)
    result = await bench.carry_on(spec, input_data={"x": 2})
    assert (result.status, result.output) == ("succeeded", {"x": 2, "a": 1})


async def test_a_run_whose_journal_is_damaged_is_not_carried_on_and_is_given_up(tmp_path: Path) -> None:
    spec = line(2, pause_nodes=["n0"])
    bench = Walked(functions(spec), runtime=Runtime(tmp_path))
    await bench.run(spec)
    file = tmp_path / "runs" / RUN / "journal.jsonl"
    sound = file.read_bytes()
    file.write_bytes(sound.replace(b'"n0":1', b'"n0":2'))
    with pytest.raises(JournalCorruptError):
        await bench.carry_on(spec)
    file.write_bytes(sound)
    assert (await bench.carry_on(spec)).status == "succeeded"


async def test_two_executors_cannot_write_one_run() -> None:
    spec = line(2, pause_nodes=["n0"])
    bench = Walked(functions(spec))
    await bench.run(spec)
    began, go = asyncio.Event(), asyncio.Event()

    async def waits() -> int:
        began.set()
        await go.wait()
        return 1

    bench.executor.register_function("n1", waits)
    task = asyncio.create_task(bench.carry_on(spec))
    await began.wait()
    with pytest.raises(JournalLockedError):
        await Walked(functions(spec), runtime=bench.runtime).carry_on(spec)
    go.set()
    assert (await task).status == "succeeded"


# Cancellation.


@pytest.mark.parametrize("name", AGENTS)
async def test_a_run_cancelled_at_any_moment_leaves_no_task_and_can_be_carried_on(name: str) -> None:
    rng = Random(name)
    agent = AGENTS[name]()
    for _ in range(25):
        journal = MemoryJournal()
        executor = agent.executor(journal, ManualClock())
        for key, function in agent.functions.items():
            executor.register_function(key, dawdling(function))
        task = asyncio.create_task(executor.execute(agent.graph, agent.goal, agent.inputs, run_id=RUN))
        for _ in range(rng.randrange(40)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert asyncio.all_tasks() == {asyncio.current_task()}
        if await journal.run_ids() and not (await read_state(journal, RUN)).status.is_final:
            state = await read_state(journal, RUN)
            assert state.status.value == "paused"
            await agent.executor(journal, ManualClock()).execute(agent.graph, session_state={"run_id": RUN})
            assert (await read_state(journal, RUN)).status.is_final


def dawdling(function: Any) -> Any:
    """Let others go first, without hiding the function's parameters."""
    from functools import wraps

    @wraps(function)
    async def dawdle(*arguments: Any, **named: Any) -> Any:
        await asyncio.sleep(0)
        return await function(*arguments, **named)

    return dawdle


async def test_a_cancelled_run_says_that_it_was_interrupted() -> None:
    bench = Walked({"a": lazy("a"), "b": giving(b=1)})
    task = asyncio.create_task(bench.run(LINE))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    entries = await read_entries(bench.runtime.journal, RUN)
    assert entries[-1].event.kind == "run_paused"
    assert (await bench.state()).paused_at == "a"


@pytest.mark.parametrize(
    "kind", [EventType.TOOL_CALL_STARTED, EventType.NODE_STARTED, EventType.MODEL_REQUESTED]
)
async def test_a_listener_may_cancel_the_run_it_hears(kind: EventType) -> None:
    async def answer(use: ToolUse) -> ToolResult:
        await asyncio.sleep(0)
        return ToolResult(use.id, "ok")

    bus = EventBus()
    bench = Walked(
        llm=ScriptedProvider([call("t"), "Done."]), tools=[Tool("t")], tool_executor=answer, event_bus=bus
    )
    task = asyncio.create_task(bench.run(graph([loop_node("a", tools=["t"])])))
    bus.subscribe(lambda event: task.cancel() and None, [kind])
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await bench.state()).status.value == "paused"


async def test_cancelling_the_creation_of_a_run_gives_the_run_up(tmp_path: Path) -> None:
    bench = Walked(gives("a", "b"), runtime=Runtime(journal=FileJournal(tmp_path)))
    created = 0
    for moments in range(20):
        run_id = f"run{moments}"
        task = asyncio.create_task(bench.executor.execute(LINE, run_id=run_id))
        for _ in range(moments):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        if run_id in await bench.runtime.journal.run_ids():
            created += 1
            writer = await bench.runtime.journal.open(run_id)
            await writer.close()
    assert created


# Steps of an executor that others rely on.


async def test_a_node_sees_the_runs_clock_goal_and_place() -> None:
    seen: list[Any] = []

    class Look:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            seen.append((ctx.node_id, ctx.log.lane_id, ctx.log.state.run_id, ctx.clock))
            return NodeResult(success=True)

    bench = Walked(node_registry={"s": Look(), "a": Look()}, functions=None)
    bench.executor.register_function("b", giving(b=1))
    bench.executor.register_function("j", giving(j=1))
    spec = fan("a", "b")
    spec.nodes[1].output_keys.clear()
    assert (await bench.run(spec)).success
    assert seen == [("s", "m", RUN, bench.clock), ("a", "m.b1.000", RUN, bench.clock)]


async def test_a_condition_may_fan_out_to_one_node_alone() -> None:
    spec = graph([node("s"), node("a")], [when("s", "a", "True"), edge("s", "a", id="two")])
    assert (await walked(spec, {"s": giving(), "a": giving()})).path == ["s", "a"]


@pytest.mark.parametrize("state", [{"foo": 1}, {"runid": "x"}, {"run_id": ""}])
async def test_a_session_state_that_names_no_run_starts_none(state: dict[str, Any]) -> None:
    journal = MemoryJournal()
    spec = graph([node("n", function=giving())], terminal_nodes=["n"])

    with pytest.raises(InputError, match="names no run to carry on"):
        await GraphExecutor(Runtime(journal=journal)).execute(spec, session_state=state)

    assert await journal.run_ids() == []


async def test_an_input_that_is_no_dict_is_refused() -> None:
    spec = graph([node("n", function=giving())], terminal_nodes=["n"])

    with pytest.raises(InputError, match="must be a dict of JSON values by key, not a list"):
        await GraphExecutor(Runtime()).execute(spec, input_data=[1])
