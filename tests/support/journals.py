"""Writing and reading runs of a journal in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.clock import ManualClock
from framework.journal.entry import chain, encode_body, encode_line, first_hash
from framework.journal.log import RunLog
from framework.journal.memory import MemoryJournal
from framework.model import events as ev
from framework.model.value import write_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from framework.journal.base import Journal
    from framework.journal.state import RunState
    from framework.model.events import Event


def line(seq: int, text: str = "x") -> bytes:
    """Return one encoded entry; its hash starts anew."""
    event = ev.RunResumed(reason=text)
    body = encode_body(event, write_value)
    return encode_line((seq, 1_000 + seq, "m"), event, body, chain(first_hash("m"), event.kind, body), b"{}")


def lines(first: int, last: int, text: str = "x") -> list[bytes]:
    """Return the encoded entries ``first`` to ``last``."""
    return [line(seq, text) for seq in range(first, last + 1)]


async def write_run(journal: Journal, run_id: str, events: Iterable[tuple[str, Event]]) -> RunState:
    """Record events by lane, one commit each, and return the live state."""
    log = RunLog(await journal.create(run_id), ManualClock())
    log.state.run_id = run_id
    for lane_id, event in events:
        log.record(lane_id, event)
        await log.commit()
    await log.close()
    return log.state


async def record_all(events: Iterable[tuple[str, Event]]) -> tuple[MemoryJournal, RunState]:
    """Write events to a journal in memory; the run is called ``run``."""
    journal = MemoryJournal()
    return journal, await write_run(journal, "run", events)
