"""A branch that had come to its end when a run stopped keeps that end when the run is carried on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from framework.journal import MemoryJournal
from framework.journal.fold import BRANCH_CANCELLED
from framework.journal.reading import read_entries
from framework.model.events import BranchesJoined, BranchOutcome, ErrorFacts
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.fans import POLICIES, Never, fan, gives, policy
from tests.support.journals import write_run
from tests.support.walked_graphs import RUN, Walked, graph, node, ways

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.graph import GraphExecutor, GraphSpec
    from framework.journal.base import Journal
    from framework.model.events import Event
    from framework.runtime.replay import ReplayParts


class Life:
    """The functions of a process: ``slow`` fails once the node ``first`` is done, in a later life at once."""

    def __init__(self, first: str = "quick", *, is_later: bool = False) -> None:
        self._first = first
        self._may_fail = asyncio.Event()
        if is_later:
            self._may_fail.set()

    async def _give(self) -> str:
        self._may_fail.set()
        return self._first

    async def _slow(self) -> None:
        if not self._may_fail.is_set():
            await self._may_fail.wait()
        raise ValueError("late")

    def bench(self, **options: Any) -> Walked:
        """Return what walks any graph of this module in this life."""
        others: dict[str, Callable[..., Any]] = {**gives("s", "a", "b", "bj", "j", "quick"), "never": Never()}
        return Walked({**others, self._first: self._give, "slow": self._slow}, **options)


def ending() -> GraphSpec:
    """Return a fan-out whose branches end at terminal nodes."""
    nodes = [node("s"), node("slow", writes=["slow"]), node("quick", writes=["quick"])]
    return graph(nodes, ways("s-slow s-quick"), terminal_nodes=["slow", "quick"])


def inside() -> GraphSpec:
    """Return a fan-out whose first branch holds the one with the slow node."""
    nodes = [node("s"), *(node(name, writes=[name]) for name in ("b", "slow", "quick", "bj", "a", "j"))]
    edges = ways("s-b s-a b-slow b-quick slow-bj quick-bj bj-j a-j")
    return graph(nodes, edges, terminal_nodes=["j"])


def beside() -> GraphSpec:
    """Return a fan-out with another one, that is done, beside the slow node."""
    nodes = [node("s"), *(node(name, writes=[name]) for name in ("slow", "b", "a", "quick", "bj", "j"))]
    edges = ways("s-slow s-b b-a b-quick a-bj quick-bj bj-j slow-j")
    return graph(nodes, edges, terminal_nodes=["j"])


def straight() -> GraphSpec:
    """Return a fan-out with a branch that leads straight to the join."""
    spec = fan("slow", "quick")
    spec.edges.append(*ways("s-j"))
    return spec


SPECS = {"join": fan("slow", "quick"), "end": ending(), "inside": inside(), "straight": straight()}


async def ends(bench: Walked) -> list[Any]:
    """Return how the branches ended, and the hash of the run."""
    joins = [entry.event for entry in await bench.entries("branches_joined")]
    return [*joins, (await bench.state()).main.digest]


async def last_end_of(bench: Walked, *names: str) -> int:
    """Return the entry with which the last of these nodes finished."""
    entries = await bench.entries("node_finished")
    return max(entry.seq for entry in entries if getattr(entry.event, "node_id", "") in names)


async def cut_after(journal: Any, stop: int) -> MemoryJournal:
    """Return a journal with the first ``stop`` entries of the run."""
    cut = MemoryJournal()
    lines = await journal.read(RUN)
    writer = await cut.create(RUN)
    await writer.append(lines[:stop], expected=0, blobs=dict(journal._blobs))
    await writer.close()
    return cut


async def replayed(journal: Journal, spec: GraphSpec, **options: Any) -> str:
    """Return where a replay of the run differs, empty if it does nowhere."""

    def make(parts: ReplayParts) -> GraphExecutor:
        return Life(is_later=True).bench(runtime=parts.runtime, clock=parts.clock, **options).executor

    report = await asyncio.wait_for(replay(await read_recording(journal, RUN), spec, make), timeout=20)
    return str(report.difference or "")


async def check_every_stop(spec: GraphSpec, first: str, *done: str, **options: Any) -> None:
    """Check that a run that stopped anywhere after some nodes were done ends as one that never stopped."""
    whole = Life(first).bench(**options)
    await whole.run(spec)
    for stop in range(await last_end_of(whole, first, *done), len(await whole.runtime.journal.read(RUN))):
        journal = await cut_after(whole.runtime.journal, stop)
        later = Life(is_later=True).bench(runtime=Runtime(journal=journal), **options)
        await later.carry_on(spec)

        assert await ends(later) == await ends(whole), stop
        assert await replayed(journal, spec, **options) == "", stop


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
async def test_a_branch_that_was_done_stays_so_if_a_sibling_fails_after_the_stop(
    spec: GraphSpec, name: str
) -> None:
    await check_every_stop(spec, "quick", "a", parallel_config=policy(name))


@pytest.mark.parametrize("name", POLICIES)
async def test_a_fan_out_that_had_come_to_the_join_stays_so(name: str) -> None:
    await check_every_stop(beside(), "bj", parallel_config=policy(name))


async def test_branches_in_order_keep_their_ends() -> None:
    spec = fan("quick", "slow", "never")
    await check_every_stop(spec, "quick", enable_parallel_execution=False)


@pytest.mark.parametrize("is_parallel", [True, False])
async def test_a_branch_straight_to_the_join_is_there_whichever_sibling_fails(is_parallel: bool) -> None:
    bench = Life(is_later=True).bench(enable_parallel_execution=is_parallel)
    await bench.run(straight())

    (joined, _) = await ends(bench)
    assert joined.branches[-1].at_join


async def test_a_recorded_branch_that_was_cut_off_at_the_join_is_cut_off_again() -> None:
    spec, life = fan("slow", "quick"), Life().bench()
    await life.run(spec)
    journal = MemoryJournal()
    entries = await read_entries(life.runtime.journal, RUN)
    await write_run(journal, RUN, [(entry.lane, _cut_off_at_the_join(entry.event)) for entry in entries])

    assert await replayed(journal, spec) == ""


def _cut_off_at_the_join(event: Event) -> Event:
    """Return the event as if the branch of ``quick`` had been cut off once it was at the join."""
    if not isinstance(event, BranchesJoined):
        return event
    slow, quick = event.branches
    assert quick.at_join
    error = ErrorFacts(error=BRANCH_CANCELLED, message="The branch was cancelled because a sibling failed.")
    lost = BranchOutcome(lane=quick.lane, succeeded=False, at_join=False, digest="", error=error)
    return replace(event, branches=(slow, lost))
