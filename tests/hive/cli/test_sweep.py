"""`hive runs sweep`: old runs that ended go, from files and from a database; what it left is said."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from framework.journal.files import FileJournal
from framework.journal.postgres import PostgresJournal
from hive.cli.main import call
from tests.hive.cli.test_database import Shell, server
from tests.support.cli_packages import CHARGER, FAILING, GREETER, write_package
from tests.support.connections import as_superuser
from tests.support.postgres import new_schema

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Hive = Callable[..., subprocess.CompletedProcess[str]]

__all__ = ["server"]

ADA = '{"name": "Ada"}'


class Runs:
    """The command line where runs are kept in files."""

    def __init__(self, home: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.folder = folder
        self._capsys = capsys
        self._packages: dict[str, Path] = {}

    def begun(self, name: str, body: str, *, code: int = 0) -> str:
        """Run a package and return the run's id."""
        package = self._packages.setdefault(name, self.folder / name)
        if not package.exists():
            write_package(self.folder, name, body)
        return self.record("run", package, "--input", ADA, code=code)["run_id"]

    def told(self, *arguments: object, code: int = 0) -> str:
        assert call([*map(str, arguments)]) == code
        return self._capsys.readouterr().out

    def record(self, *arguments: object, code: int = 0) -> dict[str, Any]:
        return json.loads(self.told(*arguments, "--json", code=code))

    def ids(self) -> set[str]:
        return {run["run_id"] for run in self.record("runs", "list")["runs"]}

    def make_old(self, *run_ids: str) -> None:
        """Let 40 days pass for these runs, and for all content."""
        ago_us = 40 * 86_400 * 1_000_000
        for run_id in run_ids:
            [journal] = self.home.glob(f"agents/*/runs/{run_id}/journal.jsonl")
            text = journal.read_text()
            journal.write_text(re.sub(r'"at":(\d+)', lambda at: f'"at":{int(at[1]) - ago_us}', text))
        for blob in self.home.glob("agents/*/blobs/*/*"):
            os.utime(blob, (1, 1))


@pytest.fixture
def runs(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Runs:
    return Runs(home, tmp_path, capsys)


def test_old_runs_that_ended_go_and_the_others_stay(runs: Runs) -> None:
    old, failed = runs.begun("greeter", GREETER), runs.begun("failing", FAILING, code=1)
    young = runs.begun("greeter", GREETER)
    runs.make_old(old, failed)

    told = runs.told("runs", "sweep", "--older-than", 30)

    assert re.search(rf"^{old} +greeter ", told, re.MULTILINE)
    assert re.search(rf"^{failed} +failing ", told, re.MULTILINE)
    assert re.search(
        r"^2 runs removed \([\d.]+ kB\), \d+ pieces? of content \(.*\): [\d.]+ kB in all$", told, re.MULTILINE
    )
    assert runs.ids() == {young}
    assert not (runs.home / "agents/failing/runs" / failed).exists()
    assert runs.told("runs", "show", young)
    assert runs.told("runs", "sweep", "--older-than", 30).startswith("0 runs removed (0 bytes), 0 pieces")


def test_a_dry_run_lists_what_would_go_and_its_bytes(runs: Runs) -> None:
    old = runs.begun("greeter", GREETER)
    runs.make_old(old)

    told = runs.told("runs", "sweep", "--older-than", 30, "--dry-run")
    would = runs.record("runs", "sweep", "--older-than", 30, "--dry-run")

    assert "1 run would be removed (" in told
    assert runs.ids() == {old}
    kept = sum(path.stat().st_size for path in runs.home.rglob("*") if path.is_file())
    went = runs.record("runs", "sweep", "--older-than", 30)
    assert went == would | {"dry_run": False}
    assert went["bytes"] == sum(run["bytes"] for run in went["runs"]) + went["content"]["bytes"]
    left = sum(path.stat().st_size for path in runs.home.rglob("*") if path.is_file())
    assert went["bytes"] == kept - left


def test_a_fork_of_an_older_run_can_still_be_shown_and_replayed(runs: Runs) -> None:
    origin = runs.begun("greeter", GREETER)
    fork = runs.record("runs", "fork", origin, "--at", 1)["run_id"]
    runs.make_old(origin)

    assert [run["run_id"] for run in runs.record("runs", "sweep", "--older-than", 1)["runs"]] == [origin]

    assert runs.record("run", "--resume", fork)["status"] == "succeeded"
    assert runs.record("runs", "replay", fork)


def test_a_run_that_waits_stays_however_old(runs: Runs) -> None:
    waiting = runs.begun("charger", CHARGER, code=3)
    runs.make_old(waiting)
    swept = runs.record("runs", "sweep", "--older-than", 0)
    assert (swept["runs"], swept["left"], runs.ids()) == ([], [], {waiting})


def test_a_run_that_a_live_process_holds_is_left_and_said_so(runs: Runs) -> None:
    held = runs.begun("greeter", GREETER)
    runs.make_old(held)
    writer = asyncio.run(FileJournal(runs.home / "agents/greeter").open(held))

    told = runs.told("runs", "sweep", "--older-than", 30)

    assert f"left: {held}: Run '{held}' is being written by this process" in told
    assert told.splitlines()[-1].endswith("; 1 run left")
    asyncio.run(writer.close())
    assert len(runs.record("runs", "sweep", "--older-than", 30)["runs"]) == 1


def test_a_damaged_run_is_named_and_the_others_go(runs: Runs) -> None:
    bad, good = runs.begun("greeter", GREETER), runs.begun("greeter", GREETER)
    runs.make_old(bad, good)
    journal = runs.home / "agents/greeter/runs" / bad / "journal.jsonl"
    journal.write_bytes(b"\xff" * 30 + b"\n" + journal.read_bytes())

    swept = runs.record("runs", "sweep", "--older-than", 30, code=1)

    assert [run["run_id"] for run in swept["runs"]] == [good]
    assert [(run["run_id"], run["is_held"]) for run in swept["left"]] == [(bad, False)]
    assert f"left: {bad}: Line 1 of" in runs.told("runs", "sweep", "--older-than", 30, code=1)


def test_only_the_folder_that_was_named_is_swept(runs: Runs) -> None:
    old = runs.begun("greeter", GREETER)
    runs.make_old(old)
    shutil.copytree(runs.home / "agents/greeter", runs.folder / "copy")
    swept = runs.record("runs", "sweep", "--older-than", 30, "--storage", runs.folder / "copy")
    assert [run["run_id"] for run in swept["runs"]] == [old]
    assert runs.ids() == {old}


@pytest.mark.parametrize("days", ["-1", "nan", "soon", "1e9"])
def test_days_that_are_none_are_refused(runs: Runs, days: str) -> None:
    assert call(["runs", "sweep", f"--older-than={days}"]) == 2
    assert call(["runs", "sweep"]) == 2


def test_quiet_leaves_one_line(runs: Runs) -> None:
    runs.make_old(runs.begun("greeter", GREETER))
    assert len(runs.told("runs", "sweep", "--older-than", 30, "-q").splitlines()) == 1


# In a database.


@pytest.fixture
def shell(hive: Hive, home: Path, tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    dsn = new_schema(server)
    monkeypatch.setenv("HIVE_JOURNAL_URL", dsn)
    return Shell(hive, tmp_path, dsn)


def make_old(shell: Shell, *run_ids: str) -> None:
    with as_superuser(shell.dsn, autocommit=True) as connection:
        connection.execute(
            "UPDATE journal_runs SET written_at = written_at - interval '40 days' WHERE run_id = ANY (%s)",
            [[*run_ids]],
        )
        connection.execute("UPDATE journal_blobs SET touched_at = touched_at - interval '40 days'")


def rows(shell: Shell, table: str) -> int:
    with as_superuser(shell.dsn) as connection:
        [number] = connection.execute(f"SELECT count(*) FROM journal_{table}".encode()).fetchone() or [-1]
    return number


def greeted(shell: Shell) -> str:
    package = shell.folder / "greeter"
    if not package.exists():
        write_package(shell.folder, "greeter", GREETER)
    return shell.record("run", package, "-i", ADA)["run_id"]


def test_old_runs_go_from_a_database_with_their_content_and_data_folders(shell: Shell, home: Path) -> None:
    old = greeted(shell)
    data = home / "agents/greeter/runs" / old / "data"
    data.mkdir(parents=True, exist_ok=True)
    (data / "notes.txt").write_text("x" * 5000)
    make_old(shell, old)

    would = shell.record("runs", "sweep", "--older-than", 30, "--dry-run")
    assert shell.run_ids() == [old]
    went = shell.record("runs", "sweep", "--older-than", 30)

    assert went == would | {"dry_run": False}
    [run] = went["runs"]
    assert (run["run_id"], run["agent"], run["bytes"] > 5000) == (old, "greeter", True)
    assert went["content"]["pieces"] > 0
    assert [rows(shell, table) for table in ("runs", "entries", "blobs", "marks")] == [0, 0, 0, 0]
    assert not data.parent.exists()


def test_in_a_database_a_fork_outlives_its_origin_and_young_runs_stay(shell: Shell) -> None:
    old = greeted(shell)
    fork = shell.record("runs", "fork", old, "--at", 1)["run_id"]
    young = greeted(shell)
    make_old(shell, old, fork)

    swept = shell.record("runs", "sweep", "--older-than", 30)

    assert [run["run_id"] for run in swept["runs"]] == [old]
    assert shell.run_ids() == [fork, young]
    assert shell.record("run", "--resume", fork)["status"] == "succeeded"
    assert shell.record("runs", "replay", fork)


def test_in_a_database_a_run_that_a_live_process_holds_is_left_and_said_so(shell: Shell) -> None:
    old = greeted(shell)

    async def swept_while_held() -> dict[str, Any]:
        async with PostgresJournal(shell.dsn, owner="host:1") as journal:
            writer = await journal.open(old)
            make_old(shell, old)
            swept = await asyncio.to_thread(shell.record, "runs", "sweep", "--older-than", 30)
            await writer.close()
            return swept

    swept = asyncio.run(swept_while_held())

    assert swept["runs"] == []
    assert swept["left"] == [{"run_id": old, "reason": "It is being written by 'host:1'.", "is_held": True}]
    assert shell.run_ids() == [old]


def test_a_database_out_of_reach_is_said_in_a_sentence(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_JOURNAL_URL", "postgresql://127.0.0.1:1/none")
    done = shell.hive("runs", "sweep", "--older-than", 30)
    assert done.returncode == 1
    assert "cannot be read from the database" in done.stderr
    assert "Traceback" not in done.stderr
