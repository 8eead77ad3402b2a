"""Listeners hear what is stored, once it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import JournalWriteError
from framework.events import EventBus, EventType
from framework.journal.reading import read_entries
from framework.llm import ScriptedProvider
from framework.llm.stream import FinishEvent, ReasoningDeltaEvent, TextDeltaEvent
from framework.runtime.core import Runtime
from tests.support.fans import fan, gives
from tests.support.resumable_runs import AGENTS
from tests.support.stopping import StoppingJournal
from tests.support.walked_graphs import RUN, Walked, failing, giving, graph, loop_node, node, when

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from framework.events import AgentEvent
    from framework.llm.base import ModelRequest


class Ear:
    """Notes what it hears."""

    def __init__(self, *types: EventType) -> None:
        self.bus = EventBus()
        self.heard: list[AgentEvent] = []
        self.bus.subscribe(self.heard.append, types)

    @property
    def types(self) -> list[str]:
        return [event.type.value for event in self.heard]


async def test_a_run_is_heard_from_its_start_to_its_end() -> None:
    ear = Ear()
    await Walked(gives("s", "a", "b", "j"), event_bus=ear.bus).run(fan("a", "b"))
    assert ear.types == [
        "execution_started", "node_started", "node_completed", "edge_traversed",
        "node_started", "output_set", "node_completed", "edge_traversed",
        "node_started", "output_set", "node_completed", "edge_traversed",
        "branches_joined", "node_started", "output_set", "node_completed", "execution_completed",
    ]  # fmt: skip
    assert {event.run_id for event in ear.heard} == {RUN}
    places = [(event.node_id, event.lane) for event in ear.heard if event.type is EventType.NODE_COMPLETED]
    assert places == [("s", "m"), ("a", "m.b1.000"), ("b", "m.b1.001"), ("j", "m")]


async def test_an_event_carries_the_fields_the_meta_facts_and_the_number_of_its_entry() -> None:
    ear = Ear(EventType.OUTPUT_SET, EventType.EXECUTION_STARTED)
    bench = Walked({"a": giving(x={"deep": [1]}, big="x" * 5000)}, event_bus=ear.bus)
    await bench.run(graph([node("a", writes=["x", "big"])]), {"given": 1})
    started, outputs = ear.heard
    assert (started.data["input"], started.data["run_id"], started.data["seq"]) == ({"given": 1}, RUN, 1)
    assert outputs.data["values"] == {"x": {"deep": [1]}, "big": "[5002 bytes]"}
    assert outputs.node_id == "a"


@pytest.mark.parametrize("name", AGENTS)
async def test_every_entry_worth_watching_is_heard_once_in_order(name: str) -> None:
    agent, ear = AGENTS[name](), Ear()
    journal = StoppingJournal()
    executor = agent.executor(journal, Walked().clock, event_bus=ear.bus)
    await executor.execute(agent.graph, agent.goal, agent.inputs, run_id=RUN)
    numbers = [event.data["seq"] for event in ear.heard if "seq" in event.data]
    stored = await read_entries(journal, RUN)
    unheard = {"edge_considered", "log_written", "file_written", "input_injected"}
    assert numbers == [entry.seq for entry in stored if entry.event.kind not in unheard]


async def test_failures_retries_and_pauses_are_heard() -> None:
    ear = Ear()
    spec = graph(
        [node("a", max_retries=2, writes=["x"]), node("b")], [when("a", "b", "x")], pause_nodes=["a"]
    )
    bench = Walked({"a": failing(), "b": giving()}, event_bus=ear.bus)
    await bench.run(spec)
    assert ear.types[1:] == ["node_started", "node_retry", "node_failed", "execution_failed"]
    bench.executor.register_function("a", giving(x=1))
    await bench.executor.execute(spec, run_id="second")
    ear.heard.clear()
    await bench.executor.execute(spec, session_state={"run_id": "second"})
    assert ear.types == [
        "execution_resumed", "edge_traversed", "node_started", "node_completed", "execution_completed"
    ]  # fmt: skip
    edge_event = next(event for event in ear.heard if event.type is EventType.EDGE_TRAVERSED)
    assert edge_event.node_id == "a"


async def test_nothing_is_announced_that_could_not_be_stored() -> None:
    ear = Ear()
    for count in range(8):
        ear.heard.clear()
        bench = Walked(
            gives("s", "a", "b", "j"), event_bus=ear.bus, runtime=Runtime(journal=StoppingJournal(count))
        )
        with pytest.raises(JournalWriteError):
            await bench.run(fan("a", "b"))
        assert all(event.data["seq"] <= count for event in ear.heard)


async def test_a_listener_that_raises_does_not_disturb_the_run() -> None:
    bus = EventBus()

    def broken(event: AgentEvent) -> None:
        raise RuntimeError("listener")

    bus.subscribe(broken)
    assert (await Walked(gives("s", "a", "b", "j"), event_bus=bus).run(fan("a", "b"))).success


class Thinker:
    """A model that streams its thoughts and its text."""

    model = "thinker"

    async def stream(self, request: ModelRequest) -> AsyncIterator[Any]:
        yield ReasoningDeltaEvent("Hm.")
        yield TextDeltaEvent("He", "He")
        yield TextDeltaEvent("llo", "Hello")
        yield FinishEvent(stop_reason="stop", input_tokens=1, output_tokens=1, model="thinker")


async def test_the_stream_of_an_answer_is_heard_as_it_arrives() -> None:
    for facing, kind in ((False, EventType.LLM_TEXT_DELTA), (True, EventType.CLIENT_OUTPUT_DELTA)):
        ear = Ear(kind, EventType.LLM_REASONING_DELTA)
        spec = graph([loop_node("a", client_facing=facing)], loop_config={"client_turns": "ask"})
        await Walked(llm=Thinker(), event_bus=ear.bus).run(spec)
        assert [(event.type, event.data["content"]) for event in ear.heard] == [
            (EventType.LLM_REASONING_DELTA, "Hm."), (kind, "He"), (kind, "llo"),
        ]  # fmt: skip
        assert {(event.node_id, event.lane, event.run_id) for event in ear.heard} == {("a", "m", RUN)}


async def test_a_tool_call_is_heard_under_its_node() -> None:
    ear = Ear(EventType.TOOL_CALL_STARTED, EventType.TOOL_CALL_COMPLETED)
    agent = AGENTS["parallel-talks"]()
    await agent.executor(StoppingJournal(), Walked().clock, event_bus=ear.bus).execute(agent.graph)
    real = [event for event in ear.heard if ".c" in event.lane]
    assert {event.node_id for event in real if event.lane.startswith("m.b1.000")} == {"a"}
    assert {event.node_id for event in real if event.lane.startswith("m.b1.001")} == {"b"}


async def test_without_listeners_nothing_is_made_to_be_heard() -> None:
    llm = ScriptedProvider(["Hello."])
    assert (await Walked(llm=llm).run(graph([loop_node("a")]))).success
