from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from examples.research.tests.fixture_site import GONE, Site, serving
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.packages.checks import check_package
from framework.packages.loader import load_package
from framework.runner import AgentRunner
from tests.support.one_node import Answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.graph import ExecutionResult
    from framework.llm.scripted import Answer

FOLDER = Path(__file__).parent.parent
BRIEF = "When was the lighthouse of Port Amber built, and what burns in it?"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    pytest.importorskip("trafilatura", reason="reading pages needs the extra toolbox", exc_type=ImportError)
    with serving() as served:
        monkeypatch.setenv("HIVE_SEARXNG_URL", served.base)
        monkeypatch.setenv("HIVE_ALLOW_PRIVATE_URLS", "1")
        yield served


def given(**outputs: str) -> list[Answer]:
    return [[call("set_output", key=key, value=value) for key, value in outputs.items()], "Done."]


INTAKE: list[Answer] = [
    "You want to know about the lighthouse. What is it for?",
    *given(research_brief=BRIEF),
]
ENOUGH: list[Answer] = ["This was found. Is it enough?", *given(verdict="enough")]


def researched(site: Site, *paths: str) -> list[Answer]:
    pages = [call("web_scrape", url=site.url(path)) for path in paths]
    return [call("web_search", query="lighthouse lamp"), pages, *given(findings=f"It was found in {paths}.")]


def reported(site: Site, *paths: str) -> list[Answer]:
    links = " ".join(f"[see]({site.url(path)})" for path in paths)
    return given(report=f"# The lighthouse\n\nIt was finished in 1871 and burnt oil until 1926. {links}\n")


class Desk:
    """The agent with a scripted model."""

    def __init__(self, folder: Path, *script: list[Answer]) -> None:
        self.provider = ScriptedProvider([answer for part in script for answer in part])
        self._folder = folder

    async def run(self, *answers: str) -> ExecutionResult:
        runner = AgentRunner.load(
            FOLDER, llm=self.provider, storage_path=self._folder, person=Answers(*answers)
        )
        return await runner.run({"topic": "lighthouses"})

    def told(self, index: int) -> list[str]:
        """Return the messages of a request."""
        return [message.content for message in self.provider.requests[index].messages]


def filed(result: ExecutionResult) -> str:
    return Path(result.output["report_path"]).read_text(encoding="utf-8")


def test_the_package_is_sound_and_its_description_fresh() -> None:
    assert check_package(load_package(FOLDER)) == []
    assert (FOLDER / "agent.json").is_file()


async def test_a_question_becomes_a_report_with_its_sources(site: Site, tmp_path: Path) -> None:
    pages = ("/lighthouse.html", "/lamp.html")
    desk = Desk(tmp_path, INTAKE, researched(site, *pages), ENOUGH, reported(site, *pages))

    result = await desk.run("For a school.", "Yes, write it.")

    assert result.success, result.error
    assert result.path == ["intake", "research", "list_sources", "review", "report", "file_report"]
    assert site.asked == ["/search", *pages] or site.asked == ["/search", *reversed(pages)]
    assert any("finished in 1871" in text for text in desk.told(5))
    assert filed(result).endswith(
        f"\n\n## Sources\n\n1. The lighthouse of Port Amber: <{site.url(pages[0])}>\n"
        f"2. The lamp of the lighthouse: <{site.url(pages[1])}>\n"
    )
    assert result.evaluation is not None
    assert result.evaluation["score"] == 1.0
    assert [item["kept"] for item in result.evaluation["constraints"]] == [True]


async def test_what_the_person_missed_goes_back_to_the_research(site: Site, tmp_path: Path) -> None:
    missed = "Who were the keepers?"
    more: list[Answer] = ["This was found. Is it enough?", *given(verdict="more", feedback=missed)]
    desk = Desk(
        tmp_path, INTAKE, researched(site, "/lamp.html"), more,
        researched(site, "/keepers.html"), ENOUGH, reported(site, "/lamp.html", "/keepers.html"),
    )  # fmt: skip

    result = await desk.run("For a school.", missed, "Good.")

    assert result.success, result.error
    assert result.node_visit_counts["research"] == 2
    second = next(request for request in desk.provider.requests[9:] if "web_search" in str(request.tools))
    assert f"if there was one: {missed}" in second.system
    assert [source["title"] for source in result.output["sources"]] == [
        "The lamp of the lighthouse",
        "The keepers",
    ]


async def test_after_the_last_round_the_report_is_written_from_what_there_is(
    site: Site, tmp_path: Path
) -> None:
    more: list[Answer] = ["Is it enough?", *given(verdict="more", feedback="More!")]
    rounds = [part for _ in range(3) for part in (researched(site, "/lamp.html"), more)]
    desk = Desk(tmp_path, INTAKE, *rounds, reported(site, "/lamp.html"))

    result = await desk.run("For a school.", "More!", "More!", "More!")

    assert result.success, result.error
    assert result.node_visit_counts["research"] == 3
    assert result.evaluation is not None
    assert result.evaluation["score"] == 0.0


async def test_a_page_that_cannot_be_read_is_an_answer_and_no_source(site: Site, tmp_path: Path) -> None:
    desk = Desk(tmp_path, INTAKE, researched(site, GONE, "/lamp.html"), ENOUGH, reported(site, "/lamp.html"))

    result = await desk.run("For a school.", "Good.")

    assert result.success, result.error
    assert any("status 404" in text for text in desk.told(5))
    assert result.output["cited"] == [site.url("/lamp.html")]
    assert [source["url"] for source in result.output["sources"]] == [site.url("/lamp.html")]


@pytest.mark.parametrize("paths", [("/lamp.html", GONE), ("/lamp.html", "/keepers.html"), ()])
async def test_a_report_that_cites_what_was_not_read_is_sent_back(
    paths: tuple[str, ...], site: Site, tmp_path: Path
) -> None:
    wrong, right = reported(site, *paths), reported(site, "/lamp.html")
    desk = Desk(tmp_path, INTAKE, researched(site, "/lamp.html", GONE), ENOUGH, wrong, right)

    result = await desk.run("For a school.", "Good.")

    assert result.success, result.error
    reason = f"was not read: {site.url(paths[1])}" if paths else "cites nothing"
    assert any(reason in text for text in desk.told(-1))
    assert result.output["unread"] == []


async def test_research_that_read_nothing_goes_on(site: Site, tmp_path: Path) -> None:
    desk = Desk(
        tmp_path, INTAKE, given(findings="I know this by heart."), researched(site, "/lamp.html"), ENOUGH,
        reported(site, "/lamp.html"),
    )  # fmt: skip

    result = await desk.run("For a school.", "Good.")

    assert result.success, result.error
    assert result.path[1:5] == ["research", "list_sources", "research", "list_sources"]


async def test_the_person_speaks_before_anything_is_decided_for_them(site: Site, tmp_path: Path) -> None:
    hasty = given(research_brief=BRIEF)
    desk = Desk(
        tmp_path, hasty, INTAKE, researched(site, "/lamp.html"), given(verdict="enough"), ENOUGH,
        reported(site, "/lamp.html"),
    )  # fmt: skip
    person = ("For a school.", "Good.")

    result = await desk.run(*person)

    assert result.success, result.error
    assert any("has not spoken yet" in text for text in desk.told(2))


async def test_a_model_cannot_note_a_page_as_read(site: Site, tmp_path: Path) -> None:
    forged: list[Any] = [
        call("save_data", filename="Sources.jsonl", data="{}"),
        call("save_data", filename="notes.txt", data="Oil until 1926."),
    ]
    desk = Desk(
        tmp_path, INTAKE, [forged, *researched(site, "/lamp.html")], ENOUGH, reported(site, "/lamp.html")
    )

    result = await desk.run("For a school.", "Good.")

    assert result.success, result.error
    assert any("is kept by web_scrape" in text for text in desk.told(4))
    assert result.output["cited"] == [site.url("/lamp.html")]


async def test_without_a_person_the_run_waits_at_the_intake(tmp_path: Path) -> None:
    result = await Desk(tmp_path, INTAKE).run()

    assert result.paused_at == "intake"
