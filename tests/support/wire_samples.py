"""One event of every type with every field of the protocol, as SDKs write them."""

from __future__ import annotations

from typing import Any

INSTANCE = "0f0a7b3e-7c1e-4d0e-9a53-1f2d3c4b5a69"
MOMENT = "2026-01-31T12:00:00.123456Z"
REF: dict[str, Any] = {
    "content_id": "6b0e7d1c-52a8-4c55-8f39-6d1f0a9be0a1",
    "content_hash": "ab" * 32,
    "byte_size": 5000,
    "truncated_preview": "the first words ...[truncated]",
}
TOOL_CALL: dict[str, Any] = {
    "id": "call_1",
    "name": "search",
    "arguments": {"q": "bees"},
    "arguments_raw": REF,
    "validation_errors": [
        {"path": "q", "message": "too short", "expected_type": "string", "actual_type": "integer"}
    ],
    "is_valid": False,
    "index": 0,
}
CAPTURE: dict[str, Any] = {
    "system_prompt": REF,
    "messages": [{"role": "user", "content": REF, "name": "ada", "tool_call_id": "call_0"}],
    "tools": [{"name": "search", "description": "Searches.", "parameters_schema": {"type": "object"}}],
    "params": {
        "temperature": 0.5, "max_tokens": 100, "top_p": 0.9, "frequency_penalty": 0.1,
        "presence_penalty": 0.2, "stop": ["END"], "seed": 7, "top_k": 40,
    },
    "response_content": "Bees.",
    "finish_reason": "stop",
    "choice_count": 1,
    "has_images": True,
    "image_urls": ["https://example.org/bee.png"],
}  # fmt: skip
METRIC: dict[str, Any] = {
    "trace_id": "t1", "span_id": "s1", "parent_span_id": "s0", "request_id": "r1", "call_sequence": None,
    "run_id": "run-1", "node_id": "write", "agent_name": "writer",
    "provider": "openai", "model": "gpt-4o-mini", "stream": True, "timestamp": MOMENT,
    "latency_ms": 812.5, "status_code": 200, "error": None,
    "input_tokens": 1000, "output_tokens": 500, "total_tokens": 1500,
    "cached_tokens": 200, "reasoning_tokens": 50,
    "input_cost": 0.00015, "output_cost": 0.0003, "total_cost": 0.00045,
    "cost_usd": 0.00045, "currency": "USD",
    "rate_limit_remaining_requests": 99, "rate_limit_remaining_tokens": 9999,
    "rate_limit_reset_requests": 0.5, "rate_limit_reset_tokens": 1.5,
    "agent_stack": ["outer", "inner"], "call_site_file": "app.py", "call_site_line": 3, "call_site_column": 5,
    "call_site_function": "main", "call_stack": ["app.py:3:main"],
    "tool_call_count": 1, "tool_names": "search,fetch", "service_tier": "default",
    "metadata": {"tags": ["a", "b"], "context_id": "c"},
    "content_capture": CAPTURE, "tool_calls_captured": [TOOL_CALL], "tool_validation_errors_count": 1,
}  # fmt: skip
_PLACE = {"run_id": "run-1", "node_id": "write", "trace_id": "t1", "span_id": "s1", "parent_span_id": "s0"}


def _event(event_type: str, **fields: Any) -> dict[str, Any]:
    return {
        "event_type": event_type,
        "timestamp": MOMENT,
        "sdk_instance_id": INSTANCE,
        "agent_name": "writer",
        "event_id": "11111111-2222-4333-8444-555555555555",
        "protocol_version": 1,
        **fields,
    }


EVENTS: dict[str, dict[str, Any]] = {
    "metric": _event("metric", data=METRIC),
    "trace": _event(
        "trace",
        data={
            **_PLACE, "kind": "edge_taken", "seq": 7, "lane": "main", "from_node": "plan", "to_node": "write",
            "status": "succeeded", "visit": 1, "duration_ms": 12.5, "detail": {"any": ["thing"]},
        },
    ),
    "decision": _event(
        "decision",
        data={
            **_PLACE, "kind": "route", "chosen": "write", "options": ["write", "stop"], "reasoning": REF,
            "confidence": 0.75, "model": "gpt-4o", "tool": "search", "detail": {"any": 1},
        },
    ),
    "log": _event(
        "log",
        data={
            **_PLACE, "level": "warning", "message": "Careful.", "source": "stderr", "logger": "app",
            "fields": {"n": 1},
        },
    ),
    "comm": _event(
        "comm",
        data={
            **_PLACE, "thread_id": "th", "from_agent": "a", "to_agent": "b", "message_type": "request",
            "content": {"text": "hello"},
        },
    ),
    "control": _event(
        "control", trace_id="t2", span_id="s2", provider="openai", original_model="gpt-4o", action="degrade",
        reason="budget", degraded_to="gpt-4o-mini", degraded_to_provider="openai", throttle_delay_ms=2000.0,
        estimated_cost=0.01, policy_id="default", budget_id="b1", context_id="c1",
    ),
    "heartbeat": _event(
        "heartbeat", status="healthy", requests_since_last=3, errors_since_last=0,
        policy_cache_age_seconds=-1.0, websocket_connected=True, sdk_version="0.2.0", load_percent=12.5,
    ),
    "error": _event("error", message="It broke.", code="E1", stack="at main", trace_id="t1"),
}  # fmt: skip

POLICY: dict[str, Any] = {
    "id": "default", "team_id": "t", "name": "Default", "version": "0a1b2c3d",
    "created_at": MOMENT, "updated_at": MOMENT, "created_by": "ada", "updated_by": "ada",
    "budgets": [
        {
            "id": "b1", "name": "All", "type": "global", "tags": ["x"], "limit": 10.5, "spent": 0.25,
            "limitAction": "degrade", "degradeToModel": "gpt-4o-mini", "degradeToProvider": "openai",
            "alerts": [{"threshold": 80.0, "enabled": True}],
            "notifications": {
                "inApp": True, "email": True, "emailRecipients": ["a@example.org"], "webhook": True,
                "webhookUrl": "https://example.org/hook",
            },
            "context_id": "c1", "analytics": {"status": "healthy"},
        }
    ],
    "throttles": [{"context_id": "c", "provider": "openai", "requests_per_minute": 10, "delay_ms": 100.0}],
    "blocks": [{"context_id": "c", "provider": "openai", "model_pattern": "gpt-4*", "reason": "dear"}],
    "degradations": [
        {
            "provider": "openai", "from_model": "gpt-4o", "to_model": "gpt-4o-mini",
            "trigger": "budget_threshold", "threshold_percent": 80.0, "context_id": "c",
        }
    ],
    "alerts": [
        {
            "context_id": "c", "provider": "openai", "model_pattern": "*", "trigger": "model_usage",
            "threshold_percent": 50.0, "level": "info", "message": "used",
        }
    ],
}  # fmt: skip
