"""The last entries of a stream: bounded, and without a hole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.control.domain.ring import Ring
from tests.support.live import batch


@given(
    head=st.integers(0, 10**6),
    sizes=st.lists(st.integers(1, 20), max_size=30),
    most_entries=st.integers(1, 8),
    most_bytes=st.integers(1, 4000),
)
def test_what_is_kept_follows_without_a_hole_from_tail_to_head(
    head: int, sizes: list[int], most_entries: int, most_bytes: int
) -> None:
    ring = Ring(head, most_entries=most_entries, most_bytes=most_bytes)
    for number, size in enumerate(sizes, start=1):
        ring.add(batch(ring.head, ring.head + size))
        at, kept, size_kept = ring.tail, 0, 0
        while (entry := ring.after(at)) is not None:
            at, kept, size_kept = entry.upto, kept + 1, size_kept + len(entry.text)
        assert at == ring.head == head + sum(sizes[:number])
        assert 1 <= kept <= most_entries
        assert kept == 1 or size_kept <= most_bytes


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=20), position=st.integers(0, 200))
def test_who_joins_does_so_where_an_entry_begins(sizes: list[int], position: int) -> None:
    ring = Ring(0, most_entries=4, most_bytes=10**6)
    for size in sizes:
        ring.add(batch(ring.head, ring.head + size))
    place = ring.join_after(position)
    assert place in (ring.tail, ring.head) or ring.after(place) is not None
    assert place > position or place == ring.head


@pytest.mark.parametrize(("before", "upto"), [(9, 12), (11, 12), (10, 10), (10, 9)])
def test_only_what_follows_is_added(before: int, upto: int) -> None:
    ring = Ring(10, most_entries=4, most_bytes=100)
    with pytest.raises(ValueError, match="after 10"):
        ring.add(batch(before, upto))
