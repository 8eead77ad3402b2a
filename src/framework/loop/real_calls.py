"""Calling real tools: allowed first, then intended, made concurrently, ``once`` never silently twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from framework.errors import ToolError
from framework.loop.doubts import After, ask_about_doubt, is_over, note_doubt, probe_doubt, ruling_on_doubt
from framework.loop.one_call import Call, carry_out, describe, intend, reuse, settle, was_cut_off
from framework.loop.permission import ask_permission, is_free, refusal, ruling_on_permission
from framework.model.tool import Effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.loop.context import NodeContext
    from framework.model.events import ToolRequest
    from framework.tools.calls import ToolExecutor

_ONCE = Effect.ONCE  # Up to Python 3.11 every look-up of an enum's member is a function call.


@dataclass(slots=True)
class _Batch:
    """The calls of one answer: those to make, and those that something must be found out about first."""

    ready: list[Call] = field(default_factory=list[Call])
    doubtful: list[Call] = field(default_factory=list[Call])
    held: list[Call] = field(default_factory=list[Call])


async def call_tools(ctx: NodeContext, requests: Sequence[ToolRequest]) -> None:
    """Make the calls of one answer and record what they return.

    A call that was intended and never came back, before the run stopped or in
    an earlier attempt of the visit, is made again when that is safe; otherwise
    its probe is asked, or a person. A person also allows calls of high risk
    before they are made.

    Raises:
        RunPausedError: if a person must say and nobody is there.
        ToolError: if nothing answers the node's tools.
    """
    if not requests:
        return
    if ctx.tool_executor is None:
        raise ToolError(f"Node {ctx.node_id!r} has tools and no tool_executor to call them; pass one.")
    executor = ctx.tool_executor
    batch = _Batch()
    for request in requests:
        await _sort(ctx, request, batch)
    await ctx.log.commit(durable=any(call.tool.effect is _ONCE for call in batch.ready))
    lost = await _all_at_once(ctx, executor, batch.ready)
    if not (lost or batch.doubtful or batch.held):
        return
    open_calls = [call for call in lost if not await probe_doubt(ctx, call)]
    open_calls += [call for call in batch.doubtful if not await _settle_interrupted(ctx, executor, call)]
    await _with_people(ctx, executor, _in_order(ctx, open_calls + batch.held))


async def _sort(ctx: NodeContext, request: ToolRequest, batch: _Batch) -> None:
    """Find out what is to be done about a call, and intend it if it can be made at once."""
    call = describe(ctx, request)
    effect = call.tool.effect
    if call.key:
        (batch.doubtful if effect is _ONCE else batch.ready).append(call)
    elif effect is _ONCE and reuse(ctx, call):
        return
    elif effect is _ONCE and was_cut_off(ctx, call):
        batch.doubtful.append(intend(ctx, call))
    elif (reason := await refusal(ctx, call)) is not None:
        settle(ctx, call, "refused", reason)
    elif is_free(ctx, call):
        batch.ready.append(intend(ctx, call))
    else:
        batch.held.append(call)


async def _all_at_once(ctx: NodeContext, executor: ToolExecutor, calls: Sequence[Call]) -> list[Call]:
    """Make calls; return those of which nobody knows whether they took effect."""
    if not calls:
        return []
    if len(calls) == 1:
        return [] if await carry_out(ctx, executor, calls[0]) else list(calls)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(carry_out(ctx, executor, call)) for call in calls]
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several
    return [call for call, task in zip(calls, tasks, strict=True) if not task.result()]


async def _settle_interrupted(ctx: NodeContext, executor: ToolExecutor, call: Call) -> bool:
    """Settle a call that was cut off, if its probe knows; return whether it is settled."""
    note_doubt(ctx, call)
    if call.tool.probe is None:
        return False
    await ctx.log.commit()
    if not await is_over(ctx, call):
        return False
    after = await probe_doubt(ctx, call, is_over=True)
    return after is After.SETTLED or (after is After.MADE_AGAIN and await carry_out(ctx, executor, call))


def _in_order(ctx: NodeContext, calls: Sequence[Call]) -> list[Call]:
    """Return calls in the order in which the model asked for them."""
    return sorted(calls, key=lambda call: ctx.visit.calls.index(call.request))


async def _with_people(ctx: NodeContext, executor: ToolExecutor, calls: Sequence[Call]) -> None:
    """Ask a person about every call first, then do what they say, call by call."""
    await ctx.note_files()
    for call in calls:
        _ask(ctx, call)
    await ctx.log.commit(durable=True)
    for call in calls:
        pending: Call | None = call
        while pending is not None:
            pending = await _once_answered(ctx, executor, pending)


def _ask(ctx: NodeContext, call: Call) -> None:
    if call.key:
        ask_about_doubt(ctx, call)
    else:
        ask_permission(ctx, call)


async def _once_answered(ctx: NodeContext, executor: ToolExecutor, call: Call) -> Call | None:
    """Do what a person says about a call; return it if nobody knows whether that took effect."""
    if call.key:
        after = await ruling_on_doubt(ctx, call)
    elif await ruling_on_permission(ctx, call):
        call, after = intend(ctx, call), After.MADE_AGAIN
    else:
        after = After.SETTLED
    await ctx.log.commit(durable=call.tool.effect is _ONCE)
    if after is After.SETTLED or await carry_out(ctx, executor, call):
        return None
    if await probe_doubt(ctx, call):
        return None
    _ask(ctx, call)
    await ctx.log.commit(durable=True)
    return call
