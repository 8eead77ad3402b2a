"""The runtime keeps runs in a folder, in memory, or where it is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from framework.graph import GraphExecutor
from framework.journal.files import FileJournal
from framework.journal.memory import MemoryJournal
from framework.runtime.core import Runtime
from tests.support.walked_graphs import giving, graph, node

if TYPE_CHECKING:
    import pytest


async def test_a_runtime_with_a_folder_keeps_runs_in_files(tmp_path: Path) -> None:
    for given in (tmp_path / "one", str(tmp_path / "two")):
        runtime = Runtime(given)
        assert isinstance(runtime.journal, FileJournal)
        assert runtime.storage_path == Path(given)
        spec = graph([node("a", function=giving())])
        assert (await GraphExecutor(runtime).execute(spec, run_id="first")).success
        assert (Path(given) / "runs" / "first" / "journal.jsonl").is_file()
        assert await Runtime(given).journal.run_ids() == ["first"]


def test_a_runtime_without_a_folder_keeps_runs_in_memory() -> None:
    runtime = Runtime()
    assert isinstance(runtime.journal, MemoryJournal)
    assert runtime.storage_path is None


def test_a_runtime_takes_any_journal(tmp_path: Path) -> None:
    journal = MemoryJournal()
    runtime = Runtime(tmp_path, journal=journal)
    assert (runtime.journal, runtime.storage_path) == (journal, tmp_path)


def test_a_home_folder_is_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Runtime("~/runs").storage_path == tmp_path / "runs"
