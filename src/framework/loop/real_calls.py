"""Calling real tools: intended first, called concurrently, and a ``once`` tool never silently twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from threading import get_ident
from typing import TYPE_CHECKING, Any

import orjson

from framework.errors import ToolError
from framework.journal.fold import content_digest
from framework.journal.log import LaneLog
from framework.loop.captured_output import OutputRecorded
from framework.loop.people import ask_person
from framework.loop.spillover import spill
from framework.model.events import ToolInDoubt, ToolIntended, ToolRequest, ToolReturned
from framework.model.tool import Effect, Tool, ToolUse
from framework.model.value import Value
from framework.tools.calls import call_tool
from framework.tools.context import ToolContext
from framework.tools.registry import DATA_DIR
from framework.tools.written_file import file_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.credentials.tracked import TrackedCredentials
    from framework.loop.context import NodeContext
    from framework.model.tool import ToolResult
    from framework.tools.calls import ToolExecutor

CALL_AGAIN = "Call it again"
LEAVE_IT = "Do not call it again"

_INTERRUPTED = "The run was interrupted during this call; it may or may not have taken effect."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One call ready to be made; ``lane`` and ``key`` are the same however often it is resumed."""

    request: ToolRequest
    tool: Tool
    lane: LaneLog
    arguments: Value
    key: str


async def call_tools(ctx: NodeContext, requests: Sequence[ToolRequest]) -> None:
    """Make the calls of one answer and record what they return.

    A call that a resumed run intended and never saw returning is made again
    when that is safe; otherwise a person says what to do.

    Raises:
        RunPausedError: if a person must say and nobody is there.
        ToolError: if nothing answers the node's tools.
    """
    if not requests:
        return
    executor = _executor(ctx)
    known = frozenset(ctx.visit.intents)
    calls = [_prepared(ctx, request) for request in requests]
    ready = [call for call in calls if not _is_settled(ctx, call, is_known=call.request.id in known)]
    doubtful = [c for c in ready if c.request.id in known and c.tool.effect == Effect.ONCE]
    await ctx.log.commit(durable=any(call.tool.effect == Effect.ONCE for call in ready))
    await _all_at_once(ctx, executor, [call for call in ready if call not in doubtful])
    for call in doubtful:
        await _resolve(ctx, executor, call)


def _executor(ctx: NodeContext) -> ToolExecutor:
    if ctx.tool_executor is None:
        raise ToolError(f"Node {ctx.node_id!r} has tools and no tool_executor to call them; pass one.")
    return ctx.tool_executor


def _prepared(ctx: NodeContext, request: ToolRequest) -> _Call:
    arguments = _canonical(request)
    key = ctx.visit.intents.get(request.id)
    call = _Call(
        request=request,
        tool=next(tool for tool in ctx.tools if tool.name == request.name),
        lane=ctx.log.at(ctx.lane.call_lane_id(ctx.visit.calls.index(request))),
        arguments=arguments,
        key=key or _next_key(ctx, request.name, arguments),
    )
    if key is None:
        call.lane.record(
            ToolIntended(
                call_id=request.id,
                tool=request.name,
                arguments=arguments,
                effect=call.tool.effect,
                key=call.key,
            )
        )
    return call


def _canonical(request: ToolRequest) -> Value:
    return Value.of(orjson.loads(orjson.dumps(request.arguments.load(), option=orjson.OPT_SORT_KEYS)))


def call_key(ctx: NodeContext, tool: str, arguments: Value, ordinal: int) -> str:
    """Return the key of a call: lane, node, visit, tool, canonical arguments, ordinal.

    Together with the run it identifies the call whenever it is made again.
    """
    place = f"{ctx.log.lane_id}\0{ctx.node_id}\0{ctx.visit.visit}\0{tool}\0{ordinal}\0"
    return sha256(place.encode() + arguments.raw).hexdigest()


def _next_key(ctx: NodeContext, tool: str, arguments: Value) -> str:
    ordinal = ctx.visit.ordinals.get(f"{tool}\0{arguments.raw.decode()}", 0)
    return call_key(ctx, tool, arguments, ordinal)


def _is_settled(ctx: NodeContext, call: _Call, *, is_known: bool) -> bool:
    """Answer a ``once`` call from its receipt if an earlier attempt of this visit made it."""
    receipt = ctx.visit.receipts.get(call.key)
    if is_known or receipt is None or call.tool.effect != Effect.ONCE:
        return False
    call.lane.record(
        ToolReturned(
            call_id=call.request.id, tool=call.tool.name, status=receipt.status, content=receipt.content
        ),
        {"reused": True},
    )
    return True


async def _all_at_once(ctx: NodeContext, executor: ToolExecutor, calls: Sequence[_Call]) -> None:
    if len(calls) == 1:
        await _make(ctx, executor, calls[0])
        return
    try:
        async with asyncio.TaskGroup() as group:
            for call in calls:
                group.create_task(_make(ctx, executor, call))
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several


async def _resolve(ctx: NodeContext, executor: ToolExecutor, call: _Call) -> None:
    """Have a person say what becomes of a call of which nobody knows whether it happened."""
    answer = await _ruling(ctx, call)
    if answer == CALL_AGAIN:
        await ctx.log.commit()
        await _make(ctx, executor, call)
        return
    _return(call, "error", f"{_INTERRUPTED} A person says: {answer}", {})
    await ctx.log.commit()


async def _ruling(ctx: NodeContext, call: _Call) -> str:
    reply = ctx.visit.replies.get(call.request.id)
    if reply is not None and reply.load() != CALL_AGAIN:  # The run stopped before it noted the result.
        return str(reply.load())
    if ctx.visit.question is None:
        ctx.log.record(ToolInDoubt(call_id=call.request.id, tool=call.tool.name, key=call.key))
    return await ask_person(
        ctx,
        f"The run was interrupted while it called the tool {call.tool.name!r} with "
        f"{call.arguments.raw.decode()}. Nobody knows whether the call took effect. Should it be made again?",
        options=(CALL_AGAIN, LEAVE_IT),
        call_id=call.request.id,
    )


async def _make(ctx: NodeContext, executor: ToolExecutor, call: _Call) -> None:
    started = ctx.clock.monotonic()
    files = _FileNotes(call.lane, ctx.credentials)
    context = ToolContext(
        run_id=ctx.log.state.run_id,
        node_id=ctx.node_id,
        data_dir=ctx.data_dir,
        on_file_written=files.note,
        idempotency_key=sha256(f"{ctx.log.state.run_id}\0{call.key}".encode()).hexdigest(),
        max_result_chars=ctx.config.max_tool_result_chars,
        tool=call.tool.name,
        credential_names=call.tool.credentials,
        credentials=ctx.credentials,
    )
    timeout_s = call.tool.timeout_s or ctx.config.tool_timeout_s
    try:
        with OutputRecorded(call.lane, ctx.credentials):
            result = await call_tool(executor, _use(ctx, call), timeout_s=timeout_s, context=context)
    finally:
        files.close()
    content = _spilled(ctx, call, result)
    meta = {"latency_ms": round((ctx.clock.monotonic() - started) * 1000, 3)}
    _return(call, "error" if result.is_error else "ok", content, meta)
    await call.lane.commit()


def _use(ctx: NodeContext, call: _Call) -> ToolUse:
    """Return the call as the tool gets it; ``data_dir`` is the run's, whatever the model sent."""
    arguments: dict[str, Any] = call.request.arguments.load()
    arguments.pop(DATA_DIR, None)
    if DATA_DIR in call.tool.parameters.get("properties", {}) and ctx.data_dir is not None:
        arguments[DATA_DIR] = str(ctx.data_dir)
    return ToolUse(call.request.id, call.tool.name, arguments)


def _spilled(ctx: NodeContext, call: _Call, result: ToolResult) -> str:
    limit = ctx.config.max_tool_result_chars
    found = spill(call.tool.name, call.lane.lane_id, result.content, limit=limit, folder=ctx.data_dir)
    if found.file is not None:
        _note_file(call.lane, *found.file)
    return found.shown


def _return(call: _Call, status: str, content: str, meta: dict[str, Any]) -> None:
    call.lane.record(
        ToolReturned(call_id=call.request.id, tool=call.tool.name, status=status, content=Value.of(content)),
        meta,
    )


class _FileNotes:
    """Journals the files a call writes, from whatever thread it says so, until the call is over."""

    __slots__ = ("_credentials", "_home", "_is_closed", "_lane", "_loop")

    def __init__(self, lane: LaneLog, credentials: TrackedCredentials) -> None:
        self._lane = lane
        self._credentials = credentials
        self._loop = asyncio.get_running_loop()
        self._home = get_ident()
        self._is_closed = False

    def note(self, name: str, content: bytes) -> None:
        if get_ident() == self._home:
            self._record(name, content)
        else:
            self._loop.call_soon_threadsafe(self._record, name, content)

    def close(self) -> None:
        self._is_closed = True

    def _record(self, name: str, content: bytes) -> None:
        if not self._is_closed:  # A thread that passed its time-out may still write: its call is over.
            _note_file(self._lane, name, self._credentials.redacted_bytes(content))


def _note_file(lane: LaneLog, name: str, content: bytes) -> None:
    """Record a file's new content, unless the call did so before the run stopped and it was made again."""
    event = file_written(name, content)
    known = lane.state.lane(lane.lane_id).files.get(name)
    if known != content_digest(event.content):
        lane.record(event)
