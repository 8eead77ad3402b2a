"""``hive tools``, and the other commands beside MCP servers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from framework.model.tool import Effect, Risk
from framework.tools.mcp.pins import PinFile, pin_of
from hive.cli.main import call
from tests.support.mcp_servers import alive, odd, wait_for
from tests.support.printed_packages import MODEL_AGENT, write_package

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("home")


def package(tmp_path: Path, **fields: object) -> Path:
    server = odd(tools=["echo", "structured"]) | fields
    agent = MODEL_AGENT["agent.py"].replace('"web_search"]', '"echo"]')
    files = MODEL_AGENT | {"mcp_servers.json": json.dumps({"odd": server})}
    return write_package(tmp_path, "librarian", files, agent=agent)


def test_tools_that_changed_are_listed_and_approved(tmp_path: Path, capsys: Captured) -> None:
    folder, storage = str(package(tmp_path)), tmp_path / "store"
    pins = PinFile(storage / "mcp_pins.json")
    pins.trust_new({"echo": pin_of("odd", "echo", "Something else.", {}, effect=Effect.NONE, risk=Risk.LOW)})

    assert call(["tools", "list", folder, "--storage", str(storage)]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert "refused: its description and its input schema changed" in listed[1]
    assert listed[2].split()[:3] == ["structured", "odd", "new"]

    assert call(["tools", "approve", folder, "echo", "--storage", str(storage)]) == 0
    assert "Approved: echo." in capsys.readouterr().out
    assert call(["tools", "list", folder, "--json", "--storage", str(storage)]) == 0
    found = {tool["name"]: tool for tool in json.loads(capsys.readouterr().out)["tools"]}
    assert (found["echo"]["changed"], found["structured"]["is_new"]) == (None, True)


def test_approving_an_unknown_tool_names_the_others(tmp_path: Path, capsys: Captured) -> None:
    assert call(["tools", "approve", str(package(tmp_path)), "nothing"]) == 2
    assert "Available tools are: echo, structured" in capsys.readouterr().err


def test_validate_and_info_list_the_tools_of_servers(tmp_path: Path, capsys: Captured) -> None:
    folder = str(package(tmp_path))

    assert call(["validate", folder]) == 0
    assert call(["info", folder]) == 0

    assert "structured" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["validate", "info", "run"])
def test_a_server_that_is_down_is_said_in_one_sentence(
    command: str, tmp_path: Path, capsys: Captured
) -> None:
    folder = str(package(tmp_path, command="no-such-command", args=[]))

    assert call([command, folder]) == 2

    said = capsys.readouterr().err
    assert "Error: The MCP server 'odd' could not be started with 'no-such-command': there is no" in said


def test_list_starts_no_server(tmp_path: Path, capsys: Captured) -> None:
    package(tmp_path, command="no-such-command")

    assert call(["list", str(tmp_path)]) == 0
    assert "librarian" in capsys.readouterr().out


def test_an_interrupted_run_leaves_no_server(tmp_path: Path, home: Path) -> None:
    pids, flag = tmp_path / "pids", tmp_path / "flag"
    folder = package(tmp_path, args=[*odd()["args"], f"--pids={pids}", "--stubborn"], tools=["echo", "hang"])
    (folder / "agent.py").write_text((folder / "agent.py").read_text().replace('"echo"', '"hang"'))
    (folder / "__main__.py").write_text(HANGING.format(flag=str(flag)))
    with subprocess.Popen(
        [sys.executable, "-m", folder.name, "run", "--input", '{"query": "x"}', "--quiet"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert wait_for(flag.exists)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)

    assert process.returncode == 130, said
    assert alive(pids) == []


HANGING = """
from framework.entry import main
from framework.llm import ScriptedProvider
from framework.llm.scripted import call

raise SystemExit(main(__file__, llm=ScriptedProvider([call("hang", flag="{flag}")])))
"""
