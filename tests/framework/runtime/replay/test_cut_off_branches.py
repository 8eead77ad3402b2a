"""A branch that a failed sibling cut off is walked in a replay up to where its recording ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.graph import NodeContext  # noqa: TC001  (read at run time, by the node)
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.fold import BRANCH_CANCELLED
from framework.journal.reading import read_entries, read_state
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.llm.stream import TextDeltaEvent
from framework.model.events import BranchesJoined, NodeFinished, OutputSet
from framework.runner import ToolRegistry, tool
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from framework.tools.context import ToolContext  # noqa: TC001  (read at run time, by the tool)
from tests.support.budget_bench import Bench as BudgetBench
from tests.support.journals import write_run
from tests.support.walked_graphs import edge, giving, graph, loop_node, node, ways

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from framework.journal.entry import Entry
    from framework.llm.stream import StreamEvent
    from framework.model.events import Event
    from framework.model.graph import GraphSpec
    from framework.runtime.replay import ReplayParts, ReplayReport

    Functions = Mapping[str, Callable[..., Any]]

RUN = "run"
CHAIN = "start-a a-b b-c c-last start-bad last-end bad-end"
NESTED = "start-fork start-o1 o1-o2 fork-l1 fork-r1 l1-l2 r1-r2 l2-meet r2-meet meet-end o2-end"


def spec_of(text: str, **fields: Any) -> GraphSpec:
    """Return a graph of function nodes, each of which sets its own name."""
    edges = ways(text)
    names = dict.fromkeys(name for way in edges for name in (way.source, way.target))
    return graph([node(name, writes=[name]) for name in names], edges, terminal_nodes=["end"], **fields)


class Bench:
    """Records a run in which one node fails once others have begun what never ends, and replays it."""

    def __init__(self, spec: GraphSpec, bad: str, *endless: str, **options: Any) -> None:
        self.spec = spec
        self.journal = MemoryJournal()
        self.walked = MemoryJournal()
        self.options = options
        self._begun = {name: asyncio.Event() for name in endless}
        self.functions: dict[str, Any] = {
            item.id: giving(**{item.id: 1}) for item in spec.nodes if item.node_type == "function"
        }
        self.functions[bad] = self._fail

    async def _fail(self) -> None:
        for begun in self._begun.values():
            await begun.wait()
        await asyncio.sleep(0.01)  # So that the others come to rest.
        raise ValueError("broken")

    def begin(self, name: str) -> None:
        self._begun[name].set()

    def _endless(self, name: str) -> Callable[..., Any]:
        async def endless() -> dict[str, Any]:
            self.begin(name)
            await asyncio.Event().wait()
            return {}

        return endless

    def executor(self, functions: Functions, runtime: Any, **options: Any) -> GraphExecutor:
        executor = GraphExecutor(runtime, **{**self.options, **options})
        for name, function in functions.items():
            executor.register_function(name, function)
        return executor

    async def recorded(self, **changed: Callable[..., Any]) -> list[str]:
        """Record the run; return the branches that were cut off."""
        endless = {name: self._endless(name) for name in self._begun if name in self.functions}
        functions = {**self.functions, **endless, **changed}
        executor = self.executor(functions, Runtime(journal=self.journal), clock=ManualClock())
        await asyncio.wait_for(executor.execute(self.spec, run_id=RUN), timeout=20)
        joins = [entry.event for entry in await self.entries() if isinstance(entry.event, BranchesJoined)]
        outcomes = [outcome for join in joins for outcome in join.branches if outcome.error]
        return [item.lane for item in outcomes if item.error and item.error.error == BRANCH_CANCELLED]

    async def entries(self) -> list[Entry]:
        return await read_entries(self.journal, RUN)

    async def place_of(self, name: str) -> int:
        """Return the entry with the output of a node."""
        events = [(entry.seq, entry.event) for entry in await self.entries()]
        return next(seq for seq, event in events if isinstance(event, OutputSet) and name in event.values)

    async def replayed(self, *, patience_s: float = 60, **changed: Callable[..., Any]) -> ReplayReport:
        def make(parts: ReplayParts) -> GraphExecutor:
            self.walked = parts.runtime.journal  # type: ignore[assignment]  (the one of a replay is in memory)
            given = {"llm": parts.llm, "tool_executor": parts.tool_executor} if "llm" in self.options else {}
            return self.executor({**self.functions, **changed}, parts.runtime, clock=parts.clock, **given)

        recording = await read_recording(self.journal, RUN)
        return await asyncio.wait_for(
            replay(recording, self.spec, make, patience_s=patience_s), timeout=20 + patience_s
        )

    async def check_replays(self) -> None:
        """Check that a replay does in every lane what was recorded, no less and no more, and counts it."""
        report = await self.replayed()

        assert report.difference is None, str(report.difference)
        assert report.digest == (await read_state(self.journal, RUN)).main.digest.hex()
        recorded, walked = by_lane(await self.entries()), by_lane(await read_entries(self.walked, RUN))
        assert walked == recorded
        assert (report.events, report.lanes) == (sum(map(len, recorded.values())), len(recorded))

    async def check_found(self, name: str, **changed: Callable[..., Any]) -> None:
        """Check that a changed node is a difference at its first event."""
        report = await self.replayed(**(changed or {name: giving(**{name: 2})}))

        assert report.difference is not None
        assert (report.difference.seq, type(report.difference.got)) == (await self.place_of(name), OutputSet)


def by_lane(entries: Sequence[Entry]) -> dict[str, list[Event]]:
    lanes: dict[str, list[Event]] = {}
    for entry in entries:
        if entry.event.hashed:
            lanes.setdefault(entry.lane, []).append(entry.event)
    return lanes


@pytest.mark.parametrize("is_parallel", [True, False])
async def test_a_changed_node_in_any_place_of_a_branch_that_was_cut_off_is_found(
    *, is_parallel: bool
) -> None:
    bench = Bench(spec_of(CHAIN), "bad", "last")
    assert await bench.recorded() == ["m.b1.000"]
    bench.options["enable_parallel_execution"] = is_parallel

    await bench.check_replays()

    for name in ("start", "a", "b", "c"):
        await bench.check_found(name)


async def test_the_verdict_on_a_branch_that_was_cut_off_is_the_same_every_time() -> None:
    bench = Bench(spec_of(CHAIN), "bad", "last")
    await bench.recorded()

    same = {str((await bench.replayed()).difference) for _ in range(25)}
    other = {str((await bench.replayed(c=giving(c=2))).difference) for _ in range(25)}

    assert same == {"None"}
    assert len(other) == 1
    assert other != same


@pytest.mark.parametrize("is_parallel", [True, False])
@pytest.mark.parametrize(
    ("bad", "endless", "lost"),
    [
        ("o2", ["l2", "r2"], ["m.b1.000"]),
        ("r2", ["l2", "o2"], ["m.b1.000.b1.000", "m.b1.001"]),
    ],
)
async def test_a_changed_node_in_branches_of_a_branch_that_was_cut_off_is_found(
    bad: str, endless: list[str], lost: list[str], *, is_parallel: bool
) -> None:
    bench = Bench(spec_of(NESTED), bad, *endless)
    assert await bench.recorded() == lost
    bench.options["enable_parallel_execution"] = is_parallel

    await bench.check_replays()

    for name in ("fork", "l1", "r1", "o1"):
        await bench.check_found(name)


class Silent:
    """A model that never answers."""

    model = "dear"

    async def stream(self, request: Any) -> AsyncIterator[StreamEvent]:
        del request
        await asyncio.Event().wait()
        yield TextDeltaEvent("", "")


async def test_a_fan_out_that_a_budget_blocked_replays_whole() -> None:
    names = [f"{number:02}" for number in range(12)]

    def spec(**changed: int) -> GraphSpec:
        nodes = [node("start", writes=["start"], function=giving(start=1))]
        nodes += [
            node(f"f{name}", writes=[f"f{name}"], function=giving(**{f"f{name}": changed.get(f"f{name}", 1)}))
            for name in names
        ]
        nodes += [loop_node(f"b{name}", writes=[f"b{name}"], max_retries=1) for name in names]
        edges = ways(" ".join(f"start-f{name} f{name}-b{name} b{name}-end" for name in names))
        nodes.append(node("end", writes=["end"], function=giving(end=1)))
        return graph(nodes, edges, terminal_nodes=["end"], max_tokens=1000)

    bench = BudgetBench("5", [])
    bench.model = Silent()  # type: ignore[assignment]  (a provider of another class)
    result = await bench.run(spec())
    entries = await read_entries(bench.journal, RUN)
    lanes = by_lane(entries)
    written = [key for entry in entries if isinstance(entry.event, OutputSet) for key in entry.event.values]
    assert "Budget limit exceeded" in result.error
    assert len(lanes) > 5

    report = await bench.replayed(spec())

    assert report.difference is None, str(report.difference)
    assert (report.events, report.lanes) == (sum(map(len, lanes.values())), len(lanes))
    for name in written[1:]:
        difference = await bench.difference(spec(**{name: 2}))
        assert difference is not None
        assert isinstance(difference.got, OutputSet)


async def test_branches_that_had_not_begun_do_not_begin() -> None:
    bench = Bench(spec_of("start-bad start-a a-end bad-end"), "bad", enable_parallel_execution=False)
    assert await bench.recorded() == ["m.b1.001"]

    await bench.check_replays()


async def test_a_branch_that_was_cut_off_between_two_nodes_is_cut_off_there() -> None:
    spec = spec_of(CHAIN)
    nodes = [item if item.id != "b" else node("b", writes=["b"], effect="once") for item in spec.nodes]
    bench = Bench(spec.model_copy(update={"nodes": nodes}), "bad", "last")
    await bench.recorded()
    kept: list[tuple[str, Event]] = []
    is_over = False
    for entry in await bench.entries():
        if entry.lane != "m.b1.000" or not is_over:
            kept.append((entry.lane, entry.event))
            is_over |= isinstance(entry.event, NodeFinished) and entry.event.node_id == "b"
    bench.journal = MemoryJournal()
    await write_run(bench.journal, RUN, kept)

    await bench.check_replays()


def reading(bench: Bench, *sources: str) -> Callable[..., Any]:
    async def last(ctx: NodeContext) -> dict[str, Any]:
        for source in sources:
            ctx.outside.read(source, lambda: 7)
        bench.begin("last")
        await asyncio.Event().wait()
        return {}

    return last


async def test_what_was_read_before_a_branch_was_cut_off_is_read_again() -> None:
    bench = Bench(spec_of(CHAIN), "bad", "last")
    await bench.recorded(last=reading(bench, "one", "two"))
    bench.functions["last"] = reading(bench, "one", "two")

    await bench.check_replays()
    other = await bench.replayed(last=reading(bench, "one", "other"))

    assert other.difference is not None
    assert other.difference.lane == "m.b1.000"


async def test_a_branch_that_was_cut_off_in_calls_that_never_came_back_is_cut_off_there() -> None:
    @tool(effect="none")
    async def save(file: str, context: ToolContext) -> str:
        """Save."""
        context.on_file_written(file, b"content")
        if file == "slow":
            bench.begin("last")
            await asyncio.Event().wait()
        return "saved"

    registry = ToolRegistry()
    registry.register_function(save)
    spec = spec_of(CHAIN)
    nodes = [
        item if item.id != "last" else loop_node("last", writes=["last"], tools=["save"])
        for item in spec.nodes
    ]
    script = [[call("save", file="slow"), call("save", file="quick")]]
    bench = Bench(
        spec.model_copy(update={"nodes": nodes}),
        "bad",
        "last",
        llm=ScriptedProvider(script),
        tools=registry.get_tools(),
        tool_executor=registry.get_executor(),
    )
    assert await bench.recorded() == ["m.b1.000"]
    kinds = [[event.kind for event in lane] for lane in by_lane(await bench.entries()).values()]
    assert ["tool_intended", "file_written"] in kinds

    await bench.check_replays()
    await bench.check_found("c")


async def test_a_changed_node_that_hangs_in_a_branch_that_was_cut_off_holds_nothing_up() -> None:
    bench = Bench(spec_of(CHAIN), "bad", "last")
    await bench.recorded()

    async def hang() -> None:
        await asyncio.Event().wait()

    report = await bench.replayed(c=hang, patience_s=0.2)

    assert report.difference is not None
    assert (report.difference.lane, report.difference.got) == ("m.b1.000", None)


@pytest.mark.parametrize(("text", "leaves"), [(CHAIN, "b-c"), (NESTED, "l1-l2")])
async def test_a_branch_that_was_cut_off_and_ends_early_now_is_found(text: str, leaves: str) -> None:
    bad, endless = ("bad", ["last"]) if text == CHAIN else ("o2", ["l2", "r2"])
    source, target = leaves.split("-")
    bench = Bench(spec_of(text), bad, *endless)
    await bench.recorded()
    edges = [each for each in bench.spec.edges if each.id != leaves]
    bench.spec = bench.spec.model_copy(
        update={"edges": [*edges, edge(source, target, "on_failure")], "terminal_nodes": ["end", source]}
    )

    report = await bench.replayed(patience_s=0.2)

    assert report.difference is not None
    assert report.difference.lane.startswith("m.b1.000")
