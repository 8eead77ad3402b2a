"""What a transaction may see: the database's row-level security reads it."""

from __future__ import annotations

from dataclasses import dataclass

from hive.control.domain.ids import AccountId, KeyId, SessionId, TeamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose rows a transaction sees; what is None shows nothing.

    Attributes:
        team_id: the team whose rows it reads and writes.
        account_id: the person whose account, password, sessions and memberships it sees.
        session_id: the session it sees.
        key_id: the API key that a caller presents.
        email: the address that a caller presents.
        token_hash: digest of the invitation that a caller presents.
    """

    team_id: TeamId | None = None
    account_id: AccountId | None = None
    session_id: SessionId | None = None
    key_id: KeyId | None = None
    email: str | None = None
    token_hash: bytes | None = None

    def settings(self) -> dict[str, str]:
        """Return the scope as the database takes it."""
        return {
            "team_id": _text(self.team_id),
            "account_id": _text(self.account_id),
            "session_id": _text(self.session_id),
            "key_id": _text(self.key_id),
            "email": _text(self.email),
            "token_hash": "" if self.token_hash is None else self.token_hash.hex(),
        }


NOBODY = Scope()
"""Sees no row of any team or person."""


def _text(value: object) -> str:
    return "" if value is None else str(value)
