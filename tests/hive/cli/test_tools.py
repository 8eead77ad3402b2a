"""``hive tools``, and the other commands beside MCP servers."""

from __future__ import annotations

import json
import os
import pty
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


def test_what_is_refused_is_shown_whole_before_it_is_approved(tmp_path: Path, capsys: Captured) -> None:
    folder, storage = str(package(tmp_path)), tmp_path / "store"
    changed = pin_of("odd", "echo", "Something else.", {}, effect=Effect.ONCE, risk=Risk.HIGH)
    PinFile(storage / "mcp_pins.json").trust_new({"echo": changed})

    for command in ("list", "approve"):
        assert call(["tools", command, folder, "--storage", str(storage)]) == 0
        shown = capsys.readouterr().out
        assert "\neffect none, risk low\n  Say it again.\n  {\n" in shown
        assert '      "type": "string"\n' in shown


def test_json_has_the_whole_of_every_tool(tmp_path: Path, capsys: Captured) -> None:
    assert call(["tools", "list", str(package(tmp_path)), "--json"]) == 0

    tool = json.loads(capsys.readouterr().out)["tools"][0]

    assert (tool["effect"], tool["risk"]) == ("none", "low")
    assert tool["parameters"]["properties"] == {"text": {"type": "string"}}


def test_a_terminal_is_asked_before_a_tool_is_approved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, storage = str(package(tmp_path)), tmp_path / "store"
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "w"), os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(ours, b"n\n")
        assert call(["tools", "approve", folder, "--storage", str(storage)]) != 0
        assert not (storage / "mcp_pins.json").exists()
        os.write(ours, b"y\n")
        assert call(["tools", "approve", folder, "--storage", str(storage)]) == 0

    assert set(PinFile(storage / "mcp_pins.json").read()) == {"echo", "structured"}


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
        try:
            assert wait_for(flag.exists)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=20)
        finally:
            process.kill()

    assert process.returncode == 130, said
    assert alive(pids) == []


HANGING = """
from framework.entry import main
from framework.llm import ScriptedProvider
from framework.llm.scripted import call

raise SystemExit(main(__file__, llm=ScriptedProvider([call("hang", flag="{flag}")])))
"""
