"""API keys of a team: made, listed, revoked, and recognised."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from hive.control.domain.ids import AccountId, KeyId, TeamId
from hive.control.domain.principal import Program
from hive.control.domain.roles import KeyScope
from hive.control.domain.secret_tokens import is_same, new_key, read_key
from hive.control.stores import audit
from hive.control.stores.scope import Scope
from hive.errors import NotKnownError, NotSignedInError, RefusedInputError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from framework.clock import Clock
    from hive.control.stores.database import Database

LONGEST_LIFE = timedelta(days=3653)
"""How long a key counts at most, unless it counts for ever."""

REVOKED_CHANNEL = "hive:keys:revoked"
"""The Redis channel that names each key as it is revoked, so that its sockets close."""

_log = logging.getLogger("hive.control")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """A key as it is listed: never its secret."""

    key_id: KeyId
    name: str
    scopes: tuple[KeyScope, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A key with its text, which is shown once."""

    text: str
    facts: KeyFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWish:
    """A key somebody wants.

    Attributes:
        made_by: the account that makes it; None for the operator of the installation.
    """

    name: str
    scopes: frozenset[KeyScope]
    expires_at: datetime | None = None
    made_by: AccountId | None = None


class Keys:
    """The keys of all teams."""

    def __init__(self, database: Database, hot: Redis, clock: Clock) -> None:
        """Keep them in ``database``; tell of revocations over ``hot``."""
        self._database = database
        self._hot = hot
        self._clock = clock

    async def make(self, team_id: TeamId, wish: KeyWish) -> MadeKey:
        """Make a key; its text is stored nowhere.

        Raises:
            RefusedInputError: if it would have ended already, end too late, or allow nothing.
        """
        now = self._clock.now()
        if wish.expires_at is not None and wish.expires_at <= now:
            raise RefusedInputError("The key would have expired already; give a time to come.")
        if wish.expires_at is not None and wish.expires_at > now + LONGEST_LIFE:
            raise RefusedInputError("The key would count for more than ten years; give an earlier time.")
        if not wish.scopes:
            raise RefusedInputError("The key would allow nothing; give at least one scope.")
        key = new_key()
        scopes = tuple(sorted(wish.scopes))
        facts = KeyFacts(
            key_id=key.key_id,
            name=wish.name,
            scopes=scopes,
            created_at=now,
            expires_at=wish.expires_at,
            revoked_at=None,
        )
        row = {
            "team_id": team_id,
            "key_id": key.key_id,
            "name": wish.name,
            "secret_hash": key.digest,
            "scopes": list(scopes),
            "created_by": wish.made_by,
            "created_at": now,
            "expires_at": wish.expires_at,
        }
        actor = "operator" if wish.made_by is None else f"account {wish.made_by}"
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            await transaction.change("keys.insert", row)
            words = (actor, "key.made", f"key {key.key_id}")
            await audit.append(
                transaction, team_id, now, words, {"name": wish.name, "scopes": " ".join(scopes)}
            )
        return MadeKey(text=key.text, facts=facts)

    async def of_team(self, team_id: TeamId) -> list[KeyFacts]:
        """Return the keys of a team, revoked ones too, oldest first."""
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            rows = await transaction.rows("keys.list", {"team_id": team_id})
        return [
            KeyFacts(
                key_id=row["key_id"],
                name=row["name"],
                scopes=tuple(map(KeyScope, row["scopes"])),
                created_at=row["created_at"],
                expires_at=row["expires_at"],
                revoked_at=row["revoked_at"],
            )
            for row in rows
        ]

    async def revoke(self, team_id: TeamId, key_id: KeyId, actor: str) -> None:
        """Let a key count no more; revoking twice changes nothing.

        Raises:
            NotKnownError: if the team has no such key.
        """
        now = self._clock.now()
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            asked = {"team_id": team_id, "key_id": key_id, "now": now}
            if not await transaction.change("keys.revoke", asked):
                raise NotKnownError(f"The team has no key {key_id!r}.")
            await audit.append(transaction, team_id, now, (actor, "key.revoked", f"key {key_id}"), {})
        try:
            await self._hot.publish(REVOKED_CHANNEL, key_id)  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
        except (RedisError, OSError) as error:
            # Requests are refused all the same; sockets ask again by themselves.
            _log.warning("revocation_not_announced", extra={"key_id": key_id, "reason": type(error).__name__})

    async def recognise(self, text: str) -> Program:
        """Return whose key this is.

        Raises:
            NotSignedInError: if it is none, is revoked or has expired.
        """
        presented = read_key(text)
        if presented is None:
            raise NotSignedInError("This is no API key of this installation.")
        key_id = KeyId(presented.public)
        async with self._database.transaction(Scope(key_id=key_id)) as transaction:
            row = await transaction.row("keys.presented", {"key_id": key_id})
        if row is None or not is_same(presented.digest, bytes(row["secret_hash"])):
            raise NotSignedInError("This is no API key of this installation.")
        if row["revoked_at"] is not None:
            raise NotSignedInError(f"The API key {key_id!r} was revoked; ask an admin for another.")
        if row["expires_at"] is not None and row["expires_at"] <= self._clock.now():
            raise NotSignedInError(f"The API key {key_id!r} has expired; ask an admin for another.")
        scopes = frozenset(map(KeyScope, row["scopes"]))
        return Program(key_id=key_id, team_id=row["team_id"], scopes=scopes, expires_at=row["expires_at"])
