"""The money side of one model request: ruled on, reserved, and settled whatever becomes of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from framework.errors import BudgetExceededError, ProviderError
from framework.llm.base import collect
from framework.model.budget_rule import Action
from framework.model.events import BudgetRuled

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.clock import Clock
    from framework.journal.log import LaneLog
    from framework.journal.state import WalkLane
    from framework.llm.base import LLMProvider, LLMResponse, ModelRequest
    from framework.llm.stream import StreamEvent
    from framework.loop.budget.base import BudgetGate, Ruling, SpendRequest

_ROUND_TO = Decimal("0.000000001")


class Paying(Protocol):
    """What ruling on a request needs; a ``NodeContext`` is one."""

    @property
    def log(self) -> LaneLog:
        """Records the ruling."""
        ...

    @property
    def clock(self) -> Clock:
        """Waits where calls are slowed down."""
        ...

    @property
    def budget(self) -> BudgetGate | None:
        """Rules; None when nothing is bounded."""
        ...

    @property
    def node_id(self) -> str:
        """The node it is done for."""
        ...


class Spending:
    """One request, from its ruling until it is paid for."""

    def __init__(self, ctx: Paying, gate: BudgetGate, lane: WalkLane, wanted: SpendRequest) -> None:
        """Spend on what ``wanted`` says, if ``gate`` lets it."""
        self._ctx = ctx
        self._gate = gate
        self._lane = lane
        self._wanted = wanted
        self._ruling: Ruling | None = None

    async def begin(self) -> str:
        """Have the request ruled on, record that, wait where it says so; return the model to ask.

        A ruling that stands in the journal, of a request that was interrupted, is kept.

        Raises:
            BudgetExceededError: if the request is blocked.
        """
        standing = self._lane.ruled
        if standing is not None and standing.action != Action.BLOCK:
            self._wanted = replace(self._wanted, model=standing.model, is_settled_on=True)
            await self._reserve()
            return standing.model
        ruling = await self._gate.reserve(self._wanted)
        self._ruling = ruling
        self._wanted = replace(self._wanted, model=ruling.model, is_settled_on=True)
        self._ctx.log.record(_event(ruling))
        if ruling.action is Action.BLOCK:
            await self._ctx.log.commit()
            raise _blocked(self._ctx, ruling)
        await self._wait(ruling)
        return ruling.model

    async def send(
        self, provider: LLMProvider, request: ModelRequest, show: Callable[[StreamEvent], None]
    ) -> LLMResponse:
        """Send the request once and settle what it cost.

        What nothing was heard of costs nothing; what broke off counts whole, as nobody knows its price.

        Raises:
            BudgetExceededError: if this is another try and the budget does not allow it.
            ProviderError: if the provider cannot answer.
        """
        if self._ruling is None:
            await self._reserve()
        has_begun = False

        def listen(event: StreamEvent) -> None:
            nonlocal has_begun
            has_begun = True
            show(event)

        cost: Decimal | None = None
        try:
            response = await collect(provider, request, listen)
            cost = response.cost_usd
        except ProviderError:
            cost = None if has_begun else Decimal(0)
            raise
        finally:
            await self._settle(cost)
        return response

    async def _reserve(self) -> None:
        ruling = self._ruling = await self._gate.reserve(self._wanted)
        if ruling.action is Action.BLOCK:
            raise _blocked(self._ctx, ruling)
        await self._wait(ruling)

    async def _wait(self, ruling: Ruling) -> None:
        if not ruling.wait_s:
            return
        try:
            await self._ctx.clock.sleep(ruling.wait_s)
        except BaseException:
            self._ruling = None
            await self._gate.settle(ruling.reservation, Decimal(0))
            raise

    async def _settle(self, cost: Decimal | None) -> None:
        ruling, self._ruling = self._ruling, None
        if ruling is not None:
            await self._gate.settle(ruling.reservation, cost)

    async def release(self) -> None:
        """Give back what is reserved for a request that was never sent."""
        await self._settle(Decimal(0))


def _event(ruling: Ruling) -> BudgetRuled:
    amount = ruling.estimate_usd
    estimate = "" if amount is None else f"{amount.quantize(_ROUND_TO).normalize():f}"
    return BudgetRuled(action=ruling.action, reason=ruling.reason, estimate_usd=estimate, model=ruling.model)


def _blocked(ctx: Paying, ruling: Ruling) -> BudgetExceededError:
    estimate = "" if ruling.estimate_usd is None else f" (it may cost up to ${ruling.estimate_usd:.4f})"
    return BudgetExceededError(
        f"{ruling.reason}: node {ctx.node_id!r} may not ask {ruling.model!r}{estimate}. "
        "Raise the budget, or choose a cheaper model."
    )
