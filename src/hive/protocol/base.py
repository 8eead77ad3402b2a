"""What all models of the wire share, and the kinds of values they are made of."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from hive.protocol.forms import NO_NUL, NOT_BLANK, SEEN

_LARGEST_COUNT = 2**53
_LARGEST_AMOUNT = Decimal(10) ** 9
_LARGEST_SUM = Decimal(10) ** 15
_SMALLEST_LIMIT = Decimal("0.000001")


def _refuse_true_for_whole(said: object) -> object:
    if isinstance(said, bool):
        raise ValueError("Input should be a whole number")  # noqa: TRY004  (pydantic reports this one)
    return said


def _refuse_true_for_number(said: object) -> object:
    if isinstance(said, bool):
        raise ValueError("Input should be a number")  # noqa: TRY004  (pydantic reports this one)
    return said


# Bounds stand before what refuses true and false: after it, pydantic describes them in words of its own.
_WHOLE = BeforeValidator(_refuse_true_for_whole)
_NUMBER = BeforeValidator(_refuse_true_for_number)

Whole = Annotated[int, _WHOLE]
"""Any whole number; JSON's true and false are none, though Python counts with them."""

Count = Annotated[int, Field(ge=0, le=_LARGEST_COUNT), _WHOLE]
"""A number of things, which JavaScript reads exactly."""

Version = Annotated[int, Field(ge=1), _WHOLE]
"""The number of a format."""

Number = Annotated[float, Field(allow_inf_nan=False), _NUMBER]
"""Any number; NaN, infinity, true and false are none."""

Milliseconds = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False), _NUMBER]
"""A length of time."""

Age = Annotated[float, Field(ge=-1, allow_inf_nan=False), _NUMBER]
"""Seconds since something; -1 where it never was."""

Usd = Annotated[
    Decimal, Field(ge=0, le=_LARGEST_AMOUNT), PlainSerializer(float, return_type=float, when_used="json")
]
"""An amount of money; a number in JSON."""


Sum = Annotated[Decimal, Field(ge=0), PlainSerializer(float, return_type=float, when_used="json")]
"""What amounts add up to, which nothing bounds; a number in JSON."""


def _refuse_text(said: object) -> object:
    if isinstance(said, str):
        raise ValueError("Input should be a number")  # noqa: TRY004  (pydantic reports this one)
    return said


def _refuse_dust(limit: Decimal) -> Decimal:
    if 0 < limit < _SMALLEST_LIMIT:
        raise ValueError(f"is less than {_SMALLEST_LIMIT} US dollars; a limit is 0, or at least that")
    return limit


AskedLimit = Annotated[
    Usd,
    BeforeValidator(_refuse_text),
    AfterValidator(_refuse_dust),
    WithJsonSchema(
        {
            "description": f"US dollars: 0, or {_SMALLEST_LIMIT} and more; what lies between is refused.",
            "type": "number",
            "anyOf": [{"const": 0}, {"minimum": float(_SMALLEST_LIMIT)}],
            "maximum": int(_LARGEST_AMOUNT),
        }
    ),
]
"""A limit in a request: a number, as its description says, and no text that looks like one."""

AskedSum = Annotated[
    Sum,
    Field(le=_LARGEST_SUM),
    BeforeValidator(_refuse_text),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": int(_LARGEST_SUM)}),
]
"""A sum in a request, which may be one that we told."""

Percent = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False), _NUMBER]
"""A share of a hundred, more where a limit was passed."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=NO_NUL)]
"""An id or a name; PostgreSQL takes no NUL in a text."""

Word = Annotated[str, StringConstraints(max_length=256, pattern=NO_NUL)]
"""A short text, perhaps empty."""


def _refuse_blank(said: str) -> str:
    if not re.search(SEEN, said):
        raise ValueError("is blank; say a name, or leave it out")
    return said


Name = Annotated[Word, AfterValidator(_refuse_blank), Field(json_schema_extra={"pattern": NOT_BLANK})]
"""A short text in a request that says something."""

Text = Annotated[str, StringConstraints(max_length=1_000_000, pattern=NO_NUL)]
"""A long text."""

_T = TypeVar("_T")

Many = Annotated[list[_T], Field(fail_fast=True)]
"""A list; the first thing that is wrong in it is told alone, since there may be as many as things."""

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
