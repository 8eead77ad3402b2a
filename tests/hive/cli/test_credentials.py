"""``hive credentials``, as a person and a script call it."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from framework.credentials import CredentialStore
from hive.cli.main import call
from tests.hive.cli.conftest import HIVE
from tests.support.cli_packages import GREETER, write_package

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

VALUE = "sk-the-value"

AGENT = """\
nodes = [NodeSpec(id="n", output_keys=["answer"], tools=["search", "fetch"], system_prompt="Call.")]
entry_node = "n"
terminal_nodes = ["n"]
"""
TOOLS = """\
from framework.tools import tool

print("printed by the package")


@tool(credentials=("SEARCH_KEY",))
def search(query: str) -> str:
    return query


@tool(credentials=("SEARCH_KEY", "FETCH_KEY"))
def fetch(url: str) -> str:
    return url
"""


@pytest.fixture
def store(home: Path) -> CredentialStore:
    return CredentialStore(home)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = write_package(tmp_path, "keyed", AGENT)
    (folder / "tools.py").write_text(TOOLS)
    return folder


def pipe(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize("piped", ["sk-the-value", "sk-the-value\n", "sk-the-value\r\n"])
def test_set_stores_what_is_piped_in(
    store: CredentialStore, monkeypatch: pytest.MonkeyPatch, capsys: Captured, piped: str
) -> None:
    pipe(monkeypatch, piped.encode())

    assert call(["credentials", "set", "API_KEY", "--stdin"]) == 0

    assert store.get("API_KEY") == VALUE
    assert VALUE not in capsys.readouterr().out


@pytest.mark.parametrize("piped", [b"", b"abc", b"\xff\xfe\xfd\xfc", b"x" * 70_000])
def test_set_refuses_what_is_no_value(
    store: CredentialStore, monkeypatch: pytest.MonkeyPatch, piped: bytes
) -> None:
    pipe(monkeypatch, piped)

    assert call(["credentials", "set", "API_KEY", "--stdin"]) == 2
    assert store.list() == ()


@pytest.mark.parametrize(
    "arguments", [["API_KEY", VALUE], ["API_KEY", f"--{VALUE}"], [f"API_KEY={VALUE}"], [VALUE]]
)
def test_set_takes_no_value_as_an_argument_and_does_not_repeat_it(
    store: CredentialStore, capsys: Captured, arguments: list[str]
) -> None:
    assert call(["credentials", "set", *arguments]) == 2

    told = capsys.readouterr()
    assert "Error: " in told.err
    assert VALUE not in told.out + told.err
    assert store.list() == ()


def test_set_without_a_terminal_says_how_to_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, home: Path
) -> None:
    pipe(monkeypatch, VALUE.encode())

    assert call(["credentials", "set", "API_KEY"]) == 2
    assert "--stdin" in capsys.readouterr().err
    assert not home.exists()


def test_set_asks_on_a_terminal_without_showing_what_is_typed(store: CredentialStore) -> None:
    terminal, its_end = pty.openpty()
    command = subprocess.Popen(
        [*HIVE, "credentials", "set", "API_KEY"],
        stdin=its_end,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert command.stderr is not None
    asked = command.stderr.read(len("Value of API_KEY"))
    os.write(terminal, f"{VALUE}\n".encode())
    told = command.communicate(timeout=30)
    os.close(its_end)
    shown = _rest(terminal)
    os.close(terminal)

    assert (command.returncode, store.get("API_KEY")) == (0, VALUE)
    assert asked == "Value of API_KEY"
    assert VALUE not in shown + "".join(told)


def _rest(terminal: int) -> str:
    try:
        return os.read(terminal, 1000).decode()
    except OSError:  # nothing was shown before the other end was closed
        return ""


def test_set_says_that_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, home: Path
) -> None:
    pipe(monkeypatch, VALUE.encode())
    monkeypatch.setenv("API_KEY", "another")

    assert call(["credentials", "set", "API_KEY", "--stdin"]) == 0
    assert "wins over the store" in capsys.readouterr().out


def test_list_tells_names_and_sources_and_no_values(
    store: CredentialStore, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    store.set("FIRST", VALUE)
    store.set("SECOND", VALUE)
    monkeypatch.setenv("SECOND", "another")

    assert call(["credentials", "list"]) == 0
    head, first, second = capsys.readouterr().out.splitlines()

    assert head.split() == ["NAME", "FROM", "SET"]
    assert first.split()[:2] == ["FIRST", "store"]
    assert second.split()[:2] == ["SECOND", "environment"]


def test_list_as_json(store: CredentialStore, capsys: Captured) -> None:
    store.set("API_KEY", VALUE)

    assert call(["credentials", "list", "--json"]) == 0
    told = capsys.readouterr().out

    (item,) = json.loads(told)["credentials"]
    assert (item["name"], item["from"]) == ("API_KEY", "store")
    assert VALUE not in told


def test_an_empty_list_says_how_to_begin(home: Path, capsys: Captured) -> None:
    assert call(["credentials", "list"]) == 0
    assert "hive credentials set NAME" in capsys.readouterr().out


def test_remove_forgets_once(store: CredentialStore, capsys: Captured) -> None:
    store.set("API_KEY", VALUE)

    assert call(["credentials", "remove", "API_KEY"]) == 0
    assert call(["credentials", "remove", "API_KEY"]) == 2
    assert "No credential 'API_KEY' is stored" in capsys.readouterr().err


def test_check_opens_the_store(store: CredentialStore, capsys: Captured, home: Path) -> None:
    assert call(["credentials", "check"]) == 0
    store.set("API_KEY", VALUE)
    assert call(["credentials", "check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Nothing is stored.",
        "The key opens 1 stored credential.",
    ]

    (home / "credentials.key").chmod(0o644)
    assert call(["credentials", "check", "--json"]) == 2
    told = capsys.readouterr()
    assert "chmod 600" in told.err
    assert json.loads(told.out)["error"]["kind"] == "CredentialError"


def test_check_of_a_package_tells_what_is_missing(
    store: CredentialStore, package: Path, capsys: Captured
) -> None:
    store.set("SEARCH_KEY", VALUE)

    assert call(["credentials", "check", str(package)]) == 2
    lines = capsys.readouterr().out.splitlines()[1:]

    assert [line.split() for line in lines[1:4]] == [
        ["FETCH_KEY", "missing", "tool", "fetch"],
        ["SEARCH_KEY", "store", "tool", "fetch"],
        ["SEARCH_KEY", "store", "tool", "search"],
    ]
    assert lines[4:] == ["Set it with: hive credentials set FETCH_KEY"]


def test_check_of_a_package_that_has_all_it_needs(
    package: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, home: Path
) -> None:
    (package / "mcp_servers.json").write_text(
        '{"web": {"url": "https://mcp.invalid", "headers": {"Authorization": "Bearer ${WEB_TOKEN}"}}}'
    )
    for name in ("SEARCH_KEY", "FETCH_KEY", "WEB_TOKEN"):
        monkeypatch.setenv(name, VALUE)

    assert call(["credentials", "check", str(package), "--json"]) == 0
    told = capsys.readouterr().out

    record = json.loads(told)
    assert record["missing"] == []
    assert record["credentials"][-1] == {
        "name": "WEB_TOKEN",
        "needed_by": "MCP server web",
        "from": "environment",
    }
    assert VALUE not in told


def test_check_of_a_package_without_needs(tmp_path: Path, capsys: Captured, home: Path) -> None:
    assert call(["credentials", "check", str(write_package(tmp_path, "greeter", GREETER))]) == 0
    assert capsys.readouterr().out == "greeter needs no credentials.\n"


@pytest.mark.parametrize("command", ["validate", "run"])
def test_a_package_that_lacks_a_credential_is_not_run(
    package: Path, capsys: Captured, home: Path, command: str
) -> None:
    assert call([command, str(package)]) == 2

    told = capsys.readouterr()
    assert "hive credentials set SEARCH_KEY" in told.out + told.err
