"""What SDKs send over HTTP is judged, priced and stored: the real database, as the application's role."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.control import bearer, clock_of, make_key
from tests.support.sdk import EVENTS, Sdk
from tests.support.sdk_events import envelope, full_metric, metric, one_of_each

if TYPE_CHECKING:
    from tests.support.sdk import Sdk


async def test_every_field_of_every_event_survives(sdk: Sdk) -> None:
    sent = one_of_each(clock_of(sdk.parts).now())
    assert (await sdk.send(*sent)) == {"success": True, "processed": 8, "duplicates": 0, "rejected": []}
    tables = ("metric", "trace", "decision", "log", "comm", "control")
    stored = [row["body"] for table in tables for row in await sdk.rows(f"SELECT body FROM {table}_events")]
    assert all(event in stored for event in sent)
    assert len(stored) == len(sent)


async def test_columns_say_what_the_event_says(sdk: Sdk) -> None:
    await sdk.send(full_metric(clock_of(sdk.parts).now()))
    (row,) = await sdk.rows("SELECT * FROM metric_events")
    assert (row["status"], row["cost_usd"], row["cost_source"]) == ("error", Decimal("0.3"), "reported")
    assert (row["agent_id"], row["cached_tokens"], row["token_count"]) == ("scout", 200, 1500)


@pytest.mark.parametrize(("told", "kept"), [(None, 1500), (1700, 1700), (1500, 1500), (3, 1500), (0, 1500)])
async def test_a_call_has_no_fewer_tokens_than_went_in_and_came_out(
    sdk: Sdk, told: int | None, kept: int
) -> None:
    await sdk.send(metric(clock_of(sdk.parts).now(), total_tokens=told))
    (row,) = await sdk.rows("SELECT token_count, body FROM metric_events")
    assert (row["token_count"], row["body"]["data"]["total_tokens"]) == (kept, told)


async def test_a_bad_event_spoils_no_good_one(sdk: Sdk) -> None:
    now, bees = clock_of(sdk.parts).now(), "\N{HONEYBEE}" * 250
    bad = [
        {"event_type": "nonsense"},
        "text",
        metric(now, input_tokens=-1),
        metric(now, metadata={"a": "nul\x00"}),
        metric(now - timedelta(days=31)),
        metric(now + timedelta(hours=2)),
        metric(now, metadata={"big": "x" * 1_100_000}),
        {**metric(now, model="m" * 256, provider=bees), "agent_name": bees},
    ]
    answer = await sdk.send(metric(now), *bad, metric(now))
    assert answer["processed"] == 2
    assert [each["index"] for each in answer["rejected"]] == list(range(1, 9))
    put_aside = await sdk.rows("SELECT reason, raw FROM quarantine")
    assert len(put_aside) == len(bad)
    assert all(row["reason"] for row in put_aside)


async def test_odd_json_spoils_only_its_own_event(sdk: Sdk) -> None:
    now = clock_of(sdk.parts).now()
    good = json.dumps(metric(now))
    half = json.dumps(metric(now, error="\ud800"))
    body = f'{{"events": [{good}, {half}]}}'
    answer = await sdk.client.post(EVENTS, content=body, headers=sdk.headers)
    assert answer.status_code == 200, answer.text
    assert [each["index"] for each in answer.json()["rejected"]] == [1]


async def test_an_event_counts_once_however_often_it_comes(sdk: Sdk) -> None:
    now = clock_of(sdk.parts).now()
    event = metric(now)
    later = {**event, "timestamp": (now + timedelta(seconds=5)).isoformat()}
    assert (await sdk.send(event, event))["duplicates"] == 1
    assert (await sdk.send(later, metric(now)))["duplicates"] == 1
    (hour,) = await sdk.rows("SELECT sum(request_count) AS calls, sum(cost_usd) AS usd FROM metric_hours")
    assert (hour["calls"], hour["usd"]) == (2, Decimal("0.0150"))
    assert len(await sdk.rows("SELECT FROM metric_events")) == 2


async def test_calls_of_one_trace_are_all_kept(sdk: Sdk) -> None:
    now = clock_of(sdk.parts).now()
    answer = await sdk.send(*(metric(now, trace_id="mine") for _ in range(10)))
    assert (answer["processed"], answer["duplicates"]) == (10, 0)


async def test_an_event_id_of_the_sender_counts(sdk: Sdk) -> None:
    now = clock_of(sdk.parts).now()
    event_id = "8a6f6a52-0d0f-4f6e-9a0e-0f6f5f3c1b11"
    event = envelope("log", now, event_id=event_id, data={"message": "one"})
    again = envelope("log", now + timedelta(seconds=1), event_id=event_id, data={"message": "two"})
    assert (await sdk.send(event, again))["duplicates"] == 1
    (row,) = await sdk.rows("SELECT message FROM log_events")
    assert row["message"] == "one"


async def test_the_stand_alone_transport_is_served(sdk: Sdk) -> None:
    now = clock_of(sdk.parts).now()
    bare = metric(now)["data"]
    late = {key: value for key, value in metric(now)["data"].items() if key != "timestamp"}
    body = {"metrics": [bare, late, 3], "timestamp": now.timestamp() * 1000}
    answer = await sdk.client.post("/v1/metrics", json=body, headers=sdk.headers)
    assert answer.status_code == 200
    assert (answer.json()["processed"], answer.json()["rejected"][0]["index"]) == (2, 2)


@pytest.mark.parametrize("said", [True, False])
async def test_true_and_false_are_no_time_of_a_batch(sdk: Sdk, *, said: bool) -> None:
    body = {"metrics": [], "timestamp": said}
    answer = await sdk.client.post("/v1/metrics", json=body, headers=sdk.headers)
    assert (answer.status_code, answer.json()["error"]) == (422, "timestamp: Input should be a number.")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"events": 1}', b'{"events": [' + b"1," * 5001 + b"1]}"]
)
async def test_a_body_without_a_list_of_events_is_refused(sdk: Sdk, body: bytes) -> None:
    answer = await sdk.client.post(EVENTS, content=body, headers=sdk.headers)
    assert answer.status_code == 422


async def test_a_body_that_is_too_large_is_refused(sdk: Sdk) -> None:
    answer = await sdk.client.post(EVENTS, content=b" " * (10 * 1024 * 1024 + 1), headers=sdk.headers)
    assert answer.status_code == 413


async def test_only_keys_with_the_scope_send(sdk: Sdk) -> None:
    made = await make_key(sdk.client, sdk.admin, scopes=["policy:read"])
    for headers, status in [
        (bearer(made["key"]), 403),
        (sdk.admin.headers, 403),
        (bearer("hive_0123456789abcdef_" + "0" * 64), 401),
        ({}, 401),
    ]:
        answer = await sdk.client.post(EVENTS, json={"events": []}, headers=headers)
        assert answer.status_code == status


async def test_a_revoked_key_sends_no_more(sdk: Sdk) -> None:
    made = await make_key(sdk.client, sdk.admin)
    assert (await sdk.client.post(EVENTS, json={"events": []}, headers=bearer(made["key"]))).is_success
    await sdk.client.delete(f"/v1/auth/keys/{made['key_id']}", headers=sdk.admin.headers)
    answer = await sdk.client.post(EVENTS, json={"events": []}, headers=bearer(made["key"]))
    assert answer.status_code == 401


async def test_a_heartbeat_makes_a_process_present(sdk: Sdk) -> None:
    now = clock_of(sdk.parts).now()
    await sdk.send(one_of_each(now)[6])
    await sdk.parts.ingest.close()
    (seen,) = await sdk.parts.presence.fleet(sdk.team_id)
    assert (seen.sdk_instance_id, seen.agent_name, seen.is_healthy) == ("instance-1", "scout", True)
