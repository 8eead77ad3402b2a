"""Cutting output into lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from framework.tools.mcp.lines import LineCutter, LongLine


@given(st.binary(max_size=200), st.integers(1, 20))
def test_chunks_do_not_matter(content: bytes, step: int) -> None:
    content = content.replace(b"\n\n", b"\n") + b"\n"
    cutter = LineCutter(1000)

    lines = [
        line for start in range(0, len(content), step) for line in cutter.feed(content[start : start + step])
    ]

    assert lines == content.split(b"\n")[:-1]


def test_a_line_over_the_limit_is_dropped_but_for_its_beginning() -> None:
    cutter = LineCutter(10)

    lines = (
        cutter.feed(b"0123456789\n")
        + cutter.feed(b"0123456")
        + cutter.feed(b"789abc")
        + cutter.feed(b"d\nx\n")
    )

    assert lines == [b"0123456789", LongLine(head=b"0123456789abc", size=14), b"x"]


def test_a_line_that_never_ends_takes_no_memory() -> None:
    cutter = LineCutter(1000)

    for _ in range(1000):
        assert cutter.feed(b"x" * 1000) == []

    assert cutter.dropped == 1_000_000
    assert len(cutter._buffer) == 0
