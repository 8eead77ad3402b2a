"""A node whose attempts end while its call is under way, when the test says so."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from framework.errors import CallInDoubtError
from framework.graph.executor import GraphExecutor
from framework.graph.options import RunOptions
from framework.journal.reading import read_state
from framework.journal.state import MAIN_LANE
from framework.llm.scripted import call
from framework.model.message import Role
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from framework.tools.context import ToolContext  # noqa: TC001  (the hints of a tool are read)
from framework.tools.function_tool import tool
from tests.support.one_node import Answers, OneNode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from framework.journal.base import Journal
    from framework.llm.base import ModelRequest
    from framework.model.events import QuestionAsked
    from framework.runtime.replay import ReplayParts

ATTEMPTS = 3


class OnDemand:
    """Limits that are over when the test says so."""

    def __init__(self) -> None:
        self._deadlines: dict[str, asyncio.Timeout] = {}

    def of_run(self, limit_s: float) -> asyncio.Timeout:
        return asyncio.timeout(None)

    def of_branch(self, lane_id: str, limit_s: float) -> asyncio.Timeout:
        return asyncio.timeout(None)

    def of_attempt(self, lane_id: str, limit_s: float) -> asyncio.Timeout:
        deadline = self._deadlines[lane_id] = asyncio.timeout(None)
        return deadline

    def end(self, lane_id: str = MAIN_LANE) -> None:
        """Say that the time of the attempt in a lane is up."""
        self._deadlines[lane_id].reschedule(asyncio.get_running_loop().time())


def pay_once(request: ModelRequest) -> Any:
    """Let a model ask for the call, and end its turn when it reads what came back."""
    return "Ok." if request.messages[-1].role is Role.TOOL else call("pay", cents=5)


class Till:
    """A node that is asked to pay once, whose first attempts end while the call is under way.

    Attributes:
        keys: of the calls that were made.
        looked: keys that the probe was asked about.
    """

    def __init__(
        self,
        *,
        lost: int = 1,
        loses_line: bool = False,
        probe: Callable[..., Any] | None = None,
        pay: Callable[..., Any] | None = None,
        journal: Journal | None = None,
        **options: Any,
    ) -> None:
        self.keys: list[str] = []
        self.looked: list[str] = []
        self.limits = OnDemand()

        def looking(arguments: dict[str, Any], context: ToolContext) -> Any:
            self.looked.append(context.idempotency_key)
            return probe(arguments, context) if probe else None

        async def paying(cents: int, context: ToolContext) -> str:
            """Pay."""
            self.keys.append(context.idempotency_key)
            if len(self.keys) <= lost and loses_line:
                raise CallInDoubtError("lost")
            if len(self.keys) <= lost:
                self.limits.end()
                await asyncio.Event().wait()
            return f"paid {cents}"

        made = tool(name="pay", probe=looking if probe else None, **options)(pay or paying)
        self.node = OneNode(pay_once, tools=[made], journal=journal, timeout_s=60, max_retries=ATTEMPTS)

    async def run(self, **options: Any) -> Any:
        executor = self.node.executor(**options)
        self.node.run_id = "r"
        return await executor.execute(
            self.node.graph, None, {}, run_id="r", options=RunOptions(limits=self.limits)
        )

    async def resume(self, run_id: str = "r", *, options: RunOptions | None = None, **parts: Any) -> Any:
        chosen = options or RunOptions(limits=self.limits)
        return await self.node.executor(**parts).execute(
            self.node.graph, None, session_state={"run_id": run_id}, options=chosen
        )

    async def open_questions(self) -> list[str]:
        return list((await read_state(self.node.runtime.journal, "r")).questions)

    async def check_replay(self, folder: Path, run_id: str = "r") -> None:
        journal = self.node.runtime.journal
        made = len(self.keys)
        report = await replay(
            await read_recording(journal, run_id), self.node.graph, replaying, folder=folder / run_id
        )
        assert report.difference is None, str(report.difference)
        assert report.digest == (await read_state(journal, run_id)).main.digest.hex()
        assert len(self.keys) == made


def replaying(parts: ReplayParts) -> GraphExecutor:
    return GraphExecutor(
        parts.runtime,
        llm=parts.llm,
        tools=parts.permissions.as_recorded(parts.tools),
        tool_executor=parts.tool_executor,
        person=parts.person,
        clock=parts.clock,
    )


class LeftAlone(Answers):
    """A person who is asked ``times`` times in vain, as the time of the attempt is up then."""

    def __init__(self, till: Till, *answers: str, times: int = 1) -> None:
        super().__init__(*answers)
        self._till = till
        self._times = times

    async def ask(self, question: QuestionAsked) -> str:
        if len(self.asked) >= self._times:
            return await super().ask(question)
        self.asked.append(question)
        self._till.limits.end()
        await asyncio.Event().wait()
        return ""


def losing_till(times: int = 1, **options: Any) -> Till:
    """Return a node whose call loses its line the first times, and whose attempts end by other means."""
    return Till(lost=times, loses_line=True, **options)


class Thread:
    """A plain function that pays when the test lets it, long after its attempt was given up."""

    def __init__(self, **options: Any) -> None:
        self.release = threading.Event()
        self.paid: list[str] = []
        loop = asyncio.get_running_loop()

        def pay(cents: int, context: ToolContext) -> str:
            """Pay."""
            self.till.keys.append(context.idempotency_key)
            loop.call_soon_threadsafe(self.till.limits.end)
            self.release.wait(30)
            self.paid.append(context.idempotency_key)
            return f"paid {cents}"

        self.till = Till(pay=pay, **options)
