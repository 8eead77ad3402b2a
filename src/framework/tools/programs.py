"""Programs that tools and nodes start: they do not outlive work that is cut off."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import time
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Self

from framework.tools.program_starts import see_programs
from framework.tools.work import Work, at_work, current_work, enter_work, forget_programs, leave_work

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager
    from contextvars import Token
    from types import TracebackType

LONGEST_END_S = 4.0
"""Seconds after which the programs of work that was cut off are gone."""

_SAME_S = 1.0
_FEWEST_S = 0.5

_log = logging.getLogger("framework.tools")

_wholes: dict[Work, int] = {}
"""The works under way that are a part of none, each with the process that began it."""

_endings: set[Future[int]] = set()


class OwnedPrograms:
    """Owns the programs that are started in an ``async with`` block, by whatever task or thread of it.

    When the block is cut off (it ends with ``CancelledError`` or an interrupt) they
    are ended before it is left, within ``LONGEST_END_S`` seconds, whatever
    processes they started included. When it ends by itself they go on, and
    belong to the block around it, if there is one.
    """

    __slots__ = ("_token", "_work")

    async def __aenter__(self) -> Self:
        """Begin to own programs."""
        outer = current_work()
        self._work = Work(outer)
        if outer is None:
            see_programs()
            _wholes[self._work] = os.getpid()
        self._token: Token[Work | None] = enter_work(self._work)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the programs if the block was cut off."""
        if isinstance(error, GeneratorExit):  # Nobody waits for the block any more.
            _begin_ending((self._work,))
            _wholes.pop(self._work, None)
            return
        leave_work(self._token)
        try:
            if isinstance(error, (asyncio.CancelledError, KeyboardInterrupt)):
                await _until_over(_begin_ending((self._work,)))
        finally:
            if self._work.outer is None:
                _end_whole(self._work)


class ProgramsOfPart(Work):
    """Owns the programs that are started in a ``with`` block inside one of ``OwnedPrograms``.

    They go on when the block ends, and are ended with those of the block around
    it, or by ``end``. It is made for every attempt of a node, and kept small.
    """

    __slots__ = ("_token",)

    def __init__(self) -> None:
        """Own the programs of a part of the work that is under way."""
        super().__init__(current_work())

    def __enter__(self) -> Self:
        """Begin to own programs."""
        self._token: Token[Work | None] = enter_work(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the programs go on."""
        if not isinstance(error, GeneratorExit):  # Nobody waits for the block any more.
            leave_work(self._token)

    async def end(self) -> None:
        """End the programs, within ``LONGEST_END_S`` seconds."""
        await _until_over(_begin_ending((self,)))


def _end_whole(work: Work) -> None:
    del _wholes[work]
    if work.has_started:
        forget_programs(work)


def unowned_programs() -> AbstractContextManager[None]:
    """Let programs and threads that are started in a ``with`` block go on when work is cut off.

    For what serves more than the call that happens to start it.
    """
    return at_work(None)


def end_programs_now() -> None:
    """End the programs of all work that is under way in this process, which is about to end."""
    own = os.getpid()  # A forked process has the works of its parent, which are none of its business.
    works = [work for work, pid in _wholes.copy().items() if pid == own]
    if works:
        _begin_ending(works)
    for ending in tuple(_endings):
        with suppress(TimeoutError):
            ending.result(LONGEST_END_S)


def _begin_ending(works: Collection[Work]) -> Future[int]:
    """Start no more programs of ``works``, and end those there are; give what is done when they are gone.

    A thread of its own does it, so that nothing that happens to the event loop meanwhile keeps it from that.
    """
    for work in works:
        work.is_cut_off = True
    ending: Future[int] = Future()
    if not any(work.has_started for work in works):
        ending.set_result(0)
        return ending
    by = _end_by(works)
    _endings.add(ending)
    ending.add_done_callback(_endings.discard)
    try:
        with unowned_programs():
            Thread(target=_end, args=(ending, works, by), name="framework-programs").start()
    except RuntimeError:  # The interpreter is about to end, and starts no more threads.
        _end(ending, works, by)
    return ending


def _end_by(works: Collection[Work]) -> float:
    """Return when the programs have to be gone: of a part and what is around it, at the same time."""
    now = time.monotonic()
    known = max(work.end_by for work in works)
    by = max(known, now + _FEWEST_S) if now < known + _SAME_S else now + LONGEST_END_S
    for work in works:
        for each in work.chain():
            each.end_by = max(each.end_by, by)
    return by


def _end(ending: Future[int], works: Collection[Work], by: float) -> None:
    from framework.tools.program_end import end_programs  # noqa: PLC0415  (psutil is dear, and seldom needed)

    try:
        ending.set_result(end_programs(works, by=by))
    except Exception:  # noqa: BLE001  (the boundary of a thread: who waits must not wait for ever)
        _log.exception("programs_not_ended")
        ending.set_result(0)


async def _until_over(ending: Future[int]) -> None:
    if ending.done():
        return
    over = asyncio.wrap_future(ending)
    while not over.done():
        with suppress(asyncio.CancelledError):  # It is cancelled already, and this takes seconds at most.
            await asyncio.wait({over})


atexit.register(end_programs_now)
