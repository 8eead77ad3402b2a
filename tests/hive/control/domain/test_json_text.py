"""JSON as programs send it: what is odd stays where it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.control.domain.json_text import (
    DEEPEST,
    OddNumber,
    OddNumberError,
    is_too_deep,
    odd_number_in,
    read_json,
    read_list,
    write_as_it_came,
    write_json,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def write_text(raw: bytes) -> bytes:
    """Return a text of odd characters as JSON: brackets, quotes and backslashes among them."""
    return write_json("".join('[]{}"\\,a'[byte % 8] for byte in raw))


@given(VALUES)
def test_what_is_written_reads_the_same(value: object) -> None:
    assert read_json(write_json(value)) == value or _has_long_integer(value)


def nested(inner: bytes, ways: list[bool]) -> bytes:
    """Return ``inner`` in a list or an object for each of ``ways``."""
    for is_list in ways:
        inner = b"[" + inner + b"]" if is_list else b'{"a\\"[": ' + inner + b"}"
    return inner


@given(
    st.lists(VALUES, max_size=4),
    st.lists(VALUES, max_size=4),
    st.binary(max_size=3).map(write_text),
    st.lists(st.booleans(), max_size=8),
    st.sampled_from([DEEPEST + 100, 1020, 1024, 1100, 20_000]),
)
def test_what_lies_too_deep_changes_nothing_beside_it(
    before: list[object], after: list[object], text: bytes, ways: list[bool], depth: int
) -> None:
    deep = nested(text, [*[True, False] * (depth // 2), *ways])
    parts = [*map(write_json, before), deep, *map(write_json, after)]
    found = read_list(b"[" + b", ".join(parts) + b"]")
    assert [is_too_deep(each) for each in found] == [*[False] * len(before), True, *[False] * len(after)]
    neighbours = [*found[: len(before)], *found[len(before) + 1 :]]
    assert neighbours == [*before, *after] or _has_long_integer([before, after])
    assert is_too_deep(read_list(write_as_it_came([found[len(before)]]))[0])


def test_an_event_may_have_so_many_levels_and_no_more() -> None:
    assert [is_too_deep(read_json(nested(b"1", [True] * depth))) for depth in (DEEPEST, DEEPEST + 1)] == [
        False,
        True,
    ]


def _has_long_integer(value: object) -> bool:
    return any(len(digits) > 15 for digits in "".join(c if c.isdigit() else " " for c in repr(value)).split())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"[NaN]", [OddNumber("NaN")]),
        (b"[1e999]", [OddNumber("1e999")]),
        (b"[" + b"9" * 5000 + b", 1]", [OddNumber("9" * 5000), 1]),
        (b"[-" + b"9" * 308 + b', "\\ud800"]', [-int("9" * 308), "\ud800"]),
        (b'["\\ud800"]', ["\ud800"]),
    ],
)
def test_what_is_no_number_or_text_comes_all_the_same(text: bytes, value: object) -> None:
    assert read_json(text) == value
    assert read_json(write_as_it_came(value)) == value


@pytest.mark.parametrize("odd", [b"NaN", b"-Infinity", b"1e999"])
def test_an_odd_number_is_found_and_not_written_where_numbers_are_kept(odd: bytes) -> None:
    value = read_json(b'{"a": [1, {"b.c": [' + odd + b', "\\ud800"]}]}')
    assert odd_number_in(value) == ("a.1.b.c.0", OddNumber(odd.decode()))
    with pytest.raises(OddNumberError):
        write_json(value)


def test_the_first_of_two_odd_numbers_is_found() -> None:
    value = [[], {"a": [1, {}]}, {"b": [2, OddNumber("NaN")]}, OddNumber("1e999")]
    assert odd_number_in(value) == ("2.b.1", OddNumber("NaN"))
    assert odd_number_in(OddNumber("NaN")) == ("", OddNumber("NaN"))
    assert odd_number_in([[], {"a": 1}]) is None


def test_beside_half_a_character_an_odd_number_stays_one() -> None:
    value = ["\ud800", OddNumber("1e999"), OddNumber("-1e999"), OddNumber("NaN")]
    found = read_json(write_as_it_came(value))
    assert found == ["\ud800", OddNumber("Infinity"), OddNumber("-Infinity"), OddNumber("NaN")]


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff", b"[" * 100_000, b"]" * 300 + b"[" * 300, b"[" * 300 + b'"]']
)
def test_what_is_no_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_json(text)
