"""The policy of each team: read, changed, and asked before a call."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb
from redis.exceptions import RedisError

from hive.control.domain.policy import (
    DEFAULT,
    GlobalBudget,
    Policy,
    UsedModel,
    answer_of,
    changed,
    document_of,
    version_of,
)
from hive.control.stores import audit
from hive.control.stores.scope import Scope
from hive.errors import ConflictError, NotKnownError

if TYPE_CHECKING:
    from datetime import datetime

    from redis.asyncio import Redis

    from framework.clock import Clock
    from hive.control.domain.ids import TeamId
    from hive.control.stores.database import Database, Transaction
    from hive.protocol.budget import BudgetAnswer, BudgetQuestion
    from hive.protocol.policy import PolicyDocument, PolicyWish

CHANGED_CHANNEL = "hive:policy:changed"
"""The Redis channel that names each team whose policy changes, so that its SDKs are told."""

_NAME = "Policy"
_log = logging.getLogger("hive.control")


class Policies:
    """The policies of all teams."""

    def __init__(self, database: Database, hot: Redis, clock: Clock) -> None:
        """Keep them in ``database``; tell of changes over ``hot``."""
        self._database = database
        self._hot = hot
        self._clock = clock

    async def document(
        self, team_id: TeamId, policy_id: str = DEFAULT, *, is_for_sdk: bool = True
    ) -> PolicyDocument:
        """Return the policy with what was spent this month.

        Raises:
            NotKnownError: if the team has no policy of this id.
        """
        asked = {"team_id": team_id, "since": self._month()}
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            policy = await _read(transaction, team_id, policy_id)
            spent = await _spent(transaction, asked)
            rows = await transaction.rows("policies.models", asked)
        models = [UsedModel(row["provider"], row["model_id"]) for row in rows]
        return document_of(policy, spent, models, is_for_sdk=is_for_sdk)

    async def change(self, team_id: TeamId, wish: PolicyWish, version: str | None, actor: str) -> None:
        """Change what ``wish`` names.

        Args:
            team_id: whose policy.
            wish: what is wanted otherwise.
            version: the version that was read before, if that should still be the one; None takes any.
            actor: who changes it.

        Raises:
            ConflictError: if the policy has another version by now.
        """
        now = self._clock.now()
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            await transaction.row("policies.lock", {"team_id": team_id})
            before = await _read(transaction, team_id, DEFAULT)
            if version is not None and version != before.version:
                raise ConflictError(
                    f"The policy has the version {before.version!r} by now; read it, and change that."
                )
            after = changed(before, wish, now, actor)
            await _write(transaction, after)
            words = (actor, "policy.changed", f"policy {DEFAULT}")
            details = {"before": before.version, "after": after.version}
            await audit.append(transaction, team_id, now, words, details)
        try:
            await self._hot.publish(CHANGED_CHANNEL, str(team_id))  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
        except (RedisError, OSError) as error:
            _log.warning("policy_change_not_announced", extra={"reason": type(error).__name__})

    async def validate(
        self, team_id: TeamId, question: BudgetQuestion, sdk_instance_id: str | None = None
    ) -> BudgetAnswer:
        """Return what becomes of a call that an SDK is about to make."""
        asked = {"team_id": team_id, "since": self._month(), "sender": sdk_instance_id}
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            policy = await _read(transaction, team_id, DEFAULT)
            spent = await _spent(transaction, asked)
            last = await transaction.row("policies.last_model", asked)
        return answer_of(policy, question, spent, last["model_id"] if last else "")

    def _month(self) -> datetime:
        return self._clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


async def _read(transaction: Transaction, team_id: TeamId, policy_id: str) -> Policy:
    row = await transaction.row("policies.read", {"team_id": team_id, "policy_id": policy_id})
    if row is None or (row["version"] is None and policy_id != DEFAULT):
        raise NotKnownError(f"The team has no policy {policy_id!r}.")
    if row["version"] is None:
        made = row["team_created_at"]
        version = version_of(_NAME, None, made)
        return Policy(team_id=team_id, version=version, name=_NAME, created_at=made, updated_at=made)
    return Policy(
        team_id=team_id,
        version=row["version"],
        name=row["document"]["name"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        updated_by=row["updated_by"],
        budget=_budget(row["document"].get("budget")),
    )


async def _write(transaction: Transaction, policy: Policy) -> None:
    budget = policy.budget
    document: dict[str, Any] = {"name": policy.name, "budget": None}
    if budget is not None:
        document["budget"] = {
            "limit": str(budget.limit),
            "limit_action": budget.limit_action,
            "degrade_to_model": budget.degrade_to_model,
            "degrade_to_provider": budget.degrade_to_provider,
        }
    row = {
        "team_id": policy.team_id,
        "policy_id": DEFAULT,
        "version": policy.version,
        "document": Jsonb(document),
        "now": policy.updated_at,
        "updated_by": policy.updated_by,
    }
    await transaction.change("policies.write", row)


def _budget(stored: dict[str, Any] | None) -> GlobalBudget | None:
    if stored is None:
        return None
    return GlobalBudget(
        limit=Decimal(stored["limit"]),
        limit_action=stored["limit_action"],
        degrade_to_model=stored["degrade_to_model"],
        degrade_to_provider=stored["degrade_to_provider"],
    )


async def _spent(transaction: Transaction, asked: dict[str, Any]) -> Decimal:
    row = await transaction.row("policies.spent", asked)
    return Decimal(0) if row is None else row["usd"]
