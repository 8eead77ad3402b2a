"""The events a run sends, told apart by ``event_type``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hive.protocol.base import (
    Age,
    Count,
    Id,
    Many,
    Milliseconds,
    Moment,
    Number,
    Percent,
    Text,
    Usd,
    Version,
    Wire,
    Word,
)
from hive.protocol.content import CapturedContent
from hive.protocol.metric import MetricData
from hive.protocol.version import PROTOCOL_VERSION


class EventType(StrEnum):
    """What an event tells."""

    METRIC = "metric"
    TRACE = "trace"
    DECISION = "decision"
    LOG = "log"
    COMM = "comm"
    CONTROL = "control"
    HEARTBEAT = "heartbeat"
    ERROR = "error"


class Envelope(Wire):
    """What every event says besides what it tells.

    Attributes:
        event_id: the same event sent twice says the same; None where an SDK gives none.
        sdk_instance_id: the process that sends.
    """

    timestamp: Moment
    sdk_instance_id: Id
    agent_name: Word = ""
    event_id: UUID | None = None
    protocol_version: Version = PROTOCOL_VERSION


class MetricEvent(Envelope):
    """What a model call took and cost."""

    event_type: Literal[EventType.METRIC]
    data: MetricData


class Placed(Wire):
    """Where in a run something happened."""

    run_id: Word | None = None
    node_id: Word | None = None
    trace_id: Word | None = None
    span_id: Word | None = None
    parent_span_id: Word | None = None


class TraceData(Placed):
    """A step of the path through the graph.

    Attributes:
        kind: the kind of journal event, such as ``node_started`` or ``edge_taken``.
        seq: number of that event in its journal.
    """

    kind: Id
    seq: Count | None = None
    lane: Word | None = None
    from_node: Word | None = None
    to_node: Word | None = None
    status: Word | None = None
    visit: Count | None = None
    duration_ms: Milliseconds | None = None
    detail: Any = None


class TraceEvent(Envelope):
    """A step of the path through the graph."""

    event_type: Literal[EventType.TRACE]
    data: TraceData


class DecisionData(Placed):
    """Why something was done.

    Attributes:
        kind: what was decided, such as ``tool``, ``route``, ``judge`` or ``policy``.
        options: what there was to choose from.
    """

    kind: Id
    chosen: Text | None = None
    options: Many[Text] | None = None
    reasoning: CapturedContent = None
    confidence: Number | None = None
    model: Word | None = None
    tool: Word | None = None
    detail: Any = None


class DecisionEvent(Envelope):
    """Why a model, a tool, a route or a verdict was chosen."""

    event_type: Literal[EventType.DECISION]
    data: DecisionData


class LogData(Placed):
    """A line that was logged or printed."""

    level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    message: Text
    source: Word | None = None
    logger: Word | None = None
    fields: dict[str, Any] | None = None


class LogEvent(Envelope):
    """A line that was logged or printed."""

    event_type: Literal[EventType.LOG]
    data: LogData


class CommData(Placed):
    """A message from one agent to another."""

    thread_id: Id
    from_agent: Id
    to_agent: Id
    message_type: Word = "message"
    content: CapturedContent = None


class CommEvent(Envelope):
    """A message from one agent to another."""

    event_type: Literal[EventType.COMM]
    data: CommData


class ControlEvent(Envelope):
    """What an SDK did because of the policy."""

    event_type: Literal[EventType.CONTROL]
    trace_id: Id
    span_id: Id
    provider: Word
    original_model: Word
    action: Literal["allow", "block", "throttle", "degrade", "alert"]
    reason: Text | None = None
    degraded_to: Word | None = None
    degraded_to_provider: Word | None = None
    throttle_delay_ms: Milliseconds | None = None
    estimated_cost: Usd | None = None
    policy_id: Word | None = None
    budget_id: Word | None = None
    context_id: Word | None = None


class HeartbeatEvent(Envelope):
    """That a process lives, and how it is."""

    event_type: Literal[EventType.HEARTBEAT]
    status: Literal["healthy", "degraded", "reconnecting"]
    requests_since_last: Count
    errors_since_last: Count
    policy_cache_age_seconds: Age
    websocket_connected: bool
    sdk_version: Word
    load_percent: Percent | None = None


class ErrorEvent(Envelope):
    """What went wrong in an SDK."""

    event_type: Literal[EventType.ERROR]
    message: Text
    code: Word | None = None
    stack: Text | None = None
    trace_id: Word | None = None


Event = Annotated[
    MetricEvent
    | TraceEvent
    | DecisionEvent
    | LogEvent
    | CommEvent
    | ControlEvent
    | HeartbeatEvent
    | ErrorEvent,
    Field(discriminator="event_type"),
]
"""Every event there is."""
