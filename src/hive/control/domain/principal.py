"""Who asks: a person in a team, or a program with a key of a team."""

from __future__ import annotations

from dataclasses import dataclass

from hive.control.domain.ids import AccountId, KeyId, SessionId, TeamId
from hive.control.domain.roles import KeyScope, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person, in the team that is open in their session."""

    account_id: AccountId
    session_id: SessionId
    team_id: TeamId
    role: Role

    @property
    def name(self) -> str:
        """How the audit log names this caller."""
        return f"account {self.account_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that presents an API key."""

    key_id: KeyId
    team_id: TeamId
    scopes: frozenset[KeyScope]

    @property
    def name(self) -> str:
        """How the audit log names this caller."""
        return f"key {self.key_id}"


Principal = Person | Program
