"""Whole runs over HTTP: the loop, the provider and a service on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from framework.llm import LiteLLMProvider
from framework.loop.model_call import MAX_TRIES
from framework.model import events as ev
from tests.support.model_protocols import DIALECTS, Call, Dialect, Said, stream, whole
from tests.support.model_service import ModelService, reply, serving
from tests.support.one_node import OneNode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DOUBLED: list[int] = []


def double(x: int) -> int:
    """Double a number."""
    DOUBLED.append(x)
    return 2 * x


@pytest.fixture
async def service() -> AsyncIterator[ModelService]:
    DOUBLED.clear()
    async with serving() as running:
        yield running


@pytest.fixture(params=DIALECTS, ids=lambda dialect: dialect.vendor)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param


def speaking(dialect: Dialect, service: ModelService) -> LiteLLMProvider:
    base = service.base if dialect.vendor == "openai" else service.root
    return LiteLLMProvider(f"{dialect.vendor}/m", "sk-secret", base, timeout_s=5.0)


async def test_a_node_calls_tools_and_sets_outputs_after_a_busy_service(
    dialect: Dialect, service: ModelService
) -> None:
    both = tuple(Call("same", "double", (json.dumps({"x": x}),)) for x in (3, 4))
    output = Call("out", "set_output", ('{"key": "sum",', ' "value": 14}'))
    service.first = [
        reply(429, dialect.error("rate_limit_error", "slow down"), "Retry-After: 7\r\n"),
        whole(dialect, Said(calls=both, read=100, written=10, cached=40)),
        stream(*dialect.events(Said(text=("cut",)))[:2]),
        whole(dialect, Said(calls=(output,), read=120, written=10)),
    ]
    service.answer = whole(dialect, Said(text=("Done.",), read=130, written=5))
    node = OneNode([], tools=[double], output_keys=["sum"])

    result = await node.run(llm=speaking(dialect, service))

    assert result.success, result.error
    assert (sorted(DOUBLED), result.output["sum"]) == ([3, 4], 14)
    assert node.clock.slept[0] == 7.0
    assert result.total_tokens == 375
    answers = await node.events(ev.ModelAnswered)
    assert [answer.cached_tokens for answer in answers] == [40, 0, 0]
    results = json.dumps(service.asked[2].body["messages"])
    assert "6" in results
    assert "8" in results


async def test_a_service_that_stays_broken_fails_the_node_with_its_reason(
    dialect: Dialect, service: ModelService
) -> None:
    service.replies(503, dialect.error("api_error", "down for repair"))
    node = OneNode([])

    result = await node.run(llm=speaking(dialect, service))

    assert not result.success
    assert "HTTP 503. It said: down for repair (tried 4 times)" in (result.error or "")
    assert "Traceback" not in (result.error or "")
    assert len(service.asked) == MAX_TRIES


async def test_a_refused_key_fails_the_node_at_once(dialect: Dialect, service: ModelService) -> None:
    service.replies(401, dialect.error("authentication_error", "bad key sk-secret"))
    node = OneNode([])

    result = await node.run(llm=speaking(dialect, service))

    assert "refused the key" in (result.error or "")
    assert "sk-secret" not in (result.error or "")
    assert len(service.asked) == 1
