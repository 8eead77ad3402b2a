"""Calls in doubt: nobody knows whether they took effect, so a probe or a person finds out."""

from __future__ import annotations

import asyncio
import logging
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from framework.errors import CallInDoubtError
from framework.loop.one_call import record_return, tool_context
from framework.loop.people import hear, pose
from framework.model.events import ToolInDoubt
from framework.model.tool import ToolUse
from framework.tools.calls import as_result, invoke
from framework.tools.context import serving
from framework.tools.programs import OwnedPrograms

if TYPE_CHECKING:
    from framework.loop.context import NodeContext
    from framework.loop.one_call import Call

DONE = "done"
NOT_DONE = "not done"
ABANDON = "abandon"
DOUBT_OPTIONS = (DONE, NOT_DONE, ABANDON)
"""What a person may answer about a call in doubt; words may follow each."""

HOW_TO_ANSWER = (
    "Find out, then answer 'done' (add the result after it if you know it), 'not done' to have it made "
    "again, or 'abandon'."
)

_OLD_NOT_DONE, _OLD_ABANDON = "Call it again", "Do not call it again"
"""Answers that journals of earlier versions hold."""

_log = logging.getLogger("framework.loop")


class After(Enum):
    """What follows when it is known whether a call took effect; unknown is no member, but None."""

    SETTLED = "settled"
    MADE_AGAIN = "made_again"


class Ruling(NamedTuple):
    """What a person said about a call in doubt: one of the options, and the words after it."""

    option: str
    words: str


def read_ruling(answer: str) -> Ruling:
    """Return what ``answer`` means; one that begins with no option abandons the call and says why."""
    text = answer.strip()
    if text == _OLD_NOT_DONE:
        return Ruling(NOT_DONE, "")
    for option in DOUBT_OPTIONS:
        rest = text[len(option) :]
        if text[: len(option)].casefold() == option and not rest[:1].isalnum():
            return Ruling(option, rest.lstrip(" \t\n:;,").rstrip())
    return Ruling(ABANDON, "" if text == _OLD_ABANDON else text)


def note_doubt(ctx: NodeContext, call: Call) -> None:
    """Record, once, that nobody knows whether a call happened."""
    if call.id not in ctx.visit.in_doubt:
        ctx.log.record(ToolInDoubt(call_id=call.id, tool=call.tool.name, key=call.key))


async def probe_doubt(ctx: NodeContext, call: Call, *, is_over: bool = False) -> After | None:
    """Ask the tool's probe whether a call took effect, and record it if it did; None if it is unknown.

    Args:
        ctx: the node that made the call.
        call: the call in doubt.
        is_over: whether what made it has ended, so that a call without effect may be made again. While it
            may still be at work, the model is told instead.
    """
    if call.tool.probe is None:
        return None
    try:
        found = await _probed(ctx, call)
    except CallInDoubtError:  # It says by itself that it does not know.
        return None
    except Exception as error:  # noqa: BLE001  (the boundary of foreign code: its failure is no knowledge)
        _log.warning("tool_probe_failed", extra={"tool": call.tool.name, "error": type(error).__name__})
        _log.debug("tool_probe_traceback", exc_info=ctx.credentials.loggable(error))
        return None
    if found is not None:
        record_return(ctx, call, "ok", found, {"probed": True})
    elif is_over:
        return After.MADE_AGAIN
    else:
        told = f"The call of {call.tool.name!r} did not come back, and it has taken no effect so far."
        record_return(ctx, call, "error", told, {"probed": True})
    await call.lane.commit()
    return After.SETTLED


async def _probed(ctx: NodeContext, call: Call) -> str | None:
    """Return the result that the probe found, None if the call took no effect."""
    context = tool_context(ctx, call)
    arguments = call.request.arguments.load()
    with serving(context):
        async with asyncio.timeout(call.tool.timeout_s or ctx.config.tool_timeout_s), OwnedPrograms():
            found = await invoke(call.tool.probe, arguments, context)  # pyright: ignore[reportArgumentType]  (not None here)
    if found is None or found is False:
        return None
    if found is True:
        return f"The call of {call.tool.name!r} took effect; its result was lost."
    content = as_result(ToolUse(call.id, call.tool.name, arguments), found).content
    return ctx.credentials.redacted(content)


def ask_about_doubt(ctx: NodeContext, call: Call) -> None:
    """Record the question whether a call took effect, unless it is open or its answer still holds."""
    note_doubt(ctx, call)
    if standing_ruling(ctx, call.id) is not None:
        return
    text = (
        f"The tool {call.tool.name!r} was called with {call.arguments.raw.decode()}, and nobody knows "
        f"whether the call took effect. {HOW_TO_ANSWER}"
    )
    pose(ctx, text, options=DOUBT_OPTIONS, call_id=call.id)


async def ruling_on_doubt(ctx: NodeContext, call: Call) -> After:
    """Wait for what a person says of a call in doubt, and record the result unless it is to be made again.

    Raises:
        RunPausedError: if nobody is there.
    """
    ruling = standing_ruling(ctx, call.id) or read_ruling(await hear(ctx, call.id))
    if ruling.option == NOT_DONE:
        return After.MADE_AGAIN
    if ruling.option == DONE:
        result = f" Its result: {ruling.words}" if ruling.words else ""
        record_return(ctx, call, "ok", f"A person says that this call took effect.{result}")
    else:
        said = f" A person says: {ruling.words}" if ruling.words else ""
        told = "Nobody knows whether this call took effect; a person gave it up, so do not make it again."
        record_return(ctx, call, "error", f"{told}{said}")
    return After.SETTLED


def standing_ruling(ctx: NodeContext, call_id: str) -> Ruling | None:
    """Return the recorded ruling on a call; one that had it made again says nothing of that second call."""
    reply = ctx.visit.replies.get(call_id)
    ruling = None if reply is None else read_ruling(str(reply.load()))
    return None if ruling is None or ruling.option == NOT_DONE else ruling
