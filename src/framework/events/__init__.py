"""Live events for listeners: what a dashboard, a terminal or a test watches."""

from framework.events.bus import AgentEvent, EventBus, EventType
from framework.events.queue import EventStream

__all__ = ["AgentEvent", "EventBus", "EventStream", "EventType"]
