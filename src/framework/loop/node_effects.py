"""Function nodes that change the world: an interrupted one is never silently run twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import orjson

from framework.errors import CallInDoubtError, NodeAbandonedError, OutputContractError
from framework.journal.state import NODE_CALL
from framework.loop.context import NodeResult
from framework.loop.doubts import ABANDON, DOUBT_OPTIONS, HOW_TO_ANSWER, NOT_DONE, standing_ruling
from framework.loop.doubts import read_ruling as read
from framework.loop.function_node import read_outputs
from framework.loop.people import ask_person
from framework.model.events import ToolInDoubt
from framework.model.tool import Effect

if TYPE_CHECKING:
    from framework.loop.context import NodeContext, NodeProtocol
    from framework.model.node import NodeSpec


@runtime_checkable
class SettledBefore(Protocol):
    """Stands for a node of a recorded run, which may have read an answer more freely than it is read now."""

    def settled(self, ctx: NodeContext) -> NodeResult | None:
        """Return what the recorded node took an answer for, None if it asked again."""
        ...


async def execute_once(ctx: NodeContext, worker: NodeProtocol) -> NodeResult:
    """Run an attempt of a node with effect ``once``, after a person ruled on one that was interrupted.

    Raises:
        NodeAbandonedError: if a person gave the node up.
        RunPausedError: if a person must say and nobody is there.
    """
    while True:
        if NODE_CALL in ctx.visit.in_doubt:
            settled = await _settled(ctx, worker)
            if settled is not None:
                return settled
        try:
            return await worker.execute(ctx)
        except CallInDoubtError as doubt:
            event = ToolInDoubt(call_id=NODE_CALL, tool=ctx.node_id, key=ctx.idempotency_key)
            ctx.log.record(event, {"reason": ctx.credentials.failure_text(str(doubt))})
            await ctx.log.commit()


async def _settled(ctx: NodeContext, worker: NodeProtocol) -> NodeResult | None:
    """Return the outputs that a person gives for the interrupted attempt, None if it is to be run again."""
    ruling, problem = standing_ruling(ctx, NODE_CALL), ""
    while True:
        if ruling is None:
            ruling = read(
                await ask_person(ctx, _question(ctx, problem), options=DOUBT_OPTIONS, call_id=NODE_CALL)
            )
            await ctx.log.commit()
        if ruling.option == NOT_DONE:
            return None
        if ruling.option == ABANDON:
            said = f" A person says: {ruling.words}" if ruling.words else ""
            raise NodeAbandonedError(
                f"Nobody knows whether node {ctx.node_id!r} took effect, and a person gave it up.{said}",
                node_id=ctx.node_id,
                retryable=False,
            )
        try:
            return NodeResult(success=True, output=_outputs(ctx, ruling.words))
        except OutputContractError as error:
            before = worker.settled(ctx) if isinstance(worker, SettledBefore) else None
            if before is not None:
                return before
            problem, ruling = str(error), None


def _question(ctx: NodeContext, problem: str) -> str:
    required = [key for key in ctx.node_spec.output_keys if key not in ctx.node_spec.nullable_output_keys]
    outputs = (
        f" After 'done' give its outputs as a JSON object with {', '.join(map(repr, required))}."
        if required
        else ""
    )
    wrong = f" The last answer could not be used: {problem}" if problem else ""
    return (
        f"The run was interrupted while the function of node {ctx.node_id!r} was at work, and nobody knows "
        f"whether it took effect. {HOW_TO_ANSWER}{outputs}{wrong}"
    )


def _outputs(ctx: NodeContext, words: str) -> dict[str, Any]:
    """Return the outputs that a person wrote as JSON: an object, or the value of a sole output.

    Raises:
        OutputContractError: if it is no JSON, or does not fit.
    """
    spec = ctx.node_spec
    if not words:
        return read_outputs(spec, None if spec.output_keys else {})
    try:
        value: object = orjson.loads(words)
    except orjson.JSONDecodeError:
        raise OutputContractError(
            f"{words[:80]!r} is no JSON{_as_text(spec, words)}.", node_id=spec.id
        ) from None
    return read_outputs(spec, value)


def _as_text(spec: NodeSpec, words: str) -> str:
    """Say how the words are written where they are the text of the sole output."""
    if len(spec.output_keys) != 1:
        return " object"
    return f"; for a text write: done {orjson.dumps(words[:80]).decode()}"


ONCE = Effect.ONCE.value
"""The effect of the nodes that ``execute_once`` is for, as the journal keeps it."""
