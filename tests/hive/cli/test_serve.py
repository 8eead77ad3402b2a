"""``hive serve`` says what it lacks before it loads an agent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hive.cli.main import call
from tests.support.cli_packages import SERVED, write_package

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_missing_extra_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = ("hive.serving.server", "hive.listening")
    for name in [name for name in sys.modules if name.startswith(loaded)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert call(["serve", str(write_package(tmp_path, "served", SERVED))]) == 2
    told = capsys.readouterr().err
    assert "Serving needs uvicorn, which is not installed" in told
    assert "pip install 'hive-agents[serve]'" in told


def test_a_secret_that_is_not_set_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIVE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    assert call(["serve", str(write_package(tmp_path, "served", SERVED)), "--port", "0"]) == 2
    assert "the credential 'HOOK_SECRET', which is not set; set it" in capsys.readouterr().err


def test_a_grace_that_is_no_number_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["serve", str(write_package(tmp_path, "served", SERVED)), "--grace", "nan"]) == 2
    assert "'nan' is no number." in capsys.readouterr().err
