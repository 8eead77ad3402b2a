"""The graphs that the benchmarks run."""

from __future__ import annotations

import asyncio

from framework.graph import EdgeCondition, EdgeSpec, GraphSpec, NodeSpec


async def count_up(n: int) -> int:
    """Return the next number."""
    return n + 1


async def nap() -> None:
    """Sleep 50 ms."""
    await asyncio.sleep(0.05)


def chain(length: int) -> GraphSpec:
    """Return a chain of async function nodes."""
    nodes = [
        NodeSpec(id=f"n{i}", node_type="function", input_keys=["n"], output_keys=["n"], function=count_up)
        for i in range(length)
    ]
    edges = [
        EdgeSpec(id=f"e{i}", source=f"n{i}", target=f"n{i + 1}", condition=EdgeCondition.ON_SUCCESS)
        for i in range(length - 1)
    ]
    return GraphSpec(
        id="chain",
        entry_node="n0",
        terminal_nodes=[f"n{length - 1}"],
        nodes=nodes,
        edges=edges,
        max_steps=length,
    )


def loop(rounds: int) -> GraphSpec:
    """Return a node that a feedback edge runs ``rounds`` times."""
    return GraphSpec(
        id="loop",
        entry_node="count",
        terminal_nodes=["end"],
        max_steps=rounds + 1,
        nodes=[
            NodeSpec(
                id="count",
                node_type="function",
                input_keys=["n"],
                output_keys=["n"],
                function=count_up,
                max_node_visits=rounds,
            ),
            NodeSpec(id="end", node_type="function", input_keys=["n"], output_keys=["n"], function=count_up),
        ],
        edges=[
            EdgeSpec(
                id="done",
                source="count",
                target="end",
                condition=EdgeCondition.CONDITIONAL,
                condition_expr=f"n >= {rounds}",
            ),
            EdgeSpec(
                id="again", source="count", target="count", condition=EdgeCondition.ON_SUCCESS, priority=-1
            ),
        ],
    )


def fan(width: int) -> GraphSpec:
    """Return one node, ``width`` branches of one node, and their join."""
    branches = [
        NodeSpec(id=f"b{i}", node_type="function", input_keys=["n"], output_keys=[f"x{i}"], function=count_up)
        for i in range(width)
    ]
    ends = [
        NodeSpec(id="start", node_type="function", input_keys=["n"], output_keys=["n"], function=count_up),
        NodeSpec(id="join", node_type="function", input_keys=["n"], output_keys=["n"], function=count_up),
    ]
    out = [
        EdgeSpec(id=f"o{i}", source="start", target=f"b{i}", condition=EdgeCondition.ON_SUCCESS)
        for i in range(width)
    ]
    back = [
        EdgeSpec(id=f"j{i}", source=f"b{i}", target="join", condition=EdgeCondition.ON_SUCCESS)
        for i in range(width)
    ]
    return GraphSpec(
        id="fan", entry_node="start", terminal_nodes=["join"], nodes=[*branches, *ends], edges=[*out, *back]
    )


def naps(length: int) -> GraphSpec:
    """Return a chain of nodes that each sleep 50 ms."""
    nodes = [NodeSpec(id=f"n{i}", node_type="function", function=nap) for i in range(length)]
    edges = [
        EdgeSpec(id=f"e{i}", source=f"n{i}", target=f"n{i + 1}", condition=EdgeCondition.ON_SUCCESS)
        for i in range(length - 1)
    ]
    return GraphSpec(id="naps", entry_node="n0", terminal_nodes=[f"n{length - 1}"], nodes=nodes, edges=edges)


def agent(turns: int) -> GraphSpec:
    """Return one event-loop node that may answer ``turns`` times."""
    return GraphSpec(
        id="agent",
        entry_node="work",
        terminal_nodes=["work"],
        nodes=[NodeSpec(id="work", output_keys=["done"], tools=["noop"], system_prompt="Work.")],
        loop_config={"max_iterations": turns + 5, "max_history_tokens": 10_000_000},
    )
