"""The policy file: what runs, nodes and agents may spend, and which models are cheaper."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from framework.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

Dollars = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]

_PER_MILLION = Decimal(1_000_000)
_MAX_PROBLEMS = 5


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
    """

    scope: Scope
    limit_usd: Dollars
    name: str = ""


class ModelPrice(_Strict):
    """What a model costs, in US dollars per million tokens."""

    input_per_million: Dollars
    output_per_million: Dollars

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        """Return US dollars."""
        return (
            self.input_per_million * input_tokens + self.output_per_million * output_tokens
        ) / _PER_MILLION


class BudgetPolicy(_Strict):
    """Limits and what goes with them.

    Attributes:
        caps: the limits; a call must keep all that concern it.
        ladder: models from the dearest to the cheapest; a degradation takes the next one down.
        prices: prices by model, before those of the installed list.
    """

    version: Literal[1] = 1
    caps: tuple[Cap, ...] = ()
    ladder: tuple[str, ...] = ()
    prices: dict[str, ModelPrice] = Field(default_factory=dict[str, ModelPrice])

    def cheaper_than(self, model: str) -> str | None:
        """Return the next model down the ladder, None if there is none."""
        if model not in self.ladder:
            return None
        below = self.ladder[self.ladder.index(model) + 1 :]
        return below[0] if below else None

    def with_run_limit(self, limit_usd: Decimal) -> BudgetPolicy:
        """Return the policy with a limit for each run in addition."""
        return self.model_copy(update={"caps": (*self.caps, Cap(scope=Scope.RUN, limit_usd=limit_usd))})


def load_policy(path: Path) -> BudgetPolicy:
    """Return the policy in a JSON file.

    Raises:
        SettingsError: if it cannot be read, or says something a policy cannot say.
    """
    try:
        return BudgetPolicy.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"The budget policy {str(path)!r} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'the file'}: {item['msg']}"
            for item in error.errors()[:_MAX_PROBLEMS]
        )
        raise SettingsError(f"The budget policy {str(path)!r} cannot be used: {problems}.") from error
