"""A run that is carried on has the files that its journal holds, whatever became of them on disk."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from shutil import copytree, rmtree
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import BlobNotFoundError, InputError, JournalWriteError
from framework.events.bus import EventBus, EventType
from framework.graph.executor import GraphExecutor, RunOptions
from framework.journal.files import FileJournal
from framework.journal.postgres import PostgresJournal
from framework.journal.reading import LOST_FILES_FACT, read_fact, read_state
from framework.journal.state import RunStatus
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.loop import run_files
from framework.loop.context import NodeContext  # noqa: TC001  (the hints of a function are read)
from framework.runtime.core import Runtime
from framework.runtime.fork import Fork, fork_run
from framework.tools import ToolRegistry
from framework.tools.data import register_data_tools
from tests.support.one_node import Answers
from tests.support.walked_graphs import giving, graph, loop_node, node, ways

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from framework.events.event import AgentEvent
    from framework.graph.result import ExecutionResult
    from framework.journal.base import Journal
    from framework.llm.base import ModelRequest

RUN = "run"
LARGE = "large enough to be stored apart " * 100

TALK = graph(
    [loop_node("talk", writes=["text"], client_facing=True, tools=["save_data", "load_data"])],
    terminal_nodes=["talk"],
)
WORK = graph(
    [
        node("collect", effect="idempotent"),
        node("wait", effect="idempotent"),
        node("report", writes=["files"]),
    ],
    ways("collect-wait wait-report"),
    terminal_nodes=["report"],
    pause_nodes=["wait"],
)


def talk(request: ModelRequest) -> Any:
    said = sum(message.role == "assistant" for message in request.messages)
    return [
        call("save_data", filename="m.txt", data=LARGE),
        call("ask_user", question="Shall I go on?"),
        call("load_data", filename="m.txt"),
        call("set_output", key="text", value=request.messages[-1].content),
        "Done.",
    ][said]


def collect(ctx: NodeContext) -> None:
    assert ctx.data_dir is not None
    (ctx.data_dir / "maps").mkdir(exist_ok=True)
    (ctx.data_dir / "maps" / "a.bin").write_bytes(b"\xff\x00")
    (ctx.data_dir / f"{ctx.log.state.run_id}.txt").write_text("one")


def wait(ctx: NodeContext) -> None:
    assert ctx.data_dir is not None
    with (ctx.data_dir / f"{ctx.log.state.run_id}.txt").open("a") as notes:
        notes.write(", two")


def report(ctx: NodeContext) -> dict[str, Any]:
    assert ctx.data_dir is not None
    return {"files": {name: content.decode("latin-1") for name, content in held(ctx.data_dir).items()}}


def held(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


KEPT = {"run.txt": b"one, two", "maps/a.bin": b"\xff\x00"}
REPORTED = {"run.txt": "one, two", "maps/a.bin": "\xff\x00"}


class Store:
    """Keeps runs in files below a folder, or in a database; every executor has a journal of its own."""

    def __init__(self, database: str | None) -> None:
        self.database = database
        self.processes = 0

    @asynccontextmanager
    async def opened(self, folder: Path) -> AsyncGenerator[Journal]:
        self.processes += 1
        if self.database is None:
            yield FileJournal(folder)
            return
        async with PostgresJournal(self.database, owner=f"process {self.processes}") as journal:
            yield journal

    async def execute(self, folder: Path, run_id: str = RUN, **options: Any) -> ExecutionResult:
        """Begin a run of ``spec``, or carry it on, as another process would."""
        spec, is_new = options.pop("spec", WORK), options.pop("is_new", False)
        session = options.pop("session", None)
        registry = ToolRegistry()
        register_data_tools(registry)
        async with self.opened(folder) as journal:
            executor = GraphExecutor(
                Runtime(folder, journal=journal),
                llm=ScriptedProvider(talk),
                tools=registry.get_tools(),
                tool_executor=registry.get_executor(),
                **options,
            )
            for function in (collect, wait, report):
                executor.register_function(function.__name__, function)
            return await executor.execute(
                spec,
                run_id=run_id if is_new else None,
                session_state=None if is_new else {"run_id": run_id},
                options=RunOptions(session=session) if is_new else RunOptions(),
            )

    async def begin(self, folder: Path, run_id: str = RUN, **options: Any) -> ExecutionResult:
        return await self.execute(folder, run_id, is_new=True, **options)


@pytest.fixture(params=["files", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    return Store(request.getfixturevalue("postgres") if request.param == "postgres" else None)


@pytest.fixture
def in_files() -> Store:
    return Store(None)


def data(folder: Path, run_id: str = RUN) -> Path:
    return folder / "runs" / run_id / "data"


async def test_a_model_that_goes_on_finds_the_file_it_saved(store: Store, tmp_path: Path) -> None:
    paused = await store.begin(tmp_path, spec=TALK)
    assert paused.paused_at == "talk"
    rmtree(data(tmp_path))

    result = await store.execute(tmp_path, spec=TALK, person=Answers("yes"))

    assert LARGE[:100] in result.output["text"], result.error


async def test_a_function_that_goes_on_finds_the_files_of_those_before(store: Store, tmp_path: Path) -> None:
    await store.begin(tmp_path)
    rmtree(data(tmp_path))

    result = await store.execute(tmp_path)

    assert result.output["files"] == REPORTED, result.error


async def test_the_files_are_there_on_another_machine(store: Store, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    await store.begin(here)
    if store.database is None:
        copytree(here, there)
        rmtree(data(there))

    result = await store.execute(there)

    assert result.output["files"] == REPORTED, result.error
    assert held(data(there)) == KEPT


async def test_what_is_on_disk_is_left_alone(in_files: Store, tmp_path: Path) -> None:
    await in_files.begin(tmp_path)
    (data(tmp_path) / "run.txt").write_text("of a person")
    (data(tmp_path) / "maps" / "a.bin").unlink()

    await in_files.execute(tmp_path)

    assert held(data(tmp_path)) == KEPT | {"run.txt": b"of a person"}


async def test_nothing_is_written_through_a_link(in_files: Store, tmp_path: Path) -> None:
    await in_files.begin(tmp_path)
    rmtree(data(tmp_path) / "maps")
    (tmp_path / "elsewhere").mkdir()
    (data(tmp_path) / "maps").symlink_to(tmp_path / "elsewhere")

    assert (await in_files.execute(tmp_path)).success

    assert list((tmp_path / "elsewhere").iterdir()) == []


async def test_a_file_in_place_of_a_folder_is_left_alone(in_files: Store, tmp_path: Path) -> None:
    await in_files.begin(tmp_path)
    rmtree(data(tmp_path))
    data(tmp_path).mkdir()
    (data(tmp_path) / "maps").write_text("no folder")

    result = await in_files.execute(tmp_path)

    assert result.output["files"] == {"run.txt": "one, two", "maps": "no folder"}


async def test_a_fork_has_its_files_on_another_machine(store: Store, tmp_path: Path) -> None:
    await store.begin(tmp_path)
    async with store.opened(tmp_path) as journal:
        at_seq = (await read_state(journal, RUN)).last_seq
        await fork_run(journal, RUN, Fork(at_seq=at_seq, run_id="twin"), data_dir=data(tmp_path, "twin"))
    rmtree(data(tmp_path, "twin"))

    result = await store.execute(tmp_path, "twin")

    assert result.output["files"] == REPORTED, result.error


async def test_a_run_without_files_gets_no_folder(in_files: Store, tmp_path: Path) -> None:
    nodes = [node("a", function=giving()), node("b", function=giving())]
    quiet = graph(nodes, ways("a-b"), terminal_nodes=["b"], pause_nodes=["a"])
    await in_files.begin(tmp_path, spec=quiet)
    rmtree(data(tmp_path), ignore_errors=True)

    assert (await in_files.execute(tmp_path, spec=quiet)).success
    assert not data(tmp_path).exists()


async def test_a_run_that_has_ended_gets_no_files(in_files: Store, tmp_path: Path) -> None:
    await in_files.begin(tmp_path)
    await in_files.execute(tmp_path)
    rmtree(data(tmp_path))

    with pytest.raises(InputError, match="has ended"):
        await in_files.execute(tmp_path)
    assert not data(tmp_path).exists()


# A folder that runs share.


def shared(folder: Path) -> Path:
    return folder / "sessions" / "s" / "data"


async def test_a_file_that_another_run_removed_stays_away(store: Store, tmp_path: Path) -> None:
    await store.begin(tmp_path, session="s")
    (shared(tmp_path) / "run.txt").unlink()

    result = await store.execute(tmp_path)

    assert result.output["files"] == {"maps/a.bin": "\xff\x00"}


async def test_each_run_of_a_session_brings_its_files_back_once_the_folder_was_gone(
    store: Store, tmp_path: Path
) -> None:
    for run_id in ("run", "second"):
        await store.begin(tmp_path, run_id, session="s")
    rmtree(shared(tmp_path))

    first = await store.execute(tmp_path, "run")
    assert first.output["files"] == REPORTED, first.error
    second = await store.execute(tmp_path, "second")

    assert second.output["files"].keys() >= {"maps/a.bin", "second.txt"}


async def test_a_run_that_went_on_since_does_not_bring_back_what_was_removed(
    store: Store, tmp_path: Path
) -> None:
    twice = WORK.model_copy(update={"pause_nodes": ["collect", "wait"]})
    await store.begin(tmp_path, session="s", spec=twice)
    rmtree(shared(tmp_path))
    await store.execute(tmp_path, spec=twice)
    (shared(tmp_path) / "run.txt").unlink()

    result = await store.execute(tmp_path, spec=twice)

    assert result.output["files"] == {"maps/a.bin": "\xff\x00"}


# What cannot be brought back.


async def test_a_file_that_the_journal_left_out_is_named(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_files, "MAX_FILE_BYTES", 5)
    await store.begin(tmp_path)
    rmtree(data(tmp_path))
    heard: list[AgentEvent] = []
    bus = EventBus()
    bus.subscribe(heard.append, (EventType.EXECUTION_RESUMED,))

    result = await store.execute(tmp_path, event_bus=bus)

    lost = {"run.txt": "it has 8 bytes, over the limit"}
    assert result.output["files"] == {"maps/a.bin": "\xff\x00"}
    assert [event.data[LOST_FILES_FACT] for event in heard] == [lost]
    async with store.opened(tmp_path) as journal:
        assert await read_fact(journal, RUN, LOST_FILES_FACT) == lost


async def test_a_file_that_was_left_out_and_is_there_is_not_named(
    in_files: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_files, "MAX_FILE_BYTES", 5)
    await in_files.begin(tmp_path)

    assert (await in_files.execute(tmp_path)).output["files"] == REPORTED
    assert await read_fact(FileJournal(tmp_path), RUN, LOST_FILES_FACT) is None


async def test_content_that_is_not_stored_stops_the_run_before_anything_runs(
    in_files: Store, tmp_path: Path
) -> None:
    await in_files.begin(tmp_path, spec=TALK)
    rmtree(data(tmp_path))
    (tmp_path / "blobs").rename(tmp_path / "away")

    with pytest.raises(BlobNotFoundError, match=r"Entry \d+ of run 'run' lacks its content.*copy the blobs"):
        await in_files.execute(tmp_path, spec=TALK, person=Answers("yes"))
    (tmp_path / "away").rename(tmp_path / "blobs")

    result = await in_files.execute(tmp_path, spec=TALK, person=Answers("yes"))
    assert LARGE[:100] in result.output["text"], result.error


async def test_a_folder_that_cannot_be_written_leaves_the_run_as_it_is(
    in_files: Store, tmp_path: Path
) -> None:
    await in_files.begin(tmp_path)
    rmtree(data(tmp_path))
    data(tmp_path).symlink_to(tmp_path)

    with pytest.raises(JournalWriteError, match=r"The file '.*' could not be written to .*/run/data'"):
        await in_files.execute(tmp_path)
    assert (await read_state(FileJournal(tmp_path), RUN)).status is RunStatus.PAUSED
    data(tmp_path).unlink()

    assert (await in_files.execute(tmp_path)).output["files"] == REPORTED


async def test_what_a_kill_left_half_done_is_finished(
    in_files: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_files.begin(tmp_path, session="s")
    rmtree(shared(tmp_path))
    rename = os.rename
    renamed: list[str] = []

    def once(source: str, target: str, **options: Any) -> None:
        if renamed:
            raise OSError(28, "No space left on device")
        renamed.append(target)
        rename(source, target, **options)

    with monkeypatch.context() as patched, pytest.raises(JournalWriteError, match="No space left"):
        patched.setattr(os, "rename", once)
        await in_files.execute(tmp_path)
    assert len(held(shared(tmp_path))) == 1

    assert (await in_files.execute(tmp_path)).output["files"] == REPORTED
