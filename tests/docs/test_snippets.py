"""Every Python snippet of the documentation runs as it stands."""

from __future__ import annotations

import os
import runpy
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from tests.support.pages import pages

if TYPE_CHECKING:
    from pathlib import Path

SNIPPETS = [
    pytest.param(block.text, id=f"{page.name}-{number}")
    for page in pages()
    for number, block in enumerate(page.blocks(), 1)
    if block.language == "python" and not block.title
]


@pytest.mark.parametrize("code", SNIPPETS)
def test_snippet_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "snippet.py"
    file.write_text(code, encoding="utf-8")
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")

    with patch.dict(os.environ, {"HIVE_HOME": str(tmp_path / "home")}):
        names = runpy.run_path(str(file), run_name="__main__")

    assert names["__file__"] == str(file)  # It came to its end; a snippet holds its own assertions.


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) > 20
