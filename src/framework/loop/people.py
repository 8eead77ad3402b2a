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
    """Ask a person, wait, and record the answer.

    Raises:
        RunPausedError: if nobody is there; the question stays open in the journal.
    """
    question = ctx.visit.question
    if question is None:
        number = ctx.visit.questions + 1
        question = QuestionAsked(
            question_id=f"{ctx.log.lane_id}:{ctx.node_id}.{ctx.visit.visit}.{number}",
            node_id=ctx.node_id,
            text=Value.of(text),
            options=options,
            call_id=call_id,
        )
        ctx.log.record(question)
        await ctx.log.commit(durable=True)
    return await _hear(ctx, question)


async def _hear(ctx: NodeContext, question: QuestionAsked) -> str:
    """Wait for the answer to a question that is already in the journal, and record it.

    Raises:
        RunPausedError: if nobody is there.
    """
    if ctx.person is None:
        raise RunPausedError(
            f"Node {ctx.node_id!r} waits for a person and nobody is there.", node_id=ctx.node_id
        )
    answer = await ctx.person.ask(question)
    ctx.log.record(QuestionAnswered(question_id=question.question_id, text=Value.of(answer)))
    await ctx.log.commit()
    return answer
