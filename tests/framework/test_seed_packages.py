"""Packages made of what the concepts page prints run as they stand, whatever runs them."""

from __future__ import annotations

import ast
import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from framework.entry import main
from framework.errors import RunPausedError
from framework.graph import EventLoopNode, GraphExecutor
from framework.llm import LLMResponse, MockLLMProvider, ScriptedProvider
from framework.llm.scripted import call
from framework.packages import load_package
from framework.runner import AgentRunner
from framework.runtime.core import Runtime
from framework.runtime.event_bus import EventType
from hive.cli.running import Progress, RunOrder, run_package
from tests.support.printed_packages import write_package
from tests.support.seed_packages import DIRECT, OUTREACH, SURVEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from framework.graph import ExecutionResult
    from framework.llm.base import ModelRequest
    from framework.runtime.event_bus import AgentEvent

URLS = (
    call("set_output", key="repo_url", value="https://r"),
    call("set_output", key="project_url", value="https://p"),
)
EXTRACTED = (
    call("set_output", key="contacts", value="Ada"),
    call("set_output", key="research_brief", value="Ada's bees"),
)
OUTREACH_ANSWERS = {
    "You are the intake agent": ["Which repository and project?", URLS, "Noted. Anything else?"],
    "Search the web for: bees": [
        call("web_search", query="bees"), call("set_output", key="search_results", value="hives"), "Found.",
    ],
    "Extract.": [EXTRACTED, "Extracted.", EXTRACTED, "Extracted again."],
    "Research.": [
        [call("web_scrape", url="https://r"), call("save_data", filename="ada.txt", data="Ada")],
        call("set_output", key="findings", value="little"), "Researched.",
        [call("list_data_files"), call("load_data", filename="ada.txt")],
        call("set_output", key="findings", value="much"), "Researched again.",
    ],
    "Review.": [
        (call("set_output", key="redo_extraction", value="yes"),
         call("set_output", key="feedback", value="too little")), "Again.",
        call("set_output", key="approved_contacts", value="Ada"), "Approved.",
    ],
}  # fmt: skip
SURVEY_ANSWERS = {
    "**STEP 1": ["What about?", call("set_output", key="topic", value="bees"), "Bees it is."],
    "Read the web about bees": [
        call("save_data", filename="pages.txt", data="bees hum"),
        call("set_output", key="pages", value="pages.txt"), "Read.",
    ],
    "Find papers about bees": [call("set_output", key="papers", value=["one"]), "Found."],
    "Write the report.": [
        call("load_data", filename="pages.txt"),
        call("save_data", filename="report.md", data="# Bees"), call("set_output", key="report", value="ok"),
        call("serve_file_to_user", filename="report.md", label="Report"),
        call("set_output", key="link", value="report.md"), "Written.",
    ],
}  # fmt: skip
WALK = ["intake", "search-web", *["extractor", "research", "review"] * 2, "campaign-builder"]


class ByNode:
    """Answers each node from its own list, known by the beginning of its prompt; approves every goal."""

    def __init__(self, answers: dict[str, list[Any]]) -> None:
        self._left = {prompt: list(script) for prompt, script in answers.items()}

    def __call__(self, request: ModelRequest) -> Any:
        if request.response_schema is not None:
            return LLMResponse(content='{"score": 1, "reason": "verified"}')
        return next(left for prompt, left in self._left.items() if request.system.startswith(prompt)).pop(0)


def scripted(answers: dict[str, list[Any]]) -> ScriptedProvider:
    return ScriptedProvider(ByNode(answers))


class Typed:
    """A person at a terminal who says the same each time."""

    async def ask(self, question: object) -> str:
        return "Go on."


@pytest.fixture
def outreach(tmp_path: Path) -> Path:
    return write_package(tmp_path / "exports", "outreach", OUTREACH)


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    return write_package(tmp_path / "exports", "survey", SURVEY)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let standard input be a terminal at which somebody typed two answers."""
    ours, theirs = pty.openpty()
    os.write(ours, b"https://r and https://p\nGo on.\n")
    with os.fdopen(theirs, encoding="utf-8") as source:
        monkeypatch.setattr(sys, "stdin", source)
        yield
    os.close(ours)


def check_outreach(result: ExecutionResult) -> None:
    assert result.success, result.error
    assert result.path == WALK
    assert result.output["campaign"] == "A campaign for Ada"
    assert result.evaluation is not None
    assert (result.evaluation["score"], result.evaluation["constraints"][0]["kept"]) == (1.0, True)


@pytest.mark.parametrize("files", [OUTREACH, SURVEY])
def test_nothing_is_found_wrong_with_them(tmp_path: Path, files: dict[str, str]) -> None:
    assert AgentRunner.load(write_package(tmp_path, "agent", files)).validate() == []


async def test_the_printed_execution_runs_the_printed_package(outreach: Path, tmp_path: Path) -> None:
    package, llm = load_package(outreach), scripted(OUTREACH_ANSWERS)
    names: dict[str, Any] = {
        "storage_path": tmp_path / "storage", "llm": llm, "tools": list(package.tools.get_tools().values()),
        "tool_executor": package.tools.get_executor(), "graph": package.graph, "goal": package.goal,
        "input_data": {"query": "bees"},
    }  # fmt: skip
    code = compile(DIRECT, "<printed>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    await eval(code, names)
    result = names["result"]
    for answer in ("https://r and https://p", "Go on."):
        assert result.paused_at == "intake"
        names["executor"].inject_input("intake", answer)
        result = await names["executor"].execute(
            package.graph, package.goal, session_state=result.session_state
        )

    check_outreach(result)
    assert llm.requests[3].system.startswith("Search the web for: bees. Use the web_search tool")


async def test_a_node_of_ones_own_is_resumed_by_inject_event(outreach: Path, tmp_path: Path) -> None:
    package, intake = load_package(outreach), EventLoopNode()
    executor = GraphExecutor(
        runtime=Runtime(tmp_path), llm=scripted(OUTREACH_ANSWERS), tools=package.tools.get_tools(),
        tool_executor=package.tools.get_executor(), node_registry={"intake": intake},
    )  # fmt: skip

    result = await executor.execute(package.graph, package.goal, {"query": "bees"})
    while result.paused_at is not None:
        await intake.inject_event("Go on.")
        state = result.session_state
        result = await executor.execute(package.graph, package.goal, session_state=state)

    check_outreach(result)


async def test_the_runner_runs_it_from_its_folder(outreach: Path, tmp_path: Path) -> None:
    runner = AgentRunner.load(outreach, llm=scripted(OUTREACH_ANSWERS), storage_path=tmp_path, person=Typed())

    check_outreach(await runner.run({"query": "bees"}))


@pytest.mark.usefixtures("terminal")
def test_python_m_runs_it(outreach: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "--input", '{"query": "bees"}', "--storage", str(tmp_path / "s"), "--json"]

    code = main(str(outreach / "__main__.py"), arguments, llm=scripted(OUTREACH_ANSWERS))

    told = json.loads(capsys.readouterr().out)
    assert (code, told["path"], told["output"]["campaign"]) == (0, WALK, "A campaign for Ada")


@pytest.mark.usefixtures("terminal")
def test_hive_run_runs_it(outreach: Path, tmp_path: Path) -> None:
    order = RunOrder(
        path=outreach, input_data={"query": "bees"}, storage=tmp_path / "s", output=tmp_path / "out.json",
        progress=Progress.NOTHING,
    )  # fmt: skip

    assert run_package(order, llm=scripted(OUTREACH_ANSWERS)) == 0
    assert json.loads((tmp_path / "out.json").read_text())["campaign"] == "A campaign for Ada"


@pytest.mark.parametrize(("name", "command"), [("outreach", ["validate"]), ("survey", ["info", "--json"])])
def test_its_own_process_knows_it(name: str, command: list[str], tmp_path: Path) -> None:
    folder = write_package(tmp_path, name, {"outreach": OUTREACH, "survey": SURVEY}[name])

    done = subprocess.run(
        [sys.executable, "-m", folder.name, *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "The agent is sound." in done.stdout or json.loads(done.stdout)["entry_node"] == "intake"


def check_survey(result: ExecutionResult) -> None:
    assert result.success, result.error
    assert result.path == ["intake", "web", "papers", "report"]
    assert {key: result.output[key] for key in ("topic", "pages", "papers", "report", "link")} == {
        "topic": "bees", "pages": "pages.txt", "papers": ["one"], "report": "ok", "link": "report.md",
    }  # fmt: skip


async def test_the_printed_runtime_runs_a_package_that_asks_and_fans_out(
    survey: Path, tmp_path: Path
) -> None:
    sys.path.insert(0, str(survey.parent))
    try:
        from survey import SurveyAgent
    finally:
        sys.path.remove(str(survey.parent))
    agent = SurveyAgent()
    await agent.start(scripted(SURVEY_ANSWERS), tmp_path / "storage")
    asked: list[str] = []

    async def answer(event: AgentEvent) -> None:
        asked.append(event.node_id)
        await agent.runtime.inject_input("intake", "Bees, please.")

    agent.runtime.subscribe_to_events([EventType.CLIENT_INPUT_REQUESTED], answer)
    try:
        check_survey(await agent.run({}))
    finally:
        await agent.stop()
    assert asked == ["intake", "intake"]
    assert [path.read_text() for path in (tmp_path / "storage").rglob("report.md")] == ["# Bees"]


async def test_the_runner_runs_the_same_graph_as_the_packages_own_class(survey: Path, tmp_path: Path) -> None:
    runner = AgentRunner.load(survey, llm=scripted(SURVEY_ANSWERS), storage_path=tmp_path, person=Typed())

    check_survey(await runner.run({}))
    assert runner.package.graph.loop_config.max_iterations == 20


@pytest.mark.usefixtures("terminal")
def test_hive_run_asks_and_fans_out(survey: Path, tmp_path: Path) -> None:
    order = RunOrder(
        path=survey, input_data={}, storage=tmp_path / "s", output=tmp_path / "out.json",
        progress=Progress.NOTHING,
    )  # fmt: skip

    assert run_package(order, llm=scripted(SURVEY_ANSWERS)) == 0
    assert json.loads((tmp_path / "out.json").read_text())["link"] == "report.md"


async def test_without_a_person_the_run_waits_in_its_journal(survey: Path, tmp_path: Path) -> None:
    class Nobody:
        async def ask(self, question: Any) -> str:
            raise RunPausedError("Nobody is there.", node_id=question.node_id)

    runner = AgentRunner.load(survey, llm=scripted(SURVEY_ANSWERS), storage_path=tmp_path, person=Nobody())

    assert (await runner.run({})).paused_at == "intake"


@pytest.mark.parametrize(("files", "inputs"), [(OUTREACH, {"query": "bees"}), (SURVEY, {})])
async def test_a_dry_run_shows_that_the_graph_runs(
    tmp_path: Path, files: dict[str, str], inputs: dict[str, str]
) -> None:
    folder = write_package(tmp_path / "exports", "agent", files)
    runner = AgentRunner.load(folder, llm=MockLLMProvider(), storage_path=tmp_path, person=Typed())

    result = await runner.run(inputs)

    assert result.success, result.error
    assert (result.total_cost_usd, result.execution_quality) == (0.0, "clean")
