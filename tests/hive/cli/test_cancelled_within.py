"""A run whose node cancels its own task ends as an interrupted one, however it was started."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.cli_packages import write_package

if TYPE_CHECKING:
    from collections.abc import Callable

    Hive = Callable[..., subprocess.CompletedProcess[str]]

CANCELS_ITSELF = """\
import asyncio


async def work():
    asyncio.current_task().cancel()
    await asyncio.sleep(1)


nodes = [NodeSpec(id="work", node_type="function", output_keys=["done"], function=work)]
entry_node = "work"
terminal_nodes = ["work"]
"""
ONCE = CANCELS_ITSELF.replace("function=work", 'function=work, effect="once"')


def run_interrupted(done: subprocess.CompletedProcess[str]) -> str:
    """Return the id of the run that a command tells to be interrupted, in one sentence."""
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    said = done.stderr.splitlines()[-1]
    run_id = said.removeprefix("Interrupted. Run ").partition(" ")[0]
    assert said.startswith(f"Interrupted. Run {run_id} is paused at node 'work' after 1 step; ")
    assert f"carry it on with: hive run --resume {run_id}, or see" in said
    return run_id


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_package(tmp_path, "cancels", CANCELS_ITSELF)


def test_begun_or_carried_on(hive: Hive, package: Path) -> None:
    run_id = run_interrupted(hive("run", package))
    assert run_interrupted(hive("run", "--resume", run_id)) == run_id


def test_told_as_json(hive: Hive, package: Path) -> None:
    done = hive("run", package, "--json")

    told = json.loads(done.stdout)
    assert told["run_id"] == run_interrupted(done)
    assert (told["status"], told["at_nodes"]) == ("paused", ["work"])


def test_told_even_where_json_cannot_be_written(hive: Hive, package: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = hive("run", package, "--json", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 130
    assert "No space left on device. Interrupted. Run " in done.stderr
    assert "carry it on with: hive run --resume " in done.stderr


def test_carried_on_by_an_answer(hive: Hive, tmp_path: Path) -> None:
    run_id = run_interrupted(hive("run", write_package(tmp_path, "cancels", ONCE)))
    assert hive("run", "--resume", run_id).returncode == 3  # Nobody knows whether it took effect.

    assert run_interrupted(hive("runs", "answer", run_id, "not done")) == run_id
