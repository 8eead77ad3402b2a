"""Reads the body of an HTTP answer up to a size, however small it was packed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

from framework.errors import ToolError

if TYPE_CHECKING:
    import httpx

_EITHER_ZLIB_OR_GZIP = zlib.MAX_WBITS | 32
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})


async def read_body(response: httpx.Response, max_bytes: int) -> tuple[bytes, bool]:
    """Return the first ``max_bytes`` bytes, unpacked, and whether there were more.

    Never more than that is unpacked or held; what comes off the wire is bounded alike,
    so that a stream which unpacks to nothing ends too.

    Raises:
        ToolError: if the body is packed in another way than gzip, or broken.
    """
    unpacker = _unpacker(response.headers.get("content-encoding", ""))
    body, received = bytearray(), 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        body += unpacker.unpack(chunk, max_bytes + 1 - len(body))
        if len(body) > max_bytes or received > max_bytes:
            return bytes(body[:max_bytes]), True
    return bytes(body), False


class _Unpacker(Protocol):
    def unpack(self, chunk: bytes, room: int) -> bytes: ...


class _Plain:
    def unpack(self, chunk: bytes, room: int) -> bytes:
        return chunk[:room]


class _Zlib:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_EITHER_ZLIB_OR_GZIP)

    def unpack(self, chunk: bytes, room: int) -> bytes:
        if self._stream.eof:
            return b""
        try:
            return self._stream.decompress(chunk, room)
        except zlib.error as error:
            raise ToolError("The page is packed in a broken way; try another page.") from error


def _unpacker(encoding: str) -> _Unpacker:
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return _Plain()
    if name in _PACKED:
        return _Zlib()
    raise ToolError(f"The page is packed as {name[:40]!r}, which cannot be read; try another page.")
