"""One line of a journal: an event, its place and its hash, encoded once."""

from __future__ import annotations

from binascii import hexlify
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast

import orjson
from pydantic import TypeAdapter, ValidationError

from framework.errors import JournalCorruptError, NotJsonError
from framework.model.events import EVENT_TYPES, Event, UnknownEvent
from framework.model.value import Value, write_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FORMAT_VERSION = 2
"""Version of the line format; older versions pass through ``upcast``.

From 2 on a ``file_found`` may hold only what a file has grown by.
"""

NO_META = b"{}"
"""The meta facts of an entry that has none."""

DIGEST_SIZE = 32
"""Bytes of a lane's hash (SHA-256)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in its place.

    Attributes:
        seq: position in the run, from 1.
        at_us: microseconds since 1970-01-01 UTC.
        lane: id of the lane it happened in.
        digest: the lane's hash after this event, hexadecimal.
        meta: facts outside the hash (durations, host, run id).
        body: the event's content as it was encoded.
    """

    seq: int
    at_us: int
    lane: str
    event: Event
    digest: str
    meta: dict[str, Any] = field(default_factory=dict[str, Any])
    body: bytes = b""

    @property
    def event_kind(self) -> str:
        """The event's kind as it is stored."""
        return self.event.name if isinstance(self.event, UnknownEvent) else self.event.kind


def encode_body(event: Event, default: Callable[[Any], Any]) -> bytes:
    """Return the event's content as JSON; ``default`` writes its values.

    Raises:
        NotJsonError: if a text of it holds a lone surrogate, or a number is beyond 64 bits.
    """
    try:
        return orjson.dumps(event, default=default)
    except orjson.JSONEncodeError as error:
        raise NotJsonError(f"The event {event.kind!r} cannot be expressed in JSON: {error}.") from error


class EncodedEvent(NamedTuple):
    """An event with its content as JSON, for one that is recorded often and always says the same."""

    event: Event
    body: bytes

    @classmethod
    def of(cls, event: Event) -> Self:
        """Encode an event that holds no content of its own."""
        return cls(event, encode_body(event, write_value))


def chain(previous: bytes, kind: str, body: bytes) -> bytes:
    """Return the lane's next hash: SHA-256 over the previous hash, the kind and the content."""
    return sha256(previous + _salt(kind) + body).digest()


@cache
def _salt(kind: str) -> bytes:
    """Return a kind as it stands in a hash, ended so that no kind is the beginning of another."""
    return kind.encode() + b"\0"


def first_hash(lane: str) -> bytes:
    """Return the hash a lane starts from."""
    return sha256(lane.encode()).digest()


def absorb(previous: bytes, children: list[bytes]) -> bytes:
    """Return the hash of a lane after the lanes it opened ended, given in declared order."""
    return sha256(previous + b"".join(children)).digest()


Recorded = tuple[int, int, str, "Event", bytes, bytes, bytes]
"""What one line says: sequence number, time in microseconds, lane, event, its content, hash, meta facts.

A plain tuple: several are made for every node visited.
"""

_LINE = b"".join(
    (
        b'{"v":%d,' % FORMAT_VERSION,
        b'"seq":%d,"at":%d,"lane":"%b","kind":"%b","digest":"%b","meta":%b,"body":%b}',
    )
)


def encode_lines(batch: Iterable[Recorded]) -> list[bytes]:
    """Return the lines of a batch."""
    return [
        _LINE % (seq, at_us, lane.encode(), event.kind.encode(), hexlify(digest), meta, body)
        for seq, at_us, lane, event, body, digest, meta in batch
    ]


def encode_line(place: tuple[int, int, str], event: Event, body: bytes, digest: bytes, meta: bytes) -> bytes:
    """Return one line; ``place`` is sequence number, time in microseconds and lane."""
    return encode_lines([(*place, event, body, digest, meta)])[0]


def entry_of(recorded: Recorded) -> Entry:
    """Return what was recorded as it reads back."""
    seq, at_us, lane, event, body, digest, meta = recorded
    return Entry(
        seq=seq,
        at_us=at_us,
        lane=lane,
        event=event,
        digest=digest.hex(),
        meta={} if meta == NO_META else orjson.loads(meta),
        body=body,
    )


_TYPE_NAMES: dict[type, str] = {int: "whole number", str: "text", dict: "object"}
_FIELDS: dict[str, type] = {
    "v": int,
    "seq": int,
    "at": int,
    "lane": str,
    "kind": str,
    "digest": str,
    "meta": dict,
}


def decode_line(line: bytes, place: str = "A line of a journal") -> Entry:
    """Read one line; fields this version does not know are left alone.

    Args:
        line: the line, without its end.
        place: what an error says of where it stands.

    Raises:
        JournalCorruptError: if the line is not an entry.
    """
    try:
        record = _record(line)
        body = orjson.dumps(record["body"])
        record = upcast(record, place)
        return Entry(
            seq=record["seq"],
            at_us=record["at"],
            lane=record["lane"],
            event=_decode_event(record["kind"], record["body"]),
            digest=record["digest"],
            meta=record["meta"],
            body=body,
        )
    except (
        orjson.JSONDecodeError,
        KeyError,
        OverflowError,
        TypeError,
        NotJsonError,
        ValidationError,
    ) as error:
        raise JournalCorruptError(
            f"{place} does not read back ({_why(error)}); restore the journal from a copy."
        ) from error


def _record(line: bytes) -> dict[str, Any]:
    record = orjson.loads(line)
    if not isinstance(record, dict):
        raise TypeError("it is no object")
    fields = cast("dict[str, Any]", record)
    for name, kind in _FIELDS.items():
        if type(fields[name]) is not kind:
            raise TypeError(f"its {name!r} is no {_TYPE_NAMES[kind]}")
    return fields


def _why(error: Exception) -> str:
    """Return in one line what is wrong with a record."""
    match error:
        case ValidationError():
            first = error.errors()[0]
            return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        case KeyError():
            return f"it lacks {error}"
        case _:
            return str(error)


def upcast(record: dict[str, Any], place: str = "A line of a journal") -> dict[str, Any]:
    """Bring a record of an older format to the current one; nothing stored is rewritten.

    Raises:
        JournalCorruptError: if the record is of a newer format.
    """
    if record["v"] > FORMAT_VERSION:
        raise JournalCorruptError(
            f"{place} has format {record['v']}, this program reads up to format {FORMAT_VERSION}; "
            "upgrade the program."
        )
    return record


def _decode_event(kind: str, body: dict[str, Any]) -> Event:
    if kind not in EVENT_TYPES:
        return UnknownEvent(name=kind, body=Value.of(body))
    return _adapter(kind).validate_python(body)


@cache
def _adapter(kind: str) -> TypeAdapter[Event]:
    return TypeAdapter(EVENT_TYPES[kind])
