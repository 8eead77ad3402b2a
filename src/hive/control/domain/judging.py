"""Judging one event that came in: it counts, with an id of its own, or a sentence says why not. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from hive.control.domain.event_rows import agent_of
from hive.control.domain.json_text import write_json
from hive.protocol import Event, MetricEvent, RefusedEvent, read_event

OLDEST = timedelta(days=30)
"""How far back the time of an event may lie."""

NEWEST = timedelta(hours=1)
"""How far ahead of ours the clock of a sender may be."""

LARGEST_EVENT = 1024 * 1024
"""Bytes of one event that are taken."""

_KEPT_OF_REFUSED = 64 * 1024
_DEEPEST = 200
_LONGEST_NAMES = 2000
_ODD = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An event that counts.

    Attributes:
        event_id: the sender's, or one that follows from what the event tells.
        body: the whole event as it came, fields that no rule knows among them, as JSON.
    """

    event: Event
    event_id: UUID
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An event that does not count.

    Attributes:
        raw: what came, or its beginning.
    """

    reason: str
    raw: bytes
    received_at: datetime
    sdk_instance_id: str | None = None


def judge(raw: object, now: datetime) -> Judged | Refused:
    """Return what becomes of ``raw``, which was JSON and came at ``now``."""
    try:
        text = write_json(raw)
    except ValueError:
        return Refused(reason="The event is nested too deeply.", raw=b"", received_at=now)
    reason = _unstorable(raw, text)
    event = RefusedEvent(reason=reason) if reason else read_event(raw)
    if not isinstance(event, RefusedEvent):
        event = _in_bounds(event, now)
    if isinstance(event, RefusedEvent):
        return Refused(
            reason=event.reason, raw=text[:_KEPT_OF_REFUSED], received_at=now, sdk_instance_id=_sender(raw)
        )
    return Judged(event=event, event_id=event.event_id or _derived_id(event, raw), body=text.decode())


def _in_bounds(event: Event, now: datetime) -> Event | RefusedEvent:
    if not -NEWEST <= now - event.timestamp <= OLDEST:
        return RefusedEvent(reason="timestamp: is older than 30 days, or more than an hour to come.")
    if isinstance(event, MetricEvent) and _names_size(event) > _LONGEST_NAMES:
        return RefusedEvent(reason="data: the names of agent, provider and model are too long together.")
    return event


def _unstorable(raw: object, text: bytes) -> str | None:
    """Say why the database cannot keep it, None if it can."""
    if len(text) > LARGEST_EVENT:
        return f"The event is larger than {LARGEST_EVENT} bytes."
    if text.count(b"[") + text.count(b"{") > _DEEPEST and _depth(raw) > _DEEPEST:
        return "The event is nested too deeply."
    if b"\\u" in text and _has_odd_text(raw):
        return "The event holds a NUL or half a character, which the database cannot keep."
    return None


def _depth(raw: object) -> int:
    deepest = 0
    level: list[object] = [raw]
    while level and deepest <= _DEEPEST:
        level = [inner for outer in level for inner in _inner(outer)]
        deepest += 1
    return deepest


def _has_odd_text(raw: object) -> bool:
    waiting: list[object] = [raw]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if _ODD.search(value):
                return True
        else:
            waiting.extend(_inner(value))
    return False


def _inner(value: object) -> list[object]:
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value)
        return [*pairs.keys(), *pairs.values()]
    return cast("list[object]", value) if isinstance(value, list) else []


def _names_size(event: MetricEvent) -> int:
    """Return the bytes of what the hourly sums are kept by; the index over them takes only so many."""
    return len(f"{agent_of(event)}{event.data.provider}{event.data.model}".encode())


def _derived_id(event: Event, raw: object) -> UUID:
    """Return the id where the sender gave none: a call has one span, anything else is what it says."""
    if isinstance(event, MetricEvent):
        facts = f"metric\0{event.data.trace_id}\0{event.data.span_id}".encode()
    else:
        facts = json.dumps(raw, sort_keys=True, separators=(",", ":")).encode()
    return UUID(bytes=sha256(facts).digest()[:16], version=5)


def _sender(raw: object) -> str | None:
    sender: Any = cast("dict[str, object]", raw).get("sdk_instance_id") if isinstance(raw, dict) else None
    return sender[:256] if isinstance(sender, str) and sender.isprintable() and sender.isascii() else None
