"""Steering stored runs from outside: answers, wishes to pause or to end, and a person's rejection.

What concerns a run that some process is running goes into the run's inbox,
which that process reads; any other run is changed here.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from framework.errors import InputError
from framework.graph.stored import cancel_stored
from framework.journal.inbox import InboxMessage, MessageKind
from framework.journal.reading import read_state, without_entries
from framework.journal.state import RunStatus
from framework.loop.doubts import DOUBT_OPTIONS
from framework.loop.permission import PERMISSION_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Collection

    from framework.journal.state import RunState
    from framework.model.events import QuestionAsked
    from hive.runs.stored import StoredRun

PATIENCE_S = 10.0
"""Seconds to wait until the process that runs a run has heard."""

_LOOK_S = 0.05


class OpenQuestion(NamedTuple):
    """A question that waits for its answer, and the number that stays its own as long as the run lasts."""

    number: int
    asked: QuestionAsked

    def __str__(self) -> str:
        """Say which it is."""
        return f"{self.number} ({self.asked.question_id}, node {self.asked.node_id!r})"


class Heard(Enum):
    """What became of a message."""

    TAKEN = "taken"
    WAITS = "waits"
    NOBODY = "nobody"


async def open_question(run: StoredRun, named: str | None) -> QuestionAsked:
    """Return the open question of ``run`` that is meant: by its id, its number, or the only one.

    Raises:
        InputError: if the run has ended, or no open question, or more than one, is meant.
        JournalError: if the run cannot be read.
    """
    state = await _going(run, "answer")
    questions = open_questions(state, {name for name, _ in await answers_left(run)})
    if not questions:
        more = " that has no answer yet" if state.questions else ""
        raise InputError(
            f"Run {run.run_id!r} has no open question{more}; carry it on with: hive run --resume {run.run_id}"
        )
    if named is None and len(questions) == 1:
        return questions[0].asked
    chosen = [item.asked for item in questions if named in {item.asked.question_id, str(item.number)}]
    if chosen:
        return chosen[0]
    listed = "; ".join(map(str, questions))
    raise InputError(f"Run {run.run_id!r} has {_which(state, named)}; name one of: {listed}.")


def open_questions(state: RunState, answered: Collection[str] = ()) -> tuple[OpenQuestion, ...]:
    """Return the open questions of a run but those ``answered``, whose answers it has not taken yet."""
    return tuple(
        OpenQuestion(state.question_numbers[name], asked)
        for name, asked in state.questions.items()
        if name not in answered
    )


def _which(state: RunState, named: str | None) -> str:
    """Say why a name names no open question."""
    if named is None:
        return "several open questions"
    numbers = {str(number) for number in state.question_numbers.values()}
    is_known = named in numbers or named in state.question_numbers
    return f"an answer to question {named!r} already" if is_known else f"no open question {named!r}"


def read_answer(question: QuestionAsked, text: str) -> str:
    """Return the answer that ``text`` is: an option for its number, else the text itself.

    Raises:
        InputError: if it is no UTF-8 text, or a question about a tool call would not be answered by it.
    """
    _check_storable(text)
    if text.isdecimal() and 1 <= int(text) <= len(question.options):
        return question.options[int(text) - 1]
    is_strict = question.options in {DOUBT_OPTIONS, PERMISSION_OPTIONS}
    if is_strict and not any(_begins_with(text.strip(), option) for option in question.options):
        raise InputError(
            f"{text[:80]!r} does not answer {question.question_id!r}; "
            f"begin with one of: {', '.join(question.options)}."
        )
    return text


def _check_storable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"The answer is no UTF-8 text: character {error.start + 1} cannot be stored."
        ) from error


async def answers_left(run: StoredRun) -> list[tuple[str, str]]:
    """Return the answers that wait in the run's inbox, each with its question's id.

    Raises:
        JournalError: if the inbox cannot be read.
    """
    inbox = run.inbox
    messages = [await inbox.read(name) for name in await inbox.names()]
    return [
        (message.question_id, message.text)
        for message in messages
        if message is not None and message.kind is MessageKind.ANSWER
    ]


async def leave_answer(run: StoredRun, question: QuestionAsked, text: str) -> Heard:
    """Leave an answer in the run's inbox, and wait until whoever runs the run took it.

    Raises:
        InputError: if the inbox is full, or the answer too long or none of those the question takes.
        JournalWriteError: if it cannot be stored.
    """
    answer = read_answer(question, text)
    message = InboxMessage(kind=MessageKind.ANSWER, question_id=question.question_id, text=answer)
    return await _heard(run, await run.inbox.put(message))


async def answer_heard(run: StoredRun, question_id: str) -> Heard:
    """Wait until whoever runs the run took the answer that was left for a question.

    Raises:
        JournalError: if the inbox cannot be read.
    """
    inbox = run.inbox
    for name in await inbox.names():
        message = await inbox.read(name)
        if message is not None and message.question_id == question_id:
            return await _heard(run, name)
    return Heard.TAKEN


async def cancel_run(run: StoredRun) -> RunState:
    """End a run for good, whoever runs it; return its state.

    It is not final if whoever holds the run has not heard: the wish waits in the inbox, and ends the run
    when that process hears it, or when the run is carried on.

    Raises:
        InputError: if it has ended already, or has no entry.
        JournalError: if it cannot be read or written.
    """
    await _going(run, "cancel")
    heard = Heard.NOBODY
    if await run.inbox.is_attended():
        heard = await _heard(run, await run.inbox.put(InboxMessage(kind=MessageKind.CANCEL)))
    state = await read_state(run.journal, run.run_id)
    if state.status.is_final or heard is Heard.WAITS:
        return state
    state = await cancel_stored(run.journal, run.run_id)
    await run.inbox.remove(await run.inbox.names())
    return state


async def pause_run(run: StoredRun) -> Heard:
    """Ask whoever runs the run to pause it before its next node.

    Raises:
        InputError: if it has ended, or nobody runs it.
        JournalError: if it cannot be read, or its inbox not be written.
    """
    state = await _going(run, "pause")
    if not await run.inbox.is_attended():
        status = "stopped" if state.status is RunStatus.RUNNING else state.status.value
        raise InputError(
            f"Run {run.run_id!r} is {status}: no process is running it, so there is nothing to pause. "
            f"It stays so until it is carried on with: hive run --resume {run.run_id}"
        )
    return await _heard(run, await run.inbox.put(InboxMessage(kind=MessageKind.PAUSE)))


async def has_unheard_pause(run: StoredRun) -> bool:
    """Whether a wish to pause waits that no process heard; it is over once the run is carried on.

    Raises:
        JournalError: if the inbox cannot be read.
    """
    inbox = run.inbox
    messages = [await inbox.read(name) for name in await inbox.names()]
    return any(message is not None and message.kind is MessageKind.PAUSE for message in messages)


async def _going(run: StoredRun, wish: str) -> RunState:
    """Return the state of a run that has begun and not ended, which the ``wish`` needs.

    Raises:
        InputError: if it has no entry, or has ended.
    """
    state = await read_state(run.journal, run.run_id)
    if state.status is RunStatus.NEW:
        raise without_entries(run.run_id)
    if state.status.is_final:
        raise InputError(f"Run {run.run_id!r} has ended ({state.status.value}); there is nothing to {wish}.")
    return state


async def _heard(run: StoredRun, name: str) -> Heard:
    """Wait until a message is taken, or nobody is there to take it."""
    for _ in range(int(PATIENCE_S / _LOOK_S)):
        is_owned = await run.inbox.is_attended()
        if name not in await run.inbox.names():
            return Heard.TAKEN
        if not is_owned:
            return Heard.NOBODY
        await asyncio.sleep(_LOOK_S)
    return Heard.WAITS


def _begins_with(text: str, option: str) -> bool:
    """Whether the text begins with these words, and not with longer ones, as the run reads it."""
    rest = text[len(option) :]
    return text[: len(option)].casefold() == option.casefold() and not rest[:1].isalnum()
