"""A control plane of the tests' own in a thread, behind a real port, for clients that block."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from hive.control.services.limits import Limit, Limits
from hive.control.services.login_limits import LoginLimits
from tests.support.control import running_parts
from tests.support.control_server import serving_control

if TYPE_CHECKING:
    from collections.abc import Iterator


class Unlimited(Limits):
    """Refuses nobody, so that what is sent by the thousand reaches the routes."""

    async def take(self, limit: Limit, caller: str) -> None:
        """Let everybody in."""


class UnlimitedLogins(LoginLimits):
    """Lets passwords be guessed by the thousand."""

    async def take(self, email: str, host: str) -> None:
        """Let everybody in."""


@contextmanager
def served_control(app_dsn: str) -> Iterator[str]:
    """Serve over a migrated database, and give the address."""
    address: Future[str] = Future()
    ending: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        end = asyncio.Event()
        ending.set_result((asyncio.get_running_loop(), end))
        async with running_parts(app_dsn) as parts:
            limits = Unlimited(parts.hot)
            logins = UnlimitedLogins(parts.hot, limits)
            unlimited = replace(parts, limits=limits, login_limits=logins)
            async with serving_control(unlimited) as found:
                address.set_result(found)
                await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="control")
    thread.start()
    loop, end = ending.result(timeout=10)
    try:
        yield address.result(timeout=30)
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(timeout=30)
