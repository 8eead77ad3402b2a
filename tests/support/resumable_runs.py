"""Agents whose every answer is a function of what is asked, so that two runs of one agent do the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from framework.errors import ProviderError
from framework.graph import (
    Constraint,
    EventLoopNode,
    Goal,
    GraphSpec,
    LoopConfig,
    NodeContext,
    NodeProtocol,
    NodeResult,
    SuccessCriterion,
)
from framework.graph.executor import GraphExecutor, ParallelExecutionConfig
from framework.llm import ScriptedProvider
from framework.llm.base import ModelRequest
from framework.llm.scripted import Answer, call
from framework.model.message import Role
from framework.model.tool import Effect, Tool, ToolResult, ToolUse
from framework.runtime.core import Runtime
from framework.tools import ToolRegistry, tool
from framework.tools.data import register_data_tools
from tests.support.walked_graphs import edge, failing, giving, graph, loop_node, node, when

if TYPE_CHECKING:
    from pathlib import Path

    from framework.clock import Clock
    from framework.journal.base import Journal
    from framework.model.events import QuestionAsked


Kind = TypeVar("Kind", bound=GraphExecutor)


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A graph and everything it needs; ``script`` answers for the model."""

    graph: GraphSpec
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    workers: dict[str, NodeProtocol] = field(default_factory=dict)
    script: Callable[[ModelRequest], Answer] | None = None
    goal: Goal | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    parallel: ParallelExecutionConfig | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def executor(
        self, journal: Journal, clock: Clock, kind: type[Kind] = GraphExecutor, **options: Any
    ) -> Kind:
        """Return a new executor that stores runs in ``journal``."""
        values: dict[str, Any] = {
            "llm": None if self.script is None else ScriptedProvider(self.answer),
            "node_registry": self.workers,
            "tools": TOOLS,
            "tool_executor": answer_tool,
            "person": Echo(),
            "clock": clock,
            "parallel_config": self.parallel,
        }
        executor = kind(Runtime(journal=journal), **(values | self.options | options))
        for name, function in self.functions.items():
            executor.register_function(name, function)
        return executor

    def answer(self, request: ModelRequest) -> Answer:
        """Return the script's answer, its calls numbered by what was said before."""
        answer = self.script(request) if self.script else ""
        calls = [answer] if isinstance(answer, ToolUse) else answer
        if not isinstance(calls, list):
            return calls
        return [replace(use, id=f"{spoken(request)}.{index}") for index, use in enumerate(calls)]


TOOLS = [Tool("search", "Search.", effect=Effect.IDEMPOTENT), Tool("broken", "Fail.", effect=Effect.NONE)]


async def answer_tool(use: ToolUse) -> ToolResult:
    """Answer a tool call by its arguments."""
    if use.name == "broken":
        raise ValueError("out of order")
    return ToolResult(use.id, f"found {use.input['q']}")


MORE = '{"accept": false, "feedback": "More."}'


class Echo:
    """A person who answers every question by its words."""

    async def ask(self, question: QuestionAsked) -> str:
        """Return an answer."""
        return f"Re: {question.text.load()}"


def stage(request: ModelRequest) -> int:
    """Return how many answers the model gave since the last message of its user."""
    answers = 0
    for message in request.messages:
        answers = 0 if message.role is Role.USER else answers + (message.role is Role.ASSISTANT)
    return answers


def spoken(request: ModelRequest) -> int:
    """Return how many messages the model gave in all."""
    return sum(message.role is Role.ASSISTANT for message in request.messages)


async def flaky(ctx: NodeContext) -> dict[str, Any]:
    """Fail at the first attempt of every visit."""
    if ctx.visit.attempt == 1:
        raise ConnectionError("try again")
    return {"flaky": ctx.visit.visit}


class SecondTry:
    """Runs a model's loop to its end and fails all the same at the first attempt."""

    async def execute(self, ctx: NodeContext) -> NodeResult:
        """Run one attempt."""
        result = await EventLoopNode().execute(ctx)
        if ctx.visit.attempt == 1:
            raise ConnectionError("lost at the last moment")
        return result


async def count_up(before: int = 0) -> dict[str, Any]:
    """Count the rounds."""
    return {"rounds": before + 1}


def rounds() -> Agent:
    """Return a cycle around a fan-out with a nested one, a retried node, a handled failure and mappings."""
    often = {"max_node_visits": 3}
    nodes = [
        node("start", reads=["before"], writes=["rounds"], nullable_output_keys=["before"], **often),
        node("left", writes=["left"], **often),
        node("flaky", writes=["flaky"], max_retries=2, **often),
        node("wide", reads=["n"], writes=["wide"], **often),
        node("one", writes=["one"], **often),
        node("two", **often),
        node("rescue", writes=["two"], **often),
        node("inner", reads=["one"], writes=["inner"], **often),
        node("check", reads=["flaky", "inner", "rounds"], writes=["sum"], **often),
        node("end", reads=["sum", "last"], writes=["report"]),
    ]
    edges = [
        edge("start", "left"),
        edge("start", "wide", input_mapping={"n": "rounds"}),
        edge("left", "flaky"),
        edge("wide", "one"),
        edge("wide", "two"),
        edge("two", "rescue", "on_failure"),
        when("two", "inner", "False"),
        edge("one", "inner"),
        edge("rescue", "inner"),
        edge("flaky", "check"),
        edge("inner", "check"),
        when("check", "end", "output.sum > 4 and rounds >= 2", priority=1, input_mapping={"last": "flaky"}),
        when("check", "end", "sum + 'text' > 1", id="wrong", input_mapping={"last": "flaky"}),
        edge("check", "start", priority=-1, input_mapping={"before": "rounds"}),
    ]

    async def check(flaky: int, inner: int, rounds: int) -> int:
        return flaky + inner + rounds

    async def end(sum: int, last: int) -> str:  # noqa: A002  (the key's name)
        return f"{sum} of {last}"

    async def wide(n: int) -> int:
        return n * 10

    async def inner(one: int) -> int:
        return one + 1

    return Agent(
        graph=graph(nodes, edges, terminal_nodes=["end"]),
        functions={
            "start": count_up, "left": giving(left=1), "flaky": flaky, "wide": wide, "one": giving(one=1),
            "two": failing(), "rescue": giving(two=2), "inner": inner, "check": check, "end": end,
        },
    )  # fmt: skip


def research() -> Agent:
    """Return model nodes that call tools at once, ask a person, are judged and share one conversation."""
    nodes = [
        loop_node("ask", writes=["topic"], client_facing=True, system_prompt="ASK"),
        loop_node("look", reads=["topic"], writes=["facts"], tools=["search", "broken"],
                  success_criteria="Two facts.", system_prompt="LOOK {topic}"),
        loop_node("give_up", tools=["search"], max_retries=2, system_prompt="ESCALATE"),
        loop_node("tell", reads=["facts"], writes=["story", "note"], nullable_output_keys=["note"],
                  system_prompt="TELL"),
    ]  # fmt: skip
    edges = [edge("ask", "look"), edge("look", "give_up"), edge("give_up", "tell", "always")]
    goal = Goal(
        id="goal",
        success_criteria=[
            SuccessCriterion(id="good", description="A good story", weight=0.5),
            SuccessCriterion(id="long", description="A long story", weight=0.25),
            SuccessCriterion(id="bees", metric="output_contains", target="bees", weight=0.25),
        ],
        constraints=[
            Constraint(id="short", constraint_type="hard", check="len(story) < 100"),
            Constraint(id="kind", description="Be kind", constraint_type="hard"),
        ],
    )
    return Agent(
        graph=graph(
            nodes,
            edges,
            terminal_nodes=["tell"],
            identity_prompt="I",
            loop_config=LoopConfig(client_turns="ask"),
        ),
        script=_researcher,
        goal=goal,
    )


def _researcher(request: ModelRequest) -> Answer:
    step, said = stage(request), request.messages[-1].content
    if "You judge" in request.system:
        return '{"accept": true, "feedback": "Fine."}' if "bees" in said else MORE
    if "You measure" in request.system:
        return ProviderError("gone") if "long" in said else '{"score": 1, "reason": "yes"}'
    if "ASK" in request.system:
        steps = [call("ask_user", question="What?"), call("set_output", key="topic", value="bees"), "Thanks."]
        return steps[step]
    if "LOOK" in request.system:
        return _looking(request, step)
    if "ESCALATE" in request.system:
        return [call("search", q="help"), call("escalate", reason="hard"), call("escalate", reason="really")]
    stories = ["bees hum", "bees", "bees hum"]
    return [call("set_output", key="story", value=story) for story in stories] if step == 0 else "The end."


def _looking(request: ModelRequest, step: int) -> Answer:
    told = [message.content for message in request.messages]
    if "found a" not in told:
        return [call("search", q="a"), call("nothing"), call("search", q="b"), call("broken", q="c")]
    fact = "bees" if "More." in told else "wasps"
    if f"found {fact}" not in told:
        return [call("search", q=fact), call("set_output", key="facts", value=fact)]
    return f"I looked {spoken(request)} times."


def parallel_talks() -> Agent:
    """Return model nodes in branches, with tools: one is retried, one asks; each conversation is its own."""
    nodes = [
        node("start", writes=["n"]),
        loop_node("a", reads=["n"], writes=["a"], tools=["search"], system_prompt="A", max_retries=2),
        loop_node("b", reads=["n"], writes=["b"], tools=["search"], system_prompt="B", client_facing=True),
        loop_node("end", reads=["a", "b"], writes=["end"], system_prompt="END"),
    ]
    edges = [edge("start", "a"), edge("start", "b"), edge("a", "end"), edge("b", "end")]
    return Agent(
        graph=graph(nodes, edges, terminal_nodes=["end"], conversation_mode="isolated"),
        functions={"start": giving(n=1)},
        workers={"a": SecondTry()},
        script=_talker,
    )


def _talker(request: ModelRequest) -> Answer:
    step, key = stage(request), request.system.lower()
    if spoken(request) == 0 and key != "end":
        return [call("search", q=f"{key}1"), call("search", q=f"{key}2")]
    if step < 2 and not any("is set" in message.content for message in request.messages):
        asked = [call("ask_user", question="Ready?")] if key == "b" else []
        return [call("set_output", key=key, value=[key, len(request.messages)]), *asked]
    return "Done."


def long_talk() -> Agent:
    """Return a conversation that must be compacted by a summary, and one judge that rejects once."""
    nodes = [
        loop_node("read", writes=["sum"], tools=["search"], system_prompt="READ", max_retries=1),
        loop_node("end", reads=["sum"], writes=["end"], system_prompt="END"),
    ]

    def script(request: ModelRequest) -> Answer:
        if "Summarise" in request.system:
            return "It read some pages."
        text = " ".join(message.content for message in request.messages)
        if "END" in request.system:
            return call("set_output", key="end", value=1) if "'end' is set" not in text else "Done."
        if "Earlier messages" not in text:
            return call("search", q="page " * 60 + str(spoken(request)))
        return call("set_output", key="sum", value=len(text)) if "is set" not in text else "Read."

    return Agent(
        graph=graph(nodes, [edge("read", "end")], terminal_nodes=["end"],
                    loop_config=LoopConfig(max_history_tokens=700)),
        script=script,
    )  # fmt: skip


def writer(folder: Path) -> Agent:
    """Return a model that writes files, one of them because a result was too long."""

    def script(request: ModelRequest) -> Answer:
        step = spoken(request)
        if step == 0:
            return [call("save_data", filename=f"{name}.txt", data=name * 9) for name in "ab"]
        if step == 1:
            return [call("long", q="x"), call("set_output", key="done", value=True)]
        return "Done."

    registry = ToolRegistry()
    register_data_tools(registry)

    @tool(effect=Effect.IDEMPOTENT)
    async def long(q: str) -> str:
        """Answer at length."""
        return q * 9000

    registry.register_function(long)
    return Agent(
        graph=graph([loop_node("write", writes=["done"], tools=["save_data", "long"])]),
        script=script,
        options={
            "tools": registry.get_tools(),
            "tool_executor": registry.get_executor(),
            "storage_path": folder,
        },
    )


def one_fails() -> Agent:
    """Return a fan-out of which one branch fails and cuts the others off."""
    nodes = [node(name, writes=[name]) for name in ("start", "slow", "slower", "end")]
    nodes.insert(2, node("bad", writes=["bad"], max_retries=2))
    edges = [edge("start", name) for name in ("slow", "bad", "slower")]
    edges += [edge(name, "end") for name in ("slow", "bad", "slower")]
    return Agent(
        graph=graph(nodes, edges, terminal_nodes=["end"]),
        functions={
            "start": giving(start=1), "slow": lazy("slow"), "slower": lazy("slower"),
            "bad": failing("no luck"), "end": giving(end=1),
        },
    )  # fmt: skip


def one_is_done() -> Agent:
    """Return a fan-out of which one branch is at the join, and stays there, before the other fails."""
    nodes = [node(name, writes=[name]) for name in ("start", "quick", "end")]
    nodes.insert(1, node("bad", writes=["bad"], max_retries=2))
    edges = [edge("start", "quick"), edge("start", "bad"), edge("quick", "end"), edge("bad", "end")]
    return Agent(
        graph=graph(nodes, edges, terminal_nodes=["end"]),
        functions={
            "start": giving(start=1),
            "quick": giving(quick=1),
            "bad": failing("no luck"),
            "end": giving(end=1),
        },
    )


def lazy(name: str) -> Callable[[], Any]:
    """Return a function that lets the other branches go first."""

    async def function() -> dict[str, Any]:
        for _ in range(30):
            await asyncio.sleep(0)
        return {name: name}

    return function


AGENTS = {
    "rounds": rounds,
    "research": research,
    "parallel-talks": parallel_talks,
    "long-talk": long_talk,
    "one-fails": one_fails,
    "one-is-done": one_is_done,
}
"""Agents by what they show."""
