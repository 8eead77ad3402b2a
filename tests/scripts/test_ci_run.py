"""What CI runs, in its order, and that nothing in it passes for want of a server."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TELL = '#!/bin/sh\necho "$(basename "$0") $* CI=$CI"\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose parts only tell that they ran."""
    for name in (".ci/run", "scripts/servers.sh", "bin/make"):
        part = tmp_path / name
        part.parent.mkdir()
        part.write_text(TELL)
        part.chmod(0o755)
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    return tmp_path


def run(clone: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{clone / 'bin'}:{os.environ['PATH']}"}
    command = [str(clone / ".ci" / "run")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)


def test_every_part_runs_as_in_ci(clone: Path) -> None:
    done = run(clone)
    parts = [line for line in done.stdout.splitlines() if "CI=" in line]
    assert parts == [
        "servers.sh  CI=true",
        "make check CI=true",
        "make test CI=true",
        "make chaos EXTENT=reduced CI=true",
    ]
    assert done.returncode == 0


def test_a_part_that_fails_ends_it(clone: Path) -> None:
    (clone / "bin" / "make").write_text("#!/bin/sh\nexit 3\n")
    done = run(clone)
    assert done.returncode == 3
    assert "make test" not in done.stdout
