"""Messages of a conversation with a model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from framework.model.tool import ToolUse


class Role(StrEnum):
    """Who speaks."""

    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; a ``tool`` message answers the call ``tool_use_id``."""

    role: Role
    content: str
    tool_calls: tuple[ToolUse, ...] = ()
    tool_use_id: str | None = None
    is_error: bool = False
