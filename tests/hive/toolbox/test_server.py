from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from mcp.client import Client
from mcp.types import TextContent

from framework.tools.mcp.remote_tool import RISK_META
from hive.toolbox.addresses import parse_allowed
from hive.toolbox.catalogue import toolbox_registry
from hive.toolbox.server import toolbox_server
from hive.toolbox.settings import ToolboxSettings
from tests.support.web_site import serving_site

if TYPE_CHECKING:
    from pathlib import Path

WEB = ["web_search", "web_search_tool", "web_scrape"]
DATA = ["save_data", "append_data", "edit_data", "load_data", "list_data_files", "serve_file_to_user"]
FILES = [
    "list_files",
    "read_text_file",
    "write_text_file",
    "append_text_file",
    "csv_read",
    "csv_write",
    "csv_append",
]


@pytest.fixture
def settings(tmp_path: Path) -> ToolboxSettings:
    return ToolboxSettings(
        data_dir=tmp_path / "data",
        root=tmp_path / "root",
        allowed=parse_allowed("127.0.0.1"),
        fetch_timeout_s=5,
    )


async def said(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    text = "".join(part.text for part in result.content if isinstance(part, TextContent))
    return f"error: {text}" if result.is_error else text


async def test_all_tools_are_listed_with_closed_schemas(settings: ToolboxSettings) -> None:
    async with Client(toolbox_server(settings)) as client:
        tools = (await client.list_tools()).tools

        assert [tool.name for tool in tools] == [*WEB, *DATA, *FILES]
        for tool in tools:
            assert tool.description
            assert not {"data_dir", "context", "self"} & tool.input_schema["properties"].keys()
            assert tool.input_schema["additionalProperties"] is False


async def test_without_a_root_there_are_no_file_tools(tmp_path: Path) -> None:
    async with Client(toolbox_server(ToolboxSettings(data_dir=tmp_path))) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == [*WEB, *DATA]


async def test_the_hints_are_true(settings: ToolboxSettings) -> None:
    async with Client(toolbox_server(settings)) as client:
        hints = {tool.name: tool.annotations for tool in (await client.list_tools()).tools}
        reading = {name for name, hint in hints.items() if hint and hint.read_only_hint}
        replacing = {name for name, hint in hints.items() if hint and hint.destructive_hint}
        once = {name for name, hint in hints.items() if hint and not hint.idempotent_hint}
        open_world = {name for name, hint in hints.items() if hint and hint.open_world_hint}

        assert reading == {
            *WEB,
            "load_data",
            "list_data_files",
            "serve_file_to_user",
            "list_files",
            "read_text_file",
            "csv_read",
        }
        assert replacing == {"save_data", "edit_data", "write_text_file", "csv_write"}
        assert once == {"append_data", "edit_data", "append_text_file", "csv_append"}
        assert open_world == set(WEB)


async def test_a_tool_has_the_same_risk_as_in_process(settings: ToolboxSettings) -> None:
    own = toolbox_registry(settings).get_tools()
    async with Client(toolbox_server(settings)) as client:
        told = {tool.name: (tool.meta or {}).get(RISK_META) for tool in (await client.list_tools()).tools}

    assert told == {name: tool.risk for name, tool in own.items()}


async def test_the_data_tools_use_the_servers_folder_whatever_is_sent(
    settings: ToolboxSettings, tmp_path: Path
) -> None:
    async with Client(toolbox_server(settings)) as client:
        elsewhere = tmp_path / "elsewhere"

        answer = await said(client, "save_data", filename="x.txt", data="one\ntwo", data_dir=str(elsewhere))

        assert answer == "Saved 'x.txt': 7 bytes, 2 lines."
        assert (tmp_path / "data" / "x.txt").read_text() == "one\ntwo"
        assert not elsewhere.exists()
        assert (await said(client, "load_data", filename="x.txt")).endswith("this is the end.\none\ntwo")


async def test_files_and_tables_round_trip(settings: ToolboxSettings, tmp_path: Path) -> None:
    async with Client(toolbox_server(settings)) as client:
        assert (
            await said(client, "write_text_file", path="a/x.txt", text="1\n")
            == "Saved 'a/x.txt': 2 bytes, 1 lines."
        )
        assert (
            await said(client, "append_text_file", path="a/x.txt", text="2\n")
            == "Saved 'a/x.txt': 4 bytes, 2 lines."
        )
        assert (
            await said(client, "read_text_file", path="a/x.txt")
            == "'a/x.txt', lines 1-2 of 2; this is the end.\n1\n2"
        )
        await said(client, "csv_write", path="t.csv", header=["a", "b"], rows=[["1", "x,y"]])
        await said(client, "csv_append", path="t.csv", rows=[["2", 'say "no"']])
        table = json.loads(await said(client, "csv_read", path="t.csv"))
        assert (table["header"], table["rows"]) == (["a", "b"], [["1", "x,y"], ["2", 'say "no"']])
        assert json.loads(await said(client, "list_files")) == [
            {"name": "a/"},
            {"name": "t.csv", "bytes": 27},
        ]
        assert (tmp_path / "root" / "t.csv").read_text() == 'a,b\n1,"x,y"\n2,"say ""no"""\n'


async def test_a_refusal_is_a_result_the_client_sees(settings: ToolboxSettings) -> None:
    async with Client(toolbox_server(settings)) as client:
        assert (await said(client, "read_text_file", path="../x")).startswith(
            "error: The file name '..' is refused"
        )
        assert "refused" in await said(client, "web_scrape", url="http://169.254.169.254/latest/meta-data/")
        assert "'pth' is unknown" in await said(client, "read_text_file", pth="x")
        assert (await said(client, "nothing")).startswith("error: The tool 'nothing' is not available")


async def test_a_page_is_read_in_parts(settings: ToolboxSettings) -> None:
    async with Client(toolbox_server(settings)) as client:
        async with serving_site() as site:
            site.page("/long", "\n".join(f"line {number}" for number in range(500)))
            first = await said(client, "web_scrape", url=f"{site.base}/long", limit=3)
            later = await said(client, "web_scrape", url=f"{site.base}/long", offset=498)

        assert (
            first == f"'{site.base}/long', lines 1-3 of 500; continue with offset=3.\nline 0\nline 1\nline 2"
        )
        assert later.endswith("this is the end.\nline 498\nline 499")


async def test_a_slow_page_holds_up_no_other_tool(settings: ToolboxSettings) -> None:
    async with Client(toolbox_server(settings)) as client, serving_site() as site:
        site.page("/slow", "x" * 1000)
        site.drip_s = 0.5
        slow = asyncio.create_task(said(client, "web_scrape", url=f"{site.base}/slow"))
        await asyncio.wait_for(site.was_asked.wait(), 5)
        assert await said(client, "list_files") == "[]"
        assert not slow.done()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
