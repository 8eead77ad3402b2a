"""Live events of running agents, and the bus that carries them."""

from framework.events.bus import AgentEvent, EventBus, EventType

__all__ = ["AgentEvent", "EventBus", "EventType"]
