"""What Prometheus is shown: the documented names alone, each with a help text, and nothing of persons."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from hive.control.app.shown import show_connections
from hive.control.domain.fates import KINDS, Fate
from hive.errors import UnavailableError
from hive.lobby import Lobby
from tests.support.control import asking, clock_of, make_key, register, running_parts
from tests.support.control_sockets import heartbeat, metric
from tests.support.pages import ROOT, page, table_after

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    import pytest
    from prometheus_client.metrics_core import Metric

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses

LABELS = {"method", "route", "status", "le", "kind", "fate", "pool", "state"}
UNITS = (
    "_total", "_seconds", "_bytes", "_fds", "_open", "_waiting", "_followers", "_aside", "_connections",
)  # fmt: skip
TYPES = ("counter", "gauge", "histogram")


async def shown(client: httpx.AsyncClient) -> list[Metric]:
    found = text_string_to_metric_families((await client.get("/metrics")).text)
    return [family for family in found if not family.name.endswith("_created")]


def documented() -> dict[str, str]:
    rows = table_after(page(ROOT / "docs" / "control-plane.md").text, "| metric | type |")
    return {name.strip("`"): kind for name, kind, *_ in rows}


def name_of(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name


async def test_every_metric_is_documented_and_every_documented_one_is_there(
    parts: Parts, client: httpx.AsyncClient
) -> None:
    show_connections(parts.figures, Lobby())  # As the server does, which has them.
    assert {name_of(family): family.type for family in await shown(client)} == documented()


async def test_every_metric_has_a_help_text_and_a_name_with_its_unit(client: httpx.AsyncClient) -> None:
    for family in await shown(client):
        assert family.documentation.endswith("."), family.name
        assert family.type in TYPES
        assert name_of(family).endswith(UNITS), family.name


async def test_no_label_names_a_person_a_team_or_a_key(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    key = await make_key(client, ada)
    await client.delete(f"/v1/auth/keys/{key['key_id']}", headers=ada.headers)
    await client.get(f"/{ada.email}?token={ada.access_token}")
    await client.request(ada.email.upper(), "/v1/auth/me")
    text = (await client.get("/metrics")).text
    for family in await shown(client):
        assert {label for sample in family.samples for label in sample.labels} <= LABELS
    for personal in (ada.email, ada.email.upper(), ada.team_id, ada.access_token, key["key_id"]):
        assert personal not in text


class Shown:
    """Figures as Prometheus reads them, by name and labels."""

    def __init__(self, text: str) -> None:
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def of(self, name: str, **labels: str) -> float:
        return self._samples[name, frozenset(labels.items())]

    def series(self, name: str) -> int:
        return sum(1 for known, _ in self._samples if known == name)


async def scraped(client: httpx.AsyncClient) -> Shown:
    return Shown((await client.get("/metrics")).text)


async def send(client: httpx.AsyncClient, key: str, *events: object) -> int:
    body = {"events": events}
    return (await client.post("/v1/control/events", json=body, headers={"X-API-Key": key})).status_code


async def test_events_are_counted_by_kind_and_by_what_became_of_them(client: httpx.AsyncClient) -> None:
    key = (await make_key(client, await register(client)))["key"]
    before = await scraped(client)
    bad = {**metric("s-2"), "data": {}}
    invented = [{"event_type": f"kind-{number}"} for number in range(20)]
    assert await send(client, key, metric("s-1"), metric("s-1"), heartbeat(), bad, *invented, [], None) == 200
    after = await scraped(client)
    counted = {
        (kind, fate): after.of("hive_events_total", kind=kind, fate=fate)
        for kind in KINDS
        for fate in Fate
        if after.of("hive_events_total", kind=kind, fate=fate)
    }
    assert counted == {
        ("metric", "stored"): 1, ("metric", "duplicate"): 1, ("metric", "quarantined"): 1,
        ("heartbeat", "stored"): 1, ("other", "quarantined"): 22,
    }  # fmt: skip
    assert before.series("hive_events_total") == after.series("hive_events_total") == len(KINDS) * len(Fate)
    assert after.of("hive_commit_seconds_count") == before.of("hive_commit_seconds_count") + 1
    assert after.of("hive_commit_seconds_bucket", le="+Inf") == after.of("hive_commit_seconds_count")
    assert after.of("hive_commit_seconds_sum") > before.of("hive_commit_seconds_sum")


async def test_what_waits_in_the_spool_is_shown_with_its_bytes_and_its_age(
    control_database: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise UnavailableError("The database is out of reach.")

    places = {"spool_file": tmp_path / "spool.sqlite"}
    async with running_parts(control_database.app, **places) as parts, asking(parts) as client:
        key = (await make_key(client, await register(client)))["key"]
        monkeypatch.setattr("hive.control.services.ingest.store_events", away)
        assert await send(client, key, metric("s-1")) == 200
        clock_of(parts).advance(70)
        found = await scraped(client)
        assert found.of("hive_spool_waiting") == 1
        assert 200 < found.of("hive_spool_waiting_bytes") < 2000
        assert 70 <= found.of("hive_spool_age_seconds") < 75
        assert found.of("hive_events_total", kind="metric", fate="spooled") == 1
        assert found.of("hive_events_total", kind="metric", fate="stored") == 0
        assert parts.spool is not None
        parts.spool._most_bytes = 0
        assert await send(client, key, metric("s-2")) == 503
        (first,) = await parts.spool.first(5)
        monkeypatch.undo()
        await parts.ingest.store_spooled([first])
        await parts.spool.remove([first.seq])
        found = await scraped(client)
    assert [found.of(f"hive_spool_{name}") for name in ("waiting", "waiting_bytes", "age_seconds")] == [
        0,
        0,
        0,
    ]
    assert found.of("hive_events_total", kind="metric", fate="refused") == 1
    assert found.of("hive_events_total", kind="metric", fate="stored") == 1


async def test_connections_to_the_database_are_shown_by_what_they_do(
    control_database: Addresses,
) -> None:
    async with running_parts(control_database.app) as parts, asking(parts) as client:
        async with parts.database.transaction():
            found = await scraped(client)
            assert found.of("hive_database_connections", pool="main", state="used") == 1
        found = await scraped(client)
        assert found.of("hive_database_connections", pool="main", state="used") == 0
        assert found.of("hive_database_connections", pool="main", state="idle") >= 1
        assert found.of("hive_database_waiting", pool="main") == 0


async def test_connections_to_a_replica_are_shown_where_there_is_one(control_database: Addresses) -> None:
    app = control_database.app
    async with running_parts(app, replica_dsn=app) as parts, asking(parts) as client:
        async with parts.reads.transaction():
            found = await scraped(client)
            assert found.of("hive_database_connections", pool="replica", state="used") == 1
            assert found.of("hive_database_connections", pool="main", state="used") == 0
        assert (await scraped(client)).of("hive_database_waiting", pool="replica") == 0
    async with running_parts(app) as parts, asking(parts) as client:
        assert 'pool="replica"' not in (await client.get("/metrics")).text


async def test_transactions_that_wait_for_a_connection_are_shown(control_database: Addresses) -> None:
    async with (
        running_parts(control_database.app) as parts,
        asking(parts) as client,
        AsyncExitStack() as stack,
    ):
        for _ in range(10):
            await stack.enter_async_context(parts.database.transaction())
        waiting = asyncio.create_task(parts.database.answers())
        async with asyncio.timeout(5):
            while (await scraped(client)).of("hive_database_waiting", pool="main") != 1:  # noqa: ASYNC110  (nobody is told)
                await asyncio.sleep(0.01)
        await stack.aclose()
        assert await waiting


async def test_connections_that_were_refused_are_shown(parts: Parts, client: httpx.AsyncClient) -> None:
    lobby = Lobby()
    show_connections(parts.figures, lobby)
    lobby.refused[HTTPStatus.REQUEST_TIMEOUT] += 2
    found = await scraped(client)
    assert found.of("hive_connections_refused_total", status="408") == 2
    assert found.of("hive_connections_refused_total", status="503") == 0
    assert found.of("hive_connections_waiting") == 0
