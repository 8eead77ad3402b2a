"""Agents of random graphs: some nodes compute, some talk to a scripted model, call tools and ask a person."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from framework.errors import NodeError
from framework.graph import LoopConfig, NodeResult, ParallelExecutionConfig
from framework.llm.scripted import Answer, call
from framework.model.node import NodeSpec
from framework.model.spec import Spec
from framework.model.tool import Effect, Tool, ToolResult, ToolUse
from tests.support.random_graphs import INPUT_KEYS, TOOLS, random_graph
from tests.support.resumable_runs import Agent, spoken

if TYPE_CHECKING:
    from framework.graph import GraphExecutor, GraphSpec, NodeContext
    from framework.llm.base import ModelRequest
    from framework.runtime.replay import ReplayParts

Kind = TypeVar("Kind", bound=Spec)

MARK = "You are node "
_POLICIES = ("fail_all", "continue_others", "wait_all")


@dataclass(frozen=True, kw_only=True)
class Computing:
    """Gives numbers, or fails, by the seed, the node and the visit; ``shift`` makes it another node."""

    seed: int
    shift: int = 0

    async def execute(self, ctx: NodeContext) -> NodeResult:
        """Run one attempt."""
        spec = ctx.node_spec
        rng = Random(f"{self.seed}:{spec.id}:{ctx.visit.visit}")
        for _ in range(rng.randrange(4)):
            await asyncio.sleep(0)
        if rng.random() < 0.05:
            raise NodeError(f"{spec.id} failed", node_id=spec.id, retryable=False)
        return NodeResult(
            success=True, output={key: rng.randint(0, 9) + self.shift for key in wanted(spec, rng)}
        )


def wanted(spec: NodeSpec, rng: Random) -> list[str]:
    """Return the keys that a visit sets: the required ones, and by chance those that may be absent."""
    keys = [key for key in spec.output_keys if key not in spec.nullable_output_keys or rng.random() < 0.5]
    return keys or spec.output_keys[:1]


@dataclass(frozen=True, kw_only=True)
class Talking:
    """Answers for the model: tools, a question, outputs, then a last word, by the seed and what was said."""

    seed: int
    nodes: dict[str, NodeSpec]

    def __call__(self, request: ModelRequest) -> Answer:
        """Return the next answer."""
        if "You judge" in request.system:
            accepts = Random(f"{self.seed}:{request.messages[-1].content}").random() < 0.7
            return f'{{"accept": {str(accepts).lower()}, "feedback": "So be it."}}'
        if MARK not in request.system:
            return f"In short: {len(request.messages)} messages."
        spec = self.nodes[request.system.split(MARK, 1)[1].split(".", 1)[0]]
        rng = Random(f"{self.seed}:{spec.id}:{spoken(request)}")
        since = self._since(request)
        if any("is set" in message for message in since):
            return "Done."
        if len(since) < 2 and (asked := self._asked(spec, rng, spoken(request))):
            return asked
        return [call("set_output", key=key, value=rng.randint(0, 9)) for key in wanted(spec, rng)]

    @staticmethod
    def _since(request: ModelRequest) -> list[str]:
        """Return what was said since the last message of the user."""
        texts: list[str] = []
        for message in request.messages:
            texts = [] if message.role == "user" else [*texts, message.content]
        return texts

    @staticmethod
    def _asked(spec: NodeSpec, rng: Random, number: int) -> list[ToolUse]:
        uses = [call(name, q=f"{spec.id} {number} " * rng.choice([1, 30])) for name in spec.tools]
        if spec.client_facing and rng.random() < 0.7:
            uses.append(call("ask_user", question=f"Which {number}?"))
        return uses


async def answer(use: ToolUse) -> ToolResult:
    """Answer a tool call by its arguments."""
    return ToolResult(use.id, f"found {use.input['q']}")


def random_agent(seed: int) -> Agent:
    """Return an agent whose every answer is a function of the seed and of what is asked."""
    rng = Random(f"agent {seed}")
    graph = random_graph(rng, rng.randint(3, 12))
    computing = {spec.id for spec in graph.nodes if rng.random() < 0.5}
    nodes = [_computes(spec) if spec.id in computing else _talks(spec, rng) for spec in graph.nodes]
    config = LoopConfig(
        max_iterations=8,
        client_turns=rng.choice(["ask", "text"]),
        max_history_tokens=rng.choice([600, 2000, 32000]),
    )
    return Agent(
        graph=changed(
            graph,
            nodes=nodes,
            loop_config=config,
            conversation_mode=rng.choice(["continuous", "isolated"]),
        ),
        workers=dict.fromkeys(computing, Computing(seed=seed)),
        script=Talking(seed=seed, nodes={spec.id: spec for spec in nodes}),
        inputs=dict.fromkeys(INPUT_KEYS, 5),
        parallel=ParallelExecutionConfig(on_branch_failure=rng.choice(_POLICIES)),
        options={
            "tools": [Tool(name, "Find.", effect=Effect.IDEMPOTENT) for name in TOOLS],
            "tool_executor": answer,
        },
    )


def changed(spec: Kind, **fields: Any) -> Kind:
    """Return a checked copy of a spec with other fields."""
    return type(spec)(**(dict(spec) | fields))


def _computes(spec: NodeSpec) -> NodeSpec:
    return changed(spec, node_type="function", tools=[], client_facing=False)


def _talks(spec: NodeSpec, rng: Random) -> NodeSpec:
    judged = "It is done well." if rng.random() < 0.25 else None
    return changed(spec, system_prompt=f"{MARK}{spec.id}. Work.", success_criteria=judged)


def mutated(agent: Agent, node_id: str) -> Agent:
    """Return the agent with one node changed: it computes other numbers, or has another prompt."""
    worker: Any = agent.workers.get(node_id)
    if worker is not None:
        return replace(agent, workers={**agent.workers, node_id: replace(worker, shift=100)})
    return replace(agent, graph=_with_prompt(agent.graph, node_id))


def _with_prompt(graph: GraphSpec, node_id: str) -> GraphSpec:
    nodes = [
        changed(spec, system_prompt=f"{MARK}{spec.id}. Be brief.") if spec.id == node_id else spec
        for spec in graph.nodes
    ]
    return changed(graph, nodes=nodes)


def replaying(agent: Agent, parts: ReplayParts) -> GraphExecutor:
    """Return the executor of a replay of ``agent``; nothing but the recording answers."""
    return agent.executor(
        parts.runtime.journal,
        parts.clock,
        llm=parts.llm,
        tool_executor=parts.tool_executor,
        person=parts.person,
        storage_path=parts.runtime.storage_path,
    )
