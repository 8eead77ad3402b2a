"""The audit log as a chain: each entry's hash covers the one before it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from hive.control.domain.ids import TeamId

START = bytes(32)
"""The hash before the first entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to whom in a team.

    Attributes:
        actor: who did it: ``account ID``, ``key ID``, ``operator`` or ``nobody``.
        action: what, as ``noun.verb``.
        subject: to whom or what.
    """

    team_id: TeamId
    seq: int
    occurred_at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An entry with its hash."""

    entry: AuditEntry
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a chain ends."""

    seq: int = 0
    hash: bytes = START


def seal(entry: AuditEntry, before: bytes) -> Sealed:
    """Return the entry with the hash that ties it to the one ``before``."""
    content = [
        str(entry.team_id),
        entry.seq,
        entry.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.action,
        entry.subject,
        dict(entry.details),
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Sealed(entry=entry, hash=sha256(before + text.encode()).digest())


def first_fault(entries: Iterable[Sealed], head: Head) -> int | None:
    """Return the number of the first entry that is missing or changed, None if the chain is whole."""
    end = Head()
    for sealed in entries:
        expected = end.seq + 1
        if sealed.entry.seq != expected or seal(sealed.entry, end.hash).hash != sealed.hash:
            return expected
        end = Head(seq=expected, hash=sealed.hash)
    if end.seq < head.seq:
        return end.seq + 1
    return None if end == head else end.seq
