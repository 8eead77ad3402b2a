from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from framework.model.tool import Effect, ToolResult, ToolUse
from framework.tools.calls import call_tool
from framework.tools.context import ToolContext
from framework.tools.data import register_data_tools
from framework.tools.registry import ToolRegistry

if TYPE_CHECKING:
    from pathlib import Path


class Session:
    """The data tools at work on one folder."""

    def __init__(self, root: Path | None, **context: Any) -> None:
        self.registry = ToolRegistry()
        register_data_tools(self.registry)
        self.written: list[tuple[str, bytes]] = []
        self.context = ToolContext(data_dir=root, **{"on_file_written": self.note, **context})

    def note(self, name: str, content: bytes) -> None:
        self.written.append((name, content))

    async def call(self, name: str, **arguments: Any) -> ToolResult:
        use = ToolUse("1", name, arguments)
        return await call_tool(self.registry.get_executor(), use, timeout_s=5, context=self.context)

    async def text(self, name: str, **arguments: Any) -> str:
        result = await self.call(name, **arguments)
        assert not result.is_error, result.content
        return result.content


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / "data")


def test_a_model_sees_the_six_tools_without_context_or_folder(session: Session) -> None:
    tools = session.registry.get_tools()
    assert {name: list(tool.parameters["properties"]) for name, tool in tools.items()} == {
        "save_data": ["filename", "data"],
        "append_data": ["filename", "data"],
        "edit_data": ["filename", "old_text", "new_text"],
        "load_data": ["filename", "offset", "limit"],
        "list_data_files": [],
        "serve_file_to_user": ["filename", "label"],
    }


def test_effects_say_what_a_repetition_does(session: Session) -> None:
    assert {name: tool.effect for name, tool in session.registry.get_tools().items()} == {
        "save_data": Effect.IDEMPOTENT,
        "append_data": Effect.ONCE,
        "edit_data": Effect.ONCE,
        "load_data": Effect.NONE,
        "list_data_files": Effect.NONE,
        "serve_file_to_user": Effect.NONE,
    }


def test_a_registered_tool_of_the_same_name_is_left_alone() -> None:
    def save_data(key: str) -> str:
        return key

    registry = ToolRegistry()
    registry.register_function(save_data)
    register_data_tools(registry)
    assert list(registry.get_tools()["save_data"].parameters["properties"]) == ["key"]
    assert registry.has_tool("load_data")


async def test_saved_text_is_loaded_by_pages(session: Session) -> None:
    saved = await session.text("save_data", filename="a.txt", data="one\ntwo\nthree\n")
    assert saved == "Saved 'a.txt': 14 bytes, 3 lines."
    assert await session.text("load_data", filename="a.txt", limit=2) == (
        "'a.txt', lines 1-2 of 3; continue with offset=2.\none\ntwo"
    )
    assert await session.text("load_data", filename="a.txt", offset=2) == (
        "'a.txt', lines 3-3 of 3; this is the end.\nthree"
    )
    assert await session.text("load_data", filename="a.txt", offset=9) == (
        "'a.txt' has 3 lines; none at offset=9."
    )


async def test_every_write_is_reported_with_the_whole_content(session: Session) -> None:
    await session.text("save_data", filename="a.txt", data="one\n")
    await session.text("append_data", filename="a.txt", data="two\n")
    await session.text("edit_data", filename="a.txt", old_text="one", new_text="1")
    assert session.written == [("a.txt", b"one\n"), ("a.txt", b"one\ntwo\n"), ("a.txt", b"1\ntwo\n")]


async def test_a_listener_may_be_a_coroutine_function(tmp_path: Path) -> None:
    heard: list[str] = []

    async def listen(name: str, content: bytes) -> None:
        heard.append(name)

    await Session(tmp_path, on_file_written=listen).text("save_data", filename="cafe\u0301.txt", data="")
    assert heard == ["caf\u00e9.txt"]


async def test_a_refused_write_is_not_reported(session: Session) -> None:
    result = await session.call("save_data", filename="../x", data="x")
    assert result.is_error
    assert session.written == []


async def test_a_folder_sent_by_the_model_is_ignored(session: Session, tmp_path: Path) -> None:
    forged = str(tmp_path / "forged")
    await session.text("save_data", filename="a.txt", data="x", data_dir=forged, context={"data_dir": forged})
    assert (tmp_path / "data" / "a.txt").read_text() == "x"
    assert not (tmp_path / "forged").exists()


async def test_a_page_of_long_lines_fits_the_longest_result(session: Session) -> None:
    await session.text("save_data", filename="a.json", data="x" * 100_000)
    page = await session.text("load_data", filename="a.json")
    assert len(page) <= session.context.max_result_chars
    assert "continue with offset=5" in page
    assert "folded at 500 characters" in page


async def test_files_are_listed_with_sizes(session: Session) -> None:
    assert await session.text("list_data_files") == "[]"
    await session.text("save_data", filename="b.txt", data="12")
    await session.text("save_data", filename="a.txt", data="1")
    assert orjson.loads(await session.text("list_data_files")) == [
        {"filename": "a.txt", "bytes": 1},
        {"filename": "b.txt", "bytes": 2},
    ]


async def test_a_file_is_served_as_a_link(session: Session, tmp_path: Path) -> None:
    await session.text("save_data", filename="my report.txt", data="x")
    served = orjson.loads(
        await session.text("serve_file_to_user", filename="my report.txt", label="The report")
    )
    assert served == {"file_uri": f"{(tmp_path / 'data').as_uri()}/my%20report.txt", "label": "The report"}
    bare = orjson.loads(await session.text("serve_file_to_user", filename="my report.txt"))
    assert bare["label"] == "my report.txt"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"filename": "none.txt"}, "There is no file 'none.txt'"),
        ({"filename": "a", "offset": -1}, "'offset': Input should be greater than or equal to 0"),
        ({"filename": "a", "limit": 0}, "'limit': Input should be greater than or equal to 1"),
        ({}, "'filename' is required"),
    ],
)
async def test_wrong_requests_are_answered(session: Session, arguments: dict[str, Any], words: str) -> None:
    result = await session.call("load_data", **arguments)
    assert result.is_error
    assert words in result.content


@pytest.mark.parametrize("name", ["list_data_files", "save_data"])
async def test_a_run_without_a_folder_says_so(name: str) -> None:
    arguments = {"filename": "a", "data": "b"} if name == "save_data" else {}
    result = await Session(None).call(name, **arguments)
    assert result.is_error
    assert "has no data folder; give the run a storage path" in result.content
