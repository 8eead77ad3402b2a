"""Bounded queues: a slow listener loses token deltas first and is told how many; nobody else notices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from framework.errors import SettingsError
from framework.events import AgentEvent, EventBus, EventType
from framework.events.queue import EventQueue

if TYPE_CHECKING:
    from collections.abc import Iterable

DELTA = EventType.LLM_TEXT_DELTA
NODE = EventType.NODE_STARTED


def event(kind: EventType = NODE, number: int = 0, run_id: str = "r") -> AgentEvent:
    return AgentEvent(type=kind, run_id=run_id, node_id=f"n{number}")


def filled(max_queue: int, kinds: Iterable[EventType]) -> EventQueue:
    queue = EventQueue(max_queue)
    for number, kind in enumerate(kinds):
        queue.put(event(kind, number))
    return queue


def taken(queue: EventQueue) -> list[str]:
    found: list[str] = []
    while (item := queue.take()) is not None:
        is_gap = item.type is EventType.EVENTS_DROPPED
        found.append(f"gap {item.data['dropped']}" if is_gap else item.node_id)
    return found


def test_what_fits_comes_out_in_order() -> None:
    assert taken(filled(4, [NODE, DELTA, NODE, DELTA])) == ["n0", "n1", "n2", "n3"]


def test_the_oldest_delta_goes_first_and_the_gap_is_told() -> None:
    assert taken(filled(3, [NODE, DELTA, DELTA, NODE])) == ["gap 1", "n0", "n2", "n3"]


def test_a_delta_that_finds_no_room_among_other_events_is_itself_dropped() -> None:
    assert taken(filled(2, [NODE, NODE, DELTA])) == ["gap 1", "n0", "n1"]


def test_without_deltas_the_oldest_event_goes() -> None:
    assert taken(filled(2, [NODE] * 5)) == ["gap 3", "n3", "n4"]


def test_a_flood_never_holds_more_than_its_bound() -> None:
    queue = filled(10, [DELTA if number % 7 else NODE for number in range(5000)])
    assert len(queue) == 10
    assert taken(queue)[0] == "gap 4990"


def test_a_gap_is_told_once() -> None:
    queue = filled(1, [NODE, NODE])
    assert taken(queue) == ["gap 1", "n1"]
    queue.put(event(NODE, 2))
    assert taken(queue) == ["n2"]


def test_a_queue_without_room_is_refused() -> None:
    with pytest.raises(SettingsError, match="max_queue"):
        EventQueue(0)


async def test_a_stream_gives_the_events_of_its_run_and_types_only() -> None:
    bus = EventBus()
    async with bus.stream([NODE], run_id="mine") as stream:
        bus.publish(event(NODE, 1, run_id="other"))
        bus.publish(event(DELTA, 2, run_id="mine"))
        bus.publish(event(NODE, 3, run_id="mine"))
        assert (await anext(stream)).node_id == "n3"
    assert not bus.is_heard()


async def test_a_stream_waits_for_what_comes() -> None:
    bus = EventBus()
    async with bus.stream() as stream:
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        assert not waiting.done()
        bus.publish(event(NODE, 7))
        assert (await waiting).node_id == "n7"


async def test_a_closed_stream_gives_what_it_holds_and_ends() -> None:
    bus = EventBus()
    stream = bus.stream()
    bus.publish(event(NODE, 1))
    stream.close()
    bus.publish(event(NODE, 2))
    assert [each.node_id async for each in stream] == ["n1"]


async def test_an_async_handler_hears_what_existing_packages_ask_for() -> None:
    bus, heard = EventBus(), list[str]()

    async def handler(each: AgentEvent) -> None:
        await asyncio.sleep(0)
        heard.append(each.node_id)

    number = bus.subscribe(event_types=[NODE], handler=handler)
    for index, kind in enumerate([NODE, DELTA, NODE]):
        bus.publish(event(kind, index))
    await bus.drain()
    assert heard == ["n0", "n2"]
    assert bus.unsubscribe(number)
    assert not bus.unsubscribe(number)


async def test_a_handler_that_hangs_or_raises_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard, gate = EventBus(), list[str](), asyncio.Event()

    async def hangs(_: AgentEvent) -> None:
        await gate.wait()

    async def raises(each: AgentEvent) -> None:
        raise ValueError(each.node_id)

    number = bus.subscribe(hangs, max_queue=5)
    bus.subscribe(raises)
    bus.subscribe(lambda each: heard.append(each.node_id))
    for index in range(100):
        bus.publish(event(NODE, index))
        await asyncio.sleep(0)
    assert len(heard) == 100
    assert "listener_failed" in caplog.text
    bus.unsubscribe(number)
    await asyncio.sleep(0)
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "event-listener"] == []
