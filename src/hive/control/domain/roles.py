"""What a member may do in a team, and a key for it."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A member's role; each may do all that the one before it may."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what ``needed`` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class KeyScope(StrEnum):
    """What an API key may be used for."""

    INGEST = "sdk:ingest"
    POLICY = "policy:read"


SDK_SCOPES = frozenset({KeyScope.INGEST, KeyScope.POLICY})
"""What an SDK needs: send events, read the policy."""
