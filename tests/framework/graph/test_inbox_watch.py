"""A live run hears what other processes leave in its inbox."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import InputError
from framework.events import EventType
from framework.graph.executor import RunOptions
from framework.graph.stored import cancel_stored
from framework.journal.files import FileJournal
from framework.journal.inbox import InboxMessage, MessageKind
from framework.journal.postgres import PostgresJournal
from framework.journal.reading import read_state
from framework.llm.scripted import call
from framework.model import events as ev
from framework.tools.function_tool import tool
from tests.support.one_node import Answers, OneNode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from framework.journal.base import SharedJournal

ASKING = [call("ask_user", question="Which one?"), call("set_output", key="x", value="1"), "Done."]


class Live:
    """A run with an inbox that asks one question."""

    def __init__(self, journal: SharedJournal, far: SharedJournal) -> None:
        self.bench = OneNode(
            ASKING, journal=journal, client_facing=True, output_keys=["x"], loop={"client_turns": "ask"}
        )
        self.inbox = far.inbox("r")
        self.executor = self.bench.executor()

    async def begun(self) -> asyncio.Task[Any]:
        """Start the run and wait until it asks."""
        asked = asyncio.Event()
        self.bench.bus.subscribe(lambda _: asked.set(), [EventType.CLIENT_INPUT_REQUESTED])
        task = asyncio.create_task(
            self.executor.execute(self.bench.graph, run_id="r", options=RunOptions(patience_s=60))
        )
        await asked.wait()
        return task

    async def waiting(self) -> Any:
        """Start the run and let it pause at its question."""
        return await self.executor.execute(self.bench.graph, run_id="r")

    async def carry_on(self, **options: Any) -> Any:
        return await self.bench.executor(**options).execute(self.bench.graph, session_state={"run_id": "r"})

    async def put(self, kind: MessageKind, text: str = "") -> None:
        await self.inbox.put(InboxMessage(kind=kind, question_id="m:n.1.1", text=text))


@pytest.fixture(params=["files", "postgres"])
async def journals(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[SharedJournal, SharedJournal]]:
    """The journal of the process that runs the run, and that of another which reaches the same runs."""
    if request.param == "files":
        yield FileJournal(tmp_path), FileJournal(tmp_path)
        return
    dsn = request.getfixturevalue("postgres")
    async with PostgresJournal(dsn, owner="near") as near, PostgresJournal(dsn, owner="far") as far:
        yield near, far


@pytest.fixture
def live(journals: tuple[SharedJournal, SharedJournal]) -> Live:
    return Live(*journals)


async def test_an_answer_wakes_the_run_that_waits_and_is_removed_once_it_is_journaled(live: Live):
    task = await live.begun()

    await live.put(MessageKind.ANSWER, "the red one")

    assert (await task).success
    assert "tool: the red one" in live.bench.said()
    assert await live.inbox.names() == []


async def test_an_answer_that_was_left_is_there_when_the_run_is_carried_on(live: Live):
    await live.waiting()
    await live.put(MessageKind.ANSWER, "the red one")
    await live.put(MessageKind.ANSWER, "too late")

    assert (await live.carry_on()).success
    assert "tool: the red one" in live.bench.said()
    assert await live.inbox.names() == []


async def test_a_run_that_is_cancelled_ends_for_good_and_its_caller_is_not_cancelled(live: Live):
    task = await live.begun()

    await live.put(MessageKind.CANCEL)
    result = await task

    assert (result.status, result.error) == ("cancelled", "The run was cancelled.")
    assert await live.inbox.names() == []
    with pytest.raises(InputError, match="has ended"):
        await live.carry_on()


async def test_a_caller_that_is_cancelled_as_well_stays_cancelled(live: Live):
    task = await live.begun()
    control = live.executor.control("r")
    assert control is not None

    control.cancel()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await read_state(live.bench.runtime.journal, "r")).status.value == "cancelled"


async def test_a_run_that_waits_for_a_person_pauses_at_once_when_it_is_asked_to(live: Live):
    task = await live.begun()

    await live.put(MessageKind.PAUSE)
    paused = await task

    assert (paused.status, paused.paused_at) == ("paused", "n")
    assert await live.inbox.names() == []
    assert (await live.carry_on(person=Answers("blue"))).success


async def test_a_wish_to_pause_from_before_a_run_was_carried_on_is_over(live: Live):
    await live.waiting()
    await live.put(MessageKind.PAUSE)

    assert (await live.carry_on(person=Answers("blue"))).success
    assert await live.inbox.names() == []


async def test_a_wish_to_end_that_nobody_read_ends_the_run_when_it_is_carried_on(live: Live):
    await live.waiting()
    await live.put(MessageKind.CANCEL)

    assert (await live.carry_on(person=Answers("blue"))).status == "cancelled"


async def test_an_answer_to_a_question_whose_turn_has_not_come_stays(live: Live):
    calls = [call("ask_user", question="One?"), call("ask_user", question="Two?")]
    live.bench.provider._script = [calls, *ASKING[1:]]
    await live.waiting()
    assert len(await read_questions(live)) == 1

    await live.carry_on(person=Answers("first"))
    await live.inbox.put(InboxMessage(kind=MessageKind.ANSWER, question_id="m:n.1.2", text="second"))
    assert (await live.carry_on()).success
    live.bench.run_id = "r"
    assert [event.text.load() for event in await live.bench.events(ev.QuestionAnswered)] == [
        "first",
        "second",
    ]


async def read_questions(live: Live) -> dict[str, Any]:
    return (await read_state(live.bench.runtime.journal, "r")).questions


async def test_a_stored_run_is_cancelled_without_its_agent(live: Live):
    await live.waiting()

    state = await cancel_stored(live.bench.runtime.journal, "r")

    assert state.status.value == "cancelled"
    with pytest.raises(InputError, match="has ended already"):
        await cancel_stored(live.bench.runtime.journal, "r")


async def test_an_answer_that_the_run_does_not_come_to_before_it_pauses_is_kept(
    journals: tuple[SharedJournal, SharedJournal],
):
    sent: list[str] = []

    @tool(risk="high")
    def send(text: str) -> str:
        """Send."""
        sent.append(text)
        return "sent"

    script = [[call("send", text="a"), call("send", text="b")], "Done."]
    bench = OneNode(script, journal=journals[0], tools=[send])
    executor, asked = bench.executor(), asyncio.Event()
    bench.bus.subscribe(lambda _: asked.set(), [EventType.CLIENT_INPUT_REQUESTED])
    task = asyncio.create_task(executor.execute(bench.graph, run_id="r", options=RunOptions(patience_s=60)))
    await asked.wait()
    control = executor.control("r")
    assert control is not None
    control.answer("approve", "m:n.1.2")
    control.pause()
    paused = await task

    assert (paused.status, sent) == ("paused", [])
    assert (await bench.resume(paused, person=Answers("refuse"))).success
    assert sent == ["b"]
    assert await journals[1].inbox("r").names() == []


async def test_a_wish_to_pause_that_comes_as_soon_as_the_run_is_carried_on_counts(
    live: Live, monkeypatch: pytest.MonkeyPatch
):
    await live.waiting()
    journal = live.bench.runtime.journal
    carry_on = journal.open

    async def open_and_ask_to_pause(run_id: str) -> Any:
        writer = await carry_on(run_id)
        assert await live.inbox.is_attended()
        await live.put(MessageKind.PAUSE)
        return writer

    monkeypatch.setattr(journal, "open", open_and_ask_to_pause)
    person = Patient()
    paused = await live.carry_on(person=person)

    assert (paused.status, person.was_asked) == ("paused", True)
    assert await live.inbox.names() == []


@pytest.mark.parametrize("patience_s", [0, 0.001])
async def test_an_answer_that_came_just_before_a_run_comes_to_its_question_is_taken(
    live: Live, monkeypatch: pytest.MonkeyPatch, patience_s: float
):
    await live.waiting()
    journal = live.bench.runtime.journal
    carry_on = journal.open

    async def open_and_answer(run_id: str) -> Any:
        writer = await carry_on(run_id)
        assert await live.inbox.is_attended()
        await live.put(MessageKind.ANSWER, "the red one")
        return writer

    monkeypatch.setattr(journal, "open", open_and_answer)
    result = await live.bench.executor().execute(
        live.bench.graph, session_state={"run_id": "r"}, options=RunOptions(patience_s=patience_s)
    )

    assert result.success, result.error
    assert "tool: the red one" in live.bench.said()
    assert await live.inbox.names() == []


class Patient:
    """A person who is there and thinks for long."""

    was_asked = False

    async def ask(self, question: ev.QuestionAsked) -> str:
        self.was_asked = True
        await asyncio.Event().wait()
        return question.question_id
