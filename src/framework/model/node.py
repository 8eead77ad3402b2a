"""A node: one unit of work of a graph."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field, field_serializer

from framework.model.spec import Spec
from framework.model.tool import Effect


class NodeType(StrEnum):
    """What runs a node."""

    EVENT_LOOP = "event_loop"
    FUNCTION = "function"


class NodeSpec(Spec):
    """One unit of work: a model's loop or a function.

    Attributes:
        input_keys: what the node may read of the memory; empty means nothing.
        output_keys: what the node may write.
        nullable_output_keys: outputs that may stay unset, inputs that may be absent.
        output_model: Pydantic model that the outputs must satisfy.
        tools: names of the tools the model may call.
        model: overrides the run's model.
        function: a callable, or its dotted path inside the package.
        max_retries: attempts in all.
        retry_on: names of the error classes worth another attempt; empty means all.
        max_node_visits: times the node may run in one run; 0 means unlimited.
        client_facing: whether a person reads and answers this node.
        success_criteria: text that an LLM judge holds the outputs against.
        judge: the judge of this node, an object with ``evaluate(context)``.
        effect: what running a function node twice does to the world outside; ``once`` is never run twice
            unless a person or ``retry_on`` says so.
        timeout_s: seconds one attempt may take, waiting for people included; None means no limit.
    """

    id: str
    name: str = ""
    description: str = ""
    node_type: str = NodeType.EVENT_LOOP
    input_keys: list[str] = Field(default_factory=list)
    output_keys: list[str] = Field(default_factory=list)
    nullable_output_keys: list[str] = Field(default_factory=list)
    input_schema: dict[str, Any] = Field(default_factory=dict)
    output_schema: dict[str, Any] = Field(default_factory=dict)
    output_model: type[BaseModel] | None = None
    system_prompt: str = ""
    tools: list[str] = Field(default_factory=list)
    model: str | None = None
    function: Callable[..., Any] | str | None = None
    max_retries: int = Field(default=3, ge=1)
    retry_on: list[str] = Field(default_factory=list)
    max_node_visits: int = Field(default=1, ge=0)
    client_facing: bool = False
    success_criteria: str | None = None
    judge: Any = None
    effect: Effect = Effect.NONE
    timeout_s: float | None = Field(default=None, gt=0.0)

    @field_serializer("output_model", "judge", when_used="unless-none")
    def _name_of(self, value: object) -> str:
        return _qualified_name(value)

    @field_serializer("function", when_used="unless-none")
    def _path_of(self, value: Callable[..., Any] | str) -> str:
        return value if isinstance(value, str) else _qualified_name(value)


def _qualified_name(value: object) -> str:
    named = value if hasattr(value, "__qualname__") else type(value)
    module = getattr(named, "__module__", "")
    return f"{module}:{getattr(named, '__qualname__', named)}"
