"""Calls and results in pairs: providers refuse a conversation in which a call has no result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.model.message import Message, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NOT_ANSWERED = "The step ended before this call was answered."


def paired(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the messages with a result for every call; what a failed node left open is said to be so."""
    results = {message.tool_use_id for message in messages if message.role is Role.TOOL}
    return tuple(each for message in messages for each in _with_results(message, results))


def _with_results(message: Message, results: set[str | None]) -> Iterator[Message]:
    yield message
    for call in message.tool_calls:
        if call.id not in results:
            yield Message(Role.TOOL, NOT_ANSWERED, tool_use_id=call.id, is_error=True)
