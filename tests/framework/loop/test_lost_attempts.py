"""A call that was under way when its attempt ended is in doubt in the next one, as it is after a crash."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from framework.clock import ManualClock
from framework.graph.executor import GraphExecutor
from framework.graph.options import RunOptions
from framework.journal import MemoryJournal
from framework.journal.state import NodeState
from framework.llm.scripted import ScriptedProvider, call
from framework.loop import doubts, one_call, real_calls
from framework.loop.doubts import ABANDON, DONE, NOT_DONE
from framework.model import events as ev
from framework.model.loop_config import LoopConfig
from framework.model.message import Role
from framework.runtime.core import Runtime
from framework.runtime.fork import Fork, fork_run
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from framework.tools import ToolRegistry
from framework.tools.calls import until_over
from framework.tools.context import ToolContext  # noqa: TC001  (the hints of a tool are read)
from framework.tools.function_tool import tool
from tests.support.lost_attempts import (
    ATTEMPTS,
    LeftAlone,
    OnDemand,
    Thread,
    Till,
    losing_till,
    pay_once,
)
from tests.support.one_node import Answers
from tests.support.walked_graphs import giving, graph, loop_node, node, ways

if TYPE_CHECKING:
    from pathlib import Path

    from framework.llm.base import ModelRequest
    from framework.model.events import QuestionAsked
    from framework.runtime.replay import ReplayParts


@pytest.mark.parametrize(
    ("answer", "made", "said"),
    [
        (DONE, 1, "took effect"),
        (f"{DONE}: receipt 17", 1, "receipt 17"),
        (NOT_DONE, 2, "paid 5"),
        (ABANDON, 1, "gave it up"),
    ],
)
async def test_a_person_says_what_became_of_a_call_of_an_attempt_that_ran_out_of_time(
    answer: str, made: int, said: str, tmp_path: Path
):
    till = Till()

    paused = await till.run()
    questions = await till.open_questions()
    result = await till.resume(person=Answers(answer))

    assert paused.paused_at == "n"
    assert len(questions) == 1
    assert (result.success, result.total_retries) == (True, 1)
    assert (len(till.keys), len(set(till.keys))) == (made, 1)
    assert said in till.node.said()[-1]
    assert len(await till.node.events(ev.QuestionAsked)) == 1
    assert await till.open_questions() == []
    await till.check_replay(tmp_path)


async def test_a_person_who_is_there_is_asked_at_once(tmp_path: Path):
    till, person = Till(), Answers(DONE)

    assert (await till.run(person=person)).success
    assert len(till.keys) == len(person.asked) == 1
    await till.check_replay(tmp_path)


async def test_a_call_that_is_made_again_and_cut_off_again_is_in_doubt_again(tmp_path: Path):
    till, person = Till(lost=2), Answers(NOT_DONE, NOT_DONE)

    assert (await till.run(person=person)).success
    assert (len(till.keys), len(set(till.keys))) == (3, 1)
    assert [question.options[1] for question in person.asked] == [NOT_DONE, NOT_DONE]
    await till.check_replay(tmp_path)


@pytest.mark.parametrize(
    ("found", "made", "said"),
    [
        (True, 1, "took effect; its result was lost"),
        ({"receipt": 17}, 1, '{"receipt":17}'),
        (False, 2, "paid 5"),
        (None, 2, "paid 5"),
    ],
)
async def test_a_probe_is_asked_before_the_next_attempt_makes_the_call(
    found: object, made: int, said: str, tmp_path: Path
):
    till = Till(probe=lambda arguments, context: found)

    assert (await till.run()).success
    assert till.looked == [till.keys[0]]
    assert till.keys == [till.keys[0]] * made
    assert said in till.node.said()[-1]
    assert await till.node.events(ev.QuestionAsked) == []
    await till.check_replay(tmp_path)


async def test_a_probe_that_does_not_know_leaves_it_to_a_person(tmp_path: Path):
    def broken(arguments: object, context: object) -> None:
        raise ConnectionError("no bank")

    till = Till(probe=broken)

    assert (await till.run()).paused_at == "n"
    assert (await till.resume(person=Answers(NOT_DONE))).success
    assert (len(till.keys), len(set(till.keys))) == (2, 1)
    await till.check_replay(tmp_path)


@pytest.mark.parametrize("effect", ["none", "idempotent"])
async def test_what_may_be_repeated_is_repeated_with_the_same_key(effect: str, tmp_path: Path):
    till = Till(lost=2, effect=effect)

    assert (await till.run()).success
    assert (len(till.keys), len(set(till.keys))) == (3, 1)
    assert await till.node.events(ev.ToolInDoubt) == []
    await till.check_replay(tmp_path)


async def test_a_thread_that_returns_late_settles_nothing():
    thread = Thread()

    paused = await thread.till.run()
    thread.release.set()
    result = await thread.till.resume(person=Answers(f"{DONE} late"))

    assert (paused.paused_at, result.success) == ("n", True)
    assert len(thread.till.keys) == 1
    assert "Its result: late" in thread.till.node.said()[-1]


async def test_a_probe_looks_when_the_thread_of_the_call_is_over(monkeypatch: pytest.MonkeyPatch):
    def ledger(arguments: object, context: ToolContext) -> bool:
        thread.release.set()  # A probe that looks too early ends the test, and finds nothing.
        return context.idempotency_key in thread.paid

    async def until_released(key: str) -> None:
        waiting = asyncio.ensure_future(until_over(key))
        await asyncio.sleep(0)
        was_waiting.append(not waiting.done())
        thread.release.set()
        await waiting

    # Nothing else tells that the wait has begun; the wait itself is the real one.
    monkeypatch.setattr(doubts, "until_over", until_released)
    thread, was_waiting = Thread(probe=ledger), list[bool]()

    assert (await thread.till.run()).success
    assert was_waiting == [True]
    assert thread.paid == thread.till.keys
    assert len(thread.paid) == 1


async def test_a_probe_that_hung_is_not_taken_for_the_call():
    """It held up the next attempt for the whole time-out of the tool, which asked a person then."""
    release, loop = threading.Event(), asyncio.get_running_loop()

    def probe(arguments: object, context: ToolContext) -> str | None:
        if len(till.looked) > 1:
            return "receipt 17"
        loop.call_soon_threadsafe(till.limits.end)
        release.wait(30)
        return None

    till = losing_till(probe=probe, timeout_s=15)
    try:
        result = await till.run()
    finally:
        release.set()

    assert (result.success, result.paused_at) == (True, None)
    assert till.looked == till.keys * 2
    assert "receipt 17" in till.node.said()[-1]
    assert await till.open_questions() == []


async def test_a_person_is_asked_while_the_thread_of_the_call_does_not_end():
    thread, is_given_up = Thread(probe=lambda arguments, context: False), asyncio.Event()
    till = thread.till
    till.node.bus.subscribe(lambda event: is_given_up.set(), ["node_retry"])
    running = asyncio.ensure_future(till.run())
    await is_given_up.wait()
    running.cancel()
    await asyncio.wait({running})

    impatient = RunOptions(limits=till.limits, loop_config=LoopConfig(tool_timeout_s=0.01))
    try:
        assert (await till.resume(options=impatient)).paused_at == "n"
    finally:
        thread.release.set()
    assert till.looked == []
    assert len(till.keys) == 1


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(("answer", "made"), [(DONE, 1), (NOT_DONE, 2), (ABANDON, 1)])
async def test_a_question_outlives_the_attempt_that_asked_it(
    times: int, answer: str, made: int, tmp_path: Path
):
    till = losing_till()
    person = LeftAlone(till, answer, times=times)

    assert (await till.run(person=person)).success
    assert len({question.question_id for question in person.asked}) == 1
    assert len(person.asked) == times + 1
    assert len(till.keys) == made
    assert len(await till.node.events(ev.QuestionAsked)) == 1
    assert await till.open_questions() == []
    await till.check_replay(tmp_path)


async def test_a_word_said_as_the_time_of_its_attempt_is_up_counts_in_the_next(tmp_path: Path):
    class LastMoment(Answers):
        async def ask(self, question: QuestionAsked) -> str:
            till.limits.end()
            return await super().ask(question)

    till, person = losing_till(), LastMoment(f"{DONE} 17")

    result = await till.run(person=person)

    assert (result.success, result.total_retries) == (True, 1)
    assert (len(person.asked), len(till.keys)) == (1, 1)
    assert "Its result: 17" in till.node.said()[-1]
    await till.check_replay(tmp_path)


async def test_a_question_that_stayed_open_is_answered_by_another_process(tmp_path: Path):
    till = losing_till()
    person = LeftAlone(till)

    paused = await till.run(person=person)
    (open_one,) = await till.open_questions()
    result = await till.resume(person=Answers(f"{DONE} 17"))

    assert (paused.paused_at, result.success) == ("n", True)
    assert open_one == person.asked[0].question_id
    assert len(till.keys) == 1
    await till.check_replay(tmp_path)


async def test_an_error_of_whoever_asks_the_person_does_not_settle_the_call(tmp_path: Path):
    class Hoarse(Answers):
        async def ask(self, question: QuestionAsked) -> str:
            answer = await super().ask(question)
            if len(self.asked) == 1:
                raise ConnectionError("the line is dead")
            return answer

    till, person = losing_till(), Hoarse("", f"{DONE} 17")

    assert (await till.run(person=person)).success
    assert len(till.keys) == 1
    assert person.asked[0] == person.asked[1]
    await till.check_replay(tmp_path)


async def test_a_probe_that_knows_by_the_next_attempt_closes_the_question(tmp_path: Path):
    known: list[str] = []

    def probe(arguments: object, context: ToolContext) -> Any:
        if not known:
            raise ConnectionError("no bank")
        return known[0]

    class Late(LeftAlone):
        async def ask(self, question: QuestionAsked) -> str:
            known.append("receipt 17")
            return await super().ask(question)

    till = losing_till(probe=probe)

    assert (await till.run(person=Late(till))).success
    assert "receipt 17" in till.node.said()[-1]
    assert len(till.keys) == 1
    assert await till.open_questions() == []
    await till.check_replay(tmp_path)


async def test_a_question_is_closed_when_the_node_ends_without_making_the_call_again(tmp_path: Path):
    till = losing_till()
    replies = iter([call("pay", cents=5), "I leave it."])
    till.node.provider._script = lambda request: next(replies)

    assert (await till.run(person=LeftAlone(till))).success
    assert len(till.keys) == 1
    assert await till.open_questions() == []
    await till.check_replay(tmp_path)


async def test_when_no_attempt_is_left_the_node_fails_and_nothing_was_repeated(tmp_path: Path):
    till = losing_till()

    result = await till.run(person=LeftAlone(till, times=ATTEMPTS))

    assert "took longer than" in str(result.error)
    assert len(till.keys) == 1
    assert await till.open_questions() == []
    await till.check_replay(tmp_path)


async def test_calls_beside_the_one_in_doubt_are_made(tmp_path: Path):
    till, person = Till(), Answers(DONE)
    both = [call("pay", cents=5), call("pay", cents=5)]
    first = [call("pay", cents=5)]
    script = iter([first, both, "Ok."])
    till.node.provider._script = lambda request: next(script)

    assert (await till.run(person=person)).success
    assert len(till.keys) == len(set(till.keys)) == 2
    assert [text for text in till.node.said() if text.startswith("tool")][1] == "tool: paid 5"
    await till.check_replay(tmp_path)


async def test_what_returned_is_reused_and_only_what_did_not_is_asked_about(tmp_path: Path):
    noted: list[int] = []
    person, has_returned = Answers(DONE), asyncio.Event()

    async def pay(cents: int) -> str:
        """Pay."""
        noted.append(cents)
        if cents == 5:
            await has_returned.wait()
            till.limits.end()
            await asyncio.Event().wait()
        return f"paid {cents}"

    till = Till(pay=pay)
    till.node.bus.subscribe(lambda event: has_returned.set(), ["tool_call_completed"])
    both = [call("pay", cents=1), call("pay", cents=5)]
    till.node.provider._script = lambda request: "Ok." if request.messages[-1].role is Role.TOOL else both

    assert (await till.run(person=person)).success
    assert sorted(noted) == [1, 5]
    assert len(person.asked) == 1
    assert '"cents":5' in person.texts[0]
    await till.check_replay(tmp_path)


async def test_an_error_beside_the_call_leaves_both_in_doubt(monkeypatch: pytest.MonkeyPatch):
    person, failures = Answers(DONE, DONE), [OSError("no space")]

    def full(*args: Any, **options: Any) -> Any:
        if failures:
            raise failures.pop()
        return one_call_spill(*args, **options)

    one_call_spill = one_call.spill
    monkeypatch.setattr(one_call, "spill", full)
    made: list[int] = []

    async def pay(cents: int) -> str:
        """Pay."""
        made.append(cents)
        if cents == 5:
            await asyncio.Event().wait()
        return f"paid {cents}"

    till = Till(pay=pay)
    both = [call("pay", cents=1), call("pay", cents=5)]
    till.node.provider._script = lambda request: "Ok." if request.messages[-1].role is Role.TOOL else both

    assert (await till.run(person=person)).success
    assert sorted(made) == [1, 5]
    assert len(person.asked) == 2


async def test_branches_have_doubts_of_their_own(tmp_path: Path):
    limits, keys, person, runtime = OnDemand(), list[str](), Answers(DONE, DONE), Runtime()

    @tool
    async def pay(cents: int, context: ToolContext) -> str:
        """Pay."""
        keys.append(context.idempotency_key)
        limits.end(context.lane_id)
        await asyncio.Event().wait()
        return f"paid {cents}"

    registry = ToolRegistry()
    registry.register_function(pay)
    payers = [loop_node(name, tools=["pay"], timeout_s=60, max_retries=2) for name in ("a", "b")]
    spec = graph(
        [node("start"), *payers, node("end")],
        ways("start-a start-b a-end b-end"),
        terminal_nodes=["end"],
    )

    def executor(parts: Any, **options: Any) -> GraphExecutor:
        made = GraphExecutor(parts, clock=ManualClock(), **options)
        for name in ("start", "end"):
            made.register_function(name, giving())
        return made

    def again(parts: ReplayParts) -> GraphExecutor:
        tools = parts.permissions.as_recorded(parts.tools)
        return executor(
            parts.runtime,
            llm=parts.llm,
            tools=tools,
            tool_executor=parts.tool_executor,
            person=parts.person,
        )

    tools = {"tools": registry.get_tools(), "tool_executor": registry.get_executor()}
    first = executor(runtime, llm=ScriptedProvider(pay_once), person=person, **tools)
    result = await first.execute(spec, run_id="r", options=RunOptions(limits=limits))
    report = await replay(await read_recording(runtime.journal, "r"), spec, again, folder=tmp_path)

    assert result.success, result.error
    assert len(keys) == len(set(keys)) == len(person.asked) == 2
    assert report.difference is None, str(report.difference)


async def test_wherever_the_process_is_killed_nothing_is_repeated(tmp_path: Path):
    till = losing_till()
    assert (await till.run(person=LeftAlone(till, f"{DONE} 17"))).success
    stored = cast("MemoryJournal", till.node.runtime.journal)
    lines = await stored.read("r")

    for kept in range(2, len(lines)):
        journal = MemoryJournal()
        journal._runs["r"] = list(lines[:kept])
        journal._blobs = stored._blobs
        again = losing_till(journal=journal)
        again.node.run_id = "r"
        is_intended = bool(await again.node.events(ev.ToolIntended))

        assert (await again.resume(person=Answers(f"{DONE} 17"))).success, kept
        assert len(again.keys) == (0 if is_intended else 1), kept
        await again.check_replay(tmp_path / str(kept))


async def test_what_a_person_said_counts_though_the_attempt_ends_before_anything_follows():
    class OverAtOnce(OnDemand):
        def of_attempt(self, lane_id: str, limit_s: float) -> asyncio.Timeout:
            return super().of_attempt(lane_id, limit_s) if self._deadlines else self._first(lane_id)

        def _first(self, lane_id: str) -> asyncio.Timeout:
            deadline = self._deadlines[lane_id] = asyncio.timeout(0)
            return deadline

    def broken(arguments: object, context: object) -> None:
        raise ConnectionError("no bank")

    till = Till(probe=broken)
    assert (await till.run(person=Answers(f"{DONE} 17"))).success
    stored = cast("MemoryJournal", till.node.runtime.journal)
    events = await till.node.events()
    answered = next(seq for seq, event in enumerate(events, 1) if isinstance(event, ev.QuestionAnswered))
    del stored._runs["r"][answered:]

    result = await till.resume(options=RunOptions(limits=OverAtOnce()))

    assert (result.success, result.total_retries) == (True, 2)
    assert len(till.keys) == 1
    assert "Its result: 17" in till.node.said()[-1]


@pytest.mark.parametrize("probe", [None, lambda arguments, context: "receipt 17"])
async def test_wherever_the_run_is_forked_nothing_is_repeated(probe: Any, tmp_path: Path):
    till = Till(probe=probe)
    assert (await till.run(person=Answers(f"{DONE} 17"))).success
    journal = till.node.runtime.journal
    entries = await till.node.events()
    intended = next(seq for seq, event in enumerate(entries, 1) if isinstance(event, ev.ToolIntended))

    for seq in range(intended, len(entries)):
        await fork_run(journal, "r", Fork(at_seq=seq, run_id=f"f{seq}"), clock=ManualClock())
        assert (await till.resume(f"f{seq}", person=Answers(f"{DONE} 17"))).success, seq
        assert len(till.keys) == 1, seq
        assert set(till.looked) <= set(till.keys), seq
        await till.check_replay(tmp_path, f"f{seq}")


async def test_a_call_that_a_fork_repeats_in_a_later_attempt_keeps_its_key():
    till = Till(lost=0, effect="idempotent")
    failures = [ValueError("broken")]

    def answer(request: ModelRequest) -> Any:
        has_paid = request.messages[-1].role is Role.TOOL
        return failures.pop() if has_paid and failures else pay_once(request)

    till.node.provider._script = answer
    assert (await till.run()).success
    events = await till.node.events()
    retried = next(seq for seq, event in enumerate(events, 1) if isinstance(event, ev.NodeRetried))

    await fork_run(till.node.runtime.journal, "r", Fork(at_seq=retried, run_id="f"), clock=ManualClock())

    assert (await till.resume("f")).success
    assert (len(till.keys), len(set(till.keys))) == (3, 1)


async def test_a_run_that_an_earlier_version_let_repeat_the_call_replays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    till = Till(lost=2)
    with monkeypatch.context() as before:
        before.setattr(real_calls, "was_cut_off", lambda ctx, call: False)
        assert (await till.run()).success
    assert len(till.keys) == 3

    await till.check_replay(tmp_path)


async def test_a_question_that_an_earlier_version_asked_anew_is_the_only_one_that_is_open(
    monkeypatch: pytest.MonkeyPatch,
):
    till = losing_till(times=2)
    with monkeypatch.context() as before:
        before.setattr(real_calls, "was_cut_off", lambda ctx, call: False)
        before.setattr(NodeState, "take_up", lambda node, call_id, key: None)
        assert (await till.run(person=LeftAlone(till))).paused_at == "n"
    asked = await till.node.events(ev.QuestionAsked)

    assert len(asked) == 2
    assert await till.open_questions() == [asked[1].question_id]
    assert (await till.resume(person=Answers(DONE))).success
    assert await till.open_questions() == []
