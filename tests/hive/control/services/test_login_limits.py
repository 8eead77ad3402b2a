"""Guessing is bounded for each account, whatever the number of addresses; pauses grow slowly and end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from fakeredis import FakeAsyncRedis, FakeServer

from hive.control.services.limits import Limits
from hive.control.services.login_limits import FREE, LONGEST_PAUSE_S, LoginLimits, pause_s
from hive.errors import TooManyRequestsError

EMAIL = "ada@example.org"


def limits_on(server: FakeServer) -> tuple[FakeAsyncRedis, LoginLimits]:
    hot = FakeAsyncRedis(server=server)
    return hot, LoginLimits(hot, Limits(hot))


def test_all_addresses_together_guess_less_than_2000_times_a_day() -> None:
    guesses, passed_s = 0, 0
    while passed_s < 24 * 60 * 60:
        guesses += 1
        passed_s += pause_s(guesses)
    assert 1000 < guesses < 2000


def test_pauses_grow_slowly_up_to_a_minute() -> None:
    pauses = [pause_s(guesses) for guesses in range(2000)]
    assert pauses[: FREE + 2] == [0] * (FREE + 1) + [1]
    assert all(0 <= later - earlier <= 1 for earlier, later in pairwise(pauses))
    assert max(pauses) == pauses[-1] == LONGEST_PAUSE_S


async def test_a_refused_guess_is_not_counted_and_the_pause_ends() -> None:
    server = FakeServer()
    hot, limits = limits_on(server)
    for number in range(FREE + 1):
        await limits.take(EMAIL, str(number))
    for number in range(20):
        with pytest.raises(TooManyRequestsError) as caught:
            await limits.take(EMAIL, f"again {number}")
        assert caught.value.retry_after_s == 1
    (gate,) = await hot.keys("*login-pause*")
    await hot.delete(gate)
    await limits.take(EMAIL, "once more")


async def test_processes_count_the_guesses_of_all_together() -> None:
    server = FakeServer()
    both = [limits_on(server)[1] for _ in range(2)]
    for number in range(FREE + 1):
        await both[number % 2].take(EMAIL, str(number))
    with pytest.raises(TooManyRequestsError):
        await both[1].take(EMAIL, "another")


async def test_an_account_is_found_by_neither_address() -> None:
    hot, limits = limits_on(FakeServer())
    await limits.take(EMAIL, "192.0.2.7")
    await limits.signed_in(EMAIL, "192.0.2.7")
    kept = b" ".join(await hot.keys())
    assert b"ada" not in kept
    assert b"192.0.2.7" not in kept


async def test_without_redis_people_still_get_in(caplog: pytest.LogCaptureFixture) -> None:
    server = FakeServer()
    _, limits = limits_on(server)
    server.connected = False
    with caplog.at_level("WARNING", "hive.control"):
        await limits.take(EMAIL, "192.0.2.7")
        await limits.signed_in(EMAIL, "192.0.2.7")
    assert {record.message for record in caplog.records} == {"limit_not_counted"}
