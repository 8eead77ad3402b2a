"""Calling one tool: under a time-out, with every failure turned into a result the model can act on."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from framework.errors import CallInDoubtError, NotJsonError, ToolError
from framework.model.tool import ToolResult, ToolUse
from framework.model.value import encode_json
from framework.tools.context import context_if_serving, is_making, making
from framework.tools.programs import OwnedPrograms
from framework.tools.threads import run_in_thread, until_left

if TYPE_CHECKING:
    from types import CodeType

    from framework.tools.context import ToolContext

ToolExecutor = Callable[[ToolUse], ToolResult | Awaitable[ToolResult]]

MAX_RESULT_CHARS = 10_000_000
"""Characters of a result that are kept before anything else looks at it."""

_MAX_MESSAGE_CHARS = 2000
_MAX_LEAVES = 3

_log = logging.getLogger("framework.tools")


async def call_tool(
    executor: ToolExecutor,
    use: ToolUse,
    *,
    timeout_s: float,
    context: ToolContext,
    doubtful: tuple[type[BaseException], ...] = (),
) -> ToolResult:
    """Call ``use`` and return its result; only cancellation, an interrupt and doubt are raised.

    Exceptions, time-outs, bad arguments and unknown tools become results with
    ``is_error``. A coroutine is cancelled at the time-out (one that ignores
    cancellation or blocks the event loop is beyond reach); a blocking function
    is left to its thread, which cannot be killed, and its outcome is dropped.
    Programs that either started are ended then, and at a cancellation.

    Args:
        executor: answers calls; a plain function runs in a thread, a coroutine function in the event loop.
        use: the call.
        timeout_s: seconds after which the call is given up.
        context: what a tool may ask about the run.
        doubtful: errors that leave open whether the call took effect; none are when nobody could find out.

    Raises:
        CallInDoubtError: instead of giving a result, if the call ended with one of the ``doubtful`` errors.
    """
    if use.input_error is not None:
        return _error(
            use,
            f"The arguments of {use.name!r} could not be read: {use.input_error} "
            "Send them again as one JSON object.",
        )
    deadline = asyncio.timeout(timeout_s)
    try:
        with making(context):
            async with deadline, OwnedPrograms():
                return _redacted(as_result(use, await invoke(executor, use)), context)
    except BaseException as error:  # the boundary of foreign code: the model sees the failure
        if stops_the_caller(error):
            raise
        if isinstance(error, doubtful):
            raise CallInDoubtError(_message(error, context)) from error
        if deadline.expired():
            return _timed_out(use, timeout_s, context)
        return _failed(use, error, context)


async def invoke(function: Callable[..., Any], *arguments: object) -> Any:
    """Return what ``function`` gives: a plain function runs in a thread, a coroutine function here."""
    if is_coroutine_function(function):
        return await function(*arguments)
    value = await run_in_thread(function, *arguments)
    return await value if inspect.isawaitable(value) else value


async def until_over(idempotency_key: str) -> None:
    """Wait until no thread makes the call of a key any more, though nobody waits for what it gives."""
    await until_left(lambda variables: is_making(variables, idempotency_key))


def is_coroutine_function(function: Callable[..., Any]) -> bool:
    """Whether calling ``function`` gives a coroutine; looks into partials and callable objects."""
    code: CodeType | None = getattr(function, "__code__", None)
    if code is not None:
        return bool(code.co_flags & inspect.CO_COROUTINE)
    if isinstance(function, partial):
        return is_coroutine_function(function.func)
    return inspect.iscoroutinefunction(getattr(type(function), "__call__", None))  # noqa: B004 - its kind is asked


def as_result(use: ToolUse, value: object) -> ToolResult:
    """Return what a tool gave as the result of ``use``.

    Text stays as it is, None becomes ``ok``, everything else compact JSON.

    Raises:
        ToolError: if JSON cannot express the value.
    """
    if isinstance(value, ToolResult):
        return ToolResult(use.id, _as_text(use, value.content), value.is_error)
    return ToolResult(use.id, _as_text(use, value))


def _redacted(result: ToolResult, context: ToolContext) -> ToolResult:
    without = context.credentials.failure_text if result.is_error else context.credentials.redacted
    content = without(result.content)
    if content == result.content:
        return result
    return ToolResult(result.tool_use_id, content, result.is_error)


FAILURES = (Exception, asyncio.CancelledError, SystemExit, BaseExceptionGroup)
"""What foreign code may raise when it fails, unless ``stops_the_caller``."""


def stops_the_caller(error: BaseException) -> bool:
    """Whether what foreign code raised is meant for its caller: an interrupt, or a cancellation asked for.

    A ``CancelledError`` that nobody asked for is the foreign code's own: it awaited something cancelled.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    return isinstance(error, (KeyboardInterrupt, GeneratorExit))


def _as_text(use: ToolUse, value: object) -> str:
    if value is None:
        return "ok"
    if isinstance(value, str):
        return _encodable(_bounded(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise ToolError(
            f"The tool {use.name!r} ran but returned bytes, which cannot be shown; "
            "it should return text, or save a file and return its name."
        )
    try:
        return _bounded(encode_json(value).decode())
    except NotJsonError as error:
        raise ToolError(f"The tool {use.name!r} ran but its result cannot be shown. {error}") from error


def _bounded(text: str) -> str:
    if len(text) <= MAX_RESULT_CHARS:
        return text
    kept = _redacted_before_the_cut(text)[:MAX_RESULT_CHARS]
    return f"{kept}\n[The result had {len(text)} characters; only the first {MAX_RESULT_CHARS} were kept.]"


def _redacted_before_the_cut(text: str) -> str:
    """Take credentials out of a text that is about to be cut, for half of one would not be found later."""
    context = context_if_serving()
    return text if context is None else context.credentials.redacted(text)


def _encodable(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _error(use: ToolUse, sentence: str) -> ToolResult:
    return ToolResult(use.id, _encodable(sentence), is_error=True)


def _timed_out(use: ToolUse, timeout_s: float, context: ToolContext) -> ToolResult:
    _log.warning("tool_timed_out", extra={**_facts(use, context), "timeout_s": timeout_s})
    return _error(
        use,
        f"The tool {use.name!r} did not finish within {timeout_s:g} s and was given up; it may or may not "
        "have taken effect. Check before calling it again, ask for less, or go on without it.",
    )


def _failed(use: ToolUse, error: BaseException, context: ToolContext) -> ToolResult:
    if isinstance(error, ToolError):
        _log.info("tool_refused", extra={**_facts(use, context), "error": type(error).__name__})
        return _error(use, _message(error, context))
    _log.error("tool_failed", extra=_facts(use, context), exc_info=context.credentials.loggable(error))
    return _error(use, f"The tool {use.name!r} failed: {_describe(error, context)}")


def _facts(use: ToolUse, context: ToolContext) -> dict[str, str]:
    return {
        "tool": use.name,
        "tool_use_id": use.id,
        "run_id": context.run_id,
        "node_id": context.node_id,
    }


def _describe(error: BaseException, context: ToolContext) -> str:
    leaves = _leaves(error)
    shown = "; ".join(f"{type(leaf).__name__}: {_message(leaf, context)}" for leaf in leaves[:_MAX_LEAVES])
    return shown if len(leaves) <= _MAX_LEAVES else f"{shown}; and {len(leaves) - _MAX_LEAVES} more"


def _leaves(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    inner = cast("BaseExceptionGroup[BaseException]", error).exceptions
    return [leaf for each in inner for leaf in _leaves(each)]


def _message(error: BaseException, context: ToolContext) -> str:
    try:
        text = context.credentials.failure_text(str(error))
    except Exception:  # noqa: BLE001 - an error that cannot be printed is still reported by its class
        text = ""
    if len(text) > _MAX_MESSAGE_CHARS:
        text = f"{text[:_MAX_MESSAGE_CHARS]}..."
    return text or "no further detail"
