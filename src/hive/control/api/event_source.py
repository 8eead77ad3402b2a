"""A stream as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from hive.control.services.endings import end

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import Receive, Scope, Send

    from hive.control.api.parts import Parts
    from hive.control.domain.live import Channel
    from hive.control.domain.principal import Person
    from hive.control.services.live_rooms import Follower

MEDIA_TYPE = "text/event-stream"

SILENCE_S = 15.0
"""Seconds after which a comment shows that the connection lives."""

_GOODBYE_S = 0.5
_GONE = "gone"


class EventSource(Response):
    """Sends a stream until the client goes, its token counts no more, or the server ends."""

    media_type = MEDIA_TYPE

    def __init__(self, parts: Parts, person: Person, channel: Channel, since: int | None) -> None:
        """Follow ``channel`` for ``person``, after ``since`` or from now on."""
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._parts = parts
        self._person = person
        self._channel = channel
        self._since = since

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it.

        Raises:
            UnavailableError: before anything is sent, if the database is out of reach.
        """
        del scope
        ended = asyncio.Event()
        with self._parts.standing.watched(self._person, ended.set):
            async with self._parts.live.follow(self._channel, self._since) as follower:
                head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
                await send(head)
                reason = await _first_of(
                    self._send_all(follower, send),
                    _closed(receive),
                    _said(ended, "The access token counts no more; ask again with another."),
                    _said(self._parts.readiness.ending, "The server ends; ask again."),
                )
        if reason != _GONE:
            last = {"type": "end", "error": reason, "cursor": str(follower.cursor)}
            with suppress(TimeoutError):  # Who does not read is left without.
                async with asyncio.timeout(_GOODBYE_S):
                    await send({"type": "http.response.body", "body": _event("end", last)})

    async def _send_all(self, follower: Follower, send: Send) -> str:
        welcome = {
            "type": "subscribed",
            "stream": self._channel.stream,
            "teamId": self._channel.team_id,
            "cursor": str(follower.cursor),
        }
        await _more(send, f"id: {follower.cursor}\n".encode() + _event("subscribed", welcome))
        while True:
            try:
                async with asyncio.timeout(SILENCE_S):
                    entry = await follower.next()
            except TimeoutError:
                await _more(send, b": still here\n\n")
            else:
                await _more(send, entry.server_sent)


def _event(name: str, message: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(message))


async def _more(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _closed(receive: Receive) -> str:
    while (await receive())["type"] != "http.disconnect":
        pass
    return _GONE


async def _said(event: asyncio.Event, reason: str) -> str:
    await event.wait()
    return reason


async def _first_of(*works: Coroutine[Any, Any, str]) -> str:
    """Return what the first of these returns, and end the others."""
    tasks = [asyncio.create_task(work, name="event-source") for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        await end(tasks)
