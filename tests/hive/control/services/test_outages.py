"""What fails again and again is in the log when that begins, now and then, and when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from redis.exceptions import ConnectionError as RedisGone

from hive.control.services.outages import QUIET_S, REMINDER_S, Outage
from tests.support.control import bearer, make_key, register
from tests.support.control_sockets import heartbeat

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr("hive.control.services.outages.time", made)
    return made


def test_an_outage_is_told_once_then_seldom_then_that_it_is_over(
    time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    outage = Outage("it_failed")
    outage.went_well()
    for _ in range(round(REMINDER_S) + 1):
        outage.failed(reason="why")
        time.now += 1
    time.now += QUIET_S
    outage.went_well()
    outage.went_well()
    told = [(record.message, vars(record)["untold"]) for record in caplog.records]
    assert told == [("it_failed", 0), ("it_failed", round(REMINDER_S) - 1), ("it_failed_over", 0)]
    assert vars(caplog.records[0])["reason"] == "why"


def test_what_fails_now_and_then_is_one_outage(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("it_failed")
    for _ in range(50):
        outage.failed()
        time.now += QUIET_S / 2
        outage.went_well()
    time.now += QUIET_S
    outage.went_well()
    assert [record.message for record in caplog.records] == ["it_failed", "it_failed_over"]


async def test_while_redis_is_away_a_hundred_requests_are_a_line_for_each_part(
    parts: Parts, client: httpx.AsyncClient, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise RedisGone

    key = (await make_key(client, await register(client)))["key"]
    login = {"email": "nobody@example.org", "password": "x"}
    body = {"events": [heartbeat()]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts.hot, "pipeline", away)
        for _ in range(20):
            await client.post("/v1/control/events", json=body, headers=bearer(key))
            await client.post("/v1/auth/login", json=login)
    time.now += QUIET_S
    await client.post("/v1/control/events", json={"events": [heartbeat("i-2")]}, headers=bearer(key))
    await client.post("/v1/auth/login", json=login)
    told = sorted(record.message for record in caplog.records if record.levelname == "WARNING")
    assert told == [
        "limit_not_counted", "limit_not_counted_over", "presence_not_kept", "presence_not_kept_over",
    ]  # fmt: skip
