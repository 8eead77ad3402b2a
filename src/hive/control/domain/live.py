"""What live streams carry: batches of events and gaps, each between two positions. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from hive.errors import RefusedInputError
from hive.protocol import EventType

if TYPE_CHECKING:
    from hive.control.domain.ids import TeamId

_LONGEST_CURSOR = 18


class Stream(StrEnum):
    """What a person can follow of a team."""

    LLM_EVENTS = "llm-events"
    LOGS = "logs"
    TRACES = "traces"
    DECISIONS = "decisions"
    MESSAGES = "messages"
    CONTROLS = "controls"
    HEARTBEATS = "heartbeats"


STREAM_OF: Mapping[EventType, Stream] = {
    EventType.METRIC: Stream.LLM_EVENTS,
    EventType.LOG: Stream.LOGS,
    EventType.ERROR: Stream.LOGS,
    EventType.TRACE: Stream.TRACES,
    EventType.DECISION: Stream.DECISIONS,
    EventType.COMM: Stream.MESSAGES,
    EventType.CONTROL: Stream.CONTROLS,
    EventType.HEARTBEAT: Stream.HEARTBEATS,
}
"""The stream in which events of a type come."""

GAUGES: Mapping[Stream, str] = {Stream.HEARTBEATS: "sdk_instance_id"}
"""The streams of which only the newest event counts, and by what its events are told apart."""


class Channel(NamedTuple):
    """A stream of a team: who follows the same one shares a room."""

    team_id: TeamId
    stream: Stream


class Shown(NamedTuple):
    """An event as a stream shows it; None where it was deleted meanwhile."""

    position: int
    event: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is stored after a position, in order.

    Attributes:
        newest: the position of the newest event there is.
    """

    events: Sequence[Shown]
    newest: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """What a follower gets next: it was at ``before``, and is at ``upto`` afterwards."""

    channel: Channel
    before: int
    upto: int

    @cached_property
    def text(self) -> str:
        """The message, as JSON: encoded once, however many follow, and with times as pages write them."""
        return orjson.dumps(self.message(), option=orjson.OPT_UTC_Z).decode()

    @cached_property
    def server_sent(self) -> bytes:
        """The message as a server-sent event, whose id is the cursor."""
        return f"id: {self.upto}\nevent: {self.kind}\ndata: {self.text}\n\n".encode()

    @property
    def kind(self) -> str:
        """The type of the message."""
        raise NotImplementedError

    def message(self) -> dict[str, Any]:
        """Return the message as JSON takes it."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch(Entry):
    """Events.

    Attributes:
        window: the time in which they came together.
        is_full: whether more are there already.
        dropped: events that nobody got, since the batch before.
    """

    events: Sequence[dict[str, Any]]
    window: tuple[datetime, datetime]
    is_full: bool = False
    dropped: int = 0

    @property
    def kind(self) -> str:
        """The type of the message."""
        return f"{self.channel.stream}-batch"

    def message(self) -> dict[str, Any]:
        """Return the message as JSON takes it, in the shape that dashboards know."""
        return {
            "type": self.kind,
            "teamId": self.channel.team_id,
            "cursor": str(self.upto),
            "events": self.events,
            "meta": {
                "batchSize": len(self.events),
                "droppedCount": self.dropped,
                "windowStart": self.window[0],
                "windowEnd": self.window[1],
                "flushReason": 2 if self.is_full else 1,
            },
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Gap(Entry):
    """Events that this follower does not get; they can still be asked for, unless they are gone.

    Attributes:
        count: how many; None where the cursor is none of this stream.
    """

    count: int | None

    @property
    def kind(self) -> str:
        """The type of the message."""
        return "gap"

    def message(self) -> dict[str, Any]:
        """Return the message as JSON takes it."""
        return {
            "type": self.kind,
            "stream": self.channel.stream,
            "teamId": self.channel.team_id,
            "from": str(self.before),
            "to": str(self.upto),
            "cursor": str(self.upto),
            "count": self.count,
        }


def gap(channel: Channel, before: int, upto: int) -> Gap:
    """Return the gap between two positions."""
    return Gap(channel=channel, before=before, upto=upto, count=upto - before if upto > before else None)


def entries(channel: Channel, before: int, page: Page, window: tuple[datetime, datetime]) -> list[Entry]:
    """Return what comes after ``before``: a gap where events are missing, then a batch."""
    if not page.events:
        return []
    first, last = page.events[0].position, page.events[-1].position
    found: list[Entry] = [] if first == before + 1 else [gap(channel, before, first - 1)]
    events = [each.event for each in page.events if each.event is not None]
    key = GAUGES.get(channel.stream)
    batch = Batch(
        channel=channel,
        before=first - 1,
        upto=last,
        events=events if key is None else newest_by(key, events),
        window=window,
        is_full=last < page.newest,
        dropped=first - 1 - before,
    )
    return [*found, batch]


def newest_by(key: str, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return of each value of ``key`` the last event, in the order in which those came."""
    last = {event[key]: place for place, event in enumerate(events)}
    return [events[place] for place in sorted(last.values())]


def read_cursor(text: str) -> int:
    """Return the position that a cursor names.

    Raises:
        RefusedInputError: if it is none of ours.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_CURSOR):
        raise RefusedInputError("The cursor is none of this server's; leave it out to begin now.")
    return int(text)
