"""Schedules say when to fire next; what cannot be a schedule is refused with what to mend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import SpecError
from framework.runtime.schedule import Interval, read_schedule

START = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)


def after(config: dict[str, Any], now: datetime, start: datetime = START) -> str:
    return read_schedule(config).next_after(start, now).isoformat()


@pytest.mark.parametrize(
    ("config", "minutes", "due"),
    [
        ({"interval_s": 90}, 0, "2026-03-28T12:01:30+00:00"),
        ({"interval_s": 90}, 1.5, "2026-03-28T12:03:00+00:00"),
        ({"interval_minutes": 20}, 19, "2026-03-28T12:20:00+00:00"),
        ({"interval_minutes": 20}, 61, "2026-03-28T13:20:00+00:00"),
        ({"cron": "*/5 * * * *"}, 0, "2026-03-28T12:05:00+00:00"),
        ({"cron": "*/5 * * * *"}, 4.99, "2026-03-28T12:05:00+00:00"),
        ({"cron": "0 9 * * MON"}, 0, "2026-03-30T09:00:00+00:00"),
        ({"cron": "0 9 * * MON", "timezone": "Europe/Vienna"}, 0, "2026-03-30T07:00:00+00:00"),
        ({"cron": "0 12 28 3 *"}, 1, "2027-03-28T12:00:00+00:00"),
    ],
)
def test_the_next_moment_follows(config: dict[str, Any], minutes: float, due: str) -> None:
    assert after(config, START + timedelta(minutes=minutes)) == due


def test_an_hour_that_daylight_saving_leaves_out_fires_once_after_it() -> None:
    config = {"cron": "30 2 29 3 *", "timezone": "Europe/Vienna"}
    assert after(config, START) == "2026-03-29T01:00:00+00:00"


@given(st.floats(0.001, 1e6), st.floats(0, 1e8))
def test_an_interval_is_always_ahead_by_no_more_than_itself(seconds: float, passed: float) -> None:
    now = START + timedelta(seconds=passed)
    ahead = (Interval(seconds=seconds).next_after(START, now) - now).total_seconds()
    assert -1e-5 <= ahead <= seconds + 1e-5


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({}, "has 0 of them"),
        ({"interval_s": 5, "cron": "* * * * *"}, "has 2 of them"),
        ({"interval_s": 0}, "'interval_s' must be 1 second to 10 years, and is 0"),
        ({"interval_s": 1e-7}, "must be 1 second to 10 years"),
        ({"interval_minutes": 1e12}, "'interval_minutes' must be 1 second to 10 years"),
        ({"interval_s": 10**400}, "must be 1 second to 10 years"),
        ({"interval_s": float("nan")}, "must be 1 second to 10 years"),
        ({"interval_s": True}, "must be a number"),
        ({"interval_s": float("inf")}, "must be 1 second to 10 years"),
        ({"interval_minutes": "5"}, "must be a number, and is '5'"),
        ({"interval_s": 5, "input": "x"}, "'input' must be a dict of input keys, and is 'x'"),
        ({"cron": "* * *"}, "does not parse"),
        ({"cron": "61 * * * *"}, "Bad minute"),
        ({"cron": "0 0 30 2 *"}, "2 \\*' "),
        ({"cron": "* * * * *", "timezone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"cron": "* * * * *", "timezone": "../etc"}, "no time zone"),
    ],
)
def test_what_is_no_schedule_is_refused(config: dict[str, Any], told: str) -> None:
    with pytest.raises(SpecError, match=told):
        read_schedule(config)
