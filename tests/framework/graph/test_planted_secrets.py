"""Fifty secrets are planted in every failure of a run: none is in its journal, events, result or logs."""

from __future__ import annotations

import json
import logging
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from framework.credentials import CredentialStore, load_credentials
from framework.errors import CallInDoubtError, ProviderError
from framework.journal.files import FileJournal
from framework.llm.scripted import call
from framework.model.tool import ToolResult
from framework.runtime.packet import build_packet
from framework.tools import RedactingFormatter, tool
from tests.support.one_node import OneNode
from tests.support.planted_secrets import IN_CONTEXT, KNOWN, SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from framework.loop.judges import JudgeVerdict

STORED = "a stored pass phrase of mine"
PLANTED = [*SECRETS.values(), *(secret for _, secret in IN_CONTEXT.values()), KNOWN, STORED]
TEXT = "\n".join(
    [*SECRETS.values(), *(text.format(secret) for text, secret in IN_CONTEXT.values()), KNOWN, STORED]
)


class Watched:
    """What a run leaves anywhere, as one text."""

    def __init__(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        self._folder = folder
        self._caplog = caplog
        self._events: list[str] = []

    async def run(self, node: OneNode) -> str:
        node.bus.subscribe(lambda event: self._events.append(repr(event)))
        with self._caplog.at_level(logging.DEBUG):
            result = await node.run()
        packet = (
            ""
            if result.success
            else (await build_packet(node.runtime.journal, result.run_id)).model_dump_json()
        )
        formatter = RedactingFormatter("%(message)s %(error)s", defaults={"error": ""})
        logs = [formatter.format(record) for record in self._caplog.records]
        files = [path.read_text() for path in self._folder.rglob("*") if path.is_file()]
        return "\n".join([*files, *self._events, *logs, str(result.error), packet])


@pytest.fixture
def watched(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> tuple[Watched, Callable[..., OneNode]]:
    monkeypatch.setenv("SHOP_TOKEN", KNOWN)
    CredentialStore(tmp_path / "home").set("SHOP", STORED)
    runs = tmp_path / "runs"
    options = {"credentials": load_credentials(tmp_path / "home")}
    make = partial(OneNode, journal=FileJournal(runs), storage=runs, executor=options)
    return Watched(runs, caplog), make


def found(text: str) -> list[str]:
    """Return the planted secrets that can be read in a text."""
    lines = {line for secret in PLANTED for line in secret.splitlines() if not line.startswith("-----")}
    return [line for line in lines if line in text or json.dumps(line)[1:-1] in text]


def test_there_are_at_least_fifty() -> None:
    assert len(PLANTED) >= 50
    assert len(found(TEXT)) >= 50


def fail() -> None:
    raise ValueError(f"it broke: {TEXT}")


async def fail_within() -> None:
    try:
        fail()
    except ValueError as error:
        raise ExceptionGroup(f"all of {TEXT}", [error, KeyError(TEXT)]) from error


def doubt() -> None:
    raise CallInDoubtError(f"who knows: {TEXT}")


@pytest.mark.parametrize("function", [fail, fail_within])
async def test_in_what_a_function_raises(function: Any, watched: Any) -> None:
    watch, make = watched

    told = await watch.run(
        make([], node_type="function", function=function, output_keys=["out"], max_retries=2)
    )

    assert "node_retried" in told
    assert "it broke" in told
    assert found(told) == []


async def test_in_a_function_in_doubt(watched: Any) -> None:
    watch, make = watched

    told = await watch.run(make([], node_type="function", function=doubt, output_keys=["out"], effect="once"))

    assert "who knows" in told
    assert found(told) == []


async def test_in_what_a_function_prints(watched: Any, capsys: pytest.CaptureFixture[str]) -> None:
    watch, make = watched

    def chat() -> dict[str, Any]:
        sys.stdout.write(f"hear: {TEXT}")
        sys.stderr.write(f"hear: {TEXT}")
        sys.stdout.write("x" * 30_000)
        return {"out": 1}

    told = await watch.run(make([], node_type="function", function=chat, output_keys=["out"]))

    assert "hear: " in told
    assert found(told) == []


@tool(effect="none")
def break_down() -> str:
    """Break."""
    raise ValueError(f"it broke: {TEXT}")


@tool(effect="none")
async def break_slowly() -> str:
    """Break."""
    raise ExceptionGroup(f"all of {TEXT}", [KeyError(TEXT)])


@tool(effect="none")
def complain() -> Any:
    """Say what is wrong."""
    return ToolResult("", f"it broke: {TEXT}", is_error=True)


@tool(effect="once")
def vanish() -> str:
    """Be in doubt."""
    raise CallInDoubtError(f"who knows: {TEXT}")


def refuse(arguments: dict[str, Any], context: Any) -> str:
    return f"not with {TEXT[:200]}"


@tool(guard=refuse)
def guarded() -> str:
    """Do what is not allowed."""
    return "done"


@pytest.mark.parametrize("function", [break_down, break_slowly, complain, vanish, guarded])
async def test_in_what_a_tool_says_of_its_failure(function: Any, watched: Any) -> None:
    watch, make = watched
    script = [call(function.__name__), call("set_output", key="out", value=1), "Done."]

    told = await watch.run(
        make(script, tools=[function], output_keys=["out"], loop={"max_iterations": 3}, system_prompt="Work.")
    )

    assert function.__name__ in told
    assert found(told) == []


@pytest.mark.parametrize("error", [ValueError(TEXT), ProviderError(TEXT, retryable=True)])
async def test_in_what_a_provider_raises(error: Exception, watched: Any) -> None:
    watch, make = watched

    told = await watch.run(make([error] * 4, output_keys=["out"], success_criteria="Good."))

    assert "node_finished" in told
    assert found(told) == []


async def test_in_what_a_provider_raises_when_a_judge_asks(watched: Any) -> None:
    watch, make = watched
    script = [call("set_output", key="out", value=1), "Done.", ValueError(TEXT), "Done again."]

    told = await watch.run(
        make(script, output_keys=["out"], success_criteria="Good.", loop={"max_iterations": 2})
    )

    assert "The judge could not be asked" in told
    assert found(told) == []


async def test_in_what_a_judge_raises(watched: Any) -> None:
    watch, make = watched

    class Broken:
        async def evaluate(self, context: Any) -> JudgeVerdict:
            raise ValueError(TEXT)

    told = await watch.run(make(["Done."], output_keys=[], judge=Broken()))

    assert "mend the judge" in told
    assert found(told) == []


async def test_what_a_function_returns_is_data_and_stays(watched: Any) -> None:
    watch, make = watched

    told = await watch.run(
        make([], node_type="function", function=lambda: {"out": SECRETS["openai"]}, output_keys=["out"])
    )

    assert SECRETS["openai"] in told
