"""Whoever follows a stream gets every event once and in order, or an explicit gap of the right size."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from framework.clock import SystemClock
from hive.control.domain.live import Batch, Gap
from hive.control.services.live_rooms import Follower, Pace, Reader, Room
from tests.support.live import CHANNEL, StreamInMemory, check_whole, numbers, taken

if TYPE_CHECKING:
    from hive.control.domain.live import Entry

PACE = Pace(most_events=5, most_behind=20, most_entries=3, message_s=0.0, idle_s=0.01)


class Fellow:
    """A follower that asks now and then; perhaps one whose sink takes what it can at once."""

    def __init__(self, follower: Follower, dice: random.Random | None = None) -> None:
        self.follower = follower
        self.dice = dice
        if dice is not None:
            follower.sink = self.took
        self.start = follower.cursor
        self.got: list[Entry] = []
        self.asked: asyncio.Task[Entry] | None = None

    async def ask(self) -> bool:
        """Take an entry if there is one; an unanswered question stays, or is withdrawn and asked anew."""
        self.asked = self.asked or asyncio.create_task(self.follower.next())
        for _ in range(8):
            await asyncio.sleep(0)
        if not self.asked.done():
            return False
        self.got.append(self.asked.result())
        self.asked = None
        return True

    def took(self, entry: Entry) -> bool:
        assert self.dice is not None
        if self.dice.random() < 0.3:
            return False
        self.got.append(entry)
        return True

    async def withdraw(self) -> None:
        if self.asked is not None and not self.asked.done():
            self.asked.cancel()
            await asyncio.wait([self.asked])
            self.asked = None


class Play:
    """A room with followers of all sorts, moved at random."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.source = StreamInMemory()
        self.source.store(self.dice.randint(0, 30))
        self.clock = SystemClock()
        self.room = Room(CHANNEL, len(self.source.events), self.source, self.clock, PACE)
        self.reader = Reader(self.source, self.clock, PACE)
        self.fellows: list[Fellow] = []

    async def step(self) -> None:
        match self.dice.choice(["store", "store", "read", "read", "come", "ask", "ask", "withdraw", "sweep"]):
            case "store":
                self.source.store(self.dice.choice([1, 2, 3, 10, 40]))
            case "read":
                await self.room.advance()
            case "come":
                since = self.dice.choice([self.room.ring.head, self.dice.randint(0, self.room.ring.head)])
                sink = self.dice.choice([None, self.dice])
                self.fellows.append(Fellow(Follower(self.room, self.reader, since), sink))
            case "ask" if self.fellows:
                await self.dice.choice(self.fellows).ask()
            case "withdraw" if self.fellows:
                await self.dice.choice(self.fellows).withdraw()
            case "sweep" if self.source.events:  # The newest is never swept.
                self.source.swept = self.dice.randint(self.source.swept, len(self.source.events) - 1)
            case _:
                return

    async def end(self) -> None:
        while await self.room.advance():
            pass
        for fellow in self.fellows:
            while await fellow.ask():
                pass
            await fellow.withdraw()


@settings(max_examples=300)
@given(seed=st.integers(0, 2**32))
def test_nobody_misses_or_doubles_an_event_unsaid(seed: int) -> None:
    async def play() -> None:
        game = Play(seed)
        for _ in range(game.dice.randint(5, 60)):
            await game.step()
        await game.end()
        for fellow in game.fellows:
            assert check_whole(fellow.got, fellow.start) == game.room.ring.head
        assert game.room.ring.head == len(game.source.events)

    asyncio.run(play())


async def test_all_who_follow_get_the_same_object() -> None:
    source, clock = StreamInMemory(), SystemClock()
    room, reader = Room(CHANNEL, 0, source, clock, PACE), Reader(source, clock, PACE)
    followers = [Follower(room, reader, 0) for _ in range(50)]
    waiting = [asyncio.create_task(follower.next()) for follower in followers]
    await asyncio.sleep(0)
    source.store(3)
    await room.advance()
    got = await asyncio.gather(*waiting)
    assert len({id(entry) for entry in got}) == 1
    assert source.pages == 1


async def test_a_sink_takes_at_once_what_comes_and_leaves_what_it_cannot() -> None:
    source, clock = StreamInMemory(), SystemClock()
    room, reader = Room(CHANNEL, 0, source, clock, PACE), Reader(source, clock, PACE)
    took: list[Entry] = []
    follower = Follower(room, reader, 0)
    follower.sink = lambda entry: len(took) < 2 and not took.append(entry)
    waiting = asyncio.create_task(follower.next())
    await asyncio.sleep(0)
    for _ in range(3):
        source.store(1)
        await room.advance()
    assert [numbers(entry) for entry in took] == [[1], [2]]
    assert numbers(await waiting) == [3]


async def test_who_is_too_slow_gets_one_gap_and_goes_on_with_what_is_new() -> None:
    source, clock = StreamInMemory(), SystemClock()
    room, reader = Room(CHANNEL, 0, source, clock, PACE), Reader(source, clock, PACE)
    slow = Fellow(Follower(room, reader, 0))
    assert not await slow.ask()
    for _ in range(10):
        source.store(2)
        await room.advance()
    assert await slow.ask()
    assert await slow.ask()
    assert not await slow.ask()
    first, missed = slow.got
    assert numbers(first) == [1, 2]
    assert isinstance(missed, Gap)
    assert (missed.before, missed.upto, missed.count) == (2, 20, 18)
    source.store(1)
    await room.advance()
    await slow.ask()
    assert numbers(slow.got[-1]) == [21]


async def test_a_stream_faster_than_a_room_reads_is_a_gap_for_all_that_says_so() -> None:
    source, clock = StreamInMemory(), SystemClock()
    room, reader = Room(CHANNEL, 0, source, clock, PACE), Reader(source, clock, PACE)
    follower = Follower(room, reader, 0)
    source.store(1000)
    await room.advance()
    missed, rest = await taken(follower, 2)
    assert isinstance(missed, Gap)
    assert (missed.count, numbers(rest)) == (995, [996, 997, 998, 999, 1000])
    assert isinstance(rest, Batch)
    assert rest.dropped == 995


async def test_messages_are_at_least_the_pace_apart_and_lose_nothing() -> None:
    source = StreamInMemory()
    pace = Pace(message_s=0.05, idle_s=0.02)
    room = Room(CHANNEL, 0, source, SystemClock(), pace)
    follower = Follower(room, Reader(source, SystemClock(), pace), 0)
    room.worker.start()

    async def store() -> None:
        for _ in range(100):
            source.store(1)
            room.worker.wake()
            await asyncio.sleep(0.003)

    storing = asyncio.create_task(store())
    loop, times, got = asyncio.get_running_loop(), [], []
    while not got or got[-1].upto < 100:
        got += await taken(follower)
        times.append(loop.time())
    await storing
    await room.worker.stop()
    assert check_whole(got, 0) == 100
    assert len(got) <= (times[-1] - times[0]) / 0.05 + 2
    assert not [entry for entry in got if isinstance(entry, Gap)]


async def test_while_the_database_is_away_a_stream_waits_and_then_goes_on() -> None:
    source = StreamInMemory()
    source.store(3)
    room = Room(CHANNEL, 3, source, SystemClock(), PACE)
    reader = Reader(source, SystemClock(), PACE)
    room.worker.start()
    live, behind = Fellow(Follower(room, reader, 3)), Fellow(Follower(room, reader, 0))
    source.is_away = True
    source.store(2)
    await asyncio.sleep(0.05)
    assert not await live.ask()
    assert not await behind.ask()
    source.is_away = False
    async with asyncio.timeout(5):
        for fellow in (live, behind):
            while not fellow.got or fellow.got[-1].upto < 5:
                await fellow.ask()
                await asyncio.sleep(0.005)
    await room.worker.stop()
    assert check_whole(live.got, 3) == check_whole(behind.got, 0) == 5
