from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import ToolError
from hive.toolbox.csv_text import TablePage, check_width, csv_lines, header_of, table_page

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def page(
    text: str, *, offset: int = 0, limit: int = 50, max_chars: int = 10_000, delimiter: str = ","
) -> TablePage:
    return table_page(text, delimiter=delimiter, offset=offset, limit=limit, max_chars=max_chars)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_what_is_written_is_read_back(rows: list[list[str]], delimiter: str) -> None:
    read = page(csv_lines(rows, delimiter), delimiter=delimiter)
    assert [read.header, *read.rows] == rows


def test_pages_follow_each_other_to_the_end() -> None:
    text = "n\n" + "".join(f"{number}\n" for number in range(7))
    first, second, third = page(text, limit=3), page(text, offset=3, limit=3), page(text, offset=6, limit=3)
    assert [row for part in (first, second, third) for row in part.rows] == [[str(n)] for n in range(7)]
    assert [part.next_offset for part in (first, second, third)] == [3, 6, None]
    assert {part.total for part in (first, second, third)} == {7}
    beyond = page(text, offset=99)
    assert (beyond.rows, beyond.total, beyond.next_offset) == ([], 7, None)


def test_a_page_holds_what_fits_but_at_least_one_row() -> None:
    text = "a\n" + "".join(f"{'x' * 100}\n" for _ in range(5))
    assert (len(page(text, max_chars=250).rows), page(text, max_chars=250).next_offset) == (2, 2)
    assert (len(page(text, max_chars=1).rows), page(text, max_chars=1).total) == (1, 5)


def test_a_long_cell_is_cut() -> None:
    assert len(page(f"a\n{'x' * 50_000}\n").rows[0][0]) == 2003


def test_an_empty_file_has_no_header() -> None:
    assert (page("").header, page("").rows, header_of("", ",")) == ([], [], [])


@pytest.mark.parametrize("text", ["x" * 200_000, f"a\n{'x' * 200_000}"])
def test_a_cell_beyond_reason_is_an_error(text: str) -> None:
    with pytest.raises(ToolError, match="is not CSV with ','"):
        page(text)


def test_a_row_of_another_width_is_counted() -> None:
    check_width([["1", "2"]], ["a", "b"])
    with pytest.raises(ToolError, match="row 2 has 1 cells and the header has 2"):
        check_width([["1", "2"], ["3"]], ["a", "b"])
