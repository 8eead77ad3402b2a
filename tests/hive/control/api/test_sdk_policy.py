"""The policy as SDKs and people read it, and as admins change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hive.control.services.policies import CHANGED_CHANNEL
from tests.support.control import join
from tests.support.sdk import Sdk

if TYPE_CHECKING:
    from tests.support.sdk import Sdk


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


@pytest.mark.parametrize("wish", [{}, {"name": "Ours"}, {"budget": {"limit": 10.0}, "name": None}])
async def test_a_change_that_changes_nothing_makes_no_version(sdk: Sdk, wish: dict[str, Any]) -> None:
    policy = {"name": "Ours", "budget": {"limit": 10}}
    first = await sdk.client.patch("/v1/control/policy", json=policy, headers=sdk.admin.headers)
    async with sdk.parts.hot.pubsub() as heard:
        await heard.subscribe(CHANGED_CHANNEL)
        again = await sdk.client.patch("/v1/control/policy", json=wish, headers=sdk.admin.headers)
        told = [await heard.get_message(timeout=0.05) for _ in range(2)]
    assert [each and each["type"] for each in told] == ["subscribe", None]
    assert again.json() == first.json()
    audit = await sdk.client.get("/v1/auth/audit", headers=sdk.admin.headers)
    actions = [each["action"] for each in audit.json()]
    assert actions.count("policy.changed") == 1


async def test_a_change_of_an_outdated_policy_is_refused(sdk: Sdk) -> None:
    version = (await sdk.policy())["version"]
    for status in (200, 409):
        headers = {**sdk.admin.headers, "If-Match": f'"{version}"'}
        answer = await sdk.client.patch("/v1/control/policy", json={"name": "New"}, headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ('"zzz", "{}"', 200),
        ('W/"{}"', 200),
        ('"zzz",W/"{}" , "yyy"', 200),
        (" * ", 200),
        ('"zzz", "yyy"', 409),
        ('"zzz{}"', 409),
        ("", 409),
    ],
)
async def test_a_change_of_one_of_several_versions_is_taken(sdk: Sdk, form: str, status: int) -> None:
    version = (await sdk.policy())["version"]
    headers = {**sdk.admin.headers, "If-Match": form.format(version)}
    answer = await sdk.client.patch("/v1/control/policy", json={"name": "New"}, headers=headers)
    assert answer.status_code == status


async def test_a_change_of_a_budget_leaves_what_it_does_not_name(sdk: Sdk) -> None:
    whole = {"limit": 10, "limitAction": "degrade", "degradeToModel": "small", "degradeToProvider": "openai"}
    await sdk.set_budget(**whole)
    for wish in (
        {},
        {"limit": 20},
        {"degradeToModel": "tiny"},
        {"degradeToProvider": None},
        {"limitAction": "notify"},
    ):
        whole |= wish
        await sdk.set_budget(**wish)
        (budget,) = (await sdk.policy())["budgets"]
        said = {**whole, "limitAction": whole["limitAction"].replace("notify", "alert")}
        assert {name: budget.get(name) for name in said} == said


async def test_a_wrong_action_is_told_at_the_field_that_was_sent(sdk: Sdk) -> None:
    wish = {"budget": {"limit": 1, "limitAction": "explode"}}
    answer = await sdk.client.patch("/v1/control/policy", json=wish, headers=sdk.admin.headers)
    [fault] = answer.json()["faults"]
    assert (answer.status_code, fault["at"]) == (422, "body.budget.limitAction")
    assert fault["reason"].startswith("Input should be 'kill', 'throttle'")


async def test_a_budget_is_taken_away_as_a_whole_and_a_new_one_needs_its_limit(sdk: Sdk) -> None:
    await sdk.set_budget(limit=10, limitAction="alert")
    wishes = [({"budget": None}, 200, []), ({"budget": {"limitAction": "kill"}}, 422, [])]
    for wish, status, budgets in wishes:
        answer = await sdk.client.patch("/v1/control/policy", json=wish, headers=sdk.admin.headers)
        assert (answer.status_code, (await sdk.policy())["budgets"]) == (status, budgets)
    assert "budget.limit" in answer.json()["error"]
    await sdk.set_budget(limit=5)
    assert (await sdk.policy())["budgets"][0]["limitAction"] == "kill"


@pytest.mark.parametrize("blank", ["", " ", "\t\u2003", "\u200b", " \u2060"])
async def test_a_blank_name_is_refused_and_says_where(sdk: Sdk, blank: str) -> None:
    await sdk.set_budget(limit=10)
    before = await sdk.policy()
    for at, wish in (
        ("body.name", {"name": blank}),
        ("body.budget.degradeToModel", {"budget": {"limit": 1, "degradeToModel": blank}}),
        ("body.budget.degradeToProvider", {"budget": {"limit": 1, "degradeToProvider": blank}}),
    ):
        answer = await sdk.client.patch("/v1/control/policy", json=wish, headers=sdk.admin.headers)
        fault = {"at": at, "reason": "is blank; say a name, or leave it out"}
        assert (answer.status_code, answer.json()["faults"]) == (422, [fault])
    assert await sdk.policy() == before


async def test_a_limit_is_kept_exactly_or_refused(sdk: Sdk) -> None:
    for limit in (1e-6, 0.000_001_234_567_8, 0.1 + 0.2, 1e9):
        await sdk.set_budget(limit=limit)
        assert (await sdk.policy())["budgets"][0]["limit"] == limit


@pytest.mark.parametrize(
    "budget",
    [{"limit": -1}, {"limit": "1e309"}, {"limit": 1, "limitAction": "explode"}, {"limit": 1, "x": 1}],
)
async def test_a_bad_policy_is_refused(sdk: Sdk, budget: dict[str, Any]) -> None:
    answer = await sdk.client.patch("/v1/control/policy", json={"budget": budget}, headers=sdk.admin.headers)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "limit",
    [
        "NaN",
        "-NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "1e10",
        "-1",
        "-0.01",
        '"5"',
        "[]",
        "null",
        "true",
        "1e-320",
        "9.99e-7",
    ],
)
async def test_an_amount_that_is_none_reaches_no_policy(sdk: Sdk, limit: str) -> None:
    before = await sdk.policy()
    headers = {**sdk.admin.headers, "content-type": "application/json"}
    body = f'{{"budget": {{"limit": {limit}}}}}'
    answer = await sdk.client.patch("/v1/control/policy", content=body, headers=headers)
    assert answer.status_code == 422
    assert await sdk.policy() == before


async def test_a_policy_of_megabytes_is_refused(sdk: Sdk) -> None:
    for size, status in ((1 << 15, 422), (1 << 20, 413), (11 << 20, 413)):
        wish = {"name": "x" * size}
        answer = await sdk.client.patch("/v1/control/policy", json=wish, headers=sdk.admin.headers)
        assert answer.status_code == status


async def test_a_viewer_changes_no_policy(sdk: Sdk) -> None:
    viewer = await join(sdk.client, sdk.admin, "viewer")
    answer = await sdk.client.patch("/v1/control/policy", json={"name": "x"}, headers=viewer.headers)
    assert answer.status_code == 403
