"""What is nested too deeply is refused by itself, whether the database is there or away."""

from __future__ import annotations

import json
import random
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from hive.control.domain.ids import TeamId
from hive.control.services import ingest
from hive.control.services.content import ContentStore
from hive.control.services.drain import Drain
from hive.control.services.ingest import EVENTS
from hive.control.stores.scope import Scope
from hive.errors import UnavailableError
from tests.support.control import asking, bearer, clock_of, make_key, register, running_parts
from tests.support.sdk_events import envelope, metric

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from hive.control.stores.embedded import Addresses

DEEP = "The event is nested too deeply."
HERE = '"HERE"'
DEPTHS = (260, 1000, 1019, 1020, 1025, 5000, 200_000)


async def out_of_reach(*_: object, **__: object) -> None:
    raise UnavailableError("The database is out of reach.")


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def an_event(now: datetime, chance: random.Random) -> str:
    """Return an event as JSON, with a place in which anything may stand."""
    inner: Any = "HERE"
    for _ in range(chance.randint(0, 5)):
        inner = chance.choice([[1, inner, "]}"], {"a": inner, '"[': {}}, [inner], {"\\": [[], inner]}])
    return json.dumps(
        chance.choice(
            [
                metric(now, metadata={"x": inner}),
                metric(now, more=inner),
                envelope("log", now, data={"message": "[", "fields": {"x": inner}}),
                {**envelope("error", now, message="boom"), "more": inner},
            ]
        )
    )


@pytest.mark.parametrize("is_away", [False, True], ids=["stored", "spooled"])
async def test_wherever_it_lies_its_neighbours_are_stored(
    control_database: Addresses, tmp_path: Path, *, is_away: bool
) -> None:
    chance = random.Random(5)
    spool_file = tmp_path / "spool"
    async with running_parts(control_database.app, spool_file=spool_file) as parts, asking(parts) as client:
        admin = await register(client)
        key, team_id = (await make_key(client, admin))["key"], TeamId(UUID(admin.team_id))
        depths = [chance.choice([1, *DEPTHS]) for _ in range(40)]
        now = clock_of(parts).now()
        events = [an_event(now, chance).replace(HERE, nested(depth)) for depth in depths]
        body = f'{{"events": [{", ".join(events)}]}}'
        with pytest.MonkeyPatch.context() as away:
            if is_away:  # As if the database were, which other tests share.
                away.setattr(ingest, "store_events", out_of_reach)
            answer = await client.post("/v1/control/events", content=body, headers=bearer(key))
        assert answer.status_code == 200
        refused = [index for index, depth in enumerate(depths) if depth > 1]
        assert answer.json()["rejected"] == [{"index": index, "reason": DEEP} for index in refused]
        assert parts.spool is not None
        takers = {EVENTS: parts.ingest.store_spooled}
        assert await Drain(parts.spool, takers, parts.database.answers).turn() == is_away
        async with parts.database.transaction(Scope(team_id=team_id)) as transaction:
            counts = "SELECT (SELECT count(*) FROM metric_events) + (SELECT count(*) FROM log_events) AS good"
            row = await (await transaction._connection.execute(counts)).fetchone()
            assert row is not None
            assert row["good"] == len(depths) - len(refused)
            cursor = await transaction._connection.execute("SELECT reason FROM quarantine")
            assert {each["reason"] for each in await cursor.fetchall()} == {DEEP}


@pytest.mark.parametrize("depth", DEPTHS)
async def test_a_bare_metric_is_refused_alone(control_database: Addresses, depth: int) -> None:
    async with running_parts(control_database.app) as parts, asking(parts) as client:
        key = (await make_key(client, await register(client)))["key"]
        data = [metric(clock_of(parts).now(), metadata={"x": "HERE"})["data"] for _ in range(2)]
        body = json.dumps({"metrics": data}).replace(HERE, nested(depth), 1)
        answer = await client.post("/v1/metrics", content=body, headers=bearer(key))
        assert (answer.status_code, answer.json()["processed"]) == (200, 1)
        assert answer.json()["rejected"] == [{"index": 0, "reason": DEEP}]


@pytest.mark.parametrize("is_away", [False, True], ids=["stored", "spooled"])
@pytest.mark.parametrize("depth", DEPTHS)
async def test_content_is_refused_alone(
    control_database: Addresses, tmp_path: Path, depth: int, *, is_away: bool
) -> None:
    spool_file = tmp_path / "spool"
    async with running_parts(control_database.app, spool_file=spool_file) as parts, asking(parts) as client:
        key = (await make_key(client, await register(client)))["key"]
        digest = sha256(b"text").hexdigest()
        item = {"content_hash": digest, "content": "text", "byte_size": 4, "more": "HERE"}
        items = [{**item, "content_id": str(number)} for number in range(2)]
        body = json.dumps({"items": items}).replace(HERE, nested(depth), 1)
        with pytest.MonkeyPatch.context() as away:
            if is_away:
                away.setattr(ContentStore, "_store_in_time", out_of_reach)
            answer = await client.post("/v1/control/content", content=body, headers=bearer(key))
        assert (answer.status_code, answer.json()["stored"]) == (200, 1)
        rejected = [{"index": 0, "reason": "The item is nested too deeply."}]
        assert answer.json()["rejected"] == rejected
