"""Connections that give a server up that has fallen silent.

A server that is stopped, or that lies behind a network which swallows everything, ends no statement by its
time-out, and answers no wish to cancel one. So each wait has a timer here that shuts the socket down.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

if TYPE_CHECKING:
    from collections.abc import Generator

    from psycopg.abc import RV, PQGen
    from psycopg.pq.abc import PGconn

_LEAST_CONNECT_S = 2
_GRACE_S = 0.5
_INTERVAL_S = 0.1


OPTIONS: dict[str, Any] = {"prepare_threshold": None, "row_factory": dict_row, "client_encoding": "UTF8"}
"""How every connection is made: it leaves nothing behind in the server, whatever stands in between, and takes
every text, whatever the role or the database has set."""


class Guard:
    """What the connections of one pool have in common.

    Attributes:
        patience_s: how long a server may be silent; a little more than a statement may take there.
    """

    def __init__(self, statement_s: float) -> None:
        """Give up a server that does not even end a statement after ``statement_s``."""
        self.patience_s = statement_s + _GRACE_S
        self._is_closed = False
        self._coming: set[asyncio.Task[Any]] = set()

    @property
    def options(self) -> dict[str, Any]:
        """What ``GuardedConnection.connect`` takes."""
        connect_s = max(_LEAST_CONNECT_S, round(self.patience_s))
        return {"guard": self, "connect_timeout": connect_s, **OPTIONS}

    @contextmanager
    def coming(self) -> Generator[None]:
        """Let a connection come within the block, unless nobody wants it any more."""
        task = asyncio.current_task()
        if self._is_closed or task is None:
            raise psycopg.OperationalError("nobody waits for the connection any more")
        self._coming.add(task)
        try:
            yield
        finally:
            self._coming.discard(task)

    def close(self) -> None:
        """Give up the connections that are on their way."""
        self._is_closed = True
        for task in self._coming:
            task.cancel()


class GuardedConnection(AsyncConnection[DictRow]):
    """Waits for each answer as long as its guard says; then the server counts as gone.

    Attributes:
        guard: says how long.
        is_cut: whether the server was silent for too long.
    """

    def __init__(self, pgconn: PGconn) -> None:
        """Wait on ``pgconn``."""
        super().__init__(pgconn, dict_row)
        self.guard = Guard(0)
        self._timer: asyncio.TimerHandle | None = None
        self._ends_at: float | None = None
        self.is_cut = False

    @classmethod
    async def connect(cls, conninfo: str = "", *, guard: Guard, **options: Any) -> Self:  # pyright: ignore[reportIncompatibleMethodOverride]  (only a pool of ours calls it)
        """Connect, under ``guard`` from the start.

        Raises:
            OperationalError: if the server is out of reach, or silent.
        """
        with guard.coming():
            made = await super().connect(conninfo, **options)
        made.guard = guard
        return made

    def end_by(self, seconds: float | None) -> None:
        """Wait for nothing longer than ``seconds`` from now; None lifts that."""
        self._ends_at = None if seconds is None else asyncio.get_running_loop().time() + seconds

    async def wait(
        self,
        gen: PQGen[RV],
        interval: float = _INTERVAL_S,
        timeout: float | None = None,  # noqa: ASYNC109  (as psycopg has it)
    ) -> RV:
        """Wait for an answer.

        Raises:
            OperationalError: if the server is gone, or silent.
        """
        self._cut_after(self._left_s())
        try:
            return await super().wait(gen, interval, timeout)
        except psycopg.OperationalError as error:
            if self.is_cut:
                raise psycopg.OperationalError("it has fallen silent") from error
            raise
        finally:
            self._stop_timer()

    async def cancel_safe(self, *, timeout: float = _GRACE_S) -> None:  # noqa: ASYNC109  (as psycopg has it)
        """Ask the server to end a statement; what follows, the end of the transaction too, has a moment."""
        self.end_by(_GRACE_S)
        self._cut_after(_GRACE_S)
        await super().cancel_safe(timeout=min(timeout, _GRACE_S))

    def _left_s(self) -> float:
        if self._ends_at is None:
            return self.guard.patience_s
        return max(0.0, min(self._ends_at - asyncio.get_running_loop().time(), self.guard.patience_s))

    def _cut_after(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._cut)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _cut(self) -> None:
        """Shut the socket down, so that whoever waits learns of it; libpq closes its own."""
        if self.closed:
            return
        if self._has_answer():  # It was this process that was held up.
            self._cut_after(_GRACE_S)
            return
        self.is_cut = True
        with socket.socket(fileno=os.dup(self.pgconn.socket)) as line, suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    def _has_answer(self) -> bool:
        found = select.poll()
        found.register(self.pgconn.socket, select.POLLIN)
        return bool(found.poll(0))
