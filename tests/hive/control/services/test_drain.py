"""What cannot be stored for a reason of its own is set aside, and the rest goes on in order."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest

from hive.control.domain.ids import TeamId
from hive.control.domain.json_text import read_list, write_json
from hive.control.services.drain import MOST_TRIES, Drain
from hive.control.stores.spool import Spool, Spooled
from hive.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TEAMS = [TeamId(uuid4()) for _ in range(2)]
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
REASONS = [
    RuntimeError("odd"),
    psycopg.DataError("odd"),
    UnavailableError("odd"),
    psycopg.InternalError("odd"),
]


def thing(number: int, team: TeamId = TEAMS[0]) -> Spooled:
    return Spooled(team_id=team, kind="events", received_at=NOW, payload=write_json([number]))


class Taker:
    """Stores numbers in a list, all or none of those it gets, unless one of them is odd."""

    def __init__(self, error: Exception, odd: Sequence[int] = ()) -> None:
        self.error = error
        self.odd = set(odd)
        self.stored: list[Any] = []
        self.tries = 0
        self.is_there = True

    async def take(self, things: Sequence[Spooled]) -> None:
        numbers = [number for each in things for number in read_list(each.payload)]
        if not self.is_there or self.odd & set(numbers):
            self.tries += len(numbers) == 1
            raise self.error
        self.stored += numbers

    async def answers(self) -> bool:
        return self.is_there


async def spool_of(file: Path, things: Sequence[Spooled]) -> Spool:
    spool = Spool(file)
    await spool.open()
    await spool.put(things)
    return spool


async def rounds(drain: Drain, count: int) -> None:
    for _ in range(count):
        while await drain.turn():
            pass


@pytest.mark.parametrize("error", REASONS, ids=lambda error: type(error).__name__)
async def test_what_fails_again_and_again_is_set_aside_and_holds_up_nothing(
    tmp_path: Path, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    taker = Taker(error, odd=[3])
    spool = await spool_of(tmp_path / "spool", [thing(number) for number in range(8)])
    drain = Drain(spool, {"events": taker.take}, taker.answers)
    await rounds(drain, 1)
    assert taker.stored == [0, 1, 2, 4, 5, 6, 7]
    assert (spool.waiting, spool.aside) == (1, 0)
    await spool.put([thing(8)])
    await rounds(drain, MOST_TRIES - 1)
    assert (taker.stored[-1], taker.tries) == (8, MOST_TRIES)
    assert (spool.waiting, spool.aside) == (0, 1)
    [aside] = await spool.list_aside(5)
    assert (aside.seq, aside.team_id, aside.size) == (4, str(TEAMS[0]), 3)
    assert aside.reason == f"{type(error).__name__}: odd"
    assert caplog.records[-1].message == "spooled_thing_set_aside"


async def test_what_was_set_aside_may_be_tried_again_and_is_not_lost(tmp_path: Path) -> None:
    taker = Taker(RuntimeError("odd"), odd=[0, 2])
    spool = await spool_of(tmp_path / "spool", [thing(number) for number in range(4)])
    drain = Drain(spool, {"events": taker.take}, taker.answers)
    await rounds(drain, MOST_TRIES)
    assert (spool.waiting, spool.aside) == (0, 2)
    taker.odd.clear()
    assert await spool.retry() == 2
    assert (spool.waiting, spool.aside) == (2, 0)
    await rounds(drain, 1)
    assert taker.stored == [1, 3, 0, 2]
    assert spool.waiting == 0


async def test_a_database_that_is_away_is_no_reason_of_a_thing(tmp_path: Path) -> None:
    taker = Taker(UnavailableError("It is away."))
    taker.is_there = False
    spool = await spool_of(tmp_path / "spool", [thing(number) for number in range(4)])
    drain = Drain(spool, {"events": taker.take}, taker.answers)
    for _ in range(3 * MOST_TRIES):
        with pytest.raises(UnavailableError):
            await drain.turn()
    assert taker.tries == 0
    taker.is_there = True
    await rounds(drain, 1)
    assert taker.stored == [0, 1, 2, 3]


@pytest.mark.parametrize("error", [UnavailableError("no"), psycopg.errors.DiskFull("no"), TimeoutError()])
async def test_a_database_that_answers_and_takes_nothing_blames_no_thing(
    tmp_path: Path, error: Exception
) -> None:
    numbers = range(40)
    taker = Taker(error, odd=numbers)
    spool = await spool_of(tmp_path / "spool", [thing(number) for number in numbers])
    drain = Drain(spool, {"events": taker.take}, taker.answers)
    await rounds(drain, 2 * MOST_TRIES)
    assert (spool.waiting, spool.aside) == (40, 0)
    assert taker.tries <= 2 * 2 * MOST_TRIES
    taker.odd.clear()
    await rounds(drain, 1)
    assert taker.stored == list(numbers)


async def test_a_team_whose_things_all_fail_holds_up_no_other(tmp_path: Path) -> None:
    taker = Taker(UnavailableError("no"), odd=range(600))
    things = [thing(number) for number in range(600)]
    spool = await spool_of(tmp_path / "spool", [*things, thing(600, TEAMS[1])])
    await rounds(Drain(spool, {"events": taker.take}, taker.answers), 1)
    assert taker.stored == [600]
    assert spool.waiting == 600


async def test_damage_of_what_was_set_aside_is_shown_all_the_same(tmp_path: Path) -> None:
    spool = await spool_of(tmp_path / "spool", [thing(1)])
    with sqlite3.connect(tmp_path / "spool") as connection:
        connection.execute("UPDATE spool SET team_id = CAST(x'ff00' AS TEXT), received_at = 5")
    assert await spool.first(1) == []
    [aside] = await spool.list_aside(5)
    assert (aside.kind, aside.received_at, spool.aside) == ("events", "5", 1)


async def test_a_full_disk_stores_nothing_twice_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    taker = Taker(RuntimeError("odd"))
    spool = await spool_of(tmp_path / "spool", [thing(number) for number in range(4)])
    drain = Drain(spool, {"events": taker.take}, taker.answers)

    def refuse(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as full:
        full.setattr(spool, "_remove_at_once", refuse)
        for _ in range(5):
            await drain.worker._take_turn()
        assert drain.worker.fault is None
        assert [record.message for record in caplog.records] == ["worker_waits"]
        assert "make room" in vars(caplog.records[0])["reason"]
    await rounds(drain, 1)
    assert (taker.stored, spool.waiting) == ([0, 1, 2, 3], 0)
