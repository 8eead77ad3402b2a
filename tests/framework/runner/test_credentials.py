"""A tool's credential, in whole runs: it reaches the tool and nothing else."""

from __future__ import annotations

import base64
import io
import json
import logging
from typing import TYPE_CHECKING

import pytest

from framework.credentials import CredentialStore, MemoryCredentials
from framework.errors import InvalidGraphError
from framework.llm.scripted import ScriptedProvider, call
from framework.loop.context import NodeContext  # noqa: TC001 - the type hints of a function are read at run time
from framework.runner import AgentRunner
from framework.settings import Settings
from tests.support.cli_packages import write_package
from tests.support.mcp_servers import odd
from tests.support.one_node import OneNode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALUE = 'tops3cret/"value"+1'

AGENT = """\
nodes = [NodeSpec(id="n", output_keys=["answer"], tools=["give", "fail", "refuse", "flood", "note"],
                  max_retries=1, system_prompt="Call.")]
entry_node = "n"
terminal_nodes = ["n"]
"""

TOOLS = """\
import base64
import sys

from framework.errors import ToolError
from framework.tools import ToolContext, tool

needs = tool(credentials=("API_KEY",))


@needs
def give(context: ToolContext) -> dict[str, str]:
    value = context.credential("API_KEY")
    print("using", value)
    print("again", value, file=sys.stderr)
    return {"key": value, "header": base64.b64encode(f"user:{value}".encode()).decode()}


@needs
async def fail(context: ToolContext) -> str:
    try:
        raise KeyError(context.credential("API_KEY"))
    except KeyError as error:
        raise ValueError(f"https://host/?key={context.credential('API_KEY')}") from error


@needs
def refuse(context: ToolContext) -> str:
    raise ToolError("x" * 1995 + context.credential("API_KEY"))


@needs
def flood(context: ToolContext) -> str:
    print("x" * 19_995 + context.credential("API_KEY"))
    return "y" * 2_990 + context.credential("API_KEY") + "y" * 100


@needs
async def note(context: ToolContext) -> str:
    context.on_file_written("notes.bin", b"\\xff" + context.credential("API_KEY").encode())
    return "noted"
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = write_package(tmp_path / "packages", "keyed", AGENT)
    (folder / "tools.py").write_text(TOOLS)
    return folder


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Take everything that is logged, tracebacks included."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    framework, level = logging.getLogger("framework"), logging.getLogger("framework").level
    logging.getLogger().addHandler(handler)
    framework.setLevel(logging.DEBUG)
    yield written
    framework.setLevel(level)
    logging.getLogger().removeHandler(handler)


def everything_in(folder: Path) -> str:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode()


def script() -> ScriptedProvider:
    calls = [call(name) for name in ("give", "fail", "refuse", "flood", "note")]
    return ScriptedProvider([calls, call("set_output", key="answer", value="done"), "Done."])


async def test_nothing_that_a_run_keeps_or_logs_holds_the_value(
    package: Path, tmp_path: Path, log: io.StringIO
) -> None:
    provider = script()
    runner = AgentRunner.load(
        package,
        storage_path=tmp_path / "store",
        llm=provider,
        credentials=MemoryCredentials({"API_KEY": VALUE}),
    )

    result = await runner.run()

    assert result.success, result.error
    everything = everything_in(tmp_path / "store") + log.getvalue() + repr(result) + repr(provider.requests)
    assert "[credential API_KEY]" in everything
    for form in ("tops3cr", base64.b64encode(b"user:" + VALUE.encode()).decode()[8:20]):
        assert form not in everything
    assert (
        everything.count("ValueError: https://host/?key=[credential API_KEY]") >= 2
    )  # the result and the log
    assert "KeyError" in log.getvalue()


async def test_a_function_node_that_gives_a_value_away_leaves_none_in_the_journal(
    tmp_path: Path, log: io.StringIO
) -> None:
    def leak(ctx: NodeContext) -> dict[str, object]:
        value = ctx.credentials.get("API_KEY")
        if ctx.visit.attempt == 1:
            raise ValueError(value)
        print(value)  # noqa: T201 - what is printed is a part of this test
        return {"answer": {"keys": [value], "n": 1}}

    node = OneNode(
        [],
        node_type="function",
        function=leak,
        output_keys=["answer"],
        max_retries=2,
        storage=tmp_path,
        executor={"credentials": MemoryCredentials({"API_KEY": VALUE})},
    )

    result = await node.run()

    kept = everything_in(tmp_path)
    assert result.output == {"answer": {"keys": ["[credential API_KEY]"], "n": 1}}
    assert "ValueError: [credential API_KEY]" in log.getvalue()
    assert kept.count("[credential API_KEY]") == 3
    assert "tops3cr" not in kept + log.getvalue()


async def test_the_tool_gets_the_value(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = AgentRunner.load(
        package,
        storage_path=tmp_path / "store",
        llm=ScriptedProvider([call("give"), call("set_output", key="answer", value="done"), "Done."]),
        credentials=MemoryCredentials({"API_KEY": VALUE}),
    )

    await runner.run()

    assert "using [credential API_KEY]" in capsys.readouterr().out  # It is masked where it is shown.


async def test_a_missing_credential_is_found_before_the_run(package: Path, tmp_path: Path) -> None:
    provider = script()
    runner = AgentRunner.load(package, llm=provider, credentials=MemoryCredentials())

    with pytest.raises(InvalidGraphError, match="hive credentials set API_KEY"):
        await runner.run()

    assert [finding.rule for finding in runner.validate()] == ["missing-credential"]
    assert provider.requests == []


async def test_credentials_come_from_the_store_of_the_home_folder(package: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert AgentRunner.load(package, settings=Settings(home=home), llm=script()).validate()
    CredentialStore(home).set("API_KEY", VALUE)

    runner = AgentRunner.load(package, settings=Settings(home=home), llm=script())

    assert runner.validate() == []
    assert (await runner.run()).success


async def test_a_store_that_cannot_be_read_is_a_finding(package: Path, tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text("damaged")

    (finding,) = AgentRunner.load(package, settings=Settings(home=tmp_path), llm=script()).validate()

    assert finding.is_error
    assert "is damaged" in finding.message


async def test_the_configured_key_of_the_models_stays_out_of_the_journal(
    package: Path, tmp_path: Path
) -> None:
    key = "sk-of-the-model"
    tool = f"@tool\ndef note() -> str:\n    return 'it is {key}'\n"
    (package / "tools.py").write_text(f"{TOOLS}\n\n{tool}")
    runner = AgentRunner.load(
        package,
        settings=Settings(home=tmp_path, api_key=key),
        llm=script(),
        credentials=MemoryCredentials({"API_KEY": VALUE}),
    )

    await runner.run()

    kept = everything_in(tmp_path / "agents")
    assert "it is [credential HIVE_API_KEY]" in kept
    assert key not in kept


async def test_a_credential_reaches_an_mcp_server_and_not_the_journal(tmp_path: Path) -> None:
    folder = write_package(
        tmp_path / "packages",
        "served",
        AGENT.replace('"give", "fail", "refuse", "flood", "note"', '"environment"'),
    )
    server = odd(env={"TOKEN": "${API_KEY}"})
    (folder / "mcp_servers.json").write_text(json.dumps({"odd": server}))
    provider = ScriptedProvider(
        [call("environment"), call("set_output", key="answer", value="done"), "Done."]
    )
    runner = AgentRunner.load(
        folder,
        storage_path=tmp_path / "store",
        llm=provider,
        credentials=MemoryCredentials({"API_KEY": VALUE}),
    )

    result = await runner.run()
    runner.close()

    kept = everything_in(tmp_path / "store")
    assert result.success, result.error
    assert "[credential API_KEY]" in kept
    assert "tops3cr" not in kept
