from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import hive.toolbox
from framework.errors import CredentialError
from framework.model.tool import ToolUse
from framework.tools import ToolContext, ToolRegistry, call_tool
from hive.toolbox.settings import load_settings
from tests.support.web_site import serving_site

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = "from hive.toolbox import csv_read, read_text_file, web_scrape, web_search, write_text_file\n"


@pytest.fixture
def registry(tmp_path: Path) -> ToolRegistry:
    (tmp_path / "tools.py").write_text(TOOLS)
    registry = ToolRegistry()
    assert registry.discover_from_module(tmp_path / "tools.py") == 5
    return registry


async def said(registry: ToolRegistry, tool: str, **arguments: object) -> str:
    use = ToolUse("1", tool, dict(arguments))
    result = await call_tool(registry.get_executor(), use, timeout_s=5, context=ToolContext())
    return result.content


def test_an_agent_offers_the_tools_it_imports(registry: ToolRegistry) -> None:
    tools = registry.get_tools()

    assert sorted(tools) == ["csv_read", "read_text_file", "web_scrape", "web_search", "write_text_file"]
    assert set(tools["web_search"].parameters["properties"]) == {"query", "limit"}
    assert set(tools["web_scrape"].parameters["properties"]) == {"url", "offset", "limit"}


async def test_the_environment_configures_a_search(
    registry: ToolRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving_site() as site:
        site.page("/search", json.dumps({"results": [{"title": "T", "url": "https://a.example/"}]}))
        monkeypatch.setenv("HIVE_SEARXNG_URL", site.base)
        answer = await said(registry, "web_search", query="x")

    assert json.loads(answer) == [{"title": "T", "url": "https://a.example/", "snippet": ""}]


async def test_the_environment_allows_an_address(
    registry: ToolRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving_site() as site:
        site.page("/", "inner")
        assert "is refused" in await said(registry, "web_scrape", url=f"{site.base}/")
        assert site.connections == 0
        monkeypatch.setenv("HIVE_ALLOW_PRIVATE_URLS", "1")
        assert (await said(registry, "web_scrape", url=f"{site.base}/")).endswith("\ninner")


async def test_the_environment_names_the_root(
    registry: ToolRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "HIVE_TOOLBOX_ROOT" in await said(registry, "write_text_file", path="x", text="1")
    monkeypatch.setenv("HIVE_TOOLBOX_ROOT", str(tmp_path / "root"))
    assert await said(registry, "write_text_file", path="x", text="1") == "Saved 'x': 1 bytes, 1 lines."


@pytest.mark.parametrize("limit", [0, 51, "many"])
async def test_a_limit_out_of_range_is_refused(registry: ToolRegistry, limit: object) -> None:
    assert "'limit'" in await said(registry, "web_search", query="x", limit=limit)


def test_every_name_is_there_and_no_other() -> None:
    for name in hive.toolbox.__all__:
        assert callable(getattr(hive.toolbox, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = hive.toolbox.nothing


def test_the_package_itself_loads_nothing() -> None:
    code = "import sys, hive.toolbox; print([m for m in ('httpx', 'mcp', 'pydantic') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_tools_load_no_server_and_no_extractor() -> None:
    code = (
        "import sys; from hive.toolbox import web_search; "
        "print([m for m in ('mcp', 'uvicorn', 'ddgs', 'trafilatura') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "[]"


def test_files_need_no_key_of_a_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_HOME", str(tmp_path))
    monkeypatch.setenv("HIVE_TOOLBOX_ROOT", str(tmp_path / "root"))
    monkeypatch.delenv("BRAVE_API_KEY", raising=False)
    (tmp_path / "root").mkdir()
    (tmp_path / "credentials.json").write_text("damaged")

    assert "damaged" not in str(hive.toolbox.list_files())
    with pytest.raises(CredentialError, match="is damaged"):
        _ = load_settings().brave_key
