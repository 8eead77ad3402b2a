"""Bodies of batches, read tolerantly: one odd event must not spoil its neighbours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter

from hive.control.domain.json_text import read_json
from hive.errors import RefusedInputError
from hive.protocol import ContentItem, Event, MetricData
from hive.protocol.ingest import MOST_EVENTS

if TYPE_CHECKING:
    from fastapi import Request

INSTANCE = "8a6f6a52-0d0f-4f6e-9a0e-0f6f5f3c1b11"
"""How a process names itself, for examples."""

SCHEMAS: dict[str, TypeAdapter[Any]] = {
    "Event": TypeAdapter(Event),
    "MetricData": TypeAdapter(MetricData),
    "ContentItem": TypeAdapter(ContentItem),
}
"""What batches hold, by the names of the schemas in the description of the routes."""

_LONGEST_READ_HERE = 64 * 1024

_SENT: dict[str, Any] = {
    "timestamp": "2026-01-31T12:00:00Z",
    "sdk_instance_id": INSTANCE,
    "agent_name": "scout",
}
_PLACE = {"run_id": "run-1", "node_id": "search"}
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


_EVENTS: list[dict[str, Any]] = [
    {**_SENT, "event_type": "metric", "data": {**_METRIC, **_PLACE, "latency_ms": 840}},
    {
        **_SENT,
        "event_type": "trace",
        "data": {**_PLACE, "kind": "edge_taken", "seq": 12, "from_node": "search", "to_node": "rank"},
    },
    {
        **_SENT,
        "event_type": "decision",
        "data": {**_PLACE, "kind": "route", "chosen": "rank", "options": ["rank", "search again"]},
    },
    {
        **_SENT,
        "event_type": "log",
        "data": {**_PLACE, "level": "info", "message": "Found 3 candidates."},
    },
    {
        **_SENT,
        "event_type": "comm",
        "data": {"thread_id": "th-1", "from_agent": "scout", "to_agent": "writer", "content": "3 candidates"},
    },
    {
        **_SENT,
        "event_type": "control",
        "trace_id": "t-1",
        "span_id": "s-1",
        "provider": "openai",
        "original_model": "gpt-4o",
        "action": "degrade",
        "degraded_to": "gpt-4o-mini",
    },
    {
        **_SENT,
        "event_type": "heartbeat",
        "status": "healthy",
        "requests_since_last": 3,
        "errors_since_last": 0,
        "policy_cache_age_seconds": 4.5,
        "websocket_connected": True,
        "sdk_version": "0.2.0",
    },
    {**_SENT, "event_type": "error", "message": "The policy could not be read.", "code": "E_POLICY"},
]
_ITEMS = {"events": "Event", "metrics": "MetricData", "items": "ContentItem"}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "events": {"events": _EVENTS},
    "metrics": {"metrics": [{**_METRIC, "latency_ms": 840}], "timestamp": 1_769_860_800},
    "items": {"items": [_CONTENT]},
}
_MORE: dict[str, dict[str, Any]] = {
    "metrics": {
        "timestamp": {
            "type": "number",
            "description": "When the batch was sent, in seconds or milliseconds since 1970; "
            "it is the time of metrics that say none.",
        }
    }
}
"""What a body may say beside its list."""


def described(field: str) -> dict[str, Any]:
    """Return how OpenAPI describes a body that holds a list under ``field``."""
    items = {"$ref": f"#/components/schemas/{_ITEMS[field]}"}
    schema: dict[str, Any] = {
        "type": "object",
        "required": [field],
        "properties": {
            field: {"type": "array", "maxItems": MOST_EVENTS, "items": items},
            **_MORE.get(field, {}),
        },
        "additionalProperties": True,
    }
    content = {"application/json": {"schema": schema, "example": _EXAMPLES[field]}}
    return {"requestBody": {"required": True, "content": content}}


async def listed(request: Request, field: str) -> tuple[list[object], dict[str, Any]]:
    """Return the list under ``field``, and the whole body.

    Raises:
        RefusedInputError: if the body is no JSON, holds no such list, or a list that is too long.
    """
    try:
        body = await _read(await request.body())
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


async def _read(text: bytes) -> object:
    """Read JSON; a thread reads long texts, which takes its time where many numbers are odd."""
    return read_json(text) if len(text) <= _LONGEST_READ_HERE else await asyncio.to_thread(read_json, text)
