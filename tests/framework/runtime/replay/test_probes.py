"""Calls in doubt where a run was forked or cut off replay as their probe, or a person, settled them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import CallInDoubtError
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries, read_state
from framework.llm.scripted import ScriptedProvider
from framework.model import events as ev
from framework.model.message import Role
from framework.model.tool import ToolUse
from framework.runtime.core import Runtime
from framework.runtime.fork import Fork, fork_run
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from framework.tools import ToolRegistry
from framework.tools.function_tool import tool
from tests.support.one_node import Answers
from tests.support.walked_graphs import edge, giving, graph, loop_node, node, ways

if TYPE_CHECKING:
    from pathlib import Path

    from framework.graph.result import ExecutionResult
    from framework.llm.base import ModelRequest
    from framework.llm.scripted import Answer
    from framework.runtime.replay import ReplayParts, ReplayReport
    from framework.tools.context import ToolContext

RUN, TWIN = "run", "twin"

PLAIN = graph(
    [loop_node("a", writes=["a"], tools=["send"], system_prompt="a"), node("end")],
    [edge("a", "end")],
    terminal_nodes=["end"],
)
FAN_OUT = graph(
    [
        node("start"),
        *(loop_node(name, writes=[name], tools=["send"], system_prompt=name) for name in "ab"),
        node("end"),
    ],
    ways("start-a start-b a-end b-end"),
    terminal_nodes=["end"],
    conversation_mode="isolated",
)


def sends_two(request: ModelRequest) -> Answer:
    """Let a node send two letters, then set its output; the ids are the same in every conversation."""
    name = request.system.split()[0]
    step = sum(message.role is Role.ASSISTANT for message in request.messages)
    if step == 0:
        return [ToolUse(f"c{number}", "send", {"text": f"{name}{number}"}) for number in range(2)]
    return [ToolUse("out", "set_output", {"key": name, "value": 1})] if step == 1 else "Done."


class Post:
    """Sends letters; its probe says what was ``found``, or raises it."""

    def __init__(self, spec: Any, found: Any, lost: int = 0) -> None:
        self.journal = MemoryJournal()
        self.spec = spec
        self.sent: list[str] = []
        self.found = found
        self._is_closed = False

        async def probe(arguments: dict[str, Any], context: ToolContext) -> Any:
            assert not self._is_closed
            if isinstance(self.found, Exception):
                raise self.found
            return self.found

        @tool(effect="once", probe=probe)
        async def send(text: str) -> str:
            """Send."""
            assert not self._is_closed
            self.sent.append(text)
            if len(self.sent) <= lost:
                raise CallInDoubtError("lost")
            return f"sent {text} as number {len(self.sent)}"

        self._registry = ToolRegistry()
        self._registry.register_function(send)

    async def run(self, run_id: str, *, is_new: bool = False, person: Any = None) -> ExecutionResult:
        made = with_functions(
            GraphExecutor(
                Runtime(journal=self.journal), ScriptedProvider(sends_two), tools=self._registry.get_tools(),
                tool_executor=self._registry.get_executor(), person=person, clock=ManualClock(),
            )
        )  # fmt: skip
        state = None if is_new else {"run_id": run_id}
        return await made.execute(self.spec, session_state=state, run_id=run_id if is_new else None)

    async def intent(self, lane: str) -> int:
        """Return the entry that intends the call of a lane."""
        entries = await read_entries(self.journal, RUN)
        intents = [entry for entry in entries if isinstance(entry.event, ev.ToolIntended)]
        return next(entry.seq for entry in intents if entry.lane == lane)

    def cut_off(self, run_id: str, at_seq: int) -> None:
        """Leave a run as one that was killed after an entry."""
        del self.journal._runs[run_id][at_seq:]

    async def replayed(self, run_id: str, folder: Path) -> ReplayReport:
        self._is_closed = True
        recording = await read_recording(self.journal, run_id)
        report = await replay(recording, self.spec, self._replaying, folder=folder, patience_s=1)
        if report.matches:
            assert report.digest == (await read_state(self.journal, run_id)).main.digest.hex()
        return report

    def _replaying(self, parts: ReplayParts) -> GraphExecutor:
        tools = parts.permissions.as_recorded({**parts.tools, **self._registry.get_tools()})
        return with_functions(
            GraphExecutor(
                parts.runtime, parts.llm, tools=tools, tool_executor=parts.tool_executor,
                person=parts.person, clock=parts.clock,
            )
        )  # fmt: skip


def with_functions(executor: GraphExecutor) -> GraphExecutor:
    for name in ("start", "end"):
        executor.register_function(name, giving())
    return executor


ANSWERS = [None, False, True, {"receipt": 7}, "", 0]
PLACES = [
    (PLAIN, "m.c1.000"),
    (PLAIN, "m.c1.001"),
    (FAN_OUT, "m.b1.000.c1.000"),
    (FAN_OUT, "m.b1.001.c1.001"),
]


@pytest.mark.parametrize(("spec", "lane"), PLACES)
@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
async def test_a_fork_of_a_call_that_its_probe_settled_replays(
    spec: Any, lane: str, answer: Any, tmp_path: Path
) -> None:
    post = Post(spec, answer)
    await post.run(RUN, is_new=True)
    await fork_run(post.journal, RUN, Fork(at_seq=await post.intent(lane), run_id=TWIN), clock=ManualClock())
    assert (await post.run(TWIN)).paused_at is None

    report = await post.replayed(TWIN, tmp_path)

    assert report.difference is None, str(report.difference)


@pytest.mark.parametrize("answer", [None, {"receipt": 7}], ids=repr)
async def test_a_fork_of_a_run_that_was_killed_in_the_call_replays(answer: Any, tmp_path: Path) -> None:
    post = Post(PLAIN, answer)
    await post.run(RUN, is_new=True)
    at_seq = await post.intent("m.c1.001")
    post.cut_off(RUN, at_seq)
    await fork_run(post.journal, RUN, Fork(at_seq=at_seq, run_id=TWIN), clock=ManualClock())
    for run_id in (RUN, TWIN):
        assert (await post.run(run_id)).paused_at is None

    for run_id in (RUN, TWIN):
        report = await post.replayed(run_id, tmp_path / run_id)
        assert report.difference is None, str(report.difference)


@pytest.mark.parametrize(("spec", "lane"), PLACES)
@pytest.mark.parametrize("said", ["done 17", "not done", "abandon"])
async def test_a_fork_replays_whose_probe_did_not_know(
    spec: Any, lane: str, said: str, tmp_path: Path
) -> None:
    post = Post(spec, ValueError("no answer"))
    await post.run(RUN, is_new=True)
    await fork_run(post.journal, RUN, Fork(at_seq=await post.intent(lane), run_id=TWIN), clock=ManualClock())
    assert (await post.run(TWIN, person=Answers(*[said] * 4))).paused_at is None

    report = await post.replayed(TWIN, tmp_path)

    assert report.difference is None, str(report.difference)


@pytest.mark.parametrize("said", ["done 17", "not done", "abandon"])
async def test_a_fork_made_while_a_person_was_asked_replays(said: str, tmp_path: Path) -> None:
    post = Post(PLAIN, ValueError("no answer"), lost=4)
    await post.run(RUN, is_new=True)
    at_seq = len(await read_entries(post.journal, RUN))
    await fork_run(post.journal, RUN, Fork(at_seq=at_seq, run_id=TWIN), clock=ManualClock())
    assert (await post.run(TWIN, person=Answers(said, said, "done", "done"))).paused_at is None

    report = await post.replayed(TWIN, tmp_path)

    assert report.difference is None, str(report.difference)


async def test_a_call_that_is_lost_again_after_a_fork_is_in_doubt_again(tmp_path: Path) -> None:
    post = Post(PLAIN, None, lost=1)
    await post.run(RUN, is_new=True)
    post.sent.clear()  # The first call of the fork is lost, too.
    at_seq = await post.intent("m.c1.000")
    await fork_run(post.journal, RUN, Fork(at_seq=at_seq, run_id=TWIN), clock=ManualClock())
    assert (await post.run(TWIN, person=Answers("done 1", "done 2"))).paused_at is None

    report = await post.replayed(TWIN, tmp_path)

    assert report.difference is None, str(report.difference)


@pytest.mark.parametrize("spec", [PLAIN, FAN_OUT])
@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("found", [None, {"receipt": 7}], ids=repr)
async def test_a_run_replays_whose_probe_knew_only_after_a_person_was_asked(
    spec: Any, lost: int, found: Any, tmp_path: Path
) -> None:
    post = Post(spec, ValueError("no answer"), lost=lost)
    paused = await post.run(RUN, is_new=True)
    assert paused.paused_at is not None
    post.found = found
    assert (await post.run(RUN)).paused_at is None

    report = await post.replayed(RUN, tmp_path)

    assert report.difference is None, str(report.difference)
