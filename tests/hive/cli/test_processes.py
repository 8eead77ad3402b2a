"""The command line as a person's shell meets it: what it says, where, and with which exit code."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from framework.journal.files import FileJournal
from framework.journal.reading import read_state
from framework.journal.state import RunStatus
from tests.hive.cli.conftest import HIVE
from tests.support.cli_packages import BROKEN, FAILING, GREETER, SLOW, STARTER, TALKER, write_package
from tests.support.sleepers import Sleepers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Hive = Callable[..., subprocess.CompletedProcess[str]]

NAME = '{"name": "Ada"}'

HIVE_RUN = [*HIVE[1:], "run", "starter"]
AGENT_RUN = ["-m", "starter", "run"]
MAIN = """\
from framework.entry import main

raise SystemExit(main(__file__))
"""


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """Return the sentence of a refusal; it stands alone, with exit code 2 and without a traceback."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_run_tells_its_result_on_stdout_and_its_progress_on_stderr(hive: Hive, tmp_path: Path) -> None:
    done = hive("run", write_package(tmp_path, "greeter", GREETER), "--input", NAME)

    assert done.returncode == 0, done.stderr
    assert "greeter succeeded after" in done.stdout
    assert "greeting = Hello Ada" in done.stdout
    assert "no model used" in done.stdout
    assert "100% reached" in done.stdout
    assert "hive runs show " in done.stdout
    assert "greet  done" in done.stderr


def test_json_is_the_only_thing_on_stdout_even_when_a_node_prints(hive: Hive, tmp_path: Path) -> None:
    done = hive("run", write_package(tmp_path, "greeter", GREETER), "-i", NAME, "--json")

    record = json.loads(done.stdout)
    assert record["version"] == 1
    assert record["status"] == "succeeded"
    assert record["output"]["greeting"] == "Hello Ada"
    assert record["cost_usd"] == "0"
    assert record["goal"]["score"] == 1.0
    assert done.stderr == "printed by the node\n"


def test_a_closed_stderr_changes_nothing(home: Path, tmp_path: Path) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    command = shlex.join([*HIVE, "run", str(package), "--input", NAME])

    done = subprocess.run(
        f"{command} 2>&-", shell=True, check=False, capture_output=True, text=True, timeout=30
    )

    assert done.returncode == 0, done.stdout
    assert "greeter succeeded after" in done.stdout
    (journal,) = home.glob("agents/greeter/runs/*/journal.jsonl")
    assert "printed by the node" not in journal.read_text().splitlines()


def test_an_api_address_that_cannot_be_used_is_refused(hive: Hive, tmp_path: Path) -> None:
    environment = {
        "HIVE_API_BASE": "http://127.0.0.1:99999/v1",
        "HIVE_MODEL": "openai/m",
        "HIVE_API_KEY": "k",
    }

    done = hive("run", write_package(tmp_path, "talker", TALKER), environment=environment)

    assert "The API address cannot be used: its port must be a number from 1 to 65535." in refused(done)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_help_that_cannot_be_written_is_no_fault_of_ours(hive: Hive) -> None:
    with Path("/dev/full").open("w") as full:
        done = hive("--help", stdout=full, stderr=subprocess.PIPE)

    assert done.returncode == 1
    assert done.stderr == "Error: The output could not be written: No space left on device.\n"


def test_quiet_leaves_one_line(hive: Hive, tmp_path: Path) -> None:
    done = hive("run", write_package(tmp_path, "greeter", GREETER), "-i", NAME, "-q")
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1].startswith("greeter succeeded after")


def test_the_input_may_come_from_a_file_or_from_stdin(hive: Hive, tmp_path: Path) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    (tmp_path / "in.json").write_text(NAME)
    for done in (
        hive("run", package, "-i", "@in.json", "-q"),
        hive("run", package, "--input-file", "in.json", "-q"),
        hive("run", package, "-i", "-", "-q", input=NAME),
    ):
        assert done.returncode == 0, done.stderr


def test_the_output_file_holds_the_output_and_nothing_half_written_stays(hive: Hive, tmp_path: Path) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    (tmp_path / "results").mkdir()
    done = hive("run", package, "-i", NAME, "-o", "results/out.json", "-q")
    assert done.returncode == 0
    assert json.loads((tmp_path / "results/out.json").read_text())["greeting"] == "Hello Ada"
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["out.json"]


def test_an_output_file_that_cannot_be_written_is_told_before_the_run(hive: Hive, tmp_path: Path) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    done = hive("run", package, "-i", NAME, "-o", "nowhere/out.json")
    assert "'nowhere' does not exist" in refused(done)
    assert not (tmp_path / "home" / "agents").exists()


def test_a_failed_run_ends_with_1_and_its_reason_cannot_steer_the_terminal(
    hive: Hive, tmp_path: Path
) -> None:
    done = hive("run", write_package(tmp_path, "failing", FAILING), "-i", NAME)
    assert done.returncode == 1
    assert "the moon is \\x1b[31mred" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["run", "info", "validate"])
def test_a_path_without_a_package_is_refused(hive: Hive, tmp_path: Path, command: str) -> None:
    assert "no agent package at 'missing'" in refused(hive(command, "missing"))
    (tmp_path / "empty").mkdir()
    assert "is no agent package" in refused(hive(command, "empty"))


def test_every_finding_of_an_invalid_graph_is_listed(hive: Hive, tmp_path: Path) -> None:
    package = write_package(tmp_path, "broken", BROKEN)
    told = refused(hive("run", package))
    assert "no_such_tool" in told
    assert "'nowhere'" in told
    assert "'island'" in told
    checked = hive("validate", package, "--json")
    assert checked.returncode == 2
    record = json.loads(checked.stdout)
    assert not record["is_valid"]
    assert len([item for item in record["findings"] if item["severity"] == "error"]) >= 3


def test_validate_tells_what_a_run_can_cost_at_most(hive: Hive, tmp_path: Path) -> None:
    done = hive("validate", write_package(tmp_path, "greeter", GREETER))
    assert done.returncode == 0
    assert "greeter can run" in done.stdout
    assert "visits nodes at most 1 time and asks a model at most 0 times" in done.stdout


def test_an_unknown_model_and_a_missing_key_are_refused(hive: Hive, tmp_path: Path) -> None:
    package = write_package(tmp_path, "talker", TALKER)
    assert "No provider knows the model 'martian/9'" in refused(hive("run", package, "-m", "martian/9"))
    assert "HIVE_API_KEY" in refused(hive("run", package, "-m", "openai/gpt-4o-mini"))
    assert "hive models pull smollm2" in refused(hive("run", package))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"name": "Ada",\n "age": }', "line 2, column 9"),
        ('["Ada"]', "is an array; it must be one JSON object"),
        ("{}", "name"),
        ("@missing.json", "'missing.json' cannot be read: No such file or directory"),
        ("@.", "cannot be read: Is a directory"),
        ('{"name": NaN}', "NaN is no JSON number"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_an_input_that_cannot_be_used_is_refused(hive: Hive, tmp_path: Path, given: str, told: str) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    assert told in refused(hive("run", package, "--input", given))


def test_an_error_is_json_too_when_json_was_asked_for(hive: Hive) -> None:
    done = hive("run", "missing", "--json")
    assert done.returncode == 2
    record = json.loads(done.stdout)
    assert record["version"] == 1
    assert record["run_id"] is None
    assert record["error"]["kind"] == "PackageError"


def test_debug_shows_the_traceback(hive: Hive) -> None:
    assert "Traceback" in hive("run", "missing", "--debug").stderr


def test_an_unknown_command_gets_a_suggestion(hive: Hive) -> None:
    assert "Did you mean 'validate'?" in refused(hive("valdate"))
    assert "Did you mean 'list'?" in refused(hive("runs", "lst"))
    assert "See: hive run -h" in refused(hive("run"))


def test_a_full_disk_ends_the_run_with_a_sentence(hive: Hive, tmp_path: Path) -> None:
    package = write_package(tmp_path, "greeter", GREETER)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))

    done = hive("run", package, "-i", NAME, preexec_fn=limit, environment={"PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 1, done.stderr
    assert "could not be written" in done.stderr
    assert "free some space" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("options", [["-q"], ["--json"], []])
def test_a_result_that_cannot_be_written_is_told_with_how_to_see_it(
    hive: Hive, tmp_path: Path, options: list[str]
) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    with Path("/dev/full").open("w") as full:
        done = hive("run", package, "-i", NAME, *options, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    (run,) = json.loads(hive("runs", "list", "--json").stdout)["runs"]
    assert done.stderr.splitlines()[-1] == (
        "Error: The result could not be written to standard output: No space left on device. "
        f"The run keeps it: hive runs show {run['run_id']}"
    )
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error(hive: Hive, tmp_path: Path) -> None:
    package = write_package(tmp_path, "greeter", GREETER)
    reader, writer = os.pipe()
    os.close(reader)
    done = hive("info", package, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert done.returncode == 0
    assert done.stderr == ""


def deaf() -> None:
    """Start a command as a shell starts it in the background, under nohup."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@pytest.mark.parametrize("start", [None, deaf])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_pauses_the_run_at_once(
    home: Path, tmp_path: Path, number: signal.Signals, start: Callable[[], None] | None
) -> None:
    package, flag = write_package(tmp_path, "slow", SLOW), tmp_path / "flag"
    command = [sys.executable, "-c", "from hive.cli.main import main; main()", "run", str(package)]
    command += ["-i", json.dumps({"flag": str(flag)})]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=start,  # noqa: PLW1509  (no thread runs here)
    )
    wait_for(flag)
    if start is deaf:
        process.send_signal(signal.SIGHUP)
    process.send_signal(number)
    _, told = process.communicate(timeout=10)

    assert process.returncode == 130
    journal = FileJournal(home / "agents" / "slow")
    (run_id,) = asyncio.run(journal.run_ids())
    assert f"Interrupted. Run {run_id} is paused at node 'work' after 1 step" in told
    assert f"carry it on with: hive run --resume {run_id}" in told
    assert "Traceback" not in told
    state = asyncio.run(read_state(journal, run_id))
    assert state.status is RunStatus.PAUSED


@pytest.mark.parametrize(
    ("command", "number"),
    [(HIVE_RUN, signal.SIGINT), (HIVE_RUN, signal.SIGTERM), (AGENT_RUN, signal.SIGTERM)],
)
def test_an_interrupt_leaves_no_program_of_the_run(
    home: Path, tmp_path: Path, command: Sequence[str], number: signal.Signals
) -> None:
    package, sleepers = write_package(tmp_path, "starter", STARTER), Sleepers()
    (package / "__main__.py").write_text(MAIN)
    line = f"{sleepers.line} & {sleepers.line}; {sleepers.line}"
    process = subprocess.Popen(
        [sys.executable, *command, "--input", json.dumps({"line": line})],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        sleepers.wait_for(2)
        process.send_signal(number)
        _, told = process.communicate(timeout=10)
        assert sleepers.living() == []
    finally:
        process.kill()
        sleepers.end()

    assert process.returncode == 130
    assert "Traceback" not in told
    assert "Exception" not in told
    journal = FileJournal(home / "agents" / "starter")
    (run_id,) = asyncio.run(journal.run_ids())
    assert asyncio.run(read_state(journal, run_id)).status is RunStatus.PAUSED


def test_interrupted_twice_a_run_leaves_no_program(hive: Hive, tmp_path: Path) -> None:
    package, sleepers = write_package(tmp_path, "starter", STARTER), Sleepers()
    flag = shlex.quote(str(tmp_path / "flag"))
    deaf_line = f"test -e {flag} && exit; touch {flag}; trap : TERM; {sleepers.line}; {sleepers.line}"
    process = subprocess.Popen(
        [*HIVE, "run", str(package), "-i", json.dumps({"line": deaf_line})],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        sleepers.wait_for()
        process.send_signal(signal.SIGINT)
        sleepers.wait_for_another()  # The first was asked to end, and its shell is deaf.
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        assert sleepers.living() == []
    finally:
        process.kill()
        sleepers.end()
    (run,) = json.loads(hive("runs", "list", "--json").stdout)["runs"]
    done = hive("run", "--resume", run["run_id"], "--quiet")
    assert done.returncode == 0, done.stderr


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_models_can_be_listed_and_an_unknown_one_is_refused(hive: Hive) -> None:
    done = hive("models", "list", "--json")
    (known,) = [item for item in json.loads(done.stdout)["models"] if item["model"] == "local/smollm2"]
    assert not known["is_here"]
    assert known["bytes"] > 0
    assert "can be pulled: hive models pull smollm2" in hive("models", "list").stdout
    assert "No weights are known as 'nothing'" in refused(hive("models", "pull", "nothing"))


def test_version_and_help_load_nothing_heavy() -> None:
    heavy = {"rich", "pydantic", "httpx", "orjson", "framework.graph"}
    code = f"import sys, hive.cli.main; print(*({heavy!r} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_help_and_version(hive: Hive) -> None:
    assert hive("--version").stdout.startswith("hive ")
    told = hive("-h").stdout
    assert all(f"  {name} " in told for name in ("run", "info", "validate", "list", "models", "runs"))
    assert "130 interrupted" in hive("run", "-h").stdout
