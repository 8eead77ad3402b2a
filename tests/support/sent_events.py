"""Events sent to a control plane that is in trouble, what was answered, and what the database has of them."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.connections import as_superuser
from tests.support.control import bearer
from tests.support.sdk_events import metric, one_of_each

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

EVENTS = "/v1/control/events"
TABLES = ("metric", "trace", "decision", "log", "comm", "control")
_PAUSE_S = 0.05
_LONGEST_DRAIN_S = 300.0


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Events of one request.

    Attributes:
        bad: the places of those that have to be refused.
    """

    events: list[Any]
    bad: list[int]

    @property
    def good(self) -> list[dict[str, Any]]:
        return [event for place, event in enumerate(self.events) if place not in self.bad]


class Maker:
    """Makes events whose ids and costs are known."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._made: list[dict[str, Any]] = []

    def batches(self, good: int, odd: int, size: int) -> Iterator[Batch]:
        """Give ``good`` events and ``odd`` ones: malformed, oversized, duplicate, out of order."""
        kinds = [self.good] * good + [self._odd] * odd
        self._random.shuffle(kinds)
        for start in range(0, len(kinds), size):
            made = [kind() for kind in kinds[start : start + size]]
            yield Batch(
                events=[event for event, _ in made],
                bad=[place for place, (_, is_good) in enumerate(made) if not is_good],
            )

    def good(self) -> tuple[Any, bool]:
        """Return an event that counts."""
        return self._event(datetime.now(UTC)), True

    def _event(self, moment: datetime) -> dict[str, Any]:
        if self._random.random() < 0.1:
            event = {**self._random.choice(one_of_each(moment)[1:])}
        else:
            cost = Decimal(self._random.randrange(10**10)) / Decimal(10**10)
            event = metric(moment, total_cost=float(cost))
        event["event_id"] = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        self._made.append(event)
        return event

    def _odd(self) -> tuple[Any, bool]:
        chance = self._random.random()
        now = datetime.now(UTC)
        if chance < 0.3:
            moment = now + timedelta(minutes=self._random.randrange(-29 * 24 * 60, 50))
            return self._event(moment), True
        if chance < 0.6:
            return (self._random.choice(self._made[-5000:]), True) if self._made else self.good()
        if chance < 0.99:
            return self._random.choice(_malformed(now)), False
        return metric(now, metadata={"big": "x" * 1_100_000}), False


def _malformed(now: datetime) -> list[Any]:
    return [
        "text", None, 7, [], {}, {"event_type": "nonsense"}, {**metric(now), "timestamp": "soon"},
        metric(now, input_tokens=-1), metric(now, metadata={"a": "nul\x00"}), metric(now, model=None),
        metric(now - timedelta(days=31)), metric(now + timedelta(hours=2)),
        {**metric(now), "event_id": "one"},
    ]  # fmt: skip


@dataclass(kw_only=True)
class Ledger:
    """What was sent and answered.

    Attributes:
        accepted: the costs of events that an answer said are stored, by id; 0 for what has no cost.
        unanswered: ids of events that were sent, and of which nobody said what became of them.
    """

    accepted: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    unanswered: set[str] = field(default_factory=set[str])
    answers: int = 0
    refusals: int = 0
    rejected: int = 0

    async def send(self, client: httpx.AsyncClient, batch: Batch) -> bool:
        """Send a batch once, and return whether it was taken; nothing but 200, or 503 for now, is right."""
        sent = {event["event_id"] for event in batch.good}
        self.unanswered |= sent - self.accepted.keys()
        answer = await client.post(EVENTS, json={"events": batch.events})
        if answer.status_code == 503:
            assert "retry-after" in answer.headers, answer.text
            self.refusals += 1
            return False
        assert answer.status_code == 200, (answer.status_code, answer.text)
        body = answer.json()
        assert [each["index"] for each in body["rejected"]] == batch.bad
        assert body["processed"] == len(batch.good)
        self.accepted.update({event["event_id"]: _cost(event) for event in batch.good})
        self.unanswered -= sent
        self.answers += 1
        self.rejected += len(batch.bad)
        return True

    async def send_until_taken(self, client: httpx.AsyncClient, batch: Batch) -> None:
        """Send a batch as often as it takes."""
        while not await self.send(client, batch):  # noqa: ASYNC110  (the server tells nobody that it is back)
            await asyncio.sleep(_PAUSE_S)

    def problems(self, dsn: str) -> list[str]:
        """Compare with the database, and return what is not as it was answered."""
        with as_superuser(dsn) as connection:
            query = " UNION ALL ".join(f"SELECT event_id::text FROM {table}_events" for table in TABLES)
            ids = [row[0] for row in connection.execute(query).fetchall()]
            sums = [
                connection.execute(f"SELECT {counts}, coalesce(sum(cost_usd), 0) FROM {table}").fetchone()
                for counts, table in [
                    ("count(*)", "metric_events"),
                    ("coalesce(sum(request_count), 0)", "metric_hours"),
                ]
            ]
            costs = connection.execute("SELECT event_id::text, cost_usd FROM metric_events").fetchall()
        stored = set(ids)
        paid = dict(costs)
        checks = {
            f"{len(self.accepted.keys() - stored)} accepted events are lost": self.accepted.keys() <= stored,
            f"{len(ids) - len(stored)} events are stored twice": len(ids) == len(stored),
            "there is what nobody sent": stored <= self.accepted.keys() | self.unanswered,
            f"the sums of the hours differ: {sums}": sums[0] == sums[1],
            "a cost is not what was sent": all(
                paid.get(event_id, cost) == cost for event_id, cost in self.accepted.items()
            ),
        }
        return [problem for problem, holds in checks.items() if not holds]


def _cost(event: dict[str, Any]) -> Decimal:
    return Decimal(repr(event.get("data", {}).get("total_cost") or 0.0))


async def drained(home: Path) -> None:
    """Wait until nothing waits in the spool of a home folder."""
    deadline = time.monotonic() + _LONGEST_DRAIN_S
    while _spooled(home / "control-spool.sqlite"):
        assert time.monotonic() < deadline, "The spool is not drained."
        await asyncio.sleep(_PAUSE_S)


def _spooled(file: Path) -> int:
    connection = sqlite3.connect(file, timeout=10)
    try:
        return connection.execute("SELECT count(*) FROM spool").fetchone()[0]
    finally:
        connection.close()


def client_of(address: str, key: str) -> httpx.AsyncClient:
    """Return a client that sends as a program."""
    return httpx.AsyncClient(base_url=address, headers=bearer(key), timeout=60)


async def send_all(ledger: Ledger, client: httpx.AsyncClient, batches: Sequence[Batch], senders: int) -> None:
    """Send batches over several connections, each until it is taken."""
    waiting = iter(batches)

    async def sender() -> None:
        for batch in waiting:
            await ledger.send_until_taken(client, batch)

    async with asyncio.TaskGroup() as group:
        for _ in range(senders):
            group.create_task(sender())
