"""Runs appended to, cut off, carried on and forked in any order: each reads back as what was committed."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from framework.clock import ManualClock
from framework.journal import MemoryJournal
from framework.journal.files import JOURNAL_NAME, FileJournal
from framework.journal.log import RunLog
from framework.journal.reading import read_state
from framework.runtime.fork import Fork, fork_run
from tests.support.run_samples import RUNS
from tests.support.states import state_dict

SAMPLES = {name: make() for name, make in RUNS.items()}


class Telling:
    """A run that tells a sample, event by event; ``told`` of them are committed."""

    def __init__(self, run_id: str, sample: str) -> None:
        self.run_id = run_id
        self.events = SAMPLES[sample]
        self.log: RunLog | None = None
        self.told = 0
        self.lines: list[bytes] = []


class JournalMachine(RuleBasedStateMachine):
    """Appends, folds, forks and resumes in a journal in memory."""

    runs: Any = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.journal: Any = self.make_journal()
        self.known: list[Telling] = []
        self.forks: dict[str, list[bytes]] = {}

    def make_journal(self) -> Any:
        return MemoryJournal()

    def teardown(self) -> None:
        for run in self.known:
            self.stop(run)
        self.runner.close()

    @rule(target=runs, sample=st.sampled_from(sorted(SAMPLES)))
    def create(self, sample: str) -> Telling:
        run = Telling(f"run-{len(self.known)}", sample)
        run.log = RunLog(self.runner.run(self.journal.create(run.run_id)), ManualClock())
        run.log.state.run_id = run.run_id
        self.known.append(run)
        return run

    @rule(run=runs, count=st.integers(1, 7))
    def append(self, run: Telling, count: int) -> None:
        self.resume(run)
        self.record(run, count)
        assert run.log is not None
        self.runner.run(run.log.commit())
        run.told += len(run.events[run.told : run.told + count])
        run.lines = self.runner.run(self.journal.read(run.run_id))
        assert len(run.lines) == run.told

    @rule(run=runs, count=st.integers(1, 3))
    def cut_off(self, run: Telling, count: int) -> None:
        """Lose what was recorded and not committed, as a process does that dies."""
        if run.log is not None:
            self.record(run, count)
        self.stop(run)
        self.tear(run)

    @rule(run=runs)
    def resume(self, run: Telling) -> None:
        if run.log is None:
            writer = self.runner.run(self.journal.open(run.run_id))
            state = self.runner.run(read_state(self.journal, run.run_id))
            run.log = RunLog(writer, ManualClock(), state=state)

    @rule(run=runs, share=st.floats(0, 1))
    def fork(self, run: Telling, share: float) -> None:
        if not run.told:
            return
        at_seq = max(1, int(run.told * share))
        name = f"fork-{len(self.forks)}"
        state = self.runner.run(fork_run(self.journal, run.run_id, Fork(at_seq=at_seq, run_id=name)))
        self.forks[name] = self.runner.run(self.journal.read(name))
        assert self.forks[name][:at_seq] == run.lines[:at_seq]
        assert state_dict(self.runner.run(read_state(self.journal, name))) == state_dict(state)

    @rule(run=consumes(runs))
    def end(self, run: Telling) -> None:
        self.stop(run)

    @invariant()
    def every_run_reads_back_as_what_was_committed(self) -> None:
        for run in self.known:
            assert self.runner.run(self.journal.read(run.run_id)) == run.lines
            if run.log is not None:
                stored = self.runner.run(read_state(self.journal, run.run_id))
                assert state_dict(stored) == state_dict(run.log.state)
        for name, lines in self.forks.items():
            assert self.runner.run(self.journal.read(name)) == lines

    def record(self, run: Telling, count: int) -> None:
        assert run.log is not None
        for lane_id, event in run.events[run.told : run.told + count]:
            run.log.record(lane_id, event)

    def stop(self, run: Telling) -> None:
        """Give the run up without a commit."""
        if run.log is not None:
            self.runner.run(run.log._writer.close())
            run.log = None

    def tear(self, run: Telling) -> None:
        """Leave half an entry behind, where the journal can."""


class FileJournalMachine(JournalMachine):
    """The same with files, the last line of which may be torn."""

    def make_journal(self) -> FileJournal:
        self.folder = Path(tempfile.mkdtemp(prefix="hive-machine-"))
        return FileJournal(self.folder, fsync="never")

    def tear(self, run: Telling) -> None:
        with (self.folder / "runs" / run.run_id / JOURNAL_NAME).open("ab") as file:
            file.write(b'{"seq":')

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.folder)


few = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestJournalInMemory = JournalMachine.TestCase
TestJournalInMemory.settings = few
TestJournalInFiles = FileJournalMachine.TestCase
TestJournalInFiles.settings = few
