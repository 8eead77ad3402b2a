"""What functions leave in the data folder by themselves comes along in a fork, and is there in a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import JournalWriteError, ToolError
from framework.graph.executor import GraphExecutor
from framework.journal.entry import Entry
from framework.journal.files import FileJournal
from framework.journal.reading import read_entries
from framework.loop.context import NodeContext  # noqa: TC001  (the hints of a function are read)
from framework.loop.restored_files import restore_files
from framework.model import events as ev
from framework.model.value import Value
from framework.runtime.core import Runtime
from framework.runtime.fork import Fork, fork_run
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.walked_graphs import graph, node, ways

if TYPE_CHECKING:
    from pathlib import Path

    from framework.graph.result import ExecutionResult
    from framework.runtime.replay import ReplayParts, ReplayReport

RUN, TWIN = "run", "twin"


def collect(ctx: NodeContext) -> None:
    assert ctx.data_dir is not None
    assert not (ctx.data_dir / "notes.txt").exists()
    (ctx.data_dir / "maps").mkdir()
    (ctx.data_dir / "maps" / "a.bin").write_bytes(b"\xff\x00")
    (ctx.data_dir / "notes.txt").write_text("one")


def revise(ctx: NodeContext) -> None:
    assert ctx.data_dir is not None
    with (ctx.data_dir / "notes.txt").open("a") as notes:
        notes.write(", two")
    (ctx.data_dir / "maps" / "a.bin").unlink()


def report(ctx: NodeContext) -> dict[str, Any]:
    assert ctx.data_dir is not None
    return {"text": (ctx.data_dir / "notes.txt").read_text(), "maps": len([*ctx.data_dir.rglob("*.bin")])}


GRAPH = graph(
    [
        node("collect", effect="once"),
        node("revise", effect="idempotent"),
        node("report", writes=["text", "maps"]),
    ],
    ways("collect-revise revise-report"),
    terminal_nodes=["report"],
)


def with_functions(executor: GraphExecutor) -> GraphExecutor:
    for function in (collect, revise, report):
        executor.register_function(function.__name__, function)
    return executor


async def walked(folder: Path, run_id: str, state: dict[str, str] | None = None) -> ExecutionResult:
    executor = with_functions(GraphExecutor(Runtime(folder), clock=ManualClock()))
    return await executor.execute(GRAPH, session_state=state, run_id=None if state else run_id)


def data(folder: Path, run_id: str = RUN) -> Path:
    return folder / "runs" / run_id / "data"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def ended(folder: Path, node_id: str) -> int:
    entries = await read_entries(FileJournal(folder), RUN)
    return next(
        entry.seq
        for entry in entries
        if isinstance(entry.event, ev.NodeFinished) and entry.event.node_id == node_id
    )


@pytest.mark.parametrize(
    ("node_id", "expected"),
    [
        ("collect", {"notes.txt": b"one", "maps/a.bin": b"\xff\x00"}),
        ("revise", {"notes.txt": b"one, two"}),
    ],
)
async def test_a_fork_has_the_files_of_its_entry_and_goes_on_with_them(
    tmp_path: Path, node_id: str, expected: dict[str, bytes]
) -> None:
    await walked(tmp_path, RUN)

    at_seq = await ended(tmp_path, node_id)
    fork = Fork(at_seq=at_seq, run_id=TWIN)
    await fork_run(FileJournal(tmp_path), RUN, fork, data_dir=data(tmp_path, TWIN))

    assert files(data(tmp_path, TWIN)) == expected
    assert files(data(tmp_path)) == {"notes.txt": b"one, two"}
    result = await walked(tmp_path, TWIN, {"run_id": TWIN})
    assert result.output["text"] == "one, two", result.error


async def replayed(folder: Path, place: Path, run_id: str = RUN) -> ReplayReport:
    def make(parts: ReplayParts) -> GraphExecutor:
        return with_functions(GraphExecutor(parts.runtime, llm=parts.llm, clock=parts.clock))

    recording = await read_recording(FileJournal(folder), run_id)
    return await replay(recording, GRAPH, make, folder=place)


async def test_a_replay_finds_the_files_of_functions_that_it_does_not_execute(tmp_path: Path) -> None:
    await walked(tmp_path / "recorded", RUN)

    found = await replayed(tmp_path / "recorded", tmp_path / "again")

    assert found.matches, str(found.difference)
    assert files(data(tmp_path / "again")) == {"notes.txt": b"one, two"}


async def test_a_run_replays_whose_function_removed_a_file_of_a_name_that_is_not_kept(tmp_path: Path) -> None:
    def leave(ctx: NodeContext) -> None:
        assert ctx.data_dir is not None
        (ctx.data_dir / "a\nb").write_text("1")

    def remove(ctx: NodeContext) -> None:
        assert ctx.data_dir is not None
        (ctx.data_dir / "a\nb").unlink()

    spec = graph(
        [node("leave", effect="once"), node("remove", effect="once")],
        ways("leave-remove"),
        terminal_nodes=["remove"],
    )

    def using(executor: GraphExecutor) -> GraphExecutor:
        executor.register_function("leave", leave)
        executor.register_function("remove", remove)
        return executor

    await using(GraphExecutor(Runtime(tmp_path), clock=ManualClock())).execute(spec, run_id=RUN)
    recording = await read_recording(FileJournal(tmp_path), RUN)

    found = await replay(
        recording, spec, lambda parts: using(GraphExecutor(parts.runtime, clock=parts.clock)),
        folder=tmp_path / "again",
    )  # fmt: skip

    assert found.matches, str(found.difference)


async def test_a_fork_replays_with_the_files_it_began_with(tmp_path: Path) -> None:
    await walked(tmp_path, RUN)
    fork = Fork(at_seq=await ended(tmp_path, "collect"), run_id=TWIN)
    await fork_run(FileJournal(tmp_path), RUN, fork, data_dir=data(tmp_path, TWIN))
    await walked(tmp_path, TWIN, {"run_id": TWIN})

    found = await replayed(tmp_path, tmp_path / "again", TWIN)

    assert found.matches, str(found.difference)


async def test_a_function_that_is_executed_does_not_find_its_own_files_beforehand(tmp_path: Path) -> None:
    pure = graph([node("collect"), node("report", writes=["text", "maps"])], ways("collect-report"),
                 terminal_nodes=["report"])  # fmt: skip
    executor = with_functions(GraphExecutor(Runtime(tmp_path), clock=ManualClock()))
    await executor.execute(pure, run_id=RUN)
    recording = await read_recording(FileJournal(tmp_path), RUN)

    found = await replay(
        recording,
        pure,
        lambda parts: with_functions(GraphExecutor(parts.runtime, clock=parts.clock)),
        folder=tmp_path / "again",
    )

    assert found.matches, str(found.difference)


def found_at(name: str) -> list[Entry]:
    event = ev.FileFound(name=name, content=Value.of("x"))
    return [Entry(seq=1, at_us=0, lane="m", event=event, digest="")]


@pytest.mark.parametrize("name", ["../up.txt", "/etc/x", "a/../../b", "", ".hidden", "a/.b", "c\\d", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ToolError, match="names no file below a data folder"):
        restore_files(tmp_path / "data", found_at(name))
    assert not (tmp_path / "data").exists()


async def test_a_fork_whose_files_cannot_be_written_is_not_there(tmp_path: Path) -> None:
    await walked(tmp_path, RUN)
    (tmp_path / "taken").write_text("a file stands where the folder should be")
    fork = Fork(at_seq=await ended(tmp_path, "collect"), run_id=TWIN)

    with pytest.raises(JournalWriteError, match="could not be written"):
        await fork_run(FileJournal(tmp_path), RUN, fork, data_dir=tmp_path / "taken")
    assert await FileJournal(tmp_path).read(TWIN) == []
