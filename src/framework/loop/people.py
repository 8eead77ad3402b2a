"""People in the loop: asking someone, and waiting in the journal when nobody is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.errors import RunPausedError
from framework.model.events import QuestionAnswered, QuestionAsked
from framework.model.value import Value

if TYPE_CHECKING:
    from framework.loop.context import NodeContext


async def ask_person(
    ctx: NodeContext, text: str, *, options: tuple[str, ...] = (), call_id: str | None = None
) -> str:
    """Ask a person, wait, and record the answer; the caller commits it with what follows from it.

    A question that is open in the journal already is not asked a second time.

    Raises:
        RunPausedError: if nobody is there; the question stays open in the journal.
    """
    await ctx.note_files()
    if pose(ctx, text, options=options, call_id=call_id):
        await ctx.log.commit(durable=True)
    return await hear(ctx, call_id)


def pose(ctx: NodeContext, text: str, *, options: tuple[str, ...] = (), call_id: str | None = None) -> bool:
    """Record a question, the node's own or about one of its calls; return False if it is open already."""
    if (call_id or "") in ctx.visit.waiting:
        return False
    number = ctx.visit.questions + 1
    ctx.log.record(
        QuestionAsked(
            question_id=f"{ctx.log.lane_id}:{ctx.node_id}.{ctx.visit.visit}.{number}",
            node_id=ctx.node_id,
            text=Value.of(text),
            options=options,
            call_id=call_id,
        )
    )
    return True


async def hear(ctx: NodeContext, call_id: str | None = None) -> str:
    """Wait for the answer to an open question and record it; the caller commits it.

    Raises:
        RunPausedError: if nobody is there; the question stays open in the journal.
    """
    question = ctx.visit.waiting[call_id or ""]
    answer = await _answer(ctx, question)
    ctx.log.record(QuestionAnswered(question_id=question.question_id, text=Value.of(answer)))
    return answer


async def _answer(ctx: NodeContext, question: QuestionAsked) -> str:
    """Return the answer: a message injected meanwhile, or what the person says.

    A question with options wants one of them, which a message written without
    knowing it can hardly be.
    """
    if ctx.inbox and not question.options:
        return ctx.inbox.popleft()
    if ctx.person is None:
        raise RunPausedError(
            f"Node {ctx.node_id!r} waits for a person and nobody is there.", node_id=ctx.node_id
        )
    return await ctx.person.ask(question)
