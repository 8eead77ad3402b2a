"""What nodes and tools print: kept for the journal, and still shown on the terminal.

While anything is captured, ``sys.stdout`` and ``sys.stderr`` are proxies that
give each text to the capture of the task or thread that writes it, so calls
that run at the same time do not mix.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from io import TextIOBase
from threading import Lock
from typing import TYPE_CHECKING, Any, TextIO, cast

from framework.model.events import LogWritten
from framework.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Generator

    from framework.journal.log import LaneLog

MAX_CAPTURED_CHARS = 20_000
"""Characters of one stream that one call or node leaves in the journal."""

STREAMS = ("stdout", "stderr")


class _Capture:
    """What was written in one place; writes after it is closed are shown only."""

    __slots__ = ("_is_closed", "_lengths", "_parts")

    def __init__(self) -> None:
        self._parts: dict[str, list[str]] = {stream: [] for stream in STREAMS}
        self._lengths: dict[str, int] = dict.fromkeys(STREAMS, 0)
        self._is_closed = False

    def take(self, stream: str, text: str) -> None:
        if self._is_closed:
            return
        room = MAX_CAPTURED_CHARS - self._lengths[stream]
        self._lengths[stream] += len(text)
        if room > 0:
            self._parts[stream].append(text[:room])

    def close(self) -> dict[str, str]:
        """Return the texts by stream, leaving out streams nothing was written to."""
        self._is_closed = True
        return {stream: self._text(stream) for stream in STREAMS if self._parts[stream]}

    def _text(self, stream: str) -> str:
        text = "".join(self._parts[stream]).encode("utf-8", "replace").decode()
        missing = self._lengths[stream] - MAX_CAPTURED_CHARS
        return text if missing <= 0 else f"{text}\n[{missing} more characters were not kept.]"


_current: ContextVar[_Capture | None] = ContextVar("framework_captured_output", default=None)


class _Proxy(TextIOBase):
    """A stream that shows what is written to it and gives it to the current capture."""

    def __init__(self, name: str, shown: TextIO) -> None:
        self._stream = name
        self.shown = shown

    def write(self, text: str) -> int:
        capture = _current.get()
        if capture is not None:
            capture.take(self._stream, text)
        return self.shown.write(text)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        self.shown.flush()

    def isatty(self) -> bool:
        return self.shown.isatty()

    def fileno(self) -> int:
        return self.shown.fileno()

    def __getattribute__(self, name: str) -> Any:
        # ``TextIOBase`` answers these itself, and with nothing.
        if name in {"encoding", "errors", "buffer", "newlines"}:
            return getattr(self.shown, name, None)
        return super().__getattribute__(name)


class _Proxies:
    """Stands the proxies in for the streams while anything is captured."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0

    def enter(self) -> None:
        with self._lock:
            self._users += 1
            for name in STREAMS:
                shown: object = getattr(sys, name)
                if shown is not None and not isinstance(shown, _Proxy):
                    setattr(sys, name, _Proxy(name, cast("TextIO", shown)))

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users:
                return
            for name in STREAMS:
                proxy: object = getattr(sys, name)
                if isinstance(proxy, _Proxy):
                    setattr(sys, name, proxy.shown)


_proxies = _Proxies()


@contextmanager
def output_recorded(log: LaneLog) -> Generator[None]:
    """Record in ``log`` what the block, and the threads it waits for, print."""
    capture = _Capture()
    token = _current.set(capture)
    _proxies.enter()
    try:
        yield
    finally:
        _proxies.leave()
        _current.reset(token)
        for stream, text in capture.close().items():
            log.record(LogWritten(stream=stream, text=Value.of(text)))
