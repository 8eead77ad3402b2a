"""What happens to a stored run that no process is running: it waits, or a person decides about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.clock import Clock, SystemClock
from framework.errors import InputError
from framework.graph.run import cancelled
from framework.journal.log import RunLog
from framework.journal.reading import read_state, without_entries
from framework.journal.state import MAIN_LANE, RunState, RunStatus
from framework.model.events import RunPaused, RunRejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from framework.journal.base import Journal
    from framework.model.events import Event, RunStarted


async def cancel_stored(journal: Journal, run_id: str, *, clock: Clock | None = None) -> RunState:
    """End a run that waits or was cut off, for good; return its state.

    Raises:
        InputError: if it has ended already.
        JournalLockedError: if a process is running it.
        JournalError: if it cannot be read or written.
    """
    return await _added(journal, run_id, cancelled(), clock)


async def reject_stored(
    journal: Journal, run_id: str, reason: str, *, clock: Clock | None = None
) -> RunState:
    """Record why a person rejects a run that ended well; return its state.

    Raises:
        InputError: if it did not end well, was rejected already, or no reason is given.
        JournalLockedError: if a process is writing it.
        JournalError: if it cannot be read or written.
    """
    if not reason.strip():
        raise InputError(f"Say why run {run_id!r} is rejected.")
    return await _added(journal, run_id, RunRejected(reason=reason.strip()), clock)


async def store_waiting(
    journal: Journal, run_id: str, start: RunStarted, facts: Mapping[str, Any], *, clock: Clock
) -> None:
    """Store a run that waits for its turn, as paused before its first node.

    Raises:
        RunExistsError: if the run is stored already.
        JournalError: if it cannot be written.
    """
    log = RunLog(await journal.create(run_id), clock, state=RunState())
    try:
        log.record(MAIN_LANE, start, dict(facts))
        log.record(MAIN_LANE, RunPaused(node_id=start.entry, reason="The run waits for its turn."))
        await log.commit(durable=True)
    finally:
        await log.close()


async def _added(journal: Journal, run_id: str, event: Event, clock: Clock | None) -> RunState:
    _check(await read_state(journal, run_id), event)  # What is refused is left alone, a torn line included.
    writer = await journal.open(run_id)
    try:
        state = await read_state(journal, run_id)
        _check(state, event)
    except BaseException:
        await writer.close()
        raise
    log = RunLog(writer, clock or SystemClock(), state=state)
    try:
        log.record(MAIN_LANE, event)
        await log.commit(durable=True)
    finally:
        await log.close()
    return state


def _check(state: RunState, event: Event) -> None:
    if state.status is RunStatus.NEW:
        raise without_entries(state.run_id)
    if not isinstance(event, RunRejected):
        if state.status.is_final:
            raise InputError(f"Run {state.run_id!r} has ended already ({state.status.value}).")
        return
    if state.status is not RunStatus.SUCCEEDED:
        raise InputError(
            f"Run {state.run_id!r} is {state.status.value}; only a run that succeeded can be rejected."
        )
    if state.rejection is not None:
        raise InputError(f"Run {state.run_id!r} is rejected already: {state.rejection}")
