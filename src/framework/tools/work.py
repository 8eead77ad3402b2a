"""Pieces of work that may be cut off, and the programs that were started in each.

A run, a branch, an attempt of a node and a call are pieces of work, each within
the one before. A program belongs to the innermost work of the task or thread
that starts it. Its environment bears the mark of that work, so that it is found
again when the process that started it is gone.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import contextmanager
from contextvars import ContextVar, Token
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator
    from multiprocessing.pool import Pool

    from psutil import Process

VARIABLE = "HIVE_WORK"
"""The variable of a program's environment that says to which works it belongs."""

_FEWEST_LOOKED_THROUGH = 64

_naming = Lock()


class Work:
    """One piece of work.

    Attributes:
        outer: the work that it is a part of, None for a whole.
        is_cut_off: whether it was cut off; no program is started in it after that.
        has_started: whether a program was ever about to be started in it.
        end_by: when its programs had to be gone, on the monotonic clock, as a part of it was cut off.
    """

    __slots__ = ("_mark", "end_by", "has_started", "is_cut_off", "outer")

    def __init__(self, outer: Work | None) -> None:
        """Begin a part of ``outer``."""
        self.outer = outer
        self.is_cut_off = False
        self.has_started = False
        self.end_by = 0.0
        self._mark = ""

    @property
    def mark(self) -> str:
        """What its programs bear: the mark of ``outer``, a dot, and a name of its own."""
        if not self._mark:
            before = f"{self.outer.mark}." if self.outer is not None else ""
            with _naming:
                self._mark = self._mark or before + secrets.token_hex(8)
        return self._mark

    def chain(self) -> Iterator[Work]:
        """Give this work and all that it is a part of, from the inside out."""
        work: Work | None = self
        while work is not None:
            yield work
            work = work.outer

    def is_within(self, works: Collection[Work]) -> bool:
        """Whether it is one of ``works``, or a part of one."""
        return any(each in works for each in self.chain())


_current: ContextVar[Work | None] = ContextVar("framework_work", default=None)
_starting: list[Work] = []
_programs: dict[int, tuple[Work, Process]] = {}
_pools: WeakKeyDictionary[Pool, Work] = WeakKeyDictionary()


def current_work() -> Work | None:
    """Return the work that this task or thread is at, None if it is at none."""
    return _current.get()


def enter_work(work: Work | None) -> Token[Work | None]:
    """Be at ``work``, or at none, until ``leave_work`` gets what this gives."""
    return _current.set(work)


def leave_work(token: Token[Work | None]) -> None:
    """Be where one was before ``enter_work``."""
    _current.reset(token)


@contextmanager
def at_work(work: Work | None) -> Generator[None]:
    """Be at ``work`` inside the block; None stands for none."""
    token = enter_work(work)
    try:
        yield
    finally:
        leave_work(token)


@contextmanager
def starting(work: Work) -> Generator[None]:
    """Start a program of ``work`` inside the block.

    Raises:
        CancelledError: if the work was cut off. It passes by ``except Exception``, so that a thread that
            cannot be stopped ends by itself.
    """
    for each in work.chain():
        each.has_started = True
    _starting.append(work)  # Before the look: who cuts the work off waits for what he finds here.
    try:
        if any(each.is_cut_off for each in work.chain()):
            raise asyncio.CancelledError("The work was cut off, and starts no more programs.")
        yield
    finally:
        _starting.remove(work)


def is_starting(works: Collection[Work]) -> bool:
    """Whether some thread is about to start a program of ``works``."""
    return any(work.is_within(works) for work in tuple(_starting))


def note_program(work: Work, pid: int) -> None:
    """Remember a child process of ``work``; one that is gone already is left out."""
    from psutil import NoSuchProcess, Process  # noqa: PLC0415  (dear, and only needed where programs are started)

    try:
        _programs[pid] = (work, Process(pid))
    except NoSuchProcess:
        return
    if len(_programs) >= _next_look[0]:
        for known, (_, process) in _programs.copy().items():
            if not process.is_running():
                _programs.pop(known, None)
        _next_look[0] = max(_FEWEST_LOOKED_THROUGH, 2 * len(_programs))


_next_look = [_FEWEST_LOOKED_THROUGH]
"""With how many known programs those that are gone are forgotten."""


def note_pool(work: Work, pool: Pool) -> None:
    """Remember a pool of processes of ``work``; killed one by one, they would leave its threads waiting."""
    _pools[pool] = work


def pools_made(works: Collection[Work]) -> list[Pool]:
    """Return the pools of processes that were made in ``works`` and are still known to somebody."""
    return [pool for pool, work in _pools.copy().items() if work.is_within(works)]


def programs_started(works: Collection[Work]) -> list[Process]:
    """Return the child processes that were noted for ``works``; some may be gone."""
    return [process for work, process in _programs.copy().values() if work.is_within(works)]


def forget_programs(work: Work) -> None:
    """Forget the programs of a whole work that ended by itself: what it left running is nobody's."""
    for pid, (owner, _) in _programs.copy().items():
        if owner.is_within((work,)):
            _programs.pop(pid, None)
