"""Reading a stored run: entries with their content, and the state they fold to."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from framework.errors import BlobNotFoundError, InputError, JournalCorruptError
from framework.journal.entry import Entry, decode_line
from framework.journal.fold import apply
from framework.journal.raised import note_raised
from framework.journal.state import RunState
from framework.model.events import RunForked, RunResumed, UnknownEvent
from framework.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from framework.journal.base import Journal

DATA_DIR_FACT = "data_dir"
"""Name of the fact that says where the data folder of a run lies."""

LOST_FILES_FACT = "lost_files"
"""Name of the fact that says which files a run that is carried on lacks for good: why, by name."""

_NOTING = tuple(f'"{event.kind}"'.encode() for event in (RunForked, RunResumed))


async def read_entries(journal: Journal, run_id: str, *, after: int = 0) -> list[Entry]:
    """Return the entries of a run with all their content fetched.

    Raises:
        RunNotFoundError: if no such run is stored.
        JournalCorruptError: if an entry or its content does not read back.
    """
    entries = decode_lines(run_id, await journal.read(run_id, after=after), after=after)
    blobs = await read_content(journal, run_id, entries)
    return [
        replace(entry, event=filled(entry.event, blobs)) if _references(entry.event) else entry
        for entry in entries
    ]


def decode_lines(run_id: str, lines: Iterable[bytes], *, after: int = 0) -> list[Entry]:
    """Return the entries that stand in ``lines``, the first of which is number ``after + 1``.

    Raises:
        JournalCorruptError: if one does not read back; it says which.
    """
    return [decode_line(line, place_of(run_id, seq)) for seq, line in enumerate(lines, after + 1)]


def place_of(run_id: str, seq: int) -> str:
    """Return what an error says of where an entry stands."""
    return f"Entry {seq} of run {run_id!r}"


def without_entries(run_id: str) -> InputError:
    """Return the error that says that a stored run has no entry, and what to do about it."""
    return InputError(
        f"Run {run_id!r} has no entry: it was cut off before its first was stored, or its journal was "
        "emptied. Restore the journal from a copy, or delete the run and start a new one."
    )


async def read_state(journal: Journal, run_id: str) -> RunState:
    """Return the fold of a stored run, checking every hash on the way.

    Raises:
        RunNotFoundError: if no such run is stored.
        JournalCorruptError: if an entry, its content or its hash is not what was written.
    """
    return fold_entries(run_id, await read_entries(journal, run_id))


async def read_facts(journal: Journal, run_id: str) -> dict[str, Any]:
    """Return what stands beside the first entry of a run, outside its hash; nothing if it has no entry.

    Raises:
        RunNotFoundError: if no such run is stored.
        JournalCorruptError: if the entry does not read back.
    """
    lines = await journal.read(run_id)
    return decode_line(lines[0], place_of(run_id, 1)).meta if lines else {}


async def read_fact(journal: Journal, run_id: str, name: str) -> Any:
    """Return a fact of a run as it was noted last: where it began, was forked or was carried on.

    Raises:
        RunNotFoundError: if no such run is stored.
        JournalCorruptError: if one of these entries does not read back.
    """
    lines = await journal.read(run_id)
    entries = [
        decode_line(line, place_of(run_id, seq))
        for seq, line in enumerate(lines, 1)
        if seq == 1 or any(kind in line for kind in _NOTING)
    ]
    noted = [entry.meta for entry in entries[:1]]
    noted += [entry.meta for entry in entries[1:] if isinstance(entry.event, RunForked | RunResumed)]
    return next((facts[name] for facts in reversed(noted) if name in facts), None)


def _ignore(state: RunState, entry: Entry) -> None:
    del state, entry


def fold_entries(
    run_id: str, entries: Sequence[Entry], look: Callable[[RunState, Entry], None] = _ignore
) -> RunState:
    """Return the state after ``entries``, checking sequence and hashes.

    Args:
        run_id: the run they are of.
        entries: all of them, from the first.
        look: sees the state after each entry.

    Raises:
        JournalCorruptError: if an entry is missing, doubled or changed.
    """
    state = RunState()
    state.run_id = run_id
    for entry in entries:
        _check(run_id, state, entry)
        state.last_seq = entry.seq
        apply(state, state.lane(entry.lane), entry.event, entry.at_us)
        note_raised(state, entry.event, entry.meta)
        look(state, entry)
    return state


def _check(run_id: str, state: RunState, entry: Entry) -> None:
    if entry.seq != state.last_seq + 1:
        raise JournalCorruptError(
            f"Run {run_id!r} lacks entry {state.last_seq + 1}: entry {entry.seq} stands there; "
            "restore the journal from a copy."
        )
    if _digest(state, entry).hex() != entry.digest:
        raise JournalCorruptError(
            f"{place_of(run_id, entry.seq)} is not what was written: its hash differs; "
            "restore the journal from a copy."
        )


def _digest(state: RunState, entry: Entry) -> bytes:
    try:
        lane = state.lane(entry.lane)
    except KeyError:
        raise JournalCorruptError(
            f"{place_of(state.run_id, entry.seq)} is of lane {entry.lane!r}, which nothing opened; "
            "restore the journal from a copy."
        ) from None
    is_outside = isinstance(entry.event, UnknownEvent) and lane.digest.hex() == entry.digest
    if is_outside or not entry.event.hashed:
        return lane.digest
    return lane.advance(entry.event_kind, entry.body)


async def read_content(journal: Journal, run_id: str, entries: Iterable[Entry]) -> dict[str, bytes]:
    """Return the content that entries of a run refer to and do not hold, by SHA-256.

    Raises:
        BlobNotFoundError: if some of it is not stored.
        JournalCorruptError: if some of it is not what was written.
    """
    blobs: dict[str, bytes] = {}
    for entry in entries:
        for digest in _references(entry.event):
            if digest not in blobs:
                blobs[digest] = await _read_blob(journal, digest, place_of(run_id, entry.seq))
    return blobs


def content_of(entries: Iterable[Entry]) -> dict[str, bytes]:
    """Return the content outside of entries that was fetched for them, by SHA-256."""
    return {
        str(value.digest): value.raw
        for entry in entries
        for value in _values(entry.event)
        if value.digest is not None and value.is_resolved
    }


async def _read_blob(journal: Journal, digest: str, place: str) -> bytes:
    try:
        return await journal.read_blob(digest)
    except BlobNotFoundError as error:
        raise BlobNotFoundError(f"{place} lacks its content: {error}") from error
    except JournalCorruptError as error:
        raise JournalCorruptError(f"{place} lacks its content: {error}") from error


def _references(event: object) -> list[str]:
    values = _values(event)
    return [value.digest for value in values if value.digest is not None and not value.is_resolved]


def _values(value: object) -> list[Value]:
    if isinstance(value, Value):
        return [value]
    return [found for part in _parts(value) for found in _values(part)]


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    if isinstance(value, tuple):
        return cast("tuple[object, ...]", value)
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    return ()


def filled(value: Any, blobs: Mapping[str, bytes]) -> Any:
    """Return an event, or a part of one, with the content of its references, those that ``blobs`` has."""
    if isinstance(value, Value):
        known = None if value.is_resolved else blobs.get(cast("str", value.digest))
        return value if known is None else value.resolved(known)
    if isinstance(value, dict):
        return {key: filled(item, blobs) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, tuple):
        return tuple(filled(item, blobs) for item in cast("tuple[Any, ...]", value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: filled(getattr(value, f.name), blobs) for f in fields(value)})
    return value
