"""Bodies of batches, read tolerantly: one odd event must not spoil its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hive.control.domain.json_text import read_json
from hive.errors import RefusedInputError
from hive.protocol.ingest import MOST_EVENTS

if TYPE_CHECKING:
    from fastapi import Request

INSTANCE = "8a6f6a52-0d0f-4f6e-9a0e-0f6f5f3c1b11"
"""How a process names itself, for examples."""

_EVENT = {
    "event_type": "log",
    "timestamp": "2026-01-31T12:00:00Z",
    "sdk_instance_id": INSTANCE,
    "agent_name": "scout",
    "data": {"level": "info", "message": "Found 3 candidates.", "run_id": "run-1"},
}
_CONTENT = {
    "content_id": "0b6f2a52-0d0f-4f6e-9a0e-0f6f5f3c1b12",
    "content_hash": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    "content": "hello",
    "byte_size": 5,
}
_METRIC = {
    "trace_id": "t-1",
    "span_id": "s-1",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "input_tokens": 1000,
    "output_tokens": 500,
}


def described(field: str) -> dict[str, Any]:
    """Return how OpenAPI describes a body that holds a list under ``field``."""
    example = {"events": _EVENT, "items": _CONTENT, "metrics": _METRIC}[field]
    schema: dict[str, Any] = {
        "type": "object",
        "required": [field],
        "properties": {field: {"type": "array", "maxItems": MOST_EVENTS, "items": {}}},
        "additionalProperties": True,
    }
    content = {"application/json": {"schema": schema, "example": {field: [example]}}}
    return {"requestBody": {"required": True, "content": content}}


async def listed(request: Request, field: str) -> tuple[list[object], dict[str, Any]]:
    """Return the list under ``field``, and the whole body.

    Raises:
        RefusedInputError: if the body is no JSON, holds no such list, or a list that is too long.
    """
    try:
        body = read_json(await request.body())
    except ValueError as error:
        raise RefusedInputError("The body is not JSON that can be read.") from error
    fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    found = fields.get(field)
    if not isinstance(found, list):
        raise RefusedInputError(f"The body has to be an object with a list {field!r}.")
    things = cast("list[object]", found)
    if len(things) > MOST_EVENTS:
        raise RefusedInputError(f"{field!r} has {len(things)} entries; send at most {MOST_EVENTS} at once.")
    return things, fields
