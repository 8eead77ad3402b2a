"""Fan-outs, and what their branches do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from framework.graph import ParallelExecutionConfig
from tests.support.walked_graphs import Walked, edge, giving, graph, node, ways

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.graph import GraphSpec
    from framework.model.events import BranchesJoined, BranchOutcome

POLICIES = ("fail_all", "continue_others", "wait_all")


def policy(name: Any, timeout: float | None = None) -> ParallelExecutionConfig:
    return ParallelExecutionConfig(on_branch_failure=name, branch_timeout_seconds=timeout)


def fan(*branches: str, **fields: Any) -> GraphSpec:
    """Return ``s`` -> the branches -> ``j``; every branch writes the key of its name."""
    nodes = [node("s"), *(node(name, writes=[name]) for name in branches), node("j", writes=["j"])]
    edges = [edge("s", name) for name in branches] + [edge(name, "j") for name in branches]
    return graph(nodes, edges, **({"terminal_nodes": ["j"]} | fields))


def nested() -> GraphSpec:
    """Return a fan-out with another one in its second branch."""
    names = ("a", "b", "b1", "b2", "bj", "j")
    nodes = [node("s"), *(node(name, writes=[name]) for name in names)]
    return graph(nodes, ways("s-a s-b b-b1 b-b2 b1-bj b2-bj a-j bj-j"), terminal_nodes=["j"])


def gives(*names: str) -> dict[str, Callable[..., Any]]:
    """Return a function for each node, which gives the key of its name when it writes one."""
    return {name: giving(**({} if name == "s" else {name: name})) for name in names}


async def joins(bench: Walked) -> list[BranchesJoined]:
    """Return how the fan-outs of a run ended."""
    return [entry.event for entry in await bench.entries("branches_joined")]


async def outcomes(bench: Walked) -> dict[str, BranchOutcome]:
    """Return how the branches of the first fan-out ended, by lane."""
    return {each.lane: each for each in (await joins(bench))[0].branches}


class Meeting:
    """Lets nobody on until so many have come."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._all_here = asyncio.Event()

    async def __call__(self) -> dict[str, Any]:
        self._left -= 1
        if not self._left:
            self._all_here.set()
        await self._all_here.wait()
        return {}


class Never:
    """Waits for ever, and notes whether it was cancelled."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.was_cancelled = False

    async def __call__(self) -> dict[str, Any]:
        self.began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        return {}
