from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.research.sources import Source, cited_in, cited_sources, keep, read, same_page, unread_in
from framework.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path

A, B = Source(url="https://a.example/x", title="X"), Source(url="https://b.example/Y_(z)", title="")


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("As [they say](https://a.example/x).", ["https://a.example/x"]),
        ("See https://a.example/x, (https://b.example/Y_(z)).", ["https://a.example/x", "https://b.example/Y_(z)"]),
        ("<https://a.example/x> and **https://b.example/y**", ["https://a.example/x", "https://b.example/y"]),
        ("| https://a.example/x|[b][1]\n[1]: HTTP://b.example", ["https://a.example/x", "HTTP://b.example"]),
        ("https://a.example/x#one and https://A.example/x/", ["https://a.example/x#one"]),
        ("No address, not even a.example/x.", []),
    ],
)  # fmt: skip
def test_addresses_are_found_however_they_stand_in_a_text(text: str, cited: list[str]) -> None:
    assert cited_in(text) == cited


def test_what_was_not_read_is_found_and_other_spellings_of_what_was_are_not() -> None:
    text = "[a](https://A.example/x/#part) [b](https://b.example/Y_(z)) [c](https://a.example/x?page=2)"

    assert unread_in(text, [A, B]) == ["https://a.example/x?page=2"]
    assert cited_sources(text, [B, A]) == [A, B]


@given(st.text(max_size=80))
def test_any_text_has_addresses_that_are_equal_to_themselves(text: str) -> None:
    for url in cited_in(f"{text} https://[broken {text}"):
        assert unread_in(url, [Source(url=url, title="")]) == []
        assert same_page(same_page(url)) == same_page(url)


def test_pages_are_kept_once_in_the_order_of_reading(tmp_path: Path) -> None:
    data = tmp_path / "data"

    assert read(data) == []
    for source in (B, A, Source(url=f"{B.url}#again", title="Z")):
        keep(data, source)
    assert read(data) == [B, A]
    with pytest.raises(ToolError, match="keeps no files"):
        keep(None, A)
