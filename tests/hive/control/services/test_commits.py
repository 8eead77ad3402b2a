"""No answer comes before the commit of what it answers for: the commit is held, and cut, to see that."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from hive.control.stores.migrations import migrate
from tests.support.connections import as_superuser
from tests.support.control import asking, bearer, clock_of, make_key, new_database, register, running_parts
from tests.support.sdk_events import metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    import psycopg

    from hive.control.api.parts import Parts

_LOCK = 42
_HOLD = """CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql
           AS $$ BEGIN PERFORM pg_advisory_xact_lock({lock}); RETURN NULL; END $$;
           CREATE CONSTRAINT TRIGGER held AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION held()"""
_HELD = """SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'hive_app'
              AND wait_event = 'advisory' AND query = 'COMMIT'"""


def _events(parts: Parts) -> tuple[str, dict[str, Any]]:
    return "/v1/control/events", {"events": [metric(clock_of(parts).now())]}


def _content(parts: Parts) -> tuple[str, dict[str, Any]]:
    del parts
    text = str(uuid4())
    digest = sha256(text.encode()).hexdigest()
    item = {"content_id": str(uuid4()), "content_hash": digest, "content": text, "byte_size": len(text)}
    return "/v1/control/content", {"items": [item]}


KINDS = {"metric_events": _events, "content": _content}
"""What is sent, by the table that it goes to."""


class Holder:
    """Somebody who holds what every commit needs."""

    def __init__(self, connection: psycopg.Connection, table: str) -> None:
        self.connection = connection
        self.table = table

    async def held(self) -> int:
        """Wait until a commit is held, and return the process of its connection."""
        async with asyncio.timeout(4):
            while True:
                row = self.connection.execute(_HELD).fetchone()
                if row is not None:
                    return row[0]
                await asyncio.sleep(0.01)

    def stored(self) -> int:
        row = self.connection.execute(f"SELECT count(*) FROM {self.table}").fetchone()
        assert row is not None
        return row[0]

    def release(self) -> None:
        self.connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


@contextmanager
def holding(app_dsn: str, table: str) -> Iterator[Holder]:
    """Hold every commit of a row in ``table``."""
    with as_superuser(app_dsn, autocommit=True) as connection:
        connection.execute(_HOLD.format(lock=_LOCK, table=table))
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield Holder(connection, table)


async def sending(
    parts: Parts, client: httpx.AsyncClient, kind: Callable[[Parts], tuple[str, dict[str, Any]]]
) -> Callable[[], asyncio.Task[httpx.Response]]:
    """Return how a key of a new team sends something, the same at every call."""
    key = await make_key(client, await register(client))
    path, body = kind(parts)
    return lambda: asyncio.create_task(client.post(path, json=body, headers=bearer(key["key"])))


@pytest.mark.parametrize("table", KINDS)
async def test_the_answer_waits_for_the_commit(superuser_dsn: str, table: str) -> None:
    places = new_database(superuser_dsn)
    await migrate(places.owner)
    async with running_parts(places.app) as parts, asking(parts) as client:
        send = await sending(parts, client, KINDS[table])
        with holding(places.app, table) as holder:
            answer = send()
            await holder.held()
            await asyncio.sleep(0.2)
            assert not answer.done()
            assert holder.stored() == 0
            holder.release()
            assert (await answer).status_code == 200
            assert holder.stored() == 1


@pytest.mark.parametrize("table", KINDS)
async def test_what_a_cut_commit_lost_was_never_answered(superuser_dsn: str, table: str) -> None:
    places = new_database(superuser_dsn)
    await migrate(places.owner)
    async with running_parts(places.app) as parts, asking(parts) as client:
        send = await sending(parts, client, KINDS[table])
        with holding(places.app, table) as holder:
            answer = send()
            holder.connection.execute("SELECT pg_terminate_backend(%s)", [await holder.held()])
            lost = await answer
            assert lost.status_code == 503
            assert "Retry-After" in lost.headers
            assert holder.stored() == 0
            holder.release()
            assert (await send()).status_code == 200
            assert holder.stored() == 1
