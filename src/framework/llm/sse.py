"""Server-sent events: from the bytes of a response to the data of its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STREAM_LIMIT = 32 * 1024 * 1024
"""Bytes one answer may have; a server that sends more is cut off."""


async def event_data(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Yield the ``data`` of each event; comments and other fields are left out.

    Raises:
        ProviderError: if the answer is larger than ``STREAM_LIMIT``.
    """
    rest = b""
    received = 0
    data: list[str] = []
    async for chunk in chunks:
        received += len(chunk)
        if received > STREAM_LIMIT:
            raise ProviderError(f"The model's answer passed {STREAM_LIMIT // 2**20} MiB and was cut off.")
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            text = line.decode("utf-8", errors="replace").rstrip("\r")
            if text.startswith("data:"):
                data.append(text.removeprefix("data:").removeprefix(" "))
            elif not text and data:
                yield "\n".join(data)
                data = []
    last = rest.decode("utf-8", errors="replace").strip()
    if last.startswith("data:"):
        data.append(last.removeprefix("data:").strip())
    if data:
        yield "\n".join(data)
