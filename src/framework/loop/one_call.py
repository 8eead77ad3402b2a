"""One call of a real tool: its key, its intent, making it, and recording what came back."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from threading import get_ident
from typing import TYPE_CHECKING, Any, NamedTuple

from framework.errors import CallInDoubtError
from framework.journal.fold import content_digest
from framework.loop.captured_output import OutputRecorded
from framework.loop.spillover import PAGED_TOOL, spill
from framework.model.events import ToolInDoubt, ToolIntended, ToolRequest, ToolReturned
from framework.model.tool import Effect, Tool, ToolUse
from framework.model.value import Value
from framework.tools.calls import call_tool
from framework.tools.context import FileListener, ToolContext, ignore_file
from framework.tools.registry import DATA_DIR
from framework.tools.written_file import file_written

if TYPE_CHECKING:
    from framework.credentials.tracked import TrackedCredentials
    from framework.journal.log import LaneLog
    from framework.loop.context import NodeContext
    from framework.tools.calls import ToolExecutor

_ONCE = Effect.ONCE  # Up to Python 3.11 every look-up of an enum's member is a function call.


# A tuple, as two are made for every call.
class Call(NamedTuple):
    """One call; ``lane`` and ``key`` are the same however often it is resumed.

    Attributes:
        key: identifies the call once it is intended; empty before that.
    """

    request: ToolRequest
    tool: Tool
    lane: LaneLog
    arguments: Value
    key: str = ""

    @property
    def id(self) -> str:
        """The model's name for the call."""
        return self.request.id


def describe(ctx: NodeContext, request: ToolRequest) -> Call:
    """Return a call that the model asked for, with its key if it was intended before."""
    return Call(
        request=request,
        tool=next(tool for tool in ctx.tools if tool.name == request.name),
        lane=ctx.log.at(ctx.lane.call_lane_id(ctx.visit.calls.index(request))),
        arguments=Value.canonical(request.arguments.load()),
        key=ctx.visit.intents.get(request.id, ""),
    )


def intend(ctx: NodeContext, call: Call) -> Call:
    """Record that a call is about to be made; return it with its key."""
    key = _next_key(ctx, call)
    call.lane.record(
        ToolIntended(
            call_id=call.id,
            tool=call.tool.name,
            arguments=call.arguments,
            effect=call.tool.effect,
            key=key,
        )
    )
    return call._replace(key=key)


def reuse(ctx: NodeContext, call: Call) -> bool:
    """Answer a call from its receipt; return whether an earlier attempt of this visit made it."""
    receipt = ctx.visit.receipts.get(_next_key(ctx, call))
    if receipt is None:
        return False
    again = ToolReturned(call_id=call.id, tool=call.tool.name, status=receipt.status, content=receipt.content)
    intend(ctx, call).lane.record(again, {"reused": True})
    return True


def was_cut_off(ctx: NodeContext, call: Call) -> bool:
    """Return whether an earlier attempt of this visit intended a call and never saw it return."""
    return bool(ctx.visit.unsettled) and _next_key(ctx, call) in ctx.visit.unsettled


def call_key(ctx: NodeContext, tool: str, arguments: Value, ordinal: int) -> str:
    """Return the key of a call: lane, node, visit, tool, canonical arguments, ordinal.

    Together with the run it identifies the call whenever it is made again.
    """
    place = f"{ctx.log.lane_id}\0{ctx.node_id}\0{ctx.visit.visit}\0{tool}\0{ordinal}\0"
    return sha256(place.encode() + arguments.raw).hexdigest()


def _next_key(ctx: NodeContext, call: Call) -> str:
    tool, arguments = call.tool.name, call.arguments
    ordinal = ctx.visit.ordinals.get(f"{tool}\0{arguments.raw.decode()}", 0)
    return call_key(ctx, tool, arguments, ordinal)


async def carry_out(ctx: NodeContext, executor: ToolExecutor, call: Call) -> bool:
    """Make a call and record what came back; return False if nobody knows whether it took effect."""
    started = ctx.clock.monotonic()
    files = _FileNotes(call.lane, ctx.credentials)
    context = tool_context(ctx, call, files.note)
    timeout_s = call.tool.timeout_s or ctx.config.tool_timeout_s
    try:
        with OutputRecorded(call.lane, ctx.credentials):
            result = await call_tool(
                executor, _use(ctx, call), timeout_s=timeout_s, context=context, doubtful=_doubtful(call.tool)
            )
    except CallInDoubtError as doubt:
        ctx.log.record(
            ToolInDoubt(call_id=call.id, tool=call.tool.name, key=call.key), {"reason": str(doubt)}
        )
        return False
    finally:
        files.close()
    meta = {"latency_ms": round((ctx.clock.monotonic() - started) * 1000, 3)}
    record_return(ctx, call, "error" if result.is_error else "ok", result.content, meta)
    await call.lane.commit()
    return True


def _doubtful(tool: Tool) -> tuple[type[BaseException], ...]:
    """Return the errors after which somebody must find out whether the call took effect."""
    if tool.effect is not _ONCE:
        return ()
    return (CallInDoubtError,) if tool.probe is None else (CallInDoubtError, TimeoutError)


def tool_context(ctx: NodeContext, call: Call, on_file_written: FileListener = ignore_file) -> ToolContext:
    """Return what a call's tool, probe and guard may ask about the run."""
    state = ctx.log.state
    # A call that was intended before this run was forked off keeps its key: it may have taken effect.
    key = f"{state.inherited.get(call.key, state.run_id)}\0{call.key}"
    return ToolContext(
        run_id=ctx.log.state.run_id,
        node_id=ctx.node_id,
        data_dir=ctx.data_dir,
        on_file_written=on_file_written,
        idempotency_key=sha256(key.encode()).hexdigest() if call.key else "",
        max_result_chars=ctx.config.max_tool_result_chars,
        tool=call.tool.name,
        call_id=call.id,
        lane_id=ctx.log.lane_id,
        credential_names=call.tool.credentials,
        credentials=ctx.credentials,
    )


def record_return(
    ctx: NodeContext, call: Call, status: str, content: str, meta: dict[str, Any] | None = None
) -> None:
    """Record what came back of an intended call; what is too long for the conversation goes to a file."""
    limit = ctx.config.max_tool_result_chars
    can_load = any(tool.name == PAGED_TOOL for tool in ctx.tools)
    found = spill(
        call.tool.name, call.lane.lane_id, content, limit=limit, folder=ctx.data_dir, can_load=can_load
    )
    if found.file is not None:
        _note_file(call.lane, *found.file)
    call.lane.record(
        ToolReturned(call_id=call.id, tool=call.tool.name, status=status, content=Value.of(found.shown)), meta
    )


def settle(ctx: NodeContext, call: Call, status: str, content: str) -> None:
    """Record what a call comes to that is never intended."""
    ctx.log.record(
        ToolReturned(call_id=call.id, tool=call.tool.name, status=status, content=Value.of(content))
    )


def _use(ctx: NodeContext, call: Call) -> ToolUse:
    """Return the call as the tool gets it; ``data_dir`` is the run's, whatever the model sent."""
    arguments: dict[str, Any] = call.request.arguments.load()
    arguments.pop(DATA_DIR, None)
    if DATA_DIR in call.tool.parameters.get("properties", {}) and ctx.data_dir is not None:
        arguments[DATA_DIR] = str(ctx.data_dir)
    return ToolUse(call.id, call.tool.name, arguments)


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
