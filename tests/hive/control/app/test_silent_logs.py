"""Secrets that are sent wherever something can be sent: none of them reaches the logs."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx

from tests.support.planted_secrets import IN_CONTEXT, SECRETS
from tests.support.up_process import UpProcess, control_environment

PLANTED = [*SECRETS.values(), *(secret for _, secret in IN_CONTEXT.values())]


def test_no_secret_reaches_the_logs_even_when_the_database_dies() -> None:
    assert len(PLANTED) >= 50
    with control_environment() as environment:
        folder = Path(environment["HIVE_POSTGRES_FOLDER"])
        log = folder.parent / "log"
        with log.open("w") as stderr:  # A pipe that nobody reads would fill up.
            up = UpProcess(environment, "--log-level", "debug", stderr=stderr)
        with httpx.Client(base_url=up.address, timeout=20) as client:
            for secret in PLANTED:
                plant(client, secret, up.key)
            os.kill(int((folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            register(client, PLANTED[0])
            send_events(client, PLANTED[0], up.key)
        up.process.terminate()
        rest, _ = up.process.communicate(timeout=50)
        logged = log.read_text()
    assert logged.count('"event": "request"') >= len(PLANTED) * 5
    written = [form for each in (*PLANTED, up.key) for form in (each, json.dumps(each)[1:-1])]
    assert [form for form in written if form in f"{rest}{logged}"] == []
    assert [line for line in logged.splitlines() if not line.startswith("{")] == []


def plant(client: httpx.Client, secret: str, key: str) -> None:
    """Send a secret wherever something can be sent."""
    plain = secret.replace("\n", " ")
    signed = {"Authorization": f"Bearer {key}"}
    client.get("/v1/auth/me", headers={"Authorization": f"Bearer {plain}", "Cookie": f"session={plain}"})
    client.get("/v1/control/policy", params={"policy_id": secret, "token": secret}, headers=signed)
    client.get(f"/{quote(secret)}", headers={"X-API-Key": plain})
    register(client, secret)
    send_events(client, secret, key)
    client.post(
        "/v1/control/budget/validate", json={"budget_id": secret, "context": [secret]}, headers=signed
    )
    client.post("/v1/control/events", content=secret, headers=signed)


def register(client: httpx.Client, secret: str) -> None:
    """Give a secret for everything a person says of themselves; a short one stands for no password."""
    account = {"email": "ada@example.org", "name": secret, "password": secret[:11], "team": secret}
    client.post("/v1/auth/register", json=account)


def send_events(client: httpx.Client, secret: str, key: str) -> None:
    """Send a secret as an event that is taken, and as events that are not."""
    now = datetime.now(UTC).isoformat()
    events = [
        {"event_type": "log", "timestamp": now, "sdk_instance_id": "i", "data": {"message": secret}},
        {"event_type": secret, "timestamp": now, "sdk_instance_id": secret},
        secret,
    ]
    headers = {"Authorization": f"Bearer {key}"}
    client.post("/v1/control/events", json={"events": events}, headers=headers)
