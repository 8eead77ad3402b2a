"""Walking a stored run again with the recorded answers, and reporting the first difference."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from framework.clock import Clock, ManualClock
from framework.graph.executor import RunOptions
from framework.journal.reading import decode_lines, filled, read_content, read_state
from framework.llm.base import LLMProvider
from framework.loop.budget.base import BudgetGate
from framework.loop.context import NodeProtocol, Person
from framework.loop.restored_files import restore_files
from framework.model.goal import Goal
from framework.model.node import NodeSpec, NodeType
from framework.model.tool import Effect, Tool
from framework.runtime.core import Runtime
from framework.runtime.fork import check_places
from framework.runtime.replay.answers import (
    RecordedPerson,
    RecordedReads,
    RecordedTools,
    as_raised,
    recorded_models,
)
from framework.runtime.replay.compared_journal import ComparedJournal
from framework.runtime.replay.difference import Difference, ReplayDivergedError, ReplayEndedError
from framework.runtime.replay.effects import RecordedNode, RecordedPermissions
from framework.runtime.replay.files import RecordedFiles
from framework.runtime.replay.recording import Recording
from framework.runtime.replay.rulings import RecordedBudget
from framework.runtime.replay.time_limits import HeldNode, RecordedLimits
from framework.tools.calls import ToolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from framework.graph.executor import GraphExecutor
    from framework.graph.result import ExecutionResult
    from framework.journal.base import Journal
    from framework.model.graph import GraphSpec

_KEEP_WHOLE = 100_000_000
"""Characters of a recorded result that are shown as they were recorded; it is shortened already."""


PATIENCE_S = 60.0
"""Seconds without progress after which a replay of an unfinished run is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayParts:
    """What the executor of a replay is made of, in the place of the real collaborators.

    Attributes:
        budget: rules as the recorded one did; None when there was none.
        permissions: lets tools ask for permission, and guards rule, as they did.
        tools: the tools that the recorded requests offered, for those the agent cannot give offline.
    """

    runtime: Runtime
    llm: LLMProvider
    tools: dict[str, Tool]
    tool_executor: ToolExecutor
    person: Person
    clock: Clock
    budget: BudgetGate | None
    permissions: RecordedPermissions


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """How a replay went.

    Attributes:
        difference: where it first differs from the recording; None when it does nowhere.
        events: recorded events that were compared.
        lanes: lanes they are of.
        digest: hash of the main lane after the replay, hexadecimal.
        is_whole: whether the recorded run had ended by itself; otherwise it was replayed as far as it came.
        cut_off_by: what cut the recorded run off, in words that follow "the run", as in "ran out of time";
            empty if nothing did.
        moved: events that name the folder of the run's files, which is another one in a replay, and are
            the same but for that; without any, the hashes are the same.
    """

    run_id: str
    events: int
    lanes: int
    is_whole: bool
    cut_off_by: str = ""
    moved: int = 0
    digest: str = ""
    difference: Difference | None = None

    @property
    def matches(self) -> bool:
        """Whether the replay did what was recorded."""
        return self.difference is None


async def read_recording(journal: Journal, run_id: str) -> Recording:
    """Return the recording of a stored run.

    Raises:
        RunNotFoundError: if no such run is stored.
        JournalCorruptError: if it does not read back.
    """
    lines = await journal.read(run_id)
    entries = decode_lines(run_id, lines)
    blobs = await read_content(journal, run_id, entries)
    whole = [replace(entry, event=filled(entry.event, blobs)) for entry in entries]
    return Recording(run_id, whole, lines, blobs)


async def replay(
    recording: Recording,
    graph: GraphSpec,
    make_executor: Callable[[ReplayParts], GraphExecutor],
    *,
    folder: Path | None = None,
    patience_s: float = PATIENCE_S,
) -> ReplayReport:
    """Walk ``recording`` again and return the first difference, if there is one.

    Model, tools, function nodes with an effect, guards and people answer from
    the recording and no time passes;
    routing, judges, compaction and function nodes without an effect are the
    agent's own and are executed.

    Args:
        recording: the stored run; each replay needs a new one.
        graph: the agent's graph as it is now.
        make_executor: makes what walks it, of these parts.
        folder: an empty folder for the run's data files.
        patience_s: seconds of the machine's time that the replay of an unfinished run, or of a branch
            that was cut off, may come no further. No answer takes time: what does is the agent's own
            code, or a changed lane that ended early while the others wait where their recording ends.

    Raises:
        InvalidGraphError: if the graph as it is now fails validation.
        SpecError: if a function node has no function now.
        InputError: if a forked run stands at a node that the graph does not have now.
    """
    journal = ComparedJournal(recording)
    parts = ReplayParts(
        runtime=Runtime(folder, journal=journal),
        llm=recorded_models(recording, graph.default_model),
        tools=recording.tools(),
        tool_executor=RecordedTools(recording),
        person=RecordedPerson(recording),
        clock=ManualClock(),
        budget=RecordedBudget(recording) if recording.rulings.are_any else None,
        permissions=recording.permissions,
    )
    if recording.is_out_of_steps:
        graph = graph.model_copy(update={"max_steps": graph.max_steps + recording.lanes})
    executor = make_executor(parts)
    functions = [node for node in graph.nodes if node.node_type != NodeType.EVENT_LOOP]
    executed = {node.id for node in functions if node.effect is Effect.NONE}
    for node in functions:
        if node.id not in executed:
            recorded = RecordedNode(recording, as_raised)
            executor.register_node(node.id, RecordedReads(recording, recorded))
    if folder is not None:
        data = folder / "runs" / recording.run_id / "data"
        recording.walk_in(data)
        await asyncio.to_thread(restore_files, data, recording.shared_entries)
        journal.put = RecordedFiles(data, executed).put
        await journal.put_found(recording.lane_ids)
    journal.inject = lambda node_id, text: executor.inject_input(node_id, text, recording.run_id)
    limits = RecordedLimits(recording, patience_s)
    walking = asyncio.ensure_future(_execution(recording, graph, executor, limits))
    difference = await _outcome(recording, walking, journal.used_up, patience_s)
    return ReplayReport(
        run_id=recording.run_id,
        events=recording.total,
        lanes=recording.lanes,
        is_whole=recording.is_final,
        cut_off_by=recording.cut_off_by,
        moved=recording.moved,
        digest="" if difference else await _digest(journal, recording.run_id),
        difference=difference,
    )


async def _execution(
    recording: Recording, graph: GraphSpec, executor: GraphExecutor, limits: RecordedLimits
) -> ExecutionResult:
    started = recording.started
    stored = started.goal.load()
    config = executor.loop_config_of(graph).model_copy(update={"max_tool_result_chars": _KEEP_WHOLE})
    goal = None if stored is None else Goal.model_validate(stored)
    resumed = {"run_id": recording.run_id}
    options = RunOptions(
        entry_node=None if started.entry == graph.entry_node else started.entry,
        loop_config=config,
        any_graph=bool(recording.shared),
        given=recording.reads(),
        cut_off=recording.cut_off,
        stand_in=lambda node, worker: _held(recording, limits, node, worker),
        limits=limits,
    )
    left = recording.left
    if recording.shared:
        check_places(graph, recording.state_at_fork())
        given, state = recording.resume_input(), resumed
    else:
        given, state = {key: value.load() for key, value in started.input.items()}, None
    if recording.has_waited:
        await executor.keep(graph, goal, given, run_id=recording.run_id, options=options)
        given, state = recording.resume_input(), resumed
    result = await executor.execute(graph, goal, given, state, run_id=recording.run_id, options=options)
    while result.paused_at is not None and 0 < recording.left < left:  # As long as it comes nearer the end.
        left = recording.left
        given = recording.resume_input()
        result = await executor.execute(graph, goal, given, resumed, options=options)
    return result


def _held(recording: Recording, limits: RecordedLimits, node: NodeSpec, worker: NodeProtocol) -> NodeProtocol:
    """Return what runs a node as far as the recording goes; models and people wait there by themselves."""
    return worker if node.node_type == NodeType.EVENT_LOOP else HeldNode(recording, limits, worker)


async def _outcome(
    recording: Recording,
    walking: asyncio.Future[ExecutionResult],
    used_up: asyncio.Event,
    patience_s: float,
) -> Difference | None:
    """Wait for the replay's end, or for the end of an unfinished recording; return the first difference."""
    waiting = asyncio.ensure_future(used_up.wait())
    is_idle = False
    try:
        if recording.is_final:
            await asyncio.wait({walking})
        else:
            is_idle = await _is_idle(recording, {walking, waiting}, patience_s)
    finally:
        waiting.cancel()
        walking.cancel()
        await asyncio.wait({waiting, walking})
    try:
        await walking
    except ReplayDivergedError as diverged:
        return diverged.difference
    except (ReplayEndedError, asyncio.CancelledError):
        if not (recording.is_used_up or is_idle):
            raise
    return recording.missing()


async def _is_idle(recording: Recording, ends: set[asyncio.Future[Any]], patience_s: float) -> bool:
    """Wait until one of ``ends`` comes, or too long for the next event; return whether it is the latter."""
    while True:
        left = recording.left
        done, _ = await asyncio.wait(ends, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
        if done or recording.left == left:
            return not done


async def _digest(journal: Journal, run_id: str) -> str:
    return (await read_state(journal, run_id)).main.digest.hex()
