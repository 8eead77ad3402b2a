"""``python -m NAME``: commands, outputs and exit codes."""

import json
import re
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from framework.entry import main
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from tests.support.printed_packages import AGENT, FUNCTION_AGENT, FUNCTIONS, MODEL_AGENT, write_package

TIMEOUT_S = 30

WAITING = """\
import asyncio


async def classify_letter(letter: str) -> str:
    print("inside", flush=True)
    await asyncio.Event().wait()


def file_letter(label: str) -> dict:
    return {"drawer": label}
"""


def python_m(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", folder.name, *arguments],
        cwd=folder.parent,
        capture_output=True,
        check=False,
        text=True,
        timeout=TIMEOUT_S,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def triage(tmp_path: Path) -> Path:
    return write_package(tmp_path, "triage", FUNCTION_AGENT)


def test_run_prints_the_output_as_json_and_the_progress_beside_it(triage: Path) -> None:
    done = python_m(triage, "run", "--input", '{"letter": "please pay"}')

    assert done.returncode == 0
    assert json.loads(done.stdout)["drawer"] == "drawer of bills"
    assert re.search(r"^\d\d:\d\d:\d\d  classify-letter  started \(visit 1\)$", done.stderr, re.MULTILINE)


def test_run_in_another_process_fails_with_one_sentence(tmp_path: Path) -> None:
    functions = f"{FUNCTIONS}\n\ndef classify_letter(letter: str) -> str:\n    raise ValueError('no stamp')\n"
    agent = AGENT.replace('node_type="function"', 'node_type="function", max_retries=1')
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, functions=functions, agent=agent)

    done = python_m(folder, "run", "--quiet", "--input", '{"letter": "x"}')

    assert done.returncode == 1
    assert re.fullmatch(r"error: .*no stamp.* \(run \S+\)\n", done.stderr)
    assert done.stdout == ""


def test_a_broken_package_is_said_without_a_traceback(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT | {"__init__.py": ""}, agent="x = 1\nx.y\n")

    done = python_m(folder, "validate")

    assert done.returncode == 2
    assert done.stderr == ""
    assert done.stdout == (
        "error [package-does-not-load] triage: triage/agent.py, line 2: AttributeError: "
        "'int' object has no attribute 'y'. Mend that line. | "
        "Mend that, and check again: the rest shows then.\n"
        "1 errors, 0 warnings\n"
    )


def test_an_interrupted_run_is_stored_as_paused(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, functions=WAITING)
    command = [sys.executable, "-m", "triage", "run", "--quiet", "--storage", str(tmp_path / "store")]
    with subprocess.Popen(
        [*command, "--input", '{"letter": "x"}'],
        cwd=folder.parent,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "inside\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=TIMEOUT_S)

    assert process.returncode == 130
    way_on = r"carry it on with: hive run --resume \1 --storage (\S+)"
    found = re.fullmatch(rf"interrupted: the run (\S+) is stored as paused; {way_on}\n", said)
    assert found
    assert found[2] == str(tmp_path / "store")
    journal = tmp_path / "store" / "runs" / found[1] / "journal.jsonl"
    assert b"run_paused" in journal.read_bytes().splitlines()[-1]


def test_a_run_that_a_node_cancels_ends_as_interrupted(tmp_path: Path) -> None:
    functions = WAITING.replace("asyncio.Event().wait()", "asyncio.sleep(asyncio.current_task().cancel())")
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, functions=functions)

    done = python_m(folder, "run", "--quiet", "--json", "--input", '{"letter": "x"}')

    assert done.returncode == 130
    result = json.loads(done.stdout)
    assert (result["status"], result["at_nodes"]) == ("paused", ["classify-letter"])
    _, said = done.stderr.splitlines()
    assert said.endswith(f"carry it on with: hive run --resume {result['run_id']}")


def test_a_reader_who_leaves_early_is_no_error(triage: Path) -> None:
    command = [sys.executable, "-m", "triage", "info"]
    with subprocess.Popen(
        command, cwd=triage.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_an_interrupt_before_the_run_says_that_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, agent="raise KeyboardInterrupt\n")

    assert run_main(folder, "run") == 130
    assert capsys.readouterr().err == "interrupted: no run was started.\n"


def test_usage_errors_name_the_agent(triage: Path) -> None:
    done = python_m(triage, "fly")

    assert done.returncode == 2
    assert "usage: python -m triage" in done.stderr


def run_main(folder: Path, *arguments: str, llm: ScriptedProvider | None = None) -> int:
    return main(str(folder / "__main__.py"), arguments, llm=llm)


def test_json_prints_the_whole_result(triage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run_main(triage, "run", "--quiet", "--json", "--input", '{"letter": "hi"}')

    result = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (result["status"], result["path"]) == ("succeeded", ["classify-letter", "file-letter"])


def test_what_the_package_prints_does_not_mix_with_the_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    functions = FUNCTIONS.replace('    return "bill"', '    print("noise")\n    return "bill"')
    folder = write_package(
        tmp_path, "triage", FUNCTION_AGENT, functions=functions, agent=f"print('loading')\n{AGENT}"
    )

    assert run_main(folder, "run", "--quiet", "--input", '{"letter": "hi"}') == 0

    captured = capsys.readouterr()
    assert json.loads(captured.out)["label"] == "other"
    assert {"loading", "noise"} <= set(captured.err.split())


def test_the_input_may_be_a_file(triage: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.json").write_text('{"letter": "pay"}')

    assert run_main(triage, "run", "--quiet", "--input", f"@{tmp_path / 'in.json'}") == 0
    assert json.loads(capsys.readouterr().out)["label"] == "bill"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("{letter", "The input is no JSON: "),
        ("[1]", "The input must be a JSON object"),
        ("@/no/such/file", "The input file '/no/such/file' cannot be read: No such file"),
        ("{}", "letter"),
        ('{"letter": NaN}', "The input is no JSON: "),
    ],
)
def test_an_input_that_cannot_be_used_is_said(
    triage: Path, capsys: pytest.CaptureFixture[str], given: str, complaint: str
) -> None:
    assert run_main(triage, "run", "--quiet", "--input", given) == 2

    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert complaint in captured.err
    assert captured.out == ""


def test_a_file_that_is_no_text_is_said(
    triage: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.json").write_bytes(b"\xff\xfe")

    assert run_main(triage, "run", "--input", f"@{tmp_path / 'in.json'}") == 2
    assert "is no UTF-8 text" in capsys.readouterr().err


def test_an_unknown_tool_is_said_as_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_package(tmp_path, "librarian", MODEL_AGENT, tools=None)

    assert run_main(folder, "run", "--quiet", "--input", '{"query": "bees"}') == 2
    assert capsys.readouterr().err.splitlines()[0] == (
        "error: The tool 'web_search' is not available. Available tools are: append_data, edit_data, "
        "list_data_files, load_data, save_data, serve_file_to_user"
    )


def test_a_model_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_package(tmp_path, "librarian", MODEL_AGENT)

    assert run_main(folder, "run", "--quiet", "--input", '{"query": "bees"}', "--model", "odd") == 2
    assert "error: No provider knows the model 'odd'" in capsys.readouterr().err


def test_a_run_that_waits_for_a_person_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = MODEL_AGENT["agent.py"].replace('tools=["web_search"]', "client_facing=True")
    folder = write_package(tmp_path, "librarian", MODEL_AGENT, agent=agent)
    monkeypatch.setattr("sys.stdin", StringIO())

    code = run_main(folder, "run", "--input", '{"query": "bees"}', llm=ScriptedProvider(["Which bees?"]))

    captured = capsys.readouterr()
    assert code == 3
    assert "Which bees?" in captured.err
    assert re.search(r"^waiting: the run \S+ waits at node 'search-web'\.$", captured.err, re.MULTILINE)
    assert captured.out == ""


def test_a_verbose_run_tells_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_package(tmp_path, "librarian", MODEL_AGENT)
    llm = ScriptedProvider([call("set_output", key="search_results", value="secret"), "Done."])

    assert run_main(folder, "run", "--verbose", "--input", '{"query": "bees"}', llm=llm) == 0

    told = capsys.readouterr().err
    assert "search-web  set search_results" in told
    assert "secret" not in told


def test_debug_shows_the_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, agent="1 / 0\n")

    assert run_main(folder, "info", "--debug") == 2
    assert "Traceback" in capsys.readouterr().err


def test_info_is_for_people_or_programs(triage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(triage, "info") == 0
    told = capsys.readouterr().out
    assert told.startswith("Triage 1.0.0 (triage, ")
    assert "  classify-letter -> file-letter  on_success" in told.splitlines()

    assert run_main(triage, "info", "--json") == 0
    assert json.loads(capsys.readouterr().out)["inputs"] == ["letter"]


def test_validate_of_a_sound_agent_says_so(triage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(triage, "validate") == 0
    assert capsys.readouterr().out == "The agent is sound.\n"


def test_validate_lists_findings_and_counts_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    agent = AGENT.replace('name="Triage"', 'name="Triage", importance=1')
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent)

    assert run_main(folder, "validate") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("warning [unknown-field] goal: ")
    assert lines[-1] == "0 errors, 1 warnings"


def test_validate_of_a_graph_with_errors_fails(tmp_path: Path) -> None:
    agent = AGENT.replace('target="file-letter"', 'target="nowhere"')

    assert run_main(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent), "validate") == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (("run", "--quiet", "--input", '{"letter": "please pay"}'), True),
        (("run", "--quiet", "--json", "--input", '{"letter": "please pay"}'), True),
        (("info",), False),
        (("validate",), False),
    ],
)
def test_an_output_that_cannot_be_written_is_told_in_one_sentence(
    triage: Path, command: tuple[str, ...], kept: bool
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", triage.name, *command],
            cwd=triage.parent,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
            timeout=TIMEOUT_S,
        )

    assert done.returncode == 1
    said = "error: The result could not be written to standard output: No space left on device."
    more = r" The run keeps it: hive runs show \S+" if kept else ""
    assert re.fullmatch(re.escape(said) + more + "\n", done.stderr)
