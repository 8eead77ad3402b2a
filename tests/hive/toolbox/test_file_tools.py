from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from framework.errors import ToolError
from framework.tools.context import ToolContext
from hive.toolbox.file_tools import FileTools
from hive.toolbox.settings import ToolboxSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path) -> FileTools:
    return FileTools(lambda: ToolboxSettings(data_dir=tmp_path, root=tmp_path / "root"))


def test_text_is_written_continued_listed_and_read(files: FileTools) -> None:
    assert files.write_text_file("a/x.txt", "one\n") == "Saved 'a/x.txt': 4 bytes, 1 lines."
    assert files.append_text_file("a/x.txt", "é") == "Saved 'a/x.txt': 6 bytes, 2 lines."
    assert files.list_files() == [{"name": "a/"}]
    assert files.list_files("a") == [{"name": "x.txt", "bytes": 6}]
    assert files.read_text_file("a/x.txt", ToolContext()).endswith("this is the end.\none\né")


def test_a_long_file_is_read_in_pages_that_fit(files: FileTools) -> None:
    files.write_text_file("x", "\n".join(str(number) for number in range(5000)))
    shown = files.read_text_file("x", ToolContext(max_result_chars=2000), limit=5000)
    assert len(shown) <= 2000
    assert "continue with offset=" in shown.split("\n")[0]
    assert files.read_text_file("x", ToolContext(), offset=4999).endswith("\n4999")


def test_bytes_that_are_no_text_show_as_such(files: FileTools, tmp_path: Path) -> None:
    files.write_text_file("x", "half \ud800")
    (tmp_path / "root" / "y").write_bytes(b"a\xffb")
    assert files.read_text_file("x", ToolContext()).endswith("half ?")
    assert files.read_text_file("y", ToolContext()).endswith("a\ufffdb")


def test_without_a_root_the_operator_is_told(tmp_path: Path) -> None:
    files = FileTools(lambda: ToolboxSettings(data_dir=tmp_path))
    for use in (files.list_files, lambda: files.write_text_file("x", "x")):
        with pytest.raises(ToolError, match="set HIVE_TOOLBOX_ROOT"):
            use()
