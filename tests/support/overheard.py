"""Whatever callers are told over sockets and event streams, kept as it comes."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.control import bearer
from tests.support.control_sockets import Io, io, raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from hive.control.domain.live import Stream
    from tests.support.control_sockets import Raw

PATH = "/v1/logs/stream"
PATIENCE_S = 300
Opening = tuple[str, str, dict[str, str]]
"""Who opens something, by their token, and the ids of others that they name."""


class Overheard:
    """What one caller is told.

    Attributes:
        owner: the name of the caller's team.
        streams: what they follow, and so must hear something of.
        heard: what they were told, as text.
    """

    def __init__(self, owner: str, streams: set[Stream], socket: Raw | Io | None = None) -> None:
        """Keep what ``owner`` is told."""
        self.owner = owner
        self.streams = streams
        self.heard: list[str] = []
        self._socket = socket
        self._from = 0

    async def say(self, message: dict[str, Any]) -> None:
        """Say something over the socket."""
        assert self._socket is not None
        await self._socket.say(message)

    async def say_by_name(self, name: str, message: dict[str, Any]) -> None:
        """Say something under a name: that of the event in Socket.IO, or else a type."""
        if isinstance(self._socket, Io):
            await self._socket.say(message, name)
        else:
            await self.say({**message, "type": name})

    def listen_anew(self) -> None:
        """Let only what comes from now on count as heard of a stream."""
        self._from = len(self.heard)

    def misses(self) -> set[Stream]:
        """Return the streams of which nothing of the caller's own team came."""
        late = self.heard[self._from :]
        return {
            each for each in self.streams
            if not any(f"{each}-batch" in said and self.owner in said for said in late)
        }  # fmt: skip


class Listeners:
    """Callers who are all listened for at once."""

    def __init__(self, url: str) -> None:
        """Let callers ask the server at ``url``."""
        self.all: list[Overheard] = []
        self._url = url
        self._tasks: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()

    async def socket(self, owner: str, token: str, headers: dict[str, str], *, is_io: bool) -> Overheard:
        """Open a socket that follows nothing yet."""
        opening = io(self._url, token, headers) if is_io else raw(self._url, {**bearer(token), **headers})
        socket = await self._stack.enter_async_context(opening)
        found = Overheard(owner, set(), socket)
        self._keep(found, _messages(found, socket.next))
        return found

    async def stream_socket(self, stream: Stream, opening: Opening) -> None:
        """Open the WebSocket of a stream."""
        owner, token, ids = opening
        address = f"{PATH}?{httpx.QueryParams({'stream': stream, **ids})}"
        socket = await self._stack.enter_async_context(raw(self._url, bearer(token), address))
        found = Overheard(owner, {stream}, socket)
        self._keep(found, _messages(found, socket.next))

    async def event_source(self, stream: Stream, opening: Opening) -> None:
        """Open the server-sent events of a stream."""
        owner, token, ids = opening
        client = await self._stack.enter_async_context(httpx.AsyncClient(base_url=self._url, timeout=None))
        headers = {**bearer(token), "Accept": "text/event-stream"}
        asked = client.stream("GET", PATH, headers=headers, params={"stream": stream, **ids})
        answer = await self._stack.enter_async_context(asked)
        assert answer.status_code == 200
        found = Overheard(owner, {stream})
        self._keep(found, _lines(found, answer))

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; meanwhile nobody may be shut out."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                assert not [task for task in self._tasks if task.done()]
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Listen no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def _keep(self, found: Overheard, listening: Coroutine[Any, Any, None]) -> None:
        self.all.append(found)
        self._tasks.append(asyncio.create_task(listening))


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Listeners]:
    """Give listeners of the server at ``url``."""
    found = Listeners(url)
    try:
        yield found
    finally:
        await found.close()


async def _messages(found: Overheard, next_of: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    while True:
        with suppress(TimeoutError):
            found.heard.append(json.dumps(await next_of()))


async def _lines(found: Overheard, answer: httpx.Response) -> None:
    async for line in answer.aiter_lines():
        found.heard.append(line)
