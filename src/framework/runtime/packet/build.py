"""Building a packet from a stored run."""

from __future__ import annotations

import platform
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

from framework.errors import PacketError
from framework.journal.reading import fold_entries, read_entries, without_entries
from framework.journal.state import WalkLane
from framework.model.events import ModelRequested
from framework.runtime.packet.category import classify
from framework.runtime.packet.material import calls_of, exchanges_of, feedback_of
from framework.runtime.packet.model import Failure, Packet, ShownSign, Versions
from framework.runtime.packet.rechain import WholeJournal, redacted_journal
from framework.runtime.packet.redact import PLACEHOLDER, Redactor
from framework.runtime.packet.signs import GOAL_THRESHOLD, signs_of
from framework.runtime.packet.site import GOAL_MISSED, Site, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from framework.journal.base import Journal
    from framework.journal.entry import Entry
    from framework.journal.state import RunState

LARGEST_BYTES = 32_000_000
"""A run whose journal and blobs take more than this is described without them."""

_SLICE = 40
_MOST_NAMED_CHARS = 100_000
_REFERENCE = re.compile(r'"\$blob":"([0-9a-f]{64})"')


async def build_packet(
    journal: Journal,
    run_id: str,
    *,
    secrets: Iterable[str] = (),
    with_emails: bool = False,
    threshold: float = GOAL_THRESHOLD,
    largest_bytes: int = LARGEST_BYTES,
) -> Packet:
    """Return the packet of a run that failed, was rejected, or missed its goal.

    Args:
        journal: holds the run.
        run_id: the run.
        secrets: values to take out besides what looks like a secret.
        with_emails: whether e-mail addresses are taken out, too.
        threshold: score below which the goal of a run that ended well counts as missed.
        largest_bytes: size up to which journal and blobs are taken along.

    Raises:
        RunNotFoundError: if there is no such run.
        InputError: if it has no entry.
        PacketError: if it has not ended, or did not fail.
        JournalError: if it does not read back.
    """
    entries = await read_entries(journal, run_id)
    if not entries:
        raise without_entries(run_id)
    fold_entries(run_id, entries)
    redactor = Redactor(secrets, with_emails=with_emails)
    clean = await redacted_journal(run_id, entries, redactor)
    site = site_of(run_id, clean.entries)
    signs = signs_of(clean.entries, lane=site.lane, since=site.visit_seq, until=site.seq, threshold=threshold)
    if site.error.error == GOAL_MISSED and not signs:
        raise PacketError(f"Run {run_id!r} {site.status} and reached its goal; there is no failure to pack.")
    ruled = classify(site.error.error, signs)
    failure = Failure(
        category=ruled.category,
        rule=ruled.rule,
        error=site.error.error,
        message=site.error.message,
        retryable=site.error.retryable,
        node_id=site.node_id,
        lane=site.lane,
        seq=site.seq,
        visit_seq=site.visit_seq,
        signs=[ShownSign(kind=sign.kind, seq=sign.seq, text=sign.text) for sign in signs],
    )
    return _packet(clean, site, failure, largest_bytes)


def _packet(clean: WholeJournal, site: Site, failure: Failure, largest_bytes: int) -> Packet:
    state, seen = _at_failure(clean, site)
    visit = [entry for entry in clean.entries if site.visit_seq <= entry.seq <= site.seq]
    mine = [entry for entry in visit if entry.lane.split(".c", 1)[0] == site.lane]
    packet = Packet(
        run_id=clean.run_id,
        agent=state.agent,
        status=site.status,
        failure=failure,
        versions=Versions(
            package=state.version, framework=_framework_version(), python=platform.python_version()
        ),
        exchanges=exchanges_of(mine, seen.sent),
        conversation=seen.conversation,
        tool_calls=calls_of(mine),
        memory=seen.memory,
        feedback=feedback_of(clean.entries),
        slice=[entry.seq for entry in mine][-_SLICE:],
        secrets=_secrets(clean),
    )
    return packet.model_copy(update=_content(packet, clean, largest_bytes))


def _content(packet: Packet, clean: WholeJournal, largest_bytes: int) -> dict[str, Any]:
    """Return the journal and its blobs, or of a run too large the blobs that the rest of the packet names."""
    blobs = {digest: raw.decode() for digest, raw in clean.blobs.items()}
    size = sum(map(len, clean.lines)) + sum(map(len, clean.blobs.values()))
    if size <= largest_bytes:
        return {"journal": [orjson.loads(line) for line in clean.lines], "blobs": blobs}
    named = dict.fromkeys(_REFERENCE.findall(packet.model_dump_json()))
    small = {digest: blobs[digest] for digest in named if len(blobs.get(digest, "")) <= _MOST_NAMED_CHARS}
    left_out = f"The journal and its content take {size:,} bytes, over the limit of {largest_bytes:,}."
    return {"blobs": small, "left_out": left_out}


def _secrets(clean: WholeJournal) -> int:
    """Return how many secrets were replaced."""
    texts = [line.decode() for line in (*clean.lines, *clean.blobs.values())]
    return len({mark for text in texts for mark in PLACEHOLDER.findall(text)})


class _Seen:
    """What the failing node saw."""

    def __init__(self) -> None:
        self.memory: dict[str, Any] = {}
        self.conversation: list[dict[str, Any]] = []
        self.sent: dict[int, int] = {}

    def note_sent(self, state: RunState, entry: Entry) -> None:
        """Note how many messages a request within a conversation was sent."""
        if isinstance(entry.event, ModelRequested) and entry.event.prompt is None:
            self.sent[entry.seq] = len(state.walk(entry.lane).conversation)

    def look(self, state: RunState, lane_id: str) -> None:
        lane = state.lanes.get(lane_id)
        if isinstance(lane, WalkLane):
            self.memory = {key: value.wire() for key, value in lane.memory.items()}
            self.memory = {key: orjson.loads(orjson.dumps(value)) for key, value in self.memory.items()}
            conversation = lane.conversation_copy()
            messages = conversation.messages() if conversation is not None else ()
            self.conversation = [orjson.loads(orjson.dumps(asdict(message))) for message in messages]


def _at_failure(clean: WholeJournal, site: Site) -> tuple[RunState, _Seen]:
    seen = _Seen()

    def look(state: RunState, entry: Entry) -> None:
        seen.note_sent(state, entry)
        if entry.seq == site.seq - 1:  # That entry may end the lane.
            seen.look(state, site.lane)

    return fold_entries(clean.run_id, clean.entries, look), seen


def _framework_version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  (dear, and only needed here)

    try:
        return version("hive-agents")
    except PackageNotFoundError:
        return "unknown"
