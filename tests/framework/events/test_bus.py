"""The bus hands events to whoever listens, in order, at once."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from framework.events import AgentEvent, EventBus, EventType

if TYPE_CHECKING:
    import pytest


_place: ContextVar[str] = ContextVar("place", default="where it was subscribed")


def event(kind: EventType = EventType.NODE_STARTED) -> AgentEvent:
    return AgentEvent(type=kind, run_id="r")


def test_a_subscriber_hears_everything_in_order() -> None:
    bus, heard = EventBus(), list[AgentEvent]()
    bus.subscribe(heard.append)
    sent = [event(), event(EventType.NODE_COMPLETED), event()]
    for each in sent:
        bus.publish(each)
    assert heard == sent


def test_a_subscriber_may_want_some_types_only() -> None:
    bus, heard = EventBus(), list[AgentEvent]()
    bus.subscribe(heard.append, [EventType.NODE_COMPLETED, EventType.NODE_FAILED])
    for kind in EventType:
        bus.publish(event(kind))
    assert [each.type for each in heard] == [EventType.NODE_COMPLETED, EventType.NODE_FAILED]


def test_a_subscriber_that_left_hears_nothing() -> None:
    bus, heard = EventBus(), list[AgentEvent]()
    number = bus.subscribe(heard.append)
    bus.unsubscribe(number)
    bus.unsubscribe(number)
    bus.publish(event())
    assert heard == []


def test_the_bus_knows_whether_anyone_listens() -> None:
    bus = EventBus()
    assert not bus.is_heard()
    number = bus.subscribe(lambda _: None)
    assert bus.is_heard()
    bus.unsubscribe(number)
    assert not bus.is_heard()


def test_a_subscriber_that_raises_is_logged_and_the_others_hear(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = EventBus(), list[AgentEvent]()

    def broken(_: AgentEvent) -> None:
        raise ValueError("deaf")

    bus.subscribe(broken)
    bus.subscribe(heard.append)
    bus.publish(event())
    assert len(heard) == 1
    assert "listener_failed" in caplog.text


def test_subscribers_may_come_and_go_while_an_event_is_handed_out() -> None:
    bus, heard = EventBus(), list[str]()

    def leaves(_: AgentEvent) -> None:
        heard.append("first")
        bus.unsubscribe(number)
        bus.subscribe(lambda _: heard.append("new"))

    number = bus.subscribe(leaves)
    bus.publish(event())
    assert heard == ["first"]
    bus.publish(event())
    assert heard == ["first", "new"]


async def test_a_coroutine_hears_in_the_context_in_which_it_was_subscribed() -> None:
    bus, heard = EventBus(), list[str]()

    async def listener(_: AgentEvent) -> None:
        heard.append(_place.get())

    bus.subscribe(listener)
    token = _place.set("where the event was published")
    bus.publish(event())
    _place.reset(token)
    await bus.drain()
    assert heard == ["where it was subscribed"]
