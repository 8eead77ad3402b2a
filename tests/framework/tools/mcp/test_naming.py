"""The names by which models know remote tools."""

from __future__ import annotations

from framework.model.tool import Effect
from framework.tools.mcp.naming import named
from framework.tools.mcp.remote_tool import RemoteTool, remote_tool


def remote(server: str, name: str) -> RemoteTool:
    return remote_tool(server, name, "", {}, effect=Effect.ONCE, timeout_s=None)


def names(*tools: tuple[str, str], taken: tuple[str, ...] = ()) -> list[str]:
    return list(named([remote(*tool) for tool in tools], taken))


def test_a_tool_keeps_its_name() -> None:
    assert names(("web", "search"), ("files", "read")) == ["search", "read"]


def test_the_later_of_two_is_prefixed() -> None:
    assert names(("web", "search"), ("files", "search")) == ["search", "files__search"]


def test_a_name_that_is_taken_is_prefixed() -> None:
    assert names(("web", "search"), taken=("search",)) == ["web__search"]


def test_a_prefixed_name_that_is_taken_is_numbered() -> None:
    assert names(("web", "a"), ("web", "a"), ("web", "a"), taken=("web__a",)) == ["a", "web__a_2", "web__a_3"]


def test_characters_that_models_do_not_accept_become_underscores() -> None:
    assert names(("web", "files/read.all")) == ["files_read_all"]
    assert names(("web", "a.b"), ("web", "a/b")) == ["a_b", "web__a_b"]


def test_names_have_at_most_64_characters() -> None:
    found = names(("web", "x" * 80), ("web", "x" * 80), ("web", "x" * 80))

    assert [len(name) for name in found] == [64, 64, 64]
    assert len(set(found)) == 3
