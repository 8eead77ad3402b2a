"""What the person who serves an agent is told: a line a step of every run, and what is left at the end."""

from __future__ import annotations

import logging
import shlex
from collections import Counter
from typing import TYPE_CHECKING

from framework.events.bus import EventType
from framework.runtime.run_news import RunStage
from hive.errors import ResultNotWrittenError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from framework.clock import Clock
    from framework.events.bus import AgentEvent
    from framework.runner import AgentRunner
    from framework.runtime.run_news import RunNews

    Tell = Callable[[Sequence[str]], None]

_log = logging.getLogger("hive.serving")

REPEAT_S = 60.0
"""Seconds until refusals of the same kind are told again."""

_LONGEST_REASON = 300
_LONGEST_PATH = 80
_MOST_NAMED = 20


class Reporter:
    """Tells of runs and of refused deliveries; once its lines can go nowhere, it is silent."""

    def __init__(self, clock: Clock, storage: Path | None, tell: Tell) -> None:
        """Tell lines with the time of ``clock``, of runs that are kept in ``storage``, or in a database."""
        self._clock = clock
        self._storage = storage
        self._tell = tell
        self._is_silent = False
        self._ends: Counter[str] = Counter()
        self._left: list[str] | None = None
        self._refusals: Counter[tuple[str, int]] = Counter()
        self._told_at: dict[tuple[str, int], float] = {}

    def follow(self, runner: AgentRunner) -> None:
        """Hear of the runs of a started runner."""
        runner.runtime.listen(self.heard)
        runner.runtime.subscribe_to_events([EventType.CLIENT_INPUT_REQUESTED], self.asked)

    def heard(self, news: RunNews) -> None:
        """Tell one step of a run."""
        if news.stage is RunStage.REFUSED:
            reason = news.result.error if news.result else None
            self._say(f"{news.entry_point}  could begin no run: {_line(reason or '')}")
            return
        match news.stage:
            case RunStage.WAITS:
                said = "waits for its turn"
            case RunStage.BEGAN:
                said = "began"
            case RunStage.OVER:
                said = self._outcome(news)
        self._say(f"run {news.run_id}  {news.entry_point}  {said}")

    def asked(self, event: AgentEvent) -> None:
        """Tell that a run waits for a person."""
        question_id = str(event.data.get("question_id", ""))
        command = self._command("runs", "answer", event.run_id, question_id, "...")
        self._say(
            f"run {event.run_id}  asks: {_line(str(event.data.get('text', '')))}  answer with: {command}"
        )

    def refused(self, path: str, status: int, reason: str) -> None:
        """Tell that a delivery started no run; the same kind again only after a while, with the count."""
        kind = (path, status)
        self._refusals[kind] += 1
        now = self._clock.monotonic()
        if now - self._told_at.get(kind, now - REPEAT_S) < REPEAT_S:
            return
        self._told_at[kind] = now
        times = self._refusals[kind]
        so_far = f" ({times} of them so far)" if times > 1 else ""
        self._say(f"refused {path[:_LONGEST_PATH]}  {status}  {_line(reason)}{so_far}")

    def stopping(self, grace_s: float) -> None:
        """Tell that the runs under way are the last ones."""
        self._left = []
        self._write([f"Stopping; runs under way get {grace_s:g} s."])

    def ended(self) -> None:
        """Tell what the runs came to, which deliveries were refused, and how to carry on what is left."""
        ends = ", ".join(f"{times} {status}" for status, times in sorted(self._ends.items()))
        refusals = ", ".join(
            f"{times} at {path[:_LONGEST_PATH]} ({status})"
            for (path, status), times in self._refusals.items()
        )
        self._write(
            [
                f"Stopped. Runs: {ends or 'none'}.",
                *([f"Refused deliveries: {refusals}."] if refusals else []),
                *self._how_to_carry_on(self._left or []),
            ]
        )

    def _outcome(self, news: RunNews) -> str:
        result = news.result
        if result is None:
            return "is over"
        self._ends[result.status] += 1
        if result.status == "paused" and self._left is not None:
            self._left.append(news.run_id)
        where = f" at {_line(result.where)}" if result.where else ""
        reason = f": {_line(result.error)}" if result.error else ""
        return f"{result.status}{where}{reason}"

    def _how_to_carry_on(self, run_ids: Sequence[str]) -> list[str]:
        if not run_ids:
            return []
        named = [f"  {self._command('run', '--resume', run_id)}" for run_id in run_ids[:_MOST_NAMED]]
        more = len(run_ids) - len(named)
        rest = [f"  and {more} more; see: {self._command('runs', 'list')}"] if more else []
        return ["These runs are paused; carry them on with:", *named, *rest]

    def _command(self, *words: str) -> str:
        where = ["--storage", str(self._storage)] if self._storage is not None else []
        return shlex.join(["hive", *words, *where])

    def _say(self, text: str) -> None:
        self._write([f"{self._clock.now():%Y-%m-%d %H:%M:%S}  {text}"])

    def _write(self, lines: Sequence[str]) -> None:
        """Tell lines; a run does not fail, nor does the server end, since nobody reads them."""
        if self._is_silent:
            return
        try:
            self._tell(lines)
        except ResultNotWrittenError:
            self._is_silent = True
            _log.warning("reports_unheard")


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 3] + "..."
