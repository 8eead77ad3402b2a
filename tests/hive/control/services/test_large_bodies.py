"""While a large or malformed body is judged, the process serves others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.control import asking, bearer, clock_of, make_key, register, running_parts
from tests.support.loop_lag import measured_lag
from tests.support.sdk_events import envelope, metric

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hive.control.stores.embedded import Addresses

PATIENCE_S = 60.0
"""How long a busy machine may store what counts."""

Body = tuple[str, int]
"""Events as JSON, and how many of them count."""


def logs(now: datetime, values: str) -> str:
    """Return ten log events that hold ``values`` in a list."""
    event = json.dumps(envelope("log", now, data={"message": "MESSAGE", "fields": {"a": []}}))
    held = event.replace("[]", f"[{values}]")
    return ",".join(held.replace("MESSAGE", f"\\u0041{number}") for number in range(10))


def wrong_tool_calls(now: datetime) -> Body:
    return json.dumps(metric(now, tool_calls_captured=[{"name": 5}] * 60_000)), 0


def small_wrong_tool_calls(now: datetime) -> Body:
    return json.dumps(metric(now, tool_calls_captured=[{"name": 5}] * 4000)), 0


def ones_before_no_number(now: datetime) -> Body:
    return logs(now, "1," * 480_000 + "NaN"), 0


def millions_of_no_number(now: datetime) -> Body:
    del now
    return f"[{','.join(['NaN'] * 2_500_000)}]", 0


def millions_of_lists_before_no_number(now: datetime) -> Body:
    del now
    return f"[{','.join(['[]'] * 3_000_000)},NaN]", 0


def brackets(now: datetime) -> Body:
    del now
    return "[" * 5_000_000 + "]" * 5_000_000, 0


def millions_of_lists_before_a_depth(now: datetime) -> Body:
    del now
    return f"[{','.join(['[]'] * 3_000_000)},{'[' * 2000}{']' * 2000}]", 0


def long_integers(now: datetime) -> Body:
    del now
    return f"[{','.join(['9' * 300] * 33_000)}]", 0


def empty_lists(now: datetime) -> Body:
    return logs(now, ",".join(["[]"] * 300_000)), 10


def many_captured(now: datetime) -> Body:
    calls, messages = [{"name": "x"}] * 25_000, [{"role": "u", "content": "x"}] * 20_000
    events = [
        metric(now, tool_calls_captured=calls, content_capture={"messages": messages}) for _ in range(4)
    ]
    return ",".join(map(json.dumps, events)), 4


@pytest.mark.parametrize(
    (
        "body",
        "longest_s",
    ),  # About three times what it takes at rest, and less than half of what each fault took.
    [
        (wrong_tool_calls, 0.75),
        (small_wrong_tool_calls, 0.75),
        (ones_before_no_number, 0.75),
        (millions_of_no_number, 2.0),
        (millions_of_lists_before_no_number, 0.75),
        (brackets, 0.75),
        (millions_of_lists_before_a_depth, 0.75),
        (long_integers, 0.75),
        (empty_lists, 0.75),
        (many_captured, 2.0),
    ],
)
async def test_others_are_served_meanwhile(
    control_database: Addresses, body: Callable[[datetime], Body], longest_s: float
) -> None:
    running = running_parts(control_database.app, patience_s=PATIENCE_S)
    async with running as parts, asking(parts) as client:
        key = (await make_key(client, await register(client)))["key"]
        events, counting = body(clock_of(parts).now())
        content = f'{{"events":[{events}]}}'.encode()
        async with measured_lag() as lag:
            answer = await client.post("/v1/control/events", headers=bearer(key), content=content)
        assert answer.status_code == 200
        assert answer.json()["processed"] == counting
        assert lag.longest_s < longest_s, lag.longest_s
