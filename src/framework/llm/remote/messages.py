"""One of our requests in the terms of the library that speaks to the services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic_ai import messages as theirs
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from framework.model.message import Message, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_ai.models import Model

    from framework.llm.base import ModelRequest
    from framework.model.tool import Tool

_UNKNOWN_TOOL = "unknown"


def conversation(request: ModelRequest, model: Model[Any]) -> list[theirs.ModelMessage]:
    """Return the messages of ``request``; a schema that ``model`` cannot be held to is told in words."""
    names = {call.id: call.name for message in request.messages for call in message.tool_calls}
    told: list[theirs.ModelMessage] = []
    asked: list[theirs.ModelRequestPart] = list(_system(request, model))
    for message in request.messages:
        if message.role is Role.ASSISTANT:
            told += [theirs.ModelRequest(parts=asked)] if asked else []
            told.append(theirs.ModelResponse(parts=list(_answered(message))))
            asked = []
        else:
            asked.append(_asked(message, names))
    return [*told, theirs.ModelRequest(parts=asked)] if asked else told


def parameters(request: ModelRequest, model: Model[Any]) -> ModelRequestParameters:
    """Return the tools and the schema of the answer."""
    tools = [_tool(tool) for tool in request.tools]
    if request.response_schema is None or not _follows_schemas(model):
        return ModelRequestParameters(function_tools=tools)
    schema = OutputObjectDefinition(json_schema=request.response_schema, name="answer")
    return ModelRequestParameters(function_tools=tools, output_mode="native", output_object=schema)


def settings(request: ModelRequest, model: Model[Any], *, longest_s: float) -> ModelSettings:
    """Return how to answer: tried once, and with the prompt cached where that must be asked for."""
    chosen = ModelSettings(
        max_tokens=request.max_tokens, max_retries=0, request_timeout=longest_s, cache=True
    )
    if request.temperature is not None and _takes_temperature(model):
        chosen["temperature"] = request.temperature
    return chosen


def _system(request: ModelRequest, model: Model[Any]) -> Iterator[theirs.SystemPromptPart]:
    if request.system:
        yield theirs.SystemPromptPart(request.system)
    if request.response_schema is not None and not _follows_schemas(model):
        schema = json.dumps(request.response_schema, ensure_ascii=False)
        yield theirs.SystemPromptPart(f"Answer with one JSON value that follows this JSON schema: {schema}")


def _asked(message: Message, names: Mapping[str, str]) -> theirs.ModelRequestPart:
    if message.role is Role.USER:
        return theirs.UserPromptPart(message.content)
    call_id = message.tool_use_id or ""
    return theirs.ToolReturnPart(
        tool_name=names.get(call_id, _UNKNOWN_TOOL),
        content=message.content,
        tool_call_id=call_id,
        outcome="failed" if message.is_error else "success",
    )


def _answered(message: Message) -> Iterator[theirs.ModelResponsePart]:
    if message.content or not message.tool_calls:
        yield theirs.TextPart(message.content)
    for call in message.tool_calls:
        yield theirs.ToolCallPart(tool_name=call.name, args=call.input, tool_call_id=call.id)


def _tool(tool: Tool) -> ToolDefinition:
    # Not strict: a strict schema is rewritten, and the model would see another than was declared.
    return ToolDefinition(
        name=tool.name, description=tool.description, parameters_json_schema=tool.parameters, strict=False
    )


def _follows_schemas(model: Model[Any]) -> bool:
    return bool(model.profile.get("supports_json_schema_output"))


def _takes_temperature(model: Model[Any]) -> bool:
    """Whether a temperature may be sent; models that reason refuse one."""
    refusals = ("openai_supports_reasoning", "anthropic_disallows_sampling_settings")
    return not any(model.profile.get(name) for name in refusals)
