"""Runs in PostgreSQL from the command line: HIVE_JOURNAL_URL names the database, nothing lies in files."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from framework.journal.postgres import PostgresJournal
from framework.journal.reading import read_state
from framework.llm.scripted import ScriptedProvider, call
from hive.cli.main import call as command_line
from hive.cli.running import Progress, RunOrder, run_package
from hive.runs import steering
from tests.support.cli_packages import (
    CHARGER,
    GREETER,
    PATIENT,
    PAYER,
    PAYER_TOOLS,
    SLOW,
    write_package,
)
from tests.support.postgres import new_schema, running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from framework.journal.state import RunState

    Hive = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_server() as dsn:
        yield dsn


class Shell:
    """The command line where runs are kept in a database, and what it says as JSON."""

    def __init__(self, hive: Hive, folder: Path, dsn: str) -> None:
        self.hive = hive
        self.folder = folder
        self.dsn = dsn

    def record(self, *arguments: object, code: int = 0) -> dict[str, Any]:
        done = self.hive(*arguments, "--json")
        assert done.returncode == code, (done.stdout, done.stderr)
        return json.loads(done.stdout)

    def refused(self, *arguments: object) -> str:
        done = self.hive(*arguments)
        assert done.returncode == 2, (done.stdout, done.stderr)
        return done.stderr

    def begun(self, name: str, body: str) -> tuple[subprocess.Popen[str], str]:
        """Start a run whose first node touches a flag, and return its process and id."""
        package, flag = write_package(self.folder, name, body), self.folder / "flag"
        given = json.dumps({"flag": str(flag), "go": str(self.folder / "go")})
        command = [sys.executable, "-c", "from hive.cli.main import main; main()", "run", str(package)]
        process = subprocess.Popen(
            [*command, "-i", given], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 20
        while not flag.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        (run_id,) = self.run_ids()
        return process, run_id

    def run_ids(self) -> list[str]:
        async def listed() -> list[str]:
            async with PostgresJournal(self.dsn) as journal:
                return await journal.run_ids()

        return asyncio.run(listed())

    def state(self, run_id: str) -> RunState:
        async def read() -> RunState:
            async with PostgresJournal(self.dsn) as journal:
                return await read_state(journal, run_id)

        return asyncio.run(read())

    def messages(self) -> int:
        with psycopg.connect(self.dsn) as connection:
            [count] = connection.execute("SELECT count(*) FROM journal_inbox").fetchone() or [-1]
        return count

    def end_leases(self) -> None:
        """Let the time pass that the lease of a dead process lasts."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("UPDATE journal_runs SET lease_until = clock_timestamp()")


@pytest.fixture
def shell(
    hive: Hive, home: Path, tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    dsn = new_schema(server)
    monkeypatch.setenv("HIVE_JOURNAL_URL", dsn)
    yield Shell(hive, tmp_path, dsn)
    assert not list(home.glob("agents/*/runs/*/journal.jsonl"))


def test_a_run_is_listed_shown_rejected_and_replayed(shell: Shell) -> None:
    run = shell.record("run", write_package(shell.folder, "greeter", GREETER), "-i", '{"name": "Ada"}')
    run_id = run["run_id"]

    assert shell.run_ids() == [run_id]
    (listed,) = shell.record("runs", "list")["runs"]
    assert (listed["run_id"], listed["agent"], listed["status"]) == (run_id, "greeter", "succeeded")
    shown = shell.record("runs", "show", run_id[:-2])
    assert (shown["run_id"], shown["folder"]) == (run_id, None)
    assert shell.record("runs", "replay", run_id)["matches"] is True
    assert shell.record("runs", "reject", run_id, "It is rude.")["rejected"] == "It is rude."
    assert "rejected already" in shell.refused("runs", "reject", run_id, "Again.")


def test_questions_are_answered_one_by_one_each_in_its_own_process(shell: Shell) -> None:
    run = shell.record("run", write_package(shell.folder, "charger", CHARGER), code=3)
    left, right = sorted(question["id"] for question in run["questions"])

    done = shell.hive("runs", "answer", run["run_id"], right, "done 2", "--later")
    assert f"hive run --resume {run['run_id']}" in done.stdout
    assert shell.messages() == 1
    last = shell.record("runs", "answer", run["run_id"], left, "done 1")

    assert (last["status"], last["output"]["text"]) == ("succeeded", "Hello 1 and 2")
    assert shell.messages() == 0
    assert "has ended (succeeded)" in shell.refused("run", "--resume", run["run_id"])


def test_a_run_under_way_is_paused_and_carried_on_by_another_process(shell: Shell) -> None:
    process, run = shell.begun("patient", PATIENT)
    asking = subprocess.Popen(
        [sys.executable, "-c", "from hive.cli.main import main; main()", "runs", "pause", run]
    )
    deadline = time.monotonic() + 20
    while not shell.messages():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.6)
    (shell.folder / "go").touch()
    process.communicate(timeout=20)

    assert asking.wait(20) == 0
    assert process.returncode == 3
    assert shell.state(run).paused_at == "last"
    assert shell.messages() == 0
    assert "no process is running it" in shell.refused("runs", "pause", run)
    assert shell.record("run", "--resume", run)["output"]["text"] == "Hello"


def test_a_run_under_way_is_cancelled_by_another_process(shell: Shell) -> None:
    process, run = shell.begun("slow", SLOW)

    started = time.monotonic()
    assert shell.record("runs", "cancel", run)["status"] == "cancelled"
    process.communicate(timeout=10)

    assert time.monotonic() - started < 10
    assert process.returncode == 1
    assert shell.messages() == 0


def test_a_run_whose_process_was_killed_is_cancelled_once_its_lease_has_ended(shell: Shell) -> None:
    process, run = shell.begun("slow", SLOW)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    shell.end_leases()

    assert shell.record("runs", "list")["runs"][0]["status"] == "stopped"
    assert shell.record("runs", "cancel", run)["status"] == "cancelled"


@pytest.mark.parametrize("wish", ["cancel", "pause"])
def test_a_wish_that_nobody_hears_says_who_holds_the_run_and_until_when(
    shell: Shell, wish: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    process, run = shell.begun("slow", SLOW)
    process.kill()
    process.communicate(timeout=10)
    monkeypatch.setattr(steering, "PATIENCE_S", 0.2)

    assert command_line(["runs", wish, run]) == 0

    told = " ".join(capsys.readouterr().out.split())
    assert re.search(rf":{process.pid}', which holds it until \S+ UTC, in \d+ s", told)
    assert (
        "when its writer hears it, or when the run goes on" in told or "the run has stopped already" in told
    )
    assert shell.messages() == 1


def test_a_wish_to_pause_that_nobody_heard_is_over_when_the_run_is_carried_on(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, run = shell.begun("patient", PATIENT)
    process.kill()
    process.communicate(timeout=10)
    monkeypatch.setattr(steering, "PATIENCE_S", 0.2)
    assert command_line(["runs", "pause", run]) == 0
    shell.end_leases()
    (shell.folder / "go").touch()

    done = shell.hive("run", "--resume", run)

    assert done.returncode == 0
    told = " ".join(done.stderr.split())
    assert f"note: run {run} was asked to pause, which its process never heard; it goes on" in told
    assert shell.messages() == 0


def test_a_run_is_forked_in_the_database(shell: Shell) -> None:
    run = shell.record("run", write_package(shell.folder, "charger", CHARGER), code=3)["run_id"]

    done = shell.hive("runs", "fork", run, "--at", "3")
    assert done.returncode == 0, done.stderr
    first, forked = shell.run_ids()
    assert first == run
    assert f"forked: {forked}" in done.stdout
    assert shell.record("run", "--resume", forked, code=3)["status"] == "paused"


def test_the_shell_keeps_its_runs_there(shell: Shell) -> None:
    done = shell.hive("shell", write_package(shell.folder, "greeter", GREETER), input="Ada\n/quit\n")

    assert done.returncode == 0, done.stderr
    (run,) = shell.run_ids()
    assert shell.record("runs", "show", run)["status"] == "succeeded"


def test_a_run_whose_process_was_killed_goes_on_once_its_lease_has_ended(shell: Shell) -> None:
    process, run = shell.begun("patient", PATIENT)
    process.kill()
    process.communicate(timeout=10)

    held = shell.hive("run", "--resume", run)
    assert held.returncode == 1
    told = " ".join(held.stderr.split())
    assert f"is under way in another process, '{socket.gethostname()}:{process.pid}'" in told
    assert re.search(r"which holds it until \S+ UTC, in \d+ s; ", told)
    assert "If that process died, the run can be carried on from then." in told
    assert len(re.findall(r"\d\d:\d\d:\d\d UTC", told)) == 1
    shell.end_leases()
    (shell.folder / "go").touch()
    assert shell.record("run", "--resume", run)["output"]["text"] == "Hello"


def test_a_folder_that_is_named_wins_over_the_database(shell: Shell) -> None:
    package, kept = write_package(shell.folder, "greeter", GREETER), shell.folder / "kept"

    run = shell.record("run", package, "-i", '{"name": "Ada"}', "--storage", kept)["run_id"]

    assert (kept / "runs" / run / "journal.jsonl").is_file()
    assert shell.run_ids() == []
    assert shell.record("runs", "show", run, "--storage", kept)["status"] == "succeeded"
    assert shell.record("runs", "list")["runs"] == []


def test_a_call_of_high_risk_is_approved_from_another_process(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    package = write_package(shell.folder, "payer", PAYER)
    (package / "tools.py").write_text(PAYER_TOOLS)
    script = [call("pay", cents=5), call("set_output", key="text", value="Hello"), "Done."]
    order = RunOrder(path=package, progress=Progress.NOTHING)
    assert run_package(order, llm=ScriptedProvider(script)) == 3
    (run,) = shell.run_ids()

    assert shell.hive("runs", "answer", run, "approve", "--later").returncode == 0
    resumed = RunOrder(path=package, resume=run, progress=Progress.NOTHING)

    assert run_package(resumed, llm=ScriptedProvider(script[1:])) == 0
    assert "Hello" in capsys.readouterr().out


def test_a_database_that_cannot_be_used_is_named_without_its_password(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIVE_JOURNAL_URL", "mysql://me:s3cret@localhost/hive")
    told = shell.refused("runs", "list")
    assert "journal_url cannot be used" in told
    assert "s3cret" not in told

    for address in ("postgresql://me:s3cret%zz@localhost/hive", "postgresql://me:s3cret/x@localhost/hive"):
        monkeypatch.setenv("HIVE_JOURNAL_URL", address)
        told = shell.refused("runs", "list", "--debug")
        assert "HIVE_JOURNAL_URL" in told
        assert "%25 for %" in told
        assert "s3cret" not in told

    monkeypatch.setenv("HIVE_JOURNAL_URL", "postgresql://me:s3cret@127.0.0.1:1/hive")
    done = shell.hive("runs", "list")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    monkeypatch.setenv("HIVE_JOURNAL_URL", shell.dsn)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (
            "UPDATE journal_entries SET line = overlay(line PLACING 'X' FROM 20) WHERE seq = 2",
            "Entry 2 of run",
        ),
        ("DELETE FROM journal_blobs", "is not stored in the database"),
        ("UPDATE journal_blobs SET content = '[]'", "in the database is not what was written"),
    ],
)
def test_a_damaged_run_is_refused_by_every_command_that_reads_it(
    shell: Shell, damage: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["run", str(write_package(shell.folder, "charger", CHARGER)), "-q"]) == 3
    (run,) = shell.run_ids()
    capsys.readouterr()
    with psycopg.connect(shell.dsn, autocommit=True) as connection:
        connection.execute(damage)
        before = connection.execute("SELECT * FROM journal_entries ORDER BY seq").fetchall()

        for words in (
            ["run", "--resume", run],
            ["runs", "show", run],
            ["runs", "replay", run],
            ["runs", "fork", run, "--at", "3"],
            ["runs", "answer", run, "1", "done 7"],
            ["runs", "packet", run],
        ):
            assert command_line(words) == 2
            sentence = " ".join(capsys.readouterr().err.split())
            assert sentence.startswith("Error: ")
            assert told in sentence
            assert "restore" in sentence
            assert "fault of its own" not in sentence
        assert connection.execute("SELECT * FROM journal_entries ORDER BY seq").fetchall() == before
