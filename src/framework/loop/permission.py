"""Permission: what guards, the run's policy and people rule on a call before it is intended."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from framework.journal.state import ruling_key
from framework.loop.one_call import settle, tool_context
from framework.loop.people import hear, pose
from framework.model.events import GuardRuled
from framework.model.tool import Risk
from framework.tools.calls import invoke
from framework.tools.context import serving
from framework.tools.programs import OwnedPrograms

if TYPE_CHECKING:
    from framework.loop.context import NodeContext
    from framework.loop.one_call import Call

APPROVE = "approve"
REFUSE = "refuse"
PERMISSION_OPTIONS = (APPROVE, REFUSE)
"""What a person may answer when a call of high risk waits; a reason may follow."""

POLICY = "approval policy"
"""Stands for the guard in the ruling that allows a call of high risk without a person."""

_MAX_REASON_CHARS = 500

_log = logging.getLogger("framework.loop")


async def refusal(ctx: NodeContext, call: Call) -> str | None:
    """Return what the model reads when the tool's guard refuses a call, None if it may be made."""
    guard = call.tool.guard
    if guard is None:
        return None
    name = str(getattr(guard, "__name__", type(guard).__name__))
    ruled = ctx.visit.rulings.get(ruling_key(name, call.id))
    if ruled is None:
        reason = await _objection(ctx, call)
        ruled = GuardRuled(guard=name, call_id=call.id, allowed=reason is None, reason=reason or "")
        ctx.log.record(ruled)
        await ctx.log.commit()
    if ruled.allowed:
        return None
    return f"The call of {call.tool.name!r} was refused and not made: {ruled.reason}"


async def _objection(ctx: NodeContext, call: Call) -> str | None:
    """Return why the guard refuses a call; a guard that fails refuses."""
    context = tool_context(ctx, call)
    try:
        with serving(context):
            async with asyncio.timeout(call.tool.timeout_s or ctx.config.tool_timeout_s), OwnedPrograms():
                found = await invoke(call.tool.guard, call.request.arguments.load(), context)  # pyright: ignore[reportArgumentType]  (not None here)
    except Exception as error:  # noqa: BLE001  (the boundary of foreign code: a guard that fails refuses)
        _log.error("tool_guard_failed", extra={"tool": call.tool.name, "error": type(error).__name__})
        _log.debug("tool_guard_traceback", exc_info=ctx.credentials.loggable(error))
        return f"its guard failed ({type(error).__name__})."
    if found is None:
        return None
    reason = ctx.credentials.failure_text(str(found)).encode("utf-8", "replace").decode()
    return reason[:_MAX_REASON_CHARS] or "its guard gave no reason."


def is_free(ctx: NodeContext, call: Call) -> bool:
    """Whether a call needs no person's permission; what the policy allows is recorded."""
    if call.tool.risk is not Risk.HIGH:
        return True
    if ruling_key(POLICY, call.id) in ctx.visit.rulings:
        return True
    has_been_asked = call.id in ctx.visit.waiting or call.id in ctx.visit.replies
    if has_been_asked or call.tool.name not in ctx.approved:
        return False
    ctx.log.record(
        GuardRuled(guard=POLICY, call_id=call.id, allowed=True, reason=f"{call.tool.name} is approved")
    )
    return True


def ask_permission(ctx: NodeContext, call: Call) -> None:
    """Record the question whether a call may be made, unless it is open or answered."""
    if call.id in ctx.visit.replies:
        return
    text = (
        f"May the tool {call.tool.name!r} be called with {call.arguments.raw.decode()}? "
        "Answer 'approve', or 'refuse' (add why)."
    )
    pose(ctx, text, options=PERMISSION_OPTIONS, call_id=call.id)


async def ruling_on_permission(ctx: NodeContext, call: Call) -> bool:
    """Wait for what a person says, record a refusal, and return whether the call may be made.

    Only an answer that begins with ``approve`` allows it.

    Raises:
        RunPausedError: if nobody is there.
    """
    reply = ctx.visit.replies.get(call.id)
    answer = (str(reply.load()) if reply is not None else await hear(ctx, call.id)).strip()
    rest = answer[len(APPROVE) :]
    if answer[: len(APPROVE)].casefold() == APPROVE and not rest[:1].isalnum():
        return True
    reason = answer[len(REFUSE) :] if answer.casefold().startswith(REFUSE) else answer
    reason = reason.strip(" \t\n:;,.-")
    settle(ctx, call, "refused", f"A person refused this call; it was not made. {reason}".strip())
    return False
