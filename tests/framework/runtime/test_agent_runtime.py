"""Many runs of one agent: asked for, limited, seen, told, ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import InputError, InvalidGraphError, QueueFullError, RuntimeStoppedError, SpecError
from framework.events import EventType
from framework.graph.executor import GraphExecutor
from framework.journal.memory import MemoryJournal
from framework.journal.reading import read_state
from framework.llm.scripted import ScriptedProvider, call
from framework.model.goal import Goal, SuccessCriterion
from framework.runtime.agent_runtime import AgentRuntime, AgentRuntimeConfig
from framework.runtime.core import Runtime
from framework.tools.function_tool import tool
from framework.tools.registry import ToolRegistry
from tests.support.runtimes import Gate, entry, runtime_of, settle
from tests.support.walked_graphs import edge, failing, giving, graph, loop_node, node

if TYPE_CHECKING:
    from pathlib import Path


def asking() -> dict[str, Any]:
    """Return a graph whose node asks a person, and the model that does so."""
    script = [call("ask_user", question="Which?"), call("set_output", key="x", value="v"), "Done."]
    spec = loop_node("talk", writes=["x"], client_facing=True)
    loop = {"client_turns": "ask"}
    return {
        "spec": graph([spec], terminal_nodes=["talk"], loop_config=loop),
        "llm": ScriptedProvider(script),
    }


async def waiting_run() -> tuple[AgentRuntime, str]:
    """Start a run and wait until it waits for a person."""
    made = asking()
    runtime = runtime_of(made["spec"], entry(node_id="talk"), llm=made["llm"])
    await runtime.start()
    async with runtime.event_bus.stream([EventType.CLIENT_INPUT_REQUESTED]) as stream:
        run_id = await runtime.trigger("main")
        await anext(stream)
    await settle()
    return runtime, run_id


async def test_a_run_is_asked_for_and_its_result_kept() -> None:
    runtime = runtime_of(graph([node("work", writes=["x"], function=giving(x=1))]))
    await runtime.start()
    run_id = await runtime.trigger("main", {})
    result = await runtime.wait(run_id)
    assert result is not None
    assert (result.success, result.output["x"]) == (True, 1)
    assert runtime.get_execution_result(run_id) is result
    assert runtime.get_execution_result("main", run_id) is result
    await runtime.stop()


async def test_a_list_of_tools_is_taken() -> None:
    registry = ToolRegistry()
    registry.register_function(giving(), name="look")
    spec = graph([loop_node("work", writes=["x"], tools=["look"])])
    llm = ScriptedProvider([call("set_output", key="x", value=1), "Done."])
    runtime = runtime_of(
        spec, llm=llm, tools=list(registry.get_tools().values()), tool_executor=registry.get_executor()
    )
    await runtime.start()
    result = await runtime.trigger_and_wait("main", {}, timeout=5)
    assert result is not None
    assert result.success


async def test_nothing_runs_before_start_or_after_stop() -> None:
    runtime = runtime_of(Gate().graph)
    with pytest.raises(RuntimeStoppedError):
        await runtime.trigger("main")
    await runtime.start()
    await runtime.start()
    assert runtime.is_running
    await runtime.stop()
    assert not runtime.is_running
    with pytest.raises(RuntimeStoppedError):
        await runtime.trigger("main")


async def test_what_cannot_run_is_refused_when_it_is_asked_for() -> None:
    runtime = runtime_of(graph([node("work", reads=["topic"], function=giving())]))
    await runtime.start()
    with pytest.raises(InputError, match="no entry point 'other'; there are: main"):
        await runtime.trigger("other")
    for wrong, told in (
        ({"other": 1}, "'topic'"),
        ({"topic": float("inf")}, "no JSON"),
        ({"topic": {1}}, "no JSON"),
    ):
        with pytest.raises(InputError, match=told):
            await runtime.trigger("main", wrong)
    assert runtime.get_stats()["entry_points"]["main"]["asked"] == 0


async def test_two_hundred_runs_never_pass_the_limit_and_all_end() -> None:
    gate = Gate()
    gate.opened.set()
    runtime = runtime_of(gate.graph, entry(max_concurrent=7))
    await runtime.start()
    run_ids = [await runtime.trigger("main", {"name": index}) for index in range(200)]
    assert len(set(run_ids)) == 200
    results = await asyncio.gather(*map(runtime.wait, run_ids))
    assert all(result and result.success for result in results)
    assert [result.output["done"] for result in results if result] == list(range(200))
    assert gate.most == 7


async def test_the_limit_holds_while_runs_fail_and_are_cancelled() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=3))
    await runtime.start()
    run_ids = [await runtime.trigger("main", {"name": index}) for index in range(20)]
    for run_id in run_ids[:10]:
        await settle()
        assert gate.inside == 3
        assert await runtime.cancel_execution(run_id)
    gate.opened.set()
    await asyncio.gather(*map(runtime.wait, run_ids))
    assert (gate.most, gate.inside) == (3, 0)
    stats = runtime.get_stats()["entry_points"]["main"]
    assert (stats["cancelled"], stats["succeeded"]) == (10, 10)


async def test_a_failed_run_frees_its_place() -> None:
    runtime = runtime_of(graph([node("work", function=failing())]), entry(max_concurrent=1))
    await runtime.start()
    results = await asyncio.gather(*(runtime.trigger_and_wait("main") for _ in range(5)))
    assert [result.status for result in results if result] == ["failed"] * 5
    assert runtime.get_stats()["running"] == 0


async def test_the_runtime_has_a_limit_of_its_own() -> None:
    gate = Gate()
    entries = [entry(name, max_concurrent=10) for name in ("one", "two")]
    runtime = runtime_of(gate.graph, *entries, config=AgentRuntimeConfig(max_concurrent_executions=4))
    await runtime.start()
    run_ids = [await runtime.trigger(name) for _ in range(8) for name in ("one", "two")]
    await settle()
    assert gate.inside == 4
    gate.opened.set()
    await asyncio.gather(*map(runtime.wait, run_ids))
    assert gate.most == 4


async def test_the_highest_priority_begins_first_then_the_earliest() -> None:
    gate = Gate()
    entries = [entry("low", priority=1), entry("high", priority=5)]
    runtime = runtime_of(gate.graph, *entries, config=AgentRuntimeConfig(max_concurrent_executions=1))
    await runtime.start()
    names = ("low", "low", "high", "low", "high")
    run_ids = [await runtime.trigger(name, {"name": name}) for name in names]
    gate.opened.set()
    await asyncio.gather(*map(runtime.wait, run_ids))
    assert gate.order == ["low", "high", "high", "low", "low"]


async def test_a_full_queue_refuses_and_loses_nothing() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1), config=AgentRuntimeConfig(max_waiting=2))
    await runtime.start()
    run_ids = [await runtime.trigger("main") for _ in range(3)]
    with pytest.raises(QueueFullError, match="'main' already"):
        await runtime.trigger("main")
    gate.opened.set()
    results = await asyncio.gather(*map(runtime.wait, run_ids))
    assert all(result and result.success for result in results)
    assert runtime.get_stats()["entry_points"]["main"]["refused"] == 1


async def test_the_last_results_are_kept() -> None:
    spec = graph([node("work", function=giving())])
    runtime = runtime_of(spec, config=AgentRuntimeConfig(execution_result_max=2))
    await runtime.start()
    run_ids = []
    for _ in range(3):
        run_ids.append(await runtime.trigger("main"))
        await runtime.wait(run_ids[-1])
    assert [runtime.get_execution_result(run_id) is not None for run_id in run_ids] == [False, True, True]


async def test_a_wait_that_takes_too_long_gives_none_and_the_run_goes_on() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph)
    await runtime.start()
    assert await runtime.trigger_and_wait("main", timeout=0.01) is None
    assert gate.inside == 1
    await runtime.stop()


# Cancelling and stopping.


async def test_a_run_that_waits_its_turn_can_be_cancelled() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1))
    await runtime.start()
    await runtime.trigger("main")
    queued = await runtime.trigger("main")
    assert (await runtime.get_execution_status(queued) or {})["status"] == "queued"
    assert await runtime.cancel_execution("main", queued)
    result = runtime.get_execution_result(queued)
    assert result is not None
    assert (result.status, result.error) == ("cancelled", "The run was cancelled before it began.")
    await runtime.stop()


async def test_a_run_is_cancelled_the_moment_it_was_asked_for() -> None:
    runtime = runtime_of(Gate().graph)
    await runtime.start()
    run_id = await runtime.trigger("main")
    assert await runtime.cancel_execution(run_id)
    result = runtime.get_execution_result(run_id)
    assert result is not None
    assert result.status == "cancelled"
    assert runtime.get_stats()["running"] == 0


async def stored_run(**triggering: Any) -> tuple[AgentRuntime, str]:
    """Return a runtime with one place, where a run was cut off, and the run's id."""
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1), **triggering)
    await runtime.start()
    run_id = await runtime.trigger("main")
    await gate.entered.wait()
    await runtime.stop()
    await runtime.start()
    return runtime, run_id


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize("is_queued", [True, False])
async def test_a_stored_run_is_cancelled_in_its_journal_before_it_goes_on(
    is_queued: bool, steps: int, tmp_path: Path
) -> None:
    runtime, run_id = await stored_run(storage=tmp_path)
    if is_queued:
        await runtime.trigger("main")
    await runtime.trigger("main", session_state={"run_id": run_id})
    await settle(steps)
    assert await runtime.cancel_execution(run_id)
    result = runtime.get_execution_result(run_id)
    assert result is not None
    assert result.status == "cancelled"
    assert (await read_state(runtime.executor.journal, run_id)).status.value == "cancelled"
    await runtime.stop()


class SlowJournal(MemoryJournal):
    """Cannot be read while it is slow."""

    def __init__(self) -> None:
        super().__init__()
        self.is_slow = False
        self.reading = asyncio.Event()

    async def read(self, run_id: str, *, after: int = 0) -> list[bytes]:
        if self.is_slow:
            self.reading.set()
            await asyncio.Event().wait()
        return await super().read(run_id, after=after)


async def test_a_run_cancelled_while_its_journal_opens_is_over_also_where_the_runtime_stops() -> None:
    gate, journal = Gate(), SlowJournal()
    executor = GraphExecutor(Runtime(journal=journal))
    runtime = AgentRuntime(executor, gate.graph, entry_points=[entry()])
    await runtime.start()
    run_id = await runtime.trigger("main")
    await gate.entered.wait()
    await runtime.stop()
    await runtime.start()
    await runtime.trigger("main", session_state={"run_id": run_id})
    journal.is_slow = True
    await journal.reading.wait()
    cancelling = asyncio.create_task(runtime.cancel_execution(run_id))
    await settle(5)
    journal.is_slow = False
    await runtime.stop()
    assert await cancelling
    assert (await read_state(journal, run_id)).status.value == "cancelled"


async def test_a_running_run_is_cancelled_for_good() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph)
    await runtime.start()
    run_id = await runtime.trigger("main")
    await gate.entered.wait()
    assert await runtime.cancel_execution(run_id)
    state = await read_state(runtime.executor.journal, run_id)
    assert (state.status.value, gate.inside) == ("cancelled", 0)
    with_state = await runtime.trigger_and_wait("main", session_state={"run_id": run_id})
    assert with_state is not None
    assert "has ended (cancelled)" in (with_state.error or "")
    assert not await runtime.cancel_execution(run_id)


async def test_a_run_that_waits_for_a_person_can_be_cancelled() -> None:
    runtime, run_id = await waiting_run()
    assert (await runtime.get_execution_status(run_id) or {})["status"] == "waiting"
    assert await runtime.cancel_execution(run_id)
    assert runtime.executor.live_runs() == []
    status = await runtime.get_execution_status(run_id)
    assert status is not None
    assert status["status"] == "cancelled"


async def test_stopping_leaves_runs_that_can_be_carried_on() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1))
    await runtime.start()
    run_id, queued = await runtime.trigger("main", {"name": "x"}), await runtime.trigger("main")
    await gate.entered.wait()
    await runtime.stop(grace_s=0.01)
    assert gate.inside == 0
    assert (await read_state(runtime.executor.journal, run_id)).status.value == "paused"
    dropped = runtime.get_execution_result(queued)
    assert dropped is not None
    assert "stopped before the run began" in (dropped.error or "")
    gate.opened.set()
    await runtime.start()
    result = await runtime.trigger_and_wait("main", session_state={"run_id": run_id})
    assert result is not None
    assert (result.run_id, result.status, result.output["done"]) == (run_id, "succeeded", "x")


async def test_a_runtime_is_not_started_again_while_it_stops() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph)
    await runtime.start()
    await runtime.trigger("main")
    await gate.entered.wait()
    stopping = asyncio.create_task(runtime.stop(grace_s=5))
    await settle(3)
    with pytest.raises(RuntimeStoppedError, match="await stop"):
        await runtime.start()
    gate.opened.set()
    await stopping
    await runtime.start()
    assert (await runtime.trigger_and_wait("main", timeout=5)) is not None
    await runtime.stop()


@pytest.mark.parametrize(
    "bound",
    [{"max_concurrent_executions": 0}, {"max_waiting": 0}, {"execution_result_max": -1}, {"patience_s": -1}],
)
def test_bounds_under_which_nothing_could_run_are_refused(bound: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match=next(iter(bound))):
        AgentRuntimeConfig(**bound)


async def test_stopping_lets_runs_end_within_the_grace() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph)
    await runtime.start()
    run_id = await runtime.trigger("main")
    await gate.entered.wait()
    gate.opened.set()
    await runtime.stop(grace_s=5)
    result = runtime.get_execution_result(run_id)
    assert result is not None
    assert result.status == "succeeded"


async def test_a_run_can_be_paused_before_its_next_node() -> None:
    gate = Gate()
    first = gate.graph.nodes[0]
    last = node("last", writes=["z"], function=giving(z=1))
    runtime = runtime_of(graph([first, last], [edge("work", "last")]))
    await runtime.start()
    run_id = await runtime.trigger("main")
    await gate.entered.wait()
    assert await runtime.pause_execution(run_id)
    gate.opened.set()
    result = await runtime.wait(run_id)
    assert result is not None
    assert result.paused_at == "last"


async def test_a_run_under_way_is_not_carried_on_a_second_time() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph)
    await runtime.start()
    run_id = await runtime.trigger("main")
    with pytest.raises(InputError, match="under way already"):
        await runtime.trigger("main", session_state={"run_id": run_id})
    await runtime.stop()


# People.


async def test_an_injected_message_wakes_the_node_that_waits() -> None:
    runtime, run_id = await waiting_run()
    assert [found for found, _ in runtime.open_questions()] == [run_id]
    assert not await runtime.inject_input("nowhere", "hello")
    assert await runtime.inject_input("talk", "the red one")
    result = await runtime.wait(run_id, timeout=5)
    assert result is not None
    assert result.status == "succeeded"
    assert not await runtime.inject_input("talk", "nobody lives")


async def test_a_question_is_answered_by_its_id() -> None:
    runtime, run_id = await waiting_run()
    ((_, question),) = runtime.open_questions(run_id)
    for wrong in ({"question_id": "other"}, {"run_id": "other"}):
        with pytest.raises(InputError, match="No run under way has an open question"):
            await runtime.answer("red", **wrong)
    assert await runtime.answer("red", question.question_id) == question.question_id
    assert await runtime.wait(run_id, timeout=5)


async def test_a_run_nobody_answers_pauses_and_frees_its_place() -> None:
    made = asking()
    config = AgentRuntimeConfig(patience_s=0.01)
    runtime = runtime_of(made["spec"], entry(node_id="talk"), llm=made["llm"], config=config)
    await runtime.start()
    result = await runtime.trigger_and_wait("main")
    assert result is not None
    assert result.paused_at == "talk"
    assert runtime.get_stats()["entry_points"]["main"]["paused"] == 1


# Entry points.


async def test_runs_begin_at_the_node_of_their_entry_point() -> None:
    nodes = [node(name, writes=[name], function=giving(**{name: 1})) for name in ("a", "b")]
    runtime = runtime_of(graph(nodes), entry("one", "a"), entry("two", "b"))
    await runtime.start()
    first, second = await runtime.trigger_and_wait("one"), await runtime.trigger_and_wait("two")
    assert first is not None
    assert second is not None
    assert (first.path, second.path) == (["a"], ["b"])


async def test_entry_points_come_and_go() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph, entry(max_concurrent=1))
    await runtime.start()
    runtime.register_entry_point(entry("more"))
    running = await runtime.trigger("main")
    queued = await runtime.trigger("main")
    assert runtime.unregister_entry_point("main")
    assert not runtime.unregister_entry_point("main")
    assert [spec.id for spec in runtime.get_entry_points()] == ["more"]
    assert (await runtime.get_execution_status(queued) or {})["status"] == "cancelled"
    assert await runtime.cancel_execution(running)
    result = runtime.get_execution_result(running)
    assert result is not None
    assert result.status == "cancelled"


def test_an_entry_point_that_cannot_work_is_refused() -> None:
    with pytest.raises(InvalidGraphError, match="'nowhere' does not exist"):
        runtime_of(Gate().graph, entry(node_id="nowhere"))
    runtime = runtime_of(Gate().graph)
    with pytest.raises(InvalidGraphError, match="same id"):
        runtime.register_entry_point(entry())


# What there is to see.


async def test_events_reach_a_handler_until_it_leaves() -> None:
    runtime, heard = runtime_of(graph([node("work", function=giving())])), list[str]()

    async def handler(event: Any) -> None:
        heard.append(event.run_id)

    number = runtime.subscribe_to_events([EventType.EXECUTION_COMPLETED], handler)
    await runtime.start()
    result = await runtime.trigger_and_wait("main")
    await runtime.event_bus.drain()
    assert result is not None
    assert heard == [result.run_id]
    assert runtime.unsubscribe_from_events(number)
    await runtime.trigger_and_wait("main")
    assert len(heard) == 1


async def test_the_correlation_id_stands_in_the_journal() -> None:
    runtime = runtime_of(graph([node("work", function=giving())]))
    await runtime.start()
    run_id = await runtime.trigger("main", {}, "order-7")
    await runtime.wait(run_id)
    first = (await runtime.executor.journal.read(run_id))[0]
    assert b"order-7" in first
    assert b'"entry_point":"main"' in first


async def test_progress_is_the_weighted_mean_of_what_the_runs_scored(tmp_path: Path) -> None:
    goal = Goal(
        id="goal",
        name="Goal",
        success_criteria=[
            SuccessCriterion(id="good", description="", metric="score", target=None, weight=0.75),
            SuccessCriterion(id="never", description="", metric="nothing", target=None, weight=0.25),
        ],
    )
    spec = graph([node("work", reads=["score"], writes=["score2"], function=giving(score2=1))])
    runtime = runtime_of(spec, goal=goal, storage=tmp_path)
    await runtime.start()
    assert (await runtime.get_goal_progress())["overall_progress"] == 0.0
    for score in (0.5, 1.0):
        await runtime.trigger_and_wait("main", {"score": score})
    again = AgentRuntime(GraphExecutor(Runtime(tmp_path)), spec, goal)
    for seen in (runtime, again):
        progress = await seen.get_goal_progress()
        assert progress["overall_progress"] == 0.5625
        assert progress["criteria_status"]["good"]["score"] == 0.75
        assert progress["criteria_status"]["never"]["runs_measured"] == 0
        assert progress["runs"]["succeeded"] == 2


async def test_a_run_that_does_not_read_back_is_counted_as_such_in_the_progress(tmp_path: Path) -> None:
    runtime = runtime_of(graph([node("work", function=giving())]), storage=tmp_path)
    await runtime.start()
    whole, damaged = [await runtime.trigger_and_wait("main") for _ in range(2)]
    assert whole is not None
    assert damaged is not None
    (journal,) = (tmp_path / "runs" / damaged.run_id).glob("*.jsonl")
    journal.write_bytes(b"damaged\n" + journal.read_bytes())
    for _ in range(2):
        runs = (await runtime.get_goal_progress())["runs"]
        assert (runs["succeeded"], runs["unreadable"]) == (1, 1)


async def test_a_tool_of_high_risk_that_is_approved_is_called_unasked() -> None:
    calls: list[int] = []

    @tool(risk="high")
    def pay(cents: int) -> str:
        """Pay."""
        calls.append(cents)
        return "paid"

    registry = ToolRegistry()
    registry.register_function(pay)
    llm = ScriptedProvider([call("pay", cents=5), call("set_output", key="x", value="v"), "Done."])
    spec = graph([loop_node("work", writes=["x"], tools=["pay"])], terminal_nodes=["work"])
    options = {"tools": registry.get_tools(), "tool_executor": registry.get_executor()}
    runtime = runtime_of(spec, llm=llm, approve=["pay"], **options)
    await runtime.start()

    result = await runtime.trigger_and_wait("main", {}, timeout=5)

    assert result is not None
    assert (calls, result.success) == ([5], True)
