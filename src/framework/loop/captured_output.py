"""What nodes and tools print: kept for the journal, and still shown on the terminal, both without secrets.

While a run is under way, ``sys.stdout`` and ``sys.stderr`` are proxies that
give each text to the capture of the task or thread that writes it, so calls
that run at the same time do not mix. Every node passes here: it is kept cheap.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar, Token
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from framework.credentials.base import MIN_CHARS
from framework.credentials.tracked import NO_CREDENTIALS, TrackedCredentials
from framework.model.events import LogWritten
from framework.model.value import Value

if TYPE_CHECKING:
    from framework.journal.log import LaneLog

MAX_CAPTURED_CHARS = 20_000
"""Characters that one call or node leaves in the journal, of both streams together."""

STREAMS = ("stdout", "stderr")

_current: ContextVar[OutputRecorded | None] = ContextVar("framework_captured_output", default=None)


class _Proxy:
    """A stream that gives what is written to it to the current capture, and shows it without secrets.

    A secret is found where one ``write`` holds it whole, as one ``print`` of a text does.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.shown: Any = None

    def write(self, text: str) -> int:
        capture = _current.get()
        if capture is None:
            return self.shown.write(text)
        capture.take(self._name, text)
        self.shown.write(capture.showable(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.shown, name)


class _Proxies:
    """Stand in for the streams while any run is under way."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._stdout, self._stderr = (_Proxy(name) for name in STREAMS)

    def __enter__(self) -> None:
        with self._lock:
            self._users += 1
            if self._users > 1:
                return
            if sys.stdout not in {None, self._stdout}:
                self._stdout.shown, sys.stdout = sys.stdout, self._stdout
            if sys.stderr not in {None, self._stderr}:
                self._stderr.shown, sys.stderr = sys.stderr, self._stderr

    def __exit__(self, *failure: object) -> None:
        with self._lock:
            self._users -= 1
            if self._users:
                return
            if sys.stdout is self._stdout:
                sys.stdout = self._stdout.shown
            if sys.stderr is self._stderr:
                sys.stderr = self._stderr.shown


_proxies = _Proxies()


def capturing() -> _Proxies:
    """Let ``OutputRecorded`` see inside a ``with`` block, which is a whole run, what is printed."""
    return _proxies


class OutputRecorded:
    """Records in a log what a ``with`` block, and the threads it waits for, print while ``capturing``."""

    __slots__ = ("_credentials", "_length", "_log", "_parts", "_token")

    def __init__(self, log: LaneLog, credentials: TrackedCredentials = NO_CREDENTIALS) -> None:
        """Record in ``log`` when the block ends, without any secret."""
        self._log = log
        self._credentials = credentials
        self._parts: list[tuple[str, str]] | None = []
        self._length = 0
        self._token: Token[OutputRecorded | None] | None = None

    def take(self, stream: str, text: str) -> None:
        """Keep a text; one that comes after the end, from an abandoned thread, is not kept."""
        if self._parts is None:
            return
        room = MAX_CAPTURED_CHARS - self._length
        self._length += len(text)
        if 0 < room < len(text):  # Half of a credential would not be found later.
            text = self._credentials.failure_text(text)
        if room > 0:
            self._parts.append((stream, text[:room]))

    def showable(self, text: str) -> str:
        """Return a text as it may be shown."""
        return text if len(text) < MIN_CHARS else self._credentials.failure_text(text)

    def __enter__(self) -> Self:
        """Begin to keep what is printed."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *failure: object) -> None:
        """Record what was printed, if anything was."""
        if self._token is not None:
            _current.reset(self._token)
        parts, self._parts = self._parts, None
        if parts:
            self._record(parts)

    def _record(self, parts: list[tuple[str, str]]) -> None:
        missing = self._length - MAX_CAPTURED_CHARS
        if missing > 0:
            parts.append((parts[-1][0], f"\n[{missing} more characters were not kept.]"))
        for stream in STREAMS:
            text = "".join(part for name, part in parts if name == stream)
            if text:
                kept = self._credentials.failure_text(text).encode("utf-8", "replace").decode()
                self._log.record(LogWritten(stream=stream, text=Value.of(kept)))
