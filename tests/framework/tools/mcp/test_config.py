"""What ``mcp_servers.json`` may say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import McpServerError
from framework.tools.mcp.config import Transport, parse_server, parse_servers, read_servers

if TYPE_CHECKING:
    from pathlib import Path


def one(**fields: Any) -> Any:
    return parse_server(fields, "mcp_servers.json", name="web")


def test_servers_keep_the_order_of_the_file() -> None:
    servers = parse_servers({"b": {"command": "x"}, "a": {"url": "https://a"}}, "f")

    assert [(server.name, server.transport) for server in servers] == [
        ("b", Transport.STDIO),
        ("a", Transport.HTTP),
    ]


def test_a_wrapper_of_other_clients_is_taken_off() -> None:
    assert [server.name for server in parse_servers({"mcpServers": {"a": {"command": "x"}}}, "f")] == ["a"]


@pytest.mark.parametrize("word", ["http", "streamable-http", "streamable_http", "streamableHttp"])
def test_http_has_several_names(word: str) -> None:
    assert one(transport=word, url="http://h/mcp").transport == Transport.HTTP
    assert one(type=word, url="http://h/mcp").transport == Transport.HTTP


def test_arguments_may_be_json_text() -> None:
    assert one(command="python", args='["mcp_server.py", "--stdio"]').args == ("mcp_server.py", "--stdio")


def test_time_outs_are_the_tools_own_or_the_servers() -> None:
    server = one(command="x", timeout_s=9, tool_timeouts={"slow": 90})

    assert (server.timeout_of("slow"), server.timeout_of("other")) == (90, 9)
    assert one(command="x").timeout_of("other") is None


def test_a_list_of_tools_lets_only_these_through() -> None:
    assert [name for name in "abc" if one(command="x", tools=["a", "c"]).offers(name)] == ["a", "c"]


def test_unknown_fields_are_known_by_name() -> None:
    assert one(command="x", colour="blue", autoApprove=[]).unknown_fields == ("autoApprove", "colour")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"args": []}, "a stdio server needs a command"),
        ({"transport": "http"}, "needs a url that starts with http"),
        ({"url": "ftp://h"}, "needs a url that starts with http"),
        ({"url": "https://ada:sesame@h/mcp"}, "its url holds a user name or a password"),
        ({"transport": "sse", "url": "http://h"}, "'sse' is neither"),
        ({"command": "x", "args": "not json"}, "args"),
        ({"command": "x", "args": "[broken"}, "args"),
        ({"command": "x", "timeout_s": 0}, "timeout_s: Input should be greater than 0"),
        ({"command": "x", "tool_timeouts": {"a": -1}}, "more than 0 seconds"),
    ],
)
def test_a_server_described_wrongly_is_named(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(McpServerError) as caught:
        one(**fields)

    assert str(caught.value).startswith("mcp_servers.json: the server 'web' cannot be used: ")
    assert words in str(caught.value)


def test_no_value_of_a_description_is_shown() -> None:
    server = one(command="x", env={"K": "sesame"}, headers={"H": "sesame"}, args=["sesame"])

    with pytest.raises(McpServerError) as caught:
        one(command="x", env={"K": ["sesame"]})

    assert "sesame" not in f"{server!r} {caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize("content", ["[]", '{"mcpServers": []}', '{"a": 1}', "{", '"x"'])
def test_a_file_that_holds_something_else_is_an_error(content: str, tmp_path: Path) -> None:
    file = tmp_path / "mcp_servers.json"
    file.write_text(content)

    with pytest.raises(McpServerError, match=r"mcp_servers\.json"):
        read_servers(file)


def test_a_file_of_no_servers_has_none(tmp_path: Path) -> None:
    file = tmp_path / "mcp_servers.json"
    file.write_text(json.dumps({}))

    assert read_servers(file) == ()
