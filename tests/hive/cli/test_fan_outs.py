"""A fan-out that is interrupted, cancelled or out of time: every command names the nodes at work in it."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.hive.cli.conftest import HIVE
from tests.support.cli_packages import write_package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Hive = Callable[..., subprocess.CompletedProcess[str]]

FANNED = """\
import asyncio

ok = EdgeCondition.ON_SUCCESS


async def lasts():
    await asyncio.Event().wait()


async def done():
    return {}


def at(name, function):
    return NodeSpec(id=name, node_type="function", function=function)


nodes = [at("start", done), at("a", lasts), at("b", done), at("c", lasts), at("end", done)]
edges = [
    *(EdgeSpec(id=f"to-{name}", source="start", target=name, condition=ok) for name in "abc"),
    *(EdgeSpec(id=f"{name}-end", source=name, target="end", condition=ok) for name in "abc"),
]
entry_node = "start"
terminal_nodes = ["end"]
"""


class Fan:
    """A run of which two branches of three last for ever."""

    def __init__(self, hive: Hive, home: Path, folder: Path) -> None:
        self._hive = hive
        package = write_package(folder, "fanned", FANNED)
        command = [*HIVE, "run", str(package)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 20
        while not (at_work := self._at_work(home)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.run = at_work

    def _at_work(self, home: Path) -> str:
        """Return the run's id once all that is to end has ended and all that lasts has begun."""
        for journal in home.glob("agents/fanned/runs/*/journal.jsonl"):
            text = journal.read_text()
            if text.count('"node_finished"') == 2 and text.count('"node_started"') == 4:
                return journal.parent.name
        return ""

    def told(self, *arguments: str) -> str:
        done = self._hive("runs", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def record(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self.told(*arguments, "--json"))


@pytest.fixture
def fan(hive: Hive, home: Path, tmp_path: Path) -> Fan:
    return Fan(hive, home, tmp_path)


def test_an_interrupt_names_the_nodes_at_work(fan: Fan) -> None:
    fan.process.send_signal(signal.SIGINT)
    _, told = fan.process.communicate(timeout=10)
    assert fan.process.returncode == 130
    assert f"Run {fan.run} is paused at nodes 'a' and 'c' after 4 steps" in told
    shown = fan.told("show", fan.run)
    assert "run paused at nodes 'a' and 'c': The run was interrupted." in shown
    assert "fanned paused at nodes 'a' and 'c' after" in shown
    assert fan.record("show", fan.run)["at_nodes"] == ["a", "c"]
    assert [each["at_nodes"] for each in fan.record("list")["runs"]] == [["a", "c"]]


def test_a_cancelled_run_names_them_and_so_does_its_packet(fan: Fan, tmp_path: Path) -> None:
    assert fan.record("cancel", fan.run)["status"] == "cancelled"
    told, _ = fan.process.communicate(timeout=10)
    assert "fanned cancelled at nodes 'a' and 'c' after" in told
    packet = tmp_path / "fanned.packet.json"
    fan.told("packet", fan.run, "-o", str(packet))
    failure = json.loads(packet.read_text())["failure"]
    assert (failure["error"], failure["node_id"], failure["lane"]) == ("Cancelled", "a", "m.b1.000")


def test_a_run_whose_process_was_killed_is_at_the_nodes_that_worked(fan: Fan) -> None:
    fan.process.kill()
    fan.process.communicate(timeout=10)
    assert "fanned stopped at nodes 'a' and 'c' after" in fan.told("show", fan.run)
