"""What is seen of an answer on its way in: how large it is, how it starts, whether its end was marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import httpx2

from framework.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANSWER_LIMIT = 32 * 1024 * 1024
"""Bytes one answer may have; a service that sends more is cut off."""

START_LIMIT = 4096
_MARKS = (b"\ndata: [DONE]", b"\ndata:[DONE]")
_LONGEST_MARK = max(map(len, _MARKS))


class Watch:
    """Watches one answer; ``watch`` is a hook of the HTTP client for responses.

    Attributes:
        is_too_large: whether the answer was cut off for its size.
        start: the first bytes of the answer.
        has_end: whether the end of the stream was marked, as some protocols do.
    """

    def __init__(self, *, limit: int = ANSWER_LIMIT) -> None:
        """Let pass ``limit`` bytes."""
        self.limit = limit
        self.is_too_large = False
        self.start = b""
        self.has_end = False
        self._received = 0
        self._tail = b"\n"

    async def watch(self, response: Any) -> None:
        """Look at the bytes of ``response`` as they are read."""
        response.stream = _WatchedBytes(response.stream, self)

    def see(self, piece: bytes) -> None:
        """Note one piece.

        Raises:
            ProviderError: if the answer has become too large.
        """
        self._received += len(piece)
        self.start += piece[: START_LIMIT - len(self.start)]
        if self._received > self.limit:
            self.is_too_large = True
            raise self.too_large()
        self._tail += piece
        self.has_end = self.has_end or any(mark in self._tail for mark in _MARKS)
        self._tail = self._tail[-_LONGEST_MARK:]

    @property
    def is_stream(self) -> bool:
        """Whether the answer starts like a stream of events."""
        return self.start.lstrip().startswith((b"data:", b"event:", b"id:", b"retry:", b":"))

    def too_large(self) -> ProviderError:
        """Return the error that says so."""
        return ProviderError(f"The model's answer passed {self.limit // 2**20} MiB and was cut off.")


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
