"""What is due goes a bounded number at a time, until all of it is gone, in every kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from hive.control.services.housekeeping import Housekeeping
from tests.support.connections import connected
from tests.support.control import running_parts
from tests.support.grounds import GROUND_PATIENCE_S

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg

    from hive.control.stores.embedded import Addresses

MANY = 2300
OLD_SESSIONS = f"""INSERT INTO sessions
    SELECT gen_random_uuid(), %(account)s, %(team)s, now(), now() - interval '31 days', NULL::timestamptz,
           NULL
      FROM generate_series(1, {MANY})
    UNION ALL
    SELECT gen_random_uuid(), %(account)s, %(team)s, now(), now() + interval '1 day', now(), 'logout'
      FROM generate_series(1, 5)"""
OLD_INVITATIONS = f"""INSERT INTO invitations
    SELECT %(team)s, sha256(n::text::bytea), 'x', 'viewer', now(), now() - interval '31 days',
           NULL::timestamptz
      FROM generate_series(1, {MANY}) n
    UNION ALL
    SELECT %(team)s, sha256((-n)::text::bytea), 'x', 'viewer', now(), now(), NULL
      FROM generate_series(1, 5) n"""
OLD_BATCHES = f"""INSERT INTO event_batches
    SELECT %(team)s, 'logs', n, now() - interval '8 days', now(), now(), ARRAY[gen_random_uuid()]
      FROM generate_series(1, {2 * MANY}) n
    UNION ALL
    SELECT %(team)s, 'logs', {2 * MANY} + n, now(), now(), now(), ARRAY[gen_random_uuid()]
      FROM generate_series(1, 5) n"""
LEFT = {"sessions": 5, "invitations": 5, "event_batches": 6}
"""Of the batches the newest that is due stays, too: its team may have none that is newer."""


def enter(connection: psycopg.Connection, team: UUID, account: UUID) -> None:
    for name, value in (("team_id", team), ("account_id", account)):
        connection.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", str(value)])


def fill(places: Addresses, team: UUID, account: UUID) -> None:
    """Put in what is due and what is not."""
    values = {"team": team, "account": account, "email": f"{account}@example.org"}
    with connected(places.app) as connection:
        enter(connection, team, account)
        connection.execute("INSERT INTO accounts VALUES (%(account)s, %(email)s, 'x', now())", values)
        connection.execute(
            "INSERT INTO teams (team_id, name, created_at) VALUES (%(team)s, 'x', now())", values
        )
        for statement in (OLD_SESSIONS, OLD_INVITATIONS, OLD_BATCHES):
            connection.execute(statement, values)


def count(places: Addresses, team: UUID, account: UUID) -> dict[str, int]:
    with connected(places.app) as connection:
        enter(connection, team, account)
        found = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in LEFT}
    return {table: row[0] for table, row in found.items() if row is not None}


@pytest.mark.parametrize(("function", "most"), [("hive_sweep", 2000), ("hive_sweep_batches", 2000)])
def test_one_transaction_lets_go_of_a_bounded_number(ground: Addresses, function: str, most: int) -> None:
    fill(ground, uuid4(), uuid4())
    with connected(ground.app) as connection:
        assert connection.execute(f"SELECT {function}()").fetchone() == (most,)


async def test_housekeeping_goes_on_until_all_of_it_is_gone(ground: Addresses) -> None:
    team, account = uuid4(), uuid4()
    fill(ground, team, account)
    async with running_parts(ground.app, patience_s=GROUND_PATIENCE_S) as parts:
        done = await Housekeeping(parts.database, parts.clock).turn()
    assert done.failed == ()
    assert done.sessions >= 2 * MANY
    assert done.rows >= 2 * MANY - 1
    assert count(ground, team, account) == LEFT
