"""JSON as programs send it: what is odd stays where it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.control.domain.json_text import read_json, write_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(VALUES)
def test_what_is_written_reads_the_same(value: object) -> None:
    assert read_json(write_json(value)) == value or _has_long_integer(value)


def _has_long_integer(value: object) -> bool:
    return any(len(digits) > 15 for digits in "".join(c if c.isdigit() else " " for c in repr(value)).split())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"[NaN]", ["NaN"]),
        (b"[1e999]", ["1e999"]),
        (b"[" + b"9" * 5000 + b", 1]", ["9" * 5000, 1]),
        (b'["\\ud800"]', ["\ud800"]),
    ],
)
def test_what_is_no_number_or_text_comes_all_the_same(text: bytes, value: object) -> None:
    assert read_json(text) == value
    assert read_json(write_json(value)) == value


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_json(text)
