"""Agent runtimes over a journal in memory, nodes that wait for a gate, and a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.runtime.agent_runtime import AgentRuntime, create_agent_runtime
from framework.runtime.execution_stream import EntryPointSpec
from tests.support.walked_graphs import graph, node

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from framework.model.graph import GraphSpec


def entry(name: str = "main", node_id: str = "work", **fields: Any) -> EntryPointSpec:
    """Return an entry point, started by hand and isolated unless ``fields`` say otherwise."""
    values: dict[str, Any] = {"trigger_type": "manual", "isolation_level": "isolated"} | fields
    return EntryPointSpec(id=name, name=name, entry_node=node_id, **values)


class Gate:
    """A node's function that waits until the gate opens; knows how many runs were inside at once."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.inside = 0
        self.most = 0
        self.order: list[Any] = []
        self.entered = asyncio.Event()

    async def __call__(self, name: Any = "nobody") -> dict[str, Any]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.order.append(name)
        self.entered.set()
        try:
            await self.opened.wait()
            await settle(5)
        finally:
            self.inside -= 1
        return {"done": name}

    @property
    def graph(self) -> GraphSpec:
        async def work(name: Any = "nobody") -> dict[str, Any]:
            return await self(name)

        spec = node(
            "work",
            reads=["name"],
            writes=["done"],
            nullable_output_keys=["name"],
            function=work,
            max_retries=1,
        )
        return graph([spec], terminal_nodes=["work"])


def runtime_of(
    spec: GraphSpec, *entries: EntryPointSpec, storage: Path | None = None, **options: Any
) -> AgentRuntime:
    """Return a runtime for ``spec``; ``options`` are those of ``create_agent_runtime``."""
    return create_agent_runtime(spec, options.pop("goal", None), storage, entries or [entry()], **options)


async def settle(rounds: int = 50) -> None:
    """Let everything that can go on go on."""
    for _ in range(rounds):
        await asyncio.sleep(0)


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds that no event tells, five seconds at most."""
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("It did not come to hold.")


class SteppedClock(ManualClock):
    """A manual clock whose sleepers wake when it is moved past them."""

    def __init__(self) -> None:
        super().__init__()
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        woken = asyncio.Event()
        self._sleepers.append((self.monotonic() + seconds, woken))
        await woken.wait()

    async def pass_(self, seconds: float) -> None:
        """Move on, waking each sleeper at its time, and let what they start settle."""
        end = self.monotonic() + seconds
        await settle()
        while due := sorted(item[0] for item in self._sleepers if item[0] <= end):
            self.advance(max(0.0, due[0] - self.monotonic()))
            self._wake()
            await settle()
        self.advance(end - self.monotonic())
        self._wake()
        await settle()

    def jump(self, seconds: float) -> None:
        """Move on at once, as a machine does that slept; sleepers wake with the next step."""
        self.advance(seconds)

    def _wake(self) -> None:
        now = self.monotonic() + 1e-9
        for item in [item for item in self._sleepers if item[0] <= now]:
            self._sleepers.remove(item)
            item[1].set()
