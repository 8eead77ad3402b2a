"""Seeing every program that a piece of work starts, whatever starts it.

Python has no hook that tells who started a process and lets its environment be
marked, so the few functions that start one are wrapped. Outside a piece of work
they do what they always did.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial, wraps
from operator import itemgetter
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from framework.tools.work import VARIABLE, at_work, current_work, note_pool, note_program, starting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from framework.tools.work import Work

    Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]

_WRAPPED = "__framework_sees_programs__"

_installing = Lock()


def see_programs() -> None:
    """Wrap what starts programs and threads, once; safe to call often."""
    if not hasattr(ThreadPoolExecutor.submit, _WRAPPED):
        with _installing:
            _see_worker_processes()
            _replace(subprocess.Popen, "__init__", _popen)
            _replace(os, "system", _system)
            _replace(os, "fork", partial(_fork, int))
            _replace(os, "forkpty", partial(_fork, itemgetter(0)))
            for name in ("posix_spawn", "posix_spawnp"):
                _replace(os, name, _spawn)
            _replace(Thread, "start", _thread_start)
            _replace(ThreadPoolExecutor, "submit", _submit)


def _see_worker_processes() -> None:
    """Wrap what starts processes with multiprocessing, which a node may be the first to import."""
    from multiprocessing.pool import Pool  # noqa: PLC0415  (dear, and only needed where something runs)
    from multiprocessing.process import BaseProcess  # noqa: PLC0415  (the same)

    _replace(BaseProcess, "start", _process_start)
    _replace(Pool, "__init__", _pool)


def _replace(owner: Any, name: str, wrapper: Wrapper) -> None:
    """Put a wrapper in the place of a function; one that this system lacks is left out."""
    original = getattr(owner, name, None)
    if original is None or hasattr(original, _WRAPPED):
        return
    wrapped = wraps(original)(wrapper(original))
    setattr(wrapped, _WRAPPED, True)
    setattr(owner, name, wrapped)


def _marked(environment: Mapping[Any, Any] | None, work: Work) -> dict[Any, Any]:
    """Return the environment of a program of ``work``; marks of a process around this one stay."""
    copy: dict[Any, Any] = dict(os.environ if environment is None else environment)
    before = os.fsdecode(copy.pop(VARIABLE.encode(), b"") or copy.get(VARIABLE, "")).split()
    copy[VARIABLE] = " ".join(dict.fromkeys([*before, work.mark]))
    return copy


def _popen(original: Callable[..., None]) -> Callable[..., None]:
    signature = inspect.signature(original)

    def init(popen: subprocess.Popen[Any], *arguments: Any, **named: Any) -> None:
        work = current_work()
        if work is None:
            return original(popen, *arguments, **named)
        given = signature.bind(popen, *arguments, **named)
        given.arguments["env"] = _marked(given.arguments.get("env"), work)
        with starting(work):
            original(*given.args, **given.kwargs)
            note_program(work, popen.pid)
        return None

    return init


def _system(original: Callable[[Any], int]) -> Callable[[Any], int]:
    def system(command: Any) -> int:
        if current_work() is None or sys.platform == "win32":
            return original(command)
        code = subprocess.Popen(command, shell=True, close_fds=False, restore_signals=False).wait()  # noqa: S602  (it is asked for)
        return code << 8 if code >= 0 else -code  # As waitpid says it.

    return system


def _fork(pid_of: Callable[[Any], int], original: Callable[[], Any]) -> Callable[[], Any]:
    def fork() -> Any:
        work = current_work()
        if work is None:
            return original()
        bears = _marked(None, work)[VARIABLE]
        with starting(work):
            forked = original()
            if pid := pid_of(forked):
                note_program(work, pid)
            else:
                os.environ[VARIABLE] = bears  # For what the child becomes.
                if callable(signal.getsignal(signal.SIGTERM)):  # What ends a run would not end the child.
                    signal.signal(signal.SIGTERM, signal.SIG_DFL)
        return forked

    return fork


def _spawn(original: Callable[..., int]) -> Callable[..., int]:
    def spawn(path: Any, arguments: Any, environment: Any, /, **named: Any) -> int:
        work = current_work()
        if work is None:
            return original(path, arguments, environment, **named)
        with starting(work):
            pid = original(path, arguments, _marked(environment, work), **named)
            note_program(work, pid)
        return pid

    return spawn


class _Mark:
    """The mark of a work, as an attribute of a process; where it is unpickled it enters the environment."""

    def __init__(self, bears: str) -> None:
        self._bears = bears

    def __reduce__(self) -> tuple[Any, ...]:
        # Built-in names alone: to import this module would take a worker long, if it can at all.
        return exec, (f"import os\nos.environ[{VARIABLE!r}] = {self._bears!r}", {})


def _process_start(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def start(process: Any) -> None:
        work = current_work()
        if work is None:
            return original(process)
        process.__framework_mark__ = _Mark(_marked(None, work)[VARIABLE])
        with starting(work):
            original(process)
            note_program(work, process.pid)
        return None

    return start


def _pool(original: Callable[..., None]) -> Callable[..., None]:
    def init(pool: Any, *arguments: Any, **named: Any) -> None:
        original(pool, *arguments, **named)
        work = current_work()
        if work is not None:
            note_pool(work, pool)

    return init


def _thread_start(original: Callable[[Thread], None]) -> Callable[[Thread], None]:
    def start(thread: Thread) -> None:
        work = current_work()
        if work is not None:
            thread.run = partial(_run_thread, thread, work, thread.run)
        original(thread)

    return start


def _run_thread(thread: Thread, work: Work, run: Callable[[], None]) -> None:
    """Run a thread that belongs to ``work``; that it must end is told to nobody."""
    vars(thread).pop("run", None)
    with at_work(work):
        try:
            run()
        except asyncio.CancelledError:
            if not any(each.is_cut_off for each in work.chain()):
                raise


def _submit(original: Callable[..., Any]) -> Callable[..., Any]:
    def submit(
        pool: ThreadPoolExecutor, function: Callable[..., Any], /, *arguments: Any, **named: Any
    ) -> Any:
        work = current_work()
        if work is None:
            return original(pool, function, *arguments, **named)
        with at_work(None):  # The pool's threads serve others, too: only this call is of the work.
            return original(pool, partial(_run_at, work, function), *arguments, **named)

    return submit


def _run_at(work: Work, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    with at_work(work):
        return function(*arguments, **named)
