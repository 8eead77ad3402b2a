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


class Chain:
    """Follows a chain from its first entry on, however many come at a time.

    Attributes:
        end: where the chain ends so far.
        fault: the number of the first entry that is missing or changed, None if there is none so far.
    """

    def __init__(self) -> None:
        """Begin before the first entry."""
        self.end = Head()
        self.fault: int | None = None

    def follow(self, entries: Iterable[Sealed]) -> None:
        """Go on with the entries that come next."""
        for sealed in entries:
            expected = self.end.seq + 1
            is_next = sealed.entry.seq == expected and seal(sealed.entry, self.end.hash).hash == sealed.hash
            if self.fault is None and not is_next:
                self.fault = expected
            self.end = Head(seq=expected, hash=sealed.hash)

    def fault_before(self, head: Head) -> int | None:
        """Return the first entry that is missing or changed in a chain that should end at ``head``."""
        if self.fault is not None or self.end == head:
            return self.fault
        return self.end.seq + 1 if self.end.seq < head.seq else self.end.seq
