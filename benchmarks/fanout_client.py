"""Many WebSockets in a process of their own, which count what comes and how old it is.

Usage: python fanout_client.py ADDRESS COUNT HEADERS(JSON)

Prints ``ready`` when all are subscribed, then answers each line of its input: a number of events, once so
many have come to all together, by the time of the last; ``ages`` by the ages of all since the last such line.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SENT = re.compile(rb"sent at ([0-9.]+)")
_LONG, _LONGEST = 126, 127
_PING, _PONG = 0x89, 0x8A


@dataclass
class Tally:
    """What all have got."""

    open: int = 0
    events: int = 0
    ages: list[float] = field(default_factory=list)
    last: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Client(asyncio.Protocol):
    """Opens one WebSocket, and reads frames as servers send them: unmasked."""

    def __init__(self, tally: Tally, request: bytes) -> None:
        self._tally = tally
        self._request = request
        self._buffer = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._is_open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head.split(b"\r\n")[0], head
            self._is_open, self._buffer = True, rest
        while (end := self._frame_end()) is not None:
            self._take(self._buffer[:end])
            self._buffer = self._buffer[end:]

    def _frame_end(self) -> int | None:
        if len(self._buffer) < 2:
            return None
        length, start = self._buffer[1], 2
        if length == _LONG:
            length, start = int.from_bytes(self._buffer[2:4], "big"), 4
        elif length == _LONGEST:
            length, start = int.from_bytes(self._buffer[2:10], "big"), 10
        return start + length if len(self._buffer) >= start + length else None

    def _take(self, frame: bytes) -> None:
        if frame[0] == _PING:
            # Masked with zeros, which change nothing.
            self._transport.write(bytes([_PONG, 0x80 | len(frame) - 2]) + bytes(4) + frame[2:])
        if b"subscribed" in frame:
            self._tally.open += 1
            self._tally.changed.set()
        now = time.time()
        ages = [now - float(sent) for sent in SENT.findall(frame)]
        if ages:
            self._tally.events += len(ages)
            self._tally.ages += ages
            self._tally.last = now
            self._tally.changed.set()


async def until(tally: Tally, count: int, of: str) -> None:
    """Wait until so many were counted."""
    while getattr(tally, of) < count:
        tally.changed.clear()
        await tally.changed.wait()


async def main(address: str, count: int, headers: dict[str, str]) -> None:
    """Open the sockets, and answer lines."""
    parts = urlsplit(address)
    fields = {
        "Host": parts.netloc, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", **headers,
    }  # fmt: skip
    lines = [
        f"GET {parts.path}?{parts.query} HTTP/1.1",
        *(f"{name}: {value}" for name, value in fields.items()),
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    loop, tally = asyncio.get_running_loop(), Tally()
    for number in range(1, count + 1):
        await loop.create_connection(lambda: Client(tally, request), parts.hostname, parts.port)
        await until(tally, number, "open")
    print("ready", flush=True)
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if line == "ages":
            print(json.dumps(tally.ages), flush=True)
            tally.ages.clear()
        else:
            await until(tally, int(line), "events")
            print(tally.last, flush=True)
            tally.events -= int(line)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])))
