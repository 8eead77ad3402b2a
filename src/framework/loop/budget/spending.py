"""The money side of one model request: ruled on, reserved, and settled whatever becomes of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from framework.errors import BudgetExceededError, ProviderError
from framework.llm.base import collect
from framework.model.budget_rule import Action, amount_text
from framework.model.events import BudgetRuled, BudgetRuledAgain, BudgetSettled

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.clock import Clock
    from framework.journal.log import LaneLog
    from framework.journal.state import WalkLane
    from framework.llm.base import LLMProvider, LLMResponse, ModelRequest
    from framework.llm.stream import StreamEvent
    from framework.loop.budget.base import BudgetGate, Ruling, SpendRequest
    from framework.model.events import PassedLimit


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
    """One request, from its ruling until it is paid for.

    The first ruling stands in the journal in front of the request. One on another try, in this process
    or the next, stands behind it; none of them changes the model any more.
    """

    def __init__(self, ctx: Paying, gate: BudgetGate, wanted: SpendRequest) -> None:
        """Spend on what ``wanted`` says, if ``gate`` lets it."""
        self._ctx = ctx
        self._gate = gate
        self._wanted = wanted
        self._ruling: Ruling | None = None

    async def begin(self, lane: WalkLane, *, is_recorded: bool) -> str:
        """Have the request ruled on and return the model to ask.

        A request that was interrupted is made as it was ruled.

        Args:
            lane: where it is made.
            is_recorded: whether the journal holds the request.

        Raises:
            BudgetExceededError: if the request is blocked.
        """
        standing = lane.ruled
        if standing is not None and standing.action != Action.BLOCK:
            self._wanted = replace(self._wanted, model=standing.model, is_settled_on=True)
        elif is_recorded:
            self._wanted = replace(self._wanted, is_settled_on=True)
        else:
            await self._rule(BudgetRuled)
        return self._wanted.model

    async def send(
        self, provider: LLMProvider, request: ModelRequest, show: Callable[[StreamEvent], None]
    ) -> LLMResponse:
        """Send the request once and settle what it cost.

        What surely was not answered costs nothing; what broke off counts whole, as nobody knows its price.
        An answer costs what the budget counts for it, where that has its own price for the model.

        Raises:
            BudgetExceededError: if this is another try and the budget does not allow it.
            ProviderError: if the provider cannot answer.
        """
        if self._ruling is None:
            await self._rule(BudgetRuledAgain)
        response: LLMResponse | None = None
        counted: Decimal | None = None
        has_begun = is_free = False

        def listen(event: StreamEvent) -> None:
            nonlocal has_begun
            has_begun = True
            show(event)

        try:
            answer = response = await collect(provider, request, listen)
        except ProviderError as error:
            is_free = error.is_free and not has_begun
            raise
        finally:
            counted = await self._settle(response, is_free=is_free)
        is_priced = answer.cost_usd is not None and counted is not None
        return replace(answer, cost_usd=counted) if is_priced else answer

    async def release(self) -> None:
        """Give back what is reserved for a request that was never sent."""
        await self._settle(None, is_free=True)

    async def _rule(self, kind: type[BudgetRuled | BudgetRuledAgain]) -> None:
        ruling = await self._gate.reserve(self._wanted)
        while ruling is not None and ruling.is_void:
            self._ctx.log.record(_event(kind, ruling))
            ruling = await self._gate.reserve(self._wanted)
        self._ruling = ruling
        model = self._wanted.model if ruling is None else ruling.model
        self._wanted = replace(self._wanted, model=model, is_settled_on=True)
        if ruling is None:
            return
        event = _event(kind, ruling)
        self._ctx.log.record(event)
        if kind is BudgetRuledAgain:
            await self._ctx.log.commit()
        if ruling.action is Action.BLOCK:
            self._ruling = None
            raise _blocked(self._ctx.node_id, event)
        if ruling.wait_s:
            await self._ctx.clock.sleep(ruling.wait_s)

    async def _settle(self, response: LLMResponse | None, *, is_free: bool) -> Decimal | None:
        """Count the answer, or that there is none; the journal gets what the answer's price does not say.

        Return the US dollars that were counted, None if no budget concerns the call.
        """
        ruling, self._ruling = self._ruling, None
        if ruling is None:
            return None
        cost = Decimal(0) if is_free else response.cost_usd if response else None
        tokens = (response.input_tokens, response.output_tokens) if response else None
        counted = await self._gate.settle(ruling.reservation, cost, tokens)
        if ruling.estimate_usd is not None and (response is None or cost is None):
            self._ctx.log.record(BudgetSettled(cost_usd=amount_text(counted)))
        return None if ruling.estimate_usd is None else counted


def _event(kind: type[BudgetRuled | BudgetRuledAgain], ruling: Ruling) -> BudgetRuled | BudgetRuledAgain:
    return kind(
        action=ruling.action,
        reason=ruling.reason,
        estimate_usd="" if ruling.estimate_usd is None else amount_text(ruling.estimate_usd),
        model=ruling.model,
        passed=ruling.passed,
    )


def _blocked(node_id: str, ruled: BudgetRuled | BudgetRuledAgain) -> BudgetExceededError:
    estimate = f" (it may cost up to ${Decimal(ruled.estimate_usd):f})" if ruled.estimate_usd else ""
    passed = f" {_told(ruled.passed)}" if ruled.passed is not None else ""
    return BudgetExceededError(
        f"{ruled.reason}: node {node_id!r} may not ask {ruled.model!r}{estimate}.{passed} "
        "Raise the budget, lower max_tokens, or choose a cheaper model."
    )


def _told(passed: PassedLimit) -> str:
    """Say which limit it was, who set it, and what it is used for."""
    whose = {"run": "the run", "node": "the node in this run"}.get(passed.scope, f"the {passed.scope}")
    where = f", set by {passed.set_by}," if passed.set_by else ""
    held = f" and ${passed.held_usd} reserved for calls under way" if passed.held_usd != "0" else ""
    return f"The limit of ${passed.limit_usd} for {whose}{where} has ${passed.spent_usd} spent{held}."
