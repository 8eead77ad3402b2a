"""What an SDK reckons itself, without what it was told too much, and without other months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.control.domain.reckoning import Telling, month_of, reckoned

NOW = datetime(2026, 3, 14, 15, tzinfo=UTC)
MARCH, FEBRUARY = month_of(NOW), datetime(2026, 2, 1, tzinfo=UTC)
AMOUNTS = st.decimals(0, 10**6, places=10)


def telling(month: datetime, told: str, spent: str) -> Telling:
    return Telling(month=month, told=Decimal(told), spent=Decimal(spent))


@pytest.mark.parametrize(
    ("local", "told", "counts"),
    [
        ("3", None, "3"),
        ("3", telling(MARCH, "2", "2"), "3"),
        ("0.8", telling(MARCH, "0.5", "0"), "0.3"),
        ("0.5", telling(MARCH, "0.5", "0.2"), "0.2"),
        ("0.1", telling(MARCH, "0.5", "0"), "0"),
        ("96", telling(FEBRUARY, "95", "95"), "0"),
        ("96", telling(FEBRUARY.replace(year=2025), "95", "95"), "0"),
    ],
)
def test_what_counts_is_what_was_spent_this_month(local: str, told: Telling | None, counts: str) -> None:
    assert reckoned(Decimal(local), told, NOW) == Decimal(counts)


@pytest.mark.parametrize("told", [None, telling(MARCH, "1", "1")])
def test_a_question_that_may_be_older_than_the_month_counts_only_what_is_stored(told: Telling | None) -> None:
    for seconds, counts in ((0, 0), (59.9, 0), (60, 96)):
        assert reckoned(Decimal(96), told, MARCH + timedelta(seconds=seconds)) == counts


@given(spent=AMOUNTS, excess=AMOUNTS, own=AMOUNTS)
def test_an_sdk_that_goes_on_from_what_it_was_told_counts_what_it_spent(
    spent: Decimal, excess: Decimal, own: Decimal
) -> None:
    told = Telling(month=MARCH, told=spent + excess, spent=spent)
    assert reckoned(told.told + own, told, NOW) == spent + own
