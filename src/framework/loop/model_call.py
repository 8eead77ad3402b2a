"""Asking a model: journaled, and retried in this one place when the fault may pass."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from framework.credentials.failure_text import without_secrets
from framework.errors import FrameworkError, MissingCredentialError, NotJsonError, ProviderError
from framework.journal.fold import TURN, request_key
from framework.journal.ledger import NO_ANSWER
from framework.llm.base import LLMResponse, ModelRequest, collect
from framework.loop.budget.base import SpendRequest
from framework.loop.budget.spending import Spending
from framework.loop.pairing import paired
from framework.model.events import ModelAnswered, ModelRequested, ToolRequest, UnreadRequest
from framework.model.message import Message, Role
from framework.model.tool import UnreadToolUse
from framework.model.value import Value, encode_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from framework.clock import Clock
    from framework.credentials.tracked import TrackedCredentials
    from framework.journal.log import LaneLog
    from framework.journal.state import WalkLane
    from framework.llm.base import LLMProvider
    from framework.llm.stream import StreamEvent
    from framework.loop.budget.base import BudgetGate
    from framework.loop.context import NodeContext
    from framework.model.tool import Tool, ToolUse

MAX_TRIES = 4
"""Times one request is sent before its transient error is the node's."""

LONGEST_ASKED_WAIT_S = 120.0
"""Seconds a provider may ask to wait; when it asks for more, its error is the node's at once."""

_FRAME_TOKENS = 64
"""Tokens that a service puts around a request, at most."""

_OPEN_CALL_TOKENS = 256
"""Tokens of what is said of a call that a failed step left open, at most."""

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0


class Asking(Protocol):
    """What asking a model needs; a ``NodeContext`` is one."""

    @property
    def log(self) -> LaneLog:
        """Records the call."""
        ...

    @property
    def clock(self) -> Clock:
        """Measures and waits."""
        ...

    @property
    def llm(self) -> LLMProvider | None:
        """Answers."""
        ...

    @property
    def model(self) -> str:
        """The model's name; empty means the provider's own."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of an answer."""
        ...

    @property
    def node_id(self) -> str:
        """The node it is done for."""
        ...

    @property
    def credentials(self) -> TrackedCredentials:
        """Those of the run, which no text of a failure may hold."""
        ...

    @property
    def budget(self) -> BudgetGate | None:
        """Rules on what it may cost; None when nothing is bounded."""
        ...


def _show_nothing(event: StreamEvent) -> None:
    del event


async def ask_turn(ctx: NodeContext) -> None:
    """Ask for the next answer of the node's conversation and record it.

    Raises:
        ProviderError: if the model cannot answer.
    """
    conversation = ctx.lane.conversation
    messages = conversation.messages()
    request = ModelRequest(
        messages=paired(messages) if conversation.open_calls else messages,
        model=ctx.model,
        system=ctx.system,
        tools=ctx.tools,
        max_tokens=ctx.max_tokens,
    )
    await _ask(ctx, _Record(TURN, ctx.encoded_system, ctx.encoded_tools), request, ctx.show)


async def ask_aside(
    ctx: Asking, purpose: str, system: str, prompt: str, schema: dict[str, Any] | None = None
) -> str:
    """Ask outside the conversation (a judge, a summary) and return the text.

    An answer that the journal holds and nothing has used yet is not asked for again.

    Raises:
        ProviderError: if the model cannot answer.
    """
    lane = ctx.log.state.walk(ctx.log.lane_id)
    key = request_key(purpose, Value.blob(system), Value.of(prompt))
    known = lane.asides.get(key)
    if known is not None:
        return _known_text(known)
    request = ModelRequest(
        messages=(Message(Role.USER, prompt),),
        model=ctx.model,
        system=system,
        max_tokens=ctx.max_tokens,
        response_schema=schema,
    )
    try:
        record = _Record(purpose, Value.blob(system), encoded_tools(()), Value.of(prompt))
        response = await _ask(ctx, record, request, _show_nothing)
    except ProviderError as error:
        if lane.requested == key:
            reason = Value.of(ctx.credentials.failure_text(str(error)).encode("utf-8", "replace").decode())
            ctx.log.record(
                ModelAnswered(purpose=purpose, model=request.model, text=reason, stop_reason=NO_ANSWER)
            )
        raise
    return response.content


def _known_text(answer: ModelAnswered) -> str:
    if answer.stop_reason == NO_ANSWER:
        raise ProviderError(answer.text.load())
    return answer.text.load()


def encoded_tools(tools: Sequence[Tool]) -> Value:
    """Return the tools of a request as the journal keeps them, once for all requests that offer them."""
    return Value.blob([[tool.name, tool.description, tool.parameters] for tool in tools])


class _Record(NamedTuple):
    """What the journal keeps of a request besides the conversation's head."""

    purpose: str
    system: Value
    tools: Value
    prompt: Value | None = None

    @property
    def key(self) -> str:
        """What tells the request from the others of its lane."""
        return request_key(self.purpose, self.system, self.prompt)


async def _ask(
    ctx: Asking, record: _Record, request: ModelRequest, show: Callable[[StreamEvent], None]
) -> LLMResponse:
    provider = _provider(ctx)
    lane = ctx.log.state.walk(ctx.log.lane_id)
    if ctx.budget is None:
        return await _asked(ctx, record, request, partial(collect, provider, request, show))
    spending = Spending(ctx, ctx.budget, _wanted(ctx, record, request, provider))
    try:
        model = await spending.begin(lane, is_recorded=lane.requested == record.key)
        request = replace(request, model=model)
        return await _asked(ctx, record, request, partial(spending.send, provider, request, show))
    finally:
        await spending.release()


def _wanted(ctx: Asking, record: _Record, request: ModelRequest, provider: LLMProvider) -> SpendRequest:
    state = ctx.log.state
    return SpendRequest(
        run_id=state.run_id,
        agent=state.agent,
        lane_id=ctx.log.lane_id,
        node_id=ctx.node_id,
        model=request.model or provider.model,
        input_tokens=_most_tokens(ctx.log.state.walk(ctx.log.lane_id), record, request.response_schema),
        output_tokens=request.max_tokens,
    )


def _most_tokens(lane: WalkLane, record: _Record, schema: object) -> int:
    """Return how many tokens a request has at most: those last counted, and one for each byte since."""
    fixed = record.system.size + record.tools.size
    asked = _FRAME_TOKENS + (len(encode_json(schema)) if schema else 0)
    if record.prompt is not None:
        return asked + fixed + record.prompt.size
    conversation = lane.conversation
    tokens, characters, overhead = conversation.counted or (0, 0, 0)
    added = conversation.characters - (characters - overhead)
    left_open = len(conversation.open_calls) * _OPEN_CALL_TOKENS
    # A system prompt or tools of another size are others: what was counted of the old ones stays in, too.
    return tokens + asked + left_open + max(0, added) + (fixed if fixed != overhead else 0)


async def _asked(
    ctx: Asking, record: _Record, request: ModelRequest, send: Callable[[], Awaitable[LLMResponse]]
) -> LLMResponse:
    lane = ctx.log.state.walk(ctx.log.lane_id)
    if lane.requested != record.key:
        ctx.log.record(
            ModelRequested(
                purpose=record.purpose,
                model=request.model or _provider(ctx).model,
                head="" if record.prompt else lane.conversation.head,
                system=record.system,
                tools=record.tools,
                prompt=record.prompt,
            )
        )
        await ctx.log.commit()
    started = ctx.clock.monotonic()
    response = await _with_retries(ctx, send if record.purpose == TURN else partial(_or_no_answer, send))
    response = _recordable(response, lane.conversation.call_ids)
    ctx.log.record(
        _answered(record.purpose, response),
        {"latency_ms": round((ctx.clock.monotonic() - started) * 1000, 3)},
    )
    await ctx.log.commit()
    return response


def _provider(ctx: Asking) -> LLMProvider:
    if ctx.llm is None:
        raise MissingCredentialError(
            f"Node {ctx.node_id!r} needs a model and none is configured; "
            "pass llm=... or choose one with --model, for example --model local/smollm2."
        )
    return ctx.llm


async def _or_no_answer(send: Callable[[], Awaitable[LLMResponse]]) -> LLMResponse:
    """Ask aside; whatever the provider raises is that it cannot answer, which the journal keeps.

    Raises:
        ProviderError: if the model cannot answer.
    """
    try:
        return await send()
    except FrameworkError:
        raise
    except Exception as error:  # The boundary of foreign code: a provider may raise anything.
        raise ProviderError(
            f"The model's provider failed ({type(error).__name__}: {without_secrets(str(error))}).",
            retryable=isinstance(error, OSError),
        ) from error


async def _with_retries(ctx: Asking, send: Callable[[], Awaitable[LLMResponse]]) -> LLMResponse:
    for tries in range(1, MAX_TRIES):
        try:
            return await send()
        except ProviderError as error:
            wait_s = _wait_s(tries, error)
            if wait_s is None:
                raise
            await ctx.clock.sleep(wait_s)
    try:
        return await send()
    except ProviderError as error:
        if not error.retryable:
            raise
        # Not retryable any more: starting the node anew would only multiply the tries made here.
        raise ProviderError(
            f"{error} (tried {MAX_TRIES} times)", status=error.status, retry_after_s=error.retry_after_s
        ) from error


def _wait_s(tries: int, error: ProviderError) -> float | None:
    """Return seconds to wait before asking again: what the provider asked for, else doubling with jitter.

    None means not to ask again.
    """
    if not error.retryable:
        return None
    if error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= LONGEST_ASKED_WAIT_S else None
    longest = min(_FIRST_WAIT_S * 2 ** (tries - 1), _LONGEST_WAIT_S)
    return random.uniform(longest / 2, longest)  # noqa: S311  (spreads load, hides nothing)


def _recordable(response: LLMResponse, earlier: Collection[str]) -> LLMResponse:
    """Return an answer as JSON can hold it, each of its calls with an id of its own."""
    content = response.content.encode("utf-8", "replace").decode()
    calls = _with_own_ids(response.tool_calls, earlier)
    if content == response.content and calls == response.tool_calls:
        return response
    return replace(response, content=content, tool_calls=calls)


def _with_own_ids(calls: Sequence[ToolUse], earlier: Collection[str]) -> tuple[ToolUse, ...]:
    """Return the calls with ids that nothing else in the conversation has.

    Some providers send no ids, or the same ones in every answer; others refuse that.
    """
    own: set[str] = set()
    unique: list[ToolUse] = []
    for call in calls:
        number = len(earlier) + len(own)
        call_id = call.id or f"call_{number}"
        while call_id in earlier or call_id in own:
            call_id = f"{call.id or 'call'}_{number}"
            number += 1
        own.add(call_id)
        unique.append(call if call_id == call.id else replace(call, id=call_id))
    return tuple(unique)


def _answered(purpose: str, response: LLMResponse) -> ModelAnswered:
    return ModelAnswered(
        purpose=purpose,
        model=response.model,
        text=Value.of(response.content),
        tool_calls=tuple(_requested(call) for call in response.tool_calls),
        stop_reason=response.stop_reason,
        input_tokens=response.input_tokens,
        output_tokens=response.output_tokens,
        cached_tokens=response.cached_tokens,
        cost_usd=None if response.cost_usd is None else str(response.cost_usd),
    )


def _requested(call: ToolUse) -> ToolRequest:
    """Return a call as the journal keeps it; arguments JSON cannot express count as malformed."""
    try:
        arguments, reason = Value.of(call.input), call.input_error
    except NotJsonError as error:
        arguments, reason = Value.of({}), str(error)
    if not isinstance(call, UnreadToolUse):
        return ToolRequest(id=call.id, name=call.name, arguments=arguments, error=reason)
    text = Value.of(call.input_text.encode("utf-8", "backslashreplace").decode())
    return UnreadRequest(id=call.id, name=call.name, arguments=arguments, error=reason, arguments_text=text)
