"""Building small graphs of function nodes in tests, and running them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.graph import EdgeSpec, ExecutionResult, GraphExecutor, GraphSpec, NodeSpec
from framework.journal.reading import read_entries, read_state
from framework.runtime.core import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from framework.journal.entry import Entry
    from framework.journal.state import RunState

RUN = "run"


def node(name: str, *, reads: Sequence[str] = (), writes: Sequence[str] = (), **fields: Any) -> NodeSpec:
    """Return a function node."""
    values: dict[str, Any] = {
        "node_type": "function",
        "input_keys": [*reads],
        "output_keys": [*writes],
        "max_retries": 1,
    }
    return NodeSpec(id=name, **(values | fields))


def loop_node(name: str, *, reads: Sequence[str] = (), writes: Sequence[str] = (), **fields: Any) -> NodeSpec:
    """Return an event-loop node."""
    return node(name, reads=reads, writes=writes, **({"node_type": "event_loop"} | fields))


def edge(source: str, target: str, condition: str = "on_success", **fields: Any) -> EdgeSpec:
    """Return an edge called ``source-target``."""
    values: dict[str, Any] = {"id": f"{source}-{target}", "condition": condition} | fields
    return EdgeSpec(source=source, target=target, **values)


def when(source: str, target: str, expression: str, **fields: Any) -> EdgeSpec:
    """Return a conditional edge."""
    return edge(source, target, "conditional", condition_expr=expression, **fields)


def ways(text: str) -> list[EdgeSpec]:
    """Return edges on success, written ``a-b b-c``."""
    return [edge(*way.split("-")) for way in text.split()]


def graph(nodes: Sequence[NodeSpec], edges: Sequence[EdgeSpec] = (), **fields: Any) -> GraphSpec:
    """Return a graph that begins at its first node."""
    values: dict[str, Any] = {"id": "g", "entry_node": nodes[0].id} | fields
    return GraphSpec(nodes=[*nodes], edges=[*edges], **values)


def giving(**outputs: Any) -> Callable[[], Any]:
    """Return a function that gives these outputs."""

    async def function() -> dict[str, Any]:
        return outputs

    return function


def failing(message: str = "broken", error: type[Exception] = ValueError) -> Callable[[], Any]:
    """Return a function that raises."""

    async def function() -> None:
        raise error(message)

    return function


def cause(result: ExecutionResult) -> str | None:
    """Return what the own code of the node that failed a run said, without who raised it and where."""
    told = re.fullmatch(r"Node '.*' raised \w+: (.*) \(\S+:\d+\)", result.error or "")
    return told[1] if told else result.error


class Walked:
    """An executor over a journal in memory, with a clock that needs no waiting."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]] | None = None, **options: Any) -> None:
        self.clock = ManualClock()
        self.runtime = options.pop("runtime", None) or Runtime()
        settings: dict[str, Any] = {"clock": self.clock} | options
        self.executor = GraphExecutor(self.runtime, **settings)
        for name, function in (functions or {}).items():
            self.executor.register_function(name, function)

    async def run(
        self, spec: GraphSpec, inputs: Mapping[str, Any] | None = None, **options: Any
    ) -> ExecutionResult:
        """Run ``spec`` as the run ``run``."""
        return await self.executor.execute(spec, options.pop("goal", None), inputs, run_id=RUN, **options)

    async def carry_on(self, spec: GraphSpec, **options: Any) -> ExecutionResult:
        """Carry the run on."""
        return await self.executor.execute(spec, session_state={"run_id": RUN}, **options)

    async def state(self) -> RunState:
        """Return the fold of the stored run."""
        return await read_state(self.runtime.journal, RUN)

    async def entries(self, kind: str) -> list[Entry]:
        """Return the stored entries of one kind."""
        return [e for e in await read_entries(self.runtime.journal, RUN) if e.event.kind == kind]


async def walked(
    spec: GraphSpec,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    inputs: Mapping[str, Any] | None = None,
    **options: Any,
) -> ExecutionResult:
    """Run a graph once and return its result."""
    return await Walked(functions, **options).run(spec, inputs)
