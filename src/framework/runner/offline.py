"""Refusing connections: what is walked again reaches nobody."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

from framework.errors import OfflineError

if TYPE_CHECKING:
    from collections.abc import Generator

_REFUSED = frozenset(
    {
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.sendmsg",
        "socket.sendto",
    }
)

_is_offline: ContextVar[bool] = ContextVar("is_offline", default=False)
_everywhere: list[object] = []


@contextmanager
def offline(*, everywhere: bool = False) -> Generator[None]:
    """Refuse every connection and every look-up of a host's name meanwhile.

    Args:
        everywhere: in the whole process; by default in this task and those it starts, so that
            other runs of the process go on.
    """
    _listen()
    mark = object()
    token = _is_offline.set(True)
    if everywhere:
        _everywhere.append(mark)
    try:
        yield
    finally:
        _is_offline.reset(token)
        if everywhere:
            _everywhere.remove(mark)


@cache
def _listen() -> None:
    """Hear what the interpreter is about to do; a hook stays for the life of the process."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _REFUSED or not (_everywhere or _is_offline.get()):
        return
    place = arguments[1] if event in {"socket.connect", "socket.sendto", "socket.sendmsg"} else arguments[0]
    raise OfflineError(
        f"Nothing is reached during a replay, and {event} to {place!r} was refused; give the function an "
        "effect, or read from outside in a tool, so that what it got is recorded."
    )
