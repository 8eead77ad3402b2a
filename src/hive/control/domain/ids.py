"""The ids of the control plane."""

from __future__ import annotations

from typing import NewType
from uuid import UUID, uuid4

AccountId = NewType("AccountId", UUID)
TeamId = NewType("TeamId", UUID)
SessionId = NewType("SessionId", UUID)
KeyId = NewType("KeyId", str)
EventId = NewType("EventId", str)
"""A UUID in 32 hexadecimal digits."""

INSTALLATION = TeamId(UUID(int=0))
"""The team under which the installation logs what concerns no team."""


def new_account_id() -> AccountId:
    """Return an id nobody has."""
    return AccountId(uuid4())


def new_team_id() -> TeamId:
    """Return an id nobody has."""
    return TeamId(uuid4())


def new_session_id() -> SessionId:
    """Return an id nobody has."""
    return SessionId(uuid4())
