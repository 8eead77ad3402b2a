"""Fetches a URL that a model chose: checked, bounded in time and size, every redirect checked again.

The connection goes to the address that was checked: the request names it, while the
``Host`` header, the TLS name and the certificate stay those of the URL. No proxy of
the environment is used, for a proxy would resolve the name once more.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import httpx

from framework.errors import ToolError
from hive.toolbox.body import read_body

if TYPE_CHECKING:
    import ssl

    from hive.toolbox.fetch_guard import FetchGuard, Target

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_MAX_TRIED_ADDRESSES = 3
_FIRST_ERROR_STATUS = 400
_HEADERS = {
    "User-Agent": "hive-toolbox/1 (+python-httpx)",
    "Accept": "text/html, application/xhtml+xml, application/json, text/*;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """How long a fetch with its redirects may take, and how much of a page is kept."""

    deadline_s: float = 30.0
    connect_s: float = 10.0
    max_bytes: int = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came back from ``url``, the last of the redirects."""

    url: str
    content_type: str
    body: bytes
    is_cut: bool


class Fetcher:
    """Fetches under one guard."""

    def __init__(self, guard: FetchGuard, limits: FetchLimits, tls: ssl.SSLContext | None = None) -> None:
        """Fetch what ``guard`` lets pass; ``tls`` replaces the usual certificate authorities."""
        self._guard = guard
        self._limits = limits
        self._tls = tls or _usual_authorities()

    async def get(self, url: str) -> Fetched:
        """Return the page at ``url``, after at most five redirects.

        Raises:
            ToolError: if the URL or a redirect is refused, the server fails or the time is over.
        """
        try:
            async with asyncio.timeout(self._limits.deadline_s):
                return await self._follow(url)
        except TimeoutError as error:
            raise ToolError(
                f"The page took longer than {self._limits.deadline_s:g} s and was given up; try another one."
            ) from error

    async def _follow(self, url: str) -> Fetched:
        for _ in range(_MAX_REDIRECTS + 1):
            target = await self._guard.check(url)
            outcome = await self._connect(target)
            if isinstance(outcome, Fetched):
                return outcome
            url = outcome
        raise ToolError(f"The page redirects more than {_MAX_REDIRECTS} times; try another URL.")

    async def _connect(self, target: Target) -> Fetched | str:
        """Ask the first address that answers; return the page, or where it redirects to."""
        *others, last = target.addresses[:_MAX_TRIED_ADDRESSES]
        try:
            for address in others:
                with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                    return await self._request(target, address)
            return await self._request(target, last)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ToolError(
                f"{target.url.host!r} could not be read ({type(error).__name__}); try another page."
            ) from error

    async def _request(self, target: Target, address: str) -> Fetched | str:
        request = httpx.Request(
            "GET",
            target.url.copy_with(host=address),
            headers={**_HEADERS, "Host": target.url.netloc.decode("ascii")},
            extensions={
                "sni_hostname": target.url.raw_host.decode("ascii"),
                "timeout": httpx.Timeout(self._limits.deadline_s, connect=self._limits.connect_s).as_dict(),
            },
        )
        # A client of its own keeps the cookies of one host from another behind the same address.
        async with httpx.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False) as client:
            response = await client.send(request, stream=True)
            try:
                return await self._outcome(target.url, response)
            finally:
                await response.aclose()

    async def _outcome(self, url: httpx.URL, response: httpx.Response) -> Fetched | str:
        if response.status_code in _REDIRECTS and "location" in response.headers:
            return str(url.join(response.headers["location"]))
        if response.status_code >= _FIRST_ERROR_STATUS:
            raise ToolError(f"{url.host!r} answered with status {response.status_code}; try another page.")
        body, is_cut = await read_body(response, self._limits.max_bytes)
        return Fetched(
            url=str(url),
            content_type=response.headers.get("content-type", ""),
            body=body,
            is_cut=is_cut,
        )


@cache
def _usual_authorities() -> ssl.SSLContext:
    """Read the certificate authorities once; it takes longer than a fetch in the same house."""
    return httpx.create_ssl_context(trust_env=False)
