from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from framework.errors import ToolError
from framework.tools.context import ToolContext
from hive.toolbox.csv_tools import CsvTools
from hive.toolbox.settings import ToolboxSettings

if TYPE_CHECKING:
    from pathlib import Path

CONTEXT = ToolContext()


@pytest.fixture
def tables(tmp_path: Path) -> CsvTools:
    return CsvTools(lambda: ToolboxSettings(data_dir=tmp_path, root=tmp_path))


def test_a_table_is_written_continued_and_read(tables: CsvTools, tmp_path: Path) -> None:
    tables.csv_write("a/t.csv", ["n", "v"], [["1", "x;y"]], ";")
    tables.csv_append("a/t.csv", [["2", ""]], ";")

    assert (tmp_path / "a" / "t.csv").read_text() == 'n;v\n1;"x;y"\n2;""\n'
    assert tables.csv_read("a/t.csv", CONTEXT, delimiter=";") == {
        "header": ["n", "v"],
        "rows": [["1", "x;y"], ["2", ""]],
        "offset": 0,
        "total_rows": 2,
        "next_offset": None,
    }


def test_a_file_of_another_program_is_read_and_continued(tables: CsvTools, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("\ufeffa,b\r\n1,2".encode())
    tables.csv_append("t.csv", [["3", "4"]])

    read = tables.csv_read("t.csv", CONTEXT)
    assert (read["header"], read["rows"]) == (["a", "b"], [["1", "2"], ["3", "4"]])


def test_rows_of_another_width_change_nothing(tables: CsvTools, tmp_path: Path) -> None:
    tables.csv_write("t.csv", ["a", "b"], [])
    for write in (
        lambda: tables.csv_append("t.csv", [["1"]]),
        lambda: tables.csv_write("t.csv", ["a"], [["1", "2"]]),
    ):
        with pytest.raises(ToolError, match="Nothing was written"):
            write()
    assert (tmp_path / "t.csv").read_text() == "a,b\n"


def test_a_missing_table_is_not_begun_without_a_header(tables: CsvTools, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="make it with csv_write"):
        tables.csv_append("t.csv", [["1"]])
    assert list(tmp_path.iterdir()) == []
