"""What is seen of an answer on its way in: whether it is one, how large it is, how it starts and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import httpx2

from framework.credentials import has_user
from framework.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANSWER_LIMIT = 32 * 1024 * 1024
"""Bytes one answer may have; a service that sends more is cut off."""

START_LIMIT = 4096
_REDIRECTS = range(300, 400)
_MAX_SHOWN_CHARS = 200
_MARKS = (b"\ndata: [DONE]", b"\ndata:[DONE]")
_LONGEST_MARK = max(map(len, _MARKS))


class Watch:
    """Watches one answer; ``watch`` is a hook of the HTTP client for responses.

    Attributes:
        failure: why the answer was not read, or not to its end; None while nothing is wrong.
        start: the first bytes of the answer.
        has_end: whether the end of the stream was marked, as some protocols do.
    """

    def __init__(self, *, limit: int = ANSWER_LIMIT) -> None:
        """Let pass ``limit`` bytes."""
        self.limit = limit
        self.failure: ProviderError | None = None
        self.start = b""
        self.has_end = False
        self._received = 0
        self._tail = b"\n"

    async def watch(self, response: Any) -> None:
        """Look at the bytes of ``response`` as they are read.

        Raises:
            ProviderError: if it sends elsewhere, or its bytes are packed and could be any number.
        """
        self.failure = _refusal(response)
        if self.failure is not None:
            raise self.failure
        response.stream = _WatchedBytes(response.stream, self)

    def see(self, piece: bytes) -> None:
        """Note one piece.

        Raises:
            ProviderError: if the answer has become too large.
        """
        self._received += len(piece)
        self.start += piece[: START_LIMIT - len(self.start)]
        if self._received > self.limit:
            self.failure = ProviderError(
                f"The model's answer passed {self.limit // 2**20} MiB and was cut off."
            )
            raise self.failure
        self._tail += piece
        self.has_end = self.has_end or any(mark in self._tail for mark in _MARKS)
        self._tail = self._tail[-_LONGEST_MARK:]

    @property
    def is_stream(self) -> bool:
        """Whether the answer starts like a stream of events."""
        return self.start.lstrip().startswith((b"data:", b"event:", b"id:", b"retry:", b":"))


def _refusal(response: Any) -> ProviderError | None:
    """Return why an answer is not read: it sends elsewhere, or is packed although it was asked not to be."""
    status = response.status_code
    if status in _REDIRECTS:
        return ProviderError(
            f"The model's service sends to another address (HTTP {status}), and the key is sent to none but "
            f"its own; give the address it moved to.{_moved_to(response.headers.get('location', ''))}",
            status=status,
        )
    if response.headers.get("content-encoding", "identity") != "identity":
        return ProviderError(
            "The model's service packed its answer, although it was asked not to, so that its size cannot be "
            "bounded; turn compression off at the address."
        )
    return None


def _moved_to(location: str) -> str:
    shown = location.partition("?")[0][:_MAX_SHOWN_CHARS]
    return f" It says: {shown!r}" if shown and not has_user(location) else ""


class _WatchedBytes(httpx.AsyncByteStream, httpx2.AsyncByteStream):
    """The bytes of a response, for the clients of both libraries that the services' own libraries use."""

    def __init__(self, source: Any, watch: Watch) -> None:
        self._source = source
        self._watch = watch

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._source:
            self._watch.see(piece)
            yield piece

    async def aclose(self) -> None:
        await self._source.aclose()
