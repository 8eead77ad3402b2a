"""The server as a process, asked by the real client."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from hive.toolbox.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mcp.types import CallToolResult

SERVER = [sys.executable, "-m", "hive.toolbox"]
TOKEN = "a-token-of-the-tests"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@contextmanager
def listening(*arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the server on a free port; give the process and its address."""
    process = subprocess.Popen(
        [*SERVER, "--http", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    assert process.stderr is not None
    try:
        lines = iter(process.stderr.readline, "")
        port = next(
            found.group(1) for line in lines if (found := re.search(r"running on http://\S+:(\d+)", line))
        )
        yield process, f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_port_that_is_taken_is_refused_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*SERVER, "--http", "--port", port], capture_output=True, text=True, timeout=30, check=False
        )

    assert done.returncode == 2
    assert done.stderr.startswith(f"Error: Nothing can be served at 127.0.0.1:{port} (Address already in use")
    assert len(done.stderr.splitlines()) == 1


def text(result: CallToolResult) -> str:
    return "".join(part.text for part in result.content if isinstance(part, TextContent))


async def check_tools(client: Client, data: Path) -> None:
    """Use a tool of each kind as a client does."""
    names = {tool.name for tool in (await client.list_tools()).tools}
    assert {"web_search", "web_search_tool", "web_scrape", "save_data", "csv_read", "read_text_file"} <= names
    assert "Saved 'x.txt'" in text(await client.call_tool("save_data", {"filename": "x.txt", "data": "1"}))
    assert (data / "x.txt").read_text() == "1"
    await client.call_tool("write_text_file", {"path": "a/b.txt", "text": "deep"})
    assert text(await client.call_tool("read_text_file", {"path": "a/b.txt"})).endswith("\ndeep")
    refused = await client.call_tool("web_scrape", {"url": "http://127.0.0.1/"})
    assert (refused.is_error, "refused" in text(refused)) == (True, True)


def folders(tmp_path: Path) -> list[str]:
    return ["--root", str(tmp_path / "root"), "--data-dir", str(tmp_path / "data")]


async def test_a_client_uses_the_tools_over_stdio(tmp_path: Path) -> None:
    server = StdioServerParameters(
        command=SERVER[0], args=[*SERVER[1:], "--stdio", *folders(tmp_path)], env=dict(os.environ)
    )
    async with Client(server) as client:
        await check_tools(client, tmp_path / "data")


async def test_a_client_uses_the_tools_over_http(tmp_path: Path) -> None:
    with listening(*folders(tmp_path)) as (_, address):
        async with Client(address) as client:
            await check_tools(client, tmp_path / "data")


async def test_a_client_bears_the_token(tmp_path: Path) -> None:
    bearing = httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"})
    with listening("--token-env", "MY_TOKEN", *folders(tmp_path), MY_TOKEN=TOKEN) as (_, address):
        async with bearing as http, Client(streamable_http_client(address, http_client=http)) as client:
            await check_tools(client, tmp_path / "data")


def test_without_the_token_nothing_is_answered(tmp_path: Path) -> None:
    with listening("--token-env", "MY_TOKEN", *folders(tmp_path), MY_TOKEN=TOKEN) as (_, address):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            answer = httpx.post(address, json=PING, headers=headers, trust_env=False)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert TOKEN not in answer.text


def test_a_request_by_another_name_is_refused_and_ctrl_c_ends_cleanly(tmp_path: Path) -> None:
    with listening("--allow-host", "tools.example", *folders(tmp_path)) as (process, address):
        accept = {"Accept": "application/json, text/event-stream"}

        def status(**headers: str) -> int:
            return httpx.post(address, json=PING, headers={**accept, **headers}, trust_env=False).status_code

        assert status(Host="rebound.example") == 421
        assert status(Origin="http://rebound.example") == 403
        assert status(Host="127.0.0.1.rebound.example:80") == 421
        assert {status(), status(Host="tools.example"), status(Host="localhost:1")} & {403, 421} == set()
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
"""How a client asks to go on as a WebSocket."""


@pytest.mark.parametrize("path", ["/mcp", "/elsewhere"])
@pytest.mark.parametrize("has_token", [True, False])
def test_a_request_for_a_websocket_is_answered_as_any_other(
    tmp_path: Path, path: str, *, has_token: bool
) -> None:
    variables = {"MY_TOKEN": TOKEN} if has_token else {}
    arguments = ["--token-env", "MY_TOKEN"] if has_token else []
    with listening(*arguments, *folders(tmp_path), **variables) as (process, address):
        base = address.removesuffix("/mcp")
        plain = httpx.get(base + path, trust_env=False, timeout=5)
        asked = httpx.get(base + path, headers=UPGRADE, trust_env=False, timeout=5)
        assert (asked.status_code, asked.text) == (plain.status_code, plain.text)
        assert asked.status_code == 401 if has_token else asked.status_code in {400, 404, 406}
        process.send_signal(signal.SIGINT)
        process.wait(5)
        assert process.stderr is not None
        assert "pip install" not in process.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_stdio_server_at_once(number: signal.Signals, tmp_path: Path) -> None:
    command = [*SERVER, "--stdio", *folders(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(
                b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
                b'"capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\n'
            )
            process.stdin.flush()
            assert b'"serverInfo"' in process.stdout.readline()
            process.send_signal(number)
            _, errors = process.communicate(timeout=5)
        finally:
            process.kill()
    assert (process.returncode, b"Traceback" in errors) == (130, False)


def test_the_end_of_the_input_ends_the_stdio_server(tmp_path: Path) -> None:
    done = subprocess.run(
        [*SERVER, "--stdio", *folders(tmp_path)], input=b"", capture_output=True, timeout=10, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Choose one of --stdio and --http."),
        (["--stdio", "--http"], "Choose one of --stdio and --http."),
        (["--http", "--host", "0.0.0.0"], "--host 0.0.0.0 lets other machines use the tools"),
        (["--http", "--host", "::"], "--host :: lets other machines use the tools"),
        (["--http", "--host", "10.0.0.1"], "lets other machines use the tools"),
        (["--http", "--token-env", "NOT_SET"], "'NOT_SET' must hold a token of at least 16 characters"),
        (["--http", "--host", "0.0.0.0", "--token-env", "SHORT"], "'SHORT' must hold a token"),
        (["--http", "--port", "70000"], "'--port'"),
        (["--nonsense"], "No such option"),
        (["extra"], "unexpected extra argument"),
    ],
)
def test_a_wrong_use_ends_with_one_sentence(
    arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHORT", "x")
    assert exit_code(monkeypatch, *arguments) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert sentence in said.err


def test_a_wrong_setting_ends_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HIVE_SEARXNG_URL", "nonsense")
    assert exit_code(monkeypatch, "--stdio") == 2
    assert "Error: HIVE_SEARXNG_URL cannot be used" in capsys.readouterr().err


def test_the_process_itself_ends_with_the_code() -> None:
    done = subprocess.run(SERVER, capture_output=True, text=True, timeout=10, check=False)
    assert (done.returncode, done.stderr) == (2, "Error: Choose one of --stdio and --http.\n")


def test_help_names_the_settings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    for word in ("--stdio", "--http", "--token-env", "--allow-host", "HIVE_TOOLBOX_ROOT", "BRAVE_API_KEY"):
        assert word in shown


def exit_code(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["toolbox", *arguments])
    try:
        main()
    except SystemExit as end:
        return end.code
    return 0
