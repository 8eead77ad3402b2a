"""Live events for listeners: what a dashboard, a terminal or a test watches."""

from framework.events.bus import AgentEvent, EventBus, EventType

__all__ = ["AgentEvent", "EventBus", "EventType"]
