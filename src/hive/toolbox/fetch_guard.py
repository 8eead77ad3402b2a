"""The one guard of the URLs that a model chooses: what may be connected to, and by which address."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import httpx

from framework.credentials import has_user
from framework.errors import ToolError
from framework.tools.threads import run_in_thread
from hive.toolbox.addresses import is_host_name, parse_address

if TYPE_CHECKING:
    from hive.toolbox.addresses import Address, AllowedTargets

Resolver = Callable[[str], Awaitable[Sequence[str]]]
"""Gives the addresses of a host name; raises ``OSError`` if it has none."""

_MAX_URL_CHARS = 2048
_MAX_SHOWN_CHARS = 120
_MAX_ADDRESSES = 32
_DEFAULT_PORTS = {"http": 80, "https": 443}
_FIRST_FREE_PORT, _LAST_PORT = 1024, 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL that may be fetched, by connecting to one of ``addresses``."""

    url: httpx.URL
    addresses: tuple[str, ...]


async def resolve_by_system(host: str) -> Sequence[str]:
    """Return the addresses that the system's resolver gives for ``host``."""
    found = await run_in_thread(partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM))
    return [str(entry[4][0]) for entry in found]


class FetchGuard:
    """Checks a URL and the addresses of its host.

    A name with one refused address is refused whole: no answer of a resolver may
    lead inside, in whatever order it lists them.
    """

    def __init__(self, allowed: AllowedTargets, resolve: Resolver = resolve_by_system) -> None:
        """Allow public addresses and what ``allowed`` says, as ``resolve`` finds them."""
        self._allowed = allowed
        self._resolve = resolve

    async def check(self, text: str) -> Target:
        """Return what to connect to for the URL ``text``.

        Raises:
            ToolError: if it is refused, or its host has no address.
        """
        url = checked_url(text)
        host = url.raw_host.decode(
            "ascii"
        )  # the host as it is asked; an international name is decoded in ``host``
        literal = parse_address(host)
        found = [literal] if literal is not None else await self._addresses_of(host)
        if not self._allowed.has_host(host) and not all(map(self._allowed.has_address, found)):
            raise _refused(
                text,
                f"{host!r} is not on the public internet, and only the operator of the tools "
                "can allow that (HIVE_ALLOW_PRIVATE_URLS)",
            )
        return Target(url=url, addresses=tuple(dict.fromkeys(map(str, found))))

    async def _addresses_of(self, host: str) -> list[Address]:
        try:
            answers = await self._resolve(host)
        except (OSError, UnicodeError) as error:
            raise ToolError(f"The host {host!r} was not found; check the URL.") from error
        found = [address for address in map(parse_address, answers) if address is not None]
        if not found or len(found) != len(answers):
            raise ToolError(f"The host {host!r} has no address that can be used; try another page.")
        return found[:_MAX_ADDRESSES]


def checked_url(text: str) -> httpx.URL:
    """Return the parsed URL ``text``, its host in lower case and its fragment dropped.

    Raises:
        ToolError: if it is not plainly an http or https URL of a host.
    """
    if len(text) > _MAX_URL_CHARS:
        raise _refused(text, f"it is longer than {_MAX_URL_CHARS} characters")
    if any(char.isspace() or not char.isprintable() or char == "\\" for char in text):
        raise _refused(text, "it holds a space, a backslash or an invisible character")
    try:
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii").lower().removesuffix(".")
        port = _DEFAULT_PORTS.get(url.scheme, 0) if url.port is None else url.port
        parsed = url.copy_with(host=host, fragment=None)
        _ = (
            parsed.host
        )  # the library decodes an international name at every look, and fails over a malformed one
    except (httpx.InvalidURL, ValueError) as error:
        raise _refused(text, "it cannot be parsed") from error
    complaint = _complaint(url, host, port) or _complaint_about_user(text)
    if complaint is not None:
        raise _refused(text, complaint)
    return parsed


def _complaint(url: httpx.URL, host: str, port: int) -> str | None:
    if url.scheme not in _DEFAULT_PORTS:
        return "only http and https are fetched"
    if "%" in host or (parse_address(host) is None and not is_host_name(host)):
        return "its host is neither a plain name nor an address written in the usual way"
    if port not in _DEFAULT_PORTS.values() and not _FIRST_FREE_PORT <= port <= _LAST_PORT:
        return f"port {port} belongs to another service than the web"
    return None


def _complaint_about_user(text: str) -> str | None:
    """Look at the text itself: an empty user name is parsed away."""
    return "it holds a user name or a password" if has_user(text) else None


def _refused(text: str, reason: str) -> ToolError:
    shown = ascii(text[:_MAX_SHOWN_CHARS])
    return ToolError(f"The URL {shown} is refused: {reason}. Use a public http or https URL.")
