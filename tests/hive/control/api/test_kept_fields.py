"""Every field of every event comes back from the database as it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from hive.control.domain.ids import TeamId
from hive.control.stores.scope import Scope
from tests.support.control import bearer, clock_of, make_key, register
from tests.support.wire_samples import CAPTURE, EVENTS, METRIC, REF, TOOL_CALL

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts

TABLES = {"heartbeat": "trace", "error": "log"}
FIELDS = {
    "metric": (
        METRIC,
        """
        trace_id span_id parent_span_id request_id call_sequence provider model stream timestamp latency_ms
        status_code error input_tokens output_tokens total_tokens cached_tokens reasoning_tokens input_cost
        output_cost total_cost currency rate_limit_remaining_requests rate_limit_remaining_tokens
        rate_limit_reset_requests rate_limit_reset_tokens agent_stack agent_name call_site_file
        call_site_line call_site_column call_site_function call_stack tool_call_count tool_names service_tier
        metadata content_capture tool_calls_captured tool_validation_errors_count
        """,
    ),
    "content_capture": (
        CAPTURE,
        """
        system_prompt messages tools params response_content finish_reason choice_count has_images image_urls
        """,
    ),
    "params": (
        CAPTURE["params"],
        "temperature max_tokens top_p frequency_penalty presence_penalty stop seed top_k",
    ),
    "message": (CAPTURE["messages"][0], "role content name tool_call_id"),
    "tool": (CAPTURE["tools"][0], "name description parameters_schema"),
    "reference": (REF, "content_id content_hash byte_size truncated_preview"),
    "tool_call": (TOOL_CALL, "id name arguments arguments_raw validation_errors is_valid index"),
    "fault": (TOOL_CALL["validation_errors"][0], "path message expected_type actual_type"),
    "envelope": (EVENTS["metric"], "event_type timestamp sdk_instance_id agent_name"),
    "control": (
        EVENTS["control"],
        """
        trace_id span_id provider original_model action reason degraded_to degraded_to_provider
        throttle_delay_ms estimated_cost policy_id budget_id context_id
        """,
    ),
    "heartbeat": (
        EVENTS["heartbeat"],
        """
        status requests_since_last errors_since_last policy_cache_age_seconds websocket_connected sdk_version
        """,
    ),
    "error": (EVENTS["error"], "message code stack trace_id"),
}
"""What existing SDKs say they send, and our samples of it."""


@pytest.mark.parametrize("part", FIELDS)
def test_the_samples_have_every_field_that_sdks_send(part: str) -> None:
    sample, fields = FIELDS[part]
    assert set(fields.split()) <= set(sample)


@pytest.mark.parametrize("event_type", EVENTS)
@pytest.mark.parametrize("has_id", [True, False])
async def test_every_field_comes_back(
    client: httpx.AsyncClient, parts: Parts, event_type: str, *, has_id: bool
) -> None:
    admin = await register(client)
    made = await make_key(client, admin)
    now = clock_of(parts).now().isoformat()
    sent: dict[str, Any] = {
        **EVENTS[event_type],
        "timestamp": now,
        "from_the_future": {"deep": [1, None, 2.5]},
    }
    sent["event_id"] = str(uuid4()) if has_id else None
    answer = await client.post(
        "/v1/control/events", json={"events": [sent, sent]}, headers=bearer(made["key"])
    )
    assert answer.json() == {"success": True, "processed": 2, "duplicates": 1, "rejected": []}
    query = f"SELECT event_id, body FROM {TABLES.get(event_type, event_type)}_events"
    async with parts.database.transaction(Scope(team_id=TeamId(UUID(admin.team_id)))) as transaction:
        (row,) = await (await transaction._connection.execute(query)).fetchall()
    assert row["body"] == sent
    assert sent["event_id"] in {None, str(row["event_id"])}
