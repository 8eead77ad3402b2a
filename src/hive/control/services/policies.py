"""The policy of each team: read, changed, and asked before a call."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.types.json import Jsonb
from redis.exceptions import RedisError

from hive.control.domain.cheaper import cheaper_than
from hive.control.domain.policy import (
    DEFAULT,
    GlobalBudget,
    Policy,
    UsedModel,
    answer_of,
    changed,
    document_of,
    told_of,
    version_of,
)
from hive.control.domain.reckoning import Telling, month_of, reckoned
from hive.control.services.price_list import installed_prices
from hive.control.services.tellings import Tellings
from hive.control.stores import audit
from hive.control.stores.scope import Scope
from hive.errors import ConflictError, NotKnownError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
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


class Reading(NamedTuple):
    """A policy as it was read.

    Attributes:
        month: when the month began whose spending it holds.
        telling: what an SDK is told by it that was spent; None where there is no budget.
    """

    document: PolicyDocument
    month: datetime
    telling: Telling | None


class PolicyState:
    """How a policy stands: what it says, and what was spent."""

    def __init__(self, row: Mapping[str, Any], now: datetime) -> None:
        """Take a row of the database, as of ``now``; it is understood when it is asked for."""
        self._row = row
        self._now = now

    def reading(self, *, is_for_sdk: bool = True) -> Reading:
        """Return the policy with what was spent this month."""
        row, month = self._row, month_of(self._now)
        policy, spent = _policy(row), row["usd"]
        if policy.budget is None:
            return Reading(document_of(policy, spent, [], is_for_sdk=is_for_sdk), month, None)
        used = zip(row["providers"], row["model_ids"], strict=True)
        models = [_used(provider, model, self._now) for provider, model in used]
        document = document_of(policy, spent, models, is_for_sdk=is_for_sdk)
        telling = Telling(month=month, told=told_of(policy.budget, spent), spent=spent)
        return Reading(document, month, telling)


class Policies:
    """The policies of all teams."""

    def __init__(self, database: Database, hot: Redis, clock: Clock) -> None:
        """Keep them in ``database``; tell of changes over ``hot``."""
        self._tellings = Tellings(hot)
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
        return (await self._reading(team_id, policy_id, is_for_sdk=is_for_sdk)).document

    async def reading(self, team_id: TeamId, policy_id: str = DEFAULT) -> Reading:
        """Return the policy as SDKs are told it; whoever tells it calls ``told``.

        Raises:
            NotKnownError: if the team has no policy of this id.
        """
        return await self._reading(team_id, policy_id, is_for_sdk=True)

    async def told(self, team_id: TeamId, reading: Reading, instances: Collection[str]) -> None:
        """Keep what SDKs were told that was spent, so that their own reckoning can be understood."""
        if reading.telling is not None:
            await self._tellings.note(team_id, reading.telling, instances)

    async def _reading(self, team_id: TeamId, policy_id: str, *, is_for_sdk: bool) -> Reading:
        found = await self.read([team_id], policy_id)
        if team_id not in found:
            raise NotKnownError(f"The team has no policy {policy_id!r}.")
        return found[team_id].reading(is_for_sdk=is_for_sdk)

    async def read(self, team_ids: Sequence[TeamId], policy_id: str = DEFAULT) -> dict[TeamId, PolicyState]:
        """Return how the policies of teams stand, asked in one step; teams that have none are left out.

        Raises:
            UnavailableError: if the database is out of reach.
        """
        now = self._clock.now()
        asked = {"team_ids": list(team_ids), "policy_id": policy_id, "since": month_of(now)}
        async with self._database.transaction() as transaction:
            rows = await transaction.rows("policies.many", asked)
        return {row["team_id"]: PolicyState(row, now) for row in rows if _has(row, policy_id)}

    async def change(
        self, team_id: TeamId, wish: PolicyWish, versions: Collection[str] | None, actor: str
    ) -> None:
        """Change what ``wish`` names; where all of it is so already, nothing happens.

        Args:
            team_id: whose policy.
            wish: what is wanted otherwise.
            versions: those of which the policy should still have one; None takes any.
            actor: who changes it.

        Raises:
            ConflictError: if the policy has another version by now.
            RefusedInputError: if a new budget would have no limit.
        """
        now = self._clock.now()
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            await transaction.row("policies.lock", {"team_id": team_id})
            before = await _read(transaction, team_id, DEFAULT)
            if versions is not None and before.version not in versions:
                raise ConflictError(
                    f"The policy has the version {before.version!r} by now; read it, and change that."
                )
            after = changed(before, wish, now, actor)
            if after == before:
                return
            await _write(transaction, after)
            words = (actor, "policy.changed", f"policy {DEFAULT}")
            details = {"before": before.version, "after": after.version}
            await audit.append(transaction, team_id, now, words, details)
        try:
            await self._hot.publish(CHANGED_CHANNEL, str(team_id))  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
        except (RedisError, OSError) as error:
            _log.warning("policy_change_not_announced", extra={"reason": type(error).__name__})

    async def validate(
        self, team_id: TeamId, question: BudgetQuestion, sdk_instance_id: str = ""
    ) -> BudgetAnswer:
        """Return what becomes of a call that an SDK is about to make.

        Nothing is reserved: calls that are asked about at the same time are each answered as if alone.
        """
        now = self._clock.now()
        asked = {"team_id": team_id, "since": month_of(now), "sender": sdk_instance_id or None}
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            policy = await _read(transaction, team_id, DEFAULT)
            stored = await _spent(transaction, asked)
            last = await transaction.row("policies.last_model", asked)
        budget, local_spend = policy.budget, Decimal(question.local_spend)
        cheaper = _used(last["provider"], last["model_id"], now).cheaper if budget and last else None
        if budget is None or not sdk_instance_id:
            return answer_of(policy, question, max(stored, local_spend), cheaper)
        before = await self._tellings.last(team_id, sdk_instance_id)
        spent = max(stored, reckoned(local_spend, before, now))
        telling = Telling(month=month_of(now), told=told_of(budget, spent), spent=spent)
        if not telling.says_as_much_as(before):
            await self._tellings.note(team_id, telling, [sdk_instance_id])
        return answer_of(policy, question, spent, cheaper)


def _used(provider: str, model: str, now: datetime) -> UsedModel:
    return UsedModel(provider, model, cheaper_than(provider, model, installed_prices(now)))


async def _read(transaction: Transaction, team_id: TeamId, policy_id: str) -> Policy:
    row = await transaction.row("policies.read", {"team_id": team_id, "policy_id": policy_id})
    if row is None or not _has(row, policy_id):
        raise NotKnownError(f"The team has no policy {policy_id!r}.")
    return _policy({**row, "team_id": team_id})


def _has(row: Mapping[str, Any], policy_id: str) -> bool:
    """Whether a row tells of a policy: every team has the default one, stored or not."""
    return row["version"] is not None or policy_id == DEFAULT


def _policy(row: Mapping[str, Any]) -> Policy:
    if row["version"] is None:
        made = row["team_created_at"]
        version = version_of(_NAME, None, made)
        return Policy(team_id=row["team_id"], version=version, name=_NAME, created_at=made, updated_at=made)
    return Policy(
        team_id=row["team_id"],
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
        # Blank names were taken once.
        degrade_to_model=(stored["degrade_to_model"] or "").strip() or None,
        degrade_to_provider=(stored["degrade_to_provider"] or "").strip() or None,
    )


async def _spent(transaction: Transaction, asked: dict[str, Any]) -> Decimal:
    row = await transaction.row("policies.spent", asked)
    return Decimal(0) if row is None else row["usd"]
