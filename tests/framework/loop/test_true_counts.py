"""Compaction follows the tokens that a provider really counts, over a whole run."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import ProviderError
from framework.graph import EdgeSpec, NodeSpec, SuccessCriterion
from framework.llm.base import LLMResponse
from framework.llm.scripted import call
from framework.loop.compaction import Level
from framework.model import events as ev
from framework.model.goal import Goal
from tests.support.one_node import OneNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.llm.base import ModelRequest
    from framework.model.tool import ToolUse

LIMIT = 2000
GOAL = Goal(id="goal", description="Find the best bee.")
SUMMARY = "- pages were read"


def fetch(page: int) -> str:
    return f"page {page}: " + "x" * 900


def true_tokens(request: ModelRequest, characters_per_token: float) -> int:
    """Count a request as a tokenizer would: messages, arguments, system prompt and tools."""
    texts = [request.system, *(message.content for message in request.messages)]
    texts += [str(use.input) for message in request.messages for use in message.tool_calls]
    texts += [f"{tool.name}{tool.description}{tool.parameters}" for tool in request.tools]
    return round(sum(map(len, texts)) / characters_per_token)


class TrueCounts:
    """Reads page after page, then sets the output; reports the true tokens of every request."""

    def __init__(self, pages: int, characters_per_token: float) -> None:
        self.counts: list[int] = []
        self._left = iter(range(pages))
        self._ratio = characters_per_token

    def __call__(self, request: ModelRequest) -> LLMResponse:
        tokens = true_tokens(request, self._ratio)
        if not request.tools:
            return LLMResponse(content=SUMMARY, input_tokens=tokens)
        self.counts.append(tokens)
        return LLMResponse(tool_calls=self._calls(request), content=self._text(request), input_tokens=tokens)

    def _calls(self, request: ModelRequest) -> tuple[ToolUse, ...]:
        page = next(self._left, None)
        if page is not None:
            return (call("fetch", page=page),)
        return () if self._is_set(request) else (call("set_output", key="a", value="bee"),)

    def _text(self, request: ModelRequest) -> str:
        return "Done." if self._is_set(request) else ""

    def _is_set(self, request: ModelRequest) -> bool:
        return any("'a' is set" in message.content for message in request.messages)


def bench(script: Any, **fields: Any) -> OneNode:
    loop = {"max_history_tokens": LIMIT, **fields.pop("loop", {})}
    return OneNode(script, **{"tools": [fetch], "output_keys": ["a"], "goal": GOAL, "loop": loop, **fields})


async def levels(node: OneNode) -> list[str]:
    return [event.level for event in await node.events(ev.ConversationCompacted)]


@pytest.mark.parametrize("characters_per_token", [4.0, 2.0, 1.5])
async def test_no_request_passes_the_limit_by_more_than_one_result(characters_per_token: float) -> None:
    model = TrueCounts(20, characters_per_token)
    node = bench(model)

    result = await node.run()

    one_result = len(fetch(0)) / characters_per_token
    assert result.output == {"a": "bee"}, result.error
    assert max(model.counts) <= LIMIT * 1.2 + one_result
    assert len(await levels(node)) > 1


async def test_the_estimate_is_never_used_where_a_count_is_known() -> None:
    few = bench([counted("One.", 100), *DONE], system_prompt="Rule. " * 1100)
    many = bench([counted("One. " * 300, round(LIMIT * 1.3)), *DONE])

    assert (await few.run()).success
    assert (await many.run()).success
    assert await levels(few) == []
    assert await levels(many) == [Level.STATIC]


def counted(text: str, tokens: int) -> LLMResponse:
    return LLMResponse(content=text, input_tokens=tokens)


DONE = (call("set_output", key="a", value="bee"), "Done.")


async def test_before_a_count_the_estimate_covers_the_arguments_of_calls() -> None:
    node = bench([[call("fetch", page=1, note="y" * 12_000)], *DONE])

    await node.run()

    assert await levels(node) == [Level.STATIC]


async def test_a_count_holds_in_the_next_node_of_the_same_conversation() -> None:
    nodes = [NodeSpec(id="n"), NodeSpec(id="m", output_keys=["a"])]
    edges = [EdgeSpec(id="e", source="n", target="m", condition="on_success")]
    shape = {"nodes": nodes, "edges": edges, "terminal_nodes": ["m"]}
    node = bench([counted("Long. " * 300, round(LIMIT * 1.3)), *DONE], graph=shape)

    assert (await node.run()).success
    assert await levels(node) == [Level.STATIC]
    assert "Done: n." in node.said(1)[-1]


@pytest.mark.parametrize(
    ("share", "level"), [(0.85, Level.DROP_RESULTS), (1.0, Level.SUMMARY), (1.3, Level.STATIC)]
)
async def test_what_matters_survives_every_stage(share: float, level: Level) -> None:
    tokens = round(LIMIT * share)
    results = (call("set_output", key="b", value="hive"), *(call("fetch", page=n) for n in range(3)))
    script = [LLMResponse(tool_calls=results, input_tokens=9), counted("Hm. " * 60, tokens)]
    script += [SUMMARY] if level is Level.SUMMARY else []
    node = bench([*script, *DONE], output_keys=["a", "b"], loop={"max_tool_result_chars": 3000})

    result = await node.run()

    told = "\n".join(node.said(-2))
    assert result.output == {"a": "bee", "b": "hive"}
    assert await levels(node) == [level]
    assert "'b' is set" in told
    assert node.said(-2)[-1].startswith("user: These outputs are not set yet: a.")
    assert ("Find the best bee." in told) is (level is not Level.DROP_RESULTS)


async def test_a_provider_whose_count_never_falls_ends_in_a_clear_failure() -> None:
    texts = iter(range(99))
    node = bench(lambda request: counted(f"Step {next(texts)}. " * 40, LIMIT * 9), loop={"max_iterations": 8})

    result = await node.run()

    assert not result.success
    assert "cannot be made short enough; raise max_history_tokens" in str(result.error)
    assert len(node.provider.requests) < 8


def costing(text: str, tokens: int) -> LLMResponse:
    return LLMResponse(content=text, input_tokens=tokens, output_tokens=1, cost_usd=Decimal("0.01"))


async def test_what_judges_and_summaries_cost_is_journaled_and_counted() -> None:
    criterion = SuccessCriterion(id="c", description="It is a bee.")
    script = [
        costing("Hm. " * 300, LIMIT), costing(SUMMARY, 10), call("set_output", key="a", value="bee"),
        costing("Done.", 20), costing('{"accept": true, "feedback": ""}', 30),
        costing('{"score": 1, "reason": ""}', 40),
    ]  # fmt: skip
    goal = Goal(id="g", description="Bees.", success_criteria=[criterion])
    node = bench(script, success_criteria="Short.", goal=goal)

    result = await node.run()

    answers = await node.events(ev.ModelAnswered)
    assert [answer.purpose for answer in answers] == ["turn", "compaction", "turn", "turn", "judge", "goal"]
    assert result.total_tokens == LIMIT + 10 + 20 + 30 + 40 + 5
    assert result.total_cost_usd == pytest.approx(0.05)
    assert result.evaluation is not None
    assert result.evaluation["score"] == 1.0


BUSY = ProviderError("The service is busy.", retryable=True, status=503)


@pytest.mark.parametrize(
    "script",
    [
        ["One.", BUSY, '{"accept": true, "feedback": ""}', '{"score": 1, "reason": ""}'],
        ["One.", '{"accept": true, "feedback": ""}', BUSY, '{"score": 1, "reason": ""}'],
    ],
)
async def test_an_error_that_passes_is_waited_out_for_judges_too(script: Sequence[Any]) -> None:
    goal = Goal(id="g", success_criteria=[SuccessCriterion(id="c", description="Kind.")])
    node = OneNode([*script], success_criteria="Short.", goal=goal)

    result = await node.run()

    assert (result.success, result.evaluation and result.evaluation["score"]) == (True, 1.0)
    assert len(node.clock.slept) == 1
    assert len(node.provider.requests) == 4


async def test_the_judges_of_a_run_read_the_goal() -> None:
    goal = GOAL.model_copy(update={"success_criteria": [SuccessCriterion(id="c", description="Kind.")]})
    node = OneNode(answer_to, success_criteria="Short.", goal=goal)

    assert (await node.run()).success
    judge, measure = (request.messages[0].content for request in node.provider.requests[1:])
    assert "Goal: Find the best bee." in judge
    assert "Goal: Find the best bee." in measure


def answer_to(request: ModelRequest) -> str:
    wanted = (request.response_schema or {}).get("required", [])
    return {"accept": '{"accept": true}', "score": '{"score": 1}'}.get(next(iter(wanted), ""), "A bee.")
