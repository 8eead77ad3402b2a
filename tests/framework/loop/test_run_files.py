"""What a node leaves in the data folder by itself is journaled when it ends, or waits."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries, read_state
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.loop import run_files
from framework.loop.context import NodeContext  # noqa: TC001  (the hints of a function are read)
from framework.loop.restored_files import bring_back, restore_files
from framework.model import events as ev
from framework.runtime.core import Runtime
from framework.tools import ToolContext, ToolRegistry
from framework.tools.written_file import file_content, files_after
from tests.support.walked_graphs import graph, loop_node, node, ways

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUN = "run"


class Walk:
    """Runs function nodes one after the other, with a data folder."""

    def __init__(self, folder: Path, *functions: Callable[..., Any], **options: Any) -> None:
        self.journal = MemoryJournal()
        self.data = folder / "runs" / RUN / "data"
        names = [f"n{number}" for number in range(len(functions))]
        edges = ways(" ".join(f"{a}-{b}" for a, b in pairwise(names)))
        self.graph = graph([node(name) for name in names], edges, terminal_nodes=names[-1:])
        self.executor = GraphExecutor(
            Runtime(folder, journal=self.journal), clock=ManualClock(), storage_path=folder, **options
        )
        for name, function in zip(names, functions, strict=True):
            self.executor.register_function(name, function)

    async def run(self) -> list[ev.FileFound]:
        await self.executor.execute(self.graph, run_id=RUN)
        entries = await read_entries(self.journal, RUN)
        return [entry.event for entry in entries if isinstance(entry.event, ev.FileFound)]


def writing(**files: str | bytes) -> Callable[[NodeContext], None]:
    """Return a function that writes files, named with ``__`` for a dot."""

    def write(ctx: NodeContext) -> None:
        assert ctx.data_dir is not None
        for name, content in files.items():
            path = ctx.data_dir / name.replace("__", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    return write


def shown(events: list[ev.FileFound]) -> list[tuple[str, bytes | None]]:
    return [(each.name, None if each.content is None else file_content(each)) for each in events]


async def test_files_that_a_function_writes_are_journaled_before_its_end(tmp_path: Path) -> None:
    walk = Walk(tmp_path, writing(a__txt="one", b__bin=b"\xff\x00"))

    found = await walk.run()

    assert shown(found) == [("a.txt", b"one"), ("b.bin", b"\xff\x00")]
    kinds = [entry.event.kind for entry in await read_entries(walk.journal, RUN)]
    assert kinds == [
        "run_started", "node_started", "file_found", "file_found", "node_finished", "run_finished",
    ]  # fmt: skip


async def test_only_what_changed_since_is_journaled_again(tmp_path: Path) -> None:
    def remove(ctx: NodeContext) -> None:
        assert ctx.data_dir is not None
        (ctx.data_dir / "a.txt").unlink()

    same = writing(a__txt="1", b__txt="2")
    walk = Walk(tmp_path, same, same, writing(a__txt="3"), remove)

    found = await walk.run()

    assert shown(found) == [("a.txt", b"1"), ("b.txt", b"2"), ("a.txt", b"3"), ("a.txt", None)]
    assert list((await read_state(walk.journal, RUN)).files) == ["b.txt"]


def adding(content: bytes) -> Callable[[NodeContext], None]:
    """Return a function that adds to a file."""

    def add(ctx: NodeContext) -> None:
        assert ctx.data_dir is not None
        with (ctx.data_dir / "log.txt").open("ab") as log:
            log.write(content)

    return add


async def test_a_file_that_grows_costs_what_is_new(tmp_path: Path) -> None:
    whole = "ä".encode()
    walk = Walk(tmp_path, adding(b"one"), adding(b" two" + whole[:1]), adding(whole[1:]), adding(b"\xff"))

    found = await walk.run()

    assert [(event.offset, event.size, file_content(event)) for event in found] == [
        (0, 3, b"one"),
        (3, 8, b" two" + whole[:1]),
        (8, 9, whole[1:]),
        (9, 10, b"\xff"),
    ]
    files = files_after(found)
    assert files["log.txt"].content() == walk.data.joinpath("log.txt").read_bytes()


async def test_a_file_that_changes_before_its_end_is_told_whole(tmp_path: Path) -> None:
    walk = Walk(tmp_path, writing(log__txt="one"), writing(log__txt="One two"), writing(log__txt="On"))

    found = await walk.run()

    assert [(event.offset, file_content(event)) for event in found] == [
        (0, b"one"),
        (0, b"One two"),
        (0, b"On"),
    ]


async def test_a_node_that_does_not_ask_for_the_folder_is_not_looked_after(tmp_path: Path) -> None:
    def unasked(ctx: NodeContext) -> None:
        assert ctx.inputs == {}
        (tmp_path / "runs" / RUN / "data" / "a.txt").write_text("hidden from the run")

    walk = Walk(tmp_path, unasked)

    assert await walk.run() == []


async def test_a_failed_node_leaves_its_files_too(tmp_path: Path) -> None:
    def fail(ctx: NodeContext) -> None:
        writing(a__txt="half")(ctx)
        raise ValueError("broken")

    assert shown(await Walk(tmp_path, fail).run()) == [("a.txt", b"half")]


async def test_files_in_folders_come_along_and_hidden_ones_and_links_do_not(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("secret of the machine")

    def write(ctx: NodeContext) -> None:
        assert ctx.data_dir is not None
        (ctx.data_dir / "maps" / "deep").mkdir(parents=True)
        (ctx.data_dir / "maps" / "deep" / "a.txt").write_text("found")
        (ctx.data_dir / ".cache").mkdir()
        (ctx.data_dir / ".cache" / "b.txt").write_text("hidden")
        (ctx.data_dir / "link.txt").symlink_to(tmp_path / "outside.txt")
        os.link(tmp_path / "outside.txt", ctx.data_dir / "hard.txt")
        os.mkfifo(ctx.data_dir / "pipe")

    assert shown(await Walk(tmp_path, write).run()) == [("maps/deep/a.txt", b"found")]


async def test_what_is_over_the_limits_is_named_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_files, "MAX_FILE_BYTES", 4)
    monkeypatch.setattr(run_files, "MOST_BYTES", 6)
    monkeypatch.setattr(run_files, "MOST_FILES", 4)
    files = {"a": "12345", "b": "1234", "c": "123", "d": "12", "e": "1", "f": "1"}
    walk = Walk(tmp_path, writing(**files), writing(**files))

    found = await walk.run()

    assert [(event.name, event.left_out) for event in found] == [
        ("a", "it has 5 bytes, over the limit"),
        ("b", ""),
        ("c", "it has 3 bytes, over the limit"),
        ("d", ""),
        ("e", "it and 1 more are beyond the 4 files that are kept"),
        ("c", ""),
    ]
    assert (await read_state(walk.journal, RUN)).left_out.keys() == {"a", "e"}


async def test_tools_that_write_by_themselves_are_looked_after_before_a_person_is_asked(
    tmp_path: Path,
) -> None:
    registry = ToolRegistry()

    @registry.register_function
    def draw(context: ToolContext) -> str:
        """Draw a map."""
        assert context.data_dir is not None
        context.data_dir.mkdir(parents=True, exist_ok=True)
        (context.data_dir / "map.svg").write_text("<svg/>")
        return "Drawn."

    journal = MemoryJournal()
    spec = graph([loop_node("n", writes=["done"], tools=["draw"], client_facing=True)], terminal_nodes=["n"])
    llm = ScriptedProvider([call("draw"), call("ask_user", question="Is that the place?")])
    executor = GraphExecutor(
        Runtime(tmp_path, journal=journal), llm=llm, tools=registry.get_tools(),
        tool_executor=registry.get_executor(), storage_path=tmp_path,
    )  # fmt: skip

    result = await executor.execute(spec, run_id=RUN)

    assert result.paused_at == "n", result.error
    kinds = [entry.event.kind for entry in await read_entries(journal, RUN)]
    assert kinds[-3:] == ["file_found", "question_asked", "run_paused"]


@pytest.mark.parametrize(
    "name",
    [
        "Screenshot 10.12\u202fAM.png",
        "\U0001f469\u200d\U0001f52c.txt",
        "a\u3000b",
        "a\xa0b",
        "a\u202eb",
        "\ue000",
    ],
    ids=ascii,
)
async def test_any_printed_name_is_kept_and_comes_along(tmp_path: Path, name: str) -> None:
    walk = Walk(tmp_path, writing(**{name: "1"}))

    assert shown(await walk.run()) == [(name, b"1")]

    restore_files(tmp_path / "again", await read_entries(walk.journal, RUN))
    assert (tmp_path / "again" / name).read_bytes() == b"1"


BACKSLASH = "its name holds a backslash"
CONTROL = "its name holds a control character"
NOT_UTF8 = "its name is not UTF-8"
UNKEPT = {
    "a\\b": ("a\\b", BACKSLASH),
    "a\nb": ("a\\nb", CONTROL),
    "a\x1b[31mb": ("a\\x1b[31mb", CONTROL),
    "a\x85b": ("a\\x85b", CONTROL),
    "\udcff__txt": ("\\xff.txt", NOT_UTF8),
    "x\ty/c": ("x\\ty/c", CONTROL),
    "\udcff\n\\": ("\\xff\\n\\", NOT_UTF8),
}


@pytest.mark.parametrize("name", UNKEPT, ids=ascii)
async def test_a_name_that_cannot_be_kept_is_named_once_with_the_reason(tmp_path: Path, name: str) -> None:
    written = writing(**{name: "1", "c": "2"})
    walk = Walk(tmp_path, written, written)

    found = await walk.run()

    assert sorted((event.name, event.left_out) for event in found) == sorted([UNKEPT[name], ("c", "")])
    state = await read_state(walk.journal, RUN)
    assert state.left_out == dict([UNKEPT[name]])
    restore_files(tmp_path / "again", await read_entries(walk.journal, RUN))
    assert [path.name for path in (tmp_path / "again").iterdir()] == ["c"]


async def test_names_that_cannot_be_kept_take_no_place_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_files, "MOST_FILES", 2)
    walk = Walk(tmp_path, writing(**{"a\\b": "1", "a\\c": "2", "x": "3", "y": "4"}))

    found = await walk.run()

    assert [(event.name, event.left_out) for event in found] == [
        ("x", ""),
        ("y", ""),
        ("a\\b", "it and 1 more are beyond the 2 files that are kept"),
    ]


async def test_a_file_whose_name_could_not_be_kept_is_told_gone(tmp_path: Path) -> None:
    def remove(ctx: NodeContext) -> None:
        assert ctx.data_dir is not None
        (ctx.data_dir / "a\nb").unlink()

    walk = Walk(tmp_path, writing(**{"a\nb": "1"}), remove)

    assert [(event.name, event.left_out) for event in await walk.run()] == [("a\\nb", CONTROL), ("a\\nb", "")]
    assert (await read_state(walk.journal, RUN)).left_out == {}


async def test_a_file_whose_name_is_not_kept_is_lost_only_where_it_is_missing(tmp_path: Path) -> None:
    walk = Walk(tmp_path, writing(**{"a\nb": "1", "c": "2"}))
    await walk.run()
    state = await read_state(walk.journal, RUN)
    (walk.data / "c").unlink()

    here = await bring_back(walk.data, walk.journal, state, is_shared=False)
    elsewhere = await bring_back(tmp_path / "elsewhere", walk.journal, state, is_shared=False)

    assert (walk.data / "c").read_text() == (tmp_path / "elsewhere" / "c").read_text() == "2"
    assert (here, elsewhere) == ({}, {"a\\nb": CONTROL})
