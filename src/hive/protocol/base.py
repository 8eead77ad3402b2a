"""What all models of the wire share, and the kinds of values they are made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

_LARGEST_COUNT = 2**53
_LARGEST_AMOUNT = Decimal(10) ** 9
_NO_NUL = r"^[^\x00]*$"

Count = Annotated[int, Field(ge=0, le=_LARGEST_COUNT)]
"""A number of things, which JavaScript reads exactly."""

Milliseconds = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
"""A length of time."""

Usd = Annotated[
    Decimal, Field(ge=0, le=_LARGEST_AMOUNT), PlainSerializer(float, return_type=float, when_used="json")
]
"""An amount of money; a number in JSON."""


def _refuse_text(said: object) -> object:
    if isinstance(said, str):
        raise ValueError("Input should be a number")  # noqa: TRY004  (pydantic reports this one)
    return said


AskedUsd = Annotated[
    Usd,
    BeforeValidator(_refuse_text),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": int(_LARGEST_AMOUNT)}),
]
"""An amount in a request: a number, as its description says, and no text that looks like one."""

Percent = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
"""A share of a hundred, more where a limit was passed."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=_NO_NUL)]
"""An id or a name; PostgreSQL takes no NUL in a text."""

Word = Annotated[str, StringConstraints(max_length=256, pattern=_NO_NUL)]
"""A short text, perhaps empty."""

Text = Annotated[str, StringConstraints(max_length=1_000_000, pattern=_NO_NUL)]
"""A long text."""

Moment = AwareDatetime
"""A point in time that says its offset."""


class Wire(BaseModel):
    """What a program sends: unknown fields are kept, and written again as they came."""

    model_config = ConfigDict(
        extra="allow", frozen=True, protected_namespaces=(), defer_build=True, hide_input_in_errors=True
    )

    def written(self) -> dict[str, Any]:
        """Return the fields that were given, as JSON takes them."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


class Wish(BaseModel):
    """What a person sends: unknown fields are reported."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, protected_namespaces=(), defer_build=True, hide_input_in_errors=True
    )
