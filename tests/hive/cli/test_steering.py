"""Runs that wait, days, in no process: answered, carried on, paused, cancelled and rejected from a shell."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from framework.journal.files import FileJournal
from framework.journal.inbox import FileInbox, InboxMessage, MessageKind
from framework.journal.reading import read_state
from framework.llm.scripted import ScriptedProvider, call
from hive.cli.commands import answer_run
from hive.cli.main import call as command_line
from hive.cli.running import Progress, RunOrder, run_package
from hive.runs import steering
from tests.support.cli_packages import (
    CHARGE_THEN_WAIT,
    CHARGER,
    GREETER,
    PATIENT,
    PAYER,
    PAYER_TOOLS,
    SLOW,
    write_package,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Hive = Callable[..., subprocess.CompletedProcess[str]]


class Shell:
    """The command line, and what it says as JSON."""

    def __init__(self, hive: Hive, home: Path, folder: Path) -> None:
        self.hive = hive
        self.home = home
        self.folder = folder

    def record(self, *arguments: object, code: int = 0) -> dict[str, Any]:
        """Run a command that prints JSON and ends with ``code``."""
        done = self.hive(*arguments, "--json")
        assert done.returncode == code, (done.stdout, done.stderr)
        return json.loads(done.stdout)

    def refused(self, *arguments: object) -> str:
        done = self.hive(*arguments)
        assert done.returncode == 2, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stderr

    def begun(self, name: str, body: str) -> tuple[subprocess.Popen[str], str]:
        """Start a run whose first node touches a flag, and return its process and id."""
        package, flag = write_package(self.folder, name, body), self.folder / "flag"
        given = json.dumps({"flag": str(flag), "go": str(self.folder / "go")})
        command = [sys.executable, "-c", "from hive.cli.main import main; main()", "run", str(package)]
        process = subprocess.Popen(
            [*command, "-i", given], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wait_for(flag)
        (run_id,) = asyncio.run(FileJournal(self.home / "agents" / name).run_ids())
        return process, run_id


@pytest.fixture
def shell(hive: Hive, home: Path, tmp_path: Path) -> Shell:
    return Shell(hive, home, tmp_path)


def test_questions_of_two_branches_are_answered_in_reverse_order_each_in_its_own_process(
    shell: Shell, tmp_path: Path
) -> None:
    package = write_package(tmp_path, "charger", CHARGER)
    run = shell.record("run", package, code=3)
    left, right = sorted(question["id"] for question in run["questions"])
    assert {question["node"] for question in run["questions"]} == {"left", "right"}
    told = shell.hive("runs", "show", run["run_id"]).stdout
    assert f'hive runs answer {run["run_id"]} {left} "..."\n' in told
    assert "  question 2 (node right): The run was interrupted" in told
    assert "name one of" in shell.refused("runs", "answer", run["run_id"], "done 1")
    assert "begin with one of: done" in shell.refused("runs", "answer", run["run_id"], left, "yes")

    second = shell.record("runs", "answer", run["run_id"], right, "done 2", code=3)
    assert [question["id"] for question in second["questions"]] == [left]

    last = shell.record("runs", "answer", run["run_id"], "done 1")
    assert (last["status"], last["output"]["text"]) == ("succeeded", "Hello 1 and 2")
    assert "has ended (succeeded)" in shell.refused("run", "--resume", run["run_id"])
    assert "has ended (succeeded)" in shell.refused("runs", "answer", run["run_id"], "done")


def test_an_answer_is_kept_when_the_run_cannot_be_carried_on_now(shell: Shell, tmp_path: Path) -> None:
    package = write_package(tmp_path, "charger", CHARGER)
    run = shell.record("run", package, code=3)["run_id"]
    (listed,) = shell.record("runs", "list")["runs"]
    assert (listed["status"], listed["open_questions"]) == ("paused", 2)
    assert "  waiting  " in shell.hive("runs", "list").stdout
    agent = package / "agent.py"
    sound = agent.read_text(encoding="utf-8")
    agent.write_text(sound + "\nraise RuntimeError('half edited')\n", encoding="utf-8")

    told = shell.refused("runs", "answer", run, 1, "done 1")

    assert "half edited" in told
    assert f"note: the answer is kept; carry the run on with: hive run --resume {run}\n" in told
    agent.write_text(sound, encoding="utf-8")
    last = shell.record("runs", "answer", run, 2, "done 2")
    assert (last["status"], last["output"]["text"]) == ("succeeded", "Hello 1 and 2")


def test_answers_may_be_left_for_the_run_to_find_later(shell: Shell, tmp_path: Path) -> None:
    run = shell.record("run", write_package(tmp_path, "charger", CHARGER), code=3)["run_id"]

    for number in (1, 2):
        done = shell.hive("runs", "answer", run, number, f"done {number}", "--later")
        assert f"hive run --resume {run}" in done.stdout
    assert "no open question that has no answer yet" in shell.refused("runs", "answer", run, "done 3")

    shown = shell.hive("runs", "show", run).stdout
    assert "question" not in shown.split("charger waiting")[1]
    assert f"answered hive run --resume {run}" in shown
    record = shell.record("run", "--resume", run)
    assert record["output"]["text"] == "Hello 1 and 2"
    assert asyncio.run(FileInbox(shell.home / "agents" / "charger" / "runs" / run).names()) == []


def test_a_question_keeps_its_number_when_others_are_answered(shell: Shell, tmp_path: Path) -> None:
    run = shell.record("run", write_package(tmp_path, "charger", CHARGER), code=3)
    run_id, numbers = run["run_id"], {item["number"]: item["node"] for item in run["questions"]}
    assert (sorted(numbers), sorted(numbers.values())) == ([1, 2], ["left", "right"])
    listed = f"1 ({run['questions'][0]['id']}, node {numbers[1]!r}); 2 ({run['questions'][1]['id']}"
    assert listed in " ".join(shell.refused("runs", "answer", run_id, "7", "done").split())

    shell.record("runs", "answer", run_id, "1", "done 1", code=3)

    refusal = " ".join(shell.refused("runs", "answer", run_id, "1", "done 1").split())
    assert f"has an answer to question '1' already; name one of: 2 ({run['questions'][1]['id']}" in refusal
    shown = shell.hive("runs", "show", run_id).stdout
    assert "asks a person (question 2)" in shown
    assert "the person answered question 1: done 1" in shown
    assert f"  question 2 (node {numbers[2]})" in shown
    assert shell.record("runs", "answer", run_id, "2", "done 2")["status"] == "succeeded"


def test_a_run_knows_its_package_and_says_when_it_is_gone_or_another_version(
    shell: Shell, tmp_path: Path
) -> None:
    package = write_package(tmp_path, "charger", CHARGER)
    run = shell.record("run", package, code=3)["run_id"]
    moved = tmp_path / "elsewhere" / "charger"
    shutil.copytree(package, moved)
    shutil.rmtree(package)

    assert "which is gone" in shell.refused("runs", "answer", run, "1", "done 1")
    assert (
        shell.record("runs", "answer", run, "1", "done 1", "--package", moved, code=3)["status"] == "paused"
    )
    assert shell.record("run", moved, "--resume", run, code=3)["status"] == "paused"
    with (moved / "agent.py").open("a") as source:
        source.write("# changed\n")
    assert "was started with version" in shell.refused("run", "--resume", run, "--package", moved)


def test_a_run_that_is_under_way_elsewhere_is_cancelled_there(shell: Shell) -> None:
    process, run = shell.begun("slow", SLOW)
    started = time.monotonic()

    assert shell.record("runs", "cancel", run)["status"] == "cancelled"
    told, _ = process.communicate(timeout=10)

    assert time.monotonic() - started < steering.PATIENCE_S
    assert process.returncode == 1
    assert "slow cancelled" in told
    assert "has ended (cancelled)" in shell.refused("runs", "cancel", run)


def test_a_wish_to_cancel_waits_for_a_process_that_is_stopped(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    process, run = shell.begun("slow", SLOW)
    process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(steering, "PATIENCE_S", 0.2)
    try:
        assert command_line(["runs", "cancel", run]) == 0
        told = " ".join(capsys.readouterr().out.split())
    finally:
        process.send_signal(signal.SIGCONT)
    process.communicate(timeout=10)

    assert "is cancelled when its writer hears it, or when the run goes on" in told
    assert f"not heard yet by process {process.pid}" in told
    assert "has ended (cancelled)" in shell.refused("runs", "cancel", run)


def test_a_run_that_is_under_way_elsewhere_is_not_carried_on_whatever_else_is_wrong(shell: Shell) -> None:
    process, run = shell.begun("slow", SLOW)
    shutil.rmtree(shell.folder / "slow")

    done = shell.hive("run", "--resume", run, "--model", "local/not-there")
    shell.hive("runs", "cancel", run)
    process.communicate(timeout=10)

    assert (done.returncode, done.stdout) == (1, "")
    assert f"Run {run!r} is under way in another process" in done.stderr


def test_a_killed_run_is_free_though_another_process_has_its_id(shell: Shell) -> None:
    process, run = shell.begun("slow", SLOW)
    process.kill()
    process.communicate(timeout=10)
    lock = shell.home / "agents" / "slow" / "runs" / run / "lock"
    created, _ = lock.read_text(encoding="utf-8").splitlines()
    lock.write_text(f"{created}\n{os.getpid()}\n", encoding="utf-8")

    assert shell.record("runs", "list")["runs"][0]["status"] == "stopped"
    assert "no process is running it" in shell.refused("runs", "pause", run)
    assert shell.record("runs", "cancel", run)["status"] == "cancelled"


def test_the_command_that_answers_says_where_the_run_lies(shell: Shell, tmp_path: Path) -> None:
    package = write_package(tmp_path, "charger", CHARGER)
    run = shell.record("run", package, "--storage", tmp_path / "my runs", code=3)["run_id"]

    told = shell.hive("runs", "show", run, "--storage", tmp_path / "my runs").stdout

    command = next(line for line in told.splitlines() if "hive runs answer" in line)
    assert command.endswith(f"\"...\" --storage '{tmp_path / 'my runs'}'")


def test_a_run_that_waits_is_cancelled_without_its_package(shell: Shell, tmp_path: Path) -> None:
    package = write_package(tmp_path, "charger", CHARGER)
    run = shell.record("run", package, code=3)["run_id"]
    shutil.rmtree(package)

    assert shell.hive("runs", "cancel", run).stdout == f"run {run} cancelled\n"
    assert "no process is running it" not in shell.refused("runs", "pause", run)


def test_a_run_is_paused_before_its_next_node_and_goes_on_later(shell: Shell, tmp_path: Path) -> None:
    process, run = shell.begun("patient", PATIENT)
    folder = shell.home / "agents" / "patient"
    inbox = FileInbox(folder / "runs" / run)
    asyncio.run(inbox.put(InboxMessage(kind=MessageKind.PAUSE)))
    time.sleep(0.6)
    (tmp_path / "go").touch()
    process.communicate(timeout=10)

    assert process.returncode == 3
    assert asyncio.run(read_state(FileJournal(folder), run)).paused_at == "last"
    assert asyncio.run(inbox.names()) == []
    told = " ".join(shell.refused("runs", "pause", run).split())
    assert f"Run {run!r} is paused: no process is running it, so there is nothing to pause." in told
    assert shell.record("run", "--resume", run)["output"]["text"] == "Hello"


def test_a_run_whose_process_died_has_stopped_and_cannot_be_paused(shell: Shell, tmp_path: Path) -> None:
    process, run = shell.begun("patient", PATIENT)
    process.kill()
    process.communicate(timeout=10)

    told = " ".join(shell.refused("runs", "pause", run).split())
    (tmp_path / "go").touch()

    assert f"Run {run!r} is stopped: no process is running it, so there is nothing to pause." in told
    assert shell.record("run", "--resume", run)["output"]["text"] == "Hello"


def test_a_person_rejects_a_run_that_ended_well(shell: Shell, tmp_path: Path) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    run = shell.record("run", package, "-i", '{"name": "Ada"}')["run_id"]

    assert shell.hive("runs", "reject", run, "It is rude.").stdout == f"run {run} rejected\n"
    assert "rejected already: It is rude." in shell.refused("runs", "reject", run, "Again.")
    (listed,) = shell.record("runs", "list")["runs"]
    assert (listed["status"], listed["rejected"]) == ("succeeded", "It is rude.")
    assert "rejected" in shell.hive("runs", "list").stdout
    assert "a person rejects the run: It is rude." in shell.hive("runs", "show", run).stdout


def test_a_fork_of_a_rejected_run_may_be_rejected_for_itself(shell: Shell, tmp_path: Path) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    run = shell.record("run", package, "-i", '{"name": "Ada"}')["run_id"]
    shell.hive("runs", "reject", run, "It is rude.")
    last = shell.record("runs", "show", run, "--events")["events"][-1]["seq"]

    fork = shell.record("runs", "fork", run, "--at", last)["run_id"]

    listed = {each["run_id"]: each for each in shell.record("runs", "list")["runs"]}
    assert (listed[fork]["status"], "rejected" in listed[fork]) == ("stopped", False)
    assert listed[run]["rejected"] == "It is rude."
    assert "has not ended" in shell.refused("runs", "packet", fork)
    shell.record("run", "--resume", fork)
    assert "there is no failure to pack" in shell.refused("runs", "packet", fork)
    assert shell.hive("runs", "reject", fork, "It is long.").stdout == f"run {fork} rejected\n"


def test_a_run_that_did_not_end_well_cannot_be_rejected(shell: Shell, tmp_path: Path) -> None:
    run = shell.record("run", write_package(tmp_path, "charger", CHARGER), code=3)["run_id"]

    assert "is paused; only a run that succeeded" in shell.refused("runs", "reject", run, "No.")
    assert "Say why" in shell.refused("runs", "reject", run, " ")


def test_what_does_not_go_together_is_refused(shell: Shell, tmp_path: Path) -> None:
    assert "or give --resume RUN" in shell.refused("run")
    assert "say the same" in shell.refused("run", "a", "--package", "b")
    assert "Put the answer in quotes" in shell.refused("runs", "answer", "r", "q", "two", "words")


@pytest.mark.parametrize(("approve", "code"), [((), 3), (("pay",), 0)])
def test_a_call_of_high_risk_waits_for_a_person_unless_it_is_approved_beforehand(
    home: Path, tmp_path: Path, approve: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    package = write_package(tmp_path, "payer", PAYER)
    (package / "tools.py").write_text(PAYER_TOOLS)
    script = [call("pay", cents=5), call("set_output", key="text", value="Hello"), "Done."]
    order = RunOrder(path=package, approve=approve, progress=Progress.NOTHING)

    assert run_package(order, llm=ScriptedProvider(script)) == code
    told = capsys.readouterr().out
    assert ("May the tool 'pay' be called with" in told) == (code == 3)
    assert home.exists()


def test_a_run_without_an_entry_cannot_be_cancelled_and_says_what_to_do(shell: Shell, tmp_path: Path) -> None:
    run = shell.record("run", write_package(tmp_path, "charger", CHARGER), code=3)["run_id"]
    journal = shell.home / "agents" / "charger" / "runs" / run / "journal.jsonl"
    journal.write_bytes(b"")

    for command in (("runs", "cancel", run), ("run", "--resume", run)):
        told = shell.refused(*command).replace("\n", " ")
        assert "has no entry" in told
        assert "estore the journal from a copy" in told
    assert journal.read_bytes() == b""


def test_a_run_that_has_ended_leaves_nothing_to_steer(shell: Shell, tmp_path: Path) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    run = shell.record("run", package, "-i", '{"name": "Ada"}')["run_id"]

    for wish, words in (("pause", ()), ("cancel", ()), ("answer", ("yes",))):
        told = shell.refused("runs", wish, run, *words).replace("\n", " ")
        assert f"has ended (succeeded); there is nothing to {wish}." in told


@pytest.mark.parametrize("words", [("1", "bad\udcff"), ("bad\udcff", "done 1")])
def test_an_answer_that_is_no_text_is_refused(shell: Shell, tmp_path: Path, words: tuple[str, ...]) -> None:
    run = shell.record("run", write_package(tmp_path, "charger", CHARGER), code=3)["run_id"]

    told = shell.refused("runs", "answer", run, *words)

    assert "fault of its own" not in told
    assert "character 4 cannot be stored" in told or "no open question 'bad\\udcff'" in told


@pytest.mark.parametrize("has_ended", [False, True])
def test_an_answer_that_another_process_took_first_is_told_as_taken(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    has_ended: bool,
) -> None:
    package, flag, go = write_package(tmp_path, "late", CHARGE_THEN_WAIT), tmp_path / "flag", tmp_path / "go"
    given = json.dumps({"flag": str(flag), "go": str(go)})
    run = shell.record("run", package, "-i", given, code=3)["run_id"]
    others: list[subprocess.Popen[str]] = []

    async def leave_just_before_another_begins(*arguments: Any) -> steering.Heard:
        heard = await steering.leave_answer(*arguments)
        others.append(resuming(run))
        if has_ended:
            go.touch()
            others[0].communicate(timeout=20)
        await asyncio.to_thread(wait_for, flag)
        return heard

    monkeypatch.setattr(answer_run, "leave_answer", leave_just_before_another_begins)
    try:
        assert command_line(["runs", "answer", run, "done 1"]) == 0
    finally:
        go.touch()
        others[0].communicate(timeout=20)

    told = capsys.readouterr()
    assert told.out == "answered: the process that runs it took the answer.\n"
    assert told.err == ""
    assert others[0].returncode == 0


def resuming(run: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from hive.cli.main import main; main()", "run", "--resume", run]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
