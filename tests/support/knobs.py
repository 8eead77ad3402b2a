"""For every field of the specs: how to observe a run, and two values under which it differs."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from framework.errors import FrameworkError
from framework.graph import Constraint, EdgeSpec, Goal, GraphSpec, NodeSpec, SuccessCriterion
from framework.journal.reading import read_state
from framework.llm.scripted import call
from framework.loop.judges import JudgeVerdict
from framework.model import events as ev
from tests.support.one_node import Answers, OneNode
from tests.support.walked_graphs import Walked, edge, giving, graph, node, when

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.llm.base import ModelRequest

SET_A = call("set_output", key="a", value="7")
SCORE = '{"score": 1, "reason": ""}'
ACCEPTED = '{"accept": true, "feedback": ""}'


class Positive(BaseModel):
    a: int


class Escalating:
    async def evaluate(self, context: object) -> JudgeVerdict:
        return JudgeVerdict("ESCALATE", "no")


def fetch() -> str:
    return "x" * 1000


async def wait_a_little() -> str:
    await asyncio.sleep(0.05)
    return "waited"


def asked(request: ModelRequest) -> tuple[object, ...]:
    said = [f"{message.role}: {message.content}" for message in request.messages]
    return request.model, request.system, request.max_tokens, [tool.name for tool in request.tools], said


async def told(script: Any, inputs: dict[str, Any] | None = None, **fields: Any) -> object:
    """Run one node and return all that its model was sent, and how it ended."""
    person = Answers(*fields.pop("answers", ()))
    run = OneNode(script, **{"output_keys": ["a"], **fields})
    result = await run.run(inputs, person=person)
    questions = [question.text.load() for question in person.asked]
    return (
        [asked(each) for each in run.provider.requests],
        result.output,
        result.error,
        result.path,
        questions,
    )


async def walked(spec: GraphSpec, functions: dict[str, Any], goal: Goal | None = None) -> object:
    """Run functions and return how that went."""
    run = Walked(functions)
    result = await run.run(spec, goal=goal)
    taken = [entry.event.edge_ids for entry in await run.entries(ev.EdgeTaken.kind)]
    return result.path, result.output, result.error, result.status, taken, result.evaluation


# LoopConfig


def loop(name: str, script: Any, **fields: Any) -> Callable[[Any], Any]:
    fixed = fields.pop("loop", {})
    return lambda value: told([*script], loop={**fixed, name: value}, **fields)


THREE_CALLS = ((call("fetch"),) * 3, "Done.", SET_A, "Done.")
NO_MARGIN = {"tool_call_overflow_margin": 0.0}

LOOP_CASES = {
    "max_iterations": (loop("max_iterations", ["One.", "Two.", "Three."]), 1, 2),
    "max_tool_calls_per_turn": (
        loop("max_tool_calls_per_turn", THREE_CALLS, tools=[fetch], loop=NO_MARGIN), 1, 3,
    ),
    "tool_call_overflow_margin": (
        loop("tool_call_overflow_margin", THREE_CALLS, tools=[fetch], loop={"max_tool_calls_per_turn": 2}),
        0.0, 0.5,
    ),
    "stall_detection_threshold": (loop("stall_detection_threshold", ["Same."] * 9), 2, 4),
    "max_history_tokens": (
        loop("max_history_tokens", [call("fetch"), "A.", SET_A, "B."], tools=[fetch]), 400, 32_000,
    ),
    "max_tool_result_chars": (
        loop("max_tool_result_chars", [call("fetch"), SET_A, "Done."], tools=[fetch]), 200, 3000,
    ),
    "tool_timeout_s": (
        loop("tool_timeout_s", [call("wait_a_little"), SET_A, "Done."], tools=[wait_a_little]), 0.01, 5.0,
    ),
    "client_turns": (
        loop("client_turns", ["Which?", SET_A, "Done."], client_facing=True, answers=["That.", "Yes."]),
        "boundary", "ask",
    ),
}  # fmt: skip


# NodeSpec


def spec(name: str, script: Any = (SET_A, "Done."), **fields: Any) -> Callable[[Any], Any]:
    inputs = fields.pop("inputs", None)
    return lambda value: told([*script], inputs, **{**fields, name: value})


async def named(**fields: Any) -> object:
    """Run ``n``, then a node with these fields in the same conversation."""
    nodes = [NodeSpec(id="n"), NodeSpec(**({"id": "m"} | fields))]
    edges = [edge("n", nodes[1].id)]
    return await told(
        ["One.", "Two."], graph={"nodes": nodes, "edges": edges, "terminal_nodes": [nodes[1].id]}
    )


def failing_once() -> Callable[[], dict[str, int]]:
    calls = count()

    def function() -> dict[str, int]:
        if next(calls) == 0:
            raise ValueError("broken")
        return {"a": 1}

    return function


async def never() -> None:
    await asyncio.Event().wait()


async def function_node(**fields: Any) -> object:
    function = fields.pop("function", None) or failing_once()
    return await walked(graph([node("n", writes=["a"], **({"function": function} | fields))]), {})


async def visited(limit: int = 0, **fields: Any) -> object:
    """Run ``n`` until it gave 4, if its visits and the graph's fields allow that, then ``x``."""
    turns = count(1)
    ways = [when("n", "x", "a > 3"), edge("n", "n", priority=-1)]
    nodes = [node("n", writes=["a"], max_node_visits=limit), node("x")]
    functions = {"n": lambda: {"a": next(turns)}, "x": giving()}
    return await walked(graph(nodes, ways, **({"terminal_nodes": ["x"]} | fields)), functions)


async def of_type(node_type: str) -> object:
    return await told(["Done."], node_type=node_type, function=lambda: {"a": 1}, output_keys=["a"])


NODE_CASES = {
    "id": (lambda name: named(id=name), "b", "c"),
    "name": (lambda name: named(name=name), "Writer", "Reader"),
    "description": (lambda text: named(description=text), "Writes.", "Reads."),
    "node_type": (of_type, "event_loop", "function"),
    "input_keys": (spec("input_keys", inputs={"topic": "bees"}), [], ["topic"]),
    "output_keys": (spec("output_keys"), ["a"], ["b"]),
    "nullable_output_keys": (spec("nullable_output_keys", output_keys=["a", "b"]), [], ["b"]),
    "input_schema": (
        spec("input_schema", input_keys=["topic"], inputs={"topic": "bees"}),
        {}, {"topic": {"type": "integer"}},
    ),
    "output_schema": (spec("output_schema"), {}, {"a": {"type": "string"}}),
    "output_model": (
        spec("output_model", [call("set_output", key="a", value="x"), "A.", SET_A, "B."]), None, Positive,
    ),
    "system_prompt": (spec("system_prompt"), "Look.", "Listen."),
    "tools": (lambda names: told([SET_A, "Done."], tools=[fetch], graph=only(tools=names)), [], ["fetch"]),
    "model": (spec("model"), None, "small"),
    "function": (lambda value: function_node(function=value), giving(a=1), giving(a=2)),
    "max_retries": (lambda value: function_node(max_retries=value), 1, 2),
    "retry_on": (lambda names: function_node(max_retries=2, retry_on=names), [], ["KeyError"]),
    "max_node_visits": (visited, 2, 3),
    "client_facing": (spec("client_facing", answers=["Yes."]), False, True),
    "success_criteria": (spec("success_criteria", [SET_A, "Done.", ACCEPTED]), None, "Short."),
    "judge": (spec("judge"), None, Escalating()),
    "effect": (lambda value: function_node(effect=value, max_retries=2), "none", "once"),
    "timeout_s": (lambda value: function_node(function=never, timeout_s=value, max_retries=1), 0.01, 0.02),
}  # fmt: skip


def only(**fields: Any) -> dict[str, Any]:
    """Return the fields of a graph of one node ``n``."""
    return {"nodes": [NodeSpec(id="n", output_keys=["a"], max_retries=1, **fields)]}


# EdgeSpec


async def along(**fields: Any) -> object:
    """Run ``n``, then the target of an edge with these fields, or ``y`` over another one."""
    values: dict[str, Any] = {"id": "e", "source": "n", "target": "x", "condition": "conditional"}
    values |= {"condition_expr": "a == 1", "priority": 1, **fields}
    target = node(values["target"], reads=["got"], writes=["x"], nullable_output_keys=["got"])
    spec = graph([node("n", writes=["a"]), target, node("y")], [EdgeSpec(**values), when("n", "y", "a == 1")])
    return await walked(spec, {"n": giving(a=1), target.id: lambda got: {"x": got}, "y": giving()})


async def from_node(source: str) -> object:
    nodes = [node("n"), node("m"), node("x")]
    edges = [edge("n", "m"), EdgeSpec(id="e", source=source, target="x", condition="on_success")]
    return await walked(graph(nodes, edges), {name: giving() for name in "nmx"})


async def stranded(description: str) -> object:
    edges = [when("n", "x", "a == 2", description=description)]
    return await walked(graph([node("n", writes=["a"]), node("x")], edges), {"n": giving(a=1), "x": giving()})


EDGE_CASES = {
    "id": (lambda name: along(id=name), "one", "two"),
    "source": (from_node, "n", "m"),
    "target": (lambda name: along(target=name), "x", "z"),
    "condition": (lambda value: along(condition=value, condition_expr=None), "on_success", "on_failure"),
    "condition_expr": (lambda text: along(condition_expr=text), "a == 1", "a == 2"),
    "input_mapping": (lambda mapping: along(input_mapping=mapping), {}, {"got": "a"}),
    "priority": (lambda value: along(priority=value), 1, -1),
    "description": (stranded, "", "Two of them"),
}


# GraphSpec


async def in_graph(**fields: Any) -> object:
    """Run ``n`` and ``x`` in a graph with these fields."""
    nodes = [node("n"), node("x")]
    shape = {"edges": [edge("n", "x", "always")], "terminal_nodes": ["x"], "entry_points": {"late": "x"}}
    return await walked(graph(nodes, **(shape | fields)), {"n": giving(), "x": giving()})


async def hanging(**fields: Any) -> object:
    return await walked(graph([node("n")], **fields), {"n": never})


async def identified(**fields: Any) -> object:
    """Run in a graph with these fields; return the agent and the version that the journal names."""
    run = Walked({"n": giving()})
    await run.run(graph([node("n")], **fields))
    state = await run.state()
    return state.agent, state.version


async def two_models(**fields: Any) -> object:
    """Run two model nodes in a graph with these fields."""
    nodes = [NodeSpec(id="n", system_prompt="One."), NodeSpec(id="m", system_prompt="Two.")]
    shape = {"nodes": nodes, "edges": [edge("n", "m")], "terminal_nodes": ["m"]}
    return await told(["One.", "Two."], graph=shape | fields)


async def findings(**fields: Any) -> object:
    spec = graph([node("n"), node("m")], **fields)
    return [(found.rule, found.where) for found in spec.validate()]


async def limited(loop_config: dict[str, Any]) -> object:
    spec = GraphSpec(
        id="g", entry_node="n", nodes=[NodeSpec(id="n", output_keys=["a"])], loop_config=loop_config
    )
    run = OneNode(["One.", "Two.", "Three."])
    run.graph = spec
    return (await run.run()).error


GRAPH_CASES = {
    "id": (lambda value: identified(id=value), "one", "two"),
    "goal_id": (lambda value: identified(goal_id=value), "one", "two"),
    "version": (lambda value: identified(version=value), "1.0.0", "1.0.1"),
    "description": (lambda value: identified(description=value), "one", "two"),
    "entry_node": (lambda value: in_graph(entry_node=value, entry_points={"a": "n", "b": "x"}), "n", "x"),
    "entry_points": (lambda value: findings(entry_points=value), {}, {"later": "m"}),
    "terminal_nodes": (lambda value: in_graph(terminal_nodes=value), ["x"], ["n", "x"]),
    "pause_nodes": (lambda value: in_graph(pause_nodes=value), [], ["n"]),
    "nodes": (lambda name: walked(graph([node(name)]), {name: giving()}), "n", "m"),
    "edges": (lambda edges: in_graph(edges=edges), [], [edge("n", "x")]),
    "default_model": (lambda value: two_models(default_model=value), "", "big"),
    "max_tokens": (lambda value: two_models(max_tokens=value), 100, 200),
    "max_steps": (lambda value: visited(max_steps=value), 3, 9),
    "loop_config": (limited, {"max_iterations": 1}, {"max_iterations": 2}),
    "conversation_mode": (lambda value: two_models(conversation_mode=value), "continuous", "isolated"),
    "identity_prompt": (lambda value: two_models(identity_prompt=value), "", "You are Bee."),
    "timeout_s": (lambda value: hanging(timeout_s=value), 0.01, 0.02),
}


# Goal, SuccessCriterion, Constraint


async def judged(**fields: Any) -> object:
    """Run one model node whose outputs and goal a model judges; return what the judges were asked."""
    parts = {"id": "g", "success_criteria": [SuccessCriterion(id="c", description="Kind.")], **fields}
    run = OneNode(
        [SET_A, "Done.", ACCEPTED, SCORE], goal=Goal(**parts), output_keys=["a"], success_criteria="Short."
    )
    result = await run.run()
    judges = [request.messages[0].content for request in run.provider.requests[2:]]
    return judges, result.status, result.error, result.evaluation


async def stored(**fields: Any) -> object:
    """Run against a goal with these fields and return the goal as the run's journal keeps it."""
    run = Walked({"n": giving()})
    await run.run(graph([node("n")]), goal=Goal(**({"id": "g"} | fields)))
    state = await read_state(run.runtime.journal, "run")
    assert state.goal is not None
    return Goal.model_validate(state.goal.load())


async def measured(**fields: Any) -> object:
    """Run one function against a goal with these fields; return how that ended, or why it did not begin."""
    run = Walked({"n": giving(a=1)})
    try:
        result = await run.run(
            graph([node("n", writes=["a"])]), {"b": 1}, goal=Goal(**({"id": "g"} | fields))
        )
    except FrameworkError as error:
        return str(error)
    return result.status, result.error, result.evaluation


def criterion(**fields: Any) -> Any:
    values = {"id": "c", "metric": "a", "target": 1} | fields
    other = SuccessCriterion(id="d", metric="output_equals", target=9)
    return measured(success_criteria=[SuccessCriterion(**values), other])


def constraint(**fields: Any) -> Any:
    return measured(
        constraints=[Constraint(**({"id": "r", "constraint_type": "hard", "check": "a > 1"} | fields))]
    )


GOAL_CASES = {
    "id": (lambda value: stored(id=value), "one", "two"),
    "name": (lambda value: judged(name=value), "Bees", "Wasps"),
    "description": (lambda value: judged(description=value), "Find bees.", "Find wasps."),
    "status": (lambda value: stored(status=value), "draft", "ready"),
    "success_criteria": (
        lambda value: measured(success_criteria=value),
        [],
        [SuccessCriterion(id="c", metric="a")],
    ),
    "constraints": (lambda value: measured(constraints=value), [], [Constraint(id="r", check="a == 1")]),
    "context": (lambda value: judged(context=value), {}, {"region": "Alps"}),
    "input_schema": (lambda value: measured(input_schema=value), {}, {"b": {"type": "string"}}),
    "output_schema": (lambda value: measured(output_schema=value), {}, {"a": {"type": "string"}}),
    "version": (lambda value: stored(version=value), "1.0.0", "1.1.0"),
    "parent_version": (lambda value: stored(parent_version=value), None, "1.0.0"),
    "evolution_reason": (lambda value: stored(evolution_reason=value), None, "It missed bees."),
}
CRITERION_CASES = {
    "id": (lambda value: criterion(id=value), "one", "two"),
    "description": (
        lambda text: judged(success_criteria=[SuccessCriterion(id="c", description=text)]), "Kind.", "Short.",
    ),
    "metric": (lambda value: criterion(metric=value, target=2), "a", "output_equals"),
    "target": (lambda value: criterion(target=value), 1, 2),
    "weight": (lambda value: criterion(weight=value), 1.0, 0.5),
}  # fmt: skip
CONSTRAINT_CASES = {
    "id": (lambda value: constraint(id=value), "one", "two"),
    "description": (lambda value: constraint(description=value), "a is large", "a is not small"),
    "constraint_type": (lambda value: constraint(constraint_type=value), "hard", "soft"),
    "category": (lambda value: constraint(constraint_type="soft", category=value), "quality", "cost"),
    "check": (lambda value: constraint(check=value), "a > 1", "a > 0"),
}

CASES: dict[tuple[str, str], tuple[Callable[[Any], Any], Any, Any]] = {
    (kind, name): case
    for kind, cases in {
        "LoopConfig": LOOP_CASES,
        "NodeSpec": NODE_CASES,
        "EdgeSpec": EDGE_CASES,
        "GraphSpec": GRAPH_CASES,
        "Goal": GOAL_CASES,
        "SuccessCriterion": CRITERION_CASES,
        "Constraint": CONSTRAINT_CASES,
    }.items()
    for name, case in cases.items()
}
