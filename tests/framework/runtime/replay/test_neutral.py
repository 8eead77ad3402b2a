"""Where a run's files lie is no difference; files are written in the order in which they were."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.graph import GraphExecutor, NodeContext
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.model.events import EdgeTaken
from framework.model.tool import Effect, Tool, ToolResult, ToolUse
from framework.runtime.core import Runtime
from framework.runtime.fork import Fork, fork_run
from framework.runtime.replay import ReplayParts, ReplayReport, replay
from framework.runtime.replay.replay import read_recording
from framework.tools.context import current_tool_context
from tests.support.walked_graphs import edge, graph, loop_node, node

if TYPE_CHECKING:
    from pathlib import Path

KEEP = Tool("keep", "Keep a text.", effect=Effect.NONE)
KEPT = graph(
    [loop_node("ask", writes=["answer"], tools=["keep"]), node("read", writes=["text", "place"])],
    [edge("ask", "read")],
)


async def keep(use: ToolUse) -> ToolResult:
    """Write the text into the one file; the first of two calls is the last to do so."""
    context = current_tool_context()
    assert context.data_dir is not None
    if use.input["text"] == "last":
        await asyncio.sleep(0.05)
    context.data_dir.mkdir(parents=True, exist_ok=True)
    (context.data_dir / "kept.txt").write_text(use.input["text"])
    context.on_file_written("kept.txt", use.input["text"].encode())
    return ToolResult(use.id, "kept")


async def read(ctx: NodeContext) -> dict[str, Any]:
    """Return what the file holds, and where it lies."""
    assert ctx.data_dir is not None
    return {"text": (ctx.data_dir / "kept.txt").read_text(), "place": str(ctx.data_dir / "kept.txt")}


async def recorded(tmp_path: Path) -> MemoryJournal:
    journal = MemoryJournal()
    both = [call("keep", text="last"), call("keep", text="first")]
    script = [both, call("set_output", key="answer", value="x"), "Done."]
    executor = GraphExecutor(
        Runtime(tmp_path / "first", journal=journal),
        ScriptedProvider(script),
        [KEEP],
        keep,
        clock=ManualClock(),
    )
    executor.register_function("read", read)
    result = await executor.execute(KEPT, run_id="run")
    assert result.output["text"] == "last"
    return journal


async def replayed(
    journal: MemoryJournal, folder: Path, function: Any = read, run_id: str = "run"
) -> ReplayReport:
    def make(parts: ReplayParts) -> GraphExecutor:
        executor = GraphExecutor(parts.runtime, parts.llm, [KEEP], parts.tool_executor, clock=parts.clock)
        executor.register_function("read", function)
        return executor

    return await replay(await read_recording(journal, run_id), KEPT, make, folder=folder)


async def test_a_file_holds_what_was_written_last(tmp_path: Path) -> None:
    journal = await recorded(tmp_path)

    report = await replayed(journal, tmp_path / "second")

    assert report.matches, str(report.difference)
    assert (tmp_path / "second" / "runs" / "run" / "data" / "kept.txt").read_text() == "last"


async def test_the_folder_of_the_files_is_no_difference_and_is_counted(tmp_path: Path) -> None:
    journal = await recorded(tmp_path)

    assert (await replayed(journal, tmp_path / "second")).moved == 1
    assert (await replayed(journal, tmp_path / "first")).moved == 0


async def test_another_file_in_the_folder_is_a_difference(tmp_path: Path) -> None:
    journal = await recorded(tmp_path)

    async def other(ctx: NodeContext) -> dict[str, Any]:
        return {**await read(ctx), "place": str(ctx.data_dir / "other.txt")}

    assert "other.txt" in str((await replayed(journal, tmp_path / "second", other)).difference)


async def test_a_fork_finds_the_files_that_were_written_before_it(tmp_path: Path) -> None:
    journal = await recorded(tmp_path)
    at = next(e.seq for e in await read_entries(journal, "run") if isinstance(e.event, EdgeTaken))
    folder = tmp_path / "first" / "runs" / "fork" / "data"
    await fork_run(journal, "run", Fork(at_seq=at, run_id="fork"), data_dir=folder)
    executor = GraphExecutor(Runtime(tmp_path / "first", journal=journal), ScriptedProvider([]), [KEEP], keep)
    executor.register_function("read", read)
    assert (await executor.execute(KEPT, session_state={"run_id": "fork"})).output["text"] == "last"

    report = await replayed(journal, tmp_path / "second", run_id="fork")

    assert report.matches, str(report.difference)
