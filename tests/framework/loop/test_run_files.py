"""What a node leaves in the data folder by itself is journaled when it ends, or waits."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries, read_state
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.loop import run_files
from framework.loop.context import NodeContext  # noqa: TC001  (the hints of a function are read)
from framework.model import events as ev
from framework.runtime.core import Runtime
from framework.tools import ToolContext, ToolRegistry
from framework.tools.written_file import file_content
from tests.support.walked_graphs import graph, loop_node, node, ways

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

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
        os.close(os.open(os.fsencode(ctx.data_dir) + b"/\xff.txt", os.O_CREAT | os.O_WRONLY))

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
