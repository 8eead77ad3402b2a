"""Judging one event that came in: it counts, with an id of its own, or a sentence says why not. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, cast

from hive.control.domain.event_rows import agent_of, is_in_usd, tells_cost
from hive.control.domain.ids import EventId
from hive.control.domain.json_text import (
    DEEPEST,
    OddNumberError,
    is_too_deep,
    odd_number_in,
    write_as_it_came,
    write_json,
)
from hive.protocol import Event, MetricData, MetricEvent, RefusedEvent, read_event

OLDEST = timedelta(days=30)
"""How far back the time of an event may lie."""

NEWEST = timedelta(hours=1)
"""How far ahead of ours the clock of a sender may be."""

LARGEST_EVENT = 1024 * 1024
"""Bytes of one event that are taken."""

DEAREST_CALL = 100_000
"""US dollars that one model call is believed to cost at most."""

MOST_TOKENS = 1_000_000_000
"""Tokens of each kind that one model call is believed to have at most: sums of such calls can be kept."""

_KEPT_OF_REFUSED = 64 * 1024
_DEEP = "The event is nested too deeply."
_TOLD_OF_NUMBER = 20
_LONGEST_NAMES = 2000
_MOST_BYTES_OF_A_CHARACTER = 4
_VARIANT = {f"{digit:x}": f"{digit & 0b0011 | 0b1000:x}" for digit in range(16)}
_ODD = re.compile("[\x00\ud800-\udfff]")
_MAYBE_ODD = re.compile(rb"\\u(?:0000|d[89a-f])")


class Judged(NamedTuple):
    """An event that counts.

    Attributes:
        event_id: the sender's, or one that follows from what the event tells.
        moment: its time, in UTC.
        body: the whole event as it came, fields that no rule knows among them, as JSON.
    """

    event: Event
    event_id: EventId
    moment: datetime
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
    """Return what becomes of ``raw``, which was JSON and came at ``now``, a moment in UTC."""
    try:
        text = write_json(raw)
    except OddNumberError:
        return _holding_an_odd_number(raw, now)
    except ValueError:
        return _too_deep(now)
    reason = _unstorable(raw, text)
    event = RefusedEvent(reason=reason) if reason else read_event(raw)
    if not isinstance(event, RefusedEvent):
        event = _in_bounds(event, now)
    if isinstance(event, RefusedEvent):
        return Refused(
            reason=event.reason, raw=text[:_KEPT_OF_REFUSED], received_at=now, sdk_instance_id=_sender(raw)
        )
    own_id = event.event_id
    event_id = _derived_id(event, raw) if own_id is None else EventId(own_id.hex)
    return Judged(event, event_id, now - (now - event.timestamp), text.decode())


def _holding_an_odd_number(raw: object, now: datetime) -> Refused:
    try:
        text = write_as_it_came(raw)
    except ValueError:
        return _too_deep(now)
    return Refused(
        # Where the number is, takes longer to find than the size.
        reason=_too_large(text) or _odd_number(raw),
        raw=text[:_KEPT_OF_REFUSED],
        received_at=now,
        sdk_instance_id=_sender(raw),
    )


def _too_deep(now: datetime) -> Refused:
    return Refused(reason=_DEEP, raw=b"", received_at=now)


def _odd_number(raw: object) -> str:
    found = odd_number_in(raw)
    assert found is not None  # noqa: S101  (it could not be written because of one)
    place, number = found
    what = "is no number" if number.text == "NaN" else "is beyond the numbers that can be kept"
    return f"{place or 'event'}: {number.text[:_TOLD_OF_NUMBER]} {what}; send null or leave it out."


def _in_bounds(event: Event, now: datetime) -> Event | RefusedEvent:
    if not -NEWEST <= now - event.timestamp <= OLDEST:
        return RefusedEvent(reason="timestamp: is older than 30 days, or more than an hour to come.")
    if isinstance(event, MetricEvent):
        if _names_are_too_long(event):
            return RefusedEvent(reason="data: the names of agent, provider and model are too long together.")
        if field := _too_long(event.data):
            return RefusedEvent(reason=f"data.{field}: is more than {MOST_TOKENS} tokens for one call.")
        if field := _too_dear(event.data):
            return RefusedEvent(reason=f"data.{field}: is more than {DEAREST_CALL} US dollars for one call.")
    return event


def _too_long(data: MetricData) -> str | None:
    """Return the name of a number of tokens that no call has."""
    counts = {
        "input_tokens": data.input_tokens,
        "output_tokens": data.output_tokens,
        "total_tokens": data.total_tokens,
        "cached_tokens": data.cached_tokens,
        "reasoning_tokens": data.reasoning_tokens,
    }
    return next((name for name, count in counts.items() if count is not None and count > MOST_TOKENS), None)


def _too_dear(data: MetricData) -> str | None:
    """Return the name of a cost that no call has; amounts of other currencies are not summed up."""
    if not tells_cost(data) or not is_in_usd(data):
        return None
    costs = {
        "total_cost": data.total_cost,
        "cost_usd": data.cost_usd,
        "input_cost": data.input_cost,
        "output_cost": data.output_cost,
    }
    return next((name for name, cost in costs.items() if cost is not None and cost > DEAREST_CALL), None)


def _too_large(text: bytes) -> str | None:
    return f"The event is larger than {LARGEST_EVENT} bytes." if len(text) > LARGEST_EVENT else None


def _unstorable(raw: object, text: bytes) -> str | None:
    """Say why the database cannot keep it, None if it can."""
    if reason := _too_large(text):
        return reason
    if text.count(b"[") + text.count(b"{") > DEEPEST and is_too_deep(raw):
        return _DEEP
    # A single byte is found much faster than two, and few events hold one.
    if b"\\" in text and _MAYBE_ODD.search(text) and _has_odd_text(raw):
        return "The event holds a NUL or half a character, which the database cannot keep."
    return None


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


def _names_are_too_long(event: MetricEvent) -> bool:
    """Say whether the index over the hourly sums, which are kept by these names, cannot take them."""
    names = f"{agent_of(event)}{event.data.provider}{event.data.model}"
    return len(names) > _LONGEST_NAMES // _MOST_BYTES_OF_A_CHARACTER and len(names.encode()) > _LONGEST_NAMES


def _derived_id(event: Event, raw: object) -> EventId:
    """Return the id where the sender gave none: a call has one span, anything else is what it says."""
    if isinstance(event, MetricEvent):
        facts = f"metric\0{event.data.trace_id}\0{event.data.span_id}".encode()
    else:
        facts = json.dumps(raw, sort_keys=True, separators=(",", ":")).encode()
    return _id_of(facts)


def _id_of(facts: bytes) -> EventId:
    """Return the UUID of version 5 (RFC 9562, section 5.5) that the digest of facts fills."""
    digits = sha256(facts).hexdigest()
    return EventId(f"{digits[:12]}5{digits[13:16]}{_VARIANT[digits[16]]}{digits[17:32]}")


def _sender(raw: object) -> str | None:
    sender: Any = cast("dict[str, object]", raw).get("sdk_instance_id") if isinstance(raw, dict) else None
    return sender[:256] if isinstance(sender, str) and sender.isprintable() and sender.isascii() else None
