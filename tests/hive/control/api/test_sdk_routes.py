"""What SDKs send and ask over HTTP, against the real database as the application's role."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from hive.control.domain.ids import TeamId
from hive.control.stores.scope import Scope
from hive.protocol.ingest import MOST_EVENTS
from tests.support.control import Signed, bearer, clock_of, join, make_key, register
from tests.support.sdk_events import envelope, full_metric, metric, one_of_each

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts

EVENTS = "/v1/control/events"


class Sdk:
    """A team with a key, and a way to send by it."""

    def __init__(self, client: httpx.AsyncClient, parts: Parts, admin: Signed, key: str) -> None:
        self.client = client
        self.parts = parts
        self.admin = admin
        self.headers = bearer(key)
        self.team_id = TeamId(UUID(admin.team_id))

    async def send(self, *events: object) -> dict[str, Any]:
        answer = await self.client.post(EVENTS, json={"events": list(events)}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Ask the database as the application does."""
        async with self.parts.database.transaction(Scope(team_id=self.team_id)) as transaction:
            cursor = await transaction._connection.execute(query)
            return await cursor.fetchall()

    async def set_budget(self, **budget: Any) -> None:
        answer = await self.client.patch(
            "/v1/control/policy", json={"budget": budget}, headers=self.admin.headers
        )
        assert answer.status_code == 200, answer.text

    async def policy(self) -> dict[str, Any]:
        answer = await self.client.get("/v1/control/policy", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def validate(self, **question: Any) -> dict[str, Any]:
        body = {"budget_id": "global", "estimated_cost": 0, "local_spend": 0, **question}
        answer = await self.client.post("/v1/control/budget/validate", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def sdk(client: httpx.AsyncClient, parts: Parts) -> Sdk:
    admin = await register(client)
    made = await make_key(client, admin)
    return Sdk(client, parts, admin, made["key"])


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
    odd = json.dumps(metric(now, latency_ms=1e308)).replace("1e+308", "NaN")
    half = json.dumps(metric(now, error="\ud800"))
    body = f'{{"events": [{good}, {odd}, {half}]}}'
    answer = await sdk.client.post(EVENTS, content=body, headers=sdk.headers)
    assert answer.status_code == 200, answer.text
    assert [each["index"] for each in answer.json()["rejected"]] == [1, 2]


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


async def test_the_first_call_ever_has_its_price(sdk: Sdk) -> None:
    now = clock_of(sdk.parts).now()
    await sdk.send(metric(now), metric(now, model="gpt-4o-mini-2099-01-01"), metric(now, model="no-such"))
    rows = await sdk.rows("SELECT model_id, cost_usd, cost_source FROM metric_events ORDER BY model_id")
    assert [(row["cost_usd"], row["cost_source"]) for row in rows] == [
        (Decimal("0.0075"), "priced"),
        (Decimal("0.00045"), "priced"),
        (Decimal(0), "unknown"),
    ]


async def test_the_stand_alone_transport_is_served(sdk: Sdk) -> None:
    now = clock_of(sdk.parts).now()
    bare = metric(now)["data"]
    late = {key: value for key, value in metric(now)["data"].items() if key != "timestamp"}
    body = {"metrics": [bare, late, 3], "timestamp": now.timestamp() * 1000}
    answer = await sdk.client.post("/v1/metrics", json=body, headers=sdk.headers)
    assert answer.status_code == 200
    assert (answer.json()["processed"], answer.json()["rejected"][0]["index"]) == (2, 2)


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


def item(text: str, **changes: Any) -> dict[str, Any]:
    body = text.encode()
    return {
        "content_id": f"name of {text[:3]}",
        "content_hash": sha256(body).hexdigest(),
        "content": text,
        "byte_size": len(body),
        **changes,
    }


async def test_content_is_kept_by_the_hash_it_really_has(sdk: Sdk) -> None:
    items: list[Any] = [
        item("good \N{HONEYBEE}\x00"),
        item("forged", content_hash="0" * 64),
        item("short", byte_size=1),
        5,
    ]
    answer = await sdk.client.post("/v1/control/content", json={"items": items}, headers=sdk.headers)
    assert answer.json()["stored"] == 1
    assert [each["index"] for each in answer.json()["rejected"]] == [1, 2, 3]
    digest = bytes.fromhex(str(items[0]["content_hash"]))
    assert await sdk.parts.content.read(sdk.team_id, digest) == "good \N{HONEYBEE}\x00".encode()


async def test_content_never_changes_under_its_name(sdk: Sdk) -> None:
    first, other = item("first", content_id="name"), item("other", content_id="name")
    for items, status in [([first], 200), ([first], 200), ([other], 409), ([other, item("third")], 200)]:
        answer = await sdk.client.post("/v1/control/content", json={"items": items}, headers=sdk.headers)
        assert answer.status_code == status
    assert answer.json()["rejected"][0]["index"] == 0


async def test_of_two_contents_under_one_name_in_a_batch_the_first_is_kept(sdk: Sdk) -> None:
    items = [item("first", content_id="name"), item("other", content_id="name"), item("first")]
    answer = await sdk.client.post("/v1/control/content", json={"items": items}, headers=sdk.headers)
    assert (answer.json()["stored"], [each["index"] for each in answer.json()["rejected"]]) == (2, [1])


async def test_a_batch_of_much_content_is_stored_in_a_few_statements(sdk: Sdk) -> None:
    items = [item(f"text {number}", content_id=f"name {number}") for number in range(MOST_EVENTS)]
    answer = await sdk.client.post("/v1/control/content", json={"items": items}, headers=sdk.headers)
    assert (answer.status_code, answer.json()["stored"]) == (200, MOST_EVENTS)
    digest = bytes.fromhex(str(items[-1]["content_hash"]))
    assert await sdk.parts.content.read(sdk.team_id, digest) == b"text 4999"


async def test_there_is_a_policy_from_the_start(sdk: Sdk) -> None:
    policy = await sdk.policy()
    assert (policy["id"], policy["team_id"], policy["budgets"]) == ("default", sdk.admin.team_id, [])
    assert len(policy["version"]) == 8


async def test_a_budget_reaches_sdks_and_people_in_their_shapes(sdk: Sdk) -> None:
    before = (await sdk.policy())["version"]
    await sdk.set_budget(limit=10, limitAction="notify")
    (budget,) = (await sdk.policy())["budgets"]
    assert (budget["limitAction"], budget["limit"], budget["spent"]) == ("alert", 10, 0.5)
    shown = await sdk.client.get("/v1/control/policy", headers=sdk.admin.headers)
    assert shown.json()["budgets"][0]["spent"] == 0
    assert shown.json()["version"] != before


async def test_a_change_of_an_outdated_policy_is_refused(sdk: Sdk) -> None:
    version = (await sdk.policy())["version"]
    for status in (200, 409):
        headers = {**sdk.admin.headers, "If-Match": f'"{version}"'}
        answer = await sdk.client.patch("/v1/control/policy", json={"name": "New"}, headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize(
    "budget",
    [{"limit": -1}, {"limit": "1e309"}, {"limit": 1, "limitAction": "explode"}, {"limit": 1, "x": 1}],
)
async def test_a_bad_policy_is_refused(sdk: Sdk, budget: dict[str, Any]) -> None:
    answer = await sdk.client.patch("/v1/control/policy", json={"budget": budget}, headers=sdk.admin.headers)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "limit",
    ["NaN", "-NaN", "Infinity", "-Infinity", "1e999", "1e10", "-1", "-0.01", '"5"', "[]", "null", "true"],
)
async def test_an_amount_that_is_none_reaches_no_policy(sdk: Sdk, limit: str) -> None:
    before = await sdk.policy()
    headers = {**sdk.admin.headers, "content-type": "application/json"}
    body = f'{{"budget": {{"limit": {limit}}}}}'
    answer = await sdk.client.patch("/v1/control/policy", content=body, headers=headers)
    assert answer.status_code == 422
    assert await sdk.policy() == before


async def test_a_policy_of_megabytes_is_refused(sdk: Sdk) -> None:
    for size, status in ((1 << 20, 422), (11 << 20, 413)):
        wish = {"name": "x" * size}
        answer = await sdk.client.patch("/v1/control/policy", json=wish, headers=sdk.admin.headers)
        assert answer.status_code == status


async def test_a_limit_of_nothing_blocks_by_a_rule(sdk: Sdk) -> None:
    await sdk.set_budget(limit=0)
    assert (await sdk.policy())["blocks"]
    assert (await sdk.validate(estimated_cost=0.01))["allowed"] is False


async def test_an_answer_always_says_what_was_spent(sdk: Sdk) -> None:
    await sdk.send(metric(clock_of(sdk.parts).now()))
    for question in ({}, {"budget_id": "other"}, {"budget_id": None, "context": {"type": "tag", "tags": []}}):
        answer = await sdk.validate(local_spend=0.001, **question)
        assert (answer["action"], answer["updated_spend"]) == ("allow", 0.0075)
    assert (await sdk.validate(local_spend=3))["updated_spend"] == 3


@pytest.mark.parametrize(
    ("spend", "estimate", "action", "allowed"),
    [
        (0.79, 0, "allow", True),
        (0.8, 0, "degrade", True),
        (0.95, 0, "throttle", True),
        (1, 0, "throttle", True),
        (0.5, 0.6, "block", False),
        (1.01, 0, "block", False),
    ],
)
async def test_the_rule_of_budgets_decides(
    sdk: Sdk, spend: float, estimate: float, action: str, *, allowed: bool
) -> None:
    await sdk.set_budget(limit=1)
    await sdk.send(metric(clock_of(sdk.parts).now(), total_cost=spend))
    answer = await sdk.validate(estimated_cost=estimate)
    assert (answer["action"], answer["allowed"]) == (action, allowed)
    assert answer["degrade_to_model"] == ("gpt-4o-mini" if action == "degrade" else None)


async def test_teams_spend_apart_under_the_same_budget_id(sdk: Sdk) -> None:
    other = await register(sdk.client)
    made = await make_key(sdk.client, other)
    stranger = Sdk(sdk.client, sdk.parts, other, made["key"])
    for each in (sdk, stranger):
        await each.set_budget(limit=1)
    await sdk.send(metric(clock_of(sdk.parts).now(), total_cost=2))
    assert (await sdk.validate())["action"] == "block"
    assert (await stranger.validate())["action"] == "allow"
    assert await stranger.rows("SELECT FROM metric_events") == []


async def test_prices_come_with_the_longest_name_first(sdk: Sdk) -> None:
    answer = await sdk.client.get("/tsdb/pricing", headers=sdk.headers)
    names = list(answer.json()["pricing"])
    assert names == sorted(names, key=len, reverse=True)
    assert answer.json()["pricing"]["gpt-4o"] == {
        "input": 2.5,
        "output": 10.0,
        "cached_input": 1.25,
        "aliases": [],
    }


async def test_a_viewer_changes_no_policy(sdk: Sdk) -> None:
    viewer = await join(sdk.client, sdk.admin, "viewer")
    answer = await sdk.client.patch("/v1/control/policy", json={"name": "x"}, headers=viewer.headers)
    assert answer.status_code == 403
