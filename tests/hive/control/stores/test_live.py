"""Every stored event has a position, in the order in which events become visible, and a page shows it."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from hive.control.domain.ids import TeamId
from hive.control.domain.live import Channel, Stream
from hive.control.services.housekeeping import Housekeeping
from hive.control.stores.database import Transaction
from hive.control.stores.live import LiveStore
from tests.support.connections import as_superuser
from tests.support.control import clock_of, register, running_parts
from tests.support.sdk_events import envelope, metric, one_of_each

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses


@pytest.fixture
async def team_id(client: httpx.AsyncClient) -> TeamId:
    return TeamId(UUID((await register(client)).team_id))


def line(parts: Parts, text: str) -> dict[str, Any]:
    return envelope("log", clock_of(parts).now(), data={"message": text})


async def followed(store: LiveStore, channel: Channel, after: int, limit: int) -> list[tuple[int, Any]]:
    """Return every position and event after one, page by page."""
    found: list[tuple[int, Any]] = []
    while True:
        page = await store.page(channel, after, limit)
        if not page.events:
            return found
        assert len(page.events) <= limit
        found += page.events
        after = page.events[-1].position


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
async def test_pages_of_any_size_show_every_event_once_and_in_order(
    parts: Parts, team_id: TeamId, limit: int
) -> None:
    sizes = [1, 5, 2, 1, 8]
    texts = [f"line {number}" for number in range(sum(sizes))]
    rest = list(texts)
    for size in sizes:
        await parts.ingest.take(team_id, [line(parts, rest.pop(0)) for _ in range(size)])
    channel = Channel(team_id, Stream.LOGS)
    store = LiveStore(parts.database)
    for after in (0, 1, 4, 6, 16, 17):
        shown = await followed(store, channel, after, limit)
        assert [position for position, _ in shown] == list(range(after + 1, 18))
        assert [event["message"] for _, event in shown] == texts[after:]
    assert await store.newest(channel) == 17
    assert (await store.page(channel, 3, limit)).newest == 17


async def test_a_page_reads_no_batch_beyond_the_one_that_completes_it(
    parts: Parts, team_id: TeamId, monkeypatch: pytest.MonkeyPatch
) -> None:
    for turn in range(6):
        await parts.ingest.take(team_id, [line(parts, f"{turn} {number}") for number in range(4)])
    read: list[int] = []
    rows = Transaction.rows

    async def counted(self: Transaction, name: str, parameters: dict[str, object]) -> list[Any]:
        found = await rows(self, name, parameters)
        if name == "live.after":
            read.extend(len(batch["event_ids"]) for batch in found)
        return found

    monkeypatch.setattr(Transaction, "rows", counted)  # What a page reads cannot be seen from outside.
    page = await LiveStore(parts.database).page(Channel(team_id, Stream.LOGS), 1, 4)
    assert ([each.position for each in page.events], read) == ([2, 3, 4, 5], [3, 4])


async def test_each_type_has_a_stream_and_each_stream_its_own_positions(
    parts: Parts, team_id: TeamId
) -> None:
    now = clock_of(parts).now()
    answer = await parts.ingest.take(team_id, one_of_each(now))
    assert answer.processed == 8
    store = LiveStore(parts.database)
    for stream in Stream:
        shown = await followed(store, Channel(team_id, stream), 0, 10)
        assert [position for position, _ in shown] == ([1, 2] if stream is Stream.LOGS else [1])
        assert all(event["timestamp"] == now for _, event in shown)


async def test_an_event_that_comes_again_has_one_position(parts: Parts, team_id: TeamId) -> None:
    event = metric(clock_of(parts).now())
    await parts.ingest.take(team_id, [event, event])
    await parts.ingest.take(team_id, [event, metric(clock_of(parts).now())])
    store = LiveStore(parts.database)
    assert await store.newest(Channel(team_id, Stream.LLM_EVENTS)) == 2


async def test_a_call_is_shown_as_dashboards_know_it(parts: Parts, team_id: TeamId) -> None:
    await parts.ingest.take(team_id, [metric(clock_of(parts).now(), trace_id="t-1")])
    page = await LiveStore(parts.database).page(Channel(team_id, Stream.LLM_EVENTS), 0, 10)
    event = page.events[0].event or {}
    legacy = {name: event[name] for name in ("trace_id", "model", "provider", "agent", "latency_ms")}
    assert legacy == {
        "trace_id": "t-1", "model": "gpt-4o", "provider": "openai", "agent": "scout", "latency_ms": 12.5,
    }  # fmt: skip
    assert (event["input_tokens"], event["output_tokens"], event["cost"]) == (1000, 500, 0.0075)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({}, (0.0075, "priced", None)),
        ({"total_cost": 5}, (5, "reported", None)),
        ({"total_cost": 5, "currency": "usd"}, (5, "reported", None)),
        ({"total_cost": 5, "currency": ""}, (5, "reported", None)),
        ({"currency": "EUR"}, (0.0075, "priced", None)),
        ({"total_cost": 5, "currency": "EUR"}, (0.0075, "priced", "EUR")),
        ({"cost_usd": 5, "currency": "eur"}, (0.0075, "priced", "EUR")),
        ({"output_cost": 0, "currency": "JPY"}, (0.0075, "priced", "JPY")),
        ({"input_cost": 5, "currency": "EUR", "model": "no-such"}, (0, "unknown", "EUR")),
    ],
)
async def test_a_cost_in_another_currency_is_shown_as_one_that_does_not_count(
    parts: Parts, team_id: TeamId, said: dict[str, Any], shown: tuple[float, str, str | None]
) -> None:
    await parts.ingest.take(team_id, [metric(clock_of(parts).now(), **said)])
    page = await LiveStore(parts.database).page(Channel(team_id, Stream.LLM_EVENTS), 0, 10)
    event = page.events[0].event or {}
    assert (event["cost"], event["cost_source"], event["uncounted_currency"]) == shown


async def test_a_long_line_is_shown_cut(parts: Parts, team_id: TeamId) -> None:
    await parts.ingest.take(team_id, [line(parts, "a" * 5000), line(parts, "short")])
    page = await LiveStore(parts.database).page(Channel(team_id, Stream.LOGS), 0, 10)
    shown = [each.event or {} for each in page.events]
    assert [(len(event["message"]), event["is_cut"]) for event in shown] == [(2000, True), (5, False)]


async def test_who_follows_two_processes_that_store_at_once_misses_nothing(
    control_database: Addresses, team_id: TeamId
) -> None:
    seen: list[int] = []
    channel = Channel(team_id, Stream.LOGS)
    async with running_parts(control_database.app) as one, running_parts(control_database.app) as other:
        store = LiveStore(one.database)

        async def store_some(parts: Parts, name: str) -> None:
            dice = random.Random(name)
            for number in range(25):
                size = dice.randint(1, 4)
                lines = [line(parts, f"{name} {number} {place}") for place in range(size)]
                await parts.ingest.take(team_id, lines)

        writers = asyncio.gather(*(store_some(parts, name) for parts, name in ((one, "a"), (other, "b"))))
        while not writers.done() or len(seen) < await store.newest(channel):
            page = await store.page(channel, len(seen), 10)
            assert all(each.event is not None for each in page.events)
            seen += [each.position for each in page.events]
        await writers
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) > 50


async def test_a_team_sees_nothing_of_another(parts: Parts, client: httpx.AsyncClient) -> None:
    teams = [TeamId(UUID((await register(client)).team_id)) for _ in range(2)]
    await parts.ingest.take(teams[0], [line(parts, "secret")])
    store = LiveStore(parts.database)
    assert (await store.page(Channel(teams[1], Stream.LOGS), 0, 10)).events == ()
    assert await store.newest(Channel(teams[1], Stream.LOGS)) == 0


async def test_positions_go_on_after_old_ones_are_swept(
    parts: Parts, team_id: TeamId, control_database: Addresses
) -> None:
    channel = Channel(team_id, Stream.LOGS)
    for text in "abc":
        await parts.ingest.take(team_id, [line(parts, text)])
    with as_superuser(control_database.owner) as connection:
        connection.execute(
            "UPDATE event_batches SET stored_at = now() - interval '8 days' WHERE team_id = %s", [team_id]
        )
    assert (await Housekeeping(parts.database, parts.clock).turn()).rows == 2
    await parts.ingest.take(team_id, [line(parts, "d")])
    shown = await followed(LiveStore(parts.database), channel, 0, 10)
    assert [(position, event["message"]) for position, event in shown] == [(3, "c"), (4, "d")]
