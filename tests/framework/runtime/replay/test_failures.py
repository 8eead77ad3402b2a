"""Runs whose model failed replay: with the same error, at the same place, with the same branches done."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import MissingCredentialError
from framework.graph import GraphExecutor
from framework.journal import MemoryJournal
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.walked_graphs import edge, giving, graph, loop_node, node

if TYPE_CHECKING:
    from framework.graph import GraphSpec
    from framework.runtime.replay import ReplayParts, ReplayReport


def executor_of(functions: dict[str, Any], journal: Any, **options: Any) -> GraphExecutor:
    executor = GraphExecutor(Runtime(journal=journal), **({"clock": ManualClock()} | options))
    for name, function in functions.items():
        executor.register_function(name, function)
    return executor


def replaying(functions: dict[str, Any], parts: ReplayParts) -> GraphExecutor:
    return executor_of(functions, parts.runtime.journal, llm=parts.llm, clock=parts.clock)


async def recorded_and_replayed(
    spec: GraphSpec, llm: ScriptedProvider, functions: dict[str, Any] | None = None
) -> ReplayReport:
    journal = MemoryJournal()
    await executor_of(functions or {}, journal, llm=llm).execute(spec, run_id="run")
    recording = await read_recording(journal, "run")
    return await replay(recording, spec, partial(replaying, functions or {}))


@pytest.mark.parametrize("error", [KeyError("choices"), TimeoutError(), ConnectionResetError("reset")])
async def test_a_judge_whose_provider_raised_something_else_asks_for_another_turn_again(
    error: Exception,
) -> None:
    accepted = '{"accept": true, "feedback": "Good."}'
    script = [call("set_output", key="a", value=1), "Done.", *[error] * 4, "Done again.", accepted]
    judged = loop_node("n", writes=["a"], success_criteria="Good.")

    report = await recorded_and_replayed(graph([judged]), ScriptedProvider(script))

    assert report.difference is None, str(report.difference)


@pytest.mark.parametrize("kind", ["ProviderError", "MissingCredentialError", "ValueError"])
async def test_what_retry_on_names_is_tried_again(kind: str) -> None:
    script = [MissingCredentialError("no key"), call("set_output", key="a", value=1), "Done."]
    retried = loop_node("n", writes=["a"], max_retries=2, retry_on=[kind])

    report = await recorded_and_replayed(graph([retried]), ScriptedProvider(script))

    assert report.difference is None, str(report.difference)


async def test_a_branch_that_was_done_before_another_failed_is_done_again() -> None:
    is_done = asyncio.Event()

    async def slow() -> dict[str, Any]:
        for _ in range(20):
            await asyncio.sleep(0)
        is_done.set()
        return {"slow": 1}

    class Failing(ScriptedProvider):
        async def stream(self, request: Any) -> Any:
            await is_done.wait()
            await asyncio.sleep(0.01)
            raise MissingCredentialError("no key")
            yield

    nodes = [node("start", writes=["n"]), loop_node("bad", writes=["bad"]), node("slow", writes=["slow"])]
    nodes.append(node("end", reads=["bad", "slow"], writes=["end"]))
    edges = [edge("start", "bad"), edge("start", "slow"), edge("bad", "end"), edge("slow", "end")]
    functions = {"start": giving(n=1), "slow": slow, "end": giving(end=1)}
    report = await recorded_and_replayed(graph(nodes, edges), Failing([]), functions)

    assert report.difference is None, str(report.difference)
