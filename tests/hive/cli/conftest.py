"""A home of its own for every test, and the command line as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HIVE = (sys.executable, "-c", "from hive.cli.main import main; main()")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("HIVE_HOME", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def hive(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``hive`` as a person's shell would, without a terminal."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **options.pop("environment", {})}
        return subprocess.run(
            [*HIVE, *map(str, arguments)],
            capture_output="stdout" not in options,
            text=True,
            timeout=30,
            check=False,
            stdin=options.pop("stdin", subprocess.DEVNULL if "input" not in options else None),
            env=environment,
            **options,
        )

    return run
