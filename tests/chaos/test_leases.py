"""A process that is stopped for longer than its lease, then continued, writes nothing stale."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from framework.journal.entry import decode_line
from framework.journal.postgres import PostgresJournal
from framework.model.events import OwnerChanged
from tests.support.killed_agent import CHARGE, STORE
from tests.support.killed_runs import REFUSED, Life, Trial, begin, connected, live
from tests.support.killing import AFTER_APPEND, AFTER_EFFECT, AFTER_INTENT, BEFORE_APPEND, Kill
from tests.support.postgres import new_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.receiver import Receiver

TRIALS = int(os.environ.get("HIVE_CHAOS_STOPS", "20"))
PROCESSES = 2
STOPPED_YEAR, FOLLOWING_YEAR = 2026, 2030
POINTS = [BEFORE_APPEND] * 5 + [AFTER_APPEND] * 5
POINTS += [f"{tool}: {window}" for tool in (STORE, CHARGE) for window in (AFTER_INTENT, AFTER_EFFECT)]
ANYWHERE_S = 0.3
"""A process that is stopped from outside is stopped within so many seconds."""

PATIENCE_S = 60.0
pytestmark = pytest.mark.timeout(7200)


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A run of which one process was stopped, and that another carried on."""

    trial: Trial
    exit_code: int | None
    follower: Life
    years: list[int]
    owners: list[str]

    @property
    def was_taken_over(self) -> bool:
        """Whether both processes wrote into the run."""
        return len(set(self.years)) > 1

    def problems(self, whole: Life) -> list[str]:
        """Return what is not as it must be."""
        checks = {
            "the follower did not end it well": self.follower.status == "succeeded",
            "its output differs": self.follower.output == whole.output,
            "its hash differs": self._has_hash_of(whole),
            "not the calls in doubt were asked about": self.follower.asked == self.follower.doubts,
            "a stale entry was written": self.years == sorted(self.years),
            "the change of owner is not told": len(self.owners) == self.was_taken_over,
            "the stopped process believes that it succeeded": not (
                self.was_taken_over and self.exit_code == 0
            ),
            f"the stopped process ended with {self.exit_code}": self.exit_code in {0, REFUSED},
        }
        return [f"{self.trial}: {problem}" for problem, holds in checks.items() if not holds]

    def _has_hash_of(self, whole: Life) -> bool:
        """Whether it did the same as an uninterrupted run, but for questions about calls in doubt.

        Each is answered "not done", so that the call is made and the run reads what it returns.
        """
        if self.follower.questions:
            return self.follower.digest_without_doubts == whole.digest_without_doubts
        return self.follower.digest == whole.digest


def stopped_trials(first: Trial) -> list[tuple[Trial, float]]:
    """Return trials, and the seconds after which each is stopped from outside; 0 means by itself."""
    rng = random.Random("stops")
    trials: list[tuple[Trial, float]] = []
    for number in range(TRIALS):
        name = f"stop-{number}"
        trial = replace(
            first, name=name, run_id=name, signal=signal.SIGSTOP, year=STOPPED_YEAR, ruling="not done"
        )
        if number % 4 == 3:
            trials.append((trial, rng.uniform(0.02, ANYWHERE_S)))
            continue
        point = rng.choice(POINTS)
        kill = Kill(point=point, number=rng.randint(1, 100 if "append" in point else 4))
        trials.append((replace(trial, kills=(kill,)), 0.0))
    return trials


def follow(trial: Trial, stops_after_s: float) -> Followed:
    """Stop one process, have another carry its run on, and continue the first meanwhile or at the end."""
    stopped = begin(trial)
    if stops_after_s:
        wait_until(lambda: connected(trial).exists() or stopped.exit_code is not None)
        time.sleep(stops_after_s)
        stopped.send(signal.SIGSTOP)
    wait_until(lambda: is_stopped(stopped.pid) or stopped.exit_code is not None)
    wakes = Kill(point=BEFORE_APPEND, number=1 + hash_of(trial.name) % 60)
    is_there = stopped.exit_code is None
    kills = (wakes,) if is_there else ()
    second = replace(
        trial,
        kills=kills,
        signal=signal.SIGCONT,
        process=stopped.pid if is_there else 0,
        year=FOLLOWING_YEAR,
    )
    try:
        life = live(second)
    finally:
        stopped.send(signal.SIGCONT)
        code = stopped.wait(PATIENCE_S)
    assert life is not None
    years, owners = asyncio.run(writers(trial))
    return Followed(trial=trial, exit_code=code, follower=life, years=years, owners=owners)


def hash_of(name: str) -> int:
    return random.Random(name).randrange(1_000_000)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def is_stopped(pid: int | None) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
    except FileNotFoundError:
        return False


async def writers(trial: Trial) -> tuple[list[int], list[str]]:
    """Return who wrote each entry of a run, by the year of its clock, and the noted owners."""
    async with PostgresJournal(trial.dsn) as journal:
        entries = [decode_line(line) for line in await journal.read(trial.run_id)]
    owners = [entry.event.owner for entry in entries if isinstance(entry.event, OwnerChanged)]
    noted = [entry for entry in entries if not isinstance(entry.event, OwnerChanged)]
    return [time.gmtime(entry.at_us // 1_000_000).tm_year for entry in noted], owners


def test_a_process_that_was_stopped_writes_nothing_into_a_run_that_another_took_over(
    tmp_path: Path, receiver: Receiver, postgres_server: str, tally: Callable[..., None]
) -> None:
    first = Trial(name="whole", port=receiver.port, folder=str(tmp_path), dsn=new_schema(postgres_server))
    whole = live(first)
    assert whole is not None

    with ThreadPoolExecutor(PROCESSES) as pool:
        followed = list(pool.map(lambda each: follow(*each), stopped_trials(first)))

    problems = [problem for each in followed for problem in each.problems(whole)]
    taken = sum(each.was_taken_over for each in followed)
    refused = sum(each.exit_code == REFUSED for each in followed)
    stale = sum(each.years != sorted(each.years) for each in followed)
    tally(
        "SIGSTOP past the lease",
        trials=len(followed),
        taken_over=taken,
        stopped_process_refused=refused,
        asked_about_calls_in_doubt=sum(each.follower.questions > 0 for each in followed),
        stale_writes=stale,
        problems=len(problems),
    )
    assert problems == []
    assert taken > len(followed) // 2
