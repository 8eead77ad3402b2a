"""Budgets kept in this process: one lock, so that branches cannot overspend together."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from framework.loop.budget.base import Ruling, SpendRequest
from framework.loop.budget.policy import Cap, Scope, check_ladder, unknown_price
from framework.model.budget_rule import Action, BudgetCheck, amount_text, check_budget
from framework.model.events import PassedLimit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framework.loop.budget.policy import BudgetPolicy, Pricing

_SEVERITY = tuple(Action)
_NO_CAP = "No budget concerns this call"


class _Account(NamedTuple):
    """What one cap counts: the run, the node of a run, or the agent."""

    scope: Scope
    name: str


class _Reserved(NamedTuple):
    accounts: tuple[_Account, ...]
    model: str
    amount: Decimal


class LocalBudgets:
    """Holds the caps of a policy over all runs of this process."""

    def __init__(
        self,
        policy: BudgetPolicy,
        *,
        pricing: Pricing = unknown_price,
        agent_spent: Mapping[str, Decimal] | None = None,
    ) -> None:
        """Keep ``policy``.

        Args:
            policy: the caps, the ladder and prices.
            pricing: prices of models that the policy does not price.
            agent_spent: US dollars that agents spent before, by name.

        Raises:
            SettingsError: if a step of the ladder costs more than the one above it.
        """
        check_ladder(policy, pricing)
        self._policy = policy
        self._pricing = pricing
        self._spent: dict[_Account, Decimal] = {
            _Account(Scope.AGENT, name): amount for name, amount in (agent_spent or {}).items()
        }
        self._held: dict[_Account, Decimal] = {}
        self._reserved: dict[int, _Reserved] = {}
        self._numbers = count(1)
        self._lock = Lock()

    def begin(self, run_id: str, agent: str, spent: Mapping[str, Decimal]) -> None:
        """Know what a run has spent so far; see ``BudgetGate.begin``."""
        del agent  # What this run spent before is part of what the agent did.
        known = {_Account(Scope.RUN, run_id): sum(spent.values(), Decimal(0))}
        known |= {_Account(Scope.NODE, f"{run_id}\0{node_id}"): amount for node_id, amount in spent.items()}
        bounded = {cap.scope for cap in self._policy.caps}
        with self._lock:
            self._spent |= {account: amount for account, amount in known.items() if account.scope in bounded}

    async def reserve(self, request: SpendRequest) -> Ruling:
        """Rule on a call and reserve what it may cost; see ``BudgetGate.reserve``."""
        with self._lock:
            return self._ruled(request)

    async def settle(
        self, reservation: int, cost_usd: Decimal | None, tokens: tuple[int, int] | None = None
    ) -> Decimal:
        """Replace a reservation by what was spent; see ``BudgetGate.settle``.

        A model that the policy prices costs what the policy says; of others the given cost counts. Without
        one the tokens are priced as the call was; without those, all that was reserved counts.
        """
        with self._lock:
            held = self._reserved.pop(reservation, None)
            if held is None:
                return Decimal(0)
            spent = self._cost(held, cost_usd, tokens)
            for account in held.accounts:
                self._held[account] -= held.amount
                self._spent[account] = self._spent.get(account, Decimal(0)) + spent
            return spent

    def _cost(self, held: _Reserved, cost_usd: Decimal | None, tokens: tuple[int, int] | None) -> Decimal:
        counted = tokens if tokens is not None and min(tokens) > 0 else None
        if cost_usd is not None and (counted is None or held.model not in self._policy.prices):
            return cost_usd
        priced = self.price(held.model, *counted) if counted is not None else None
        return held.amount if priced is None else priced

    def spent(self, scope: Scope, name: str) -> Decimal:
        """Return the US dollars that a run or an agent has spent, reservations apart."""
        return self._spent.get(_Account(scope, name), Decimal(0))

    def price(self, model: str, input_tokens: int, output_tokens: int) -> Decimal | None:
        """Return what a call costs, None if nobody knows the model's price."""
        return self._policy.price(model, input_tokens, output_tokens, self._pricing)

    def _ruled(self, request: SpendRequest) -> Ruling:
        accounts = self._accounts(request)
        if not accounts:
            return Ruling(action=Action.ALLOW, reason=_NO_CAP, model=request.model, estimate_usd=None)
        estimate = self.price(request.model, request.input_tokens, request.output_tokens)
        if estimate is None:
            return _blocked(
                f"The price of {request.model!r} is unknown; put it under 'prices' in the budget policy",
                request.model,
                None,
            )
        check = self._strictest(accounts, request.model, estimate)
        if check.action is Action.BLOCK:
            ruling = _blocked(check.reason, request.model, estimate)
            return replace(ruling, passed=self._passed(accounts, estimate))
        model = request.model
        if check.action is Action.DEGRADE:
            cheaper = self._cheaper(request, accounts, estimate)
            why = "the request keeps its model" if request.is_settled_on else "no model is cheaper"
            if cheaper is None:
                check = BudgetCheck(Action.ALLOW, f"{check.reason}, and {why}")
            else:
                model, estimate = cheaper
        return self._granted(check, model, estimate, tuple(accounts))

    def _accounts(self, request: SpendRequest) -> dict[_Account, Cap]:
        """Return the caps that concern a call; of several for one account the lowest."""
        caps: dict[_Account, Cap] = {}
        for cap in self._policy.caps:
            account = _account(cap, request)
            if account is not None:
                caps[account] = min(caps.get(account, cap), cap, key=lambda each: each.limit_usd)
        return caps

    def _strictest(self, caps: Mapping[_Account, Cap], model: str, estimate: Decimal) -> BudgetCheck:
        checks = [
            check_budget(self._used(account), cap.limit_usd, model, estimate) for account, cap in caps.items()
        ]
        return max(checks, key=lambda check: _SEVERITY.index(check.action))

    def _passed(self, caps: Mapping[_Account, Cap], estimate: Decimal) -> PassedLimit:
        """Return the limit that a call would pass by most."""
        account, cap = max(caps.items(), key=lambda item: self._used(item[0]) + estimate - item[1].limit_usd)
        return PassedLimit(
            scope=cap.scope.value,
            limit_usd=amount_text(cap.limit_usd),
            spent_usd=amount_text(self._spent.get(account, Decimal(0))),
            held_usd=amount_text(self._held.get(account, Decimal(0))),
            set_by=cap.set_by,
        )

    def _used(self, account: _Account) -> Decimal:
        return self._spent.get(account, Decimal(0)) + self._held.get(account, Decimal(0))

    def _cheaper(
        self, request: SpendRequest, caps: Mapping[_Account, Cap], most: Decimal
    ) -> tuple[str, Decimal] | None:
        """Return the first model down the ladder that fits for less than ``most``, and its estimate."""
        for model in () if request.is_settled_on else self._policy.below(request.model):
            estimate = self.price(model, request.input_tokens, request.output_tokens)
            if estimate is None or estimate >= most:
                continue
            if self._strictest(caps, model, estimate).action is not Action.BLOCK:
                return model, estimate
        return None

    def _granted(
        self, check: BudgetCheck, model: str, estimate: Decimal, accounts: tuple[_Account, ...]
    ) -> Ruling:
        number = next(self._numbers)
        self._reserved[number] = _Reserved(accounts, model, estimate)
        for account in accounts:
            self._held[account] = self._held.get(account, Decimal(0)) + estimate
        return Ruling(
            action=check.action,
            reason=check.reason,
            model=model,
            estimate_usd=estimate,
            wait_s=(check.delay_ms or 0) / 1000,
            reservation=number,
        )


def _blocked(reason: str, model: str, estimate: Decimal | None) -> Ruling:
    return Ruling(action=Action.BLOCK, reason=reason, model=model, estimate_usd=estimate)


def _account(cap: Cap, request: SpendRequest) -> _Account | None:
    match cap.scope:
        case Scope.RUN:
            return _Account(Scope.RUN, request.run_id)
        case Scope.NODE:
            is_other = cap.name and cap.name != request.node_id
            return None if is_other else _Account(Scope.NODE, f"{request.run_id}\0{request.node_id}")
        case Scope.AGENT:
            is_other = cap.name and cap.name != request.agent
            return None if is_other else _Account(Scope.AGENT, request.agent)
