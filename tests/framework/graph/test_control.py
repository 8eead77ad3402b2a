"""One live run is reached from outside: its questions answered, its nodes told, its end asked for."""

from __future__ import annotations

import asyncio

import pytest

from framework.errors import InputError, QueueFullError, RunPausedError
from framework.events import AgentEvent, EventType
from framework.graph.control import MOST_MESSAGES, RunControl
from framework.graph.executor import GraphExecutor, RunOptions
from framework.llm.scripted import call
from framework.model.events import QuestionAsked
from framework.model.value import Value
from tests.support.one_node import Answers, OneNode
from tests.support.runtimes import Gate, runtime_of, until

PATIENT = RunOptions(patience_s=60)
ASKING = [call("ask_user", question="Which one?"), call("set_output", key="x", value="1"), "Done."]


def question(name: str = "q", node_id: str = "n") -> QuestionAsked:
    return QuestionAsked(question_id=name, node_id=node_id, text=Value.of("Which?"))


def asking(**options: object) -> OneNode:
    return OneNode(
        ASKING, client_facing=True, output_keys=["x"], loop={"client_turns": "ask"}, executor=options
    )


async def begun(bench: OneNode) -> tuple[asyncio.Task[object], RunControl, object]:
    """Start a run and wait until it asks."""
    executor, asked = bench.executor(), asyncio.Event()
    bench.bus.subscribe(lambda _: asked.set(), [EventType.CLIENT_INPUT_REQUESTED])
    task = asyncio.ensure_future(executor.execute(bench.graph, run_id="r", options=PATIENT))
    await asked.wait()
    control = executor.control("r")
    assert control is not None
    return task, control, executor


async def test_an_injected_message_wakes_the_node_that_waits() -> None:
    bench = asking()
    task, control, executor = await begun(bench)
    await asyncio.sleep(0)
    assert control.waits_since(node_id="n") is not None
    assert control.waits_since(node_id="other") is None
    assert executor.inject_input("n", "the red one")
    assert (await task).success
    assert "tool: the red one" in bench.said()
    assert executor.live_runs() == []


async def test_an_answer_given_the_moment_the_question_is_heard_counts() -> None:
    bench = asking()
    executor = bench.executor()

    def answer(event: AgentEvent) -> None:
        control = executor.control(event.run_id)
        assert control is not None
        assert control.answer("at once", event.data["question_id"]) == event.data["question_id"]

    bench.bus.subscribe(answer, [EventType.CLIENT_INPUT_REQUESTED])
    assert (await executor.execute(bench.graph, options=PATIENT)).success
    assert "tool: at once" in bench.said()


async def test_nobody_answers_within_the_patience_and_the_run_pauses() -> None:
    bench = asking()
    result = await bench.executor().execute(bench.graph, options=RunOptions(patience_s=0.01))
    assert result.paused_at == "n"
    resumed = await bench.resume(result, person=Answers("late"))
    assert resumed.success
    assert resumed.paused_at is None


async def test_an_answer_from_outside_overtakes_a_person_who_thinks() -> None:
    class Thinking:
        left = False

        async def ask(self, question: QuestionAsked) -> str:
            try:
                await asyncio.Event().wait()
            finally:
                self.left = True
            return ""

    person = Thinking()
    bench = asking(person=person)
    task, control, _ = await begun(bench)
    await asyncio.sleep(0)
    control.answer("faster")
    assert (await task).success
    assert person.left


async def test_a_message_goes_to_the_run_that_waits_at_the_node() -> None:
    bench = asking()
    first, _, executor = await begun(bench)
    await asyncio.sleep(0)
    second = asyncio.ensure_future(executor.execute(bench.graph, run_id="other", options=PATIENT))
    await asyncio.sleep(0)
    executor.inject_input("n", "for the first")
    executor.request_pause("other")
    await first
    assert executor.inject_input("n", "nobody", "unknown") is False
    second.cancel()
    await asyncio.wait({second})


def asked_in(executor: GraphExecutor, run_id: str) -> tuple[RunControl, asyncio.Task[str]]:
    """Let a run of an executor ask the question ``q`` at the node ``n``."""
    control = executor.control(run_id)
    assert control is not None
    control.bind({"q": question()})
    return control, asyncio.ensure_future(control.ask(question()))


async def test_words_go_to_the_run_that_asked_first_whichever_began_first() -> None:
    gate = Gate()
    runtime = runtime_of(gate.graph)
    await runtime.start()
    first, second = await runtime.trigger("main"), await runtime.trigger("main")
    await until(lambda: gate.inside == 2)
    _, early = asked_in(runtime.executor, second)
    await asyncio.sleep(0.001)
    _, late = asked_in(runtime.executor, first)
    await asyncio.sleep(0.001)
    assert await runtime.answer("to the one that waits") == "q"
    assert await early == "to the one that waits"
    assert runtime.executor.inject_input("n", "to the other")
    assert await late == "to the other"
    await runtime.stop()


async def test_a_question_that_is_not_open_cannot_be_answered() -> None:
    control = RunControl("r", patience_s=1)
    with pytest.raises(InputError, match="no open question"):
        control.answer("to nothing")
    control.bind({"q": question()})
    control.answer("yes")
    for name in (None, "q", "other"):
        with pytest.raises(InputError, match="no open question"):
            control.answer("again", name)
    assert await control.ask(question()) == "yes"


async def test_several_questions_are_answered_oldest_first() -> None:
    control = RunControl("r", patience_s=60)
    control.bind({name: question(name, node_id=name) for name in ("a", "b")})
    asked = [asyncio.ensure_future(control.ask(question(name, node_id=name))) for name in ("b", "a")]
    await asyncio.sleep(0)
    assert control.answer("first") == "a"
    control.inject("b", "second")
    assert await asyncio.gather(*asked) == ["second", "first"]


async def test_an_answer_given_the_moment_the_waiting_is_cut_off_is_kept_for_who_asks_again() -> None:
    control = RunControl("r", patience_s=60)
    control.bind({"q": question()})
    asked = asyncio.ensure_future(control.ask(question()))
    await asyncio.sleep(0)

    control.answer("done")
    asked.cancel()
    await asyncio.wait({asked})

    assert asked.cancelled()
    assert await control.ask(question()) == "done"


class Hearing:
    """A person who says a word, or what went wrong, when the test wants it; ``bye`` when asked to leave."""

    def __init__(self, bye: str | None = None) -> None:
        self.word: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._bye = bye

    async def ask(self, question: QuestionAsked) -> str:
        try:
            return await self.word
        except asyncio.CancelledError:
            if self._bye is None:
                raise
            return self._bye


async def heard(person: Hearing) -> tuple[RunControl, asyncio.Task[str]]:
    """Let a run ask a person, who hears the question."""
    control = RunControl("r", person=person)
    control.bind({"q": question()})
    asked = asyncio.create_task(control.ask(question()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return control, asked


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("end", ["cancel", "pause"])
async def test_a_word_said_about_when_the_waiting_ends_is_kept_for_who_asks_again(
    end: str, turns: int
) -> None:
    person = Hearing()
    control, asked = await heard(person)

    person.word.set_result("done")
    for _ in range(turns):
        await asyncio.sleep(0)
    asked.cancel() if end == "cancel" else control.pause()
    await asyncio.wait({asked})

    was_heard = not asked.cancelled() and asked.exception() is None
    assert (asked.result() if was_heard else control.unused_answers()["q"]) == "done"


async def test_what_a_person_says_while_leaving_is_kept_for_who_asks_again() -> None:
    control, asked = await heard(Hearing(bye="done"))

    asked.cancel()
    await asyncio.wait({asked})

    assert asked.cancelled()
    assert await control.ask(question()) == "done"


@pytest.mark.parametrize("turns", range(6))
async def test_an_answer_that_is_accepted_while_a_person_fails_is_kept(turns: int) -> None:
    person = Hearing()
    control, asked = await heard(person)

    person.word.set_exception(ConnectionError("the line is dead"))
    for _ in range(turns):
        await asyncio.sleep(0)
    control.answer("done", "q")
    await asyncio.wait({asked})

    was_heard = not asked.cancelled() and asked.exception() is None
    assert (asked.result() if was_heard else control.unused_answers()["q"]) == "done"


@pytest.mark.parametrize("turns", range(6))
async def test_of_a_word_and_an_answer_one_counts_and_the_other_is_refused(turns: int) -> None:
    person = Hearing()
    control, asked = await heard(person)

    person.word.set_result("a word")
    for _ in range(turns):
        await asyncio.sleep(0)
    try:
        control.answer("an answer", "q")
    except InputError:
        assert await asked == "a word"
    else:
        assert "an answer" in {await asked, *control.unused_answers().values()}


@pytest.mark.parametrize("end", ["cancel", "pause"])
async def test_an_answer_to_a_question_that_is_being_given_up_is_kept(end: str) -> None:
    control = RunControl("r", patience_s=60)
    control.bind({"q": question()})
    asked = asyncio.create_task(control.ask(question()))
    await asyncio.sleep(0)

    asked.cancel() if end == "cancel" else control.pause()
    assert control.answer("done") == "q"
    with pytest.raises(InputError, match="no open question"):
        control.answer("again")
    await asyncio.wait({asked})

    assert asked.cancelled() or isinstance(asked.exception(), RunPausedError)
    assert control.unused_answers() == {"q": "done"}


async def test_an_answer_that_the_last_look_finds_is_kept_where_the_look_fails() -> None:
    async def look() -> None:
        control.answer("done")
        raise ConnectionError("the line is dead")

    control = RunControl("r", patience_s=0.001)
    control.bind({"q": question()})
    control.look = look

    with pytest.raises(ConnectionError):
        await control.ask(question())
    assert control.unused_answers() == {"q": "done"}


async def test_without_person_or_patience_there_is_nobody() -> None:
    with pytest.raises(RunPausedError, match="nobody is there"):
        await RunControl("r").ask(question())
    with pytest.raises(RunPausedError):
        await RunControl("r", patience_s=0.001).ask(question())


def test_a_bounded_number_of_messages_waits_to_be_read() -> None:
    control, executor = RunControl("r"), OneNode([]).executor()
    for _ in range(MOST_MESSAGES):
        control.inject("n", "x")
        executor.inject_input("n", "x")
    with pytest.raises(QueueFullError, match="1000 messages"):
        control.inject("other", "x")
    with pytest.raises(QueueFullError, match="1000 messages"):
        executor.inject_input("other", "x")
