"""From an event to the row that keeps it. Pure."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from hive.control.domain.live import STREAM_OF
from hive.protocol import (
    CommEvent,
    ContentRef,
    ControlEvent,
    DecisionEvent,
    ErrorEvent,
    Event,
    HeartbeatEvent,
    LogEvent,
    MetricData,
    MetricEvent,
    TraceEvent,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from hive.control.domain.ids import TeamId
    from hive.control.domain.judging import Judged
    from hive.control.domain.live import Stream
    from hive.control.domain.prices import PriceTable

HEARTBEAT = "heartbeat"
"""The kind of trace event that a heartbeat is kept as."""

_FIRST_ERROR_STATUS = 400


class Table(StrEnum):
    """Where events of a kind lie."""

    METRIC = "metric"
    TRACE = "trace"
    DECISION = "decision"
    LOG = "log"
    COMM = "comm"
    CONTROL = "control"


Key = tuple[Table, "UUID"]
"""What tells an event of a team from all others: senders may use one id in two tables."""


class Row(NamedTuple):
    """An event as its table takes it; ``values`` come in the order of the table's columns.

    Ids and times are texts already: the database reads them as quickly, and the
    way there is shorter.
    """

    table: Table
    stream: Stream
    event_id: UUID
    timestamp: datetime
    received_at: datetime
    values: tuple[object, ...]

    @property
    def key(self) -> Key:
        """What makes it one: each table keeps an id once."""
        return self.table, self.event_id


def rows_of(
    team_id: TeamId, received_at: datetime, events: Iterable[Judged], prices: PriceTable
) -> Iterator[Row]:
    """Give the rows of events of a team that came together."""
    team, came = str(team_id), received_at.isoformat()
    for judged in events:
        event = judged.event
        table, own = _own_values(event, prices)
        shared = (team, event.timestamp.isoformat(), str(judged.event_id), came, event.sdk_instance_id)
        values = (*shared, *own, judged.body)
        stream = STREAM_OF[event.event_type]
        yield Row(table, stream, judged.event_id, event.timestamp, received_at, values)


def cost_of(data: MetricData, prices: PriceTable) -> tuple[Decimal, str]:
    """Return what a call cost and who says so: whoever made it, the price list, or nobody."""
    for said in (data.total_cost, data.cost_usd):
        if said is not None and (data.currency or "USD").upper() == "USD":
            return said, "reported"
    price = prices.find(data.provider, data.model)
    if price is None:
        return Decimal(0), "unknown"
    return price.cost(data.input_tokens, data.output_tokens, data.cached_tokens or 0), "priced"


def _own_values(event: Event, prices: PriceTable) -> tuple[Table, tuple[object, ...]]:
    match event:
        case MetricEvent():
            table, values = Table.METRIC, _metric_values(event, prices)
        case TraceEvent(data=data) | DecisionEvent(data=data):
            table = Table.TRACE if isinstance(event, TraceEvent) else Table.DECISION
            values = (*_place(event, data), data.trace_id, data.span_id, data.kind)
        case LogEvent(data=data):
            table, values = Table.LOG, (*_place(event, data), data.trace_id, data.level, data.message)
        case CommEvent(data=data):
            told = (data.thread_id, data.from_agent, data.to_agent, data.message_type)
            table, values = Table.COMM, (data.run_id, data.span_id, *told, _digest(data.content))
        case ControlEvent():
            told = (event.trace_id, event.span_id, event.provider, event.action, event.budget_id)
            table, values = Table.CONTROL, (event.agent_name, None, *told)
        case HeartbeatEvent():
            table, values = Table.TRACE, (event.agent_name, None, None, None, None, HEARTBEAT)
        case ErrorEvent():
            facts = (event.trace_id, "error", event.message)
            table, values = Table.LOG, (event.agent_name, None, None, *facts)
        case _:
            assert_never(event)
    return table, values


def _digest(content: object) -> bytes | None:
    return bytes.fromhex(content.content_hash) if isinstance(content, ContentRef) else None


def _place(event: TraceEvent | DecisionEvent | LogEvent, data: Any) -> tuple[object, ...]:
    return event.agent_name, data.run_id, data.node_id


def _metric_values(event: MetricEvent, prices: PriceTable) -> tuple[object, ...]:
    data = event.data
    metadata = data.metadata or {}
    total = data.input_tokens + data.output_tokens if data.total_tokens is None else data.total_tokens
    cost, source = cost_of(data, prices)
    return (
        agent_of(event),
        data.run_id or _word(metadata, "run_id"),
        data.node_id or _word(metadata, "node_id"),
        data.trace_id,
        data.span_id,
        data.provider,
        data.model,
        _status(data),
        data.latency_ms,
        data.input_tokens,
        data.output_tokens,
        data.cached_tokens or 0,
        data.reasoning_tokens or 0,
        total,
        cost,
        source,
    )


def agent_of(event: MetricEvent) -> str:
    """Return the agent that a call is summed up under, empty where nothing names one."""
    stack = event.data.agent_stack or []
    # What an SDK puts into the data may be a guess from the call stack; the envelope says what it was told.
    named = event.agent_name or event.data.agent_name or (stack[-1][:256] if stack else None)
    return named or _word(event.data.metadata or {}, "agent") or ""


def _status(data: MetricData) -> str:
    failed = data.error is not None or (data.status_code or 0) >= _FIRST_ERROR_STATUS
    return "error" if failed else "success"


def _word(metadata: Mapping[str, Any], name: str) -> str | None:
    value = metadata.get(name)
    return value[:256] if isinstance(value, str) and value else None
