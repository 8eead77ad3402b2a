"""Model providers: one protocol, scripted ones for tests, a local one, and one for models behind a key.

What speaks to services loads when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from framework.llm.mock import MockLLMProvider
    from framework.llm.remote.provider import LiteLLMProvider

__all__ = [
    "FinishEvent",
    "LLMProvider",
    "LLMResponse",
    "LiteLLMProvider",
    "MockLLMProvider",
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

_LOADED_ON_USE = {
    "LiteLLMProvider": "framework.llm.remote.provider",
    "MockLLMProvider": "framework.llm.mock",
}


def __getattr__(name: str) -> Any:
    """Load a provider when it is first used.

    Raises:
        AttributeError: if this package has no such name.
    """
    if name not in _LOADED_ON_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_LOADED_ON_USE[name]), name)
    globals()[name] = value
    return value
