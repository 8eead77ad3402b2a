"""A day in the life of an earlier version of the control plane, on the database named by the argument.

It runs by itself, with that version's code before ours on the path; what it writes is what came of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

import httpx

from hive.control.app.application import Places, control_app, opened_parts
from hive.control.auth.tokens import KeyRing
from hive.control.services.housekeeping import Housekeeping

RING = KeyRing(current="k1", keys={"k1": b"1" * 32})
TEXT = "Once upon a time"


async def live(app_dsn: str) -> dict[str, object]:
    """Register, make a key, send events and content, change the policy, and read all of it back."""
    async with opened_parts(Places(app_dsn=app_dsn, ring=RING)) as parts:
        transport = httpx.ASGITransport(control_app(parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            account = {
                "email": f"{uuid4()}@example.org",
                "name": "Ada",
                "password": "correct horse",
                "team": "T",
            }
            person = (await client.post("/v1/auth/register", json=account)).json()
            client.headers["Authorization"] = f"Bearer {person['access_token']}"
            wish = {"budget": {"limit": 25, "limitAction": "kill"}}
            changed = await client.patch("/v1/control/policy", json=wish)
            key = (await client.post("/v1/auth/keys", json={"name": "k"})).json()["key"]
            client.headers["Authorization"] = f"Bearer {key}"
            sent = [await client.post("/v1/control/events", json={"events": events()}) for _ in range(2)]
            stored = await client.post("/v1/control/content", json={"items": [content()]})
            policy = await client.get("/v1/control/policy")
        # Versions before the sixth of the schema made it without the other parts.
        housekeeping = parts.housekeeping if hasattr(parts, "housekeeping") else Housekeeping(parts.database)
        await housekeeping.turn()
    budget = policy.json()["budgets"][0]
    return {
        "team_id": person["team_id"],
        "statuses": [each.status_code for each in (changed, *sent, stored, policy)],
        "events": [[each.json()["processed"], each.json()["duplicates"]] for each in sent],
        "budget": [budget["limit"], round(budget["spent"], 6)],
    }


def events() -> list[dict[str, object]]:
    """Return a metric that costs 0.5, always the same, and a line of a log."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0).isoformat()
    frame = {"timestamp": now, "sdk_instance_id": "i", "agent_name": "a"}
    call = {
        "trace_id": "t", "span_id": "s", "provider": "openai", "model": "gpt-4o", "stream": False,
        "timestamp": now, "latency_ms": 1.5, "input_tokens": 10, "output_tokens": 5, "total_tokens": 15,
        "total_cost": 0.5,
    }  # fmt: skip
    return [
        {**frame, "event_type": "metric", "data": call},
        {**frame, "event_type": "log", "data": {"level": "info", "message": "hello"}},
    ]


def content() -> dict[str, object]:
    """Return a text under its name and digest."""
    digest = sha256(TEXT.encode()).hexdigest()
    return {"content_id": "c1", "content_hash": digest, "content": TEXT, "byte_size": len(TEXT)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(live(sys.argv[1]))))
