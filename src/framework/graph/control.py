"""Control over one live run: messages for its nodes, answers to its questions, the wish that it stops."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from framework.errors import InputError, QueueFullError, RunPausedError
from framework.model.events import QuestionAsked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from framework.loop.context import Person

_LEAVING_S = 5.0

MOST_MESSAGES = 1000
"""Messages for the nodes of one run that may wait to be read."""


def leave(inboxes: dict[str, deque[str]], node_id: str, content: str) -> None:
    """Put a message in a node's inbox.

    Raises:
        QueueFullError: if the inboxes together hold too many already.
    """
    waiting = sum(map(len, inboxes.values()))
    if waiting >= MOST_MESSAGES:
        raise QueueFullError(
            f"{waiting} messages wait to be read already, the most; send more when they are."
        )
    inboxes.setdefault(node_id, deque()).append(content)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    question: QuestionAsked
    answer: asyncio.Future[str]
    since: float


class RunControl:
    """Reaches one run from outside while it lives; to the run it is the person who answers.

    Attributes:
        run_id: the run.
        inboxes: messages for its nodes that nobody took yet, by node id.
        is_pause_requested: whether it should pause before its next node.
        is_cancelled: whether its end, once its task is cancelled, is for good.
        session: the session whose data folder it shares, if any.
        look: looks for what was sent from outside and did not arrive yet, before a question is given up.
    """

    __slots__ = (
        "_early", "_open", "_patience_s", "_person", "_task", "_waiting", "inboxes", "is_cancelled",
        "is_pause_requested", "look", "run_id", "session",
    )  # fmt: skip

    def __init__(
        self,
        run_id: str,
        *,
        person: Person | None = None,
        patience_s: float = 0.0,
        messages: Mapping[str, deque[str]] | None = None,
    ) -> None:
        """Let ``person`` answer, or whoever answers through this control.

        Args:
            run_id: the run.
            person: is asked first; without one a question waits for ``answer`` or ``inject``.
            patience_s: seconds a question waits when there is no person; then the run pauses.
            messages: what its nodes find in their inboxes from the start.
        """
        self.run_id = run_id
        self.inboxes: dict[str, deque[str]] = dict(messages or {})
        self.is_pause_requested = False
        self.is_cancelled = False
        self.session: str | None = None
        self.look: Callable[[], Awaitable[None]] = _see_nothing
        self._person = person
        self._patience_s = patience_s
        self._waiting: dict[str, _Waiting] = {}
        self._open: Mapping[str, QuestionAsked] = {}
        self._early: dict[str, str] = {}
        self._task: asyncio.Task[object] | None = None

    @property
    def person(self) -> Person:
        """Who answers the run's questions: whoever reaches it through this control."""
        return self

    async def carry_out(self, work: Awaitable[None]) -> None:
        """Await the run's ``work``; if ``cancel`` ends it, that is no cancellation of the caller."""
        self._task = asyncio.current_task()
        try:
            await work
        except asyncio.CancelledError:
            if self._task is None or not self.is_cancelled or self._task.uncancel() > 0:
                raise
        finally:
            self._task = None

    def cancel(self) -> None:
        """End the run for good, at once."""
        if not self.is_cancelled:
            self.is_cancelled = True
            if self._task is not None:
                self._task.cancel()

    def pause(self) -> None:
        """Pause the run before its next node; one that waits for a person stops waiting."""
        self.is_pause_requested = True
        for item in self._waiting.values():
            if not item.answer.done():
                item.answer.set_exception(_asked_to_pause(item.question.node_id))

    def wants_pause(self) -> bool:
        """Whether the run should pause before its next node."""
        return self.is_pause_requested

    def wants_end(self) -> bool:
        """Whether its end, once its task is cancelled, is for good."""
        return self.is_cancelled

    def bind(self, questions: Mapping[str, QuestionAsked]) -> None:
        """Know the open questions of the run's journal."""
        self._open = questions

    def questions(self) -> list[QuestionAsked]:
        """Return the open questions, the one that waits longest first."""
        return list(self._open.values())

    def waits_since(self, *, node_id: str | None = None, question_id: str | None = None) -> float | None:
        """Return when the oldest open question without an answer began to wait, on a monotonic clock.

        Infinity stands for one that is about to wait. None means that there is no such question.

        Args:
            node_id: the node that asks; any by default.
            question_id: the question; any by default.
        """
        return min(
            (
                waiting.since if (waiting := self._waiting.get(known)) else math.inf
                for known in self._unanswered()
                if node_id in {None, self._open[known].node_id} and question_id in {None, known}
            ),
            default=None,
        )

    def inject(self, node_id: str, content: str) -> None:
        """Give a node a message: the answer if it waits for one, else what it reads at its next turn.

        Raises:
            QueueFullError: if too many messages wait to be read already.
        """
        for item in self._waiting.values():
            if item.question.node_id == node_id and not item.answer.done():
                item.answer.set_result(content)
                return
        leave(self.inboxes, node_id, content)

    def answer(self, text: str, question_id: str | None = None) -> str:
        """Answer an open question, the one that waits longest unless another is named; return its id.

        Raises:
            InputError: if no such question is open.
        """
        unanswered = self._unanswered()
        chosen = question_id or next(iter(unanswered), None)
        if chosen not in unanswered:
            which = f"question {question_id!r}" if question_id else "question"
            raise InputError(f"Run {self.run_id!r} has no open {which}; look at its open questions.")
        self._accept(chosen, text)
        return chosen

    def unused_answers(self) -> dict[str, str]:
        """Return the answers that the run did not come to, by the id of their question."""
        return dict(self._early)

    async def ask(self, question: QuestionAsked) -> str:
        """Return the answer to a question of the run.

        Raises:
            RunPausedError: if nobody answers.
        """
        early = self._early.pop(question.question_id, None)
        if early is not None:
            return early
        if self.is_pause_requested:
            raise _asked_to_pause(question.node_id)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[question.question_id] = _Waiting(
            question=question, answer=answer, since=time.monotonic()
        )
        try:
            if self._person is None:
                return await self._wait(question, answer)
            return await self._first(self._person, question, answer)
        except BaseException:
            if _is_given(answer):
                self._early[question.question_id] = answer.result()  # Who asks again gets it.
            raise
        finally:
            del self._waiting[question.question_id]

    def _unanswered(self) -> list[str]:
        return [known for known in self._open if known not in self._early and not self._is_told(known)]

    def _is_told(self, question_id: str) -> bool:
        waiting = self._waiting.get(question_id)
        return waiting is not None and _is_given(waiting.answer)

    def _accept(self, question_id: str, text: str) -> None:
        """Give an answer to who waits for it, or keep it for who asks: nobody may wait any more."""
        waiting = self._waiting.get(question_id)
        if waiting is not None and not waiting.answer.done():
            waiting.answer.set_result(text)
        else:
            self._early[question_id] = text

    def _heard(self, question_id: str, asking: asyncio.Future[str]) -> None:
        """Accept a person's word when it is said, as whoever waited for it may be stopped that moment."""
        if asking.cancelled() or asking.exception() is not None:
            return
        if question_id in self._unanswered():
            self._accept(question_id, asking.result())

    async def _wait(self, question: QuestionAsked, answer: asyncio.Future[str]) -> str:
        if self._patience_s > 0:
            await asyncio.wait({answer}, timeout=self._patience_s)
        if not answer.done():
            await self.look()
        if answer.done():
            return answer.result()
        why = (
            f"Nobody answered node {question.node_id!r} within {self._patience_s:g} s."
            if self._patience_s > 0
            else f"Node {question.node_id!r} waits for a person and nobody is there."
        )
        raise RunPausedError(why, node_id=question.node_id)

    async def _first(self, person: Person, question: QuestionAsked, answer: asyncio.Future[str]) -> str:
        """Return what comes first: the person's word, or an answer through this control."""
        asking = asyncio.ensure_future(person.ask(question))
        asking.add_done_callback(partial(self._heard, question.question_id))
        try:
            await asyncio.wait({asking, answer}, return_when=asyncio.FIRST_COMPLETED)
            return answer.result() if answer.done() else asking.result()
        finally:
            asking.cancel()
            await asyncio.wait({asking}, timeout=_LEAVING_S)


async def _see_nothing() -> None:
    """Look where nothing arrives."""


def _is_given(answer: asyncio.Future[str]) -> bool:
    """Whether there is an answer, and not merely a reason why nobody waits for it any more."""
    return answer.done() and not answer.cancelled() and answer.exception() is None


def _asked_to_pause(node_id: str) -> RunPausedError:
    return RunPausedError("The run was asked to pause.", node_id=node_id)
