"""Sessions: what the runs of one entry point hand on to each other."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import orjson

from framework.durable_file import locked, replace_file
from framework.errors import JournalCorruptError, JournalWriteError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from framework.model.graph import GraphSpec

_log = logging.getLogger("framework.runtime")

MAX_MEMORY_BYTES = 1_000_000
"""Size of one session's memory as JSON; what would pass it is not remembered."""

_FILE = "memory.json"
_LOCK_WAIT_S = 1.0


def handed_on(graph: GraphSpec) -> frozenset[str]:
    """Return the keys a session remembers: those that some node writes and some node reads."""
    written = {key for node in graph.nodes for key in node.output_keys}
    read = {key for node in graph.nodes for key in node.input_keys}
    return frozenset(written & read)


class Session:
    """The memory that runs share; kept in a file when the runs are.

    A run finds it in its input, so its own journal says what it saw.

    Attributes:
        id: also the name of its folder.
    """

    def __init__(self, session_id: str, folder: Path | None = None) -> None:
        """Remember what ``folder`` holds.

        Raises:
            JournalCorruptError: if the stored memory does not read back.
        """
        self.id = session_id
        self._file = folder / _FILE if folder is not None else None
        self._memory = self._stored()

    def memory(self) -> dict[str, Any]:
        """Return the values that finished runs wrote."""
        return dict(self._memory)

    def remember(self, given: Mapping[str, Any], output: Mapping[str, Any], keys: Collection[str]) -> None:
        """Take over what a run wrote: the values under ``keys`` that its input did not hold already.

        Raises:
            JournalWriteError: if the memory cannot be stored.
            JournalCorruptError: if what is stored does not read back.
        """
        changed = {
            key: output[key]
            for key in keys
            if key in output and (key not in given or given[key] != output[key])
        }
        if not changed:
            return
        if self._file is None:
            self._memory = self._joined(self._memory, changed)
            return
        try:
            with locked(self._file.with_suffix(".lock"), wait_s=_LOCK_WAIT_S):
                # Another process may have remembered something since this one read.
                stored = self._stored()
                self._memory = self._joined(stored, changed)
                if self._memory is not stored:
                    replace_file(self._file, orjson.dumps(self._memory))
        except OSError as error:
            raise JournalWriteError(
                f"The memory of session {self.id!r} could not be written to {str(self._file)!r}: "
                f"{error.strerror}."
            ) from error

    def _joined(self, memory: dict[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``memory`` with what changed; ``memory`` itself if that would be too large."""
        joined = {**memory, **changed}
        if len(orjson.dumps(joined)) <= MAX_MEMORY_BYTES:
            return joined
        _log.warning("session_memory_full", extra={"session": self.id, "keys": sorted(changed)})
        return memory

    def _stored(self) -> dict[str, Any]:
        if self._file is None or not self._file.is_file():
            return {}
        try:
            content: object = orjson.loads(self._file.read_bytes())
        except ValueError as error:
            raise JournalCorruptError(
                f"The memory of session {self.id!r} in {str(self._file)!r} does not read back; "
                "restore it or remove it."
            ) from error
        return cast("dict[str, Any]", content) if isinstance(content, dict) else {}
