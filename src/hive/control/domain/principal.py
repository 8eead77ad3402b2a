"""Who asks: a person in a team, or a program with a key of a team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hive.control.domain.ids import AccountId, KeyId, SessionId, TeamId
from hive.control.domain.roles import KeyScope, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person, in the team that is open in their session.

    Attributes:
        expires_at: when what they presented counts no more.
    """

    account_id: AccountId
    session_id: SessionId
    team_id: TeamId
    role: Role
    expires_at: datetime | None = None

    @property
    def name(self) -> str:
        """How the audit log names this caller."""
        return f"account {self.account_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that presents an API key.

    Attributes:
        expires_at: when the key counts no more; None if it counts until it is revoked.
    """

    key_id: KeyId
    team_id: TeamId
    scopes: frozenset[KeyScope]
    expires_at: datetime | None = None

    @property
    def name(self) -> str:
        """How the audit log names this caller."""
        return f"key {self.key_id}"


Principal = Person | Program
