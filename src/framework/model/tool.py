"""Tools as data: what a model may call, what it called, what came back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast


class Effect(StrEnum):
    """What calling a tool twice does to the world outside."""

    NONE = "none"
    IDEMPOTENT = "idempotent"
    ONCE = "once"


class Risk(StrEnum):
    """Whether a person allows each call of a tool before it is made."""

    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as a model sees it, and what the loop must know to call it; no model sees that.

    Attributes:
        parameters: the JSON schema of an object; its properties alone do, too.
        effect: what calling it twice does.
        timeout_s: seconds a call may take; the run's own limit by default.
        credentials: names of those it may ask its context for.
        risk: ``high`` asks a person before each call.
        probe: ``probe(arguments, context)`` says whether a call took effect: None or False for no,
            True for yes, anything else for yes with that result. An error means that it does not know.
        guard: ``guard(arguments, context)`` returns why a call is refused, or None. An error refuses it.
    """

    name: str
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    effect: Effect = Effect.ONCE
    timeout_s: float | None = None
    credentials: tuple[str, ...] = ()
    risk: Risk = Risk.LOW
    probe: Callable[..., Any] | None = None
    guard: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        """Complete the schema of which only the properties were given."""
        if _are_properties(self.parameters):
            whole = {"type": "object", "properties": self.parameters}
            object.__setattr__(self, "parameters", whole)


def _are_properties(parameters: dict[str, Any]) -> bool:
    """Whether these are properties alone: a schema under every name, be one of them ``properties``."""
    if not all(isinstance(value, dict) for value in parameters.values()):
        return False
    inner = cast("dict[str, object] | None", parameters.get("properties"))
    return inner is None or not all(isinstance(value, (dict, bool)) for value in inner.values())


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call that a model asks for; ``input`` holds the parsed arguments.

    ``input_error`` says why the arguments could not be parsed, when they could not.
    """

    id: str
    name: str
    input: dict[str, Any]
    input_error: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadToolUse(ToolUse):
    """A call whose arguments could not be parsed; ``input_text`` is what the model wrote.

    Only the answer that asks for it has it: the conversation that goes on holds a plain ``ToolUse``.
    """

    input_text: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came back from a call, as the model will read it."""

    tool_use_id: str
    content: str
    is_error: bool = False
