"""Agents whose tools come from MCP servers."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from framework.credentials import MemoryCredentials
from framework.errors import InvalidGraphError, McpServerError, PackageError
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.packages import load_package
from framework.runner import AgentRunner
from framework.tools.mcp.config import parse_servers
from tests.support.mcp_servers import alive, odd
from tests.support.printed_packages import MODEL_AGENT, write_package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from framework.llm import ModelRequest


def agent_with(*tools: str) -> str:
    return MODEL_AGENT["agent.py"].replace('tools=["web_search"]', f"tools={list(tools)!r}")


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[..., AgentRunner]]:
    """Give a function that loads an agent with a server and the tools its node names."""
    loaded: list[AgentRunner] = []

    def loader(*tools: str, server: dict[str, Any] | None = None, **options: Any) -> AgentRunner:
        files = MODEL_AGENT | {"mcp_servers.json": json.dumps({"odd": server or odd()})}
        folder = write_package(tmp_path, "librarian", files, agent=agent_with(*tools))
        loaded.append(AgentRunner.load(folder, storage_path=tmp_path / "store", **options))
        return loaded[-1]

    yield loader
    for runner in loaded:
        runner.close()


def answers(tool: str, **arguments: Any) -> list[Any]:
    return [call(tool, **arguments), call("set_output", key="search_results", value="done"), "Done."]


def told(llm: ScriptedProvider) -> list[str]:
    return [message.content for message in llm.requests[-1].messages]


async def test_a_node_calls_the_tool_of_a_server(load: Callable[..., AgentRunner]) -> None:
    llm = ScriptedProvider(answers("echo", text="from afar"))

    result = await load("echo", llm=llm).run({"query": "x"})

    assert result.success
    assert "from afar" in told(llm)


def test_validation_starts_the_servers_and_lists_their_tools(load: Callable[..., AgentRunner]) -> None:
    assert [finding.rule for finding in load("echo").validate()] == []

    (finding,) = load("no_such").validate()

    assert "The tool 'no_such' is not available. Available tools are:" in finding.message
    assert "echo" in finding.message


def test_info_lists_the_tools_of_servers(load: Callable[..., AgentRunner]) -> None:
    assert {"echo", "web_search"} <= set(load("web_search").info()["available_tools"])


async def test_no_server_is_started_when_no_node_needs_one(load: Callable[..., AgentRunner]) -> None:
    llm = ScriptedProvider(answers("web_search", query="x"))
    runner = load("web_search", server={"command": "no-such-command"}, llm=llm)

    assert runner.validate() == []
    assert (await runner.run({"query": "x"})).success


async def test_a_server_that_is_down_keeps_the_run_from_starting(load: Callable[..., AgentRunner]) -> None:
    runner = load("echo", server={"command": "no-such-command"}, llm=ScriptedProvider([]))

    with pytest.raises(McpServerError, match="there is no 'no-such-command'"):
        await runner.run({"query": "x"})

    assert await runner.journal.run_ids() == []


async def test_a_server_that_is_down_and_that_no_node_needs_is_done_without(
    load: Callable[..., AgentRunner], caplog: pytest.LogCaptureFixture
) -> None:
    runner = load("echo", llm=ScriptedProvider(answers("echo", text="x")))
    runner.package.tools.mcp.add(
        parse_servers({"gone": {"command": "no-such-command"}}, "mcp_servers.json"), folder=None
    )

    assert (await runner.run({"query": "x"})).success
    assert "mcp_server_not_used" in caplog.messages


async def test_a_tool_nobody_offers_keeps_the_run_from_starting(load: Callable[..., AgentRunner]) -> None:
    with pytest.raises(InvalidGraphError, match="no_such"):
        await load("no_such", llm=ScriptedProvider([])).run({"query": "x"})


def test_a_wrong_file_is_an_error_of_the_package(tmp_path: Path) -> None:
    files = MODEL_AGENT | {"mcp_servers.json": '{"web": {"args": []}}'}

    with pytest.raises(PackageError, match=r"librarian/mcp_servers\.json: the server 'web' cannot be used"):
        load_package(write_package(tmp_path, "librarian", files))


def test_an_unknown_field_is_reported(load: Callable[..., AgentRunner]) -> None:
    (finding,) = load("web_search", server=odd(colour="blue")).validate()

    assert finding.message == "Nothing reads the field 'colour' of the server 'odd'."


async def test_a_tool_that_changed_is_refused_by_later_runs_until_it_is_approved(
    load: Callable[..., AgentRunner],
) -> None:
    llm = ScriptedProvider([*answers("change"), *answers("echo", text="a"), *answers("echo", text="b")])
    runner = load("echo", "change", llm=llm)

    await runner.run({"query": "x"})
    await runner.run({"query": "x"})
    refused = "\n".join(told(llm))
    approved = runner.approvals.approve()
    await runner.run({"query": "x"})

    assert "since it was approved, its description changed" in refused
    assert "send it to me" not in str(llm.requests[3].tools)
    assert "echo" in approved
    assert "b" in told(llm)


async def test_a_credential_that_a_server_gives_away_is_not_journaled(
    load: Callable[..., AgentRunner], tmp_path: Path
) -> None:
    llm = ScriptedProvider(answers("environment"))
    credentials = MemoryCredentials({"SERVER_KEY": "sesame-1234"})
    server = odd(env={"TOKEN": "${SERVER_KEY}"})

    result = await load("environment", server=server, llm=llm, credentials=credentials).run({"query": "x"})

    assert result.success
    assert "TOKEN" in "".join(told(llm))
    stored = b"".join(file.read_bytes() for file in tmp_path.joinpath("store").rglob("*") if file.is_file())
    assert b"TOKEN" in stored
    assert b"sesame" not in stored


async def test_stopping_a_started_agent_ends_its_servers(
    load: Callable[..., AgentRunner], tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    runner = load("echo", server=odd(f"--pids={pids}"), llm=ScriptedProvider([]))

    await runner.start()
    assert len(alive(pids)) == 1
    await runner.stop()

    assert alive(pids) == []


async def test_a_hanging_server_does_not_hold_another_branch(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "librarian", FAN)
    finished: dict[str, float] = {}

    def answer(request: ModelRequest) -> Any:
        name = next(name for name in ("hang", "echo") if f"Use {name}" in request.system)
        if any("did not finish within 0.4 s" in m.content or "quick" in m.content for m in request.messages):
            finished.setdefault(name, time.monotonic())
            return call("set_output", key=name, value="done") if len(request.messages) < 5 else "Done."
        return call(name, text="quick")

    runner = AgentRunner.load(folder, storage_path=tmp_path / "store", llm=ScriptedProvider(answer))
    try:
        result = await asyncio.wait_for(runner.run({"query": "x"}), 20)
    finally:
        runner.close()

    assert result.success, result.error
    assert finished["hang"] - finished["echo"] > 0.2


FAN = {
    "__init__.py": "",
    "agent.py": """\
from framework.graph import EdgeSpec, Goal, NodeSpec

goal = Goal(id="g", name="Fan", description="Two branches.")
nodes = [
    NodeSpec(id="start", node_type="function", function="functions.start"),
    *(
        NodeSpec(id=name, output_keys=[name], system_prompt=f"Use {name}", tools=[name])
        for name in ("hang", "echo")
    ),
    NodeSpec(id="end", node_type="function", input_keys=["hang", "echo"], function="functions.start"),
]
edges = [
    EdgeSpec(id=f"{a}-{b}", source=a, target=b, condition="on_success")
    for a, b in (("start", "hang"), ("start", "echo"), ("hang", "end"), ("echo", "end"))
]
conversation_mode = "isolated"
entry_node = "start"
terminal_nodes = ["end"]
""",
    "functions.py": "def start():\n    return {}\n",
    "mcp_servers.json": json.dumps({"odd": odd(tool_timeouts={"hang": 0.4})}),
}
