from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.toolbox.search.base import RowKeys, SearchResult, results_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["title", "url", "content", "x"]), inner),
)


def row(**fields: Any) -> dict[str, Any]:
    return {"title": "T", "url": "https://a.example/", "content": "S", **fields}


def test_markup_and_line_breaks_become_plain_text() -> None:
    rows = [row(title="A <b>bold</b>\n title", content="x &amp; y &lt;z&gt; 1 < 2")]
    assert results_of(rows, RowKeys(), 9) == [
        SearchResult(title="A bold title", url="https://a.example/", snippet="x & y <z> 1 < 2")
    ]


def test_each_url_comes_once_and_no_more_than_asked() -> None:
    rows = [row(title="1"), row(title="2"), *(row(url=f"https://a.example/{number}") for number in range(9))]
    results = results_of(rows, RowKeys(), 3)
    assert [(result.title, result.url) for result in results] == [
        ("1", "https://a.example/"),
        ("T", "https://a.example/0"),
        ("T", "https://a.example/1"),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        1,
        "x",
        [],
        {},
        row(url=None),
        row(url="javascript:x"),
        row(url="file:///x"),
        row(url="https://a\nb"),
        row(url="https://" + "a" * 3000),
    ],
)
def test_a_row_without_a_web_address_is_left_out(bad: object) -> None:
    assert [result.url for result in results_of([bad, row()], RowKeys(), 9)] == ["https://a.example/"]


def test_a_row_without_a_title_is_called_by_its_address() -> None:
    assert results_of([row(title=None, content=7)], RowKeys(), 9) == [
        SearchResult(title="https://a.example/", url="https://a.example/", snippet="")
    ]


def test_long_texts_are_cut() -> None:
    [result] = results_of([row(title="t" * 5000, content="s" * 50_000)], RowKeys(), 9)
    assert (len(result.title), len(result.snippet)) == (300, 1000)


@given(JSON)
def test_no_answer_of_a_service_breaks_it(rows: object) -> None:
    for result in results_of(rows, RowKeys(), 5):
        assert result.url.startswith(("http://", "https://", "HTTP"))
