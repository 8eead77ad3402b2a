from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.loop.stall import find_stall


def steps(text: str) -> list[bytes]:
    return [letter.encode() for letter in text]


@pytest.mark.parametrize(("text", "threshold"), [("AAA", 3), ("BAAA", 3), ("AA", 2), ("AAAAA", 5)])
def test_equal_steps_in_a_row_are_a_stall(text: str, threshold: int):
    assert f"the same {threshold} times" in str(find_stall(steps(text), threshold))


@pytest.mark.parametrize("text", ["ABAB", "CABAB"])
def test_two_steps_in_turns_are_a_stall(text: str):
    assert "alternates" in str(find_stall(steps(text), 3))


@pytest.mark.parametrize("text", ["", "A", "AA", "AAB", "ABA", "AABB", "ABCABC", "ABAC", "ABABC"])
def test_anything_else_is_progress(text: str):
    assert find_stall(steps(text), 3) is None


@given(st.lists(st.integers(), unique=True))
def test_steps_that_all_differ_are_never_a_stall(numbers: list[int]):
    assert find_stall([str(number).encode() for number in numbers], 2) is None
