"""``hive up``: everything started by one command, and stopped cleanly."""

from __future__ import annotations

import gc
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from framework.durable_file import locked
from hive.control.api.pages import DOCS, FIRST_LOGIN
from hive.control.app.application import at_work, control_app, opened_parts
from hive.control.app.ground import prepared_ground
from hive.control.app.shown import show_connections
from hive.control.app.socket_protocol import SocketProtocol
from hive.control.services.alone import alone
from hive.control.services.connections import MOST
from hive.errors import ControlSetupError
from hive.listening import ServerOptions, address_of, allow_many_files, asked_to_end, listen, serve_until
from hive.lobby import Lobby

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from contextlib import AbstractAsyncContextManager

    from hive.control.app.settings import ControlSettings
    from hive.control.services.installation import Welcome

_LOCAL = ("127.0.0.1", "localhost", "::1", "[::1]")
_LOCK = ".control-up.lock"
_MOST_REQUESTS = 2000
_MOST_UNKNOWN = 500
_COLLECTED_AFTER = (200_000, 20, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """How ``hive up`` serves.

    Attributes:
        grace_s: seconds for the requests under way at the end.
    """

    host: str
    port: int
    grace_s: int


async def up(settings: ControlSettings, options: UpOptions, tell: Callable[[Sequence[str]], None]) -> None:
    """Serve the control plane until the process is asked to end.

    Args:
        settings: where the parts are.
        options: where to listen, and how long the end may take.
        tell: takes lines for the person.

    Raises:
        CannotServeError: if the address cannot be used.
        ControlSetupError: if something is set up wrongly.
        UnavailableError: if a part is out of reach.
    """
    served = ServerOptions(
        most_requests=_MOST_REQUESTS,
        last_requests_s=options.grace_s,
        sockets=SocketProtocol,
        most_sockets=MOST + _MOST_UNKNOWN,
        trusted_proxies=settings.trusted_proxies,
        lobby=Lobby(settings.waits),
    )
    allow_many_files()
    with (
        _alone(settings),
        listen(options.host, options.port) as listening,
        asked_to_end() as (ending, again),
    ):
        async with (
            prepared_ground(settings) as ground,
            _unshared(settings, ground.places.app_dsn),
            opened_parts(ground.places, is_sign_up_open=settings.is_sign_up_open) as parts,
        ):
            parts.readiness.heed(ending)
            async with at_work(parts):
                welcome = await parts.installation.welcome(is_alone=settings.database_url is None)
                tell(_lines(address_of(options.host, listening), welcome))
                app = control_app(
                    parts,
                    allowed_hosts=_names(settings, options.host),
                    allowed_origins=settings.allowed_origins,
                )
                show_connections(parts.figures, served.lobby)
                _collect_seldom()
                await serve_until(ending, app, listening, served, again)
            tell(["Stopped."])


@contextmanager
def _alone(settings: ControlSettings) -> Generator[None]:
    """Hold the home folder: what is embedded serves one process.

    Raises:
        ControlSetupError: if another process holds it.
    """
    with ExitStack() as stack:
        if settings.database_url is None:
            try:
                stack.enter_context(locked(settings.home / _LOCK, wait_s=0))
            except TimeoutError:
                raise ControlSetupError(
                    f"Hive is up from {str(settings.home)!r} already; stop that one, or give this one "
                    "another HIVE_HOME."
                ) from None
            except OSError as error:
                raise ControlSetupError(f"{str(settings.home)!r} cannot be used ({error}).") from error
        yield


def _unshared(settings: ControlSettings, app_dsn: str) -> AbstractAsyncContextManager[None]:
    """Let no other process serve a database while what lives now is kept in this one alone."""
    is_shared = settings.redis_url is not None
    return nullcontext() if is_shared or settings.database_url is None else alone(app_dsn)


def _collect_seldom() -> None:
    """Let the garbage collector pass over what stays for ever, and come seldom.

    Events are many small objects without a cycle: they go by themselves, and
    looking through them takes as long as judging them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTED_AFTER)


def _names(settings: ControlSettings, host: str) -> Sequence[str]:
    """Where only this machine may ask, a request must name it: no page reaches it by a name of its own."""
    if settings.allowed_hosts:
        return settings.allowed_hosts
    return _LOCAL if host in _LOCAL else ("*",)


def _lines(address: str, welcome: Welcome) -> list[str]:
    lines = [f"Hive is up at {address}; Ctrl-C stops."]
    if welcome.link_token is not None:
        lines.append(f"  First login, once, within a day: {address}{FIRST_LOGIN}#{welcome.link_token}")
    if welcome.link_until is not None:
        until = f"{welcome.link_until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        lines.append(f"  First login: another start showed the link, which counts until {until}.")
        lines.append("  A new link instead of that one: hive admin first-login")
    if welcome.api_key is not None:
        lines.append(f"  API key of the first team, shown once: {welcome.api_key}")
    return [*lines, f"  Every route: {address}{DOCS}", "  Another key: hive admin create-key --team NAME"]
