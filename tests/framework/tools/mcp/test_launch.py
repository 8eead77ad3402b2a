"""Configurations and the credentials in them."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
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

    shown = launch.known.redacted("sesame-1-and-more, sesame-1, written-out")
    assert shown == "[credential LONG], [credential KEY], [credential B]"
    assert "sesame" not in repr(launch)
    assert "written-out" not in repr(launch)


def test_short_values_are_left_in_texts() -> None:
    assert filled(env={"LEVEL": "1"}).known.redacted("1 of 1") == "1 of 1"


@pytest.mark.parametrize("value", ["production", "/data/files", "127.0.0.1:80", "https://host/path"])
def test_a_setting_written_out_is_left_in_texts_unless_its_name_says_secret(value: str) -> None:
    assert filled(env={"MODE": value}).known.redacted(f"in {value}") == f"in {value}"
    assert filled(env={"API_KEY": value}).known.redacted(f"in {value}") == "in [credential API_KEY]"


def test_every_way_to_write_a_value_counts_as_the_value() -> None:
    launch = filled(headers={"Authorization": "Bearer ab\\cd-1234"})

    texts = ["ab\\cd-1234", json.dumps("ab\\cd-1234"), b64encode(b"u:ab\\cd-1234").decode()]

    assert not any("cd-1234" in launch.known.redacted(text) for text in texts[:2])
    assert launch.known.redacted(texts[2]) != texts[2]


def test_a_credential_in_an_address_is_refused_unseen() -> None:
    with pytest.raises(McpServerError, match="holds a user name or a password") as caught:
        fill(
            parse_server({"url": "${WHERE}"}, "f", name="web"),
            credentials={"WHERE": "https://ada:sesame@host/mcp"}.get,
            folder=None,
        )

    assert "sesame" not in str(caught.value)


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
