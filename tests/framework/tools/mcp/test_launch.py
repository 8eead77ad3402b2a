"""Configurations and the credentials in them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from framework.credentials import MemoryCredentials
from framework.errors import McpServerError
from framework.tools.mcp.config import parse_server
from framework.tools.mcp.launch import Launch, credential_names, fill


def filled(folder: Path | None = None, **fields: Any) -> Launch:
    config = parse_server({"command": "x", **fields}, "f", name="web")
    return fill(config, credentials={"KEY": "sesame-1", "LONG": "sesame-1-and-more"}.get, folder=folder)


def test_placeholders_are_filled_everywhere() -> None:
    launch = filled(args=["--key=${KEY}"], env={"A": "x${KEY}y"}, headers={"H": "Bearer ${LONG}"})

    assert launch.args == ("--key=sesame-1",)
    assert launch.environment["A"] == "xsesame-1y"
    assert launch.headers == {"H": "Bearer sesame-1-and-more"}


def test_what_only_looks_like_a_placeholder_stays() -> None:
    assert filled(args=["$KEY", "${}", "${1}", "${a b}"]).args == ("$KEY", "${}", "${1}", "${a b}")


def test_a_missing_credential_is_named() -> None:
    with pytest.raises(McpServerError, match="'web' needs the credential 'NO_SUCH'"):
        filled(url="http://h/${NO_SUCH}", transport="http")


def test_no_value_is_shown() -> None:
    launch = filled(args=["${KEY}"], env={"A": "${LONG}", "B": "written-out"})

    assert launch.redacted("sesame-1-and-more, sesame-1, written-out") == "[hidden], [hidden], [hidden]"
    assert "sesame" not in repr(launch)
    assert "written-out" not in repr(launch)


def test_short_values_are_left_in_texts() -> None:
    assert filled(env={"LEVEL": "1"}).redacted("1 of 1") == "1 of 1"


def test_a_server_runs_in_the_folder_of_its_configuration(tmp_path: Path) -> None:
    assert filled(tmp_path).cwd == tmp_path
    assert filled(tmp_path, cwd="../tools").cwd == tmp_path / "../tools"
    assert filled(tmp_path, cwd="/elsewhere").cwd == Path("/elsewhere")


@pytest.mark.parametrize("command", ["python", "python3"])
def test_python_is_the_one_that_runs_the_agent(command: str) -> None:
    assert filled(command=command).command == sys.executable


def test_the_names_in_a_configuration_are_told_once_each() -> None:
    server = parse_server(
        {"command": "x", "args": ["--key=${FIRST}", "${SECOND}"], "env": {"A": "${FIRST}", "B": "plain"}},
        "file",
        name="s",
    )

    assert credential_names(server) == ("FIRST", "SECOND")


def test_a_name_that_is_no_credentials_is_told_with_the_server() -> None:
    server = parse_server({"command": "x", "env": {"A": "${lower_case}"}}, "file", name="s")

    with pytest.raises(McpServerError, match="'s' needs the credential 'lower_case', which cannot be read"):
        fill(server, credentials=MemoryCredentials().get, folder=None)
