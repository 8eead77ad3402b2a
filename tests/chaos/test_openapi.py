"""Every route of the control plane, asked by Schemathesis as its description allows, and as it does not."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from hive.control.stores.embedded import prepare
from hive.control.stores.migrations import migrate
from hive.protocol import EventType
from tests.support.control import bearer, join, login, make_key, new_database, register
from tests.support.pages import ROOT
from tests.support.sdk_events import metric
from tests.support.served_control import served_control

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CASES = int(os.environ.get("HIVE_CHAOS_REQUESTS", "1200"))
CASES_OF_A_ROUTE = 60 if CASES > 5000 else 4
OF_MONEY = [
    "--include-path-regex", r"^/v1/control/(policy|budget/validate)$",
    "--phases", "examples,coverage,fuzzing",
]  # fmt: skip
"""What depends on what a team has spent; one such question leads to no other."""
FAMILIES = {
    "admin": ["--exclude-path", "/v1/auth/logout"],
    "leaving": ["--include-path", "/v1/auth/logout"],
    "viewer": ["--exclude-path", "/v1/auth/logout"],
    "key": [],
    "nobody": [],
    "much": OF_MONEY,
    "over": OF_MONEY,
    "nothing": OF_MONEY,
    "payer": OF_MONEY,
}
"""Who asks, and what. Signing out ends what is asked with, so it has a session of its own."""
SHARES = {
    "admin": 0.45, "leaving": 0.0, "viewer": 0.1, "key": 0.2, "nobody": 0.1,
    "much": 0.04, "over": 0.04, "nothing": 0.04, "payer": 0.03,
}  # fmt: skip
"""What part of the cases each takes."""
SPENDERS: dict[str, tuple[dict[str, Any], int, str]] = {
    "much": ({"limit": 100_000_000, "degradeToModel": "small"}, 850, "degrade"),
    "over": ({"limit": 0.5, "limitAction": "kill"}, 3, "block"),
    "nothing": ({"limit": 0}, 1, "block"),
    "payer": ({"limit": 7, "limitAction": "throttle"}, 1, "throttle"),
}
"""The budget of each team that spends, its calls of 100,000 USD, and what becomes of one more."""
TAKEN = re.compile(r'hive_http_requests_total{method="(\w+)",route="([^"]+)",status="2\d\d"}')
STORED = re.compile(r'hive_events_total{fate="stored",kind="(\w+)"} [1-9]')
HOOKS = ROOT / "tests" / "support" / "timely_events.py"
REACHED = {
    "admin": {
        "POST /v1/auth/register", "GET /v1/auth/me", "GET /v1/auth/teams", "POST /v1/auth/teams",
        "GET /v1/auth/members", "GET /v1/auth/invitations", "POST /v1/auth/invitations",
        "GET /v1/auth/keys", "POST /v1/auth/keys", "GET /v1/auth/audit",
        "GET /v1/control/policy", "PATCH /v1/control/policy",
    },
    "leaving": {"POST /v1/auth/logout"},
    "viewer": {"GET /v1/auth/me", "GET /v1/control/policy", "POST /v1/control/budget/validate"},
    "key": {
        "POST /v1/control/events", "POST /v1/metrics", "POST /v1/control/content", "GET /v1/control/policy",
        "POST /v1/control/budget/validate", "GET /tsdb/pricing",
    },
    **{name: {"GET /v1/control/policy", "POST /v1/control/budget/validate"} for name in SPENDERS},
    "payer": {"GET /v1/control/policy", "PATCH /v1/control/policy", "POST /v1/control/budget/validate"},
    "nobody": {"POST /v1/auth/register", "GET /health/ready", "GET /metrics", "GET /first-login"},
}  # fmt: skip
"""Routes that must have taken something, or they were hardly tried."""
CHECKS = """
[[operations]]
include-name = "POST /v1/auth/keys"
# JSON Schema cannot say that a time lies ahead, within ten years: 422 is right for any other.
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "422", "503"]
[[operations]]
include-name = "PATCH /v1/control/policy"
# Nor that a team without a budget has to name the limit of its first one.
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "409", "422", "503"]
[[operations]]
include-name = "POST /v1/control/events"
# Nor that what a batch holds is judged alone: the answer is 200, and lists what is not as described.
checks.negative_data_rejection.expected-statuses = ["200", "400", "401", "403", "413", "422", "5xx"]
[[operations]]
include-name = "POST /v1/metrics"
checks.negative_data_rejection.expected-statuses = ["200", "400", "401", "403", "413", "422", "5xx"]
[[operations]]
include-name = "POST /v1/control/content"
checks.negative_data_rejection.expected-statuses = ["200", "400", "401", "403", "409", "413", "422", "5xx"]
"""
"""Where the checks need to know more than the description can say; none of them is left out."""


@dataclass(frozen=True)
class Target:
    """A control plane, and how each kind of caller asks it."""

    address: str
    headers: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def target(postgres_server: str) -> Iterator[Target]:
    prepare(postgres_server)
    places = new_database(postgres_server)
    asyncio.run(migrate(places.owner))
    with served_control(places.app) as address:
        yield Target(address, asyncio.run(callers(address)))


async def callers(address: str) -> dict[str, dict[str, str]]:
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        admin = await register(client)
        leaving = await login(client, admin)
        viewer = await join(client, admin, "viewer")
        key = await make_key(client, admin)
        spenders = {name: await spender(client, name) for name in SPENDERS}
    return {
        "admin": admin.headers,
        "leaving": leaving.headers,
        "viewer": viewer.headers,
        "key": {"Authorization": f"Bearer {key['key']}"},
        "nobody": {},
        **spenders,
    }


async def spender(client: httpx.AsyncClient, name: str) -> dict[str, str]:
    """Make a team that has spent; return how its key asks, or its admin where that one pays."""
    budget, calls, action = SPENDERS[name]
    admin = await register(client)
    key = bearer((await make_key(client, admin))["key"])
    changed = await client.patch("/v1/control/policy", json={"budget": budget}, headers=admin.headers)
    events = [metric(datetime.now(UTC), total_cost=100_000) for _ in range(calls)]
    stored = await client.post("/v1/control/events", json={"events": events}, headers=key)
    assert (changed.status_code, stored.json()["processed"]) == (200, calls)
    asked = await client.post("/v1/control/budget/validate", json={"budget_id": "global"}, headers=key)
    assert asked.json()["action"] == action
    return admin.headers if name == "payer" else key


def run(target: Target, who: str, seed: int, folder: Path) -> dict[str, Any]:
    """Return the report of one run of Schemathesis."""
    (folder / "schemathesis.toml").write_text(CHECKS)
    report = folder / f"{who}-{seed}.json"
    headers = [word for name, value in target.headers[who].items() for word in ("-H", f"{name}: {value}")]
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{target.address}/openapi.json",
        *headers, *FAMILIES[who], "--checks", "all", "--seed", str(seed), "-n", str(CASES_OF_A_ROUTE),
        "--continue-on-failure", "--no-color", "--generation-database", "none",
        "--report", "json", "--report-json-path", str(report),
    ]  # fmt: skip
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stdout.partition(" FAILURES ")[2][:20_000] + done.stderr[-2000:]
    return json.loads(report.read_text())


def reached(target: Target) -> set[str]:
    """Return the routes that took something, as the server counted them."""
    counted = httpx.get(f"{target.address}/metrics", timeout=10).text
    return {f"{method} {route}" for method, route in TAKEN.findall(counted)}


def stored_kinds(target: Target) -> set[str]:
    """Return of which kinds an event was stored, as the server counted them."""
    return set(STORED.findall(httpx.get(f"{target.address}/metrics", timeout=10).text))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("who", FAMILIES)
def test_nothing_that_is_sent_breaks_a_route_or_its_description(
    target: Target, who: str, tmp_path: Path, tally: Callable[..., None]
) -> None:
    cases = seed = 0
    while cases == 0 or cases < CASES * SHARES[who]:
        report = run(target, who, seed, tmp_path)
        assert (report["failures"], report["errors"], report["operations"]["errored"]) == ([], [], 0)
        cases += report["test_cases"]["generated"]
        seed += 1
    assert REACHED[who] <= reached(target)
    if who == "key":
        assert stored_kinds(target) == set(EventType)
    tally("routes as described", cases=cases)
