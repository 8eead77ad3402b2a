"""Forking: a new run that begins with a part of another's journal, which stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from framework.clock import Clock, SystemClock
from framework.errors import InputError, NotJsonError
from framework.graph.executor import new_run_id
from framework.journal.log import RunLog
from framework.journal.reading import (
    DATA_DIR_FACT,
    content_of,
    fold_entries,
    read_entries,
    without_entries,
)
from framework.journal.state import MAIN_LANE, Phase, RunState, WalkLane
from framework.loop.restored_files import restore_files
from framework.model.events import RunForked
from framework.model.goal import Goal
from framework.model.graph import GraphSpec
from framework.model.memory_keys import known_keys
from framework.model.value import Value

if TYPE_CHECKING:
    from pathlib import Path

    from framework.journal.base import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Where a run is forked, and what is different from there on.

    Attributes:
        at_seq: the last entry of the other run that the new one shares, from 1.
        changes: values that overwrite the memory, by key.
        version: version of the agent that goes on; the other run's when empty.
        graph: the graph that goes on; the other run's when not given.
        run_id: id of the new run; a fresh one when empty.
        facts: noted beside the entry of the fork, outside its hashes.
    """

    at_seq: int
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    version: str = ""
    graph: GraphSpec | None = None
    run_id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def fork_run(
    journal: Journal, origin: str, fork: Fork, *, data_dir: Path | None = None, clock: Clock | None = None
) -> RunState:
    """Store a new run that shares the first entries of ``origin``, and return its state.

    The new run is carried on like any other that stopped. A tool call that
    was under way at the fork is in doubt there, whatever became of it later.
    The files are in place before its entries are stored, all in one step: what
    is cut off before that leaves a run without entries, which cannot go on.

    Args:
        journal: holds the other run and will hold the new one.
        origin: the other run, which may be under way and is not changed.
        fork: where, and with what changes.
        data_dir: gets the files as they were at the fork.
        clock: stamps the new entry.

    Raises:
        RunNotFoundError: if there is no such run.
        InputError: if it has no such entry, a change is of a key that ``fork.graph`` does not know, or
            the changes or the graph do not fit there.
        RunExistsError: if the new run's id is taken.
        JournalError: if the journal or a file cannot be read or written.
    """
    known = clock or SystemClock()
    entries = await read_entries(journal, origin)
    if not entries:
        raise without_entries(origin)
    if not 1 <= fork.at_seq <= len(entries):
        raise InputError(
            f"Run {origin!r} has no entry {fork.at_seq}; choose one from 1 to {len(entries)} "
            "(`hive runs show RUN --events` lists them)."
        )
    shared = entries[: fork.at_seq]
    state = fold_entries(origin, shared)
    state.run_id = fork.run_id or new_run_id(known)
    event = _forked(origin, fork, state)
    lines = await journal.read(origin)
    writer = await journal.create(state.run_id)
    try:
        if data_dir is not None:
            await asyncio.to_thread(restore_files, data_dir, shared)
        await writer.append([], expected=0, blobs=content_of(shared))  # The other run may just be swept.
        log = RunLog(writer, known, state=state, unstored=lines[: fork.at_seq])
        log.record(MAIN_LANE, event, {**_facts(state.run_id, data_dir), **fork.facts})
        await log.commit(durable=True)
    finally:
        await writer.close()
    return state


def _facts(run_id: str, data_dir: Path | None) -> dict[str, Any]:
    place = {} if data_dir is None else {DATA_DIR_FACT: str(data_dir.absolute())}
    return {"run_id": run_id, **place}


def _forked(origin: str, fork: Fork, state: RunState) -> RunForked:
    if fork.changes and state.main.phase is Phase.FORKED:
        raise InputError(
            f"At entry {fork.at_seq} branches of a fan-out are under way, each with a memory of its own; "
            "fork before the fan-out or after its join to change the memory."
        )
    if fork.graph is not None:
        check_places(fork.graph, state)
        _check_keys(fork, fork.graph, state)
    try:
        changes = {key: Value.of(value) for key, value in fork.changes.items()}
    except NotJsonError as error:
        raise InputError(f"A value of the fork is no JSON: {error}") from error
    graph = Value.blob(fork.graph.to_json()) if fork.graph is not None else None
    return RunForked(
        origin=origin,
        at_seq=fork.at_seq,
        changes=changes,
        version=fork.version if fork.version != state.version else "",
        graph=graph if graph != state.graph else None,
    )


def check_places(graph: GraphSpec, state: RunState) -> None:
    """Check that every lane of a forked run stands at a node of the graph that goes on.

    Raises:
        InputError: naming the nodes that the graph lacks.
    """
    places = {lane.node_id for lane in state.lanes.values() if isinstance(lane, WalkLane) and lane.node_id}
    gone = sorted(places - {node.id for node in graph.nodes})
    if gone:
        raise InputError(
            f"At this entry the run stands at {', '.join(map(repr, gone))}, which the graph does not have "
            "now; fork earlier, or restore the package."
        )


def _check_keys(fork: Fork, graph: GraphSpec, state: RunState) -> None:
    """Check that every changed key is in the memory already, or known to the graph or the goal."""
    stored = state.goal.load() if state.goal is not None else None
    known = known_keys(graph, None if stored is None else Goal.model_validate(stored))
    if known is None:
        return
    known |= state.main.memory.keys()
    strange = [key for key in fork.changes if key not in known]
    if strange:
        raise InputError(
            f"Nothing in this run reads {', '.join(map(repr, strange))}, so it cannot be changed; "
            f"the keys it knows are: {', '.join(sorted(known)) or 'none'}."
        )
