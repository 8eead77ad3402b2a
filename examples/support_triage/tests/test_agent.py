from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examples.support_triage.config import CATEGORIES, MOST_TICKETS, URGENCIES
from examples.support_triage.report import ticket_ids
from framework.graph import ExecutionResult, GraphExecutor, NodeContext
from framework.llm import LLMProvider, ModelRequest, ScriptedProvider, ToolUse
from framework.llm.local import LocalProvider
from framework.model.message import Role
from framework.packages.checks import check_package
from framework.packages.loader import load_package
from framework.runner import AgentRunner
from framework.runtime.core import Runtime

FOLDER = Path(__file__).parent.parent
SHIPPED = FOLDER / "data" / "tickets.csv"

Decide = Callable[[str, str], str]
"""Answers for a key and the ticket's text (a hint stands in front of it)."""


def provider(decide: Decide) -> ScriptedProvider:
    """Return a model whose answers follow from what it is shown."""

    def answer(request: ModelRequest) -> str | ToolUse:
        last = request.messages[-1]
        assert request.tools, "only the nodes ask, no judge"
        if last.role is Role.TOOL:
            return "Done."
        key = request.tools[0].parameters["properties"]["key"]["enum"][0]
        shown = last.content.rpartition("\n\nhint: ")[2] if "hint: " in last.content else None
        text = shown or last.content.rpartition("\n\nticket: ")[2]
        return ToolUse(id="", name="set_output", input={"key": key, "value": decide(key, text)})

    return ScriptedProvider(answer)


def by_content(key: str, text: str) -> str:
    """Answer differently for different tickets, without any rule a package could know."""
    if key == "summary":
        return text[:20].strip()
    options = CATEGORIES if key == "category" else URGENCIES
    return options[sha256(text.encode()).digest()[0] % len(options)]


def write_csv(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "subject", "body"), *rows])
    return path


async def run(
    source: Path, llm: LLMProvider, folder: Path, **functions: Callable[..., Any]
) -> ExecutionResult:
    package = load_package(FOLDER)
    executor = GraphExecutor(Runtime(), llm=llm)
    for node_id, function in functions.items():
        executor.register_function(node_id, function)
    inputs = {"csv_path": str(source), "output_dir": str(folder)}
    return await executor.execute(package.graph, package.goal, inputs)


def read(result: ExecutionResult) -> str:
    return Path(result.output["report_path"]).read_text(encoding="utf-8")


def decisions(result: ExecutionResult) -> dict[str, tuple[str, str, str]]:
    return {
        item["id"]: (item["category"], item["urgency"], item["summary"]) for item in result.output["triaged"]
    }


def test_the_package_is_sound_and_its_description_fresh() -> None:
    assert check_package(load_package(FOLDER)) == []
    assert (FOLDER / "agent.json").is_file()


async def test_the_report_says_what_the_model_decided(tmp_path: Path) -> None:
    result = await run(SHIPPED, provider(by_content), tmp_path)

    assert result.success, result.error
    report = read(result)
    assert report == result.output["report"]
    rows = [line.split(" | ") for line in report.splitlines() if line.startswith("| T-")]
    assert {row[0][2:]: (row[2], row[1]) for row in rows} == {
        ticket_id: (category, urgency) for ticket_id, (category, urgency, _) in decisions(result).items()
    }
    counts = Counter(category for category, _, _ in decisions(result).values())
    assert all(f"| {category} | {counts[category]} |" in report for category in CATEGORIES)
    assert result.evaluation is not None
    assert result.evaluation["score"] == 1.0
    assert all(item["kept"] for item in result.evaluation["constraints"])


words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9)
texts = st.lists(words, min_size=3, max_size=12, unique=True).map(" ".join)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
async def test_the_outputs_follow_an_unseen_file(rows: list[tuple[str, str]], tmp_path: Path) -> None:
    source = write_csv(tmp_path / "t.csv", [(f"#{n}", *row) for n, row in enumerate(rows)])

    result = await run(source, provider(by_content), tmp_path)

    assert result.success, result.error
    assert decisions(result) == {
        f"#{n}": tuple(by_content(key, f"{subject}. {body}") for key in ("category", "urgency", "summary"))
        for n, (subject, body) in enumerate(rows)
    }
    assert sorted(ticket_ids(result.output["report"])) == sorted(f"#{n}" for n in range(len(rows)))


@pytest.mark.parametrize("category", CATEGORIES)
async def test_the_category_is_the_models_and_no_rule_of_ours(category: str, tmp_path: Path) -> None:
    answers: Mapping[str, str] = {"category": category, "urgency": "low"}

    result = await run(SHIPPED, provider(lambda key, text: answers.get(key, text[:20])), tmp_path)

    assert {said for said, _, _ in decisions(result).values()} == {category}


async def test_a_rejected_summary_goes_back_with_its_reason_and_nothing_else_does(tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "t.csv", [("1", "Lamp", "The lamp arrived broken."), ("2", "Hat", "Hat is lost")]
    )
    hints: list[str] = []

    def decide(key: str, text: str) -> str:
        if key != "summary":
            return by_content(key, text)
        if text.startswith("The ticket does not say"):
            hints.append(text)
            return "lamp arrived broken"
        return "hat is lost" if "Hat" in text else "wonderful weather today"

    result = await run(source, provider(decide), tmp_path)

    assert result.success, result.error
    assert len(hints) == 1
    assert "wonderful, weather, today" in hints[0]
    assert result.node_visit_counts["review"] == 3
    assert decisions(result)["1"][2] == "lamp arrived broken"
    assert '1: "wonderful weather today" became "lamp arrived broken".' in result.output["report"]
    assert result.output["settled"] == 1.0


async def test_a_summary_rejected_twice_is_left_to_a_person(tmp_path: Path) -> None:
    answers = {"category": "bug", "urgency": "low", "summary": "wonderful weather"}

    result = await run(SHIPPED, provider(lambda key, _: answers[key]), tmp_path)

    assert result.success, result.error
    assert result.output["settled"] == 0.0
    assert result.output["grounding"] == 0.0
    assert result.evaluation is not None
    assert result.evaluation["score"] == pytest.approx(0.4)
    assert result.output["report"].count(" | yes |") == 8


async def test_the_largest_file_fits_even_if_every_summary_is_sent_back(tmp_path: Path) -> None:
    rows = [(str(number), "Lamp", "It is broken") for number in range(MOST_TICKETS)]
    answers = {"category": "bug", "urgency": "low", "summary": "wonderful weather"}

    result = await run(write_csv(tmp_path / "t.csv", rows), provider(lambda key, _: answers[key]), tmp_path)

    assert result.success, result.error
    assert len(result.output["triaged"]) == MOST_TICKETS


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "There is no file"),
        (b"", "is empty"),
        (b"%PDF-1.4 \0\1", "holds no plain text"),
        (b"id,subject\n1,a\n", "lacks the column body"),
        (b"id,subject,body\n", "holds no ticket"),
    ],
)
async def test_a_bad_file_fails_the_run_with_a_sentence_and_asks_no_model(
    content: bytes | None, complaint: str, tmp_path: Path
) -> None:
    source = tmp_path / "t.csv"
    if content is not None:
        source.write_bytes(content)
    llm = provider(by_content)

    result = await run(source, llm, tmp_path)

    assert not result.success
    assert complaint in str(result.error)
    assert llm.requests == []


async def test_a_report_that_loses_a_ticket_breaks_the_goal(tmp_path: Path) -> None:
    from support_triage.functions import write_report  # noqa: PLC0415  (the loaded package's own)

    def lossy(ctx: NodeContext) -> dict[str, Any]:
        outputs = write_report(ctx)
        return {**outputs, "reported_ids": outputs["reported_ids"][1:]}

    result = await run(SHIPPED, provider(by_content), tmp_path, write_report=lossy)

    assert not result.success
    assert "each-ticket-once" in str(result.error)


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")

    result = await run(SHIPPED, provider(by_content), blocked / "below")

    assert not result.success
    assert "The report cannot be written to" in str(result.error)


async def test_without_a_folder_the_report_lies_among_the_files_of_the_run(tmp_path: Path) -> None:
    runner = AgentRunner.load(FOLDER, storage_path=tmp_path, llm=provider(by_content))

    result = await runner.run({"csv_path": str(SHIPPED)}, run_id="r1")

    assert result.success, result.error
    assert result.output["report_path"] == str(tmp_path / "runs" / "r1" / "data" / "triage-report.md")


@pytest.mark.weights
@pytest.mark.timeout(120)
async def test_the_real_model_sorts_unseen_tickets(tmp_path: Path) -> None:
    weights = os.environ.get("HIVE_TEST_WEIGHTS")
    if not weights:
        pytest.skip("HIVE_TEST_WEIGHTS names no folder with weights")
    rows = [
        ("a", "Double payment", "You took the money for the yearly plan two times from my card."),
        ("b", "Package missing", "The courier says the package is delivered, but there is nothing here."),
    ]
    llm = LocalProvider("smollm2", root=Path(weights))

    result = await run(write_csv(tmp_path / "t.csv", rows), llm, tmp_path)

    assert result.success, result.error
    assert sorted(ticket_ids(result.output["report"])) == ["a", "b"]
    assert all(said[0] in CATEGORIES and said[1] in URGENCIES for said in decisions(result).values())
    assert result.output["coverage"] == 1.0
    assert result.total_tokens > 0
