"""Numbers: what bounds them is described where programs look for it, and true and false are none."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from hive.protocol.base import Age, Count, Milliseconds, Number, Percent, Version, Whole

BOUNDS = {Count: (0, 2**53), Milliseconds: (0, 1e12), Percent: (0, 1000)}


@pytest.mark.parametrize("kind", BOUNDS)
def test_the_bounds_of_a_number_are_described_and_hold(kind: Any) -> None:
    least, most = BOUNDS[kind]
    reader: TypeAdapter[float] = TypeAdapter(kind)
    described = reader.json_schema()
    assert (described["minimum"], described["maximum"]) == (least, most)
    assert [reader.validate_python(least), reader.validate_python(most)] == [least, most]
    for beyond in (least - 1, most * 1.5):
        with pytest.raises(ValidationError):
            reader.validate_python(beyond)


@pytest.mark.parametrize(("kind", "least"), [(Age, -1), (Version, 1)])
def test_a_number_that_only_begins_somewhere_says_where(kind: Any, least: int) -> None:
    reader: TypeAdapter[float] = TypeAdapter(kind)
    assert reader.json_schema()["minimum"] == reader.validate_python(least) == least
    with pytest.raises(ValidationError):
        reader.validate_python(least - 1)


@pytest.mark.parametrize("kind", [Whole, Count, Number, Milliseconds, Percent, Age, Version])
@pytest.mark.parametrize("said", [True, False, float("nan"), float("inf")])
def test_what_is_no_number_is_refused(kind: Any, said: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(said)
