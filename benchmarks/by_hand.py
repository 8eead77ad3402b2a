"""What any journal of the same events must do at least: encode and hash them, one by one."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from framework.graph import GraphExecutor
from framework.journal.reading import read_entries
from framework.model.value import write_value
from framework.runtime.core import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from framework.graph import GraphSpec
    from framework.journal.entry import Entry


def encoded_by_hand(entries: Sequence[Entry]) -> list[bytes]:
    """Return the lines of a journal from its events, written down as one would without any framework.

    Nothing is prepared, kept from line to line or done for several lines at
    once: each event is encoded, chained to the hash of its lane, and framed, by
    the encoder that the journal uses. The events, their places and their times
    are given.
    """
    digests: dict[str, bytes] = {}
    lines: list[bytes] = []
    for entry in entries:
        event, lane = entry.event, entry.lane
        body = orjson.dumps(event, default=write_value)
        before = digests.get(lane) or sha256(lane.encode()).digest()
        digest = digests[lane] = sha256(before + event.kind.encode() + b"\0" + body).digest()
        line = {
            "v": 2,
            "seq": entry.seq,
            "at": entry.at_us,
            "lane": lane,
            "kind": event.kind,
            "digest": digest.hex(),
            "meta": entry.meta,
            "body": orjson.Fragment(body),
        }
        lines.append(orjson.dumps(line))
    return lines


async def one_run_by_hand(
    graph: GraphSpec, inputs: dict[str, object], kept: list[list[bytes]]
) -> Callable[[], object]:
    """Return what writes down the events of one run of ``graph``, and does nothing else.

    The lines go to ``kept`` as a journal's go to the journal.

    Raises:
        RuntimeError: if they are not, byte by byte, what the journal of that run holds.
    """
    runtime = Runtime()
    result = await GraphExecutor(runtime).execute(graph, None, inputs)
    entries = await read_entries(runtime.journal, result.run_id)
    if encoded_by_hand(entries) != await runtime.journal.read(result.run_id):
        raise RuntimeError("What is written by hand is not what the journal holds: mend encoded_by_hand().")

    def work() -> None:
        kept.append(encoded_by_hand(entries))

    return work
