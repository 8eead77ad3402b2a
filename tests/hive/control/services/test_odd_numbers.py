"""A number that is none is refused by itself, with its place, whether the database is there or away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from hive.control.domain.ids import TeamId
from hive.control.domain.json_text import read_list
from hive.control.services import ingest
from hive.control.services.drain import Drain
from hive.control.services.ingest import EVENTS
from hive.control.stores.scope import Scope
from hive.errors import UnavailableError
from tests.support.control import asking, clock_of, register, running_parts
from tests.support.sdk_events import metric

if TYPE_CHECKING:
    from pathlib import Path

    from hive.control.stores.embedded import Addresses

BEYOND = "is beyond the numbers that can be kept; send null or leave it out."
REASONS = {
    "NaN": "data.metadata.deep.0: NaN is no number; send null or leave it out.",
    "-Infinity": f"data.metadata.deep.0: -Infinity {BEYOND}",
    "1e999": f"data.metadata.deep.0: 1e999 {BEYOND}",
    "9" * 400: f"data.metadata.deep.0: {'9' * 20} {BEYOND}",
}


async def out_of_reach(*_: object) -> None:
    raise UnavailableError("The database is out of reach.")


@pytest.mark.parametrize("is_away", [False, True], ids=["stored", "spooled"])
async def test_a_number_that_is_none_is_refused_and_says_where(
    control_database: Addresses, tmp_path: Path, *, is_away: bool
) -> None:
    spool_file = tmp_path / "spool"
    async with running_parts(control_database.app, spool_file=spool_file) as parts, asking(parts) as client:
        team_id = TeamId(UUID((await register(client)).team_id))
        good = json.dumps(metric(clock_of(parts).now(), metadata={"deep": [1e308]}))
        bodies = [good, *(good.replace("1e+308", odd) for odd in REASONS)]
        with pytest.MonkeyPatch.context() as away:
            if is_away:  # As if the database were, which other tests share.
                away.setattr(ingest, "store_events", out_of_reach)
            answer = await parts.ingest.take(team_id, read_list(f"[{', '.join(bodies)}]".encode()))
        assert [each.reason for each in answer.rejected] == list(REASONS.values())
        assert parts.spool is not None
        takers = {EVENTS: parts.ingest.store_spooled}
        assert await Drain(parts.spool, takers, parts.database.answers).turn() == is_away
        async with parts.database.transaction(Scope(team_id=team_id)) as transaction:
            cursor = await transaction._connection.execute("SELECT reason, raw FROM quarantine")
            put_aside = {row["reason"]: bytes(row["raw"]) for row in await cursor.fetchall()}
            cursor = await transaction._connection.execute("SELECT FROM metric_events")
            assert len(await cursor.fetchall()) == 1
    assert set(put_aside) == set(REASONS.values())
    assert all(odd.encode() in put_aside[reason] for odd, reason in REASONS.items())
