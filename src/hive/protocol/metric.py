"""What one model call took and cost."""

from __future__ import annotations

from typing import Any

from hive.protocol.base import Count, Id, Many, Milliseconds, Moment, Number, Text, Usd, Whole, Wire, Word
from hive.protocol.content import ContentCapture, ToolCallCapture


class MetricData(Wire):
    """The facts of a model call, as SDKs flatten them.

    Attributes:
        model: as it was asked for; a platform's own runs say ``model_id``.
        cost_usd: what a platform's own runs reckoned.
        total_cost: what the provider says, where it does; it counts more than a price list.
        metadata: whatever the caller wants to find it by.
    """

    trace_id: Id
    span_id: Id
    parent_span_id: Word | None = None
    request_id: Word | None = None
    call_sequence: Count | None = None
    run_id: Word | None = None
    node_id: Word | None = None
    agent_name: Word | None = None

    provider: Word
    model: Id
    stream: bool | None = None
    timestamp: Moment | None = None
    latency_ms: Milliseconds = 0.0
    status_code: Whole | None = None
    error: Text | None = None

    input_tokens: Count = 0
    output_tokens: Count = 0
    total_tokens: Count | None = None
    cached_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    input_cost: Usd | None = None
    output_cost: Usd | None = None
    total_cost: Usd | None = None
    cost_usd: Usd | None = None
    currency: Word | None = None

    rate_limit_remaining_requests: Whole | None = None
    rate_limit_remaining_tokens: Whole | None = None
    rate_limit_reset_requests: Number | None = None
    rate_limit_reset_tokens: Number | None = None

    agent_stack: Many[Text] | None = None
    call_site_file: Text | None = None
    call_site_line: Whole | None = None
    call_site_column: Whole | None = None
    call_site_function: Text | None = None
    call_stack: Many[Text] | None = None

    tool_call_count: Count | None = None
    tool_names: Text | None = None
    service_tier: Word | None = None
    metadata: dict[str, Any] | None = None
    content_capture: ContentCapture | None = None
    tool_calls_captured: Many[ToolCallCapture] | None = None
    tool_validation_errors_count: Count | None = None
