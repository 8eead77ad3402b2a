"""Answering the tool calls of one model answer: real ones concurrently, synthetic ones here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from framework.errors import ToolError, UnknownToolError
from framework.journal.state import Step
from framework.loop.people import ask_person
from framework.loop.real_calls import call_tools
from framework.model.events import JudgeRuled, OutputSet, ToolRequest, ToolReturned
from framework.model.tool import ToolUse
from framework.model.value import Value
from framework.tools.synthetic import ASK_USER, ESCALATE, SET_OUTPUT, parse_set_output

if TYPE_CHECKING:
    from framework.loop.context import NodeContext

NO_REASON = "no reason given"


async def answer_calls(ctx: NodeContext) -> None:
    """Answer every call of the last model answer that is not answered yet.

    Outputs are set first, then real tools are called, then a person is asked,
    and escalations come last; the conversation keeps the model's own order.

    Raises:
        RunPausedError: if a person must answer and nobody is there.
        ToolError: if nothing answers the node's tools.
    """
    real: list[ToolRequest] = []
    questions: list[ToolRequest] = []
    escalations: list[ToolRequest] = []
    for index, call in enumerate(ctx.visit.calls):
        if call.id in ctx.visit.returned:
            continue
        refusal = _refusal(ctx, call, index)
        if refusal is not None:
            _returned(ctx, call, *refusal)
        elif call.name == SET_OUTPUT:
            _set_output(ctx, call)
        elif call.name == ASK_USER:
            questions.append(call)
        elif call.name == ESCALATE:
            escalations.append(call)
        else:
            real.append(call)
    await call_tools(ctx, real)
    for call in questions:
        await _ask_user(ctx, call)
    for call in escalations:
        _escalate(ctx, call)
    await ctx.log.commit()


def _refusal(ctx: NodeContext, call: ToolRequest, index: int) -> tuple[str, str] | None:
    """Return status and sentence of a call that is not made, or None."""
    limit = ctx.config.tool_call_limit
    if index >= limit:
        return (
            "discarded",
            f"Discarded: one answer may hold {limit} tool calls. Call it again in your next answer.",
        )
    names = [tool.name for tool in ctx.tools]
    if call.name not in names:
        return "unknown", str(UnknownToolError(call.name, names))
    if call.error is not None:
        return "error", f"The tool {call.name!r} was not called: {call.error}"
    if call.name == ASK_USER and not _question(call):
        return "error", "Nobody was asked: say what to ask in 'question'."
    return None


def _returned(ctx: NodeContext, call: ToolRequest, status: str, content: str) -> None:
    ctx.log.record(ToolReturned(call_id=call.id, tool=call.name, status=status, content=Value.of(content)))


def _set_output(ctx: NodeContext, call: ToolRequest) -> None:
    try:
        key, value = parse_set_output(ctx.node_spec, ToolUse(call.id, call.name, call.arguments.load()))
    except ToolError as error:
        _returned(ctx, call, "error", str(error))
        return
    encoded = Value.of(value)
    if ctx.visit.outputs.get(key) != encoded:
        ctx.log.record(OutputSet(values={key: encoded}))
    _returned(ctx, call, "ok", f"Output {key!r} is set.")


def _question(call: ToolRequest) -> str:
    return str(call.arguments.load().get("question") or "").strip()


async def _ask_user(ctx: NodeContext, call: ToolRequest) -> None:
    reply = ctx.visit.replies.get(call.id)
    if reply is not None:  # The run stopped between the answer and the result.
        _returned(ctx, call, "ok", reply.load())
        return
    options: Any = call.arguments.load().get("options")
    offered = cast("list[object]", options) if isinstance(options, list) else []
    answer = await ask_person(
        ctx, _question(call), options=tuple(str(item) for item in offered), call_id=call.id
    )
    _returned(ctx, call, "ok", answer)
    await ctx.log.commit()


def _escalate(ctx: NodeContext, call: ToolRequest) -> None:
    reason = str(call.arguments.load().get("reason") or NO_REASON)
    if ctx.visit.step is not Step.ESCALATED:
        ctx.log.record(JudgeRuled(action="ESCALATE", feedback=Value.of(reason)))
    _returned(ctx, call, "ok", "Escalated.")
