"""Everything that crosses the wire between runs, the control plane and people; versioned, without I/O.

Events of SDKs are read tolerantly: what no rule knows is kept. What people
send is read strictly: what no rule knows is reported.
"""

from hive.protocol.budget import BudgetAnswer, BudgetQuestion
from hive.protocol.content import CapturedContent, ContentCapture, ContentItem, ContentRef, ToolCallCapture
from hive.protocol.events import (
    CommEvent,
    ControlEvent,
    DecisionEvent,
    ErrorEvent,
    Event,
    EventType,
    HeartbeatEvent,
    LogEvent,
    MetricEvent,
    TraceEvent,
)
from hive.protocol.ingest import (
    ContentBatch,
    EventBatch,
    IngestAnswer,
    MeterBatch,
    RejectedEvent,
    StoredAnswer,
)
from hive.protocol.metric import MetricData
from hive.protocol.policy import BudgetPolicy, PolicyDocument
from hive.protocol.reading import RefusedEvent, read_event
from hive.protocol.version import PROTOCOL_VERSION

__all__ = [
    "PROTOCOL_VERSION",
    "Event",
    "EventType",
    "MetricEvent",
    "MetricData",
    "TraceEvent",
    "DecisionEvent",
    "LogEvent",
    "CommEvent",
    "ControlEvent",
    "HeartbeatEvent",
    "ErrorEvent",
    "RefusedEvent",
    "read_event",
    "EventBatch",
    "MeterBatch",
    "ContentBatch",
    "IngestAnswer",
    "RejectedEvent",
    "StoredAnswer",
    "CapturedContent",
    "ContentCapture",
    "ContentItem",
    "ContentRef",
    "ToolCallCapture",
    "PolicyDocument",
    "BudgetPolicy",
    "BudgetQuestion",
    "BudgetAnswer",
]
