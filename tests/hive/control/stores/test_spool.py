"""What waits for the database: in order, bounded, and no damage holds up what is whole."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from hive.control.domain.ids import TeamId
from hive.control.domain.json_text import read_list, write_json
from hive.control.services.drain import Drain
from hive.control.stores.spool import Spool, Spooled
from hive.errors import ControlSetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TEAM = TeamId(uuid4())
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def thing(number: int, **changes: Any) -> Spooled:
    facts = {"team_id": TEAM, "kind": "events", "received_at": NOW, "payload": write_json([number])}
    return Spooled(**{**facts, **changes})


class Taker:
    """Stores numbers in a list, unless it is away or killed in the middle."""

    def __init__(self) -> None:
        self.stored: list[object] = []
        self.most = 1000
        self.turns = 0

    async def take(self, things: Sequence[Spooled]) -> None:
        numbers = [number for thing in things for number in read_list(thing.payload)]
        if len(self.stored) + len(numbers) > self.most:
            raise UnavailableError("It is away.")
        self.turns += 1
        self.stored += numbers


async def away() -> bool:
    """Say that the database is, as often as it is asked."""
    return False


async def opened(file: Path, **options: Any) -> Spool:
    spool = Spool(file, **options)
    await spool.open()
    return spool


async def drained(spool: Spool, taker: Taker) -> None:
    drain = Drain(spool, {"events": taker.take}, away)
    while await drain.turn():
        pass


def execute(file: Path, statement: str) -> list[Any]:
    connection = sqlite3.connect(file)
    with connection:
        found = connection.execute(statement).fetchall()
    connection.close()
    return found


async def test_things_are_drained_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    spool, taker = await opened(tmp_path / "spool"), Taker()
    for first in range(0, 90, 3):
        await spool.put([thing(number) for number in range(first, first + 3)])
    assert spool.waiting == 90
    await drained(spool, taker)
    assert (taker.stored, taker.turns) == (list(range(90)), 1)
    assert spool.waiting == 0


async def test_a_full_spool_refuses_and_takes_again_once_it_is_drained(tmp_path: Path) -> None:
    spool, taker = await opened(tmp_path / "spool", most_bytes=6), Taker()
    await spool.put([thing(1), thing(2)])
    with pytest.raises(UnavailableError, match="cannot take more"):
        await spool.put([thing(3)])
    await drained(spool, taker)
    await spool.put([thing(3)])
    await drained(spool, taker)
    assert taker.stored == [1, 2, 3]


async def test_a_spool_leaves_room_on_its_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, taker = await opened(tmp_path / "spool"), Taker()
    free = 256 * 1024 + 2 * len(b"[1]")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    await spool.put([thing(1)])
    with pytest.raises(UnavailableError, match="the disk is full"):
        await spool.put([thing(2), thing(3)])
    assert (spool.waiting, spool.is_refusing) == (1, True)
    await drained(spool, taker)
    assert (taker.stored, spool.is_refusing) == ([1], False)


async def test_a_spool_that_is_drained_gives_its_room_back(tmp_path: Path) -> None:
    file = tmp_path / "spool"
    spool, taker = await opened(file), Taker()
    await spool.put([thing(1), thing(2, payload=write_json(["x" * 1_000_000]))])
    await spool.remove([2])
    assert file.stat().st_size > 1_000_000
    await spool.put([thing(3, payload=write_json([3, "x" * 900_000]))])
    assert file.stat().st_size < 1_200_000
    await drained(spool, taker)
    assert file.stat().st_size < 100_000


@pytest.mark.parametrize("count", [1, 400])
async def test_the_room_that_is_kept_free_is_enough_to_remove_what_was_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    spool, remove = await opened(tmp_path / "spool"), Spool._remove_at_once
    text = "x" * (2_000_000 // count)
    await spool.put([thing(number, payload=write_json([number, text])) for number in range(count)])
    used: list[int] = []

    def remove_in_little_room(self: Spool, seqs: Sequence[int], *, is_erasing: bool = True) -> None:
        if is_erasing:
            raise sqlite3.OperationalError("database or disk is full")
        with closing(sqlite3.connect(tmp_path / "spool")) as other:  # Who holds it open keeps its log.
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            remove(self, seqs, is_erasing=False)
            used.append((tmp_path / "spool-wal").stat().st_size)

    monkeypatch.setattr(Spool, "_remove_at_once", remove_in_little_room)
    await spool.remove(range(1, count + 1))
    assert (spool.waiting, await spool.first(1)) == (0, [])
    assert max(used) < 200 * 1024


async def test_what_was_not_stored_waits_for_the_next_turn(tmp_path: Path) -> None:
    spool, taker = await opened(tmp_path / "spool"), Taker()
    await spool.put([thing(number) for number in range(4)])
    await spool.put([thing(number, team_id=TeamId(uuid4())) for number in range(4, 9)])
    taker.most = 4
    with pytest.raises(UnavailableError):
        await drained(spool, taker)
    assert spool.waiting == 5
    taker.most = 1000
    again = await opened(tmp_path / "spool")
    await drained(again, taker)
    assert taker.stored == list(range(9))


async def test_a_turn_reads_no_more_than_its_bytes(tmp_path: Path) -> None:
    spool = await opened(tmp_path / "spool")
    await spool.put([thing(number) for number in range(9)])
    assert len(await spool.first(9, most_bytes=10)) == 4
    assert len(await spool.first(9, most_bytes=1)) == 1


async def test_two_processes_put_into_one_file(tmp_path: Path) -> None:
    spools, taker = [await opened(tmp_path / "spool") for _ in range(2)], Taker()
    await asyncio.gather(*(spool.put([thing(number)]) for number in range(20) for spool in spools))
    await drained(spools[0], taker)
    assert sorted(map(str, taker.stored)) == sorted(str(number) for number in range(20) for _ in range(2))


@pytest.mark.parametrize(
    "damage",
    ["payload = x'7b'", "payload = '5'", "team_id = 'nobody'", "received_at = 'soon'", "received_at = 5",
     "kind = 'gossip'"],
)  # fmt: skip
async def test_a_damaged_thing_is_set_aside_and_holds_up_nothing(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "spool"
    spool, taker = await opened(file), Taker()
    await spool.put([thing(number) for number in range(25)])
    execute(file, f"UPDATE spool SET {damage} WHERE seq <= 22 AND seq % 2 = 0")
    await drained(spool, taker)
    assert taker.stored == [number for number in range(25) if number % 2 == 0 or number > 21]
    assert spool.waiting == 0
    kept = execute(file, "SELECT seq, length(reason) > 0 FROM damaged")
    assert kept == [(seq, 1) for seq in range(2, 23, 2)]


async def test_nothing_but_damage_is_set_aside_too(tmp_path: Path) -> None:
    file = tmp_path / "spool"
    spool, taker = await opened(file), Taker()
    await spool.put([thing(number) for number in range(30)])
    execute(file, "UPDATE spool SET team_id = 'nobody' WHERE seq < 30")
    await drained(spool, taker)
    assert taker.stored == [29]


async def test_a_file_of_the_first_version_is_counted_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "spool"
    made = [
        """CREATE TABLE spool (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, team_id TEXT NOT NULL, kind TEXT NOT NULL,
            received_at TEXT NOT NULL, payload BLOB NOT NULL)""",
        f"""INSERT INTO spool (team_id, kind, received_at, payload)
            VALUES ('{TEAM}', 'events', '{NOW.isoformat()}', x'5b315d')""",
    ]
    for statement in made:
        execute(file, statement)
    spools, taker = [await opened(file, most_bytes=6) for _ in range(2)], Taker()
    assert [spool.waiting for spool in spools] == [1, 1]
    await spools[0].put([thing(2)])
    with pytest.raises(UnavailableError):
        await spools[1].put([thing(3)])
    await drained(spools[0], taker)
    assert taker.stored == [1, 2]
    assert execute(file, "SELECT things, size FROM held") == [(0, 0)]


async def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "spool"
    await opened(file)
    execute(file, "PRAGMA user_version = 3")
    with pytest.raises(ControlSetupError, match="version 3"):
        await opened(file)


async def test_what_is_put_while_a_removal_ends_is_not_forgotten(tmp_path: Path) -> None:
    spool = await opened(tmp_path / "spool")
    await spool.put([thing(1)])
    [first] = await spool.first(1)
    removing = asyncio.create_task(spool.remove([first.seq]))
    await asyncio.sleep(0)
    spool._put([thing(2)])  # As a thread does it, while the loop has not resumed the removal.
    await removing
    assert spool.waiting == len(await spool.first(2)) == 1


async def test_what_another_process_left_is_drained_soon(tmp_path: Path) -> None:
    mine, taker = await opened(tmp_path / "spool"), Taker()
    others = await opened(tmp_path / "spool")
    drain = Drain(mine, {"events": taker.take}, away, look_s=0)
    drain.worker.start()
    await others.put([thing(1)])
    for _ in range(400):
        if taker.stored:
            break
        await asyncio.sleep(0.01)
    await drain.worker.stop()
    assert taker.stored == [1]


async def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "spool"
    file.write_bytes(b"no database " * 400)
    with pytest.raises(ControlSetupError, match="move it away and keep it"):
        await opened(file)
    assert file.read_bytes() == b"no database " * 400
