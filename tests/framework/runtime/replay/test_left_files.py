"""What an attempt left whose process ended is there when it begins again, in forks and in replays."""

from __future__ import annotations

import asyncio
from shutil import copytree
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.credentials.environment import EnvironmentCredentials
from framework.credentials.memory import MemoryCredentials
from framework.graph.executor import GraphExecutor
from framework.journal.files import FileJournal
from framework.journal.reading import read_entries, read_state
from framework.llm.scripted import call
from framework.loop.context import NodeContext  # noqa: TC001  (the hints of a function are read)
from framework.model import events as ev
from framework.model.tool import Effect
from framework.runtime.core import Runtime
from framework.runtime.fork import Fork, fork_run
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from framework.tools.written_file import file_content
from tests.support.one_node import Answers, OneNode
from tests.support.walked_graphs import giving, graph, node, ways

if TYPE_CHECKING:
    from pathlib import Path

    from framework.credentials.base import Credentials
    from framework.graph.result import ExecutionResult
    from framework.journal.entry import Entry
    from framework.model.graph import GraphSpec
    from framework.runtime.replay import ReplayParts, ReplayReport

RUN, TWIN = "run", "twin"
KEY = "sk-of-the-bank-0123456789"


def folder_of(ctx: NodeContext) -> Path:
    assert ctx.data_dir is not None
    return ctx.data_dir


class Stored(MemoryCredentials):
    """Credentials that are known to be there."""

    def opened(self) -> dict[str, str]:
        return {"BANK_KEY": KEY}


class Downloads:
    """Functions that go on with what they find in the data folder, and the disk that their runs are on."""

    def __init__(
        self, disk: Path, spec: GraphSpec, *, text: str = "x", credentials: Credentials | None = None
    ) -> None:
        self.disk = disk / "0"
        self.spec = spec
        self._text = text
        self._credentials = credentials
        self._alive = 0
        self._is_dead = asyncio.Event()

    async def load(self, ctx: NodeContext) -> dict[str, Any]:
        """Write a part more of a file, and tell how large it was before."""
        part = folder_of(ctx) / f"{ctx.node_id}.part"
        before = len(part.read_text()) if part.exists() else 0
        with part.open("a") as out:
            out.write(self._text)
        await self._die()
        return {ctx.node_id: before}

    async def count(self, ctx: NodeContext) -> dict[str, Any]:
        """Tell what is in the folder."""
        return {"files": {path.name: path.read_text() for path in folder_of(ctx).iterdir()}}

    async def run(self, run_id: str = RUN, *, is_new: bool = False) -> ExecutionResult:
        """Begin a run, or carry it on as another process would."""
        made = self._executor(Runtime(self.disk), clock=ManualClock(), credentials=self._credentials)
        state = None if is_new else {"run_id": run_id}
        return await made.execute(self.spec, session_state=state, run_id=run_id if is_new else None)

    async def killed(self, run_id: str = RUN, *, at: int = 1, is_new: bool = False) -> None:
        """Run until a function has written for the ``at``-th time; from there on go by that disk."""
        self._alive = at
        self._is_dead.clear()
        await self.run(run_id, is_new=is_new)
        self.disk = self._next_disk()

    async def fork(self, at_seq: int) -> None:
        """Fork the run."""
        data = self.disk / "runs" / TWIN / "data"
        await fork_run(FileJournal(self.disk), RUN, Fork(at_seq=at_seq, run_id=TWIN), data_dir=data)

    async def difference(self, run_id: str = RUN) -> str:
        """Replay a run; return the first difference, empty if there is none."""
        report = await self._replayed(run_id)
        if report.difference is not None:
            return str(report.difference)
        assert report.digest == (await read_state(FileJournal(self.disk), run_id)).main.digest.hex()
        return ""

    async def entries(self, run_id: str = RUN) -> list[Entry]:
        return await read_entries(FileJournal(self.disk), run_id)

    async def _replayed(self, run_id: str) -> ReplayReport:
        def make(parts: ReplayParts) -> GraphExecutor:
            return self._executor(parts.runtime, clock=parts.clock)

        recording = await read_recording(FileJournal(self.disk), run_id)
        return await replay(recording, self.spec, make, folder=self.disk / f"replay of {run_id}")

    def _executor(self, runtime: Runtime, **options: Any) -> GraphExecutor:
        made = GraphExecutor(runtime, **options)
        for each in self.spec.nodes:
            made.register_function(each.id, self.count if each.id == "count" else self.load)
        made.register_function("start", giving())
        return made

    async def _die(self) -> None:
        """Keep the disk as the process leaves it that dies now; what it does later never was."""
        if self._alive > 1:
            self._alive -= 1
            await self._is_dead.wait()
        elif self._alive == 1:
            self._alive = 0
            copytree(self.disk, self._next_disk())
            self._is_dead.set()

    def _next_disk(self) -> Path:
        return self.disk.with_name(str(int(self.disk.name) + 1))


ONE = graph(
    [node("load", writes=["load"]), node("count", writes=["files"])],
    ways("load-count"),
    terminal_nodes=["count"],
)
FAN_OUT = graph(
    [
        node("start"),
        node("left", writes=["left"]),
        node("right", writes=["right"]),
        node("count", writes=["files"]),
    ],
    ways("start-left start-right left-count right-count"),
    terminal_nodes=["count"],
)


def once(spec: GraphSpec) -> GraphSpec:
    """Return a graph whose functions are executed again, but not in a replay."""
    nodes = [
        each.model_copy(update={"effect": Effect.IDEMPOTENT}) for each in spec.nodes if each.id != "count"
    ]
    return spec.model_copy(update={"nodes": [*nodes, *(each for each in spec.nodes if each.id == "count")]})


@pytest.mark.parametrize("kills", [1, 2])
@pytest.mark.parametrize("spec", [ONE, once(ONE)], ids=["pure", "idempotent"])
async def test_a_replay_finds_what_killed_attempts_left(spec: GraphSpec, kills: int, tmp_path: Path) -> None:
    work = Downloads(tmp_path, spec)
    for number in range(kills):
        await work.killed(is_new=number == 0)

    result = await work.run()

    assert result.output["load"] == kills, result.error
    assert result.output["files"] == {"load.part": "x" * (kills + 1)}
    assert await work.difference() == ""


async def test_what_was_left_is_journaled_before_the_attempt_begins_again(tmp_path: Path) -> None:
    work = Downloads(tmp_path, ONE)
    await work.killed(is_new=True)
    await work.run()

    entries = await work.entries()

    assert [entry.event.kind for entry in entries[:7]] == [
        "run_started", "node_started", "file_found", "run_resumed", "file_found", "output_set",
        "node_finished",
    ]  # fmt: skip
    assert [file_content(each.event) for each in entries if isinstance(each.event, ev.FileFound)] == [
        b"x"
    ] * 2


async def test_forks_have_what_was_left_from_there_on(tmp_path: Path) -> None:
    work = Downloads(tmp_path, ONE)
    await work.killed(is_new=True)
    result = await work.run()
    resumed = next(each.seq for each in await work.entries() if isinstance(each.event, ev.RunResumed))
    await work.fork(resumed)

    twin = await work.run(TWIN)

    assert twin.output == result.output, twin.error
    assert await work.difference(TWIN) == ""


@pytest.mark.parametrize(("spec", "node_id"), [(ONE, "load"), (FAN_OUT, "left"), (FAN_OUT, "right")])
async def test_a_fork_that_is_killed_itself_replays(spec: GraphSpec, node_id: str, tmp_path: Path) -> None:
    work = Downloads(tmp_path, spec)
    await work.run(is_new=True)
    starts = [each for each in await work.entries() if isinstance(each.event, ev.NodeStarted)]
    await work.fork(next(each.seq for each in starts if each.event.node_id == node_id))
    await work.killed(TWIN)

    assert (await work.run(TWIN)).success
    assert await work.difference(TWIN) == ""


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("kills", [1, 2])
@pytest.mark.parametrize("spec", [FAN_OUT, once(FAN_OUT)], ids=["pure", "idempotent"])
async def test_branches_find_what_their_killed_attempts_left(
    spec: GraphSpec, kills: int, at: int, tmp_path: Path
) -> None:
    work = Downloads(tmp_path, spec)
    await work.killed(is_new=True, at=at)
    for _ in range(kills - 1):
        await work.killed()

    result = await work.run()

    assert result.output["left"] + result.output["right"] >= kills, result.error
    assert await work.difference() == ""


async def test_a_run_that_waited_for_a_person_is_not_looked_after(tmp_path: Path) -> None:
    node = OneNode([call("ask_user", question="Which?"), "Done."], storage=tmp_path, client_facing=True)
    paused = await node.run()
    data = tmp_path / "runs" / node.run_id / "data"
    data.mkdir(parents=True)
    (data / "of a person.txt").write_text("x")

    await node.resume(paused, person=Answers("this"))

    assert await node.events(ev.FileFound) == []


@pytest.mark.parametrize("is_stored", [True, False])
async def test_no_credential_is_told_that_the_dead_process_may_have_been_given(
    is_stored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANK_KEY", KEY)
    credentials = Stored({"BANK_KEY": KEY}) if is_stored else EnvironmentCredentials()
    work = Downloads(tmp_path, ONE, text=f"key={KEY};", credentials=credentials)
    await work.killed(is_new=True)
    await work.run()

    found = [
        file_content(each.event) for each in await work.entries() if isinstance(each.event, ev.FileFound)
    ]

    assert found[0] == b"key=[credential BANK_KEY];"


async def test_what_is_told_already_is_not_told_without_credentials_that_were_never_given(
    tmp_path: Path,
) -> None:
    spec = graph(
        [node("first", writes=["first"]), node("load", writes=["load"])], ways("first-load"),
        terminal_nodes=["load"],
    )  # fmt: skip
    work = Downloads(tmp_path, spec, text=f"key={KEY};", credentials=Stored({"BANK_KEY": KEY}))
    await work.run(is_new=True)
    starts = [each for each in await work.entries() if isinstance(each.event, ev.NodeStarted)]
    await work.fork(starts[-1].seq)

    await work.run(TWIN)

    told = [each.event.name for each in await work.entries(TWIN) if isinstance(each.event, ev.FileFound)]
    assert told == ["first.part", "load.part"]
