"""Runs whose failures held secrets replay: where another key is set, and where a journal still holds one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from framework.credentials.tracked import TrackedCredentials
from framework.graph import GraphExecutor
from framework.journal import MemoryJournal
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from framework.tools.registry import ToolRegistry
from tests.support.planted_secrets import KNOWN, SECRETS
from tests.support.walked_graphs import edge, graph, loop_node, node

if TYPE_CHECKING:
    import pytest

    from framework.graph import GraphSpec
    from framework.runtime.replay import ReplayParts

KEY = SECRETS["openai"]


def send() -> str:
    """Send it."""
    raise ValueError(f"refused: {os.environ['SHOP_TOKEN']}, {KEY}")


def fail() -> dict[str, Any]:
    raise ValueError(f"refused: {os.environ['SHOP_TOKEN']}, {KEY}")


def failing() -> GraphSpec:
    nodes = [
        loop_node("ask", writes=["a"], tools=["send"], system_prompt="Send."),
        node("fail", reads=["a"], writes=["b"], max_retries=1),
    ]
    return graph(nodes, [edge("ask", "fail")])


def executor(journal: Any, **options: Any) -> GraphExecutor:
    made = GraphExecutor(Runtime(journal=journal), **options)
    made.register_function("fail", fail)
    return made


def replaying(parts: ReplayParts) -> GraphExecutor:
    return executor(
        parts.runtime.journal,
        llm=parts.llm,
        clock=parts.clock,
        tools=parts.tools,
        tool_executor=parts.tool_executor,
    )


async def recorded(monkeypatch: pytest.MonkeyPatch) -> MemoryJournal:
    monkeypatch.setenv("SHOP_TOKEN", KNOWN)
    registry, journal = ToolRegistry(), MemoryJournal()
    registry.register_function(send)
    script = [call("send"), call("set_output", key="a", value=1), "Done."]
    made = executor(
        journal,
        llm=ScriptedProvider(script),
        tools=registry.get_tools(),
        tool_executor=registry.get_executor(),
    )
    result = await made.execute(failing(), run_id="run")
    assert result.error is not None
    assert result.error.startswith("Node 'fail' raised ValueError: refused: ")
    return journal


async def test_a_replay_with_another_key_has_the_same_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = await recorded(monkeypatch)
    monkeypatch.setenv("SHOP_TOKEN", "another key, of another machine")

    report = await replay(await read_recording(journal, "run"), failing(), replaying)

    assert report.difference is None, str(report.difference)
    assert report.moved == 0


async def test_a_journal_that_still_holds_the_secret_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as as_it_was:
        as_it_was.setattr(TrackedCredentials, "failure_text", TrackedCredentials.redacted)
        journal = await recorded(as_it_was)
    assert KEY in str(await journal.read("run"))
    monkeypatch.setenv("SHOP_TOKEN", KNOWN)

    report = await replay(await read_recording(journal, "run"), failing(), replaying)

    assert report.difference is None, str(report.difference)
    assert report.moved > 0


async def test_another_failure_is_still_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = await recorded(monkeypatch)
    monkeypatch.delenv("SHOP_TOKEN")

    report = await replay(await read_recording(journal, "run"), failing(), replaying)

    assert "KeyError" in str(report.difference)


def quote(password: str) -> None:
    raise ValueError(f"refused: {password}")


async def test_a_journal_that_still_holds_a_secret_of_the_input_replays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def made(journal: Any, **options: Any) -> GraphExecutor:
        built = GraphExecutor(Runtime(journal=journal), **options)
        built.register_function("quote", quote)
        return built

    journal, plan = MemoryJournal(), graph([node("quote", reads=["password"], max_retries=1)])
    with monkeypatch.context() as as_it_was:
        as_it_was.setattr(TrackedCredentials, "failure_text", TrackedCredentials.redacted)
        await made(journal).execute(plan, input_data={"password": "inputpass-1234"}, run_id="run")
    assert "refused: inputpass-1234" in str(await journal.read("run"))

    report = await replay(
        await read_recording(journal, "run"),
        plan,
        lambda parts: made(parts.runtime.journal, llm=parts.llm, clock=parts.clock),
    )

    assert report.difference is None, str(report.difference)
    assert report.moved > 0
