"""The policy file: what runs, nodes and agents may spend, and which models are cheaper."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from framework.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

MOST_USD = Decimal(1_000_000_000)
MOST_PLACES = 12
"""Bounds of an amount and of its decimal places; what is beyond them is a mistake."""

Dollars = Annotated[Decimal, Field(ge=0, le=MOST_USD, decimal_places=MOST_PLACES, allow_inf_nan=False)]

Pricing = Callable[[str, int, int], Decimal | None]
"""Gives the US dollars that a model's input and output tokens cost; None when the price is unknown."""

_PER_MILLION = Decimal(1_000_000)
_MAX_PROBLEMS = 5
_SAMPLE_TOKENS = 1000
_SAMPLES = {"input": (_SAMPLE_TOKENS, 0), "output": (0, _SAMPLE_TOKENS)}
"""Small calls of one kind of token: some lists price long ones differently."""


def unknown_price(model: str, input_tokens: int, output_tokens: int) -> Decimal | None:
    """Return None: a list of prices without any."""
    del model, input_tokens, output_tokens
    return None


class Scope(StrEnum):
    """Whose spending a cap bounds."""

    RUN = "run"
    NODE = "node"
    AGENT = "agent"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cap(_Strict):
    """One limit.

    Attributes:
        scope: ``run`` bounds each run, ``node`` each node in each run, ``agent`` all runs of an agent.
        limit_usd: US dollars.
        name: the node or agent it is for; empty means each.
        set_by: where it was set, for whoever reads that it blocked a call.
    """

    scope: Scope
    limit_usd: Dollars
    name: str = ""
    set_by: str = ""


class ModelPrice(_Strict):
    """What a model costs, in US dollars per million tokens."""

    input_per_million: Dollars
    output_per_million: Dollars

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        """Return US dollars."""
        return (
            self.input_per_million * input_tokens + self.output_per_million * output_tokens
        ) / _PER_MILLION


def _once_each(ladder: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((model for model in ladder if ladder.count(model) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice!r} stands on it twice")
    return ladder


Ladder = Annotated[tuple[str, ...], AfterValidator(_once_each)]


class BudgetPolicy(_Strict):
    """Limits and what goes with them.

    Attributes:
        caps: the limits; a call must keep all that concern it.
        ladder: models from the dearest to the cheapest; a degradation takes the next one down.
        prices: prices by model, before those of the installed list.
    """

    version: Literal[1] = 1
    caps: tuple[Cap, ...] = ()
    ladder: Ladder = ()
    prices: dict[str, ModelPrice] = Field(default_factory=dict[str, ModelPrice])

    def below(self, model: str) -> tuple[str, ...]:
        """Return the models below one on the ladder, the next one first."""
        return self.ladder[self.ladder.index(model) + 1 :] if model in self.ladder else ()

    def price(self, model: str, input_tokens: int, output_tokens: int, pricing: Pricing) -> Decimal | None:
        """Return what a call costs by the policy, or else by ``pricing``; None when neither knows it."""
        own = self.prices.get(model)
        return own.cost(input_tokens, output_tokens) if own else pricing(model, input_tokens, output_tokens)

    def with_run_limit(self, limit_usd: Decimal, set_by: str = "") -> BudgetPolicy:
        """Return the policy with a limit for each run in addition."""
        cap = Cap(scope=Scope.RUN, limit_usd=limit_usd, set_by=set_by)
        return self.model_copy(update={"caps": (*self.caps, cap)})

    def from_place(self, place: str) -> BudgetPolicy:
        """Return the policy with caps that say they were set at ``place``, unless they say another."""
        caps = tuple(cap.model_copy(update={"set_by": cap.set_by or place}) for cap in self.caps)
        return self.model_copy(update={"caps": caps})


def check_ladder(policy: BudgetPolicy, pricing: Pricing) -> None:
    """Check that no step of the ladder costs more than one above it, as far as prices are known.

    Raises:
        SettingsError: naming the step and the prices.
    """
    for kind, tokens in _SAMPLES.items():
        prices = [(model, policy.price(model, *tokens, pricing)) for model in policy.ladder]
        known = [(model, cost * _PER_MILLION / _SAMPLE_TOKENS) for model, cost in prices if cost is not None]
        for (above, less), (step, more) in pairwise(known):
            if more > less:
                raise SettingsError(
                    f"On the ladder {step!r} costs more than {above!r} above it: ${more.normalize():f} for a "
                    f"million {kind} tokens, not ${less.normalize():f}. Put the dearer model first, or leave "
                    "one of them out."
                )


def load_policy(path: Path, pricing: Pricing = unknown_price) -> BudgetPolicy:
    """Return the policy in a JSON file.

    Args:
        path: the file.
        pricing: prices of models that the policy does not price.

    Raises:
        SettingsError: if it cannot be read, or says something a policy cannot say.
    """
    try:
        policy = BudgetPolicy.model_validate_json(path.read_bytes())
        check_ladder(policy, pricing)
    except SettingsError as error:
        raise SettingsError(f"The budget policy {str(path)!r} cannot be used: {error}") from error
    except OSError as error:
        raise SettingsError(f"The budget policy {str(path)!r} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'the file'}: {item['msg']}"
            for item in error.errors()[:_MAX_PROBLEMS]
        )
        raise SettingsError(f"The budget policy {str(path)!r} cannot be used: {problems}.") from error
    return policy.from_place(str(path))
