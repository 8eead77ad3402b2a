"""Answering the tool calls of one model answer: real ones concurrently, synthetic ones here."""

from __future__ import annotations

import asyncio
import base64
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from framework.errors import ToolError
from framework.loop.people import ask_person
from framework.loop.spillover import spill
from framework.model.events import (
    FileWritten,
    JudgeRuled,
    OutputSet,
    ToolIntended,
    ToolRequest,
    ToolReturned,
)
from framework.model.tool import Effect, Tool, ToolUse
from framework.model.value import Value
from framework.tools.calls import call_tool
from framework.tools.context import ToolContext
from framework.tools.synthetic import ASK_USER, ESCALATE, SET_OUTPUT, parse_set_output

if TYPE_CHECKING:
    from framework.journal.log import LaneLog
    from framework.loop.context import NodeContext

SYNTHETIC = frozenset({SET_OUTPUT, ASK_USER, ESCALATE})
"""Names of the tools the framework answers itself."""


async def answer_calls(ctx: NodeContext) -> None:
    """Answer every call of the last model answer that is not answered yet.

    Raises:
        RunPausedError: if a person must answer and nobody is there.
    """
    calls = [call for call in ctx.visit.calls if call.id not in ctx.visit.returned]
    real: list[ToolRequest] = []
    questions: list[ToolRequest] = []
    escalations: list[ToolRequest] = []
    for call in calls:
        refusal = _refusal(ctx, call)
        if refusal is not None:
            _returned(ctx, call, *refusal)
        elif call.name == SET_OUTPUT:
            _set_output(ctx, call)
        elif call.name == ASK_USER:
            questions.append(call)
        elif call.name == ESCALATE:
            escalations.append(call)
        elif not _reused(ctx, call):
            real.append(call)
    await _call_all(ctx, real)
    for call in questions:
        await _ask_user(ctx, call)
    for call in escalations:
        _escalate(ctx, call)
    await ctx.log.commit()


def _refusal(ctx: NodeContext, call: ToolRequest) -> tuple[str, str] | None:
    """Return status and sentence of a call that is not made, or None."""
    limit = ctx.config.tool_call_limit
    if ctx.visit.calls.index(call) >= limit:
        return (
            "discarded",
            f"Discarded: one answer may hold {limit} tool calls. Call it again in your next answer.",
        )
    if call.error is not None:
        return "error", f"The arguments are not valid JSON: {call.error}. Call {call.name!r} again."
    names = [tool.name for tool in ctx.tools]
    if call.name not in names:
        return (
            "unknown",
            f"The tool '{call.name}' is not available. Available tools are: {', '.join(names) or 'none'}",
        )
    return None


def _returned(ctx: NodeContext, call: ToolRequest, status: str, content: str) -> None:
    ctx.log.record(ToolReturned(call_id=call.id, tool=call.name, status=status, content=Value.of(content)))


def _use(call: ToolRequest) -> ToolUse:
    return ToolUse(call.id, call.name, call.arguments.load())


def _set_output(ctx: NodeContext, call: ToolRequest) -> None:
    try:
        key, value = parse_set_output(ctx.node_spec, _use(call))
    except ToolError as error:
        _returned(ctx, call, "error", str(error))
        return
    ctx.log.record(OutputSet(values={key: Value.of(value)}))
    _returned(ctx, call, "ok", f"Output {key!r} is set.")


async def _ask_user(ctx: NodeContext, call: ToolRequest) -> None:
    arguments = call.arguments.load()
    options = arguments.get("options")
    answer = await ask_person(
        ctx,
        str(arguments.get("question", "")),
        options=tuple(str(item) for item in options) if isinstance(options, list) else (),  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  (a model's JSON)
        call_id=call.id,
    )
    _returned(ctx, call, "ok", answer)


def _escalate(ctx: NodeContext, call: ToolRequest) -> None:
    reason = str(call.arguments.load().get("reason", ""))
    _returned(ctx, call, "ok", "Escalated.")
    ctx.log.record(JudgeRuled(action="ESCALATE", feedback=Value.of(reason)))


def _tool(ctx: NodeContext, name: str) -> Tool:
    return next(tool for tool in ctx.tools if tool.name == name)


def _canonical(call: ToolRequest) -> Value:
    return Value.of(orjson.loads(orjson.dumps(call.arguments.load(), option=orjson.OPT_SORT_KEYS)))


def call_key(ctx: NodeContext, tool: str, arguments: Value, ordinal: int) -> str:
    """Return the key of a call: lane, node, visit, tool, canonical arguments, ordinal.

    Together with the run it identifies the call whenever it is made again.
    """
    place = f"{ctx.log.lane_id}\0{ctx.node_id}\0{ctx.visit.visit}\0{tool}\0{ordinal}\0"
    return sha256(place.encode() + arguments.raw).hexdigest()


def _next_key(ctx: NodeContext, call: ToolRequest, arguments: Value) -> str:
    ordinal = ctx.visit.ordinals.get(f"{call.name}\0{arguments.raw.decode()}", 0)
    return call_key(ctx, call.name, arguments, ordinal)


def _reused(ctx: NodeContext, call: ToolRequest) -> bool:
    """Answer a ``once`` call from its receipt when an earlier attempt of this visit made it."""
    if _tool(ctx, call.name).effect != Effect.ONCE or not ctx.visit.receipts:
        return False
    receipt = ctx.visit.receipts.get(_next_key(ctx, call, _canonical(call)))
    if receipt is None or receipt.call_id in ctx.visit.returned:
        return False
    ctx.log.record(
        ToolReturned(call_id=call.id, tool=call.name, status=receipt.status, content=receipt.content),
        {"reused": True},
    )
    return True


async def _call_all(ctx: NodeContext, calls: list[ToolRequest]) -> None:
    if not calls:
        return
    indices = {call.id: index for index, call in enumerate(ctx.visit.calls)}
    lanes = [ctx.log.at(ctx.lane.call_lane_id(indices[call.id])) for call in calls]
    intents = [_intend(ctx, call, lane) for call, lane in zip(calls, lanes, strict=True)]
    await ctx.log.commit(durable=any(intent.effect == Effect.ONCE for intent in intents))
    if len(calls) == 1:
        await _call(ctx, calls[0], intents[0], lanes[0])
        return
    async with asyncio.TaskGroup() as group:
        for call, intent, lane in zip(calls, intents, lanes, strict=True):
            group.create_task(_call(ctx, call, intent, lane))


def _intend(ctx: NodeContext, call: ToolRequest, lane: LaneLog) -> ToolIntended:
    arguments = _canonical(call)
    intent = ToolIntended(
        call_id=call.id,
        tool=call.name,
        arguments=arguments,
        effect=_tool(ctx, call.name).effect,
        key=_next_key(ctx, call, arguments),
    )
    lane.record(intent)
    return intent


async def _call(ctx: NodeContext, call: ToolRequest, intent: ToolIntended, lane: LaneLog) -> None:
    if ctx.tool_executor is None:
        raise ToolError(f"Node {ctx.node_id!r} has tools and no tool_executor to call them; pass one.")

    def note_file(name: str, content: bytes) -> None:
        lane.record(file_written(name, content))

    context = ToolContext(
        run_id=ctx.log.state.run_id,
        node_id=ctx.node_id,
        data_dir=ctx.data_dir,
        on_file_written=note_file,
        idempotency_key=sha256(f"{ctx.log.state.run_id}\0{intent.key}".encode()).hexdigest(),
        max_result_chars=ctx.config.max_tool_result_chars,
    )
    timeout_s = _tool(ctx, call.name).timeout_s or ctx.config.tool_timeout_s
    started = ctx.clock.monotonic()
    result = await call_tool(ctx.tool_executor, _use(call), timeout_s=timeout_s, context=context)
    content, spilled = spill(
        call.name,
        lane.lane_id,
        result.content,
        limit=ctx.config.max_tool_result_chars,
        folder=ctx.data_dir,
    )
    if spilled is not None and ctx.data_dir is not None:
        note_file(spilled, (ctx.data_dir / spilled).read_bytes())
    lane.record(
        ToolReturned(
            call_id=call.id,
            tool=call.name,
            status="error" if result.is_error else "ok",
            content=Value.of(content),
        ),
        {"latency_ms": round((ctx.clock.monotonic() - started) * 1000, 3)},
    )
    await lane.commit()


def file_written(name: str, content: bytes) -> FileWritten:
    """Return the event of a file's new content; bytes that are no text travel as base64."""
    try:
        return FileWritten(name=name, content=Value.of(content.decode()))
    except UnicodeDecodeError:
        return FileWritten(name=name, content=Value.of(base64.b64encode(content).decode()), encoding="base64")
