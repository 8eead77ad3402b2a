"""A long run stays cheap: its journal grows by what is new, however long the conversation is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.graph import GraphExecutor, LoopConfig
from framework.journal.files import FileJournal
from framework.journal.reading import read_entries, read_state
from framework.llm import ScriptedProvider
from framework.llm.scripted import Answer, call
from framework.loop.context import NodeContext  # noqa: TC001  (the hints of a function are read)
from framework.loop.restored_files import restore_files
from framework.model.tool import Effect, Tool, ToolResult, ToolUse
from framework.runtime.core import Runtime
from tests.support.resumable_runs import spoken
from tests.support.walked_graphs import graph, loop_node, node, when

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from framework.journal.base import JournalWriter
    from framework.llm.base import ModelRequest

TURNS = int(os.environ.get("HIVE_CHAOS_TURNS", "200"))
ADDED = 1024
RUN = "run"
pytestmark = pytest.mark.timeout(600)


class MeteredJournal(FileJournal):
    """Counts what is appended: the entries and bytes of every append."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, fsync="never")
        self.appended: list[tuple[int, int]] = []

    async def create(self, run_id: str) -> Any:
        return MeteredWriter(await super().create(run_id), self.appended)


class MeteredWriter:
    """Appends, and says how much."""

    def __init__(self, writer: JournalWriter, appended: list[tuple[int, int]]) -> None:
        self._writer = writer
        self._appended = appended
        self.close = writer.close

    @property
    def last_seq(self) -> int:
        return self._writer.last_seq

    async def append(self, lines: Sequence[bytes], *, blobs: Mapping[str, bytes], **options: Any) -> None:
        await self._writer.append(lines, blobs=blobs, **options)
        self._appended.append((len(lines), sum(map(len, lines)) + sum(map(len, blobs.values()))))


def script(request: ModelRequest) -> Answer:
    """Call a tool in every turn, then set the output."""
    number = spoken(request)
    if number < TURNS:
        return call("read", page=number)
    return call("set_output", key="out", value=number) if number == TURNS else "Done."


async def read(use: ToolUse) -> ToolResult:
    page = int(use.input["page"])
    return ToolResult(use.id, f"{page} ".ljust(ADDED, chr(97 + page % 26)))


async def run(journal: FileJournal) -> None:
    limits = LoopConfig(max_iterations=TURNS + 10, max_history_tokens=10_000_000)
    spec = graph([loop_node("n", writes=["out"], tools=["read"])], loop_config=limits, max_steps=10_000)
    executor = GraphExecutor(
        Runtime(journal=journal),
        llm=ScriptedProvider(script),
        tools=[Tool("read", "Read a page.", effect=Effect.NONE)],
        tool_executor=read,
        clock=ManualClock(),
    )
    result = await executor.execute(spec, run_id=RUN)
    assert result.success, result.error


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def append(ctx: NodeContext) -> dict[str, int]:
    """Add a kilobyte to a file."""
    assert ctx.data_dir is not None
    with (ctx.data_dir / "log.txt").open("ab") as log:
        log.write(b"%d " % ctx.visit.visit + os.urandom(ADDED // 2).hex().encode()[: ADDED - 8])
    return {"visits": ctx.visit.visit}


async def test_a_file_that_a_function_adds_to_at_every_visit_costs_what_is_new(
    tmp_path: Path, tally: Callable[..., None]
) -> None:
    visit = node("append", writes=["visits"], max_node_visits=TURNS)
    spec = graph(
        [visit, node("end")],
        [when("append", "append", f"visits < {TURNS}"), when("append", "end", f"visits >= {TURNS}")],
        terminal_nodes=["end"],
        max_steps=TURNS + 10,
    )
    journal = MeteredJournal(tmp_path / "journal")
    executor = GraphExecutor(Runtime(tmp_path / "files", journal=journal), clock=ManualClock())
    executor.register_function("append", append)
    executor.register_function("end", lambda: None)

    result = await executor.execute(spec, run_id=RUN)

    assert result.success, result.error
    stored = size_of(tmp_path / "journal")
    tally("A file that grows", visits=TURNS, bytes_stored=stored)
    assert stored < 1_000_000 * TURNS / 200
    (written,) = (tmp_path / "files").rglob("log.txt")
    assert written.stat().st_size > TURNS * (ADDED - 20)
    restore_files(tmp_path / "again", await read_entries(journal, RUN))
    assert (tmp_path / "again" / "log.txt").read_bytes() == written.read_bytes()


async def test_a_journal_grows_by_what_is_new(tmp_path: Path, tally: Callable[..., None]) -> None:
    journal = MeteredJournal(tmp_path)

    await run(journal)

    stored = size_of(tmp_path)
    quarter = len(journal.appended) // 4
    first, last = journal.appended[:quarter], journal.appended[-quarter:]
    bytes_ratio = sum(size for _, size in last) / sum(size for _, size in first)
    entries_ratio = sum(count for count, _ in last) / sum(count for count, _ in first)
    tally(
        "A long run", turns=TURNS, bytes_stored=stored, percent_of_the_first_quarter=round(bytes_ratio * 100)
    )
    assert (await read_state(journal, RUN)).main.memory["out"].load() == TURNS
    assert stored < 1_000_000 * TURNS / 200
    assert 0.8 < bytes_ratio < 1.2
    assert 0.9 < entries_ratio < 1.1
