"""Model providers: one protocol, a scripted one for tests, a local one, and HTTP ones."""

from framework.llm.base import LLMProvider, LLMResponse, ModelRequest, collect
from framework.llm.scripted import ScriptedProvider
from framework.llm.stream import (
    FinishEvent,
    ReasoningDeltaEvent,
    StreamErrorEvent,
    StreamEvent,
    TextDeltaEvent,
    TextEndEvent,
    ToolCallEvent,
    ToolResultEvent,
)
from framework.model.tool import Tool, ToolResult, ToolUse

__all__ = [
    "FinishEvent",
    "LLMProvider",
    "LLMResponse",
    "ModelRequest",
    "ReasoningDeltaEvent",
    "ScriptedProvider",
    "StreamErrorEvent",
    "StreamEvent",
    "TextDeltaEvent",
    "TextEndEvent",
    "Tool",
    "ToolCallEvent",
    "ToolResult",
    "ToolResultEvent",
    "ToolUse",
    "collect",
]
