"""Compaction: keeping a conversation inside its limit without losing what matters.

Three levels, by the share of ``max_history_tokens`` in use: at 80 % old tool
results are dropped, at 100 % the model summarises, at 120 % a static note
replaces everything. The goal, the inputs, the outputs already set and the last
message of a person or the framework survive every level.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import orjson

from framework.errors import ConversationTooLargeError, ProviderError
from framework.loop.model_call import ask_aside
from framework.loop.prompts import as_text, goal_text, opening
from framework.model.events import ConversationCompacted
from framework.model.message import Message, Role
from framework.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.loop.context import NodeContext

CHARS_PER_TOKEN = 4
"""Rule of thumb for text whose tokens no provider has counted yet."""

PURPOSE = "compaction"
"""Purpose of the model call that summarises."""

_RECENT_MESSAGES = 4
_NOTE_CHARS = 2_000
_LEAST_GAIN = 0.05


class Level(StrEnum):
    """How hard a conversation is compacted."""

    NONE = "none"
    DROP_RESULTS = "drop_results"
    SUMMARY = "summary"
    STATIC = "static"


_LIMITS = ((1.2, Level.STATIC), (1.0, Level.SUMMARY), (0.8, Level.DROP_RESULTS))


def level_for(tokens: float, limit: int) -> Level:
    """Return the level that ``tokens`` of ``limit`` call for."""
    share = tokens / limit
    return next((level for threshold, level in _LIMITS if share >= threshold), Level.NONE)


def context_tokens(ctx: NodeContext) -> int:
    """Return the tokens the next request will have: the provider's last count, or an estimate."""
    conversation = ctx.lane.conversation
    tokens, characters, _ = conversation.counted or (0, 0, 0)
    added = conversation.characters + _fixed_characters(ctx) - characters
    return max(0, tokens + added // CHARS_PER_TOKEN)


def _fixed_characters(ctx: NodeContext) -> int:
    """Return the characters of what every request holds besides the messages."""
    return ctx.encoded_system.size + ctx.encoded_tools.size


async def compact(ctx: NodeContext) -> None:
    """Compact the conversation if it needs it.

    Raises:
        ConversationTooLargeError: if what must survive is too much by itself.
    """
    tokens = context_tokens(ctx)
    limit = ctx.config.max_history_tokens
    level = level_for(tokens, limit)
    if level is Level.NONE:
        return
    messages = ctx.lane.conversation.messages()
    dropped = drop_results(messages)
    is_enough = level is Level.DROP_RESULTS or level_for(_after(ctx, tokens, dropped), limit) is Level.NONE
    if is_enough:
        if _is_gain(messages, dropped):
            _record(ctx, Level.DROP_RESULTS, dropped)
        return
    if level is Level.SUMMARY and await _summarised(ctx, tokens, messages):
        return
    note = _replacement(ctx, messages, "")
    if not (_is_gain(messages, note) and _fits(ctx, tokens, note)):
        raise ConversationTooLargeError(
            f"The conversation of node {ctx.node_id!r} has about {tokens} tokens and cannot be made short "
            f"enough; raise max_history_tokens (now {limit}), or shorten its prompt, tools or inputs.",
            node_id=ctx.node_id,
            retryable=False,
        )
    _record(ctx, Level.STATIC, note)


async def _summarised(ctx: NodeContext, tokens: int, messages: Sequence[Message]) -> bool:
    """Replace the conversation by the model's summary; False if that does not help."""
    try:
        summary = await _summary(ctx, messages)
    except ProviderError:
        return False
    compacted = _replacement(ctx, messages, summary)
    if not (_is_gain(messages, compacted) and _fits(ctx, tokens, compacted)):
        return False
    _record(ctx, Level.SUMMARY, compacted)
    return True


def _fits(ctx: NodeContext, tokens: int, messages: Sequence[Message]) -> bool:
    return _after(ctx, tokens, messages) < ctx.config.max_history_tokens


def _after(ctx: NodeContext, tokens: int, messages: Sequence[Message]) -> float:
    """Return the tokens expected when ``messages`` replace the conversation of ``tokens``."""
    fixed = _fixed_characters(ctx)
    return tokens * (_characters(messages) + fixed) / (ctx.lane.conversation.characters + fixed)


def _is_gain(before: Sequence[Message], after: Sequence[Message]) -> bool:
    return _characters(after) <= (1 - _LEAST_GAIN) * _characters(before)


def _replacement(ctx: NodeContext, messages: Sequence[Message], summary: str) -> tuple[Message, ...]:
    """Return the note and, as a message of its own, the last words that are not the model's or a tool's."""
    note = facts(ctx) + (f"\n\nWhat happened so far:\n{summary}" if summary else "")
    last = next((message for message in reversed(messages) if message.role is Role.USER), None)
    return (Message(Role.USER, note),) if last is None else (Message(Role.USER, note), last)


def drop_results(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the messages with the content of older tool results left out."""
    split = max(0, len(messages) - _RECENT_MESSAGES)
    return tuple(_dropped(message) for message in messages[:split]) + tuple(messages[split:])


def _dropped(message: Message) -> Message:
    if message.role is not Role.TOOL:
        return message
    note = f"[A result of {len(message.content)} characters was left out here.]"
    return message if len(message.content) <= len(note) else replace(message, content=note)


def facts(ctx: NodeContext) -> str:
    """Return what must survive: the goal, the inputs and the outputs set so far."""
    lines = ["[Earlier messages were left out.]"]
    if ctx.goal is not None:
        lines.append(_shortened(goal_text(ctx.goal)))
    lines.append(_shortened(opening(ctx.node_spec, ctx.inputs)))
    for key, value in ctx.visit.outputs.items():
        lines.append(f"Output {key!r} is set: {_shortened(as_text(value.load()))}")
    return "\n".join(lines)


def _shortened(text: str) -> str:
    return text if len(text) <= _NOTE_CHARS else f"{text[:_NOTE_CHARS]} [... {len(text)} characters in all]"


async def _summary(ctx: NodeContext, messages: Sequence[Message]) -> str:
    room = ctx.config.max_history_tokens * CHARS_PER_TOKEN // 2
    told = "\n".join(_told(message) for message in messages)
    return await ask_aside(
        ctx,
        PURPOSE,
        "Summarise the conversation: facts found, decisions, what is still to do. Be complete and brief.",
        told[-room:],
    )


def _told(message: Message) -> str:
    calls = [f"{call.name}({orjson.dumps(call.input).decode()})" for call in message.tool_calls]
    return f"{message.role}: {' '.join(filter(None, [message.content, *calls]))}"


def _record(ctx: NodeContext, level: Level, messages: Sequence[Message]) -> None:
    ctx.log.record(
        ConversationCompacted(
            head=ctx.lane.conversation.head,
            level=level,
            messages=Value.of([asdict(message) for message in messages]),
        )
    )


def _characters(messages: Sequence[Message]) -> int:
    return sum(len(orjson.dumps(message)) for message in messages)
