"""The live sockets of this process: who is at the other end, and what waits to be sent there."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import orjson

from hive.control.services.endings import end
from hive.errors import TooManyRequestsError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection

    from hive.control.domain.ids import TeamId
    from hive.control.domain.principal import Principal

MOST = 5000
"""Sockets of a process; one more is asked to come again."""

MOST_OF_TEAM = 2500
"""Sockets of a team in a process, so that no team takes the place of all others."""

MOST_WAITING = 64
"""Messages that wait for a client to read; with one more it is closed."""

MOST_HEARD = 64
"""Messages of one client that are worked on at the same time; the next waits in its connection."""

FIRST_S = 2.0
"""Seconds for which other messages wait for what a client is sent first."""

LAST_PATIENCE_S = 30.0
"""Seconds that a message may still be worked on after its client left."""

_RETRY_S = 30
_log = logging.getLogger("hive.control")

Written = TypeVar("Written", str, bytes)
Form = Callable[[str], Written]
"""How a transport wraps the JSON of a message."""


class Frame:
    """A message to clients; however many get it, it is written once for each transport."""

    __slots__ = ("_forms", "_text")

    def __init__(self, message: Mapping[str, Any] | bytes) -> None:
        """Write a message, unless it is JSON already."""
        self._text = (message if isinstance(message, bytes) else orjson.dumps(message)).decode()
        self._forms: dict[Callable[[str], Any], Any] = {}

    def written(self, form: Form[Written]) -> Written:
        """Return the message as a transport sends it."""
        found = self._forms.get(form)
        if found is None:
            found = self._forms[form] = form(self._text)
        return found


class Ending(NamedTuple):
    """Why a socket is closed.

    Attributes:
        code: of the WebSocket protocol.
        is_final: whether the client should not come back by itself.
    """

    code: int
    reason: str
    is_final: bool = False


NO_LONGER_COUNTS = Ending(1008, "The credential no longer counts.", is_final=True)
TOO_SLOW = Ending(1013, "The client reads too slowly.")


class Link(Protocol):
    """A transport to one client."""

    async def deliver(self, frame: Frame) -> None:
        """Send a message, and wait until the transport took it.

        Raises:
            ConnectionError: if the client is gone, or reads too slowly.
        """
        ...

    def deliver_now(self, frame: Frame) -> bool:
        """Send a message if the transport can take it at once, and return whether it did."""
        ...

    def end(self, ending: Ending) -> None:
        """Close; what follows is neither sent nor heard."""
        ...


class Connection:
    """A client that proved who it is.

    Attributes:
        principal: who it is.
        sdk_instance_id: the process at the other end, empty until it is known.
        agent_name: the agent that runs there, empty until it is known.
        on_close: called once when it ends, whatever ends it.
    """

    def __init__(self, principal: Principal, link: Link, sdk_instance_id: str = "") -> None:
        """Send through ``link``."""
        self.principal = principal
        self.sdk_instance_id = sdk_instance_id
        self.agent_name = ""
        self.on_close: list[Callable[[], None]] = []
        self._turns = asyncio.Semaphore(MOST_HEARD)
        self._link = link
        self._waiting: asyncio.Queue[Frame] = asyncio.Queue(MOST_WAITING)
        self._is_idle = True
        self._first: asyncio.Future[Frame] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._lasting: set[asyncio.Task[None]] = set()
        self.start(self._write(), "socket-writer")

    def hold(self) -> None:
        """Send nothing before :meth:`greet`, or before a while has passed in vain; call this at once."""
        self._is_idle = False
        self._first = asyncio.get_running_loop().create_future()

    def greet(self, frame: Frame) -> None:
        """Send what comes first, or in its turn if it comes too late for that."""
        if self._first is None or self._first.done():
            self.push(frame)
        else:
            self._first.set_result(frame)

    async def greeted(self, within_s: float) -> None:
        """Wait until there is something to send first, or until this has passed."""
        if self._first is not None:
            await asyncio.wait([self._first], timeout=within_s)

    def push(self, frame: Frame) -> None:
        """Send a message without waiting; a client that lets too many wait is closed."""
        try:
            self._waiting.put_nowait(frame)
        except asyncio.QueueFull:
            self.close(TOO_SLOW)

    async def send(self, frame: Frame) -> None:
        """Send a message, and wait until the transport took it, for senders that bound what waits."""
        await self._waiting.put(frame)
        await self._waiting.join()

    def send_now(self, frame: Frame) -> bool:
        """Send a message if none waits before it and the transport can take it; return whether it did."""
        return self._is_idle and self._waiting.empty() and self._link.deliver_now(frame)

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Do ``work`` as long as the connection lasts; the task may be cancelled sooner."""
        task = asyncio.create_task(work, name=name)
        self._keep(task, self._tasks)
        return task

    async def hear(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` on a message, to its end even if the client leaves; waits while there are too many."""
        await self._turns.acquire()
        task = asyncio.create_task(work, name="socket-message")
        task.add_done_callback(lambda _: self._turns.release())
        self._keep(task, self._lasting)

    def close(self, ending: Ending) -> None:
        """Close the connection."""
        self._link.end(ending)

    async def finish(self) -> None:
        """End what was started, once all that came is dealt with; the transport is gone."""
        for tell in self.on_close:
            tell()
        if self._lasting:
            await asyncio.wait(self._lasting, timeout=LAST_PATIENCE_S)
        await end(self._tasks | self._lasting)

    async def _write(self) -> None:
        try:
            if self._first is not None:
                await self._write_first(self._first)
            while True:
                self._is_idle = True
                frame = await self._waiting.get()
                self._is_idle = False
                await self._link.deliver(frame)
                self._waiting.task_done()
        except ConnectionError:
            return  # The transport ends the connection.

    async def _write_first(self, first: asyncio.Future[Frame]) -> None:
        try:
            async with asyncio.timeout(FIRST_S):
                frame = await first
        except TimeoutError:
            return
        await self._link.deliver(frame)

    def _keep(self, task: asyncio.Task[None], among: set[asyncio.Task[None]]) -> None:
        among.add(task)
        task.add_done_callback(among.discard)
        task.add_done_callback(_tell_fault)


def _tell_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        _log.error("socket_task_failed", exc_info=fault, extra={"task": task.get_name()})


class Connections:
    """All of them in this process.

    Attributes:
        on_open: told of each new one.
    """

    def __init__(self, most: int = MOST, most_of_team: int = MOST_OF_TEAM) -> None:
        """Take so many at the same time."""
        self.on_open: list[Callable[[Connection], None]] = []
        self._most = most
        self._most_of_team = most_of_team
        self._by_team: dict[TeamId, set[Connection]] = defaultdict(set)
        self._count = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def of_team(self, team_id: TeamId) -> Collection[Connection]:
        """Return those of a team, as they are now."""
        return tuple(self._by_team.get(team_id, ()))

    def teams(self) -> Collection[TeamId]:
        """Return the teams that have any."""
        return tuple(self._by_team)

    def everyone(self) -> Collection[Connection]:
        """Return all of them, as they are now."""
        return tuple(each for found in self._by_team.values() for each in found)

    @asynccontextmanager
    async def opened(
        self, principal: Principal, link: Link, sdk_instance_id: str = ""
    ) -> AsyncGenerator[Connection]:
        """Give a connection that is one of these until the block ends.

        Raises:
            TooManyRequestsError: if there are too many.
        """
        team_id = principal.team_id
        if self._count >= self._most or len(self._by_team.get(team_id, ())) >= self._most_of_team:
            raise TooManyRequestsError("Too many sockets are open; come again.", retry_after_s=_RETRY_S)
        connection = Connection(principal, link, sdk_instance_id)
        self._by_team[team_id].add(connection)
        self._count += 1
        try:
            for tell in self.on_open:
                tell(connection)
            yield connection
        finally:
            self._count -= 1
            self._by_team[team_id].discard(connection)
            if not self._by_team[team_id]:
                del self._by_team[team_id]
            await connection.finish()
