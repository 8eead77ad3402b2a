"""A packet on a machine that has only the package: failed and rejected runs, each in its own process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.support.cli_packages import write_package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Hive = Callable[..., subprocess.CompletedProcess[str]]

CLERK = """\
from framework.graph import EdgeCondition, EdgeSpec, Goal, NodeContext, NodeSpec


def book(ctx: NodeContext, amount: int):
    (ctx.data_dir / "book.txt").write_text(str(amount))


def share(ctx: NodeContext):
    return {"share": 100 // int((ctx.data_dir / "book.txt").read_text())}


goal = Goal(id="g", description="Share a hundred")
nodes = [
    NodeSpec(id="book", node_type="function", input_keys=["amount"], function=book, effect="once"),
    NodeSpec(id="share", node_type="function", output_keys=["share"], function=share),
]
edges = [EdgeSpec(id="on", source="book", target="share", condition=EdgeCondition.ON_SUCCESS)]
entry_node = "book"
terminal_nodes = ["share"]
"""
MENDED = CLERK.replace("100 // int(", "200 // max(1, int(").replace("read_text())}", "read_text()))}")


class Machine:
    """Another machine: a home of its own, the package under another name, and the packet."""

    def __init__(self, hive: Hive, folder: Path, package: Path, packet: Path) -> None:
        self.folder = folder / "elsewhere"
        self.package = self.folder / "copied"
        shutil.copytree(package, self.package)
        shutil.copy(packet, self.folder / "packet.json")
        shutil.rmtree(package)
        self._hive = hive

    def hive(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"HIVE_HOME": str(self.folder / "home")}
        return self._hive(*arguments, cwd=self.folder, environment=environment)

    def pytest(self) -> subprocess.CompletedProcess[str]:
        """Run the written test as a person would, with no settings of ours."""
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-c", os.devnull, "tests"],
            cwd=self.folder,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def packed(hive: Hive, tmp_path: Path, *, amount: int) -> tuple[Path, str]:
    """Run the clerk, reject it where it ends well, and pack the run; return the package and what was told."""
    package = write_package(tmp_path, "clerk", CLERK)
    ran = hive("run", package, "--json", "--input", orjson.dumps({"amount": amount}).decode())
    run = orjson.loads(ran.stdout)["run_id"]
    if ran.returncode == 0:
        assert hive("runs", "reject", run, "A hundred is too little.").returncode == 0
    made = hive("runs", "packet", run, "-o", "packet.json")
    assert made.returncode == 0, made.stderr
    return package, made.stdout


@pytest.mark.parametrize(
    ("amount", "told", "error"),
    [
        (0, "clerk failed: logic (ZeroDivisionError)", "ZeroDivisionError at node 'share'"),
        (4, "clerk was rejected: reasoning (rejected)", "RunRejected"),
    ],
    ids=["failed", "rejected"],
)
def test_a_packet_fails_again_elsewhere_and_its_test_until_the_agent_is_mended(
    hive: Hive, tmp_path: Path, amount: int, told: str, error: str
) -> None:
    package, said = packed(hive, tmp_path, amount=amount)
    assert told in said
    machine = Machine(hive, tmp_path, package, tmp_path / "packet.json")

    again = machine.hive("packet", "replay", "packet.json", "--package", "copied")
    assert (again.returncode, again.stderr) == (0, ""), again
    assert f"reproduced: {error}" in again.stdout

    made = machine.hive(
        "packet", "to-test", "packet.json", "--package", "copied", "-o", "tests/test_clerk.py"
    )
    assert made.returncode == 0, made.stderr
    red = machine.pytest()
    (machine.package / "agent.py").write_text(MENDED)
    green = machine.pytest()

    assert (red.returncode, green.returncode) == (1, 0), red.stdout + green.stdout
    assert machine.hive("packet", "replay", "packet.json", "--package", "copied").returncode == 1
