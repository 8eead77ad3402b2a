"""The gate that every model call passes: it reserves an upper bound, and settles what was spent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from framework.model.budget_rule import Action
from framework.model.events import PassedLimit

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRequest:
    """A model call somebody wants to make.

    Attributes:
        lane_id: the lane that makes it.
        model: the model's full name.
        input_tokens: tokens the request has at most.
        output_tokens: tokens the answer may have.
        is_settled_on: whether the model is ruled on already and may not be changed any more.
    """

    run_id: str
    agent: str
    lane_id: str
    node_id: str
    model: str
    input_tokens: int
    output_tokens: int
    is_settled_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the gate says of a call.

    Attributes:
        action: what becomes of it.
        model: the model to ask, which a degradation makes a cheaper one.
        estimate_usd: US dollars reserved for it; None when nobody knows the price.
        passed: the limit that a blocked call would have passed.
        wait_s: seconds to wait before the call.
        reservation: names the reservation to ``settle``; 0 when nothing is reserved.
        is_void: whether it is noted and asked for again; so a replay passes a block that its process
            did not outlive.
    """

    action: Action
    reason: str
    model: str
    estimate_usd: Decimal | None
    passed: PassedLimit | None = None
    wait_s: float = 0.0
    reservation: int = 0
    is_void: bool = False


class BudgetGate(Protocol):
    """Keeps budgets; one serves many runs and branches at once."""

    def begin(self, run_id: str, agent: str, spent: Mapping[str, Decimal]) -> None:
        """Know that a run goes on that has spent this much so far, in US dollars by node."""
        ...

    async def reserve(self, request: SpendRequest) -> Ruling | None:
        """Rule on a call; unless it is blocked, what it may cost is reserved at once.

        None means that nothing rules on it, and nothing is recorded.
        """
        ...

    async def settle(
        self, reservation: int, cost_usd: Decimal | None, tokens: tuple[int, int] | None = None
    ) -> Decimal:
        """Replace a reservation by what was spent, and return that in US dollars.

        Args:
            reservation: of a ruling; one that is settled already, or 0, changes nothing and gives 0.
            cost_usd: what the answer cost; None when nobody knows.
            tokens: of the request and of the answer, as they were counted; None when nobody did.
        """
        ...
