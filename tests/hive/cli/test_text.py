"""Numbers and foreign text as a terminal shows them."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.cli.printing import table_lines
from hive.cli.text import cost, count, duration, one_line, printable, size


@given(st.text())
def test_nothing_printable_can_steer_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    assert printable(shown) == shown


@given(st.text(), st.integers(min_value=3, max_value=50))
def test_one_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line


def test_text_that_reorders_the_line_is_escaped() -> None:
    assert printable("a\u202eb\x9b2J\u2028") == "a\\u202eb\\x9b2J\\u2028"


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "0.00 s"),
        (1_234_000, "1.23 s"),
        (12_340_000, "12.3 s"),
        (185_000_000, "3 min 05 s"),
        (7_380_000_000, "2 h 03 min"),
    ],
)
def test_durations(microseconds: int, text: str) -> None:
    assert duration(microseconds) == text


@pytest.mark.parametrize(
    ("amount", "answers", "unpriced", "text"),
    [
        ("0", 0, 0, "no model used"),
        ("0", 2, 0, "$0"),
        ("0", 2, 2, "unknown price"),
        ("0.00123", 2, 0, "$0.00123"),
        ("0.0000001", 2, 0, "$0.000001"),
        ("1.5", 2, 1, "$1.50 + 1 answer of unknown price"),
    ],
)
def test_costs(amount: str, answers: int, unpriced: int, text: str) -> None:
    assert cost(Decimal(amount), answers=answers, unpriced=unpriced) == text


def test_counts_and_sizes() -> None:
    assert count(1, "step") == "1 step"
    assert count(1204, "token") == "1,204 tokens"
    assert [size(n) for n in (5, 98_362_432, 3_000_000_000)] == ["5 bytes", "98.4 MB", "3.0 GB"]


def test_a_table_leaves_columns_out_until_it_fits() -> None:
    rows = [("run-1", "agent", "5 s"), ("run-2", "nothing reads back here")]
    assert table_lines(rows, ("RUN", "AGENT", "TOOK"), spare=("AGENT",)) == [
        "RUN    AGENT  TOOK",
        "run-1  agent  5 s",
        "run-2  nothing reads back here",
    ]
    narrow = table_lines(rows, ("RUN", "AGENT", "TOOK"), spare=("AGENT",), width=12)
    assert narrow[:2] == ["RUN    TOOK", "run-1  5 s"]
