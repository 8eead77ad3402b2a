"""Runs of the killed agent as a package, begun, killed and carried on by ``hive`` alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from framework.journal.reading import read_state
from tests.support.killed_hive import KILL
from tests.support.killed_runs import PATIENCE_S, Life, Trial, calls_in_doubt, opened, told

if TYPE_CHECKING:
    from framework.journal.state import RunState

ROOT = Path(__file__).parents[2]
REAL = ("-c", "from hive.cli.main import main; main()")
KILLED = ("-m", "tests.support.killed_hive")
WAITS = 3

AGENT = """\
from framework.graph import Goal
from tests.support.killed_agent import killed_graph

goal = Goal(id="goal", name="Survive")
graph = killed_graph()
"""
TOOLS = """\
import os

from tests.support.killed_agent import killed_tools
from tests.support.killed_hive import KILLER
from tests.support.receiver import Receiver

PORT, TRIAL = os.environ["HIVE_TEST_RECEIVER"].split()
lookup, store, charge = killed_tools(KILLER, Receiver(int(PORT)), TRIAL)
"""


def write_killed_package(folder: Path) -> Path:
    """Write the agent's package, and return its folder."""
    package = folder / "survivor"
    package.mkdir()
    (package / "agent.py").write_text(AGENT)
    (package / "tools.py").write_text(TOOLS)
    return package


class Commands:
    """The commands of a person who begins a run, or carries it on, and answers what it asks.

    Where the trial is to be killed, every command is; else each is the real one.
    """

    def __init__(self, trial: Trial, package: Path, model: str) -> None:
        """Give commands for ``trial``, whose model is served at ``model``."""
        self._trial = trial
        self._package = package
        kill = trial.kills[0] if trial.kills else None
        self._hive = (sys.executable, *(KILLED if kill else REAL))
        self._variables = {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "HIVE_HOME": str(Path(trial.folder) / "home"),
            "HIVE_API_BASE": model,
            "HIVE_API_KEY": "test",
            "HIVE_TEST_RECEIVER": f"{trial.port} {trial.name}",
            **({"HIVE_JOURNAL_URL": trial.dsn} if trial.dsn else {}),
            **({KILL: f"{kill.number} {kill.point}"} if kill else {}),
        }
        self.asked: list[str] = []

    def live(self) -> Life | None:
        """Run, or carry on, until the run ends; return None if a process was killed, at the trial's kill."""
        run_id, state, doubts = asyncio.run(self._stored())
        if state is None:
            code = self._execute("run", self._package, "-m", "openai/scripted")
        elif state.status.is_final:
            code = 0
        else:
            code = self._execute("run", "--resume", run_id)
        while code == WAITS:
            code = self._answer()
        if code == -signal.SIGKILL:
            return None
        assert code == 0, f"{self._trial}: a command ended with {code}: {self.said}"
        return asyncio.run(self._told(doubts))

    def _answer(self) -> int:
        run_id, state, _ = asyncio.run(self._stored())
        assert state is not None
        *others, last = state.questions.values()
        for question in (*others, last):
            is_doubt = "abandon" in question.options
            if is_doubt:
                self.asked.append(f"{question.node_id} {question.call_id}")
            text = self._trial.ruling if is_doubt else "blue"
            later = () if question is last else ("--later",)
            code = self._execute("runs", "answer", run_id, question.question_id, text, *later)
            if code not in {0, WAITS}:
                break
        return code

    def _execute(self, *arguments: object) -> int:
        trial = self._trial
        kept = () if trial.dsn else ("--storage", str(Path(trial.folder) / trial.name))
        done = subprocess.run(
            [*self._hive, *map(str, arguments), *kept, "--json"],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False, stdin=subprocess.DEVNULL,
            env=self._variables, cwd=trial.folder,
        )  # fmt: skip
        self.said = f"{done.stdout}\n{done.stderr}"
        if done.returncode == -signal.SIGKILL and trial.dsn:
            end_leases(trial.dsn)
        elif done.returncode == WAITS:
            assert json.loads(done.stdout)["status"] == "paused", self.said
        return done.returncode

    async def _stored(self) -> tuple[str, RunState | None, list[str]]:
        async with opened(self._trial) as journal:
            for run_id in await journal.run_ids():
                doubts = await calls_in_doubt(journal, run_id)
                return run_id, await read_state(journal, run_id), doubts
        return "", None, []

    async def _told(self, doubts: list[str]) -> Life:
        async with opened(self._trial) as journal:
            [run_id] = await journal.run_ids()
            found: dict[str, Any] = await told(journal, run_id)
        return Life(doubts=doubts, asked=sorted(self.asked), **found)


def end_leases(dsn: str) -> None:
    """Let the time pass that the lease of a dead process lasts."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE journal_runs SET lease_until = clock_timestamp()")
