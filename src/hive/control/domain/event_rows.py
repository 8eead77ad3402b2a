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

    from hive.control.domain.ids import EventId, TeamId
    from hive.control.domain.judging import Judged
    from hive.control.domain.live import Stream
    from hive.control.domain.prices import PricesAt, PriceTable

HEARTBEAT = "heartbeat"
"""The kind of trace event that a heartbeat is kept as."""

_FIRST_ERROR_STATUS = 400
_SMALLEST = Decimal("1e-10")
"""US dollars: the digits that the database keeps of a cost; some exponents it cannot even read."""


class Table(StrEnum):
    """Where events of a kind lie."""

    METRIC = "metric"
    TRACE = "trace"
    DECISION = "decision"
    LOG = "log"
    COMM = "comm"
    CONTROL = "control"


Key = tuple[Table, "EventId"]
"""What tells an event of a team from all others: senders may use one id in two tables."""


class Row(NamedTuple):
    """An event as its table takes it; ``values`` come in the order of the table's columns.

    Ids and times are texts already: the database reads them as quickly, and the
    way there is shorter. Both times are in UTC.
    """

    table: Table
    stream: Stream
    event_id: EventId
    timestamp: datetime
    received_at: datetime
    values: tuple[object, ...]

    @property
    def key(self) -> Key:
        """What makes it one: each table keeps an id once."""
        return self.table, self.event_id


def rows_of(
    team_id: TeamId, received_at: datetime, events: Iterable[Judged], prices_at: PricesAt
) -> Iterator[Row]:
    """Give the rows of events of a team that came together, each at the prices of its own time."""
    team, came = str(team_id), received_at.isoformat()
    for event, event_id, moment, body in events:
        table, own = _own_values(event, moment, prices_at)
        values = (team, moment.isoformat(), event_id, came, event.sdk_instance_id, *own, body)
        yield Row(table, STREAM_OF[event.event_type], event_id, moment, received_at, values)


def cost_of(data: MetricData, prices: PriceTable) -> tuple[Decimal, str]:
    """Return what a call cost and who says so: whoever made it, the price list, or nobody."""
    said = _said_cost(data) if tells_cost(data) and is_in_usd(data) else None
    if said is not None:
        return said.quantize(_SMALLEST), "reported"
    price = prices.find(data.provider, data.model)
    if price is None:
        return Decimal(0), "unknown"
    return price.cost(data.input_tokens, data.output_tokens, data.cached_tokens or 0), "priced"


def tells_cost(data: MetricData) -> bool:
    """Whether a sender tells any cost of a call."""
    return not (
        data.total_cost is None
        and data.cost_usd is None
        and data.input_cost is None
        and data.output_cost is None
    )


def is_in_usd(data: MetricData) -> bool:
    """Whether the costs that a sender tells are in US dollars, as they are where it does not say."""
    return (data.currency or "USD").upper() == "USD"


def _said_cost(data: MetricData) -> Decimal | None:
    """Return what whoever made the call says it cost; costs of its two halves count where none is missing."""
    for whole in (data.total_cost, data.cost_usd):
        if whole is not None:
            return whole
    halves = ((data.input_cost, data.input_tokens), (data.output_cost, data.output_tokens))
    costs = [cost for cost, tokens in halves if cost is not None or tokens > 0]
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(costs) else None


def _own_values(event: Event, moment: datetime, prices_at: PricesAt) -> tuple[Table, tuple[object, ...]]:
    match event:
        case MetricEvent():
            table, values = Table.METRIC, _metric_values(event, prices_at(moment))
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
    # Some models count more than these two; fewer than they are no call has.
    total = max(data.total_tokens or 0, data.input_tokens + data.output_tokens)
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
