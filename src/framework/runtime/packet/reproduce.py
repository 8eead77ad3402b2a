"""Whether a replay failed as the packet says: the same error class at the same node."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import orjson

from framework.errors import JournalCorruptError, NodeTimeoutError, OfflineError, PacketError
from framework.graph.options import is_safe_id
from framework.journal.fold import BRANCH_TIMEOUT
from framework.journal.reading import decode_lines, filled
from framework.model.events import (
    ErrorFacts,
    NodeFinished,
    NodeRetried,
)
from framework.model.value import Value
from framework.runtime.packet.redact import PLACEHOLDER, Redactor
from framework.runtime.replay import Difference
from framework.runtime.replay.neutral import neutral
from framework.runtime.replay.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from framework.model.events import Event
    from framework.runtime.packet.model import Packet
    from framework.runtime.replay import ReplayReport

_ANY = "[secret]"
_OUT_OF_TIME = frozenset({NodeTimeoutError.__name__, BRANCH_TIMEOUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """What became of a packet's failure with a package.

    Attributes:
        occurs: whether the run failed again as it did.
        is_mended: whether the failing visit went on where it failed; False when the run took another
            way before it came there, which says nothing about the failure.
        text: the same in a sentence or two, for a person.
    """

    occurs: bool
    is_mended: bool
    text: str
    difference: Difference | None = None


def recording_of(packet: Packet, secrets: Iterable[str] = ()) -> Recording:
    """Return the packet's run as a recording whose comparison knows of placeholders.

    Args:
        packet: the packet.
        secrets: values that are secret on this machine, besides what looks like a secret.

    Raises:
        PacketError: if the packet holds no journal, or one that does not read back.
    """
    if packet.left_out or not packet.journal:
        raise PacketError(
            f"The packet of run {packet.run_id!r} holds no journal to replay. {packet.left_out}".strip()
        )
    if not is_safe_id(packet.run_id):
        raise PacketError(
            f"A packet's run cannot be called {packet.run_id!r}: it names the folder of its files."
        )
    lines = [orjson.dumps(record) for record in packet.journal]
    blobs = {digest: text.encode() for digest, text in packet.blobs.items()}
    wrong = [digest for digest, content in blobs.items() if sha256(content).hexdigest() != digest]
    if wrong:
        raise PacketError(f"The packet of run {packet.run_id!r} was changed: {wrong[0]} is other content.")
    try:
        bare = decode_lines(packet.run_id, lines)
        entries = [replace(entry, event=filled(entry.event, blobs)) for entry in bare]
        recording = Recording(packet.run_id, entries, lines, blobs, view=compared_view(secrets))
    except JournalCorruptError as error:
        raise PacketError(
            f"The journal in the packet of run {packet.run_id!r} was changed or damaged; "
            "get the file once more from where it was made."
        ) from error
    recording.follows_clock = packet.failure.error in _OUT_OF_TIME  # Then a quicker package mends it.
    return recording


def compared_view(secrets: Iterable[str] = ()) -> Callable[[Event], Event]:
    """Return what makes an event of either side comparable.

    Secrets become one and the same placeholder, whatever they were; hashes over content
    that held secrets, and the words of errors, which name folders and times, are left out.
    """
    redactor = Redactor(secrets)

    def view(event: Event) -> Event:
        redactor.learn(event)
        return cast("Event", _comparable(neutral(redactor.event(event), _one_placeholder)))

    return view


def _comparable(value: Any) -> Any:
    if isinstance(value, ErrorFacts):
        return replace(value, message="")
    if isinstance(value, tuple):
        return tuple(_comparable(item) for item in cast("tuple[Any, ...]", value))
    if is_dataclass(value) and not isinstance(value, (type, Value)):
        parts = {field.name: _comparable(getattr(value, field.name)) for field in fields(value)}
        return replace(value, **parts)
    return value


def _one_placeholder(text: str) -> str:
    return PLACEHOLDER.sub(_ANY, text)


def reproduction_of(packet: Packet, report: ReplayReport, version: str) -> Reproduction:
    """Return what became of the packet's failure in a replay with a package of ``version``."""
    failure = packet.failure
    where = f" at node {failure.node_id!r}" if failure.node_id else ""
    what = f"{failure.error}{where}"
    with_what = (
        "with the package of the same version"
        if version == packet.versions.package
        else f"with version {version[:12]} of the package (the run had {packet.versions.package[:12]})"
    )
    difference = report.difference
    if difference is None:
        return Reproduction(occurs=True, is_mended=False, text=f"reproduced: {what}, {with_what}")
    if _is_cut_off(difference):
        why = "the package reaches for the network, which a replay refuses"
        text = f"not reproduced {with_what}: before it comes to {what}, {why}; first difference: {difference}"
        return Reproduction(occurs=False, is_mended=False, text=text, difference=difference)
    if _is_failure(packet, difference):
        text = f"the failure no longer occurs {with_what}: {what}; first difference: {difference}"
        return Reproduction(occurs=False, is_mended=True, text=text, difference=difference)
    text = (
        f"not reproduced {with_what}: the run takes another way before it comes to {what}, so only a new run "
        f"can show whether that still happens; first difference: {difference}"
    )
    return Reproduction(occurs=False, is_mended=False, text=text, difference=difference)


def _is_cut_off(difference: Difference) -> bool:
    """Whether the replay failed for being offline."""
    error = getattr(difference.got, "error", None)
    return isinstance(error, ErrorFacts) and error.error == OfflineError.__name__


def _is_failure(packet: Packet, difference: Difference) -> bool:
    """Whether the replay parted from the recording at the failure itself, or at an attempt that failed so."""
    failure, expected = packet.failure, difference.expected
    if difference.seq == failure.seq:
        return True
    return (
        isinstance(expected, (NodeRetried, NodeFinished))
        and expected.error is not None
        and expected.error.error == failure.error
        and expected.node_id == failure.node_id
        and difference.lane == failure.lane
    )
