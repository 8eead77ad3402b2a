from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from examples.repository_report.functions import REPORT_FILE
from examples.repository_report.tests.repositories import empty, small
from framework.errors import ProviderError
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.packages.checks import check_package
from framework.packages.loader import load_package
from framework.runner import AgentRunner

if TYPE_CHECKING:
    from framework.graph import ExecutionResult
    from framework.llm.scripted import Answer, Script

FOLDER = Path(__file__).parent.parent
OWN = FOLDER.parent.parent
PROSE = "Ada Lovelace made 4 of the 6 commits; the work went into the app and its guide."


def written(text: str) -> list[Answer]:
    return [call("set_output", key="summary", value=text), "Done."]


async def run(script: Script, folder: Path, repository: Path, **inputs: Any) -> ExecutionResult:
    runner = AgentRunner.load(FOLDER, llm=ScriptedProvider(script), storage_path=folder / "runs")
    return await runner.run({"repository": str(repository), **inputs})


def read(result: ExecutionResult) -> str:
    return Path(result.output["report_path"]).read_text(encoding="utf-8")


def test_the_package_is_sound_and_its_description_fresh() -> None:
    assert check_package(load_package(FOLDER)) == []
    assert (FOLDER / "agent.json").is_file()


async def test_the_report_holds_counted_figures_and_the_models_prose(tmp_path: Path) -> None:
    result = await run(written(PROSE), tmp_path, small(tmp_path / "shop").path)

    assert result.success, result.error
    report = read(result)
    assert report == result.output["report"]
    assert report.startswith(
        "# shop\n\n6 commits in main, 1 of them merges, by 2 people, from 2026-01-05 to 2026-02-04."
    )
    assert PROSE in report
    assert "| Ada Lovelace | 4 | 67 | 5 | 0 | 2026-01-05 | 2026-02-04 |" in report
    assert "| Bo Ødegård | 2 | 33 | 2 | 0 | 2026-01-20 | 2026-02-01 |" in report
    assert "| src/main.py | 3 | 2 | 6 |" in report
    assert "| fix | 2 | 40 |" in report
    assert "| 2026-01 | 2 |" in report
    assert result.evaluation is not None
    assert result.evaluation["score"] == 1.0


async def test_the_three_counts_run_as_branches(tmp_path: Path) -> None:
    result = await run(written(PROSE), tmp_path, small(tmp_path / "shop").path)

    assert set(result.path[1:4]) == {"count_contributors", "find_hot_files", "find_themes"}
    assert result.path[4:] == ["gather", "summarise", "check_summary", "write_report"]


async def test_a_number_of_the_models_own_goes_back_with_the_reason(tmp_path: Path) -> None:
    wrong = "Ada Lovelace made 400 of the 6 commits, which is a great deal."
    provider = ScriptedProvider([*written(wrong), *written(PROSE)])
    runner = AgentRunner.load(FOLDER, llm=provider, storage_path=tmp_path / "runs")

    result = await runner.run({"repository": str(small(tmp_path / "shop").path)})

    assert result.success, result.error
    assert "not among the figures: 400." in provider.requests[2].messages[-1].content
    assert PROSE in result.output["report"]


async def test_a_summary_that_keeps_its_own_numbers_is_left_out(tmp_path: Path) -> None:
    texts = [f"Ada Lovelace made {number} commits, which is a great deal." for number in (400, 600)]
    script = [answer for text in texts for answer in written(text)]

    result = await run(script, tmp_path, small(tmp_path / "shop").path)

    assert result.success, result.error
    assert "left out: these numbers are not among the figures: 600." in result.output["report"]
    assert "great deal" not in result.output["report"]
    assert result.evaluation is not None
    assert result.evaluation["score"] == 0.6


async def test_figures_are_reported_when_no_model_answers(tmp_path: Path) -> None:
    failing = [ProviderError("The service is gone.", retryable=False)] * 3

    result = await run(failing, tmp_path, small(tmp_path / "shop").path)

    assert result.success, result.error
    assert result.execution_quality == "degraded"
    assert "| src/main.py | 3 | 2 | 6 |" in result.output["report"]
    assert "No model wrote one" in result.output["report"]


async def test_an_empty_repository_needs_no_model(tmp_path: Path) -> None:
    result = await run([], tmp_path, empty(tmp_path / "new").path)

    assert result.success, result.error
    assert result.output["report"] == "# new\n\nNo commits in main.\n"
    assert "summarise" not in result.path


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [({}, "is no git repository"), ({"limit": 0}, "'limit' is 0"), ({"since": "May"}, "is no day")],
)
async def test_a_bad_input_fails_with_a_sentence(
    inputs: dict[str, Any], complaint: str, tmp_path: Path
) -> None:
    result = await run([], tmp_path, tmp_path, **inputs)

    assert not result.success
    assert complaint in str(result.error)


@pytest.mark.skipif(not (OWN / ".git").exists(), reason="this tree is no git repository")
async def test_this_repository_is_reported(tmp_path: Path) -> None:
    result = await run(
        written("The team works on this project, mostly in src, and tests what it does."),
        tmp_path,
        OWN,
        limit=50,
    )

    assert result.success, result.error
    figures = result.output["figures"]
    assert 1 <= figures["overview"]["commits"] <= 50
    assert figures["overview"]["is_cut"] == (figures["overview"]["commits"] == 50)
    assert figures["hot_files"]
    assert (tmp_path / "runs" / "runs" / result.run_id / "data" / REPORT_FILE).is_file()
