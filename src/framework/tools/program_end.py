"""Ending programs: found by the works they belong to, asked to end, then made to."""

from __future__ import annotations

import logging
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING

import psutil
from psutil import Process

from framework.tools.work import VARIABLE, is_starting, pools_made, programs_started

if TYPE_CHECKING:
    from collections.abc import Collection

    from framework.tools.work import Work

_GRACE_S = 2.0
_KILL_S = 1.0
_STARTS_S = 1.0
_POLL_S = 0.01

_log = logging.getLogger("framework.tools")


def end_programs(works: Collection[Work], *, by: float) -> int:
    """End the programs of ``works`` and all that they started; return how many there were.

    Each is asked by SIGTERM, and killed if it does not heed that for two seconds.
    What another user owns, or the system does not let go, is told in the log.

    Args:
        works: the works; they were cut off already, so that nothing is added.
        by: when to be over at the latest, on the monotonic clock.
    """
    starts_by = min(by, time.monotonic() + _STARTS_S)
    while is_starting(works) and time.monotonic() < starts_by:
        time.sleep(_POLL_S)
    ending = _Ending(works)
    _end_pools(works, by=starts_by)
    grace_until = min(time.monotonic() + _GRACE_S, by - _KILL_S)
    if not ending.by("terminate", until=grace_until) and not ending.by("kill", until=by):
        pids = [process.pid for process in _living(ending.asked)]
        _log.error("programs_do_not_end", extra={"pids": pids})
    if ending.asked:
        _log.info("programs_ended", extra={"pids": sorted(process.pid for process in ending.asked)})
    return len(ending.asked)


def _end_pools(works: Collection[Work], *, by: float) -> None:
    """End pools of processes their own way; their programs are ended afterwards whether it works or not."""
    threads = [
        Thread(target=pool.terminate, name="framework-pools", daemon=True) for pool in pools_made(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, by - time.monotonic()))


class _Ending:
    """The programs of some works while they are being ended.

    Attributes:
        asked: the programs that were found.
    """

    def __init__(self, works: Collection[Work]) -> None:
        """Find those there are: some are known only by a parent that is about to end."""
        self._works = works
        self._first = _programs_of(works)
        self.asked: set[Process] = set()

    def _left(self) -> list[Process]:
        return list(dict.fromkeys([*_programs_of(self._works), *_living(self._first)]))

    def by(self, way: str, *, until: float) -> bool:
        """End the programs one way, those that are found meanwhile as well; return whether all are gone."""
        told: set[Process] = set()
        while left := self._left():
            for process in left:
                if process not in told:
                    _ask(process, way)
            told.update(left)
            self.asked.update(left)
            while (now := time.monotonic()) < until and _living(left):
                time.sleep(_POLL_S)
            if now >= until:
                return not self._left()
        return True


def _ask(process: Process, way: str) -> None:
    try:
        getattr(process, way)()
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied:
        _log.warning("program_of_another_user", extra={"pid": process.pid})


def _living(processes: Collection[Process]) -> list[Process]:
    return [process for process in processes if _is_living(process)]


def _is_living(process: Process) -> bool:
    """Whether a process still runs; one that ended stays known until its parent has asked how."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _programs_of(works: Collection[Work]) -> list[Process]:
    """Return the living programs of ``works``, each before those that it started.

    These are the processes that were started there, those that bear a mark of
    the works, and all that descend from them.
    """
    seen = _seen()
    found = {process.pid: process for process in _living(programs_started(works))}
    for each in seen.processes:
        if any(_is_of(mark, works) for mark in each.marks):
            found[each.process.pid] = each.process
    first = [pid for pid in found if seen.parents.get(pid) not in found]
    ordered: dict[int, Process] = {}
    while first:
        pid = first.pop(0)
        if pid in ordered or pid == os.getpid():
            continue
        known = found.get(pid) or seen.by_pid.get(pid)
        if known is not None:
            ordered[pid] = known
            first += seen.children[pid]
    return _living(list(ordered.values()))


def _is_of(mark: str, works: Collection[Work]) -> bool:
    return any(mark == work.mark or mark.startswith(f"{work.mark}.") for work in works)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    process: Process
    parent: int
    marks: Sequence[str]


class _Seen:
    """The processes of this machine, as they were at one moment.

    Attributes:
        began: when the look began, on the monotonic clock.
    """

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.processes = _processes()
        self.by_pid = {each.process.pid: each.process for each in self.processes}
        self.parents = {each.process.pid: each.parent for each in self.processes}
        self.children: defaultdict[int, list[int]] = defaultdict(list)
        for pid, parent in self.parents.items():
            self.children[parent].append(pid)


def _processes() -> list[_Process]:
    found: list[_Process] = []
    for pid in psutil.pids():
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                parent = process.ppid()
            found.append(_Process(process=process, parent=parent, marks=_marks(process)))
        except psutil.NoSuchProcess:
            continue
    return found


def _marks(process: Process) -> list[str]:
    """Return the marks that a process bears; none if that cannot be read."""
    try:
        return process.environ().get(VARIABLE, "").split()
    except (psutil.AccessDenied, psutil.ZombieProcess, OSError):
        return []


_looking = Lock()
_last: list[_Seen] = []


def _seen() -> _Seen:
    """Return how the processes are now; threads that ask at the same time share one look."""
    asked = time.monotonic()
    with _looking:
        if not _last or _last[0].began < asked:
            _last[:] = [_Seen()]
        return _last[0]
