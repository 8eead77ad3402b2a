"""``hive shell`` as a person's shell meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.cli_packages import BROKEN, GREETER, write_package

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Hive = Callable[..., subprocess.CompletedProcess[str]]


def test_a_script_in_a_pipe_talks_with_the_agent(hive: Hive, tmp_path: Path) -> None:
    done = hive("shell", write_package(tmp_path, "greeter", GREETER), input="Ada\n/graph\n/quit\nBob\n")
    assert done.returncode == 0
    assert "greeting = Hello Ada" in done.stdout
    assert "Bob" not in done.stdout
    assert done.stderr == "printed by the node\n"


def test_a_script_may_be_a_file(hive: Hive, tmp_path: Path) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    (tmp_path / "script").write_text("Ada")
    with (tmp_path / "script").open() as script:
        done = hive("shell", package, stdin=script)
    assert "greeting = Hello Ada" in done.stdout


def test_an_agent_that_cannot_run_is_refused(hive: Hive, tmp_path: Path) -> None:
    done = hive("shell", write_package(tmp_path, "broken", BROKEN))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "no_such_tool" in done.stderr
