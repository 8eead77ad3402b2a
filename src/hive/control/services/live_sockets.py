"""The streams that sockets follow."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from hive.control.domain.live import Channel, Entry, Stream
from hive.control.services.connections import Connection, Frame
from hive.control.services.endings import end
from hive.errors import UnavailableError

if TYPE_CHECKING:
    import asyncio

    from hive.control.services.live import LiveStreams


class LiveSockets:
    """Lets each socket follow each stream of its team once."""

    def __init__(self, live: LiveStreams) -> None:
        """Follow ``live``."""
        self._live = live
        self._tasks: dict[tuple[Connection, Stream], asyncio.Task[None]] = {}
        self._frames: WeakKeyDictionary[Entry, Frame] = WeakKeyDictionary()

    async def begin(self, connection: Connection, stream: Stream, since: int | None) -> None:
        """Let a socket follow a stream, after ``since`` or from now on, and no longer where it was before."""
        await self.end(connection, stream)
        channel = Channel(connection.principal.team_id, stream)
        task = connection.start(self._serve(connection, channel, since), "live-follower")
        self._tasks[connection, stream] = task
        task.add_done_callback(lambda done: self._forget(connection, stream, done))

    async def end(self, connection: Connection, stream: Stream) -> None:
        """Let a socket follow a stream no more; nothing of it comes afterwards."""
        while (task := self._tasks.get((connection, stream))) is not None:
            await end([task])

    async def _serve(self, connection: Connection, channel: Channel, since: int | None) -> None:
        try:
            async with self._live.follow(channel, since) as follower:
                welcome = {
                    "type": "subscribed",
                    "stream": channel.stream,
                    "teamId": channel.team_id,
                    "cursor": str(follower.cursor),
                }
                await connection.send(Frame(welcome))
                follower.sink = lambda entry: connection.send_now(self._frame(entry))
                while True:
                    await connection.send(self._frame(await follower.next()))
        except UnavailableError as error:
            connection.push(Frame({"type": "error", "error": str(error)}))

    def _frame(self, entry: Entry) -> Frame:
        """Return the message of an entry, the same for all sockets."""
        frame = self._frames.get(entry)
        if frame is None:
            frame = self._frames[entry] = Frame(entry.text.encode())
        return frame

    def _forget(self, connection: Connection, stream: Stream, task: asyncio.Task[None]) -> None:
        if self._tasks.get((connection, stream)) is task:
            del self._tasks[connection, stream]
