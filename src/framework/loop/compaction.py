"""Compaction: keeping a conversation inside its limit without losing what matters.

Three levels, by the share of ``max_history_tokens`` in use: at 80 % old tool
results are dropped, at 100 % the model summarises, at 120 % a static note
replaces everything. The goal, the outputs already set and the last message of
a person or the framework survive every level.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from framework.errors import ConversationTooLargeError, ProviderError
from framework.loop.model_call import ask_aside
from framework.loop.prompts import as_text
from framework.model.events import ConversationCompacted
from framework.model.message import Message, Role
from framework.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.loop.context import NodeContext

CHARS_PER_TOKEN = 4
"""Rule of thumb for text whose tokens no provider has counted yet."""

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


def level_for(tokens: int, limit: int) -> Level:
    """Return the level that ``tokens`` of ``limit`` call for."""
    share = tokens / limit
    return next((level for threshold, level in _LIMITS if share >= threshold), Level.NONE)


def context_tokens(ctx: NodeContext) -> int:
    """Return the tokens the next request will have: the provider's last count, or an estimate."""
    visit, conversation = ctx.visit, ctx.lane.conversation
    if visit.context_tokens:
        added = max(0, conversation.characters - visit.context_characters)
        return visit.context_tokens + added // CHARS_PER_TOKEN
    fixed = len(ctx.system) + sum(len(tool.description) + len(str(tool.parameters)) for tool in ctx.tools)
    return (conversation.characters + fixed) // CHARS_PER_TOKEN


async def compact(ctx: NodeContext) -> None:
    """Compact the conversation if it needs it.

    Raises:
        ConversationTooLargeError: if even the static note is too long to go on.
    """
    tokens = context_tokens(ctx)
    level = level_for(tokens, ctx.config.max_history_tokens)
    if level is Level.NONE:
        return
    messages = ctx.lane.conversation.messages()
    compacted = drop_results(messages)
    gained = _characters(messages) - _characters(compacted)
    after = tokens - gained // CHARS_PER_TOKEN
    if level is Level.DROP_RESULTS or level_for(after, ctx.config.max_history_tokens) is Level.NONE:
        if gained < _LEAST_GAIN * _characters(messages):
            return
        _record(ctx, Level.DROP_RESULTS, compacted)
        return
    await _replace(ctx, level, messages)


async def _replace(ctx: NodeContext, level: Level, messages: Sequence[Message]) -> None:
    note = facts(ctx)
    if level is Level.SUMMARY:
        try:
            note += "\n\nWhat happened so far:\n" + await _summary(ctx, messages)
        except ProviderError:
            level = Level.STATIC
    compacted = (Message(Role.USER, f"{note}\n\n{_last_words(messages)}"),)
    if _characters(compacted) >= _characters(messages):
        raise ConversationTooLargeError(
            f"The conversation of node {ctx.node_id!r} cannot be made shorter; "
            f"raise max_history_tokens (now {ctx.config.max_history_tokens}) or shorten its inputs.",
            node_id=ctx.node_id,
            retryable=False,
        )
    _record(ctx, level, compacted)


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
    """Return what must survive: the goal and the outputs set so far."""
    lines = ["[Earlier messages were left out.]"]
    if ctx.goal is not None:
        lines.append(f"Goal: {ctx.goal.description or ctx.goal.name}")
    for key, value in ctx.visit.outputs.items():
        lines.append(f"Output {key!r} is set: {as_text(value.load())[:_NOTE_CHARS]}")
    return "\n".join(lines)


def _last_words(messages: Sequence[Message]) -> str:
    """Return the last message that is not the model's or a tool's."""
    return next((m.content for m in reversed(messages) if m.role is Role.USER), "")


async def _summary(ctx: NodeContext, messages: Sequence[Message]) -> str:
    budget = ctx.config.max_history_tokens * CHARS_PER_TOKEN // 2
    told = "\n".join(f"{m.role}: {m.content or [call.name for call in m.tool_calls]}" for m in messages)
    return await ask_aside(
        ctx,
        "compaction",
        "Summarise the conversation: facts found, decisions, what is still to do. Be complete and brief.",
        told[-budget:],
    )


def _record(ctx: NodeContext, level: Level, messages: Sequence[Message]) -> None:
    ctx.log.record(
        ConversationCompacted(
            head=ctx.lane.conversation.head,
            level=level,
            messages=Value.of([asdict(message) for message in messages]),
        )
    )


def _characters(messages: Sequence[Message]) -> int:
    return sum(len(message.content) + 20 for message in messages)
