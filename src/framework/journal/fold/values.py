"""The events of what comes from outside and lies there: values read, files of the data folder."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from framework.journal.fold.places import walk_of
from framework.model import events as ev
from framework.model.value import Value

if TYPE_CHECKING:
    from framework.journal.fold.places import Handler
    from framework.journal.state import Lane, RunState

RESUME_INPUT = "resume_input"
"""Source of a value that was given when the run was carried on."""


def _value_read(state: RunState, lane: Lane, event: ev.ValueRead) -> None:
    walk = walk_of(state, lane)
    if event.source != RESUME_INPUT:
        if walk.node is not None:
            walk.node.reads.append(event.value)
        return
    given = {key: Value.of(value) for key, value in event.value.load().items()}
    walk.memory = {**walk.memory, **given}  # A new dict: the edges that led here keep the memory they saw.
    walk.written.update(dict.fromkeys(given))


def _file_written(state: RunState, lane: Lane, event: ev.FileWritten) -> None:
    state.files[event.name] = lane.files[event.name] = content_digest(event.content)
    _forget_fate(state, event.name)


def _forget_fate(state: RunState, name: str) -> None:
    """Forget how large a file was found, and why its content is missing."""
    if name in state.file_sizes:
        state.file_sizes = {known: size for known, size in state.file_sizes.items() if known != name}
    if name in state.left_out:
        state.left_out = {known: why for known, why in state.left_out.items() if known != name}


def _file_found(state: RunState, lane: Lane, event: ev.FileFound) -> None:
    del lane
    _forget_fate(state, event.name)
    if event.content is not None:
        state.files[event.name] = event.digest or content_digest(event.content)
        if event.size:
            state.file_sizes = {**state.file_sizes, event.name: event.size}
        return
    state.files.pop(event.name, None)
    if event.left_out:
        state.left_out = {**state.left_out, event.name: event.left_out}


def content_digest(content: Value) -> str:
    """Return the SHA-256 by which the state knows a file's content."""
    return content.digest or sha256(content.raw).hexdigest()


HANDLERS: dict[str, Handler] = {
    ev.FileWritten.kind: _file_written,
    ev.FileFound.kind: _file_found,
    ev.ValueRead.kind: _value_read,
}
"""What each kind of event changes."""
