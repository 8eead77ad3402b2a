"""What an attempt left whose process ended is there when it begins again, in forks and in replays."""

from __future__ import annotations

import asyncio
import sys
from shutil import copytree
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.credentials.environment import EnvironmentCredentials
from framework.credentials.memory import MemoryCredentials
from framework.graph.executor import GraphExecutor
from framework.journal.files import FileJournal
from framework.journal.reading import content_of, read_entries, read_state
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

    async def found(self, run_id: str = RUN) -> list[bytes]:
        """Return what the journal says of files that were found."""
        entries = await self.entries(run_id)
        return [file_content(each.event) for each in entries if isinstance(each.event, ev.FileFound)]

    async def told(self, run_id: str = RUN) -> bytes:
        """Return all that the journal says."""
        entries = await self.entries(run_id)
        return b"\n".join([*(each.body for each in entries), *content_of(entries).values()])

    async def _replayed(self, run_id: str) -> ReplayReport:
        def make(parts: ReplayParts) -> GraphExecutor:
            return self._executor(parts.runtime, clock=parts.clock, credentials=self._credentials)

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
    assert await work.found() == [b"x"] * 2


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

    assert await work.found() == [b"key=[credential BANK_KEY];"] * 2
    assert KEY.encode() not in await work.told()


class Keys(Downloads):
    """Functions of which the first writes its credential to a file, unless that is there."""

    def __init__(self, disk: Path, source: Credentials, *, dies_in: str, adds: str = "") -> None:
        super().__init__(disk, ONE, credentials=source)
        self._dies_in = dies_in
        self._adds = adds

    async def load(self, ctx: NodeContext) -> dict[str, Any]:
        """Write the credential, or go on without it."""
        part = folder_of(ctx) / "load.part"
        if not part.exists():
            part.write_text(f"key={ctx.credentials.get('BANK_KEY')};")
        elif self._adds:
            with part.open("a") as out:
                out.write(self._adds)
        if self._dies_in == "load":
            await self._die()
        return {"load": 1}

    async def count(self, ctx: NodeContext) -> dict[str, Any]:
        """Print and return what is in the folder."""
        if self._dies_in == "count":
            await self._die()
        files = (await super().count(ctx))["files"]
        sys.stdout.write(str(files))
        return {"files": files}


@pytest.mark.parametrize("dies_in", ["load", "count"])
async def test_a_file_that_did_not_change_is_not_told_again_with_the_credential_it_holds(
    dies_in: str, tmp_path: Path
) -> None:
    work = Keys(tmp_path, Stored({"BANK_KEY": KEY}), dies_in=dies_in)
    await work.killed(is_new=True)

    result = await work.run()

    assert result.output["files"] == {"load.part": "key=[credential BANK_KEY];"}, result.error
    assert await work.found() == [b"key=[credential BANK_KEY];"]
    assert KEY.encode() not in await work.told()
    assert await work.difference() == ""


async def test_a_file_that_grew_since_is_told_without_the_credential_of_the_attempt_before(
    tmp_path: Path,
) -> None:
    work = Keys(tmp_path, Stored({"BANK_KEY": KEY}), dies_in="load", adds="more;")
    await work.killed(is_new=True)
    await work.run()

    assert await work.found() == [b"key=[credential BANK_KEY];", b"more;"]
    assert KEY.encode() not in await work.told()


async def test_later_nodes_keep_the_credentials_of_a_dead_process_out_of_what_they_print_and_return(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = MemoryCredentials({"BANK_KEY": KEY})  # It cannot tell what it keeps.
    work = Keys(tmp_path, source, dies_in="count")
    await work.killed(is_new=True)
    capsys.readouterr()

    result = await work.run()

    assert result.output["files"] == {"load.part": "key=[credential BANK_KEY];"}, result.error
    assert capsys.readouterr().out == "{'load.part': 'key=[credential BANK_KEY];'}"
    assert KEY.encode() not in await work.told()


async def test_a_fork_has_its_files_without_the_credentials_of_its_origin(tmp_path: Path) -> None:
    work = Keys(tmp_path, MemoryCredentials({"BANK_KEY": KEY}), dies_in="")
    await work.run(is_new=True)
    await work.fork(
        next(each.seq for each in await work.entries() if isinstance(each.event, ev.NodeFinished))
    )

    twin = await work.run(TWIN)

    assert twin.output["files"] == {"load.part": "key=[credential BANK_KEY];"}, twin.error
    assert await work.difference(TWIN) == ""
    assert KEY.encode() not in await work.told(TWIN)


async def test_a_credential_that_is_given_after_a_look_is_kept_out_of_the_next(tmp_path: Path) -> None:
    class Later(Keys):
        async def count(self, ctx: NodeContext) -> dict[str, Any]:
            (folder_of(ctx) / "count.part").write_text(f"{ctx.credentials.get('SHOP_KEY')}")
            return {"files": {}}

    source = MemoryCredentials({"BANK_KEY": "another key", "SHOP_KEY": KEY})
    work = Later(tmp_path, source, dies_in="load", adds="more;")
    await work.killed(is_new=True)
    await work.run()

    assert (await work.found())[-1] == b"[credential SHOP_KEY]"
    assert KEY.encode() not in await work.told()


async def test_no_file_is_told_with_a_credential_that_a_dead_process_kept_elsewhere(tmp_path: Path) -> None:
    class Hidden(Keys):
        async def load(self, ctx: NodeContext) -> dict[str, Any]:
            hidden = folder_of(ctx) / ".key"
            if not hidden.exists():
                hidden.write_text(f"{ctx.credentials.get('BANK_KEY')}")
                await self._die()
            (folder_of(ctx) / "load.part").write_text(hidden.read_text())
            return {"load": 1}

    work = Hidden(tmp_path, Stored({"BANK_KEY": KEY}), dies_in="load")
    await work.killed(is_new=True)
    await work.run()

    assert await work.found() == [b"[credential BANK_KEY]"]


@pytest.mark.parametrize("filler", [b"\xff", b"x" * 5000], ids=["no text", "a large text"])
async def test_a_credential_is_known_again_in_whatever_file_the_journal_has_it(
    filler: bytes, tmp_path: Path
) -> None:
    class Binary(Keys):
        async def load(self, ctx: NodeContext) -> dict[str, Any]:
            held = filler + f"{ctx.credentials.get('BANK_KEY')}".encode()
            (folder_of(ctx) / "load.part").write_bytes(held)
            return {"load": 1}

        async def count(self, ctx: NodeContext) -> dict[str, Any]:
            assert folder_of(ctx).is_dir()
            await self._die()
            return {"files": {}}

    work = Binary(tmp_path, MemoryCredentials({"BANK_KEY": KEY}), dies_in="count")
    await work.killed(is_new=True)
    await work.run()

    assert await work.found() == [filler + b"[credential BANK_KEY]"]


async def test_a_run_that_was_never_carried_on_is_told_with_credentials_that_were_never_given(
    tmp_path: Path,
) -> None:
    work = Downloads(tmp_path, ONE, text=f"key={KEY};", credentials=Stored({"BANK_KEY": KEY}))

    await work.run(is_new=True)

    assert await work.found() == [f"key={KEY};".encode()]


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
