"""Events as SDKs send them, every field filled."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

_REF = {
    "content_id": "0b6f2a52-0d0f-4f6e-9a0e-0f6f5f3c1b12",
    "content_hash": "a" * 64,
    "byte_size": 5000,
    "truncated_preview": "Once upon a time...[truncated]",
}


def envelope(kind: str, now: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "event_type": kind,
        "timestamp": now.isoformat(),
        "sdk_instance_id": "instance-1",
        "agent_name": "scout",
        **fields,
    }


def metric(now: datetime, **changes: Any) -> dict[str, Any]:
    """A call of gpt-4o that costs 0.0075."""
    data = {
        "trace_id": str(uuid.uuid4()),
        "span_id": str(uuid.uuid4()),
        "provider": "openai",
        "model": "gpt-4o",
        "stream": False,
        "timestamp": now.isoformat(),
        "latency_ms": 12.5,
        "input_tokens": 1000,
        "output_tokens": 500,
        "total_tokens": 1500,
        "call_sequence": None,
        **changes,
    }
    return envelope("metric", now, data=data)


def full_metric(now: datetime) -> dict[str, Any]:
    """A metric that says all a metric can say, and more."""
    capture = {
        "system_prompt": "You are kind. \N{HONEYBEE}",
        "messages": [{"role": "user", "content": _REF, "name": None, "tool_call_id": None}],
        "tools": [{"name": "add", "description": "Adds.", "parameters_schema": {"type": "object"}}],
        "params": {"temperature": 0.5, "max_tokens": 10, "stop": ["END"], "seed": 7, "top_k": 3, "new": 1},
        "response_content": _REF,
        "finish_reason": "stop",
        "choice_count": 1,
        "has_images": True,
        "image_urls": ["https://example.org/a.png"],
    }
    call = {
        "id": "c1",
        "name": "add",
        "arguments": {"a": 1},
        "arguments_raw": '{"a": 1}',
        "validation_errors": [
            {"path": "/b", "message": "missing", "expected_type": "int", "actual_type": "null"}
        ],
        "is_valid": False,
        "index": 0,
    }
    event = metric(
        now,
        parent_span_id="p1",
        request_id="r1",
        status_code=500,
        error="boom",
        cached_tokens=200,
        reasoning_tokens=50,
        input_cost=0.1,
        output_cost=0.2,
        total_cost=0.3,
        currency="USD",
        rate_limit_remaining_requests=9,
        rate_limit_remaining_tokens=900,
        rate_limit_reset_requests=1.5,
        rate_limit_reset_tokens=2.5,
        agent_stack=["root", "scout"],
        agent_name="scout",
        call_site_file="a.py",
        call_site_line=3,
        call_site_column=4,
        call_site_function="f",
        call_stack=["a.py:3:f"],
        tool_call_count=1,
        tool_names="add",
        service_tier="default",
        metadata={"tags": ["a", "b"], "context_id": "c", "nested": {"deep": [1, None, 2.5]}},
        content_capture=capture,
        tool_calls_captured=[call],
        tool_validation_errors_count=1,
        something_new={"kept": True},
    )
    return {**event, "novel": [1, 2]}


def one_of_each(now: datetime) -> list[dict[str, Any]]:
    """Every type of event, with every field."""
    place = {"run_id": "run-1", "node_id": "node-1", "trace_id": "t", "span_id": "s", "parent_span_id": "p"}
    control = {
        "trace_id": "t",
        "span_id": "s",
        "provider": "openai",
        "original_model": "gpt-4o",
        "action": "degrade",
        "reason": "80 %",
        "degraded_to": "gpt-4o-mini",
        "degraded_to_provider": "openai",
        "throttle_delay_ms": 10,
        "estimated_cost": 0.5,
        "policy_id": "default",
        "budget_id": "global",
        "context_id": "c",
    }
    heartbeat = {
        "status": "healthy",
        "requests_since_last": 3,
        "errors_since_last": 0,
        "policy_cache_age_seconds": -1,
        "websocket_connected": False,
        "sdk_version": "0.2.0",
    }
    comm = {"thread_id": "th", "from_agent": "a", "to_agent": "b", "message_type": "ask", "content": _REF}
    return [
        full_metric(now),
        envelope("trace", now, data={**place, "kind": "edge_taken", "from_node": "a", "to_node": "b"}),
        envelope("decision", now, data={**place, "kind": "route", "chosen": "b", "options": ["a", "b"]}),
        envelope("log", now, data={**place, "level": "warning", "message": "hm", "fields": {"x": 1}}),
        envelope("comm", now, data={**place, **comm}),
        envelope("control", now, **control),
        envelope("heartbeat", now, **heartbeat),
        envelope("error", now, message="broken", code="E1", stack="a\nb", trace_id="t"),
    ]
