"""Running packages whose models answer from a script, in this process."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from framework.llm.base import LLMResponse
from framework.llm.scripted import ScriptedProvider, call
from hive.cli.main import call as call_hive
from hive.cli.reports import Report
from hive.cli.running import Progress, RunOrder, run_package
from hive.errors import ResultNotWrittenError
from tests.support.cli_packages import TALKER, WRITER, write_package

if TYPE_CHECKING:
    from pathlib import Path

    from framework.llm.base import ModelRequest
    from framework.model.tool import ToolUse

pytestmark = pytest.mark.usefixtures("home")


def answer(text: str = "", *calls: ToolUse, cost: str | None = "0.001") -> LLMResponse:
    price = Decimal(cost) if cost is not None else None
    return LLMResponse(
        content=text, tool_calls=calls, input_tokens=100, output_tokens=10, cost_usd=price, model="scripted/x"
    )


def writing(request: ModelRequest) -> LLMResponse:
    """Set the one output of whichever node asks, then say that it is done."""
    if request.messages[-1].role.value == "tool":
        return answer("Done.", cost=None)
    starts = {"Plan.": "topic", "Left:": "a", "Right": "b", "Write": "text"}
    return answer(
        "I \x1b[2J work.", call("set_output", key=starts[request.system.strip()[:5]], value="Hello bees")
    )


def run_writer(tmp_path: Path, **facts: object) -> int:
    package = write_package(tmp_path, "writer", WRITER)
    order = RunOrder(path=package, input_data={}, **facts)
    return run_package(order, llm=ScriptedProvider(writing, model="scripted/x"))


def test_a_result_that_cannot_be_written_where_it_was_sent_is_still_shown_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()

    def removing(request: ModelRequest) -> LLMResponse:
        shutil.rmtree(folder, ignore_errors=True)
        return writing(request)

    order = RunOrder(path=write_package(tmp_path, "writer", WRITER), output=folder / "out.json")
    with pytest.raises(ResultNotWrittenError, match="The run keeps it: hive runs show "):
        run_package(order, llm=ScriptedProvider(removing, model="scripted/x"))
    assert "Hello bees" in capsys.readouterr().out


def test_tokens_costs_and_the_path_of_branches_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_writer(tmp_path) == 0
    told = capsys.readouterr()
    assert "880 (800 in, 80 out) in 8 answers" in told.out
    assert "$0.004 + 4 answers of unknown price" in told.out
    assert "plan" in told.out
    assert "100% reached" in told.out
    assert "\x1b" not in told.out + told.err


def test_the_json_of_a_run_says_what_is_not_priced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_writer(tmp_path, report=Report.JSON, progress=Progress.NOTHING) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["cost_usd"] == "0.004"
    assert record["unpriced_answers"] == 4
    assert record["node_visits"] == {"plan": 1, "left": 1, "right": 1, "write": 1}


def test_the_story_of_a_run_shows_branches_and_hides_prompts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_writer(tmp_path, report=Report.JSON, progress=Progress.NOTHING)
    run_id = json.loads(capsys.readouterr().out)["run_id"]

    assert call_hive(["runs", "show", run_id[:18]]) == 0
    told = capsys.readouterr().out
    assert "goes on at once with left, right, joining at write" in told
    assert "[branch 2] node right" in told
    assert "2 branches ended" in told
    assert "Left: Hello bees" not in told
    assert "\x1b" not in told

    assert call_hive(["runs", "show", run_id, "--verbose"]) == 0
    assert "Left: Hello bees" in capsys.readouterr().out

    assert call_hive(["runs", "show", run_id, "--json", "--events"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [event["seq"] for event in record["events"]] == list(range(1, len(record["events"]) + 1))
    assert record["status"] == "succeeded"


def test_without_a_terminal_a_question_ends_the_process_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = write_package(tmp_path, "talker", TALKER)
    provider = ScriptedProvider([answer("Which \x07topic?")], model="scripted/x")

    code = run_package(RunOrder(path=package, input_data={}, progress=Progress.NOTHING), llm=provider)

    told = capsys.readouterr().out
    assert code == 3
    assert "talker waiting at node 'talk'" in told
    assert "question 1 (node talk): Which \\x07topic?" in told
    assert "hive runs show" in told


def test_the_runs_of_one_agent_can_be_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_writer(tmp_path, report=Report.JSON, progress=Progress.NOTHING)
    run_id = json.loads(capsys.readouterr().out)["run_id"]

    assert call_hive(["runs", "list", "--agent", "writer", "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["runs"]
    assert (record["run_id"], record["status"], record["steps"]) == (run_id, "succeeded", 4)

    assert call_hive(["runs", "list", "--agent", "nobody"]) == 0
    assert "No runs of 'nobody' are stored" in capsys.readouterr().out


def test_a_run_stored_elsewhere_is_shown_from_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "else where"
    run_writer(tmp_path, storage=elsewhere)
    told = capsys.readouterr().out
    assert f"--storage '{elsewhere}'" in told
    run_id = next((elsewhere / "runs").iterdir()).name
    assert call_hive(["runs", "show", run_id]) == 2
    assert call_hive(["runs", "show", run_id, "--storage", str(elsewhere)]) == 0


def test_packages_are_listed_without_running_their_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_package(tmp_path / "exports", "trap", "raise RuntimeError('imported')")
    assert call_hive(["list", "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["packages"]
    assert record["name"] == "trap"
    assert call_hive(["list", "nowhere"]) == 2
    assert "no folder 'nowhere'" in capsys.readouterr().err


def test_info_names_every_node_and_edge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = write_package(tmp_path, "writer", WRITER)
    assert call_hive(["info", str(package)]) == 0
    told = capsys.readouterr().out
    assert "4 nodes, 4 edges" in told
    assert "plan  model, entry" in told
    assert "local/smollm2" in told
    assert call_hive(["info", str(package), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entry_node"] == "plan"
