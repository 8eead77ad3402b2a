"""Whether a run is stored: who took it on for somebody else must not lose it once he said so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from framework.errors import JournalWriteError
from framework.events.bus import EventType

if TYPE_CHECKING:
    from framework.events.bus import AgentEvent, EventBus
    from framework.runtime.execution_stream import Execution


async def until_stored(execution: Execution, bus: EventBus) -> None:
    """Wait until the first entry of a run is stored; call it before the run's task had its first turn.

    Raises:
        JournalWriteError: if the run is over and was never stored.
    """
    if execution.is_stored:
        return
    stored = asyncio.Event()

    def started(event: AgentEvent) -> None:
        del event
        stored.set()

    subscription = bus.subscribe(started, [EventType.EXECUTION_STARTED], run_id=execution.run_id)
    storing = asyncio.create_task(stored.wait(), name=f"storing {execution.run_id}")
    try:
        await asyncio.wait({storing, execution.done}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        storing.cancel()
        bus.unsubscribe(subscription)
    if not stored.is_set():
        raise JournalWriteError(
            f"Run {execution.run_id!r} could not be stored: {execution.done.result().error}"
        )
