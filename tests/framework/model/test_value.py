"""JSON values: encoded once, small ones inline, large ones by hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter

from framework.errors import BlobNotFoundError, NotJsonError
from framework.model.value import INLINE_LIMIT, Value, encode_json, write_value

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | st.just("$blob"), inner, max_size=4),
    max_leaves=12,
)


class Size(BaseModel):
    width: float


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")


@dataclass
class Point:
    x: float


def through_a_journal(value: Value) -> Value:
    """Write a value as an event does and read it back, content fetched."""
    wire = orjson.loads(orjson.dumps(value, default=write_value))
    read = TypeAdapter(Value).validate_python(wire)
    return read if read.is_resolved else read.resolved(value.raw)


def ordered(content: Any) -> Any:
    """Return JSON data in which the order of keys counts, and 1 is not 1.0 or True."""
    if isinstance(content, dict):
        return ("object", [(key, ordered(item)) for key, item in content.items()])
    if isinstance(content, list):
        return [ordered(item) for item in content]
    return (type(content), repr(content))


@given(JSON)
def test_every_json_value_reads_back_with_its_key_order(content: Any) -> None:
    value = Value.of(content)
    read = through_a_journal(value)

    assert ordered(read.load()) == ordered(content)
    assert ordered(value.load()) == ordered(content)
    assert (read, hash(read), read.size) == (value, hash(value), value.size)


@pytest.mark.parametrize(("extra", "is_blob"), [(-1, False), (0, False), (1, True)])
def test_content_over_the_limit_is_kept_outside(extra: int, is_blob: bool) -> None:
    value = Value.of("x" * (INLINE_LIMIT - 2 + extra))

    assert value.size == INLINE_LIMIT + extra
    assert (value.digest is not None) is is_blob
    assert isinstance(value.wire(), dict) is is_blob


def test_the_limit_counts_bytes_not_characters() -> None:
    assert Value.of("\N{HONEYBEE}" * (INLINE_LIMIT // 4)).digest is not None
    assert Value.of("\N{HONEYBEE}" * (INLINE_LIMIT // 4 - 1)).digest is None


def test_the_digest_is_of_the_json_text() -> None:
    value = Value.blob("x")

    assert value.digest == sha256(b'"x"').hexdigest()
    assert value.wire() == {"$blob": value.digest, "size": 3}


@pytest.mark.parametrize(
    "content",
    [{"$blob": "0" * 64, "size": 9}, {"$blob": 1}, {"a": 1, "$blob": None}, Anything(**{"$blob": 1})],
)
def test_content_that_looks_like_a_reference_is_kept_outside(content: object) -> None:
    value = Value.of(content)

    assert value.digest is not None
    assert through_a_journal(value) == value
    assert "$blob" in through_a_journal(value).load()


@pytest.mark.parametrize("content", [{"a": {"$blob": "x"}}, ["$blob"], '{"$blob":1}', {"a": '"$blob":'}])
def test_a_reference_deeper_down_is_plain_content(content: object) -> None:
    value = Value.of(content)

    assert value.digest is None
    assert through_a_journal(value).load() == content


@pytest.mark.parametrize(
    "content",
    [
        float("nan"),
        float("inf"),
        float("-inf"),
        [1, [None, float("nan")]],
        {"a": {"b": float("inf")}},
        (1.0, float("nan")),
        Size(width=float("nan")),
        {"size": [Size(width=float("inf"))]},
        Point(x=float("nan")),
    ],
)
def test_numbers_that_are_not_finite_are_refused(content: object) -> None:
    with pytest.raises(NotJsonError, match=r"number -?(nan|inf) cannot be expressed"):
        Value.of(content)


@pytest.mark.parametrize(
    "content",
    [2**64, -(2**63) - 1, "\ud800", {"\udcff": 1}, {1: 2}, {None: 1}, object(), {1, 2}, b"bytes", 1j],
)
def test_what_json_cannot_express_is_refused(content: object) -> None:
    with pytest.raises(NotJsonError, match="cannot be expressed in JSON"):
        Value.of(content)


def test_what_contains_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)

    with pytest.raises(NotJsonError):
        Value.of(loop)


def test_models_dataclasses_tuples_and_dates_have_a_form() -> None:
    content = (Size(width=1.5), Point(x=2.0), datetime(2026, 1, 2, tzinfo=UTC), Value.of("in"), None)

    assert Value.of(content).load() == [{"width": 1.5}, {"x": 2.0}, "2026-01-02T00:00:00+00:00", "in", None]


def test_null_is_no_number() -> None:
    assert encode_json([None, "null", 1.5]) == b'[null,"null",1.5]'


def test_loading_gives_a_fresh_copy() -> None:
    value = Value.of({"a": [1]})
    value.load()["a"].append(2)

    assert value.load() == {"a": [1]}


def test_a_reference_without_its_content_says_so() -> None:
    reference = Value.from_wire({"$blob": "ab" * 32, "size": 9000})

    assert not reference.is_resolved
    assert reference.size == 9000
    assert repr(reference) == f"Value($blob={'ab' * 32})"
    with pytest.raises(BlobNotFoundError, match="was not fetched"):
        reference.load()


def test_equal_values_have_equal_hashes_wherever_their_content_is() -> None:
    inline, outside = Value.of("x"), Value.blob("x")
    reference = Value.from_wire(outside.wire())

    assert inline == outside == reference == inline
    assert len({inline, outside, reference}) == 1


@pytest.mark.parametrize(
    "other", [Value.of("y"), Value.of(["x"]), Value.from_wire({"$blob": "0" * 64}), "x", None]
)
def test_other_values_differ(other: object) -> None:
    assert Value.of("x") != other
    assert Value.from_wire(Value.blob("x").wire()) != other


def test_key_order_and_number_form_are_part_of_a_value() -> None:
    assert Value.of({"a": 1, "b": 2}) != Value.of({"b": 2, "a": 1})
    assert Value.of(1) != Value.of(1.0)


def test_a_value_shows_the_start_of_its_content() -> None:
    assert repr(Value.of("bees")) == "Value(b'\"bees\"')"
