"""The tokens a request is reserved with: never fewer than it can have."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from framework.clock import ManualClock
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.llm.base import LLMResponse
from framework.llm.scripted import ScriptedProvider, call
from framework.loop.budget import Ruling, SpendRequest
from framework.model.budget_rule import Action
from framework.runtime.core import Runtime
from tests.support.walked_graphs import edge, graph, loop_node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.llm.scripted import Answer
    from framework.model.graph import GraphSpec

COUNTED = 5000


class Watching:
    """A gate that lets everything through and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[SpendRequest] = []

    def begin(self, run_id: str, agent: str, spent: Mapping[str, Decimal]) -> None:
        del run_id, agent, spent

    async def reserve(self, request: SpendRequest) -> Ruling:
        self.asked.append(request)
        return Ruling(action=Action.ALLOW, reason="", model=request.model, estimate_usd=None)

    async def settle(
        self, reservation: int, cost_usd: Decimal | None, tokens: tuple[int, int] | None = None
    ) -> Decimal:
        del reservation, cost_usd, tokens
        return Decimal(0)


def sets(key: str) -> LLMResponse:
    return LLMResponse(
        content="", tool_calls=(call("set_output", key=key, value="yes"),), input_tokens=COUNTED,
        output_tokens=10,
    )  # fmt: skip


def says(text: str) -> LLMResponse:
    return LLMResponse(content=text, input_tokens=COUNTED, output_tokens=10)


async def asked(spec: GraphSpec, script: Sequence[Answer]) -> list[int]:
    """Return the tokens that the requests of a run were reserved with."""
    gate = Watching()
    model = ScriptedProvider(list(script), model="m")
    executor = GraphExecutor(Runtime(journal=MemoryJournal()), llm=model, clock=ManualClock(), budget=gate)
    result = await executor.execute(spec)
    assert result.success, result.error
    return [request.input_tokens for request in gate.asked]


async def test_what_a_service_counted_is_followed_by_a_token_for_every_byte() -> None:
    spec = graph([loop_node("a", writes=["a"])], terminal_nodes=["a"])

    first, second = await asked(spec, [sets("a"), says("Done.")])

    assert first < COUNTED
    assert COUNTED + 10 + len("yes") < second < COUNTED + 600


async def test_another_system_prompt_counts_whole_though_the_one_before_was_longer() -> None:
    one = loop_node("a", writes=["a"], system_prompt="Long. " * 500)
    other = loop_node("b", writes=["b"], system_prompt="\u8702" * 900)
    spec = graph([one, other], [edge("a", "b")], terminal_nodes=["b"])

    tokens = await asked(spec, [sets("a"), says("Done."), sets("b"), says("Done.")])

    assert tokens[2] > COUNTED + 10 + 3 * 900


async def test_the_schema_of_a_judges_answer_is_counted() -> None:
    spec = graph([loop_node("a", writes=["a"], success_criteria="Good.")], terminal_nodes=["a"])
    gate, model = (
        Watching(),
        ScriptedProvider([sets("a"), says("Done."), says('{"accept": true}')], model="m"),
    )
    executor = GraphExecutor(Runtime(journal=MemoryJournal()), llm=model, clock=ManualClock(), budget=gate)

    await executor.execute(spec)

    request = model.requests[2]
    assert request.response_schema is not None
    sent = len(request.system) + len(request.messages[0].content) + len(str(request.response_schema))
    assert gate.asked[2].input_tokens >= sent
