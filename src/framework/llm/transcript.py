"""A conversation with tools, told to a model whose template knows only user and assistant.

Calls are shown as the JSON the model itself writes, results as messages of the
user, and the tools as a short list below the system prompt. The list does not
change during a node, so the model's cache of the prompt stays good. It holds
the first line of each description: what follows is mostly schema, which the
decoding enforces anyway and which measurably confuses small models.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from framework.model.message import Message, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.llm.base import ModelRequest
    from framework.model.tool import Tool

DESCRIPTION_LIMIT = 300

_HOW_TO_ANSWER = (
    'Answer with one JSON object. To call a tool: {"tool": NAME, "arguments": {...}}. '
    'To answer: {"reply": TEXT}.'
)


def chat_messages(request: ModelRequest) -> list[dict[str, str]]:
    """Return ``request`` as messages with the roles system, user and assistant."""
    names = {call.id: call.name for message in request.messages for call in message.tool_calls}
    system = _system(request)
    told = [{"role": "system", "content": system}] if system else []
    return told + [_told(message, names, with_tools=bool(request.tools)) for message in request.messages]


def call_text(name: str, arguments: dict[str, Any]) -> str:
    """Return a tool call as the model writes it."""
    return json.dumps({"tool": name, "arguments": arguments}, ensure_ascii=False)


def _system(request: ModelRequest) -> str:
    if not request.tools:
        return request.system
    listed = "\n".join(_signature(tool) for tool in request.tools)
    return f"{request.system}\n\n{_HOW_TO_ANSWER}\nTools:\n{listed}".strip()


def _signature(tool: Tool) -> str:
    description = tool.description.strip().partition("\n")[0][:DESCRIPTION_LIMIT]
    return f"- {tool.name}({', '.join(_parameter_names(tool.parameters))}): {description}"


def _parameter_names(parameters: dict[str, Any]) -> Sequence[str]:
    variants = [parameters, *(parameters.get("anyOf") or parameters.get("oneOf") or ())]
    return list(dict.fromkeys(name for variant in variants for name in variant.get("properties", ())))


def _told(message: Message, names: dict[str, str], *, with_tools: bool) -> dict[str, str]:
    match message.role:
        case Role.USER:
            return {"role": "user", "content": message.content}
        case Role.TOOL:
            return {"role": "user", "content": _result_text(message, names)}
        case Role.ASSISTANT:
            return {"role": "assistant", "content": _answer_text(message, with_tools=with_tools)}


def _result_text(message: Message, names: dict[str, str]) -> str:
    name = names.get(message.tool_use_id or "", "the tool")
    return f"{name} {'failed' if message.is_error else 'returned'}: {message.content}"


def _answer_text(message: Message, *, with_tools: bool) -> str:
    calls = [call_text(call.name, call.input) for call in message.tool_calls]
    if calls or not with_tools:
        return "\n".join([message.content] * bool(message.content) + calls)
    return json.dumps({"reply": message.content}, ensure_ascii=False)
