"""What serving tells: a line a step of every run, refusals with their count, and what is left at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.events import AgentEvent, EventType
from framework.graph.result import ExecutionResult
from framework.runtime.run_news import RunNews, RunStage
from hive.errors import ResultNotWrittenError
from hive.serving.reporting import REPEAT_S, Reporter

if TYPE_CHECKING:
    from collections.abc import Sequence

STORAGE = Path("/kept here")


class Told:
    """A reporter and what it told, without the time."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.clock = ManualClock()
        self.reporter = Reporter(self.clock, STORAGE, self.lines.extend)

    def over(self, run_id: str, status: str, **result: Any) -> None:
        found = ExecutionResult(success=status in {"succeeded", "paused"}, status=status, **result)
        self.reporter.heard(RunNews(stage=RunStage.OVER, run_id=run_id, entry_point="hook", result=found))

    @property
    def texts(self) -> list[str]:
        return [line.partition("  ")[2] for line in self.lines]


def test_each_step_of_a_run_is_one_line_with_its_time() -> None:
    told = Told()
    for stage in (RunStage.WAITS, RunStage.BEGAN):
        told.reporter.heard(RunNews(stage=stage, run_id="r1", entry_point="hook"))
    told.over("r1", "succeeded")
    assert told.texts == [
        "run r1  hook  waits for its turn",
        "run r1  hook  began",
        "run r1  hook  succeeded",
    ]
    assert told.lines[0].startswith(f"{told.clock.now():%Y-%m-%d %H:%M:%S}  ")


def test_a_failure_says_why_on_one_line_of_bounded_length() -> None:
    told = Told()
    told.over("r1", "failed", error="Node 'a' failed:\n  the disk is full " + "x" * 5000)
    assert told.texts[0].startswith("run r1  hook  failed: Node 'a' failed: the disk is full xxx")
    assert len(told.texts[0]) < 350


def test_a_timer_that_could_begin_no_run_says_why() -> None:
    told = Told()
    result = ExecutionResult(success=False, error="The input lacks 'name'.")
    told.reporter.heard(RunNews(stage=RunStage.REFUSED, run_id="", entry_point="tick", result=result))
    assert told.texts == ["tick  could begin no run: The input lacks 'name'."]


def test_a_question_says_how_to_answer_it() -> None:
    told = Told()
    asked = {"question_id": "q1", "text": "Refund it?"}
    told.reporter.asked(AgentEvent(type=EventType.CLIENT_INPUT_REQUESTED, run_id="r1", data=asked))
    assert told.texts == [
        "run r1  asks: Refund it?  answer with: hive runs answer r1 q1 ... --storage '/kept here'"
    ]


def test_what_to_do_about_a_run_in_a_database_names_no_folder() -> None:
    lines: list[str] = []
    reporter = Reporter(ManualClock(), None, lines.extend)
    asked = {"question_id": "q1", "text": "Refund it?"}
    reporter.asked(AgentEvent(type=EventType.CLIENT_INPUT_REQUESTED, run_id="r1", data=asked))
    assert lines[0].endswith("answer with: hive runs answer r1 q1 ...")


def test_refusals_of_one_kind_are_told_once_a_minute_with_their_count() -> None:
    told = Told()
    for _ in range(5):
        told.reporter.refused("/hooks/x", 401, "The signature is missing or wrong.")
    told.reporter.refused("/hooks/x", 413, "The body is larger than 9 bytes.")
    told.clock.advance(REPEAT_S)
    told.reporter.refused("/hooks/x", 401, "The signature is missing or wrong.")
    assert told.texts == [
        "refused /hooks/x  401  The signature is missing or wrong.",
        "refused /hooks/x  413  The body is larger than 9 bytes.",
        "refused /hooks/x  401  The signature is missing or wrong. (6 of them so far)",
    ]
    told.reporter.ended()
    assert told.lines[-1] == "Refused deliveries: 6 at /hooks/x (401), 1 at /hooks/x (413)."


def test_the_end_names_the_runs_that_it_left_and_how_to_carry_them_on() -> None:
    told = Told()
    told.over("r0", "succeeded")
    told.over("earlier", "paused", paused_at="ask")
    told.reporter.stopping(2)
    told.over("r1", "paused", paused_at="work")
    told.over("r2", "paused", error="The runtime was stopped before the run began.")
    del told.lines[:-1]
    told.reporter.ended()
    assert told.texts[0] == "run r2  hook  paused: The runtime was stopped before the run began."
    assert told.lines[1:] == [
        "Stopped. Runs: 3 paused, 1 succeeded.",
        "These runs are paused; carry them on with:",
        "  hive run --resume r1 --storage '/kept here'",
        "  hive run --resume r2 --storage '/kept here'",
    ]


def test_of_many_runs_that_are_left_the_first_are_named() -> None:
    told = Told()
    told.reporter.stopping(0)
    for number in range(25):
        told.over(f"r{number}", "paused")
    told.reporter.ended()
    assert told.lines[-1] == "  and 5 more; see: hive runs list --storage '/kept here'"


def test_nobody_to_read_the_lines_disturbs_nothing(caplog: Any) -> None:
    def tell(lines: Sequence[str]) -> None:
        raise ResultNotWrittenError("The pipe is gone.")

    reporter = Reporter(ManualClock(), STORAGE, tell)
    for _ in range(3):
        reporter.heard(RunNews(stage=RunStage.BEGAN, run_id="r1", entry_point="hook"))
    reporter.ended()
    assert [record.message for record in caplog.records] == ["reports_unheard"]
